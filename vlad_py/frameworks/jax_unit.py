"""A unit of the IR, run by JAX: every operation on traced reals and arrays.

JAX sees arithmetic, `cond`, `scan` and `while_loop`. A loop whose turns can be counted beforehand is a
`scan`, which JAX can also differentiate in reverse; any other is a `while_loop`. What is known without the
data, as the counter of a loop after its end, stays a number of Python.

A guard that does not hold cannot raise an error here: it makes all results nan, and all their derivatives.

ADL's own reverse mode saves values on a tape and restores them in stack order, and so does each `save` alone.
So every frame has arrays of its own, one for each value, and counts the entries in use. That way JAX can tell
primals from tangents. The arrays are allocated before a loop, so the number of its turns must be known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from vlad_py.frameworks import jax_arrays
from vlad_py.frameworks.jax_entries import Entry
from vlad_py.frameworks.jax_guards import doubt, doubted
from vlad_py.frameworks.jax_values import called_back, compared, is_arithmetic, of_reals
from vlad_py.frameworks.turns import SCALAR, known_turns, scalar
from vlad_py.ground.errors import NotNative
from vlad_py.native.builder import Builder
from vlad_py.native.counters import Known
from vlad_py.native.ir import Frame, Name, Op, Region, Unit, Use
from vlad_py.native.reading import NoText
from vlad_py.native.tangents import widened
from vlad_py.native.tidy import tidied
from vlad_py.native.types import BOOLEAN, ListType, Type, shape_of_type
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import NO_STATICS, Array

KNOWN = (float, bool)

_State = tuple[Any, list[tuple[list[Any], Any]]]
"""Whether guards held, where there are any, and the entries of each frame and their number."""


def run_unit(unit: Unit, builder: Builder, arguments: Sequence[Any], dtype: Any) -> tuple[list[Any], Any]:
    """The results of a unit at its parameters, in reals of a type; and whether all guards held: True where
    there are none. `builder` wrote the unit, and writes the passes over its operations.

    Raises NotNative for what JAX cannot run: recursion, and the tape of a loop of unknown length.
    """
    body = _Body(dtype, builder)
    body.names.update(zip(unit.region.parameters, arguments, strict=True))
    body.region(unit.region)
    return [body.typed(r) for r in unit.region.results], body.held


@dataclass(slots=True)
class _Stack:
    """The entries of a frame on its tape: `columns` has an array for each of its values, and the first `end`
    places of these are in use. `most` is an upper bound for `end`.
    """

    columns: list[Any]
    end: Any
    most: int


@dataclass(slots=True)
class _Needs:
    """The most entries that operations add to a frame: at their end (`net`), and at any time (`peak`)."""

    net: int = 0
    peak: int = 0


@dataclass(slots=True)
class _Body:
    """The values in JAX of a unit's names. Names are unique, so regions share the table."""

    dtype: Any
    builder: Builder
    names: dict[Name, Any] = field(default_factory=dict)
    held: Any = True  # whether all guards held
    stacks: dict[Frame, _Stack] = field(default_factory=dict)
    depth: int = 0  # of loops and choices that JAX runs

    # ── values ───────────────────────────────────────────────────────────────────────────────

    def value(self, name: Name) -> Any:
        """A value: one of Python where it is known."""
        if name.constant is None:
            return self.names[name]
        return jnp.asarray(name.constant.data, self.dtype) if type(name.constant) is Array else name.constant

    def typed(self, name: Name) -> Any:
        """A value as an array of JAX, of the type that the name has. NotNative for a list."""
        if isinstance(name.type, ListType):
            raise NotNative("a list whose length depends on data, which JAX cannot run")
        return jnp.asarray(self.value(name), jnp.bool_ if name.type == BOOLEAN else self.dtype)

    def known(self) -> dict[Name, Known]:
        """The known values of the names bound so far."""
        return {name: x for name, x in self.names.items() if type(x) in KNOWN}

    # ── operations ───────────────────────────────────────────────────────────────────────────

    def region(self, region: Region) -> None:
        """Runs a region's operations, one after another."""
        for op in region.ops:
            self.op(op)

    def op(self, op: Op) -> None:
        operands = [self.value(o) for o in op.operands] if op.kind != "loop" else []
        if op.kind in SCALAR and all(type(x) in KNOWN for x in operands):
            self.names[op.results[0]] = scalar(op, operands)
            return
        found: Any = None
        match op.kind:
            case "prim":
                found = self.prim(op, operands)
            case "compare":
                found = compared(op.what, *operands)
            case "and":
                found = jnp.logical_and(*operands)
            case "not":
                found = jnp.logical_not(*operands)
            case "same":
                found = jnp.equal(*operands)
            case "select":
                found = jnp.where(*operands)
            case "array":
                found = self.array(op, operands)
            case "take":
                found = jnp.asarray(operands[0])[_places(operands[1:])]
            case "put":
                found = jnp.asarray(operands[0], self.dtype).at[_places(operands[2:])].add(operands[1])
            case "guard":
                self.held = jnp.logical_and(self.held, operands[0])
            case "if":
                self.choice(op, operands[0])
            case "loop":
                self.loop(op)
            case "save":
                self.save(op)
            case "restore":
                self.restore(op)
            case "custom":
                self.custom(op, operands)
            case "call":
                raise NotNative(f"the recursion of `{op.what.name}`, which JAX cannot run")
            case _:
                raise NotNative(f"an operation that JAX cannot run: {op.kind}")
        if found is not None:
            self.names[op.results[0]] = found

    def prim(self, op: Op, operands: list[Any]) -> Any:
        """A primitive of reals."""
        primitive: Primitive = op.what

        def value(*numbers: Any) -> list[Any]:
            try:
                return [jnp.asarray(of_reals(primitive, numbers), self.dtype)]
            except NoText:
                return [called_back(primitive, NO_STATICS, numbers, (), self.dtype)]

        (found,) = value(*operands) if is_arithmetic(primitive) else self.by_entry(op, operands, value)
        return found

    def array(self, op: Op, operands: list[Any]) -> Any:
        """A primitive of arrays."""
        use: Use = op.what
        shape = shape_of_type(op.results[0].type)
        known_to_jax = jax_arrays.known(use, [jnp.shape(x) for x in operands])
        if known_to_jax is not None:
            return known_to_jax(use, [jnp.asarray(x, self.dtype) for x in operands], shape)

        def value(*numbers: Any) -> list[Any]:
            try:
                return [jax_arrays.result(use, numbers, shape, self.dtype)]
            except NoText:
                return [called_back(use.primitive, use.statics, numbers, shape, self.dtype)]

        (found,) = self.by_entry(op, operands, value)
        return found

    def custom(self, op: Op, operands: list[Any]) -> None:
        """A function with rules of its own."""
        (region,) = op.regions

        def ran(region: Region, numbers: Sequence[Any]) -> tuple[list[Any], Any]:
            return run_unit(Unit("custom", region), self.builder, numbers, self.dtype)

        results = self.by_entry(op, operands, lambda *numbers: ran(region, numbers)[0])
        self.names.update(zip(op.results, results, strict=True))
        if _may_fail(op):  # apart from the results: those may be linear in tangents, but this is not
            guards = tidied(Region(region.parameters, region.ops, []))
            _, held = ran(guards, [jax.lax.stop_gradient(jnp.asarray(x, self.dtype)) for x in operands])
            self.held = jnp.logical_and(self.held, held)

    # ── derivatives ──────────────────────────────────────────────────────────────────────────

    def by_entry(self, op: Op, operands: list[Any], value: Callable[..., list[Any]]) -> list[Any]:
        """An operation whose derivatives are those of its entry, or of its rules: the pass of forward mode
        says them.
        """

        def ran(numbers: Sequence[Any], changes: Sequence[Any]) -> tuple[list[Any], Any]:
            moving = [t for t in changes if t is not None]
            wide = widened(op, [t is not None for t in changes], self.builder)
            return run_unit(wide, self.builder, [*numbers, *moving], self.dtype)

        def along(numbers: Sequence[Any], changes: Sequence[Any]) -> list[Any]:
            found, held = ran(numbers, changes)
            if held is True:
                return found
            _, unsure = jax.jvp(lambda *xs: doubt(held, xs, self.dtype), tuple(numbers), tuple(changes))
            return [x + unsure for x in found]

        def linear(numbers: Sequence[Any], changes: Sequence[Any]) -> list[Any]:
            found, held = ran(numbers, changes)
            return found if held is True else [doubted(held, x) for x in found]

        return Entry(value, along, linear)(*[jnp.asarray(x, self.dtype) for x in operands])

    # ── choices and loops ────────────────────────────────────────────────────────────────────

    def choice(self, op: Op, condition: Any) -> None:
        """A choice between two regions."""
        if type(condition) is bool:
            region = op.regions[0 if condition else 1]
            self.region(region)
            self.names.update(zip(op.results, map(self.value, region.results), strict=True))
            return
        self.make_room(op)

        def branch(region: Region) -> Callable[[_State], Any]:
            return lambda state: self.inside(op, region, state)

        results, state = jax.lax.cond(condition, *map(branch, op.regions), self.state(op))
        self.names.update(zip(op.results, results, strict=True))
        self.go_on(op, state)

    def loop(self, op: Op) -> None:
        """A loop, whose test comes last."""
        (region,) = op.regions
        turns = known_turns(op, self.known())
        self.make_room(op)

        def turn(carried: Any) -> tuple[Any, Any]:
            values, state = carried
            self.names.update(zip(region.parameters, values, strict=True))
            (again, *new), state = self.inside(op, region, state)
            return again, (new, state)

        first = [self.typed(o) for o in op.operands], self.state(op)
        if turns is None:
            start = (jnp.asarray(True), first)
            _, last = jax.lax.while_loop(lambda carried: carried[0], lambda carried: turn(carried[1]), start)
        else:
            last, _ = jax.lax.scan(
                lambda carried, _: (turn(carried)[1], None), first, None, length=turns.count
            )
        results, state = last
        self.names.update(zip(op.results, results, strict=True))
        if turns is not None:
            self.names.update((op.results[i], x) for i, x in turns.last.items())
        self.go_on(op, state)

    def inside(self, op: Op, region: Region, state: _State) -> tuple[list[Any], _State]:
        """A region that JAX runs: its results, and its other changes to what was there before."""
        outer = self.state(op)
        self.go_on(op, state)
        self.depth += 1
        try:
            self.region(region)
            return [self.typed(r) for r in region.results], self.state(op)
        finally:
            self.depth -= 1
            self.go_on(op, outer)

    def state(self, op: Op) -> _State:
        """The state that an operation may change besides its results: whether guards held, and tapes."""
        held = jnp.asarray(self.held) if _may_fail(op) else None
        stacks = [self.stacks[frame] for frame in _frames(op)]
        return held, [(stack.columns, jnp.asarray(stack.end, jnp.int32)) for stack in stacks]

    def go_on(self, op: Op, state: _State) -> None:
        """Goes on with what an operation has changed."""
        held, stacks = state
        if held is not None:
            self.held = held
        for frame, (columns, end) in zip(_frames(op), stacks, strict=True):
            self.stacks[frame].columns, self.stacks[frame].end = columns, end

    # ── tapes ────────────────────────────────────────────────────────────────────────────────

    def save(self, op: Op) -> None:
        """Puts values onto a tape."""
        self.make_room(op)
        stack = self.stacks[op.what]
        values = map(self.typed, op.operands)
        stack.columns = [c.at[stack.end].set(x) for c, x in zip(stack.columns, values, strict=True)]
        stack.end = stack.end + 1

    def restore(self, op: Op) -> None:
        """Takes values off a tape."""
        stack = self.stacks[op.what]
        if self.depth == 0:
            stack.most -= 1
        stack.end = stack.end - 1
        self.names.update(zip(op.results, (c[stack.end] for c in stack.columns), strict=True))

    def make_room(self, op: Op) -> None:
        """Gives frames the room that an operation needs. Inside loops and choices they have it already."""
        if self.depth:
            return
        for frame, need in self.needs([op]).items():
            stack = self.stacks.setdefault(frame, _Stack([self.column(t, 0) for t in frame.types], 0, 0))
            size = stack.most + need.peak
            stack.columns = [
                jnp.concatenate([c, self.column(t, size - len(c))]) if size > len(c) else c
                for c, t in zip(stack.columns, frame.types, strict=True)
            ]
            stack.most += need.net

    def column(self, type: Type, size: int) -> Any:
        """Room for so many values of a type."""
        return jnp.zeros((size, *shape_of_type(type)), jnp.bool_ if type == BOOLEAN else self.dtype)

    def needs(self, ops: list[Op]) -> dict[Frame, _Needs]:
        """The entries that operations need, by frame. NotNative if that depends on data."""
        found: dict[Frame, _Needs] = {}
        for op in ops:
            for frame, inner in self.needs_of(op).items():
                need = found.setdefault(frame, _Needs())
                need.peak = max(need.peak, need.net + inner.peak)
                need.net += inner.net
        return found

    def needs_of(self, op: Op) -> dict[Frame, _Needs]:
        """The same, of one operation."""
        if op.kind in ("save", "restore"):
            return {op.what: _Needs(1, 1) if op.kind == "save" else _Needs(-1, 0)}
        regions = [self.needs(region.ops) for region in op.regions]
        if op.kind == "if":
            frames = dict.fromkeys(frame for region in regions for frame in region)
            both = {frame: [region.get(frame, _Needs()) for region in regions] for frame in frames}
            return {
                f: _Needs(max(n.net for n in each), max(n.peak for n in each)) for f, each in both.items()
            }
        if op.kind != "loop":
            return {}
        found = {}
        for frame, need in regions[0].items():
            count = 1
            if need.net > 0:
                turns = known_turns(op, self.known())
                if turns is None:
                    raise NotNative("the derivative in reverse of a loop whose turns depend on data")
                count = turns.count
            found[frame] = _Needs(count * need.net, max((count - 1) * need.net, 0) + need.peak)
        return found


def _may_fail(op: Op) -> bool:
    """Whether an operation contains a guard."""
    return any(each.kind == "guard" for each in _all(op))


def _all(op: Op) -> Iterator[Op]:
    """An operation, and all that are inside it."""
    todo = [op]
    while todo:
        op = todo.pop()
        yield op
        todo += [inner for region in op.regions for inner in region.ops]


def _frames(op: Op) -> list[Frame]:
    """The frames that an operation uses, in a fixed order."""
    return list(dict.fromkeys(o.what for o in _all(op) if o.kind in ("save", "restore")))


def _places(indices: Sequence[Any]) -> tuple[Any, ...]:
    """Whole reals as indices."""
    return tuple(int(i) if type(i) is float else jnp.asarray(i).astype(jnp.int32) for i in indices)
