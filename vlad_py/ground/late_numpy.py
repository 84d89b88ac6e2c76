"""numpy, imported when the first array needs it, and without warnings while a program runs.

A program without arrays starts in half the time. Arithmetic is IEEE-754 and raises nothing, so a run
turns off numpy's warnings about it, and then restores them as they were.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib import import_module
from threading import active_count, local
from typing import TYPE_CHECKING, Any

from vlad_py.ground.asking import is_memory_limited
from vlad_py.ground.budget import whole
from vlad_py.ground.errors import RunError
from vlad_py.ground.memory import beside_the_limit

THREADED = 256  # rows of a product of matrices that OpenBLAS divides among all its threads


class _Thread(local):
    """Whether a program runs in this thread that began before numpy was loaded."""

    is_quiet = False


_thread = _Thread()


def _is_loaded() -> bool:
    """Whether numpy is loaded. It waits for a thread that is loading it: till then, it is there in part."""
    return "numpy" in sys.modules and _whole() is not None


@cache
def _whole() -> object:
    return import_module("numpy")


@cache
def _is_installed() -> bool:
    from importlib.util import find_spec  # only here: most processes have one thread when they begin

    return find_spec("numpy") is not None


if TYPE_CHECKING:
    import numpy as np
else:

    def _load() -> Any:
        module = import_module("numpy")
        if is_memory_limited():
            matrix = module.ones((THREADED, THREADED))
            matrix @ matrix  # OpenBLAS takes its buffers now; without room for them it ends the process
        return module

    class _Late:
        """Stands for the module before its first use; whatever was used once becomes an attribute."""

        def __getattr__(self, name: str) -> Any:
            try:
                # imported half, it cannot be imported again
                module = sys.modules["numpy"] if _is_loaded() else whole(lambda: beside_the_limit(_load))
            except ModuleNotFoundError:
                hint = "`pip install numpy`"
                raise RunError("arrays need numpy, which is not installed", hint=hint) from None
            if _thread.is_quiet:
                module.seterr(all="ignore")
            value = getattr(module, name)
            setattr(self, name, value)
            return value

    np = _Late()

WARNS: Any = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}  # as numpy starts


class _BeforeNumpy:
    """Until numpy is loaded: makes it quiet when it loads, and lets it warn again afterwards.

    If several are nested, as a compilation in a run, only the outermost does so: the inner ones have nothing
    to restore when they end.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        _thread.is_quiet = True

    def __exit__(self, *_: object) -> None:
        _thread.is_quiet = False
        if _is_loaded():
            np.seterr(**WARNS)


_BEFORE_NUMPY = _BeforeNumpy()
_QUIET_ALREADY = nullcontext()


def quiet() -> AbstractContextManager[None]:
    """A context, of this thread, in which numpy warns of nothing.

    Where another thread may load numpy meanwhile, it is loaded now, if it is installed: no thread can make
    numpy quiet in another one.
    """
    if _is_loaded() or (active_count() > 1 and _is_installed()):
        return np.errstate(all="ignore")
    return _QUIET_ALREADY if _thread.is_quiet else _BEFORE_NUMPY


def plain_number(given: object) -> object:
    """A number of numpy, or an array of no dimensions, as Python's; anything else as it is."""
    if type(given) in (int, float) or "numpy" not in sys.modules:
        return given
    if not isinstance(given, (np.number, np.ndarray)) or given.shape:
        return given
    kind = given.dtype.kind
    return int(given) if kind in "iu" else float(given) if kind == "f" else given


__all__ = ["np", "plain_number", "quiet"]
