"""Sets LLVM up for this machine, through llvmlite; it optimises less where that would take too long."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vlad_py.ground.memory import beside_the_limit

if TYPE_CHECKING:
    import llvmlite.binding

    from vlad_py.native.emit import Module

SMALL = 5_000  # operations; more are compiled without optimisation, whose time grows faster than that
LONG_BLOCKS = ((8_000, 0), (4_000, 1))
"""LLVM's level of code generation from a number of instructions in one block on. A block of 16,000 takes
6.9 s at level 3, 1.8 s at level 1 and 0.03 s at level 0."""


@cache
def binding() -> Any:
    """llvmlite, set up for this machine. ImportError if it is not installed."""
    llvm = beside_the_limit(lambda: import_module("llvmlite.binding"))
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def target_machine(level: int, reloc: str = "default") -> llvmlite.binding.TargetMachine:
    """This machine, as the target of code. A new one each time, since each engine owns its own."""
    llvm = binding()
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features().flatten()
    cpu = llvm.get_host_cpu_name()
    return target.create_target_machine(opt=level, cpu=cpu, features=features, reloc=reloc)


def level_of(module: Module, size: int) -> int:
    """LLVM's level of code generation for a module whose unit has that size: from 0 to 3."""
    if size > SMALL:
        return 0
    longest = longest_block(module.text)
    return next((level for most, level in LONG_BLOCKS if longest > most), 3)


def longest_block(text: str) -> int:
    """The number of instructions in the longest block of a text."""
    longest = begun = 0
    for i, line in enumerate(text.splitlines()):
        if not line.startswith(" "):  # a label, or where a function begins or ends
            longest, begun = max(longest, i - begun - 1), i
    return longest


def optimised(text: str, machine: llvmlite.binding.TargetMachine, size: int) -> llvmlite.binding.ModuleRef:
    """The text of a module, parsed, and optimised unless its unit is too large."""
    llvm = binding()
    parsed = llvm.parse_assembly(text)
    level = 2 if size <= SMALL else 0
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=level))
    manager = passes.getModulePassManager()
    manager.run(parsed, passes)
    _dispose(manager)
    return parsed


def _dispose(manager: llvmlite.binding.ModulePassManager) -> None:
    """Frees the memory that a pass manager holds, 60 KB and more.

    llvmlite's class inherits a method for that from its first base, which does nothing, and the one that does
    it from its second.
    """
    llvm = binding()
    if type(manager)._dispose is llvm.ffi.ObjectRef._dispose:
        llvm.newpassmanagers.NewPassManager._dispose(manager)
