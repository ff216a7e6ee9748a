"""docs/faults.md lists every fault as the catalogue knows it: `python -m tests.test_faults_doc` writes it anew."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

import harness.faults.kinds  # noqa: F401  fills the registry
from harness.faults.placeholders import values
from harness.faults.registry import FAULTS, Fault
from harness.faults.sentences import readable
from harness.fis.action import Action
from harness.fis.actions import ACTIONS
from harness.fis.described import lab_words
from harness.fis.documents import DOCUMENTS
from harness.fis.on_the_lab import ON_THE_LAB
from harness.fis.parameter import Parameter
from tests.experiments import STACK
from tests.test_faults_compile import options

DOC = Path(__file__).parents[1] / "docs" / "faults.md"
OWN = "FIS experiment"
US = next(iter(STACK.regions))


def actions_of(fault: str) -> list[str]:
    """The actions that a fault of Drill's comes to."""
    if fault == OWN:
        return []
    (compiled,) = FAULTS[fault].compile(STACK, lasts=timedelta(minutes=12), **options(fault))
    return list(dict.fromkeys(action["actionId"] for action in compiled.template["actions"].values()))


def step_rows() -> str:
    return "".join(_step_row(each) for each in FAULTS.values() if each.name != OWN)


def _step_row(fault: Fault) -> str:
    says = "<br>".join(f"`{readable(sentence)}`" for sentence in fault.sentences)
    cells = (says, fault.summary, fault.proof or "clients only", ", ".join(actions_of(fault.name)))
    return f"| {' | '.join(cells)} |\n"


def placeholder_rows() -> str:
    known = values(STACK, US)
    return "".join(f"| `<{name}>` | {_shown(value)} |\n" for name, value in known.items())


def _shown(value: object) -> str:
    return ", ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)


def checked(parameters: tuple[Parameter, ...]) -> str:
    return ", ".join(f"{each.name}{'*' if each.required else ''}" for each in parameters)


def action_row(action: Action) -> str:
    named = [words for fault in FAULTS.values() if action.id in actions_of(fault.name) for words in fault.sentences]
    real = lab_words(action.id) if action.id in ON_THE_LAB else "no"
    steps = "; ".join(f"`{readable(words)}`" for words in named if action.id != "aws:fis:wait")
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


def test_every_fault_of_drill_has_a_sentence() -> None:
    assert [fault.name for fault in FAULTS.values() if not fault.sentences] == [OWN]


if __name__ == "__main__":
    for each, rows in PARTS.items():
        head, _, rest = split(DOC.read_text(), each)
        DOC.write_text(head + rows() + rest)
