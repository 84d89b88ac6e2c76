"""IR → the text of an LLVM module. Memory begins here: the context, tapes, arrays, the machine's stack.

The entry is `i32 entry(ptr in, ptr out, ptr context)`: the parameters, the results, and a status. A real or a
boolean is a double there; of an array, `in` has the address, and after the parameters the addresses where
results that are arrays go. Every other function takes the context last and gives its results and the status
in one structure. An array of few elements is its elements, each a value (see `storage.py`); a larger one is
in memory, and a function is given the addresses of such results after its arguments.
"""

from __future__ import annotations

from typing import Any

from vlad_py.execution.operations import safe
from vlad_py.native import emit_functions, emit_signals, emit_tapes
from vlad_py.native.back import Back
from vlad_py.native.emit_arrays import Arrays
from vlad_py.native.emit_functions import LLVM, kinds, structure
from vlad_py.native.formulas import NoText, comparison, compute, number
from vlad_py.native.ir import Function, Name, Op, Region, Tape, Unit, functions_of
from vlad_py.native.status import DONE, HEADER, LEFT, WORDS_OF_TAPE
from vlad_py.native.storage import is_large, needs_memory
from vlad_py.native.types import BOOLEAN, ArrayType
from vlad_py.native.writer import Writer
from vlad_py.primitives.kinds import Predicate
from vlad_py.primitives.primitive import Primitive

# Functions of the C library are called as they are: what LLVM would put in their place might round otherwise.
PURE = "attributes #0 = { nobuiltin nounwind willreturn memory(none) }"
SELDOM = '!0 = !{!"branch_weights", i32 1, i32 1000000}'


class Module:
    """The text of a unit's module: `text`, how many `tapes` it has, the primitives that it calls `back`, of
    reals and (`back_on_arrays`) of arrays. The arrays of the entry need so many bytes of `room`; where the
    unit `has_frames`, its functions need more.
    """

    def __init__(self, unit: Unit) -> None:
        self.declared: dict[str, str] = {}
        self.constants: list[str] = []
        self.tapes: dict[Tape, int] = {}
        self.back: dict[str, tuple[Primitive, int]] = {}
        self.back_on_arrays: dict[str, Back] = {}
        self.names: dict[Function, str] = {}
        self.room = 0
        self.polls = False  # whether there are loops, or functions
        self.made_zeros = unit.made_zeros
        functions = functions_of(unit.region)
        for i, function in enumerate(functions):
            self.names[function] = f"f{i}_{safe(function.name)}"
        self.has_frames = any(needs_memory(f.region) for f in functions)
        texts = [emit_functions.function(Body(self), f) for f in functions]
        texts.append(emit_functions.entry(Body(self), unit.region))
        if self.tapes:
            self.declared["realloc"] = "declare ptr @realloc(ptr, i64)"
            texts.append(emit_tapes.GROW)
        if self.polls:
            texts.append(emit_signals.POLL)
        if any("@llvm.memcpy" in text for text in texts):
            self.declared["memcpy"] = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"
        self.text = "\n".join([*self.declared.values(), *self.constants, PURE, SELDOM, *texts])

    def declare(self, name: str, count: int) -> None:
        """Declares a function of reals."""
        if name not in self.declared:
            attributes = "" if name.startswith("llvm.") else " #0"
            self.declared[name] = f"declare double @{name}({', '.join(['double'] * count)}){attributes}"

    def slot(self, tape: Tape) -> int:
        """The word of the context at which a tape begins."""
        return HEADER + WORDS_OF_TAPE * self.tapes.setdefault(tape, len(self.tapes))


class Body(Writer):
    """One function on its way to text: what the names of the IR are called in it."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.module = module
        self.names: dict[Name, str] = {}  # of reals and booleans
        self.arrays = Arrays(self)
        self.tapes: dict[Tape, str] = {}  # the local pointer to the end of each
        self.turns = ""  # the local pointer to how many turns are left, where there are loops
        self.kind = "i32"  # of what it gives
        self.status_at = 0  # where in that structure the status stands

    # ── values ───────────────────────────────────────────────────────────────────────────────

    def value(self, name: Name) -> str:
        """What a real or a boolean is called."""
        if name.constant is None:
            return self.names[name]
        if name.type == BOOLEAN:
            return "true" if name.constant else "false"
        return number(name.constant)  # type: ignore[arg-type]

    def typed(self, name: Name) -> str:
        """The same, with its type."""
        return f"{LLVM[name.type]} {self.value(name)}"

    def parts(self, name: Name) -> list[str]:
        """The values that a name stands for: one, or the elements of an array, or none of one in memory."""
        if isinstance(name.type, ArrayType):
            return [] if is_large(name.type) else self.arrays.elements(name)
        return [self.value(name)]

    def bind(self, name: Name, parts: list[str]) -> None:
        """Gives a name its values, as `parts` has them."""
        if not isinstance(name.type, ArrayType):
            (self.names[name],) = parts
        elif not is_large(name.type):
            self.arrays.bind(name, parts)

    def typed_parts(self, names: list[Name]) -> list[str]:
        """The values of names, with their types."""
        return [
            f"{kind} {part}" for n in names for kind, part in zip(kinds(n.type), self.parts(n), strict=True)
        ]

    # ── leaving ──────────────────────────────────────────────────────────────────────────────

    def frame_address(self) -> str:
        """The address of the machine's frame."""
        self.module.declared["frame"] = "declare ptr @llvm.frameaddress.p0(i32)"
        return self.write(f"ptrtoint ptr {self.write('call ptr @llvm.frameaddress.p0(i32 0)')} to i64")

    def leave_if(self, condition: str, status: int | str) -> None:
        """Leaves the function, with a status, where a condition holds."""
        out, on = self.label(), self.label()
        self.line(f"br i1 {condition}, label %{out}, label %{on}, !prof !0")
        self.open(out)
        if self.kind == "i32":
            self.line(f"ret i32 {status}")
        else:
            given = self.write(f"insertvalue {self.kind} undef, i32 {status}, {self.status_at}")
            self.line(f"ret {self.kind} {given}")
        self.open(on)

    def body(self, region: Region) -> None:
        """The operations of a function's own region."""
        for tape in emit_tapes.tapes_of(region):
            self.tapes[tape] = self.slot("ptr")
        if emit_signals.has_loop(region):
            self.turns = self.slot("i64")
        emit_tapes.reload(self)
        emit_signals.reload(self)
        self.arrays.enter(region)
        self.each(region)

    # ── operations ───────────────────────────────────────────────────────────────────────────

    def each(self, region: Region) -> None:
        """Writes a region's operations, one after another."""
        for i, op in enumerate(region.ops):
            self.arrays.now(i)
            self.op(op)
            self.arrays.end(i)

    def op(self, op: Op) -> None:
        """Writes an operation."""
        result: Any = op.results[0] if op.results else None
        match op.kind:
            case "prim":
                self.names[result] = self.prim(op.what, [self.value(o) for o in op.operands])
            case "compare":
                a, b = map(self.value, op.operands)
                self.names[result] = self.write(f"fcmp {comparison(op.what)} double {a}, {b}")
            case "and":
                self.names[result] = self.write(f"and i1 {', '.join(map(self.value, op.operands))}")
            case "same":
                self.names[result] = self.write(f"icmp eq i1 {', '.join(map(self.value, op.operands))}")
            case "not":
                self.names[result] = self.write(f"xor i1 {self.value(op.operands[0])}, true")
            case "select" if isinstance(result.type, ArrayType):
                self.arrays.select(op)
            case "select":
                chosen = ", ".join(map(self.typed, op.operands))
                self.names[result] = self.write(f"select {chosen}")
            case "array":
                self.arrays.op(op)
            case "take":
                self.arrays.take(op)
            case "put":
                self.arrays.put(op)
            case "guard":
                self.leave_if(self.write(f"xor i1 {self.value(op.operands[0])}, true"), LEFT)
            case "if":
                self.choice(op)
            case "loop":
                self.loop(op)
            case "call":
                self.call(op)
            case "save":
                emit_tapes.save(self, op)
            case "restore":
                emit_tapes.restore(self, op)

    def prim(self, primitive: Primitive, values: list[str]) -> str:
        """The value of a primitive of reals; of a comparison 1 or 0."""
        if isinstance(primitive, Predicate):
            test = self.write(f"fcmp {comparison(primitive.name)} double {', '.join(values)}")
            return self.write(f"uitofp i1 {test} to double")
        mark = len(self.lines), self.count
        try:
            return compute(primitive, values, self.write, self.module.declare)
        except NoText:
            del self.lines[mark[0] :]
            self.count = mark[1]
        name = called_back(primitive.name, len(values))
        self.module.back[name] = (primitive, len(values))
        self.module.declare(name, len(values))
        return self.write(f"call double @{name}({', '.join(f'double {v}' for v in values)})")

    def choice(self, op: Op) -> None:
        """A choice between two regions."""
        labels, joined = [self.label(), self.label()], self.label()
        handed = self.arrays.handed_on(op)
        self.line(f"br {self.typed(op.operands[0])}, label %{labels[0]}, label %{labels[1]}")
        incoming: list[tuple[list[str], str]] = []
        held = []
        for label, region in zip(labels, op.regions, strict=True):
            self.open(label)
            with self.arrays.within(region, handed):
                self.each(region)
                held.append(self.arrays.kept(region.results))
                parts = [part for r in region.results for part in self.parts(r)]
            incoming.append((parts, self.here))
            self.line(f"br label %{joined}")
        self.open(joined)
        blocks = [block for _, block in incoming]
        found = []
        types = [kind for r in op.results for kind in kinds(r.type)]
        for i, kind in enumerate(types):
            pairs = ", ".join(f"[ {values[i]}, %{block} ]" for values, block in incoming)
            found.append(self.write(f"phi {kind} {pairs}"))
        self.arrays.join(op, held, blocks)
        self.bind_all(op.results, found)

    def bind_all(self, names: list[Name], parts: list[str]) -> None:
        """Gives several names their values."""
        at = 0
        for name in names:
            count = len(kinds(name.type))
            self.bind(name, parts[at : at + count])
            at += count

    def loop(self, op: Op) -> None:
        """A loop, whose test comes last."""
        (region,) = op.regions
        inits = [part for o in op.operands for part in self.parts(o)]
        state = self.arrays.start(op)
        before, turn, after = self.here, self.label(), self.label()
        self.line(f"br label %{turn}")
        self.open(turn)
        place = len(self.lines)
        types = [kind for p in region.parameters for kind in kinds(p.type)]
        phis = []
        for _ in types:
            self.count += 1
            phis.append(f"%v{self.count}")
        self.bind_all(region.parameters, phis)
        with self.arrays.within(region):
            self.each(region)
            new = [part for r in region.results[1:] for part in self.parts(r)]
            again = self.value(region.results[0])
            state.turn()
        emit_signals.count_turn(self)
        self.lines[place:place] = [
            f"  {phi} = phi {kind} [ {init}, %{before} ], [ {value}, %{self.here} ]"
            for phi, kind, init, value in zip(phis, types, inits, new, strict=True)
        ]
        self.line(f"br i1 {again}, label %{turn}, label %{after}")
        self.open(after)
        state.finish()
        self.bind_all(op.results, new)

    def call(self, op: Op) -> None:
        """A call of a function of the IR."""
        function: Function = op.what
        kind = structure(function.region)
        emit_tapes.flush(self)
        emit_signals.flush(self)
        arguments = []
        for operand in op.operands:
            is_there = is_large(operand.type)
            arguments += [f"ptr {self.arrays.pointer(operand)}"] if is_there else self.typed_parts([operand])
        targets = [f"ptr {self.arrays.fresh(r)}" for r in op.results if is_large(r.type)]
        given = ", ".join([*arguments, *targets, "ptr %context"])
        found = self.write(f"call fastcc {kind} @{self.module.names[function]}({given})")
        count = sum(len(kinds(r.type)) for r in op.results)
        status = self.write(f"extractvalue {kind} {found}, {count}")
        self.leave_if(self.write(f"icmp ne i32 {status}, {DONE}"), status)
        self.bind_all(op.results, [self.write(f"extractvalue {kind} {found}, {i}") for i in range(count)])
        emit_tapes.reload(self)
        emit_signals.reload(self)


def called_back(name: str, count: int) -> str:
    """The name in a module of a primitive that Python computes, of so many reals."""
    return f"vlad_{safe(name)}_{count}"
