"""vlad_py: ADL, a small functional language with exact, arbitrarily nested differentiation.

`import vlad_py as vlad` costs nothing: what a name needs is loaded when the name is first used.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"  # the only place that states it; the build reads this line

if TYPE_CHECKING:  # for type checkers, which cannot see what is loaded late
    from vlad_py.embedding.check import GradientError as GradientError
    from vlad_py.embedding.check import check_gradients as check_gradients
    from vlad_py.embedding.function import Function as Function
    from vlad_py.embedding.host import primitive as primitive
    from vlad_py.embedding.module import Module as Module
    from vlad_py.embedding.operators import derivative as derivative
    from vlad_py.embedding.operators import derivative_tensor as derivative_tensor
    from vlad_py.embedding.operators import derivatives as derivatives
    from vlad_py.embedding.operators import gradient as gradient
    from vlad_py.embedding.operators import hessian as hessian
    from vlad_py.embedding.operators import hvp as hvp
    from vlad_py.embedding.operators import interval as interval
    from vlad_py.embedding.operators import jacobian as jacobian
    from vlad_py.embedding.operators import jvp as jvp
    from vlad_py.embedding.operators import taylor as taylor
    from vlad_py.embedding.operators import value_and_gradient as value_and_gradient
    from vlad_py.embedding.operators import vjp as vjp
    from vlad_py.embedding.programs import evaluate as evaluate
    from vlad_py.embedding.programs import load as load
    from vlad_py.embedding.programs import run as run
    from vlad_py.embedding.sparse import sparse_hessian as sparse_hessian
    from vlad_py.embedding.sparse import sparse_jacobian as sparse_jacobian
    from vlad_py.embedding.sparse import sparsity as sparsity
    from vlad_py.embedding.symbols import symbol as symbol
    from vlad_py.errors import ConversionError as ConversionError
    from vlad_py.errors import Error as Error
    from vlad_py.errors import HostError as HostError
    from vlad_py.errors import LimitError as LimitError
    from vlad_py.errors import ResolveError as ResolveError
    from vlad_py.errors import RunError as RunError
    from vlad_py.errors import SyntaxError as SyntaxError
    from vlad_py.jupyter.extension import load_ipython_extension as load_ipython_extension
    from vlad_py.jupyter.extension import unload_ipython_extension as unload_ipython_extension
    from vlad_py.laboratory.observe import compare as compare
    from vlad_py.laboratory.observe import count as count
    from vlad_py.laboratory.observe import trace as trace
    from vlad_py.machine import Limits as Limits

_PLACES = {
    "embedding.programs": "evaluate load run",
    "embedding.operators": (
        "derivative derivative_tensor derivatives gradient hessian hvp interval jacobian jvp taylor "
        "value_and_gradient vjp"
    ),
    "embedding.function": "Function",
    "embedding.check": "GradientError check_gradients",
    "embedding.module": "Module",
    "embedding.host": "primitive",
    "embedding.sparse": "sparse_hessian sparse_jacobian sparsity",
    "embedding.symbols": "symbol",
    "laboratory.observe": "compare count trace",
    "errors": "ConversionError Error HostError LimitError ResolveError RunError SyntaxError",
    "machine": "Limits",
    "jupyter.extension": "load_ipython_extension unload_ipython_extension",
}
_PLACE = {name: place for place, names in _PLACES.items() for name in names.split()}


def _load(name: str) -> Any:
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACE[name]}"), name)


def __getattr__(name: str) -> Any:
    if name not in _PLACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = _load(name)
    return value


def __dir__() -> list[str]:
    return sorted(name for name in (*_PLACE, "__version__") if not name.endswith("_ipython_extension"))


class _Package(ModuleType):
    """`primitive` is a submodule too, which the import system would put in the decorator's place."""

    @property
    def primitive(self) -> Any:
        return _load("primitive")

    @primitive.setter
    def primitive(self, _: ModuleType) -> None:
        """The submodule stays where imports look for it, in `sys.modules`."""


sys.modules[__name__].__class__ = _Package
