"""How long an experiment runs."""

from datetime import timedelta
from typing import Any

import pytest

from harness.fis.length import length


def wait(minutes: int, *after: str) -> dict[str, Any]:
    return {"actionId": "aws:fis:wait", "parameters": {"duration": f"PT{minutes}M"}, "startAfter": list(after)}


@pytest.mark.parametrize(
    ("actions", "minutes"),
    [
        ({}, 0),
        ({"a": wait(5)}, 5),
        ({"a": wait(5), "b": wait(3)}, 5),
        ({"a": wait(5), "b": wait(3, "a"), "c": wait(7)}, 8),
        ({"a": {"actionId": "aws:ec2:reboot-instances"}, "b": wait(2, "a")}, 2),
        (
            {
                "a": {
                    "actionId": "aws:ec2:stop-instances",
                    "parameters": {"startInstancesAfterDuration": "PT9M"},
                }
            },
            9,
        ),
        ({"a": wait(1, "b"), "b": wait(1, "a")}, 0),
        ({"a": {"actionId": "aws:fis:wait", "parameters": {"duration": "five"}}, "b": {"actionId": "x"}}, 0),
    ],
)
def test_an_experiment_runs_as_long_as_its_longest_way(actions: dict[str, Any], minutes: int) -> None:
    assert length({"actions": actions}) == timedelta(minutes=minutes)


def test_what_is_no_template_takes_no_time() -> None:
    assert length([]) == length({"actions": 5}) == timedelta()
