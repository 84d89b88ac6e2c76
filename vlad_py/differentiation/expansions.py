"""Taylor polynomials on a level of differentiation: putting a structure on a curve, taking derivatives off.

Source of the tensors: A. Griewank, J. Utke, A. Walther, "Evaluating higher derivative tensors by forward
propagation of univariate Taylor series", Mathematics of Computation 69 (2000), theorem 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache, partial
from itertools import combinations_with_replacement, product
from math import comb, factorial, lcm, prod
from typing import TypeAlias

from vlad_py.differentiation.levels import (
    aligned,
    no_tangent,
    refuse_binder,
    shaped_like,
    taken_off,
    zero_of,
)
from vlad_py.ground.asking import OPERATIONS_A_STEP, ask_elements, ask_work, take
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.interval.interval import Bounds
from vlad_py.numbers.taylor.recurrences import STEPS
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.primitives.arithmetic import div, mul
from vlad_py.primitives.axes import check_dimensions
from vlad_py.primitives.declare import internal
from vlad_py.primitives.shapes import data_of, gather, stack_of, total
from vlad_py.primitives.structures import refilled
from vlad_py.values.show import show
from vlad_py.values.structure import data_parts, leaves, transform
from vlad_py.values.values import (
    UNIT,
    Array,
    Binder,
    Number,
    Value,
    is_function,
    is_numeric,
    list_items,
    make_list,
    plain,
    size_of,
)

MOST_ORDER = 10_000  # of an expansion, which takes some 40 seconds then

Orders: TypeAlias = tuple[int, ...]


def expand(tag: int, point: Value, direction: Value, length: tuple[float, float]) -> Value:
    """The structure on the line point + h · direction · ε, up to εⁿ, where `length` is the pair of n and h.

    RunError where the shapes differ, or n is above MOST_ORDER.
    """
    order, step = length
    if order > MOST_ORDER:
        raise RunError(
            f"Taylor arithmetic goes up to the order {MOST_ORDER}, got {show(order)}",
            hint="its cost grows as the square of the order",
        )
    tangents = aligned(point, direction)

    def leaf(value: Value) -> Value:
        tangent = next(tangents)
        if not is_numeric(value):
            refuse_binder(value)
            return value
        is_there = tangent != UNIT and not (type(tangent) is float and tangent == 0.0)
        if not is_there:
            return value
        there = None
        if type(tangent) is Array and not tangent.data.all():
            there = tangent.data != 0.0
            if not there.any():
                return value
        return Taylor(tag, [value, mul(step, tangent)], int(order), there)

    return transform(point, leaf)


def _curve(tag: int, point: Value, parts: Value) -> Value:
    """The structure point + Σ partₖ εᵏ, from k = 1, for a list of parts such as `_coefficients` gives."""
    several = [leaves(part) for part in list_items(parts)]

    def leaf(value: Value) -> Value:
        row = [next(part) for part in several]
        if not is_numeric(value):
            return value
        there = None
        if all(type(part) in (float, Array) for part in row):
            there = np.any([np.asarray(data_of(part)) != 0.0 for part in row], axis=0)
            if not there.any():
                return value
        return Taylor(tag, [value, *row], len(row), None if there is None or there.all() else there)

    return transform(point, leaf)


def _coefficients(tag: int, point: Value, order: float) -> Value:
    """The coefficients of ε, ε², …, εⁿ in a structure: a list of n structures of its shape, where functions
    capture coefficients. A derivative that is a function becomes `()`; it must not depend on ε.
    """

    def at(k: int) -> Value:
        part = partial(_part, tag, k, 1.0, 1)
        return transform(
            point, lambda leaf: part(leaf) if is_numeric(leaf) else UNIT if is_function(leaf) else leaf
        )

    return make_list([at(k) for k in range(1, int(order) + 1)])


def coefficient(tag: int, value: Value, order: Value) -> Value:
    """What stands with (hε)ᵏ in a result, for k above 0; of a function, again a function. `order` is the pair
    of k and h, the step that the curve was made with.
    """
    return _taken(coefficient, tag, value, order)


def higher_derivative(tag: int, value: Value, order: Value) -> Value:
    """The k-th derivative that a result carries, as `coefficient` takes its coefficient off."""
    return _taken(higher_derivative, tag, value, order)


def _taken(extract: Callable[[int, Value, Value], Value], tag: int, value: Value, order: Value) -> Value:
    assert type(order) is tuple
    k, step = int(order[0]), float(order[1])
    part = partial(_part, tag, k, step, 1 if extract is coefficient else _factorial(k))

    def leaf(value: Value) -> Value:
        if is_numeric(value):
            return part(value)
        return Binder(extract, tag, value, order) if is_function(value) else no_tangent(value)

    return transform(value, leaf, data_parts, once=True)


_newest = [(0, 1)]  # k and k! of the last call


def _factorial(k: int) -> int:
    """k!, by one product if the last call was for k - 1."""
    last, value = _newest[0]
    value = value * k if last == k - 1 else value if last == k else factorial(k)
    _newest[0] = k, value
    return value


def _part(tag: int, k: int, step: float, weight: int, value: Value) -> Value:
    if isinstance(value, Number) and value.by_pieces and value.tag > tag:
        return value.mapped(partial(_part, tag, k, step, weight))
    if not isinstance(value, Taylor) or value.tag != tag:
        return zero_of(value)
    return _weighted(taken_off(tag, value.coefficient(k)), weight, k, step)


LAST_FACTORIAL = 170  # the last that a real can hold


def _step(order: float) -> float:
    """A power of 2 by which to go along a curve, so that neither the coefficients of the highest orders nor
    the factorials that make derivatives of them are beyond what a real can hold.
    """
    return 1.0 if order <= LAST_FACTORIAL else 2.0 ** math.floor(math.log2(order / math.e))


def _weighted(x: Value, weight: int, k: int, step: float) -> Value:
    """The coefficient x of the order k, times a weight that is 1 or k!, without the step."""
    if weight == 1 and step == 1.0:
        return x
    if type(plain(x)) is Bounds:
        take(k, STEPS)
        for i in range(1, k + 1):
            x = mul((i if weight != 1 else 1) / step, x)  # each of them is exactly a real
        return x
    above, below = step.as_integer_ratio()
    doublings = (above & -above).bit_length() - 1  # which shift, where powers of large numbers take long
    try:
        return mul(weight * below**k / ((above >> doublings) ** k << k * doublings), x)
    except OverflowError:
        return mul(math.inf, x)


def _lowered(tag: int, point: Value) -> Value:
    def leaf(value: Value) -> Value:
        if not isinstance(value, Number) or value.tag < tag:
            return value
        return value.lowered if isinstance(value, Taylor) else value.primal

    return transform(point, leaf)


internal("expand", 4, "expand(tag, x, v, (n, h)): x + h v ε up to the power n.", expand)
internal("curve", 3, "curve(tag, x, list): x with the coefficients of ε, ε², … listed.", _curve)
internal("coefficients", 3, "coefficients(tag, y, n): those of ε, …, εⁿ in y.", _coefficients)
internal("coefficient", 3, "coefficient(tag, y, (k, h)): the k-th in y.", coefficient)
internal("higher_derivative", 3, "higher_derivative(tag, y, (k, h)): the k-th in y.", higher_derivative)
internal("step_of", 1, "step_of(n): the step h for derivatives up to the n-th.", _step)
internal("lowered", 2, "lowered(tag, x): x without the highest power that its derivative needs.", _lowered)


# ── tensors: all mixed derivatives of one order, from those along lines ──────────────────────


def _rays(point: Value, order: float) -> Value:
    """The directions whose entries are whole numbers from 0 and have the sum k, each once."""
    count = sum(map(size_of, leaves(point)))
    check_dimensions(int(order))
    _ask(count, int(order))
    rays = []
    for places in combinations_with_replacement(range(count), int(order)):
        numbers = iter([float(places.count(i)) for i in range(count)])
        rays.append(shaped_like(point, partial(refilled, supply=numbers)))
    return make_list(rays)


def _ask(n: int, k: int) -> None:
    """LimitError if a tensor of the order k, with respect to n reals, takes too much: an element for each
    k-tuple, and for each ray its n steps and the weights of those within the same axes.
    """
    if n == 0 or k == 0:
        return
    rays = comb(n + k - 1, k)
    ask_elements(float(n) ** k)
    ask_elements(2.0 * rays * min(rays, comb(2 * k - 1, k)))
    ask_work(float(OPERATIONS_A_STEP) * rays * n)


def _tensor(size: float, order: float, numbers: Value) -> Value:
    """The derivatives with respect to all k-tuples of n reals, an array of k dimensions of n, from the
    coefficients of εᵏ along all rays, in their order.
    """
    n, k = int(size), int(order)
    if n == 0 or k == 0:
        return _symmetric(size, order, numbers)
    places = list(combinations_with_replacement(range(n), k))
    position = {p: i for i, p in enumerate(places)}
    width = min(comb(2 * k - 1, k), len(places))  # as many rays stay within k axes, and there are
    rays, weights = np.zeros((len(places), width), np.intp), np.zeros((len(places), width))
    units = np.ones(len(places))  # weights are whole numbers of them: what is whole stays so
    for row, place in enumerate(places):
        axes = sorted(set(place))
        found = _weights(tuple(place.count(axis) for axis in axes))
        units[row] = lcm(*(weight.denominator for _, weight in found))
        for column, (ray, weight) in enumerate(found):
            rays[row, column] = position[tuple(axes[i] for i in ray)]
            weights[row, column] = weight * int(units[row])
    along = gather(stack_of(tuple(list_items(numbers))), index=rays)
    entries = div(total(mul(Array(weights), along), axis=1), Array(units))
    return _spread(entries, n, k)


def _symmetric(size: float, order: float, numbers: Value) -> Value:
    """The array of k dimensions of n whose entries at indices that rise are listed, in their order."""
    n, k = int(size), int(order)
    if k == 0:
        return next(list_items(numbers))
    if n == 0:
        return Array(np.zeros((0,) * k))
    return _spread(stack_of(tuple(list_items(numbers))), n, k)


def _spread(entries: Value, n: int, k: int) -> Value:
    places = np.array(list(combinations_with_replacement(range(n), k)), np.int64)
    weights = float(n) ** np.arange(
        k - 1, -1, -1
    )  # a place as a number: they rise in the order of their list
    sorted_places = np.sort(np.indices((n,) * k).reshape(k, -1), axis=0)
    index = np.searchsorted(places @ weights, weights @ sorted_places)
    return gather(entries, index=index.reshape((n,) * k))


def _mixed_orders(size: float, order: float, together: bool) -> Value:
    """The mixed derivatives of order k by n reals, in the order in which `symmetric` takes them: each a list
    of pairs, of a real's index and how many times to derive by it, all at once if `together`.
    """

    def steps(place: Orders) -> Value:
        counts = [(i, place.count(i)) for i in sorted(set(place))] if together else [(i, 1) for i in place]
        return make_list([(float(i), float(count)) for i, count in counts])

    return make_list(map(steps, combinations_with_replacement(range(int(size)), int(order))))


@cache
def _weights(orders: Orders) -> list[tuple[Orders, Fraction]]:
    """By which weights the coefficients along rays add up to the mixed derivative of these orders, none of
    them 0. A ray is written as the axes that its steps go along.
    """
    k = sum(orders)
    return [
        (ray, _weight(orders, tuple(ray.count(axis) for axis in range(len(orders))), k))
        for ray in combinations_with_replacement(range(len(orders)), k)
    ]


def _weight(orders: Orders, ray: Orders, k: int) -> Fraction:
    result = Fraction(0)
    for part in _below(orders):
        size = sum(part)
        sign = (-1) ** (k - size)
        choices = prod(comb(i, m) for i, m in zip(orders, part, strict=True))
        along = prod(
            (_binomial(Fraction(k * m, size), j) for m, j in zip(part, ray, strict=True)), start=Fraction(1)
        )
        result += sign * choices * along * Fraction(size, k) ** k
    return result


def _below(orders: Orders) -> Iterator[Orders]:
    """All multi-indices but 0 that are nowhere above another one."""
    return (part for part in product(*(range(i + 1) for i in orders)) if any(part))


def _binomial(x: Fraction, j: int) -> Fraction:
    return prod((x - i for i in range(j)), start=Fraction(1)) / factorial(j)


internal("rays", 2, "rays(x, k): directions in which whole steps, k in all, go.", _rays)
internal(
    "mixed_orders",
    3,
    "mixed_orders(n, k, together): the k-th derivatives with respect to n reals.",
    _mixed_orders,
)
internal("symmetric", 3, "symmetric(n, k, list): an array by its entries at indices that rise.", _symmetric)
internal("tensor", 3, "tensor(n, k, list): all derivatives of the order k, from those along rays.", _tensor)
