"""Running programs from Python: a text, a script, a file as a module."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vlad_py.execution.machine import Limits
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.names import NAMES, is_name
from vlad_py.python.convert import to_python, to_value
from vlad_py.python.function import DEFAULT, Function, function_of, stoppable
from vlad_py.python.module import Module
from vlad_py.session.session import SUFFIX, Session, read_text
from vlad_py.values.values import Value

Write = Callable[[str], object]
Path = str | os.PathLike[str]

DATA = 'data goes in as an argument: `evaluate("fn {0} => …")` is a function of it'


def evaluate(
    text: str,
    *,
    functions: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    write: Write | None = None,
    nan_is_error: bool = False,
) -> Any:
    """The value of a text's last expression, `()` if it has none.

    `functions` are functions of the language, host functions included, that the text sees by these
    names. `limits` hold for the text and for calls of functions that come out of it. `write` takes what
    `print` writes, instead of standard output. With `nan_is_error` the first primitive that makes a NaN or an
    infinity, in a value or in a derivative, is an error, in later calls as well; all is slow then.

    Raises errors.Error, ConversionError among them; KeyboardInterrupt on Ctrl-C.
    """
    limits = limits or DEFAULT
    session = Session(write=write, functions=_given(functions), limits=limits, nan_is_error=nan_is_error)
    with stoppable():
        value = session.evaluate(text)
    return to_python(value, lambda function: Function(function, limits))


def run(
    path: Path,
    *,
    arguments: Sequence[object] = (),
    functions: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    write: Write | None = None,
    nan_is_error: bool = False,
) -> Any:
    """Runs a script; gives the value of its last expression, `()` if it has none.

    The script sees `arguments` as a list of that name; the rest is as in `evaluate`.
    Raises as `evaluate` does, and OSError or UnicodeDecodeError where the file cannot be read.
    """
    limits = limits or DEFAULT
    values = tuple(to_value(a, f"arguments[{i}]") for i, a in enumerate(arguments))
    session = Session(
        write=write,
        arguments=values,
        functions=_given(functions),
        limits=limits,
        nan_is_error=nan_is_error,
    )
    value = _run(session, path)
    return to_python(value, lambda function: Function(function, limits))


def load(
    path: Path,
    *,
    functions: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    write: Write | None = None,
    nan_is_error: bool = False,
) -> Module:
    """A file, run as a script is, as a module: its definitions are the attributes. Raises as `run` does."""
    limits = limits or DEFAULT
    session = Session(write=write, functions=_given(functions), limits=limits, nan_is_error=nan_is_error)
    _run(session, path)
    return Module(session.module(), limits)


def _run(session: Session, path: Path) -> Value:
    path = os.fspath(path)
    try:
        text = read_text(path)
    except OSError as error:
        if not path.endswith(SUFFIX):
            error.add_note("hint: this is the path of a file; `vlad.evaluate` takes the text of a program")
        raise
    with stoppable():
        return session.run_script(text, path)


def _given(functions: Mapping[str, object] | None) -> dict[str, Value]:
    given: dict[str, Value] = {}
    for name, function in (functions or {}).items():
        if not isinstance(name, str) or not is_name(name):
            raise ConversionError(f"functions: {name!r} cannot be the name of a function", hint=NAMES)
        given[name] = function_of(function, f'functions["{name}"]', DATA.format(name)).value
    return given
