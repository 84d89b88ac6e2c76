"""The REPL's engine: it handles inputs, wherever they come from."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vlad_py.execution.limits import Limits
from vlad_py.ground import asking
from vlad_py.ground.budget import spend, stopped
from vlad_py.ground.errors import Bug, Error, ResolveError, RunError, SyntaxError, UnknownName, render, said
from vlad_py.ground.reading import read_text
from vlad_py.ground.source import Source
from vlad_py.ground.whole_files import write_whole
from vlad_py.repl.inputs import is_silent
from vlad_py.repl.themes import TERMINAL
from vlad_py.session.catalogue import MODULE
from vlad_py.session.files import ADL, absolute, near_file, working_folder
from vlad_py.session.script import LAST
from vlad_py.session.session import NEVER, Session
from vlad_py.session.ways import choose
from vlad_py.syntax import mistakes
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.display import display
from vlad_py.values.values import UNIT, Value

if TYPE_CHECKING:
    from vlad_py.laboratory.traces import Trace

# words that people type for the REPL's commands, where no name is like that
BARE = {
    **dict.fromkeys(("quit", "exit"), "`:quit` leaves, and so does Ctrl-D"),
    "help": "`:help` lists the commands",
}
OF_LAST = ("it", "ans", "out")  # the names that other tools have for the last value, in lower case


class OutputLost(OSError):
    """Nobody takes the output any more; the `__cause__` says why."""


class Refusal(Error):
    """A command that cannot run."""


@dataclass(eq=False)
class Engine:
    """A session, with the data that the REPL keeps for it.

    `write` takes results and what programs print, `complain` takes errors. `width` gives the columns
    of a line.
    """

    write: Callable[[str], object]
    complain: Callable[[str], object]
    width: Callable[[], int]
    limits: Limits = field(default_factory=Limits)
    arguments: tuple[Value, ...] = ()
    color: bool = False  # of errors
    is_colorful: bool = False  # of plots
    digits: int | None = None
    last_input: str = ""
    failures: int = 0
    loaded: list[str] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)  # files that this session has written
    count: int = 0  # of inputs
    language: str = ADL
    include: tuple[str, ...] = ()  # folders where VLAD's `include` looks
    native: str = NEVER  # one of the WAYS
    theme: str = TERMINAL  # one of the THEMES
    screen: Callable[[Trace], None] | None = None  # shows steps on the whole of a terminal
    given: Mapping[str, Value] = field(default_factory=dict)  # names that programs see, as `data`
    key: Callable[[], str] | None = None  # waits for a key, where there is a terminal to press one

    def __post_init__(self) -> None:
        self.is_quiet = False
        self.session = Session(
            write=self._printed,
            arguments=self.arguments,
            limits=self.limits,
            language=self.language,
            include=self.include,
            functions=self.given,
        )

    def compile(self, way: str) -> None:
        """From the next input on, runs native code in one of the WAYS; prints their reports of calls.

        Refusal where that is not possible.
        """
        try:
            choose(self.session, way, self.say, color=self.color)
        except RunError as error:
            raise Refusal(error.message, hint=error.hint) from None
        self.native = way

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """While this lasts, the output of programs is discarded."""
        self.is_quiet = True
        try:
            yield
        finally:
            self.is_quiet = False

    def _printed(self, text: str) -> None:
        if not self.is_quiet:
            self.write(text)

    # ── evaluating ───────────────────────────────────────────────────────────────────────────

    def attempt(self, action: Callable[[], object]) -> None:
        """Does something, and reports every failure without ending the REPL."""
        try:
            spend(self.limits, action)
        except Error as error:
            self.failed(render(error, color=self.color))
        except KeyboardInterrupt as error:
            self.failed(render(stopped(error), color=self.color))
        except RecursionError:
            self.failed("the value is nested too deeply to show")
        except MemoryError:
            self.failed("out of memory")
        except (EOFError, OutputLost):
            raise  # the REPL ends
        except Exception as error:  # a mistake of ours must not cost the session
            failure = Refusal(said(error)) if isinstance(error, OSError) else Bug(said(error))
            self.failed(render(failure, color=self.color))

    def failed(self, message: str) -> None:
        self.failures += 1
        self.complain(message + "\n")

    def next_name(self) -> str:
        """The name of the next input in diagnostics."""
        self.count += 1
        return f"input {self.count}"

    def evaluate(self, text: str) -> Value:
        """The value of an input in the session. Raises errors.Error."""
        return self.session.evaluate(text, self.next_name(), working_folder())

    def run(self, text: str) -> None:
        """Evaluates an input, prints its value and remembers it. Raises errors.Error."""
        self.last_input = text
        try:
            value = self.evaluate(text)
        except SyntaxError as error:
            error.hint = _of_other_prompts(text.strip()) or _bound_again(text.strip(), error.hint)
            raise
        except ResolveError as error:
            about = re.fullmatch(r"help\((\w+)\)", text.strip())
            bare = f"write `?{about[1]}`" if about else BARE.get(text.strip().removesuffix("()"))
            if isinstance(error, UnknownName) and error.name.casefold() in OF_LAST:
                bare = f"`{LAST}` is the last value"
            error.hint = bare or error.hint or self._forward(error, text)
            raise
        if self.language != ADL:
            return  # every form prints its own value
        program = parse(Source("", text))
        if value == UNIT or not program.statements or _defines(program.statements[-1]):
            return
        self.session.define(LAST, value)
        if not is_silent(program):
            self.print(value)

    def _forward(self, error: ResolveError, text: str) -> str:
        """A hint where definitions need a name that may be meant to come later."""
        if not isinstance(error, UnknownName) or self.language != ADL:
            return ""
        if not all(isinstance(each, syntax.Def) for each in parse(Source("", text)).statements):
            return ""
        return f"define `{error.name}` first, or both in one input: Alt-Enter, or `;`, continues it"

    def print(self, value: Value) -> None:
        text = display(value, self.width(), self.digits, color=self.is_colorful)
        asking.write(len(text) + 1)
        self.say(text)

    def say(self, text: str) -> None:
        self.write(text + "\n")

    # ── files ────────────────────────────────────────────────────────────────────────────────

    def load(self, path: str) -> None:
        """Runs a file in the session; its definitions stay. Raises errors.Error."""
        text = file_text(path)
        self.session.evaluate(text, path, os.path.dirname(absolute(path)))
        if path not in self.loaded:
            self.loaded.append(path)

    def save(self, path: str, text: str) -> None:
        """Writes a file; overwrites an existing one only if this session wrote it. Raises Refusal."""
        path = os.path.expanduser(path)
        full = absolute(path)
        if os.path.lexists(path) and full not in self.saved:
            message = f"{path}: already exists, and this session did not write it"
            raise Refusal(message, hint="choose another name, or delete the file first")
        try:
            write_whole(path, text)
        except (OSError, ValueError) as error:
            raise Refusal(f"{path}: {str(getattr(error, 'strerror', None) or error).lower()}") from None
        self.saved.add(full)

    def reload(self) -> list[str]:
        """Runs the loaded files and their imports again; returns the names that keep their newer definitions.

        Raises errors.Error.
        """
        self.session.reload_imports()
        kept = set()
        for path in self.loaded:
            before = self.session.names()
            own = {
                name: (entry, self.session.value(name))
                for name, entry in before.items()
                if entry.kind != MODULE and entry.place and entry.place.source.name not in self.loaded
            }
            self.load(path)
            after = self.session.names()
            for name, (entry, value) in own.items():
                if after[name] is not entry:
                    self.session.define(name, value, entry)
                    kept.add(name)
        return sorted(kept)


def _of_other_prompts(text: str) -> str:
    """A hint for an input in the manner of IPython or of a shell; empty for others."""
    if shell := re.fullmatch(r"vlad\s+(?:-\S+\s+)*(\S+\.(?:adl|vlad))", text):
        return f"write `:load {shell[1]}`"
    if asked := re.fullmatch(r"([\w.]+)\?{1,2}", text):
        return f"write `?{asked[1]}`"
    if magic := re.match(r"%{1,2}(\w+)\s*(.*)", text):
        return f"commands begin with `:`: `:{f'{magic[1]} {magic[2]}'.strip()}`; `:help` lists them"
    if re.match(r"!\s*(true|false|\()", text):
        return ""  # a negation
    return "there is no shell here; `:help` lists the commands" if text.startswith("!") else ""


def _bound_again(text: str, hint: str) -> str:
    """A hint for an input that does not parse: a `let` of the REPL may bind a name again."""
    if hint not in (mistakes.BIND, mistakes.CHANGES):
        return hint
    if bound := re.fullmatch(r"([^\W\d][\w']*)\s*([-+*/]?)=\s*([^=\s;].*)", text):
        name, operator, value = bound.groups()
        whole = f"{name} {operator} {value if value.isalnum() else f'({value})'}" if operator else value
        return f"write `let {name} = {whole}`" + ("" if operator else "; to compare, write `==`")
    return f"{mistakes.BIND_BY}; to compare, write `==`" if hint == mistakes.BIND else hint


def _defines(statement: syntax.Node) -> bool:
    return isinstance(statement, syntax.Def | syntax.Let | syntax.Import)


def file_text(path: str) -> str:
    """The text of a file. Refusal where it cannot be read."""
    try:
        return read_text(os.path.expanduser(path))
    except UnicodeDecodeError:
        raise Refusal(f"{path}: is not UTF-8 text") from None
    except OSError as error:
        hint = near_file(absolute(path), path)
        raise Refusal(f"{path}: {str(error.strerror or error).lower()}", hint=hint) from None
