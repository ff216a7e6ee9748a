"""docs/criteria.md lists every measure as the registry knows it: `python -m tests.test_criteria_doc` writes it anew."""

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
    made = [name for name in MEASURES if name.endswith(" latency") and name.split()[0] not in named]
    made += [name for name in MEASURES if name.startswith("scaling time from ")]
    known = [m for name, m in sorted(MEASURES.items()) if name not in made]
    return "".join(map(row, known))


def test_every_measure_is_in_the_documentation_as_it_is() -> None:
    assert DOC.read_text().partition(BEGIN)[2].partition(END)[0] == table()


if __name__ == "__main__":
    head, _, rest = DOC.read_text().partition(BEGIN)
    DOC.write_text(head + BEGIN + table() + END + rest.partition(END)[2])
