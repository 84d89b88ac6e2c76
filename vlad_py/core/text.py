"""The text of Core, for people: what `vlad --core` prints. `read.py` reads it back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from vlad_py.core.tree import (
    Atom,
    Block,
    Builtin,
    Const,
    Global,
    Lambda,
    Module,
    Sibling,
    Statement,
    Undefined,
    Var,
)
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.show import show

WORD = re.compile(r"[^\W\d][\w']*")
MODULE = re.compile(r"[\w./-]*")
PIECE = re.compile(r"\[([^[]*)\]|\{(\w+)(?:(: | = )(\w+))?\}|([^[{]+)")


def print_module(module: Module) -> str:
    """The text of a module's Core, every function on its own, the statements last."""
    return "\n\n".join(print_lambda(f) for f in (*module.lambdas, module.main)) + "\n"


def print_lambda(function: Lambda) -> str:
    """The text of one function."""
    names = _field(function.parameters)
    head = f"function {_field(function)}" + (f"({names})" if function.is_tuple else f" {names}")
    if function.captures:
        head += f" captures {_field(function.captures)}"
    lines = [head]
    todo: list[Iterator[str | tuple[int, Block]]] = [_block(1, function.body)]
    while todo:
        item = next(todo[-1], None)
        if item is None:
            todo.pop()
        elif isinstance(item, str):
            lines.append(item)
        else:
            todo.append(_block(*item))
    return "\n".join(lines)


def _block(depth: int, block: Block) -> Iterator[str | tuple[int, Block]]:
    pad = "  " * depth
    for statement in block.statements:
        yield pad + _node(statement)
        for word, part in zip(words_of(type(statement)), statement.blocks, strict=True):
            yield f"{pad}{word}"
            yield (depth + 1, part)
    yield f"{pad}give {_field(block.results)}".rstrip()


def words_of(statement: type[Statement]) -> tuple[str, ...]:
    """The words before the blocks of a class of statements."""
    return getattr(statement, "words", ())


# ── forms ────────────────────────────────────────────────────────────────────────────────────


@cache
def pieces(form: str) -> tuple[str | tuple[str, ...], ...]:
    """The pieces of a node's form: text as it stands, `(field,)`, two fields with the sign between their
    items as `(first, sign, second)`, and `("", form)` for a part that is left out where its fields are empty.
    """
    found: list[str | tuple[str, ...]] = []
    for optional, first, sign, second, text in PIECE.findall(form):
        if optional:
            found.append(("", optional))
        elif first:
            found.append((first, sign, second) if sign else (first,))
        else:
            found.append(text)
    return tuple(found)


def _node(node: Any) -> str:
    return _written(node, node.form)


def _written(node: Any, form: str) -> str:
    out = []
    for piece in pieces(form):
        match piece:
            case str():
                out.append(piece)
            case ("", optional):
                if all(getattr(node, p[0]) for p in pieces(optional) if not isinstance(p, str)):
                    out.append(_written(node, optional))
            case (field,):
                out.append(_field(getattr(node, field)) or ("()" if field == "targets" else ""))
            case (first, sign, second):
                pairs = zip(getattr(node, first), getattr(node, second), strict=True)
                out.append(", ".join(f"{_field(a)}{sign}{_field(b)}" for a, b in pairs))
    return "".join(out)


def _field(value: Any) -> str:
    match value:
        case Var() | Const() | Global() | Builtin() | Sibling() | Undefined():
            return _atom(value)
        case tuple():
            return ", ".join(_field(item) for item in value)
        case Lambda():
            return f"{value.code.name}#{value.code.id}"
        case Primitive():
            return value.name
        case bool():
            return ""
        case str():
            return value if WORD.fullmatch(value) else json.dumps(value, ensure_ascii=False)
        case int():
            return str(value)
    return _node(value)


def _atom(atom: Atom) -> str:
    match atom:
        case Var(id, name):
            return f"{name}_{id}"
        case Const(value):
            return show(value)
        case Global(module, name):
            return f"{module if MODULE.fullmatch(module) else json.dumps(module)}:{name}"
        case Builtin(name):
            return f"({name})"
        case Sibling(function):
            return _field(function)
        case Undefined():
            return "undefined"
