"""The text in Python of atoms, of operations that call no ADL function, and of whole segments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias

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
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk
from vlad_py.primitives.kinds import Structural
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.values import Nil, Value


@lru_cache(4096)
def safe(name: str) -> str:
    """A name of the language as part of a name in Python, different for different names."""
    if name in PRIMITIVES:
        name = PRIMITIVES[name].word or name
    if name.isascii() and name.isalnum():
        return name
    # an underscore is doubled where others may be, so that no name is spelt like the text of another
    return "".join(c if c.isascii() and c.isalnum() else "__" if c == "_" else f"_{ord(c):x}_" for c in name)


def host_name(function: Lambda, prefix: str) -> str:
    """The name of a function's first segment."""
    return f"{prefix}{safe(function.code.name)}_{function.code.id}"


def atom_text(atom: Atom, prefix: str) -> str:
    """The Python text of an atom; `prefix` begins the names of the unit's own functions."""
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


def operation_lines(
    let: Let, text: Callable[[Atom], str], prefix: str, *, watched: bool, known: int = 0
) -> list[str]:
    """The lines of Python that bind the targets of an operation; if `watched`, by a call of its primitive.

    The first `known` names that a closure captures are the environment at hand.
    """

    def items(atoms: tuple[Atom, ...]) -> str:
        return f"({''.join(text(a) + ', ' for a in atoms)})"

    target = text(let.targets[0]) if let.targets else "_"
    match let.operation:
        case Apply(primitive, arguments):
            texts = [text(a) for a in arguments]
            call = f"p_{safe(primitive.name)}({', '.join(texts)})"
            if not primitive.pure:  # in a batch every item has it on its own
                return ["alone(k)", f"{target} = {call}"]
            if isinstance(primitive, Structural) and primitive.usual is not None and not watched:
                test, value = (part.format(*texts) for part in primitive.usual)
                return [f"{target} = {value} if {test} else {call}"]
            return [f"{target} = {call}"]
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
            if known:
                return [f"{target} = Closure({name}, (*env, *{items(captures[known:])}), {name}_code)"]
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
            v = text(value)  # mostly the pattern has the names of the record, in the same order
            fits = f"{v}.names == {names!r} or has_fields({v}.names, {names!r})"
            return [f"{target} = type({v}) is Record and ({fits})"]
        case Part(Const(), _):
            return [f"{target} = None"]  # never runs: no constant has parts
        case Part(value, which):
            v = text(value)
            return [f"{target} = {v}[{which}]" if isinstance(which, int) else f"{target} = {v}.{which}"]
        case Fail(value, what):
            return [f"raise no_match({text(value)}, {what!r})"]


# ── the writer of segments ───────────────────────────────────────────────────────────────────

Line: TypeAlias = tuple[int, str, Span | None]  # indentation, text, what it stands for
State: TypeAlias = tuple[list[Line], int, Span | None]


class _Texts(dict[Atom, str]):
    """The texts of the atoms of a unit, each made when it is first asked for.

    Constants are not kept: 0, -0 and false are equal.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __missing__(self, atom: Atom) -> str:
        text = atom_text(atom, self.prefix)
        if not isinstance(atom, Const):
            self[atom] = text
        return text


class Writer:
    """The text of a unit, segment by segment; `span` is what the lines stand for that are written next."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix  # begins the names of the unit's functions
        self.depth = 0
        self.span: Span | None = None
        self.lines: list[Line] = []  # of the segment being written
        self.done: list[Line] = []
        self._texts = _Texts(prefix)
        self.text = self._texts.__getitem__  # of an atom

    @property
    def links(self) -> frozenset[Global]:
        """The names of other modules that the text uses."""
        return frozenset(a for a in self._texts if isinstance(a, Global) and a.module)

    def line(self, text: str, span: Span | None = None) -> None:
        """Writes a line of the segment."""
        self.lines.append((self.depth, text, span or self.span))

    def insert(self, lines: Iterable[Line]) -> None:
        """Writes lines whose indentation counts from the present one."""
        self.lines += [(self.depth + depth, text, span) for depth, text, span in lines]

    def texts(self, atoms: Iterable[Atom]) -> str:
        """The texts of atoms, as arguments or targets."""
        return ", ".join(self.text(a) for a in atoms)

    def segment(
        self, name: str, parameters: str, opening: list[str], body: Walk[None], span: Span | None = None
    ) -> Walk[None]:
        """A segment of its own; what is being written goes on afterwards where it was."""
        outer = self.aside(1)
        self.span = span or self.span
        self.lines.append((0, f"def {name}({parameters}):", self.span))
        for text in opening:
            self.line(text)
        yield body
        self.done += self.back(outer)

    def aside(self, depth: int) -> State:
        """Begins lines that do not go on where they are written: `back` gives them."""
        outer = self.lines, self.depth, self.span
        self.lines, self.depth = [], depth
        return outer

    def back(self, outer: State) -> list[Line]:
        """The lines written since `aside`; what was being written before goes on."""
        lines = self.lines
        self.lines, self.depth, self.span = outer
        return lines

    def whole(self) -> tuple[str, list[Span | None]]:
        """The text of all segments, and the span of each line."""
        text = "".join(f"{'    ' * depth}{line}\n" for depth, line, _ in self.done)
        return text, [span for _, _, span in self.done]
