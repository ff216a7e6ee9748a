"""A parameter of a Systems Manager document."""

import re
from dataclasses import dataclass

_WHOLE = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter. `choices` and `number` (whole, from the least to the most) limit its values; values are strings.

    `listed` are those that a document takes a list of.
    """

    name: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    number: tuple[int, int] | None = None
    required: bool = False
    listed: bool = False

    def problem(self, value: str) -> str | None:
        """What is wrong with a value."""
        if self.choices and value not in self.choices:
            return f"{self.name} must be one of {', '.join(self.choices)}, not {value!r}"
        if self.number is not None:
            least, most = self.number
            if not _WHOLE.fullmatch(value) or not least <= int(value) <= most:
                return f"{self.name} must be a whole number from {least} to {most}, not {value!r}"
        return None if value.strip() else f"{self.name} is empty"


def problems(fields: tuple[Field, ...], given: dict[str, list[str]]) -> list[str]:
    """Everything that is wrong with the parameters that somebody gave."""
    known = {field.name: field for field in fields}
    found = [f"there is no parameter {name!r}" for name in given if name not in known]
    found += [f"{field.name} is missing" for field in fields if field.required and not given.get(field.name)]
    for name, values in given.items():
        if (field := known.get(name)) is None:
            continue
        if len(values) != 1 and not field.listed:
            found.append(f"{name} takes one value, not {len(values)}")
        found += filter(None, map(field.problem, values))
    return found


DURATION = Field(name="DurationSeconds", required=True, number=(1, 43200))
DEPENDENCIES = Field(name="InstallDependencies", default="True", choices=("True", "False", "true", "false"))
INTERFACES = ("eth0", "ens5", "DEFAULT")  # names of the one interface that an instance has
TRAFFIC = Field(name="TrafficType", default="ingress", choices=("ingress", "egress"))
MOST_MILLISECONDS, MOST_SHARERS, LAST_PORT = 60_000, 64, 65_535


def percent(name: str, default: str | None = None, *, least: int = 0) -> Field:
    """A percentage; without a default it is required."""
    return Field(name=name, default=default, required=default is None, number=(least, 100))


def interface(default: str) -> Field:
    """The network interface."""
    return Field(name="Interface", default=default, choices=INTERFACES)


def milliseconds(name: str, default: str) -> Field:
    """A delay, which is real."""
    return Field(name=name, default=default, number=(0, MOST_MILLISECONDS))
