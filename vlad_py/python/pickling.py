"""ADL functions as data: the output of `pickle`, and the function made from it again.

A function is written as its text, its place in the text, the values that it captured, and the values of the
top-level names that it uses; and so on for the functions among these. Reading compiles the text again. So a
pickle holds only ADL data and programs, and reading one runs nothing, neither of Python nor of the program.
Everything is one flat list of nodes that refer to earlier ones, because a user's value can be deeper than a
pickle may be.

    module   names, imports                    a module that defines these names
    text     module, name, text, …             a text of it, with the names of the module that it uses
    closure  text, place, name, captured       the function at a place of a text
    value    module, origin, name, value       what a name stands for in the module's texts
    result   value                             what was pickled
    kept     number                            never in a pickle: an object of this process
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from vlad_py.core.traversal import all_atoms_of, lambda_of, statements_of
from vlad_py.core.tree import Atom, Global, Lambda, Let, MakeClosure, Sibling
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.limits import Limits
from vlad_py.execution.operations import atom_text
from vlad_py.execution.pipeline import translate
from vlad_py.execution.unit import UNITS
from vlad_py.expressions.expression import Application, Constant, Symbol
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.source import Source, Span
from vlad_py.ground.walk import Walk, run
from vlad_py.lowering.scope import ModuleNames, Outside
from vlad_py.numbers.interval.interval import Interval
from vlad_py.numbers.interval.interval import interval as interval_of
from vlad_py.numbers.symbolic.symbolic import Formula, Symbolic
from vlad_py.plots.figure import figure_of, parts_of
from vlad_py.plots.plot import Plot
from vlad_py.primitives.kinds import Host
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import data_of, wrapped
from vlad_py.session.catalogue import VALUE, Entry, defined
from vlad_py.session.modules import LIBRARY, MODULE, Module, new_module, shared_library
from vlad_py.session.session import GIVEN
from vlad_py.syntax import tree as syntax
from vlad_py.values.values import (
    NIL,
    UNIT,
    Array,
    Binder,
    Closure,
    Cons,
    Key,
    Nil,
    Number,
    Pullback,
    Record,
    Value,
    list_items,
    make_list,
)

Node: TypeAlias = tuple[Any, ...]  # a kind, and what it needs
# A float, a boolean or a string is itself; an integer is the number of a node.
Token: TypeAlias = "float | bool | str | int"

OTHER_VERSION = "another version of vlad_py pickled this function"

# ── writing ──────────────────────────────────────────────────────────────────────────────────


def nodes_of(value: Value) -> list[Node]:
    """A value as nodes, the last one for the whole. ConversionError if it cannot be pickled."""
    return _written(value, _Writing())


def _written(value: Value, writing: _Writing) -> list[Node]:
    token = run(writing.token(value))
    if isinstance(value, Module):
        run(writing.whole(value))
    writing.finish()
    return [*writing.nodes, ("result", token)]


def made_again(value: Value, limits: Limits) -> Value:
    """A value whose functions are compiled anew, for runs with limits. What cannot be pickled stays as it is.

    Raises ConversionError where the text of the function itself is not at hand.
    """
    writing = _Writing([])
    nodes = _written(value, writing)
    return _made(nodes, limits, writing.kept) if writing.kept else value_of(nodes, limits)


class _Writing:
    """The nodes so far, which object has which, the names to be written; `kept` is what cannot be pickled."""

    def __init__(self, kept: list[Value] | None = None) -> None:
        self.kept = kept
        self.nodes: list[Node] = []
        self.numbers: dict[int, tuple[int, object]] = {}  # by id; holds the object too
        self.names: dict[tuple[int, Global], None] = {}
        self.todo: deque[tuple[Module, Global]] = deque()

    def token(self, value: Any) -> Walk[Token]:
        if type(value) in (float, bool, str):
            return value
        if id(value) not in self.numbers:
            self.add(value, (yield self.node(value)))
        return self.numbers[id(value)][0]

    def add(self, thing: object, node: Node) -> None:
        self.nodes.append(node)
        self.numbers[id(thing)] = len(self.nodes) - 1, thing

    def tokens(self, values: Iterable[Value]) -> Walk[tuple[Token, ...]]:
        found: list[Token] = []
        for value in values:
            found.append(value if type(value) is float else (yield self.token(value)))
        return tuple(found)

    def node(self, value: Any) -> Walk[Node]:
        match value:
            case Host() | Pullback() | Binder() | Number() if self.kept is not None:
                self.kept.append(value)
                return "kept", len(self.kept) - 1
            case tuple():
                return "tuple", (yield self.tokens(value))
            case Record():
                return "record", value.names, (yield self.tokens(value.values))
            case Cons() | Nil():
                return "list", (yield self.tokens(list_items(value)))
            case Array():
                return "array", value.data.shape, np.ascontiguousarray(value.data, "<f8").tobytes()
            case Key():
                return "key", value.high, value.low
            case Plot():
                return "plot", parts_of(value.figure)
            case Interval():
                x = value.primal
                ends = yield self.tokens((wrapped(x.lower), wrapped(x.upper)))
                return "interval", ends, x.continuous, x.is_part
            case Closure():
                return (yield self.closure(value))
            case Module():
                return (yield self.module(value))
            case Host():
                hint = "make it again where you need it, as in the initializer of a pool"
                raise ConversionError(
                    f"`{value.name}` is a Python function, which cannot be pickled", hint=hint
                )
            case Primitive():
                return "primitive", value.name
            case Symbolic():
                return "symbolic", (yield self.token(value.primal.expression))
            case Symbol():
                return "symbol", value.name, (yield self.token(value.value))
            case Constant():
                return "constant", (yield self.token(value.value))
            case Application():
                parts = yield self.tokens(value.arguments)
                whole = yield self.token(value.value)
                return "application", value.primitive.name, parts, dict(value.statics), whole
            case Pullback():
                hint = "make it again where you need it: `vjp(f, x)[1]`"
                raise ConversionError(
                    "a pullback cannot be pickled: it holds what its differentiation recorded", hint=hint
                )
            case Binder() | Number():
                hint = "pickle the function that it was made from"
                raise ConversionError(
                    "a derivative at a point that is itself a function cannot be pickled", hint=hint
                )
        raise ConversionError(f"{type(value).__name__} cannot be pickled")

    def closure(self, closure: Closure) -> Walk[Node]:
        module: Module = closure.enter.__globals__[MODULE]
        captured = yield self.tokens(closure.env)
        span, name = closure.code.span, closure.code.name
        if span.source not in module.sources:
            raise ConversionError(f"`{name}` cannot be pickled: its text failed")
        text = yield (self.token(module) if _is_library(module) else self.text(module, span.source))
        core = lambda_of(closure)
        if core is not None and not _is_library(module):
            self.need(module, _globals_of([core]))
        return "closure", text, (span.start, span.end), name, captured

    def module(self, module: Module) -> Walk[Node]:
        if _is_library(module):
            return "library", module.id.removeprefix(f"{LIBRARY}/")
        imports = []
        for statement, imported in module.imports:
            of = statement.name, statement.target, statement.is_path
            imports.append((of, (yield self.token(imported))))
        return "module", tuple(module.names), tuple(imports)

    def text(self, module: Module, source: Source) -> Walk[int]:
        """A text of a module, with the names that it has of the module and of its session.

        ConversionError for a text in another language than ADL: what it includes is not at hand.
        """
        if source.words is not None:
            hint = "send the file, and load it where the function is needed"
            raise ConversionError("functions of texts in VLAD cannot be pickled", hint=hint)
        number = yield self.token(module)
        if id(source) not in self.numbers:
            used = _globals_of(_lambdas_in(module, source))
            own = tuple(sorted({name.name for name in used if not name.module}))
            given = tuple(sorted({name.name for name in used if name.module == GIVEN}))
            is_all = len(module.sources) == 1  # no other text gives its names other values
            self.add(source, ("text", number, source.name, source.text, own, given, is_all))
        return self.numbers[id(source)][0]

    def whole(self, module: Module) -> Walk[None]:
        """All that a module defines, and what it imports."""
        if _is_library(module):
            return
        for source in module.sources:
            yield self.text(module, source)
        self.need(module, [Global("", name) for name in module.names])
        for _, imported in module.imports:
            yield self.whole(imported)

    def need(self, module: Module, names: Iterable[Global]) -> None:
        for name in names:
            is_linked = name.module.startswith(f"{LIBRARY}/")
            if not is_linked and (id(module), name) not in self.names:
                self.names[id(module), name] = None
                self.todo.append((module, name))

    def finish(self) -> None:
        """Writes the values of all names that are used."""
        while self.todo:
            module, name = self.todo.popleft()
            key = atom_text(name, "")
            if key not in module.namespace:
                continue  # it has no value yet
            try:
                token = run(self.token(module.namespace[key]))
            except ConversionError as error:
                if f"`{name.name}`" not in error.message:
                    error.message = f"`{name.name}`: {error.message}"
                raise
            others = {imported.id: imported for _, imported in module.imports}
            origin = run(self.token(others[name.module])) if name.module in others else name.module
            self.nodes.append(("value", run(self.token(module)), origin, name.name, token))


def _is_library(module: Module) -> bool:
    return module.id.startswith(f"{LIBRARY}/")


def _lambdas_in(module: Module, source: Source) -> Iterator[Lambda]:
    """The functions of a text, and the one that runs its statements."""
    for unit in module.namespace[UNITS].values():
        for function in unit.lambdas.values():
            if function.code.span.source is source:
                yield function


def _globals_of(functions: Iterable[Lambda]) -> set[Global]:
    """The top-level names that functions use, and those inside them, and those of their groups."""
    found: set[Global] = set()
    seen: set[int] = set()
    todo = list(functions)
    while todo:
        function = todo.pop()
        if id(function) in seen:
            continue
        seen.add(id(function))
        atoms: list[Atom] = list(all_atoms_of(function.body))
        found.update(atom for atom in atoms if isinstance(atom, Global))
        todo += [atom.lambda_ for atom in atoms if isinstance(atom, Sibling)]
        for statement in statements_of(function.body):
            if isinstance(statement, Let) and isinstance(statement.operation, MakeClosure):
                todo.append(statement.operation.lambda_)
    return found


# ── reading ──────────────────────────────────────────────────────────────────────────────────

KEPT = 1 << 16  # bytes of nodes whose value is kept, for whoever reads the same again


def value_of(nodes: list[Node], limits: Limits) -> Value:
    """The value that nodes were made of. Raises ConversionError for what another version wrote."""
    data = pickle.dumps(nodes)
    return _made_again(data, limits) if len(data) <= KEPT else _made(nodes, limits)


@lru_cache(maxsize=64)
def _made_again(data: bytes, limits: Limits) -> Value:
    return _made(pickle.loads(data), limits)


def _made(nodes: list[Node], limits: Limits, kept: Sequence[Value] = ()) -> Value:
    made: list[Any] = []

    def values(tokens: Iterable[Token]) -> tuple[Any, ...]:
        return tuple([made[token] if type(token) is int else token for token in tokens])

    for node in nodes:
        match node:  # by kinds of nodes; some are names of functions too
            case "tuple", tokens:
                made.append(values(tokens))
            case "record", names, tokens:
                made.append(Record(names, values(tokens)))
            case "list", tokens:
                made.append(make_list(values(tokens)) if tokens else NIL)
            case "array", shape, data:
                made.append(Array(np.frombuffer(data, "<f8").astype(np.float64, copy=False).reshape(shape)))
            case "key", high, low:
                made.append(Key(high, low))
            case "plot", parts:
                made.append(Plot(figure_of(parts)))
            case "interval", ends, continuous, is_part:
                lower, upper = map(data_of, values(ends))
                made.append(interval_of(lower, upper, continuous, is_part))
            case "symbolic", token:
                made.append(Symbolic(Formula(made[token])))
            case "symbol", name, token:
                made.append(Symbol(name, values((token,))[0]))
            case "constant", token:
                made.append(Constant(values((token,))[0]))
            case "application", name, tokens, statics, token if name in PRIMITIVES:
                whole = values((token,))[0]
                made.append(Application(PRIMITIVES[name], values(tokens), statics, whole))
            case "primitive", name if name in PRIMITIVES:
                made.append(PRIMITIVES[name])
            case "library", file:
                made.append(shared_library().module(file))
            case "module", names, imports:
                made.append(_module(len(made), names, [(of, made[token]) for of, token in imports]))
            case "text", module, name, text, own, given, is_all:
                source = Source(name, text)
                _add(made[module], source, frozenset(own), frozenset(given), is_all, limits)
                made.append((made[module], source))
            case "closure", text, place, name, tokens:
                made.append(_closure(made[text], place, name, values(tokens)))
            case "value", module, origin, name, token:
                of = made[origin].id if type(origin) is int else origin
                made[module].namespace[atom_text(Global(of, name), "")] = values((token,))[0]
                made.append(None)
            case "kept", number:
                made.append(kept[number])
            case "result", token:
                return values((token,))[0]
            case _:
                raise ConversionError(OTHER_VERSION)
    raise ConversionError(OTHER_VERSION)


def _module(number: int, names: tuple[str, ...], imports: list[tuple[Any, Module]]) -> Module:
    module = new_module(f"pickled/{number}")
    module.entries = {name: Entry(name, VALUE, name, "") for name in names}
    nowhere = Span(Source("", ""), 0, 0)
    for (name, target, is_path), imported in imports:
        module.imports.append((syntax.Import(nowhere, target, is_path, name), imported))
    return module


def _add(
    module: Module, source: Source, own: frozenset[str], given: frozenset[str], is_all: bool, limits: Limits
) -> None:
    """A text of a module, compiled, of which nothing is run."""
    library = shared_library()
    imported = {s.name: ModuleNames(m.id, frozenset(m.names)) for s, m in module.imports}
    by_target = {s.target: ModuleNames(m.id, frozenset(m.names)) for s, m in module.imports}

    def lookup(name: str) -> Atom | None:
        if name in own:
            return Global("", name)
        return Global(GIVEN, name) if name in given else library.lookup(name) or Global("", name)

    def linked(name: Global) -> Value:
        return library.value(name) if name.module.startswith(f"{LIBRARY}/") else UNIT

    modules = {name: names for name, names in imported.items() if name not in own}
    outside = Outside(lookup, lambda statement: by_target[statement.target], list, modules)
    text = translate(source, module.id, outside, final=is_all, options=module.options(limits))
    assert text.unit is not None
    module.sources.append(source)
    module.entries |= {name: e for name, e in defined(text.program).items() if name in module.entries}
    text.backend.link(text.unit, module.namespace, linked)


def _closure(text: Any, place: tuple[int, ...], name: str, captured: tuple[Value, ...]) -> Closure:
    module, source = (text, text.sources[0]) if isinstance(text, Module) else text
    for unit in module.namespace[UNITS].values():
        for key, function in unit.lambdas.items():
            code = function.code
            is_there = code.span.source is source and (code.span.start, code.span.end) == place
            is_named = code.name == name or _is_library(module)  # a function with rules has its own name
            if is_there and is_named and len(code.captures) == len(captured):
                return Closure(module.namespace[key], captured, code)
    raise ConversionError(OTHER_VERSION)
