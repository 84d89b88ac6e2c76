"""Core: the intermediate representation, in A-normal form.

Every intermediate result has a name, bound once. Loops are join points with explicit state;
choices are joins with explicit results; data is built and taken apart by operations of its own.
What is in tail position is not marked: a call is a tail call where its result is all that the
function's block gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from vlad_py.ground.node import node
from vlad_py.ground.source import Span
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Code, Value

# ── atoms: what an operation takes ───────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Var:
    """A local name, unique in its module by `id`."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Const:
    """A constant of the program: a real, a string, a boolean, the unit or the empty list."""

    value: Value


@dataclass(frozen=True, slots=True)
class Global:
    """A top-level name of a module; `module` is "" for the module itself."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Builtin:
    """A primitive or a control of the machine, as a value, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """A function of the same recursive group, sharing the running function's environment."""

    lambda_: Lambda


Atom: TypeAlias = Var | Const | Global | Builtin | Sibling

# ── operations: what a name can be bound to without calling a function ───────────────────────


@node
class Apply:
    """A primitive at its arguments."""

    primitive: Primitive
    arguments: tuple[Atom, ...]


@node
class Same:
    """A constant or a top-level value under a local name."""

    value: Atom


@node
class MakeTuple:
    """A tuple, or the unit."""

    items: tuple[Atom, ...]


@node
class MakeRecord:
    """A record."""

    names: tuple[str, ...]
    items: tuple[Atom, ...]


@node
class UpdateRecord:
    """A record with some fields replaced."""

    record: Atom
    names: tuple[str, ...]
    items: tuple[Atom, ...]


@node
class GetField:
    """A field of a record. An error if there is none, or no record."""

    record: Atom
    name: str


@node
class MakeClosure:
    """A function with the values of its free variables, in the order of `lambda_.captures`."""

    lambda_: Lambda
    captures: tuple[Atom, ...]


@node
class Untuple:
    """Binds as many names as the tuple has items. `what` says, in errors, what should fit."""

    value: Atom
    what: str


@node
class Test:
    """Whether a value is a `tuple` of `size`, a `record` with `names`, a `cons`, `nil`, a `literal`."""

    value: Atom
    shape: str
    size: int = 0
    names: tuple[str, ...] = ()
    literal: Const = Const(())


@node
class Part:
    """A part of a value whose shape was tested: an item by number, a field by name, `head`, `tail`."""

    value: Atom
    which: int | str


@node
class Fail:
    """An error: no pattern fits the value."""

    value: Atom
    what: str


Operation: TypeAlias = (
    Apply
    | Same
    | MakeTuple
    | MakeRecord
    | UpdateRecord
    | GetField
    | MakeClosure
    | Untuple
    | Test
    | Part
    | Fail
)

# ── statements and blocks ────────────────────────────────────────────────────────────────────


@node
class Let:
    """Names bound to an operation's results (more than one for `Untuple` only)."""

    targets: tuple[Var, ...]
    operation: Operation
    span: Span


UNDER = "under"
"""The form `under(tag, f, x)` of the library: f(x), called while the tag is live."""


@node
class Call:
    """A name bound to what a function gives; `tag`, if there is one, is live while the call lasts."""

    target: Var
    function: Atom
    argument: Atom
    span: Span
    tag: Atom | None = None


@node
class If:
    """A choice; its targets are bound to the results of the block that is taken."""

    targets: tuple[Var, ...]
    condition: Atom
    yes: Block
    no: Block
    span: Span


@node
class While:
    """A loop; `state` starts at `inits` and becomes the results of `body` while `head` is true.

    `targets` are bound to the last state. `head` has one result.
    """

    targets: tuple[Var, ...]
    state: tuple[Var, ...]
    inits: tuple[Atom, ...]
    head: Block
    body: Block
    span: Span


@node
class For:
    """A loop over the elements of a sequence; otherwise as `While`."""

    targets: tuple[Var, ...]
    state: tuple[Var, ...]
    inits: tuple[Atom, ...]
    element: Var
    sequence: Atom
    body: Block
    span: Span


@node
class Store:
    """A top-level name of the module given its value."""

    name: str
    value: Atom
    span: Span


Statement: TypeAlias = Let | Call | If | While | For | Store


@node
class Block:
    """Statements in order, and the atoms that the block gives."""

    statements: tuple[Statement, ...]
    results: tuple[Atom, ...]


@dataclass(slots=True, eq=False)
class Lambda:
    """A function expression.

    `parameters` are the names that its argument is bound to: one, or, where `is_tuple`, one for
    each item of the tuple that the argument has to be. `captures` are its free variables, as its
    own body names them. It is filled in when its body has been lowered.
    """

    code: Code
    is_tuple: bool
    parameters: tuple[Var, ...] = ()
    captures: tuple[Var, ...] = ()
    body: Block = field(default_factory=lambda: Block((), ()))


@node
class Module:
    """A lowered file: its functions, innermost first, and the one that runs its statements."""

    name: str
    lambdas: tuple[Lambda, ...]
    main: Lambda
    next_id: int  # larger than the id of any name in it
    conditions: frozenset[str] = frozenset()  # the names that it gives to conditions, as of `x > 0`
