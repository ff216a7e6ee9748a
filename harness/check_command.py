"""What `drill check` does. A composition root: pytest runs underneath where feature files are checked."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.errors import ConfigError, Refused

DEFAULT_STACK = "storefront"
STACKS = Path("scenarios/stacks")
EXPERIMENTS = "experiments"


def check(paths: Sequence[Path], *, as_json: bool) -> int:
    """Check drills and FIS templates; 0 when all would be admitted, 3 otherwise. Raises Refused where there is none.

    A template is a .json file that is named, or one in a folder called experiments.
    """
    templates = _templates(paths)
    features = [path for path in paths if path.suffix != ".json" and not _without_features(path)]
    scenarios, wrong, notes = _check_features(features) if features else (0, [], [])
    if templates:
        wrong = wrong + _check_templates(templates)
    if not scenarios and not templates and not wrong:
        raise Refused(["no scenario found"])
    counted = {"scenarios": scenarios} | ({"experiments": len(templates)} if templates else {})
    _tell(counted, wrong, notes, as_json=as_json)
    return 3 if wrong else 0


def _templates(paths: Sequence[Path]) -> list[Path]:
    named = [path for path in paths if path.suffix == ".json"]
    folders = [path for path in paths if path.is_dir()]
    return sorted({*named, *(p for f in folders for p in f.rglob("*.json") if p.parent.name == EXPERIMENTS)})


def _without_features(path: Path) -> bool:
    return path.is_dir() and not any(path.rglob("*.feature"))


def _check_features(features: Sequence[Path]) -> tuple[int, list[str], list[str]]:
    """How many scenarios there are, what is wrong with them, and what is to be said of those that are admitted."""
    from harness import session

    ended = session.check(features)
    wrong = [text for _, code, text in ended.endings.each if code] + ended.collection
    return len(ended.endings.each), wrong, [f"{node.split('::')[-1]}: {text}" for node, text in ended.endings.notes]


def _check_templates(paths: Iterable[Path]) -> list[str]:
    """The problems of every template, one text for each template, as it would run in the stack's first region."""
    from harness.faults.experiment_file import problems_of
    from harness.pinned import pin
    from harness.stack_source import find

    stack = find(DEFAULT_STACK, STACKS).blueprint
    wrong = []
    for path in paths:
        try:
            file = pin("experiment", path)
            found = problems_of(file.text, file.path, stack, next(iter(stack.regions)), watched=False)
        except ConfigError as error:
            found = list(error.problems)
        wrong += [str(Refused(found))] if found else []
    return wrong


def _tell(counted: dict[str, int], wrong: list[str], notes: list[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**counted, "problems": wrong, **({"notes": notes} if notes else {})}))
        return
    for text in notes:
        print(text)
    for text in wrong:
        print(text, file=sys.stderr)
    words = [f"{n} {kind if n != 1 else kind[:-1]}" for kind, n in counted.items() if n or len(counted) == 1]
    print(f"{' and '.join(words)} checked, {len(wrong)} refused")
