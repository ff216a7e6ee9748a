"""What `drill faults` does."""

import json

from harness.errors import Refused
from harness.fis.actions import ACTIONS
from harness.fis.described import as_json as described
from harness.fis.described import explained, find, listing, unknown
from harness.fis.documents import DOCUMENTS


def show(name: str | None, *, as_json: bool) -> int:
    """List every fault that FIS has, or explain one. Raises Refused when there is none of that name."""
    if name is None:
        everything = [*map(described, ACTIONS.values()), *map(described, DOCUMENTS.values())]
        print(json.dumps({"faults": everything}, indent=2) if as_json else listing())
        return 0
    one = find(name)
    if one is None:
        raise Refused([unknown(name)])
    print(json.dumps(described(one), indent=2) if as_json else explained(one))
    return 0
