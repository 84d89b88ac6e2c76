"""Warnings about keys of random numbers that are used twice: both draws give the same, or related, numbers.

What can be seen in a text without running it: two draws in one function with the same name for their key,
neither of which excludes the other, and a draw in a loop with a key from outside it. Operands of `==` are
left alone: comparing two draws is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vlad_py.checking.bindings import Local
from vlad_py.ground.errors import Warned
from vlad_py.lowering.groups import children
from vlad_py.session import catalogue
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node

MODULE = "random"
MAKES_KEYS = frozenset({"key", "fold_in"})  # `fold_in` gives another key for each number
Meaning = Callable[[syntax.Name], Local | None]


@dataclass(frozen=True)
class _Draw:
    """A draw; `path` has the branches around it, outermost first, and which side of each it is on."""

    call: syntax.Call
    path: tuple[tuple[int, int], ...]


def key_warnings(program: syntax.Program, meant: Meaning) -> Iterator[Warned]:
    """The warnings of a text, whose names `meant` tells the bindings of."""
    imports = [s for s in program.statements if isinstance(s, syntax.Import)]
    modules = {s.name for s in imports if s.target == MODULE and not s.is_path}
    if not modules:
        return
    draws: dict[tuple[int, int], list[_Draw]] = {}  # by the key's binding, and the function
    todo: list[tuple[Node, int, tuple[tuple[int, int], ...], int]] = [(program, 0, (), 0)]
    while todo:
        node, function, path, loop = todo.pop()
        if isinstance(node, syntax.Binary) and node.op in ("==", "!="):
            continue
        key = _key_of(node, modules)
        local = meant(key) if key is not None else None
        if key is not None and local is not None:
            assert isinstance(node, syntax.Call)
            if loop and local.start < loop and local.end >= node.span.end:
                yield Warned(
                    f"each turn of this loop uses the key `{key.id}` again, and draws the same numbers",
                    node.span,
                    hint=f"`random.fold_in({key.id}, i)` is a key for turn i",
                )
            else:
                draws.setdefault((id(local), function), []).append(_Draw(node, path))
        todo += [(part, *_around(node, part, function, path, loop)) for part in children(node)]
    for found in draws.values():
        found.sort(key=lambda draw: draw.call.span.start)
        for i, draw in enumerate(found):
            if any(not _excludes(draw, other) for other in found[:i]):
                name = _first(draw.call.argument).id  # type: ignore[attr-defined]
                yield Warned(
                    f"the key `{name}` was used before, so these numbers are not independent of those",
                    draw.call.span,
                    hint=f"`let (a, b) = random.split({name})` makes two keys of one",
                )


def _around(
    node: Node, part: Node, function: int, path: tuple[tuple[int, int], ...], loop: int
) -> tuple[int, tuple[tuple[int, int], ...], int]:
    """The function, the branches and the loop around a part of a node."""
    if isinstance(node, (syntax.Def, syntax.Fn)) and part is node.body:
        return part.span.start + 1, (), 0
    if isinstance(node, syntax.If) and part is not node.condition:
        return function, (*path, (id(node), int(part is node.no))), loop
    if isinstance(node, syntax.Match) and isinstance(part, syntax.Arm):
        return function, (*path, (id(node), node.arms.index(part))), loop
    if isinstance(node, (syntax.For, syntax.While)) and part is node.body:
        return function, path, node.span.start + 1
    if isinstance(node, syntax.Comprehension) and part is node.body:
        return function, path, node.span.start + 1
    return function, path, loop


def _key_of(node: Node, modules: set[str]) -> syntax.Name | None:
    """The name of the key of a draw, or a split; None for anything else."""
    match node:
        case syntax.Call(function=syntax.Select(value=syntax.Name() as module) as function):
            first = _first(node.argument)
            is_draw = module.id in modules and function.field not in MAKES_KEYS
            is_known = is_draw and function.field in catalogue.libraries()[MODULE].members
            return first if is_known and isinstance(first, syntax.Name) else None
    return None


def _first(argument: Node) -> Node:
    """The first argument of a call."""
    return argument.items[0] if isinstance(argument, syntax.Tuple) and argument.items else argument


def _excludes(one: _Draw, other: _Draw) -> bool:
    """Whether two draws are on different sides of a branch."""
    sides = dict(other.path)
    return any(sides.get(branch, side) != side for branch, side in one.path)
