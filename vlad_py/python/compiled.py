"""ADL functions as machine code: `vlad.compile`."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Hashable
from importlib import import_module
from typing import Any

from vlad_py.execution.limits import Limits
from vlad_py.ground.advice import install_advice
from vlad_py.ground.budget import asked, spend
from vlad_py.ground.errors import ConversionError, LimitError, NotNative, RunError
from vlad_py.ground.source import Span
from vlad_py.native.calling import Native, is_installed, why_refused
from vlad_py.native.exits import InError, Invalid, Left
from vlad_py.native.export import Exported, exported, takes_reals
from vlad_py.native.kinds import kind_of_plain
from vlad_py.native.wrapping import wrapping_hint
from vlad_py.python.convert import to_python
from vlad_py.python.function import Function, argument_of, function_of, limits_inside
from vlad_py.values.show import describe
from vlad_py.values.values import Closure, Value

SOME = Limits(steps=100_000, seconds=10)  # of a run that should end with an error at once


class Compiled(Function):
    """An ADL function whose calls run as machine code.

    It takes the arguments of the function. Each kind of argument (a pair of reals, a record with certain
    fields …) has its own code, made when it first comes. A call that cannot be compiled is interpreted, and
    so is a call that fails: its error is the interpreter's.
    """

    def __init__(self, function: object) -> None:
        function = function_of(function, "Compiled")
        super().__init__(function.value, function.limits, function._classes)
        if "__signature__" in vars(function):
            vars(self)["__signature__"] = function.__signature__
        self._units: dict[Hashable, Native | NotNative] = {}
        self._direct: dict[int, Native] = {}  # the newest of reals and arrays, by how many there are
        self._quick: dict[int, Callable[[Any], Any]] = {}  # of reals, those that need nothing else
        self._exported: Exported | None = None

    @property
    def address(self) -> int:
        """The address of the function in C: `double f(double, …)`, of the reals of the first example.

        It stays valid as long as this object lives. It returns nan where a call from Python is interpreted.
        Raises NotNative unless only reals go in and one real comes out.
        """
        if self._exported is None:
            unit = next(iter(self._units.values()))
            assert isinstance(unit, Native)
            if not takes_reals(unit.unit):
                raise NotNative("only a function from reals to a real has an address")
            self._exported = exported(unit.unit)
        return self._exported.real

    @property
    def ctypes(self) -> Any:
        """The function as one of ctypes, called with floats. Raises as `address` does."""
        address = self.address
        assert self._exported is not None
        kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * self._exported.arguments)
        function: Any = kind(address)
        function.compiled = self  # which keeps the code
        return function

    @property
    def scipy(self) -> Any:
        """The function as a `scipy.LowLevelCallable`, for `scipy.integrate.quad` and its kin.

        Raises as `address` does, and ConversionError where scipy is not installed.
        """
        try:
            scipy = import_module("scipy")
        except ImportError:
            raise ConversionError("scipy is not installed", hint=install_advice("optimize")) from None
        return scipy.LowLevelCallable(self.ctypes)

    def __call__(self, *arguments: object, **named: object) -> Any:
        if named:
            return self._with_names(arguments, named)
        quick = self._quick.get(len(arguments))
        if quick is not None and not asked:
            for argument in arguments:
                if type(argument) is not float:
                    break
            else:
                try:
                    return quick(arguments)
                except Left:
                    return super().__call__(*arguments)
        unit = self._direct.get(len(arguments))
        if unit is not None and not asked and unit.fits(arguments) and unit.is_current():
            try:
                result = unit.direct(arguments)  # type: ignore[arg-type]
                return result if unit.gives_reals else _outside(result)
            except (Left, Invalid):
                pass
        return super().__call__(*arguments)

    def _result(self, function: Value, argument: Value, limits: Limits) -> Value:
        is_free = limits_inside(limits).steps is None
        if is_free and function is self.value and type(function) is Closure:
            try:
                return spend(limits, lambda: self._run(function, argument))
            except (Left, Invalid):
                pass
            except LimitError as error:
                error.span = error.span or _place(function)
                raise
        return super()._result(function, argument, limits)

    def _run(self, function: Closure, argument: Value) -> Value:
        """The result of machine code. Raises Left, or Invalid, where the call has to be interpreted."""
        unit = self._unit(function, argument)
        if not isinstance(unit, Native):
            raise Left
        return unit(function, argument)

    def _unit(self, function: Closure, argument: Value) -> Native | NotNative:
        kind = kind_of_plain(argument)
        if kind is None:
            return NotNative(why_refused(argument))
        unit = self._units.get(kind)
        if unit is None or (isinstance(unit, Native) and not unit.is_current()):
            try:
                unit = Native(function, argument, is_fixed=True)
            except NotNative as reason:
                unit = reason
            self._units[kind] = unit
            is_free = self.limits.steps is None and not self.limits.is_measured
            if isinstance(unit, Native) and unit.is_direct and is_free:
                self._direct[unit.takes] = unit
                quick = unit.quick()
                if quick is not None:
                    self._quick[unit.takes] = quick
        return unit


def _place(function: Value) -> Span | None:
    """The place of a function in a program, because machine code has none; for one that the library made,
    such as `gradient(f)`, the place of f.
    """
    while type(function) is Closure and function.code.span.source.library:
        function = next((value for value in function.env if type(value) is Closure), None)
    return function.code.span if type(function) is Closure else None


def _outside(result: Value) -> Any:
    """Reals and arrays, one or a tuple, as Python's."""
    if type(result) is tuple:
        return tuple([to_python(item, Function) for item in result])
    return to_python(result, Function)


def compile(function: Function, *examples: object) -> Compiled:
    """The function as machine code for arguments like the examples.

    `compile(f, 1.0, 2.0)` compiles f for two reals; their values do not matter. Call the result
    like f; it returns the same as f: see docs/native.md.

    Raises NotNative, with the place and the reason, where the call cannot be compiled; the program's own
    error, where the program is wrong; ConversionError where something is not a value of ADL, or where
    llvmlite is not installed.
    """
    found = function_of(function, "compile")
    if not is_installed():
        raise ConversionError("compile: llvmlite is not installed", hint=install_advice("native"))
    compiled = Compiled(found)
    if type(found.value) is not Closure:
        raise NotNative("only functions written in ADL can be compiled", hint=wrapping_hint(found.value))
    argument = argument_of(examples)
    unit = compiled._unit(found.value, argument)
    if isinstance(unit, NotNative):
        parameters = found.value.code.parameters
        if not examples and parameters != "()":
            raise ConversionError(
                f"compile: expected an example of each argument, for the parameters `{parameters}`",
                hint="`vlad.compile(f, 1.0)` compiles f for a real; the values of examples do not matter",
            )
        if isinstance(unit, InError):
            try:
                Function(found.within(SOME), SOME)(*examples)  # the interpreter says what is wrong
            except LimitError:
                pass  # it need not end, nor fail for these values
            except RunError as error:
                error.hint = _told(error.hint, argument, len(examples))
                raise
        if unit.hint:  # what fails, perhaps for such arguments only
            unit.hint = _told(unit.hint, argument, len(examples))
        raise unit
    return compiled


def _told(hint: str, argument: Value, count: int) -> str:
    """A hint, followed by what the examples are."""
    if not count:
        return hint
    values = argument if count > 1 and type(argument) is tuple else (argument,)
    noun = "the examples are" if count > 1 else "the example is"
    return "; ".join(filter(None, (hint, f"{noun} {' and '.join(map(describe, values))}")))
