"""Calls of functions whose derivative is given by a rule, each as one operation of a Wengert list."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from vlad_py.execution.limits import Limits
from vlad_py.execution.machine import run
from vlad_py.numbers.observed.wengert import WengertList
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.structure import leaves, transform
from vlad_py.values.values import NO_STATICS, Value, is_numeric, plain


class ByRule(Primitive):
    """A primitive that is such a call."""

    __slots__ = ()


def by_rules(wengert: WengertList, limits: Limits | None) -> Callable[[Value, str, Value, Value], Value]:
    """The steps that replace such a call: for each real or array of the value an operation on those of the
    argument. On other numbers it calls the function, which puts the derivative of its rule on what it gives.
    """

    def whole(point: Value, name: str, function: Value, value: Value) -> Value:
        arguments = tuple(leaf for leaf in leaves(point) if is_numeric(leaf))
        positions = count()

        def called(position: int) -> Callable[..., Value]:
            def apply(*numbers: Value) -> Value:
                rest = iter(numbers)
                at = transform(point, lambda leaf: next(rest) if is_numeric(leaf) else leaf)
                return [leaf for leaf in leaves(run(function, at, limits)) if is_numeric(leaf)][position]

            return apply

        def recorded(leaf: Value) -> Value:
            if not is_numeric(leaf):
                return leaf
            apply = called(next(positions))
            primitive = ByRule(
                name=name, arity=len(arguments), doc="", value=apply, internal=True, apply=apply
            )
            return wengert.add(primitive, arguments, NO_STATICS, plain(leaf))

        return transform(value, recorded)

    return whole
