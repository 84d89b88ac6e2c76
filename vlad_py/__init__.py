"""vlad_py: ADL, a small functional language with exact, arbitrarily nested differentiation.

`import vlad_py as vlad` costs nothing: a name loads what it needs when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"  # stated only here; the build reads this line

if TYPE_CHECKING:  # for type checkers, which cannot see late imports
    from vlad_py.execution.limits import Limits as Limits
    from vlad_py.frameworks.chunks import over_chunks as over_chunks
    from vlad_py.frameworks.doors import from_sympy as from_sympy
    from vlad_py.frameworks.doors import jax as jax
    from vlad_py.frameworks.doors import scipy as scipy
    from vlad_py.frameworks.doors import to_sympy as to_sympy
    from vlad_py.frameworks.doors import torch as torch
    from vlad_py.frameworks.sweeps import Failure as Failure
    from vlad_py.frameworks.sweeps import sweep as sweep
    from vlad_py.ground.errors import ConversionError as ConversionError
    from vlad_py.ground.errors import Error as Error
    from vlad_py.ground.errors import HostError as HostError
    from vlad_py.ground.errors import LimitError as LimitError
    from vlad_py.ground.errors import NotNative as NotNative
    from vlad_py.ground.errors import ResolveError as ResolveError
    from vlad_py.ground.errors import RunError as RunError
    from vlad_py.ground.errors import SyntaxError as SyntaxError
    from vlad_py.jupyter.extension import load_ipython_extension as load_ipython_extension
    from vlad_py.jupyter.extension import unload_ipython_extension as unload_ipython_extension
    from vlad_py.laboratory.observe import compare as compare
    from vlad_py.laboratory.observe import count as count
    from vlad_py.laboratory.observe import trace as trace
    from vlad_py.python.check import GradientError as GradientError
    from vlad_py.python.check import check_gradients as check_gradients
    from vlad_py.python.compiled import Compiled as Compiled
    from vlad_py.python.compiled import compile as compile
    from vlad_py.python.derivatives import batched as batched
    from vlad_py.python.derivatives import derivative as derivative
    from vlad_py.python.derivatives import derivative_tensor as derivative_tensor
    from vlad_py.python.derivatives import derivatives as derivatives
    from vlad_py.python.derivatives import gradient as gradient
    from vlad_py.python.derivatives import hessian as hessian
    from vlad_py.python.derivatives import hvp as hvp
    from vlad_py.python.derivatives import interval as interval
    from vlad_py.python.derivatives import jacobian as jacobian
    from vlad_py.python.derivatives import jvp as jvp
    from vlad_py.python.derivatives import taylor as taylor
    from vlad_py.python.derivatives import value_and_gradient as value_and_gradient
    from vlad_py.python.derivatives import vjp as vjp
    from vlad_py.python.function import Function as Function
    from vlad_py.python.host import primitive as primitive
    from vlad_py.python.keys import key as key
    from vlad_py.python.module import Module as Module
    from vlad_py.python.programs import evaluate as evaluate
    from vlad_py.python.programs import load as load
    from vlad_py.python.programs import run as run
    from vlad_py.python.sparse import sparse_hessian as sparse_hessian
    from vlad_py.python.sparse import sparse_jacobian as sparse_jacobian
    from vlad_py.python.sparse import sparsity as sparsity
    from vlad_py.python.symbols import symbol as symbol

# the names that Python programs import, by where they are defined; some are names of ADL's functions too
_PLACES = {
    "python.programs": "evaluate load run",
    "python.derivatives": (
        "batched derivative derivative_tensor derivatives gradient hessian hvp interval jacobian jvp taylor "
        "value_and_gradient vjp"
    ),
    "python.compiled": "Compiled compile",
    "python.function": "Function",
    "python.check": "GradientError check_gradients",
    "python.keys": "key",
    "python.module": "Module",
    "python.host": "primitive",
    "python.sparse": "sparse_hessian sparse_jacobian sparsity",
    "python.symbols": "symbol",
    "frameworks.chunks": "over_chunks",
    "frameworks.sweeps": "Failure sweep",
    "frameworks.doors": "from_sympy jax scipy to_sympy torch",
    "laboratory.observe": "compare count trace",
    "ground.errors": "ConversionError Error HostError LimitError NotNative ResolveError RunError SyntaxError",
    "execution.limits": "Limits",
    "jupyter.extension": "load_ipython_extension unload_ipython_extension",
}
_PLACE = {name: place for place, names in _PLACES.items() for name in names.split()}


def _load(name: str) -> Any:
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACE[name]}"), name)


# what other packages call it
_ELSEWHERE = {
    "grad": "gradient",
    "value_and_grad": "value_and_gradient",
    "jacfwd": "jacobian",
    "jacrev": "jacobian",
    "jit": "compile",
    "vmap": "batched",
    "eval": "evaluate",
    "function": "evaluate",
    "check_grads": "check_gradients",
    "custom_jvp": "primitive",
    "custom_vjp": "primitive",
    "PRNGKey": "key",
    **{name: f"scipy.{name}" for name in ("minimize", "least_squares", "solve_ivp")},
}


def _instead(name: str) -> str:
    """The end of an error: which name of this package has the meaning of another package's."""
    from vlad_py.ground.errors import near

    if name.startswith("_"):
        return ""
    if name in _ELSEWHERE:
        return f"; here it is `vlad.{_ELSEWHERE[name]}`"
    from vlad_py.session.catalogue import everywhere, libraries

    if name in everywhere():
        return f'; programs have it: `vlad.evaluate("{name}")`'
    if name in libraries():
        return f'; programs import it: `vlad.evaluate("import {name}\\n{name}.…")`'
    hint = near(name, _PLACE)
    return f"; {hint}" if hint else ""


def __getattr__(name: str) -> Any:
    if name not in _PLACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_instead(name)}")
    value = globals()[name] = _load(name)
    return value


def __dir__() -> list[str]:
    return sorted(name for name in (*_PLACE, "__version__") if not name.endswith("_ipython_extension"))
