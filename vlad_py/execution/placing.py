"""Where an error happened: its span in the source, and the calls in progress.

Compiled code knows the span of each of its lines (see unit.py), and each continuation the call it waits for.
"""

from __future__ import annotations

import re
from collections import deque
from pathlib import PurePath
from types import FrameType, TracebackType
from typing import Any

from vlad_py.differentiation.rules import TWO_ARGUMENTS
from vlad_py.execution.elementwise import by_elements
from vlad_py.execution.operations import safe
from vlad_py.execution.runtime import NoField, NotAFunction, WrongArguments, meant_by
from vlad_py.execution.unit import UNITS, Unit
from vlad_py.ground import errors
from vlad_py.ground.errors import Caller, Error, Expected, Inlined, Mismatch
from vlad_py.ground.source import Span
from vlad_py.values.values import Cons, Continuation, Value

LONGEST_SHOWN = 40  # characters of a text that a hint repeats
NUMBER_CALLED = re.compile(rf"([\d.]+)(\(.{{,{LONGEST_SHOWN}}}\))")
NAME_CALLED = re.compile(rf"([\w.]+)\((.{{1,{LONGEST_SHOWN}}})\)")
CONDITION = re.compile(r"(any|all)\((\w+) *([<>]=?|!=) *([\w.]+)\)")
RAISED = re.compile(r"\b(\w+) ?\^ ?$")
DEFAULTS = "\nlet defaults = "  # before the settings of a file of the library, up to an empty line
RULE_CALLED = "rule(point, v)"  # in prelude/rules.adl
LIST_OF_ONE = "a list of one tuple is `(a, b) :: nil`; `list((a, b))` means `list(a, b)`"
# `list((a, b))`, where a and b may hold one level of parentheses
OF_ONE_TUPLE = re.compile(r"\blist\(\((?:[^(),]|\([^()]*\))++,(?:[^()]|\([^()]*\))*+\)\)")
MOST_CALLERS = 500  # of either end of a call stack that an error keeps


def placed(error: Error, k: Continuation, trace: TracebackType | None = None) -> Error:
    """The error with its span and call stack. What happens in the library is shown at its user."""
    stack, left_out, in_library = _callers(k)
    span = error.span or _span_of(trace)
    if isinstance(error, WrongArguments) and error.is_of_two and k:
        waiting = caller_of(k[0])  # a rule is called last: its own call does not wait, the one around it does
        error.hint = _with(error.hint, _as_rule(waiting.span if waiting is not None else None))
    elif isinstance(error, errors.RunError):
        error.hint = _with(error.hint, _as_rule(span))
        if error.of_conditions and span is not None:
            error.hint = _with(by_elements(span), error.hint)
        if error.of_index and span is not None:
            error.hint = _with(_of_shape(span), error.hint)
    if isinstance(span, Inlined):
        stack = [*(c for c in span.callers if not c.span.source.library), *stack]
    if isinstance(error, WrongArguments) and stack:
        shows_call = in_library or _called_by_name(error.function, stack[0].span)
        span = stack[0].span if shows_call else span
        error.hint = _with(error.hint, _after_pipe(span))
        over_list = in_library and any(_called_by_name(f, stack[0].span) for f in ("map", "filter"))
        if over_list and error.is_one_for_many:
            error.hint = _with(error.hint, LIST_OF_ONE)
        error.hint = _as_test(span) or error.hint
    if isinstance(error, NotAFunction):
        error.hint = _with(error.hint, _as_power(span))
    within = ""
    if span is None or span.source.library:
        within = "" if span is None else span.definition
        if isinstance(error, NotAFunction):
            error.hint = ""  # it is about a call that is not shown
        elif isinstance(error, NoField):
            # the record is the user's, the name the library's
            error.hint = _with(error.wanted, _settings(error.names, span))
        span = stack[0].span if stack else None  # a library function may have been called from Python
    if isinstance(error, (NoField, NotAFunction, WrongArguments)):
        # what these know besides has been used: whoever catches the error meets a class with a public name
        of_call = isinstance(error, WrongArguments)
        mismatch = error.mismatch
        error = errors.RunError(error.message, hint=error.hint)
        error.of_call, error.mismatch = of_call, mismatch
    error.span = span
    error.stack, error.left_out = tuple(map(_named, stack)), left_out
    if isinstance(error, errors.RunError) and span is not None:
        error.hint = _with(_as_list_of_one(error.mismatch, span), error.hint)
    if span is not None and span.source.words is not None:
        span.source.words.retell(error, within)
    if isinstance(error, errors.RunError):
        error.mismatch = None
    return error


def _with(hint: str, more: str) -> str:
    """A hint, and what it says besides; either may be empty."""
    return f"{hint}; {more}" if hint and more else hint or more


def _settings(names: tuple[str, ...], span: Span | None) -> str:
    """A further hint about a record that lacks the first of these fields and has the others. "" unless that
    one, and one of the others if there are any, is a setting in the `defaults` of the library's asking file.
    """
    text = span.source.text if span is not None else ""
    settings = re.findall(r"\b(\w+):", text.partition(DEFAULTS)[2].partition("\n\n")[0])
    missing, *given = names
    if span is None or missing not in settings:
        return ""
    defaults = f"{PurePath(span.source.name).stem}.defaults"
    if not given:
        return f"`{defaults}` has all"
    found = {name: [f"{name}: …"] if name in settings else meant_by(name, settings) for name in given}
    fields = {meant[0].partition(":")[0]: meant[0] for meant in found.values() if meant}
    if not fields:
        return ""
    others = [f"`{name}` is not a setting" for name in given if not found[name]]
    return "; ".join([f"`{{{defaults} with {', '.join(fields.values())}}}` has all settings", *others])


def _as_power(call: Span | None) -> str:
    """What a hint says besides about a call such as `2(x)`, where that is a part of `sin^2(x)`."""
    written = NUMBER_CALLED.fullmatch(call.text) if call is not None else None
    function = RAISED.search(_before(call)) if call is not None and written is not None else None
    if written is None or function is None:
        return ""
    return f"a power of a call is written `{function[1]}{written[2]} ^ {written[1]}`"


def _after_pipe(call: Span | None) -> str:
    """What a hint says besides about a call such as `map(f)`, where that is a part of `xs |> map(f)`."""
    written = NAME_CALLED.fullmatch(call.text) if call is not None else None
    if call is None or written is None or not _before(call).rstrip().endswith("|>"):
        return ""
    return f"after `|>` stands a function of one argument: `fn xs => {written[1]}({written[2]}, xs)`"


def _as_test(call: Span | None) -> str:
    """The hint for a call such as `any(w > 1)`; "" for others."""
    written = CONDITION.fullmatch(call.text) if call is not None else None
    if written is None:
        return ""
    name, xs, sign, limit = written.groups()
    x = next(x for x in "xyz" if x not in (xs, limit))
    return f"write `{name}(fn {x} => {x} {sign} {limit}, {xs})`"


def _as_rule(call: Span | None) -> str:
    """What a hint says besides, if this is the library's call of a derivative's rule."""
    if call is None or not call.source.library or RULE_CALLED not in call.text:
        return ""
    return f"{TWO_ARGUMENTS}, and x may be a tuple: `fn ((a, b), v) => …`"


def _of_shape(element: Span) -> str:
    """What a hint says about an element such as `shape(w)[0]`, or `s[0]` in a text with `s = shape(w)`."""
    name = re.match(r"\w+", element.text)
    is_shape = name is not None and (
        name[0] == "shape" or re.search(rf"\b{name[0]} *= *shape\(", element.source.text) is not None
    )
    return "the shape of a vector is a real, its length; `length(a)` is the first size" if is_shape else ""


def _as_list_of_one(mismatch: Mismatch | None, pattern: Span) -> str:
    """The hint for a pattern that does not match, where `list((a, b))` in the program may mean one tuple."""
    if mismatch is None or mismatch.expected is not Expected.SHAPE or pattern.source.words is not None:
        return ""
    if type(mismatch.got) is Cons:
        element = mismatch.got.head
    elif mismatch.place:  # a tuple pattern met an element; the place is the pattern's number of parts
        element = mismatch.got
    else:
        return ""
    has_one = OF_ONE_TUPLE.search(pattern.source.text) is not None
    return LIST_OF_ONE if type(element) is not tuple and has_one else ""


def _before(call: Span) -> str:
    """The end of what its line has before a call."""
    return call.source.text[max(call.start - LONGEST_SHOWN, 0) : call.start].rpartition("\n")[2]


def _named(caller: Caller) -> Caller:
    """A level of the call stack, its function by the name that its text gives it."""
    words = caller.span.source.words
    return caller if words is None else Caller(words.name(caller.function), caller.span)


def without_value(error: NameError) -> Error:
    """The error for a top-level name that is used before it has a value: Python knows no such name."""
    span = _span_of(error.__traceback__)
    text = span.source.text if span else ""
    uses = [m for m in re.finditer(r"[^\W\d][\w']*", text) if error.name == f"g_{safe(m[0])}"]
    if span is None or not uses:
        return errors.Bug(f"{type(error).__name__}: {error}")
    # the operation's span may be a part that does not name it: the nearest use is the one
    use = min(uses, key=lambda m: max(m.start() - span.end, span.start - m.end(), 0))
    hint = "it has a value only below its `let`"
    place: Span = Span(span.source, use.start(), use.end())
    if isinstance(span, Inlined):
        place = Inlined(span.source, use.start(), use.end(), span.callers)
    return errors.RunError(f"`{use[0]}` is used before it has a value", place, hint=hint)


def _called_by_name(name: str, call: Span) -> bool:
    words = call.source.words
    if words is None:
        return call.text.split("(")[0].strip() == name
    return re.split(r"[\s()]", call.text.removeprefix("("), maxsplit=1)[0] == words.name(name)


def unit_of(frame: FrameType) -> Unit | None:
    """The unit whose code a frame of Python runs; None for other code."""
    units: dict[str, Unit] = frame.f_globals.get(UNITS, {})
    return units.get(frame.f_code.co_filename)


def continuation_of(frame: FrameType) -> Continuation | None:
    """The continuation that a segment's frame was entered with; None for a run of arithmetic within one."""
    found: Continuation | None = frame.f_locals.get("k")  # the third parameter of a segment (see compile.py)
    return found


def saved_by(k: Continuation) -> dict[str, Value]:
    """What the innermost segment of a continuation has saved, by the names in the compiled text."""
    segment: Any = k[0]
    names: tuple[str, ...] = segment.__code__.co_varnames
    first = segment.__code__.co_argcount + 1  # after `_`, which stands for the three unnamed parts
    return dict(zip(names[first:], k[3:], strict=False))


def _span_of(trace: TracebackType | None) -> Span | None:
    """The span of the innermost line of compiled code in a traceback."""
    span = None
    while trace is not None:
        unit = unit_of(trace.tb_frame)
        if unit is not None:
            span = unit.spans[trace.tb_lineno - 1] or span
        trace = trace.tb_next
    return span


def span_within(segment: Any) -> Span | None:
    """What a segment begins with; None where that is a whole function."""
    unit: Unit | None = getattr(segment, "__globals__", {}).get(UNITS, {}).get(segment.__code__.co_filename)
    if unit is None or segment.__name__ in unit.lambdas:
        return None
    return unit.spans[segment.__code__.co_firstlineno - 1]


def _callers(k: Continuation) -> tuple[list[Caller], int, bool]:
    """The user's calls in progress, innermost first; how many are left out in the middle, where there
    are very many; and whether the innermost call of all is the library's.
    """
    found: dict[object, Caller | None] = {}  # by segment
    in_library: bool | None = None
    first: list[Caller] = []
    last: deque[Caller] = deque(maxlen=MOST_CALLERS)
    count = 0
    while k:
        segment = k[0]
        if segment in found:
            caller = found[segment]
        else:
            caller = caller_of(segment)
            if caller is not None:
                in_library = caller.span.source.library if in_library is None else in_library
                caller = None if caller.span.source.library else caller
            found[segment] = caller
        if caller is not None:
            count += 1
            (first if count <= MOST_CALLERS else last).append(caller)
        k = k[1]
    return [*first, *last], count - len(first) - len(last), bool(in_library)


def caller_of(segment: Any) -> Caller | None:
    """The call that a segment waits for; None for segments that are not code of the language."""
    units: dict[str, Unit] = getattr(segment, "__globals__", {}).get(UNITS, {})
    unit = units.get(segment.__code__.co_filename)
    call = unit.calls.get(segment.__name__) if unit is not None else None
    return None if call is None else Caller(*call)
