"""What a session forgets: the code of texts that nothing can run any more.

All texts of a session share one namespace, in which a function finds what its own segments call. So the code
of every text stays there, also that of an expression which is over, of a definition that a later one has
replaced, and of a text that failed. From time to time the units are looked at: one whose functions nothing
but the namespace refers to goes, with its text. A closure refers to its function, a call in progress and a
paused state to their segments.
"""

from __future__ import annotations

import re
from sys import getrefcount
from typing import Any

from vlad_py.execution.unit import UNITS, Unit
from vlad_py.execution.unit_numbers import release
from vlad_py.native.known import ENTRIES, HOOK, LINKED
from vlad_py.session.modules import Module

FEW = 32  # units, which are not worth looking at

_FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)


def forget(module: Module) -> None:
    """Takes out of a module what nothing uses, once there are twice as many units as were kept last."""
    units: dict[str, Unit] = module.namespace[UNITS]
    if len(units) < 2 * module.kept + FEW:
        return
    for file, unit in [*units.items()]:
        names = _FUNCTION.findall(unit.text)
        if not _is_used(names, unit, module.namespace):
            for name in names:
                for suffix in ("", "_code", HOOK):
                    module.namespace.pop(f"{name}{suffix}", None)
                module.namespace.get(ENTRIES, {}).pop(name, None)
            module.namespace.get(LINKED, {}).pop(file, None)
            del units[file]
            release(file)
    module.kept = len(units)
    used = {id(function.code.span.source) for unit in units.values() for function in unit.lambdas.values()}
    module.sources = [source for source in module.sources if id(source) in used]
    module.imports = list({(s.name, s.target, id(m)): (s, m) for s, m in module.imports}.values())


def _is_used(names: list[str], unit: Unit, namespace: dict[str, Any]) -> bool:
    """Whether anything but the namespace refers to a function of a unit; the general code of its straight
    runs apart, which only its functions call. Where Ctrl-C has stopped the linking of a unit, or its
    forgetting, functions are missing.
    """
    runs = {run.name for run in unit.runs}
    names = [name for name in names if name not in runs and name in namespace]
    alone = getrefcount(_Alone.__dict__["function"])
    return any(getrefcount(namespace[name]) > alone for name in names)


class _Alone:
    """A function that nothing but a dictionary refers to."""

    def function(self) -> None: ...
