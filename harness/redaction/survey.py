"""Goes through a run once before anything is written: a pseudonym must not be what the run calls something else."""

import getpass
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from harness import manifest
from harness.journal import FILE_NAME, read_events
from harness.load import locust_child, prober_child
from harness.redaction.lines import redacted_lines
from harness.redaction.names import folders_of, machines_in, names_in
from harness.redaction.pseudonyms import Pseudonyms
from harness.redaction.redactor import Redactor, is_generic
from harness.seal import NOT_RECORD, names
from harness.store import load_plan


def surveyed(run: Path, hide: Sequence[str] = (), keep: Sequence[str] = ()) -> Redactor:
    """The redactor of a run, which knows every name that the run gives away anywhere. Raises StoreError."""
    known = {word: "word" for word in hide} | _known(run, {word.lower() for word in keep})
    before = Redactor(known, Pseudonyms(keep=keep))
    for name in (FILE_NAME, *(n for n in names(run) if n not in NOT_RECORD)):
        before.text(name)
        for _ in redacted_lines(run / name, before):
            pass
    originals = {each.original for each in before.pseudonyms.replaced}
    return Redactor(before.found | known, Pseudonyms(avoid=originals, keep=keep))


def _known(run: Path, keep: set[str]) -> dict[str, str]:
    """What the plan and the journal name, and whose machine this is; regions, zones and populations are no secrets."""
    plan, events = load_plan(run), read_events(run / FILE_NAME)
    stack = plan.get("stack", {})
    zones = {zone for region in stack.get("regions", {}).values() for zone in region.get("zones", ())}
    public = {each.lower() for each in {*stack.get("regions", ()), *zones, *stack.get("populations", ())}} | keep
    found: dict[str, str] = {}
    for kind, text in (*names_in(plan), *names_in([e.data for e in events]), *_alarms(run), *_here(run)):
        if text.lower() not in public:
            found.setdefault(text, kind)
    return found


def _alarms(run: Path) -> Iterator[tuple[str, str]]:
    for event in read_events(run / FILE_NAME):
        if event.kind == "alarm" and event.data.get("name"):
            yield "alarm", str(event.data["name"])


def _here(run: Path) -> Iterator[tuple[str, str]]:
    """The machine on which the run was written, as far as it says so, and this one."""
    for name in names(run):
        if name.endswith(".log"):
            with (run / name).open(encoding="utf-8", errors="replace") as log:
                yield from (("machine", each) for each in machines_in(log) if not is_generic(each))
    shown = [each.folder for each in manifest.load(run).written]
    for path in (str(run), *shown, *_directories(run), f"{Path.cwd()}/x/y", f"{Path.home()}/x/y"):
        yield from (("path", each) for each in folders_of(path))
    with suppress(OSError, KeyError, ImportError):
        yield from (("user", each) for each in [getpass.getuser()] if not is_generic(each))
    yield from (("machine", each) for each in [socket.gethostname()] if each and not is_generic(each))


def _directories(run: Path) -> Iterator[str]:
    """Where the children were told to write."""
    for name in (locust_child.SETTINGS, prober_child.SETTINGS):
        if (run / name).is_file():
            with suppress(ValueError, AttributeError):
                yield str(json.loads((run / name).read_text(encoding="utf-8")).get("directory", ""))
