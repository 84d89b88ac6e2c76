"""Plots for the library: what the arguments ask for, where to sample, and the plot of the samples (see
stdlib/prelude/plots.adl, which calls the functions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import isfinite

from vlad_py.ground.errors import RunError
from vlad_py.ground.node import record, replaced
from vlad_py.plots.figure import (
    LARGEST,
    NARROWEST,
    Figure,
    Marks,
    Range,
    Samples,
    line_of,
    overlaid,
    points_of,
    range_of,
    union,
    widened,
)
from vlad_py.plots.options import OPTIONS, hint_for
from vlad_py.plots.plot import Plot
from vlad_py.primitives.declare import internal
from vlad_py.values.show import describe, function_name, not_numbers, show, show_real
from vlad_py.values.values import (
    Array,
    Closure,
    Cons,
    Nil,
    Record,
    Value,
    is_function,
    list_items,
    make_list,
    plain,
)

GRID = 81  # points of a contour plot on each side
MOST_BINS = 10_000
MARGIN = 0.03  # of the range, beside single points
HEADROOM = 0.05  # of the highest bar, above it

FORMS = {
    "plot": "write `plot(f, a, b)`, `plot(list(f, g), a, b)`, `plot(xs, ys)`, or `plot(p, q)` of plots",
    "contour": "write `contour(f, (a, b), (c, d))` for a function of two reals",
    "histogram": "write `histogram(xs)`, or `histogram(xs, n)` for n bins",
}


@record
class _Words:
    """The options of a plot."""

    title: str = ""
    x: str = ""
    y: str = ""
    labels: tuple[str, ...] = ()
    points: bool = False
    equal: bool = False


# ── arguments ────────────────────────────────────────────────────────────────────────────────


def _taken(name: str, arguments: Value) -> tuple[tuple[Value, ...], _Words]:
    """The arguments without the options at their end, and these."""
    given = arguments if type(arguments) is tuple and arguments else (arguments,)
    if len(given) > 1 and type(given[-1]) is Record:
        return given[:-1], _words(name, given[-1])
    return given, _Words()


def _words(name: str, options: Record) -> _Words:
    found: dict[str, Value] = {}
    for option, value in zip(options.names, options.values, strict=True):
        if option not in OPTIONS:
            raise RunError(f"`{name}` has no option `{option}`", hint=hint_for(option))
        found[option] = value
        many = tuple(_items(value)) if option == "label" and type(value) is not str else (value,)
        kind = bool if option in ("points", "equal") else str
        if not many or not all(type(each) is kind for each in many):
            message = f"the option `{option}` of `{name}` is {OPTIONS[option]}, got {describe(value)}"
            raise RunError(message)
        if option == "label":
            found["labels"] = many
    found.pop("label", None)
    return _Words(**found)  # type: ignore[arg-type]


def _items(value: Value) -> Iterable[Value]:
    """The elements of a tuple or a list; none of anything else."""
    return value if type(value) is tuple else list_items(value) if isinstance(value, Cons) else ()


def _functions(value: Value) -> tuple[Value, ...]:
    """A function, or those in a tuple or a list; none where something else is among them."""
    found = (value,) if is_function(value) else tuple(_items(value))
    return found if all(map(is_function, found)) else ()


def _limits(name: str, low: Value, high: Value) -> Range:
    """The ends of a range. RunError unless they are finite, and the first is below the second."""
    ends = []
    for end in (low, high):
        number = plain(end)
        if type(number) is not float:
            raise not_numbers(f"`{name}` expects reals as bounds", end, hint=FORMS[name])
        if not isfinite(number):
            raise RunError(f"`{name}` expects finite bounds, got {show_real(number)}", hint=FORMS[name])
        ends.append(number)
    if not ends[0] < ends[1]:
        hint = "the lower bound comes first" if ends[0] > ends[1] else "the bounds must differ"
        raise RunError(f"`{name}` cannot go from {show_real(ends[0])} to {show_real(ends[1])}", hint=hint)
    if not isfinite(ends[1] - ends[0]):
        raise _unseen(name, "wide", ends[0], ends[1])
    if ends[1] - ends[0] < NARROWEST:
        raise _unseen(name, "narrow", ends[0], ends[1])
    return ends[0], ends[1]


def _unseen(name: str, what: str, low: float, high: float) -> RunError:
    return RunError(f"`{name}` cannot show so {what} a range, from {show_real(low)} to {show_real(high)}")


def _check_range(name: str, numbers: Iterable[float]) -> None:
    """RunError for finite numbers that an axis cannot tell apart, or cannot reach."""
    found = [number for number in numbers if isfinite(number)]
    low, high = min(found), max(found)
    _check_size(name, (high, low))
    if 0.0 < high - low < NARROWEST:
        raise _unseen(name, "narrow", low, high)


def _check_size(name: str, numbers: Iterable[float]) -> None:
    """RunError for finite numbers that an axis cannot reach."""
    largest = max(numbers, key=abs)
    if abs(largest) > LARGEST:
        raise RunError(f"`{name}` cannot show numbers beyond {show_real(LARGEST)}, got {show_real(largest)}")


def _numbers(name: str, value: Value) -> list[float]:
    """The reals of an array of one dimension, a list or a tuple."""
    data = plain(value)
    if type(data) is Array and data.data.ndim == 1:
        found: list[float] = data.data.tolist()
        return found
    if type(data) is tuple or isinstance(data, (Cons, Nil)):
        items = [plain(item) for item in _items(data)]
        wrong = [item for item in items if type(item) is not float]
        if not wrong:
            return [item for item in items if type(item) is float]
        raise not_numbers(f"`{name}` expects reals", wrong[0], among=True, hint=FORMS[name])
    raise not_numbers(f"`{name}` expects an array or a list of reals", value, hint=FORMS[name])


def _labelled(name: str, marks: Sequence[Marks], words: _Words) -> tuple[Marks, ...]:
    """Marks with the labels that were given. RunError where these are more or fewer."""
    if not words.labels:
        return tuple(marks)
    if len(words.labels) != len(marks):
        message = f"`{name}` has {len(marks)} curve{'s' * (len(marks) != 1)} and {len(words.labels)} labels"
        raise RunError(message)
    return tuple(replaced(each, label=label) for each, label in zip(marks, words.labels, strict=True))


def _plot(name: str, marks: Sequence[Marks], across: Range, up: Range, words: _Words) -> Plot:
    labelled = _labelled(name, marks, words)
    return Plot(Figure(labelled, across, up, words.title, words.x, words.y, words.equal))


# ── functions of one real ────────────────────────────────────────────────────────────────────

_DERIVATIVE = re.compile(r"(?:derivative|derivative_reverse|gradient)\((.*)\)")
_BODY = re.compile(r"fn \w+ => (.*)")
PRIMES = ("", "′", "″", "‴", "⁗")


def name_of(function: Value) -> str:
    """What a legend says: a name, or the body of a function, with a prime for each derivative."""
    text = function_name(function)
    times = 0
    while found := _DERIVATIVE.fullmatch(text):
        text, times = found[1], times + 1
    if body := _BODY.fullmatch(text):
        text = body[1]
    if times and not re.fullmatch(r"[\w.']+", text):
        text = f"({text})"
    return text + (PRIMES[times] if times < len(PRIMES) else f"⁽{times}⁾".translate(_RAISED))


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def parameters_of(functions: Iterable[Value]) -> str:
    """The parameters of a program's own functions, where all agree; "" if they do not."""
    closures = [f for f in functions if isinstance(f, Closure) and not f.code.span.source.library]
    found = {f.code.parameters.strip("()") for f in closures}
    return found.pop() if len(found) == 1 else ""


def _is_of_functions(arguments: Value) -> bool:
    given, _ = _taken("plot", arguments)
    return bool(_functions(given[0]))


def _of_functions(arguments: Value) -> Value:
    given, words = _taken("plot", arguments)
    if len(given) != 3:
        message = f"`plot` of a function takes two bounds, got {_count(len(given) - 1)}"
        several = ", for several functions `plot(list(f, g), a, b)`" if _functions(given[1:2]) else ""
        raise RunError(message, hint=f"write `plot(f, a, b)`{several}")
    functions = _functions(given[0])
    if words.points:
        raise RunError("`plot` shows functions as lines: the option `points` is for `plot(xs, ys)`")
    return make_list(functions), _limits("plot", given[1], given[2])


def _count(number: int) -> str:
    return f"{number} arguments after it" if number != 1 else "1 argument after it"


def _points(limits: Range, samples: Samples) -> Value:
    from vlad_py.plots.sampling import more  # only here, as below: most runs plot nothing

    return make_list(more(limits, list(samples)))


def _sampled(samples: Samples, added: Value) -> Value:
    return tuple(sorted([*samples, *list_items(added)]))  # type: ignore[type-var]


def _value(name: Value, at: Value, y: Value) -> Value:
    """The value of a function at a point, without its derivatives. RunError for one that is not a real."""
    number = plain(y)
    if type(number) is float:
        return number
    hint = "`plot(list(f, g), a, b)` shows functions, `plot(xs, ys)` a curve" if name == "plot" else ""
    if is_function(y):
        hint = "call the function that it gives, as in `fn x => f(1)(x)`"
    got = f"got {describe(y)} at {show(at)}"
    raise RunError(f"`{name}` expects functions whose values are reals, {got}", hint=hint)


def _of_samples(arguments: Value, all_samples: Value) -> Plot:
    from vlad_py.plots.sampling import curve

    given, words = _taken("plot", arguments)
    functions, limits = _functions(given[0]), _limits("plot", given[1], given[2])
    found: list[tuple[Marks, Range]] = []
    for function, samples in zip(functions, list_items(all_samples), strict=True):
        made = curve(limits, list(samples), name_of(function))  # type: ignore[call-overload]
        if not made[0].pieces:
            name, ends = name_of(function), " and ".join(map(show_real, limits))
            raise RunError(f"`plot` found no finite value of `{name}` between {ends}")
        found.append(made)
    words = replaced(words, x=words.x or parameters_of(functions))
    return _plot("plot", [m for m, _ in found], limits, widened(*union(up for _, up in found)), words)


internal("plot_is_of_functions", 1, "Whether the arguments of `plot` are functions.", _is_of_functions,
         gives_boolean=True)  # fmt: skip
internal("plot_of_functions", 1, "The list of functions to plot, and the bounds.", _of_functions)
internal("plot_points", 2, "plot_points(limits, samples): the list of the points to sample next.", _points)
internal("plot_sampled", 2, "plot_sampled(samples, list): the samples with those of the list.", _sampled)
internal("plot_value", 3, "plot_value(name, x, y): y, the value of a function at x, a plain real.", _value)
internal("plot_of_samples", 2, "plot_of_samples(arguments, list): the plot of the samples.", _of_samples)

# ── data, and plots together ─────────────────────────────────────────────────────────────────


def _of_data(arguments: Value) -> Plot:
    given, words = _taken("plot", arguments)
    plots = tuple(list_items(given[0])) if len(given) == 1 and isinstance(given[0], Cons) else given
    if all(type(each) is Plot for each in plots):
        return _together([each.figure for each in plots if isinstance(each, Plot)], words)
    if len(given) == 1 or len(given) > 2 or type(given[0]) is Plot:
        raise RunError(f"`plot` cannot show {_described(given)}", hint=FORMS["plot"])
    xs = _numbers("plot", given[0])
    rows = [_numbers("plot", row) for row in _rows(given[1])]
    kind = points_of if words.points else line_of
    for ys in rows:
        if len(ys) != len(xs):
            hint = "each x needs its y"
            raise RunError(f"`plot` expects as many ys as xs, got {len(xs)} xs and {len(ys)} ys", hint=hint)
    marks = [kind(zip(xs, ys, strict=True), "") for ys in rows]
    everything = [point for each in marks for point in each.points()]
    if not everything:
        raise RunError("`plot` has no points to show" + ": none is finite" * bool(xs))
    _check_range("plot", (x for x, _ in everything))
    _check_size("plot", (y for _, y in everything))
    beside = MARGIN if words.points else 0.0
    across = widened(*range_of(x for x, _ in everything), beside)
    return _plot("plot", marks, across, widened(*range_of(y for _, y in everything)), words)


def _described(given: Sequence[Value]) -> str:
    *first, last = map(describe, given)
    return (
        f"{len(given)} arguments"
        if len(first) > 2
        else " and ".join((*filter(None, [", ".join(first)]), last))
    )


def _rows(value: Value) -> Sequence[Value]:
    """The ys of one curve, or of each of several: of a list or a tuple of arrays or lists."""
    items = tuple(_items(value))
    is_many = items and not any(type(plain(item)) is float for item in items)
    return items if is_many else (value,)


def _together(figures: Sequence[Figure], words: _Words) -> Plot:
    whole = overlaid(figures)
    texts = {name: getattr(words, name) or getattr(whole, name) for name in ("title", "x", "y")}
    equal = whole.equal or words.equal
    return Plot(replaced(whole, marks=_labelled("plot", whole.marks, words), equal=equal, **texts))


internal("plot_of_data", 1, "The plot of numbers, or of other plots.", _of_data)


# ── histograms ───────────────────────────────────────────────────────────────────────────────


def _histogram(arguments: Value) -> Plot:
    given, words = _taken("histogram", arguments)
    # a tuple of reals is their collection, not a collection and a number
    if len(given) > 2 or (len(given) == 2 and type(plain(given[0])) is float):
        given = (given,)
    numbers = _numbers("histogram", given[0])
    count = plain(given[1]) if len(given) == 2 else 0.0
    if type(count) is not float or not count.is_integer() or not 0 <= count <= MOST_BINS:
        got = show_real(count) if type(count) is float else describe(given[1])
        raise RunError(f"`histogram` expects a whole number of bins, from 1 to {MOST_BINS}, got {got}")
    if len(given) == 2 and count == 0:
        raise RunError("`histogram` needs at least one bin", hint=FORMS["histogram"])
    if not any(map(isfinite, numbers)):
        raise RunError("`histogram` has no numbers to show" + ": none is finite" * bool(numbers))
    _check_range("histogram", numbers)
    from vlad_py.plots.bins import histogram

    bars = histogram(numbers, "", int(count) or None)
    across = range_of(x for x, _ in bars.points())
    _, high = range_of(y for _, y in bars.points())
    return _plot("histogram", [bars], across, (0.0, high * (1.0 + HEADROOM)), words)


internal("plot_histogram", 1, "The plot of how often numbers occur.", _histogram)


# ── functions of two reals ───────────────────────────────────────────────────────────────────


def _rectangle(arguments: Value) -> tuple[Value, Range, Range, _Words]:
    given, words = _taken("contour", arguments)
    pairs = [each for each in given[1:] if type(each) is tuple and len(each) == 2]
    if len(given) != 3 or len(pairs) != 2 or not is_function(given[0]):
        raise RunError(f"`contour` cannot show {_described(given)}", hint=FORMS["contour"])
    across, up = (_limits("contour", *pair) for pair in pairs)
    return given[0], across, up, words


def _grid(limits: Range) -> list[float]:
    low, high = limits
    return [(1.0 - i / (GRID - 1)) * low + i / (GRID - 1) * high for i in range(GRID)]


def _contour_points(arguments: Value) -> Value:
    function, across, up, _ = _rectangle(arguments)
    return function, make_list(_grid(across)), make_list(_grid(up))


def _contour_of(arguments: Value, values: Value) -> Plot:
    from vlad_py.plots.contours import contours

    function, across, up, words = _rectangle(arguments)
    rows = [list(list_items(row)) for row in list_items(values)]
    marks = contours(_grid(across), _grid(up), rows)  # type: ignore[arg-type]
    if not marks:
        raise RunError("`contour` found no level: the function has one value, or none that is finite")
    names = parameters_of([function]).split(", ")
    x, y = names if len(names) == 2 else ("", "")
    words = replaced(words, x=words.x or x, y=words.y or y)
    if words.labels:
        raise RunError("`contour` takes no option `label`: its lines say their values")
    return _plot("contour", marks, across, up, words)


internal("contour_points", 1, "The function, and the lists of xs and ys where it is needed.", _contour_points)
internal(
    "contour_of", 2, "contour_of(arguments, rows): the plot of the values, a list for each y.", _contour_of
)
