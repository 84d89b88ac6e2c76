"""The names of the reals and arrays of an argument: those of the function's parameters and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vlad_py.ground.errors import SyntaxError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.literals import one_line
from vlad_py.ground.source import Source
from vlad_py.lowering.groups import bound_names
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.structure import data_parts
from vlad_py.values.values import Array, Closure, Cons, Record, Value, is_numeric, plain, shape_of

NAME = re.compile(r"[^\W\d][\w']*")


def roots_of(function: Value, argument: Value) -> tuple[str, ...]:
    """The names of a function's parameters: its own where they are plain names, else made-up ones."""
    count = len(argument) if type(argument) is tuple else 1
    if isinstance(function, Closure):
        text = function.code.parameters.strip()
        names = [part.strip() for part in text.removeprefix("(").removesuffix(")").split(",")]
        if len(names) == count and all(map(NAME.fullmatch, names)) and "_" not in names:
            return tuple(names)
        if type(argument) is tuple and NAME.fullmatch(text):
            return (text,)
    made_up = [f"x{i + 1}" for i in range(count)] if count > 1 else ["x"]
    pattern = _pattern(function)
    if count < 2 or not isinstance(pattern, syntax.Tuple) or len(pattern.items) != count:
        return tuple(made_up)
    own = {name for name, _ in bound_names(pattern)}
    return tuple(
        item.id if isinstance(item, syntax.Name) else f"{name}_" if name in own else name
        for item, name in zip(pattern.items, made_up, strict=True)
    )


def paths_of(roots: tuple[str, ...], argument: Value) -> list[str]:
    """The path of each real or array of a structure, in the order of the leaves."""
    return [path for path, _, _ in _leaves(None, roots, argument)]


def names_of(function: Value, argument: Value) -> tuple[str, ...]:
    """The name of each real or array of an argument: from the function's pattern, else its path."""
    return tuple(path for path, _, _ in _leaves(_pattern(function), roots_of(function, argument), argument))


def real_names(function: Value, argument: Value) -> tuple[str, ...]:
    """The name of each real of an argument, elements of arrays included: `x1`, `m.w[0, 1]`."""
    names: list[str] = []
    for path, value, pattern in _leaves(_pattern(function), roots_of(function, argument), argument):
        shape = shape_of(value)
        items = pattern.items if isinstance(pattern, syntax.Array) else ()
        if items and shape == (len(items),) and all(isinstance(item, syntax.Name) for item in items):
            names += [item.id for item in items if isinstance(item, syntax.Name)]
        else:
            names += [path + (f"[{', '.join(map(str, at))}]" if at else "") for at in np.ndindex(*shape)]
    return tuple(names)


def _pattern(function: Value) -> syntax.Node | None:
    """The pattern of a function's parameters, if it is written in the language."""
    if not isinstance(function, Closure) or function.code.span.source.words is not None:
        return None
    try:
        (statement, *_) = parse(Source("parameters", f"fn {function.code.parameters} => 0")).statements
    except SyntaxError:
        return None
    return statement.pattern if isinstance(statement, syntax.Fn) else None


def _leaves(
    pattern: syntax.Node | None, roots: tuple[str, ...], argument: Value
) -> Iterator[tuple[str, Value, syntax.Node | None]]:
    """Each real or array of an argument, with its name and the pattern that takes it."""
    todo: list[tuple[syntax.Node | None, str, Value]] = [(pattern, roots[0], argument)]
    if type(argument) is tuple and len(roots) == len(argument):
        patterns = _of_items(pattern, len(roots))
        todo = list(zip(patterns, roots, argument, strict=True))[::-1]
    while todo:
        pattern, path, value = todo.pop()
        if isinstance(pattern, syntax.Name):
            path = pattern.id
        inner = data_parts(value)
        if inner is None:
            if is_numeric(value):
                is_apart = isinstance(pattern, syntax.Array) and type(plain(value)) is Array
                yield one_line(pattern.span.text) if is_apart and pattern else path, value, pattern
        elif isinstance(value, Record):
            fields = pattern.fields if isinstance(pattern, syntax.Record) else ()
            of_field = {field.name: field.value for field in fields}
            parts = [(of_field.get(n), f"{path}.{n}", x) for n, x in zip(value.names, inner, strict=True)]
            todo += reversed(parts)
        elif isinstance(value, Cons):
            todo += reversed(_of_list(pattern, path, list(inner)))
        else:
            patterns = _of_items(pattern, len(inner))
            items = enumerate(zip(patterns, inner, strict=True))
            todo += reversed([(item, f"{path}[{i}]", x) for i, (item, x) in items])


def _of_items(pattern: syntax.Node | None, count: int) -> tuple[syntax.Node | None, ...]:
    """The patterns of a tuple's items."""
    if isinstance(pattern, syntax.Tuple) and len(pattern.items) == count:
        return pattern.items
    return (None,) * count


def _of_list(
    pattern: syntax.Node | None, path: str, items: list[Value]
) -> list[tuple[syntax.Node | None, str, Value]]:
    """The items of a list, with the patterns of `a :: b :: rest`."""
    found: list[tuple[syntax.Node | None, str, Value]] = []
    while isinstance(pattern, syntax.Binary) and pattern.op == "::" and len(found) < len(items):
        found.append((pattern.left, f"{path}[{len(found)}]", items[len(found)]))
        pattern = pattern.right
    first = len(found)
    if first and isinstance(pattern, syntax.Name):
        path, first = pattern.id, 0
    rest = items[len(found) :]
    return [*found, *((None, f"{path}[{first + i}]", x) for i, x in enumerate(rest))]
