"""The catalogue as a person and a machine read it."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from harness.fis.action import Action, ChosenBy
from harness.fis.actions import ACTIONS, RETIRED
from harness.fis.documents import DOCUMENTS, Document
from harness.fis.on_the_lab import ON_THE_LAB, LabEffect
from harness.fis.parameter import Parameter


def find(name: str) -> Action | Document | None:
    """An action by its id or by the end of it, where only one ends so; or a document by its name."""
    ending = [action for id, action in ACTIONS.items() if id.endswith(f":{name}")]
    return ACTIONS.get(name) or DOCUMENTS.get(name) or (ending[0] if len(ending) == 1 else None)


def unknown(name: str) -> str:
    """That nothing has this name, and what comes close to it."""
    if name in RETIRED:
        return f"unknown fault {name!r}; {RETIRED[name]}"
    ends = {id.rpartition(":")[2]: id for id in ACTIONS}
    close = get_close_matches(name, [*ACTIONS, *DOCUMENTS, *ends], n=1)
    near = [ends.get(close[0], close[0])] if close else [id for id in ACTIONS if name and name in id][:1]
    return f"unknown fault {name!r}; " + (f"did you mean {near[0]!r}?" if near else "drill faults lists all of them")


def listing() -> str:
    """One line for each action: its id, whether the lab makes it real, what it hits and what it does."""
    rows = [(a.id, "yes" if a.id in ON_THE_LAB else "no", _types(a) or "-", a.about) for a in ACTIONS.values()]
    head = ("FAULT", "LAB", "TARGET", "WHAT IT DOES")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(3)]
    lines = ["  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[3]]) for row in (head, *rows)]
    return "\n".join([*lines, "", f"SSM documents for aws:ssm:send-command: {', '.join(DOCUMENTS)}"])


def explained(one: Action | Document) -> str:
    """All that is known of one action or document."""
    return "\n".join(_action_lines(one) if isinstance(one, Action) else _document_lines(one))


def as_json(one: Action | Document) -> dict[str, Any]:
    """One action or document as JSON data."""
    if isinstance(one, Document):
        return {"document": one.name, "about": one.about, "parameters": [_parameter(p) for p in one.parameters]}
    return {
        "id": one.id,
        "about": one.about,
        "targets": dict(one.targets),
        "chosen_by": one.chosen_by.value if one.targets else None,
        "parameters": [_parameter(p) for p in one.parameters],
        "mind": one.mind,
        "lab": _lab(ON_THE_LAB.get(one.id)),
    }


def _lab(real: LabEffect | None) -> dict[str, Any] | None:
    if real is None:
        return None
    return {
        "effect": real.effect,
        "only": {name: list(values) for name, values in real.only.items()},
        "most": dict(real.most),
    }


def lab_words(id: str) -> str:
    """What the lab does with an action, in a few words."""
    real = ON_THE_LAB.get(id)
    if real is None:
        return "refused by name"
    limits = [f"{name} {' or '.join(values)} only" for name, values in real.only.items()]
    limits += [f"{name} at most {most:g}" for name, most in real.most.items()]
    return f"{real.effect} ({'; '.join(limits)})" if limits else real.effect


def _types(action: Action) -> str:
    return ", ".join(action.targets.values())


def _action_lines(action: Action) -> Iterator[str]:
    yield f"{action.id}: {action.about}"
    if action.mind:
        yield f"mind: {action.mind}"
    for key, type in action.targets.items():
        only = "" if action.chosen_by is ChosenBy.ANY else f", by {action.chosen_by}"
        yield f"target: {key} -> {type}{only}"
    yield f"on the lab: {lab_words(action.id)}"
    yield from _parameter_lines(action.parameters)


def _document_lines(document: Document) -> Iterator[str]:
    yield f"{document.name}: {document.about}"
    yield f"an SSM document: aws:ssm:send-command with documentArn arn:aws:ssm:REGION::document/{document.name}"
    if document.network:
        yield "mind: the network documents cannot run beside each other."
    yield f"on the lab: {lab_words('aws:ssm:send-command')}"
    yield from _parameter_lines(document.parameters)


def _parameter_lines(parameters: tuple[Parameter, ...]) -> Iterator[str]:
    yield "parameters:" if parameters else "parameters: none"
    width = max((len(each.name) for each in parameters), default=0)
    for each in parameters:
        need = "required" if each.required else f"default {each.default}" if each.default else "optional"
        yield f"  {each.name.ljust(width)}  {', '.join(filter(None, (need, each.kind.value, each.range)))}"


def _parameter(parameter: Parameter) -> dict[str, Any]:
    found = {
        "name": parameter.name,
        "kind": parameter.kind.value,
        "required": parameter.required,
        "default": parameter.default,
        "range": parameter.range or None,
        "unit": parameter.unit or None,
        "choices": list(parameter.choices) or None,
    }
    return {key: value for key, value in found.items() if value is not None}
