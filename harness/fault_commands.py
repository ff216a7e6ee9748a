"""What `drill faults` does."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

import harness.faults.kinds  # noqa: F401  fills the registry
from harness.errors import Refused
from harness.faults.registry import FAULTS, Fault
from harness.faults.sentences import readable
from harness.fis.actions import ACTIONS
from harness.fis.described import as_json as described
from harness.fis.described import explained, find, listing, unknown
from harness.fis.documents import DOCUMENTS


def show(name: str | None, *, as_json: bool) -> int:
    """List every fault, those of FIS and those with a sentence, or explain one. Raises Refused where there is none."""
    if name is None:
        everything = [*map(described, ACTIONS.values()), *map(described, DOCUMENTS.values()), *map(_named, _said())]
        print(json.dumps({"faults": everything}, indent=2) if as_json else _all())
        return 0
    if (named := FAULTS.get(name)) is not None and named.sentences:
        print(json.dumps(_named(named), indent=2) if as_json else _explained(named))
        return 0
    one = find(name)
    if one is None:
        close = get_close_matches(name, FAULTS, n=1, cutoff=0.8)
        raise Refused([f"unknown fault {name!r}; did you mean {close[0]!r}?" if close else unknown(name)])
    print(json.dumps(described(one), indent=2) if as_json else explained(one))
    return 0


def _said() -> Iterator[Fault]:
    return (fault for fault in FAULTS.values() if fault.sentences)


def _all() -> str:
    rows = [(fault.name, readable(sentence)) for fault in _said() for sentence in fault.sentences]
    width = max(len(name) for name, _ in rows)
    steps = [f"{name.ljust(width)}  When {sentence}" for name, sentence in rows]
    head = f"{'NAME'.ljust(width)}  STEP, with or without 'for <span>' at its end"
    return "\n".join([listing(), "", head, *steps])


def _explained(fault: Fault) -> str:
    steps = [f"step: When {readable(sentence)} for <span>" for sentence in fault.sentences]
    usual = f"usually lasts: {fault.lasts.total_seconds() / 60:g} minutes"
    proof = f"shown by: {fault.proof or 'clients only'}"
    return "\n".join([f"{fault.name}: {fault.summary}", *steps, usual, proof])


def _named(fault: Fault) -> dict[str, Any]:
    return {
        "name": fault.name,
        "about": fault.summary,
        "sentences": [readable(sentence) for sentence in fault.sentences],
        "options": list(fault.options),
        "lasts_seconds": fault.lasts.total_seconds(),
        "proof": fault.proof or None,
    }
