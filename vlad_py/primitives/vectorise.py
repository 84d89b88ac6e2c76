"""Primitives of reals on arrays: element by element, after numpy's rules of broadcasting."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import zip_longest
from math import prod
from typing import Any

from vlad_py.ground.asking import OPERATIONS_AN_ELEMENT, ask_memory, ask_work
from vlad_py.ground.budget import asked
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.primitive import Apply, Primitive
from vlad_py.primitives.steps import FEW_ELEMENTS, of_arrays
from vlad_py.values.show import describe_array
from vlad_py.values.values import Array, Value


def on_arrays(primitive: Primitive) -> Apply:
    """The primitive on arrays, or on arrays and plain floats; made when it is first called."""

    def first(*xs: Value) -> Value:
        primitive.on_arrays = vectorised(primitive)
        return primitive.on_arrays(*xs)

    return first


def host_function(primitive: Primitive) -> Callable[..., Any]:
    """The primitive as a function of numpy arrays and floats, not all floats."""
    if primitive.vector:
        return eval(f"lambda a, b=None: {primitive.vector.format('a', 'b')}", {"np": np})
    function = np.frompyfunc(primitive.value, primitive.arity, 1)
    return lambda *xs: function(*xs).astype(np.float64)


# what numpy computes as Python does, to the last bit: IEEE-754 says how
EXACT = frozenset({"abs", "ceil", "floor", "maximum", "rint", "sign", "sqrt", "where"})


@cache
def is_exact(primitive: Primitive) -> bool:
    """Whether arrays get what floats get, to the last bit."""
    return not primitive.vector or EXACT.issuperset(re.findall(r"np\.(\w+)", primitive.vector))


@cache
def float_by_float(primitive: Primitive) -> Apply:
    """The primitive on arrays and plain floats, not all floats, each element as a float gets it."""
    function = np.frompyfunc(primitive.value, primitive.arity, 1)
    return lambda *xs: Array(function(*[x.data if type(x) is Array else x for x in xs]).astype(np.float64))


_UNARY = """def apply(x):
    a = x.data
    if asked: of_arrays(x)
    return Array({text})"""

_BINARY = """def apply(x, y):
    a = x.data if type(x) is Array else x
    b = y.data if type(y) is Array else y
    if asked: ask(a, b)
    try:
        return Array({text})
    except ValueError:
        raise refusal(x, y) from None"""


def vectorised(primitive: Primitive) -> Apply:
    """The primitive as a function of arrays and plain floats, not all floats.

    Raises RunError where two shapes do not broadcast.
    """
    text = primitive.vector.format("a", "b") or f"function({'a' if primitive.arity == 1 else 'a, b'})"
    space: dict[str, Any] = {"np": np, "Array": Array, "function": host_function(primitive)}
    space |= {"asked": asked, "ask": _ask, "of_arrays": of_arrays}
    space["refusal"] = lambda a, b: mismatch(primitive, a, b)
    # one function, without a call inside, is a third faster
    exec((_UNARY if primitive.arity == 1 else _BINARY).format(text=text), space)
    apply: Apply = space["apply"]
    return apply


def _ask(*operands: Any) -> None:
    """LimitError where the result, which may be far larger than both, is too large for a limit."""
    shapes = [x.shape for x in operands if type(x) is not float]
    size = prod(map(float, map(max, zip_longest(*(shape[::-1] for shape in shapes), fillvalue=1))))
    ask_memory(8.0 * size)
    if size > FEW_ELEMENTS:
        ask_work(OPERATIONS_AN_ELEMENT * size)


def mismatch(primitive: Primitive, a: Array, b: Array) -> RunError:
    """The error for two arrays whose shapes do not broadcast."""
    name = primitive.called
    shapes = f"{describe_array(a.data.shape)} and {describe_array(b.data.shape)}"
    hint = "sizes broadcast, from the last dimension on, where they are equal or one of them is 1"
    return RunError(f"`{name}` cannot combine {shapes}", hint=hint)
