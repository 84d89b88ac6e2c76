"""An ADL function as a Python callable."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from vlad_py.execution import machine
from vlad_py.execution.limits import MOST_CALLS, Limits, tightest
from vlad_py.ground.budget import asked
from vlad_py.ground.errors import Bug, ConversionError, Error, Interrupted, RunError
from vlad_py.ground.outside import around, kept
from vlad_py.primitives.primitive import Primitive
from vlad_py.python.classes import Classes
from vlad_py.python.convert import a_thing, to_leaf, to_python, to_value
from vlad_py.python.embedded import Embedded
from vlad_py.python.pickling import made_again, nodes_of
from vlad_py.python.signature import Described, Documented, pattern_of
from vlad_py.python.unpickling import OTHER_VERSION, value_of
from vlad_py.session.library import beside
from vlad_py.values.show import describe, function_name
from vlad_py.values.values import Binder, Closure, Pullback, Value, is_function

FUNCTIONS = (Closure, Primitive, Binder, Pullback)  # the classes of callable values

DEFAULT = Limits(depth=MOST_CALLS)
"""The default limits: an endless recursion must not take all memory of the Python process."""


AS_ARRAY = "a Python list comes in as a list, which is not a number: pass `numpy.array(xs)`"
STEPPED = Limits(steps=0)  # what is compiled with any limit of steps counts them


def limits_of(limits: Limits | None) -> Limits:
    """The given limits, or DEFAULT. ConversionError for anything else."""
    if limits is not None and type(limits) is not Limits:
        hint = "`vlad.Limits(steps=…, depth=…)` makes them"
        raise ConversionError(f"limits: expected a `Limits`, got {a_thing(type(limits))}", hint=hint)
    return limits or DEFAULT


def limits_inside(limits: Limits) -> Limits:
    """STEPPED inside a run with a limit of steps, which has called Python; elsewhere the given ones."""
    return STEPPED if asked and machine.is_counted() else limits


class Function(Embedded):
    """An ADL function.

    `f(x)` passes x, `f(x, y)` the tuple `(x, y)`, `f()` the unit. Arguments by name are those parameters, or
    the fields of a record where a parameter takes one. Functions are immutable. You can call them
    from several threads at once, copy them, and pickle them if you can pickle the values that they hold.

    Raises errors.Error for an error in a call, ConversionError for an argument that cannot be converted,
    KeyboardInterrupt on Ctrl-C.
    """

    __wrapped__: Callable[..., Any]  # of a Python function: the function itself
    __signature__ = Described()
    __doc__ = Documented(__doc__)

    def __init_subclass__(cls) -> None:
        cls.__doc__ = Documented(cls.__doc__)  # type: ignore[assignment]

    def __init__(self, value: Value, limits: Limits = DEFAULT, classes: Classes | None = None) -> None:
        if not isinstance(value, FUNCTIONS):
            hint = "`vlad.evaluate` makes functions from the text of a program"
            message = f"vlad_py itself makes a `Function`; it cannot be made from {a_thing(type(value))}"
            raise ConversionError(message, hint=hint)
        self.value = value
        self.limits = limits
        self._classes = classes
        self.__name__ = function_name(value)

    def __call__(self, *arguments: object, **named: object) -> Any:
        if asked and (run := around()) is not None:
            return kept(run, partial(self, *arguments, **named))  # no lambda, whose cells cost every call
        if named:
            return self._with_names(arguments, named)
        limits = within = self.limits
        value = self.value
        if asked:
            within = limits_inside(limits)
            value = self.within(within)
        classes, argument = self._classes, _plain_of(arguments)
        if argument is None:
            classes = Classes(classes)
            classes.within = within
            argument = argument_of(arguments, classes)
        if classes is not None and classes.embedded:
            limits = limits_met(limits, classes)
            if limits.steps is not None and self.limits.steps is None:  # they came with an argument
                value, classes.within = self.within(limits), limits
                argument = argument_of(arguments, classes)
            for other in functions_met(classes):
                value = beside(value, other.value)
            classes.embedded.clear()
        try:
            result = self._result(value, argument, limits)
        except Interrupted as stop:
            raise _stopped(stop) from stop
        except Error as error:
            if isinstance(error, RunError):
                advise_arrays(error, arguments)
            _drop_frames(error)
            raise
        if type(result) is float:
            return result
        return to_python(result, lambda function: Function(function, limits, classes), classes)

    def _with_names(self, arguments: tuple[object, ...], named: dict[str, object]) -> Any:
        arguments, record = placed(self, arguments, named)
        try:
            return self(*arguments)
        except RunError as error:
            error.hint = record or error.hint
            raise

    def _result(self, function: Value, argument: Value, limits: Limits) -> Value:
        """The value of a call, not yet converted."""
        return machine.run(function, argument, limits)

    def within(self, limits: Limits | None) -> Value:
        """The function for a run with limits. One that was compiled without a limit of steps counts none in
        its loops, so it is compiled anew; but not where its text is not at hand.
        """
        if limits is None or limits.steps is None or self.limits.steps is not None:
            return self.value
        if type(self.value) is Closure:
            with suppress(ConversionError):
                return made_again(self.value, STEPPED)
        return self.value

    def counted(self) -> Function:
        """The function for the run that this thread is in, whose steps are counted or not."""
        if self.limits.steps is not None or limits_inside(self.limits) is not STEPPED:
            return self
        made = Function(self.within(STEPPED), self.limits, self._classes)
        return made._as(self) if "__signature__" in vars(self) else made

    def with_parameters_of(self, other: Function) -> Function:
        """This function, whose arguments by name are the parameters of another one."""
        return Function(self.value, self.limits, self._classes)._as(other)

    def _as(self, other: Function) -> Function:
        vars(self)["__signature__"] = other.__signature__
        return self

    def __repr__(self) -> str:
        return f"<vlad function {self.__name__}>"

    def __copy__(self) -> Function:
        return self

    def __deepcopy__(self, memo: object) -> Function:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        restored = _restored, (nodes_of(self.value), self.limits)
        named = {name: value for name, value in vars(self).items() if name == "__signature__"}
        return (*restored, named) if named else restored


def _restored(nodes: list[Any], limits: Limits) -> Function:
    value = value_of(nodes, limits)
    if not is_function(value):
        raise ConversionError(OTHER_VERSION)
    return Function(value, limits)


def _plain_of(arguments: tuple[object, ...]) -> Value | None:
    """The argument of a call that needs no `Classes`: one value without parts, or only reals. Else None.

    Raises ConversionError if it cannot be converted.
    """
    if len(arguments) == 1:
        only = arguments[0]
        return only if type(only) is float else to_leaf(only, "argument")
    return arguments if not arguments or {*map(type, arguments)} == {float} else None


def argument_of(arguments: tuple[object, ...], classes: Classes | None = None) -> Value:
    """The single ADL argument for Python arguments: several are a tuple, none the unit.

    Raises ConversionError if one cannot be converted; their classes are added to `classes`.
    """
    if len(arguments) == 1:
        return to_value(arguments[0], "argument", classes)
    return tuple([to_value(a, f"argument[{i}]", classes) for i, a in enumerate(arguments)])


def placed(
    function: Function, arguments: tuple[object, ...], named: dict[str, object]
) -> tuple[tuple[object, ...], str]:
    """The arguments of a call with some by name. If all names are parameters, they go to their places; if
    none is, they are the fields of a record in the place of the only parameter that is left: then the second
    is a hint that says so, for an error of the call.

    Raises ConversionError for other names.
    """
    parameters = list(function.__signature__.parameters.values())
    names = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    left = names[len(arguments) :]
    if set(named) == set(left):
        return (*arguments, *(named[name] for name in left)), ""
    is_open = len(names) < len(parameters) and not arguments
    if (len(left) == 1 or is_open) and not {*named} & {*names}:
        fields = " and ".join(f"`{name}`" for name in named)
        made = "became fields" if len(named) > 1 else "became a field"
        pattern = pattern_of(function.value, len(arguments))
        if pattern.startswith("{"):
            return (*arguments, dict(named)), f"{fields} {made} of the record that `{pattern}` takes apart"
        place = f"the record `{left[0]}`" if left else "a record"
        return (*arguments, dict(named)), f"{fields} {made} of {place}: no parameter has such a name"
    wrong = next((name for name in named if name not in left), "")
    missing = ", ".join(f"`{name}`" for name in left if name not in named)
    got = f"{missing} is missing"
    if wrong:
        got = f"`{wrong}` is given twice" if wrong in names else f"it has no parameter `{wrong}`"
    hint = f"its parameters are {', '.join(names)}" if names else ""
    raise ConversionError(f"`{function.__name__}`: {got}", hint=hint)


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


def function_of(thing: object, what: str, hint: str = "", callable_hint: str = "") -> Function:
    """An ADL function. ConversionError for anything else; `what` names the thing that should be one, `hint`
    says what to do with another value, `callable_hint` with a Python function.
    """
    if isinstance(thing, Function):
        return thing.counted()
    if callable(thing) and not isinstance(thing, Embedded):
        message = f"{what}: expected an ADL function, got a Python function"
        raise ConversionError(message, hint=callable_hint or FIXED)
    value = to_value(thing, what)
    if is_function(value):
        return Function(value)
    if isinstance(value, str):
        hint = hint or TEXT
    raise ConversionError(f"{what}: expected an ADL function, got {describe(value)}", hint=hint)


class ErrorsForCaller:
    """Turns what ends a program into what a Python caller expects.

    Ctrl-C becomes KeyboardInterrupt, with the place in the program as its cause. An ADL error gets a
    traceback that ends at the call, because the interpreter's frames say nothing about the program. This is
    a class because a `contextmanager` would give the error its frames back.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Interrupted):
            raise _stopped(error) from error
        if isinstance(error, Error):
            _drop_frames(error)


def _drop_frames(error: Error) -> None:
    """Drops the frames so far: the traceback starts where the error is raised again. A bug keeps them."""
    if not isinstance(error, Bug):
        error.__traceback__ = None


def advise_arrays(error: RunError, given: object) -> None:
    """Gives the hint for Python to an error where a list in the given values stands for an array."""
    if error.of_list and _holds_a_list(given):
        error.hint = AS_ARRAY


def _holds_a_list(thing: object) -> bool:
    if isinstance(thing, dict):
        thing = tuple(thing.values())
    return type(thing) is list or (isinstance(thing, tuple) and any(map(_holds_a_list, thing)))


def _stopped(stop: Interrupted) -> KeyboardInterrupt:
    return KeyboardInterrupt(stop.message)
