"""The host's text of atoms and of operations that call no function of the language."""

from __future__ import annotations

import math
from collections.abc import Callable

from vlad_py.core.tree import (
    Apply,
    Atom,
    Boolean,
    Builtin,
    Const,
    Fail,
    GetField,
    Global,
    IsCons,
    IsLiteral,
    IsNil,
    IsRecord,
    IsTuple,
    Lambda,
    Let,
    MakeClosure,
    MakeRecord,
    MakeTuple,
    Not,
    Part,
    Same,
    Sibling,
    Undefined,
    Untuple,
    UpdateRecord,
    Var,
)
from vlad_py.execution.liveness import ENVIRONMENT
from vlad_py.values.values import Nil, Value

_WORDS = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow", "@": "matmul", "::": "cons", "..": "range",
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}  # fmt: skip


def safe(name: str) -> str:
    """A name of the language as part of a name of the host, different for different names."""
    name = _WORDS.get(name, name)
    if name.isascii() and name.isalnum():
        return name
    # an underscore is doubled where others may be, so that no name is spelt like the text of another
    return "".join(c if c.isascii() and c.isalnum() else "__" if c == "_" else f"_{ord(c):x}_" for c in name)


def host_name(function: Lambda, prefix: str) -> str:
    """The name of a function's first segment."""
    return f"{prefix}{safe(function.code.name)}_{function.code.id}"


def text_of(atom: Atom, prefix: str) -> str:
    """The host's text of an atom; `prefix` begins the names of the unit's own functions."""
    match atom:
        case Var(id, name):
            return "env" if atom == ENVIRONMENT else f"l_{safe(name)}_{id}"
        case Const(value):
            return _constant(value)
        case Global(module, name):
            return f"m_{safe(f'{module}:{name}')}" if module else f"g_{safe(name)}"
        case Builtin(name):
            return f"b_{safe(name)}"
        case Sibling(function):
            name = host_name(function, prefix)
            return f"Closure({name}, env, {name}_code)"
        case Undefined():
            return "None"


def _constant(value: Value) -> str:
    if isinstance(value, Nil):
        return "NIL"
    if type(value) is float and not math.isfinite(value):
        return f"({'-' if value < 0 else ''}inf)"
    return repr(value)


def operation_lines(let: Let, text: Callable[[Atom], str], prefix: str) -> list[str]:
    """The host's lines that bind the targets of an operation."""

    def items(atoms: tuple[Atom, ...]) -> str:
        return f"({''.join(text(a) + ', ' for a in atoms)})"

    target = text(let.targets[0]) if let.targets else "_"
    match let.operation:
        case Apply(primitive, arguments):
            return [f"{target} = p_{safe(primitive.name)}({', '.join(text(a) for a in arguments)})"]
        case Same(value):
            return [f"{target} = {text(value)}"]
        case MakeTuple(atoms):
            return [f"{target} = {items(atoms)}"]
        case MakeRecord(names, atoms):
            return [f"{target} = Record({names!r}, {items(atoms)})"]
        case UpdateRecord(record, names, atoms):
            return [f"{target} = update_record({text(record)}, {names!r}, {items(atoms)})"]
        case GetField(record, name):
            return [f"{target} = get_field({text(record)}, {name!r})"]
        case MakeClosure(function, captures):
            name = host_name(function, prefix)
            return [f"{target} = Closure({name}, {items(captures)}, {name}_code)"]
        case Untuple(value, what):
            v, size = text(value), len(let.targets)
            lines = [
                f"if type({v}) is not tuple or len({v}) != {size}:",
                f"    raise wrong_tuple({v}, {size}, {what!r})",
            ]
            return [*lines, f"{', '.join(text(t) for t in let.targets)}, = {v}"] if size else lines
        case Boolean(value):
            return [f"{target} = {text(value)}"]
        case Not(value):
            return [f"{target} = not {text(value)}"]
        case IsTuple(value, size):
            return [f"{target} = type({text(value)}) is tuple and len({text(value)}) == {size}"]
        case IsCons(value):
            return [f"{target} = type({text(value)}) is Cons"]
        case IsNil(value):
            return [f"{target} = {text(value)} is NIL"]
        case IsLiteral(value, literal):
            return [f"{target} = is_literal({text(value)}, {text(literal)})"]
        case IsRecord(value, names):
            return [f"{target} = has_fields({text(value)}, {names!r})"]
        case Part(Const(), _):
            return [f"{target} = None"]  # never runs: no constant has parts
        case Part(value, which):
            v = text(value)
            return [f"{target} = {v}[{which}]" if isinstance(which, int) else f"{target} = {v}.{which}"]
        case Fail(value, what):
            return [f"raise no_match({text(value)}, {what!r})"]
