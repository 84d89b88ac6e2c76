"""The standard library: its files are translated, linked and run when a name of them is first used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import nullcontext
from functools import cache
from importlib.util import find_spec
from threading import RLock
from typing import TYPE_CHECKING

from vlad_py.core.tree import Atom, Builtin, Global
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.pipeline import PYTHON, observers, translate
from vlad_py.execution.unit import Options, Unit
from vlad_py.ground import resources
from vlad_py.ground.errors import Bug, ResolveError, meant, near
from vlad_py.ground.node import replaced
from vlad_py.ground.source import Source
from vlad_py.lowering.scope import UNDER, ModuleNames, Outside, Usage
from vlad_py.session.catalogue import Entry, defined, public
from vlad_py.session.modules import MODULE, Module, new_module
from vlad_py.syntax import tree as syntax
from vlad_py.values.values import Closure, Value

if TYPE_CHECKING:
    from vlad_py.execution.nonfinite import Watch
    from vlad_py.native.tier import Tier

_DEFINITION = re.compile(r"^(?:def|let) ([^\W\d][\w']*)", re.MULTILINE)


class Library:
    """The standard library. A file is parsed and run when one of its names is first used.

    `watch` sees every result of its functions; `tier` compiles them.
    """

    def __init__(self, watch: Watch | None = None, tier: Tier | None = None) -> None:
        self.watch = watch
        self.tier = tier
        self._lock = RLock()
        self._modules: dict[str, Module] = {}
        self._loading: list[str] = []
        self._files: dict[str, str] = {}  # the file of every name of the prelude

    def prelude(self) -> dict[str, str]:
        """The file of every name that the prelude defines; found without parsing, at line starts."""
        if not self._files:  # set when all are found: Ctrl-C must not leave half of them
            self._files = {
                name: file
                for file in resources.prelude_names()
                for name in _DEFINITION.findall(resources.library_text(file))
                if not name.startswith("_")  # which are private to their file
            }
        return self._files

    def lookup(self, name: str, *, internal: bool = False) -> Atom | None:
        """A built-in function or a name of the prelude; `internal` ones only for the library."""
        if name in PRIMITIVES and name.isidentifier() and (internal or not PRIMITIVES[name].internal):
            return Builtin(name)
        if internal and name == UNDER:
            return Builtin(name)
        file = self.prelude().get(name)
        return None if file is None else Global(self.module(file).id, name)

    def known(self) -> Iterable[str]:
        """Every name that a program sees without an import."""
        visible = (p.name for p in PRIMITIVES.values() if not p.internal and p.name.isidentifier())
        return [*visible, *self.prelude()]

    def module(self, file: str) -> Module:
        """A loaded file of the library. FileNotFoundError if there is none of that name."""
        with self._lock:
            if file in self._loading:
                raise Bug(f"files of the library need each other: {', '.join([*self._loading, file])}")
            if file not in self._modules:
                self._modules[file] = self._load(file)
            return self._modules[file]

    def _load(self, file: str) -> Module:
        before = self._loading
        try:
            self._loading = [*before, file]
            source = Source(f"{file}.adl", resources.library_text(file), library=True)
            module = new_module(resources.library_module(file))
            if self.watch is not None or self.tier is not None:
                module.use(self)
            options = replaced(module.options(), is_kept=True)
            module.entries, unit = self._translated(source, file, options)
            with self.watch.paused() if self.watch is not None else nullcontext():
                module.execute_unit(source, unit, PYTHON, self.value)
            return module
        finally:
            self._loading = before

    def _translated(self, source: Source, file: str, options: Options) -> tuple[dict[str, Entry], Unit]:
        """What a file defines, and its code. It is loaded if an earlier process kept it, else made, and kept
        for later ones. If the passes are observed, they must run, so it is made.
        """
        from vlad_py.session import kept_library  # only here: many short runs need no library

        kept = None if observers else kept_library.load(source, options)
        if kept is not None:
            return kept
        text = translate(source, file, self.inside, final=True, options=options)
        assert text.unit is not None, "with options, it is compiled"
        made = defined(text.program), text.unit
        if not observers:
            kept_library.save(source, options, made)
        return made

    @property
    def inside(self) -> Outside:
        """What a file of the library sees besides itself: the internal names too."""
        return Outside(lambda name: self.lookup(name, internal=True), self.load, list)

    def load(self, statement: syntax.Import) -> ModuleNames:
        """The names of an imported file of the library. ResolveError if there is none."""
        files = resources.library_names()
        if statement.target not in files:
            from vlad_py.lowering.unknown import is_other_tool  # only here: most texts import what there is
            from vlad_py.syntax.mistakes import NO_IMPORT

            listed = f"the library has `{'`, `'.join(files)}`; "
            hint = NO_IMPORT if is_other_tool(statement.target) else listed + NO_IMPORT
            hint = near(statement.target, files) or hint
            error = ResolveError(f"no library `{statement.target}`", statement.span, hint=hint)
            raise error.fixed_by(statement.target_span, meant(hint))
        module = self.module(statement.target)
        return ModuleNames(module.id, frozenset(public(module.entries)))

    def function(self, name: str) -> Value:
        """The value of a name of the prelude. KeyError if there is none."""
        return self.module(self.prelude()[name]).value(name)

    def usage(self, name: Global) -> Usage:
        """How a function of a library file is called; empty for the name of another file."""
        file = resources.file_of_module(name.module)
        if file is None:
            return Usage()
        entry = self.module(file).entries[name.name]
        return Usage(entry.signature, entry.functions, entry.example)

    def value(self, name: Global) -> Value:
        """The value of a name of a library file."""
        file = resources.file_of_module(name.module)
        assert file is not None, "others have their values in the session"
        return self.module(file).value(name.name)


@cache
def shared_library() -> Library:
    """The library of all sessions: its definitions are immutable, so it is loaded once."""
    return Library()


@cache
def compiled_library(*, waits: bool) -> Library:
    """The library of all sessions that compile, with their tier, which compiles all or `waits` for what is
    hot.
    """
    from vlad_py.native.tier import Tier  # only here: other sessions do without it

    return Library(tier=Tier(waits=waits))


@cache
def can_compile() -> bool:
    """Whether there is what makes machine code."""
    return find_spec("llvmlite") is not None


def library_of(function: Value) -> Library:
    """The library that a function's own module uses."""
    module = function.enter.__globals__[MODULE] if isinstance(function, Closure) else None
    return (module.library if module is not None else None) or shared_library()


def beside(function: Value, other: Value) -> Value:
    """A library function from the library of another function, so that an operator on a watched function is
    watched as well.
    """
    library = library_of(other)
    if library is library_of(function) or not isinstance(function, Closure) or function.env:
        return function
    module: Module = function.enter.__globals__[MODULE]
    file = resources.file_of_module(module.id)
    if file is None or module.library is not None:
        return function
    found = library.module(file)
    name = function.code.name
    return found.value(name) if name in found.names else function
