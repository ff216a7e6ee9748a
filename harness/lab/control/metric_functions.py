"""The functions of CloudWatch's metric math that the lab has."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise

from harness.lab.control.metric_math import MathError
from harness.lab.control.metric_series import Series, Value, array, each, series, together

Function = Callable[[Sequence[Value]], Value]


def _each_point(compute: Callable[[float], float]) -> Function:
    def apply(arguments: Sequence[Value]) -> Value:
        [value] = arguments
        if isinstance(value, float):
            return _attempt(compute, value)
        return each(value, lambda one: one.of(None if v is None else _attempt(compute, v) for v in one.values))

    return apply


def _attempt(compute: Callable[[float], float], value: float) -> float:
    try:
        return float(compute(value))
    except (ArithmeticError, ValueError):
        return math.nan


def _over(compute: Callable[[list[float]], float], *, missing_is_zero: bool = False) -> Function:
    """A number of one series, or of an array a series: at each time of those that are there."""

    def apply(arguments: Sequence[Value]) -> Value:
        [value] = arguments
        if not isinstance(value, tuple):
            present = series(value).present
            return float(compute(present)) if present else math.nan
        rows = _rows(value)
        return value[0].of(_of_row(compute, row, missing_is_zero) for row in rows)

    return apply


def _rows(value: tuple[Series, ...]) -> Iterable[tuple[float | None, ...]]:
    if not value:
        raise MathError("there is no time series in the array")
    return zip(*(one.values for one in together(value)), strict=True)


def _of_row(compute: Callable[[list[float]], float], row: Sequence[float | None], zeros: bool) -> float | None:
    present = [v for v in row if v is not None]
    if not present:
        return None
    return float(compute([v or 0.0 for v in row] if zeros else present))


def _changes(arguments: Sequence[Value], compute: Callable[[float, float], float]) -> Value:
    """Of the difference of each datapoint to the one before, and of the model seconds between them."""
    [value] = arguments
    return each(value, lambda one: one.of(_steps(one, compute)))


def _steps(one: Series, compute: Callable[[float, float], float]) -> Iterable[float | None]:
    last: tuple[int, float] | None = None
    for number, value in enumerate(one.values):
        if value is None:
            yield None
            continue
        yield None if last is None else compute(value - last[1], (number - last[0]) * one.period)
        last = (number, value)


def _at(arguments: Sequence[Value], place: int) -> Series:
    if not (found := array(arguments[0])):
        raise MathError("there is no time series in the array")
    return found[place]


def _period(arguments: Sequence[Value]) -> Value:
    [value] = arguments
    if not series(value).measured:
        raise MathError("PERIOD is of a metric, not of an expression")
    return float(series(value).period)


def fill(value: Value, by: Value | str) -> Value:
    """The series with their missing datapoints filled: by a number, a series, REPEAT or LINEAR."""
    return each(value, lambda one: one.of(_filled(one, by)))


def _filled(one: Series, by: Value | str) -> Iterable[float | None]:
    if by == "REPEAT":
        return accumulate(one.values, lambda last, value: last if value is None else value)
    if by == "LINEAR":
        return _interpolated(one.values)
    if isinstance(by, float):
        return (by if value is None else value for value in one.values)
    if not isinstance(by, Series):
        raise MathError("FILL takes a number, a time series, REPEAT or LINEAR")
    one, other = together((one, by))
    return (b if a is None else a for a, b in zip(one.values, other.values, strict=True))


def _interpolated(values: Sequence[float | None]) -> Iterable[float | None]:
    known = [(n, value) for n, value in enumerate(values) if value is not None]
    found = list(values)
    for (begin, low), (end, high) in pairwise(known):
        for n in range(begin + 1, end):
            found[n] = low + (high - low) * (n - begin) / (end - begin)
    return found


def choose(arguments: Sequence[Value]) -> Value:
    """IF: at each time the second argument where the first is not 0, else the third, or nothing."""
    if len(arguments) not in (2, 3):
        raise MathError(f"IF takes two or three arguments and not {len(arguments)}")
    if any(isinstance(argument, tuple) for argument in arguments):
        raise MathError("IF takes no arrays")
    condition, then = arguments[:2]
    other = arguments[2] if len(arguments) == 3 else None
    alike = together(argument for argument in arguments if isinstance(argument, Series))
    if not isinstance(condition, Series):
        return _either(condition, then, other)
    thens, others = _points(then, alike[0]), _points(other, alike[0])
    return condition.of(
        None if which is None else (a or 0.0) if which else b
        for which, a, b in zip(condition.values, thens, others, strict=True)
    )


def _either(condition: Value, then: Value, other: Value | None) -> Value:
    if condition:
        return then
    if other is not None:
        return other
    return then.of([None] * len(then.values)) if isinstance(then, Series) else math.nan


def _points(value: Value | None, like: Series) -> Sequence[float | None]:
    if isinstance(value, Series):
        return value.values
    return [value if isinstance(value, float) else None] * len(like.values)


FUNCTIONS: dict[str, Function] = {
    "ABS": _each_point(abs),
    "CEIL": _each_point(math.ceil),
    "FLOOR": _each_point(math.floor),
    "LOG": _each_point(math.log),
    "LOG10": _each_point(math.log10),
    "SUM": _over(math.fsum),
    "AVG": _over(statistics.fmean, missing_is_zero=True),
    "MIN": _over(min),
    "MAX": _over(max),
    "STDDEV": _over(statistics.pstdev),
    "DATAPOINT_COUNT": _over(len),
    "METRIC_COUNT": lambda arguments: float(len(array(arguments[0]))),
    "FIRST": lambda arguments: _at(arguments, 0),
    "LAST": lambda arguments: _at(arguments, -1),
    "RATE": lambda arguments: _changes(arguments, lambda change, seconds: change / seconds),
    "DIFF": lambda arguments: _changes(arguments, lambda change, seconds: change),
    "DIFF_TIME": lambda arguments: _changes(arguments, lambda change, seconds: seconds),
    "RUNNING_SUM": lambda arguments: each(
        arguments[0], lambda one: one.of(accumulate(value or 0.0 for value in one.values))
    ),
    "PERIOD": _period,
    "IF": choose,
}
