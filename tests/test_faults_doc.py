"""docs/faults.md lists every fault as the catalogue knows it: `python -m tests.test_faults_doc` writes it anew."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

import harness.faults.kinds  # noqa: F401  fills the registry
import scenarios.steps.faults as steps
from harness.faults.placeholders import values
from harness.faults.registry import FAULTS
from harness.fis.action import Action
from harness.fis.actions import ACTIONS
from harness.fis.described import lab_words
from harness.fis.documents import DOCUMENTS
from harness.fis.on_the_lab import ON_THE_LAB
from harness.fis.parameter import Parameter
from tests.experiments import STACK

DOC = Path(__file__).parents[1] / "docs" / "faults.md"
OWN = "FIS experiment"
US = next(iter(STACK.regions))
_STEP = re.compile(r"""'(?P<words>.+)'\), target_fixture.*return _carry_out\(draft, drill, "(?P<fault>[^"]+)\"""", re.S)


def sentences() -> Mapping[str, str]:
    """Fault -> the step that names it, from the text of the steps."""
    parts = re.split(r"\n(?=@when)", Path(steps.__file__).read_text())
    return {found["fault"]: found["words"] for part in parts if (found := _STEP.search(part))}


def actions_of(fault: str) -> list[str]:
    """The actions that a fault of Drill's comes to."""
    if fault == OWN:
        return []
    (compiled,) = FAULTS[fault].compile(STACK, lasts=timedelta(minutes=5), region=US)
    return [action["actionId"] for action in compiled.template["actions"].values()]


def step_rows() -> str:
    rows = ((words, fault, ", ".join(actions_of(fault))) for fault, words in sentences().items())
    return "".join(f"| `When {words}` | {FAULTS[fault].summary} | {actions} |\n" for words, fault, actions in rows)


def placeholder_rows() -> str:
    known = values(STACK, US)
    return "".join(f"| `<{name}>` | {_shown(value)} |\n" for name, value in known.items())


def _shown(value: object) -> str:
    return ", ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)


def checked(parameters: tuple[Parameter, ...]) -> str:
    return ", ".join(f"{each.name}{'*' if each.required else ''}" for each in parameters)


def action_row(action: Action) -> str:
    named = [words for fault, words in sentences().items() if action.id in actions_of(fault)]
    real = lab_words(action.id) if action.id in ON_THE_LAB else "no"
    steps = "; ".join(f"`{words}`" for words in named if action.id != "aws:fis:wait")
    cells = (f"`{action.id}`", ", ".join(action.targets.values()), checked(action.parameters), real, steps)
    return f"| {' | '.join(cells)} |\n"


def document_rows() -> str:
    return "".join(f"| {d.name} | {d.about} | {checked(d.parameters)} |\n" for d in DOCUMENTS.values())


PARTS = {
    "steps": step_rows,
    "placeholders": placeholder_rows,
    "actions": lambda: "".join(map(action_row, ACTIONS.values())),
    "documents": document_rows,
}


def split(text: str, part: str) -> tuple[str, str, str]:
    """The text before the rows of a part, the rows, and the text after them."""
    found = re.search(rf"(<!-- {part} -->\n\|.*?\n\|[-|]+\n)(.*?)(<!-- /{part} -->)", text, re.S)
    assert found, part
    return text[: found.start(2)], found[2], text[found.end(2) :]


@pytest.mark.parametrize("part", PARTS)
def test_the_documentation_holds_the_catalogue_as_it_is(part: str) -> None:
    assert split(DOC.read_text(), part)[1] == PARTS[part]()


def test_every_fault_of_drill_has_a_step() -> None:
    assert {*sentences(), OWN} == set(FAULTS)


if __name__ == "__main__":
    for each, rows in PARTS.items():
        head, _, rest = split(DOC.read_text(), each)
        DOC.write_text(head + rows() + rest)
