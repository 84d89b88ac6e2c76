"""Recursive functions as functions of the IR: a variant for each kind of their captures and arguments.

This is polyvariant specialisation, with a memo of the variants. What a variant gives is found by a walk in
which a recursive call has no result and the other branch of a choice decides, until it is stable. A function
that never meets itself, like one for each length of a list, is followed once.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from sys import maxsize
from typing import TYPE_CHECKING, cast

from vlad_py.core.tree import Lambda
from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk
from vlad_py.native.closures import bound
from vlad_py.native.exits import Restart, Unfinished
from vlad_py.native.ir import Function, Name, Region
from vlad_py.native.kinds import generalised, kind_of, names_like, refilled
from vlad_py.native.widening import item_of, listed
from vlad_py.values.values import Closure, Cons, Value

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

MOST_VARIANTS = 64  # of a function, by kinds of its arguments
MOST_TRIES = 4  # until what a recursive function gives has settled
NONE = maxsize  # deeper than any variant
MANY_KINDS = "a recursive function for too many kinds of arguments"


@dataclass(slots=True, eq=False)
class Recursions:
    """What makes a unit start again: the functions that become functions of the IR, by first segment, and
    those of them whose lists become ones of unknown length.
    """

    functions: set[object] = field(default_factory=set)
    of_any_length: set[object] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Variant:
    """A recursive function for one kind of its captures and arguments, as a function of the IR, and what it
    gives; None where that is not known yet.

    `needs` is the place of the outermost variant in the making that it has called; a finished one without any
    has NONE. `is_asked` says whether it was called while it was in the making.
    """

    code: Lambda
    function: Function
    needs: int
    is_asked: bool = False
    result: Value = None
    is_known: bool = False


@dataclass(slots=True, eq=False)
class Memo:
    """The variants of a unit, by their kinds, and those of them in the making, outermost first."""

    recursions: Recursions
    of: dict[Hashable, Variant] = field(default_factory=dict)
    making: list[Variant] = field(default_factory=list)

    def call(self, variant: Variant) -> None:
        """A variant is called: those in the making inside of what it needs depend on that as well."""
        variant.is_asked |= not variant.function.is_written
        for inner in self.making[variant.needs + 1 :]:
            inner.needs = min(inner.needs, variant.needs)


def call_variant(s: Specialiser, function: Closure, code: Lambda, argument: Value) -> Walk[Value]:
    """A call of a recursive function's variant, which is made where its kinds are new."""
    if function.enter in s.memo.recursions.of_any_length:
        argument = _of_any_length(s, argument)
    key = (kind_of(function), kind_of(argument), s.rule is None)
    whole = (function, argument)
    variant = s.memo.of.get(key)
    if variant is None:
        if sum(known.code is code for known in s.memo.of.values()) >= MOST_VARIANTS:
            if function.enter in s.memo.recursions.of_any_length:
                raise NotNative(MANY_KINDS)
            s.memo.recursions.of_any_length.add(function.enter)
            raise Restart
        variant = yield _made(s, key, code, whole)
    s.memo.call(variant)
    if not variant.is_known:
        raise Unfinished
    _, _, operands = generalised(s.builder, whole)
    template, names, _ = generalised(s.builder, variant.result)
    s.builder.emit("call", operands, names, variant.function)
    return refilled(s.builder, template, names)


def _of_any_length(s: Specialiser, argument: Value) -> Value:
    """The argument with its lists as lists of unknown length; an empty list stays."""

    def part(value: Value) -> Value:
        return listed(s.builder, item_of(s.builder, (value,)), value) if type(value) is Cons else value

    return tuple(map(part, argument)) if type(argument) is tuple else part(argument)


def _made(s: Specialiser, key: Hashable, code: Lambda, whole: tuple[Closure, Value]) -> Walk[Variant]:
    """Makes a variant."""
    of, making = s.memo.of, s.memo.making
    place = len(making)
    variant = of[key] = Variant(code, Function(code.code.name, Region([], [], []), is_written=False), place)
    before = set(of)
    making.append(variant)
    try:
        yield _write(s, variant, place, whole)
    except BaseException:
        for made in set(of) - before | {key}:
            del of[made]
        raise
    finally:
        del making[place:]
    if variant.needs == place:
        variant.needs = NONE
    for made in set(of) - before:
        if of[made].needs == place:
            of[made].needs = variant.needs
    return variant


def _write(s: Specialiser, variant: Variant, place: int, whole: tuple[Closure, Value]) -> Walk[None]:
    """Writes a function, until what it gives has settled: at once, if nothing has asked for that."""
    builder, of = s.builder, s.memo.of
    for _ in range(MOST_TRIES):
        others = set(of)
        abstract, parameters, _ = generalised(builder, whole)
        function, argument = cast(tuple[Closure, Value], abstract)
        variant.is_asked = False
        with builder.into([], is_function=True) as ops:
            (result,) = yield s.block(variant.code.body, bound(function, variant.code, argument))
            template, _, given = generalised(builder, result)
            names: list[Name] | None = given
            if variant.is_asked:
                names = names_like(variant.result, result) if variant.is_known else None
        if names is not None:
            if not variant.is_asked:
                variant.result, variant.is_known = template, True
            region = variant.function.region
            region.parameters, region.ops, region.results = parameters, ops, names
            variant.function.is_written = True
            return
        variant.result, variant.is_known = template, True
        for key in set(of) - others:
            if of[key].needs <= place:
                del of[key]  # made on the way, for a result that was not known
    raise NotNative("a recursive function whose value changes its structure")
