"""The kernel: a session of ADL behind the protocol of Jupyter.

A cell is a text in ADL, or a command as in the REPL: a trace, a graph, a count or a comparison of a call, or
the digits of numbers. `?name` asks what a name means.
"""

from __future__ import annotations

import re
from typing import Any

from ipykernel.kernelbase import Kernel

from vlad_py import __version__
from vlad_py.expressions.text.rounding import MOST_DIGITS
from vlad_py.ground.budget import spend
from vlad_py.ground.errors import Error, Interrupted, near, render
from vlad_py.ground.source import Source
from vlad_py.jupyter.shown import Bundle, bundle
from vlad_py.laboratory.commands import SVG, observed, report_text
from vlad_py.laboratory.menu import COMMANDS
from vlad_py.laboratory.traces import Trace
from vlad_py.python.function import DEFAULT
from vlad_py.repl.inputs import command_of, is_complete, is_silent
from vlad_py.repl.options import WrongOption, parsed, split
from vlad_py.session import catalogue, limit_options
from vlad_py.session.completion import candidates
from vlad_py.session.files import working_folder
from vlad_py.session.session import Session
from vlad_py.syntax.parse import parse
from vlad_py.values.values import UNIT

WORD = re.compile(r"[\w'.]*\Z")
REST = re.compile(r"[\w']*")
QUESTION = re.compile(r"\s*(?:\?{1,2}\s*([^\s?]+)|([^\s?]+)\s*\?{1,2})\s*\Z")
PRECISION = "precision"
SET = "set"
DIGITS = ("digits", PRECISION)  # the names of that setting in the REPL
MAGIC = re.compile(r"%%?(\w+)\s*(.*)|!(.*)")
SHOWN = ("trace", "graph", "ops", "compare")  # commands of the laboratory; `step` needs a terminal


class CellRefused(Exception):
    """A cell that is not a text in ADL, and is wrong."""


LANGUAGE: dict[str, object] = {
    "name": "adl",
    "version": __version__,
    "mimetype": "text/x-adl",
    "file_extension": ".adl",
    "pygments_lexer": "vlad",
}


class VladKernel(Kernel):
    """Cells of one session."""

    implementation = "vlad_py"
    implementation_version = __version__
    banner = f"ADL, by vlad_py {__version__}"
    language_info = LANGUAGE

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self.adl = Session(write=self._write, limits=DEFAULT)
        self.digits: int | None = None  # significant ones, of reals; None: all, and six in matrices
        self._is_quiet = False

    def _write(self, text: str) -> None:
        if not self._is_quiet:
            self._send("stream", {"name": "stdout", "text": text})

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        self.send_response(self.iopub_socket, kind, content)  # type: ignore[no-untyped-call]

    # ── cells ────────────────────────────────────────────────────────────────────────────────

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: dict[str, Any] | None = None,
        allow_stdin: bool = False,
        **_: Any,
    ) -> dict[str, Any]:
        """Runs a cell. An error is shown as ADL shows it, and ends "run all cells"."""
        count = self.execution_count
        try:
            shown = spend(self.adl.limits, lambda: self._answer(code, f"In[{count}]"))
        except (Error, CellRefused, KeyboardInterrupt) as error:
            return self._failed(error)
        finally:
            self._is_quiet = False
        if shown is not None and not silent:
            content = {"execution_count": count, "data": shown, "metadata": {}}
            self._send("execute_result", content)
        return {"status": "ok", "execution_count": count, "payload": [], "user_expressions": {}}

    def _failed(self, error: BaseException) -> dict[str, Any]:
        lines = render(error, color=True).split("\n") if isinstance(error, Error) else [str(error)]
        if isinstance(error, (KeyboardInterrupt, Interrupted)):
            name = "KeyboardInterrupt"  # as Jupyter knows it
            lines = lines if isinstance(error, Error) else ["interrupted"]
        else:
            name = "Error"
        content = {"ename": name, "evalue": str(getattr(error, "message", error)), "traceback": lines}
        self._send("error", content)
        return {"status": "error", "execution_count": self.execution_count, **content}

    def _answer(self, code: str, name: str) -> Bundle | None:
        """What a cell shows. Raises errors.Error, CellRefused, KeyboardInterrupt."""
        if asked := QUESTION.match(code):
            return self._described(asked[1] or asked[2])
        if command := command_of(code.strip()):
            return self._command(*command, name)
        if magic := MAGIC.match(code.lstrip()):
            word, rest = magic[1] or "", magic[2] or ""
            is_command = word in (*SHOWN, PRECISION, SET)
            hint = f"; write `:{f'{word} {rest}'.strip()}`" if is_command else ""
            raise CellRefused(f"cells are programs in ADL: there are no magics and no shell{hint}")
        value = self.adl.evaluate(code, name, working_folder())
        if value == UNIT or is_silent(parse(Source(name, code))):
            return None
        return bundle(value, self.digits)

    def _command(self, command: str, text: str, name: str) -> Bundle | None:
        name_of_setting, _, setting = text.partition(" ")
        if command == SET and name_of_setting in DIGITS:
            command, text = PRECISION, setting.strip().removeprefix("none")
        if command == PRECISION:
            if text and not (text.isdecimal() and 1 <= int(text) <= MOST_DIGITS):
                raise CellRefused(f"`:precision n` shows n digits, 1 to {MOST_DIGITS}; `:precision` all")
            self.digits = int(text) if text else None
            return None
        if command == SET:
            return self._set(*text.split())
        if command not in SHOWN:
            hint = near(command, (*SHOWN, PRECISION, SET))
            raise CellRefused(f"no command `:{command}` in a notebook{hint and f'; {hint}'}")
        given, call = split(command, text)
        try:
            options = parsed(command, given)
        except WrongOption as error:
            raise CellRefused(f"{error}{error.hint and f'; {error.hint}'}") from None
        if not call:
            raise CellRefused(f"write `:{command} f(2, 5)`: {COMMANDS[command].full}")
        if getattr(options, "output", None):
            raise CellRefused("a notebook shows the graph below its cell: leave out `-o`")
        if getattr(options, "digits", 0) is None:
            options.digits = self.digits
        self._is_quiet = True
        found = observed(self.adl, options, call, name, working_folder())
        if command == "graph" and isinstance(found, Trace):
            if options.format not in (None, SVG):
                return {"text/plain": report_text(options, found)}
            return {"image/svg+xml": found.svg(options.flow), "text/plain": found.text()}
        return {"text/html": found.html(), "text/plain": found.text()}

    def _set(self, name: str = "", *given: str) -> Bundle | None:
        """Sets a limit of the cells to come; alone, it shows them all. CellRefused for an unknown one."""
        if name and (name not in limit_options.SETTINGS or len(given) != 1):
            known = ", ".join(limit_options.SETTINGS)
            raise CellRefused(f"`:set NAME VALUE` sets a limit, of {known}; `:set NAME none` lifts it")
        limits = self.adl.limits or DEFAULT
        if not name:
            lines = [
                f"{each.ljust(9)} {limit_options.setting(limits, each)}" for each in limit_options.SETTINGS
            ]
            return {"text/plain": "\n".join(lines)}
        try:
            self.adl.limits = limit_options.changed(limits, name, given[0])
        except ValueError as error:
            raise CellRefused(str(error)) from None
        return None

    # ── questions ────────────────────────────────────────────────────────────────────────────

    def _scope(self) -> dict[str, catalogue.Entry]:
        return {**catalogue.libraries(), **self.adl.names()}

    def _described(self, name: str) -> Bundle:
        """What a name means. CellRefused for one that nothing has."""
        entry = catalogue.lookup(name, self._scope())
        if entry is None:
            hint = near(name, (*self._scope(), *catalogue.everywhere()))
            raise CellRefused(f"no name `{name}`{hint and f'; {hint}'}")
        return _documentation(entry)

    async def do_complete(self, code: str, cursor_pos: int) -> dict[str, Any]:
        """The names that fit at the cursor."""
        found = candidates(code[:cursor_pos], self.adl.names(), self._value)
        typed = found[0].typed if found else 0
        kinds = [
            {"start": cursor_pos - typed, "end": cursor_pos, "text": c.name, "type": c.kind} for c in found
        ]
        return {
            "status": "ok",
            "matches": [candidate.name for candidate in found],
            "cursor_start": cursor_pos - typed,
            "cursor_end": cursor_pos,
            "metadata": {"_jupyter_types_experimental": kinds},
        }

    def _value(self, name: str) -> Any:
        return self.adl.value(name) if name in self.adl.module().names else None

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """What the name at the cursor means; directly behind `(` that of the function."""
        before = code[:cursor_pos]
        before = before[:-1] if before.endswith("(") else before
        begin, end = WORD.search(before), REST.match(code, len(before))
        name = (begin[0] if begin else "") + (end[0] if end else "")
        entry = catalogue.lookup(name, self._scope()) if name else None
        data = {} if entry is None else _documentation(entry)
        return {"status": "ok", "found": entry is not None, "data": data, "metadata": {}}

    async def do_is_complete(self, code: str) -> dict[str, Any]:
        """Whether Enter runs a text, in a console."""
        return {"status": "complete"} if is_complete(code) else {"status": "incomplete", "indent": "  "}


def _documentation(entry: catalogue.Entry) -> Bundle:
    """A name's documentation: call, words, example, and of a module its members."""
    calls = [member.signature for member in entry.members.values()]
    words = [f"{entry.signature} — {entry.kind}", entry.doc, *calls, entry.example]
    markdown = [f"**`{entry.signature}`** — {entry.kind}", " ".join(entry.doc.replace("*", "\\*").split())]
    markdown += [f"- `{call}`" for call in calls]
    markdown += [f"```adl\n{entry.example}\n```"] if entry.example else []
    return {
        "text/plain": "\n".join(filter(None, words)),
        "text/markdown": "\n\n".join(filter(None, markdown)),
    }
