"""Functions of structures as straight-line code, for the layouts of reals that come often.

A walk asks what each part of a structure is. But a program has few layouts: a real, a pair of reals, a record
of them. For a layout that comes often, the walk is written out as Python text: it tests the whole structure,
takes it apart, and computes one expression. Everything else still goes to the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from types import FunctionType
from typing import Any, TypeAlias

from vlad_py.ground.node import field, record, state
from vlad_py.values.values import Record, Value

HOT = 60  # calls with a layout before its code is made
MOST_LAYOUTS = 8  # that one function has code for
MOST_MET = 1000  # that one function counts the calls of, before it forgets all counts
MOST_REALS = 16  # in a layout that gets code
DEEPEST = 4  # tuples and records in one another

# REAL; or the length of a tuple, or the names of a record's fields, with the layouts of the parts
Layout: TypeAlias = "str | tuple[int | tuple[str, ...], tuple[Layout, ...]]"

REAL: Layout = "real"

_making = Lock()


def layout_of(value: Value, real: type, depth: int = DEEPEST) -> Layout | None:
    """How a value holds reals of a class in tuples and records; None if it holds anything else, or is deeper
    than `depth`.
    """
    if type(value) is real:
        return REAL
    form: int | tuple[str, ...]
    if type(value) is tuple:
        form, parts = len(value), value
    elif type(value) is Record:
        form, parts = value.names, value.values
    else:
        return None
    if depth == 0 or not parts or len(parts) > MOST_REALS:
        return None
    found: list[Layout] = []
    for part in parts:
        layout = layout_of(part, real, depth - 1)
        if layout is None:
            return None
        found.append(layout)
    return form, tuple(found)


def reals_in(layout: Layout) -> int:
    """How many reals a structure of a layout holds."""
    return 1 if isinstance(layout, str) else sum(map(reals_in, layout[1]))


@record
class Laid:
    """An argument that the code takes apart: its layout, and the names of its reals in order."""

    layout: Layout
    reals: tuple[str, ...]

    def rebuilt(self, reals: Iterable[str]) -> str:
        """The text of the same structure with other reals."""
        return _rebuilt(self.layout, iter(reals))


def _rebuilt(layout: Layout, reals: Iterator[str]) -> str:
    if isinstance(layout, str):
        return next(reals)
    form, inner = layout
    parts = f"({''.join(f'{_rebuilt(part, reals)}, ' for part in inner)})"
    return parts if isinstance(form, int) else f"Record({form!r}, {parts})"


@state
class _Code:
    """The code of one function. It tries every layout that has code, the newest first."""

    general: Callable[..., Value]
    parameters: str
    structures: tuple[int, ...]
    floats: tuple[int, ...]
    real: type
    value: Callable[..., str]
    space: dict[str, Any]  # what the code's names stand for
    texts: list[str] = field(default_factory=list)
    met: dict[Layout, int] = field(default_factory=dict)
    function: Any = None

    def meet(self, *arguments: Value) -> Value:
        """The value of a call that no code takes. The call counts, and code is made if it is due."""
        layout = layout_of(arguments[self.structures[0]], self.real)
        if layout is not None and all(layout_of(arguments[i], self.real) == layout for i in self.structures):
            with _making:
                if len(self.met) >= MOST_MET:
                    self.met.clear()
                met = self.met[layout] = self.met.get(layout, 0) + 1
                if met == HOT and len(self.texts) < MOST_LAYOUTS and reals_in(layout) <= MOST_REALS:
                    self.make(layout)
        return self.general(*arguments)

    def make(self, layout: Layout) -> None:
        """Adds the code for a layout."""
        levels: list[tuple[list[str], list[str]]] = [([f"type(a{i}) is float" for i in self.floats], [])]
        laid = [Laid(layout, tuple(self.taken_apart(layout, f"a{i}", 0, levels))) for i in self.structures]
        pad, text = "    ", ""
        for tests, lines in levels:
            text += f"{pad}if {' and '.join(tests)}:\n"
            pad += "    "
            text += "".join(f"{pad}{line}\n" for line in lines)
        self.texts.insert(0, f"{text}{pad}return {self.value(*laid)}\n")
        # compiled programs hold this function, so its code is exchanged, not the function
        self.function.__code__ = self.link().__code__

    def link(self) -> FunctionType:
        """A function that tries all code, and then calls `meet`."""
        name = self.general.__name__
        head = f"def {name}({self.parameters}):\n"
        exec(f"{head}{''.join(self.texts)}    return meet({self.parameters})\n", self.space)
        function: FunctionType = self.space[name]
        return function

    def taken_apart(
        self, layout: Layout, name: str, level: int, levels: list[tuple[list[str], list[str]]]
    ) -> Iterator[str]:
        """Adds the tests of a value, and the lines that take it apart, to their levels. Gives the names of
        its reals. A level's lines may run only after its tests.
        """
        if level == len(levels):
            levels.append(([], []))
        tests, lines = levels[level]
        if isinstance(layout, str):
            tests.append(f"type({name}) is {self.real.__name__}")
            yield name
            return
        form, inner = layout
        names = [f"{name}_{i}" for i in range(len(inner))]
        if isinstance(form, int):
            tests.append(f"type({name}) is tuple and len({name}) == {form}")
            parts = name
        else:
            tests.append(f"type({name}) is Record and {name}.names == {form!r}")
            parts = f"{name}.values"
        lines.append(f"{', '.join(names)}, = {parts}")
        for part, part_name in zip(inner, names, strict=True):
            yield from self.taken_apart(part, part_name, level + 1, levels)


def by_layout(
    general: Callable[..., Value],
    *,
    structures: tuple[int, ...],
    value: Callable[..., str],
    floats: tuple[int, ...] = (),
    real: type = float,
    **names: Any,
) -> Callable[..., Value]:
    """The function `general`, with straight-line code for the layouts that come often. The code takes calls
    whose arguments at the places `structures` all have the same layout, of reals of the class `real`, and
    whose arguments at the places `floats` are floats.

    `value` gives the text of the result, from a `Laid` for each of the structures. The text calls the other
    arguments a0, a1, … by their places, and may use `names`. It must compute what `general` does, to the last
    bit.
    """
    parameters = ", ".join(f"a{i}" for i in range(general.__code__.co_argcount))
    code = _Code(general, parameters, structures, floats, real, value, names)
    code.space |= {real.__name__: real, "Record": Record, "meet": code.meet}
    code.function = code.link()
    return code.function
