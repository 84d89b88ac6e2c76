"""Conditions of arrays where they would mean something else: in an index, and `==` in `where`.

`<` and its kin give an array of 1 where they hold and 0 elsewhere. As an index that would be the elements 0
and 1, where the elements at which it holds are meant. `==` gives one boolean, where one for each element is
meant. Whether they stand between arrays is known when the program runs: what the text shows to be such a
condition is looked at then.
"""

from __future__ import annotations

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Const, Var
from vlad_py.ground.literals import one_line
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.lowering.scope import Scopes
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node

LONGEST = 30  # characters of an expression that a hint repeats


def index(scopes: Scopes, node: syntax.Index) -> Walk[Atom]:
    value = yield scopes.expression(node.value)
    indices = []
    for index in node.indices:
        if isinstance(index, syntax.Slice):
            ends = []
            step = () if index.step is None else (index.step,)
            for end in (index.start, index.stop, *step):
                ends.append(Const(()) if end is None else (yield scopes.expression(end)))
            position = scopes.let("t", core.MakeTuple(tuple(ends)), index.span)
            if len(node.indices) > 1:  # a form that a program cannot write as an index
                position = scopes.let("t", core.MakeTuple((position,)), index.span)
            indices.append(position)
        else:
            position = yield scopes.expression(index)
            if position in scopes.conditions:
                position = scopes.apply("as_index", (position, Const(_hint(node, index))), index.span)
            indices.append(position)
    if len(indices) > 1:
        several = scopes.let("t", core.MakeTuple(tuple(indices)), node.span)
        return scopes.apply("indexed", (value, several), node.span)
    operation = "slice" if isinstance(node.indices[0], syntax.Slice) else "index"
    return scopes.apply(operation, (value, indices[0]), node.span)


def as_choice(scopes: Scopes, arguments: tuple[Atom, ...], span: Span) -> tuple[Atom, ...]:
    """The arguments of `where`, whose condition is looked at where it is an equality."""
    condition, *rest = arguments
    compared = scopes.equalities.get(condition)
    # what a top-level name's value compared is at hand at the top level only
    if compared is None or not (isinstance(condition, Var) or scopes.function.parent is None):
        return arguments
    return (scopes.apply("as_choice", (condition, *compared), span), *rest)


def _hint(node: syntax.Index, condition: Node) -> str:
    x, c = _short(node.value, "x"), _short(condition, "c")
    if len(node.indices) > 1:
        return f"`keep({x}, {c})` has the rows where it holds; put other indices in brackets after it"
    return f"`keep({x}, {c})` has the elements where it holds; `where({c}, {x}, 0)` keeps the shape"


def _short(node: Node, name: str) -> str:
    text = one_line(node.span.text)
    return text if len(text) <= LONGEST else name
