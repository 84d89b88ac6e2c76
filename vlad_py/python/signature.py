"""How to call an ADL function from Python: its parameters, for `help` and editors."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from keyword import iskeyword
from typing import Any

from vlad_py.ground.literals import STRING
from vlad_py.primitives.kinds import Host
from vlad_py.primitives.primitive import MANY, Primitive, signature
from vlad_py.values.values import Binder, Closure, Pullback, Value

_UNSAID = re.compile(rf"{STRING}|#[^\n]*")  # strings and comments
_NAME = re.compile(r"[^\W\d][\w']*")
OPENING, CLOSING = "([{", ")]}"


class Described:
    """The attribute `__signature__` of an object; the class has none of its own."""

    def __get__(self, function: Any, owner: type) -> inspect.Signature:
        if function is None:
            raise AttributeError("__signature__")
        return signature_of(function.value, getattr(function, "__wrapped__", None))


class Documented:
    """The attribute `__doc__` of an object, which `help` shows: how the function is called, and its
    documentation. On the class it is `of_class`.
    """

    def __init__(self, of_class: str | None) -> None:
        self.of_class = of_class

    def __get__(self, function: Any, owner: type) -> str | None:
        return self.of_class if function is None else _shown_by_help(function.value, function.__name__)


def documentation_of(value: Value) -> str:
    """The documentation of a function, as its text has it."""
    if isinstance(value, Closure):
        return value.code.doc
    return value.doc if isinstance(value, Primitive) else ""


def _shown_by_help(value: Value, name: str) -> str:
    """How a function is called, and its documentation, which may begin with that."""
    doc = documentation_of(value)
    if doc.startswith(f"{name}("):
        return doc
    call = signature(value) if isinstance(value, Primitive) else name
    if isinstance(value, Closure) and not name.startswith("fn "):
        parameters = value.code.parameters
        call += parameters if parameters.startswith("(") else f"({parameters})"
    return f"{call}\n\n{doc}".rstrip()


def signature_of(value: Value, wrapped: Callable[..., Any] | None = None) -> inspect.Signature:
    """The parameters of a function by their names; `wrapped` is the Python function that it wraps.

    A pattern that is not a name is one parameter, called after the names in it.
    """
    while isinstance(value, Binder):
        value = value.function
    if wrapped is not None:
        return _of_python(wrapped)
    if isinstance(value, Closure):
        return _positional(map(_called, _components(value.code.parameters)))
    if isinstance(value, Pullback):
        return _positional(["cotangent"])
    if isinstance(value, Primitive) and value.arity != MANY and not isinstance(value, Host):
        return _positional("abcd"[: value.arity] if value.arity > 1 else "x"[: value.arity])
    return _any()


def pattern_of(value: Value, place: int) -> str:
    """How the text of a function writes the parameter at a place; empty where it has none."""
    while isinstance(value, Binder):
        value = value.function
    if not isinstance(value, Closure):
        return ""
    return next(islice(_components(value.code.parameters), place, None), "").strip()


def _any() -> inspect.Signature:
    return inspect.Signature([inspect.Parameter("arguments", inspect.Parameter.VAR_POSITIONAL)])


def _of_python(function: Callable[..., Any]) -> inspect.Signature:
    """Arguments are positional only, whatever the Python function itself allows."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except Exception:  # a callable object may raise anything when asked
        return _any()
    kept = [
        p if p.kind == p.VAR_POSITIONAL else p.replace(kind=p.POSITIONAL_ONLY)
        for p in parameters
        if p.kind <= p.VAR_POSITIONAL
    ]
    return inspect.Signature(kept)


def _positional(names: Iterable[str]) -> inspect.Signature:
    taken: set[str] = set()
    parameters = []
    for name in names:
        unique = name = name.replace("'", "_") + "_" * iskeyword(name)
        count = 2
        while unique in taken:
            unique, count = f"{name}{count}", count + 1
        taken.add(unique)
        parameters.append(inspect.Parameter(unique, inspect.Parameter.POSITIONAL_ONLY))
    return inspect.Signature(parameters)


def _called(pattern: str) -> str:
    """A name for a parameter that is written as a pattern."""
    return "_".join(_NAME.findall(pattern)) or "argument"


def _components(text: str) -> Iterator[str]:
    """The patterns of the parameters: the components of a tuple, or the single pattern."""
    text = _UNSAID.sub(" ", text).strip()
    if text == "(…)":  # of a Python function
        yield "arguments"
        return
    if not _is_one_tuple(text):
        yield text
        return
    depth, start = 0, 1
    for i, character in enumerate(text):
        depth += (character in OPENING) - (character in CLOSING)
        if (character == "," and depth == 1) or i == len(text) - 1:
            if text[start:i].strip():
                yield text[start:i]
            start = i + 1


def _is_one_tuple(text: str) -> bool:
    """Whether the bracket that a text begins with ends it."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character in OPENING) - (character in CLOSING)
        if depth == 0:
            return text.startswith("(") and i == len(text) - 1
    return False
