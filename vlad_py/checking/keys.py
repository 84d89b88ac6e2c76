"""Warnings about keys of random numbers that are used twice: both draws give the same, or related, numbers.

What can be seen in a text without running it: two draws in one function with the same name for their key,
neither of which excludes the other, and a draw in a loop, or in a function that `map` and the like call again
and again, with a key from outside it. A draw is a call of any function of the library that takes a key: two
layers with one key have the same weights. Operands of `==` are left alone: comparing two draws is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from vlad_py.checking.bindings import Local
from vlad_py.ground.errors import Warned
from vlad_py.lowering.groups import children
from vlad_py.session import catalogue
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.tree import Node

KEY = "key"  # the name of the parameter
MAKES_KEYS = frozenset({"key", "fold_in"})  # `fold_in` gives another key for each number
REPEAT = frozenset({"map", "filter", "fold", "scan", "iterate"})
CALL = re.compile(r"\w+\(([^()]*)")  # how documentation begins: `normal(key, shape)`
Meaning = Callable[[syntax.Name], Local | None]


@dataclass(frozen=True)
class _Draw:
    """A draw; `path` has the branches around it, outermost first, and which side of each it is on."""

    key: syntax.Name
    call: syntax.Call
    path: tuple[tuple[int, int], ...]


def key_warnings(program: syntax.Program, meant: Meaning) -> Iterator[Warned]:
    """The warnings of a text, whose names `meant` tells the bindings of."""
    imports = [s for s in program.statements if isinstance(s, syntax.Import)]
    modules = {s.name: s.target for s in imports if not s.is_path}
    if not any(_takers_of_keys(module) for module in modules.values()):
        return
    draws: dict[tuple[int, int], list[_Draw]] = {}  # by the key's binding, and the function
    repeated: set[int] = set()  # functions that are called again and again
    todo: list[tuple[Node, int, tuple[tuple[int, int], ...], int]] = [(program, 0, (), 0)]
    while todo:
        node, function, path, loop = todo.pop()
        if isinstance(node, syntax.Binary) and node.op in ("==", "!="):
            continue
        if isinstance(node, syntax.Call) and _is_repeating(node.function, meant):
            repeated |= {id(part) for part in children(node.argument)}
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
                draws.setdefault((id(local), function), []).append(_Draw(key, node, path))
        again = id(node) in repeated
        todo += [(part, *_around(node, part, function, path, loop, again)) for part in children(node)]
    for found in draws.values():
        found.sort(key=lambda draw: draw.call.span.start)
        for i, draw in enumerate(found):
            if any(not _excludes(draw, other) for other in found[:i]):
                name = draw.key.id
                yield Warned(
                    f"the key `{name}` was used before, so these numbers are not independent of those",
                    draw.call.span,
                    hint=f"`let (a, b) = random.split({name})` makes two keys of one",
                )


def _around(
    node: Node, part: Node, function: int, path: tuple[tuple[int, int], ...], loop: int, again: bool
) -> tuple[int, tuple[tuple[int, int], ...], int]:
    """The function, the branches and the loop around a part of a node; `again` if it is called many times."""
    if isinstance(node, (syntax.Def, syntax.Fn)) and part is node.body:
        # its own parameters are not from outside
        return part.span.start + 1, (), node.span.start + 1 if again else 0
    if isinstance(node, syntax.If) and part is not node.condition:
        return function, (*path, (id(node), int(part is node.no))), loop
    if isinstance(node, syntax.Match) and isinstance(part, syntax.Arm):
        return function, (*path, (id(node), node.arms.index(part))), loop
    if isinstance(node, (syntax.For, syntax.While)) and part is node.body:
        return function, path, node.span.start + 1
    if isinstance(node, syntax.Comprehension) and part is node.body:
        return function, path, node.span.start + 1
    return function, path, loop


def _is_repeating(function: Node, meant: Meaning) -> bool:
    """Whether a function calls the functions that it is given many times."""
    return isinstance(function, syntax.Name) and function.id in REPEAT and meant(function) is None


@cache
def _takers_of_keys(module: str) -> Mapping[str, int]:
    """The functions of a module of the library that take a key, and the place of it among their arguments."""
    library = catalogue.libraries().get(module)
    found = {} if library is None else {name: _places(entry) for name, entry in library.members.items()}
    return {
        name: places.index(KEY) for name, places in found.items() if KEY in places and name not in MAKES_KEYS
    }


def _places(entry: catalogue.Entry) -> list[str]:
    """The names of the arguments of a function, as its documentation has them."""
    call = CALL.match(entry.doc)
    return [part.strip() for part in call[1].split(",")] if call is not None else []


def _key_of(node: Node, modules: Mapping[str, str]) -> syntax.Name | None:
    """The name of the key of a draw, or a split; None for anything else."""
    match node:
        case syntax.Call(function=syntax.Select(value=syntax.Name() as module) as function):
            place = _takers_of_keys(modules.get(module.id, "")).get(function.field)
            key = None if place is None else _argument(node.argument, place)
            return key if isinstance(key, syntax.Name) else None
    return None


def _argument(argument: Node, place: int) -> Node | None:
    """The argument of a call at a place."""
    if isinstance(argument, syntax.Tuple):
        return argument.items[place] if place < len(argument.items) else None
    return argument if place == 0 else None


def _excludes(one: _Draw, other: _Draw) -> bool:
    """Whether two draws are on different sides of a branch."""
    sides = dict(other.path)
    return any(sides.get(branch, side) != side for branch, side in one.path)
