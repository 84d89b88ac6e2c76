"""Loaded modules: compiled texts, linked with the names they use, and run; the standard library."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, KeysView
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from importlib.util import find_spec
from threading import RLock
from typing import TYPE_CHECKING, Any

from vlad_py.core.tree import Atom, Builtin, Global
from vlad_py.differentiation.table import INLINE_NAMES, PRIMITIVES
from vlad_py.execution import runtime
from vlad_py.execution.limits import Limits
from vlad_py.execution.looking import LOOKER
from vlad_py.execution.machine import is_counted
from vlad_py.execution.operations import atom_text, safe
from vlad_py.execution.pipeline import PYTHON, Backend, Translation, observers, translate
from vlad_py.execution.unit import UNITS, Options, Unit
from vlad_py.ground import asking, resources
from vlad_py.ground.errors import Bug, Error, HostError, ResolveError, meant, near, said
from vlad_py.ground.node import field, record, replaced, state
from vlad_py.ground.source import Source
from vlad_py.lowering.scope import UNDER, ModuleNames, Outside, Usage
from vlad_py.numbers.each.each import Each
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import ArrayNode, Node
from vlad_py.primitives.kinds import Writing
from vlad_py.session.catalogue import VALUE, Entry, defined, public
from vlad_py.syntax import tree as syntax
from vlad_py.values.values import NIL, UNIT, Array, Closure, Cons, Nil, Record, Value

if TYPE_CHECKING:
    from vlad_py.execution.nonfinite import Watch
    from vlad_py.native.tier import Tier

LIBRARY = "library"  # begins the id of every module of the standard library
MODULE = "__module__"  # the global of compiled code that is its module


@record
class Imported:
    """An import of an earlier text, with the data to load it again."""

    names: ModuleNames
    statement: syntax.Import
    folder: str | None


@state
class Module:
    """A loaded module: the names that its compiled code sees, and those that it defines and imports.

    `sources` are the texts that made it, in order; `imports` the modules that they import. With both it
    can be made again elsewhere. `modules` are the imported ones by the names that they have now,
    `conditions` the names of conditions (see lowering/conditions.py).
    """

    id: str
    namespace: dict[str, Any]
    entries: dict[str, Entry] = field(default_factory=dict)
    modules: dict[str, Imported] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    imports: list[tuple[syntax.Import, Module]] = field(default_factory=list)
    links: set[Global] = field(default_factory=set)  # the names of other modules that its code uses
    library: Library | None = None  # that its code uses, where it is not the one of all sessions
    conditions: frozenset[str] = frozenset()
    is_watched: bool = False  # whether every operation is a call of its primitive
    tier: Tier | None = None  # that compiles its functions to machine code
    base: Any = None  # the names in its namespace that all modules have
    kept: int = 0  # units that were in use when `forget` last looked

    def use(self, library: Library | None) -> None:
        """From the next text on it uses a watched library; None: the library of all sessions."""
        watch = library.watch if library is not None else None
        before, self.tier = self.tier, library.tier if library is not None else None
        base = _base_namespace(len(PRIMITIVES))
        if watch is not None:
            self.namespace |= base | watch.names()
        elif self.is_watched or before is not None or base is not self.base:
            self.namespace |= base
        self.base = base
        if self.tier is not None:
            self.namespace |= self.tier.names()
        self.library = library
        self.is_watched = watch is not None

    def print_to(self, write: Callable[[str], object]) -> None:
        """From now on `write` takes what its code prints."""

        def writer(says: Callable[..., tuple[str, Value]]) -> Callable[..., Value]:
            def apply(*arguments: Value) -> Value:
                line, value = says(*arguments)
                asking.write(len(line) + 1)
                try:
                    write(line + "\n")
                except (Error, OSError):
                    raise
                except Exception as error:
                    raise HostError(f"the receiver of the output raised {said(error)}") from error
                return value

            return apply

        for primitive in PRIMITIVES.values():
            if isinstance(primitive, Writing):
                name, apply = safe(primitive.name), writer(primitive.says)
                self.namespace[f"p_{name}"] = apply
                self.namespace[f"b_{name}"] = replaced(primitive, value=apply, apply=apply)

    @property
    def names(self) -> KeysView[str]:
        """The names that it defines."""
        return self.entries.keys()

    def value(self, name: str) -> Value:
        """The value of a name that the module defines."""
        return self.namespace[f"g_{safe(name)}"]

    def define(self, name: str, value: Value, entry: Entry | None = None) -> None:
        """Gives a name a value; functions that exist and use the name see it. `entry` describes it."""
        self.modules.pop(name, None)
        self.entries.pop(name, None)
        self.conditions -= {name}
        self.entries[name] = entry or Entry(name, VALUE, name, "")
        self.namespace[f"g_{safe(name)}"] = value

    @contextmanager
    def defining(
        self, entries: dict[str, Entry], modules: dict[str, Imported], conditions: frozenset[str]
    ) -> Iterator[None]:
        """While its text runs, the module has these names; if that fails, they go again."""
        before = self.entries, self.modules, self.conditions
        size = len(self.sources)
        keys = [f"g_{safe(name)}" for name in entries]
        values = {key: self.namespace[key] for key in keys if key in self.namespace}
        new = entries.keys() | modules.keys()
        self.entries = {name: e for name, e in self.entries.items() if name not in new} | entries
        self.modules = {name: m for name, m in self.modules.items() if name not in new} | modules
        self.conditions = self.conditions - new | conditions
        try:
            yield
        except BaseException:
            self.entries, self.modules, self.conditions = before
            del self.sources[size:]
            for key in keys:
                self.namespace.pop(key, None)
            self.namespace.update(values)
            raise

    def options(self, limits: Limits | None = None) -> Options:
        """How its texts are compiled: a limit of steps needs code that is stepped."""
        return Options(
            stepped=limits is not None and (limits.steps is not None or is_counted()),
            watched=self.is_watched,
            looked_at=self.tier is not None and self.tier.waits,
            pieces="none" if self.tier is None else "loops" if self.tier.waits else "all",
        )

    def execute(
        self, text: Translation, value_of: Callable[[Global], Value], limits: Limits | None = None
    ) -> Value:
        """Runs a text that was translated for this module; returns the value of its last expression.

        Raises errors.Error.
        """
        assert text.unit is not None, "the text is compiled"
        return self.execute_unit(text.program.span.source, text.unit, text.backend, value_of, limits)

    def execute_unit(
        self,
        source: Source,
        unit: Unit,
        backend: Backend,
        value_of: Callable[[Global], Value],
        limits: Limits | None = None,
    ) -> Value:
        """As `execute`, given the text and what it was compiled into."""
        self.sources.append(source)
        self.links |= unit.links
        entry = backend.link(unit, self.namespace, value_of)
        if self.tier is not None:
            self.tier.hook(unit, self.namespace)
        return backend.run(entry, UNIT, limits)

    def relink(self, value_of: Callable[[Global], Value]) -> None:
        """Its code sees the current values of other modules' names, and keeps those that are gone."""
        for link in self.links:
            with suppress(KeyError):
                self.namespace[atom_text(link, "")] = value_of(link)


@cache
def _base_namespace(primitives: int) -> dict[str, Any]:
    """The names of compiled code, made once for a table of so many primitives."""
    space: dict[str, Any] = {
        "Closure": Closure,
        "Record": Record,
        "Cons": Cons,
        "NIL": NIL,
        "Nil": Nil,
        "inf": float("inf"),
        "ARRAYS": frozenset((Array, ArrayNode, Dual, Each)),  # what may be an array
        "REALS": frozenset((float, Node)),  # what is none
        "Dual": Dual,
        "Node": Node,
        LOOKER: None,
    }
    for name in (
        "alone apply cursor get_field has_fields in_order is_literal iterate next_item no_match not_boolean "
        "update_record wrong_tuple WrongArguments"
    ).split():
        space[name] = getattr(runtime, name)
    for primitive in PRIMITIVES.values():
        name = safe(primitive.name)
        space[f"p_{name}"] = primitive.apply
        space[f"v_{name}"] = primitive.value
        space[f"b_{name}"] = primitive
    return space | INLINE_NAMES


def new_module(id: str) -> Module:
    """A module that defines nothing yet."""
    module = Module(id, {UNITS: {}})
    module.namespace[MODULE] = module
    module.use(None)
    return module


def defined_names(program: syntax.Program) -> set[str]:
    """The names that a file defines."""
    return set(defined(program))


# ── the standard library ─────────────────────────────────────────────────────────────────────

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
            module = new_module(f"{LIBRARY}/{file}")
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
        """What a file defines, and its code: kept by an earlier process, or else new and kept for later ones.
        Where somebody looks at what every pass makes, it is new.
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
        if not name.module.startswith(f"{LIBRARY}/"):
            return Usage()
        entry = self.module(name.module.removeprefix(f"{LIBRARY}/")).entries[name.name]
        return Usage(entry.signature, entry.functions, entry.example)

    def value(self, name: Global) -> Value:
        """The value of a name of a library file."""
        return self.module(name.module.removeprefix(f"{LIBRARY}/")).value(name.name)


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
    if not module.id.startswith(f"{LIBRARY}/") or module.library is not None:
        return function
    found = library.module(module.id.removeprefix(f"{LIBRARY}/"))
    name = function.code.name
    return found.value(name) if name in found.names else function
