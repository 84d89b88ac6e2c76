"""What a program says: texts of values, output, and errors of its own."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from itertools import groupby
from typing import Any

from vlad_py.ground import asking
from vlad_py.ground.columns import ASCII, columns
from vlad_py.ground.errors import RunError
from vlad_py.plots.plot import Plot
from vlad_py.primitives.declare import structural
from vlad_py.primitives.entered import declared
from vlad_py.primitives.kinds import Writing
from vlad_py.primitives.primitive import MANY
from vlad_py.values.show import describe, show, show_fixed
from vlad_py.values.values import UNIT, Cons, Nil, Value, is_array, list_items, plain

MOST_DIGITS = 100  # after the point
LONGEST_SIDE = 60  # characters of a side of a comparison in a message

# ── texts ────────────────────────────────────────────────────────────────────────────────────

structural(
    "show",
    1,
    doc="The text of a value, which reads back as the value.",
    example='show(list(1, "a"))',
    value=show,
)


def fixed(value: Value, digits: Value) -> Value:
    """The text of the reals of a value. RunError unless the digits are a whole number."""
    count = plain(digits)
    if type(count) is not float or not count.is_integer() or not 0 <= count <= MOST_DIGITS:
        got = show(count) if type(count) is float else describe(digits)
        raise RunError(f"`fixed` expects a whole number of digits from 0 to {MOST_DIGITS}, got {got}")
    return show_fixed(value, int(count))


structural(
    "fixed",
    2,
    doc="fixed(x, n) is the text of a real with n digits after the point, rounded; for a structure "
    "or an array, that of all its reals.",
    example="fixed(pi, 2), fixed([1, 2 / 3], 3)",
    value=fixed,
)


def _said(item: Value) -> str:
    return item if isinstance(item, str) else show(item)


def joined(value: Value) -> Value:
    """The texts of a value's parts, one after the other."""
    is_list = isinstance(value, (Cons, Nil))
    texts = [
        _said(x) for x in (list_items(value) if is_list else value if type(value) is tuple else (value,))
    ]
    size = sum(map(len, texts))
    asking.ask_memory(size)
    asking.ask_work(size)
    return "".join(texts)


structural(
    "join",
    MANY,
    doc="join(a, b, …) is a string, the texts of its arguments one after the other, strings as they are; "
    "join(xs) of a list joins its elements.",
    example='join("x = ", 3), join(list("a", "b"))',
    value=joined,
)

# ── output ───────────────────────────────────────────────────────────────────────────────────


def printed(value: Value) -> str:
    """What `print` writes: a tuple's components between spaces, strings as they are; plots on lines of their
    own.
    """
    items = value if type(value) is tuple else (value,)
    lines = []
    for is_plot, group in groupby(items, lambda item: type(item) is Plot):
        texts = [item.text(columns()) if type(item) is Plot else _said(item) for item in group]
        lines.append(("\n" if is_plot else " ").join(texts))
    return "\n".join(lines)


def write_out(text: str) -> None:
    """Writes to standard output; where its encoding cannot say a text, a drawing is in ASCII and the rest is
    escaped. OSError where that is closed.
    """
    stream = sys.stdout
    if stream is None or stream.closed:
        raise OSError(errno.EBADF, "standard output is closed")
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)


def writing(
    name: str,
    arity: int,
    *,
    doc: str,
    says: Callable[..., tuple[str, Value]],
    example: str = "",
    internal: bool = False,
) -> None:
    """A function that writes a line: `says` gives the line, and the value of the call."""

    def apply(*arguments: Value) -> Value:
        line, value = says(*arguments)
        asking.write(len(line) + 1)
        write_out(line + "\n")
        return value

    primitive = Writing(
        name=name, arity=arity, doc=doc, value=apply, says=says, internal=internal, pure=False,
        example=example,
    )  # fmt: skip
    declared(primitive, apply)


writing(
    "print",
    1,
    doc="print(a, b, …) writes its arguments on a line, separated by spaces, strings as they are, and draws "
    "plots. The value is ().",
    example='print("sum", 1 + 2)  #> sum 3',
    says=lambda value: (printed(value), UNIT),
)

writing(
    "dbg",
    1,
    doc="dbg(x) is x, and writes a line with the text of the argument and its value, as in `x ^ 2 = 9`. "
    "Inside a derivative it writes plain values, and passes derivatives on.",
    example="let x = 3\nlet y = dbg(x ^ 2)  #> x ^ 2 = 9",
    says=lambda value: (show(value), value),
)

writing(
    "dbg_of",
    2,
    doc="dbg_of(text, x): what `dbg(x)` is, where the argument is written so.",
    says=lambda text, value: (f"{text} = {show(value)}", value),
    internal=True,
)

# ── errors of the program's own ──────────────────────────────────────────────────────────────


def error(value: Value) -> Value:
    """Ends the run. RunError with what the program says."""
    raise RunError(printed(value) or "the program ends here")


structural(
    "error",
    MANY,
    doc="error(text, …) ends the run with an error at its call; it has no value. Its message is what "
    "`print` would write.",
    example='error("no root in ", (0, 1))  #! no root in',
    value=error,
)


def _failed(says: Value, fact: str) -> RunError:
    text = printed(says)
    return RunError(
        f"assertion failed: {'; '.join(part for part in (text, fact) if part)}".removesuffix(": ")
    )


def _holds(test: Value) -> bool:
    if type(test) is bool:
        return test
    hint = "`all(fn x => x > 0, xs)` makes one boolean of many" if is_array(test) else "compare it: `x != 0`"
    raise RunError(f"`assert` expects a boolean, got {describe(test)}", hint=hint)


def assertion(argument: Value) -> Value:
    """The unit. RunError where the test, the first argument, is false."""
    test, *says = argument if type(argument) is tuple and argument else (argument,)
    if not _holds(test):
        raise _failed(tuple(says), "" if says else "the test is false")
    return UNIT


structural(
    "assert",
    MANY,
    doc="assert(test, text, …) is () where the test is true; where it is false, the run ends with an error "
    "that says the text and, if the test is a comparison, the values of both sides.",
    example='assert(1 + 1 == 2, "arithmetic")\nassert(1 > 2, "order")  #! order',
    value=assertion,
)


def _side(value: Value) -> str:
    text = show(value)
    return text if len(text) <= LONGEST_SIDE else describe(value)


def compared_assertion(test: Value, comparison: Any, says: Value) -> Value:
    """The unit. RunError with both sides where a comparison is false."""
    if not _holds(test):
        sign, left, right = comparison
        raise _failed(says, f"{_side(left)} {sign} {_side(right)} is false")
    return UNIT


structural(
    "assert_compared",
    3,
    doc="assert_compared(c, (sign, a, b), says): `assert(a < b, …)`, of which c is the test.",
    value=compared_assertion,
    internal=True,
)
