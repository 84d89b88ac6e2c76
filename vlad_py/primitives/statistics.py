"""Variance, median and quantiles of samples; places in a table, and values between its entries."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.apart import of_elements, with_options
from vlad_py.primitives.arithmetic import NAN, add, div, mul, sub
from vlad_py.primitives.axes import array_of, checked_axis, split_options, whole_number
from vlad_py.primitives.choice import Mask, constant, is_above, select
from vlad_py.primitives.declare import structural
from vlad_py.primitives.declare_arrays import axial
from vlad_py.primitives.many import OF_ONE, no_reals, reals
from vlad_py.primitives.moving import gather_along, order_along
from vlad_py.primitives.primitive import MANY, PRIMITIVES, numeric
from vlad_py.primitives.reductions import count_along
from vlad_py.primitives.shapes import (
    data_of,
    gather,
    in_line,
    move_axis,
    plain_data,
    spread,
    stack_of,
    total,
    wrapped,
)
from vlad_py.primitives.singular import no_slope
from vlad_py.values.show import describe, not_numbers, show, where_numbers_belong
from vlad_py.values.values import (
    Array,
    Cons,
    Value,
    is_array,
    is_numeric,
    is_real,
    list_items,
    plain,
    shape_of,
)


def _samples(name: str, xs: Value) -> Value:
    """An array of at least one real: an array itself, or the reals of a tuple or a list."""
    if not is_array(xs):
        items = tuple([numeric(PRIMITIVES[name], i, x) for i, x in enumerate(reals(name, xs, OF_ONE))])
        xs = stack_of(items) if items else Array(np.zeros(0))
    if 0 in shape_of(xs):
        raise no_reals(name, describe(xs))
    return xs


# ── variance ─────────────────────────────────────────────────────────────────────────────────


def _spread(name: str, argument: Value) -> Value:
    given, options = split_options(name, argument, ("axis", "keepdims", "ddof"))
    less = None if options is None else options.get("ddof")
    freedom = 0 if less is None else whole_number(name, "`ddof`", less, 0.0)
    return with_options(name, partial(_spread_along, name, freedom), _samples(name, given), options)


def _spread_along(name: str, freedom: int, x: Value, axis: int | None) -> Value:
    axis = checked_axis(name, x, axis)
    count = count_along(x, axis)
    if freedom >= count:
        raise RunError(f"`{name}` with `ddof` {freedom} expects more than {freedom} reals, got {count:.0f}")
    off = sub(x, spread(div(total(x, axis=axis), count), shape_of(x), axis))
    if name == "var":
        return div(total(mul(off, off), axis=axis), count - freedom)
    # the norm has a slope at 0, the square root of a variance has none
    return div(PRIMITIVES["norm_of"].apply(off, axis=axis), math.sqrt(count - freedom))


for _name, _text, _more in (
    ("var", "The variance of a tuple, a list or an array of reals: the mean of (x - mean(x)) ^ 2", ""),
    ("std", "The standard deviation, the root of the variance", " Where all are equal, its derivative is 0."),
):
    structural(
        _name,
        MANY,
        by_shape=True,
        doc=f"{_text}; along an axis: `{_name}(m, {{axis: 0}})`. With `{{ddof: 1}}` the sum is divided by "
        f"n - 1, in place of n.{_more}",
        example=f"{_name}([1, 2, 3, 4]), {_name}([1, 3], {{ddof: 1}})",
        value=lambda argument, name=_name: _spread(name, argument),
    )

# ── quantiles ────────────────────────────────────────────────────────────────────────────────


def _between(x: Value, q: Value, axis: int | None) -> Value:
    """The quantile along an axis, or of all elements: sorted, and linear between two of them."""
    rows = in_line(x) if axis is None else move_axis(x, source=axis, target=0)
    data = plain_data(rows)
    rows = gather_along(rows, order_along(data, 0), 0)
    last = len(data) - 1
    level: Any = plain(q)
    low = min(int(level * last), max(last - 1, 0))
    weight = sub(mul(q, float(last)), float(low))
    below = gather(rows, index=low)
    # where the weight is 0, an infinity above does not count
    result = below if last == 0 or weight == 0.0 else _mixed(below, gather(rows, index=low + 1), weight)
    unknown = np.isnan(data).any(0)
    return add(result, wrapped(np.where(unknown, NAN, 0.0))) if unknown.any() else result


def _mixed(low: Value, high: Value, weight: Value) -> Value:
    return add(mul(sub(1.0, weight), low), mul(weight, high))


def _median(xs: Value, axis: int | None) -> Value:
    x = _samples("median", xs)
    return _between(x, 0.5, checked_axis("median", x, axis))


axial(
    "median",
    reduces=True,
    item_by_item="the order of elements differs between items",
    doc="The median of a tuple, a list or an array of at least one real: the one in the middle, or the mean "
    "of the two there; nan if one of them is nan. Along an axis: `median(m, {axis: 0})`. Its derivative is "
    "that of what is in the middle.",
    example="median([3, 1, 2]), median([[1, 2], [3, 5]], {axis: 0})",
    function=_median,
)


def _quantile(argument: Value) -> Value:
    given, options = split_options("quantile", argument, ("axis", "keepdims"))
    if type(given) is not tuple or len(given) != 2:
        raise not_numbers("`quantile` expects reals and a level between 0 and 1", given)
    x, q = _samples("quantile", given[0]), given[1]
    if len(shape_of(q)) == 1:
        levels = [_checked_level(level) for level in of_elements(q)]
    elif isinstance(q, Cons):
        levels = [_checked_level(level) for level in list_items(q)]
    else:
        return with_options("quantile", partial(_level_along, _checked_level(q)), x, options)
    if not levels:
        raise RunError(f"`quantile` expects at least one level, got {describe(q)}")
    return stack_of(
        tuple([with_options("quantile", partial(_level_along, level), x, options) for level in levels])
    )


def _checked_level(q: Value) -> Value:
    level = plain(q)
    if type(level) is not float or not 0.0 <= level <= 1.0:
        got = show(level) if type(level) is float else describe(q)
        error = RunError(f"`quantile` expects a level between 0 and 1, or a vector of levels, got {got}")
        raise where_numbers_belong(error, q)
    return q


def _level_along(q: Value, x: Value, axis: int | None) -> Value:
    return _between(x, q, checked_axis("quantile", x, axis))


structural(
    "quantile",
    MANY,
    item_by_item="the order of elements differs between items",
    doc="quantile(xs, q): the real below which the share q of a tuple, a list or an array of reals lies, "
    "linear between two neighbours; quantile(xs, 0.5) is the median. Along an axis: "
    "`quantile(m, 0.9, {axis: 0})`. For a vector of shares, an array with a row for each. It is "
    "differentiable in xs and in q.",
    example="quantile([1, 2, 3, 4], 0.25), quantile([1, 2, 3, 4], [0, 0.5, 1])",
    value=_quantile,
)

# ── tables ───────────────────────────────────────────────────────────────────────────────────


def _table(name: str, xs: Value) -> np.ndarray:
    """The reals of a vector that rises. RunError for anything else."""
    if len(array_of(name, xs)) != 1:
        raise not_numbers(f"`{name}` expects a vector", xs)
    data = plain_data(xs)
    if not (np.diff(data) >= 0.0).all() or np.isnan(data).any():
        raise RunError(f"`{name}` expects a vector in rising order", hint="`sort(xs)` puts it in order")
    return data


def _searchsorted(argument: Value) -> Value:
    given, options = split_options("searchsorted", argument, ("side",))
    if type(given) is not tuple or len(given) != 2:
        hint = "write `searchsorted(xs, x)`"
        raise not_numbers("`searchsorted` expects a vector and what to look for", given, hint=hint)
    xs, x = given
    side = "left" if options is None else options.get("side")
    if side not in ("left", "right"):
        got = f'"{side}"' if isinstance(side, str) else describe(side)
        raise RunError(f'the side of `searchsorted` is "left" or "right", got {got}')
    data = _table("searchsorted", xs)
    if not is_numeric(x):
        raise not_numbers("`searchsorted` expects a real or an array to look for", x)
    sought = np.array([plain(x)]) if is_real(x) else plain_data(x)
    found = np.searchsorted(data, sought, "right" if side == "right" else "left").astype(np.float64)
    return float(found[0]) if is_real(x) else Array(found)


structural(
    "searchsorted",
    MANY,
    item_by_item="the order of elements differs between items",
    doc="searchsorted(xs, x): how many elements of a vector in rising order are below x, for a real or each "
    'element of an array: the index at which x keeps it in order; with `{side: "right"}` how many are not '
    "above x. It has no derivative.",
    example='searchsorted([1, 2, 3], [0, 2, 9]), searchsorted([1, 2, 3], 2, {side: "right"})',
    value=_searchsorted,
)


def _interp(x: Value, xs: Value, ys: Value) -> Value:
    data = _table("interp", xs)
    if shape_of(ys) == data.shape and len(data) < 2:
        raise RunError(f"`interp` expects at least two points, got {len(data)}")
    if shape_of(ys) != data.shape or not (np.diff(data) > 0.0).all():
        message = "`interp` expects two vectors of the same length, the first in rising order"
        hint = "the point comes first: `interp(x, xs, ys)`"
        raise RunError(f"{message}, got {describe(xs)} and {describe(ys)}", hint=hint)
    if not is_numeric(x):
        raise not_numbers("`interp` expects a real or an array", x)
    point: Any = plain(x) if is_real(x) else plain_data(x)
    places: Any = np.clip(np.searchsorted(data, point, "right") - 1, 0, len(data) - 2)
    places = int(places) if is_real(x) else places
    x0, y0 = gather(xs, index=places), gather(ys, index=places)
    x1, y1 = gather(xs, index=places + 1), gather(ys, index=places + 1)
    below, above = is_above(gather(xs, index=0), x), is_above(x, gather(xs, index=len(data) - 1))
    inside = select(below, x0, select(above, x0, x))  # the value that is not chosen must be finite
    inner = add(y0, mul(sub(inside, x0), div(sub(y1, y0), sub(x1, x0))))
    table = plain(ys)
    if type(table) is Array and not np.isfinite(table.data).all():
        inner = _beside_infinities(inner, inside, (x0, x1), (y0, y1))
    first, last = gather(ys, index=0), gather(ys, index=len(data) - 1)
    return select(below, first, select(above, last, inner))


def _beside_infinities(
    inner: Value, x: Value, ends: tuple[Value, Value], values: tuple[Value, Value]
) -> Value:
    """What lies between two values of a table, where one of them is not finite: that one, and at an end what
    the table has there. Such a value has no derivative.
    """
    at, x0, x1, y0, y1 = (np.asarray(data_of(constant(a))) for a in (x, *ends, *values))
    between = np.where(np.isfinite(y0), y1, np.where(np.isfinite(y1) | (y0 == y1), y0, math.nan))
    found = np.where(at == x0, y0, np.where(at == x1, y1, between))
    singular = ~(np.isfinite(y0) & np.isfinite(y1))
    if found.ndim == 0:
        return add(float(found), no_slope(x, add(*values))) if singular else inner
    return select(Mask(singular), add(Array(found), no_slope(x, add(*values))), inner)


structural(
    "interp",
    3,
    item_by_item="the order of elements differs between items",
    doc="interp(x, xs, ys): the real at x of the function that is linear between the points (xs[i], ys[i]), "
    "for xs in rising order; before the first and after the last it stays. It is differentiable in all "
    "three; at a point its slope is that to the right.",
    example="interp(1.5, [1, 2, 3], [10, 20, 0])",
    value=_interp,
)
