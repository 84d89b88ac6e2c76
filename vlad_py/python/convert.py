"""Python objects to values of ADL, and back.

| Python, going in                                | value       | coming out                    |
|-------------------------------------------------|-------------|-------------------------------|
| `float`, `int`, numpy's scalars and 0-d arrays  | real        | `float`                       |
| numpy's arrays of floats or integers            | array       | a read-only array of float64  |
| `bool`, `numpy.bool_`                           | boolean     | `bool`                        |
| `str`                                           | string      | `str`                         |
| `()`, a `tuple` of two or more                  | unit, tuple | `tuple`                       |
| `dict` with names as keys                       | record      | `dict`                        |
| named tuple, dataclass, attrs, pydantic          | record      | an instance of the same class |
| pandas' DataFrame, Series with names as labels   | record      | the same, with its labels     |
| pandas' Series labelled 0, 1, 2, …               | array       | as an array                   |
| `list`                                          | list        | `list`                        |
| an ADL function                                 | function    | `Function`                    |
| a `Key` of random numbers                       | key         | the same                      |
| a `Plot`                                        | plot        | the same                      |
| an ADL interval                                 | interval    | `Bounds`: `lower`, `upper`    |
| an expression of symbols                        | expression  | `Formula`                     |

Nothing else converts, and nothing is lost: a number that is not exactly a real is refused.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.names import NAMES, composed, is_name
from vlad_py.ground.walk import Walk, run
from vlad_py.native.buffers import doubles, is_of_bytes
from vlad_py.numbers.interval.interval import Bounds, Interval
from vlad_py.numbers.symbolic.symbolic import Formula as Expression
from vlad_py.plots.plot import Plot
from vlad_py.primitives.axes import MOST_DIMENSIONS
from vlad_py.primitives.primitive import call
from vlad_py.python.classes import Classes
from vlad_py.python.embedded import Embedded
from vlad_py.python.formula import Formula
from vlad_py.python.outside import fields_of, is_counted
from vlad_py.values.show import show_string
from vlad_py.values.structure import Endless
from vlad_py.values.values import (
    Array,
    Cons,
    Key,
    Nil,
    Record,
    Value,
    is_function,
    list_items,
    make_list,
    plain,
)

# The place of something: the name of the whole, or its container and the step from there.
Place: TypeAlias = "str | tuple[Place, str]"

EXACT = 2**53  # up to here every integer is a real
TEXTS = "`x.tolist()` is a list of texts; `x.astype(float)` has their numbers"
PAIR = "a pair holds both parts: `(x.real, x.imag)`"
OTHER_ELEMENTS = {"O": TEXTS, "U": TEXTS, "S": TEXTS, "T": TEXTS, "c": PAIR}  # hints, by numpy's kinds


# ── in ───────────────────────────────────────────────────────────────────────────────────────


def to_value(thing: object, place: Place, classes: Classes | None = None) -> Value:
    """The ADL value of a Python object; its classes are added to `classes`.

    Raises ConversionError, which says what cannot be converted, and where in the structure.
    """
    leaf = _LEAVES.get(type(thing))
    return leaf(thing, place) if leaf else run(_inwards(thing, place, classes or Classes(), {}))


def to_leaf(thing: object, place: Place) -> Value | None:
    """The ADL value of a Python object that has no parts and is not an ADL object; None for any other.

    Raises ConversionError if it cannot be converted.
    """
    leaf = _LEAVES.get(type(thing))
    return leaf(thing, place) if leaf else None


def _inwards(
    thing: Any, place: Place, classes: Classes, met: dict[int, tuple[Any, Value | None]]
) -> Walk[Value]:
    """`met` are the structures so far by their ids, each with its value; None: it holds the thing."""
    found = _parts(thing, place, classes)
    if found is None:
        if isinstance(thing, Embedded):
            classes.embedded.append(thing)
            return thing.within(classes.within)
        return _other(thing, place)
    if type(thing) in (list, tuple) and {*map(type, thing)} == {float}:  # the commonest, and the longest
        return found[2](thing)
    steps, items, build = found
    if id(thing) in met:
        value = met[id(thing)][1]
        if value is None:
            raise _refused(f"this {type(thing).__name__} contains itself", place)
        return value
    met[id(thing)] = thing, None
    values: list[Value] = []
    for step, item in zip(steps, items, strict=True):
        leaf = _LEAVES.get(type(item))
        if leaf is not None:
            values.append(leaf(item, (place, step)))
        else:
            values.append((yield _inwards(item, (place, step), classes, met)))
    value = build(values)
    met[id(thing)] = thing, value
    return value


_Parts: TypeAlias = tuple[Iterable[str], Iterable[Any], Callable[[list[Value]], Value]]


def _parts(thing: Any, place: Place, classes: Classes) -> _Parts | None:
    """The steps to the parts of a structure, the parts, and what builds its value from theirs."""
    kind = type(thing)
    if isinstance(thing, tuple):
        if hasattr(kind, "_fields"):
            return _fields(kind, kind._fields, thing, place, classes)
        if len(thing) == 1:
            raise _refused("ADL has no tuples of one", place, "pass its element, or a list")
        return _positions(thing), thing, tuple
    if isinstance(thing, list):
        return _positions(thing), thing, make_list
    if isinstance(thing, dict):
        for key in thing:
            if not isinstance(key, str):
                shown = f": {key!r:.60}" if type(key) in (int, float, bool, bytes) else ""
                message = f"a key of this dict is {a_thing(type(key))}{shown}"
                raise _refused(message, place, "keys are names")
        return [f"[{show_string(key)}]" for key in thing], thing.values(), _record(thing, place)
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        names = tuple(field.name for field in dataclasses.fields(thing))
        return _fields(kind, names, [getattr(thing, name) for name in names], place, classes)
    found = fields_of(thing)
    if found is not None:
        labels, items, maker = found
        for label in labels:
            if not isinstance(label, str):
                message = f"a label of this {kind.__name__} is {a_thing(type(label))}"
                raise _refused(message, place, "labels are names; `.to_numpy()` gives the numbers alone")
        return _fields(maker, tuple(labels), items, place, classes)
    return None


def _positions(items: Any) -> Iterable[str]:
    return (f"[{i}]" for i in range(len(items)))


def _fields(kind: Any, names: tuple[str, ...], items: Any, place: Place, classes: Classes) -> _Parts:
    classes.meet(kind, names)
    return [f".{name}" for name in names], items, _record(names, place)


def _record(names: Iterable[str], place: Place) -> Callable[[list[Value]], Value]:
    fields = tuple(composed(str.__str__(name)) for name in names)
    for name in fields:
        if not is_name(name):
            raise _refused(f"`{name}` cannot be the name of a field", place, NAMES)
    if len({*fields}) < len(fields):
        twice = next(name for name in fields if fields.count(name) > 1)
        raise _refused(f"two keys are the name `{twice}`", place, "names are compared in their composed form")
    return lambda values: Record(fields, tuple(values))


def _other(thing: Any, place: Place) -> Value:
    """The value of an object that is not a structure and not in _LEAVES. ConversionError if it has none."""
    if isinstance(thing, float):
        return float(thing)
    if isinstance(thing, int):
        return _integer(int(thing), place)
    if isinstance(thing, str):
        return str.__str__(thing)
    if type(thing) is Bounds:
        return Interval(_apart(thing))
    if type(thing) is Formula:
        return thing.value
    if is_counted(thing):
        return to_value(thing.to_numpy(), place)
    if "numpy" in sys.modules:
        if isinstance(thing, np.generic):
            return _scalar(thing, place)
        if isinstance(thing, np.ndarray):
            _LEAVES[np.ndarray] = _array  # later ones are found as quickly as a float
            return _array(thing, place)
    raise _refused(f"{a_thing(type(thing))} is not a value of ADL", place, _hint(thing))


def _integer(number: int, place: Place) -> float:
    if -EXACT <= number <= EXACT:
        return float(number)
    try:
        real = float(number)
    except OverflowError:
        real = 0.0
    if real != number:
        if not real:
            raise _refused("the integer is too large", place, "it is beyond the greatest real")
        message = f"the integer {number} is not exactly a real"
        raise _refused(message, place, "`float(n)` gives the nearest real")
    return real


def _scalar(thing: Any, place: Place) -> Value:
    if isinstance(thing, np.bool_):
        return bool(thing)
    if thing.dtype.kind in "iu":
        return _integer(int(thing), place)
    if thing.dtype.kind == "f" and (float(thing) == thing or thing != thing):
        return float(thing)
    raise _refused(f"a number of numpy's type {thing.dtype} is not a real", place)


def _array(thing: Any, place: Place) -> Value:
    if type(thing) not in (np.ndarray, np.memmap):
        hint = "`numpy.asarray(x)` is the plain array"
        raise _refused(f"{a_thing(type(thing))} may mean more than its numbers", place, hint)
    if thing.ndim == 0:
        return to_value(thing[()], place)
    if thing.ndim > MOST_DIMENSIONS:
        raise _refused(f"an array has at most {MOST_DIMENSIONS} dimensions, this one has {thing.ndim}", place)
    dtype = thing.dtype
    if dtype is doubles():  # the short way
        if not thing.flags.writeable and _is_kept(thing):
            return Array(thing)
        data = thing.copy()
        data.setflags(write=False)
        return Array(data)
    kind = dtype.kind
    if kind == "b":
        hint = "`x.astype(float)` has 1 for true and 0 for false"
        raise _refused("an array of booleans is not an array of reals", place, hint)
    if kind not in "iuf":
        raise _refused(
            f"an array of {thing.dtype} is not an array of reals", place, OTHER_ELEMENTS.get(kind, "")
        )
    if _is_kept(thing):
        return Array(thing)
    data = thing.astype(np.float64, order="C")
    if thing.dtype.itemsize >= data.dtype.itemsize and thing.dtype != data.dtype:
        _check_exact(thing, data, place)
    data.flags.writeable = False
    return Array(data)


def _is_kept(thing: Any) -> bool:
    """Whether an array came out of ADL, so that nobody writes to it. The owner of a read-only one may make it
    writable again.
    """
    base = thing.base
    is_fixed = is_of_bytes(thing) or (type(base) is memoryview and _given.get(id(base)) is base)
    return is_fixed and thing.dtype == np.float64 and bool(thing.flags.c_contiguous)


def _check_exact(thing: Any, data: Any, place: Place) -> None:
    """Raises ConversionError if an element is not exactly the real that it became."""
    # numpy compares integers with floats as floats: small ones are exact, others are checked one by one
    inexact = (thing != data) & ~np.isnan(data) if thing.dtype.kind == "f" else np.abs(data) >= EXACT
    for index in np.argwhere(inexact):
        step = f"[{', '.join(map(str, index))}]"
        to_value(thing[tuple(index)], (place, step))


PYTHON_FUNCTION = "put `@vlad.primitive` above a Python function to use it in ADL"


def a_thing(kind: type) -> str:
    """An object of a class, in the words of error messages."""
    name = "None" if kind is type(None) else kind.__name__
    return name if name == "None" else f"an object of the class `{name}`"


def _hint(thing: Any) -> str:
    if thing is None:
        return "the unit `()` stands for no value"
    if isinstance(thing, complex):
        return PAIR
    if callable(thing):
        return PYTHON_FUNCTION
    if hasattr(thing, "__array__"):
        return "`numpy.asarray(x)` converts it to an array"
    if isinstance(thing, (set, frozenset, range)) or hasattr(thing, "__next__"):
        return "`list(x)` converts it to a list"
    return "`float(x)` converts it to a number" if hasattr(thing, "__float__") else ""


def _refused(message: str, place: Place, hint: str = "") -> ConversionError:
    return ConversionError(f"{path(place)}: {message}", hint=hint)


MOST_STEPS = 20  # of the path to a part, in an error


def path(place: Place) -> str:
    """The text of a place, as in `argument[1]["w"]`; only both ends of a long one."""
    steps: list[str] = []
    while isinstance(place, tuple):
        place, step = place
        steps.append(step)
    steps.reverse()
    if len(steps) > MOST_STEPS:
        steps[MOST_STEPS // 2 : -MOST_STEPS // 2] = ["…"]
    return place + "".join(steps)


_LEAVES: dict[type, Callable[[Any, Place], Value]] = {
    float: lambda thing, _: thing,
    bool: lambda thing, _: thing,
    str: lambda thing, _: thing,
    int: _integer,
    Key: lambda thing, _: thing,
    Plot: lambda thing, _: thing,
}

# ── out ──────────────────────────────────────────────────────────────────────────────────────


def to_python(value: Value, wrap: Callable[[Value], Any], classes: Classes | None = None) -> Any:
    """The Python object of a value; `wrap` makes one from a function."""
    if type(value) is float:
        return value
    if type(value) is Array:
        return _view(value)
    return run(_outwards(value, wrap, classes or Classes(), Endless(value)))


# By identity: the owners of the data of arrays that went out.
_given: WeakValueDictionary[int, Any] = WeakValueDictionary()


def _view(array: Array) -> Any:
    """An array for others to read. Nobody can write to its buffer: a numpy array with its own data would let
    its user make it writable again.
    """
    data: Any = array.data
    if is_of_bytes(data):  # of native code
        return data
    view = np.asarray(memoryview(data).toreadonly())
    _given[id(view.base)] = view.base
    return view


def _apart(bounds: Bounds) -> Bounds:
    """The same bounds with copied ends."""
    lower, upper = (end if type(end) is float else end.copy() for end in (bounds.lower, bounds.upper))
    return Bounds(lower, upper, bounds.continuous, bounds.is_part)


def _outwards(value: Value, wrap: Callable[[Value], Any], classes: Classes, endless: Endless) -> Walk[Any]:
    value = plain(value)
    if type(value) is Array:
        return _view(value)
    if type(value) is Expression:
        return Formula(value, _computed)
    if type(value) is Bounds:
        return _apart(value)
    if type(value) in (Cons, Nil):
        items: Iterable[Value] = list_items(value)
    elif type(value) is Record:
        items = value.values
    elif type(value) is tuple:
        items = value
    else:
        return wrap(value) if is_function(value) else value
    endless.meet()
    parts: list[Any] = []
    for item in items:
        if type(item) is float:
            parts.append(item)
        elif type(item) is Array:
            parts.append(_view(item))
        else:
            parts.append((yield _outwards(item, wrap, classes, endless)))
    if type(value) is Record:
        return classes.instance(value, parts)
    return tuple(parts) if type(value) is tuple else parts


def _computed(name: str, operands: tuple[object, ...]) -> Any:
    """The result of a primitive on Python objects, with an expression among them."""
    values = tuple([to_value(operand, "operand") for operand in operands])
    return to_python(call(PRIMITIVES[name], values if len(values) > 1 else values[0]), lambda value: value)
