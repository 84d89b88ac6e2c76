"""How a function begins, and closures whose environment is that of the function which makes them, and more.

Functions in one another capture what those around them captured, in the same order. If each took its
environment apart and put it together again, n of them would be n² names of code. So where a closure captures
first all that its maker does, its environment is `(*env, …)`, and names that nothing else needs are not taken
out. (In values a closure has all that it captures, n² in all: see design/core.md.)
"""

from __future__ import annotations

from vlad_py.core.tree import Block, Lambda, Let, MakeClosure
from vlad_py.execution.liveness import Analysis
from vlad_py.execution.operations import Writer

LEAST = 8  # names; fewer are as quick to write


def continuing(function: Lambda, content: Block, analysis: Analysis) -> dict[int, int]:
    """By the id of each statement of a function's body that makes such a closure, before the function first
    suspends: how many names are in `env`.
    """
    found: dict[int, int] = {}
    size = len(function.captures)
    if size >= LEAST:
        for statement in content.statements:
            if id(statement) in analysis.suspending:
                break
            made = statement.operation if isinstance(statement, Let) else None
            if isinstance(made, MakeClosure) and made.captures[:size] == function.captures:
                found[id(statement)] = size
    return found


def beginning(function: Lambda, name: str, times: int, analysis: Analysis, out: Writer) -> list[str]:
    """The first lines of a function, which `name` stands for in Python: its argument taken apart, and its
    environment, as far as more needs it than so many closures that continue it.
    """
    lines = []
    if function.is_tuple:
        size = len(function.parameters)
        lines.append(f"if type(argument) is not tuple or len(argument) != {size}:")
        lines.append(f"    raise WrongArguments({name}_code, {size}, argument)")
        if size:
            lines.append(f"{out.texts(function.parameters)}, = argument")
    captures = function.captures
    if times:
        lines += [f"{out.text(c)} = env[{i}]" for i, c in enumerate(captures) if analysis.uses[c] > times]
    elif captures:
        lines.append(f"{out.texts(captures)}, = env")
    return lines
