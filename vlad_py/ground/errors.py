"""Every error that a user can meet, and the one renderer of all diagnostics.

Error                      anything the language reports
├── SyntaxError            the text does not parse
├── ResolveError           a name, an import or a binding is wrong before anything runs
├── RunError               the program went wrong while it ran
│   ├── HostError          a Python function raised
│   └── NoDerivative       a function without a derivative is being differentiated
├── Warned                 probably a mistake: shown, never raised
├── ConversionError        a Python object is not a value of ADL
├── NotNative              a call cannot be compiled to machine code
├── LimitError             a limit of steps, depth or memory was reached
├── Interrupted            Ctrl-C
└── Bug                    vlad_py itself is wrong
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, Self

from vlad_py.ground.node import record
from vlad_py.ground.source import Span, excerpt, printable

FOLD_ABOVE = 12  # a call stack longer than this is folded in the middle
LONGEST_CALL = 40  # characters of a call in the call stack
LONGEST_SAID = 200  # characters of the text of a Python exception
NEAR = 0.7  # how alike a name and its misspelling are, from 0 to 1
LETTERS_A_TYPO = 3  # a suggestion may differ by one typo in so many letters


@record
class Caller:
    """One level of ADL's call stack: the function ("": outside all functions) and the call in it."""

    function: str
    span: Span


@record
class Inlined(Span):
    """A span in an inlined function; `callers` are its calls, innermost first."""

    callers: tuple[Caller, ...]


@record
class Fix:
    """A change of the text that a hint speaks of: what to write in place of a span."""

    span: Span
    text: str


class Error(Exception):
    """A diagnostic: message, span, hint and ADL's call stack, innermost call first.

    `span` is None until the place is known: a primitive raises without one, and the machine,
    which knows where it is, fills it in. The machine keeps only both ends of a very deep stack;
    `left_out` says how many calls are missing in the middle of `stack`.
    """

    title = "error"
    fix: Fix | None = None

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        *,
        hint: str = "",
        stack: tuple[Caller, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.stack = stack
        self.left_out = 0

    def fixed_by(self, span: Span, text: str) -> Self:
        """The error, with the text that its hint puts in place of a span; without one, the hint is for people
        alone.
        """
        self.fix = Fix(span, text) if text else None
        return self

    def __str__(self) -> str:
        return render(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # a pickle holds the error's data; its class may take other arguments
        return _restored, (type(self), self.message, self.__dict__)


def _restored(kind: type[Error], message: str, facts: dict[str, Any]) -> Error:
    error = kind.__new__(kind, message)
    error.__dict__.update(facts)
    return error


class SyntaxError(Error):
    """The text does not parse. `incomplete` says that further lines could complete it."""

    title = "syntax error"

    def __init__(
        self, message: str, span: Span | None = None, *, hint: str = "", incomplete: bool = False
    ) -> None:
        super().__init__(message, span, hint=hint)
        self.incomplete = incomplete


class ResolveError(Error):
    """A name, an import or a binding is wrong before anything runs."""


class UnknownName(ResolveError):
    """No scope has this name. `is_free` says that it looks like a variable that has no value yet."""

    def __init__(self, name: str, span: Span, *, hint: str = "", is_free: bool = False) -> None:
        super().__init__(f"unknown name `{name}`", span, hint=hint)
        self.name = name
        self.is_free = is_free


class Expected(Enum):
    """What a call or a pattern expects where something else comes."""

    REAL = "a real"
    ARGUMENTS = "so many arguments"
    FUNCTION = "a function to call"
    SHAPE = "a value that the pattern fits"


@record
class Mismatch:
    """A value that does not fit, for a language with words of its own to say so.

    `name` is the function that was called. `place` is the position of a real among two, from 0; for arguments
    and tuple patterns it is how many were expected; else it is None.
    """

    expected: Expected
    got: Any
    name: str = ""
    place: int | None = None
    parameters: str = ""  # of the function that was called, as its text has them


class RunError(Error):
    """The program went wrong while it ran. `of_call`: a call has the wrong number of arguments. `of_list`: a
    list stands where numbers belong. `of_conditions`: an array of conditions stands where a boolean belongs.
    `of_index`: a real is indexed.

    `mismatch` is for whoever places the error, and gone when it is placed.
    """

    of_call = False
    of_list = False
    of_conditions = False
    of_index = False
    mismatch: Mismatch | None = None

    def because(self, mismatch: Mismatch) -> Self:
        """The error, which is about a value that does not fit."""
        self.mismatch = mismatch
        return self


class HostError(RunError):
    """A Python function raised; its exception is the `__cause__`."""


class NoDerivative(RunError):
    """The program differentiates something that has no derivative, or would lose one."""


class NothingKnown(RunError):
    """An interpretation of numbers meets a primitive whose entry says nothing about it, nor why."""


class Warned(Error):
    """What is probably a mistake: it is shown, never raised."""

    title = "warning"


class ConversionError(Error):
    """A Python object is not a value of ADL."""


class NotNative(Error):
    """A call cannot be compiled to machine code, and why. Interpreted, it runs all the same. `is_told`: the
    function of the library that the program calls is named, or there is none.
    """

    title = "not compiled"
    is_told = False


class LimitError(Error):
    """A limit of steps, depth or memory was reached."""

    title = "limit"


class Interrupted(Error):
    """Ctrl-C."""

    title = "interrupted"


class Bug(Error):
    """vlad_py itself is wrong."""

    title = "internal error"


def said(raised: Exception) -> str:
    """The class and the first line of a Python exception, even if its own text fails."""
    try:
        text = raised.message if isinstance(raised, Error) else str(raised)
        lines = text.strip().splitlines()
    except Exception:
        lines = []
    return type(raised).__name__ + (f": {lines[0][:LONGEST_SAID]}" if lines else "")


def near(name: str, known: Iterable[str]) -> str:
    """A hint that names the known name nearest to a misspelt one; empty if none is near."""
    from difflib import get_close_matches  # only here: most runs have no error

    names = sorted((k for k in known if k != name), reverse=True)
    alike = [k for k in names if not (k + name).isascii() and _skeleton(k) == _skeleton(name)]
    if alike:
        return f"did you mean `{alike[-1]}`? {_difference(name, alike[-1])}"
    folded = {k.casefold(): k for k in names}
    written = name.casefold()
    matches = get_close_matches(written, folded, n=5, cutoff=NEAR)
    match = next((m for m in matches if _is_a_typo(written, m)), "")
    return f"did you mean `{folded[match]}`?" if match else ""


def _is_a_typo(a: str, b: str) -> bool:
    return _edit_distance(a, b) <= max(len(a), len(b)) // LETTERS_A_TYPO


def _edit_distance(a: str, b: str) -> int:
    """The Damerau–Levenshtein distance, in which no part is edited twice: letters inserted, deleted or
    replaced, and neighbours exchanged.
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def meant(hint: str) -> str:
    """The name that a hint of `near` means; empty for another hint."""
    found = re.match(r"did you mean `([^`]+)`\?", hint)
    return found[1] if found is not None else ""


# letters of other scripts that look like Latin ones, each with the one that it looks like
_LOOKS = str.maketrans(
    "аеорсухіјѕһԁԛԝАВЕЗКМНОРСТУХІЈЅαοοινρτυχκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijshdqwABE3KMHOPCTYXIJSaooivptuxkABEZHIKMNOPTYX",
)


def _skeleton(name: str) -> str:
    """What a name looks like: two names with the same skeleton may look the same."""
    from unicodedata import normalize

    return normalize("NFKC", name).translate(_LOOKS)


def _difference(name: str, other: str) -> str:
    """How two names that look the same differ."""
    from unicodedata import name as name_of

    pairs = ((a, b) for a, b in zip(name, other, strict=False) if a != b)
    mine, its = next(pairs, (name[len(other) :][:1], ""))
    said = [f"`{c}` is {name_of(c, f'U+{ord(c):04X}')}" for c in (mine, its) if c]
    return f"they look alike: here {', there '.join(said)}"


def render(error: Error, *, color: bool = False) -> str:
    """The whole text of a diagnostic, without a final newline."""
    red, bold, blue, off = ("\033[31;1m", "\033[1m", "\033[34m", "\033[0m") if color else ("",) * 4
    lines = [f"{red}{error.title}{off}{bold}: {printable(error.message)}{off}"]
    if error.span is not None:
        lines += _excerpt(error.span, red, blue, off)
    if error.hint:
        lines.append(f"{blue}hint{off}: {printable(error.hint)}")
    if error.stack and not _is_shown(error):
        lines.append("call stack, innermost first:")
        lines += _stack(error.stack, error.left_out)
    return "\n".join(lines)


def _is_shown(error: Error) -> bool:
    """Whether the excerpt already shows all of the call stack."""
    if len(error.stack) != 1 or error.span is None:
        return False
    (caller,) = error.stack
    return (caller.function, caller.span.place, caller.span.text) == ("", error.span.place, error.span.text)


def _excerpt(span: Span, red: str, blue: str, off: str) -> list[str]:
    shown = excerpt(span)
    gutter = max(len(str(line.number)) for line in shown)
    lines = [f"{' ' * gutter}{blue}-->{off} {span.place}", f"{' ' * gutter} {blue}|{off}"]
    for line in shown:
        number = str(line.number or "").rjust(gutter)
        lines.append(f"{blue}{number} |{off} {line.text}".rstrip())
        if line.width:
            mark = f"{red}{'^' * line.width}{off}"
            lines.append(f"{' ' * gutter} {blue}|{off} {' ' * line.start}{mark}")
    return lines


def _stack(stack: Sequence[Caller], left_out: int) -> list[str]:
    """The lines of a call stack. A long one is folded: each end shows the calls that do not repeat."""
    if len(stack) + left_out <= FOLD_ABOVE + 1:
        return [_call(caller) for caller in stack]
    head = _until_one_repeats(stack)
    tail = _until_one_repeats(stack[::-1])[::-1]
    folded = len(stack) + left_out - len(head) - len(tail)
    return [*map(_call, head), f"  … {folded} more calls …", *map(_call, tail)]


def _until_one_repeats(stack: Sequence[Caller]) -> list[Caller]:
    shown: list[Caller] = []
    for caller in stack[: FOLD_ABOVE // 2]:
        if caller in shown:
            break
        shown.append(caller)
    return shown


def _call(caller: Caller) -> str:
    text = " ".join(caller.span.text.split())
    if len(text) > LONGEST_CALL:
        text = text[: LONGEST_CALL - 1] + "…"
    function = f"in {caller.function} " if caller.function else ""
    return printable(f"  {function}at {caller.span.place}: {text}")
