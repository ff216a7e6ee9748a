"""The language of CloudWatch's metric math: an expression as a tree.

From loosest to tightest: OR, AND, comparisons, + and -, * and /, unary minus, ^ (from the right).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<text>"[^"]*"|'[^']*')"""
    r"""|(?P<sign>&&|\|\||[=!<>]=|[-+*/^<>()\[\],]))"""
)
_SAME = {"&&": "AND", "||": "OR"}
_LEVELS = (("OR",), ("AND",), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))


class MathError(Exception):
    """An expression that cannot be read or computed."""


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a query, or a keyword such as REPEAT."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus something."""

    of: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what is between them; && and || are AND and OR."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Listing:
    """Several series in brackets."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple["Node", ...]


Node = Number | Text | Name | Negative | Binary | Listing | Call


@cache
def parse(expression: str) -> Node:
    """The tree of an expression. Raises MathError with what is wrong."""
    parser = _Parser(list(_tokens(expression)))
    try:
        found = parser.expression()
    except RecursionError:
        raise MathError("it is nested too deeply") from None
    if parser.kind != "end":
        raise MathError(f"{parser.token!r} is not expected")
    return found


def names(node: Node) -> Iterator[str]:
    """Every name in a tree, keywords too."""
    match node:
        case Name(name):
            yield name
        case Negative(of):
            yield from names(of)
        case Binary(_, left, right):
            yield from names(left)
            yield from names(right)
        case Listing(parts) | Call(_, parts):
            for part in parts:
                yield from names(part)


def calls(node: Node) -> Iterator[str]:
    """Every function that a tree calls."""
    match node:
        case Negative(of):
            yield from calls(of)
        case Binary(_, left, right):
            yield from calls(left)
            yield from calls(right)
        case Listing(parts):
            for part in parts:
                yield from calls(part)
        case Call(function, parts):
            yield function
            for part in parts:
                yield from calls(part)


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    at = 0
    while expression[at:].strip():
        match = _TOKEN.match(expression, at)
        if match is None:
            raise MathError(f"{expression[at:].strip()[:10]!r} cannot be read")
        at, kind = match.end(), str(match.lastgroup)
        token = match[kind]
        if kind == "name" and token in ("AND", "OR"):
            kind = "sign"
        yield kind, _SAME.get(token, token)
    yield "end", "the end"


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def token(self) -> str:
        return self._tokens[self._at][1]

    def expression(self, level: int = 0) -> Node:
        if level == len(_LEVELS):
            return self._signed()
        left = self.expression(level + 1)
        while self.kind == "sign" and self.token in _LEVELS[level]:
            left = Binary(self._next(), left, self.expression(level + 1))
        return left

    def _signed(self) -> Node:
        if self._takes("-"):
            return Negative(self._signed())
        base = self._operand()
        return Binary("^", base, self._signed()) if self._takes("^") else base

    def _operand(self) -> Node:
        kind, token = self.kind, self.token
        if kind in _LEAVES:
            self._next()
            return self._call(token) if kind == "name" and self._takes("(") else _LEAVES[kind](token)
        if self._takes("("):
            inner = self.expression()
            self._expect(")")
            return inner
        if self._takes("["):
            return Listing(self._items("]"))
        raise MathError(f"{token!r} is not expected")

    def _call(self, function: str) -> Call:
        return Call(function, self._items(")"))

    def _items(self, end: str) -> tuple[Node, ...]:
        if self._takes(end):
            return ()
        items = [self.expression()]
        while self._takes(","):
            items.append(self.expression())
        self._expect(end)
        return tuple(items)

    def _takes(self, sign: str) -> bool:
        if self.kind == "sign" and self.token == sign:
            self._at += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise MathError(f"{sign!r} is expected and not {self.token!r}")

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][1]


_LEAVES: dict[str, Callable[[str], Node]] = {
    "number": lambda token: Number(float(token)),
    "text": lambda token: Text(token[1:-1]),
    "name": Name,
}
