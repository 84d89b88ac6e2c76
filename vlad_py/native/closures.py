"""From a function value to its Core, and to the names that its code sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vlad_py.core.traversal import lambda_of
from vlad_py.core.tree import Builtin, Global, Lambda, Var
from vlad_py.execution.operations import atom_text
from vlad_py.execution.unit import UNITS, Unit
from vlad_py.ground.errors import NotNative
from vlad_py.native.exits import Fails
from vlad_py.native.known import LINKED
from vlad_py.values.values import Closure, Code, Enter, Value


@dataclass(slots=True, eq=False)
class Linked:
    """Compiled text as it was linked: its functions, their first segments, what its names stand for."""

    namespace: dict[str, Any]
    unit: Unit
    segments: dict[Code, str]
    notes: dict[Any, Any] = field(default_factory=dict)  # what else is kept for as long as the text

    def closure(self, function: Lambda, environment: tuple[Value, ...]) -> Closure:
        """A function value of this text."""
        return Closure(self.namespace[self.segments[function.code]], environment, function.code)

    def key(self, name: Global) -> str:
        """The key under which the namespace has a top-level name."""
        return atom_text(name, "")

    def own(self, name: Builtin) -> Value:
        """A primitive with an effect, which is the session's own."""
        found: Value = self.namespace[atom_text(name, "")]
        return found

    def value(self, name: Global) -> Value:
        """The value of a top-level name that the text uses. NotNative if it has none yet."""
        try:
            return self.namespace[self.key(name)]
        except KeyError:
            raise NotNative(f"a name without a value yet: {name.name}") from None


@dataclass(slots=True, eq=False)
class Scope:
    """A running function: its names, its function value, the text that it is of."""

    names: dict[Var, Value]
    closure: Closure
    text: Linked

    def having(self, name: Var, value: Value) -> Scope:
        """The scope with another value of a name."""
        return Scope({**self.names, name: value}, self.closure, self.text)


def core_of(function: Closure) -> Lambda:
    """The Core of a function value. NotNative for a function of Python."""
    found = lambda_of(function)
    if found is None:
        raise NotNative("a function of Python")
    return found


def linked(enter: Enter) -> Linked:
    """The text that a function's first segment belongs to."""
    namespace: dict[str, Any] = enter.__globals__
    file: str = enter.__code__.co_filename
    texts: dict[str, Linked] = namespace.setdefault(LINKED, {})
    found = texts.get(file)
    if found is None:
        unit: Unit = namespace[UNITS][file]
        segments = {function.code: name for name, function in unit.lambdas.items()}
        found = texts[file] = Linked(namespace, unit, segments)
    return found


def bound(function: Closure, code: Lambda, argument: Value) -> Scope:
    """The scope in which a call runs. Fails where the argument does not fit."""
    names: dict[Any, Value] = dict(zip(code.captures, function.env, strict=True))
    if code.is_tuple:
        if type(argument) is not tuple or len(argument) != len(code.parameters):
            raise Fails
        names.update(zip(code.parameters, argument, strict=True))
    else:
        names[code.parameters[0]] = argument
    return Scope(names, function, linked(function.enter))
