"""Running programs from Python: a text, a script, a file as a module."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import ConversionError, RunError, UnknownName, near, said
from vlad_py.ground.names import NAMES, composed, is_name
from vlad_py.ground.reading import read_text
from vlad_py.python.classes import Classes
from vlad_py.python.convert import PYTHON_FUNCTION, a_thing, to_python, to_value
from vlad_py.python.function import (
    ErrorsForCaller,
    Function,
    advise_arrays,
    function_of,
    limits_inside,
    limits_met,
    limits_of,
)
from vlad_py.python.module import Module
from vlad_py.session.files import ADL, SUFFIX, VLAD
from vlad_py.session.session import NEVER, TIERS, Native, Session
from vlad_py.values.values import Value

Write = Callable[[str], object]
Path = str | os.PathLike[str]

DATA = 'pass data as an argument: `evaluate("fn {0} => …")` is a function of it'
FILE = re.compile(r"[\w./~-]+\.(?:adl|vlad)")  # a text that is the path of a file
BY_NAME = 'write `vlad.evaluate("x ^ 2", x=3)`; a dict of values is given as `**values`'


def evaluate(
    text: str,
    *others: NoReturn,
    functions: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    write: Write | None = None,
    nan_is_error: bool = False,
    native: Native = NEVER,
    language: str = ADL,
    **values: object,
) -> Any:
    """The value of a text's last expression, `()` if it has none. `language` is "adl" or "vlad".

    `values` are what names of the text stand for: `evaluate("sum(x)", x=array)` is as `let x = …` above it.
    They have names, so `others` are refused.
    `functions` are functions that the text sees under these names: ADL functions, and those of Python that
    `@vlad.primitive` made; a plain Python function is refused. `limits`
    hold for the text and for calls of functions that come out of it. `write` takes the output of `print`,
    instead of standard output. With `nan_is_error` the first primitive that makes a NaN or an infinity, in a
    value or in a derivative, is an error, in later calls as well; everything is slow then. What has run for a
    while goes on as machine code, if llvmlite is installed; with `native` "always" every call does at once,
    with "never" none does (see docs/native.md).

    Raises errors.Error, ConversionError among them; KeyboardInterrupt on Ctrl-C.
    """
    program = _text(text)
    if others:
        raise ConversionError(f"values: expected them by name, got {a_thing(type(others[0]))}", hint=BY_NAME)
    given: object = language
    if not isinstance(given, str) or given not in (ADL, VLAD):
        raise ConversionError(f'language: expected "{ADL}" or "{VLAD}", got {language!r}')
    for name in values:  # a value that the text does not use is harmless, unless it is a misspelt option
        meant = "" if name in program else near(name, evaluate.__kwdefaults__ or ())
        if meant:
            raise ConversionError(f"`{name}` is neither an option nor a name in the text", hint=meant)
    classes = Classes()
    session, limits = _session(
        functions, limits, write, nan_is_error, native, language=language, values=values, met=classes
    )
    with ErrorsForCaller():
        try:
            value = session.evaluate(program)
        except UnknownName as error:
            if FILE.fullmatch(program):
                error.hint = f'to run a file, write `vlad.run("{program}")`; `vlad.load` gives its names'
            elif not error.hint or error.is_free:
                error.hint = f"give it a value: `vlad.evaluate(text, {error.name}=…)`"
            raise
        except RunError as error:
            advise_arrays(error, values)
            raise
    return to_python(value, lambda function: Function(function, limits, classes), classes)


def run(
    path: Path,
    *,
    arguments: Sequence[object] = (),
    functions: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    write: Write | None = None,
    nan_is_error: bool = False,
    native: Native = NEVER,
) -> Any:
    """Runs a script; returns the value of its last expression, `()` if it has none.

    The script sees `arguments` as a list of that name; the rest is as in `evaluate`.
    Raises as `evaluate` does, and OSError or UnicodeDecodeError if the file cannot be read.
    """
    session, limits = _session(functions, limits, write, nan_is_error, native, _listed(arguments))
    value = _run(session, path)
    return to_python(value, lambda function: Function(function, limits))


def load(
    path: Path,
    *,
    functions: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    write: Write | None = None,
    nan_is_error: bool = False,
    native: Native = NEVER,
) -> Module:
    """A file, run like a script, as a module with its definitions as attributes. Raises as `run` does."""
    session, limits = _session(functions, limits, write, nan_is_error, native)
    _run(session, path)
    return Module(session.module(), limits)


def _session(
    functions: Any,
    limits: Limits | None,
    write: Write | None,
    nan_is_error: bool,
    native: Native,
    arguments: Sequence[object] = (),
    language: str = ADL,
    values: Mapping[str, object] | None = None,
    met: Classes | None = None,
) -> tuple[Session, Limits]:
    """A session with the options from Python, and its limits, which respect those of all functions passed in.

    Raises ConversionError for an option that is not possible.
    """
    if write is not None and not callable(write):
        raise ConversionError(f"write: expected a function that takes a text, got {a_thing(type(write))}")
    if not isinstance(nan_is_error, bool):
        raise ConversionError(f"nan_is_error: expected True or False, got {a_thing(type(nan_is_error))}")
    if not isinstance(native, str) or native not in TIERS:
        got = repr(native) if isinstance(native, str) else a_thing(type(native))
        raise ConversionError(f'native: expected "auto", "always" or "never", got {got}')
    met, limits = met or Classes(), limits_of(limits)
    met.within = limits_inside(limits)
    words = tuple([to_value(a, f"arguments[{i}]", met) for i, a in enumerate(arguments)])
    named = {composed(name): to_value(value, name, met) for name, value in (values or {}).items()}
    for name in named:
        if not is_name(name):
            raise ConversionError(f"`{name}` cannot be the name of a value", hint=NAMES)
    given = _given(functions)
    twice = sorted({*named} & {*given})
    if twice:
        raise ConversionError(f"`{twice[0]}` is given twice: as a value and among the functions")
    met.embedded += given.values()
    limits = limits_met(limits, met)
    session = Session(
        write=write,
        arguments=words,
        functions=named | {name: function.within(met.within) for name, function in given.items()},
        limits=limits,
        nan_is_error=nan_is_error,
        native=native,
        language=language,
        echo=language == ADL,  # a text in VLAD is evaluated for its value; a file prints, as by the command
    )
    return session, limits


def _listed(arguments: Any) -> list[object]:
    try:
        found = None if isinstance(arguments, (str, bytes)) else list(arguments)
    except Exception:  # an object may raise anything when asked for its elements
        found = None
    if found is None:
        raise ConversionError(f"arguments: expected a list, got {a_thing(type(arguments))}")
    return found


def _text(thing: object) -> str:
    """The text of a program. ConversionError for anything else."""
    if isinstance(thing, str):
        return str.__str__(thing)
    hint = ""
    if isinstance(thing, (bytes, os.PathLike)):
        hint = "`vlad.run(path)` runs a file, `vlad.load(path)` loads it as a module"
    elif callable(thing):
        hint = (
            'write the function as a text, `vlad.evaluate("fn x => x ^ 2")`; '
            "`@vlad.primitive` above a Python function lets ADL call it"
        )
    raise ConversionError(f"text: expected a string, got {a_thing(type(thing))}", hint=hint)


def _path(thing: object) -> str:
    """The path of a file. ConversionError for anything else."""
    if not isinstance(thing, (str, bytes, os.PathLike)):
        hint = "`vlad.evaluate` takes the text of a program"
        raise ConversionError(f"path: expected the path of a file, got {a_thing(type(thing))}", hint=hint)
    try:
        return os.fsdecode(thing)
    except Exception as error:  # of the object's own `__fspath__`
        raise ConversionError(f"path: {a_thing(type(thing))} has none: {said(error)}") from error


def _run(session: Session, given: object) -> Value:
    path = _path(given)
    try:
        text = read_text(path)
    except OSError as error:
        if not path.endswith(SUFFIX):
            error.add_note("hint: this is the path of a file; `vlad.evaluate` takes the text of a program")
        raise
    with ErrorsForCaller():
        return session.run_script(text, path)


def _given(functions: Any) -> dict[str, Function]:
    if functions is not None and not isinstance(functions, Mapping):
        message = f"functions: expected a dict of functions by their names, got {a_thing(type(functions))}"
        raise ConversionError(message)
    given: dict[str, Function] = {}
    for name, function in (functions or {}).items():
        if not isinstance(name, str) or not is_name(name):
            shown = repr(name) if isinstance(name, str) else a_thing(type(name))
            raise ConversionError(f"functions: {shown} cannot be the name of a function", hint=NAMES)
        given[composed(name)] = function_of(
            function, f'functions["{name}"]', DATA.format(name), PYTHON_FUNCTION
        )
    return given
