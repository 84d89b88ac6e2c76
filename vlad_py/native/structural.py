"""Primitives that look at values, where the values are not known: what they write instead.

All other structural primitives only move values about, and run on unknown reals as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

from vlad_py.differentiation.operators import is_definite
from vlad_py.differentiation.watching import STOPPED, stop_gradient
from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import done, run
from vlad_py.native.abstract import TEXT, Switch
from vlad_py.native.exits import Fails, OnlyInterpreted
from vlad_py.native.ir import constant
from vlad_py.native.kinds import transform
from vlad_py.native.leaf_types import is_a_boolean, is_a_real, is_an_array
from vlad_py.native.unknown import LOOKED_AT, Named, NamedBoolean, boolean, chosen, name_of, real
from vlad_py.primitives.arithmetic import add, floor, mul, sub
from vlad_py.primitives.choice import where
from vlad_py.primitives.compare import at_most, differs, equals
from vlad_py.primitives.data import count_of, is_boolean
from vlad_py.primitives.kinds import Structural
from vlad_py.primitives.masks import as_choice, as_index
from vlad_py.primitives.output import assertion, compared_assertion, error
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.sequence import (
    LONGEST,
    check_held,
    collected_range,
    held_range,
    held_turns,
    range_of,
    turns_of,
)
from vlad_py.primitives.shapes import total
from vlad_py.values.equality import equal
from vlad_py.values.values import (
    UNIT,
    Closure,
    Cons,
    Range,
    Record,
    Value,
    is_function,
    is_numeric,
    list_items,
    shape_of,
)

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

StructuralRule = Callable[..., Value]
_RULES: dict[Callable[..., Value], StructuralRule] = {}


def rule(*values: Callable[..., Value]) -> Callable[[StructuralRule], StructuralRule]:
    """Makes a function the rule of primitives, given by their values: it takes the specialiser and the
    arguments.
    """

    def declare(function: StructuralRule) -> StructuralRule:
        _RULES.update(dict.fromkeys(values, function))
        return function

    return declare


def rule_of(primitive: Primitive, caller: Closure | None = None) -> StructuralRule | None:
    """The rule of a primitive that looks at values; None for one that may run on unknown ones.
    OnlyInterpreted for one that works with tags.
    """
    if isinstance(primitive, Structural) and primitive.of_tags:
        raise OnlyInterpreted
    return _RULES.get(primitive.value)


# ── equality ─────────────────────────────────────────────────────────────────────────────────


def is_equal(s: Specialiser, left: Value, right: Value) -> Value:
    """Whether two values are equal in all components."""
    result = constant(True)
    todo = [(left, right)]
    while todo:
        a, b = todo.pop()
        if is_a_real(a) and is_a_real(b):
            result = s.builder.both(result, s.builder.compare("==", name_of(a), name_of(b)))
        elif is_a_boolean(a) and is_a_boolean(b):
            result = s.builder.both(result, s.builder.same(name_of(a), name_of(b)))
        elif type(a) is Switch or type(b) is Switch:
            raise NotNative("a comparison of values that are one of several")
        elif is_an_array(a) and is_an_array(b):
            if shape_of(a) != shape_of(b):
                return False
            equals_there = mul(at_most(a, b), at_most(b, a))
            count = name_of(total(equals_there, axis=None))
            same = s.builder.compare("==", count, constant(float(prod(shape_of(a)))))
            result = s.builder.both(result, same)
        elif is_function(a) or is_function(b):
            equal(a, b)  # raises
        elif type(a) is not type(b):
            return False
        elif isinstance(a, (tuple, Cons)) and isinstance(b, (tuple, Cons)):
            inner, other = (list(list_items(x)) if isinstance(x, Cons) else list(x) for x in (a, b))
            if len(inner) != len(other):
                return False
            todo += list(zip(inner, other, strict=True))[::-1]
        elif isinstance(a, Record) and isinstance(b, Record):
            if sorted(a.names) != sorted(b.names):
                return False
            todo += [(v, b.get(n)) for n, v in zip(a.names, a.values, strict=True)][::-1]
        elif not equal(a, b):
            return False
    return boolean(s.builder, result)


rule(equals)(is_equal)


@rule(differs)
def _is_different(s: Specialiser, a: Value, b: Value) -> Value:
    return boolean(s.builder, s.builder.negated(name_of(is_equal(s, a, b))))


def fits_literal(s: Specialiser, value: Value, literal: Value) -> Value:
    """Whether a literal pattern fits a value."""
    if (is_a_real(value) and is_a_real(literal)) or (is_a_boolean(value) and is_a_boolean(literal)):
        return is_equal(s, value, literal)
    if value is TEXT:
        raise NotNative(LOOKED_AT)
    return type(value) is type(literal) and value == literal


# ── what looks at a real or a boolean ────────────────────────────────────────────────────────


@rule(where)
def _where(s: Specialiser, condition: Value, yes: Value, no: Value) -> Value:
    if type(condition) is NamedBoolean:
        return run(s.choice(condition, lambda: done((yes,)), lambda: done((no,))))[0]
    if type(condition) is Named and is_an_array(condition):
        return chosen(s.builder, condition, yes, no)
    return where(condition, yes, no)


@rule(range_of)
def _range(s: Specialiser, low: Value, high: Value) -> Value:
    if not (is_a_real(low) and is_a_real(high)):
        return range_of(low, high)  # raises
    distance = sub(high, low)
    # not for nan either
    s.builder.guard(s.builder.compare("<", name_of(distance), constant(float(LONGEST))), "a range too long")
    return Range(low, add(floor(distance), 1.0))


@rule(held_range, collected_range)
def _held_range(s: Specialiser, low: Value, high: Value) -> Value:
    sequence = _range(s, low, high)
    if type(sequence) is Range and type(sequence.size) is float:
        check_held(sequence)
    return sequence


@rule(turns_of)
def _turns_of(s: Specialiser, low: Value, high: Value, times: Value) -> Value:
    return turns_of(low, high, times)


@rule(held_turns)
def _held_turns(s: Specialiser, sequence: Value, times: Value) -> Value:
    if type(sequence) is Range and type(sequence.size) is float and type(times) is float:
        return held_turns(sequence, times)
    return sequence


def whole(s: Specialiser, number: Named) -> Value:
    """The real, after a guard that it is a whole number."""
    name, down = name_of(number), name_of(floor(number))
    s.builder.guard(s.builder.compare("==", name, down), "a number that is not whole")
    return real(s.builder, down)


@rule(count_of)
def _count_of(s: Specialiser, name: Value, number: Value) -> Value:
    if type(number) is not Named:
        return count_of(name, number)
    count = whole(s, number)
    s.builder.guard(s.builder.compare("<=", constant(0.0), name_of(count)), "a count below 0")
    return count


@rule(stop_gradient)
def _stop_gradient(s: Specialiser, value: Value) -> Value:
    def leaf(item: Value) -> Value:
        if s.rule is not None and is_numeric(item) and s.rule.may_vary(item):
            # of the direction or cotangent it is an error, which the interpreter tells
            raise NotNative("a derivative by a rule that stops gradients")
        return item.lift1(STOPPED) if type(item) is Named else item

    return transform(value, leaf)


@rule(error)
def _error(s: Specialiser, says: Value) -> Value:
    raise Fails  # the interpreter says it


@rule(assertion, compared_assertion)
def _assertion(s: Specialiser, argument: Value, *rest: Value) -> Value:
    test = argument[0] if type(argument) is tuple and argument else argument
    if not is_a_boolean(test):
        raise Fails
    s.builder.guard(name_of(test), "an assertion")
    return UNIT


@rule(is_boolean)
def _is_boolean(s: Specialiser, value: Value) -> Value:
    return is_a_boolean(value)


@rule(as_choice, as_index)
def _first(s: Specialiser, value: Value, *rest: Value) -> Value:
    if type(value) is NamedBoolean or is_a_real(value):
        return value
    raise NotNative("a condition of arrays")


@rule(is_definite)
def _is_definite(s: Specialiser, value: Value) -> Value:
    return is_a_real(value)
