"""The derivative operators as functions of Python: those of the library, and nothing else."""

from __future__ import annotations

from vlad_py.embedding.function import Function
from vlad_py.modules import shared_library


def library_function(file: str, name: str) -> Function:
    """A function of the standard library."""
    return Function(shared_library().module(file).value(name))


derivative = library_function("prelude/derivative", "derivative")
gradient = library_function("prelude/derivative", "gradient")
value_and_gradient = library_function("prelude/derivative", "value_and_gradient")
jvp = library_function("prelude/derivative", "jvp")
vjp = library_function("prelude/derivative", "vjp")
jacobian = library_function("prelude/calculus", "jacobian")
hessian = library_function("prelude/calculus", "hessian")
hvp = library_function("prelude/calculus", "hvp")
