"""Functions of structures as straight-line code, for the layouts of reals that keep coming.

A walk asks of every part of a structure what it is. But a program has few layouts: a real, a pair of reals, a
record of them. For a layout that keeps coming the walk is written down as Python text, which tests the whole,
takes it apart, and computes one expression. Everything else still goes to the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from types import FunctionType
from typing import Any, TypeAlias

from vlad_py.ground.node import field, record, state
from vlad_py.values.values import Record, Value

HOT = 60  # meetings of a layout after which its code is made
MOST_LAYOUTS = 8  # with code, for one function
MOST_MET = 1000  # layouts of which one function knows how often it met them
MOST_REALS = 16  # of a layout
DEEPEST = 4

# REAL, or how many parts a tuple has or the names of a record's fields, and the layouts of these parts
Layout: TypeAlias = "str | tuple[int | tuple[str, ...], tuple[Layout, ...]]"

REAL: Layout = "real"

_making = Lock()


def layout_of(value: Value, real: type, depth: int = DEEPEST) -> Layout | None:
    """How tuples and records hold reals of a class; None where they hold anything else, or are deeper."""
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
    """The code of one function, which tries every layout that has some, the newest first."""

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
        """A call that there is no code for; code is made where it is due."""
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
        # compiled programs hold the function, so it stays, and gets other code
        self.function.__code__ = self.link().__code__

    def link(self) -> FunctionType:
        """The function that tries all code."""
        name = self.general.__name__
        head = f"def {name}({self.parameters}):\n"
        exec(f"{head}{''.join(self.texts)}    return meet({self.parameters})\n", self.space)
        function: FunctionType = self.space[name]
        return function

    def taken_apart(
        self, layout: Layout, name: str, level: int, levels: list[tuple[list[str], list[str]]]
    ) -> Iterator[str]:
        """Writes what tests a value and takes it apart; the names of its reals."""
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
        else:
            tests.append(f"type({name}) is Record and {name}.names == {form!r}")
            name += ".values"
        lines.append(f"{', '.join(names)}, = {name}")
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
    """`general` with straight-line code for calls that have structures of one layout at the places
    `structures`, with reals of the class `real` only, and floats at the places `floats`.

    `value` gives the text of the result from these structures, as `Laid`. The text calls the other arguments
    a0, a1, … by their places, and may use `names`. It must compute what `general` does, to the last bit.
    """
    parameters = ", ".join(f"a{i}" for i in range(general.__code__.co_argcount))
    code = _Code(general, parameters, structures, floats, real, value, names)
    code.space |= {real.__name__: real, "Record": Record, "meet": code.meet}
    code.function = code.link()
    return code.function
