"""Straight runs of arithmetic on numbers with tags, specialised on the numbers that come.

A run meets the same kinds of numbers again and again: duals over floats, nodes over duals, … For a
kind that keeps coming, the run's primitives are run once on numbers of that kind whose floats are
traced. What they wrote down is straight-line arithmetic on floats: it unpacks the numbers, computes,
and packs the results, one number each. For nodes that is preaccumulation: a result is linked to the
run's inputs directly, by its partial derivatives, and the nodes in between are never made.

Source of preaccumulation: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed. 2008), ch. 10.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from threading import Lock
from typing import Any, TypeAlias

from vlad_py.core.tree import Apply, Atom, Const
from vlad_py.execution.runs import Run
from vlad_py.execution.specialised.tracing import (
    BATCH,
    FLOAT,
    Shape,
    Trace,
    Traced,
    TracedCondition,
    Untraceable,
    operand_text,
)
from vlad_py.ground.asking import uncounted
from vlad_py.ground.budget import asked
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.node import field, state
from vlad_py.numbers.forward.batch import Batch, together
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import ArrayNode, Node, next_index, sweep
from vlad_py.primitives.steps import FEW_LEVELS, is_counted
from vlad_py.values.values import Array, Number, Value

# Meetings of a kind after which its code is made, which takes about a millisecond. Where the code sums in
# another order than the primitives, it is made at once, lest the same call give two results that differ
# in the last digit.
HOT = 60
MOST_KINDS = 48  # of which code is made, for one run; the newest is tried first, since programs have phases

# ("float",), ("array",), ("batch",) of floats, ("dual", rank, kind, kind), ("node", rank, kind)
Kind: TypeAlias = tuple[Any, ...]

_FLOAT: Kind = ("float",)
_ARRAY: Kind = ("array",)
_BATCH: Kind = ("batch",)

_making = Lock()  # a thread that meets a kind while another makes its code has to wait for that code


@state
class Specialiser:
    """The code of one run: `namespace[name]` is the function that compiled code calls.

    It tries the kinds that code was made for, one after another, and ends in `general`, which runs
    the primitives one by one.
    """

    name: str
    run: Run
    general: Callable[..., Any]
    namespace: dict[str, Any]
    texts: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    met: dict[tuple[Kind, ...], int] = field(default_factory=dict)
    made: set[tuple[Kind, ...]] = field(default_factory=set)

    def meet(self, *arguments: Value) -> Any:
        """The run on numbers of a kind that there is no code for."""
        kinds = kinds_of(arguments)
        if kinds is not None and self.ready(kinds):
            return self.namespace[self.name](*arguments)
        return self.general(*arguments)

    def ready(self, kinds: tuple[Kind, ...]) -> bool:
        """Whether there is code for a kind that was met; makes it when it is due."""
        with _making:
            met = self.met[kinds] = self.met.get(kinds, 0) + 1
            due = met <= HOT and met == (1 if self.sums_anew(kinds) else HOT)
            if due and len(self.made) < self.most_kinds() and self.make(kinds):
                self.made.add(kinds)
            return kinds in self.made

    def make(self, kinds: tuple[Kind, ...]) -> bool:
        """Adds the code for a kind, if straight-line code can follow the run on it; whether it can."""
        parameters = [f"a{i}" for i in range(len(self.run.inputs))]
        try:
            text, names = uncounted(lambda: self.variant(parameters, kinds))
        except (Untraceable, RunError, TypeError):
            return False
        self.texts.insert(0, text)
        self.names.update(names)
        arguments = ", ".join(parameters)
        space = {**self.names, "Dual": Dual, "Node": Node, "miss": self.meet, "general": self.general}
        space |= {"new": object.__new__, "next_index": next_index, "ArrayNode": ArrayNode, "Array": Array}
        space |= {"Batch": Batch, "np": np, "together": together, "asked": asked}
        space["is_counted"] = is_counted
        exec(f"def {self.name}({arguments}):\n{''.join(self.texts)}    return miss({arguments})\n", space)
        self.namespace[self.name] = space[self.name]
        return True

    def most_kinds(self) -> int:
        """For how many kinds code is made."""
        return MOST_KINDS

    def sums_anew(self, kinds: tuple[Kind, ...]) -> bool:
        """Whether code for a kind may add partial derivatives in another order than the primitives do."""
        return _sums_anew(self.run, kinds)

    def variant(self, parameters: list[str], kinds: tuple[Kind, ...]) -> tuple[str, dict[str, Any]]:
        """The Python text that handles a kind, and the functions that it calls."""
        return _variant(self.run, parameters, kinds)


# ── kinds ────────────────────────────────────────────────────────────────────────────────────


def kinds_of(arguments: tuple[Value, ...]) -> tuple[Kind, ...] | None:
    """What numbers these are, with tags as ranks, oldest 0; None for what no code is made for."""
    tags: set[int] = set()
    for argument in arguments:
        if not _collect_tags(argument, tags, FEW_LEVELS):
            return None
    ranks = {tag: rank for rank, tag in enumerate(sorted(tags))}
    return tuple(_kind(argument, ranks) for argument in arguments)


def _collect_tags(value: Value, tags: set[int], depth: int) -> bool:
    if type(value) is float or type(value) is Array:
        return True
    if depth == 0:
        return False
    if type(value) is Dual:
        tags.add(value.tag)
        if type(value.tangent) is Batch and value.tangent.tag == value.tag:  # of plain floats
            return type(value.primal) is float and type(value.tangent.items) is Array
        return _collect_tags(value.primal, tags, depth - 1) and _collect_tags(value.tangent, tags, depth - 1)
    if isinstance(value, Node):
        tags.add(value.tag)
        return _collect_tags(value.primal, tags, depth - 1)
    return False


def _kind(value: Value, ranks: dict[int, int]) -> Kind:
    if type(value) is Dual:
        return ("dual", ranks[value.tag], _kind(value.primal, ranks), _kind(value.tangent, ranks))
    if isinstance(value, Node):
        return ("node", ranks[value.tag], _kind(value.primal, ranks))
    return _ARRAY if type(value) is Array else _BATCH if type(value) is Batch else _FLOAT


def _host_type(kind: Kind) -> str:
    """The class of numbers of a kind."""
    name = kind[0]
    if name == "node":
        return "ArrayNode" if _is_array(kind) else "Node"
    return name if name == "float" else name.title()


def _is_array(kind: Kind) -> bool:
    while len(kind) > 1:
        kind = kind[2]
    return kind == _ARRAY


def _sums_anew(run: Run, kinds: tuple[Kind, ...]) -> bool:
    """Whether code for a kind may add partial derivatives in another order than the primitives do.

    It does wherever the primitives make more than one node. They make one of a single operation on
    distinct inputs, if nodes are the outermost numbers and all of one tag.
    """
    nodes, others = set[int](), set[int]()
    todo = list(kinds)
    while todo:
        name, *rest = todo.pop()
        if rest:
            (nodes if name == "node" else others).add(rest[0])
            todo += rest[1:]
    operation = run.lets[0].operation
    assert isinstance(operation, Apply)
    distinct = len(set(operation.arguments)) == len(operation.arguments)
    single = len(run.lets) == 1 and distinct and len(nodes) == 1 and max(nodes | others) in nodes
    return bool(nodes) and not single


# ── the code for one kind ────────────────────────────────────────────────────────────────────


@state
class _Unpacked:
    """The parts of the arguments, level by level: tests, and the names that parts get."""

    trace: Trace
    tests: list[list[str]]
    binds: list[list[str]]
    tags: dict[int, str]  # by rank: the name that holds the tag
    numbers: dict[Node, str]  # by node: its name
    links: dict[Node, str]  # by node: what links refer to
    equal: list[str]  # tests of tags, for when all parts have their names
    batches: dict[str, str] = field(default_factory=dict)  # by the name of their items: their own
    whole: dict[str, int] = field(default_factory=dict)  # tangents that are a real: the tags of their duals

    def number(self, kind: Kind, path: str, level: int) -> Value:
        """A number of a kind whose floats are traced, found at a path."""
        while len(self.tests) <= level:
            self.tests.append([])
            self.binds.append([])
        name, *rest = kind
        self.tests[level].append(f"type({path}) is {_host_type(kind)}")
        if kind == _FLOAT:
            return Traced(self.trace, path)
        if kind == _ARRAY:
            self.binds[level].append(f"{path}_d = {path}.data")
            return Traced(self.trace, f"{path}_d", frozenset({path.split("_", maxsplit=1)[0]}))
        if kind == _BATCH:
            self.tests[level].append(f"type({path}.items) is Array")
            self.binds[level].append(f"{path}_d = {path}.items.data")
            self.batches[f"{path}_d"] = path
            return Traced(self.trace, f"{path}_d", frozenset({BATCH}))
        rank, *inner = rest
        fields = ("primal", "tangent")[: len(inner)]
        self.binds[level].append("; ".join(f"{path}_{f[0]} = {path}.{f}" for f in fields))
        if rank in self.tags:
            self.equal.append(f"{path}.tag == {self.tags[rank]}")
        else:
            self.tags[rank] = f"{path}.tag"
        parts = [self.number(k, f"{path}_{f[0]}", level + 1) for k, f in zip(inner, fields, strict=True)]
        tag = rank + 1
        if name == "dual":
            if inner[1] == _FLOAT:
                self.whole[f"{path}_t"] = tag
            return Dual(tag, *parts)
        node = Node(tag, parts[0], ())
        self.numbers[node] = path
        self.links[node] = f"{path}.entry" if _is_array(kind) else path
        return node


def _variant(run: Run, parameters: list[str], kinds: tuple[Kind, ...]) -> tuple[str, dict[str, Any]]:
    """The Python text that handles a kind, and the functions that it calls."""
    trace = Trace()
    unpacked = _Unpacked(trace, [], [], {}, {}, {}, [])
    values: dict[Atom, Value] = {}
    for atom, path, kind in zip(run.inputs, parameters, kinds, strict=True):
        values[atom] = unpacked.number(kind, path, 0)
    for let in run.lets:
        operation = let.operation
        assert isinstance(operation, Apply)
        arguments = [a.value if isinstance(a, Const) else values[a] for a in operation.arguments]
        values[let.targets[0]] = operation.primitive.apply(*arguments)
    wanted: set[str] = set()
    again = f"return general({', '.join(parameters)})"
    packing = _Packing(unpacked, wanted, [])
    results = [packing.text(values[o]) for o in run.outputs]
    result = results[0] if len(results) == 1 else f"({', '.join(results)})"
    ordered = [unpacked.tags[rank] for rank in sorted(unpacked.tags)]
    unpacked.tests[-1] += unpacked.equal + [f"{a} < {b}" for a, b in pairwise(ordered)]
    edges = sorted(trace.assumed_false)
    wanted.update(edges)
    lines = trace.needed(wanted)
    # elements that are not there are 0 only if factors are finite
    edges += [test for name, test in trace.factors.items() if any(trace.takes(t, name) for t in wanted)]
    if edges:
        lines.append(f"if {' or '.join(edges)}: {again}")
    lines += packing.lines
    lines.append(f"return {result}")
    pad = "    "
    text = ""
    for tests, binds in zip(unpacked.tests, unpacked.binds, strict=True):
        text += f"{pad}if {' and '.join(tests)}:\n"
        pad += "    "
        text += "".join(f"{pad}{bind}\n" for bind in binds)
    if "array" in str(kinds):  # their shapes may not broadcast: then the primitives say so
        large = f"if asked and is_counted({', '.join(parameters)}): {again}"
        lines = [large, "try:", *(f"    {line}" for line in lines), f"except ValueError: {again}"]
    text += "".join(f"{pad}{line}\n" for line in lines)
    return text, trace.names


@state
class _Packing:
    """The lines of Python that make traced numbers: without `__init__`, which is half their cost."""

    unpacked: _Unpacked
    wanted: set[str]  # the names of floats and arrays that the lines take
    lines: list[str]
    arrays: dict[str, str] = field(default_factory=dict)  # by text: the name of the value around it

    def text(self, value: Value, like: Any = None) -> str:
        """The name of a number, after the lines that make it, in the shape of `like`, or else its own."""
        if isinstance(value, (Traced, TracedCondition)) or type(value) is float:
            return self.leaf(value, value if like is None else like)
        like = like if like is not None else innermost(value)
        if type(value) is Dual:
            is_batch = isinstance(value.tangent, Traced) and BATCH in value.tangent.shape
            if is_batch and shape_of(like):
                raise Untraceable  # the directions of a real, in the shape of an array
            tangent = self.batch(value) if is_batch else self.text(value.tangent, like)
            return self.new("Dual", value, self.text(value.primal, like), f"tangent = {tangent}")
        if type(value) is not Node:
            raise Untraceable
        if value in self.unpacked.numbers:
            if shape_of(innermost(value)) != shape_of(like):
                raise Untraceable
            return self.unpacked.numbers[value]
        links: list[str] = []
        for node, partial in sweep(value.tag, [(value, 1.0)]).items():
            links += [self.unpacked.links[node], self.text(partial)]
        record = (f"links = ({', '.join(links)})", "index = next_index()")
        primal = self.text(value.primal, like)
        if not shape_of(like):
            return self.new("Node", value, primal, *record)
        self.wanted.add(like.text)
        entry = self.new("Node", value, f"{like.text}.shape", *record)
        return self.new(
            "ArrayNode", value, primal, "links = ()", f"entry = {entry}", f"index = {entry}.index"
        )

    def leaf(self, value: Value, like: Any) -> str:
        """A float, or a value around a numpy array."""
        text, shape = operand_text(value), shape_of(value)
        if (isinstance(value, TracedCondition) and shape) or BATCH in shape:
            raise Untraceable
        self.wanted.update([text] if type(value) is not float else [])
        if not shape_of(like):
            return text
        if shape != shape_of(like):
            self.wanted.add(like.text)
            text = f"np.broadcast_to({text}, {like.text}.shape)"
        return self.array(text)

    def array(self, text: str) -> str:
        if text not in self.arrays:
            self.arrays[text] = self.line("Array", f"data = {text}")
        return self.arrays[text]

    def batch(self, dual: Dual) -> str:
        """The tangent of a dual that carries several directions."""
        text = operand_text(dual.tangent)
        self.wanted.add(text)
        tag = self.unpacked.tags[dual.tag - 1]
        trace = self.unpacked.trace
        masks = [f"{path}.there" for items, path in self.unpacked.batches.items() if trace.takes(text, items)]
        if any(t == dual.tag and trace.takes(text, name) for name, t in self.unpacked.whole.items()):
            masks = ["None"]  # a term of the sum is there for all directions
        there = f"together({', '.join(masks)})" if len(masks) > 1 else masks[0]
        items = self.array(text)
        return self.line("Batch", f"tag = {tag}", f"items = {items}", f"there = {there}", "primal = 0.0")

    def new(self, kind: str, value: Number, primal: str, *fields: str) -> str:
        return self.line(kind, f"tag = {self.unpacked.tags[value.tag - 1]}", f"primal = {primal}", *fields)

    def line(self, kind: str, *fields: str) -> str:
        name = f"n{len(self.lines)}"  # after the lines of its parts
        self.lines.append(f"{name} = new({kind}); " + "; ".join(f"{name}.{f}" for f in fields))
        return name


def innermost(value: Value) -> Value:
    """A number's innermost primal, traced or a float."""
    while isinstance(value, (Dual, Node)):
        value = value.primal
    return value


def shape_of(value: Value) -> Shape:
    """The shape of what was traced."""
    return value.shape if isinstance(value, (Traced, TracedCondition)) else FLOAT
