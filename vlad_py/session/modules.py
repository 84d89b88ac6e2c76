"""Loaded modules: compiled texts, linked with the names they use, and run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, KeysView
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from vlad_py.core.tree import Global
from vlad_py.differentiation.table import INLINE_NAMES, PRIMITIVES
from vlad_py.execution import runtime
from vlad_py.execution.limits import Limits
from vlad_py.execution.looking import LOOKER
from vlad_py.execution.machine import is_counted
from vlad_py.execution.operations import atom_text, safe
from vlad_py.execution.pipeline import Backend, Translation
from vlad_py.execution.unit import UNITS, Options, Unit
from vlad_py.ground import asking
from vlad_py.ground.errors import Error, HostError, said
from vlad_py.ground.node import field, record, replaced, state
from vlad_py.ground.source import Source
from vlad_py.lowering.scope import ModuleNames
from vlad_py.numbers.each.each import Each
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import ArrayNode, Node
from vlad_py.primitives.kinds import Writing
from vlad_py.session.catalogue import VALUE, Entry, defined
from vlad_py.syntax import tree as syntax
from vlad_py.values.values import NIL, UNIT, Array, Closure, Cons, Nil, Record, Value

if TYPE_CHECKING:
    from vlad_py.native.tier import Tier
    from vlad_py.session.library import Library

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
        """As `execute`, for a text and the unit that it was compiled into."""
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
