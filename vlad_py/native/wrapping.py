"""How to write a built-in function as a function of the language: only such functions are compiled."""

from __future__ import annotations

from vlad_py.primitives.primitive import MANY, Primitive, signature
from vlad_py.values.values import Value


def wrapping_hint(function: Value) -> str:
    """How a program writes a built-in function as one of its own; "" for any other value."""
    if not isinstance(function, Primitive) or function.internal or not function.name.isidentifier():
        return ""
    parameters = signature(function).removeprefix(f"{function.name}(").removesuffix(")")
    if not all(map(str.isidentifier, parameters.split(", "))):
        parameters = "xs" if function.arity == MANY else ", ".join("abc"[: function.arity])
    pattern = parameters if parameters.isidentifier() else f"({parameters})"
    return f"write `fn {pattern} => {function.name}({parameters})`"
