"""What scales in a lab: the part `scaling` of a recipe. All spans are model seconds, defaults those of AWS."""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

Comparison = Literal[
    "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]
Statistic = Literal["Average", "Minimum", "Maximum", "Sum", "SampleCount"]
Adjustment = Literal["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Metric(_Part):
    """A metric of one's own; `dimensions` by name."""

    namespace: str
    name: str
    statistic: Statistic = "Average"
    dimensions: dict[str, str] = Field(default_factory=dict)


Watched = Literal["CPUUtilization", "ALBRequestCountPerTarget"] | Metric


class TargetTracking(_Part):
    """Keep a metric at its target; of requests per target it is those of a model minute."""

    type: Literal["target_tracking"]
    name: str = "target-tracking"
    metric: Watched
    target: PositiveFloat
    scale_in: bool = True
    warmup: NonNegativeFloat | None = None
    scale_in_cooldown: NonNegativeFloat = 300  # of ECS services, as the next one
    scale_out_cooldown: NonNegativeFloat = 300


class StepAlarm(_Part):
    """The alarm that calls a step or simple policy."""

    metric: Watched
    threshold: float
    comparison: Comparison = "GreaterThanOrEqualToThreshold"
    period: PositiveFloat = 60
    periods: PositiveInt = 1


class StepPart(_Part):
    """A step: from and to are distances from the threshold; none is no limit."""

    lower: float | None = None
    upper: float | None = None
    change: int


class StepScaling(_Part):
    """Change the capacity by how far the metric is from the threshold."""

    type: Literal["step"]
    name: str = "step"
    alarm: StepAlarm
    adjustment: Adjustment = "ChangeInCapacity"
    steps: tuple[StepPart, ...] = Field(min_length=1)
    magnitude: NonNegativeInt | None = None
    warmup: NonNegativeFloat | None = None
    cooldown: NonNegativeFloat = 300  # of ECS services


class SimpleScaling(_Part):
    """Change the capacity by an amount, then wait for a cooldown."""

    type: Literal["simple"]
    name: str = "simple"
    alarm: StepAlarm
    adjustment: Adjustment = "ChangeInCapacity"
    change: int
    magnitude: NonNegativeInt | None = None
    cooldown: NonNegativeFloat | None = None


class PredictiveScaling(_Part):
    """Have the capacity there that `forecast` asks for, `buffer` before it does."""

    type: Literal["predictive"]
    name: str = "predictive"
    target: PositiveFloat
    mode: Literal["ForecastAndScale", "ForecastOnly"] = "ForecastAndScale"
    buffer: NonNegativeFloat = 300


PolicyPart = Annotated[TargetTracking | StepScaling | SimpleScaling | PredictiveScaling, Field(discriminator="type")]


class WarmPoolPart(_Part):
    """Instances that have booted once and are stopped."""

    minimum: NonNegativeInt = 0
    prepared: NonNegativeInt | None = None  # most instances of group and pool; none: the group's maximum
    reuse_on_scale_in: bool = False


class ScheduledPart(_Part):
    """Sizes from `at` after the lab is ready, and every so often."""

    name: str
    at: NonNegativeFloat
    every: PositiveFloat | None = None
    minimum: NonNegativeInt | None = None
    maximum: NonNegativeInt | None = None
    desired: NonNegativeInt | None = None


class HookPart(_Part):
    """A lifecycle hook of launches or terminations."""

    name: str
    transition: Literal["launching", "terminating"]
    timeout: PositiveFloat = 3600
    default: Literal["CONTINUE", "ABANDON"] = "ABANDON"


class MixedPart(_Part):
    """So many On-Demand instances, and this percentage of those above; the rest is Spot."""

    on_demand_base: NonNegativeInt = 0
    on_demand_percentage: int = Field(default=100, ge=0, le=100)


class DatapointsPart(_Part):
    """How many datapoints of a period the alarms of target tracking need."""

    period: PositiveFloat = 60
    high: PositiveInt = 3
    low: PositiveInt = 15


class Scaling(_Part):
    """How the groups (or ECS services) of a lab scale. `forecast` is (model seconds, load), in order."""

    minimum: NonNegativeInt = 1
    maximum: PositiveInt = 12
    boot_time: NonNegativeFloat = 0
    warm_start: NonNegativeFloat = 0
    grace: NonNegativeFloat = 0
    cooldown: NonNegativeFloat = 300
    warmup: NonNegativeFloat | None = None
    health_check: Literal["ELB", "EC2"] = "ELB"
    replace_unhealthy: bool = False
    group_metrics: bool = True
    warm_pool: WarmPoolPart | None = None
    hooks: tuple[HookPart, ...] = ()
    policies: tuple[PolicyPart, ...] = ()
    scheduled: tuple[ScheduledPart, ...] = ()
    forecast: tuple[tuple[float, NonNegativeFloat], ...] = ()
    mixed: MixedPart | None = None
    alarm_datapoints: DatapointsPart = DatapointsPart()

    def only_for_instances(self) -> list[str]:
        """What of it ECS services do not have."""
        named = {
            "warm_pool": self.warm_pool,
            "hooks": self.hooks,
            "mixed": self.mixed,
            "forecast": self.forecast,
            "simple or predictive policies": [p for p in self.policies if p.type in ("simple", "predictive")],
            "desired of scheduled actions": [s for s in self.scheduled if s.desired is not None],
        }
        return [name for name, value in named.items() if value]

    @model_validator(mode="after")
    def _limits_in_order(self) -> "Scaling":
        if self.minimum > self.maximum:
            raise ValueError("scaling: minimum must not be more than maximum")
        return self

    @model_validator(mode="after")
    def _warm_pools_are_on_demand(self) -> "Scaling":
        if self.warm_pool is not None and self.mixed is not None:
            raise ValueError("scaling: a group of mixed instances has no warm pool")
        return self

    @model_validator(mode="after")
    def _forecast_in_order(self) -> "Scaling":
        times = [at for at, _ in self.forecast]
        if times != sorted(times):
            raise ValueError("scaling: the points of forecast must be in order")
        if any(policy.type == "predictive" for policy in self.policies) and not times:
            raise ValueError("scaling: a predictive policy needs a forecast")
        return self

    @model_validator(mode="after")
    def _names_once(self) -> "Scaling":
        for kind, names in (
            ("policies", [p.name for p in self.policies]),
            ("scheduled", [s.name for s in self.scheduled]),
            ("hooks", [h.name for h in self.hooks]),
        ):
            if len(names) != len(set(names)):
                raise ValueError(f"scaling: {kind} must have different names")
        return self
