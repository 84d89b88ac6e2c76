"""The `Primitive` record, the table of all of them, and dispatch on the highest tag.

A primitive is one entry in one place. From that entry come its global name, its errors, its
documentation, both modes of differentiation at every nesting, and its tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from vlad_py.ground.budget import asked
from vlad_py.ground.documented import written_call
from vlad_py.ground.errors import Expected, Mismatch, NoDerivative, RunError
from vlad_py.ground.node import entry, record
from vlad_py.plots.plot import Plot
from vlad_py.primitives import steps
from vlad_py.primitives.behaviour import Behaviour
from vlad_py.primitives.by_parts import NOT_A_NUMBER, is_structure
from vlad_py.primitives.form import Form
from vlad_py.primitives.words import Pattern, Words
from vlad_py.values.indefinite import apart
from vlad_py.values.show import describe, where_numbers_belong
from vlad_py.values.values import (
    NO_STATICS,
    Array,
    Cons,
    Key,
    Nil,
    Number,
    Statics,
    Value,
    is_numeric,
)

Apply: TypeAlias = Callable[..., Any]
# A partial derivative: a constant, or a function of the result and the arguments, written with
# the language's own primitives, so that it can be differentiated again.
Partial: TypeAlias = float | Callable[..., Value]
# Where tests sample an argument: the open interval between two reals.
Domain: TypeAlias = tuple[float, float]
# What holds at special points: arguments, value there, partial derivatives there.
Edges: TypeAlias = tuple[tuple[tuple[float, ...], float, tuple[float, ...]], ...]
# How many operations an application counts: for each element of its result (of its largest argument, where
# that is larger), or a function of the shapes of the numbers and, by keyword, of what else it takes.
Cost: TypeAlias = int | Callable[..., int]

MANY = -1  # the arity of a primitive that takes its one argument apart itself


class Adjoint:
    """A linear map from the cotangent of a result to that of an argument: what a rule gives the tape.

    `function(cotangent, *saved, **statics)` is written with primitives. Numbers are saved, and all that the
    tape keeps; what is by keyword is none: an axis, a shape, an index.
    """

    __slots__ = ("function", "saved", "statics")

    def __init__(self, function: Apply, *saved: Value, **statics: Any) -> None:
        self.function = function
        self.saved = saved
        self.statics = statics

    def __call__(self, cotangent: Value) -> Value:
        return self.function(cotangent, *self.saved, **self.statics)


SPARSE: dict[Apply, int] = {}
"""The functions of adjoints that pass on element by element, with how many conditions (see `sparse`)."""


def sparse(function: Apply, conditions: int = 0) -> Apply:
    """Says of the function of an adjoint that it only moves, multiplies and adds elements. So with ones for
    the elements of the cotangent that count, and for what is saved, it tells which elements of the argument
    count: where it does not give 0. As many `conditions` come first among what is saved, and stay.
    """
    SPARSE[function] = conditions
    return function


@record
class Rule:
    """The derivative with respect to one argument x: `push(ẋ, y, *arguments)` is the tangent of the result y,
    `pull(y, *arguments)` the adjoint of that map. Both are written with primitives, and get the statics by
    keyword.
    """

    push: Apply
    pull: Callable[..., Adjoint]


@entry
class Primitive:
    """One built-in function: what all shapes of primitives have (see kinds.py for the shapes).

    `value` computes it on plain floats and arrays; `apply` on any values (what everybody calls); `inline` is
    its text in Python on plain floats, with `{0}` and `{1}` for the arguments, if it has one; it raises
    nothing, gives exactly what `value` gives, and its names are those of INLINE_NAMES. `vector` is
    the text of `value` on numpy arrays, where it is elementwise; without one it runs element by element, and
    `on_arrays` is the function on arrays, or arrays and plain floats (see vectorise.py). `by_shape` says that
    it may be part of a run on arrays: what it does depends on their shapes only.

    `drops` says that the result, or elements of it, may not depend on an argument at all: the function
    chooses, or fills with zeros.

    `structures(primitive, *arguments)`, if it has one, is the function at arguments of which one at least is
    no number: what it makes of structures (see by_parts.py).

    `stands_for` is the primitive that numbers meet in its place, for one that is entered once more.

    `squared`, of a norm, says of which primitives its square is made, which are smooth where it has a kink:
    one of the same arguments, or one of each argument and one that joins two (see core/smooth.py).

    `example` has expressions, or statements line by line, that show what it does; documents give their
    values. A function of one real without one is shown at a point of its domain.

    The fields from `text` on are words and numbers for readers; each has a default for its shape:

    - `text`: how programs and Unicode write it, where that is not a call by its name (see words.py)
    - `part_of`: the function of programs that an internal one belongs to, for messages
    - `latex`: the same for LaTeX, where that is not as `text` says
    - `spelt`: an expression of other primitives with the same value, as a function of the numbers (and, by
      keyword, of what else it takes), or None for this case; for what is internal and has no `text`
    - `cost`: the operations that it counts in the laboratory, 0 if it only moves elements
    - `form`: by which readers know sums, products and choices (see form.py)
    - `commutes`: the order of its numbers does not matter
    - `behaviour`: what is known of it as a real function (see behaviour.py)
    - `without_intervals`, with a hint: why it has no enclosure; `item_by_item`: why a batch is taken in turn
    - `word`: its name in compiled Python code, where `name` is a sign
    - `of_conditions`: it makes a condition, an array of 0 and 1, of arguments that are conditions
    - `native`: the text of `value` on reals for compiled code (native/reading.py says in which language);
      without one, `vector` is taken, if it gives the same to the last bit
    - `sympy`: the same as mathematics, with SymPy's functions, where these texts are about rounding;
      `without_sympy`: why SymPy has no such function, and a hint
    - `of_two`: the hint for a call with two arguments, where other languages have such a function
    - `unchecked`: of a function of arrays, numpy's text of `value` without the checks that make errors, for
      frameworks that compile it
    """

    name: str
    arity: int
    doc: str
    value: Callable[..., Value]
    inline: str = ""
    vector: str = ""
    internal: bool = False  # visible to the standard library only
    gives_boolean: bool = False
    pure: bool = True
    by_shape: bool = False
    squared: tuple[str, ...] = ()
    structures: Apply | None = None
    drops: bool = False
    stands_for: Primitive | None = None
    example: str = ""
    text: Words = ""
    part_of: str = ""
    latex: Words = ""
    spelt: Apply | None = None
    cost: Cost = 4
    form: Form | None = None
    commutes: bool = False
    word: str = ""
    of_conditions: bool = False
    native: str = ""
    sympy: str = ""
    without_sympy: tuple[str, str] | None = None
    unchecked: str = ""
    of_two: str = ""
    behaviour: Behaviour | None = None
    without_intervals: tuple[str, str] | None = None
    item_by_item: str = ""
    apply: Apply = lambda *_: None
    on_arrays: Apply = lambda *_: None

    @property
    def called(self) -> str:
        """What messages call it: the operator or the function that programs write it with, or its name."""
        sign = self.text.sign if isinstance(self.text, Pattern) else ""
        if self.internal and isinstance(self.text, str) and self.text.isidentifier():
            sign = self.text
        return sign or self.part_of or self.name

    def at(self, numbers: Sequence[Value], statics: Statics) -> Value:
        """The primitive at numbers as an interpretation of numbers gets them (see `Number.applied`)."""
        return self.apply(*numbers, **statics)

    def value_at(self, numbers: Sequence[Value], statics: Statics) -> Value:
        """Its own value at floats and arrays."""
        return self.value(*numbers, **statics)


PRIMITIVES: dict[str, Primitive] = {}
"""All primitives by name: global functions by their names, operators by their symbols."""

UNLISTED: dict[str, Primitive] = {}
"""The primitives that only partial derivatives take; programs cannot name them."""

INLINE_NAMES: dict[str, Callable[..., float]] = {}
"""The Python functions that inline texts call."""


class NotDifferentiable:
    """A partial that is a written decision: asking for it is an error that says why."""

    __slots__ = ("name", "why")

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        self.why = why

    def __call__(self, *_: Value) -> Value:
        raise NoDerivative(f"`{self.name}` is not differentiable here: {self.why}")


def not_differentiable(name: str, why: str) -> NotDifferentiable:
    """A gap in the table, on purpose, with its reason."""
    return NotDifferentiable(name, why)


# ── dispatch: the highest tag among the arguments decides; lower tags are constants to it ────


PLAIN = frozenset({float, Array})


def lift1(primitive: Primitive, x: Value) -> Value:
    """The primitive at an argument that is not a plain float. RunError unless it is a number, an array, or a
    structure that it takes.
    """
    if isinstance(x, Number):
        if asked:
            steps.of_numbers(x)
        return x.lift1(primitive)
    if type(x) is Array:
        return primitive.on_arrays(x)
    return _beyond(primitive, 0, x, x)


def lift2(primitive: Primitive, a: Value, b: Value) -> Value:
    """The primitive at two arguments, not both plain floats. RunError unless they are numbers, arrays, or
    structures that it takes.
    """
    if asked:
        steps.of_numbers(a, b)
    if isinstance(a, Number):  # the usual cases first
        if type(b) is float:
            return a.lift2(primitive, a, b)
        if isinstance(b, Number) and b.tag:
            return (b if b.tag > a.tag else a).lift2(primitive, a, b)
    elif type(a) is float and isinstance(b, Number):
        return b.lift2(primitive, a, b)
    highest: Number | None = None
    for position, x in enumerate((a, b)):
        if isinstance(x, Number):
            if highest is None or x.tag > highest.tag:
                highest = x
            elif not x.tag:
                _check_innermost(x, highest)
        elif type(x) not in PLAIN:
            return _beyond(primitive, position, x, a, b)
    return primitive.on_arrays(a, b) if highest is None else highest.lift2(primitive, a, b)


def _beyond(primitive: Primitive, position: int, wrong: Value, *arguments: Value) -> Value:
    """The primitive where the argument at a position is neither a number nor an array."""
    if primitive.structures is not None and any(map(is_structure, arguments)):
        return primitive.structures(primitive, *arguments)
    raise expected_real(primitive, position, wrong)


def lift_many(primitive: Primitive, xs: tuple[Value, ...]) -> Value:
    """The primitive at many reals, not all plain floats. RunError unless they are numbers, or structures that
    it takes.
    """
    for i, x in enumerate(xs):
        if type(x) is not float and not isinstance(x, Number):
            if primitive.structures is not None:
                return primitive.structures(primitive, *xs)
            raise expected_real(primitive, i, x, among=True)
    if asked:
        steps.of_numbers(*xs)
    highest = highest_of(xs)
    assert highest is not None
    return highest.applied(primitive, xs, NO_STATICS)


def highest_of(xs: Iterable[Value]) -> Number | None:
    """The number with the highest tag among values; None if there is no number."""
    highest: Number | None = None
    for x in xs:
        if isinstance(x, Number):
            if highest is None or x.tag > highest.tag:
                highest = x
            elif not x.tag:
                _check_innermost(x, highest)
    return highest


def _check_innermost(x: Number, highest: Number) -> None:
    """Two numbers that each stand for a float cannot be combined: neither can be made of the other."""
    if not highest.tag and type(x) is not type(highest):
        raise apart(x.primal, highest.primal)


def numeric(primitive: Primitive, position: int, value: Value) -> Value:
    """The argument at a position, a real or an array. RunError for anything else."""
    if is_numeric(value):
        return value
    raise expected_real(primitive, position, value)


def expected_real(primitive: Primitive, position: int, value: Value, among: bool = False) -> RunError:
    """The error for an argument that should have been a real, alone or `among` many."""
    got = describe(value)
    if primitive.called != primitive.name:
        message = f"`{primitive.called}` expects a real, got {got}"
    elif among or primitive.arity == MANY:
        message = f"`{primitive.name}` expects reals, got {got} among them"
    elif primitive.arity == 1:
        message = f"`{primitive.name}` expects a real, got {got}"
    elif primitive.name.isidentifier():
        which = ("first", "second")[position]
        message = f"`{primitive.name}` expects a real as its {which} argument, got {got}"
    else:
        message = f"`{primitive.name}` expects a real on its {('left', 'right')[position]}, got {got}"
    place = position if primitive.arity == 2 else None
    mismatch = Mismatch(Expected.REAL, value, primitive.name, place)
    error = RunError(message, hint=_hint(primitive, value)).because(mismatch)
    return where_numbers_belong(error, value)


_HINTS: dict[type, str] = {
    bool: "a boolean is not a number: write `if c then 1 else 0`",
    str: "a string is not a number: numbers have no quotes",
    Key: "a key is not a number: `random.uniform(key)` and `random.normal(key)` make numbers from it",
    Plot: "a plot is a picture: `plot(list(f, g), a, b)` shows two functions, `plot(p, q)` two plots in one",
}


_JOINED = "`join(a, b)` makes one string of both, and `print(a, b)` writes both"


def _hint(primitive: Primitive, value: Value) -> str:
    if primitive.gives_boolean:
        return "only reals have an order"
    if type(value) is str and primitive.form in (Form.SUM, Form.SUM_OF_MANY):
        return _JOINED
    if type(value) in _HINTS:
        return _HINTS[type(value)]
    if isinstance(value, (Cons, Nil)):
        return NOT_A_NUMBER
    if type(value) is tuple and len(value) == 2 and primitive.of_two:
        return primitive.of_two
    if type(value) is tuple and primitive.arity == 1 and value and primitive.called == primitive.name:
        name = primitive.name
        return f"`{name}(a, b)` is a call with the tuple `(a, b)`; `{name}` takes one real"
    if type(value) is tuple and value:
        return "take it apart: `let (a, b) = …`; or a function of one parameter was called with several"
    return "a function needs its argument: `f(x)`" if describe(value) == "a function" else ""


# ── calling a primitive as a function value ──────────────────────────────────────────────────


def call(primitive: Primitive, argument: Value) -> Value:
    """A primitive applied as every function of the language is: to one argument."""
    if primitive.arity in (1, MANY):
        return primitive.apply(argument)
    if primitive.arity == 0:
        if argument != ():
            raise arity_error(primitive.name, 0, argument)
        return primitive.apply()
    if type(argument) is not tuple or len(argument) != primitive.arity:
        hint = f"write `{signature(primitive)}`" if primitive.name.isidentifier() else ""
        raise arity_error(primitive.name, primitive.arity, argument, hint)
    return primitive.apply(*argument)


def arity_error(name: str, arity: int, argument: Value, hint: str = "") -> RunError:
    """The error for a call with the wrong number of arguments."""
    count = len(argument) if type(argument) is tuple else 1
    noun = "argument" if arity == 1 else "arguments"
    got = describe(argument) if count == 1 else str(count)
    mismatch = Mismatch(Expected.ARGUMENTS, argument, name, arity)
    return RunError(f"`{name}` takes {arity} {noun}, got {got}", hint=hint).because(mismatch)


_PARAMETERS = {0: "", 1: "x", 2: "a, b", 3: "a, b, c", MANY: "xs"}  # where the documentation names none


def signature(primitive: Primitive) -> str:
    """A call of a primitive: as its documentation begins, or with parameters by their number."""
    name = primitive.name
    if not name.isidentifier():
        return f"a {name} b"
    return written_call(name, primitive.doc) or f"{name}({_PARAMETERS[primitive.arity]})"
