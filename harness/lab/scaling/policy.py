"""A scaling policy of a group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.lab.control.metrics import MetricKey
from harness.lab.scaling.adjustment import Step

TRACKING, STEPS, SIMPLE, PREDICTIVE = "TargetTrackingScaling", "StepScaling", "SimpleScaling", "PredictiveScaling"
TYPES = (TRACKING, STEPS, SIMPLE, PREDICTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """Keep a metric at its target. `behind` is what counts those that the metric is an average over, if it is known."""

    metric: MetricKey
    statistic: str
    target: float
    scale_in: bool = True
    behind: MetricKey | None = None

    @property
    def per_minute(self) -> bool:
        """Whether the metric is a sum, and its target one of a minute."""
        return self.statistic in ("Sum", "SampleCount")

    def bound(self, period: float) -> float:
        """The target of a datapoint over so many model seconds."""
        return self.target * period / 60 if self.per_minute else self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepwise:
    """Change the capacity by how far the metric of the alarm is from its threshold."""

    kind: str
    steps: tuple[Step, ...]
    magnitude: int = 0
    aggregation: str = "Average"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """Change the capacity by an amount, and then not again during the cooldown (model seconds; none: the group's)."""

    kind: str
    amount: int
    magnitude: int = 0
    cooldown: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictive:
    """Have the capacity there that a forecast asks for, `buffer` model seconds before it does."""

    target: float
    scales: bool
    buffer: float
    began: float  # wall-clock seconds: the forecast's zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy, `asked` for in the words of PutScalingPolicy. Spans are model seconds; cooldowns those of services.

    `group` is the name of what it scales: a group, or the resource id of a service.
    """

    name: str
    group: str
    region: str
    arn: str
    type: str
    plan: Tracking | Stepwise | Simple | Predictive
    enabled: bool = True
    warmup: float | None = None
    out_cooldown: float = 300.0
    in_cooldown: float = 300.0
    asked: Mapping[str, Any] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()  # the names of those that target tracking made
