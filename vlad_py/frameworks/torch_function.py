"""ADL functions as operations of PyTorch: `vlad.torch`.

The derivative of an operation is the pullback of its ADL function, which is an ADL function as well, and so
an operation of PyTorch again; so is its tangent. Hence PyTorch may differentiate as often as it likes, and
the transforms of `torch.func` apply: `grad`, `vjp`, `jvp`, `jacrev`, `jacfwd`, `hessian`, `vmap`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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
    """Takes f to the function that maps x and a cotangent of f(x) to the cotangent of x."""
    function: Function = evaluate("fn f => fn (x, cotangent) => vjp(f, x)[1](cotangent)")
    return function


@cache
def _pushed() -> Function:
    """Takes f to the function that maps x and a tangent of x to the tangent of f(x)."""
    function: Function = evaluate("fn f => fn (x, tangent) => jvp(f, x, tangent)[1]")
    return function


def _is_tensor(leaf: object) -> bool:
    return isinstance(leaf, torch.Tensor)


def _is_place(leaf: object) -> bool:
    return leaf is _PLACE


_PLACE = object()  # stands for a tensor in a structure


@dataclass(slots=True, eq=False)
class _Call:
    """A function, the structure of its arguments with places for tensors, and that of its result once it is
    known. PyTorch's transforms pass this object on as it is; they would take a tuple apart.
    """

    function: Function
    arguments: Any
    result: Any = None

    def whole(self, values: Iterable[Any]) -> Any:
        """The arguments, with values in the places."""
        return filled(self.arguments, values, _is_place)

    def point(self, values: Iterable[Any]) -> Any:
        """The arguments as the one argument that ADL's derivative operators take."""
        whole = self.whole(values)
        return whole[0] if len(whole) == 1 else whole


def _applied(function: Function, arguments: tuple[object, ...]) -> Any:
    """The result of a function in PyTorch's tensors."""
    tensors = [leaf for leaf in leaves(arguments) if _is_tensor(leaf)]
    call = _Call(function, mapped(arguments, lambda leaf: _PLACE if _is_tensor(leaf) else leaf))
    results = _Operation.apply(call, *tensors)
    return filled(call.result, results, _is_place)


class _Operation(torch.autograd.Function):  # type: ignore[misc]
    """A call of an ADL function on tensors, in the form that `torch.func` transforms."""

    @staticmethod
    def forward(call: _Call, *tensors: Any) -> Any:
        """The result's tensors."""
        result = call.function(*call.whole(map(_plain, tensors)))
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

        call.result = mapped(result, taken)
        return tuple(results)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keeps what the derivatives need."""
        ctx.call, *tensors = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """The cotangents of the tensors that went in: another operation, on these and on cotangents."""
        call: _Call = ctx.call
        point = call.point(ctx.saved_tensors)
        cotangent = filled(call.result, cotangents, _is_place)
        back = _applied(_pulled()(call.function), (point, cotangent))
        pairs = zip([x for x in leaves(point) if not isinstance(x, FIXED)], leaves(back), strict=True)
        return None, *[found for leaf, found in pairs if _is_tensor(leaf)]

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: Any) -> Any:
        """The tangents of the result: another operation, on the tensors that went in and their tangents."""
        call: _Call = ctx.call
        point = call.point(ctx.saved_tensors)
        pairs = zip(ctx.saved_tensors, tangents, strict=True)
        given = iter([torch.zeros_like(x) if t is None else t for x, t in pairs])

        def tangent(leaf: object) -> object:
            if isinstance(leaf, FIXED):
                return ()
            return next(given) if _is_tensor(leaf) else 0.0

        out = _applied(_pushed()(call.function), (point, mapped(point, tangent)))
        return tuple([leaf for leaf in leaves(out) if _is_tensor(leaf)])

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], call: _Call, *tensors: Any) -> Any:
        """The results for all items of a batch: one call for each, since each may take other branches."""
        if not info.batch_size:
            raise ConversionError("torch: `vmap` over no items cannot know the structure of a result")
        rows = [
            tensor.unbind(dim) if dim is not None else (tensor,) * info.batch_size
            for tensor, dim in zip(tensors, in_dims[1:], strict=True)
        ]
        found = []
        for row in zip(*rows, strict=True):
            own = _Call(call.function, call.arguments)
            found.append(_Operation.apply(own, *row))
            call.result = own.result if len(found) == 1 else call.result
            if not _alike(own.result, call.result, found[-1], found[0]):
                raise ConversionError("torch: `vmap` expects results of one structure, but they differ")
        return tuple(map(torch.stack, zip(*found, strict=True))), (0,) * len(found[0])


def _alike(a: Any, b: Any, tensors: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Whether two results have the same structure and the same shapes, so that one batch can hold both."""
    return bool(a == b) and [x.shape for x in tensors] == [x.shape for x in others]


def _plain(tensor: Any) -> Any:
    """A tensor as numpy's array, or as numpy's number if it has no dimensions. ConversionError for booleans
    and complex numbers.
    """
    if tensor.dtype == torch.bool or tensor.is_complex():
        hint = "`x.double()` has 1 for true and 0 for false"
        if tensor.is_complex():
            hint = "a pair holds both parts: `(x.real, x.imag)`"
        name = str(tensor.dtype).removeprefix("torch.")
        raise ConversionError(f"torch: a tensor of {name} is not a tensor of reals", hint=hint)
    inside = tensor.detach().cpu()
    if inside.dtype.is_floating_point:
        inside = inside.double()  # numpy does not know every precision
    return inside.numpy()[()]


def _kind(tensors: tuple[Any, ...]) -> dict[str, Any]:
    """The precision and the device of a result: the highest precision that goes in."""
    kind = torch.float32 if tensors else torch.float64
    for tensor in tensors:
        if tensor.dtype.is_floating_point:
            kind = torch.promote_types(kind, tensor.dtype)
    return {"dtype": kind, "device": tensors[0].device if tensors else None}
