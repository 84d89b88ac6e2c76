"""The derivative operators as Python functions: those of the library, and nothing else."""

from __future__ import annotations

from typing import Any

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import RunError
from vlad_py.python.function import Function, function_of
from vlad_py.session.modules import shared_library


def library_function(file: str, name: str) -> Function:
    """A function of the standard library."""
    return Function(shared_library().module(file).value(name))


class Operator(Function):
    """A function of the library whose first argument is an ADL function.

    Raises RunError for too many arguments, ConversionError if the first one is a text or a Python function,
    and the errors of every function.
    """

    def __init__(self, file: str, name: str) -> None:
        super().__init__(library_function(file, name).value)
        self._parameters = list(self.__signature__.parameters)

    def __call__(self, *arguments: object) -> Any:
        if len(arguments) > len(self._parameters):
            raise self._too_many(len(arguments))
        first = arguments[0] if arguments else None
        if isinstance(first, str) or callable(first):
            function_of(first, "argument" if len(arguments) == 1 else "argument[0]")
        return super().__call__(*arguments)

    def _too_many(self, count: int) -> RunError:
        takes = f"{len(self._parameters)} argument{'s' * (len(self._parameters) > 1)}"
        use = (self.__doc__ or "").partition(": ")[0]
        hint = f"write `{use}`" + ("; several arguments of f are one tuple" if ", x" in use else "")
        return RunError(f"`{self.__name__}` takes {takes}, got {count}", hint=hint)


derivative = Operator("prelude/derivative", "derivative")
gradient = Operator("prelude/derivative", "gradient")
value_and_gradient = Operator("prelude/derivative", "value_and_gradient")
jvp = Operator("prelude/derivative", "jvp")
vjp = Operator("prelude/derivative", "vjp")
jacobian = Operator("prelude/calculus", "jacobian")
hessian = Operator("prelude/calculus", "hessian")
hvp = Operator("prelude/calculus", "hvp")
derivatives = Operator("prelude/taylor", "derivatives")
taylor = Operator("prelude/taylor", "taylor")
derivative_tensor = Operator("prelude/taylor", "derivative_tensor")
interval = Function(PRIMITIVES["interval"])
