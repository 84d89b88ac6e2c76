"""What a value may be: its classes, and what kind each is.

| value    | representation                                                       |
|----------|----------------------------------------------------------------------|
| real     | `float`, or a `Number`: while it is being differentiated, an interval |
| array    | `Array`, or a `Number` whose innermost primal is one                 |
| boolean  | `bool`                                                               |
| string   | `str`                                                                |
| unit     | `()`                                                                 |
| tuple    | `tuple` of two or more values                                        |
| record   | `Record`                                                             |
| list     | `Cons`, `NIL`                                                        |
| key      | `Key`                                                                |
| plot     | `Plot` (see plots/plot.py)                                           |
| function | `Closure`, `Binder`, `Pullback`, and `Primitive` (see primitives/primitive.py)      |

Values are immutable and never cyclic. All walks here are loops, because a user's value can be deeper than
Python's stack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf, prod
from typing import Any, TypeAlias

from vlad_py.ground.asking import counted
from vlad_py.ground.budget import asked
from vlad_py.ground.late_numpy import np
from vlad_py.ground.node import record
from vlad_py.ground.source import Span
from vlad_py.plots.plot import Plot
from vlad_py.values.conditions import many_conditions
from vlad_py.values.indefinite import Indefinite

# Not a union of the classes above: most code knows what a number is by its tag, which a type checker cannot
# follow. With a union mypy reports 348 errors, most of them at such places, and 12 `type: ignore` are saved.
Value: TypeAlias = object
# the result of a step of the machine: the next step, its environment, a value, the continuation
Continuation: TypeAlias = tuple[Any, ...]  # (segment, parent, live tags, saved…)
Step: TypeAlias = tuple[Callable[..., Any], object, Value, Continuation]
Enter: TypeAlias = Callable[[object, Value, Continuation], Step]

# what a primitive takes besides numbers, by keyword: an axis, a shape, an index
Statics: TypeAlias = Mapping[str, Any]

UNIT: tuple[()] = ()
NO_STATICS: Statics = {}


class Number:
    """A real or an array under a nonstandard interpretation; `tag` says whose, `primal` is the standard part.

    The primal may be a Number again, always of an older (smaller) tag. A subclass is one
    interpretation; it says by `applied` how a primitive acts on it.

    A number is `by_pieces` if a linear function of it acts on each of its pieces. If it is not
    `of_differentiation`, its tag names something else, which does not end with a call.
    """

    __slots__ = ("primal", "tag")
    tag: int
    primal: Value
    by_pieces = False
    of_differentiation = True
    serial = inf  # from the counter in serial.py; inf for numbers that it does not count

    def applied(self, primitive: Any, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A primitive (see primitives/primitive.py) at numbers, at least one of them of this tag and none of
        a higher; what it takes besides numbers is in `statics`, by keyword.
        """
        raise NotImplementedError

    def without_tags(self) -> Value:
        """The number without what its differentiation, and perhaps those below, have added."""
        return self.primal

    def note(self, text: str) -> None:
        """Tells whoever observes the run what was done with the number as a whole."""
        if isinstance(self.primal, Number):
            self.primal.note(text)

    def pieces(self) -> tuple[Value, ...]:
        """What it is made of: its primal, and whatever else it has beside it."""
        return (self.primal,)

    def held(self) -> tuple[Value, ...]:
        """All values that it holds: its pieces, and what they came from if it keeps that."""
        return self.pieces()

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Value:
        """The number with other values in place of those that it holds, under a tag."""
        raise NotImplementedError

    def mapped(self, function: Callable[[Value], Value]) -> Value:
        """The number with a linear function applied to its pieces, if it is `by_pieces`."""
        return self.rebuilt(self.tag, [function(piece) for piece in self.pieces()])

    def lift1(self, primitive: Any) -> Value:
        """A primitive of one argument at this number: a subclass may have a fast way."""
        return self.applied(primitive, (self,), NO_STATICS)

    def lift2(self, primitive: Any, a: Value, b: Value) -> Value:
        """A primitive of two arguments: a subclass may have a fast way."""
        return self.applied(primitive, (a, b), NO_STATICS)

    def element(self, i: int) -> Value:
        """The i-th element of an array along its first dimension."""
        raise NotImplementedError


class Array:
    """Reals in a box of one or more dimensions: `data` is a numpy array of float64, never written to.

    It is a separate class, so that code can ask for the kind of a value before numpy is loaded, and so that
    `==` between values never compares elements. `is_condition` is set where a comparison made it, or where
    somebody has asked; an array without the attribute is not a condition, so making arrays costs nothing.
    """

    __slots__ = ("data", "is_condition")
    is_condition: bool

    def __init__(self, data: np.ndarray) -> None:
        self.data = data

    def __bool__(self) -> bool:
        # reached by a condition: `<` on reals gives a boolean, on arrays an array
        raise many_conditions(self, "an array")


class Record:
    """Named fields, in the order in which they were written."""

    __slots__ = ("names", "values")

    def __init__(self, names: tuple[str, ...], values: tuple[Value, ...]) -> None:
        self.names = names
        self.values = values

    def get(self, name: str) -> Value | None:
        """The field's value, or None where there is no such field."""
        return self.values[self.names.index(name)] if name in self.names else None


class Nil:
    """The empty list; `NIL` is the only one."""

    __slots__ = ()


NIL = Nil()


class Cons:
    """A list of a head and a tail; the tail is a list."""

    __slots__ = ("head", "tail")

    def __init__(self, head: Value, tail: Value) -> None:
        self.head = head
        self.tail = tail


GREATEST_SEED = 2**53  # of a key: up to here every whole number is a real


@record(public=True)
class Key:
    """Where random numbers come from: 64 bits, as two words. A key is not a number."""

    high: int
    low: int

    @property
    def words(self) -> tuple[int, int]:
        """Both words."""
        return self.high, self.low

    def __repr__(self) -> str:
        """A call that makes the key: from a seed, or, after a split, from its two words."""
        seed = self.high << 32 | self.low
        return f"random.key({seed})" if seed <= GREATEST_SEED else f"random.key({self.high}, {self.low})"


class Range:
    """The `size` reals low, low + 1, …, with `done` of them past; occurs only after `in`."""

    __slots__ = ("done", "low", "size")

    def __init__(self, low: Value, size: float, done: float = 0.0) -> None:
        self.low = low
        self.size = size
        self.done = done


class Code:
    """The facts that all closures of one function expression share; none are about a call.

    `captures` names its free variables in the order of a closure's environment; `parameters` is
    the text of its parameter pattern, on one line. `core` is its `Lambda` (see core/traversal.py), which
    this layer does not know; None for a Python function.
    """

    __slots__ = ("captures", "core", "doc", "id", "name", "parameters", "span")

    def __init__(
        self, id: int, name: str, parameters: str, captures: tuple[str, ...], span: Span, doc: str
    ) -> None:
        self.id = id
        self.name = name
        self.parameters = parameters
        self.captures = captures
        self.span = span
        self.doc = doc
        self.core: object = None


class Closure:
    """An ADL function: its first segment, its captured values, its code's facts."""

    __slots__ = ("code", "enter", "env")

    def __init__(self, enter: Enter, env: tuple[Value, ...], code: Code) -> None:
        self.enter = enter
        self.env = env
        self.code = code


class Binder:
    """The derivative of a function value: binds `tag` in `function` and in `input`.

    `extract` takes the derivative out of a result, once the function has been opened under a fresh tag
    and called: tangent for forward mode, sensitivity for reverse mode. `free`: the other tags of the numbers
    in it, if they are known and few.
    """

    __slots__ = ("extract", "free", "function", "input", "tag")

    def __init__(
        self, extract: Callable[[int, Value, Value], Value], tag: int, function: Value, input: Value
    ) -> None:
        self.extract = extract
        self.tag = tag
        self.function = function
        self.input = input
        self.free: frozenset[int] | None = None


class Pullback:
    """The transposed derivative at a point: maps cotangents of `output` to cotangents of `input`.

    It binds the tag of the nodes that both hold; `free` as in `Binder`.
    """

    __slots__ = ("free", "input", "output", "tag")

    def __init__(self, tag: int, output: Value, input: Value) -> None:
        self.tag = tag
        self.output = output
        self.input = input
        self.free: frozenset[int] | None = None


# ── lists ────────────────────────────────────────────────────────────────────────────────────


def make_list(items: Iterable[Value], tail: Value = NIL) -> Value:
    """The list of the items, in order, in front of `tail`."""
    new = object.__new__  # without `__init__`, which is a third of the cost
    for item in reversed(list(items)):
        longer = new(Cons)
        longer.head, longer.tail = item, tail
        tail = longer
    return tail


def list_items(value: Value) -> Iterator[Value]:
    """The elements of a list, first to last."""
    return counted(_items(value)) if asked else _items(value)


def _items(value: Value) -> Iterator[Value]:
    while isinstance(value, Cons):
        yield value.head
        value = value.tail


# ── numbers ──────────────────────────────────────────────────────────────────────────────────


def is_numeric(value: Value) -> bool:
    """Whether the value is a real or an array of reals, plain or under differentiation."""
    return type(value) is float or isinstance(value, Number) or type(value) is Array


def is_real(value: Value) -> bool:
    """Whether the value is a single real, plain or under differentiation."""
    if type(value) is float:
        return True
    if not isinstance(value, Number):
        return False
    data = plain(value)
    return type(data) is float or not (
        (isinstance(data, Indefinite) and data.shape != ()) or type(data) is Array
    )


def is_array(value: Value) -> bool:
    """Whether the value is an array, plain or under differentiation."""
    if type(value) is Array:
        return True
    if not isinstance(value, Number):
        return False
    data = plain(value)
    return type(data) is Array or (isinstance(data, Indefinite) and data.shape != ())


def shape_of(value: Value) -> tuple[int, ...]:
    """The shape of an array; () for a real."""
    if type(value) is Array:
        return value.data.shape
    if not isinstance(value, Number):
        return ()
    data = plain(value)
    if type(data) is float:
        return ()
    return data.data.shape if type(data) is Array else data.shape if isinstance(data, Indefinite) else ()


def size_of(value: Value) -> int:
    """How many reals a leaf holds: 1 for a real, all elements of an array, none for anything else."""
    if type(value) is float:
        return 1
    if not is_numeric(value):
        return 0
    return prod(shape_of(value))


def is_primal(value: Value) -> bool:
    """Whether a value can be innermost in a number: a float, an array, or an enclosure."""
    return type(value) in (float, Array) or isinstance(value, Indefinite)


def plain(value: Value) -> Value:
    """A number's innermost primal, a real, an array or an enclosure; tests and `print` see it.

    Other values are themselves.
    """
    if isinstance(value, Number):
        value = value.primal
        if isinstance(value, Number):  # rare, so only then is a count worth its time
            for _ in _SHALLOW:
                value = value.primal
                if not isinstance(value, Number):
                    return value
            return _far_below(value)
    return value


_SHALLOW = range(16)  # levels of differentiation
_MOST_KNOWN = 4096  # numbers that are remembered
_far: dict[int, tuple[Number, Value]] = {}  # by the id of a number in many others: it, its innermost primal


def _far_below(number: Number) -> Value:
    """The innermost primal of a number with many levels. Some numbers on the way are remembered, because n
    nested differentiations ask n times, each about one level more or one less.
    """
    value: Value = number
    levels = 0
    while isinstance(value, Number):
        if (known := _far.get(id(value))) is not None:
            value = known[1]
            break
        value = value.primal
        levels += 1
    if levels > len(_SHALLOW):
        if len(_far) == _MOST_KNOWN:
            _far.clear()
        _far[id(number)] = number, value
    return value


# ── kinds ─────────────────────────────────────────────────────────────────────────────────────


def is_function(value: Value) -> bool:
    """Whether the value can be called."""
    return not isinstance(
        value, (float, bool, str, tuple, Record, Nil, Cons, Key, Plot, Number, Array, Indefinite)
    )
