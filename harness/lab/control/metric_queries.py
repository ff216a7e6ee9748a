"""Queries of metric data: metrics, and expressions of other queries."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.lab.control.metric_functions import FUNCTIONS, choose, fill
from harness.lab.control.metric_math import (
    Binary,
    Call,
    Listing,
    MathError,
    Name,
    Negative,
    Node,
    Number,
    Text,
    calls,
    names,
    parse,
)
from harness.lab.control.metric_series import Series, Value, combine, series, together
from harness.lab.control.metrics import MetricKey

_KEYWORDS = ("REPEAT", "LINEAR")
_HERE = {*FUNCTIONS, "METRICS", "FILL", "TIME_SERIES"}


class UnknownFunction(MathError):
    """A function of CloudWatch, or of nobody, that the lab does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query: a metric's statistic by `period` (model seconds), or an expression. `returned` is ReturnData."""

    id: str
    metric: MetricKey | None = None
    statistic: str = ""
    period: float | None = None
    expression: str | None = None
    label: str = ""
    returned: bool = True


def check(queries: Sequence[Query]) -> None:
    """Raise MathError unless every expression can be read and refers to what there is, and none to itself."""
    by_id = {query.id: query for query in queries}
    if len(by_id) < len(queries):
        raise MathError("two queries have the same id")
    for query in queries:
        if query.expression is not None:
            _check(query, by_id)
            _check_circle(query, by_id, ())


def _check(query: Query, by_id: Mapping[str, Query]) -> None:
    tree = parse(query.expression or "")
    if unknown := set(calls(tree)) - _HERE:
        raise UnknownFunction(f"the metric math functions {', '.join(sorted(unknown))}")
    if unknown := set(names(tree)) - set(by_id) - set(_KEYWORDS):
        raise MathError(f"the expression {query.id} refers to {', '.join(sorted(unknown))}, which there is not")


def _check_circle(query: Query, by_id: Mapping[str, Query], path: tuple[str, ...]) -> None:
    if query.id in path:
        raise MathError(f"the expressions {', '.join(path)} go round in a circle")
    if query.expression is not None:
        for name in names(parse(query.expression)):
            if name in by_id:
                _check_circle(by_id[name], by_id, (*path, query.id))


@dataclass(slots=True)
class Answers:
    """Answers queries that were checked, each once. `fetch` gives the series of a query of a metric."""

    queries: Sequence[Query]
    fetch: Callable[[Query], Series]
    _found: dict[str, Value] = field(default_factory=dict)

    def series(self, query: Query) -> tuple[Series, ...]:
        """The series that a query amounts to, with their labels; an expression may have several."""
        found = self.value(query.id)
        if isinstance(found, float):
            raise MathError(f"{query.id} is a number; the result of an expression must be a time series")
        label = query.label or query.expression or ""
        if isinstance(found, tuple):
            return tuple(replace(one, label=f"{label} {one.label}".strip()) for one in found)
        return (replace(found, label=label or found.label),)

    def value(self, id: str) -> Value:
        """What a query amounts to."""
        if id not in self._found:
            query = next(query for query in self.queries if query.id == id)
            self._found[id] = self.fetch(query) if query.expression is None else self._value(parse(query.expression))
        return self._found[id]

    def _value(self, node: Node) -> Value:
        match node:
            case Number(value):
                return value
            case Name(name) if name not in _KEYWORDS:
                return self.value(name)
            case Negative(of):
                return combine("-", 0.0, self._value(of))
            case Binary(sign, left, right):
                return combine(sign, self._value(left), self._value(right))
            case Listing(items):
                return self._array(items)
            case Call(function, arguments):
                return self._call(function, arguments)
        raise MathError(f"{node} is not expected here")

    def _array(self, items: Sequence[Node]) -> tuple[Series, ...]:
        parts: list[Series] = []
        for item in items:
            value = self._value(item)
            parts += value if isinstance(value, tuple) else (series(value),)
        return together(parts)

    def _call(self, function: str, arguments: Sequence[Node]) -> Value:
        match function, arguments:
            case "METRICS", [] | [Text()]:
                return self._metrics(arguments[0].text if arguments and isinstance(arguments[0], Text) else "")
            case "FILL", [of, Name(keyword)] if keyword in _KEYWORDS:
                return fill(self._value(of), keyword)
            case "FILL", [of, by]:
                return fill(self._value(of), self._value(by))
            case "TIME_SERIES", [of]:
                return self._constant(self._value(of))
            case "IF", _:
                return choose([self._value(argument) for argument in arguments])
        if function not in FUNCTIONS or len(arguments) != 1:
            raise MathError(f"{function} does not take {len(arguments)} such arguments")
        return FUNCTIONS[function]([self._value(arguments[0])])

    def _metrics(self, part: str) -> tuple[Series, ...]:
        of_metrics = (query for query in self.queries if query.expression is None and part in query.id)
        return together(series(self.value(query.id)) for query in of_metrics)

    def _constant(self, value: Value) -> Series:
        every = self._metrics("")
        if not every or not isinstance(value, float):
            raise MathError("TIME_SERIES takes a number, in a request with a metric")
        return every[0].of([value] * len(every[0].values))


def periods(queries: Collection[Query]) -> set[float]:
    """The periods of the metrics."""
    return {query.period for query in queries if query.period is not None}


__all__ = ["Answers", "MathError", "Query", "UnknownFunction", "check", "periods"]
