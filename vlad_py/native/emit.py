"""IR → the text of an LLVM module. Memory begins here: the context, tapes, arrays, the machine's stack.

The entry is `i32 entry(ptr in, ptr out, ptr context)`: the parameters, the results, and a status. A real or a
boolean is a double there; for an array, `in` says where its address stands, and after the parameters where
the addresses of results that are arrays stand. Every other function takes the context last and gives its
results and the status in one structure. An array of few elements is its elements, each a value (see
`storage.py`); a larger one is in memory, and a function is given the addresses of such results after its
arguments.
"""

from __future__ import annotations

from math import inf
from typing import Any

from vlad_py.execution.operations import safe
from vlad_py.native import emit_functions, emit_lists, emit_signals, emit_tapes, numpy_loops
from vlad_py.native.back import Back, back_symbol
from vlad_py.native.constants import Data
from vlad_py.native.counters import turns_of
from vlad_py.native.emit_arrays import Arrays
from vlad_py.native.emit_cells import EMPTY
from vlad_py.native.emit_functions import kinds, structure
from vlad_py.native.emit_lists import Lists
from vlad_py.native.exits import TooLarge
from vlad_py.native.formulas import comparison, compute, number
from vlad_py.native.ir import Function, Name, Op, Region, Tape, Unit, functions_of
from vlad_py.native.outlining import MANY, Outlined
from vlad_py.native.progressing import Loop
from vlad_py.native.reading import NoText
from vlad_py.native.status import DONE, HEADER, LEFT, WORDS_OF_TAPE
from vlad_py.native.storage import is_large, needs_memory
from vlad_py.native.types import BOOLEAN, ArrayType
from vlad_py.native.writer import Writer
from vlad_py.primitives.kinds import Predicate
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import NIL

# Functions of the C library are called as they are: what LLVM would put in their place might round otherwise.
PURE = "attributes #0 = { nobuiltin nounwind willreturn memory(none) }"
# What compiling takes, fitted to twenty units of 500 to 14,000 lines and up to 540 loops: right within a
# factor of two.
SECONDS_A_LINE, SECONDS_A_LOOP = 6e-5, 3e-3
SELDOM = '!0 = !{!"branch_weights", i32 1, i32 1000000}'


class Module:
    """The text of a unit's module: `text`, how many `tapes` it has, the primitives that it calls `back`, of
    reals and (`back_on_arrays`) of arrays. The arrays of the entry need so many bytes of `room`; where the
    unit `has_frames`, its functions need more. `data` has the arrays that it uses where they are, by the
    names that they have in the text: whoever links the module says where.

    TooLarge where compiling it takes more than so many `seconds`, as far as can be said: as soon as so much
    is written.
    """

    def __init__(self, unit: Unit, seconds: float = inf) -> None:
        self.most_seconds = seconds
        self._write(unit, outlines=False)
        self.check(self.text.count("\n"))
        self.most_seconds = inf
        if self.most_loops >= MANY:
            self._write(unit, outlines=True)

    def _write(self, unit: Unit, *, outlines: bool) -> None:
        """Writes the text; where it `outlines`, loops over arrays are functions."""
        self.outlines = outlines
        self.outlined: dict[str, str] = {}  # names of such functions, by their texts
        self.most_loops = 0  # over arrays, in one function
        self.all_loops = 0  # over arrays
        self.declared: dict[str, str] = {}
        self.constants: list[str] = []
        self.data: Data = {}
        self.tapes: dict[Tape, int] = {}
        self.back: dict[str, tuple[Primitive, int]] = {}
        self.back_on_arrays: dict[str, Back] = {}
        self.loops: set[str] = set()  # the functions of numpy whose loops are called
        self.lists = Lists(self)
        self.names: dict[Function, str] = {}
        self.room = 0
        self.polls = False  # whether there are loops, or functions
        self.progress: list[Loop] = []  # the loops that a long run shows
        self.made_zeros = unit.made_zeros
        functions = functions_of(unit.region)
        for i, function in enumerate(functions):
            self.names[function] = f"f{i}_{safe(function.name)}"
        self.inner = {f: f"{name}_inner" for f, name in self.names.items() if emit_functions.has_inner(f)}
        self.has_frames = any(needs_memory(f.region) for f in functions)
        texts = [emit_functions.function(Body(self), f) for f in functions]
        texts += [emit_functions.function(Body(self), f, is_inner=True) for f in self.inner]
        texts.append(emit_functions.entry(Body(self), unit.region))
        if self.tapes:
            self.declared["realloc"] = "declare ptr @realloc(ptr, i64)"
            texts.append(emit_tapes.GROW)
        texts += self.lists.texts.values()
        if self.polls:
            texts.append(emit_signals.POLL)
        texts += [f"define internal fastcc void @{name}{text}" for text, name in self.outlined.items()]
        if any("@llvm.memcpy" in text for text in texts):
            self.declared["memcpy"] = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"
        self.text = "\n".join([*self.declared.values(), *self.constants, PURE, SELDOM, *texts])

    def seconds(self, lines: int) -> float:
        """How long LLVM takes for so many lines and the loops that are written, about."""
        return SECONDS_A_LINE * lines + SECONDS_A_LOOP * self.all_loops

    def check(self, lines: int) -> None:
        """TooLarge where LLVM takes too long for so many lines."""
        if self.seconds(lines) > self.most_seconds:
            raise TooLarge

    def outline(self, text: str) -> str:
        """The name of a function for a loop over arrays."""
        return self.outlined.setdefault(text, f"loop{len(self.outlined)}")

    def declare(self, name: str, count: int) -> None:
        """Declares a function of reals."""
        if name not in self.declared:
            attributes = "" if name.startswith("llvm.") else " #0"
            self.declared[name] = f"declare double @{name}({', '.join(['double'] * count)}){attributes}"

    def loop(self, name: str) -> tuple[str, str]:
        """The names of the loop of a function of numpy, and of what the loop is handed."""
        self.loops.add(name)
        function, data = numpy_loops.names(name)
        self.declared[function] = f"declare void @{function}(ptr, ptr, ptr, ptr)"
        self.declared[data] = f"@{data} = external global i8"
        return function, data

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
        self.outermost: tuple[int, list[str]] | None = None  # the loop that is told of: its number, its reals
        self.calls = module.names  # the names of the functions that it calls
        self.kind = "i32"  # of what it gives
        self.status_at = 0  # where in that structure the status stands
        self.loops = 0  # over arrays, that were written

    def looped(self, before: str, mark: int, slots: int) -> None:
        """A loop over arrays: a call of a function, where the module outlines and nothing leaves it."""
        self.loops += 1
        self.module.all_loops += 1
        self.module.most_loops = max(self.module.most_loops, self.loops)
        lines = self.lines[mark:]
        if not self.module.outlines or any(line.startswith("  ret ") for line in lines):
            return
        own = [line for line in self.slots[slots:] if " = alloca " in line]  # only the loop uses them
        self.slots[slots:] = [line for line in self.slots[slots:] if " = alloca " not in line]
        outlined = Outlined([*own, *lines], before)
        name = self.module.outline(outlined.text)
        self.lines[mark:] = [f"  call fastcc void @{name}({', '.join(outlined.arguments)})"]
        self.here = before

    # ── values ───────────────────────────────────────────────────────────────────────────────

    def value(self, name: Name) -> str:
        """What a real or a boolean is called."""
        if name.constant is None:
            return self.names[name]
        if name.type == BOOLEAN:
            return "true" if name.constant else "false"
        if name.constant is NIL:
            return EMPTY
        assert isinstance(name.constant, float)
        return number(name.constant)

    def typed(self, name: Name) -> str:
        """The same, with its type."""
        (kind,) = kinds(name.type)
        return f"{kind} {self.value(name)}"

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
            self.module.check(len(self.lines))

    def op(self, op: Op) -> None:
        """Writes an operation."""
        result: Any = op.results[0] if op.results else None
        match op.kind:
            case "prim":
                self.names[result] = self.prim(op.what, [self.value(o) for o in op.operands])
            case "compare":
                a, b = map(self.value, op.operands)
                if self.module.made_zeros and any(x.within is None for x in op.operands):
                    # a nan may come of a zero that the interpreter leaves out, and the answer would hide it
                    self.leave_if(self.write(f"fcmp uno double {a}, {b}"), LEFT)
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
            case "cons" | "uncons" | "is_nil" | "merge" | "fit" | "length":
                emit_lists.op(self, op)
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
        name = back_symbol(primitive.name, len(values))
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
        known = turns_of(op)
        if known is not None and known <= emit_signals.FEW_TURNS:
            emit_signals.count_turns(self, known)
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
        forgets = emit_lists.forgets(region)
        end_of_arena = emit_lists.mark(self) if forgets else ""
        is_outermost = self.outermost is None and emit_signals.tell_of(self, region)
        with self.arrays.within(region):
            self.each(region)
            new = [part for r in region.results[1:] for part in self.parts(r)]
            again = self.value(region.results[0])
            state.turn()
        if forgets:
            emit_lists.forget(self, end_of_arena)
        if known is None or known > emit_signals.FEW_TURNS:
            emit_signals.count_turns(self, 1)
        if is_outermost:
            self.outermost = None
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
        found = self.write(f"call fastcc {kind} @{self.calls[function]}({given})")
        count = sum(len(kinds(r.type)) for r in op.results)
        status = self.write(f"extractvalue {kind} {found}, {count}")
        self.leave_if(self.write(f"icmp ne i32 {status}, {DONE}"), status)
        self.bind_all(op.results, [self.write(f"extractvalue {kind} {found}, {i}") for i in range(count)])
        emit_tapes.reload(self)
        emit_signals.reload(self)
