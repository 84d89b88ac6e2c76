"""Conditions of arrays where they would mean something else: in an index, and `==` in `where`.

`<` and its kin give an array of 1 where they hold and 0 elsewhere. As an index that would be the elements 0
and 1, where the elements at which it holds are meant. `==` gives one boolean, where one for each element is
meant. Whether they stand between arrays is known when the program runs: what the text shows to be such a
condition is looked at then.
"""

from __future__ import annotations

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Const, Global, Var
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.lowering.loops import Loops
from vlad_py.primitives.kinds import Predicate
from vlad_py.primitives.primitive import Primitive
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node

COMBINING = ("*", "max", "min")
LONGEST = 30  # characters of an expression that a hint repeats


def is_condition(operation: core.Operation, known: set[object]) -> bool:
    """Whether an operation gives a condition, or a tuple of such: an order, or what is made of known ones."""
    match operation:
        case core.Apply(Primitive(name="-"), (left, right)):
            return left == Const(1.0) and right in known
        case core.Apply(primitive, atoms) if primitive.name in COMBINING:
            return known.issuperset(atoms)
        case core.MakeTuple(atoms):
            return known.issuperset(atoms)
        case core.Apply(primitive):
            return isinstance(primitive, Predicate)
    return False


class Conditions(Loops):
    """Lowering of indices and of `where`; `conditions` are the names known to be one."""

    def let(self, name: str, operation: core.Operation, span: Span) -> Var:
        target = super().let(name, operation, span)
        if is_condition(operation, self.conditions):
            self.conditions.add(target)
        if isinstance(operation, core.Apply) and operation.primitive.name in ("==", "!="):
            self.equalities[target] = operation.arguments
        return target

    def name_condition(self, name: str, value: Atom) -> None:
        """A top-level name of a value is a condition where the value is."""
        if value in self.conditions:
            self.conditions.add(Global("", name))
        if value in self.equalities:
            self.equalities[Global("", name)] = self.equalities[value]

    def apply(self, primitive: str, arguments: tuple[Atom, ...], span: Span) -> Var:
        if primitive == "where" and arguments[0] in self.equalities:
            condition, *rest = arguments
            # what a top-level name's value compared is at hand at the top level only
            if isinstance(condition, Var) or self.function.parent is None:
                checked = super().apply("as_choice", (condition, *self.equalities[condition]), span)
                arguments = (checked, *rest)
        return super().apply(primitive, arguments, span)

    def on_index(self, node: syntax.Index) -> Walk[Atom]:
        value = yield self.expression(node.value)
        indices = []
        for index in node.indices:
            if isinstance(index, syntax.Slice):
                ends = []
                for end in (index.start, index.stop):
                    ends.append(Const(()) if end is None else (yield self.expression(end)))
                indices.append(self.let("t", core.MakeTuple(tuple(ends)), index.span))
            else:
                position = yield self.expression(index)
                if position in self.conditions:
                    position = self.apply("as_index", (position, Const(_hint(node, index))), index.span)
                indices.append(position)
        if len(indices) > 1:
            several = self.let("t", core.MakeTuple(tuple(indices)), node.span)
            return self.apply("indexed", (value, several), node.span)
        operation = "slice" if isinstance(node.indices[0], syntax.Slice) else "index"
        return self.apply(operation, (value, indices[0]), node.span)


def _hint(node: syntax.Index, condition: Node) -> str:
    x, c = _short(node.value, "x"), _short(condition, "c")
    if len(node.indices) > 1:
        return f"`keep({x}, {c})` has the rows where it holds; other indices stand in brackets after it"
    return f"`keep({x}, {c})` has the elements where it holds; `where({c}, {x}, 0)` keeps the shape"


def _short(node: Node, name: str) -> str:
    text = " ".join(node.span.text.split())
    return text if len(text) <= LONGEST else name
