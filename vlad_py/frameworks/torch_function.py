"""ADL functions as operations of PyTorch: `vlad.torch`.

The derivative of an operation is the pullback of its ADL function, which is an ADL function as well, and so
an operation of PyTorch again. Hence PyTorch may differentiate as often as it likes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from vlad_py.frameworks.trees import filled, leaves, mapped
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import np
from vlad_py.python.function import Function, function_of
from vlad_py.python.programs import evaluate
from vlad_py.values.show import describe

FIXED = (bool, str)  # leaves without a derivative


def torch_function(function: object) -> Callable[..., Any]:
    """See `doors.torch`."""
    found = function_of(function, "torch")

    def call(*arguments: object) -> Any:
        return _applied(found, arguments)

    call.__name__ = call.__qualname__ = found.__name__
    call.__doc__ = found.__doc__
    return call


@cache
def _pulled() -> Function:
    """Takes f(x) to the function of x and a cotangent of f(x) that gives the cotangent of x."""
    function: Function = evaluate("fn f => fn (x, cotangent) => vjp(f, x)[1](cotangent)")
    return function


def _is_tensor(leaf: object) -> bool:
    return isinstance(leaf, torch.Tensor)


def _applied(function: Function, arguments: tuple[object, ...]) -> Any:
    """The result of a function in PyTorch's tensors."""
    tensors = [leaf for leaf in leaves(arguments) if _is_tensor(leaf)]
    given: list[Any] = []  # the structure of the result, which PyTorch does not pass on
    results = _Operation.apply(function, arguments, given, *tensors)
    return filled(given[0], results, lambda leaf: leaf is _PLACE)


_PLACE = object()  # stands for a tensor in a structure


class _Operation(torch.autograd.Function):  # type: ignore[misc]
    """A call of an ADL function on the tensors of a structure."""

    @staticmethod
    def forward(ctx: Any, function: Function, arguments: Any, given: list[Any], *tensors: Any) -> Any:
        """The result's tensors; its structure goes into `given`."""
        data = [np.asarray(t.detach().cpu().numpy(), np.float64) for t in tensors]
        numbers: list[Any] = [float(x) if x.ndim == 0 else x for x in data]
        whole = filled(arguments, numbers, _is_tensor)
        result = function(*whole)
        kind = _kind(tensors)
        results: list[Any] = []

        def taken(leaf: object) -> object:
            if isinstance(leaf, FIXED):
                return leaf
            if not isinstance(leaf, (float, np.ndarray)):
                held = describe(leaf.value) if isinstance(leaf, Function) else type(leaf).__name__
                raise ConversionError(f"torch: the result holds {held}, which PyTorch cannot take")
            results.append(torch.tensor(np.array(leaf), **kind))
            return _PLACE

        given.append(mapped(result, taken))
        ctx.function, ctx.arguments, ctx.given = function, arguments, given[0]
        ctx.save_for_backward(*tensors)
        return tuple(results)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """The cotangents of the tensors that went in: another operation, of these and of cotangents."""
        arguments = filled(ctx.arguments, ctx.saved_tensors, _is_tensor)
        point = arguments[0] if len(arguments) == 1 else arguments
        cotangent = filled(ctx.given, cotangents, lambda leaf: leaf is _PLACE)
        back = _applied(_pulled()(ctx.function), (point, cotangent))
        pairs = zip([x for x in leaves(point) if not isinstance(x, FIXED)], leaves(back), strict=True)
        return None, None, None, *[found for leaf, found in pairs if _is_tensor(leaf)]


def _kind(tensors: tuple[Any, ...]) -> dict[str, Any]:
    """The precision and the device of a result: the highest precision that goes in."""
    kind = torch.float32 if tensors else torch.float64
    for tensor in tensors:
        if tensor.dtype.is_floating_point:
            kind = torch.promote_types(kind, tensor.dtype)
    return {"dtype": kind, "device": tensors[0].device if tensors else None}
