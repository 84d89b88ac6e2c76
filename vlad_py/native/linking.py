"""Machine code of a unit: made by LLVM or taken from disk, and linked with what it calls."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import partial
from math import inf, nan
from typing import TYPE_CHECKING, Any

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.budget import whole
from vlad_py.native.arena import Lists, lists_of
from vlad_py.native.back import Back, back_symbol
from vlad_py.native.code import Code
from vlad_py.native.constants import Data
from vlad_py.native.exits import keep
from vlad_py.native.ir import Unit, interpreted, size_of_unit
from vlad_py.native.llvm import binding, level_of, optimised, target_machine
from vlad_py.native.numpy_loops import addresses
from vlad_py.native.progressing import Loop
from vlad_py.native.types import ArrayType, ListType
from vlad_py.primitives.kinds import Pairing, Reduction
from vlad_py.primitives.primitive import Primitive

if TYPE_CHECKING:
    from vlad_py.native.emit import Module

ROOM_OF_FRAMES = 256 << 20  # bytes for the arrays of functions; what is never used takes no memory
ENTRY = "entry"  # the function of a module that is called from outside

_callbacks: dict[tuple[str, int, int], tuple[Any, int]] = {}
_linking = threading.Lock()


def _call_back(primitive: Primitive, count: int) -> int:
    """The address of a function that computes a primitive in Python."""
    key = (primitive.name, primitive.arity, count)
    if key not in _callbacks:
        many = isinstance(primitive, (Reduction, Pairing))
        compute = (lambda *xs: primitive.value(xs)) if many else primitive.value
        kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)
        function = kind(partial(_computed, compute))
        _callbacks[key] = function, ctypes.cast(function, ctypes.c_void_p).value or 0
    return _callbacks[key][1]


def _computed(compute: Callable[..., Any], *reals: float) -> float:
    """A primitive computed for native code, which no exception passes through."""
    try:
        found: float = compute(*reals)
        return found
    except BaseException as error:
        keep(error)
        return nan


def module_text(unit: Unit) -> str:
    """The text of a unit's LLVM module."""
    from vlad_py.native.emit import Module

    return Module(unit).text


def call_back_addresses(module: Module) -> dict[str, int]:
    """The addresses of the functions of Python that a module calls, by their names in its text."""
    return {name: _call_back(primitive, count) for name, (primitive, count) in module.back.items()}


def takes(unit: Unit) -> str:
    """The format of a unit's arguments, in the letters of `struct`: `d` for a double, `q` for an array's
    address, `Q` for the address of a list's length and reals.
    """
    letters: dict[type, str] = {ArrayType: "q", ListType: "Q"}
    given = [letters.get(type(p.type), "d") for p in unit.region.parameters]
    return "".join([*given, *("q" for r in unit.region.results if isinstance(r.type, ArrayType))])


def _place(data: Data) -> None:
    """Tells the linker where data are."""
    for name, array in data.items():
        binding().add_symbol(name, array.ctypes.data)


def compiled(unit: Unit, keep: Callable[[bytes], object] | None = None, seconds: float = inf) -> Code:
    """The machine code of a unit. `keep` is told of its object code.

    NotNative where it would take more than so many seconds.
    """
    return whole(lambda: _compiled(unit, keep, seconds))


def _compiled(unit: Unit, keep: Callable[[bytes], object] | None, seconds: float) -> Code:
    from vlad_py.native.emit import Module  # only here: what is on disk is not made

    module = Module(unit, seconds)  # before LLVM is loaded, which takes 20 ms
    llvm = binding()
    size = size_of_unit(unit)
    machine = target_machine(level_of(module, size))
    parsed = optimised(module.text, machine, size)
    functions = {name: back.function() for name, back in module.back_on_arrays.items()}
    with _linking:  # those on arrays, and data, have the same names in other modules
        for name, address in (call_back_addresses(module) | addresses(module.loops)).items():
            llvm.add_symbol(name, address)
        for name, function in functions.items():
            llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
        _place(module.data)
        engine = llvm.create_mcjit_compiler(parsed, machine)
        if keep is not None:
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
        0 if module.polls else interpreted(unit),
        [(primitive.name, count) for primitive, count in module.back.values()],
        sorted(module.loops),
        module.progress,
        (engine, functions),
        module.data,
        module.back_on_arrays,
        lists_of(unit, module.lists),
    )


FACTS = (
    "takes", "arguments", "arrays_out", "results", "tapes", "room", "recurs", "made_zeros", "sweeps",
    "straight", "back", "loops", "progress",
)  # fmt: skip
"""What goes with object code: fields of `Code`."""


def loaded(
    facts: dict[str, Any], code: bytes, data: Data, back_on_arrays: dict[str, Back], lists: Lists | None
) -> Code:
    """Machine code that was kept with facts, with its data, the primitives of arrays that it calls back and
    the lists that it gives. KeyError if it calls something that does not exist.
    """
    return whole(lambda: _loaded(facts, code, data, back_on_arrays, lists))


def _loaded(
    facts: dict[str, Any], code: bytes, data: Data, back_on_arrays: dict[str, Back], lists: Lists | None
) -> Code:
    llvm = binding()
    functions = {name: back.function() for name, back in back_on_arrays.items()}
    with _linking:
        for name, count in facts["back"]:
            llvm.add_symbol(back_symbol(name, count), _call_back(PRIMITIVES[name], count))
        for name, address in addresses(facts["loops"]).items():
            llvm.add_symbol(name, address)
        for name, function in functions.items():
            llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
        _place(data)
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine(3))
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
    found: dict[str, Any] = {name: facts[name] for name in FACTS}
    found["progress"] = [Loop(*loop) for loop in found["progress"]]
    return Code(
        address=engine.get_function_address(ENTRY),
        engine=(engine, functions),
        data=data,
        back_on_arrays=back_on_arrays,
        lists=lists,
        **found,
    )
