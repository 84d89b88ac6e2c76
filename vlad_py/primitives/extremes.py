"""The greatest and the least: reductions that choose one of what they get."""

from __future__ import annotations

import builtins
from collections.abc import Callable

from vlad_py.primitives.arithmetic import INF, NAN, REAL, add, div, mul
from vlad_py.primitives.behaviour import Together
from vlad_py.primitives.choice import Condition, is_above, is_chosen, narrowed, same, select, taken
from vlad_py.primitives.declare import reduction
from vlad_py.primitives.declare_arrays import along
from vlad_py.primitives.primitive import Adjoint, Apply, Rule, sparse
from vlad_py.primitives.reductions import along_axis, by_elements, by_name, has_nan
from vlad_py.primitives.shapes import broadcast_to, spread, total, wrapped
from vlad_py.values.values import Value, shape_of


def _shares(y: Value, xs: tuple[Value, ...]) -> tuple[Value, ...]:
    """Equal shares of 1 for those that equal y; None for the others, which are not taken."""
    conditions = [is_chosen(x, y) for x in xs]
    hits = [select(condition, 1.0, 0.0) for condition in conditions]
    count: Value = 0.0
    for hit in hits:
        count = add(count, hit)
    count = narrowed(count, 1.0, INF)  # one of them equals y
    if all(condition is False for condition in conditions):  # y is nan
        return tuple(div(hit, count) for hit in hits)
    return tuple(taken(condition, div(hit, count)) for condition, hit in zip(conditions, hits, strict=True))


def _shares_of(y: Value, x: Value, axis: int | None) -> Value:
    hits = select(same(x, y), broadcast_to(1.0, shape_of(x)), 0.0)
    share = div(1.0, narrowed(total(hits, axis=axis), 1.0, INF))  # one division for all that share
    return mul(hits, spread(share, shape_of(x), axis))  # where y is nan, 0 times inf


def _taken(name: str, is_beyond: Callable[[Value, Value], Condition]) -> Apply:
    """A choice among an array's elements along an axis (None: all). `is_beyond(y, x)` says where the result y
    is none of the elements x, and is not nan: there nothing passes, not even 0 times an infinity.
    """

    def share(term: Value, y: Value, x: Value, axis: int | None) -> Value:
        y = spread(y, shape_of(x), axis)
        return select(is_beyond(y, x), 0.0, mul(_shares_of(y, x, axis), term))

    def back(cotangent: Value, y: Value, x: Value, *, axis: int | None) -> Value:
        return share(spread(cotangent, shape_of(x), axis), y, x, axis)

    sparse(back, conditions=2)
    return along(
        f"{name}_of",
        doc=f"{name}_of(x, axis): `{name}` of an array's elements along an axis; of all if it is none.",
        value=lambda x, *, axis: wrapped(by_name(name)(x.data, axis)),
        rule=Rule(
            lambda t, y, x, *, axis: total(share(t, y, x, axis), axis=axis),
            lambda y, x, *, axis: Adjoint(back, y, x, axis=axis),
        ),
        reduces=name,
        drops=True,
        text=name,
        latex=rf"\{name}",
        cost=1,
    )


max_of = _taken("max", is_above)
min_of = _taken("min", lambda y, x: is_above(x, y))

max = reduction(
    "max",
    behaviour=Together.GREATEST,
    of_conditions=True,
    doc="The greatest of a tuple, a list or an array of at least one real; nan if one of them is nan. "
    "Its derivative is that of the greatest; at a tie the equal ones share it equally.",
    example="max(1, 3, 2), max([1, 5], 3), gradient(max)(1, 3, 2)",
    value=lambda xs: NAN if has_nan(xs) else builtins.max(xs),
    native="fold(maximum(a, x), x)",
    partials=_shares,
    probe=REAL,
    edges=(
        ((1.0, 3.0), 3.0, (0.0, 1.0)),
        ((3.0, 3.0), 3.0, (0.5, 0.5)),
        ((2.0, 2.0, 1.0, 2.0), 2.0, (1 / 3, 1 / 3, 0.0, 1 / 3)),
        ((1.0, INF), INF, (0.0, 1.0)),
        ((1.0, NAN), NAN, (NAN, NAN)),
    ),
    nonempty=True,
    along=along_axis("max", max_of, nonempty=True),
    elementwise=by_elements("max", max_of, mixes=True),
    latex=r"\max",
    cost=1,
)

min = reduction(
    "min",
    behaviour=Together.LEAST,
    of_conditions=True,
    doc="The least of a tuple, a list or an array of at least one real; nan if one of them is nan. "
    "Its derivative is that of the least; at a tie the equal ones share it equally.",
    example="min(1, 3, 2), min([[1, 2], [0, 4]], {axis: 1})",
    value=lambda xs: NAN if has_nan(xs) else builtins.min(xs),
    native="fold(minimum(a, x), x)",
    partials=_shares,
    probe=REAL,
    edges=(
        ((1.0, 3.0), 1.0, (1.0, 0.0)),
        ((3.0, 3.0), 3.0, (0.5, 0.5)),
        ((1.0, -INF), -INF, (0.0, 1.0)),
        ((1.0, NAN), NAN, (NAN, NAN)),
    ),
    nonempty=True,
    along=along_axis("min", min_of, nonempty=True),
    elementwise=by_elements("min", min_of, mixes=True),
    latex=r"\min",
    cost=1,
)
