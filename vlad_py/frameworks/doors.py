"""The doors to other frameworks. A framework is imported when its door is used, not before."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from vlad_py.frameworks import scipy
from vlad_py.ground.advice import install_advice
from vlad_py.ground.errors import ConversionError
from vlad_py.python.convert import a_thing, to_python, to_value
from vlad_py.python.function import Function

__all__ = ["from_sympy", "jax", "scipy", "to_sympy", "torch"]

PRECISIONS = ("double", "single")


def jax(function: object, precision: str = "double") -> Callable[..., Any]:
    """An ADL function as a function that JAX can trace: `jit`, `vmap`, `grad` and the like work on it.

    It takes the arguments of the function: reals and arrays of JAX, of any shape, alone or in tuples, lists
    and dicts; strings and booleans must be Python's. It returns the result in the same structures. Each
    structure and each shape has its own code, made when it first comes.

    Derivatives inside the function are ADL's; so are the rules by which JAX differentiates it, forward and
    in reverse, of every order. In reverse JAX takes loops whose number of turns does not depend on data.

    Where a call is an error in ADL (an index out of range, a failed assertion), the results are nan under
    `jit`; called without, it raises the error.

    Raises NotNative, with the place and the reason, for what JAX cannot run, such as recursion;
    ConversionError for arguments that are not values of ADL, or if JAX does not compute in double precision.
    """
    if find_spec("jax") is None:
        raise ConversionError("jax: JAX is not installed", hint=install_advice("jax"))
    if not isinstance(precision, str) or precision not in PRECISIONS:
        got = f'"{precision}"' if isinstance(precision, str) else a_thing(type(precision))
        raise ConversionError(f'jax: expected the precision "double" or "single", got {got}')
    from vlad_py.frameworks.jax_function import jax_function

    return jax_function(function, precision == "single")


def torch(function: object) -> Callable[..., Any]:
    """An ADL function as an operation of PyTorch, which PyTorch may differentiate as often as it likes.

    It takes the arguments of the function: tensors of any shape, alone or in tuples, lists and dicts, and
    numbers, strings and booleans of Python. It returns tensors in the structure of the result, in the highest
    precision of those that went in. ADL computes in double precision, on the CPU.

    Raises ConversionError where PyTorch is not installed, or for arguments and results that are not numbers;
    the errors of the function.
    """
    if find_spec("torch") is None:
        raise ConversionError("torch: PyTorch is not installed", hint=install_advice("torch"))
    from vlad_py.frameworks.torch_function import torch_function

    return torch_function(function)


def to_sympy(expression: object) -> Any:
    """An expression of symbols, a number or an array of numbers as SymPy's.

    A symbol becomes a real `Symbol` of the same name, an element of an array of symbols an `Indexed`, an
    array an `Array`. Whole numbers and short binary fractions are exact, other numbers are floats.

    Raises ConversionError where SymPy is not installed, for a value that is not a number, and for a function
    that SymPy does not have, with the reason.
    """
    _needs_sympy("to_sympy")
    from vlad_py.frameworks.sympy_expressions import listed, term_of

    value = to_value(expression, "the expression")
    return listed(term_of(value))


def from_sympy(term: object) -> Any:
    """A term, a matrix or an array of SymPy as an expression of ADL; as a number or an array, if it has no
    symbols. Numbers become reals of double precision.

    Raises ConversionError where SymPy is not installed, for a function that ADL does not have, and for what
    is not real.
    """
    _needs_sympy("from_sympy")
    from vlad_py.frameworks.sympy_expressions import value_of

    return to_python(value_of(term), Function)


def _needs_sympy(door: str) -> None:
    if find_spec("sympy") is None:
        raise ConversionError(f"{door}: SymPy is not installed", hint=install_advice("sympy"))
