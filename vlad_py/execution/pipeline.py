"""The path of every text, whoever runs it: parse, lower, inline, compile; then link and run."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any, TypeAlias

from vlad_py.core import tree as core
from vlad_py.core.inline import inline_calls
from vlad_py.core.pieces import in_pieces
from vlad_py.core.tree import Global
from vlad_py.execution import machine
from vlad_py.execution.compile import compile_module
from vlad_py.execution.limits import Limits
from vlad_py.execution.operations import atom_text
from vlad_py.execution.unit import UNITS, Options, Unit
from vlad_py.ground.node import record
from vlad_py.ground.source import Source
from vlad_py.lowering.lower import lower
from vlad_py.lowering.scope import Outside
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.values import Closure, Value

Linked: TypeAlias = Callable[[Global], Value]  # the value of a name of another module

LOWERED = "lowered"
INLINED = "inlined"
PIECES = "in pieces"
STAGES = (LOWERED, INLINED)

CHECK = "VLAD_CHECK"  # the variable of the environment that is "on" where every pass is checked


def _checked(stage: str, module: core.Module) -> None:
    from vlad_py.core.check import check

    check(module)


observers: list[Callable[[str, core.Module], None]] = [_checked] if os.environ.get(CHECK) == "on" else []
"""What looks at a module after every pass, with the name of the stage: the checker, while tests run."""


@record
class Backend:
    """What runs Core: three functions.

    `compile` makes a unit of a module. `link` puts its functions into the namespace of a loaded module,
    and gives the function that runs its statements. `run` gives the value of a call, within limits.
    """

    compile: Callable[[core.Module, Options], Unit]
    link: Callable[[Unit, dict[str, Any], Linked], Closure]
    run: Callable[[Value, Value, Limits | None], Value]


@record
class Translation:
    """A text on its way: its tree, its Core at the last stage, and the unit, unless it stopped before."""

    program: syntax.Program
    core: core.Module
    unit: Unit | None
    backend: Backend


def translate(
    text: Source | syntax.Program,
    name: str,
    outside: Outside,
    *,
    final: bool = False,
    options: Options | None = None,
    backend: Backend | None = None,
) -> Translation:
    """The translation of a text of the module `name`. Raises errors.Error.

    The text's names are `final` where no later text gives them other values: only then calls may be inlined.
    Without `options` it stops before it is compiled.
    """
    backend = backend or PYTHON
    program = parse(text) if isinstance(text, Source) else text
    module = _observed(LOWERED, lower(program, name, outside))
    if final:
        module = _observed(INLINED, inline_calls(module))
    if options is not None and options.pieces != "none":
        module = _observed(PIECES, in_pieces(module, loops_only=options.pieces == "loops"))
    unit = None if options is None else backend.compile(module, options)
    return Translation(program, module, unit, backend)


def _observed(stage: str, module: core.Module) -> core.Module:
    for look in observers:
        look(stage, module)
    return module


# ── the back end that makes Python ───────────────────────────────────────────────────────────


def link(unit: Unit, namespace: dict[str, Any], value_of: Linked) -> Closure:
    """Puts a unit's functions into a namespace, beside the values of other modules that they use."""
    for name in unit.links:
        namespace[atom_text(name, "")] = value_of(name)
    for key, function in unit.lambdas.items():
        namespace[f"{key}_code"] = function.code
    namespace[UNITS][unit.file] = unit
    if unit.is_kept:
        from vlad_py.execution.kept_code import kept_code  # only here: many short runs need no library

        exec(kept_code(unit.text, unit.file), namespace)
    else:
        exec(_code(unit.text, unit.file), namespace)
    if unit.runs:
        from vlad_py.execution.specialised.array_runs import put_before  # only here: it takes time to load

        for straight in unit.runs:
            put_before(straight, namespace)
    return Closure(namespace[unit.main], (), unit.lambdas[unit.main].code)


@lru_cache(maxsize=64)
def _code(text: str, file: str) -> CodeType:
    return compile(text, file, "exec")


def value_of(function: Closure, name: Global) -> Value:
    """The value of a top-level name as a function's module sees it. KeyError if it has none yet."""
    found: Value = function.enter.__globals__[atom_text(name, "")]
    return found


PYTHON = Backend(compile_module, link, machine.run)
