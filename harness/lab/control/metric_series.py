"""What metric math computes with: numbers, series, and arrays of series. A missing datapoint is None, a number nan."""

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from harness.lab.control.metric_math import MathError


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One value for each period in turn, the first of which is number `first`. `period` is in model seconds.

    `measured` is a metric's own, not that of an expression.
    """

    values: tuple[float | None, ...]
    period: float
    first: int = 0
    label: str = ""
    measured: bool = False

    @property
    def present(self) -> list[float]:
        """The values that are there."""
        return [value for value in self.values if value is not None]

    def of(self, values: Iterable[float | None]) -> "Series":
        """A series over the same periods; what is no finite number is missing."""
        return replace(self, values=tuple(map(_finite, values)), measured=False)


Value = float | Series | tuple[Series, ...]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def each(value: Value, change: Callable[[Series], Series]) -> Value:
    """A series, or each one of an array, changed."""
    if isinstance(value, tuple):
        return tuple(map(change, value))
    return change(series(value))


def series(value: Value) -> Series:
    """A value that must be one series."""
    if not isinstance(value, Series):
        raise MathError("a time series is expected")
    return value


def array(value: Value) -> tuple[Series, ...]:
    """A value that must be an array of series."""
    if not isinstance(value, tuple):
        raise MathError("an array of time series is expected")
    return value


def together(parts: Iterable[Series]) -> tuple[Series, ...]:
    """Series that must have the same periods."""
    found = tuple(parts)
    if len({(one.period, one.first, len(one.values)) for one in found}) > 1:
        raise MathError("the lab cannot combine metrics of different periods")
    return found


def combine(sign: str, left: Value, right: Value) -> Value:
    """Two operands and an operator. Of two series a datapoint that one of them lacks is 0."""
    if isinstance(left, tuple) or isinstance(right, tuple):
        return tuple(_of_arrays(sign, left, right))
    if isinstance(left, Series) and isinstance(right, Series):
        return _of_two(sign, left, right)
    compute = SIGNS[sign]
    if isinstance(left, Series):
        return left.of(None if a is None else compute(a, right) for a in left.values)  # type: ignore[arg-type]
    if isinstance(right, Series):
        return right.of(None if b is None else compute(left, b) for b in right.values)
    return compute(left, right)


def _of_arrays(sign: str, left: Value, right: Value) -> Iterable[Series]:
    """At least one of them is an array; two have as many series."""
    size = max(len(side) for side in (left, right) if isinstance(side, tuple))
    lefts, rights = (side if isinstance(side, tuple) else (side,) * size for side in (left, right))
    if len(lefts) != len(rights):
        raise MathError(f"{sign} is between arrays of {len(lefts)} and {len(rights)} time series")
    for one, other in zip(lefts, rights, strict=True):
        label = one.label if isinstance(one, Series) and isinstance(left, tuple) else series(other).label
        yield replace(series(combine(sign, one, other)), label=label)


def _of_two(sign: str, left: Series, right: Series) -> Series:
    left, right = together((left, right))
    pairs = zip(left.values, right.values, strict=True)
    return left.of(None if a is None and b is None else SIGNS[sign](a or 0.0, b or 0.0) for a, b in pairs)


def _lawful(compute: Callable[[float, float], float]) -> Callable[[float, float], float]:
    """The same, with nan where there is no answer, as for a division by zero."""

    def attempt(a: float, b: float) -> float:
        try:
            found = compute(a, b)
        except (ArithmeticError, ValueError):
            return math.nan
        return found if isinstance(found, int | float) else math.nan  # a root of a negative number is complex

    return attempt


def _truth(decide: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else float(decide(a, b))


SIGNS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _lawful(operator.truediv),
    "^": _lawful(operator.pow),
    "==": _truth(operator.eq),
    "!=": _truth(operator.ne),
    "<": _truth(operator.lt),
    "<=": _truth(operator.le),
    ">": _truth(operator.gt),
    ">=": _truth(operator.ge),
    "AND": _truth(lambda a, b: bool(a) and bool(b)),
    "OR": _truth(lambda a, b: bool(a) or bool(b)),
}
