"""Units as functions of C: in this process, for ctypes, scipy and numba, or in a shared library.

`int NAME(const double *in, double *out)` reads the reals of its argument in order and writes those of its
result; booleans are 0 and 1. It returns 0, or says why there is no result (see STATUS). If only reals go in
and one real comes out, `double NAME_real(double, …)` takes them by value, and returns nan where NAME says
that there is no result. Several threads may call both at once.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlad_py.ground.errors import NotNative
from vlad_py.ground.whole_files import EXECUTABLE, write_whole
from vlad_py.native.code import (
    FE_INVALID,
    MOST_TAPE,
    NEAR,
)
from vlad_py.native.emit import Module
from vlad_py.native.headers import WRITERS, Exports
from vlad_py.native.ir import Unit, size_of_unit
from vlad_py.native.linking import call_back_addresses
from vlad_py.native.llvm import binding, level_of, optimised, target_machine
from vlad_py.native.status import DONE, HEADER, WORDS_OF_TAPE
from vlad_py.native.storage import needs_memory
from vlad_py.native.types import BOOLEAN, ArrayType, ListType

UNDECIDED = 4
STATUS = {
    DONE: "the result is there",
    1: "the program is in error for this argument: run it with vlad, which says how",
    2: "the recursion is too deep for the stack",
    3: "the derivative needs more memory than it may take",
    UNDECIDED: "a derivative is singular here: only the interpreter can tell its value",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A unit as a function of this process: `many` is the address of NAME, `real` that of NAME_real or 0."""

    many: int
    real: int
    arguments: int
    results: int
    engine: Any  # keeps the memory of the code


def exported(unit: Unit) -> Exported:
    """The functions of C that a unit makes in this process."""
    llvm = binding()
    refuse_arrays(unit)
    module = Module(unit)
    for name, address in call_back_addresses(module).items():
        llvm.add_symbol(name, address)
    size = size_of_unit(unit)
    machine = target_machine(level_of(module, size))
    engine = llvm.create_mcjit_compiler(optimised(_text(unit, module, "exported"), machine, size), machine)
    engine.finalize_object()
    real = engine.get_function_address("exported_real") if takes_reals(unit) else 0
    many = engine.get_function_address("exported")
    return Exported(many, real, len(unit.region.parameters), len(unit.region.results), engine)


def library(unit: Unit, name: str, path: Path) -> None:
    """Writes a shared library with a unit as the function `name`, and its declarations beside it.

    Raises NotNative where the unit needs Python or gives no number, or where there is no C compiler to link
    with; OSError where the files cannot be written.
    """
    refuse_arrays(unit)
    if not unit.region.results:
        raise NotNative("a result without reals and booleans, so that there is nothing to give")
    module = Module(unit)
    backs = [*(primitive for primitive, _ in module.back.values())]
    backs += [back.use.primitive for back in module.back_on_arrays.values()]
    if backs:
        needed = ", ".join(sorted(f"`{primitive.called}`" for primitive in backs))
        raise NotNative(f"{needed} is computed in Python, which a library does not have")
    compiler = shutil.which("cc")
    if compiler is None:
        raise NotNative("there is no C compiler `cc` to link the library with")
    size = size_of_unit(unit)
    machine = target_machine(level_of(module, size), reloc="pic")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "unit.o"
        file.write_bytes(machine.emit_object(optimised(_text(unit, module, name), machine, size)))
        what = Exports(
            name,
            len(unit.region.parameters),
            len(unit.region.results),
            takes_reals(unit),
            [f"{status}  {meaning}" for status, meaning in STATUS.items()],
        )
        linked = Path(folder) / path.name
        command = [compiler, "-shared", "-o", str(linked), str(file), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise NotNative(f"the C compiler does not link the library: {done.stderr.strip()[-200:]}")
        code = linked.read_bytes()
    for ending, written in WRITERS.items():
        write_whole(str(path.with_suffix(ending)), written(what))
    write_whole(str(path), code, EXECUTABLE)


def refuse_arrays(unit: Unit) -> None:
    """NotNative where arrays go in or out, or need memory, or lists of unknown length come out."""
    names = (*unit.region.parameters, *unit.region.results)
    if any(isinstance(name.type, ListType) for name in names):
        raise NotNative("a list of unknown length, which a function of C cannot return")
    if any(isinstance(name.type, ArrayType) for name in names) or needs_memory(unit.region):
        raise NotNative("arrays, which a function of C cannot take or return yet")


def takes_reals(unit: Unit) -> bool:
    """Whether only reals go in, and one real comes out."""
    names = (*unit.region.parameters, *unit.region.results)
    return len(unit.region.results) == 1 and all(name.type != BOOLEAN for name in names)


# ── the text ─────────────────────────────────────────────────────────────────────────────────


def _text(unit: Unit, module: Module, name: str) -> str:
    """A unit's module with the functions that others call."""
    text = module.text.replace("define i32 @entry(", "define internal i32 @entry(")
    return "\n".join([text, *_many(unit, module, name), *(_real(unit, name) if takes_reals(unit) else ())])


def _many(unit: Unit, module: Module, name: str) -> list[str]:
    words = HEADER + WORDS_OF_TAPE * len(module.tapes)
    results = len(unit.region.results)
    lines = [
        "declare void @free(ptr)",
        "declare i32 @feclearexcept(i32)",
        "declare i32 @fetestexcept(i32)",
        f"define i32 @{name}(ptr %in, ptr %out) {{",
        f"  %context = alloca [{words} x i64]",
        f"  store [{words} x i64] zeroinitializer, ptr %context",
        f"  store i64 {NEAR}, ptr %context",
        "  %most = getelementptr i64, ptr %context, i64 2",
        f"  store i64 {MOST_TAPE}, ptr %most",
    ]
    if unit.made_zeros:
        lines.append(f"  %cleared = call i32 @feclearexcept(i32 {FE_INVALID})")
    lines.append("  %left = call i32 @entry(ptr %in, ptr %out, ptr %context)")
    for tape in range(len(module.tapes)):
        at = HEADER + WORDS_OF_TAPE * tape
        lines += [
            f"  %tape{tape} = getelementptr i64, ptr %context, i64 {at}",
            f"  %base{tape} = load ptr, ptr %tape{tape}",
            f"  call void @free(ptr %base{tape})",
        ]
    if not unit.made_zeros:
        return [*lines, "  ret i32 %left", "}"]
    # As a call from Python: a zero that stood for no derivative, times an infinity, is for the interpreter.
    lines += [
        f"  %raised = call i32 @fetestexcept(i32 {FE_INVALID})",
        "  %bad0 = icmp ne i32 %raised, 0",
    ]
    for i in range(results):
        lines += [
            f"  %at{i} = getelementptr double, ptr %out, i64 {i}",
            f"  %result{i} = load double, ptr %at{i}",
            f"  %nan{i} = fcmp uno double %result{i}, 0.0",
            f"  %bad{i + 1} = or i1 %bad{i}, %nan{i}",
        ]
    return [
        *lines,
        f"  %done = icmp eq i32 %left, {DONE}",
        f"  %undecided = and i1 %done, %bad{results}",
        f"  %status = select i1 %undecided, i32 {UNDECIDED}, i32 %left",
        "  ret i32 %status",
        "}",
    ]


def _real(unit: Unit, name: str) -> list[str]:
    count = len(unit.region.parameters)
    parameters = ", ".join(f"double %x{i}" for i in range(count))
    lines = [
        f"define double @{name}_real({parameters}) {{",
        f"  %in = alloca [{max(count, 1)} x double]",
        "  %out = alloca double",
    ]
    for i in range(count):
        lines += [
            f"  %at{i} = getelementptr double, ptr %in, i64 {i}",
            f"  store double %x{i}, ptr %at{i}",
        ]
    return [
        *lines,
        f"  %status = call i32 @{name}(ptr %in, ptr %out)",
        "  %result = load double, ptr %out",
        f"  %done = icmp eq i32 %status, {DONE}",
        "  %given = select i1 %done, double %result, double 0x7FF8000000000000",
        "  ret double %given",
        "}",
    ]
