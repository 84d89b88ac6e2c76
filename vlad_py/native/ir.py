"""The typed IR: structured, first-order, monomorphic, in SSA form.

A program of the IR is a `Unit`: parameters, a region, results. A `Region` has parameters, operations in order
and results; it may use every name that is bound around it. An `Op` binds its results, once. There are no
tuples, records or closures, nor lists of a known length: the specialiser has taken them apart into their
reals and booleans. There are no pointers either: memory begins in `emit.py`.

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

A name is a real, a boolean, an array whose shape is part of its type, or a list of any length, whose items
are the values of its type. Arrays are whole to every pass: an operation on them is one operation here, and
becomes loops in `emit_arrays.py`.

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
| `loop`    | ENDS, PIECE or | the state → the last state. Its region takes the state and gives whether to  |
|           | nothing        | go on and the next state. It runs once at least                              |
| `call`    | a `Function`   | arguments → results                                                          |
| `custom`  | a `Given`      | the parameters of its region → that region's results; derivatives are the    |
|           |                | rules'. After the last pass the region takes its place                       |
| `guard`   | a reason       | boolean →; leaves the unit where it does not hold                            |
| `array`   | a `Use`        | reals and arrays → the real or array that the primitive's entry computes     |
| `take`    |                | an array, indices of its first dimensions → the element or part there        |
| `put`     |                | an array, a part, indices → the array with the part added there              |
| `cons`    |                | the values of an item, a list → the list with that item in front             |
| `uncons`  |                | a list → the values of its first item, the rest; of the empty list zeros and |
|           |                | the empty list                                                               |
| `is_nil`  |                | a list → whether it is empty                                                 |
| `merge`   |                | two lists → the sums of their items, and what the longer one has besides     |
| `fit`     |                | two lists → the first, cut or continued with zeros to the length of the other|
| `length`  |                | a list → how many items it has                                               |
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

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, TypeAlias

from vlad_py.ground.late_numpy import np
from vlad_py.ground.source import Span
from vlad_py.native.types import BOOLEAN, REAL, ArrayType, ListType, Type, shape_of_type
from vlad_py.primitives.kinds import General
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import NIL, Array, Nil, Statics

Kind: TypeAlias = Literal[
    "prim", "compare", "and", "not", "same", "select", "if", "loop", "call", "custom", "guard",
    "array", "take", "put", "cons", "uncons", "is_nil", "merge", "fit", "length", "save", "restore",
]  # fmt: skip
Constant: TypeAlias = float | bool | Array | Nil

TOP_LEVEL = "top_level"  # the name of a unit that is a piece of it

_ids = count(1).__next__


class Name:
    """A value of the IR: an operation's result, a parameter, or a constant.

    `within`, of a real, says that it is a whole number between two others, both included. `told`, of a real
    in a loop's state, is what a long run tells of it: where the loop stands, and what the program calls it.
    """

    __slots__ = ("constant", "id", "op", "told", "type", "within")

    def __init__(self, type: Type = REAL, constant: Constant | None = None) -> None:
        self.id = _ids()
        self.type: Type = type
        self.op: Op | None = None  # that binds it
        self.constant = constant
        self.within: tuple[float, float] | None = None
        self.told: tuple[Span, str] | None = None


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


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """A primitive of arrays, and what it takes besides numbers: an axis, a shape, an index."""

    primitive: Primitive
    statics: Statics

    @property
    def may_fail(self) -> bool:
        """Whether it may be an error, depending on elements: a singular matrix, for instance."""
        return type(self.primitive) is General


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
    sweeps: bool = False  # whether reverse mode has put sums in an order of its own
    followed: int = 0  # statements that were followed, and operations that were written, to make it


# ── names ────────────────────────────────────────────────────────────────────────────────────


def constant(value: Constant) -> Name:
    """The name of a known value."""
    if type(value) is Array:
        return Name(ArrayType(value.data.shape), value)
    return Name(BOOLEAN if type(value) is bool else REAL, value)


def zero_of(type: Type) -> Name:
    """The number 0 of a type, false, or the empty list: what stands where there is none."""
    if type == BOOLEAN:
        return constant(False)
    if isinstance(type, ListType):
        return Name(type, NIL)
    shape = shape_of_type(type)
    return constant(Array(np.broadcast_to(0.0, shape)) if shape else 0.0)


def is_zero(name: Name) -> bool:
    """Whether a name is known to be 0, in all its elements."""
    known = name.constant
    return not known.data.any() if type(known) is Array else known == 0.0


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


def interpreted(unit: Unit) -> int:
    """About how many operations the interpreter does for a unit in which each runs once: a derivative that
    native code has simplified takes it all its steps. An operation was a statement before it was written.
    """
    return max(size_of_unit(unit), unit.followed // 2)
