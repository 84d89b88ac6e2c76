"""GradBench's tool for JAX, in which every call waits for what it computes: `compare` runs it instead.

JAX returns before its results are there, and GradBench's own calls stop the clock then. The programs are
GradBench's; only the clock stops later.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

Decorator = Callable[..., Callable[[Callable[[Any], Any]], Any]]


def waiting(decorator: Decorator, wait: Callable[[Any], Any]) -> Decorator:
    """GradBench's decorator of functions whose calls wait."""
    return lambda **options: lambda function: decorator(**options)(lambda given: wait(function(given)))


def main() -> None:
    wait = import_module("jax").block_until_ready
    wrap: Any = import_module("gradbench.wrap")
    wrap.function, wrap.multiple_runs = (waiting(each, wait) for each in (wrap.function, wrap.multiple_runs))
    sys.argv = sys.argv[1:]
    sys.path.insert(0, sys.argv[0].rpartition("/")[0])
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
