"""Structures: every value is a leaf, or has parts and can be rebuilt from others.

Walks are loops, since the size of a value is the user's and Python's stack is not. A value may hold the same
part many times: n pairs of pairs are a tree of 2ⁿ leaves. A walk that gives every occurrence its own result
raises an error if there are too many; all others meet a shared part once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import is_ as is_same
from typing import Any, TypeAlias

from vlad_py.ground.asking import MET_AT_ONCE, meet
from vlad_py.ground.errors import LimitError
from vlad_py.values.values import Closure, Cons, Record, Value, is_function, list_items, make_list

Split: TypeAlias = Callable[[Any], tuple[Value, ...] | None]
Build: TypeAlias = Callable[[Value, tuple[Value, ...]], Value]

_DATA: dict[type, Split] = {
    tuple: lambda value: value or None,
    Record: lambda value: value.values,
    Cons: lambda value: tuple(list_items(value)),
}
_STRUCTURES: dict[type, Split] = {**_DATA, Closure: lambda value: value.env}
_holds_no_structure = _STRUCTURES.keys().isdisjoint


def is_flat(inner: tuple[Value, ...]) -> bool:
    """Whether all parts are leaves, as in most values; the unit counts as a structure."""
    return _holds_no_structure(map(type, inner))


def parts(value: Value) -> tuple[Value, ...] | None:
    """The values that a structure holds; None for a leaf (a number, a boolean, a built-in …)."""
    split = _STRUCTURES.get(type(value))
    return None if split is None else split(value)


def data_parts(value: Value) -> tuple[Value, ...] | None:
    """As `parts`, but a function is a leaf."""
    split = _DATA.get(type(value))
    return None if split is None else split(value)


def with_parts(value: Value, new: tuple[Value, ...]) -> Value:
    """The same structure with other parts; the same object where no part is another object."""
    old = parts(value) or ()
    if all(map(is_same, old, new)):
        return value
    if type(value) is tuple:
        return new
    if isinstance(value, Record):
        return Record(value.names, new)
    if isinstance(value, Closure):
        return Closure(value.enter, new, value.code)
    return make_list(new)


def transform(
    value: Value,
    leaf: Callable[[Value], Value],
    split: Split = parts,
    build: Build = with_parts,
    *,
    once: bool = False,
) -> Value:
    """The structure with every leaf replaced; `split` decides what is a leaf, `build` rebuilds.

    With `once`, a part that occurs many times is replaced once, and still shared; otherwise every occurrence
    is on its own, and LimitError says that there are too many.
    """
    inner = split(value)
    if inner is None:
        return leaf(value)
    if is_flat(inner):
        return build(value, tuple([leaf(part) for part in inner]))
    done: list[Value] = []
    todo: list[tuple[Value, int]] = []  # a count: so many parts are done
    _descend(value, inner, todo)
    built, due = 0, MET_AT_ONCE
    known: dict[int, Value] = {}  # by the id of a structure, with `once`
    while todo:
        item, count = todo.pop()
        if count >= 0:
            start = len(done) - count
            new = build(item, tuple(done[start:]))
            del done[start:]
            done.append(new)
            built += 1
            if built == due:
                due += MET_AT_ONCE
                meet(MET_AT_ONCE)
                if built == LONG and not once:
                    refuse_endless(value, split)
            if once:
                known[id(item)] = new
            continue
        if once and id(item) in known:
            done.append(known[id(item)])
            continue
        inner = split(item)
        if inner is None:
            done.append(leaf(item))
        else:
            _descend(item, inner, todo)
    return done[0]


def _descend(value: Value, inner: tuple[Value, ...], todo: list[tuple[Value, int]]) -> None:
    todo.append((value, len(inner)))
    todo.extend([(part, -1) for part in inner[::-1]])


def leaves(value: Value) -> Iterator[Value]:
    """Every leaf of a structure, in order."""
    inner = parts(value)
    if inner is not None and is_flat(inner):
        return iter(inner)
    return _leaves(value)


def _leaves(value: Value) -> Iterator[Value]:
    todo = [value]
    met, due = 0, MET_AT_ONCE
    while todo:
        item = todo.pop()
        inner = parts(item)
        if inner is None:
            yield item
        else:
            todo.extend(inner[::-1])
            met += 1
            if met == due:
                due += MET_AT_ONCE
                meet(MET_AT_ONCE)
                if met == LONG:
                    refuse_endless(value)


# ── what is shared: a value of n parts may be a tree of 2ⁿ ────────────────────────────────────

LONG = 200 * MET_AT_ONCE  # structures, met by a walk that meets each as often as it occurs
MOST_TIMES = 100  # that each may occur, on average, in a walk longer than that


def distinct_leaves(value: Value, split: Split = parts) -> Iterator[Value]:
    """The leaves of a structure in order, without those of parts that were met before."""
    inner = split(value)
    if inner is not None and is_flat(inner):
        return iter(inner)
    return _distinct_leaves(value, split)


def is_data(value: Value) -> bool:
    """Whether no functions are in a value."""
    return not any(map(is_function, distinct_leaves(value, data_parts)))


def _distinct_leaves(value: Value, split: Split) -> Iterator[Value]:
    todo = [value]
    met: set[int] = set()  # the ids of structures
    while todo:
        item = todo.pop()
        inner = split(item)
        if inner is None:
            yield item
        elif id(item) not in met:
            met.add(id(item))
            if not len(met) % MET_AT_ONCE:
                meet(MET_AT_ONCE)
            todo.extend(inner[::-1])


class Endless:
    """Watches a walk that meets every data structure in a value as often as it occurs."""

    __slots__ = ("due", "met", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self.met = 0
        self.due = MET_AT_ONCE

    def meet(self) -> None:
        """Counts a structure. LimitError where the walk would have no end."""
        self.met += 1
        if self.met == self.due:
            self.due += MET_AT_ONCE
            meet(MET_AT_ONCE)
            if self.met == LONG:
                refuse_endless(self.value, data_parts)


def refuse_endless(value: Value, split: Split = parts) -> None:
    """LimitError where a value holds the same parts so often that a walk over all of them has no end."""
    sizes: list[int] = []

    def size(value: Value, inner: tuple[Any, ...]) -> Value:
        sizes.append(len(inner))
        return sum(inner, 1)

    whole: Any = transform(value, lambda _: 1, split, size, once=True)
    if whole > MOST_TIMES * sum(sizes):
        raise LimitError(
            f"the value has {whole:.3g} parts, the same ones again and again",
            hint="each is on its own here, wherever it occurs",
        )
