"""Success criteria as people write them: a table in a drill, or a profile in scenarios/criteria/<name>.yaml.

Every problem is reported at once, each with its place and its remedy.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

import yaml

from harness.errors import ConfigError
from harness.measures.registry import MEASURES, Measure, find
from harness.measures.units import convert
from harness.model.history import Phase
from harness.model.verdict import Bound, Criterion, Relation

FOLDER = Path("scenarios/criteria")
COLUMNS = ("measure", "at most", "at least", "in phase", "for population", "in any")
PHASES = tuple(p.value for p in Phase)

_NUMBER_AND_UNIT = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z%/-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One criterion as written: where, and the words under each column."""

    place: str
    words: Mapping[str, str]


def parse_bound(relation: str, text: str, measure: str) -> Bound:
    """The bound of a measure, from words such as "at most" and "30 seconds". Raises ConfigError."""
    known = find(measure)
    if known is None:
        raise ConfigError([_unknown("measure", measure, MEASURES)])
    if relation not in tuple(Relation):
        raise ConfigError([f"{measure}: " + _unknown("relation", relation, tuple(Relation))])
    bound = _bound(known, Relation(relation), text)
    if isinstance(bound, str):
        raise ConfigError([bound])
    return bound


def criteria_from_table(
    rows: Sequence[Sequence[str]], populations: Collection[str] | None = None
) -> tuple[Criterion, ...]:
    """The criteria of a Gherkin table: a header row, then one row a criterion.

    Columns: measure | at most (or at least) | in phase | for population | in any; the last three may be missing.
    `populations`: the ones that the stack has, where it is known. Raises ConfigError with every problem.
    """
    if not rows:
        raise ConfigError([f"the criteria: the table is empty; its columns are {' | '.join(COLUMNS)}"])
    header = [cell.strip() for cell in rows[0]]
    wrong = [f"the criteria: {_unknown('column', cell, COLUMNS)}" for cell in header if cell not in COLUMNS]
    if wrong:
        raise ConfigError(wrong)
    return _criteria(_table_rows(header, rows[1:]), "the criteria", populations)


def _table_rows(header: list[str], rows: Sequence[Sequence[str]]) -> list[_Row]:
    return [
        _Row(
            place=f"row {number}", words={c: cell.strip() for c, cell in zip(header, row, strict=False) if cell.strip()}
        )
        for number, row in enumerate(rows, start=1)
    ]


def load_profile(
    name: str | Path, populations: Collection[str] | None = None, folder: Path = FOLDER
) -> tuple[Criterion, ...]:
    """The criteria of a profile, by its name in `folder` or by its path. Raises ConfigError with every problem."""
    path = profile_path(name, folder)
    try:
        document = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: not YAML: {' '.join(str(error).split())}"]) from error
    listed = _listed(document, path)
    problems = [p for item in listed for p in _shape_problems(item, path)]
    rows = [row for item in listed if not _shape_problems(item, path) for row in _profile_rows(item, path)]
    return _criteria(rows, str(path), populations, problems)


def profile_path(name: str | Path, folder: Path = FOLDER) -> Path:
    """The file of a profile: the path itself where it ends in .yaml. Raises ConfigError."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return path
    found = folder / f"{name}.yaml"
    if not found.is_file():
        raise ConfigError([f"{found}: " + _unknown("profile", str(name), [p.stem for p in folder.glob("*.yaml")])])
    return found


def _listed(document: yaml.Node | None, path: Path) -> list[yaml.Node]:
    keys = {k.value: v for k, v in document.value} if isinstance(document, yaml.MappingNode) else {}
    if extra := [k for k in keys if k not in ("profile", "about", "criteria")]:
        raise ConfigError([f"{path}: unknown key {k!r}; known are profile, about, criteria" for k in extra])
    listed = keys.get("criteria")
    if not isinstance(listed, yaml.SequenceNode) or not listed.value:
        raise ConfigError([f"{path}: it needs a list of criteria under 'criteria:'"])
    return list(listed.value)


def _line(node: yaml.Node, path: Path) -> str:
    return f"{path}:{node.start_mark.line + 1}"


def _shape_problems(item: yaml.Node, path: Path) -> list[str]:
    if not isinstance(item, yaml.MappingNode):
        return [f"{_line(item, path)}: a criterion is a mapping such as {{measure: recovery time, at most: 30 min}}"]
    return [problem for key, value in item.value for problem in _field_problems(key, value, path)]


def _field_problems(key: yaml.Node, value: yaml.Node, path: Path) -> list[str]:
    if key.value not in COLUMNS:
        return [f"{_line(key, path)}: {_unknown('key', str(key.value), COLUMNS)}"]
    many = isinstance(value, yaml.SequenceNode) and key.value in ("in phase", "for population")
    scalars = value.value if many else [value]
    if not scalars or not all(isinstance(s, yaml.ScalarNode) and s.value for s in scalars):
        return [
            f"{_line(value, path)}: {key.value}: write " + ("a name or a list of names" if many else "a single value")
        ]
    return []


def _profile_rows(item: yaml.Node, path: Path) -> Iterator[_Row]:
    """A criterion of the file; one for each where it lists several phases or populations."""
    words = {key.value: [v.value for v in _each(value)] for key, value in item.value}
    for phase in words.get("in phase", [""]):
        for population in words.get("for population", [""]):
            single = {k: v[0] for k, v in words.items()} | {"in phase": phase, "for population": population}
            yield _Row(place=_line(item, path), words={k: v for k, v in single.items() if v})


def _each(value: yaml.Node) -> list[yaml.Node]:
    return list(value.value) if isinstance(value, yaml.SequenceNode) else [value]


def _criteria(
    rows: list[_Row], where: str, populations: Collection[str] | None, problems: Sequence[str] = ()
) -> tuple[Criterion, ...]:
    wrong, found = list(problems), dict[tuple[object, ...], Criterion]()
    for row in rows:
        criterion = _criterion(row.words, populations)
        if not isinstance(criterion, Criterion):
            wrong += [f"{row.place}: {p}" for p in criterion]
        elif (key := criterion.key) in found:
            wrong.append(f"{row.place}: {criterion.title} is there twice; keep one")
        else:
            found[key] = criterion
    if not rows and not wrong:
        wrong = [f"{where}: there is no criterion; say what the drill must show"]
    if wrong:
        raise ConfigError(dict.fromkeys(wrong))
    return tuple(found.values())


def _criterion(words: Mapping[str, str], populations: Collection[str] | None) -> Criterion | list[str]:
    name = words.get("measure", "")
    if not name:
        return ["the measure is missing; known are " + ", ".join(sorted(MEASURES))]
    measure = find(name)
    if measure is None:
        return [_unknown("measure", name, MEASURES)]
    problems = _scope_problems(measure, words, populations)
    bound = _only_bound(measure, words)
    if isinstance(bound, str):
        return [bound, *problems]
    if problems:
        return problems
    return Criterion(
        measure=name,
        bound=bound,
        phase=words.get("in phase"),
        population=words.get("for population"),
        window=_window(words["in any"]) if "in any" in words else None,
    )


def _only_bound(measure: Measure, words: Mapping[str, str]) -> Bound | str:
    given = [r for r in Relation if r.value in words]
    if len(given) != 1:
        fault = "the bound is missing" if not given else "it has two bounds"
        return f"{measure.name}: {fault}; write {measure.relation.value!r} with a number and a unit ({_units(measure)})"
    return _bound(measure, given[0], words[given[0].value])


def _bound(measure: Measure, relation: Relation, text: str) -> Bound | str:
    wanted = f"write {measure.relation.value} a number with one of the units {_units(measure)}"
    if relation is not measure.relation:
        return f"{measure.name}: {relation.value!r} cannot fail when it matters; {wanted}"
    match = _NUMBER_AND_UNIT.fullmatch(text.strip())
    if match is None:
        return f"{measure.name}: {text!r} is no amount; {wanted}, such as {_example(measure)!r}"
    if not match["unit"]:
        return f"{measure.name}: {text!r} has no unit; {wanted}, such as {_example(measure)!r}"
    value = convert(Decimal(match["number"]), match["unit"], measure.unit)
    if value is None:
        return (
            f"{measure.name}: {text!r} is in the wrong unit {match['unit']!r}; {wanted}, such as {_example(measure)!r}"
        )
    if measure.unit == "%" and relation is Relation.AT_LEAST and value > 100:
        return f"{measure.name}: {text!r} is more than 100 %"
    return Bound(relation=relation, value=value, unit=measure.unit)


def _units(measure: Measure) -> str:
    return ", ".join(measure.bound_units)


def _example(measure: Measure) -> str:
    return _EXAMPLES[measure.unit]


_EXAMPLES: Mapping[str, str] = {
    "s": "30 s",
    "ms": "200 ms",
    "%": "99.95 %",
    "writes": "0 writes",
    "instances": "12 instances",
    "instance-minutes": "5 instance-minutes",
    "pp": "0.1 pp",
    "requests/s": "300 requests/s",
    "orders": "300 orders",
    "carts": "0 carts",
    "USD": "5 USD",
}


def _scope_problems(measure: Measure, words: Mapping[str, str], populations: Collection[str] | None) -> list[str]:
    phase, population, problems = words.get("in phase"), words.get("for population"), []
    if phase is not None and not measure.phase:
        problems.append(f"{measure.name} is measured over the whole run; leave out 'in phase'")
    elif phase is not None and phase not in PHASES:
        problems.append(f"{measure.name}: " + _unknown("phase", phase, PHASES))
    if population is not None and not measure.population:
        problems.append(f"{measure.name} is the same for every population; leave out 'for population'")
    elif population is not None and populations is not None and population not in populations:
        problems.append(f"{measure.name}: " + _unknown("population", population, populations))
    if "in any" in words and not measure.window:
        problems.append(f"{measure.name} is not measured in windows; leave out 'in any'")
    elif "in any" in words and _window(words["in any"]) is None:
        problems.append(f"{measure.name}: in any {words['in any']!r} is no span; write one such as '60 s'")
    return problems


def _window(text: str) -> float | None:
    """A span in model seconds; None for what is none."""
    match = _NUMBER_AND_UNIT.fullmatch(text.strip())
    seconds = convert(Decimal(match["number"]), match["unit"], "s") if match and match["unit"] else None
    return seconds or None


def _unknown(noun: str, name: str, known: Collection[str]) -> str:
    names = [str(k) for k in known]
    folded = {n.casefold(): n for n in names}
    close = get_close_matches(name.casefold(), folded, n=1)
    return f"unknown {noun} {name!r}; " + (
        f"did you mean {folded[close[0]]!r}?" if close else f"known are {', '.join(names)}"
    )


_OF_A_PROFILE = (Phase.LOADED.value, Phase.SCALING.value)
_AFTER_A_PROFILE = (Phase.SETTLING.value, Phase.RESTORED.value)


def impossible_phases(
    criteria: Sequence[Criterion], has_runbook: bool, has_fault: bool, has_profile: bool = False
) -> list[str]:
    """The criteria that name a phase which the experiment can never be in.

    Failing over begins when a runbook is started; a run without a fault is only ever steady, or driven by its profile.
    """
    told = {
        criterion: _lacking(criterion.phase, has_runbook, has_fault, has_profile)
        for criterion in criteria
        if criterion.phase not in (None, Phase.STEADY.value)
    }
    return [f"{c.title}: without {lack} the run is never {c.phase}" for c, lack in told.items() if lack]


def _lacking(phase: str | None, has_runbook: bool, has_fault: bool, has_profile: bool) -> str:
    """What a drill lacks to be ever in a phase; nothing where it lacks nothing."""
    if phase in _OF_A_PROFILE:
        return "" if has_profile else "a load profile"
    if phase == Phase.SETTLING.value and (has_fault or not has_profile):
        return "a load profile that no fault interrupts"
    if not has_fault and not (has_profile and phase in _AFTER_A_PROFILE):
        return "a fault"
    return "a runbook" if phase == Phase.FAILING_OVER.value and not has_runbook else ""


def impossible_measures(
    criteria: Sequence[Criterion],
    *,
    has_fault: bool,
    has_ledger: bool,
    has_load: bool,
    has_profile: bool = False,
    has_baseline: bool = False,
    has_prices: bool = False,
) -> list[str]:
    """The criteria whose measure needs something that the experiment does not have."""
    has = {
        "fault": has_fault,
        "ledger": has_ledger,
        "load": has_load,
        "profile": has_profile,
        "baseline": has_baseline,
        "prices": has_prices,
    }
    lacking = [(c, need) for c in criteria if (m := find(c.measure)) for need in m.needs if not has[need]]
    return [f"{c.title}: it cannot be measured without {_NEEDS[need]}" for c, need in lacking]


_NEEDS: Mapping[str, str] = {
    "fault": "a fault",
    "ledger": "ledger writes (order_rate above 0)",
    "load": "a load",
    "profile": "a load profile",
    "baseline": "Given the last accepted run as the baseline",
    "prices": 'prices: Given the prices of "..."',
}
