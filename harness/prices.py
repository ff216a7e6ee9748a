"""Price files: scenarios/prices/<name>.yaml."""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import ConfigError
from harness.model.prices import Prices
from harness.stack.descriptor import problems_of, read_yaml


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prices: str
    date: date
    source: str = Field(min_length=1)
    fis_action_minute: float | None = Field(default=None, ge=0)
    instance_type: str = ""
    instance_hour: dict[str, float | None] = Field(default_factory=dict)
    load_worker_hour: float | None = Field(default=None, ge=0)


def read_prices(path: Path) -> Prices:
    """Read a file of prices. Raises ConfigError with every problem, each with the file and the key."""
    try:
        read = _File.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ConfigError(problems_of(error, path)) from error
    wrong = [f"{path}: instance_hour.{t}: a price is 0 or more" for t, p in read.instance_hour.items() if p and p < 0]
    if wrong:
        raise ConfigError(wrong)
    return Prices(
        name=read.prices,
        date=read.date.isoformat(),
        source=read.source,
        fis_action_minute=read.fis_action_minute,
        instance_type=read.instance_type,
        instance_hour=read.instance_hour,
        load_worker_hour=read.load_worker_hour,
    )
