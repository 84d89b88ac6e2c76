"""The declarers of primitives, one for each shape of function: an entry is one call of one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vlad_py.errors import Bug, RunError
from vlad_py.primitive import (
    MANY,
    PRIMITIVES,
    Apply,
    Domain,
    Edges,
    Partial,
    Primitive,
    lift1,
    lift2,
    liftn,
    number,
    reals,
)
from vlad_py.values import Value, plain


def _declare(primitive: Primitive, apply: Apply) -> Apply:
    if primitive.name in PRIMITIVES:
        raise ValueError(f"primitive {primitive.name} is declared twice")
    primitive.apply = apply
    PRIMITIVES[primitive.name] = primitive
    return apply


# ── declarers ────────────────────────────────────────────────────────────────────────────────


def _nowhere(*_: float) -> float:
    raise Bug("the value of a primitive raises, and its entry does not say what holds `outside`")


def elementwise(
    name: str,
    *,
    doc: str,
    value: Callable[..., float],
    partials: tuple[Partial, ...],
    probe: tuple[Domain, ...],
    outside: Callable[..., float] = _nowhere,
    default: float | None = None,
    edges: Edges = (),
    inline: str = "",
    internal: bool = False,
) -> Apply:
    """A function of one or two reals with its partial derivatives; gives the function to call.

    Where `value` raises, as the host's functions do outside their domain and at overflow,
    `outside` says what IEEE-754 has there. With a `default` the second argument may be left out.
    """
    primitive = Primitive(
        name,
        len(probe),
        doc,
        _total(value, outside),
        partials,
        probe,
        edges,
        inline,
        internal,
        kind="elementwise",
    )
    if primitive.arity == 1:
        return _declare(primitive, _apply1(primitive, value, outside))
    apply2 = _apply2(primitive, value, outside)
    if default is None:
        return _declare(primitive, apply2)
    primitive.apply = apply2

    def apply(argument: Value) -> Value:
        if type(argument) is not tuple:
            return apply2(argument, default)
        if len(argument) != 2:
            raise RunError(f"`{name}` takes 1 or 2 arguments, got {len(argument)}")
        return apply2(*argument)

    return _declare(replace(primitive, arity=MANY), apply)


def _total(value: Callable[..., float], outside: Callable[..., float]) -> Callable[..., float]:
    if outside is _nowhere:
        return value

    def total(*xs: float) -> float:
        try:
            return value(*xs)
        except (ValueError, OverflowError):
            return outside(*xs)

    return total


# The host's own function is called here, without a wrapper between: `try` is free.


def _apply1(primitive: Primitive, value: Callable[[float], float], outside: Apply) -> Apply:
    def apply(x: Value) -> Value:
        if type(x) is float:
            try:
                return value(x)
            except (ValueError, OverflowError):
                return outside(x)
        return lift1(primitive, x)

    return apply


def _apply2(primitive: Primitive, value: Callable[[float, float], float], outside: Apply) -> Apply:
    def apply(a: Value, b: Value) -> Value:
        if type(a) is float and type(b) is float:
            try:
                return value(a, b)
            except (ValueError, OverflowError):
                return outside(a, b)
        return lift2(primitive, a, b)

    return apply


def reduction(
    name: str,
    *,
    doc: str,
    value: Callable[[tuple[float, ...]], float],
    partials: Callable[[Value, tuple[Value, ...]], tuple[Value, ...]],
    probe: Domain,
    edges: Edges = (),
    nonempty: bool = False,
    pair: str = "",
) -> Apply:
    """A function of a tuple or a list of reals; `partials(y, xs)` gives one partial for each."""
    primitive = Primitive(name, MANY, doc, value, (partials,), (probe,), edges, kind="reduction", pair=pair)

    def apply(collection: Value) -> Value:
        xs = reals(name, collection)
        if nonempty and not xs:
            raise RunError(f"`{name}` expects at least one real, got none")
        return many(xs)

    many = _apply_many(primitive, value)
    return _declare(primitive, apply)


def _apply_many(primitive: Primitive, value: Callable[[tuple[float, ...]], float]) -> Apply:
    def apply(xs: tuple[Value, ...]) -> Value:
        for x in xs:
            if type(x) is not float:
                return liftn(primitive, xs)
        return value(xs)  # type: ignore[arg-type]

    return apply


def pairing(
    name: str,
    *,
    doc: str,
    value: Callable[[tuple[float, ...]], float],
    partials: Callable[[Value, tuple[Value, ...]], tuple[Value, ...]],
    probe: Domain,
    edges: Edges = (),
) -> Apply:
    """A function of two collections of reals of one length.

    `value` and `partials` see one tuple: the first collection's reals, then the second's.
    """
    primitive = Primitive(name, 2, doc, value, (partials,), (probe,), edges, kind="pairing")

    flat = replace(primitive, arity=MANY)  # what numbers apply again, to the primals
    flat.apply = joined = _apply_many(flat, value)

    def apply(a: Value, b: Value) -> Value:
        xs, ys = reals(name, a), reals(name, b)
        if len(xs) != len(ys):
            raise RunError(f"`{name}` expects as many reals on both sides, got {len(xs)} and {len(ys)}")
        return joined(xs + ys)

    return _declare(primitive, apply)


def step(
    name: str,
    *,
    doc: str,
    value: Callable[[float], float],
    probe: tuple[Domain, ...],
    edges: Edges = (),
) -> Apply:
    """A piecewise constant function of a real: its derivative is 0 wherever it exists, and at jumps."""
    primitive = Primitive(name, len(probe), doc, value, (0.0,) * len(probe), probe, edges, kind="step")

    def apply1(x: Value) -> Value:
        constant: Any = plain(number(primitive, 0, x))
        # a primal that is not known yet writes the operation down (see compiling/tracing.py)
        return value(constant) if type(constant) is float else constant.apply(primitive)

    return _declare(primitive, apply1)


def predicate(name: str, *, doc: str, value: Callable[[float, float], bool], inline: str) -> Apply:
    """A comparison of two reals: it sees primals and carries no derivative."""
    primitive = Primitive(name, 2, doc, value, None, inline=inline, gives_boolean=True, kind="predicate")

    def apply2(a: Value, b: Value) -> Any:
        if type(a) is float and type(b) is float:
            return value(a, b)
        x: Any = plain(number(primitive, 0, a))
        y: Any = plain(number(primitive, 1, b))
        if type(x) is float and type(y) is float:
            return value(x, y)
        return (y if type(x) is float else x).compare(primitive, x, y)

    return _declare(primitive, apply2)


def structural(
    name: str,
    arity: int,
    *,
    doc: str,
    value: Callable[..., Value],
    inline: str = "",
    internal: bool = False,
    gives_boolean: bool = False,
    pure: bool = True,
) -> Apply:
    """A function of any values that moves them about and computes nothing with their reals."""
    primitive = Primitive(
        name, arity, doc, value, None,
        inline=inline, internal=internal, gives_boolean=gives_boolean, pure=pure,
    )  # fmt: skip
    return _declare(primitive, value)
