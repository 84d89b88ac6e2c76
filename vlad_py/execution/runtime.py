"""What compiled code calls besides primitives: calls of any function value, data, sequences, errors."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from vlad_py.differentiation.levels import pull
from vlad_py.differentiation.renaming import open_binder
from vlad_py.differentiation.tags import outermost_batch
from vlad_py.execution.tightening import Limited, tighten
from vlad_py.ground.errors import Expected, Mismatch, RunError, near
from vlad_py.numbers.each.each import Unbatched
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.positions import ONE_STRING
from vlad_py.primitives.primitive import PRIMITIVES, Primitive, arity_error, call, signature
from vlad_py.primitives.shapes import element
from vlad_py.primitives.structures import elements
from vlad_py.values.conditions import many_conditions
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe, show
from vlad_py.values.structure import leaves
from vlad_py.values.values import (
    NIL,
    Array,
    Binder,
    Closure,
    Code,
    Cons,
    Continuation,
    Nil,
    Pullback,
    Range,
    Record,
    Step,
    Value,
    is_array,
    is_function,
    is_real,
    list_items,
    plain,
    shape_of,
)

LONGEST_SHOWN = 60  # characters of a value in an error message
OTHER_FIELD = "`with` changes fields; write out a record with another field: `{a: m.a, new: 1}`"
# settings as other tools and other files call them, with the fields of the library's `defaults` that may be
# meant, or a whole setting
TOLERANCES = ("tolerance", "relative", "absolute")
COUNTS = ("iterations", "steps", "epochs", "draws")
SETTINGS = {
    **dict.fromkeys(("tol", "tolerance", "eps", "epsilon", "precision", "accuracy"), TOLERANCES),
    **dict.fromkeys(("rtol", "reltol", "rel_tol"), ("relative", "tolerance")),
    **dict.fromkeys(("atol", "abstol", "abs_tol", "gtol", "ftol", "xtol"), ("absolute", "tolerance")),
    **dict.fromkeys(("maxiter", "max_iter", "max_iterations", "iterations", "steps"), COUNTS),
    **dict.fromkeys(("max_steps", "n_steps", "maxsteps", "max_nfev", "epochs"), COUNTS),
    **dict.fromkeys(("h", "dt", "step_size", "first_step", "max_step"), ("step",)),
    **dict.fromkeys(("lr", "learning_rate", "eta"), ("rate", "method: descent.adam(0.1)")),
    **dict.fromkeys(("solver", "algorithm", "optimizer"), ("method",)),
    **dict.fromkeys(("limit", "subdivisions"), ("pieces", "cuts")),
    **dict.fromkeys(("callback", "verbose", "disp"), ("report",)),
    **dict.fromkeys(("batch_size", "batchsize"), ("batch",)),
    **dict.fromkeys(("seed", "rng"), ("key",)),
    **dict.fromkeys(("n_samples", "num_samples", "samples"), ("samples", "draws")),
    **dict.fromkeys(("burn_in", "burnin", "tune"), ("warmup",)),
}
# what other languages have as methods of lists and arrays, with the call that it is; all primitives besides
METHODS = {
    "filter": "filter(f, xs)",
    "map": "map(f, xs)",
    "append": "concat(xs, list(x))",
    "push": "x :: xs",
    "T": "transpose(a)",
    "ndim": "length(flatten(shape(a)))",
    "item": "a[0]",
    "at": "[if i == 0 then x else a[i] for i in 0..length(a) - 1]",
    "grad": "gradient(f)(x)",
    "backward": "gradient(f)(x)",
    "gradient": "gradient(f)(x)",
    "derivative": "derivative(f)(x)",
}
# those of them that are another call for an array
METHODS_OF_ARRAYS = {"append": "concat(xs, [x])", "push": "concat(xs, [x])"}


def apply(function: Value, argument: Value, k: Continuation) -> Step:
    """The step that calls any value. RunError if it is not a function."""
    if type(function) is Closure:
        return function.enter, function.env, argument, k
    if isinstance(function, Primitive):
        if not function.pure:
            alone(k)
        value = call(function, argument)
        if type(value) is Limited:
            return tighten, value.limits, value.value, k
        return k[0], k, value, k[1]
    if type(function) is Binder:
        return apply(*opened_derivative(function, argument, k))
    if type(function) is Pullback:
        return k[0], k, pull(function, argument), k[1]
    raise NotAFunction(function, argument)


def alone(k: Continuation) -> None:
    """Before what has an effect, which every item of a batch has on its own: Unbatched within one."""
    tag = outermost_batch(k[2])
    if tag is not None:
        raise Unbatched(tag, EFFECT)


EFFECT = "it prints, or calls a function of Python"


def opened_derivative(function: Value, argument: Value, k: Continuation) -> tuple[Value, Value, Continuation]:
    """The call to make for a call of a derivative that is a function: of the function inside, under a fresh
    tag that is live while it runs. Derivatives of derivatives are all opened.
    """
    while type(function) is Binder:
        extract = function.extract
        tag, function, input = open_binder(function, k[2])
        k = (_take_derivative, k, (tag, k[2]), extract, tag, input)
    return function, argument, k


def _take_derivative(frame: Any, value: Value, k: Continuation) -> Step:
    extract, tag, input = frame[3:]
    return k[0], k, extract(tag, value, input), k[1]


# ── data ─────────────────────────────────────────────────────────────────────────────────────


def get_field(record: Value, name: str) -> Value:
    """A field of a record. RunError if there is none."""
    if type(record) is Record:
        try:
            return record.values[record.names.index(name)]
        except ValueError:
            raise NoField(name, record) from None
    message = f"expected a record with a field `{name}`, got {describe(record)}{_shown(record)}"
    is_sequence = type(record) in (tuple, Cons, Nil) or is_array(record)
    primitive = PRIMITIVES.get(name)
    hint = f"an element is `a[0]`; a record is written `{{{name}: …}}`" if is_sequence else ""
    if is_sequence and name in ("length", "len", "size", "count"):
        hint = "write `length(xs)`"
    elif type(record) is str:
        hint = ONE_STRING
    elif name in METHODS:
        of_arrays = METHODS_OF_ARRAYS if is_array(record) else {}
        hint = f"values have no methods: write `{of_arrays.get(name, METHODS[name])}`"
    elif is_function(record):
        hint = "call it to get a value, as in `f(x)`; two functions are composed by `fn x => f(g(x))`"
    elif primitive is not None and not primitive.internal:
        hint = f"values have no methods: write `{signature(primitive)}`"
    raise RunError(message, hint=hint)


def update_record(record: Value, names: tuple[str, ...], values: tuple[Value, ...]) -> Record:
    """The record with some fields replaced. RunError for a field that it does not have."""
    if type(record) is not Record:
        raise RunError(f"`with` expects a record before it, got {describe(record)}{_shown(record)}")
    new = list(record.values)
    for name, value in zip(names, values, strict=True):
        if name not in record.names:
            error = NoField(name, record)
            updates = " or ".join(f"`{{m with {setting}}}`" for setting in meant_by(name, record.names))
            error.hint = f"write {updates}" if updates else error.hint or OTHER_FIELD
            raise error
        new[record.names.index(name)] = value
    return Record(record.names, tuple(new))


def meant_by(name: str, settings: Collection[str]) -> list[str]:
    """Those of these settings that another tool calls by this name, as they are written in a record."""
    meant = [setting for setting in SETTINGS.get(name, ()) if setting.split(":")[0] in settings]
    return [setting if ":" in setting else f"{setting}: …" for setting in meant]


@lru_cache(maxsize=1024)
def has_fields(fields: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether the fields of a record have all these names."""
    return set(names) <= set(fields)


def is_literal(value: Value, literal: Value) -> bool:
    """Whether a literal pattern fits a value; a test, so it sees primals."""
    value = plain(value)
    if isinstance(value, Indefinite) and (type(literal) is float or value.is_condition):
        return value.equals(literal)
    return type(value) is type(literal) and value == literal


# ── sequences ────────────────────────────────────────────────────────────────────────────────


def iterate(sequence: Value) -> Iterator[Value]:
    """The elements of a sequence, for a loop that runs within one step."""
    if is_array(sequence):
        return elements(sequence)
    if type(sequence) is Range:
        low, size = sequence.low, sequence.size
        if size <= 0:
            return iter(())
        if type(low) is float and low.is_integer() and abs(low) + size < 2.0**53:
            return map(float, range(int(low), int(low) + int(size)))
    return _elements(sequence)


def _elements(sequence: Value) -> Iterator[Value]:
    rest = cursor(sequence)
    while rest is not None:
        element, rest = next_item(rest)
        yield element


class Rest:
    """An array of which `done` elements along its first dimension are past."""

    __slots__ = ("array", "done")

    def __init__(self, array: Value, done: int) -> None:
        self.array = array
        self.done = done


def cursor(sequence: Value) -> Value | None:
    """A sequence with its first element at hand; None if it is empty. RunError if it is none."""
    if type(sequence) is Range:
        return sequence if sequence.size > 0 else None
    if type(sequence) is Cons:
        return sequence
    if type(sequence) is Nil:
        return None
    if is_array(sequence):
        return Rest(sequence, 0) if shape_of(sequence)[0] else None
    hint = "for the elements of a tuple: `list(t[0], t[1])`" if type(sequence) is tuple else ""
    hint = "a range is `1..n`, or `0..n - 1`" if is_real(sequence) else hint
    hint = ONE_STRING if type(sequence) is str else hint
    raise RunError(f"expected a range, an array or a list after `in`, got {describe(sequence)}", hint=hint)


def next_item(rest: Value) -> tuple[Value, Value | None]:
    """The element at a cursor, and the cursor after it."""
    if type(rest) is Cons:
        tail = rest.tail
        return rest.head, (tail if type(tail) is Cons else None)
    if type(rest) is Rest:
        i = rest.done
        later = Rest(rest.array, i + 1) if i + 1 < shape_of(rest.array)[0] else None
        return element(rest.array, i), later
    assert type(rest) is Range
    done = rest.done + 1.0
    return add(rest.low, rest.done), (Range(rest.low, rest.size, done) if done < rest.size else None)


def in_order(values: Value) -> tuple[Value, ...]:
    """The items of a list that was made from last to first."""
    return tuple(list_items(values))[::-1]


# ── errors ───────────────────────────────────────────────────────────────────────────────────


def _shown(value: Value) -> str:
    if not is_real(value) and type(value) not in (str, bool):
        return ""
    text = show(value)
    return f" `{text}`" if len(text) <= LONGEST_SHOWN else ""


def not_boolean(value: Value) -> RunError:
    """The error for a condition that is not a boolean."""
    if type(value) is Array:
        return many_conditions(value, describe(value))
    hint = "compare it: `x != 0`" if is_real(value) else ""
    return RunError(f"expected a boolean, got {describe(value)}{_shown(value)}", hint=hint)


class NoField(RunError):
    """A field that a record does not have; `wanted` is the hint where it is the library that asks for it."""

    def __init__(self, name: str, record: Record) -> None:
        super().__init__(f"no field `{name}` in {describe(record)}", hint=near(name, record.names))
        misspelt = next((given for given in record.names if near(given, [name])), "")
        self.wanted = f"the function asks for a field `{name}: …`" + (
            f", where the record has `{misspelt}`" if misspelt else ""
        )
        self.names = (name, *record.names)


class NotAFunction(RunError):
    """A call of a value that is not a function."""

    def __init__(self, value: Value, argument: Value) -> None:
        hint = ""
        if type(argument) is tuple and not argument:
            hint = f"{describe(value)} is not a function: write it without `()`"
        elif is_real(value):
            hint = "to multiply write `*`"
        elif is_array(value) or (type(value) in (tuple, Cons) and value):
            hint = "an element is `a[0]`, in square brackets"
        if type(value) is tuple and len(value) == 2 and any(map(is_function, value)):
            i = 0 if is_function(value[0]) else 1
            names = "(y, g)" if i else "(g, y)"
            hint = (
                f"`t[{i}]` is a function: `let {names} = t` names it, as in `let (y, pullback) = vjp(f, x)`"
            )
        super().__init__(f"expected a function to call, got {describe(value)}{_shown(value)}", hint=hint)
        self.because(Mismatch(Expected.FUNCTION, value))


class WrongArguments(RunError):
    """A call with the wrong number of arguments; the place to show is the call, where it is known."""

    def __init__(self, code: Code, size: int, argument: Value) -> None:
        message = arity_error(code.name, size, argument).message
        if code.name == "fn":
            message = message.replace("`fn`", "this function", 1)
        hint = f"its parameters are `{code.parameters}`" if size else ""
        if size > 1 and is_array(argument) and not code.span.source.library:
            hint = f"{hint}; a function of an array of {size} has the pattern `[…]`, as in `fn [x, y] => …`"
        call, _, meaning = " ".join(code.doc.split()).partition(": ")
        if code.span.source.library and call.startswith(f"{code.name}("):
            hint = f"`{call}` is {meaning.partition('. ')[0].removesuffix('.')}"
            hint = _with_settings(code, size, argument) or hint
        super().__init__(message, hint=hint)
        parameters = "" if code.span.source.library else code.parameters
        self.because(Mismatch(Expected.ARGUMENTS, argument, code.name, size, parameters))
        self.function = code.name
        self.is_one_for_many = size > 1 and type(argument) is not tuple
        self.is_of_two = type(argument) is tuple and len(argument) == 2


def _with_settings(code: Code, size: int, argument: Value) -> str:
    """The hint for a call of a library function with settings, if its `…_by` form takes them; else empty."""
    if type(argument) is not tuple or len(argument) != size + 1:
        return ""
    form = re.search(rf"^def ({code.name}_by\([^)]*\)) =", code.span.source.text, re.MULTILINE)
    is_record = isinstance(argument[0], Record) or isinstance(argument[-1], Record)
    return f"settings go to `{form[1]}`" if form is not None and is_record else ""


def wrong_tuple(value: Value, size: int, what: str) -> RunError:
    """The error for a value that a tuple pattern does not fit."""
    expected = f"a tuple of {size}" if size else "the unit `()`"
    hint = ""
    if is_array(value) or type(value) is Cons:
        apart = "; the pattern `[x, y]` takes an array apart" if is_array(value) else ""
        hint = f"an array or a list is not a tuple: its elements are `a[0]`, `a[1]`, …{apart}"
    message = f"{what} expects {expected}, got {describe(value)}{_shown(value)}"
    return RunError(message, hint=hint).because(Mismatch(Expected.SHAPE, value, place=size))


APART = "`x :: rest` takes lists apart, `[x, y]` arrays of two"


def no_match(value: Value, what: str) -> RunError:
    """The error for a value that no pattern fits."""
    is_small = len(list(islice(leaves(value), LONGEST_SHOWN))) < LONGEST_SHOWN
    text = show(value) if is_small else ""
    shown = f" `{text}`" if text and len(text) <= LONGEST_SHOWN and value is not NIL else ""
    mismatch = Mismatch(Expected.SHAPE, value)
    of_sequence = is_array(value) or type(value) is Cons
    if what != "an arm of this match":
        hint = APART if of_sequence else ""
        return RunError(f"{what} does not fit {describe(value)}{shown}", hint=hint).because(mismatch)
    others = "an arm `_ => …` takes everything else"
    hint = f"{others}; {APART}" if of_sequence else others
    if value is NIL:
        hint = "an arm `nil => …` takes the empty list"
    message = f"no arm of this match fits {describe(value)}{shown}"
    return RunError(message, hint=hint).because(mismatch)
