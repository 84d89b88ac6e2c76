"""The declarers of functions of arrays: an entry is one call of one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

from vlad_py.primitives.declare import ForReaders, declared, split_axis
from vlad_py.primitives.kinds import Assembly, Axial, General, Linear
from vlad_py.primitives.primitive import MANY, Adjoint, Apply, Rule, highest_of
from vlad_py.values.values import Array, Number, Value


def general(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    rules: tuple[Rule | None, ...],
    linear: bool = False,
    internal: bool = False,
    code: Callable[[list[str], list[Any]], str] | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of reals and arrays whose derivative by each argument is a rule.

    An argument without a rule carries no derivative: an axis, a shape, an index. A `linear` function is
    linear in all arguments with a rule, taken together. `code` is for numpy's code of a run (see
    kinds.py).
    """
    primitive = (Linear if linear else General)(
        name=name, arity=len(rules), doc=doc, value=value, rules=rules, code=code, internal=internal, **words
    )
    active = tuple(i for i, rule in enumerate(rules) if rule is not None)

    def apply(*arguments: Value) -> Value:
        for i in active:
            if isinstance(arguments[i], Number):
                return highest_of([arguments[i] for i in active]).lift(primitive, arguments)
        return value(*arguments)

    def apply_first(x: Value, *rest: Value) -> Value:
        if isinstance(x, Number):
            return x.lift(primitive, (x, *rest))  # type: ignore[attr-defined]
        return value(x, *rest)

    def apply_both(a: Value, b: Value) -> Value:
        if type(a) is Array and type(b) is Array:
            return value(a, b)
        return apply(a, b)

    several = apply_both if len(rules) == 2 else apply
    return declared(primitive, apply_first if active == (0,) else several)


def assembly(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    part: Callable[..., Adjoint],
    **words: Unpack[ForReaders],
) -> Apply:
    """A function that puts many reals and arrays together, linear in them.

    `value(xs, *rest)` puts them together; `part(i, xs, *rest)` is the adjoint by the i-th of them. The
    rest carries no derivative.
    """
    primitive = Assembly(name=name, arity=MANY, doc=doc, value=value, internal=True, part=part, **words)

    def apply(xs: tuple[Value, ...], *rest: Value) -> Value:
        highest = highest_of(xs)
        return value(xs, *rest) if highest is None else highest.assemble(primitive, xs, rest)

    return declared(primitive, apply)


def axial(
    name: str,
    *,
    doc: str,
    function: Callable[[Value, int | None], Value],
    by_shape: bool = False,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of an array, and perhaps of an axis: `name(a)` or `name(a, {axis: 0})`.

    `function(a, axis)` is made of primitives; its axis is None, or a whole number to be checked. `by_shape`
    says that it looks at no element.
    """

    def value(argument: Value) -> Value:
        return function(*split_axis(name, argument))

    primitive = Axial(name=name, arity=MANY, doc=doc, value=value, by_shape=by_shape, **words)
    return declared(primitive, value)
