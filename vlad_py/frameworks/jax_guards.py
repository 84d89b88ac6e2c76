"""Guards that do not hold, in JAX: nan, and nan for all derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp


def doubt(held: Any, numbers: Sequence[Any], dtype: Any) -> Any:
    """0 if guards held; else nan, and all its derivatives by the numbers, of any order, are nan too.

    Added to a result, it does the same to that, even if the result depends on none of the numbers. A `where`
    of the result and nan would not do: JAX transposes it to a cotangent of 0. The first `where` here keeps
    infinite numbers and cotangents from being multiplied by 0.
    """
    total = sum((jnp.sum(x) for x in numbers), jnp.zeros((), dtype))
    return jnp.sin(jnp.where(held, 0.0, total) * jnp.where(held, 1.0, jnp.nan))


def doubted(held: Any, tangent: Any) -> Any:
    """A tangent, or nan where guards did not hold: linear in it, so that JAX can transpose it."""
    return tangent * jnp.where(held, 1.0, jnp.nan).astype(tangent.dtype)
