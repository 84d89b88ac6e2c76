"""Derivatives given by rules: which directions a rule is asked about, and how its answers get onto a result.

A rule sees one direction at a time, never a batch of many. The direction carries a tag of its own, the
newest, so that what was computed from it can be told.
"""

from __future__ import annotations

from math import prod
from typing import Any

from vlad_py.differentiation.levels import (
    aligned,
    refuse_binder,
    shaped_like,
    tangent,
    unit_tangent,
    zero_of,
)
from vlad_py.differentiation.renaming import Renaming, free_leaves
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.chain import times
from vlad_py.numbers.forward.batch import Batch
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.observed.direction import Direction
from vlad_py.numbers.reverse.tape import Node, link_of, node
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.primitives.arithmetic import add, mul
from vlad_py.primitives.declare import internal
from vlad_py.primitives.primitive import Adjoint
from vlad_py.primitives.products import matmul
from vlad_py.primitives.shapes import broadcast_to, gather, reshape_to, stack_of, total
from vlad_py.primitives.structures import reals_of, refilled
from vlad_py.values.structure import distinct_leaves, is_data, leaves, transform
from vlad_py.values.values import (
    UNIT,
    Array,
    Binder,
    Number,
    Pullback,
    Value,
    is_array,
    is_numeric,
    list_items,
    make_list,
    shape_of,
    size_of,
)

Shape = tuple[int, ...]
TWO_ARGUMENTS = "a rule takes two arguments, `fn (x, v) => …`"


def _is_own(tag: int, value: Value) -> bool:
    return isinstance(value, Number) and value.tag == tag


def _is_forward(tag: int, point: Value) -> bool:
    return any(isinstance(leaf, (Dual, Taylor)) and leaf.tag == tag for leaf in free_leaves(point))


def _is_taylor(tag: int, point: Value) -> bool:
    return any(type(leaf) is Taylor and leaf.tag == tag for leaf in free_leaves(point))


internal("is_forward", 2, "Whether a tag on a structure is of forward mode.", _is_forward)
internal("is_taylor", 2, "Whether a tag on a structure is of Taylor polynomials.", _is_taylor)

# ── what a rule is asked ─────────────────────────────────────────────────────────────────────


def marked(tag: int, direction: Value) -> Value:
    """A direction that tells what was computed from it."""
    return transform(direction, lambda leaf: Direction(tag, leaf) if is_numeric(leaf) else leaf, once=True)


def is_direction(tag: int, value: Value) -> bool:
    """Whether a tag on a structure is that of a direction."""
    return any(type(leaf) is Direction and leaf.tag == tag for leaf in distinct_leaves(value))


def _direction(tag: int, point: Value) -> Value:
    """The direction that a point carries in forward mode. A function's is the record of those of what it
    captures, as in reverse mode. Where one is itself a derivative there are no such records, and the
    direction of a function is a function, its derivative.
    """
    if is_data(point) or any(isinstance(leaf, (Binder, Pullback)) for leaf in distinct_leaves(point)):
        return tangent(tag, point)
    return shaped_like(point, lambda leaf: tangent(tag, leaf))


def _refuse_derivatives(tag: int, point: Value) -> None:
    """RunError where a function that is itself a derivative carries a tag: its reals have no names."""
    for leaf in distinct_leaves(point):
        if isinstance(leaf, (Binder, Pullback)) and any(_is_own(tag, x) for x in free_leaves(leaf)):
            refuse_binder(leaf)


def _ways(tag: int, point: Value) -> Value:
    """The directions in which a rule is asked for the derivative at a point, a list of pairs:
    a number with the infinitesimal to multiply the answer by, and the direction.

    In forward mode it is the one that the point carries. For a batch of directions, and in reverse mode, they
    are the units of the reals that carry the tag, or of the batch its directions where these are fewer.
    """
    count = _directions_in(tag, point)
    if _is_forward(tag, point) and count is None and not _is_taylor(tag, point):
        return make_list([(Dual(tag, 0.0, 1.0), _direction(tag, point))])
    _refuse_derivatives(tag, point)
    if _is_taylor(tag, point):
        source = next(leaf for leaf in distinct_leaves(point) if type(leaf) is Taylor and leaf.tag == tag)
        return make_list([(source, _direction(tag, point))])
    active = [(i, real) for i, real in enumerate(reals_of(point)) if _is_own(tag, real)]
    if count is None or len(active) <= count:
        return make_list([(real, unit_tangent(point, i)) for i, real in active])
    directions = []
    for i in range(count):
        alone = _one_of(tag, point, i)
        unit = Batch(tag, Array(np.eye(1, count, i)[0]))
        directions.append((Dual(tag, 0.0, unit), _direction(tag, alone)))
    return make_list(directions)


def _directions_in(tag: int, point: Value) -> int | None:
    """How many directions the numbers of a tag carry; None where they do not carry a batch."""
    for leaf in free_leaves(point):
        if type(leaf) is Dual and leaf.tag == tag and type(leaf.tangent) is Batch and leaf.tangent.tag == tag:
            return shape_of(leaf.tangent.items)[0]
    return None


def _one_of(tag: int, point: Value, i: int) -> Value:
    """The point with one direction of its batch."""

    def leaf(value: Value) -> Value:
        if type(value) is Dual and value.tag == tag and type(value.tangent) is Batch:
            return Dual(tag, value.primal, gather(value.tangent.items, index=i))
        return value

    return transform(point, leaf, once=True)


internal("marked", 2, "marked(tag, v): v as the direction that a rule is given.", marked)
internal("is_direction", 2, "Whether a tag on a structure is that of a direction.", is_direction)
internal("ways", 2, "ways(tag, x): directions in which a rule is asked at x.", _ways)

# ── putting slopes on a result ───────────────────────────────────────────────────────────────


def _graft(tag: int, value: Value, pairs: Value) -> Value:
    """The value with its derivatives: for each pair, the slope that a rule gave times an infinitesimal."""
    sources, slopes = [], []
    for pair in list_items(pairs):
        assert type(pair) is tuple
        sources.append(pair[0])
        slopes.append(aligned(value, pair[1]))
    rows = zip(*slopes, strict=True)

    def leaf(result: Value) -> Value:
        row = next(rows) if slopes else ()
        if not is_numeric(result):
            return result
        for source, slope in zip(sources, row, strict=True):
            if slope != UNIT:
                result = add(result, _change(slope, source))
        return result

    try:
        return transform(value, leaf)
    except RunError as error:
        hint = "`rule(x, v)` has the shape of `f(x)`"
        if any(_is_stray_pair(value, pair[1]) for pair in list_items(pairs) if type(pair) is tuple):
            hint = f"{hint}; {TWO_ARGUMENTS}"
        raise RunError(f"the rule of `with_derivative`: {error.message}", hint=hint) from None


def _is_stray_pair(wanted: Value, given: Value) -> bool:
    """Whether a rule gave a pair where none fits. `fn x => 2 * x` does so: its x is the pair (x, v)."""
    return type(given) is tuple and len(given) == 2 and not (type(wanted) is tuple and len(wanted) == 2)


def _change(slope: Value, source: Any) -> Value:
    """slope · ξ, for the infinitesimal ξ that a source has in the differentiation that it belongs to.

    Its primal is 0. The slope may carry the same tag (ξ² = 0) or newer ones, which stay outside. For a Taylor
    polynomial it is the integral of the slope.
    """
    tag = source.tag
    if isinstance(slope, Number) and slope.tag > tag:
        if slope.by_pieces:
            return slope.mapped(lambda part: _change(part, source))
        assert isinstance(slope, Node)
        links = (link_of(slope), Adjoint(_change, source))
        return node(slope.tag, _change(slope.primal, source), links)
    if type(source) is Taylor:
        return source.integral(slope)
    while _is_own(tag, slope):
        slope = slope.primal  # type: ignore[attr-defined]
    if isinstance(source, Node):
        return node(tag, zero_of(slope), (source, slope))
    return Dual(tag, zero_of(slope), times(slope, source.tangent))


internal("graft", 3, "graft(tag, y, pairs): y with derivatives, pairs of sources and slopes.", _graft)

# ── of Taylor polynomials: what a function captures may vary with the same ε as its argument ──


def _retagged(old: int, new: int, value: Value) -> Value:
    """The value with a tag replaced."""
    return Renaming(old, new, lambda _: True)(value)


def _merged(own: int, tag: int, order: float, value: Value) -> Value:
    """The value with the infinitesimal of tag `own` set equal to that of the older `tag`."""
    source = Taylor(tag, [0.0], int(order))

    def leaf(value: Value) -> Value:
        if type(value) is not Taylor or value.tag != own:
            return value
        result = value.coefficients[0]
        for k, part in enumerate(value.coefficients[1:], 1):
            result = add(result, _raised(part, source, k))
        return result

    return transform(value, leaf, once=True)


def _raised(x: Value, source: Taylor, k: int) -> Value:
    """x · εᵏ, for the ε of a Taylor polynomial."""
    tag = source.tag
    if isinstance(x, Number) and x.tag > tag:
        if x.by_pieces:
            return x.mapped(lambda part: _raised(part, source, k))
        assert isinstance(x, Node)
        return node(x.tag, _raised(x.primal, source, k), (link_of(x), Adjoint(_raised, source, k)))
    parts = x.coefficients if type(x) is Taylor and x.tag == tag else [x]
    return Taylor(tag, [*[zero_of(parts[0])] * k, *parts], source.order)


def _order_of(tag: int, point: Value) -> Value:
    """The lowest order among the Taylor polynomials of a structure."""
    _refuse_derivatives(tag, point)
    return float(
        min(leaf.order for leaf in distinct_leaves(point) if type(leaf) is Taylor and leaf.tag == tag)
    )


internal("retagged", 3, "retagged(old, new, x): x with another tag.", _retagged)
internal("merged", 4, "merged(own, tag, n, y): y with one infinitesimal for both tags.", _merged)
internal("order_of", 2, "order_of(tag, x): the order of the Taylor polynomials in x.", _order_of)

# ── cotangents ───────────────────────────────────────────────────────────────────────────────


def _as_cotangent(point: Value, cotangent: Value) -> Value:
    """What a rule gave as a cotangent of a point, zeros in place of what it left out."""
    try:
        pairs = list(zip(leaves(point), aligned(point, cotangent), strict=True))
    except RunError as error:
        hint = "`rule(x, w)` has the shape of x"
        if _is_stray_pair(point, cotangent):
            hint = f"{hint}; {TWO_ARGUMENTS}"
        raise RunError(f"the rule of `with_pullback`: {error.message}", hint=hint) from None
    parts = iter([zero_of(leaf) if part == UNIT else part for leaf, part in pairs if is_numeric(leaf)])
    return shaped_like(point, lambda _: next(parts))


def _inner(point: Value, cotangent: Value, tangent: Value) -> Value:
    """The scalar product of a cotangent and a tangent of a point."""
    result: Value = 0.0
    for a, b in zip(aligned(point, cotangent), aligned(point, tangent), strict=True):
        if a != UNIT and b != UNIT:
            product = mul(a, b)
            result = add(result, total(product, axis=None) if is_array(product) else product)
    return result


def _by_rows(tag: int, point: Value, value: Value, rows: Value) -> Value:
    """Pairs of sources and slopes for `graft`, in forward mode, from a cotangent of the point for each real
    of the value.
    """
    _refuse_derivatives(tag, point)
    cotangents = list(list_items(rows))
    if _directions_in(tag, point) is None:
        way = next(leaf for leaf in distinct_leaves(point) if _is_own(tag, leaf))
        source = way if type(way) is Taylor else Dual(tag, 0.0, 1.0)
        direction = _direction(tag, point)
        slope = [_inner(point, cotangent, direction) for cotangent in cotangents]
        return make_list([(source, _filled(value, slope))])
    columns = zip(*[list(reals_of(cotangent)) for cotangent in cotangents], strict=True)
    pairs = zip(reals_of(point), columns, strict=True)
    return make_list([(real, _filled(value, column)) for real, column in pairs if _is_own(tag, real)])


def _filled(value: Value, numbers: Any) -> Value:
    supply = iter(numbers)
    return shaped_like(value, lambda leaf: refilled(leaf, supply))


internal("as_cotangent", 2, "as_cotangent(x, w): w, a cotangent of x, with all its zeros.", _as_cotangent)
internal("inner", 3, "inner(x, w, v): the scalar product of a cotangent and a tangent of x.", _inner)
internal("by_rows", 4, "by_rows(tag, x, y, rows): sources and slopes from cotangents.", _by_rows)

# ── rules of reverse mode ────────────────────────────────────────────────────────────────────


def _graft_rows(tag: int, point: Value, value: Value, rows: Value) -> Value:
    """The value with its derivatives on the tape of the point; `rows` has a cotangent of the point for
    each real of the value.
    """
    _refuse_derivatives(tag, point)
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
                result = add(result, _change_of(source, slope, shape))
        return result

    return transform(value, leaf)


def _change_of(source: Node, slope: Value, shape: Shape) -> Value:
    """The slope times the change of a node, a number of a shape whose primal is 0."""
    tag = source.tag
    if isinstance(slope, Number) and slope.tag > tag:
        # newer tags stay outside: the primitives see to that
        change = node(tag, zero_of(source), (link_of(source), 1.0))
        column = reshape_to(change, shape=(size_of(source), 1))
        return reshape_to(matmul(_matrix(slope, shape), column), shape=shape)
    if isinstance(slope, Number) and slope.tag == tag:
        slope = slope.primal
    partial = Adjoint(_combined, slope, shape=shape, target=shape_of(source)) if shape else slope
    return node(tag, broadcast_to(0.0, shape), (link_of(source), partial))


def _combined(cotangent: Value, slope: Value, shape: Shape, target: Shape) -> Value:
    row = reshape_to(cotangent, shape=(1, prod(shape)))
    return reshape_to(matmul(row, _matrix(slope, shape)), shape=target)


def _matrix(slope: Value, shape: Shape) -> Value:
    return reshape_to(slope, shape=(prod(shape), -1))


internal(
    "graft_rows", 4, "graft_rows(tag, x, y, rows): y with its derivatives with respect to x.", _graft_rows
)
