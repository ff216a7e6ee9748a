"""The judgement as plain text for a terminal of 80 to 160 columns, with colour only when it is asked for."""

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from harness.model.history import History
from harness.model.verdict import Finding, Judgement, Verdict
from harness.reports.registry import report
from harness.reports.stages import Stage, stages
from harness.reports.summary import sentence, warnings, word
from harness.reports.wording import after, bound, environment, folder, measured, plain, reason

LEAST, MOST, WIDE = 60, 160, 120
HEADS = ("criterion", "bound", "measured", "verdict")
COLOURS = {Verdict.PASS: "32", Verdict.INCONCLUSIVE: "33", Verdict.FAIL: "31"}
Row = tuple[str, ...]


@report("terminal", filename="report.txt")
def render(
    history: History, judgement: Judgement, plan: Mapping[str, Any], *, width: int = 100, colour: bool = False
) -> str:
    """The report in lines of at most `width` columns; the verdict is the last line."""
    width = min(MOST, max(LEAST, width))
    parts = [
        _title(history, width),
        _causes("void", judgement.voids, width),
        _causes("attention", warnings(history), width),
        _table(judgement, width, colour),
        _stages(stages(judgement), width),
        [f"report: {folder(plan)}/report.html"] if "folder" in plan else [],
        _last(history, judgement, width, colour),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _title(history: History, width: int) -> list[str]:
    return [*_wrapped(history.drill or "drill", width), *_wrapped(environment(history), width)]


def _wrapped(text: object, width: int, first: str = "", rest: str | None = None) -> list[str]:
    flat = " ".join(plain(text).split())
    indent = " " * len(first) if rest is None else rest
    return wrap(flat, width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False) or [first.rstrip()]


def _causes(name: str, causes: tuple[str, ...], width: int) -> list[str]:
    return [line for cause in causes for line in _wrapped(cause, width, first=f"{name}: ")]


def _table(judgement: Judgement, width: int, colour: bool) -> list[str]:
    if not judgement.findings:
        return []
    rows = [_row(f) for f in judgement.findings]
    sizes = _sizes(rows, width)
    lines = [_joined(HEADS, sizes) + ("  because" if width >= WIDE else ""), "─" * width]
    for finding, row in zip(judgement.findings, rows, strict=True):
        lines += _lines(finding, row, sizes, width, colour)
    return lines


def _row(finding: Finding) -> Row:
    criterion = finding.criterion
    return (criterion.title, bound(criterion.bound), measured(finding), finding.verdict.value)


def _sizes(rows: list[Row], width: int) -> list[int]:
    """The columns are as wide as what stands in them, but the first two thirds must do for all but the reason."""
    sizes = [max(len(plain(row[n])) for row in [HEADS, *rows]) for n in range(len(HEADS))]
    room = (width - 30 if width >= WIDE else width) - 2 * len(sizes)
    while sum(sizes) > room and max(sizes) > 12:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes


def _joined(cells: Row, sizes: list[int]) -> str:
    return "  ".join(cell.ljust(size) for cell, size in zip(cells, sizes, strict=True)).rstrip()


def _lines(finding: Finding, row: Row, sizes: list[int], width: int, colour: bool) -> Iterator[str]:
    """The cells side by side, wrapped; the reason in a column of its own where there is room, else below."""
    columns = [_wrapped(cell, size) for cell, size in zip(row, sizes, strict=True)]
    beside = width >= WIDE
    left = sum(sizes) + 2 * len(sizes)
    told = _wrapped(reason(finding), width - left if beside else width - 4)
    height = max(len(c) for c in columns)
    for n in range(max(height, len(told)) if beside else height):
        cells = [(c[n] if n < len(c) else "").ljust(size) for c, size in zip(columns, sizes, strict=True)]
        if colour:
            cells[-1] = cells[-1].replace(finding.verdict.value, _paint(finding.verdict))
        line = told[n] if beside and n < len(told) else ""
        yield ("  ".join(cells) + "  " + line).rstrip()
    if not beside:
        yield from (f"    {line}" for line in told)


def _paint(verdict: Verdict) -> str:
    return f"\x1b[1;{COLOURS[verdict]}m{verdict.value}\x1b[0m"


def _stages(found: tuple[Stage, ...], width: int) -> list[str]:
    if not found:
        return []
    size = max(len(s.name) for s in found)
    lines = ["recovery, from the first effect that clients saw"]
    for stage in found:
        seen = stage.after_effect is not None
        when = after(stage.after_effect or 0.0) if seen else "none"
        lines += _wrapped(stage.by if seen else stage.why, width, first=f"  {when:>12}  {stage.name.ljust(size)}  ")
    return lines


def _last(history: History, judgement: Judgement, width: int, colour: bool) -> list[str]:
    shown = word(history, judgement)
    if colour:
        shown = shown.replace(judgement.verdict.value, _paint(judgement.verdict))
    return [*_wrapped(sentence(history, judgement), width), f"verdict: {shown}"]
