"""A session: the one object below all doors. It runs texts and files, and keeps what they define."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from vlad_py.core import tree as core
from vlad_py.core.tree import Atom, Builtin, Global
from vlad_py.execution.limits import Limits
from vlad_py.execution.machine import run
from vlad_py.execution.pipeline import LOWERED, Translation, translate
from vlad_py.execution.unit import UNITS
from vlad_py.ground import outside, resources
from vlad_py.ground.budget import spend, stopped
from vlad_py.ground.errors import Bug, Caller, Error, LimitError, ResolveError, meant
from vlad_py.ground.node import replaced
from vlad_py.ground.reading import read_text
from vlad_py.ground.source import Source
from vlad_py.lowering.scope import ModuleNames, Outside
from vlad_py.session import again, catalogue
from vlad_py.session.catalogue import Entry
from vlad_py.session.files import ADL, SUFFIX, VLAD, absolute, circle, imported_path, near_file, relative
from vlad_py.session.forgetting import forget
from vlad_py.session.library import Library, can_compile, compiled_library, shared_library
from vlad_py.session.modules import Imported, Module, new_module
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.syntax.vlad import names as vlad
from vlad_py.values.values import NIL, Value, make_list

if TYPE_CHECKING:
    from vlad_py.execution.nonfinite import Watch
    from vlad_py.native.tables import Attempt
    from vlad_py.native.tier import Tier

Native: TypeAlias = Literal["never", "auto", "always"]
NEVER: Native = "never"
AUTO: Native = "auto"
ALWAYS: Native = "always"
TIERS: tuple[Native, ...] = (ALWAYS, AUTO, NEVER)
GIVEN = "session"  # the module of what a session was given


class Session:
    """Definitions, imports, loaded modules and limits, which may be set anew between two texts.

    `write` takes what `print` writes; `arguments` is the value of the name `arguments`; `functions` are names
    that every file of the session sees. `assigned` is asked about each name that a text uses and does not
    define: whether it has been given a value elsewhere, which then defines it anew. An error leaves the
    session as it was before the text that caused it. A session that never `runs` anything resolves texts:
    imported files are resolved as well. With `nan_is_error` the first primitive that makes a NaN or an
    infinity, in a value or in a derivative, is an error; that makes it slow. With `native` "auto", what has
    run for a while goes on as machine code, if that is possible and llvmlite is installed; with "always",
    every call does at once. `language` is that of texts whose name does not tell it by its suffix. In VLAD,
    `include` are folders where files are looked for, and with `echo` every form prints its value.
    """

    limits: Limits | None
    _library: Library

    def __init__(
        self,
        *,
        write: Callable[[str], object] | None = None,
        arguments: tuple[Value, ...] = (),
        functions: Mapping[str, Value] | None = None,
        assigned: Callable[[str], Value | None] | None = None,
        limits: Limits | None = None,
        runs: bool = True,
        nan_is_error: bool = False,
        native: Native = NEVER,
        language: str = ADL,
        include: tuple[str, ...] = (),
        echo: bool = True,
    ) -> None:
        self._write = write
        self.native = native
        self.on_attempt: Callable[[Attempt], object] | None = None  # is told of every attempt to compile
        self._given = {"arguments": make_list(arguments), **(functions or {})}
        self._assigned = assigned
        self.limits = limits
        self._modules: dict[str, Module] = {}  # by the path of the file
        self._main = new_module("main")
        self._runs = runs
        self.language = language
        self._include = include
        self._echo = echo
        self.nan_is_error = nan_is_error

    @property
    def nan_is_error(self) -> bool:
        """Whether what makes a NaN or an infinity is an error; set anew, that holds for later texts."""
        return self._library.watch is not None

    @nan_is_error.setter
    def nan_is_error(self, is_error: bool) -> None:
        if is_error:
            from vlad_py.execution.nonfinite import Watch  # only here: most sessions do without it

            self._library = Library(Watch())
        else:
            self._library = self._native_library() or shared_library()
        self._set_up(self._main)

    def watch_with(self, watch: Watch) -> None:
        """From the next text on, every operation is a call that `watch` sees."""
        self._library = Library(watch)
        self._set_up(self._main)

    def _native_library(self) -> Library | None:
        """The library with the tier that compiles; None where nothing is compiled."""
        if self.native == NEVER or not self._runs or not can_compile():
            return None
        return compiled_library(waits=self.native == AUTO)

    @property
    def tier(self) -> Tier | None:
        """What compiles the functions of the session; None where all is interpreted."""
        return self._library.tier

    # ── doors ────────────────────────────────────────────────────────────────────────────────

    def evaluate(self, text: str, name: str = "<text>", folder: str | None = None) -> Value:
        """The value of a text's last expression, () if it has none; its definitions and imports stay.

        `folder` is where imports of files are looked for; without one they are refused.
        Raises errors.Error.
        """
        return spend(self.limits, lambda: self._evaluated(text, name, folder))

    def _evaluated(self, text: str, name: str, folder: str | None) -> Value:
        key = text, name, self._main.options(self.limits)
        known = again.translation(key) if self._sees_library_only(name) else None
        if known is None:
            return self.execute(self.parse(text, name, folder), folder, key=key)
        with _guarded():
            self._tell_tier()
            return self._run(known, {})

    def _sees_library_only(self, name: str) -> bool:
        """Whether nothing but the library gives a meaning to names of the next text, which has this name."""
        main, is_first = self._main, not self._main.namespace[UNITS]
        is_alone = self._given == {"arguments": NIL} and self._assigned is None
        return is_first and is_alone and not main.entries and self.language_of(name) == ADL

    def run_file(self, path: str) -> Value:
        """Runs a script. Raises errors.Error; OSError or UnicodeDecodeError where it cannot be read."""
        return self.run_script(read_text(path), path)

    def run_script(self, text: str, path: str) -> Value:
        """Runs the text of the script at a path; its names are final. Raises errors.Error."""
        folder = os.path.dirname(absolute(path))
        return spend(self.limits, lambda: self.execute(self.parse(text, path, folder), folder, final=True))

    def language_of(self, name: str) -> str:
        """The language of a text: its name's suffix tells it, or it is that of the session."""
        return VLAD if name.endswith(f".{VLAD}") else ADL if name.endswith(SUFFIX) else self.language

    def parse(self, text: str, name: str = "<text>", folder: str | None = None) -> syntax.Program:
        """A text as a tree. `folder` is where VLAD's `include` looks first. Raises errors.Error."""
        with _guarded():
            if self.language_of(name) == ADL:
                return parse(Source(name, text))
            # only here: most sessions are in ADL
            from vlad_py.differentiation.vlad.words import WORDS
            from vlad_py.syntax.vlad import program

            source = Source(name, text, words=WORDS)
            return program.parse(source, self._main.names, folder, self._include, echo=self._echo)

    def execute(
        self,
        program: syntax.Program,
        folder: str | None = None,
        *,
        final: bool = False,
        key: again.Key | None = None,
    ) -> Value:
        """As `evaluate`, of a text that is parsed. `final` says that no later text will give other values to
        the names of this one; by `key` its translation may be kept. Raises errors.Error.
        """
        with _guarded():
            self._tell_tier()
            imports: dict[str, Imported] = {}
            outside = self._outside(self._main, folder, (), imports)
            options = self._main.options(self.limits)
            text = translate(program, self._main.id, outside, final=final, options=options)
            if key is not None and not imports and self._sees_library_only(key[1]):
                again.keep(key, text)
            return self._run(text, imports)

    def _run(self, text: Translation, imports: dict[str, Imported]) -> Value:
        forget(self._main)
        with self._main.defining(catalogue.defined(text.program), imports, text.core.conditions):
            return self._main.execute(text, self._value, self.limits)

    def core_of(
        self, text: str, name: str = "<text>", folder: str | None = None, stage: str = LOWERED
    ) -> core.Module:
        """The Core of a text at a stage (see STAGES), the text not being run. Raises errors.Error."""
        with _guarded():
            program = self.parse(text, name, folder)
            file = None if folder is None else resources.library_file(name)
            if file is not None:
                outside = self._library.inside
            else:
                file, outside = self._main.id, self._outside(self._main, folder, (), {})
            return translate(program, file, outside, final=stage != LOWERED).core

    def call(self, function: Value, argument: Value) -> Value:
        """The value of a call, within the session's limits. Raises errors.Error."""
        self._tell_tier()
        return run(function, argument, self.limits)

    def _tell_tier(self) -> None:
        if self.tier is not None:
            self.tier.listener.set(self.on_attempt)

    # ── what has been defined ────────────────────────────────────────────────────────────────

    def names(self) -> dict[str, Entry]:
        """What texts have defined and imported so far, the oldest first."""
        modules = {
            name: catalogue.module(
                name,
                catalogue.public(self.module(imported.names.id).entries),
                catalogue.purpose(resources.file_of_module(imported.names.id)),
                imported.statement.span,
            )
            for name, imported in self._main.modules.items()
        }
        return {**modules, **self._main.entries}

    def value(self, name: str) -> Value:
        """The value of a name that a text has defined. KeyError if there is none."""
        return self._main.value(name)

    def define(self, name: str, value: Value, entry: Entry | None = None) -> None:
        """Gives a name a value, as a `let` does. `entry` is what `names` says of it."""
        self._main.define(name, value, entry)

    def reload_imports(self) -> None:
        """Runs imported files anew; what uses them sees it. Raises errors.Error, having changed nothing."""
        before, self._modules = self._modules, {}
        imports = dict(self._main.modules)
        try:
            with _guarded():
                for name, imported in imports.items():
                    if imported.statement.is_path:
                        names = self._import(imported.statement, imported.folder, ())
                        imports[name] = replaced(imported, names=names)
        except BaseException:
            self._modules = before
            raise
        self._main.modules = imports
        self._main.relink(self._value)

    def resolve(self, program: syntax.Program, folder: str | None) -> None:
        """Looks whether a parsed text could run. Raises errors.Error."""
        with _guarded():
            translate(program, self._main.id, self._outside(self._main, folder, (), {}))

    # ── names and imports ────────────────────────────────────────────────────────────────────

    def _outside(
        self,
        module: Module,
        folder: str | None,
        importers: tuple[str, ...],
        imports: dict[str, Imported],
    ) -> Outside:
        """What a text of a module sees besides itself; what it imports is put into `imports`."""

        def lookup(name: str) -> Atom | None:
            if self._assigned is not None and module is self._main:
                value = self._assigned(name)
                if value is not None:
                    module.define(name, value)
            if name in module.entries:
                return Global("", name)
            if name in self._given:
                return Global(GIVEN, name)
            if name in vlad.PRIMITIVES:
                return Builtin(vlad.PRIMITIVES[name])
            return self._library.lookup(name)

        def load(statement: syntax.Import) -> ModuleNames:
            names = find(statement)
            module.imports.append((statement, self.module(names.id)))
            imports[statement.name] = Imported(names, statement, folder)
            return names

        def find(statement: syntax.Import) -> ModuleNames:
            if statement.is_path:
                return self._import(statement, folder, importers)
            try:
                return self._library.load(statement)
            except ResolveError as error:
                if folder is not None and os.path.isfile(os.path.join(folder, statement.target + SUFFIX)):
                    error.hint = f'import a file by its path: `import "{statement.target}{SUFFIX}"`'
                raise

        known = lambda: [*module.names, *self._given, *self._library.known()]  # noqa: E731
        modules = {name: imported.names for name, imported in module.modules.items()}
        return Outside(lookup, load, known, modules, module.conditions, self._library.usage)

    def _import(
        self, statement: syntax.Import, folder: str | None, importers: tuple[str, ...]
    ) -> ModuleNames:
        """A file below the script's folder, run once per session."""
        if folder is None:
            raise ResolveError("only a file can import files", statement.span)
        root = importers[0] if importers else folder
        path = imported_path(statement, folder, root)
        if path in importers:
            raise ResolveError(circle(path, importers), statement.span)
        if path not in self._modules:
            try:
                text = read_text(path, is_plain=True)
            except OSError as failed:
                if failed.errno in (errno.EFBIG, errno.EACCES):
                    message = f"`{statement.target}` cannot be read: {os.strerror(failed.errno).lower()}"
                    raise ResolveError(message, statement.span) from None
                is_library = statement.target in resources.library_names()
                of_library = f"a file of the library has no quotes: `import {statement.target}`"
                hint = of_library if is_library else near_file(path, statement.target)
                error = ResolveError(f"no file `{statement.target}`", statement.span, hint=hint)
                raise error.fixed_by(statement.target_span, meant(hint)) from None
            except UnicodeDecodeError:
                message = f"`{statement.target}` is not UTF-8 text"
                raise ResolveError(message, statement.span) from None
            try:
                self._modules[path] = self._load(path, text, (*(importers or (root,)), path))
            except Error as error:
                error.stack += (Caller("", statement.span),)
                raise
        return ModuleNames(path, frozenset(catalogue.public(self._modules[path].entries)))

    def _load(self, path: str, text: str, importers: tuple[str, ...]) -> Module:
        """A file, run as a module. `importers` ends with its path."""
        module = self._new_module(path)
        outside = self._outside(module, os.path.dirname(path), importers, {})
        options = module.options(self.limits) if self._runs else None
        file = translate(Source(relative(path), text), path, outside, final=True, options=options)
        module.entries = catalogue.defined(file.program)
        if self._runs:
            module.execute(file, self._value, self.limits)
        return module

    def module(self, id: str = "main") -> Module:
        """A loaded module: what the texts define, a file by its path, or one of the library."""
        file = resources.file_of_module(id)
        if file is not None:
            return self._library.module(file)
        return self._main if id == self._main.id else self._modules[id]

    def _value(self, name: Global) -> Value:
        if resources.file_of_module(name.module) is not None:
            return self._library.value(name)
        if name.module == GIVEN:
            return self._given[name.name]
        return self._modules[name.module].value(name.name)

    def _new_module(self, id: str) -> Module:
        module = new_module(id)
        self._set_up(module)
        return module

    def _set_up(self, module: Module) -> None:
        module.use(None if self._library is shared_library() else self._library)
        if self._write is not None:
            module.print_to(self._write)


@contextmanager
def _guarded() -> Iterator[None]:
    """Makes what Python raises while a text is prepared an error of the language."""
    try:
        yield
    except (Error, OSError):
        raise
    except KeyboardInterrupt as error:
        raise stopped(error) from None
    except MemoryError:
        raise LimitError("out of memory") from None
    except RecursionError:
        raise outside.overflow("the text is nested too deeply") from None
    except Exception as error:
        raise Bug(f"{type(error).__name__}: {error}") from error
