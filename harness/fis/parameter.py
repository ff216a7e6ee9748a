"""A parameter of an action, a target type or an SSM document, and what can be wrong with its value."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from harness.fis.duration import span

_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_DIGITS = re.compile(r"\d{3}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)


class Kind(StrEnum):
    """How a value is written; every value travels as a string."""

    TEXT = "text"
    LIST = "comma list"
    DURATION = "ISO 8601 duration"
    WHOLE = "whole number"
    NUMBER = "number"
    PERCENT = "percent"
    DIGITS = "digits"
    BOOLEAN = "true or false"
    JSON = "JSON"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: how it is written and between which bounds.

    `least` and `most` are numbers in `unit`, or seconds of a duration. `choices` are all the values there are, where
    that is known; of a list they are its elements, of which there are no more than `at_most`.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    default: str | None = None
    least: float | None = None
    most: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    at_most: int | None = None

    def problem(self, value: object) -> str | None:
        """What is wrong with a value, in words that follow the name of the parameter; None when nothing is."""
        if not isinstance(value, str):
            return f"must be a string, as every value of FIS, not {type(value).__name__}"
        return self._of_its_kind(value) if value.strip() else "is empty"

    def _of_its_kind(self, value: str) -> str | None:
        match self.kind:
            case Kind.LIST:
                return self._list_problem([each.strip() for each in value.split(",")])
            case Kind.DURATION:
                return self._duration_problem(value)
            case Kind.WHOLE | Kind.NUMBER | Kind.PERCENT:
                return self._number_problem(value)
            case Kind.TEXT:
                return self._choice_problem(value)
            case _:
                return _written_problem(self.kind, value)

    @property
    def range(self) -> str:
        """The values that are allowed, for a person; empty where nothing is known."""
        if self.choices:
            return ", ".join(self.choices)
        if self.kind is Kind.DURATION:
            return f"{_iso(self.least)} to {_iso(self.most)}" if self.least else f"at most {_iso(self.most)}"
        unit = f" {self.unit}" if self.unit else ""
        if self.least is None or self.most is None:
            return f"at most {self.at_most}" if self.at_most else self.unit
        return f"{self.least:.15g} to {self.most:.15g}{unit}"

    def _choice_problem(self, value: str) -> str | None:
        if not self.choices or value in self.choices:
            return None
        return f"must be one of {', '.join(self.choices)}, not {value!r}{did_you_mean(value, self.choices)}"

    def _list_problem(self, values: list[str]) -> str | None:
        if not all(values):
            return "has an empty element"
        if self.at_most is not None and len(values) > self.at_most:
            return f"has {len(values)} elements; at most {self.at_most}"
        return next((problem for each in values if (problem := self._choice_problem(each))), None)

    def _duration_problem(self, value: str) -> str | None:
        length = span(value)
        if length is None:
            return f"is no ISO 8601 duration such as PT5M: {value!r}"
        outside = self._outside(length.total_seconds())
        return f"must be {self.range}, not {value}" if outside else None

    def _number_problem(self, value: str) -> str | None:
        if not (_WHOLE if self.kind is Kind.WHOLE else _NUMBER).fullmatch(value):
            return f"must be a {'whole number' if self.kind is Kind.WHOLE else 'number'}, not {value!r}"
        return f"must be {self.range}, not {value}" if self._outside(float(value)) else None

    def _outside(self, number: float) -> bool:
        least = -math.inf if self.least is None else self.least
        return not least <= number <= (math.inf if self.most is None else self.most)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The closest of the known names as words to add to a problem; empty when none is close."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _iso(seconds: float | None) -> str:
    if not seconds:
        return ""
    whole = int(seconds)
    for size, letter in ((3600, "H"), (60, "M")):
        if whole % size == 0:
            return f"PT{whole // size}{letter}"
    return f"PT{whole}S"


def _written_problem(kind: Kind, value: str) -> str | None:
    """What is wrong with a value whose kind alone says how it is written."""
    if kind is Kind.JSON:
        return _json_problem(value)
    if kind is Kind.DIGITS:
        return None if _DIGITS.fullmatch(value) else f"must be three digits, not {value!r}"
    return None if value.lower() in ("true", "false") else f"must be true or false, not {value!r}"


def _json_problem(value: str) -> str | None:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError) as error:
        return f"is no JSON: {error}"
    return None if isinstance(found, dict) else "must be a JSON object"


# How parameters are written down in the catalogue.


def duration(name: str = "duration", *, required: bool = True, least: float = 60, most: float = 12 * 3600) -> Parameter:
    """A duration between bounds in seconds."""
    return Parameter(name=name, kind=Kind.DURATION, required=required, least=least, most=most)


def percent(name: str, default: str | None = None, *, required: bool = False, least: float = 0) -> Parameter:
    """A percentage up to 100."""
    return Parameter(name=name, kind=Kind.PERCENT, default=default, required=required, least=least, most=100, unit="%")


def milliseconds(name: str, default: str, *, least: float = 0, most: float | None = None) -> Parameter:
    """A span in milliseconds."""
    return Parameter(name=name, kind=Kind.NUMBER, default=default, least=least, most=most, unit="ms")


def whole(name: str, default: str | None = None, *, required: bool = False, most: float | None = None) -> Parameter:
    """A whole number from 0 on."""
    return Parameter(name=name, kind=Kind.WHOLE, default=default, required=required, least=0, most=most)


def boolean(name: str, default: str | None = None, *, required: bool = False) -> Parameter:
    """True or false, in any case."""
    return Parameter(name=name, kind=Kind.BOOLEAN, default=default, required=required)


def one_of(name: str, *choices: str, default: str | None = None, required: bool = False) -> Parameter:
    """One of a few words."""
    return Parameter(name=name, choices=choices, default=default, required=required)


def listed(
    name: str, *choices: str, default: str | None = None, required: bool = False, at_most: int | None = None
) -> Parameter:
    """Words separated by commas."""
    return Parameter(name=name, kind=Kind.LIST, choices=choices, default=default, required=required, at_most=at_most)


def text(name: str, default: str | None = None, *, required: bool = False) -> Parameter:
    """Any words."""
    return Parameter(name=name, default=default, required=required)


def json_object(name: str, *, required: bool = False) -> Parameter:
    """A JSON object in a string."""
    return Parameter(name=name, kind=Kind.JSON, required=required)


PORT = 65535
