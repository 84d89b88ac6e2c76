"""A recording: the Wengert list of a call, what goes in, what comes out, and the differentiations inside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from vlad_py.execution.limits import Limits
from vlad_py.execution.machine import run
from vlad_py.ground.errors import RunError
from vlad_py.ground.source import Span
from vlad_py.laboratory.given import by_rules
from vlad_py.laboratory.inputs import NAME, names_of, paths_of, roots_of
from vlad_py.laboratory.stack import Place, here, live_tags, operator_of
from vlad_py.numbers.observed.wengert import Entry, Recorded, WengertList
from vlad_py.numbers.roles import PRIMAL, listening
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe, function_name
from vlad_py.values.structure import data_parts, leaves, transform
from vlad_py.values.values import Array, Closure, Value, is_numeric, plain, shape_of


@dataclass(frozen=True, slots=True)
class Level:
    """A differentiation within the call: its number, from 1, the library's operator, and where it stands."""

    number: int
    operator: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of which level's number an operation computes: a tangent, a Taylor coefficient, a partial
    or an adjoint.
    """

    level: int
    role: str


@dataclass(frozen=True, slots=True)
class Written:
    """A call as it is written: its function, and its argument with brackets around it."""

    function: Span
    argument: str


@dataclass(slots=True, eq=False)
class Recording:
    """The operations of a call f(x), in order; the first `inputs` of them are the reals and arrays of x.

    `function` is a name for f, which a program may use; `written` the call where it is one of a text.
    `paths` says for each input how x holds it, as in `model.w[0]`; `roots` are the names in front. `names`
    are those of the function's own pattern where it takes x apart. `depths` says for each operation in how
    many derivatives it stands.
    """

    function: str
    written: Written | None
    argument: Value
    roots: tuple[str, ...]
    paths: tuple[str, ...]
    names: tuple[str, ...]
    entries: list[Entry]
    result: Value
    spans: list[Span | None]
    parts: list[tuple[Part, ...]]
    depths: list[int]
    levels: list[Level]
    file: str
    by_rule: str  # the name of a function whose derivative is given by a rule, if one was met

    @property
    def inputs(self) -> int:
        """How many inputs there are."""
        return len(self.paths)

    @property
    def called(self) -> str:
        """What was called, as it is written where a text has the call."""
        return self.function if self.written is None else one_line(self.written.function.text)

    def number(self, index: int) -> int:
        """The subscript of an operation: inputs end at 0, as the survey counts."""
        return index - self.inputs + 1

    def outputs(self) -> list[Value]:
        """The reals and arrays of the result: recorded numbers, or constants."""
        return [leaf for leaf in leaves(self.result) if is_numeric(leaf)]


def record(
    function: Value,
    argument: Value,
    limits: Limits | None = None,
    *,
    as_run: bool = False,
    with_rules: bool = False,
    written: Written | None = None,
) -> Recording:
    """Calls a function on recorded numbers. Raises errors.Error, as the call itself does.

    Operations are numbered layer by layer, as the survey numbers them; or in the order `as_run`. If it is
    `with_rules`, a call of a function whose derivative is given by a rule is one operation.
    """
    wengert = WengertList(here)
    if with_rules:
        wengert.whole = by_rules(wengert, limits)
    roots = roots_of(function, argument)
    paths = paths_of(roots, argument)
    recorded = transform(argument, lambda x: wengert.input(plain(x)) if is_numeric(x) else x, data_parts)
    with listening():
        result = run(function, recorded, limits)
    if not as_run:
        wengert.by_depth()
    name = function_name(function)
    code = function.code if isinstance(function, Closure) else None
    called = written.function if written is not None else None
    found = _Levels(code.span if code is not None else None, called)
    places = [entry.place for entry in wengert.entries if isinstance(entry.place, Place)]
    spans = [found.span_of(place) for place in places]
    parts = [found.parts_of(place) for place in places]
    depths = [len({*live_tags(place.k), *(tag for tag, _ in place.roles)}) for place in places]
    file = code.span.source.name if code is not None else ""
    name = name if NAME.fullmatch(name) and name != "fn" else "f"
    return Recording(
        name,
        written,
        argument,
        roots,
        tuple(paths),
        names_of(function, argument),
        wengert.entries,
        result,
        spans,
        parts,
        depths,
        found.levels,
        file,
        wengert.by_rule,
    )


def checked_argument(arguments: tuple[Any, ...]) -> Value:
    """The one argument of a call: several are one tuple, and Python's whole numbers are reals.

    RunError where there are intervals or symbols among its reals.
    """
    values = tuple(float(x) if type(x) is int else x for x in arguments)
    argument = values[0] if len(values) == 1 else values
    for primal in map(plain, leaves(argument)):
        if isinstance(primal, Indefinite):
            raise primal.unobserved()
    return argument


# ── the differentiations inside ──────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Levels:
    """The differentiations that operations stand in, by tag, in the order in which they began: an outer one
    before those inside it. `function` is what was called, and `called` how that is written.
    """

    function: Span | None
    called: Span | None
    numbers: dict[int, int] = field(default_factory=dict)
    levels: list[Level] = field(default_factory=list)

    def parts_of(self, place: Place) -> tuple[Part, ...]:
        for tag in (*live_tags(place.k), *(tag for tag, _ in place.roles[::-1])):
            if tag not in self.numbers:
                self.numbers[tag] = len(self.levels) + 1
                self.levels.append(self._level(tag, place))
        parts = (Part(self.numbers[tag], role) for tag, role in place.roles if role != PRIMAL)
        return tuple(sorted(parts, key=lambda part: part.level))

    def _level(self, tag: int, place: Place) -> Level:
        own, call = operator_of(tag, place.k)
        own = own or place.span
        name = "derivative"
        if own is not None and own.source.library:
            name = own.definition
        return Level(len(self.levels) + 1, name, self._place(name, call))

    def _place(self, name: str, call: Span | None) -> Span | None:
        """The user's call of an operator. A call in tail position leaves none: then the only mention of
        its name in what was called, or all that was called.
        """
        taken = {level.span.start for level in self.levels if level.span is not None}
        within = call or self.function
        if within is not None and within.source.library:
            return self.called  # an operator itself is what was called
        if within is None or (within.text.startswith(name) and within.start not in taken):
            return within
        starts = [m.start() + within.start for m in re.finditer(rf"\b{name}\b", within.text)]
        free = [start for start in starts if start not in taken]
        return Span(within.source, free[0], free[0] + len(name)) if len(free) == 1 else within

    def span_of(self, place: Place) -> Span | None:
        """The place that a user knows: of what the library does, that of its call."""
        if place.span is not None and place.span.source.library:
            return operator_of(0, place.k)[1]
        return place.span


def numeric_result(recording: Recording) -> Recorded:
    """The one real that a call gives. RunError for anything else: reverse mode starts from a real."""
    result = recording.result
    if is_numeric(result) and type(plain(result)) is not Array:
        if isinstance(result, Recorded):
            return result
        message = "the value does not depend on the arguments: there is nothing to differentiate"
        raise RunError(message, hint="the mode `primal` shows what ran")
    hint = "use forward mode"
    if (one := _of_one_component(recording)) is not None:
        hint = f"trace one component: `{one}`, or use forward mode"
    raise RunError(
        f"reverse mode starts from a real, but the value of the call is {describe(result)}", hint=hint
    )


def _of_one_component(recording: Recording) -> str | None:
    """The call, or the function where no text has it, of which the first real is the value."""
    outputs = zip(paths_of(("",), recording.result), map(shape_of, recording.outputs()), strict=True)
    path, shape = next(((path, shape) for path, shape in outputs if all(shape)), ("", None))
    if shape is None:
        return None
    path += f"[{', '.join('0' * len(shape))}]" if shape else ""
    roots = ", ".join(recording.roots)
    parameters = f"({roots})" if len(recording.roots) > 1 else roots
    if recording.written is None:
        return f"fn {parameters} => f({roots}){path}"
    return f"(fn {parameters} => {recording.called}({roots}){path}){recording.written.argument}"


def one_line(text: str) -> str:
    """A text of the source on one line."""
    return " ".join(text.split())
