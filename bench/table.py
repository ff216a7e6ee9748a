"""The table that a bench prints: markdown, one line a row."""

from typing import Any


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Head and lines; the rows have the same keys. Nothing for no rows."""
    if not rows:
        return []
    names = list(rows[0])
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names), *map(line, rows)]


def line(cells: dict[str, Any]) -> str:
    """One row; numbers to one digit, a dash for what there is none of."""
    return "| " + " | ".join(map(_cell, cells.values())) + " |"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
