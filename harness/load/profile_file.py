"""Load profiles as files: loadtests/profiles/<name>.yaml. Every problem is named at once, with file and key."""

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from harness.errors import ConfigError
from harness.load import curves
from harness.load.curves import DAY, DAY_OF_SALES, HOUR, Points
from harness.load.journeys import mix_problems
from harness.load.recorded import recorded_points
from harness.load.spans import seconds
from harness.model.experiment import LoadProfile
from harness.stack.descriptor import problems_of, read_yaml

FOLDER = Path("loadtests/profiles")
MOST_POINTS = 5000
MOST_RATE = 10_000_000.0
MOST_WORKERS = 1000

_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")

Rate = Annotated[float, Field(ge=0, le=MOST_RATE, allow_inf_nan=False, strict=True)]
Span = Annotated[float, BeforeValidator(seconds)]
Length = Annotated[float, BeforeValidator(seconds), Field(gt=0)]


def _time_of_day(written: object) -> float:
    """ "08:00" as seconds; YAML reads 8:00 without quotes as the number 480."""
    found = _TIME_OF_DAY.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError('a time of day is written in quotes, such as "08:00"')
    return int(found[1]) * HOUR + int(found[2]) * 60


class _Profile(BaseModel):
    """What every profile may say; `base` is the rate before and after it, the first one where it is not said."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    about: str = ""
    base: Rate | None = None
    mix: dict[str, Annotated[int, Field(strict=True)]] | None = None
    think_time: Span = 0.0
    stay: Span = 0.0
    most_at_once: Annotated[int, Field(ge=0, strict=True)] = 0
    workers: Annotated[int, Field(ge=1, le=MOST_WORKERS, strict=True)] = 1

    @field_validator("mix")
    @classmethod
    def _known(cls, mix: dict[str, int] | None) -> dict[str, int] | None:
        if mix is not None and (wrong := mix_problems(mix)):
            raise ValueError("; ".join(wrong))
        return mix

    @abstractmethod
    def points(self, folder: Path) -> Points:
        """The profile as points; files are found from its own folder. Raises ConfigError."""

    def data(self, folder: Path) -> Path | None:
        """The file that it was recorded in."""
        return None


class _Steady(_Profile):
    kind: Literal["steady"]
    rate: Rate
    lasts: Length

    def points(self, folder: Path) -> Points:
        return curves.steady(rate=self.rate, lasts=self.lasts)


class _Ramp(_Profile):
    kind: Literal["ramp"]
    low: Rate = Field(alias="from")
    high: Rate = Field(alias="to")
    within: Length
    hold: Span = 0.0

    def points(self, folder: Path) -> Points:
        return curves.ramp(low=self.low, high=self.high, within=self.within, hold=self.hold)


class _Step(_Profile):
    kind: Literal["step"]
    low: Rate = Field(alias="from")
    high: Rate = Field(alias="to")
    by: Annotated[Rate, Field(gt=0)]
    every: Length

    def points(self, folder: Path) -> Points:
        if abs(self.high - self.low) / self.by > MOST_POINTS:
            raise ValueError(f"by: it takes more than {MOST_POINTS} steps; make them larger")
        return curves.steps(low=self.low, high=self.high, by=self.by, every=self.every)


class _Spike(_Profile):
    kind: Literal["spike"]
    rate: Rate
    peak: Rate
    lasts: Length
    after: Span = 0.0
    rise: Span = 0.0
    then: Span = 0.0

    def points(self, folder: Path) -> Points:
        return curves.spike(
            rate=self.rate, peak=self.peak, lasts=self.lasts, after=self.after, rise=self.rise, then=self.then
        )


class _Sine(_Profile):
    kind: Literal["sine"]
    low: Rate
    high: Rate
    period: Length
    lasts: Length

    def points(self, folder: Path) -> Points:
        if self.lasts / self.period * curves.PER_PERIOD > MOST_POINTS:
            raise ValueError(f"period: {self.lasts / self.period:.0f} waves are too many; make them longer")
        return curves.sine(low=self.low, high=self.high, period=self.period, lasts=self.lasts)


class _BlackFriday(_Profile):
    kind: Literal["black-friday"]
    rate: Rate
    lasts: Length
    spike: Annotated[float, Field(ge=1, le=1000, strict=True)] = 10.0
    doors_open: Annotated[float, BeforeValidator(_time_of_day)] = 8 * HOUR
    rush: Length = HOUR / 2
    fade: Length = HOUR
    hours: tuple[Rate, ...] = Field(default=DAY_OF_SALES, min_length=24, max_length=24)

    @field_validator("doors_open")
    @classmethod
    def _in_the_day(cls, at: float) -> float:
        if at <= 0:
            raise ValueError('the doors open after midnight: write "00:01" or later')
        return at

    def points(self, folder: Path) -> Points:
        if self.doors_open + self.rush + self.fade > DAY:
            raise ValueError("doors_open: the rush and its fading do not end before midnight")
        return curves.black_friday(
            rate=self.rate,
            lasts=self.lasts,
            peak=self.rate * self.spike,
            opens=self.doors_open,
            rush=self.rush,
            fade=self.fade,
            hours=self.hours,
        )


class _Replay(_Profile):
    kind: Literal["replay"]
    file: str
    times: Annotated[float, Field(gt=0, le=1e6, strict=True, allow_inf_nan=False)] = 1.0
    compressed_to: Length | None = None
    counted_by: Length = 1.0

    def points(self, folder: Path) -> Points:
        found = curves.scaled(recorded_points(folder / self.file, self.counted_by), self.times)
        return found if self.compressed_to is None else curves.compressed(found, self.compressed_to)

    def data(self, folder: Path) -> Path | None:
        return folder / self.file


KINDS: Mapping[str, type[_Profile]] = {
    "steady": _Steady,
    "ramp": _Ramp,
    "step": _Step,
    "spike": _Spike,
    "sine": _Sine,
    "black-friday": _BlackFriday,
    "replay": _Replay,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFile:
    """A profile that was read: the load, what it is about, its kind, and the files that it is made of."""

    load: LoadProfile
    about: str
    kind: str
    files: tuple[Path, ...]


def find_profile(name: str, folder: Path = FOLDER) -> Path:
    """The file of a profile by its name. Raises ValueError that tells the closest one."""
    known = {path.stem: path for path in folder.glob("*.yaml")}
    if name not in known:
        raise ValueError(_unknown("load profile", name, known))
    return known[name]


def read_profile(path: Path) -> ProfileFile:
    """Read a load profile. Raises ConfigError with every problem, each with file and key."""
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise ConfigError([f"{path}: a load profile is a mapping that says its kind, such as kind: steady"])
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ConfigError([f"{path}: kind: {_unknown('kind', str(kind), KINDS)}"])
    try:
        read = KINDS[kind].model_validate(content)
    except ValidationError as error:
        raise ConfigError(problems_of(error, path)) from error
    data = read.data(path.parent)
    return ProfileFile(load=_load(read, path), about=read.about, kind=kind, files=(path, data) if data else (path,))


def _load(read: _Profile, path: Path) -> LoadProfile:
    points = _points(read, path)
    base = points[0][1] if read.base is None else read.base
    if base <= 0:
        raise ConfigError([f"{path}: base: it is 0: say with how many requests per second the drill begins and ends"])
    load = LoadProfile(
        rate=base,
        name=path.stem,
        points=points,
        think_time=read.think_time,
        stay=read.stay,
        most_at_once=read.most_at_once,
        workers=read.workers,
    )
    return load if read.mix is None else replace(load, mix=read.mix)


def _points(read: _Profile, path: Path) -> Points:
    try:
        points = read.points(path.parent)
    except ValueError as error:
        raise ConfigError([f"{path}: {error}"]) from error
    wrong = []
    if len(points) > MOST_POINTS:
        wrong.append(f"{len(points)} points are more than {MOST_POINTS}; count by longer spans: counted_by: 1 minute")
    if max(rate for _, rate in points) > MOST_RATE:
        wrong.append(f"its highest rate is more than {MOST_RATE:,.0f} requests per second")
    if wrong:
        raise ConfigError(f"{path}: {each}" for each in wrong)
    return points


def _unknown(noun: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    return f"unknown {noun} {name!r}; " + (f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}")
