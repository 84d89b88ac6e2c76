"""The derivative operators as Python functions: those of the library, and nothing else."""

from __future__ import annotations

import dataclasses
from functools import cache, lru_cache
from operator import index
from typing import Any

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import ConversionError, RunError
from vlad_py.ground.late_numpy import plain_number
from vlad_py.ground.names import composed, is_name
from vlad_py.ground.source import Source
from vlad_py.ground.walk import Walk, run
from vlad_py.python.convert import a_thing, to_value
from vlad_py.python.fields import fields_taken
from vlad_py.python.function import Function, function_of
from vlad_py.session.library import shared_library
from vlad_py.session.session import Session
from vlad_py.syntax.parse import parse
from vlad_py.values.show import show
from vlad_py.values.values import Value


def library_function(file: str, name: str) -> Function:
    """A function of the standard library."""
    return Function(shared_library().module(file).value(name))


NO_VALUE = (
    "a text that ends with a definition has no value: write the function's name as its last line, "
    "or use `vlad.load` for a file"
)


class Operator(Function):
    """A function of the library whose first argument is an ADL function.

    Raises RunError for too many arguments, ConversionError if the first one is a text or a Python function,
    and the errors of every function.
    """

    def __init__(self, file: str, name: str) -> None:
        super().__init__(library_function(file, name).value)
        self._parameters = list(self.__signature__.parameters)

    def __call__(self, *arguments: object, **named: object) -> Any:
        if len(arguments) > len(self._parameters):
            raise self._too_many(len(arguments))
        first = arguments[0] if arguments else None
        if isinstance(first, str) or callable(first):
            function_of(first, "argument" if len(arguments) == 1 else "argument[0]")
        if isinstance(first, tuple) and not first:
            raise RunError(f"`{self.__name__}` expects a function, got the unit `()`", hint=NO_VALUE)
        return super().__call__(*arguments, **named)

    def _too_many(self, count: int) -> RunError:
        takes = f"{len(self._parameters)} argument{'s' * (len(self._parameters) > 1)}"
        use = (self.__doc__ or "").partition(": ")[0]
        hint = f"write `{use}`" + ("; several arguments of f are one tuple" if ", x" in use else "")
        return RunError(f"`{self.__name__}` takes {takes}, got {count}", hint=hint)


WRT = (
    "From Python, {0}(f, wrt=…) differentiates with respect to some parameters of f only, by position (0)\n"
    'or name ("x"), or to fields of its only argument; several are a tuple. The rest is data:\n'
    '  {0}(f, wrt=0)(x, data), {0}(loss, wrt=("w", "b"))(model)'
)
IN_AXES = (
    "From Python, batched(f, in_axes=(1, None)) takes items along the axis 1 of the first argument, and the\n"
    "second argument as it is for all of them. One axis is for all arguments; for a structure it may be a\n"
    'structure: batched(loss, in_axes=({"w": None, "x": 0}, -1)).'
)


class Derivative(Operator):
    """An operator that takes nothing but a function. `wrt` says with respect to what: a parameter by its
    position or its name, or a field of the only argument; several of them in a tuple. The rest is data.

    Raises ConversionError for what f does not have, and as `Operator`.
    """

    def __init__(self, file: str, name: str) -> None:
        super().__init__(file, name)
        self.__doc__ = f"{self.__doc__}\n\n{WRT.format(name)}"

    def __call__(self, *arguments: object, wrt: object = None, **named: object) -> Any:
        unknown = next((name for name in named if name not in _names(self)), "")
        if unknown:
            hint = f"`wrt` says with respect to what: `vlad.{self.__name__}(f, wrt=0)`"
            raise ConversionError(f"`{self.__name__}`: it has no parameter `{unknown}`", hint=hint)
        if wrt is None or len(arguments) != 1 or named:
            return _called_alike(super().__call__(*arguments, **named), arguments)
        f = function_of(arguments[0], "argument")
        chosen = [_chosen(f, which) for which in (wrt if isinstance(wrt, (tuple, list)) else (wrt,))]
        if len(set(chosen)) < len(chosen):
            raise ConversionError(f"wrt: {wrt!r} names the same thing twice")
        return _restricted(_parameters(f), tuple(chosen))(Function(self.value), f)


def _called_alike(made: Any, arguments: tuple[object, ...]) -> Any:
    """The result of an operator, with the parameters of its only argument where these are several."""
    f = arguments[0] if len(arguments) == 1 else None
    is_alike = isinstance(f, Function) and isinstance(made, Function) and len(_names(f)) > 1
    return made.with_parameters_of(f) if is_alike else made


def _parameters(f: Function) -> tuple[str, ...]:
    """Names for the parameters of f in a text: their own where these are names of ADL, so that the function
    that is made can be called, and restricted, by them.
    """
    names = _names(f) or ["argument"]
    return tuple(name if is_name(name) and name != "_" else f"argument{i}" for i, name in enumerate(names))


def _names(f: Function) -> list[str]:
    return [p.name for p in f.__signature__.parameters.values() if p.kind is not p.VAR_POSITIONAL]


def _count(f: Function) -> int:
    return max(len(_names(f)), 1)


def _chosen(f: Function, which: object) -> int | str:
    """The position of a parameter, or the name of a field of the only one. ConversionError for others."""
    names = _names(f)
    if isinstance(which, str):
        if which in names:
            return names.index(which)
        fields = fields_taken(f) if len(names) <= 1 else None
        if len(names) <= 1 and is_name(which) and (fields is None or composed(which) in fields):
            return composed(which)
        if fields:
            hint = f"it takes the fields {', '.join(sorted(fields))}"
            raise ConversionError(f"wrt: `{f.__name__}` takes no field `{which}`", hint=hint)
    elif not hasattr(which, "__index__") or isinstance(which, bool):
        message = f"wrt: expected a position, a name, or a tuple of these, got {a_thing(type(which))}"
        raise ConversionError(message, hint='`vlad.gradient(f, wrt=0)`, `vlad.gradient(f, wrt=("w", "b"))`')
    elif -_count(f) <= index(which) < _count(f):
        return index(which) % _count(f)
    known = f"its parameters are {', '.join(names)}" if names else "it has one argument"
    hint = f"{known}, counted from 0; a field of its only argument is named"
    got = repr(which) if isinstance(which, str) else str(which)
    raise ConversionError(f"wrt: `{f.__name__}` has no parameter {got}", hint=hint)


@cache
def _restricted(parameters: tuple[str, ...], chosen: tuple[int | str, ...]) -> Function:
    """The function of ADL that restricts an operator to some parameters, or to fields of the only one."""
    varied = [f"x'{i}" for i in range(len(chosen))]  # no parameter has a prime in its name in Python
    inside = list(parameters)
    for x, which in zip(varied, chosen, strict=True):
        if isinstance(which, int):
            inside[which] = x
        else:
            inside = [f"{{{inside[0]} with {which}: {x}}}"]
    at = [parameters[which] if isinstance(which, int) else f"{parameters[0]}.{which}" for which in chosen]
    point = ", ".join(at)
    restricted = f"operator'(fn ({', '.join(varied)}) => f'({', '.join(inside)}))({point})"
    text = f"fn (operator', f') => fn ({', '.join(parameters)}) => {restricted}"
    return _of_library(text)


TAKEN, PUT = (Function(PRIMITIVES[name]) for name in ("batch_taken", "batch_put"))


class Batched(Operator):
    """`batched`, whose `in_axes` says along which axis the items of each argument are; None means that the
    argument is the same for all items. For a structure it may be a structure, with the axes of its parts.

    Raises ConversionError for other axes, and as `Operator`.
    """

    def __init__(self, file: str, name: str) -> None:
        super().__init__(file, name)
        self.__doc__ = f"{self.__doc__}\n\n{IN_AXES}"

    def __call__(self, *arguments: object, in_axes: object = 0, **named: object) -> Any:
        if (type(in_axes) is int and in_axes == 0) or len(arguments) != 1 or named:
            return _called_alike(super().__call__(*arguments, **named), arguments)
        f = function_of(arguments[0], "argument")
        made = _along(_count(f), show(_axes(f, in_axes)))(Function(self.value), TAKEN, PUT, f)
        return _called_alike(made, arguments)


def _axes(f: Function, in_axes: object) -> Value:
    """The axes of the argument of f. ConversionError unless they are whole numbers or None."""
    count = _count(f)
    if isinstance(in_axes, (tuple, list)):
        if len(in_axes) != count and _names(f):
            expected = f"an axis, or a tuple of {count}" if count > 1 else "an axis, or a tuple of one"
            raise _no_axes(f, expected, f"{len(in_axes)}")
        in_axes = tuple(in_axes) if len(in_axes) > 1 else in_axes[0] if in_axes else None
    found: list[float] = []
    axes = run(_as_values(f, in_axes, found))
    if not found:
        raise _no_axes(f, "the axis of one argument at least", "None alone")
    return to_value(axes, "in_axes")


def _as_values(f: Function, axes: Any, found: list[float]) -> Walk[object]:
    """The structure of axes with units for None, and every axis as a real, which `found` gets."""
    if axes is None:
        return ()
    if type(axis := plain_number(axes)) is int:
        found.append(float(axis))
        return float(axis)
    if dataclasses.is_dataclass(axes) and not isinstance(axes, type):
        axes = {field.name: getattr(axes, field.name) for field in dataclasses.fields(axes)}
    elif hasattr(type(axes), "_fields"):
        axes = axes._asdict()
    if not isinstance(axes, (tuple, list, dict)):
        got = repr(axes) if isinstance(axes, (str, float, bool)) else a_thing(type(axes))
        raise _no_axes(f, "whole numbers and None", got)
    items = []
    for item in axes.values() if isinstance(axes, dict) else axes:
        items.append((yield _as_values(f, item, found)))
    return dict(zip(axes, items, strict=True)) if isinstance(axes, dict) else type(axes)(items)


def _no_axes(f: Function, expected: str, got: str) -> ConversionError:
    names = _names(f)
    hint = f"its parameters are {', '.join(names)}" if names else "it has one argument"
    return ConversionError(f"in_axes: expected {expected}, got {got}", hint=f"`{f.__name__}`: {hint}")


@lru_cache(maxsize=256)
def _along(count: int, axes: str) -> Function:
    """The function of ADL that makes `batched` take items along axes, a text, for a function of so many
    parameters. So the axes are constants, and not among what a derivative with respect to it has.
    """
    names = ", ".join(f"x{i}" for i in range(count))
    point = f"({names})" if count > 1 else names
    made = f"operator(fn items => f(put({axes}, {point}, items)))(taken({axes}, {point}))"
    return _of_library(f"fn (operator, taken, put, f) => fn ({names}) => {made}")


def _of_library(text: str) -> Function:
    # an error in it is shown where the user's function is, as one in the library
    return Function(Session().execute(parse(Source("<vlad>", text, library=True))))


batched = Batched("prelude/batches", "batched")
derivative = Derivative("prelude/derivative", "derivative")
gradient = Derivative("prelude/derivative", "gradient")
value_and_gradient = Derivative("prelude/derivative", "value_and_gradient")
jvp = Operator("prelude/derivative", "jvp")
vjp = Operator("prelude/derivative", "vjp")
jacobian = Derivative("prelude/calculus", "jacobian")
hessian = Derivative("prelude/calculus", "hessian")
hvp = Operator("prelude/calculus", "hvp")
derivatives = Operator("prelude/taylor", "derivatives")
taylor = Operator("prelude/taylor", "taylor")
derivative_tensor = Operator("prelude/taylor", "derivative_tensor")
interval = Function(PRIMITIVES["interval"])
