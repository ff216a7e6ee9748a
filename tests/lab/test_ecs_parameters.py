"""What may be asked of the faults on ECS: the lab and the harness refuse the same."""

from typing import Any

import pytest
from test_fis_catalogue import on_the_lab

from harness.fis.template import check_template
from harness.lab.fis.template import problems
from tests.fis.templates import template_of

MISTAKES = [
    ("drain-container-instances", "drainagePercentage", "0"),
    ("drain-container-instances", "drainagePercentage", "101"),
    ("drain-container-instances", "duration", "PT59S"),
    ("task-cpu-stress", "percent", "101"),
    ("task-cpu-stress", "workers", "1.5"),
    ("task-cpu-stress", "duration", "PT13H"),
    ("task-io-stress", "percent", "much"),
    ("task-io-stress", "installDependencies", "perhaps"),
    ("task-kill-process", "signal", "SIGHUP"),
    ("task-network-blackhole-port", "port", "65536"),
    ("task-network-blackhole-port", "trafficType", "both"),
    ("task-network-blackhole-port", "protocol", "icmp"),
    ("task-network-latency", "delayMilliseconds", "-1"),
    ("task-network-latency", "flowsPercent", "100.5"),
    ("task-network-latency", "useEcsFaultInjectionEndpoints", "yes"),
    ("task-network-packet-loss", "lossPercent", "200"),
]
LEGAL = [
    ("drain-container-instances", "drainagePercentage", "33.3"),
    ("task-cpu-stress", "duration", "PT30S"),
    ("task-network-blackhole-port", "protocol", "udp"),
    ("task-network-latency", "jitterMilliseconds", "0.5"),
    ("task-network-latency", "useEcsFaultInjectionEndpoints", "true"),
    ("task-network-packet-loss", "lossPercent", "7.5"),
]


def asked(action: str, parameter: str, value: str) -> dict[str, Any]:
    """A template of an action with one parameter put in place of a sound one."""
    made = template_of(f"aws:ecs:{action}")
    made["actions"]["it"]["parameters"][parameter] = value
    return made


@pytest.mark.parametrize(("action", "parameter", "value"), MISTAKES)
def test_a_value_that_fis_does_not_take_is_refused_by_the_lab_and_by_the_harness(
    action: str, parameter: str, value: str
) -> None:
    made = asked(action, parameter, value)
    assert any(parameter in problem for problem in problems(on_the_lab(made)))
    assert any(parameter in str(problem) for problem in check_template(made, outside_lab=False))


@pytest.mark.parametrize(("action", "parameter", "value"), LEGAL)
def test_a_value_that_fis_takes_is_taken(action: str, parameter: str, value: str) -> None:
    assert problems(on_the_lab(asked(action, parameter, value))) == []
