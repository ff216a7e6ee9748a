"""Lanes of the timeline that show what happened from when to when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.model.history import History, Span, Watch
from harness.reports.axis import Axis, rows
from harness.reports.episodes import Episode, alarms, answers, faults, marks, steps
from harness.reports.svg import box, element, line, text, words
from harness.reports.wording import clock, span

ROW = 17.0
LETTER = 6.0
MOST_ALARMS = 8
Classes = Callable[[Episode], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A drawn lane: its markup, and how many pixels it is high."""

    markup: str
    height: float


def heading(y: float, title: str, hint: str = "") -> str:
    """The title of a group of lanes."""
    explained = element("tspan", words(hint), cls="hint", dx=6) if hint else ""
    return element("text", words(title), explained, x=0, y=y, cls="group")


def label(axis: Axis, y: float, name: str, title: str = "") -> str:
    """The name of a row, in the gutter."""
    most = int((axis.left - 12) / LETTER)
    short = name if len(name) <= most else name[: most - 1] + "…"
    return text(axis.left - 10, y, short, "row", anchor="end", title=title or (name if short != name else ""))


def phase_bands(spans: Sequence[Span], axis: Axis, top: float, height: float) -> Lane:
    """The phases: bands behind every lane, and their names in as many rows as they need."""
    shown = [s for s in spans if axis.shows(s.since, s.until)]
    lefts = [axis.x(s.since) for s in shown]
    placed = rows([(x, x + LETTER * len(s.phase.value)) for x, s in zip(lefts, shown, strict=True)])
    names = ROW * 0.82 * (1 + max(placed, default=0))
    bands = "".join(
        box(x, top, axis.x(s.until) - x, height, "band " + s.phase.value.replace(" ", "-"), title=_phase_title(s, axis))
        + line(x, top, x, top + height, "edge")
        + text(x + 4, top + 11 + row * ROW * 0.82, s.phase.value, "phase")
        for s, x, row in zip(shown, lefts, placed, strict=True)
    )
    return Lane(markup=bands, height=names + 4 if shown else 0)


def _phase_title(phase: Span, axis: Axis) -> str:
    since, until = phase.since * axis.scale, phase.until * axis.scale
    return f"{phase.phase.value}: {clock(since)} to {clock(until)}, {span(until - since)}"


def mark_lines(history: History, axis: Axis, effect: float | None, top: float, height: float) -> Lane:
    """The moments that matter, as lines through every lane, with their names above."""
    shown = [(name, at) for name, at in marks(history, effect) if axis.shows(at, at)]
    placed = rows([(axis.x(at) - 3 * len(n), axis.x(at) + 3 * len(n)) for n, at in shown])
    names = 13.0 * (1 + max(placed, default=0)) if shown else 0.0
    drawn = "".join(
        line(axis.x(at), top + 13 * row + 12, axis.x(at), top + height, f"mark {name}")
        + _mark_name(axis, at, top + 10 + 13 * row, name)
        for (name, at), row in zip(shown, placed, strict=True)
    )
    return Lane(markup=drawn, height=names)


def _mark_name(axis: Axis, at: float, y: float, name: str) -> str:
    title = f"{name} at {clock(at * axis.scale)}"
    return text(axis.x(at), y, name, "markname", anchor="middle", title=title)


def fault_lane(history: History, axis: Axis, top: float) -> Lane:
    """Each fault from injected to healed."""
    return _stack([_one_row([e], axis, top + n * ROW, _fault_class, named=True) for n, e in enumerate(faults(history))])


def _fault_class(episode: Episode) -> str:
    """The colour of what part of the stack it hits, and that it never ended."""
    return " ".join(filter(None, ("fault", episode.family, "" if episode.ended else "open")))


def alarm_lane(history: History, axis: Axis, top: float) -> Lane:
    """Each alarm that was in ALARM, one row an alarm, no more than eight."""
    return _rows(alarms(history), axis, top, lambda _: "alarm", most=MOST_ALARMS)


def step_lane(history: History, axis: Axis, top: float) -> Lane:
    """Each runbook step that was taken or undone, one row a step."""
    return _rows(steps(history), axis, top, _step_class)


def _rows(found: Sequence[Episode], axis: Axis, top: float, classes: Classes, most: int = 40) -> Lane:
    """A row for each key, in the order of their first episodes."""
    by_key: dict[str, list[Episode]] = {}
    for episode in found:
        if axis.shows(episode.since, episode.until):
            by_key.setdefault(episode.key, []).append(episode)
    shown = list(by_key.values())[:most]
    return _stack([_one_row(each, axis, top + n * ROW, classes, named=True) for n, each in enumerate(shown)])


def _step_class(episode: Episode) -> str:
    return {"taken": "step", "undone": "step undone"}.get(episode.state, "step broken")


def dns_lane(history: History, axis: Axis, top: float, colours: Mapping[str | None, str]) -> Lane:
    """What each population resolved, and where its kept-open connection was closed under it."""
    lanes: list[Lane] = []
    for row, found in answers(history):
        y = top + len(lanes) * ROW
        lane = _one_row(found, axis, y, lambda e: f"answer {colours.get(e.region, 'r-none')}", named=False)
        closed = "".join(_closing(axis, y, w.at, w.region) for w in history.watches if _closes(w, row))
        lanes.append(Lane(markup=label(axis, y + 11, row) + lane.markup + closed, height=lane.height))
    return _stack(lanes)


def _closes(watch: Watch, row: str) -> bool:
    return watch.edge == "closed" and (row == watch.population or row.startswith(f"{watch.population} "))


def _closing(axis: Axis, y: float, at: float, region: str | None) -> str:
    if not axis.shows(at, at):
        return ""
    x = axis.x(at)
    title = f"the kept-open connection was closed by {region or 'the other side'} at {clock(at * axis.scale)}"
    return element("path", title=title, d=f"M{x - 3.5:.1f} {y}h7l-3.5 6z", cls="closing")


def _one_row(found: Sequence[Episode], axis: Axis, y: float, classes: Classes, *, named: bool) -> Lane:
    """One row of bars; `named` writes what they are beside the first one, else each bar carries its own label."""
    shown = [e for e in found if axis.shows(e.since, e.until)]
    drawn = "".join(_bar(e, axis, y, classes(e), inside=not named) for e in shown)
    if named and shown:
        drawn += _name_beside(shown, axis, y)
    return Lane(markup=drawn, height=ROW if shown else 0)


def _bar(episode: Episode, axis: Axis, y: float, cls: str, *, inside: bool) -> str:
    x, end = axis.x(episode.since), axis.x(episode.until)
    width = max(2.5, end - x)
    bar = box(x, y + 2, width, ROW - 5, f"bar {cls}", title=_title(episode, axis))
    fits = inside and width > LETTER * len(episode.label) + 8
    return bar + (text(x + 5, y + 11.5, episode.label, "inside") if fits else "")


def _title(episode: Episode, axis: Axis) -> str:
    since, until = episode.since * axis.scale, episode.until * axis.scale
    ended = f"to {clock(until)}, {span(until - since)}" if episode.ended else "to the end"
    state = f" ({episode.state})" if episode.state else ""
    return f"{episode.label}{state}: {clock(since)} {ended}\n{episode.detail}"


def _name_beside(shown: Sequence[Episode], axis: Axis, y: float) -> str:
    """The name stands right of the first bar, inside it, or left of it: wherever there is room."""
    first = shown[0]
    took = f" {span((first.until - first.since) * axis.scale)}" if first.ended else ""
    failed = "" if first.state in ("", "ALARM", "taken", "undone") else f" {first.state}"
    name = f"{first.label}{failed}{took}"
    x, end = axis.x(first.since), axis.x(first.until)
    room = (axis.x(shown[1].since) if len(shown) > 1 else axis.right) - end
    wide = LETTER * len(name) + 8
    if end - x > wide:
        return text(x + 5, y + 11.5, name, "inside strong")
    if room > wide or x - axis.left < wide:
        return text(end + 5, y + 11.5, name, "beside")
    return text(x - 5, y + 11.5, name, "beside", anchor="end")


def _stack(lanes: Sequence[Lane]) -> Lane:
    return Lane(markup="".join(lane.markup for lane in lanes), height=sum(lane.height for lane in lanes))
