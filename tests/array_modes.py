"""Derivatives of functions of arrays, along directions: numbers are driven directly, as in sweep.py.

A function takes arrays and reals and gives one of them; its derivatives are taken forward (F) or in reverse
(R), and nest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from array_calls import Plain
from sweep import fresh

from vlad_py.differentiation.levels import tangent
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node, link_of, node
from vlad_py.numbers.reverse.tape import sweep as swept
from vlad_py.primitives.arithmetic import add, mul
from vlad_py.primitives.shapes import total
from vlad_py.values.values import Array, Number, Value, is_array, plain, shape_of

Values: TypeAlias = tuple[Value, ...]
Function: TypeAlias = Callable[..., Value]


def inner(a: Value, b: Value) -> Value:
    """The sum of all products of the elements of two values of one shape."""
    products = mul(a, b)
    return total(products, axis=None) if is_array(products) else products


def pushed(f: Function, xs: Values, vs: Values) -> Value:
    """The derivative of f along vs, by one forward pass; None in vs is for what is constant."""
    tag = fresh()
    y = f(*(x if v is None else Dual(tag, x, v) for x, v in zip(xs, vs)))
    return tangent(tag, y)


def pulled(f: Function, xs: Values, w: Value, by: tuple[int, ...]) -> list[Value]:
    """The cotangents of some of the xs that belong to the cotangent w of f, by one reverse pass."""
    tag = fresh()
    inputs = [node(tag, x, ()) if i in by else x for i, x in enumerate(xs)]
    y = f(*inputs)
    found = swept(tag, [(y, w)]) if isinstance(y, Node) and y.tag == tag else {}
    return [found.get(link_of(inputs[i]), zeros(xs[i])) for i in by]  # type: ignore[arg-type]


def zeros(x: Value) -> Value:
    return Array(np.zeros(shape_of(x))) if is_array(x) else 0.0


def along(mode: str, f: Function, vs: Values) -> Function:
    """The derivative of a real function along vs, by forward (F) or reverse (R) mode."""
    by = tuple(i for i, v in enumerate(vs) if v is not None)

    def derivative(*xs: Value) -> Value:
        if mode == "F":
            return pushed(f, xs, vs)
        result: Value = 0.0
        for i, cotangent in zip(by, pulled(f, xs, 1.0, by)):
            result = add(result, inner(cotangent, vs[i]))
        return result

    return derivative


def weighted(f: Function, w: Value) -> Function:
    """The inner product of w and the value of f."""
    return lambda *xs: inner(w, f(*xs))


def plain_data(value: Value) -> Plain:
    value = plain(value)
    return value.data if type(value) is Array else value


def agree(got: Value, expected: Plain, relative: float, absolute: float = 0.0) -> bool:
    """Whether a value has the shape and the elements expected, nan where that is nan."""
    data = plain_data(got)
    if isinstance(got, Number) or np.shape(data) != np.shape(expected):
        return False
    return np.allclose(data, expected, relative, absolute, equal_nan=True)
