"""ADL functions as functions of JAX: `vlad.jax`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from vlad_py.frameworks.jax_guards import doubt
from vlad_py.frameworks.jax_unit import run_unit
from vlad_py.ground.errors import ConversionError, NotNative
from vlad_py.ground.late_numpy import np, quiet
from vlad_py.ground.walk import Walk, run
from vlad_py.native.abstract import Switch
from vlad_py.native.builder import Builder
from vlad_py.native.exits import InError
from vlad_py.native.ir import Unit
from vlad_py.native.kinds import kind_of_plain, leaves
from vlad_py.native.units import specialise
from vlad_py.native.unknown import Named, NamedBoolean
from vlad_py.native.wrapping import wrapping_hint
from vlad_py.python.function import Function, argument_of, function_of
from vlad_py.values.show import describe
from vlad_py.values.values import Array, Closure, Cons, Nil, Record, Value, list_items


def jax_function(function: object, is_single: bool) -> Callable[..., Any]:
    """See `doors.jax`."""
    found = function_of(function, "jax")
    if type(found.value) is not Closure:
        hint = wrapping_hint(found.value)
        raise NotNative("only functions written in ADL can be given to JAX", hint=hint)
    units: dict[Hashable, _Traced] = {}

    def call(*arguments: object) -> Any:
        dtype = _dtype(is_single)
        argument, numbers = _taken(arguments)
        kind = (dtype, kind_of_plain(argument))
        if kind not in units:
            units[kind] = _traced(found, argument, arguments, dtype)
        traced = units[kind]
        *results, held, unsure = traced.call(*_parameters(argument, numbers, dtype))
        if not any(map(_is_traced, (held, *jax.tree.leaves(arguments)))) and not held:
            found(*jax.tree.map(_as_numpy, arguments))  # which says what is wrong
        return run(_given(traced.result, iter(results), unsure))

    call.__name__ = call.__qualname__ = found.__name__
    call.__doc__ = found.__doc__
    return call


def _dtype(is_single: bool) -> Any:
    if is_single:
        return jnp.float32
    if jnp.zeros(()).dtype != jnp.float64:
        hint = "`jax.config.update('jax_enable_x64', True)`, or `vlad.jax(f, precision='single')`"
        raise ConversionError("jax: JAX computes in single precision", hint=hint)
    return jnp.float64


# ── what goes in ─────────────────────────────────────────────────────────────────────────────


def _taken(arguments: tuple[object, ...]) -> tuple[Value, dict[int, Any]]:
    """The argument, with a number of its own for every real, and the numbers of JAX by the first of these."""
    numbers: dict[int, Any] = {}
    count = 0

    def marked(leaf: object) -> object:
        nonlocal count
        if isinstance(leaf, (bool, str, Function)):
            return leaf
        if not isinstance(leaf, (int, float, np.ndarray, np.number, jax.Array)):
            hint = "JAX takes it apart if you register its class: `jax.tree_util.register_dataclass`"
            raise ConversionError(f"jax: got an object of the class `{type(leaf).__name__}`", hint=hint)
        shape = np.shape(leaf)
        if not isinstance(leaf, (int, float)) and not _is_of_reals(leaf.dtype):
            return np.zeros(shape or (1,), leaf.dtype)  # which is refused as by the function itself
        numbers[count] = leaf
        first, count = count, count + int(np.prod(shape, dtype=int))
        return np.arange(first, count, dtype=np.float64).reshape(shape) if shape else float(first)

    return argument_of(jax.tree.map(marked, arguments)), numbers


def _is_of_reals(dtype: Any) -> bool:
    return bool(jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer))


def _parameters(argument: Value, numbers: dict[int, Any], dtype: Any) -> Iterator[Any]:
    """The numbers of JAX in the order of the unit's parameters."""
    for leaf in leaves(argument):
        if type(leaf) is float:
            yield jnp.asarray(numbers[int(leaf)], dtype)
        elif type(leaf) is Array:
            data: Any = leaf.data
            yield jnp.asarray(numbers[int(data.flat[0])] if data.size else data, dtype)


def _as_numpy(leaf: object) -> object:
    return np.asarray(leaf, np.float64) if isinstance(leaf, jax.Array) else leaf


# ── what is called ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Traced:
    """The code of one kind of argument. `call` takes the unit's parameters. It gives the results, whether all
    guards held, and, if there are any, what to add to known reals. `result` says where these stand in the
    value.
    """

    call: Callable[..., tuple[Any, ...]]
    result: Value


def _traced(function: Function, argument: Value, arguments: tuple[object, ...], dtype: Any) -> _Traced:
    closure = function.value
    assert type(closure) is Closure
    try:
        with quiet():  # what is known is computed now
            found = specialise(
                closure, argument, is_fixed=True, keeps_rules=True, chooses_points=True, unrolls=True
            )
    except InError:
        if not any(map(_is_traced, jax.tree.leaves(arguments))):
            function(*jax.tree.map(_as_numpy, arguments))  # the interpreter says what is wrong
        raise
    return _Traced(_callable(found.unit, found.builder, dtype), found.result)


def _is_traced(leaf: object) -> bool:
    return isinstance(leaf, jax.core.Tracer)


def _callable(unit: Unit, builder: Builder, dtype: Any) -> Callable[..., tuple[Any, ...]]:
    """A unit as a function of JAX."""

    def call(*numbers: Any) -> tuple[Any, ...]:
        with quiet():
            results, held = run_unit(unit, builder, numbers, dtype)
        if held is True:
            return *results, held, None
        unsure = doubt(held, numbers, dtype)
        return *[x if x.dtype == jnp.bool_ else x + unsure for x in results], held, unsure

    compiled: Callable[..., tuple[Any, ...]] = jax.jit(call)
    return compiled


# ── what comes out ───────────────────────────────────────────────────────────────────────────


def _given(value: Value, results: Iterator[Any], unsure: Any) -> Walk[Any]:
    """A result in Python's structures, with JAX's numbers in it; known reals are added to `unsure` if any."""
    if isinstance(value, (Named, NamedBoolean)):
        return next(results)
    if type(value) is Array:
        data: Any = jnp.asarray(value.data)
        return data if unsure is None else data + unsure
    if type(value) is float and unsure is not None:
        return value + unsure
    if isinstance(value, (float, bool, str)):
        return value
    if type(value) in (Cons, Nil):
        items = list(list_items(value))
    elif type(value) is Record:
        items = list(value.values)
    elif type(value) is tuple:
        items = list(value)
    elif isinstance(value, Switch):
        options = list(dict.fromkeys(map(describe, value.options)))
        one = " or ".join(options) + (", as data decide" if len(options) > 1 else "")
        raise ConversionError(f"jax: the result holds {one}, which JAX cannot take")
    else:
        raise ConversionError(f"jax: the result holds {describe(value)}, which JAX cannot take")
    parts = []
    for item in items:
        parts.append((yield _given(item, results, unsure)))
    if type(value) is Record:
        return dict(zip(value.names, parts, strict=True))
    return tuple(parts) if type(value) is tuple else parts
