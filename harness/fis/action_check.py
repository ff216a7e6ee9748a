"""What is wrong with the actions of a template."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.fis.action import Action, ChosenBy
from harness.fis.actions import ACTIONS, RETIRED
from harness.fis.documents import DOCUMENTS
from harness.fis.on_the_lab import ON_THE_LAB
from harness.fis.parameter import did_you_mean
from harness.fis.problem import Problem, under
from harness.fis.target_check import parameter_problems

SEND_COMMAND = "aws:ssm:send-command"


def action_problems(template: Mapping[str, Any], *, outside_lab: bool) -> Iterator[Problem]:
    """Every problem of every action by itself, and with its targets."""
    targets = template.get("targets") or {}
    for name, action in (template.get("actions") or {}).items():
        at = under("/actions", name)
        kind = ACTIONS.get(action.get("actionId", ""))
        if kind is None:
            yield _unknown(action, at)
            continue
        given = action.get("parameters") or {}
        yield from parameter_problems(given, kind.parameters, kind.id, under(at, "parameters") if given else at)
        yield from _target_problems(kind, action.get("targets") or {}, targets, under(at, "targets"))
        yield from _scope_problems(given, under(at, "parameters"))
        yield from _document_problems(kind, given, under(at, "parameters"))
        if not outside_lab:
            yield from _lab_problems(kind, given, at)


def document_of(action: Mapping[str, Any]) -> str:
    """The name of the SSM document that an action sends; empty when it sends none."""
    arn = (action.get("parameters") or {}).get("documentArn")
    sends = action.get("actionId") == SEND_COMMAND and isinstance(arn, str)
    return str(arn).rpartition("document/")[2] if sends else ""


def _unknown(action: Mapping[str, Any], at: str) -> Problem:
    id = action.get("actionId")
    if id is None:
        return Problem(pointer=at, text="actionId is missing")
    why = f"; {RETIRED[id]}" if id in RETIRED else did_you_mean(id, ACTIONS)
    return Problem(pointer=under(at, "actionId"), text=f"unknown action {id!r}{why}")


def _target_problems(
    kind: Action, given: Mapping[str, str], targets: Mapping[str, Mapping[str, Any]], at: str
) -> Iterator[Problem]:
    for key in kind.targets:
        if key not in given:
            yield Problem(pointer=at, text=f"{kind.id} needs the target key {key} ({kind.targets[key]})")
    for key, name in given.items():
        if key not in kind.targets:
            near = did_you_mean(key, kind.targets) or f"; it takes {', '.join(kind.targets) or 'no targets'}"
            yield Problem(pointer=under(at, key), text=f"{kind.id} has no target key {key!r}{near}")
        elif name not in targets:
            yield Problem(pointer=under(at, key), text=f"there is no target {name!r}{did_you_mean(name, targets)}")
        else:
            yield from _match_problems(kind, key, targets[name], under(at, key))


def _match_problems(kind: Action, key: str, target: Mapping[str, Any], at: str) -> Iterator[Problem]:
    wanted, found = kind.targets[key], target.get("resourceType", kind.targets[key])
    if found != wanted:
        yield Problem(pointer=at, text=f"{key} takes targets of type {wanted}, not {found}")
    if kind.chosen_by in (ChosenBy.ARNS, ChosenBy.ONE_ARN) and target.get("resourceTags"):
        yield Problem(pointer=at, text=f"{kind.id} takes targets by {kind.chosen_by}")
    if kind.chosen_by is ChosenBy.TAGS and target.get("resourceArns"):
        yield Problem(pointer=at, text=f"{kind.id} takes targets by {kind.chosen_by}")
    if kind.chosen_by is ChosenBy.ONE_ARN and len(target.get("resourceArns") or []) > 1:
        yield Problem(pointer=at, text=f"{kind.id} takes {kind.chosen_by}")


def _scope_problems(given: Mapping[str, object], at: str) -> Iterator[Problem]:
    if given.get("scope") == "prefix-list" and "prefixListIdentifier" not in given:
        yield Problem(pointer=at, text="scope prefix-list needs prefixListIdentifier")


def _document_problems(kind: Action, given: Mapping[str, object], at: str) -> Iterator[Problem]:
    name = document_of({"actionId": kind.id, "parameters": given})
    document, place = DOCUMENTS.get(name), under(at, "documentParameters")
    if document is not None:
        yield from parameter_problems(_loaded(given.get("documentParameters", "{}")), document.parameters, name, place)
    elif name.startswith("AWSFIS-"):
        text = f"FIS brings no document {name!r}{did_you_mean(name, DOCUMENTS)}"
        yield Problem(pointer=under(at, "documentArn"), text=text)


def _loaded(text: object) -> dict[str, object]:
    """What a JSON object in a string holds; nothing when it is none, which is a problem of its own."""
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _lab_problems(kind: Action, given: Mapping[str, object], at: str) -> Iterator[Problem]:
    real = ON_THE_LAB.get(kind.id)
    if real is None:
        yield Problem(pointer=under(at, "actionId"), text=f"the lab cannot do {kind.id}")
        return
    for name, values in real.only.items():
        if name in given and given[name] not in values:
            text = f"the lab can do {' or '.join(values)} only, not {given[name]!r}"
            yield Problem(pointer=under(at, "parameters", name), text=text)
    document = str(given.get("documentArn", "")).rpartition("document/")[2]
    if real.documents and document not in real.documents:
        text = f"the lab has no document {document!r}{did_you_mean(document, real.documents)}"
        yield Problem(pointer=under(at, "parameters", "documentArn"), text=text)
    for name, most in real.most.items():
        number = _number(given.get(name))
        if number is not None and number > most:
            text = f"the lab can do at most {most:g}, not {given[name]!r}"
            yield Problem(pointer=under(at, "parameters", name), text=text)


def _number(text: object) -> float | None:
    try:
        return float(text) if isinstance(text, str) else None
    except ValueError:
        return None
