"""The stack descriptor: a YAML file that says where a deployed stack is. The lab prints one; on AWS you write it."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.errors import ConfigError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Part):
    """What clients call: its URL, and the Route 53 zone and record behind the host name."""

    url: str = Field(pattern=r"^https?://")
    zone_id: str
    record: str


class Region(_Part):
    """One region: its own endpoint and the resources that a drill watches and changes there.

    `capacity_per_instance` is how many requests a second one instance serves; without it nobody can say how many are
    short.
    """

    url: str = Field(pattern=r"^https?://")
    zones: tuple[str, ...] = ()
    load_balancer: str = ""
    target_group: str = ""
    auto_scaling_group: str = ""
    ecs_cluster: str = ""
    ecs_service: str = ""
    global_table: str = ""
    bucket: str = ""
    function: str = ""
    health_check: str | None = None
    detection_alarm: str = ""
    capacity_per_instance: float | None = Field(default=None, gt=0)


class Population(_Part):
    """Clients of one part of the world.

    `share` is their percentage of the load, `home` the region that serves them, `source` the address they send from and
    `client_subnet` the EDNS client subnet they resolve with; both are optional.
    """

    share: float = Field(ge=0, le=100)
    home: str
    source: str | None = None
    client_subnet: str | None = None


class Database(_Part):
    """The database instances by region, which of them is the primary, and the DNS name that writers use."""

    engine: Literal["postgres"] = "postgres"
    primary: str
    writer_record: str
    instances: dict[str, str]


class Business(_Part):
    """The metrics by which the business counts: their CloudWatch namespace and names. Sums; revenue in US dollars."""

    namespace: str
    orders: str
    revenue: str = ""
    carts: str = ""


class Stack(_Part):
    """The deployed stack. On AWS `time_scale` is 1 and there is no `endpoint_url`."""

    stack: str
    environment: Literal["lab", "aws"]
    time_scale: float = Field(default=1.0, gt=0)
    account: str = Field(pattern=r"^\d{12}$")
    endpoint_url: str | None = None
    partition_method: str | None = None
    fis_role: str | None = None
    entry: Entry
    resolver: str | None = None
    regions: dict[str, Region] = Field(min_length=1)
    populations: dict[str, Population] = Field(min_length=1)
    database: Database | None = None
    business: Business | None = None
    tags: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_agree(self) -> "Stack":
        known = set(self.regions)
        wrong = [
            f"population {n}: home {p.home!r} is no region" for n, p in self.populations.items() if p.home not in known
        ]
        if self.database:
            used = {self.database.primary, *self.database.instances}
            wrong += [f"database: {region!r} is no region" for region in sorted(used - known)]
        if self.environment == "aws" and self.time_scale != 1:
            wrong.append("time_scale: only a lab runs faster than the world; write 1 or leave it out")
        if self.environment == "lab" and not (self.endpoint_url or "").startswith("http://127."):
            wrong.append("endpoint_url: a lab has one on loopback; without it real AWS would be called")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def role_arn(self) -> str:
        """The IAM role that FIS assumes."""
        return self.fis_role or f"arn:aws:iam::{self.account}:role/drill-fis"

    def region_of(self, zone: str) -> str:
        """The region of a zone; empty of one that the stack has not."""
        return next((name for name, region in self.regions.items() if zone in region.zones), "")

    def arn(self, service: str, region: str, resource: str) -> str:
        """The ARN of a resource of this stack's account."""
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"


def read_stack(path: Path) -> Stack:
    """Read a descriptor. Raises ConfigError with every problem, each with the file and the key."""
    return stack_of(read_yaml(path), path)


def stack_of(content: object, path: Path) -> Stack:
    """A descriptor that was read already; `path` is for the messages."""
    try:
        return Stack.model_validate(content)
    except ValidationError as error:
        raise ConfigError(problems_of(error, path)) from error


def read_yaml(path: Path) -> object:
    """The content of a YAML file. Raises ConfigError when it is missing or no YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"]) from error
    except yaml.YAMLError as error:
        raise ConfigError([f"{path}: not YAML: {error}".replace("\n", " ")]) from error


def problems_of(error: ValidationError, path: Path) -> list[str]:
    """Every problem that pydantic found, as file: key: what is wrong."""
    return [
        _problem(path, ".".join(str(part) for part in each["loc"]), each["type"], each["msg"])
        for each in error.errors()
    ]


def _problem(path: Path, key: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"{path}: {key}: unknown key; remove it or correct its spelling"
    place = f"{key}: " if key else ""
    return f"{path}: {place}{message.removeprefix('Value error, ')}"
