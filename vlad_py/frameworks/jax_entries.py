"""An operation of JAX with a derivative of its own: like `jax.custom_jvp`, but JAX never forgets the rule.

JAX inlines a `custom_jvp` when it splits a `scan` for reverse mode: a derivative of that derivative would be
that of the value's text. A primitive stays whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from vlad_py.ground.late_numpy import np

Values = Callable[..., Sequence[Any]]


def with_tangents(value: Values, along: Values, numbers: Sequence[Any]) -> list[Any]:
    """The results of `value` at numbers. `along` takes these and their tangents, and gives the tangents of
    those results that are reals.
    """
    found: list[Any] = _by_entry.bind(*numbers, value=value, along=along)
    return found


def in_parts(value: Values, along: Values, numbers: Sequence[Any]) -> list[Any]:
    """The same, for what JAX splits where it transposes: not all of its results are linear in tangents."""
    call = jax.custom_jvp(lambda *xs: tuple(value(*xs)))

    def rule(numbers: tuple[Any, ...], changes: tuple[Any, ...]) -> tuple[Any, Any]:
        given, reals = call(*numbers), iter(along(*numbers, *changes))
        nothing = np.zeros((), jax.dtypes.float0)
        return given, tuple(nothing if x.dtype == jnp.bool_ else next(reals) for x in given)

    call.defjvp(rule)
    return list(call(*numbers))


def _shapes(*numbers: Any, value: Values, along: Values) -> list[Any]:
    given = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in numbers]
    return [jax.core.ShapedArray(x.shape, x.dtype) for x in jax.eval_shape(value, *given)]


def _tangents(
    numbers: Sequence[Any], changes: Sequence[Any], *, value: Values, along: Values
) -> tuple[list[Any], list[Any]]:
    given = with_tangents(value, along, numbers)
    reals = iter(along(*numbers, *map(ad.instantiate_zeros, changes)))
    kinds = [jax.typeof(x) for x in given]
    return given, [ad.Zero(k.to_tangent_aval()) if k.dtype == jnp.bool_ else next(reals) for k in kinds]


def _transposed(cotangents: Sequence[Any], *numbers: Any, value: Values, along: Values) -> list[Any]:
    """The cotangents of the numbers that results are linear in, as those of `solve(m, b)` are in b."""
    linear = [i for i, x in enumerate(numbers) if ad.is_undefined_primal(x)]

    def of_linear(*given: Any) -> Sequence[Any]:
        there = dict(zip(linear, given, strict=True))
        return value(*[there.get(i, x) for i, x in enumerate(numbers)])

    kinds = [jax.ShapeDtypeStruct(numbers[i].aval.shape, numbers[i].aval.dtype) for i in linear]
    back = jax.linear_transpose(of_linear, *kinds)(list(map(ad.instantiate_zeros, cotangents)))
    found = dict(zip(linear, back, strict=True))
    return [found.get(i) for i in range(len(numbers))]


def _batched(
    numbers: Sequence[Any], axes: Sequence[Any], *, value: Values, along: Values
) -> tuple[list[Any], list[int]]:
    found = with_tangents(jax.vmap(value, axes), jax.vmap(along, (*axes, *axes)), numbers)
    return found, [0] * len(found)


_by_entry = Primitive("by_entry")
_by_entry.multiple_results = True
_by_entry.def_impl(lambda *numbers, value, along: value(*numbers))
_by_entry.def_abstract_eval(_shapes)
ad.primitive_jvps[_by_entry] = _tangents
ad.primitive_transposes[_by_entry] = _transposed
batching.primitive_batchers[_by_entry] = _batched
mlir.register_lowering(
    _by_entry,
    mlir.lower_fun(lambda *numbers, value, along: value(*numbers), multiple_results=True),
)
