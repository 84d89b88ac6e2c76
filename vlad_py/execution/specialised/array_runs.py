"""Runs with array primitives, specialised on the numbers that come, shapes included.

A run is executed once on numbers of the kind that came, but with traced floats and numpy arrays (see
shaped.py). What these record is the code for the kind. For nodes, the sweep of the run's own nodes is traced
as well, from an unknown cotangent: what that records is the run's pullback. The tape keeps one entry for the
run, with a `Joint` adjoint that holds what the pullback takes.

The items of a batch are numbers of a kind as well, alone and as primals of nodes.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from vlad_py.core.tree import Apply, Atom, Const, MakeRecord, MakeTuple
from vlad_py.execution.runs import ArrayRun, Run
from vlad_py.execution.specialised.scalar_runs import Kind, Specialiser
from vlad_py.execution.specialised.shaped import Shape, Shaped, ShapedTrace, constant_id, operand_text
from vlad_py.execution.specialised.sketch import BATCH_TAG, RunCode, sketch_of
from vlad_py.execution.specialised.tracing import Untraceable
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.node import field, state
from vlad_py.numbers.each.each import Each, Unbatched
from vlad_py.numbers.forward.batch import Batch
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.joint import Joint
from vlad_py.numbers.reverse.tape import Node, link_of, node, sweep
from vlad_py.primitives.steps import FEW_ELEMENTS
from vlad_py.values.values import Array, Record, Value, is_array, shape_of

MOST_SHAPES = (
    8  # kinds of which code is made, for one run: a program whose shapes change has few, or too many
)
MOST_MISSES = 200  # meetings after which a run that has met no array is left alone

FLOAT: Kind = ("float",)
EACH, OUTER = 1, 2  # tags while a run is traced: of a batch, and of the differentiation inside it
Mask: TypeAlias = "tuple[Shape, bytes] | None"  # what is there of a batch, as part of its kind


@state
class ArraySpecialiser(Specialiser):
    """The code of one run with array primitives."""

    run: ArrayRun  # type: ignore[assignment]
    misses: int = 0  # -1 once there was an array

    def meet(self, *arguments: Value) -> Any:
        """The run on numbers of a kind that there is no code for."""
        kinds = self.kinds(arguments)
        if kinds is not None and self.ready(kinds):
            return self.namespace[self.name](*arguments)
        if self.misses >= 0:
            self.misses = -1 if any(map(is_array, arguments)) else self.misses + 1
            if self.misses == MOST_MISSES:
                self.namespace[self.name] = self.general
        return self.general(*arguments)

    def kinds(self, arguments: tuple[Value, ...]) -> tuple[Kind, ...] | None:
        """What numbers these are, all of one differentiation or of none; None for others."""
        kinds: list[Kind] = []
        tag = batch = 0
        x: Any
        for x in arguments:
            kind = _kind(x)
            if kind is None:
                return None
            kinds.append(kind)
            if kind[0] in ("node", "dual"):
                if tag not in (0, x.tag):
                    return None
                tag = x.tag
                x = x.primal
            if type(x) is Each:
                if batch not in (0, x.tag):
                    return None
                batch = x.tag
        if batch and tag and (tag < batch or any(kind[0] == "dual" for kind in kinds)):
            return None  # the code takes a batch around a reverse differentiation, not one inside it
        return tuple(kinds)

    def most_kinds(self) -> int:
        """For how many kinds code is made."""
        return MOST_SHAPES

    def sums_anew(self, kinds: tuple[Kind, ...]) -> bool:
        """A pullback adds in another order than a sweep over the primitives' nodes."""
        return any(kind[0] == "node" for kind in kinds)

    def variant(self, parameters: list[str], kinds: tuple[Kind, ...]) -> tuple[str, dict[str, Any]]:
        """The Python text that handles a kind, and what it refers to."""
        try:
            return _Variant(self.run, parameters, kinds).text()
        except (ValueError, Unbatched):  # of numpy, at ones of these shapes
            raise Untraceable from None


def _plain_kind(x: Value) -> Kind | None:
    if type(x) is float:
        return FLOAT
    if type(x) is not Array or x.data.size > FEW_ELEMENTS:
        return None
    return ("array", x.data.shape)


def _kind(x: Value) -> Kind | None:
    plain = _plain_kind(x)
    if plain is not None:
        return plain
    if type(x) is Each:
        items = _plain_kind(x.items)
        return None if items is None or items == FLOAT else ("each", items[1])
    if isinstance(x, Node):
        inner = _kind(x.primal) if type(x.primal) is Each else _plain_kind(x.primal)
        return None if inner is None else ("node", inner)
    if type(x) is Dual:
        primal = _plain_kind(x.primal)
        if type(x.tangent) is Batch:
            batch = _batch_kind(x.tangent) if x.tangent.tag == x.tag else None
            return None if primal is None or batch is None else ("dual", primal, *batch)
        return None if primal is None or primal != _plain_kind(x.tangent) else ("dual", primal)
    return None


def _batch_kind(x: Batch) -> tuple[Shape, Mask] | None:
    """The shape of the items, and what is there of them (see `Batch`)."""
    items = _plain_kind(x.items)
    there = None if x.there is None else (x.there.shape, x.there.tobytes())
    return None if items is None else (items[1], there)


@state
class _Variant:
    """The code of a run for one kind, while it is written."""

    run: ArrayRun
    parameters: list[str]
    kinds: tuple[Kind, ...]
    trace: ShapedTrace = field(default_factory=ShapedTrace)
    tests: tuple[list[str], ...] = field(default_factory=lambda: ([], [], [], []))
    binds: tuple[list[str], ...] = field(default_factory=lambda: ([], [], [], []))
    tag: str = ""  # the text of the only tag of a differentiation
    batch_tag: str = ""  # the text of the only tag of a batch
    inputs: dict[Node, str] = field(default_factory=dict)  # by number: its name
    links: dict[Node, str] = field(default_factory=dict)  # by what links refer to: its text
    wanted: set[str] = field(default_factory=set)

    def text(self) -> tuple[str, dict[str, Any]]:
        values: dict[Atom, Value] = {}
        for atom, path, kind in zip(self.run.inputs, self.parameters, self.kinds, strict=True):
            values[atom] = self.number(kind, path)
        for let in self.run.lets:
            values[let.targets[0]] = _applied(let.operation, values)
        outputs = [values[o] for o in self.run.outputs]
        nodes = [x for x in outputs if isinstance(x, Node) and x not in self.inputs]
        if len(nodes) > 1:
            raise Untraceable  # what they share would be swept as often as there are results
        end: list[str] = []
        results = [self.packed(x, end) for x in outputs]
        if self.tag and self.batch_tag:
            self.tests[3].append(f"{self.batch_tag} < {self.tag}")
        again = f"return general({', '.join(self.parameters)})"
        edges = sorted(self.trace.assumed_false)
        self.wanted.update(edges)
        lines = self.trace.needed(self.wanted)
        if edges:
            lines.append(f"if {' or '.join(edges)}: {again}")
        result = results[0] if len(results) == 1 else f"({', '.join(results)})"
        body = ["try:", *(f"    {line}" for line in lines), f"except RunError: {again}"] if lines else []
        body += [*end, f"return {result}"]
        pad, text = "    ", ""
        for tests, binds in zip(self.tests, self.binds, strict=True):
            if tests:
                text += f"{pad}if {' and '.join(tests)}:\n"
                pad += "    "
            text += "".join(f"{pad}{bind}\n" for bind in binds)
        self.trace.names |= {"RunError": RunError, "Joint": Joint, "Each": Each}
        return text + "".join(f"{pad}{line}\n" for line in body), self.trace.names

    # ── arguments ────────────────────────────────────────────────────────────────────────────

    def number(self, kind: Kind, path: str) -> Value:
        """A number of a kind whose floats and arrays are traced, found at a path."""
        name, *rest = kind
        if name in ("float", "array"):
            return self.plain(kind, path, 0)
        if name == "each":
            return self.each(kind, path, 0)
        is_array = len(rest[0][1]) > 1 if rest[0][0] == "each" else rest[0] != FLOAT
        host = "Dual" if name == "dual" else "ArrayNode" if is_array else "Node"
        self.tests[0].append(f"type({path}) is {host}")
        if self.tag:
            self.tests[1].append(f"{path}.tag == {self.tag}")
        else:
            self.tag = f"{path}.tag"
        self.binds[0].append(f"{path}_p = {path}.primal")
        inner = self.each if rest[0][0] == "each" else self.plain
        primal = inner(rest[0], f"{path}_p", 1)
        if name == "dual":
            self.binds[0].append(f"{path}_t = {path}.tangent")
            if rest[1:]:
                return Dual(OUTER, primal, self.batch(rest[1], rest[2], f"{path}_t"))
            return Dual(OUTER, primal, self.plain(rest[0], f"{path}_t", 1))
        number = node(OUTER, primal, ())
        self.inputs[number] = path
        self.links[link_of(number)] = f"{path}.entry" if is_array else path
        return number

    def plain(self, kind: Kind, path: str, level: int) -> Shaped:
        if kind == FLOAT:
            self.tests[level].append(f"type({path}) is float")
            return Shaped(self.trace, path, ())
        self.tests[level].append(f"type({path}) is Array")
        self.binds[level].append(f"{path}_d = {path}.data")
        self.tests[level + 1].append(f"{path}_d.shape == {kind[1]!r}")
        return Shaped(self.trace, f"{path}_d", kind[1])

    def each(self, kind: Kind, path: str, level: int) -> Each:
        """The items of a batch, found at a path."""
        self.tests[level].append(f"type({path}) is Each")
        if self.batch_tag:
            self.tests[level + 1].append(f"{path}.tag == {self.batch_tag}")
        else:
            self.batch_tag = f"{path}.tag"
        self.binds[level].append(f"{path}_i = {path}.items")
        return Each(EACH, self.plain(("array", kind[1]), f"{path}_i", level + 1))

    def batch(self, shape: Shape, there: Mask, path: str) -> Batch:
        """Tangents of several directions, found at a path."""
        self.tests[1].append(f"type({path}) is Batch and {path}.tag == {self.tag}")
        self.binds[1].append(f"{path}_i = {path}.items; {path}_m = {path}.there")
        items = self.plain(("array", shape), f"{path}_i", 2)
        if there is None:
            self.tests[2].append(f"{path}_m is None")
            return Batch(OUTER, items)
        size, data = there
        self.tests[2].append(f"{path}_m is not None")
        self.tests[3].append(f"{path}_m.shape == {size} and {path}_m.tobytes() == {data!r}")
        return Batch(OUTER, items, np.frombuffer(data, bool).reshape(size))

    # ── results ──────────────────────────────────────────────────────────────────────────────

    def packed(self, value: Value, end: list[str]) -> str:
        """The text of a result; what makes it goes to `end`."""
        if isinstance(value, Node):
            return self.inputs.get(value) or self.entry(value, end)
        if type(value) is Dual:
            return f"Dual({self.tag}, {self.leaf(value.primal)}, {self.tangent(value.tangent)})"
        return self.leaf(value)

    def tangent(self, value: Value) -> str:
        """The text of a tangent."""
        if type(value) is not Batch:
            return self.leaf(value)
        there = "None"
        if value.there is not None:
            there = f"k{constant_id()}"
            self.trace.names[there] = value.there
        return f"Batch({self.tag}, {self.leaf(value.items)}, {there})"

    def leaf(self, value: Value) -> str:
        """The text of a plain result, or of the results of a batch."""
        if type(value) is Each:
            return f"Each({self.batch_tag}, {self.leaf(_items(value))})"
        text = _text(self.trace, value)
        self.wanted.add(text)
        return f"Array({text})" if shape_of(value) else text

    def entry(self, value: Node, end: list[str]) -> str:
        """A node with one entry on the tape for the whole run."""
        shape = shape_of(value.primal)
        primal = self.leaf(value.primal)
        code, parents, saved = self.pullback(value)
        self.wanted.update(saved)
        name = f"k{constant_id()}"
        self.trace.names[name] = code
        links = "".join(f"{self.links[entry]}, joint, " for entry in parents)
        held = "".join(f"{self.batch_tag if text == BATCH_TAG else text}, " for text in saved)
        end += [
            f"joint = new(Joint); joint.code = {name}; joint.saved = ({held})",
            f"entry = new(Node); entry.tag = tag = {self.tag}; entry.links = ({links})",
            "entry.index = index = next_index()",
        ]
        if not shape:
            end.append(f"entry.primal = {primal}")
            return "entry"
        end += [
            f"entry.primal = {shape!r}; result = new(ArrayNode); result.tag = tag; result.links = ()",
            f"result.primal = {primal}; result.entry = entry; result.index = index",
        ]
        return "result"

    def pullback(self, value: Node) -> tuple[RunCode, tuple[Node, ...], list[str]]:
        """The joint adjoint of a result, what its links refer to, and the names of what it keeps."""
        trace, primal = self.trace, value.primal
        before, edges = set(trace.lines.values()), len(trace.assumed_false)
        of_items = type(primal) is Each
        shape = shape_of(primal.items if type(primal) is Each else primal)
        cotangent: Value = Shaped(trace, "c", shape)
        kept = {BATCH_TAG: 0} if of_items else {}
        cotangents = sweep(OUTER, [(value, Each(EACH, cotangent) if of_items else cotangent)])
        if not cotangents or len(trace.assumed_false) > edges:
            raise Untraceable
        if not of_items and any(type(found) is Each for found in cotangents.values()):
            raise Untraceable  # their batch is not that of the cotangent, which is plain
        texts = {entry: _text(trace, _items(found)) for entry, found in cotangents.items()}
        results = [_packed(text, cotangents[entry]) for entry, text in texts.items()]
        parents = tuple(cotangents)
        needed = trace.needed(set(texts.values()))
        lines = [line for line in needed if _target(line) not in before]
        used = set(texts.values()).union(*(trace.uses[_target(line)] for line in lines))
        made = {*map(_target, lines), *trace.names, "c"}
        sketch = sketch_of(trace, value, parents, kept)
        for name in sorted(used - made):
            if name.isidentifier():
                kept.setdefault(name, len(kept))
        saved = list(kept)
        space = {**trace.names, "Array": Array, "Each": Each}
        text = f"def pull({', '.join(['c', *saved])}):\n"
        if of_items:
            text += "    if type(c) is Each: c = c.items.data\n"
            text += f"    else: c = np.broadcast_to(c if type(c) is float else c.data, {shape})\n"
        elif shape:
            text += "    c = c.data\n"
        text += "".join(f"    {line}\n" for line in lines) + f"    return ({', '.join(results)},)\n"
        exec(text, space)
        return RunCode(space["pull"], sketch, of_items), parents, saved


def _applied(operation: Any, values: dict[Atom, Value]) -> Value:
    """The value of an operation of a run."""

    def value_of(atom: Atom) -> Value:
        return atom.value if isinstance(atom, Const) else values[atom]

    match operation:
        case Apply(primitive, arguments):
            return primitive.apply(*map(value_of, arguments))
        case MakeTuple(items):
            return tuple(map(value_of, items))
        case MakeRecord(names, items):
            return Record(names, tuple(map(value_of, items)))
    raise Untraceable


def _items(value: Value) -> Value:
    """What holds a number: of a batch, the array of all items."""
    if type(value) is not Each:
        return value
    if not shape_of(value.items):
        raise Untraceable
    return value.items


def _packed(text: str, like: Value) -> str:
    """The text of a number around what a name holds."""
    if type(like) is Each:
        return f"Each({BATCH_TAG}, Array({text}))"
    return f"Array({text})" if shape_of(like) else text


def _text(trace: ShapedTrace, value: Value) -> str:
    return operand_text(trace.operand(value))


def _target(line: str) -> str:
    return line.partition(" = ")[0]


def put_before(run: Run | ArrayRun, namespace: dict[str, Any]) -> None:
    """Puts a specialiser in front of the general code of a run, which the namespace holds."""
    kind: Any = ArraySpecialiser if type(run) is ArrayRun else Specialiser
    namespace[run.name] = kind(run.name, run, namespace[run.name], namespace).meet
