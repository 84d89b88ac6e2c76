"""Structures as vectors: what `+`, `-`, `*` and `/` do with all the reals of tuples, records and lists.

Each leaf is computed by the primitive itself, so every interpretation of numbers finds only operations that
it knows. Walks are loops, as in values/structure.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from vlad_py.ground.errors import RunError
from vlad_py.plots.plot import Plot
from vlad_py.values.show import describe, where_numbers_belong
from vlad_py.values.structure import Endless, data_parts, transform
from vlad_py.values.values import (
    UNIT,
    Cons,
    Key,
    Nil,
    Record,
    Value,
    is_array,
    is_function,
    is_numeric,
    is_real,
    shape_of,
)

NOT_A_NUMBER = "a list is not a number: `[x for x in xs]` makes an array of it, `map(f, xs)` another list"

if TYPE_CHECKING:
    from vlad_py.primitives.primitive import Primitive

# where a part is: the path of what it is a part of, and its field or its number; None for the whole
Path: TypeAlias = "tuple[Path, str | int] | None"

PART_BY_PART = "`map_reals(f, x, y)` applies a function to each two reals in the same place"


def is_structure(value: Value) -> bool:
    """Whether a value is a tuple, a record or a list; the unit holds nothing and is none."""
    return value != UNIT if type(value) is tuple else isinstance(value, (Record, Cons, Nil))


def all_floats(value: Value) -> TypeGuard[tuple[float, ...]]:
    """Whether a value is a tuple of floats, which Python's arithmetic takes as they are."""
    if type(value) is not tuple:
        return False
    for x in value:
        if type(x) is not float:
            return False
    return value != UNIT


def together(primitive: Primitive, left: Value, right: Value) -> Value:
    """A primitive of two reals, at each two reals in the same place of two structures of one shape.

    A boolean and a string stay as they are: the other structure has the same there, or `()`, as derivatives
    have. RunError where the shapes differ.
    """
    if type(left) is tuple and type(right) is tuple and len(left) == len(right) and all_floats(left + right):
        return tuple([primitive.value(a, b) for a, b in zip(left, right)])
    pairs = matched(primitive.called, left, right)

    def leaf(_: Value) -> Value:
        a, b, are_numbers = next(pairs)
        return primitive.apply(a, b) if are_numbers else b if a == UNIT else a

    return transform(left, leaf, data_parts)


def scaled(primitive: Primitive, left: Value, right: Value) -> Value:
    """A product of a real and a structure, in either order. RunError for any other two values."""
    if is_structure(left) and is_structure(right):
        hint = f"`dot(x, y)` is the scalar product; {PART_BY_PART}"
        error = RunError(f"`{primitive.name}` cannot multiply {_both(left, right)}", hint=hint)
        raise where_numbers_belong(error, left, right)
    if is_real(left):
        return _each(primitive, right, lambda x: primitive.apply(left, x))
    if is_real(right):
        return _each(primitive, left, lambda x: primitive.apply(x, right))
    raise _no_factor(primitive, left, right)


def divided(primitive: Primitive, left: Value, right: Value) -> Value:
    """A quotient of a structure and a real. RunError for any other two values."""
    if is_structure(left) and is_real(right):
        return _each(primitive, left, lambda x: primitive.apply(x, right))
    raise _no_factor(primitive, left, right)


def alone(primitive: Primitive, structure: Value) -> Value:
    """A primitive of one real, at all reals of a structure."""
    return _each(primitive, structure, primitive.apply)


def matched(name: str, left: Value, right: Value) -> Iterator[tuple[Value, Value, bool]]:
    """The leaves of two structures of one shape that are in the same place, in the order of the left one, and
    whether they are numbers. RunError, in the name of a function, where the shapes differ; LimitError where
    the same parts come again and again.
    """
    endless = Endless(left)
    todo: list[tuple[Value, Value, Path]] = [(left, right, None)]
    while todo:
        a, b, path = todo.pop()
        inner, other = data_parts(a), data_parts(b)
        if inner is None or (other is None and is_function(a)):
            yield a, b, _are_numbers(name, a, b, path)
            continue
        if type(a) is not type(b) or other is None or len(inner) != len(other):
            raise _unlike(name, a, b, path)
        endless.meet()
        steps: Any = range(len(inner))
        if isinstance(a, Record) and isinstance(b, Record):
            steps = a.names
            if a.names != b.names:
                if {*a.names} != {*b.names}:
                    raise _unlike(name, a, b, path)
                other = tuple([b.get(name) for name in a.names])
        todo += [(x, y, (path, step)) for x, y, step in zip(inner, other, steps, strict=True)][::-1]


def _are_numbers(name: str, a: Value, b: Value, path: Path) -> bool:
    """Whether two leaves are numbers of one shape; if not, they are the same, or one of them is `()`."""
    if is_numeric(a) and is_numeric(b) and shape_of(a) == shape_of(b):
        return True
    if (_stays(a) and (b == UNIT or (type(a) is type(b) and a == b))) or (a == UNIT and _stays(b)):
        return False
    if is_function(a) and isinstance(b, Record) and not b.names:
        return False  # the derivative with respect to a function that captures nothing
    raise _unlike(name, a, b, path)


def _each(primitive: Primitive, structure: Value, function: Any) -> Value:
    def leaf(value: Value) -> Value:
        if is_numeric(value):
            return function(value)
        if is_function(value):
            hint = "write a function of the results, as in `fn x => 2 * f(x)`"
            raise RunError(f"`{primitive.called}` expects reals in a structure, got a function", hint=hint)
        return value

    return transform(structure, leaf, data_parts)


def _stays(value: Value) -> bool:
    return isinstance(value, (bool, str, Key, Plot, Nil)) or value == UNIT


def _no_factor(primitive: Primitive, left: Value, right: Value) -> RunError:
    hint = PART_BY_PART
    if not is_array(left) and not is_array(right):
        hint = "a structure can be multiplied with a real, and divided by one; " + hint
    elif isinstance(left, (Cons, Nil)) or isinstance(right, (Cons, Nil)):
        hint = NOT_A_NUMBER
    error = RunError(f"`{primitive.name}` cannot combine {_both(left, right)}", hint=hint)
    return where_numbers_belong(error, left, right)


def _unlike(name: str, a: Value, b: Value, path: Path) -> RunError:
    """The error for two parts that differ in shape."""
    place = f", at `{written(path)}`" if path is not None else ""
    hint = "two structures are combined real by real, so they need the same shape"
    if path is None and (is_numeric(a) or is_numeric(b)):
        hint = "take it apart: `let (a, b) = …`; or a function of one parameter was called with several"
        if not isinstance(a, tuple) and not isinstance(b, tuple):
            hint = "`map_reals(fn x => x + 1, m)` applies a function to every real of a structure"
        if isinstance(a, (Cons, Nil)) or isinstance(b, (Cons, Nil)):
            message = f"`{name}` cannot combine {_both(a, b)}"
            return where_numbers_belong(RunError(message, hint=NOT_A_NUMBER), a, b)
    elif isinstance(a, (Cons, Nil)) and isinstance(b, (Cons, Nil)):
        hint = "`concat(xs, ys)` joins two lists"
    elif is_function(a) and is_function(b):
        hint = "write a function of the results, as in `fn x => f(x) + g(x)`"
    elif type(a) is type(b) and isinstance(a, (bool, str, Key, Plot)):
        hint = "a string, a boolean, a key or a plot has to be the same on both sides, or `()` on one"
    return RunError(f"`{name}` cannot combine {_both(a, b)}{place}", hint=hint)


def _both(left: Value, right: Value) -> str:
    """Two shapes in words; of lists with their lengths."""
    return f"{_shape(left)} and {_shape(right)}"


def _shape(value: Value) -> str:
    inner = data_parts(value) if isinstance(value, Cons) else None
    return f"a list of {len(inner)}" if inner is not None else describe(value)


def written(path: Path) -> str:
    """A part as a program writes it after the whole: `.w[0]`."""
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(f".{step}" if isinstance(step, str) else f"[{step}]")
    return "".join(reversed(steps))
