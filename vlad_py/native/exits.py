"""Exceptions that end the compilation of a path, or a call of native code, before it has a value."""

from __future__ import annotations

from threading import local

from vlad_py.ground.errors import NotNative, RunError
from vlad_py.ground.resources import LIBRARY_SUFFIX
from vlad_py.ground.source import Span
from vlad_py.values.show import definition_name
from vlad_py.values.values import Closure

INSIDE = "this happens inside "
PRELUDE = "prelude/"  # the folder of the library that programs see without an import


class Fails(Exception):
    """The program is in error here, or runs for ever: native code that reaches this place leaves the unit."""


class Unfinished(Exception):
    """The result of a recursive call is not known yet: the other branch of a choice must decide."""


class Restart(Exception):
    """A function has turned out to be recursive: compilation starts again with that known."""


class Left(Exception):
    """The unit was left before its end: it has to be run again, interpreted."""


class Full(Left):
    """There is no more memory for tapes or lists."""


class NoStack(Left):
    """The recursion is too deep even for a large stack."""


class Invalid(Exception):
    """A missing derivative was taken as 0 and met an infinity: the interpreter decides."""


class _Kept(local):
    """The exception that Python raised when native code called it: none can pass through native code."""

    error: BaseException | None = None


_kept = _Kept()


def keep(error: BaseException) -> None:
    """Keeps an exception until the native code ends or gives Python its turn."""
    _kept.error = error


def raise_kept() -> None:
    """Raises a kept Ctrl-C and its kin. Any other exception leaves the unit: the interpreter decides."""
    error, _kept.error = _kept.error, None
    if isinstance(error, Exception):
        raise Left("a primitive is in error") from error
    if error is not None:
        raise error


def looks_at_a_value(called: str, raised: Exception) -> NotNative:
    """The refusal of a primitive that raised an exception because values are unknown. The message of an error
    of the program becomes its hint: it may be right for the values of the call.
    """
    message = f"a primitive that looks at a value: `{called}`"
    return MayFail(message, hint=raised.message) if isinstance(raised, RunError) else NotNative(message)


class OnlyInterpreted(NotNative):
    """An operator that works with tags, by the name of the function of the library that needs it."""

    def __init__(self) -> None:
        super().__init__("an operator that only the interpreter has")


def tell_caller(reason: NotNative, function: Closure, place: Span | None) -> None:
    """Notes on the way out that a refusal leaves a call of a function, which stands at a place.

    What is refused in the library is told by the name of the function that the program calls, at that call:
    each function of the library puts its own in, up to the first function of the program.
    """
    source = function.code.span.source
    if not source.library:
        reason.is_told = True
    if reason.is_told or isinstance(reason, (TooDeep, TooLarge, Oversized)):
        return
    is_prelude = source.name.startswith(PRELUDE)
    module = "" if is_prelude else f"{source.name.removesuffix(LIBRARY_SUFFIX)}."
    called = f"`{module}{definition_name(function.code)}`"
    reason.span = place
    if type(reason) is OnlyInterpreted:
        reason.message = f"an operator that only the interpreter has: {called}"
    elif not is_prelude and (not reason.hint or reason.hint.startswith(INSIDE)):
        reason.hint = f"{INSIDE}{called}"


class InError(NotNative):
    """The program is in error, at least for some arguments: the interpreter says what is wrong."""


class MayFail(InError):
    """A primitive is in error where some values are unknown, mostly because of a shape or an index."""


class AlwaysFails(InError):
    """The program is in error, whatever the reals are."""

    def __init__(self, span: Span | None = None) -> None:
        super().__init__("an error of the program, whatever the reals are", span)


class TooDeep(NotNative):
    """A unit would follow more calls inside one another than it may."""

    def __init__(self, span: Span | None = None) -> None:
        super().__init__("calls nested too deeply", span)


class TooLarge(NotNative):
    """The code of a unit is more than it may be, or takes too long to make."""

    def __init__(self) -> None:
        super().__init__("more than the code of a unit may be")


class Oversized(NotNative):
    """A value has more parts, or a unit takes more work, than it may: no other way is tried."""


class Exhausted(TooLarge, Oversized):
    """More work than may go into a unit."""


class Parts:
    """The number of parts that may still be followed in a value: shared data can have any number of parts."""

    __slots__ = ("left",)

    def __init__(self, most: int = 20_000) -> None:
        self.left = most

    def follow(self) -> None:
        """Follows one more. Oversized where there are too many."""
        self.left -= 1
        if self.left < 0:
            raise Oversized("data of more parts than a unit follows")
