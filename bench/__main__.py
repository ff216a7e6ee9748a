"""All benches one after the other: `python -m bench [--json FILE] [NAME ...]`; prints their tables.

Exit code 1 when one of them says that a figure is not what it should be. Figures depend on the machine: run it alone.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness.plan import versions

BENCHES = ("recovery_time", "data_loss", "percentiles", "detection", "size")


def run(name: str) -> tuple[bool, Any]:
    """Run one; whether it was content, and what it measured."""
    print(f"\n## {name}\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        done = subprocess.run([sys.executable, "-m", f"bench.{name}", "--json", path], check=False)
        measured = json.loads(path.read_text()) if path.exists() else None
    print(f"\nexit code {done.returncode}", flush=True)
    return done.returncode == 0, measured


def main() -> None:
    """Run those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all by default")
    parser.add_argument("--json", type=Path, help="all figures in one file")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    done = {name: run(name) for name in options.names or BENCHES}
    if options.json:
        measured = {name: figures for name, (_, figures) in done.items()}
        options.json.write_text(json.dumps({"versions": versions(), "benches": measured}, indent=2) + "\n")
    sys.exit(0 if all(well for well, _ in done.values()) else 1)


if __name__ == "__main__":
    main()
