"""ADL functions from data: values made of the nodes that `pickling` writes.

Nodes may come from another version, or be damaged: whatever is wrong with them is a ConversionError.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from vlad_py.core.tree import Atom, Global
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.limits import Limits
from vlad_py.execution.operations import atom_text
from vlad_py.execution.pipeline import translate
from vlad_py.execution.unit import UNITS
from vlad_py.expressions.expression import Application, Constant, Symbol
from vlad_py.ground import resources
from vlad_py.ground.errors import ConversionError, Error
from vlad_py.ground.late_numpy import np
from vlad_py.ground.names import is_name
from vlad_py.ground.source import Source, Span
from vlad_py.lowering.scope import ModuleNames, Outside
from vlad_py.numbers.interval.interval import interval as interval_of
from vlad_py.numbers.symbolic.symbolic import Formula, Symbolic
from vlad_py.plots.figure import figure_of
from vlad_py.plots.plot import Plot
from vlad_py.primitives.primitive import MANY
from vlad_py.primitives.shapes import data_of
from vlad_py.session.catalogue import VALUE, Entry, defined
from vlad_py.session.library import shared_library
from vlad_py.session.modules import Module, new_module
from vlad_py.session.session import GIVEN
from vlad_py.syntax import tree as syntax
from vlad_py.values.values import NIL, UNIT, Array, Closure, Key, Record, Value, make_list

Node: TypeAlias = tuple[Any, ...]  # a kind, and what it needs
# A float, a boolean or a string is itself; an integer is the number of a node.
Token: TypeAlias = "float | bool | str | int"

OTHER_VERSION = "another version of vlad_py pickled this, or the pickle is damaged"
KEPT = 1 << 16  # bytes of nodes whose value is kept, for whoever reads the same again


def value_of(nodes: list[Node], limits: Limits) -> Value:
    """The value that nodes were made of. Raises ConversionError where this version has not written them."""
    try:
        data = pickle.dumps(nodes)
        return _made_again(data, limits) if len(data) <= KEPT else made_of(nodes, limits)
    except (Error, MemoryError):
        raise
    except Exception as error:  # the nodes may be anything
        raise ConversionError(OTHER_VERSION) from error


@lru_cache(maxsize=64)
def _made_again(data: bytes, limits: Limits) -> Value:
    return made_of(pickle.loads(data), limits)


def made_of(nodes: list[Node], limits: Limits, kept: Sequence[Value] = ()) -> Value:
    """As `value_of`, for nodes that may refer to kept objects. It raises anything for wrong nodes."""
    made: list[Any] = []

    def values(tokens: Iterable[Token]) -> tuple[Any, ...]:
        return tuple([made[token] if type(token) is int else token for token in tokens])

    def expressions(tokens: Iterable[Token]) -> tuple[Any, ...]:
        found = values(tokens)
        if not all(isinstance(each, (Symbol, Constant, Application)) for each in found):
            raise ConversionError(OTHER_VERSION)
        return found

    def program(token: int) -> Module:
        """A module, but none of the library, which all programs share."""
        module = made[token]
        if not isinstance(module, Module) or is_library(module):
            raise ConversionError(OTHER_VERSION)
        return module

    for node in nodes:
        match node:  # by kinds of nodes; some are names of functions too
            case "tuple", tokens:
                made.append(values(tokens))
            case "record", names, tokens if len(names) == len(tokens) and all(map(is_name, names)):
                made.append(Record(names, values(tokens)))
            case "list", tokens:
                made.append(make_list(values(tokens)) if tokens else NIL)
            case "array", shape, data:
                made.append(Array(np.frombuffer(data, "<f8").astype(np.float64, copy=False).reshape(shape)))
            case "key", int(high), int(low):
                made.append(Key(high, low))
            case "plot", parts:
                made.append(Plot(figure_of(parts)))
            case "interval", ends, continuous, is_part:
                lower, upper = map(data_of, values(ends))
                made.append(interval_of(lower, upper, continuous, is_part))
            case "symbolic", token:
                made.append(Symbolic(Formula(*expressions((token,)))))
            case "symbol", name, token if is_name(name):
                made.append(Symbol(name, values((token,))[0]))
            case "constant", token:
                made.append(Constant(values((token,))[0]))
            case "application", name, tokens, dict(statics), token if _takes(name, len(tokens)):
                whole = values((token,))[0]
                made.append(Application(PRIMITIVES[name], expressions(tokens), statics, whole))
            case "primitive", name if name in PRIMITIVES:
                made.append(PRIMITIVES[name])
            case "library", file:
                made.append(shared_library().module(file))
            case "module", names, imports:
                made.append(_module(len(made), names, [(of, made[token]) for of, token in imports]))
            case "text", module, name, text, own, given, is_all:
                source = Source(name, text)
                _add(program(module), source, frozenset(own), frozenset(given), is_all, limits)
                made.append((program(module), source))
            case "closure", text, place, name, tokens:
                made.append(_closure(made[text], place, name, values(tokens)))
            case "value", module, origin, name, token:
                of = made[origin].id if type(origin) is int else origin
                program(module).namespace[atom_text(Global(of, name), "")] = values((token,))[0]
                made.append(None)
            case "kept", number:
                made.append(kept[number])
            case "result", token:
                return values((token,))[0]
            case _:
                raise ConversionError(OTHER_VERSION)
    raise ConversionError(OTHER_VERSION)


def _takes(name: str, count: int) -> bool:
    """Whether a primitive of this name takes so many expressions. KeyError where there is none."""
    return PRIMITIVES[name].arity in (count, MANY)


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
        return library.value(name) if resources.file_of_module(name.module) is not None else UNIT

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
            is_named = code.name == name or is_library(module)  # a function with rules has its own name
            if is_there and is_named and len(code.captures) == len(captured):
                return Closure(module.namespace[key], captured, code)
    raise ConversionError(OTHER_VERSION)


def is_library(module: Module) -> bool:
    """Whether a module is one of the standard library."""
    return resources.file_of_module(module.id) is not None
