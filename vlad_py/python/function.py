"""A function of the language as a callable of Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vlad_py.execution import machine
from vlad_py.execution.machine import MOST_CALLS, Limits
from vlad_py.ground.errors import ConversionError, Interrupted
from vlad_py.primitives.primitive import Primitive
from vlad_py.python.convert import Classes, Embedded, a_thing, to_python, to_value
from vlad_py.python.pickling import nodes_of, value_of
from vlad_py.python.signature import Described
from vlad_py.session.modules import beside
from vlad_py.values.show import describe, function_name
from vlad_py.values.values import Binder, Closure, Pullback, Value, is_function

FUNCTIONS = (Closure, Primitive, Binder, Pullback)  # the classes of what can be called

DEFAULT = Limits(depth=MOST_CALLS)
"""The limits of whoever sets none: a recursion without end must not take the host's memory."""


def limits_of(limits: Limits | None) -> Limits:
    """The given limits, or DEFAULT. ConversionError for anything else."""
    if limits is not None and type(limits) is not Limits:
        hint = "`vlad.Limits(steps=…, depth=…)` makes them"
        raise ConversionError(f"limits: expected a `Limits`, got {a_thing(type(limits))}", hint=hint)
    return limits or DEFAULT


class Function(Embedded):
    """A function of the language.

    `f(x)` passes x, `f(x, y)` the tuple `(x, y)`, `f()` the unit. Functions are immutable, may be called
    from several threads at once, be copied, and be pickled where what they hold can be.

    Raises errors.Error for what goes wrong in a call, ConversionError for an argument that is no value,
    KeyboardInterrupt on Ctrl-C.
    """

    __wrapped__: Callable[..., Any]  # of a host function: the function of Python
    __signature__ = Described()

    def __init__(self, value: Value, limits: Limits = DEFAULT, classes: Classes | None = None) -> None:
        if not isinstance(value, FUNCTIONS):
            hint = "`vlad.evaluate` makes functions of the text of a program"
            message = f"`Function` is made by vlad_py itself, and not of {a_thing(type(value))}"
            raise ConversionError(message, hint=hint)
        self.value = value
        self.limits = limits
        self._classes = classes
        self.__name__ = function_name(value)
        self.__doc__ = _documentation(value)

    def __call__(self, *arguments: object) -> Any:
        classes = Classes(self._classes)
        argument = argument_of(arguments, classes)
        limits, value = self.limits, self.value
        if classes.embedded:
            for other in functions_met(classes):
                value = beside(value, other.value)
            limits = limits_met(limits, classes)
            classes.embedded.clear()
        try:
            result = self._result(value, argument, limits)
        except Interrupted as stop:
            raise _stopped(stop) from stop
        return to_python(result, lambda function: Function(function, limits, classes), classes)

    def _result(self, function: Value, argument: Value, limits: Limits) -> Value:
        """The value of a call, not yet converted."""
        return machine.run(function, argument, limits)

    def __repr__(self) -> str:
        return f"<vlad function {self.__name__}>"

    def __copy__(self) -> Function:
        return self

    def __deepcopy__(self, memo: object) -> Function:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (nodes_of(self.value), self.limits)


def _restored(nodes: list[Any], limits: Limits) -> Function:
    return Function(value_of(nodes, limits), limits)


def argument_of(arguments: tuple[object, ...], classes: Classes | None = None) -> Value:
    """The one argument of the language that arguments of Python are: several are a tuple, none the unit.

    Raises ConversionError for what is no value; `classes` learns of their classes.
    """
    if len(arguments) == 1:
        return to_value(arguments[0], "argument", classes)
    return tuple([to_value(a, f"argument[{i}]", classes) for i, a in enumerate(arguments)])


def functions_met(classes: Classes) -> list[Function]:
    """The functions among arguments, and inside them."""
    return [thing for thing in classes.embedded if isinstance(thing, Function)]


def limits_met(limits: Limits, classes: Classes) -> Limits:
    """The limits that keep those given and those of all functions among arguments, and inside them."""
    others = {id(f.limits): f.limits for f in functions_met(classes) if f.limits is not limits}
    return tightest(limits, *others.values()) if others else limits


TEXT = '`vlad.evaluate("fn x => …")` is the function that a text defines'
FIXED = (
    'data are fixed by a function of the language: `vlad.evaluate("fn (f, x) => fn m => f(m, x)")(f, x)`; '
    "to differentiate a function of Python give it a rule: `@vlad.primitive(jvp=…)`"
)


def function_of(thing: object, what: str, hint: str = "") -> Function:
    """A function of the language. ConversionError for anything else; `what` says what should be one, `hint`
    what to do with another value.
    """
    if isinstance(thing, Function):
        return thing
    if callable(thing) and not isinstance(thing, Embedded):
        message = f"{what}: expected a function of the language, got one of Python"
        raise ConversionError(message, hint=FIXED)
    value = to_value(thing, what)
    if is_function(value):
        return Function(value)
    if isinstance(value, str):
        hint = hint or TEXT
    raise ConversionError(f"{what}: expected a function of the language, got {describe(value)}", hint=hint)


def tightest(*limits: Limits) -> Limits:
    """The limits that keep all of the given ones."""

    def least(counts: list[int | None]) -> int | None:
        return min((count for count in counts if count is not None), default=None)

    return Limits(least([each.steps for each in limits]), least([each.depth for each in limits]))


@contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-C is what it is in Python, with the place in the program as its cause."""
    try:
        yield
    except Interrupted as stop:
        raise _stopped(stop) from stop


def _stopped(stop: Interrupted) -> KeyboardInterrupt:
    return KeyboardInterrupt(stop.message)


def _documentation(value: Value) -> str:
    if isinstance(value, Closure):
        return value.code.doc
    return value.doc if isinstance(value, Primitive) else ""
