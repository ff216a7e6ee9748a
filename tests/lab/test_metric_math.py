"""Metric math: what an expression is, and what it amounts to."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lab.control.metric_math import Binary, Call, MathError, Name, Negative, Node, Number, parse
from harness.lab.control.metric_queries import Answers, Query, UnknownFunction, check
from harness.lab.control.metric_series import Series
from harness.lab.control.metrics import key

Points = Sequence[float | None]
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))
POINTS = st.lists(st.none() | NUMBERS, min_size=1, max_size=12)


def several(expression: str, **metrics: Points) -> list[Points]:
    """What an expression of some metrics, by their ids, amounts to; the period is a minute."""
    queries = [Query(id=id, metric=key("T", id, {}), statistic="Sum", period=60, returned=False) for id in metrics]
    queries.append(Query(id="e", expression=expression))
    check(queries)

    def fetch(query: Query) -> Series:
        return Series(values=tuple(metrics[query.id]), period=60, label=query.id, measured=True)

    return [one.values for one in Answers(queries, fetch).series(queries[-1])]


def computed(expression: str, **metrics: Points) -> Points:
    [found] = several(expression, **metrics)
    return list(found)


@pytest.mark.parametrize(("expression", "tree"), [
    ("a+b*2", Binary("+", Name("a"), Binary("*", Name("b"), Number(2)))),
    ("(a+b)*2", Binary("*", Binary("+", Name("a"), Name("b")), Number(2))),
    ("a-b-c", Binary("-", Binary("-", Name("a"), Name("b")), Name("c"))),
    ("2^3^a", Binary("^", Number(2), Binary("^", Number(3), Name("a")))),
    ("-a^2", Negative(Binary("^", Name("a"), Number(2)))),
    ("2^-a", Binary("^", Number(2), Negative(Name("a")))),
    ("a>1 && b OR c", Binary("OR", Binary("AND", Binary(">", Name("a"), Number(1)), Name("b")), Name("c"))),
    ("a AND b<2", Binary("AND", Name("a"), Binary("<", Name("b"), Number(2)))),
    ("SUM(METRICS())", Call("SUM", (Call("METRICS", ()),))),
])  # fmt: skip
def test_operators_bind_as_in_arithmetic(expression: str, tree: Node) -> None:
    assert parse(expression) == tree


@pytest.mark.parametrize("expression", ["", "a+", "(a", "[a,", "a b", "a $ b", "SUM(a", "'open", "*a", ")", "(" * 5000])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(MathError):
        parse(expression)


M1: Points = [30, 20, 0, 0]
M2: Points = [20, None, 20, None]


@pytest.mark.parametrize(("expression", "points"), [
    # these are the examples of the CloudWatch documentation
    ("m1 < m2", [0, 0, 1, 0]),
    ("m1 >= 30", [1, 0, 0, 0]),
    ("m1 > 15 AND m2 > 15", [1, 0, 0, 0]),
    ("m1 + m2", [50, 20, 20, 0]),
    ("m1 / m2", [1.5, None, 0, None]),
    ("m2 * 2", [40, None, 40, None]),
    ("-m1", [-30, -20, 0, 0]),
    ("m1 - MIN(m2)", [10, 0, -20, -20]),
    ("m1 - AVG(m2)", [10, 0, -20, -20]),
    ("SUM([m1, m2])", [50, 20, 20, 0]),
    ("AVG([m1, m2])", [25, 10, 10, 0]),
    ("MAX(METRICS())", [30, 20, 20, 0]),
    ("MIN(METRICS('2'))", [20, None, 20, None]),
    ("STDDEV([m1, m2])", [5, 0, 10, 0]),
    ("m1 / PERIOD(m1)", [0.5, pytest.approx(1 / 3), 0, 0]),
    ("RATE(m1)", [None, pytest.approx(-1 / 6), pytest.approx(-1 / 3), 0]),
    ("RATE(m2)", [None, None, 0, None]),
    ("DIFF(m1)", [None, -10, -20, 0]),
    ("DIFF_TIME(m2)", [None, None, 120, None]),
    ("FILL(m2, 7)", [20, 7, 20, 7]),
    ("FILL(m2, m1)", [20, 20, 20, 0]),
    ("FILL(m2, REPEAT)", [20, 20, 20, 20]),
    ("FILL(m2 / 2, LINEAR)", [10, 10, 10, None]),
    ("FILL(m2, MIN(m1))", [20, 0, 20, 0]),
    ("ABS(-m1)", [30, 20, 0, 0]),
    ("CEIL(m1 / 7)", [5, 3, 0, 0]),
    ("FLOOR(m1 / 7)", [4, 2, 0, 0]),
    ("LOG10(m1 / 3)", [1, pytest.approx(math.log10(20 / 3)), None, None]),
    ("RUNNING_SUM(m2)", [20, 20, 40, 40]),
    ("TIME_SERIES(MAX(m1))", [30, 30, 30, 30]),
    ("m1 ^ 0.5", [pytest.approx(30**0.5), pytest.approx(20**0.5), 0, 0]),
    ("(-m1) ^ 0.5", [None, None, 0, 0]),
    ("m1 / METRIC_COUNT(METRICS())", [15, 10, 0, 0]),
    ("m1 * 0 + DATAPOINT_COUNT(m2)", [2, 2, 2, 2]),
    ("FIRST(METRICS())", M1),
    ("LAST([m1, m2])", M2),
    ("IF(m1 < 25, m1)", [None, 20, 0, 0]),
    ("IF(m1 < 25, 10, 2)", [2, 10, 10, 10]),
    ("IF(1, m1)", M1),
    ("IF(0, m1)", [None] * 4),
])  # fmt: skip
def test_expressions_amount_to_what_the_documentation_says(expression: str, points: Points) -> None:
    assert computed(expression, m1=M1, m2=M2) == points


IF1: Points = [1, 1, 0, 0, None]
IF2: Points = [30, None, 0, 0, 30]
IF3: Points = [0, 0, 20, None, 20]


@pytest.mark.parametrize(("expression", "points"), [
    ("IF(a, b, c)", [30, 0, 20, None, None]),
    ("IF(a, 5, c)", [5, 5, 20, None, None]),
    ("IF(a, b, 5)", [30, 0, 5, 5, None]),
])  # fmt: skip
def test_if_chooses_at_each_time_as_in_the_tables_of_the_documentation(expression: str, points: Points) -> None:
    assert computed(expression, a=IF1, b=IF2, c=IF3) == points


def test_an_array_gives_a_series_for_each_metric() -> None:
    assert several("METRICS() / 10", m1=M1, m2=M2) == [(3, 2, 0, 0), (2, None, 2, None)]
    assert several("[m1, m2] - [m2, m1]", m1=M1, m2=M2) == [(10, 20, -20, 0), (-10, -20, 20, 0)]
    assert several("RATE(METRICS()) * 60", m1=M1) == [(None, -10, -20, 0)]


@pytest.mark.parametrize("name", ["SEARCH", "ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "SORT", "sum"])
def test_a_function_that_the_lab_lacks_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnknownFunction, match=name):
        computed(f"{name}(m1)", m1=M1)


@pytest.mark.parametrize("expression", [
    "m3", "SUM(m1)", "5", "PERIOD(m1 + 1) * m1", "IF(m1)", "RATE(5)", "ABS(m1, m1)", "FILL(m1, METRICS())",
    "REPEAT + m1", "e + m1", "METRIC_COUNT(m1) * m1", "FIRST(METRICS('none'))", "'m1'", "IF(METRICS(), 1, 0)",
    "SUM(METRICS('none'))",
])  # fmt: skip
def test_what_cannot_be_computed_says_so(expression: str) -> None:
    with pytest.raises(MathError):
        computed(expression, m1=M1)


def test_metrics_of_different_periods_are_not_combined() -> None:
    queries = [Query(id=f"m{n}", metric=key("T", "m", {}), statistic="Sum", period=60 * n) for n in (1, 2)]
    queries.append(Query(id="e", expression="m1 + m2"))
    answers = Answers(queries, lambda query: Series(values=(1,), period=query.period or 0))
    with pytest.raises(MathError, match="different periods"):
        answers.series(queries[-1])


def test_expressions_may_refer_to_each_other_but_not_in_a_circle() -> None:
    good = [Query(id="a", metric=key("T", "a", {}), statistic="Sum", period=60), Query(id="b", expression="a*2"),
            Query(id="c", expression="b+a")]  # fmt: skip
    check(good)
    assert Answers(good, lambda query: Series(values=(2, None), period=60)).series(good[2])[0].values == (6, None)
    with pytest.raises(MathError, match="circle"):
        check([Query(id="b", expression="c"), Query(id="c", expression="b")])


@given(a=POINTS)
def test_a_series_less_itself_is_zero_where_it_is_and_missing_where_it_is_not(a: Points) -> None:
    assert computed("a - a", a=a) == [None if value is None else 0 for value in a]


@given(data=st.lists(st.tuples(st.none() | NUMBERS, st.none() | NUMBERS), min_size=1, max_size=12))
def test_the_sum_of_an_array_is_the_sum_of_its_series(data: list[tuple[float | None, float | None]]) -> None:
    a, b = [one for one, _ in data], [other for _, other in data]
    added = computed("a + b", a=a, b=b)
    assert computed("SUM([a, b])", a=a, b=b) == [value if value is None else pytest.approx(value) for value in added]


@given(a=POINTS)
def test_the_running_sum_of_differences_leads_from_the_first_point_to_the_last(a: Points) -> None:
    present = [value for value in a if value is not None]
    found = computed("RUNNING_SUM(DIFF(a))", a=a)
    expected = present[-1] - present[0] if present else 0
    assert found[-1] == pytest.approx(expected, abs=1e-6)


@given(a=POINTS, by=NUMBERS)
def test_a_filled_series_has_no_gap_and_keeps_what_was_there(a: Points, by: float) -> None:
    filled = computed(f"FILL(a, {by})", a=a)
    assert all(new == (by if old is None else old) for old, new in zip(a, filled, strict=True))


_SIGNS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": lambda a, b: float(a < b),
    "==": lambda a, b: float(a == b),
    "AND": lambda a, b: float(bool(a) and bool(b)),
    "||": lambda a, b: float(bool(a) or bool(b)),
}
Tree = str | tuple[str, "Tree", "Tree"]
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.sampled_from(["a", "b", "2.5", "3", "0"]),
    lambda inner: st.tuples(st.sampled_from(sorted(_SIGNS)), inner, inner),
    max_leaves=12,
)


def written(tree: Tree) -> str:
    return tree if isinstance(tree, str) else f"({written(tree[1])} {tree[0]} {written(tree[2])})"


def valued(tree: Tree, values: Mapping[str, float]) -> float:
    if isinstance(tree, str):
        return values[tree] if tree in values else float(tree)
    return _SIGNS[tree[0]](valued(tree[1], values), valued(tree[2], values))


@given(a=st.integers(-50, 50), b=st.integers(-50, 50), tree=TREES)
def test_any_expression_amounts_to_what_arithmetic_makes_of_it(a: int, b: int, tree: Tree) -> None:
    [found] = computed(f"a * 0 + {written(tree)}", a=[float(a)], b=[float(b)])
    assert found == pytest.approx(valued(tree, {"a": a, "b": b}))
