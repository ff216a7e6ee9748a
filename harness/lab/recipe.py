"""What a lab should be: one frozen record that both planes are built from."""

from typing import Literal

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

from harness.lab.scaling.recipe import Scaling

ZONE_LETTERS = ("a", "b", "c")

RegionName = Literal["us-east-1", "eu-west-1", "ap-southeast-1"]
REGIONS: tuple[RegionName, ...] = ("us-east-1", "eu-west-1", "ap-southeast-1")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HealthCheck(_Part):
    """The Route 53 health checks of the entry records. Spans are model seconds."""

    interval: PositiveFloat = 10
    failure_threshold: PositiveInt = 2
    connect_timeout: PositiveFloat = 4
    response_timeout: PositiveFloat = 2


class TargetHealthCheck(_Part):
    """The balancer's checks of its targets. Spans are model seconds; thresholds are consecutive checks."""

    interval: PositiveFloat = 5
    timeout: PositiveFloat = 2
    healthy: PositiveInt = 2
    unhealthy: PositiveInt = 2


class InstanceCapacity(_Part):
    """What one instance can do: a request takes `cpu_ms` of its one CPU and then waits `wait_ms` (real milliseconds).

    It has one of `workers` all the while; at most `queue` requests wait for one, more are answered 503.
    """

    cpu_ms: PositiveFloat
    wait_ms: NonNegativeFloat = 0
    workers: PositiveInt = 16
    queue: NonNegativeInt = 100
    health_in_queue: bool = False  # health checks are requests like any other

    @property
    def requests_per_second(self) -> float:
        """How many requests it serves at most (real seconds)."""
        return round(min(1000 / self.cpu_ms, 1000 * self.workers / (self.cpu_ms + self.wait_ms)), 3)


class SavedCarts(_Part):
    """Carts in the memory of instances are saved to the writer each `saved_every` (model seconds; 0: at each)."""

    saved_every: NonNegativeFloat


class Recipe(_Part):
    """What a lab should be. All spans are model seconds: they last 1/time_scale of that in real time."""

    time_scale: PositiveFloat = 10
    regions: tuple[RegionName, ...] = Field(default=REGIONS, min_length=1)
    instances_per_region: NonNegativeInt = 2
    spot_per_region: NonNegativeInt = 0  # of the instances, the last ones
    tasks_per_region: NonNegativeInt = 0  # of ECS, in the place of instances
    health_check: HealthCheck | None = HealthCheck()
    record_ttl: PositiveFloat = 2
    target_health: TargetHealthCheck = TargetHealthCheck()
    deregistration_delay: float = Field(default=30, ge=0)
    sticky: bool = True
    alarm_period: PositiveFloat = 10
    alarm_periods: PositiveInt = 1
    routing: Literal["geolocation", "latency", "weighted", "failover"] = "geolocation"
    database: Literal["instance", "cluster"] = "instance"  # that of the first region
    multi_az: bool = False
    cache: bool = False
    instance: InstanceCapacity | None = None  # none: whatever the machine can do
    carts: SavedCarts | None = None  # none: a cart without a cache is lost with its instance
    stop_grace: PositiveFloat = 30  # from SIGTERM to SIGKILL
    scaling: Scaling | None = None

    @model_validator(mode="after")
    def _carts_are_kept_in_one_place(self) -> "Recipe":
        if self.cache and self.carts:
            raise ValueError("with a cache the carts are kept there; leave out `carts`, or `cache`")
        return self

    @model_validator(mode="after")
    def _one_kind_of_standby(self) -> "Recipe":
        if self.multi_az and self.database == "cluster":
            raise ValueError("multi_az is for a database instance; a cluster has a reader in another zone already")
        return self

    @model_validator(mode="after")
    def _spot_instances_are_instances(self) -> "Recipe":
        if self.spot_per_region > self.instances_per_region:
            raise ValueError("spot_per_region is how many of instances_per_region are Spot, and must not be more")
        return self

    @model_validator(mode="after")
    def _runs_on_one_of_them(self) -> "Recipe":
        if bool(self.instances_per_region) == bool(self.tasks_per_region):
            raise ValueError(
                "the storefront runs either on instances or on tasks: "
                "give one of instances_per_region and tasks_per_region, and 0 for the other"
            )
        return self

    @model_validator(mode="after")
    def _starts_within_its_limits(self) -> "Recipe":
        scaling, count = self.scaling, self.instances_per_region or self.tasks_per_region
        if scaling is None:
            return self
        if not scaling.minimum <= count <= scaling.maximum:
            raise ValueError(f"scaling: {count} in a region is not in {scaling.minimum}..{scaling.maximum}")
        if self.tasks_per_region and (lacking := scaling.only_for_instances()):
            raise ValueError(f"scaling: tasks have no {', '.join(lacking)}")
        if self.spot_per_region and (scaling.warm_pool is not None or scaling.mixed is not None):
            raise ValueError("scaling: spot_per_region goes with neither warm_pool nor mixed")
        return self

    def real(self, model_seconds: float) -> float:
        """How many real seconds a span of model seconds lasts."""
        return model_seconds / self.time_scale

    def zones(self, region: str) -> tuple[str, ...]:
        """The names of the availability zones of a region, in the order in which instances are spread over them."""
        return tuple(region + letter for letter in ZONE_LETTERS)
