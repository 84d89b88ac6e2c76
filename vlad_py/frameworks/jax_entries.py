"""An operation of JAX with a derivative of its own: like `jax.custom_jvp`, but JAX never forgets the rule.

In reverse mode, if a `custom_jvp` is part of a linear map, JAX transposes its value and drops its rule.
Further derivatives are then those of the value. A primitive stays whole. Its transpose is such an operation
again, and follows the transposed rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from vlad_py.ground.errors import NotNative

NOT_SEEN = "a derivative in reverse mode that JAX does not see to be linear in the direction"
FORWARD = "a rule must be linear in its direction; for a second derivative, use forward mode outside"
Values: TypeAlias = Callable[..., Sequence[Any]]
Tangents: TypeAlias = Callable[[Sequence[Any], Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, eq=False)
class Entry:
    """What an operation is. `value` gives its results at numbers. `along` gives the tangents of those results
    that are reals, from the numbers and their tangents. `linear` does too, but a tangent may be None: then
    that number is fixed. If the results are linear in the fixed numbers, so are these tangents, even if
    guards do not hold.
    """

    value: Values
    along: Tangents
    linear: Tangents

    def __call__(self, *numbers: Any) -> list[Any]:
        found: list[Any] = _by_entry.bind(*numbers, entry=self)
        return found


def _shapes(*numbers: Any, entry: Entry) -> list[Any]:
    given = [_kind(x) for x in numbers]
    return [jax.core.ShapedArray(x.shape, x.dtype) for x in jax.eval_shape(entry.value, *given)]


def _kind(x: Any) -> Any:
    return jax.ShapeDtypeStruct(x.shape, x.dtype)


def _tangents(numbers: Sequence[Any], changes: Sequence[Any], *, entry: Entry) -> tuple[list[Any], list[Any]]:
    given = entry(*numbers)
    reals = iter(entry.along(numbers, list(map(ad.instantiate_zeros, changes))))
    kinds = [jax.typeof(x) for x in given]
    return given, [ad.Zero(k.to_tangent_aval()) if k.dtype == jnp.bool_ else next(reals) for k in kinds]


def _transposed(cotangents: Sequence[Any], *numbers: Any, entry: Entry) -> list[Any]:
    """The cotangents of the numbers that results are linear in, as those of `solve(m, b)` are in b."""
    linear = [i for i, x in enumerate(numbers) if ad.is_undefined_primal(x)]
    fixed = [x for x in numbers if not ad.is_undefined_primal(x)]
    places = [i for i, t in enumerate(cotangents) if _aval(t).dtype != jax.dtypes.float0]
    given = [ad.instantiate_zeros(cotangents[i]) for i in places]
    back = _transpose(entry, linear, [_kind(numbers[i].aval) for i in linear], places, len(fixed))
    found = dict(zip(linear, back(*fixed, *given), strict=True))
    return [found.get(i) for i in range(len(numbers))]


def _aval(cotangent: Any) -> Any:
    return cotangent.aval if type(cotangent) is ad.Zero else jax.typeof(cotangent)


def _transpose(entry: Entry, linear: list[int], kinds: list[Any], reals: list[int], count: int) -> Entry:
    """The transpose of an entry whose results are linear in the numbers at the places `linear`. It takes the
    `count` other numbers and the cotangents of the results at the places `reals`, and gives the cotangents of
    the linear numbers. Its tangents are the transposed tangents of `entry`, so they follow the rule.
    """

    def whole(fixed: Sequence[Any], moving: Sequence[Any]) -> list[Any]:
        there, rest = dict(zip(linear, moving, strict=True)), iter(fixed)
        return [there[i] if i in there else next(rest) for i in range(count + len(linear))]

    def value(*both: Any) -> Sequence[Any]:
        def results(*moving: Any) -> list[Any]:
            found = entry.value(*whole(both[:count], moving))
            return [found[i] for i in reals]

        return _back(results, kinds, both[count:])

    def tangents(both: Sequence[Any], changes: Sequence[Any]) -> Sequence[Any]:
        along = whole(changes[:count], [None] * len(linear))

        def by_rule(*moving: Any) -> Sequence[Any]:
            return entry.linear(whole(both[:count], moving), along)

        terms: list[Sequence[Any]] = []
        if any(c is not None for c in changes[count:]):
            pairs = zip(both[count:], changes[count:], strict=True)
            terms.append(transpose(*both[:count], *[jnp.zeros_like(x) if c is None else c for x, c in pairs]))
        if any(c is not None for c in along):
            terms.append(_back(by_rule, kinds, both[count:]))
        return [sum(each[1:], each[0]) for each in zip(*terms, strict=True)]

    transpose = Entry(value, tangents, tangents)
    return transpose


def _back(linear: Values, kinds: list[Any], cotangents: Sequence[Any]) -> Sequence[Any]:
    """The cotangents of the arguments of a linear function, for those of its results.

    NotNative if JAX does not see that the function is linear.
    """
    back = jax.linear_transpose(lambda *xs: list(linear(*xs)), *kinds)
    try:
        found: Sequence[Any] = back(list(cotangents))
    except (AssertionError, NotImplementedError):  # what JAX says of an operation that is not linear
        raise NotNative(NOT_SEEN, hint=FORWARD) from None
    return found


def _batched(numbers: Sequence[Any], axes: Sequence[Any], *, entry: Entry) -> tuple[list[Any], list[int]]:
    def of_rows(along: Tangents) -> Tangents:
        def rows(numbers: Sequence[Any], changes: Sequence[Any]) -> Sequence[Any]:
            ways = [None if c is None else axis for c, axis in zip(changes, axes, strict=True)]
            found: Sequence[Any] = jax.vmap(along, (list(axes), ways))(list(numbers), list(changes))
            return found

        return rows

    many = Entry(jax.vmap(entry.value, tuple(axes)), of_rows(entry.along), of_rows(entry.linear))
    found = many(*numbers)
    return found, [0] * len(found)


_by_entry = Primitive("by_entry")
_by_entry.multiple_results = True
_by_entry.def_impl(lambda *numbers, entry: entry.value(*numbers))
_by_entry.def_abstract_eval(_shapes)
ad.primitive_jvps[_by_entry] = _tangents
ad.primitive_transposes[_by_entry] = _transposed
batching.primitive_batchers[_by_entry] = _batched
mlir.register_lowering(
    _by_entry,
    mlir.lower_fun(lambda *numbers, entry: entry.value(*numbers), multiple_results=True),
)
