"""Functions of the language as data: what `pickle` writes, and the function that is made of it again.

A function is written as the texts of its module, where in them it stands, and the values that it captured.
It is made again by running the definitions of these texts, so a pickle holds data and programs of the
language only: reading one runs nothing of Python. All is one flat list of nodes that refer to earlier
ones, since the depth of a value is the user's and the depth of a pickle the host's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

from vlad_py.core.tree import Atom, Global
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.machine import UNITS, Limits
from vlad_py.execution.operations import text_of
from vlad_py.execution.pipeline import translate
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.source import Source
from vlad_py.ground.walk import Walk, run
from vlad_py.lowering.scope import ModuleNames, Outside
from vlad_py.primitives.data import printed, write_out
from vlad_py.primitives.kinds import Host
from vlad_py.primitives.primitive import Primitive
from vlad_py.session.catalogue import defined
from vlad_py.session.modules import LIBRARY, MODULE, Module, new_module, shared_library
from vlad_py.session.session import GIVEN
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.values import (
    NIL,
    UNIT,
    Array,
    Binder,
    Closure,
    Cons,
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

OTHER_VERSION = "this function was pickled by another version of vlad_py"

# ── writing ──────────────────────────────────────────────────────────────────────────────────


def nodes_of(value: Value) -> list[Node]:
    """A value as nodes, the last one for all of it. ConversionError for what cannot be pickled."""
    writing = _Writing()
    run(writing.token(value))
    return writing.nodes


class _Writing:
    """The nodes so far, and which object has which."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.numbers: dict[int, tuple[int, object]] = {}  # by id; holds the object too

    def token(self, value: Any) -> Walk[Token]:
        if type(value) in (float, bool, str):
            return value
        if id(value) not in self.numbers:
            node = yield self.node(value)
            self.nodes.append(node)
            self.numbers[id(value)] = len(self.nodes) - 1, value
        return self.numbers[id(value)][0]

    def tokens(self, values: Iterable[Value]) -> Walk[tuple[Token, ...]]:
        found: list[Token] = []
        for value in values:
            found.append(value if type(value) is float else (yield self.token(value)))
        return tuple(found)

    def node(self, value: Any) -> Walk[Node]:
        match value:
            case tuple():
                return "tuple", (yield self.tokens(value))
            case Record():
                return "record", value.names, (yield self.tokens(value.values))
            case Cons() | Nil():
                return "list", (yield self.tokens(list_items(value)))
            case Array():
                return "array", value.data.shape, np.ascontiguousarray(value.data, "<f8").tobytes()
            case Closure():
                return (yield self.closure(value))
            case Module():
                return (yield self.module(value))
            case Primitive() if not isinstance(value, Host):
                return "primitive", value.name
            case Primitive():
                hint = "make it again where it is needed, as in the initializer of a pool"
                raise ConversionError(f"`{value.name}` is a function of Python, and not pickled", hint=hint)
            case Binder() | Pullback() | Number():
                hint = "pickle the function that it was made from"
                raise ConversionError(
                    "a derivative at a point that is itself a function is not pickled", hint=hint
                )
        raise ConversionError(f"{type(value).__name__} is not pickled")

    def closure(self, closure: Closure) -> Walk[Node]:
        module: Module = closure.enter.__globals__[MODULE]
        captured = yield self.tokens(closure.env)
        span, name = closure.code.span, closure.code.name
        if span.source not in module.sources:
            raise ConversionError(f"`{name}` is not pickled: its text failed")
        place = module.sources.index(span.source), span.start, span.end
        return "closure", (yield self.token(module)), place, name, captured

    def module(self, module: Module) -> Walk[Node]:
        if module.id.startswith(f"{LIBRARY}/"):
            return "library", module.id.removeprefix(f"{LIBRARY}/")
        imports = []
        for statement, imported in module.imports:
            imports.append((statement.target, (yield self.token(imported))))
        given = []
        for link in {link for unit in module.namespace[UNITS].values() for link in unit.links}:
            if link.module == GIVEN:
                given.append((link.name, (yield self.token(module.namespace[text_of(link, "")]))))
        texts = tuple((source.name, source.text) for source in module.sources)
        return "module", texts, tuple(imports), tuple(given)


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def value_of(nodes: list[Node], limits: Limits) -> Value:
    """The value that nodes were made of. Its definitions run within limits.

    Raises errors.Error: what the definitions raise, or ConversionError for what another version wrote.
    """
    made: list[Any] = []

    def values(tokens: Iterable[Token]) -> tuple[Any, ...]:
        return tuple([made[token] if type(token) is int else token for token in tokens])

    def modules(pairs: Iterable[tuple[str, Token]]) -> tuple[tuple[str, Any], ...]:
        return tuple((name, values((token,))[0]) for name, token in pairs)

    for node in nodes:
        match node:
            case "tuple", tokens:
                made.append(values(tokens))
            case "record", names, tokens:
                made.append(Record(names, values(tokens)))
            case "list", tokens:
                made.append(make_list(values(tokens)) if tokens else NIL)
            case "array", shape, data:
                made.append(Array(np.frombuffer(data, "<f8").astype(np.float64, copy=False).reshape(shape)))
            case "primitive", name:
                if name not in PRIMITIVES:
                    raise ConversionError(OTHER_VERSION)
                made.append(PRIMITIVES[name])
            case "library", file:
                made.append(shared_library().module(file))
            case "module", texts, imports, given:
                made.append(_module(texts, modules(imports), modules(given), limits))
            case "closure", module, place, name, tokens:
                made.append(_closure(made[module], place, name, values(tokens)))
            case _:
                raise ConversionError(OTHER_VERSION)
    return made[-1]


def _closure(module: Module, place: tuple[int, int, int], name: str, captured: tuple[Value, ...]) -> Closure:
    text, start, end = place
    for unit in module.namespace[UNITS].values():
        for key, function in unit.lambdas.items():
            code = function.code
            found = code.span.source is module.sources[text] and (code.span.start, code.span.end) == (
                start,
                end,
            )
            if found and code.name == name and len(code.captures) == len(captured):
                return Closure(module.namespace[key], captured, code)
    raise ConversionError(OTHER_VERSION)


@lru_cache(maxsize=64)
def _module(
    texts: tuple[tuple[str, str], ...],
    imports: tuple[tuple[str, Module], ...],
    given: tuple[tuple[str, Value], ...],
    limits: Limits,
) -> Module:
    """A module made again: its definitions run, what prints on the way is not heard a second time."""
    module = new_module(texts[0][0])
    others = {imported.id: imported for _, imported in imports}
    library = shared_library()
    values = dict(given)
    is_loading = True

    def write(value: Value) -> Value:
        if not is_loading:
            write_out(printed(value) + "\n")
        return UNIT

    module.namespace["p_print"] = write
    module.namespace["b_print"] = replace(PRIMITIVES["print"], value=write, apply=write)

    def lookup(name: str) -> Atom | None:
        if name in module.names:
            return Global("", name)
        return Global(GIVEN, name) if name in values else library.lookup(name)

    def load(statement: syntax.Import) -> ModuleNames:
        imported = dict(imports)[statement.target]
        module.imports.append((statement, imported))
        return ModuleNames(imported.id, frozenset(imported.names))

    def linked(name: Global) -> Value:
        if name.module == GIVEN:
            return values[name.name]
        return others[name.module].value(name.name) if name.module in others else library.value(name)

    for source in [Source(*text) for text in texts]:
        program = _definitions(parse(source))
        earlier = {s.name: ModuleNames(m.id, frozenset(m.names)) for s, m in module.imports}
        modules = {name: names for name, names in earlier.items() if name not in module.names}
        outside = Outside(lookup, load, list, modules)
        final = len(texts) == 1  # no later text gives other values to its names
        text = translate(program, module.id, outside, final=final, options=module.options(limits))
        module.entries |= defined(program)
        module.execute(text, linked, limits)
    is_loading = False
    return module


def _definitions(program: syntax.Program) -> syntax.Program:
    """The program with its expressions not run, but compiled: they may hold the function that is wanted."""
    statements: list[syntax.Node] = []
    for statement in program.statements:
        if not isinstance(statement, (syntax.Def, syntax.Let, syntax.Import)):
            nowhere = replace(statement.span, end=statement.span.start)
            statement = syntax.Fn(nowhere, syntax.Tuple(nowhere, ()), statement)
        statements.append(statement)
    return syntax.Program(program.span, tuple(statements))
