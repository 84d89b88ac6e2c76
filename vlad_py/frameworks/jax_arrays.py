"""Operations on arrays in JAX: what each becomes follows from the shape of its entry, as in compiled code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import jax.numpy as jnp

from vlad_py.frameworks.jax_values import along, by_text, is_arithmetic, of_reals
from vlad_py.ground.late_numpy import np
from vlad_py.native.array_kinds import subscripts
from vlad_py.native.array_ops import cells_of
from vlad_py.native.ir import Use
from vlad_py.native.reading import NoText
from vlad_py.primitives.kinds import (
    Along,
    Assembly,
    Choosing,
    Elementwise,
    General,
    Predicate,
    Rearranging,
    in_numpy,
)

Shape = tuple[int, ...]
MOST_DIMENSIONS = 4  # of arrays whose dimensions are tried in every order


def known(use: Use, shapes: list[Shape]) -> Callable[[Use, list[Any], Shape], Any] | None:
    """What an operation on arrays of some shapes is in JAX, where JAX differentiates it as ADL does:
    arithmetic, and moving elements. None for others.
    """
    primitive = use.primitive
    if isinstance(primitive, Choosing):
        return _chosen
    if isinstance(primitive, Rearranging):
        return lambda use, operands, shape: rearranged(operands[0], use, shape)
    if isinstance(primitive, Assembly):
        return assembled
    if isinstance(primitive, (Elementwise, Predicate)):
        return _elementwise if is_arithmetic(primitive) else None
    return _summed if subscripts(use, shapes) else None


def result(use: Use, operands: Sequence[Any], shape: Shape, dtype: Any) -> Any:
    """The real or array that another operation gives. NoText where only Python can say."""
    primitive = use.primitive
    if isinstance(primitive, Elementwise):
        return _elementwise(use, operands, shape).astype(dtype)
    if isinstance(primitive, Along):
        return along(primitive.whole, operands[0], use.statics["axis"]).reshape(shape)
    if isinstance(primitive, General):
        text = in_numpy(primitive, [jnp.shape(x) for x in operands], use.statics)
        if text:
            return jnp.asarray(by_text(text, operands), dtype).reshape(shape)
    raise NoText


def _elementwise(use: Use, operands: Sequence[Any], shape: Shape) -> Any:
    return jnp.broadcast_to(jnp.asarray(of_reals(use.primitive, operands)), shape)


def _chosen(use: Use, operands: list[Any], shape: Shape) -> Any:
    condition, yes, no = operands
    return jnp.broadcast_to(jnp.where(condition != 0.0, yes, no), shape)


def _summed(use: Use, operands: list[Any], shape: Shape) -> Any:
    text = subscripts(use, [x.shape for x in operands])
    return jnp.einsum(text, *operands, precision="highest").reshape(shape)


def rearranged(x: Any, use: Use, shape: Shape) -> Any:
    """The elements in other places."""
    primitive = use.primitive
    assert isinstance(primitive, Rearranging)
    places = primitive.places(x.shape, use.statics)
    if not x.size or not places.size:
        return jnp.zeros(shape, x.dtype)
    there = np.maximum(places - 1, 0)
    if (places > 0).all():
        order = np.arange(x.size).reshape(x.shape)
        if places.size == x.size:
            if np.array_equal(there.ravel(), order.ravel()):
                return x.reshape(shape)
            if x.ndim <= MOST_DIMENSIONS:
                for axes in permutations(range(x.ndim)):
                    if np.array_equal(order.transpose(axes).ravel(), there.ravel()):
                        return x.transpose(axes).reshape(shape)
        elif x.ndim <= len(shape) and np.array_equal(_spread(order, shape), there):
            return jnp.broadcast_to(x, shape)
        return x.ravel()[there].reshape(shape)
    return jnp.where(places > 0, x.ravel()[there], 0.0).reshape(shape)


def _spread(order: Any, shape: Shape) -> Any:
    """Places spread to a shape; none where they do not fit it."""
    try:
        return np.broadcast_to(order, shape)
    except ValueError:
        return order[:0]


def assembled(use: Use, parts: list[Any], shape: Shape) -> Any:
    """Parts put together: each goes where its adjoint takes it from. Elements that meet are added."""
    cells = cells_of(use, [x.shape for x in parts], shape)
    flat = jnp.zeros(int(np.prod(shape)), parts[0].dtype)
    for part, own in zip(parts, cells, strict=True):
        flat = flat.at[own.ravel()].add(part.ravel())
    return flat.reshape(shape)
