"""Every primitive in every reader: a cell says that it works, or has the reason why it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import sweep
from array_calls import Plain, calls_of, value_of
from array_modes import pulled, pushed
from sweep_arrays import of_arrays
from test_texts import recording

from vlad_py.expressions.cost import cost_of
from vlad_py.ground.errors import NoDerivative, NothingKnown, RunError
from vlad_py.ground.late_numpy import quiet
from vlad_py.laboratory.modes import expression_of
from vlad_py.laboratory.trace_text import adl, latex, unicode
from vlad_py.native.formulas import compute
from vlad_py.native.reading import NoText
from vlad_py.numbers.each.each import Each, Unbatched
from vlad_py.numbers.forward.batch import Batch
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.interval.interval import interval
from vlad_py.numbers.observed.dependence import Dependence, Inputs
from vlad_py.numbers.symbolic.symbolic import Formula, symbol
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.primitives.kinds import Choosing, Elementwise, OfMany, OfReals, Pairing, Predicate
from vlad_py.primitives.primitive import PRIMITIVES, UNLISTED, NotDifferentiable, Primitive
from vlad_py.primitives.shapes import data_of
from vlad_py.primitives.zero_powers import power_at_zero
from vlad_py.values.values import Array, Value, is_array, plain, shape_of

Function: TypeAlias = Callable[..., Value]
MOST_CALLS = 4  # of one primitive
for orders in ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2)):
    power_at_zero(*orders)  # they are made when a derivative first takes them


@dataclass(frozen=True)
class Subject:
    """A primitive at a point, as a function of the reals and arrays there."""

    primitive: Primitive
    function: Function
    point: tuple[Plain, ...]

    @property
    def values(self) -> tuple[Value, ...]:
        return tuple(map(value_of, self.point))


class Undecided(Exception):
    """A reader has neither an answer nor a reason."""


def of_numbers() -> list[Primitive]:
    """The primitives that take reals or arrays, each with calls; those too that only derivatives take."""
    found = [*sweep.differentiable(), *(p for p in PRIMITIVES.values() if isinstance(p, Predicate))]
    return list({p.name: p for p in (*found, *of_arrays(), *UNLISTED.values())}.values())


def subjects(primitive: Primitive) -> Iterator[Subject]:
    """Some calls of a primitive; what is an order, and no real, is a constant in them."""
    if primitive.name in UNLISTED:
        yield from (Subject(primitive, primitive.apply, (0.0, n)) for n in (0.5, 2.5, -1.5))
    elif isinstance(primitive, OfReals):
        for xs in sweep.probes(primitive)[:2]:
            yield at_reals(primitive, xs)
    elif isinstance(primitive, Predicate):
        yield Subject(primitive, primitive.apply, (0.25, 2.5))
    calls = [call for call in calls_of(primitive) if call.inputs and all(map(np.size, call.inputs))]
    for call in islice(calls, MOST_CALLS):
        yield Subject(primitive, call.function, call.inputs)


def at_reals(primitive: OfReals, xs: tuple[float, ...]) -> Subject:
    """A call of a primitive of reals."""
    at = sweep.function(primitive)
    by = [i for i in sweep.active(primitive) if i < len(xs)]

    def function(*ys: Value) -> Value:
        return at(tuple(ys[by.index(i)] if i in by else x for i, x in enumerate(xs)))

    return Subject(primitive, function, tuple(xs[i] for i in by))


# ── the readers: each raises where it has no answer ──────────────────────────────────────────


def on_floats(subject: Subject) -> None:
    subject.function(*subject.values)


def on_arrays(subject: Subject) -> None:
    """For functions of reals the same element by element; for functions of arrays they are given."""
    if isinstance(subject.primitive, (Elementwise, Predicate)):
        arrays = [Array(np.array([x, x])) for x in subject.point]
        assert shape_of(subject.function(*arrays)) == (2,)
    elif isinstance(subject.primitive, OfMany) and not any(map(np.ndim, subject.point)):
        parts = np.array(subject.point)
        arguments = np.split(parts, 2) if isinstance(subject.primitive, Pairing) else [parts]
        subject.primitive.apply(*map(value_of, arguments))


def directions(subject: Subject) -> tuple[Value, ...]:
    return tuple(value_of(np.ones(np.shape(x))) for x in subject.point)


def forward(subject: Subject) -> None:
    y = subject.function(*subject.values)
    assert shape_of(pushed(subject.function, subject.values, directions(subject))) == shape_of(y)


def reverse(subject: Subject) -> None:
    y = subject.function(*subject.values)
    w = value_of(np.ones(shape_of(y)))
    by = tuple(range(len(subject.point)))
    for x, found in zip(subject.values, pulled(subject.function, subject.values, w, by), strict=True):
        assert shape_of(found) == shape_of(x)


def batches(subject: Subject) -> None:
    stacks = [Batch(1, value_of(np.ones((3, *np.shape(x))))) for x in subject.point]
    y = subject.function(*(Dual(1, x, v) for x, v in zip(subject.values, stacks, strict=True)))
    assert not isinstance(y, Dual) or isinstance(y.tangent, Batch | float | Array)


SAYS_NOTHING = "its entry does not say how it takes many items"


def items(subject: Subject) -> None:
    """All items of a batch at once, or a reason for taking them one by one."""
    each = [Each(1, value_of(np.stack([np.asarray(x, float)] * 3))) for x in subject.point]
    primitive = subject.primitive
    is_whole = isinstance(primitive, Choosing) or getattr(primitive, "batched", 1) is not None
    try:
        subject.function(*each)
    except Unbatched:
        is_whole = False
    if not is_whole:
        raise RunError(primitive.item_by_item or SAYS_NOTHING)


def taylor(subject: Subject) -> None:
    pairs = zip(subject.values, directions(subject), strict=True)
    subject.function(*(Taylor(1, [x, v], 3) for x, v in pairs))


def intervals(subject: Subject) -> None:
    width = 1e-3
    boxes = [interval(data_of(x), data_of(value_of(np.asarray(y) + width)))
             for x, y in zip(subject.values, subject.point, strict=True)]  # fmt: skip
    y = subject.function(*boxes)
    ends: Any = plain(y)
    at: Any = data_of(subject.function(*subject.values))
    if hasattr(ends, "lower"):
        inside = (ends.lower <= at + 1e-9) & (at <= ends.upper + 1e-9)
        assert np.all(inside | np.isnan(at))


def symbols(subject: Subject) -> None:
    names = [symbol(f"x{i}", np.shape(x)) for i, x in enumerate(subject.point)]
    found = plain(subject.function(*names))
    if isinstance(found, Formula):
        for text in (found.text(), found.latex(), found.simplified().text()):
            assert "⋯" not in text and "?" not in text, text
            internal = {p.name for p in (*PRIMITIVES.values(), *UNLISTED.values()) if p.internal}
            assert not internal & set(re.findall(r"\w+", text)), text


def sparsity(subject: Subject) -> None:
    numbers = []
    for i, x in enumerate(subject.values):
        reach: Any = Inputs((i,))
        if is_array(x):
            reach = np.empty(shape_of(x), object)
            reach.fill(Inputs((i,)))
        numbers.append(Dependence(x, reach))
    y = subject.function(*numbers)
    assert not isinstance(y, Dependence) or np.shape(y.reach) == shape_of(y)


def costs(subject: Subject) -> None:
    for operation in operations(subject):
        assert cost_of(operation) >= 0


def operations(subject: Subject) -> list[Any]:
    entries = recording(subject.function, subject.values).entries[len(subject.point) :]
    return [expression_of(entry) for entry in entries]


def texts(notation: Callable[..., Any]) -> Callable[[Subject], None]:
    def reader(subject: Subject) -> None:
        for operation in operations(subject):
            text = notation(lambda x: f"v{x.index}" if hasattr(x, "index") else x).of(operation)
            if "⋯" in text or "?" in text:
                raise Undecided(f"{operation.primitive.name} is written {text}")

    return reader


def native(subject: Subject) -> None:
    """For functions of reals compiled code has the entry's text."""
    if not isinstance(subject.primitive, (OfReals, Predicate)):
        raise RunError("compiled code has no arrays of numbers that it does not know: it is interpreted")
    if isinstance(subject.primitive, Predicate):
        return
    lines: list[str] = []

    def write(line: str) -> str:
        lines.append(line)
        return f"%{len(lines)}"

    names = [f"%x{i}" for i in range(sweep.count(subject.primitive))]
    try:
        compute(subject.primitive, names, write, lambda *_: None)
    except NoText:
        raise RunError("compiled code calls it back") from None


READERS: dict[str, Callable[[Subject], None]] = {
    "values": on_floats,
    "arrays": on_arrays,
    "forward": forward,
    "reverse": reverse,
    "batches": batches,
    "items": items,
    "taylor": taylor,
    "intervals": intervals,
    "symbols": symbols,
    "sparsity": sparsity,
    "cost": costs,
    "adl": texts(adl),
    "unicode": texts(lambda _: unicode(lambda i: i)),
    "latex": texts(lambda _: latex(lambda i: i)),
    "native": native,
}


def cell(primitive: Primitive, reader: str) -> str:
    """The reason why a primitive does not work in a reader; nothing if it does. Undecided where it neither
    works nor has a reason.
    """
    for subject in subjects(primitive):
        try:
            with quiet():
                READERS[reader](subject)
        except NoDerivative as error:
            return error.message
        except NothingKnown as error:
            raise Undecided(f"{primitive.name}, {reader}: {error.message}") from None
        except RunError as error:
            return error.message
        except (Undecided, AssertionError):
            raise
        except Exception as error:
            raise Undecided(f"{primitive.name}, {reader}: {error!r}") from error
    return ""


def partials_of(primitive: Primitive) -> list[str]:
    """The partial derivatives that are decisions not to have one."""
    partials = primitive.partials if isinstance(primitive, OfReals) else ()
    return [partial.why for partial in partials if isinstance(partial, NotDifferentiable)]
