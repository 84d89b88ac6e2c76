"""The laboratory: programs and their derivatives under observation, operation by operation."""

from vlad_py.laboratory.observe import compare, count, trace

__all__ = ["compare", "count", "trace"]
