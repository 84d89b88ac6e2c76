"""What native code knows by name: the library's operators, and the globals that it adds to compiled code."""

from __future__ import annotations

from vlad_py.values.values import Code

LINKED = "__linked__"  # maps the file names of compiled code to their `Linked`
ENTRIES = "__entries__"  # maps the names of functions to their `Entry`
HOOK = "_hook"  # ends the name of what a function's hook calls

OFF = "VLAD_NATIVE_STORE"  # the variable of the environment that is "off" where no code is kept on disk

FILE = "prelude/derivative.adl"
OF_FUNCTION = (
    "derivative", "derivative_reverse", "gradient", "gradient_forward", "value_and_gradient",
    "jacobian_forward", "_along_each",
)  # fmt: skip
OF_POINT = ("jvp", "vjp")


def may_differentiate(code: Code) -> bool:
    """Whether calls of a function of the library run what they are given, under a differentiation."""
    source = code.span.source
    return source.library and source.name == FILE and ("f" in code.captures or code.name in OF_POINT)
