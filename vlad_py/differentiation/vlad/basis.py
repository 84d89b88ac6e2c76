"""VLAD's AD basis: what its library (stdlib/vlad_basis.adl) is written with.

A pair is a tuple of two, the empty list is the unit. Levels are made with the same tags as ADL's: a
transformed procedure raises what the original one captured and its argument to numbers with a fresh tag,
runs it, and takes the tag off the result. Values are walked through closures: the tangent of a procedure is
the procedure with tangents for its captured reals.

Sources: B. A. Pearlmutter and J. M. Siskind, "Reverse-mode AD in a functional framework: Lambda the ultimate
backpropagator", ACM TOPLAS 30(2), 2008; J. M. Siskind and B. A. Pearlmutter, "Nesting forward-mode AD in a
functional framework", Higher-Order and Symbolic Computation 21 (2008).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from vlad_py.differentiation.levels import tangent, zero_of
from vlad_py.differentiation.renaming import primal
from vlad_py.differentiation.vlad.tagged import (
    FORWARD,
    FORWARD_MARK,
    PERTURBATION,
    REVERSE,
    REVERSE_MARK,
    SENSITIVITY,
    Kind,
    Mark,
    contents,
    shown,
    vlad_text,
)
from vlad_py.ground.errors import Expected, Mismatch, RunError
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node, link_of, node, sweep
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.declare import internal, structural
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.show import describe
from vlad_py.values.structure import LONG, leaves, parts, refuse_endless, transform, with_parts
from vlad_py.values.values import (
    UNIT,
    Closure,
    Number,
    Pullback,
    Record,
    Value,
    is_function,
    is_numeric,
    is_real,
)


def _tagged(name: str, kind: Kind, part: int = 0) -> Callable[[Value], Value]:
    """The function that takes a part out of a tagged value. It raises RunError for any other value."""

    def taken(value: Value) -> Value:
        held = contents(value, kind)
        if held is None:
            raise RunError(f"Argument to {name} is not a {kind[0]} value: {shown(value)}")
        return held[part]

    return taken


def _expect(kind: Kind, hint: str) -> Callable[[Value], Value]:
    """The function that gives an argument that is a tagged value of a kind. RunError for any other value."""

    def expected(value: Value) -> Value:
        if contents(value, kind) is None:
            message = f"Argument has wrong type for target: expected a {kind[0]} value, got {shown(value)}"
            raise RunError(message, hint=hint)
        return value

    return expected


def _is(kind: Kind) -> Callable[[Value], Value]:
    return lambda value: contents(value, kind) is not None


def _real(value: Value) -> Value:
    if is_real(value):
        return value
    mismatch = Mismatch(Expected.REAL, value, "real")
    raise RunError(f"`real` expects a real, got {describe(value)}").because(mismatch)


internal("vlad_is_real", 1, "Whether x is a real.", is_real)
internal("vlad_is_procedure", 1, "Whether x is a procedure.", is_function)
internal("vlad_is_perturbation", 1, "Whether x is a perturbation.", _is(PERTURBATION))
internal("vlad_is_sensitivity", 1, "Whether x is a sensitivity.", _is(SENSITIVITY))
internal("vlad_is_forward", 1, "Whether x is a forward value.", _is(FORWARD))
internal("vlad_is_reverse", 1, "Whether x is a reverse value.", _is(REVERSE))
internal("vlad_forward_mark", 0, "The mark of forward procedures.", lambda: FORWARD_MARK)
internal("vlad_reverse_mark", 0, "The mark of reverse procedures.", lambda: REVERSE_MARK)
internal("vlad_primal", 1, "The primal of a forward value.", _tagged("primal", FORWARD))
internal("vlad_tangent", 1, "The tangent of a forward value.", _tagged("tangent", FORWARD, 1))
internal("vlad_unperturb", 1, "What a perturbation holds.", _tagged("unperturb", PERTURBATION))
internal("vlad_unsensitize", 1, "What a sensitivity holds.", _tagged("unsensitize", SENSITIVITY))
internal("vlad_unreverse", 1, "What a reverse value was made of.", _tagged("*j-inverse", REVERSE))
internal("vlad_expect_forward", 1, "A forward value.", _expect(FORWARD, "`(j* x)` or a `bundle` is one"))
internal("vlad_expect_reverse", 1, "A reverse value.", _expect(REVERSE, "`(*j x)` is one"))
internal("vlad_real", 1, "x, which has to be a real.", _real)
internal("vlad_text", 1, "The text of x as VLAD writes it.", vlad_text)


SHALLOW = 30  # as deep as most values are; a walk over deeper ones is a loop

# ── values of one shape ──────────────────────────────────────────────────────────────────────


def zero(value: Value) -> Value:
    """The value with 0 for each of its reals, those that its procedures captured among them."""
    return transform(value, lambda leaf: zero_of(leaf) if is_numeric(leaf) else _other(leaf))


def _other(leaf: Value) -> Value:
    """A leaf that is not a real, in another value of the same shape."""
    return UNIT if _is_kept(leaf) else leaf


def _is_zero(value: Value) -> bool:
    return all(leaf == 0.0 if type(leaf) is float else not is_numeric(leaf) for leaf in leaves(value))


class _Unlike(Exception):
    """Two values are too deep for the short way, or not alike."""


def _zipped(a: Any, b: Any, combine: Callable[[Value, Value], Value], depth: int) -> Value:
    """As `zipped`, for values whose parts lie at most `depth` deep. _Unlike for all others."""
    kind = type(a)
    if kind is float and type(b) is float:
        return combine(a, b)
    if kind is tuple and type(b) is tuple and len(a) == len(b) and depth:
        depth -= 1
        return tuple([_zipped(x, y, combine, depth) for x, y in zip(a, b)])
    if kind is Closure and type(b) is Closure and a.code is b.code and len(a.env) == len(b.env) and depth:
        if not a.env:
            return a
        depth -= 1
        return with_parts(a, tuple([_zipped(x, y, combine, depth) for x, y in zip(a.env, b.env)]))
    if is_numeric(a) and is_numeric(b):
        return combine(a, b)
    if a is b and kind in _LEAVES:
        return a
    raise _Unlike


_LEAVES = frozenset({bool, Mark, *map(type, PRIMITIVES.values())})


def zipped(
    value: Value, other: Value, combine: Callable[[Value, Value], Value], name: str, *, once: bool = False
) -> Value:
    """A value with `combine` of its reals and those of another value of the same shape in place of its own.

    Raises RunError where the shapes differ; `name` is the procedure that asks. With `once`, `combine` is
    called once for each two reals.
    """
    if not once:
        try:
            return _zipped(value, other, combine, SHALLOW)
        except _Unlike:
            pass
    done: list[Value] = []
    todo: list[tuple[Value, Value, int]] = [(value, other, -1)]  # a count says that so many parts are done
    built = 0
    while todo:
        a, b, count = todo.pop()
        kind = type(a)
        if count >= 0:
            new = tuple(done[-count:])
            del done[-count:]
            built += 1
            if built == LONG:
                refuse_endless(value)
            done.append(new if kind is tuple else with_parts(a, new))
        elif kind is float or isinstance(a, Number):
            if not is_numeric(b):
                raise _differ(name, value, other)
            done.append(combine(a, b))
        elif kind is tuple or kind is Closure or kind is Record:
            inner, others = parts(a), parts(b) if _is_same_structure(a, b) else None
            if len(inner or ()) != len(others or ()):
                raise _differ(name, value, other, a, b)
            if inner and others:
                todo.append((a, b, len(inner)))
                todo.extend([(x, y, -1) for x, y in zip(inner[::-1], others[::-1])])
            else:
                done.append(_shared_leaf(a, b, name, (value, other)))
        else:
            done.append(_shared_leaf(a, b, name, (value, other)))
    return done[0]


def _shared_leaf(a: Value, b: Value, name: str, whole: tuple[Value, Value]) -> Value:
    """What stands for two leaves that are not reals: they have to be the same."""
    if _is_kept(a) or _is_kept(b):
        return UNIT
    if a is b or _is_same_structure(a, b) or (type(a) is type(b) and type(a) in (bool, str) and a == b):
        return a
    raise _differ(name, *whole, a, b)


def _is_kept(leaf: Value) -> bool:
    """Whether a leaf is the pullback that a backpropagator keeps.

    It belongs to one point only: any other value that is made of the backpropagator is made without it, and
    computes it anew when it needs it.
    """
    return type(leaf) is Pullback


def _is_same_structure(a: Value, b: Value) -> bool:
    if isinstance(a, Closure) and isinstance(b, Closure):
        return a.code is b.code
    if isinstance(a, Record) and isinstance(b, Record):
        return a.names == b.names
    return type(a) is tuple and type(b) is tuple


def _differ(name: str, value: Value, other: Value, a: Value = UNIT, b: Value = UNIT) -> RunError:
    """The error for values of different shapes; a and b are parts that differ, if they may be closures."""
    hint = ""
    if type(a) is Closure and type(b) is Closure:
        hint = "procedures conform if they come from one `lambda` expression or definition"
        places = a.code.span.place, b.code.span.place
        if not a.code.span.source.library and not b.code.span.source.library:
            hint += f"; these come from {places[0]} and {places[1]}"
    return RunError(f"Arguments to {name} do not conform: {shown(value)} and {shown(other)}", hint=hint)


def plus(a: Value, b: Value) -> Value:
    """The sum of two values of one shape, real by real. If one of them is a zero, it is the other, unchecked.

    Raises RunError where the shapes differ.
    """
    if is_real(a) and is_real(b):
        return add(a, b)
    if _is_zero(a):
        return b
    if _is_zero(b):
        return a
    return zipped(a, b, add, "plus")


def _conforming(value: Value, direction: Value) -> Value:
    zipped(value, direction, lambda x, _: x, "bundle")
    return direction


internal("vlad_zero", 1, "zero(x): x with 0 for its reals.", zero)
internal("vlad_plus", 2, "plus(x, y): the sum, real by real.", plus)
internal("vlad_conforming", 2, "conforming(x, dx): dx, which has the shape of x.", _conforming)


# ── levels ───────────────────────────────────────────────────────────────────────────────────


def _raised(tag: int, value: Value, direction: Value) -> Value:
    """A value of whose reals each carries, under a tag, the real of the direction as its tangent."""
    return zipped(value, direction, lambda x, slope: Dual(tag, x, slope), "bundle")


def _lowered(tag: int, value: Value) -> Value:
    """A result without its tangents, or off the tape, of a tag."""

    def leaf(x: Value) -> Value:
        if not isinstance(x, Number):
            return _other(x)
        return x if x.tag < tag else x.primal if x.tag == tag else primal(tag, x)

    return transform(value, leaf)


def _tangents(tag: int, value: Value) -> Value:
    """The tangents that a result carries under a tag, those of what its procedures captured among them."""
    return transform(value, lambda x: tangent(tag, x) if is_numeric(x) else _other(x))


def _attached(tag: int, value: Value) -> Value:
    """A value whose reals are inputs of the tape of a tag."""
    return transform(value, lambda x: node(tag, x, ()) if is_numeric(x) else _other(x))


def _pulled(pullback: Pullback, weights: Value) -> Value:
    """The cotangents of what a procedure captured and of its argument, for those of its result.

    Raises RunError where the weights do not have the shape of the result.
    """
    tag = pullback.tag
    seeds: list[tuple[Node, Value]] = []

    def seed(x: Value, weight: Value) -> Value:
        if isinstance(x, Node) and x.tag == tag:
            seeds.append((x, weight))
        return x

    zipped(pullback.output, weights, seed, "a backpropagator", once=True)
    cotangents = sweep(tag, seeds)

    def leaf(x: Value) -> Value:
        if not is_numeric(x):
            return x
        found = cotangents.get(link_of(x))  # type: ignore[arg-type]
        return zero_of(x) if found is None else found

    return transform(pullback.input, leaf)


internal("vlad_raised", 3, "raised(tag, x, dx): x, its reals with those of dx as tangents.", _raised)
internal("vlad_lowered", 2, "lowered(tag, y): y without the tag.", _lowered)
internal("vlad_tangents", 2, "tangents(tag, y): the tangents that y carries.", _tangents)
internal("vlad_attached", 2, "attached(tag, x): x, its reals as inputs of a tape.", _attached)
internal("vlad_pulled", 2, "pulled(pullback, w): cotangents of the inputs for those of the result.", _pulled)


# ── input ────────────────────────────────────────────────────────────────────────────────────


def _read_real() -> Value:
    """The next word of standard input, which has to be a real."""
    characters: list[str] = []
    while sys.stdin is not None and (character := sys.stdin.read(1)):
        if not character.isspace():
            characters.append(character)
        elif characters:
            break
    text = "".join(characters)
    try:
        return float(text)
    except ValueError:
        message = f"Value read is not real: {f'`{text}`' if text else 'the input is at its end'}"
        raise RunError(message) from None


structural("vlad_read_real", 0, doc="A real of standard input.", value=_read_real, internal=True, pure=False)
