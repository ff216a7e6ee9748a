"""Small changes to Python code, each of which a test ought to notice: the operators of `bench.mutants`.

An `Edit` is one change to a syntax tree, in place. Type annotations, docstrings, imports and the arguments of
`dataclass` and `field` are left alone: no test of behaviour could notice them.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitOr: ast.BitAnd,
}  # fmt: skip
SWAPPED = {
    "min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "reversed": "list", "ceil": "floor",
    "bisect_left": "bisect_right", "bisect_right": "bisect_left", "startswith": "endswith", "first": "last",
    "last": "first", "earliest": "latest", "latest": "earliest",
}  # fmt: skip
UNWRAPPED = ("abs", "round", "float", "max", "min", "next", "get")
LEFT_ALONE = (ast.Import, ast.ImportFrom, ast.arguments, ast.alias)
DECLARATIONS = ("dataclass", "field", "TypeVar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Put `new` in the place of what is in `field` of `node` (at `index`, where that is a list); None takes it away.

    `lines` are those of the statement: a test that runs none of them cannot notice. `called` is whether it lies in
    the body of a function, and so takes effect when that is called and not when the module is imported.
    """

    kind: str
    node: ast.AST
    field: str
    index: int | None
    new: Any
    line: int
    lines: range
    function: str
    called: bool
    before: str
    after: str

    def apply(self) -> None:
        """Change the tree."""
        held = getattr(self.node, self.field)
        if self.index is None:
            setattr(self.node, self.field, self.new)
        elif self.new is None:
            self._drop(held)
        else:
            held[self.index] = self.new

    def _drop(self, held: list[Any]) -> None:
        del held[self.index]
        if isinstance(self.node, ast.Dict):
            del self.node.values[self.index]


def edits(tree: ast.Module) -> list[Edit]:
    """Every change that can be made to a module, in the order of its lines. Only one can be applied to a tree."""
    found = list(_Walk().visit(tree, tree.body, "body"))
    return sorted(found, key=lambda e: (e.line, e.kind, e.before, e.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """Where in the tree the walk is."""

    function: str = ""
    called: bool = False
    lines: range = range(0)

    def visit(self, node: ast.AST, children: list[Any], field: str) -> Iterator[Edit]:
        for index, child in enumerate(children):
            yield from self._child(node, child, field, index)

    def _child(self, node: ast.AST, child: Any, field: str, index: int | None) -> Iterator[Edit]:
        if not isinstance(child, ast.AST) or _left_alone(node, child, field):
            return
        here = self._at(node, child, field)
        for kind, new in _replacements(child, node, field):
            yield here._edit(kind, (node, field, index), child, new)
        yield from here._drops(child)
        for name, value in ast.iter_fields(child):
            if isinstance(value, list):
                yield from here.visit(child, value, name)
            else:
                yield from here._child(child, value, name, None)

    def _at(self, node: ast.AST, child: ast.AST, field: str) -> "_Walk":
        called = self.called or (isinstance(node, ast.FunctionDef) and field == "body")
        function = self.function
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            function = f"{function}.{child.name}" if function else child.name
        lines = _own_lines(child) if isinstance(child, ast.stmt) else self.lines
        return _Walk(function=function, called=called, lines=lines)

    def _edit(self, kind: str, place: tuple[ast.AST, str, int | None], old: ast.AST, new: Any) -> Edit:
        if isinstance(new, ast.AST):
            ast.copy_location(new, old)
            ast.fix_missing_locations(new)
        node, field, index = place
        return Edit(
            kind=kind, node=node, field=field, index=index, new=new, line=getattr(old, "lineno", self.lines.start),
            lines=self.lines, function=self.function, called=self.called, before=_shown(old), after=_shown(new),
        )  # fmt: skip

    def _drops(self, node: ast.AST) -> Iterator[Edit]:
        """What can be taken away from a node without breaking its syntax."""
        for field in _droppable(node):
            for index, each in enumerate(getattr(node, field)):
                if not _left_alone(node, each, field):
                    yield self._edit("drop", (node, field, index), each, None)
        if isinstance(node, ast.Slice):
            for bound in ("lower", "upper", "step"):
                if old := getattr(node, bound):
                    yield self._edit("slice", (node, bound, None), old, None)


def _own_lines(statement: ast.stmt) -> range:
    """The lines of a statement without those of the block below it."""
    body = getattr(statement, "body", None)
    end = body[0].lineno - 1 if isinstance(body, list) and body else statement.end_lineno or statement.lineno
    decorators = [d.lineno for d in getattr(statement, "decorator_list", [])]
    return range(min([statement.lineno, *decorators]), max(end, statement.lineno) + 1)


def _left_alone(node: ast.AST, child: ast.AST, field: str) -> bool:
    if isinstance(child, LEFT_ALONE):
        return not isinstance(child, ast.arguments) or not child.defaults
    if field in ("annotation", "returns", "bases", "format_spec"):
        return True
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in DECLARATIONS:
        return True
    if isinstance(child, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == "Protocol" for b in child.bases):
        return True
    targets = getattr(child, "targets", None) or [getattr(child, "target", None)]
    declared = {t.id for t in targets if isinstance(t, ast.Name)} & {"__all__", "Waits", "Outcomes", "Window", "Take"}
    return bool(declared) or (isinstance(node, ast.Subscript) and _names_a_type(node))


def _names_a_type(node: ast.Subscript) -> bool:
    """A type such as Mapping[str, int], which stands in an alias."""
    return isinstance(node.value, ast.Name) and node.value.id[:1].isupper() and not node.value.id.isupper()


def _droppable(node: ast.AST) -> tuple[str, ...]:
    """The lists of a node of which any element can go."""
    if isinstance(node, ast.Dict):
        return ("keys",) if all(node.keys) else ()
    if isinstance(node, ast.Call):
        swallowed = isinstance(node.func, ast.Name | ast.Attribute) and _name(node.func) in UNWRAPPED
        return ("keywords", "args") if swallowed and len(node.args) > 1 else ("keywords",)
    if isinstance(node, ast.comprehension):
        return ("ifs",)
    return ()


def _replacements(node: ast.AST, parent: ast.AST, field: str) -> Iterator[tuple[str, ast.AST]]:
    if field == "test" and isinstance(parent, ast.If | ast.IfExp | ast.While):
        yield "condition", ast.Constant(False)
        if not isinstance(parent, ast.While):
            yield "condition", ast.Constant(True)
    if isinstance(node, ast.stmt):
        yield from _statement(node)
    else:
        make = _EXPRESSIONS.get(type(node))
        yield from make(node, parent) if make else ()


def _statement(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Return) and node.value and not _is_none(node.value):
        yield "return", ast.Return(ast.Constant(None))
    if isinstance(node, ast.AugAssign) and type(node.op) in COMPUTED:
        yield "arithmetic", ast.AugAssign(node.target, COMPUTED[type(node.op)](), node.value)
        yield "drop", ast.Pass()
    if isinstance(node, ast.Continue):
        yield "flow", ast.Break()
    if isinstance(node, ast.Break):
        yield "flow", ast.Continue()
    if isinstance(node, ast.Continue | ast.Raise | ast.Assert | ast.Expr):
        yield "drop", ast.Pass()
    if isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple):
        yield "drop", ast.Pass()


def _compare(node: ast.Compare, _: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for n, op in enumerate(node.ops):
        changed = [*node.ops[:n], COMPARED[type(op)](), *node.ops[n + 1 :]]
        yield "comparison", ast.Compare(node.left, changed, node.comparators)


def _computed(node: ast.BinOp, _: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if type(node.op) in COMPUTED:
        yield "arithmetic", ast.BinOp(node.left, COMPUTED[type(node.op)](), node.right)


def _unary(node: ast.UnaryOp, _: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    yield "unary", node.operand


def _boolean(node: ast.BoolOp, _: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Without each of its operands; for two that is as strict as the other operator, and stricter."""
    for n in range(len(node.values)):
        left = [*node.values[:n], *node.values[n + 1 :]]
        yield "boolean", ast.BoolOp(node.op, left) if len(left) > 1 else left[0]


def _constant(node: ast.Constant, parent: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int | float):
        yield "constant", ast.Constant(value + 1)
    elif isinstance(value, str) and not isinstance(parent, ast.JoinedStr):
        yield ("wording" if value.count(" ") > 1 or not value else "string"), ast.Constant(f"XX{value}XX")


def _joined(node: ast.JoinedStr, _: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """A message without its words, and without each of the numbers and names in it."""
    for n, part in enumerate(node.values):
        if isinstance(part, ast.FormattedValue):
            yield "in a message", ast.JoinedStr([*node.values[:n], ast.Constant("?"), *node.values[n + 1 :]])
    values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
    if len(values) < len(node.values):
        yield "wording", ast.JoinedStr(values)


def _call(node: ast.Call, _: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    name = _name(node.func)
    if name in SWAPPED:
        yield "call", ast.Call(_renamed(node.func, SWAPPED[name]), node.args, [] if name == "sorted" else node.keywords)
    if name in ("abs", "round", "float", "Phase") and len(node.args) == 1:
        yield "call", node.args[0]


def _renamed(func: ast.expr, name: str) -> ast.expr:
    return (
        ast.Attribute(func.value, name, ast.Load()) if isinstance(func, ast.Attribute) else ast.Name(name, ast.Load())
    )


def _handled(node: ast.ExceptHandler, _: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """A handler that lets one of its errors through."""
    for n, _each in enumerate(node.type.elts if isinstance(node.type, ast.Tuple) else ()):
        left = [*node.type.elts[:n], *node.type.elts[n + 1 :]]
        yield "handler", ast.ExceptHandler(ast.Tuple(left, ast.Load()), node.name, node.body)


_EXPRESSIONS: dict[type[ast.AST], Any] = {
    ast.Compare: _compare,
    ast.BinOp: _computed,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Constant: _constant,
    ast.JoinedStr: _joined,
    ast.Call: _call,
    ast.ExceptHandler: _handled,
}


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _shown(node: Any) -> str:
    if node is None:
        return "nothing"
    if isinstance(node, ast.ExceptHandler):
        return f"except {ast.unparse(node.type)}" if node.type else "except"
    return " ".join(ast.unparse(node).split())
