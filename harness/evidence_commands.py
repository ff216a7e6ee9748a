"""What `drill verify sign redact` do. A composition root."""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from harness import signature
from harness.errors import StoreError
from harness.reports.verified import as_json as verification_json
from harness.reports.verified import conclusion, render
from harness.seal import SIGNATURE
from harness.verification import verify as verify_folder


def verify(folder: Path, key: Path | None, *, as_json: bool) -> int:
    """Say of every file whether it is what the run left behind; 0 when all are, 1 otherwise."""
    found = verify_folder(folder, key)
    if as_json:
        print(json.dumps(verification_json(found), indent=2))
    else:
        width = shutil.get_terminal_size((120, 24)).columns
        print(render(found, width=width, colour=sys.stdout.isatty()), end="")
    return 0 if found.verified else 1


def sign(folder: Path, key: Path) -> int:
    """Sign a folder that is verified. Raises StoreError for one that is not: nobody should stand for it."""
    found = verify_folder(folder)
    problems = [c for c in found.problems if c.name != SIGNATURE]
    if problems:
        raise StoreError([f"{folder}: not signed, for it is {conclusion(found)}; see drill verify"])
    signed = signature.sign(folder, key)
    print(f"{folder / SIGNATURE}: signed with key {signed.public_key[:16]}")
    return 0


def redact(
    run: Path, target: Path, *, hide: Sequence[str], keep: Sequence[str], kept_map: Path | None, as_json: bool
) -> int:
    """Make a redacted copy of a verified run. Raises StoreError, and then leaves nothing behind."""
    from harness.redaction.redacted_copy import redact as make_copy

    copy = make_copy(run, target, hide=hide, keep=keep, kept_map=kept_map)
    if as_json:
        told = {"folder": str(target), "redacted_copy_of": copy.of, "replaced": dict(copy.counts)}
        print(json.dumps(told, indent=2))
        return 0
    print(f"{target}: redacted copy of {copy.of[:16]}, verified")
    print(f"replaced: {', '.join(f'{n} {kind}' for kind, n in copy.counts.items()) or 'nothing'}")
    print("titles, paths of URLs and comments stay as they are: look through report.html, and add --hide WORD")
    return 0
