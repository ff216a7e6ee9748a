"""The evidence of a measurement, as people can read it."""

import json
from collections.abc import Mapping
from typing import Any

from harness.reports.wording import plain

MOST_ITEMS = 20
MOST_LETTERS = 6000


def readable(evidence: Mapping[str, Any]) -> str:
    """JSON of the evidence; long lists and mappings show their first twenty items, the whole is in findings.json."""
    text = json.dumps(_short(evidence), indent=1, ensure_ascii=False, default=str)
    return plain(text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + "\n… the rest is in findings.json")


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        shown = {str(k): _short(v) for k, v in list(value.items())[:MOST_ITEMS]}
        return shown | ({"…": f"{len(value) - MOST_ITEMS} more"} if len(value) > MOST_ITEMS else {})
    if isinstance(value, list | tuple):
        more = [f"… {len(value) - MOST_ITEMS} more"] if len(value) > MOST_ITEMS else []
        return [*map(_short, value[:MOST_ITEMS]), *more]
    return float(f"{value:.6g}") if isinstance(value, float) else value
