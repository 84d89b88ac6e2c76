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

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from vlad_py.core.traversal import all_atoms_of, lambda_of, statements_of
from vlad_py.core.tree import Atom, Global, Lambda, Let, MakeClosure, Sibling
from vlad_py.execution.limits import Limits
from vlad_py.execution.operations import atom_text
from vlad_py.execution.unit import UNITS
from vlad_py.expressions.expression import Application, Constant, Symbol
from vlad_py.ground import resources
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.source import Source
from vlad_py.ground.walk import Walk, run
from vlad_py.numbers.interval.interval import Interval
from vlad_py.numbers.symbolic.symbolic import Symbolic
from vlad_py.plots.figure import parts_of
from vlad_py.plots.plot import Plot
from vlad_py.primitives.kinds import Host
from vlad_py.primitives.primitive import Primitive
from vlad_py.primitives.shapes import wrapped
from vlad_py.python.unpickling import Node, Token, is_library, made_of, value_of
from vlad_py.session.modules import MODULE, Module
from vlad_py.session.session import GIVEN
from vlad_py.values.values import (
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
)


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
    return made_of(nodes, limits, writing.kept) if writing.kept else value_of(nodes, limits)


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
        text = yield (self.token(module) if is_library(module) else self.text(module, span.source))
        core = lambda_of(closure)
        if core is not None and not is_library(module):
            self.need(module, _globals_of([core]))
        return "closure", text, (span.start, span.end), name, captured

    def module(self, module: Module) -> Walk[Node]:
        file = resources.file_of_module(module.id)
        if file is not None:
            return "library", file
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
        if is_library(module):
            return
        for source in module.sources:
            yield self.text(module, source)
        self.need(module, [Global("", name) for name in module.names])
        for _, imported in module.imports:
            yield self.whole(imported)

    def need(self, module: Module, names: Iterable[Global]) -> None:
        for name in names:
            is_linked = resources.file_of_module(name.module) is not None
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
