"""docs/criteria.md lists every measure as the registry knows it: `python -m tests.test_criteria_doc` writes it anew."""

import re
from pathlib import Path

import harness.measures.kinds  # noqa: F401  fills the registry
from harness.measures.registry import MEASURES, Measure

DOC = Path(__file__).parents[1] / "docs" / "criteria.md"
BEGIN, END = "|---|---|---|---|---|---|\n", "<!-- /measures -->"


def row(measure: Measure) -> str:
    marks = ("yes" if each else "" for each in (measure.phase, measure.population, measure.window))
    bound = f"{measure.relation.value}, {' '.join(measure.bound_units)}"
    return f"| {measure.name} | {bound} | {' | '.join(marks)} | {measure.about} |\n"


def table() -> str:
    named = ("P50", "P95", "P99", "P99.9")
    known = [m for name, m in sorted(MEASURES.items()) if not _made_on_demand(name, named)]
    return "".join(map(row, known))


def _made_on_demand(name: str, named: tuple[str, ...]) -> bool:
    """Those of a family that are made when somebody asks for them, whichever other tests ran before."""
    if name.startswith("scaling time from "):
        return True
    percentile, _, rest = name.partition(" ")
    if not re.fullmatch(r"P[\d.]+", percentile):
        return False
    kept = {"latency": named, "latency change": ("P95",)}
    return percentile not in kept.get(rest, ())


def test_every_measure_is_in_the_documentation_as_it_is() -> None:
    assert DOC.read_text().partition(BEGIN)[2].partition(END)[0] == table()


if __name__ == "__main__":
    head, _, rest = DOC.read_text().partition(BEGIN)
    DOC.write_text(head + BEGIN + table() + END + rest.partition(END)[2])
