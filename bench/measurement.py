"""Put real tables into docs/measurement.md: `python -m bench.measurement FILE`, from `python -m bench --json FILE`."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.table import table

PAGE = Path("docs/measurement.md")
RECOVERY = (
    "outage",
    "reads per second",
    "prober",
    "outages",
    "truth inside",
    "error p50 ms",
    "error p90 ms",
    "error max ms",
    "printed ± p50 ms",
    "prober, % of a core",
    "1 Hz polling p50 ms",
    "1 Hz polling max ms",
)


def tables(figures: Any) -> Iterator[Sequence[str]]:
    """The tables of one bench, and its notes."""
    parts = figures if isinstance(figures, Mapping) else {"rows": figures}
    for part, rows in parts.items():
        if part == "outages":
            yield table([{key: row[key] for key in RECOVERY} for row in rows])
        elif part == "notes":
            yield [" ".join(rows)]
        elif part != "plans":
            yield table(rows)


def main(path: str) -> None:
    """Fill the block of every bench that the file has figures of."""
    text = PAGE.read_text(encoding="utf-8")
    for name, figures in json.loads(Path(path).read_text(encoding="utf-8"))["benches"].items():
        body = "\n\n".join("\n".join(each) for each in tables(figures) if each)
        pattern = rf"(<!-- bench {name} -->\n).*?(<!-- /bench -->)"
        text = re.sub(pattern, lambda found, body=body: f"{found[1]}{body}\n{found[2]}", text, flags=re.DOTALL)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
