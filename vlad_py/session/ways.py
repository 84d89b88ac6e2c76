"""The ways to run native code that a person chooses: `--native` in the shell, `:set native` in the REPL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vlad_py.ground.advice import install_advice
from vlad_py.ground.errors import RunError
from vlad_py.session.library import can_compile
from vlad_py.session.session import ALWAYS, NEVER, TIERS, Session

if TYPE_CHECKING:
    from vlad_py.native.tables import Attempt

EXPLAIN, IR, LLVM = "explain", "ir", "llvm"  # every call is compiled, and what becomes of it is printed
WAYS: tuple[str, ...] = (*TIERS, EXPLAIN, IR, LLVM)


def choose(session: Session, way: str, say: Callable[[str], object], *, color: bool = False) -> None:
    """Makes a session run its next texts in one of the WAYS; `say` prints what it reports of calls.

    RunError where nothing can be compiled.
    """
    if way != NEVER and not can_compile():
        raise RunError("native code cannot run here", hint=install_advice("native"))
    session.native = next((tier for tier in TIERS if tier == way), ALWAYS)
    session.nan_is_error = session.nan_is_error  # set anew, as the library follows from both
    session.on_attempt = None if way in TIERS else _listener(way, say, color)


def _listener(way: str, say: Callable[[str], object], color: bool) -> Callable[[Attempt], None]:
    """A function that prints calls as they are compiled, or how compiling them ended."""
    from vlad_py.native.explain import explained
    from vlad_py.native.ir_text import print_unit
    from vlad_py.native.linking import module_text  # only here: most runs need none of them

    text = module_text if way == LLVM else print_unit

    def listen(attempt: Attempt) -> None:
        if way == EXPLAIN:
            words = explained(attempt, color=color)
            if words:
                say(words)
        elif attempt.unit is not None and attempt.unit.region.ops:
            say(text(attempt.unit))

    return listen
