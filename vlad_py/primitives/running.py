"""Running products and extremes, and differences of neighbours, along an axis."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import mul, sub
from vlad_py.primitives.axes import one_axis
from vlad_py.primitives.declare_arrays import axial
from vlad_py.primitives.moving import gather_along, order_along
from vlad_py.primitives.shapes import gather, joined, move_axis, plain_data
from vlad_py.values.show import not_numbers
from vlad_py.values.values import Array, Value, is_function, shape_of


def _along(name: str, of_rows: Callable[[Value], Value]) -> Callable[[Value, int | None], Value]:
    """A function of an array along its first dimension, as one along an axis."""

    def function(x: Value, axis: int | None) -> Value:
        place = one_axis(name, x, axis)
        if not place:
            return of_rows(x)
        return move_axis(of_rows(move_axis(x, source=place, target=0)), source=0, target=place)

    return function


def _differenced(x: Value, axis: int | None) -> Value:
    """The differences of neighbours. RunError for a function, which `diff` of other tools differentiates."""
    if any(map(is_function, x if type(x) is tuple else (x,))):
        raise not_numbers("`diff` expects an array", x, hint="write `derivative(f)(x)`")
    return _along("diff", _differences)(x, axis)


def _differences(x: Value) -> Value:
    return sub(gather(x, index=slice(1, None)), gather(x, index=slice(0, max(shape_of(x)[0] - 1, 0))))


axial(
    "diff",
    by_shape=True,
    doc="The differences of neighbours in a vector, x[i + 1] - x[i], one less than it has elements; for a "
    "matrix along an axis: `diff(m, {axis: 0})`.",
    example="diff([1, 4, 9])",
    function=_differenced,
)


def _products(x: Value) -> Value:
    # of each element with the one 1, 2, 4 … before it: no quotients, so derivatives are right at zeros too
    count, step = shape_of(x)[0], 1
    while step < count:
        before, rest = gather(x, index=slice(0, count - step)), gather(x, index=slice(step, None))
        x = joined((gather(x, index=slice(0, step)), mul(before, rest)))
        step *= 2
    return x


axial(
    "cumprod",
    by_shape=True,
    doc="The running products of a vector; for a matrix along an axis: `cumprod(m, {axis: 0})`. Its "
    "derivative is correct also at zeros.",
    example="cumprod([1, 2, 3]), gradient(fn x => cumprod(x)[2])([1, 0, 3])",
    function=_along("cumprod", _products),
)


def _reached(data: np.ndarray, greatest: bool) -> np.ndarray:
    """Where along the first dimension the greatest so far was first met; a nan stays."""
    so_far = (np.maximum if greatest else np.minimum).accumulate(data, 0)
    is_new = np.ones(data.shape, bool)
    is_new[1:] = (so_far[1:] != so_far[:-1]) & ~np.isnan(so_far[:-1])
    count = np.arange(len(data)).reshape(-1, *(1,) * (data.ndim - 1))
    return np.maximum.accumulate(np.where(is_new, count, 0), 0)


def _extremes(x: Value, greatest: bool) -> Value:
    return gather_along(x, _reached(plain_data(x), greatest), 0)


for _name, _greatest, _adjective in (("cummax", True, "greatest"), ("cummin", False, "least")):
    axial(
        _name,
        item_by_item="the order of elements differs between items",
        doc=f"The {_adjective} so far of a vector's elements, from the first on; for a matrix along an axis: "
        f"`{_name}(m, {{axis: 0}})`. Its derivative is that of the {_adjective}, of equal ones the first; "
        "nan from the first nan on.",
        example=f"{_name}([1, 3, 2])",
        function=_along(_name, partial(_extremes, greatest=_greatest)),
    )


def _order(x: Value, axis: int | None) -> Value:
    place = one_axis("argsort", x, axis)
    return Array(order_along(plain_data(x), place).astype(np.float64))


axial(
    "argsort",
    item_by_item="the order of elements differs between items",
    doc="The indices of an array's elements from the least to the greatest: x[argsort(x)] is sort(x); equal "
    "ones keep their order, nan comes last. For a matrix: `argsort(m, {axis: 0})`. It has no derivative.",
    example="argsort([3, 1, 2])",
    function=_order,
)
