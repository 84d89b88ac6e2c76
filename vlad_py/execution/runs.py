"""Straight runs of scalar arithmetic: on plain floats they are Python's own arithmetic.

A run tests its inputs once. A scalar primitive of floats gives a float, so nothing inside needs a test. If an
input is anything else (a number with a tag, or not a number at all), the same operations go through the
primitives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from vlad_py.core.traversal import atoms_of
from vlad_py.core.tree import Apply, Atom, Block, Const, Global, Let, MakeRecord, MakeTuple, Statement, Var
from vlad_py.execution.operations import Line, safe
from vlad_py.ground.node import record
from vlad_py.ground.source import Span
from vlad_py.primitives.kinds import Elementwise, General, Pairing, Reduction
from vlad_py.primitives.primitive import Primitive

MOST_INPUTS = 8  # a test of more inputs than that would cost more than it saves
MOST_LETS = 200
ARRAY_KINDS = (General, Reduction, Pairing)  # of primitives that make a run with arrays worth its code


@record
class Run:
    """Consecutive operations on reals, as the function `name` of the inputs that gives the outputs.

    `booleans` are the results that are not reals.
    """

    name: str
    lets: tuple[Let, ...]
    inputs: tuple[Atom, ...]
    outputs: tuple[Var, ...]
    booleans: frozenset[Var]

    @property
    def stands_alone(self) -> bool:
        """Whether it has a function of its own: not where it is a test, nor for constants only."""
        return bool(self.inputs) and not (len(self.lets) == 1 and self.booleans)

    def lines(self, text: Callable[[Atom], str]) -> Iterator[tuple[str, Span, int]]:
        """Python's lines where the run stands: text, span, and levels of indentation to add."""
        test = " and ".join(f"type({text(a)}) is float" for a in self.inputs)
        first = self.lets[0]
        if not test:
            for let in self.lets:
                yield f"{text(let.targets[0])} = {_fast(let, text)}", let.span, 0
            return
        if not self.stands_alone:
            line = f"{text(first.targets[0])} = {_fast(first, text)} if {test} else {_slow(first, text)}"
            yield line, first.span, 0
            return
        yield f"if {test}:", first.span, 0
        for let in self.lets:
            yield f"{text(let.targets[0])} = {_fast(let, text)}", let.span, 1
        yield "else:", first.span, 0
        call = f"{self.name}({', '.join(text(a) for a in self.inputs)})"
        results = ", ".join(text(o) for o in self.outputs)
        yield f"{results} = {call}" if results else call, first.span, 1

    def general(self, text: Callable[[Atom], str]) -> Iterator[tuple[str, Span, int]]:
        """Python's lines of the function that runs the primitives one by one."""
        parameters = {a: f"a{i}" for i, a in enumerate(self.inputs)}

        def inside(atom: Atom) -> str:
            return parameters.get(atom) or text(atom)

        yield f"def {self.name}({', '.join(parameters.values())}):", self.lets[0].span, 0
        for let in self.lets:
            yield f"{text(let.targets[0])} = {_slow(let, inside)}", let.span, 1
        yield f"return {', '.join(text(o) for o in self.outputs) or '()'}", self.lets[-1].span, 1


@record
class ArrayRun:
    """Consecutive operations on reals and arrays, some of them of arrays only, as a function."""

    name: str
    lets: tuple[Let, ...]
    inputs: tuple[Atom, ...]
    outputs: tuple[Var, ...]

    def lines(self, text: Callable[[Atom], str], body: list[Line]) -> list[Line]:
        """Python's lines where the run stands; `body` are those of its operations, one level further in."""
        span = self.lets[0].span
        test = " or ".join(f"type({text(a)}) in ARRAYS" for a in self.inputs)
        results = ", ".join(map(text, self.outputs))
        call = f"{self.name}({', '.join(map(text, self.inputs))})"
        call = f"{results} = {call}" if results else call
        return [(0, f"if {test}:", span), (1, call, span), (0, "else:", span), *body]

    def general(self, text: Callable[[Atom], str], body: list[Line]) -> list[Line]:
        """Python's lines of the function that runs the operations one by one."""
        opening = f"def {self.name}({', '.join(map(text, self.inputs))}):"
        closing = f"return {', '.join(map(text, self.outputs)) or '()'}"
        return [(0, opening, self.lets[0].span), *body, (1, closing, self.lets[-1].span)]


def leading_to_arrays(body: Block) -> set[int]:
    """The ids of the operations, in all blocks of a function, from which a run with array primitives may
    start: one of these is among the operations that follow.
    """
    found: set[int] = set()
    todo = [body]
    while todo:
        leads = False
        for statement in reversed(todo.pop().statements):
            todo.extend(statement.blocks)
            if not isinstance(statement, Let) or not _is_numeric(statement):
                leads = False
                continue
            operation = statement.operation
            leads = leads or (isinstance(operation, Apply) and isinstance(operation.primitive, ARRAY_KINDS))
            if leads:
                found.add(id(statement))
    return found


def array_run(
    statements: tuple[Statement, ...],
    position: int,
    booleans: set[Var],
    uses: Mapping[Atom, int],
    name: Callable[[], str],
) -> ArrayRun | None:
    """The longest run with array primitives that starts at `position`; None if there is none.

    Tuples and records that the primitives take may be made in it, but not come out of it.
    """
    lets: list[Let] = []
    inputs: dict[Atom, None] = {}
    inside: set[Atom] = set()
    for statement in statements[position : position + MOST_LETS]:
        if not isinstance(statement, Let) or not _is_numeric(statement):
            break
        new = [a for a in atoms_of(statement) if not isinstance(a, Const) and a not in inside]
        if any(not isinstance(a, (Var, Global)) or a in booleans for a in new):
            break
        if len(inputs.keys() | set(new)) > MOST_INPUTS:
            break
        inputs.update(dict.fromkeys(new))
        lets.append(statement)
        inside.add(statement.targets[0])
    del lets[_closed(lets, uses) :]
    applied = [let.operation.primitive for let in lets if isinstance(let.operation, Apply)]
    if len(applied) < 2 or not any(isinstance(primitive, ARRAY_KINDS) for primitive in applied):
        return None
    inside = {let.targets[0] for let in lets}
    taken = Counter(a for let in lets for a in atoms_of(let))
    outputs = tuple(let.targets[0] for let in lets if uses[let.targets[0]] > taken[let.targets[0]])
    found = tuple(a for a in taken if not isinstance(a, Const) and a not in inside)
    return ArrayRun(name(), tuple(lets), found, outputs) if found else None


def _closed(lets: list[Let], uses: Mapping[Atom, int]) -> int:
    """How many operations, from the first on, end in a primitive and use up the structures that they make."""
    used: Counter[Atom] = Counter()
    last: dict[Atom, int] = {}  # by name: the operation that uses it last
    for position, let in enumerate(lets):
        for atom in atoms_of(let):
            used[atom] += 1
            last[atom] = position
    needed = [0]  # by operation: how many there have to be, so that the structures before it are used up
    for let in lets:
        target = let.targets[0]
        if _is_apply(let):
            needed.append(needed[-1])
        else:
            all_inside = uses[target] == used[target]
            needed.append(max(needed[-1], last.get(target, -1) + 1 if all_inside else len(lets) + 1))
    return next((n for n in range(len(lets), 0, -1) if _is_apply(lets[n - 1]) and needed[n] <= n), 0)


def _is_apply(let: Let) -> bool:
    return isinstance(let.operation, Apply)


def _is_numeric(let: Let) -> bool:
    """Whether an operation takes and gives reals and arrays, or puts them together for one that does."""
    if not isinstance(let.operation, Apply):
        return isinstance(let.operation, (MakeTuple, MakeRecord))
    primitive = let.operation.primitive
    if primitive.gives_boolean:
        return False
    if isinstance(primitive, Elementwise):
        return _is_scalar(primitive)
    return isinstance(primitive, ARRAY_KINDS) or primitive.by_shape


def straight_run(
    statements: tuple[Statement, ...],
    position: int,
    booleans: set[Var],
    uses: Mapping[Atom, int],
    name: Callable[[], str],
) -> Run | None:
    """The longest run that starts at `position`; None if there is none.

    `booleans` are not reals; `uses` counts how often a name is used; `name` gives a new name.
    """
    lets: list[Let] = []
    inputs: dict[Atom, None] = {}
    reals: set[Atom] = set()
    tests: set[Var] = set()
    for statement in statements[position : position + MOST_LETS]:
        if not isinstance(statement, Let) or not isinstance(statement.operation, Apply):
            break
        primitive, arguments = statement.operation.primitive, statement.operation.arguments
        if not _is_scalar(primitive):
            break
        new = [a for a in arguments if not isinstance(a, Const) and a not in reals]
        if any(isinstance(a, Const) and type(a.value) is not float for a in arguments):
            break
        if any(not isinstance(a, (Var, Global)) or a in tests or a in booleans for a in new):
            break
        if len(inputs.keys() | set(new)) > MOST_INPUTS:
            break
        inputs.update(dict.fromkeys(new))
        lets.append(statement)
        (tests if primitive.gives_boolean else reals).add(statement.targets[0])
    if not lets:
        return None
    inside = Counter(a for let in lets for a in atoms_of(let))
    outputs = tuple(let.targets[0] for let in lets if uses[let.targets[0]] > inside[let.targets[0]])
    return Run(name(), tuple(lets), tuple(inputs), outputs, frozenset(tests))


def _is_scalar(primitive: Primitive) -> bool:
    """Whether a primitive makes a real, or by its inline text a boolean, of one or two reals."""
    if primitive.arity not in (1, 2):
        return False
    if isinstance(primitive, Elementwise):
        return not primitive.drops
    return primitive.gives_boolean and bool(primitive.inline)


def _fast(let: Let, text: Callable[[Atom], str]) -> str:
    operation = let.operation
    assert isinstance(operation, Apply)
    arguments = [text(a) for a in operation.arguments]
    if operation.primitive.inline:
        # a negative literal would bind differently inside a larger expression
        return operation.primitive.inline.format(*(f"({a})" if a[0] == "-" else a for a in arguments))
    return f"v_{safe(operation.primitive.name)}({', '.join(arguments)})"


def _slow(let: Let, text: Callable[[Atom], str]) -> str:
    operation = let.operation
    assert isinstance(operation, Apply)
    return f"p_{safe(operation.primitive.name)}({', '.join(text(a) for a in operation.arguments)})"
