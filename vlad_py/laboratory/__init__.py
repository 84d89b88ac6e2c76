"""The laboratory: programs and their derivatives under observation, operation by operation.

Its functions for Python are loaded on first use: every start of the command reads `menu.py` from this folder.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vlad_py.laboratory.observe import compare, count, trace

__all__ = ["compare", "count", "trace"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vlad_py.laboratory import observe

    return getattr(observe, name)
