"""An ADL function as a Python callable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vlad_py.execution import machine
from vlad_py.execution.machine import MOST_CALLS, Limits, tightest
from vlad_py.ground.errors import ConversionError, Interrupted
from vlad_py.primitives.primitive import Primitive
from vlad_py.python.convert import Classes, a_thing, to_python, to_value
from vlad_py.python.embedded import Embedded
from vlad_py.python.pickling import nodes_of, value_of
from vlad_py.python.signature import Described
from vlad_py.session.modules import beside
from vlad_py.values.show import describe, function_name
from vlad_py.values.values import Binder, Closure, Pullback, Value, is_function

FUNCTIONS = (Closure, Primitive, Binder, Pullback)  # the classes of callable values

DEFAULT = Limits(depth=MOST_CALLS)
"""The default limits: an endless recursion must not take all memory of the Python process."""


def limits_of(limits: Limits | None) -> Limits:
    """The given limits, or DEFAULT. ConversionError for anything else."""
    if limits is not None and type(limits) is not Limits:
        hint = "`vlad.Limits(steps=…, depth=…)` makes them"
        raise ConversionError(f"limits: expected a `Limits`, got {a_thing(type(limits))}", hint=hint)
    return limits or DEFAULT


class Function(Embedded):
    """An ADL function.

    `f(x)` passes x, `f(x, y)` the tuple `(x, y)`, `f()` the unit. Functions are immutable. You can call them
    from several threads at once, copy them, and pickle them if you can pickle the values that they hold.

    Raises errors.Error for an error in a call, ConversionError for an argument that cannot be converted,
    KeyboardInterrupt on Ctrl-C.
    """

    __wrapped__: Callable[..., Any]  # of a Python function: the function itself
    __signature__ = Described()

    def __init__(self, value: Value, limits: Limits = DEFAULT, classes: Classes | None = None) -> None:
        if not isinstance(value, FUNCTIONS):
            hint = "`vlad.evaluate` makes functions from the text of a program"
            message = f"vlad_py itself makes a `Function`; it cannot be made from {a_thing(type(value))}"
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
    """The single ADL argument for Python arguments: several are a tuple, none the unit.

    Raises ConversionError if one cannot be converted; their classes are added to `classes`.
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


TEXT = '`vlad.evaluate("fn x => …")` makes a function from a text'
FIXED = (
    'to fix data, use an ADL function: `vlad.evaluate("fn (f, x) => fn m => f(m, x)")(f, x)`; '
    "to differentiate a Python function, give it a rule: `@vlad.primitive(jvp=…)`"
)


def function_of(thing: object, what: str, hint: str = "") -> Function:
    """An ADL function. ConversionError for anything else; `what` names the thing that should be one, `hint`
    says what to do with another value.
    """
    if isinstance(thing, Function):
        return thing
    if callable(thing) and not isinstance(thing, Embedded):
        message = f"{what}: expected an ADL function, got a Python function"
        raise ConversionError(message, hint=FIXED)
    value = to_value(thing, what)
    if is_function(value):
        return Function(value)
    if isinstance(value, str):
        hint = hint or TEXT
    raise ConversionError(f"{what}: expected an ADL function, got {describe(value)}", hint=hint)


@contextmanager
def stoppable() -> Iterator[None]:
    """Turns Ctrl-C into Python's KeyboardInterrupt, with the place in the program as its cause."""
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
