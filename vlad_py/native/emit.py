"""IR → the text of an LLVM module. Memory begins here: the context, tapes, the machine's stack.

The entry is `i32 entry(ptr in, ptr out, ptr context)`: the parameters as doubles, the results as doubles, and
a status. Every other function takes the context last and gives its results and the status in one structure.
The context is an array of words: how many bytes of the machine's stack there are, where they end, how many
bytes a tape may take; then three words a tape: where it begins, where it ends now, where its memory ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vlad_py.execution.operations import safe
from vlad_py.native.formulas import NoText, comparison, compute, number
from vlad_py.native.ir import BOOLEAN, Frame, Function, Name, Op, Region, Tape, Type, Unit, functions_of
from vlad_py.primitives.primitive import Primitive

DONE, LEFT, NO_STACK, NO_TAPE = range(4)  # what the status says
HEADER = 3  # words of the context before the tapes
WORDS_OF_TAPE = 3
FIRST_TAPE = 1 << 16  # bytes

LLVM: dict[Type, str] = {"real": "double", "boolean": "i1"}

# Functions of the C library are called as they are: what LLVM would put in their place might round otherwise.
PURE = "attributes #0 = { nobuiltin nounwind willreturn memory(none) }"
SELDOM = '!0 = !{!"branch_weights", i32 1, i32 1000000}'

GROW = f"""
define internal i1 @grow(ptr %context, ptr %tape, i64 %bytes) noinline cold nounwind {{
  %most_at = getelementptr i64, ptr %context, i64 2
  %most = load i64, ptr %most_at
  %now_at = getelementptr i64, ptr %tape, i64 1
  %end_at = getelementptr i64, ptr %tape, i64 2
  %base = load i64, ptr %tape
  %now = load i64, ptr %now_at
  %end = load i64, ptr %end_at
  %used = sub i64 %now, %base
  %size = sub i64 %end, %base
  %twice = shl i64 %size, 1
  %needed = add i64 %used, %bytes
  %more = add i64 %needed, {FIRST_TAPE}
  %larger = icmp ugt i64 %twice, %more
  %wanted = select i1 %larger, i64 %twice, i64 %more
  %capped = icmp ugt i64 %wanted, %most
  %new = select i1 %capped, i64 %most, i64 %wanted
  %fits = icmp uge i64 %new, %needed
  br i1 %fits, label %ask, label %full
ask:
  %old = inttoptr i64 %base to ptr
  %memory = call ptr @realloc(ptr %old, i64 %new)
  %got = ptrtoint ptr %memory to i64
  %none = icmp eq i64 %got, 0
  br i1 %none, label %full, label %have
have:
  %now2 = add i64 %got, %used
  %end2 = add i64 %got, %new
  store i64 %got, ptr %tape
  store i64 %now2, ptr %now_at
  store i64 %end2, ptr %end_at
  ret i1 true
full:
  ret i1 false
}}
"""


class Module:
    """The text of a unit's module: `text`, how many `tapes` it has, the primitives that it calls `back`."""

    def __init__(self, unit: Unit) -> None:
        self.declared: dict[str, str] = {}
        self.tapes: dict[Tape, int] = {}
        self.back: dict[str, tuple[Primitive, int]] = {}
        self.names: dict[Function, str] = {}
        functions = functions_of(unit.region)
        for i, function in enumerate(functions):
            self.names[function] = f"f{i}_{safe(function.name)}"
        texts = [_Body(self).function(f) for f in functions]
        texts.append(_Body(self).entry(unit.region))
        if self.tapes:
            self.declared["realloc"] = "declare ptr @realloc(ptr, i64)"
            texts.append(GROW)
        self.text = "\n".join([*self.declared.values(), PURE, SELDOM, *texts])

    def declare(self, name: str, count: int) -> None:
        """Declares a function of reals."""
        if name not in self.declared:
            attributes = "" if name.startswith("llvm.") else " #0"
            self.declared[name] = f"declare double @{name}({', '.join(['double'] * count)}){attributes}"

    def slot(self, tape: Tape) -> int:
        """The word of the context at which a tape begins."""
        return HEADER + WORDS_OF_TAPE * self.tapes.setdefault(tape, len(self.tapes))


class _Body:
    """One function on its way to text: its lines, and what the names of the IR are called in it."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.lines: list[str] = []
        self.names: dict[Name, str] = {}
        self.count = 0
        self.here = "start"  # the block that is open
        self.tapes: dict[Tape, str] = {}  # the local pointer to the end of each
        self.kind = "i32"  # of what it gives
        self.status_at = 0  # where in that structure the status stands

    # ── text ─────────────────────────────────────────────────────────────────────────────────

    def write(self, instruction: str) -> str:
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    def line(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def label(self) -> str:
        self.count += 1
        return f"b{self.count}"

    def open(self, label: str) -> None:
        self.lines.append(f"{label}:")
        self.here = label

    def value(self, name: Name) -> str:
        if name.constant is None:
            return self.names[name]
        return number(name.constant) if name.type != BOOLEAN else ("true" if name.constant else "false")

    def typed(self, name: Name) -> str:
        return f"{LLVM[name.type]} {self.value(name)}"

    # ── functions ────────────────────────────────────────────────────────────────────────────

    def entry(self, region: Region) -> str:
        self.lines.append("define i32 @entry(ptr noalias %in, ptr noalias %out, ptr noalias %context) {")
        self.lines.append("start:")
        for i, parameter in enumerate(region.parameters):
            place = self.write(f"getelementptr double, ptr %in, i64 {i}")
            self.names[parameter] = self.write(f"load double, ptr {place}")
            if parameter.type == BOOLEAN:
                self.names[parameter] = self.write(f"fcmp une double {self.names[parameter]}, 0.0")
        if self.module.names:  # functions, which look where the stack ends
            frame = self.frame_address()
            budget = self.write("load i64, ptr %context")
            limit = self.write(f"sub i64 {frame}, {budget}")
            place = self.write("getelementptr i64, ptr %context, i64 1")
            self.line(f"store i64 {limit}, ptr {place}")
        for tape in _tapes_of(region):
            record = self.record(tape)
            base = self.write(f"load ptr, ptr {record}")
            end = self.write(f"getelementptr i64, ptr {record}, i64 1")
            self.line(f"store ptr {base}, ptr {end}")
        self.body(region)
        for i, result in enumerate(region.results):
            place = self.write(f"getelementptr double, ptr %out, i64 {i}")
            value = self.value(result)
            if result.type == BOOLEAN:
                value = self.write(f"uitofp i1 {value} to double")
            self.line(f"store double {value}, ptr {place}")
        self.line(f"ret i32 {DONE}")
        self.lines.append("}")
        return "\n".join(self.lines)

    def function(self, function: Function) -> str:
        region = function.region
        kind = _structure(region)
        parameters = []
        for i, parameter in enumerate(region.parameters):
            self.names[parameter] = f"%p{i}"
            parameters.append(f"{LLVM[parameter.type]} %p{i}")
        head = ", ".join([*parameters, "ptr noalias %context"])
        self.lines.append(f"define internal fastcc {kind} @{self.module.names[function]}({head}) {{")
        self.lines.append("start:")
        self.kind, self.status_at = kind, len(region.results)
        frame = self.frame_address()
        place = self.write("getelementptr i64, ptr %context, i64 1")
        limit = self.write(f"load i64, ptr {place}")
        self.leave_if(self.write(f"icmp ult i64 {frame}, {limit}"), NO_STACK)
        self.body(region)
        self.flush()
        value = "undef"
        for i, result in enumerate([*map(self.typed, region.results), f"i32 {DONE}"]):
            value = self.write(f"insertvalue {kind} {value}, {result}, {i}")
        self.line(f"ret {kind} {value}")
        self.lines.append("}")
        return "\n".join(self.lines)

    def frame_address(self) -> str:
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
        for tape in _tapes_of(region):
            self.tapes[tape] = self.write("alloca ptr")
        self.reload()
        self.ops(region)

    # ── tapes ────────────────────────────────────────────────────────────────────────────────

    def record(self, tape: Tape) -> str:
        return self.write(f"getelementptr i64, ptr %context, i64 {self.module.slot(tape)}")

    def reload(self) -> None:
        """The ends of the tapes from the context, where a call may have moved them."""
        for tape, local in self.tapes.items():
            end = self.write(f"getelementptr i64, ptr {self.record(tape)}, i64 1")
            self.line(f"store ptr {self.write(f'load ptr, ptr {end}')}, ptr {local}")

    def flush(self) -> None:
        """The ends of the tapes into the context, where others look."""
        for tape, local in self.tapes.items():
            end = self.write(f"getelementptr i64, ptr {self.record(tape)}, i64 1")
            self.line(f"store ptr {self.write(f'load ptr, ptr {local}')}, ptr {end}")

    def save(self, op: Op) -> None:
        frame: Frame = op.what
        local, size = self.tapes[frame.tape], 8 * len(op.operands)
        if not size:
            return
        record = self.record(frame.tape)
        now = self.write(f"load ptr, ptr {local}")
        limit_at = self.write(f"getelementptr i64, ptr {record}, i64 2")
        limit = self.write(f"load i64, ptr {limit_at}")
        after = self.write(f"getelementptr i8, ptr {now}, i64 {size}")
        full = self.write(f"icmp ugt i64 {self.write(f'ptrtoint ptr {after} to i64')}, {limit}")
        grow, on = self.label(), self.label()
        self.line(f"br i1 {full}, label %{grow}, label %{on}, !prof !0")
        self.open(grow)
        end_at = self.write(f"getelementptr i64, ptr {record}, i64 1")
        self.line(f"store ptr {now}, ptr {end_at}")
        self.leave_if(
            self.write(
                f"xor i1 {self.write(f'call i1 @grow(ptr %context, ptr {record}, i64 {size})')}, true"
            ),
            NO_TAPE,
        )
        self.line(f"store ptr {self.write(f'load ptr, ptr {end_at}')}, ptr {local}")
        self.line(f"br label %{on}")
        self.open(on)
        start = self.write(f"load ptr, ptr {local}")
        for i, operand in enumerate(op.operands):
            place = self.write(f"getelementptr i64, ptr {start}, i64 {i}")
            if operand.type == BOOLEAN:
                self.line(f"store i64 {self.write(f'zext {self.typed(operand)} to i64')}, ptr {place}")
            else:
                self.line(f"store {self.typed(operand)}, ptr {place}")
        end = self.write(f"getelementptr i64, ptr {start}, i64 {len(op.operands)}")
        self.line(f"store ptr {end}, ptr {local}")

    def restore(self, op: Op) -> None:
        frame: Frame = op.what
        if not op.results:
            return
        local = self.tapes[frame.tape]
        end = self.write(f"load ptr, ptr {local}")
        start = self.write(f"getelementptr i64, ptr {end}, i64 -{len(op.results)}")
        for i, result in enumerate(op.results):
            place = self.write(f"getelementptr i64, ptr {start}, i64 {i}")
            if result.type == BOOLEAN:
                self.names[result] = self.write(f"trunc i64 {self.write(f'load i64, ptr {place}')} to i1")
            else:
                self.names[result] = self.write(f"load double, ptr {place}")
        self.line(f"store ptr {start}, ptr {local}")

    # ── operations ───────────────────────────────────────────────────────────────────────────

    def ops(self, region: Region) -> None:
        for op in region.ops:
            self.op(op)

    def op(self, op: Op) -> None:
        values = [self.value(o) for o in op.operands]
        result: Any = op.results[0] if op.results else None
        match op.kind:
            case "prim":
                self.names[result] = self.prim(op.what, values)
            case "compare":
                self.names[result] = self.write(f"fcmp {comparison(op.what)} double {values[0]}, {values[1]}")
            case "and":
                self.names[result] = self.write(f"and i1 {values[0]}, {values[1]}")
            case "same":
                self.names[result] = self.write(f"icmp eq i1 {values[0]}, {values[1]}")
            case "not":
                self.names[result] = self.write(f"xor i1 {values[0]}, true")
            case "select":
                chosen = ", ".join(map(self.typed, op.operands))
                self.names[result] = self.write(f"select {chosen}")
            case "guard":
                self.leave_if(self.write(f"xor i1 {values[0]}, true"), LEFT)
            case "if":
                self.choice(op)
            case "loop":
                self.loop(op)
            case "call":
                self.call(op)
            case "save":
                self.save(op)
            case "restore":
                self.restore(op)

    def prim(self, primitive: Primitive, values: list[str]) -> str:
        mark = len(self.lines), self.count
        try:
            return compute(primitive, values, self.write, self.module.declare)
        except NoText:
            del self.lines[mark[0] :]
            self.count = mark[1]
        name = f"vlad_{safe(primitive.name)}_{len(values)}"
        self.module.back[name] = (primitive, len(values))
        self.module.declare(name, len(values))
        return self.write(f"call double @{name}({', '.join(f'double {v}' for v in values)})")

    def choice(self, op: Op) -> None:
        labels = [self.label(), self.label()]
        joined = self.label()
        self.line(f"br {self.typed(op.operands[0])}, label %{labels[0]}, label %{labels[1]}")
        incoming: list[tuple[list[str], str]] = []
        for label, region in zip(labels, op.regions, strict=True):
            self.open(label)
            self.ops(region)
            incoming.append(([self.value(r) for r in region.results], self.here))
            self.line(f"br label %{joined}")
        self.open(joined)
        for i, result in enumerate(op.results):
            pairs = ", ".join(f"[ {values[i]}, %{block} ]" for values, block in incoming)
            self.names[result] = self.write(f"phi {LLVM[result.type]} {pairs}")

    def loop(self, op: Op) -> None:
        (region,) = op.regions
        before, turn, after = self.here, self.label(), self.label()
        inits = [self.value(o) for o in op.operands]
        self.line(f"br label %{turn}")
        self.open(turn)
        place = len(self.lines)
        for parameter in region.parameters:
            self.count += 1
            self.names[parameter] = f"%v{self.count}"
        self.ops(region)
        again, *new = [self.value(r) for r in region.results]
        self.lines[place:place] = [
            f"  {self.names[p]} = phi {LLVM[p.type]} [ {init}, %{before} ], [ {value}, %{self.here} ]"
            for p, init, value in zip(region.parameters, inits, new, strict=True)
        ]
        self.line(f"br i1 {again}, label %{turn}, label %{after}")
        self.open(after)
        self.names.update(zip(op.results, new, strict=True))

    def call(self, op: Op) -> None:
        function: Function = op.what
        kind = _structure(function.region)
        self.flush()
        arguments = ", ".join([*map(self.typed, op.operands), "ptr %context"])
        given = self.write(f"call fastcc {kind} @{self.module.names[function]}({arguments})")
        status = self.write(f"extractvalue {kind} {given}, {len(op.results)}")
        self.leave_if(self.write(f"icmp ne i32 {status}, {DONE}"), status)
        for i, result in enumerate(op.results):
            self.names[result] = self.write(f"extractvalue {kind} {given}, {i}")
        self.reload()


def _structure(region: Region) -> str:
    return f"{{ {', '.join([*(LLVM[r.type] for r in region.results), 'i32'])} }}"


def _tapes_of(region: Region) -> list[Tape]:
    """The tapes that a region itself uses, not by calls."""
    found: dict[Tape, None] = {}
    todo: Iterable[Region] = [region]
    while todo:
        inner, *rest = todo
        for op in inner.ops:
            if op.kind in ("save", "restore"):
                found[op.what.tape] = None
            rest += op.regions
        todo = rest
    return list(found)
