"""The text of values: their kind, for error messages, and the text that reads back as the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from vlad_py.ground.asking import MET_AT_ONCE, take
from vlad_py.ground.errors import RunError
from vlad_py.ground.literals import one_line
from vlad_py.ground.source import TURNING
from vlad_py.plots.plot import Plot
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.structure import Endless
from vlad_py.values.values import (
    UNIT,
    Array,
    Binder,
    Closure,
    Code,
    Cons,
    Key,
    Nil,
    Pullback,
    Record,
    Value,
    is_array,
    is_real,
    list_items,
    plain,
    shape_of,
)

MOST_NAMES = 6  # of a record, in an error message
MOST_DERIVED = 6  # derivatives of derivatives that the name of a function writes out


def describe(value: Value) -> str:
    """The kind of a value, in the words of error messages: `a boolean`, `a tuple of 3`, `a function`."""
    primal = plain(value)
    if isinstance(primal, Indefinite):
        return f"{describe_array(primal.shape)}, of {primal.plural}" if primal.shape else primal.noun
    if is_real(value):
        return "a real"
    if is_array(value):
        return describe_array(shape_of(value))
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}" if value else "the unit `()`"
    if isinstance(value, Record):
        names = [f"`{n}`" for n in value.names[:MOST_NAMES]] + ["…"] * (len(value.names) > MOST_NAMES)
        return f"a record with {', '.join(names)}" if names else "the record `{}`"
    return _KINDS.get(type(value), "a function")


_KINDS: dict[type, str] = {
    bool: "a boolean",
    str: "a string",
    Nil: "the empty list",
    Cons: "a list",
    Key: "a key",
    Plot: "a plot",
}


def where_numbers_belong(error: RunError, *values: Value) -> RunError:
    """The error, which is about values where numbers belong: it notes whether one of them is a list."""
    error.of_list = any(isinstance(value, (Cons, Nil)) for value in values)
    return error


def not_numbers(expects: str, value: Value, *, hint: str = "", among: bool = False) -> RunError:
    """The error of a value where numbers belong, alone or `among` others: what is expected, what came."""
    message = f"{expects}, got {describe(value)}{' among them' if among else ''}"
    return where_numbers_belong(RunError(message, hint=hint), value)


def describe_array(shape: tuple[int, ...]) -> str:
    """The kind of an array of a shape: `an array of 3`, `an array of 2×3`."""
    return f"an array of {'×'.join(map(str, shape))}"


def show_real(x: float) -> str:
    """The shortest text that reads back as the same number; integral ones without `.0`."""
    text = repr(x)
    if text.endswith(".0"):
        return text[:-2]
    return text.replace("e+", "e")


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


# what would steer a terminal, or turn its text around
_STEERING = re.compile(f"[\\x00-\\x1f\\x7f-\\x9f{TURNING}]")


def show_string(text: str) -> str:
    """A string literal that reads back as the text, without characters that would steer a terminal."""
    if not text.isprintable() or '"' in text or "\\" in text:
        text = "".join(_ESCAPES.get(c, c) for c in text)
        text = _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return f'"{text}"'


class _Text(str):
    """Text that `show` has yet to write, as distinct from an ADL string."""

    __slots__ = ()


def show_fixed(value: Value, digits: int) -> str:
    """The text of a value with so many digits of each real after the point."""
    return show(value, real=lambda x: f"{x:.{digits}f}")


def show(value: Value, *, quote: bool = True, real: Callable[[float], str] = show_real) -> str:
    """The text that reads back as the value. Without `quote`, a string is its own text; `real` writes reals.

    Raises LimitError where it would have no end, since the value holds the same parts again and again.
    """
    out: list[str] = []
    todo: list[Value] = [value]
    endless = Endless(value)
    while todo:
        item = todo.pop()
        if type(item) is _Text:
            out.append(item)
        elif type(item) is float:
            out.append(real(item))
        elif isinstance(item, str):
            out.append(show_string(item) if quote else item)
        else:
            endless.meet()
            todo.extend(reversed(_pieces(item, real)))
    return "".join(out)


def _pieces(value: Value, real: Callable[[float], str]) -> list[Value]:
    """A value as text and smaller values, in the order in which they are written."""
    value = plain(value)
    if isinstance(value, bool):
        return [_Text("true" if value else "false")]
    if isinstance(value, float):
        return [_Text(real(value))]
    if type(value) is Array:
        return [_Text(_show_array(value, real))]
    if isinstance(value, Indefinite):
        return [_Text(value.text())]
    if isinstance(value, tuple):
        return _bracketed("(", value, ")")
    if isinstance(value, Record):
        fields: list[Value] = []
        for name, field in zip(value.names, value.values, strict=True):
            fields += [_Text(", " if fields else ""), _Text(name + ": "), field]
        return [_Text("{"), *fields, _Text("}")]
    if isinstance(value, Nil):
        return [_Text("nil")]
    if isinstance(value, Cons):
        if isinstance(value.tail, Nil) and isinstance(value.head, tuple):
            # list((1, 2)) would read back as the list of 1 and 2
            return [value.head, _Text(" :: nil")]
        return _bracketed("list(", list_items(value), ")")
    if isinstance(value, (Key, Plot)):
        return [_Text(repr(value))]
    return [_Text(f"<function {function_name(value)}>")]


def _show_array(array: Array, real: Callable[[float], str]) -> str:
    shape = array.data.shape
    if 0 in shape and len(shape) > 1:
        return f"zeros({', '.join(map(str, shape))})"  # brackets alone would not tell the shape
    if array.data.size > MET_AT_ONCE:
        take(array.data.size, "the text of a real takes a step")
    rows = [real(x) for x in array.data.ravel().tolist()]
    for size in reversed(shape):
        rows = [f"[{', '.join(rows[i : i + size])}]" for i in range(0, len(rows), size)] if size else ["[]"]
    return rows[0]


def _bracketed(opening: str, items: Iterable[Value], closing: str) -> list[Value]:
    out: list[Value] = [_Text(opening)]
    for i, item in enumerate(items):
        if i:
            out.append(_Text(", "))
        out.append(item)
    out.append(_Text(closing))
    return out


def function_name(value: Value) -> str:
    """The name of a function value: its definition's, its built-in name, or what it derives."""
    times = 0
    while isinstance(value, Binder):
        value = value.function
        times += 1
    if times > MOST_DERIVED:
        return f"{times}-fold derivative of {function_name(value)}"
    if times:
        return f"{'derivative of ' * times}{function_name(value)}"
    if isinstance(value, Closure):
        return _closure_name(value, MOST_DERIVED)
    if isinstance(value, Pullback):
        return "pullback"
    return str(getattr(value, "name", "?"))


_DEFINED = re.compile(r"^(?:def (\w+)\(([^)]*)\)|let )", re.MULTILINE)  # a statement of a file
LONGEST_FUNCTION = 40  # characters of a function expression that stands for its name


def _definition_around(code: Code) -> re.Match[str] | None:
    """The definition of a file of the library that a function is, or in which it stands."""
    source = code.span.source
    if not source.library or not (code.name == "fn" or code.span.text.startswith(f"def {code.name}(")):
        return None
    before = _DEFINED.finditer(source.text, 0, code.span.start + 1)
    found = _DEFINED.match(source.text, code.span.start) or max(before, key=re.Match.start, default=None)
    return None if found is None or found[1] is None else found  # no `def` made a function in a `let`


def definition_name(code: Code) -> str:
    """The name of the definition of the library that a function is, or that made it; else its own name."""
    found = _definition_around(code)
    return found[1] if found is not None else code.name


def _closure_name(closure: Closure, depth: int) -> str:
    """The name of a function's definition. What a function of the library has made is the call that made it:
    `derivative(f)`, unless it was given a name; a function expression without a name is its own text, if that
    is short.
    """
    code = closure.code
    maker = _definition_around(code)
    if maker is not None and maker.start() != code.span.start:
        return _made_by(closure, maker[1], maker[2], depth)
    if code.name == "fn":
        own = one_line(code.span.text)
        is_shown = own.startswith("fn") and len(own) <= LONGEST_FUNCTION and own.isprintable()
        return own if is_shown else "fn"
    return code.name


def _made_by(closure: Closure, maker: str, parameters: str, depth: int) -> str:
    """A call of a function of the library, with those arguments that what it made has captured."""
    captured = dict(zip(closure.code.captures, closure.env, strict=True))
    return f"{maker}({', '.join(_argument(captured.get(name), depth) for name in parameters.split(', '))})"


def _argument(value: Value, depth: int) -> str:
    if isinstance(value, Closure):
        return _closure_name(value, depth - 1) if depth else "…"
    if is_real(value) or value == UNIT:
        return show(value)
    return function_name(value) if value is not None and describe(value) == "a function" else "…"
