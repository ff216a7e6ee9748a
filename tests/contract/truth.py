"""The lab's truth log: what it really did and when. The harness never reads it; tests hold its measures against it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# One way from the region that served to the population, real seconds: the lab's own figures.
ONE_WAY = {("NA", "eu-west-1"): 0.044, ("EU", "eu-west-1"): 0.010, ("AP", "ap-southeast-1"): 0.014}
LOST_REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The lines of every truth log of one lab, by time (monotonic ns)."""

    lines: tuple[dict[str, Any], ...]

    def of(self, kind: str) -> Iterator[dict[str, Any]]:
        """The lines of one kind."""
        return (line for line in self.lines if line["kind"] == kind)

    @property
    def cut_ns(self) -> int:
        """When the region was cut off: halfway between the first of its hops and the last."""
        line = next(self.of("cut"))
        return int(line["began_ns"] + line["done_ns"]) // 2

    @property
    def lost_rows(self) -> frozenset[str]:
        """Orders that only the old primary held."""
        return frozenset(row for line in self.of("lost_rows") for row in line["ids"])

    def served_again_ns(self) -> int:
        """When the last population's first answer after the cut reached it: reads of NA, and orders of everybody."""
        return max(self._first("NA", "read"), *(self._first(p, "order") for p in ("NA", "EU", "AP")))

    def _first(self, population: str, op: str) -> int:
        served = (
            line["at_ns"] + int(ONE_WAY[(population, line["region"])] * 1e9)
            for line in self.of("served")
            if line["at_ns"] > self.cut_ns
            and line["ok"]
            and (line["population"], line["op"]) == (population, op)
            and line["region"] != LOST_REGION
        )
        return min(served)


def read_truth(directory: Path) -> Truth:
    """The truth of the lab in this directory."""
    texts = [path.read_text() for path in directory.glob("truth*.jsonl")]
    lines = [json.loads(line) for text in texts for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return Truth(lines=tuple(sorted(lines, key=lambda line: line["at_ns"])))
