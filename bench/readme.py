"""Put real output into the README: `python bench/readme.py <drill output> <tests output> <rehearsal output>`."""

import re
import sys
from pathlib import Path

README = Path("README.md")


def main(drill_output: str, tests_output: str, rehearsal_output: str) -> None:
    """Fill the blocks of the README from three files and the feature itself."""
    text = README.read_text(encoding="utf-8")
    text = _fill(text, "<!-- drill output -->\n```text\n", Path(drill_output).read_text(encoding="utf-8"))
    text = _fill(text, "<!-- test output -->\n```text\n", Path(tests_output).read_text(encoding="utf-8"))
    text = _fill(text, "<!-- rehearsal output -->\n```text\n", Path(rehearsal_output).read_text(encoding="utf-8"))
    text = _fill(text, "## The drill\n\n```gherkin\n", Path("features/region_loss.feature").read_text(encoding="utf-8"))
    README.write_text(text, encoding="utf-8")


def _fill(text: str, head: str, body: str) -> str:
    pattern = re.escape(head) + r".*?```\n"
    return re.sub(pattern, lambda _: head + body.strip("\n") + "\n```\n", text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    main(*sys.argv[1:4])
