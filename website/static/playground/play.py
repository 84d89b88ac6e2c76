"""What the playground's worker runs in Pyodide: a program, its value, and the trace and graph of a call."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

from vlad_py.ground.errors import Error, render
from vlad_py.ground.source import Source
from vlad_py.laboratory.commands import CALL, observed
from vlad_py.laboratory.traces import Trace
from vlad_py.plots.plot import Plot
from vlad_py.repl.options import parsed
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.show import show
from vlad_py.values.values import UNIT

NAME = "program"
LONGEST = 200  # operations that a trace shows


class Missing:
    """The last finder of modules: it notes that numpy was looked for in vain, which is loaded then."""

    is_wanted = False

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """None, as a finder says that it does not know a module."""
        cls.is_wanted = cls.is_wanted or name == "numpy"
        return None


sys.meta_path.append(Missing)


def play(text: str, call: str, mode: str, write: Callable[[str], None]) -> str:
    """Runs a program; gives JSON: `value` or `plot`, the `call` that it traces, `trace`, `graph` and `error`.

    Without a call the last one of the program is taken; mode "" asks for no trace. `needs_numpy` says that
    the program found no numpy: then it has to run again.
    """
    Missing.is_wanted = False
    found: dict[str, Any] = {}
    is_quiet = False  # what a call writes while it is traced has been written before
    session = Session(write=lambda out: None if is_quiet else write(out))
    try:
        value = session.evaluate(text, NAME)
        if type(value) is Plot:
            found["plot"] = value.svg()
        else:
            found["value"] = "" if value == UNIT else show(value)
    except Error as error:
        found["error"] = _told(error)
    is_quiet = True
    if mode and "error" not in found:
        found |= _observed(session, call or call_in(text), mode)
    return json.dumps(found | {"needs_numpy": Missing.is_wanted})


def _told(error: Error) -> dict[str, Any]:
    span = error.span
    is_ours = span is not None and span.source.name == NAME
    return {"text": render(error), "start": span.start if span and is_ours else None}


def _observed(session: Session, call: str, mode: str) -> dict[str, Any]:
    """The trace and the graph of a call, or why there are none."""
    if not call:
        return {"call": "", "remark": "Write a call above, such as f(2, 5), to see its trace and its graph."}
    options = parsed("trace", ["--mode", mode])
    try:
        report = observed(session, options, call, CALL, None)
    except Error as error:
        return {"call": call, "remark": render(error)}
    assert isinstance(report, Trace)
    if len(report.recording.entries) > LONGEST:
        size = len(report.recording.entries)
        return {"call": call, "remark": f"The call has {size} operations; up to {LONGEST} are shown."}
    return {"call": call, "trace": report.html(), "graph": report.svg()}


def call_in(text: str) -> str:
    """The last call of a function in a program that a trace can begin at: in `print(gradient(f)(2, 5))` it is
    f(2, 5). Empty if there is none.
    """
    try:
        statements = parse(Source(NAME, text)).statements
    except Error:
        return ""
    defined = {s.name for s in statements if isinstance(s, syntax.Def)}
    defined |= {
        s.pattern.id
        for s in statements
        if isinstance(s, syntax.Let) and isinstance(s.pattern, syntax.Name) and isinstance(s.value, syntax.Fn)
    }
    for statement in reversed(statements):
        if isinstance(statement, syntax.Call) and (call := _call_within(statement, defined)):
            return call
    return ""


def _call_within(node: syntax.Call, defined: set[str]) -> str:
    """The call of a defined function that an expression shows, through `print` and derivatives; or ""."""
    function, argument = node.function, node.argument
    if isinstance(function, syntax.Name):
        if function.id in defined:
            return node.span.text
        parts = argument.items if isinstance(argument, syntax.Tuple) else (argument,)
        inner = [p for p in parts if isinstance(p, syntax.Call)] if function.id == "print" else []
        return next((call for part in inner if (call := _call_within(part, defined))), "")
    if isinstance(function, syntax.Call):  # gradient(f)(2, 5)
        inside = function.argument
        if isinstance(inside, syntax.Name) and inside.id in defined:
            given = argument.span.text
            return inside.id + (given if isinstance(argument, syntax.Tuple) else f"({given})")
    return ""
