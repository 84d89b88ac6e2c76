"""Core: the intermediate representation, in A-normal form.

Every intermediate result has a name, bound once. Loops are join points with explicit state;
choices are joins with explicit results; data is built and taken apart by operations of its own.

    Module ── Lambda ── Block ─┬─ Statement  Let, Call, If, While, For, Store
                               │    ├─ Operation (of a Let)  Apply, MakeTuple, GetField, …
                               │    └─ Block (of If, While, For)
                               └─ Atom (a result)  Var, Const, Global, Builtin, Sibling, Undefined

The type of a node's field says what it is to a traversal: an `Atom` is taken, a `Var` is bound, a `Block`
lies inside. `form` says how the node is written (`text.py`, `read.py`). So a new operation is a class here, a
line in the union `Operation`, and its code in each back end.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from vlad_py.ground.node import node, record, state
from vlad_py.ground.source import Span
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Code, Value

# ── atoms: what an operation takes ───────────────────────────────────────────────────────────


@node
class Var:
    """A local name, unique in its module by `id`: whatever takes it holds this one object."""

    id: int
    name: str


@record
class Const:
    """A constant of the program: a real, a string, a boolean, the unit or the empty list."""

    value: Value


@record
class Global:
    """A top-level name of a module; `module` is "" for the module itself."""

    module: str
    name: str


@record
class Builtin:
    """A primitive or a control of the machine, as a value, by its name."""

    name: str


@record
class Sibling:
    """A function of the same recursive group, sharing the running function's environment."""

    lambda_: Lambda


@record
class Undefined:
    """No value: what a name of a pattern that does not fit is bound to. Nothing ever looks at it."""


Atom: TypeAlias = Var | Const | Global | Builtin | Sibling | Undefined

# ── operations: what a name can be bound to without calling a function ───────────────────────


@node
class Apply:
    """A primitive at its arguments."""

    form: ClassVar = "{primitive}({arguments})"
    primitive: Primitive
    arguments: tuple[Atom, ...]


@node
class Same:
    """A constant or a top-level value under a local name."""

    form: ClassVar = "{value}"
    value: Atom


@node
class MakeTuple:
    """A tuple, or the unit."""

    form: ClassVar = "tuple({items})"
    items: tuple[Atom, ...]


@node
class MakeRecord:
    """A record."""

    form: ClassVar = "record({names: items})"
    names: tuple[str, ...]
    items: tuple[Atom, ...]


@node
class UpdateRecord:
    """A record with some fields replaced."""

    form: ClassVar = "update {record} with ({names: items})"
    record: Atom
    names: tuple[str, ...]
    items: tuple[Atom, ...]


@node
class GetField:
    """A field of a record. An error if there is none, or no record."""

    form: ClassVar = "{record}.{name}"
    record: Atom
    name: str


@node
class MakeClosure:
    """A function with the values of its free variables, in the order of `lambda_.captures`."""

    form: ClassVar = "closure {lambda_}({captures})"
    lambda_: Lambda
    captures: tuple[Atom, ...]


@node
class Untuple:
    """Binds as many names as the tuple has items. `what` says, in errors, what should fit."""

    form: ClassVar = "untuple {value} as {what}"
    value: Atom
    what: str


@node
class Boolean:
    """The value, which must be a boolean; an error if it is none."""

    form: ClassVar = "boolean {value}"
    value: Atom


@node
class Not:
    """The other boolean. An error if the value is none."""

    form: ClassVar = "not {value}"
    value: Atom


@node
class IsTuple:
    """Whether a value is a tuple of `size` items."""

    form: ClassVar = "is tuple of {size}: {value}"
    value: Atom
    size: int


@node
class IsRecord:
    """Whether a value is a record that has all the fields `names`."""

    form: ClassVar = "is record({names}): {value}"
    value: Atom
    names: tuple[str, ...]


@node
class IsCons:
    """Whether a value is a list that is not empty."""

    form: ClassVar = "is cons: {value}"
    value: Atom


@node
class IsNil:
    """Whether a value is the empty list."""

    form: ClassVar = "is nil: {value}"
    value: Atom


@node
class IsLiteral:
    """Whether a value, the primal of a real, is a constant."""

    form: ClassVar = "is literal {literal}: {value}"
    value: Atom
    literal: Const


@node
class Part:
    """A part of a value whose shape was tested: an item of a tuple by number, `head` or `tail` of a list."""

    form: ClassVar = "part {which} of {value}"
    value: Atom
    which: int | Literal["head", "tail"]


@node
class Fail:
    """An error: no pattern fits the value. It binds no name."""

    form: ClassVar = "fail {value} as {what}"
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
    | Boolean
    | Not
    | IsTuple
    | IsRecord
    | IsCons
    | IsNil
    | IsLiteral
    | Part
    | Fail
)

# ── statements and blocks ────────────────────────────────────────────────────────────────────


class _Straight:
    """A statement with no blocks. Every statement has `targets`, the names that it binds for what follows it;
    `inner_names`, those that it binds for its own blocks only; and `blocks`, those inside it.
    """

    __slots__ = ()
    inner_names: ClassVar[tuple[Var, ...]] = ()
    blocks: ClassVar[tuple[Block, ...]] = ()


@node
class Let(_Straight):
    """Names bound to an operation's results (one name, but for `Untuple` and `Fail`)."""

    form: ClassVar = "{targets} = {operation}"
    targets: tuple[Var, ...]
    operation: Operation
    span: Span


@node
class Call(_Straight):
    """One name bound to what a function gives; `tag`, if there is one, is live while the call lasts."""

    form: ClassVar = "{targets} = call {function} {argument}[ under {tag}]"
    targets: tuple[Var, ...]
    function: Atom
    argument: Atom
    span: Span
    tag: Atom | None = None


@node
class If:
    """A choice; its targets are bound to the results of the block that is taken."""

    form: ClassVar = "{targets} = if {condition}"
    words: ClassVar = ("then", "else")  # before each of its blocks
    inner_names: ClassVar[tuple[Var, ...]] = ()
    targets: tuple[Var, ...]
    condition: Atom
    yes: Block
    no: Block
    span: Span

    @property
    def blocks(self) -> tuple[Block, ...]:
        return (self.yes, self.no)


@node
class While:
    """A loop; `state` starts at `inits` and becomes the results of `body` while `head` is true.

    `targets` are bound to the last state. `head` has one result.
    """

    form: ClassVar = "{targets} = loop {state = inits}"
    words: ClassVar = ("while", "do")
    targets: tuple[Var, ...]
    state: tuple[Var, ...]
    inits: tuple[Atom, ...]
    head: Block
    body: Block
    span: Span

    @property
    def inner_names(self) -> tuple[Var, ...]:
        return self.state

    @property
    def blocks(self) -> tuple[Block, ...]:
        return (self.head, self.body)


@node
class For:
    """A loop over the elements of a sequence; otherwise as `While`.

    A loop that `collects` has one target and one result of its body more than `state`, the last: the target
    is the tuple of what that result was in each turn.
    """

    form: ClassVar = "{targets} = loop[ {state = inits}] for {element} in {sequence}[ collecting{collects}]"
    words: ClassVar = ("do",)
    targets: tuple[Var, ...]
    state: tuple[Var, ...]
    inits: tuple[Atom, ...]
    element: Var
    sequence: Atom
    body: Block
    span: Span
    collects: bool = False

    @property
    def inner_names(self) -> tuple[Var, ...]:
        return (*self.state, self.element)

    @property
    def blocks(self) -> tuple[Block, ...]:
        return (self.body,)


@node
class Store(_Straight):
    """A top-level name of the module given its value."""

    form: ClassVar = "global {name} = {value}"
    targets: ClassVar[tuple[Var, ...]] = ()
    name: str
    value: Atom
    span: Span


Statement: TypeAlias = Let | Call | If | While | For | Store


@node
class Block:
    """Statements in order, and the atoms that the block gives."""

    statements: tuple[Statement, ...]
    results: tuple[Atom, ...]


@state
class Lambda:
    """A function expression.

    `parameters` are the names that its argument is bound to: one, or, where `is_tuple`, one for
    each item of the tuple that the argument has to be. `captures` are its free variables, as its own body
    names them. `is_recursive` says whether a call may lead to another one through names of its own module.
    All are filled in when the body has been lowered, and never change after that.
    """

    code: Code
    is_tuple: bool
    parameters: tuple[Var, ...] = ()
    captures: tuple[Var, ...] = ()
    body: Block = Block((), ())  # never changed
    is_recursive: bool = False


@node
class Module:
    """A lowered file: its functions, innermost first, and the one that runs its statements."""

    name: str
    lambdas: tuple[Lambda, ...]
    main: Lambda
    next_id: int  # larger than the id of any name in it
    conditions: frozenset[str] = frozenset()  # the names that it gives to conditions, as of `x > 0`
