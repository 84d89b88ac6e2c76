"""The `Primitive` record, its declarers, its fast path, and dispatch on the highest tag.

A primitive is one entry in one place. From that entry come its global name, its errors, its
documentation, both modes of differentiation at every nesting, and its tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from vlad_py.errors import RunError
from vlad_py.values import Cons, Nil, Number, Value, describe, list_items, plain

# A partial derivative: a constant, or a function of the result and the arguments, written with
# the language's own primitives, so that it can be differentiated again.
Partial: TypeAlias = float | Callable[..., Value]
# Where tests sample an argument: the open interval between two reals.
Domain: TypeAlias = tuple[float, float]

MANY = -1  # the arity of a primitive whose one argument is a tuple or a list of reals


@dataclass(slots=True, eq=False)
class Primitive:
    """One built-in function.

    `value` computes it on plain floats; `apply` on any values (what everybody calls); `inline` is
    its text in Python on plain floats, with `{0}` and `{1}` for the arguments, if it has one.
    `partials` has one entry per argument; with arity MANY it is one function of the result and
    the tuple of arguments that gives the tuple of all partials. It is None for what carries no
    derivative (tests, structure). `edges` are (arguments, value, partials) at special points.
    """

    name: str
    arity: int
    doc: str
    value: Callable[..., Value]
    partials: tuple[Partial, ...] | None
    probe: tuple[Domain, ...] = ()
    edges: tuple[tuple[tuple[float, ...], float, tuple[float, ...]], ...] = ()
    inline: str = ""
    internal: bool = False  # visible to the standard library only
    gives_boolean: bool = False
    pure: bool = True
    apply: Callable[..., Any] = lambda *_: None


PRIMITIVES: dict[str, Primitive] = {}
"""All primitives by name: global functions by their names, operators by their symbols."""

Apply: TypeAlias = Callable[..., Any]


def _declare(primitive: Primitive, apply: Apply) -> Apply:
    if primitive.name in PRIMITIVES:
        raise ValueError(f"primitive {primitive.name} is declared twice")
    primitive.apply = apply
    PRIMITIVES[primitive.name] = primitive
    return apply


# ── declarers ────────────────────────────────────────────────────────────────────────────────


def elementwise(
    name: str,
    *,
    doc: str,
    value: Callable[..., float],
    partials: tuple[Partial, ...],
    probe: tuple[Domain, ...],
    edges: tuple[tuple[tuple[float, ...], float, tuple[float, ...]], ...] = (),
    inline: str = "",
) -> Apply:
    """A function of one or two reals with its partial derivatives; gives the function to call."""
    primitive = Primitive(name, len(probe), doc, value, partials, probe, edges, inline)
    if primitive.arity == 1:

        def apply1(x: Value) -> Value:
            return value(x) if type(x) is float else lift1(primitive, x)

        return _declare(primitive, apply1)

    def apply2(a: Value, b: Value) -> Value:
        if type(a) is float and type(b) is float:
            return value(a, b)
        return lift2(primitive, a, b)

    return _declare(primitive, apply2)


def reduction(
    name: str,
    *,
    doc: str,
    value: Callable[[tuple[float, ...]], float],
    partials: Callable[[Value, tuple[Value, ...]], tuple[Value, ...]],
    probe: Domain,
    edges: tuple[tuple[tuple[float, ...], float, tuple[float, ...]], ...] = (),
) -> Apply:
    """A function of a tuple or a list of reals; `partials(y, xs)` gives one partial for each."""
    primitive = Primitive(name, MANY, doc, value, (partials,), (probe,), edges)

    def apply(collection: Value) -> Value:
        xs = reals(name, collection)
        highest = None
        for x in xs:
            if type(x) is not float:
                number = _number(primitive, 0, x)
                if isinstance(number, Number) and (highest is None or number.tag > highest.tag):
                    highest = number
        return value(xs) if highest is None else highest.liftn(primitive, xs)  # type: ignore[attr-defined]

    return _declare(primitive, apply)


def step(
    name: str,
    *,
    doc: str,
    value: Callable[[float], float],
    probe: tuple[Domain, ...],
    edges: tuple[tuple[tuple[float, ...], float, tuple[float, ...]], ...] = (),
) -> Apply:
    """A piecewise constant function of reals: its derivative is 0 wherever it exists, and at jumps."""
    arity = len(probe)
    zeros = (0.0,) * arity
    primitive = Primitive(name, arity, doc, value, zeros, probe, edges)

    def apply1(x: Value) -> Value:
        return value(x if type(x) is float else plain(_number(primitive, 0, x)))  # type: ignore[arg-type]

    return _declare(primitive, apply1)


def predicate(name: str, *, doc: str, value: Callable[[float, float], bool], inline: str) -> Apply:
    """A comparison of two reals: it sees primals and carries no derivative."""
    primitive = Primitive(name, 2, doc, value, None, inline=inline, gives_boolean=True)

    def apply2(a: Value, b: Value) -> bool:
        if type(a) is float and type(b) is float:
            return value(a, b)
        x, y = plain(_number(primitive, 0, a)), plain(_number(primitive, 1, b))
        return value(x, y)  # type: ignore[arg-type]

    return _declare(primitive, apply2)


def structural(
    name: str,
    arity: int,
    *,
    doc: str,
    value: Callable[..., Value],
    internal: bool = False,
    gives_boolean: bool = False,
    pure: bool = True,
) -> Apply:
    """A function of any values that moves them about and computes nothing with their reals."""
    primitive = Primitive(
        name, arity, doc, value, None, internal=internal, gives_boolean=gives_boolean, pure=pure
    )
    return _declare(primitive, value)


def not_differentiable(name: str, why: str) -> Callable[..., Value]:
    """A partial that is a written decision: asking for it is an error that says why."""

    def partial(*_: Value) -> Value:
        raise RunError(f"`{name}` is not differentiable here: {why}")

    return partial


# ── dispatch: the highest tag among the arguments decides; lower tags are constants to it ────


def lift1(primitive: Primitive, x: Value) -> Value:
    """The primitive at an argument that is no plain float. RunError unless it is a number."""
    number = _number(primitive, 0, x)
    return number.lift1(primitive)  # type: ignore[union-attr]


def lift2(primitive: Primitive, a: Value, b: Value) -> Value:
    """The primitive at two arguments, not both plain floats. RunError unless they are numbers."""
    m, n = _number(primitive, 0, a), _number(primitive, 1, b)
    if type(n) is float or (type(m) is not float and m.tag >= n.tag):  # type: ignore[union-attr]
        return m.lift2(primitive, a, b)  # type: ignore[union-attr]
    return n.lift2(primitive, a, b)  # type: ignore[union-attr]


def _number(primitive: Primitive, position: int, value: Value) -> float | Number:
    if type(value) is float or isinstance(value, Number):
        return value
    raise expected_real(primitive, position, value)


def expected_real(primitive: Primitive, position: int, value: Value) -> RunError:
    """The error for an argument that should have been a real."""
    if primitive.arity == MANY:
        return RunError(f"`{primitive.name}` expects reals, got {describe(value)} among them")
    if primitive.arity == 1:
        return RunError(f"`{primitive.name}` expects a real, got {describe(value)}")
    if primitive.name.isidentifier():
        which = ("first", "second")[position]
        return RunError(f"`{primitive.name}` expects a real as its {which} argument, got {describe(value)}")
    side = ("left", "right")[position]
    return RunError(f"`{primitive.name}` expects a real on its {side}, got {describe(value)}")


def reals(name: str, collection: Value) -> tuple[Value, ...]:
    """The elements of a tuple or a list. RunError for any other value."""
    if type(collection) is tuple:
        return collection
    if isinstance(collection, (Cons, Nil)):
        return tuple(list_items(collection))
    raise RunError(f"`{name}` expects a tuple or a list of reals, got {describe(collection)}")


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
        raise arity_error(primitive.name, primitive.arity, argument)
    return primitive.apply(*argument)


def arity_error(name: str, arity: int, argument: Value) -> RunError:
    """The error for a call with the wrong number of arguments."""
    count = len(argument) if type(argument) is tuple else 1
    noun = "argument" if arity == 1 else "arguments"
    got = describe(argument) if count == 1 else str(count)
    return RunError(f"`{name}` takes {arity} {noun}, got {got}")
