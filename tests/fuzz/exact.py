"""Computes operators and functions of programs in mpmath, and derivatives by differences.

With 300 digits and steps of 1e-40, central differences have about 80 right digits, and nested ones as well.
Whatever is not smooth, or not known here, is Unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import mpmath as mp
import numpy as np
from references import REFERENCES

DIGITS = 300
STEP = mp.mpf(10) ** -40

Value = Any
Function = Callable[[Value], Value]


class Unknown(Exception):
    """A program that is not for the oracle."""


class Record(dict[str, Value]):
    """A record; tuples are tuples, lists are Python's lists, arrays are numpy's of mpmath's reals."""


def flat(value: Value) -> list[Any]:
    """All reals of a value, in the order of their places."""
    if isinstance(value, np.ndarray):
        return list(value.flat)
    if isinstance(value, Record):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [x for part in value for x in flat(part)]
    return [value] if isinstance(value, mp.mpf) else []


# ── operations ───────────────────────────────────────────────────────────────────────────────

CORNERS = {"abs": 0, "relu": 0, "cbrt": 0, "sqrt": 0}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def array(items: list[Value]) -> Value:
    shape = (len(items), *(items[0].shape if items and isinstance(items[0], np.ndarray) else ()))
    array = np.empty(shape, dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


def each(function: Callable[..., Any], *values: Value) -> Value:
    if any(isinstance(value, np.ndarray) for value in values):
        return np.frompyfunc(function, len(values), 1)(*values)
    return function(*values)


def _real(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of reals, which must stay reals."""

    def call(*values: Any) -> Any:
        value = function(*values)
        if isinstance(value, mp.mpc) or not mp.isfinite(value):
            raise Unknown("not a finite real")
        return value

    return call


def operator(op: str, a: Value, b: Value) -> Value:
    if op == "::":
        return [a, *b]
    if op == "..":
        return [mp.mpf(i) for i in range(int(a), int(b) + 1)]
    if op == "==":
        return a == b
    if op == "!=":
        return a != b
    if op in COMPARISONS:
        found = each(COMPARISONS[op], a, b)
        return each(mp.mpf, found) if isinstance(found, np.ndarray) else found
    if op == "@":
        return a @ b
    if op == "/" and not isinstance(b, np.ndarray) and b == 0:
        raise Unknown("a division by 0")
    return each(_real(REFERENCES[op]), a, b)


def _reals(value: Value) -> list[Any]:
    """The reals of a tuple, a list or an array."""
    if isinstance(value, np.ndarray):
        return list(value.flat)
    return [value] if isinstance(value, mp.mpf) else list(value)


def _sort(values: Value) -> Value:
    if any(a == b for a, b in pairwise(sorted(values))):
        raise Unknown("a tie")
    return array(sorted(values))


def _extreme(choose: Callable[[Any], Any]) -> Function:
    def call(value: Value) -> Value:
        reals = _reals(value)
        if sorted(reals).count(choose(reals)) > 1:
            raise Unknown("a tie")
        return choose(reals)

    return call


def _smooth(name: str) -> Callable[[Any], Any]:
    """A function of a real, which is Unknown at its corner."""
    function, corner = REFERENCES[name], CORNERS.get(name)

    def call(x: Any) -> Any:
        if x == corner:
            raise Unknown("a corner")
        return function(x)

    return call


def _of_a_pair(name: str) -> Callable[[Any, Any], Any]:
    """A function of two reals, which is Unknown where both are 0."""
    function = _real(REFERENCES[name])

    def call(a: Any, b: Any) -> Any:
        if a == b == 0:
            raise Unknown("a singular point")
        return function(a, b)

    return call


def _solve(pair: tuple[Value, Value]) -> Value:
    matrix, right = pair
    solution = mp.lu_solve(mp.matrix(matrix.tolist()), mp.matrix(right.tolist()))
    return array(list(solution))


def _linspace(arguments: tuple[Any, Any, Any]) -> Value:
    start, stop, count = arguments
    return array([start + (stop - start) * i / (int(count) - 1) for i in range(int(count))])


def _zeros(shape: Value) -> Value:
    sizes = [int(n) for n in _reals(shape)]
    return np.array([mp.mpf(0)] * math.prod(sizes), dtype=object).reshape(sizes)


def _fold(arguments: tuple[Function, Value, list[Value]]) -> Value:
    function, state, items = arguments
    for item in items:
        state = function((state, item))
    return state


# ── derivatives ──────────────────────────────────────────────────────────────────────────────


def _combined(function: Callable[..., Any], *values: Value) -> Value:
    """A function of the reals at each place of several values of one structure; functions place by place."""
    first = values[0]
    if isinstance(first, mp.mpf):
        return function(*values)
    if isinstance(first, np.ndarray):
        return np.frompyfunc(function, len(values), 1)(*values)
    if isinstance(first, Record):
        return Record((name, _combined(function, *(v[name] for v in values))) for name in first)
    if isinstance(first, tuple | list):
        if any(len(value) != len(first) for value in values):
            raise Unknown("a structure that changes")
        return type(first)(_combined(function, *parts) for parts in zip(*values))
    if callable(first):
        return lambda argument: _combined(function, *(v(argument) for v in values))
    return ()


def directional(f: Function, x: Value, v: Value) -> Value:
    """The derivative of f at x along v."""
    after = f(_combined(lambda a, b: a + STEP * b, x, v))
    before = f(_combined(lambda a, b: a - STEP * b, x, v))
    return _combined(lambda a, b: (a - b) / (2 * STEP), after, before)


def derivative(f: Function) -> Function:
    return lambda x: directional(f, x, mp.mpf(1))


def basis(x: Value) -> list[Value]:
    """The unit vectors of a structure of reals, in the order of their places."""
    count = 0

    def numbered(value: Value) -> Value:
        nonlocal count
        if isinstance(value, mp.mpf):
            count += 1
            return mp.mpf(count - 1)
        return _walk(numbered, value)

    places = numbered(x)
    return [_combined(lambda p, i=i: mp.mpf(p == i), places) for i in range(count)]


def _walk(function: Function, value: Value) -> Value:
    if isinstance(value, np.ndarray):
        return array([function(item) for item in value])
    if isinstance(value, Record):
        return Record((name, function(item)) for name, item in value.items())
    if isinstance(value, tuple | list):
        return type(value)(function(item) for item in value)
    raise Unknown("a derivative with respect to something else")


def inner(a: Value, b: Value) -> Any:
    """The sum of the products at all places."""
    if isinstance(a, mp.mpf):
        return a * b
    if isinstance(a, np.ndarray):
        return sum((a * b).flat, mp.mpf(0))
    if isinstance(a, Record):
        return sum((inner(a[name], b[name]) for name in a), mp.mpf(0))
    if isinstance(a, tuple | list):
        return sum((inner(x, y) for x, y in zip(a, b)), mp.mpf(0))
    raise Unknown("a cotangent of something else")


def pulled(f: Function, x: Value) -> Function:
    """The pullback of f at x."""

    def pull(w: Value) -> Value:
        units = basis(x)
        parts = [inner(directional(f, x, unit), w) for unit in units]
        return _combined(lambda *at: sum((a * p for a, p in zip(at, parts)), mp.mpf(0)), *units)

    return pull


def gradient(f: Function) -> Function:
    return lambda x: pulled(f, x)(mp.mpf(1))


def _derivatives(pair: tuple[Function, Any]) -> Function:
    f, order = pair

    def call(x: Value) -> Value:
        found, g = [f(x)], f
        for _ in range(int(order)):
            g = derivative(g)
            found.append(g(x))
        return found

    return call


def _nth(pair: tuple[Function, Any]) -> Function:
    return lambda x: _derivatives(pair)(x)[-1]


def _rows(f: Function) -> Function:
    """The Jacobian of a function between arrays, or of reals."""

    def call(x: Value) -> Value:
        if isinstance(x, mp.mpf):
            return directional(f, x, mp.mpf(1))
        columns = [directional(f, x, unit) for unit in basis(x)]
        return array(columns).T if isinstance(columns[0], np.ndarray) else array(columns)

    return call


REAL_FUNCTIONS = (
    "sin cos tan tanh sinh cosh exp ln log1p expm1 sqrt cbrt atan asinh sigmoid softplus erf abs relu"
).split()
BUILTINS: dict[str, Value] = {
    **{name: partial(each, _real(_smooth(name))) for name in REAL_FUNCTIONS},
    "floor": mp.floor,
    "inf": mp.inf,
    "hypot": lambda pair: each(_of_a_pair("hypot"), *pair),
    "atan2": lambda pair: each(_of_a_pair("atan2"), *pair),
    "max": _extreme(max),
    "min": _extreme(min),
    "sum": lambda x: sum(_reals(x), mp.mpf(0)),
    "prod": lambda x: mp.fprod(_reals(x)),
    "mean": lambda x: sum(_reals(x), mp.mpf(0)) / len(_reals(x)),
    "norm": lambda x: _smooth("sqrt")(sum((a * a for a in _reals(x)), mp.mpf(0))),
    "logsumexp": lambda x: mp.log(sum((mp.exp(a) for a in _reals(x)), mp.mpf(0))),
    "dot": lambda pair: inner(*pair),
    "cumsum": lambda x: array([sum(x[: i + 1], mp.mpf(0)) for i in range(len(x))]),
    "sort": _sort,
    "reverse": lambda x: x[::-1],
    "transpose": lambda x: x.T,
    "outer": lambda pair: np.outer(*pair),
    "diag": np.diag,
    "trace": lambda x: sum(np.diag(x), mp.mpf(0)),
    "det": lambda x: mp.det(mp.matrix(x.tolist())),
    "solve": _solve,
    "concat": lambda pair: np.concatenate(pair) if isinstance(pair[0], np.ndarray) else [*pair[0], *pair[1]],
    "where": lambda triple: each(lambda c, a, b: a if c else b, *triple),
    "linspace": _linspace,
    "zeros": _zeros,
    "length": lambda x: mp.mpf(len(x)),
    "list": lambda x: list(x) if isinstance(x, tuple) else [x],
    "map": lambda pair: [pair[0](item) for item in pair[1]],
    "fold": _fold,
    # a derivative that a program gives is taken to be the right one
    "with_derivative": lambda pair: pair[0],
    "with_pullback": lambda pair: pair[0],
    "derivative": derivative,
    "derivative_reverse": derivative,
    "gradient": gradient,
    "gradient_forward": gradient,
    "jvp": lambda triple: (triple[0](triple[1]), directional(*triple)),
    "vjp": lambda pair: (pair[0](pair[1]), pulled(*pair)),
    "value_and_gradient": lambda f: lambda x: (f(x), gradient(f)(x)),
    "derivatives": _derivatives,
    "nth_derivative": _nth,
    "jacobian": _rows,
    "jacobian_forward": _rows,
    "jacobian_reverse": _rows,
    "hessian": lambda f: _rows(gradient(f)),
    "hvp": lambda triple: directional(gradient(triple[0]), triple[1], triple[2]),
}
