"""Core → Core: even powers of norms and absolute values give way to sums of squares, which are smooth.

`norm(x) ^ 2` has derivatives of every order at 0, where `norm(x)` has none, and through the norm they would
be lost. Both stand in one function: a norm that comes from elsewhere is only a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vlad_py.core.traversal import all_atoms_of, changed, statements_of
from vlad_py.core.tree import Apply, Atom, Block, Const, Let, Statement, Var
from vlad_py.ground.node import replaced
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, run
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import Elementwise
from vlad_py.primitives.primitive import PRIMITIVES

Norms: TypeAlias = dict[Atom, Apply]  # by the names that hold them


def smooth_powers(body: Block, ids: Callable[[], int]) -> Block:
    """The body of a function with even powers of norms smooth; `ids` gives those of new names. What it
    computes is the same but for rounding.
    """
    if not any(map(_norm_of, statements_of(body))):
        return body
    smoother = _Smoother(ids)
    smooth = run(smoother.block(body, {}))
    return _without_unused_norms(smooth) if smoother.found else body


def _norm_of(statement: Statement) -> Apply | None:
    """The norm that a statement computes; None for another one."""
    operation = statement.operation if isinstance(statement, Let) else None
    return operation if isinstance(operation, Apply) and operation.primitive.squared else None


class _Smoother:
    def __init__(self, ids: Callable[[], int]) -> None:
        self.ids = ids
        self.found = False

    def block(self, block: Block, norms: Norms) -> Walk[Block]:
        out: list[Statement] = []
        norms = dict(norms)
        for statement in block.statements:
            if isinstance(statement, Let):
                out += self.let(statement, norms)
                continue
            inner = []
            for part in statement.blocks:
                inner.append((yield self.block(part, norms)))
            out.append(changed(statement, blocks=inner) if inner else statement)
        return Block(tuple(out), block.results)

    def let(self, let: Let, norms: Norms) -> list[Statement]:
        """The statements in place of one."""
        operation = let.operation
        if not isinstance(operation, Apply):
            return [let]
        if operation.primitive.squared:
            norms[let.targets[0]] = operation
            return [let]
        norm, half = _even_power(operation, norms)
        if norm is None:
            return [let]
        self.found = True
        new: list[Statement] = []
        each, *join = norm.primitive.squared
        if join:
            parts = [self.apply(each, (a,), let.span, new) for a in norm.arguments]
            square = self.apply(join[0], tuple(parts), let.span, new)
        else:
            square = self.apply(each, norm.arguments, let.span, new)
        last = new.pop()
        assert isinstance(last, Let)
        if half == 1.0:
            return [*new, replaced(last, targets=let.targets)]
        name, arguments = ("square", (square,)) if half == 2.0 else ("^", (square, Const(half)))
        return [*new, last, replaced(let, operation=Apply(PRIMITIVES[name], arguments))]

    def apply(self, name: str, arguments: tuple[Atom, ...], span: Span, out: list[Statement]) -> Var:
        target = Var(self.ids(), "square")
        out.append(Let((target,), Apply(PRIMITIVES[name], arguments), span))
        return target


def _even_power(operation: Apply, norms: Norms) -> tuple[Apply | None, float]:
    """The norm that an operation raises to an even power, and half of it; None for another operation."""
    norm = norms.get(operation.arguments[0]) if operation.arguments else None
    if not isinstance(operation.primitive, Elementwise):  # `@` is a product too, and no power of elements
        return None, 0.0
    match operation.primitive.form, operation.arguments:
        case Form.SQUARE, _:
            return norm, 1.0
        case Form.PRODUCT, (_, other) if norm is not None and _are_one(norm, norms.get(other)):
            return norm, 1.0
        case Form.POWER, (_, Const(float(power))) if power > 0.0 and power % 2.0 == 0.0:
            return norm, power / 2.0
    return None, 0.0


def _are_one(a: Apply, b: Apply | None) -> bool:
    return b is not None and a.primitive is b.primitive and a.arguments == b.arguments


def _without_unused_norms(block: Block) -> Block:
    """The block without the norms that nothing takes any more."""
    used = set(all_atoms_of(block))

    def is_used(statement: Statement) -> bool:
        return _norm_of(statement) is None or statement.targets[0] in used

    def kept(block: Block) -> Walk[Block]:
        out: list[Statement] = []
        for statement in filter(is_used, block.statements):
            inner = []
            for part in statement.blocks:
                inner.append((yield kept(part)))
            out.append(changed(statement, blocks=inner) if inner else statement)
        return Block(tuple(out), block.results)

    return run(kept(block))
