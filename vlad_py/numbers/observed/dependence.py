"""Dependence: numbers that know which inputs they were computed from.

Run on them, a function tells the sparsity pattern of its Jacobian, and its gradient that of its Hessian:
the derivative operators run on these numbers as on any other. What is found is the pattern along the path
that the program took; it may be larger than that of the values, never smaller.

Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed. 2008), ch. 7, on the propagation of
index domains; that the Hessian's pattern needs no rules of its own is this project's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeAlias

from vlad_py.ground.late_numpy import np
from vlad_py.numbers.innermost import Observed, Values
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.kinds import Assembly, General
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Number, Value, plain, shape_of

# The numbers of the inputs that a real depends on; of an array an object array of such sets.
Reach: TypeAlias = Any

NOTHING: frozenset[int] = frozenset()


class Dependence(Observed):
    """A real or an array, and the inputs that it, or each of its elements, depends on.

    Its tag is 0: it is what a plain number is, and every differentiation is outside it.
    """

    __slots__ = ("reach",)

    def __init__(self, primal: Value, reach: Reach) -> None:
        self.tag = 0
        self.primal = primal
        self.reach = reach

    def observed(
        self, primitive: Primitive, arguments: Values, rest: Values, many: bool, result: Value
    ) -> Dependence:
        """The result; of a primitive of arrays each element as is known of the primitive, else all by all."""
        if isinstance(primitive, Assembly):
            return Dependence(result, _assembled(primitive, arguments, rest, shape_of(result)))
        if many:
            return Dependence(result, NOTHING.union(*map(_reach, arguments)))
        if not isinstance(primitive, General):
            return Dependence(result, reduce(_unite, map(_reach, arguments)))
        known = KNOWN.get(primitive.name) or (ALONG_AXIS if primitive.name.endswith("_of") else None)
        if known is not None:
            return Dependence(result, known(*arguments))
        active = zip(arguments, primitive.rules, strict=True)
        every = _all_of([_reach(x) for x, rule in active if rule is not None])
        return Dependence(result, _filled(shape_of(result), every))


def _assembled(
    primitive: Primitive, xs: tuple[Value, ...], rest: tuple[Any, ...], shape: tuple[int, ...]
) -> Reach:
    if primitive.name == "joined":
        return np.concatenate([_reach(x) for x in xs])
    reach = _filled(shape, NOTHING)
    if primitive.name == "stack_of":
        for i, x in enumerate(xs):
            reach[i] = _reach(x)
    else:
        for x, index in zip(xs, rest[0], strict=True):
            _place(reach, index, _reach(x))
    return reach


def depending(value: Value, inputs: list[Dependence]) -> Value:
    """A real or an array, all of which depends on all of some inputs as well."""
    every = _all_of([x.reach for x in inputs])
    if isinstance(value, Number) and value.tag:
        return add(value, Dependence(0.0, every))
    return Dependence(_primal(value), _unite(_reach(value), every))


def _primal(x: Value) -> Value:
    return x.primal if type(x) is Dependence else x


def _reach(x: Value) -> Reach:
    if type(x) is Dependence:
        return x.reach
    shape = shape_of(x)
    return _filled(shape, NOTHING) if shape else NOTHING


def _filled(shape: tuple[int, ...], reach: frozenset[int]) -> Reach:
    if not shape:
        return reach
    filled = np.empty(shape, object)
    filled.fill(reach)
    return filled


def _unite(a: Reach, b: Reach) -> Reach:
    if type(a) is frozenset and type(b) is frozenset:
        return a | b
    return np.frompyfunc(frozenset.union, 2, 1)(_boxed(a), _boxed(b))


def _boxed(reach: Reach) -> Reach:
    return _filled((1,), reach)[0:1] if type(reach) is frozenset else reach


def _all_of(reaches: list[Reach]) -> frozenset[int]:
    return NOTHING.union(*(r for reach in reaches for r in _flat(reach)))


def flat_reach(value: Value) -> list[frozenset[int]]:
    """What each real of a value depends on, an array's row by row."""
    while isinstance(value, Number) and type(value) is not Dependence:
        value = value.primal
    return _flat(_reach(value))


def _flat(reach: Reach) -> list[frozenset[int]]:
    return [reach] if type(reach) is frozenset else reach.ravel().tolist()


def _along(x: Value, axis: int | None) -> Reach:
    """The union along an axis; of all elements if it is None."""
    reach = _reach(x)
    if axis is None or reach.ndim == 1:
        return _all_of([reach])
    rows = np.moveaxis(reach, axis, -1)
    united = np.empty(rows.shape[:-1], object)
    for index in np.ndindex(united.shape):
        united[index] = NOTHING.union(*rows[index])
    return united


def _summed(x: Value, shape: tuple[int, ...]) -> Reach:
    reach = _reach(x)
    while reach.ndim > len(shape):
        reach = _along(Dependence(0.0, reach), 0)
        if type(reach) is frozenset:
            return reach
    for axis, size in enumerate(shape):
        if size == 1 and reach.shape[axis] != 1:
            united = _along(Dependence(0.0, reach), axis)
            reach = np.expand_dims(_boxed(united).reshape(np.delete(reach.shape, axis)), axis)
    return reach


def _running(x: Value, axis: int) -> Reach:
    return np.frompyfunc(frozenset.union, 2, 1).accumulate(_reach(x), axis, dtype=object)


def _placed(x: Value, shape: tuple[int, int]) -> Reach:
    reach = _filled(shape, NOTHING)
    for i, r in enumerate(_reach(x)):
        reach[i, i] = r
    return reach


def _place(reach: Reach, index: Any, part: Reach) -> None:
    """Unites the sets at an index with others, as often as it selects each."""
    places = np.arange(reach.size).reshape(reach.shape)[index]
    flat = reach.reshape(-1)
    for place, r in zip(np.ravel(places).tolist(), _flat(part), strict=True):
        flat[place] = flat[place] | r


def _product(a: Value, b: Value) -> Reach:
    """Rows by columns; what a constant of 0 is multiplied with does not count."""
    left, right = (_factor(x) for x in (a, b))
    rows = left.reshape(-1, left.shape[-1])
    columns = right.reshape(right.shape[0], -1) if right.ndim <= 2 else np.moveaxis(right, -2, 0)
    columns = columns.reshape(columns.shape[0], -1).T
    united = np.empty((len(rows), len(columns)), object)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            pairs = [r | c for r, c in zip(row, column, strict=True) if r is not None and c is not None]
            united[i, j] = NOTHING.union(*pairs)
    if left.ndim > 2 or right.ndim > 2:
        every = _all_of(united.ravel().tolist())
        shape = np.matmul(np.empty(left.shape), np.empty(right.shape)).shape
        return _filled(shape, every)
    shape = left.shape[:-1] + (right.shape[1:] if right.ndim == 2 else ())
    return united.reshape(shape) if shape else united[0, 0]


def _factor(x: Value) -> Any:
    """What each element of a factor depends on; None for a constant 0."""
    if type(x) is Dependence:
        return x.reach
    reach = _reach(x)
    reach[np.equal(x.data, 0.0)] = None  # type: ignore[attr-defined]
    return reach


def _chosen(condition: Value, yes: Value, no: Value) -> Reach:
    mask = np.not_equal(plain(condition).data, 0.0)  # type: ignore[attr-defined]
    return np.where(mask, _boxed(_reach(yes)), _boxed(_reach(no)))


ALONG_AXIS: Callable[..., Reach] = lambda x, axis=None, *_: _along(x, axis)  # noqa: E731
KNOWN: dict[str, Callable[..., Reach]] = {
    "total": _along,
    "dot_of_vectors": _product,
    "@": _product,
    "choose": _chosen,
    "sum_to": _summed,
    "cumulated": _running,
    "diagonal_matrix": _placed,
    "broadcast_to": lambda x, shape: np.broadcast_to(_boxed(_reach(x)), shape),
    "reshape_to": lambda x, shape: np.reshape(_boxed(_reach(x)), shape) if shape else _flat(_reach(x))[0],
    "move_axis": lambda x, source, target: np.moveaxis(_reach(x), source, target),
    "flip": lambda x, axis: np.flip(_reach(x), axis),
    "swap": lambda x: _reach(x).swapaxes(-1, -2),
    "transpose_of": lambda x: _reach(x).T,
    "diagonal": lambda x: np.diagonal(_reach(x)),
    "gather": lambda x, index: _reach(x)[index],
    "lower_half": _reach,
}
"""By name, what the elements of a primitive's result depend on."""
