"""The typed IR: structured, first-order, monomorphic, in SSA form; its builder and its text.

A program of the IR is a `Unit`: parameters, a region, results. A `Region` has parameters, operations in order
and results; it may use every name that is bound around it. An `Op` binds its results, once. There are no
tuples, records, closures or lists: the specialiser has taken them apart into their reals and booleans. There
are no pointers either: memory begins in `emit.py`.

    unit(x_1: real)
      y_2 = * x_1, 2
      c_3 = compare < x_1, 0
      z_6 = if c_3
        y_4 = neg x_1
        give y_4
      else
        give y_2
      i_9, v_10 = loop i_7 = 0, v_8 = z_6
        …
        give c_11, i_12, v_13
      give v_10

A constant is a name without an operation, bound everywhere. What an operation means, by its `kind`:

| kind      | what           | operands → results                                                           |
|-----------|----------------|------------------------------------------------------------------------------|
| `prim`    | a `Primitive`  | reals → the real that the primitive's entry computes                         |
| `compare` | the sign       | two reals → boolean; with nan only `!=` holds                                |
| `and`     |                | two booleans → boolean                                                       |
| `not`     |                | boolean → boolean                                                            |
| `same`    |                | two booleans → whether they are equal                                        |
| `select`  |                | boolean, a, b → a or b; both are there                                       |
| `if`      |                | boolean → the results of its first region where it holds, else of its second |
| `loop`    |                | the state → the last state. Its region takes the state and gives whether to  |
|-----------|----------------|------------------------------------------------------------------------------|
| `call`    | a `Function`   | arguments → results                                                          |
| `custom`  | a `Given`      | the parameters of its region → that region's results; derivatives are the    |
|           |                | rules'. After the last pass the region takes its place                       |
| `guard`   | a reason       | boolean →; leaves the unit where it does not hold                            |
| `save`    | a `Frame`      | values →; puts them onto the frame's tape                                    |
| `restore` | a `Frame`      | → the values that were saved last and are not restored yet                   |

A unit is pure. So whatever leaves it (a `guard`, a full tape, the end of the stack) leaves nothing behind:
the call runs again, interpreted, and the interpreter says what is wrong. A failing pattern, a wrong field or
an index out of range is nothing but a guard.

Invariants, which `verify.py` checks after every pass:

- every name is bound once, by an operation, or as a parameter of a region or a function;
- a name is used after it was bound, in the region that binds it or inside that one;
- types agree: of operands with the kind, of a region's results with what its operation binds, of a call's
  arguments with the function's parameters; `save` and `restore` with the types of their frame;
- a function uses no names but its own.

The tape. `save` and `restore` of one `Tape` come in stack order, whatever functions and loops they stand in.
Reverse mode makes a tape for each of its sweeps. A pass over the result of another pass treats them as any
other operation: their frames widen by tangents, and in reverse mode a restored value's cotangent goes back to
the saved one by a tape of cotangents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, TypeAlias

from vlad_py.ground.errors import NotNative
from vlad_py.native.abstract import Numbering
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.values.show import show_real
from vlad_py.values.values import NO_STATICS

Type: TypeAlias = Literal["real", "boolean"]
Kind: TypeAlias = Literal[
    "prim",
    "compare",
    "and",
    "not",
    "same",
    "select",
    "if",
    "loop",
    "call",
    "custom",
    "guard",
    "save",
    "restore",
]
Constant: TypeAlias = float | bool

REAL: Type = "real"
BOOLEAN: Type = "boolean"

MOST_OPS = 20_000  # of a unit
DEEPEST = 60  # regions inside one another: the passes recur on them

_ids = count(1).__next__


class Name:
    """A value of the IR: an operation's result, a parameter, or a constant."""

    __slots__ = ("constant", "id", "op", "type")

    def __init__(self, type: Type = REAL, constant: Constant | None = None) -> None:
        self.id = _ids()
        self.type: Type = type
        self.op: Op | None = None  # that binds it
        self.constant = constant


@dataclass(slots=True, eq=False)
class Region:
    """Operations in order, what they take from the operation around them, and what they give to it."""

    parameters: list[Name]
    ops: list[Op]
    results: list[Name]


class Op:
    """One operation; `what` is what its kind needs besides operands (see the table above)."""

    __slots__ = ("kind", "operands", "regions", "results", "what")

    def __init__(
        self,
        kind: Kind,
        operands: list[Name],
        results: list[Name],
        what: Any = None,
        regions: tuple[Region, ...] = (),
    ) -> None:
        self.kind: Kind = kind
        self.operands = operands
        self.results = results
        self.what = what
        self.regions = regions
        for name in results:
            name.op = self


@dataclass(slots=True, eq=False)
class Function:
    """A function of the IR: its region uses no name from outside. While being written, it has none yet."""

    name: str
    region: Region
    is_written: bool = True


class Tape:
    """The stack of one reverse sweep."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Frame:
    """What one `save` puts onto a tape, and the `restore` that belongs to it takes off."""

    tape: Tape
    types: list[Type] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Unit:
    """A whole program: what is compiled and called."""

    name: str
    region: Region
    made_zeros: bool = False  # whether a pass put zeros for derivatives that are not there


# ── writing ──────────────────────────────────────────────────────────────────────────────────


class Builder:
    """Where operations are written: `ops` is the region that is open now."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.depth = 0
        self.count = 0
        self.made_zeros = False
        self.numbering = Numbering()  # of the kinds of values that are one of several

    def emit(
        self,
        kind: Kind,
        operands: list[Name],
        results: list[Name],
        what: Any = None,
        regions: tuple[Region, ...] = (),
    ) -> Op:
        """Writes an operation. NotNative where there are too many."""
        op = Op(kind, operands, results, what, regions)
        self.ops.append(op)
        self.count += 1
        if self.count > MOST_OPS:
            raise NotNative("more than the code of a unit may be")
        return op

    @contextmanager
    def into(self, ops: list[Op]) -> Iterator[list[Op]]:
        """Writes into another region for a while."""
        outer, self.ops = self.ops, ops
        self.depth += 1
        if self.depth > DEEPEST:
            self.ops, self.depth = outer, self.depth - 1
            raise NotNative("choices and loops nested too deeply")
        try:
            yield ops
        finally:
            self.ops = outer
            self.depth -= 1

    # operations that give one value; what is known is computed here

    def prim(self, primitive: Primitive, operands: list[Name]) -> Name:
        """A primitive of reals; by the interpreter's own arithmetic where all of them are known."""
        known = [o.constant for o in operands]
        if None not in known:
            return constant(folded(primitive, known))
        result = Name()
        self.emit("prim", operands, [result], primitive)
        return result

    def compare(self, sign: str, a: Name, b: Name) -> Name:
        """A comparison of two reals."""
        if a.constant is not None and b.constant is not None:
            return constant(bool(PRIMITIVES[sign].value(a.constant, b.constant)))
        return self._boolean("compare", [a, b], sign)

    def both(self, a: Name, b: Name) -> Name:
        """Whether both of two booleans hold."""
        for x, other in ((a, b), (b, a)):
            if x.constant is not None:
                return other if x.constant else x
        return self._boolean("and", [a, b])

    def negated(self, a: Name) -> Name:
        """Whether a boolean does not hold."""
        if a.constant is not None:
            return constant(not a.constant)
        if a.op is not None and a.op.kind == "not":
            return a.op.operands[0]
        return self._boolean("not", [a])

    def same(self, a: Name, b: Name) -> Name:
        """Whether two booleans are equal."""
        for x, other in ((a, b), (b, a)):
            if x.constant is not None:
                return other if x.constant else self.negated(other)
        return self._boolean("same", [a, b])

    def select(self, condition: Name, yes: Name, no: Name) -> Name:
        """One of two values."""
        if condition.constant is not None:
            return yes if condition.constant else no
        if yes is no:
            return yes
        result = Name(yes.type)
        self.emit("select", [condition, yes, no], [result])
        return result

    def guard(self, condition: Name, reason: str) -> None:
        """Leaves the unit where the condition does not hold."""
        if condition.constant is not True:
            self.emit("guard", [condition], [], reason)

    def _boolean(self, kind: Kind, operands: list[Name], what: Any = None) -> Name:
        result = Name(BOOLEAN)
        self.emit(kind, operands, [result], what)
        return result


def constant(value: Constant) -> Name:
    """The name of a known value."""
    return Name(BOOLEAN if type(value) is bool else REAL, value)


def folded(primitive: Primitive, known: Sequence[Any]) -> float:
    """The value of a primitive at known reals."""
    value: Any = primitive.value_at(known, NO_STATICS)
    return value


def fresh(names: Iterable[Name]) -> list[Name]:
    """Names of the same types, bound nowhere yet."""
    return [Name(n.type) for n in names]


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def free_names(region: Region) -> list[Name]:
    """The names that a region uses and does not bind, in the order of their first use."""
    bound: set[Name] = set()
    used: dict[Name, None] = {}

    def read(region: Region) -> None:
        bound.update(region.parameters)
        for op in region.ops:
            used.update(dict.fromkeys(op.operands))
            for inner in op.regions:
                read(inner)
            bound.update(op.results)
        used.update(dict.fromkeys(region.results))

    read(region)
    return [n for n in used if n not in bound and n.constant is None]


def functions_of(region: Region) -> list[Function]:
    """The functions that a region calls, and that these call, each once."""
    found: dict[Function, None] = {}
    todo = [region]
    while todo:
        for op in todo.pop().ops:
            todo += op.regions
            if op.kind == "call" and op.what not in found:
                found[op.what] = None
                todo.append(op.what.region)
    return list(found)


def size_of_unit(unit: Unit) -> int:
    """How many operations a unit has."""
    regions = [unit.region, *(f.region for f in functions_of(unit.region))]
    size = 0
    while regions:
        for op in regions.pop().ops:
            size += 1
            regions += op.regions
    return size


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def print_unit(unit: Unit) -> str:
    """The text of a unit and its functions, for people: what `vlad --native=ir` prints.

    Names are numbered as they appear.
    """
    texts = [_Text().function(f.name, f.region) for f in functions_of(unit.region)]
    return "\n\n".join([*texts, _Text().function(f"unit {unit.name}", unit.region)]) + "\n"


class _Text:
    def __init__(self) -> None:
        self.numbers: dict[Name, int] = {}

    def function(self, head: str, region: Region) -> str:
        parameters = ", ".join(f"{self.name(p)}: {p.type}" for p in region.parameters)
        return "\n".join([f"{head}({parameters})", *self.lines(region, 1)])

    def lines(self, region: Region, depth: int) -> Iterator[str]:
        pad = "  " * depth
        for op in region.ops:
            state = ""
            if op.kind == "loop":
                pairs = zip(op.regions[0].parameters, op.operands, strict=True)
                state = ", ".join(f"{self.name(p)} = {self.name(o)}" for p, o in pairs)
            targets = f"{self.names(op.results)} = " if op.results else ""
            yield f"{pad}{targets}{_head(op)} {state or self.names(op.operands)}".rstrip()
            for i, inner in enumerate(op.regions):
                if i:
                    yield f"{pad}else"
                yield from self.lines(inner, depth + 1)
        yield f"{pad}give {self.names(region.results)}".rstrip()

    def names(self, names: Iterable[Name]) -> str:
        return ", ".join(map(self.name, names))

    def name(self, name: Name) -> str:
        if name.constant is not None:
            return show_real(name.constant) if type(name.constant) is float else str(name.constant).lower()
        number = self.numbers.setdefault(name, len(self.numbers) + 1)
        return f"{'b' if name.type == BOOLEAN else 'x'}_{number}"


def _head(op: Op) -> str:
    if op.kind == "prim":
        return str(op.what.name)
    if op.kind == "call":
        return f"call {op.what.name}"
    return f"{op.kind} {op.what}" if isinstance(op.what, str) else op.kind
