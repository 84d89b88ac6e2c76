"""Derivatives given by rules: what a rule in reverse mode says is put on a result, and batches of tangents
are taken apart for functions that know nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from vlad_py.differentiation.levels import aligned, shaped_like, zero_of
from vlad_py.ground.errors import RunError
from vlad_py.numbers.forward.batch import Batch
from vlad_py.numbers.reverse.tape import Node, link_of, node
from vlad_py.primitives.arithmetic import add, mul
from vlad_py.primitives.declare import structural
from vlad_py.primitives.linear_algebra import matmul
from vlad_py.primitives.primitive import Adjoint
from vlad_py.primitives.shapes import broadcast_to, gather, reshape_to, stack_of, total
from vlad_py.values.values import (
    UNIT,
    Number,
    Value,
    is_array,
    is_numeric,
    leaves,
    list_items,
    make_list,
    shape_of,
    size_of,
    transform,
)

Shape = tuple[int, ...]


def _internal(name: str, arity: int, doc: str, value: Callable[..., Value]) -> None:
    structural(name, arity, doc=doc, value=value, internal=True)


# ── cotangents ───────────────────────────────────────────────────────────────────────────────


def _as_cotangent(point: Value, cotangent: Value) -> Value:
    """What a rule gave as a cotangent of a point, zeros in place of what it left out."""
    try:
        pairs = list(zip(leaves(point), aligned(point, cotangent), strict=True))
    except RunError as error:
        hint = "`rule(x, w)` has the shape of x"
        raise RunError(f"the rule of `with_pullback`: {error.message}", hint=hint) from None
    parts = iter([zero_of(leaf) if part == UNIT else part for leaf, part in pairs if is_numeric(leaf)])
    return shaped_like(point, lambda _: next(parts))


def _inner(point: Value, cotangent: Value, tangent: Value) -> Value:
    """The scalar product of a cotangent and a tangent of a point."""
    result: Value = 0.0
    for a, b in zip(aligned(point, cotangent), aligned(point, tangent), strict=True):
        if a != UNIT and b != UNIT:
            product = mul(a, b)
            result = add(result, total(product, None) if is_array(product) else product)
    return result


_internal("as_cotangent", 2, "as_cotangent(x, w): w, a cotangent of x, with all its zeros.", _as_cotangent)
_internal("inner", 3, "inner(x, w, v): the scalar product of a cotangent and a tangent of x.", _inner)

# ── rules of reverse mode ────────────────────────────────────────────────────────────────────


def _graft_rows(tag: int, point: Value, value: Value, rows: Value) -> Value:
    """The value with its derivatives on the tape of the point; `rows` has a cotangent of the point for
    each real of the value.
    """
    sources = [leaf for leaf in leaves(point) if is_numeric(leaf)]
    rest = (tuple(filter(is_numeric, leaves(row))) for row in list_items(rows))

    def leaf(result: Value) -> Value:
        if not is_numeric(result):
            return result
        shape = shape_of(result)
        own = [next(rest) for _ in range(size_of(result))]
        for i, source in enumerate(sources):
            if own and isinstance(source, Node) and source.tag == tag:
                slopes = tuple([row[i] for row in own])
                slope = stack_of(slopes) if shape else slopes[0]
                result = add(result, _change(source, slope, shape))
        return result

    return transform(value, leaf)


def _change(source: Node, slope: Value, shape: Shape) -> Value:
    """The slope times the change of a node, a number of a shape whose primal is 0."""
    tag = source.tag
    if isinstance(slope, Number) and slope.tag > tag:
        # newer tags stay outside: the primitives see to that
        change = node(tag, zero_of(source), (link_of(source), 1.0))
        column = reshape_to(change, (size_of(source), 1))
        return reshape_to(matmul(_matrix(slope, shape), column), shape)
    if isinstance(slope, Number) and slope.tag == tag:
        slope = slope.primal
    partial = Adjoint(_combined, slope, shape, shape_of(source)) if shape else slope
    return node(tag, broadcast_to(0.0, shape), (link_of(source), partial))


def _combined(cotangent: Value, slope: Value, shape: Shape, target: Shape) -> Value:
    row = reshape_to(cotangent, (1, prod(shape)))
    return reshape_to(matmul(row, _matrix(slope, shape)), target)


def _matrix(slope: Value, shape: Shape) -> Value:
    return reshape_to(slope, (prod(shape), -1))


_internal("graft_rows", 4, "graft_rows(tag, x, y, rows): y with its derivatives by x.", _graft_rows)

# ── batches ──────────────────────────────────────────────────────────────────────────────────


def _is_batch(tag: int, value: Value) -> bool:
    return any(type(leaf) is Batch and leaf.tag == tag for leaf in leaves(value))


def _unbatched(tag: int, value: Value) -> Value:
    """The structures of which a structure of batches is made, a list."""
    count = next(shape_of(leaf.items)[0] for leaf in leaves(value) if type(leaf) is Batch and leaf.tag == tag)

    def item(i: int) -> Value:
        def leaf(value: Value) -> Value:
            return gather(value.items, i) if type(value) is Batch and value.tag == tag else value

        return transform(value, leaf)

    return make_list([item(i) for i in range(count)])


def _batched(tag: int, structures: Value) -> Value:
    """Structures of one shape as one whose reals and arrays are batches."""
    first, *_ = items = list(list_items(structures))
    columns = zip(*map(leaves, items), strict=True)

    def leaf(value: Value) -> Value:
        column = next(columns)
        return Batch(tag, stack_of(column)) if is_numeric(value) else value

    return transform(first, leaf)


_internal("is_batch", 2, "Whether a structure holds tangents of many directions.", _is_batch)
_internal("unbatched", 2, "unbatched(tag, x): the list of structures that x stands for.", _unbatched)
_internal("batched", 2, "batched(tag, list): the structure that stands for many.", _batched)
