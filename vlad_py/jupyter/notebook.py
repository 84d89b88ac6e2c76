"""A session inside a Python notebook: ADL cells, and the names that both languages share.

A name in a cell means the first of these: a definition of the cell itself; a built-in name of ADL; the Python
variable. The definitions of a cell become Python variables. So the latest definition of a name counts, in
whichever language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from vlad_py.ground.errors import ConversionError, Error, ResolveError, near, render
from vlad_py.ground.node import replaced
from vlad_py.ground.source import Source, Span
from vlad_py.jupyter.shown import Shown, python_of
from vlad_py.lowering.groups import mentioned_names
from vlad_py.python.convert import to_value
from vlad_py.python.function import DEFAULT, ErrorsForCaller
from vlad_py.session import limit_options
from vlad_py.session.catalogue import VALUE, Entry
from vlad_py.session.files import working_folder
from vlad_py.session.library import shared_library
from vlad_py.session.modules import defined_names
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.values import UNIT, Value

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


LAST = "_"  # IPython's name for the last value


class Notebook:
    """The cells of a notebook, which share one session.

    Raises errors.Error for an error in a cell, KeyboardInterrupt on Ctrl-C; a cell that fails
    defines nothing. IPython shows either as the diagnostic, without a Python traceback.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._python: dict[str, Any] = shell.user_ns
        self._library = frozenset(shared_library().known())
        self._published: dict[str, Any] = {}  # by name: the values of Python variables
        self._takes_all = True
        self.session = Session(assigned=self._assigned, limits=DEFAULT)

    def value_of(self, text: str, local: Mapping[str, Any] | None = None) -> Any:
        """The value of a text, converted to Python; its definitions become variables. None for the unit, and
        where a `;` ends the text.

        `local` are the variables of the Python function that the text stands in: they come before those of
        the notebook.
        """
        with self._diagnosed():
            inner = {} if local is None or local is self._python else self._used(text, local)
            value, program = self._run_inside(text, inner) if inner else self._run(text)
            self._publish(filter(self._is_shared, defined_names(program)))
            return None if value == UNIT or _is_silent(program) else python_of(value)

    def run_cell(
        self, options: str, text: str, taken: Iterable[str] | None, given: Iterable[str] | None
    ) -> Shown | None:
        """Runs the text of a cell; returns its value to show, or None if there is none.

        `taken` are the only names to take from Python, also where ADL has such a name; `given` are the only
        ones to define there. None: all that the cell uses, or defines. `options` is the text of the line
        above that names them.
        """
        with self._diagnosed():
            line = Source(self._name(), f"%%vlad {options}\n{text}")
            self._takes_all = taken is None
            for name in taken or ():
                self.session.define(name, self._taken(name, line))
            # the line above counts as the first, as in the cell
            value, program = self._run(f"\n{text}")
            if given is None:
                given = filter(self._is_shared, defined_names(program))
            self._publish(self._defined(name, line) for name in given)
            return None if value == UNIT or _is_silent(program) else Shown(value, self._digits())

    def set_limit(self, line: str) -> None:
        """Sets a limit of the cells to come, as `time 10`. ConversionError where there is none such."""
        name, _, text = line.strip().partition(" ")
        with self._diagnosed():
            try:
                self.session.limits = limit_options.changed(
                    self.session.limits or DEFAULT, name, text.strip()
                )
            except KeyError:
                hint = f"the limits are {', '.join(limit_options.SETTINGS)}"
                raise ConversionError(f"no limit `{name}`", hint=hint) from None
            except ValueError as error:
                raise ConversionError(f"{name}: {error}") from None

    def _run(self, text: str) -> tuple[Value, syntax.Program]:
        name = self._name()
        return self.session.evaluate(text, name, working_folder()), parse(Source(name, text))

    def _used(self, text: str, local: Mapping[str, Any]) -> dict[str, Value]:
        """The values of the local variables of a Python function that a text mentions."""
        return {
            name: to_value(local[name], name)
            for name in sorted(mentioned_names(parse(Source(self._name(), text))))
            if name in local and name not in self._library and not isinstance(local[name], ModuleType)
        }

    def _run_inside(self, text: str, local: dict[str, Value]) -> tuple[Value, syntax.Program]:
        """Runs a text as the body of a function of local names: no other function sees their values."""
        program = parse(Source(self._name(), text))
        nowhere = replaced(program.span, end=program.span.start)
        unit = syntax.Tuple(nowhere, ())
        *before, last = program.statements
        if isinstance(last, (syntax.Def, syntax.Let, syntax.Import)):
            before, last = [*before, last], unit
        defined = sorted(defined_names(program))
        parts = (last, unit, *(syntax.Name(nowhere, name) for name in defined))
        body = syntax.Block(program.span, (*before, syntax.Tuple(last.span, parts)))
        names = [syntax.Name(nowhere, name) for name in local]
        pattern = names[0] if len(names) == 1 else syntax.Tuple(nowhere, tuple(names))
        function = syntax.Fn(program.span, pattern, body)
        made = self.session.execute(syntax.Program(program.span, (function,)), working_folder())
        values = tuple(local.values())
        result = self.session.call(made, values if len(values) > 1 else values[0])
        assert type(result) is tuple
        for name, value in zip(defined, result[2:], strict=True):
            self.session.define(name, value)
        return result[0], program

    def _name(self) -> str:
        return f"In[{self._shell.displayhook.prompt_count}]"

    @contextmanager
    def _diagnosed(self) -> Iterator[None]:
        """Errors are shown as ADL shows them."""
        try:
            with ErrorsForCaller():
                yield
        except Error as error:
            _show_as(error, error, self._has_color())
            raise
        except KeyboardInterrupt as stop:
            if isinstance(stop.__cause__, Error):
                _show_as(stop, stop.__cause__, self._has_color())
            raise
        finally:
            self._takes_all = True

    def _has_color(self) -> bool:
        return str(self._shell.colors).lower() != "nocolor"

    def _digits(self) -> int | None:
        """The digits behind the point that IPython's `%precision` asks for; None if it does not."""
        formatter = self._shell.display_formatter
        asked = str(formatter.formatters["text/plain"].float_precision) if formatter is not None else ""
        return int(asked) if asked.isdecimal() else None

    # ── names ────────────────────────────────────────────────────────────────────────────────

    def scope(self) -> dict[str, Entry]:
        """The names of other cells and of Python that a cell sees."""
        shared = [n for n, x in self._python.items() if self._is_shared(n) and not isinstance(x, ModuleType)]
        return {name: Entry(name, VALUE, name, "") for name in shared} | self.session.names()

    def value_in_scope(self, name: str) -> Value | None:
        """The value of a name of the scope, if it is known without a long conversion."""
        thing = self._python.get(name)
        if type(thing) is not dict:
            return self.session.value(name) if name in self.session.module().names else None
        try:
            return to_value(thing, name)
        except ConversionError:
            return None

    def _assigned(self, name: str) -> Value | None:
        """Python's value for a name of a cell. ConversionError if it is not a value of ADL."""
        if not self._takes_all or name in self._library or not (self._is_shared(name) or name == LAST):
            return None
        thing = self._python.get(name)
        if name not in self._python or isinstance(thing, ModuleType):
            return None
        if thing is self._published.get(name) and not isinstance(thing, (tuple, list, dict)):
            return None  # it is unchanged; structures may have changed inside
        return to_value(thing, name)

    def _is_shared(self, name: str) -> bool:
        """Whether both languages share a name; those that IPython keeps for itself are not shared."""
        return name.isidentifier() and name[0] != "_" and name not in self._shell.user_ns_hidden

    def _publish(self, names: Iterable[str]) -> None:
        """Turns definitions into Python variables."""
        new = {name: python_of(self.session.value(name)) for name in names}
        self._published |= new
        self._shell.push(new)

    def _taken(self, name: str, line: Source) -> Value:
        """The value of a variable that the options name."""
        if name not in self._python:
            hint = near(name, filter(self._is_shared, self._python))
            raise ResolveError(f"Python has no variable `{name}`", _place(name, line), hint=hint)
        try:
            return to_value(self._python[name], name)
        except ConversionError as error:
            error.span = _place(name, line)
            raise

    def _defined(self, name: str, line: Source) -> str:
        """A name that a cell has defined."""
        names = self.session.module().names
        if name not in names:
            raise ResolveError(f"no cell defines `{name}`", _place(name, line), hint=near(name, names))
        return name


def _place(name: str, line: Source) -> Span:
    """Where the options name a name."""
    match = re.search(rf"(?<![\w'-]){re.escape(name)}(?![\w'])", line.text)
    start = match.start() if match else 0
    return Span(line, start, start + len(name))


def _is_silent(program: syntax.Program) -> bool:
    """Whether a `;` ends a text: then its value is not shown."""
    if not program.statements:
        return True
    rest = program.span.source.text[program.statements[-1].span.end :]
    return rest.lstrip().startswith(";")


def _show_as(raised: BaseException, error: Error, color: bool) -> None:
    """The attribute with which IPython asks an exception how to show it: as a diagnostic."""
    raised._render_traceback_ = lambda: render(error, color=color).split("\n")  # type: ignore[attr-defined]
