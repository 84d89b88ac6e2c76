"""The first lines of a function, and closures whose environment continues that of the function around them.

Nested functions capture what those around them captured, in the same order. If each took its environment
apart and put it together again, the code of n of them would have n² names. So if a closure begins with all
captures of its maker, its environment is `(*env, …)`, and names that nothing else needs are not taken out.
(The values are still n² in all: see design/core.md.)
"""

from __future__ import annotations

from vlad_py.core.tree import Block, Lambda, Let, MakeClosure
from vlad_py.execution.liveness import Analysis
from vlad_py.execution.operations import Writer

LEAST = 8  # captures; with fewer there is nothing to gain


def continuing(function: Lambda, content: Block, analysis: Analysis) -> dict[int, int]:
    """The number of names in `env`, by the id of each statement that makes such a closure before the function
    first suspends.
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
    """The first lines of the Python function `name`: they take apart its argument and its environment. If
    closures continue the environment so many times, only names with more uses are taken out.
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
