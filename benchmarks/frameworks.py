"""Frameworks that differentiate programs in Python: what each calls the few functions that are measured.

Each runs on one thread and in double precision, as vlad does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, TypeAlias

Function: TypeAlias = Callable[[Any], Any]  # of a point: an array of the framework, or a tuple of them

# JAX reads it at its start; the others ask the environment, which scripts/bench sets, or are told below.
ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework. `prepared(f)` is f, compiled where the framework does that; it waits for the result."""

    name: str
    functions: Any  # log exp sum stack sigmoid softplus logsumexp, under these names
    array: Callable[[Any], Any]  # of an array of numpy
    gradient: Callable[[Function], Function]
    prepared: Callable[[Function], Function] = lambda f: f

    def point(self, point: Any) -> Any:
        """Arrays of numpy, in tuples or alone, as the framework's own."""
        return tuple(map(self.point, point)) if isinstance(point, tuple) else self.array(point)


def frameworks() -> Iterator[Framework]:
    """Those that are installed."""
    for make in (_autograd, _jax, _torch):
        try:
            yield from make()
        except ImportError:
            continue


def _autograd() -> Iterator[Framework]:
    np: Any = import_module("autograd.numpy")
    special: Any = import_module("autograd.scipy.special")
    grad: Any = import_module("autograd").grad
    functions = SimpleNamespace(
        log=np.log, exp=np.exp, sum=np.sum, stack=np.stack,
        sigmoid=lambda x: 1.0 / (1.0 + np.exp(-x)),
        softplus=lambda x: np.logaddexp(0.0, x),
        logsumexp=lambda x: special.logsumexp(x, axis=0),
    )  # fmt: skip
    yield Framework("autograd", functions, np.array, grad)


def jax_in_doubles() -> Any:
    """JAX, on one thread and in double precision. Raises ImportError."""
    os.environ.setdefault("XLA_FLAGS", ONE_THREAD)
    jax: Any = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


def _jax() -> Iterator[Framework]:
    jax = jax_in_doubles()
    np = jax.numpy
    functions = SimpleNamespace(
        log=np.log, exp=np.exp, sum=np.sum, stack=np.stack,
        sigmoid=jax.nn.sigmoid, softplus=jax.nn.softplus,
        logsumexp=lambda x: jax.scipy.special.logsumexp(x, axis=0),
    )  # fmt: skip

    def waiting(f: Function) -> Function:
        return lambda point: jax.block_until_ready(f(point))

    yield Framework("JAX", functions, np.asarray, jax.grad, waiting)
    yield Framework("JAX, jit", functions, np.asarray, jax.grad, lambda f: waiting(jax.jit(f)))


def _torch() -> Iterator[Framework]:
    torch: Any = import_module("torch")
    torch.set_num_threads(1)
    functions = SimpleNamespace(
        log=torch.log, exp=torch.exp, sum=torch.sum, stack=torch.stack,
        sigmoid=torch.sigmoid, softplus=lambda x: -torch.nn.functional.logsigmoid(-x),
        logsumexp=lambda x: torch.logsumexp(x, dim=0),
    )  # fmt: skip

    def gradient(f: Function) -> Function:
        def slope(point: Any) -> Any:
            if isinstance(point, tuple):
                inputs = tuple(x.detach().requires_grad_() for x in point)
                return torch.autograd.grad(f(inputs), inputs)
            input = point.detach().requires_grad_()
            return torch.autograd.grad(f(input), input)[0]

        return slope

    def array(data: Any) -> Any:
        return torch.tensor(data, dtype=torch.float64)

    yield Framework("PyTorch", functions, array, gradient)
