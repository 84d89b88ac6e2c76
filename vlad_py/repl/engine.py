"""The REPL's engine: it handles inputs, wherever they come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vlad_py.execution.machine import Limits
from vlad_py.ground.errors import Bug, Error, Interrupted, ResolveError, render, said
from vlad_py.ground.source import Source
from vlad_py.repl.inputs import is_silent
from vlad_py.session.catalogue import MODULE
from vlad_py.session.files import ADL, absolute, near_file, read_text, working_folder
from vlad_py.session.script import LAST
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.display import display
from vlad_py.values.values import UNIT, Value

# words that people type for the REPL's commands, where no name is like that
BARE = {
    **dict.fromkeys(("quit", "exit"), "`:quit` leaves, and so does Ctrl-D"),
    "help": "`:help` lists the commands",
}


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
    memory: int | None = None
    color: bool = False
    digits: int | None = None
    last_input: str = ""
    failures: int = 0
    loaded: list[str] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)  # files that this session has written
    count: int = 0  # of inputs
    language: str = ADL
    include: tuple[str, ...] = ()  # folders where VLAD's `include` looks
    key: Callable[[], str] | None = None  # waits for a key, where there is a terminal to press one

    def __post_init__(self) -> None:
        self.is_quiet = False
        self.session = Session(
            write=self._printed,
            arguments=self.arguments,
            limits=self.limits,
            language=self.language,
            include=self.include,
        )

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
            action()
        except Error as error:
            self.failed(render(error, color=self.color))
        except KeyboardInterrupt:
            self.failed(render(Interrupted("stopped by the user"), color=self.color))
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
        except ResolveError as error:
            error.hint = BARE.get(text.strip().removesuffix("()"), error.hint)
            raise
        if self.language != ADL:
            return  # every form prints its own value
        program = parse(Source("", text))
        if value == UNIT or not program.statements or _defines(program.statements[-1]):
            return
        self.session.define(LAST, value)
        if not is_silent(program):
            self.print(value)

    def print(self, value: Value) -> None:
        self.say(display(value, self.width(), self.digits))

    def say(self, text: str) -> None:
        self.write(text + "\n")

    # ── files ────────────────────────────────────────────────────────────────────────────────

    def load(self, path: str) -> None:
        """Runs a file in the session; its definitions stay. Raises errors.Error."""
        text = text_of(path)
        self.session.evaluate(text, path, os.path.dirname(absolute(path)))
        if path not in self.loaded:
            self.loaded.append(path)

    def save(self, path: str, text: str) -> None:
        """Writes a file; overwrites an existing one only if this session wrote it. Raises Refusal."""
        path = os.path.expanduser(path)
        full = absolute(path)
        if os.path.exists(path) and full not in self.saved:
            raise Refusal(f"{path}: already exists, and this session did not write it")
        try:
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
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


def _defines(statement: syntax.Node) -> bool:
    return isinstance(statement, syntax.Def | syntax.Let | syntax.Import)


def text_of(path: str) -> str:
    """The text of a file. Refusal where it cannot be read."""
    try:
        return read_text(os.path.expanduser(path))
    except UnicodeDecodeError:
        raise Refusal(f"{path}: is not UTF-8 text") from None
    except OSError as error:
        hint = near_file(absolute(path), path)
        raise Refusal(f"{path}: {str(error.strerror or error).lower()}", hint=hint) from None
