"""Is every mistake in an FIS template found, and how fast? `python -m bench.templates [--json FILE]`.

A sound template of every action of FIS is spoilt in every way that applies to it, one mistake at a time. A mistake is
found when a problem names its place. Then `drill check` is run on folders of templates as a user would.
"""

import argparse
import copy
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.table import table
from harness.fis.actions import ACTIONS
from harness.fis.parameter import Kind
from harness.fis.template import check_template
from tests.fis.templates import template_of

Template = dict[str, Any]
# A way to spoil a template: where the problem must be told, or None where the template has nothing to spoil so.
Spoil = Callable[[Template], str | None]
IT = "/actions/it"
MOST_SECONDS, TRIES = 1.0, 7


def _it(template: Template) -> dict[str, Any]:
    action: dict[str, Any] = template["actions"]["it"]
    return action


def misspelt_action(template: Template) -> str:
    _it(template)["actionId"] += "s"
    return f"{IT}/actionId"


def missing_parameter(template: Template) -> str | None:
    required = [p.name for p in ACTIONS[_it(template)["actionId"]].parameters if p.required]
    for name in required[:1]:
        del _it(template)["parameters"][name]
    left = _it(template)["parameters"]
    return (f"{IT}/parameters" if left else IT) if required else None


def unknown_parameter(template: Template) -> str:
    _it(template)["parameters"]["durations"] = "PT5M"
    return f"{IT}/parameters/durations"


def of_kind(kind: Kind, value: Any) -> Spoil:
    def spoil(template: Template) -> str | None:
        names = [p.name for p in ACTIONS[_it(template)["actionId"]].parameters if p.kind is kind]
        for name in names[:1]:
            _it(template)["parameters"][name] = value
        return f"{IT}/parameters/{names[0]}" if names else None

    return spoil


def unknown_target_key(template: Template) -> str:
    _it(template)["targets"]["Things"] = "target"
    return f"{IT}/targets/Things"


def missing_target(template: Template) -> str | None:
    template["targets"] = {}
    key = _first(_it(template)["targets"])
    return f"{IT}/targets/{key}" if key else None


def wrong_type(template: Template) -> str | None:
    if not (key := _first(_it(template)["targets"])):
        return None
    right = template["targets"]["target"]["resourceType"]
    other = "aws:sqs:queue" if right == "aws:ec2:instance" else "aws:ec2:instance"
    template["targets"]["target"] = {"resourceType": other, "resourceTags": {"a": "b"}, "selectionMode": "ALL"}
    return f"{IT}/targets/{key}"


def arns_and_tags(template: Template) -> str | None:
    if not template["targets"]:
        return None
    both = {"resourceArns": ["arn:aws:ec2:us-east-1:123456789012:instance/i-1"], "resourceTags": {"a": "b"}}
    template["targets"]["target"].update(both)
    return "/targets/target"


def six_arns(template: Template) -> str | None:
    if not template["targets"]:
        return None
    template["targets"]["target"]["resourceArns"] = ["arn:aws:ec2:us-east-1:123456789012:instance/i-1"] * 6
    return "/targets/target/resourceArns"


def selection(template: Template) -> str | None:
    if not template["targets"]:
        return None
    template["targets"]["target"]["selectionMode"] = "HALF"
    return "/targets/target/selectionMode"


def circle(template: Template) -> str:
    _it(template)["startAfter"] = ["it"]
    return "/actions"


def unknown_before(template: Template) -> str:
    _it(template)["startAfter"] = ["that"]
    return f"{IT}/startAfter/0"


def empty_targets_allowed(template: Template) -> str:
    template["experimentOptions"]["emptyTargetResolutionMode"] = "skip"
    return "/experimentOptions/emptyTargetResolutionMode"


def no_stop_condition(template: Template) -> str:
    template["stopConditions"] = [{"source": "none"}]
    return "/stopConditions"


def eleven_at_once(template: Template) -> str:
    template["actions"].update({f"copy-{n}": copy.deepcopy(_it(template)) for n in range(10)})
    return "/actions"


def twenty_one_actions(template: Template) -> str:
    wait = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}
    template["actions"].update({f"w{n}": {**wait, "startAfter": [f"w{n - 1}"] if n else ["it"]} for n in range(20)})
    return "/actions"


SPOILT: dict[str, Spoil] = {
    "misspelt action": misspelt_action,
    "missing parameter": missing_parameter,
    "unknown parameter": unknown_parameter,
    "no ISO 8601 duration": of_kind(Kind.DURATION, "5m"),
    "duration too long": of_kind(Kind.DURATION, "PT12H1S"),
    "percentage above 100": of_kind(Kind.PERCENT, "101"),
    "a number, not a string": of_kind(Kind.PERCENT, 50),
    "unknown target key": unknown_target_key,
    "target that is not there": missing_target,
    "wrong resource type": wrong_type,
    "ARNs and tags": arns_and_tags,
    "more than 5 ARNs": six_arns,
    "selection mode": selection,
    "circle in startAfter": circle,
    "unknown startAfter": unknown_before,
    "empty targets allowed": empty_targets_allowed,
    "no stop condition": no_stop_condition,
    "11 actions at once": eleven_at_once,
    "21 actions": twenty_one_actions,
}


def _first(names: dict[str, Any]) -> str:
    return next(iter(names), "")


def trial(spoil: Spoil) -> Iterator[bool]:
    """For every action that can be spoilt so: whether a problem names the place."""
    for id in ACTIONS:
        template = copy.deepcopy(template_of(id))
        place = spoil(template)
        if place is not None:
            yield place in {each.pointer for each in check_template(template, outside_lab=True)}


def seconds(count: int) -> float:
    """How long `drill check` takes for so many templates, from the call to its end."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "experiments"
        folder.mkdir()
        for number, id in zip(range(count), list(ACTIONS) * (count // len(ACTIONS) + 1), strict=False):
            (folder / f"{number:04}.json").write_text(json.dumps(template_of(id), indent=2))
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "harness.cli", "check", folder], capture_output=True, check=False)
        return time.perf_counter() - began


def main() -> None:
    """Print both tables; exit code 1 when a mistake was missed, a sound one was refused, or 100 took over a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sound = sum(check_template(template_of(id), outside_lab=True) == [] for id in ACTIONS)
    found = [{"mistake": n, "templates": len(got := list(trial(s))), "found": sum(got)} for n, s in SPOILT.items()]
    took = [{"templates": n, "s": round(median(seconds(n) for _ in range(TRIES)), 2)} for n in (1, 100, 1000)]
    print(f"sound templates admitted: {sound} of {len(ACTIONS)}\n")
    print("\n".join(table(found)))
    print("\n" + "\n".join(table([{**each, "s": str(each["s"])} for each in took])))
    if options.json:
        options.json.write_text(json.dumps({"sound": sound, "found": found, "took": took}, indent=2) + "\n")
    well = sound == len(ACTIONS) and all(each["found"] == each["templates"] for each in found)
    sys.exit(0 if well and took[1]["s"] <= MOST_SECONDS else 1)


if __name__ == "__main__":
    main()
