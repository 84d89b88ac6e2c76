"""Calls that say more by their text than by their values: `assert` of a comparison, and `dbg`."""

from __future__ import annotations

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Const
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.walk import Walk
from vlad_py.lowering.scope import Scopes
from vlad_py.syntax import tree as syntax

LONGEST = 60  # characters of an argument that `dbg` repeats


def is_quoted(name: str, argument: syntax.Node) -> bool:
    """Whether a call of a built-in function repeats the text of its argument."""
    if name == "dbg":
        text = argument.span.text
        return len(text) <= LONGEST and "\n" not in text and not isinstance(argument, syntax.Literal)
    if name == "assert":
        test = argument.items[0] if isinstance(argument, syntax.Tuple) and argument.items else argument
        compares = PRIMITIVES[test.op] if isinstance(test, syntax.Binary) and test.op in PRIMITIVES else None
        return compares is not None and compares.gives_boolean
    return False


def quoted(scopes: Scopes, name: str, node: syntax.Call) -> Walk[Atom]:
    """A call that repeats the text of its argument, or the values of both sides of a comparison."""
    argument = node.argument
    if name == "dbg":
        value = yield scopes.expression(argument)
        return scopes.apply("dbg_of", (Const(argument.span.text), value), node.span)
    test, *says = argument.items if isinstance(argument, syntax.Tuple) else (argument,)
    assert isinstance(test, syntax.Binary)
    sides = []
    for side in (test.left, test.right):
        sides.append((yield scopes.expression(side)))
    condition = scopes.apply(test.op, tuple(sides), test.span)
    texts = []
    for text in says:
        texts.append((yield scopes.expression(text)))
    comparison = scopes.let("t", core.MakeTuple((Const(test.op), *sides)), test.span)
    said = scopes.let("t", core.MakeTuple(tuple(texts)), node.span) if texts else Const(())
    return scopes.apply("assert_compared", (condition, comparison, said), node.span)
