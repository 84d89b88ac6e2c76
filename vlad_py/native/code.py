"""Machine code: LLVM's text compiled and linked, and called with reals, in a context of its own."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from struct import Struct
from typing import TYPE_CHECKING, Any, NoReturn

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.late_numpy import np
from vlad_py.native.emit import Module, called_back
from vlad_py.native.ir import Unit, size_of_unit
from vlad_py.native.signals import Invalid, Left
from vlad_py.native.status import (
    ARRAYS,
    DONE,
    HEADER,
    LEFT,
    NO_ROOM,
    NO_STACK,
    NO_TAPE,
    PYTHON,
    RAISED,
    ROOM_END,
    STOP,
    STOPPED,
    WORDS_OF_TAPE,
)
from vlad_py.native.storage import ALIGNED
from vlad_py.native.types import ArrayType
from vlad_py.primitives.kinds import Pairing, Reduction
from vlad_py.primitives.primitive import Primitive

if TYPE_CHECKING:
    import llvmlite.binding

NEAR = 200 << 10  # bytes of the stack of whatever thread calls
DEEP = 1 << 30  # bytes of stack, reserved, of the thread on which deep recursion runs again
SPARE = 1 << 20  # of them that stay free
MOST_TAPE = 4 << 30  # bytes
KEPT_TAPE = 64 << 20  # bytes of a tape that stay for the next call
ROOM_OF_FRAMES = 256 << 20  # bytes for the arrays of functions; what is never used takes no memory
SMALL = 5_000  # operations; more are compiled without optimisation, which takes a time that grows faster

ENTRY = "entry"  # the function of a module that is called from outside

REASONS = {
    LEFT: "a guard did not hold",
    NO_STACK: "the recursion is too deep",
    NO_TAPE: "the tape is too long",
    NO_ROOM: "the arrays of the recursion are too many",
}


@cache
def binding() -> Any:
    """llvmlite, set up for this machine. ImportError where it is not installed."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def target_machine(level: int, reloc: str = "default") -> llvmlite.binding.TargetMachine:
    """The machine that code is made for: this one. A new one each time, for an engine owns its own."""
    llvm = binding()
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features().flatten()
    cpu = llvm.get_host_cpu_name()
    return target.create_target_machine(opt=level, cpu=cpu, features=features, reloc=reloc)


_called_back: dict[tuple[str, int, int], tuple[Any, int]] = {}
_floating = ctypes.CDLL(None)
FE_INVALID = 1


def _call_back(primitive: Primitive, count: int) -> int:
    """The address of a function that computes a primitive in Python."""
    key = (primitive.name, primitive.arity, count)
    if key not in _called_back:
        many = isinstance(primitive, (Reduction, Pairing))
        compute = (lambda *xs: primitive.value(xs)) if many else primitive.value
        kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)
        function = kind(compute)
        _called_back[key] = function, ctypes.cast(function, ctypes.c_void_p).value or 0
    return _called_back[key][1]


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


# what lets Python handle its signals, in the order of `emit.POLL`
_python = [
    _address(function)
    for function in (
        ctypes.pythonapi.PyGILState_Ensure,
        ctypes.pythonapi.PyErr_CheckSignals,
        ctypes.pythonapi.PyErr_Fetch,
        ctypes.pythonapi.PyGILState_Release,
    )
]


def _raise_again(words: Any) -> NoReturn:
    """Raises what a handler of a signal has raised while native code ran."""
    restore = ctypes.pythonapi.PyErr_Restore
    restore.argtypes = [ctypes.c_void_p] * 3
    restore.restype = None
    raised = words[RAISED : RAISED + 3]
    words[RAISED : RAISED + 3] = (0, 0, 0)
    restore(*(pointer or None for pointer in raised))
    raise KeyboardInterrupt


class Context:
    """The memory of one call, kept for the next: the context of `emit.py`, parameters, results."""

    __slots__ = ("addresses", "given", "out", "room", "words")

    def __init__(self, code: Code) -> None:
        self.words = (ctypes.c_int64 * (HEADER + WORDS_OF_TAPE * code.tapes))()
        self.words[0] = NEAR
        for i, function in enumerate(_python):
            self.words[PYTHON + i] = function
        self.room: np.ndarray | None = None
        if code.room:
            self.room = np.empty(code.room + ALIGNED, np.uint8)
            start = -(-self.room.ctypes.data // ALIGNED) * ALIGNED
            self.words[ARRAYS] = start
            self.words[ROOM_END] = start + code.room
        self.given = (ctypes.c_double * (code.arguments + code.arrays_out))()
        self.out = (ctypes.c_double * code.results)()
        address = ctypes.addressof
        self.addresses = (address(self.given), address(self.out), address(self.words))


@dataclass(slots=True, eq=False)
class Code:
    """A unit as machine code; `run` calls it."""

    address: int
    takes: str  # of the parameters, and of the arrays that it gives: `d` for a double, `q` for an address
    arguments: int
    arrays_out: int
    results: int
    tapes: int
    room: int  # bytes for arrays
    recurs: bool
    made_zeros: bool
    sweeps: bool
    straight: int  # operations, where there are no loops and no functions, each of which runs once; else 0
    back: list[tuple[str, int]]  # the primitives that it calls back, with how many reals
    engine: Any  # keeps the memory of the code
    contexts: list[Context] = field(default_factory=list)  # that no call is using
    call: Any = None
    pack: Any = None
    unpack: Any = None

    def __post_init__(self) -> None:
        pointer = ctypes.c_void_p
        self.call = ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, pointer)(self.address)
        self.pack = Struct(f"={self.takes}").pack_into
        self.unpack = Struct(f"={self.results}d").unpack_from

    def run(self, reals: Sequence[float]) -> tuple[float, ...]:
        """The results, booleans as 0 and 1. Raises Left, or Invalid where the interpreter has to decide, and
        what handlers of signals raise: KeyboardInterrupt on Ctrl-C.

        For arrays `reals` has addresses: those that go in, each in its place, then those of the results.
        """
        status, out = self._run(reals)
        if status == NO_STACK:
            status, out = self._deep(reals)
        if status != DONE:
            raise Left(REASONS[status])
        return out

    def _context(self) -> Context:
        return self.contexts.pop() if self.contexts else Context(self)

    def _run(
        self, reals: Sequence[float], stack: int = NEAR, context: Context | None = None
    ) -> tuple[int, tuple[float, ...]]:
        context = context or self._context()
        words = context.words
        if stack != NEAR:
            words[0] = stack
        words[2] = MOST_TAPE
        self.pack(context.given, 0, *reals)
        if self.made_zeros:
            _floating.feclearexcept(FE_INVALID)
        status = self.call(*context.addresses)
        invalid = self.made_zeros and _floating.fetestexcept(FE_INVALID)
        out = self.unpack(context.out)
        if self.tapes:
            self._shorten(words)
        words[0] = NEAR
        self.contexts.append(context)
        if status == STOPPED and not words[STOP]:
            _raise_again(words)
        if invalid and status == DONE:
            raise Invalid
        return status, out

    def _shorten(self, words: Any) -> None:
        """Gives back the memory of tapes that were long."""
        for tape in range(HEADER, len(words), WORDS_OF_TAPE):
            if words[tape + 2] - words[tape] > KEPT_TAPE:
                _free(words[tape])
                words[tape] = words[tape + 1] = words[tape + 2] = 0

    def _deep(self, reals: Sequence[float]) -> tuple[int, tuple[float, ...]]:
        """Runs again on a thread with a large stack."""
        found: list[tuple[int, tuple[float, ...]] | BaseException] = []
        context = self._context()

        def work() -> None:
            try:
                found.append(self._run(reals, DEEP - SPARE, context))
            except BaseException as error:
                found.append(error)

        with _threads:
            before = threading.stack_size(DEEP)
            try:
                thread = threading.Thread(target=work)
                thread.start()
            finally:
                threading.stack_size(before)
        try:
            thread.join()
        except BaseException:  # Ctrl-C reaches this thread: the other one has to be told
            context.words[STOP] = 1
            thread.join()
            context.words[STOP] = 0
            raise
        if isinstance(found[0], BaseException):
            raise found[0]
        return found[0]

    def __del__(self) -> None:
        for context in self.contexts:
            for tape in range(HEADER, len(context.words), WORDS_OF_TAPE):
                _free(context.words[tape])


_linking = threading.Lock()
_threads = threading.Lock()  # while the size of the stacks of new threads is another


def _free(address: int) -> None:
    if address:
        free = _floating.free
        free.argtypes = [ctypes.c_void_p]
        free(address)


def module_text(unit: Unit) -> str:
    """The text of a unit's LLVM module."""
    return Module(unit).text


def call_back_addresses(module: Module) -> dict[str, int]:
    """The addresses of the functions of Python that a module calls, by their names in its text."""
    return {name: _call_back(primitive, count) for name, (primitive, count) in module.back.items()}


def takes(unit: Unit) -> str:
    """What a unit is called with, in struct's words: `d` for a double, `q` for an address."""
    given = ["q" if isinstance(p.type, ArrayType) else "d" for p in unit.region.parameters]
    return "".join([*given, *("q" for r in unit.region.results if isinstance(r.type, ArrayType))])


def optimised(text: str, machine: llvmlite.binding.TargetMachine, size: int) -> llvmlite.binding.ModuleRef:
    """The text of a module parsed, and optimised unless its unit's size is too large for that."""
    llvm = binding()
    parsed = llvm.parse_assembly(text)
    level = 2 if size <= SMALL else 0
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=level))
    passes.getModulePassManager().run(parsed, passes)
    return parsed


def compiled(unit: Unit, keep: Callable[[bytes], object] | None = None) -> Code:
    """The machine code of a unit. `keep` is told of its object code, where that can be linked elsewhere."""
    llvm = binding()
    module = Module(unit)
    size = size_of_unit(unit)
    machine = target_machine(3 if size <= SMALL else 0)
    parsed = optimised(module.text, machine, size)
    functions = {name: back.function() for name, back in module.back_on_arrays.items()}
    with _linking:  # those on arrays have the same names in other modules
        for name, address in call_back_addresses(module).items():
            llvm.add_symbol(name, address)
        for name, function in functions.items():
            llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
        engine = llvm.create_mcjit_compiler(parsed, machine)
        if keep is not None and not functions:
            engine.set_object_cache(lambda _, code: keep(code), lambda _: None)
        engine.finalize_object()
    return Code(
        engine.get_function_address(ENTRY),
        takes(unit),
        len(unit.region.parameters),
        sum(isinstance(r.type, ArrayType) for r in unit.region.results),
        len(unit.region.results),
        len(module.tapes),
        module.room + (ROOM_OF_FRAMES if module.has_frames else 0),
        bool(module.names),
        unit.made_zeros,
        unit.sweeps,
        0 if module.polls else size,
        [(primitive.name, count) for primitive, count in module.back.values()],
        (engine, functions),
    )


FACTS = (
    "takes", "arguments", "arrays_out", "results", "tapes", "room", "recurs", "made_zeros", "sweeps",
    "straight", "back",
)  # fmt: skip
"""What goes with object code: fields of `Code`."""


def loaded(facts: dict[str, Any], code: bytes) -> Code:
    """Machine code that was kept with its facts. KeyError where it calls a primitive that there is not."""
    llvm = binding()
    with _linking:
        for name, count in facts["back"]:
            llvm.add_symbol(called_back(name, count), _call_back(PRIMITIVES[name], count))
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine(3))
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
    found: dict[str, Any] = {name: facts[name] for name in FACTS}
    return Code(address=engine.get_function_address(ENTRY), engine=engine, **found)
