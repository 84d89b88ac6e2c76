"""What goes into the language and comes out of it: exactly, or not at all."""

from __future__ import annotations

import datetime
import decimal
import fractions
from collections import OrderedDict, deque, namedtuple
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlad_py as vlad
from vlad_py.python.classes import Classes
from vlad_py.python.convert import to_python, to_value
from vlad_py.python.function import Function
from vlad_py.values.show import show
from vlad_py.values.values import Array

Pair = namedtuple("Pair", "first second")


@dataclass
class Holder:
    """A dataclass with one field."""

    held: Any


class Color(IntEnum):
    """An integer with a name."""

    RED = 3


def shown(thing: object) -> str:
    return show(to_value(thing, "thing"))


def there_and_back(thing: object) -> Any:
    classes = Classes()
    return to_python(to_value(thing, "thing", classes), Function, classes)


VALUES: dict[str, list[Any]] = {
    "3": [
        3,
        3.0,
        np.float64(3),
        np.float32(3),
        np.int8(3),
        np.uint64(3),
        np.array(3),
        Color.RED,
        3 * np.float16(1),
    ],
    "true": [True, np.bool_(True), np.array(True)],
    "()": [()],
    '"a"': ["a", np.str_("a")],
    "(1, 2)": [(1, 2), (np.int64(1), 2.0)],
    "nil": [[]],
    "list(1, 2)": [[1, 2], [np.float32(1), 2]],
    "{}": [{}],
    "{first: 1, second: true}": [
        {"first": 1, "second": True},
        OrderedDict(first=1, second=True),
        Pair(1, True),
    ],
    "{held: list(1)}": [Holder([1]), {"held": [1]}],
    "1.152921504606847e18": [2**60, np.int64(2**60)],
    "-inf": [float("-inf"), np.float32("-inf")],
    "nan": [float("nan"), np.float32("nan")],
}


@pytest.mark.parametrize(
    ("text", "thing"), [(text, thing) for text, things in VALUES.items() for thing in things]
)
def test_what_goes_in(text: str, thing: object) -> None:
    assert shown(thing) == text


def test_a_boolean_is_no_number() -> None:
    assert there_and_back(True) is True
    with pytest.raises(vlad.RunError, match="expects a real on its left, got a boolean"):
        vlad.evaluate("fn x => x + 1")(True)


class ArrayLike:
    """An object that numpy converts to an array."""

    def __array__(self) -> Any:
        return np.zeros(2)


REFUSED = [
    (None, "thing: None is not a value"),
    ({1, 2}, "thing: an object of the class `set`"),
    (range(3), "thing: an object of the class `range`"),
    (1j, "thing: an object of the class `complex`"),
    (b"a", "thing: an object of the class `bytes`"),
    (object(), "thing: an object of the class `object`"),
    (decimal.Decimal(1), "`float\\(x\\)`"),
    (fractions.Fraction(1, 2), "`float\\(x\\)`"),
    (datetime.date(2000, 1, 1), "an object of the class `date`"),
    (Path("a"), "not a value of ADL"),
    (deque([1]), "not a value of ADL"),
    ((x for x in [1]), "`list\\(x\\)`"),
    (Holder, "@vlad.primitive"),
    (print, "@vlad.primitive"),
    (np.sin, "@vlad.primitive"),
    ((1,), "thing: ADL has no tuples of one"),
    ({1: 2}, "thing: a key of this dict is an object of the class `int`: 1"),
    ({"a b": 2}, "thing: `a b` cannot be the name of a field"),
    ({"fn": 2}, "thing: `fn` cannot be the name of a field"),
    ({"a: 1, b": 2}, "cannot be the name of a field"),
    ({"": 2}, "cannot be the name of a field"),
    ({"_": 2}, "cannot be the name of a field"),
    (2**53 + 1, "9007199254740993 is not exactly a real"),
    (np.int64(2**53 + 1), "9007199254740993 is not exactly a real"),
    (10**400, "too large"),
    (np.complex128(1), "complex128 is not a real"),
    (np.datetime64("2000"), "is not a real"),
    (np.array([1j]), "an array of complex128 is not an array of reals"),
    (np.array([None]), "an array of object"),
    (np.array(["a"]), "is not an array of reals"),
    (np.array([True]), "an array of booleans"),
    (np.ma.masked_array([1.0, 2.0], [True, False]), "may mean more than its numbers"),
    (np.array([[1, 2], [3, 2**53 + 1]]), "thing\\[1, 1\\]: the integer 9007199254740993"),
    (np.array([2**63 + 1], dtype=np.uint64), "thing\\[0\\]: the integer"),
    ([1, (2, {"w": [None]})], 'thing\\[1\\]\\[1\\]\\["w"\\]\\[0\\]: None'),
    (Holder(Pair(1, None)), "thing\\.held\\.second: None"),
    (ArrayLike(), "`numpy\\.asarray\\(x\\)` converts it to an array"),
]


@pytest.mark.parametrize(("thing", "message"), REFUSED)
def test_what_is_refused(thing: object, message: str) -> None:
    with pytest.raises(vlad.ConversionError) as caught:
        to_value(thing, "thing")
    assert caught.match(message)


def test_a_call_says_which_argument() -> None:
    f = vlad.evaluate("fn x => x")
    with pytest.raises(vlad.ConversionError, match='argument\\[1\\]\\["w"\\]: None'):
        f(1, {"w": None})
    with pytest.raises(vlad.ConversionError, match="argument: None"):
        f(None)


def test_depth_takes_no_stack() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    result = vlad.evaluate("fn x => x")(deep)
    for _ in range(100_000):
        (result,) = result
    assert result == []


def test_cycles_are_refused() -> None:
    cycle: list[Any] = [1]
    cycle.append({"again": cycle})
    with pytest.raises(vlad.ConversionError, match='thing\\[1\\]\\["again"\\]: this list contains itself'):
        to_value(cycle, "thing")
    shared = [1]
    assert shown([shared, shared]) == "list(list(1), list(1))"


def test_a_long_way_to_the_mistake_is_shortened() -> None:
    deep: Any = None
    for _ in range(1000):
        deep = [deep]
    with pytest.raises(vlad.ConversionError) as caught:
        to_value(deep, "thing")
    assert len(str(caught.value)) < 200


# ── arrays ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.0, 2.0]),
        np.array([[1, 2], [3, 4]], dtype=np.int32),
        np.array([1.5, np.nan, np.inf], dtype=np.float32),
        np.arange(6.0).reshape(2, 3).T,
        np.arange(6, dtype=">f8"),
        np.arange(6.0)[::-2],
        np.zeros((0, 3)),
        np.array([2**53, -(2**53)]),
        np.array([2**60]),
    ],
)
def test_arrays_come_back(array: Any) -> None:
    value = to_value(array, "thing")
    assert type(value) is Array
    back = there_and_back(array)
    assert type(back) is np.ndarray
    assert back.dtype == np.float64
    np.testing.assert_array_equal(back, array)


def test_a_view_that_is_read_only_for_now_is_copied() -> None:
    owner = np.arange(3.0)
    owner.flags.writeable = False
    add = vlad.evaluate("fn x => fn y => x + y")(owner[:])
    owner.flags.writeable = True
    owner[0] = 99.0
    assert add(0).tolist() == [0.0, 1.0, 2.0]


def test_an_array_is_kept_from_changes() -> None:
    array = np.array([1.0, 2.0])
    value = to_value(array, "thing")
    array[0] = 5.0
    back = to_python(value, Function)
    assert back.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        back[0] = 3.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        back.flags.writeable = True


def test_what_came_out_goes_in_without_a_copy() -> None:
    back = there_and_back(np.arange(4.0))
    value = to_value(back, "thing")
    assert isinstance(value, Array)
    assert np.shares_memory(value.data, back)
    frozen = np.arange(4.0)
    frozen.flags.writeable = False  # its owner may write again
    other = to_value(frozen, "thing")
    assert isinstance(other, Array)
    assert not np.shares_memory(other.data, frozen)


# ── round trips ──────────────────────────────────────────────────────────────────────────────

LEAVES = st.one_of(
    st.floats(allow_nan=False), st.booleans(), st.text(), st.integers(-(2**53), 2**53), st.just(())
)
STRUCTURES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, min_size=2, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(["a", "b_2", "x'", "é"]), inner, max_size=3),
        st.tuples(inner, inner).map(lambda pair: Pair(*pair)),
        inner.map(Holder),
    ),
    max_leaves=12,
)


@given(STRUCTURES)
def test_structures_come_back(thing: object) -> None:
    assert there_and_back(thing) == thing
    assert vlad.evaluate("fn x => x")(thing) == thing or isinstance(thing, tuple)


@given(STRUCTURES)
def test_what_comes_back_has_the_same_kinds(thing: object) -> None:
    assert shown(there_and_back(thing)) == shown(thing)


# ── what comes out cannot change what is inside ──────────────────────────────────────────────

MADE = (
    "let a = [1, 2, 3]",
    "let a = [1, 2, 3, 4][0:3]",
    "let a = [i for i in 1..3]",
    "let a = cumsum([1, 1, 1])",
    "let a = transpose([[1, 2, 3]])[:, 0]",
    "let a = gradient(fn x => sum(x ^ 2) / 2)([1, 2, 3])",
    "let a = flatten([1, 2, 3]) |> fn xs => [x for x in xs]",
    "let a = zeros(3) + [1, 2, 3]",
    "let a = {b: ([1, 2, 3], 1)}.b[0]",
)


@pytest.mark.parametrize("text", MADE)
def test_an_array_of_the_language_is_never_writable(text: str, tmp_path: Path) -> None:
    file = tmp_path / "m.adl"
    file.write_text(f"{text}\ndef first() = a[0]\n")
    module = vlad.load(file)
    array = module.a
    for each in (array, array[:], array[::2], array.T, array.reshape(3, 1), np.asarray(array)):
        with pytest.raises(ValueError, match="WRITEABLE"):
            each.setflags(write=True)
        with pytest.raises(ValueError, match="read-only"):
            each[0] = 1000.0
    assert not isinstance(array.base, np.ndarray)
    assert module.first() == 1.0


def test_a_structure_of_a_module_is_made_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "m.adl"
    file.write_text("let model = {w: 1, parts: list(1, 2)}\n")
    module = vlad.load(file)
    module.model["w"] = 5.0
    module.model["parts"].append(3.0)
    assert module.model == {"w": 1.0, "parts": [1.0, 2.0]}


def test_an_interval_of_python_is_its_own() -> None:
    inside = vlad.evaluate("let x = interval([0, 1], [2, 3])\nfn () => x")
    bounds = inside()
    bounds.lower = np.zeros(2)
    outer = inside()
    outer.lower.setflags(write=True)
    outer.lower[0] = -7.0
    assert inside().lower.tolist() == [0.0, 1.0]
    bounds = vlad.interval(np.array([0.0, 1.0]), np.array([2.0, 3.0]))
    add = vlad.evaluate("fn x => fn y => x + y")(bounds)
    bounds.lower = np.zeros(2)
    assert add(0.0).lower.tolist() == [0.0, 1.0]


def test_a_function_of_python_cannot_change_its_argument() -> None:
    def change(x: Any) -> float:
        x.setflags(write=True)
        return 0.0

    with pytest.raises(vlad.HostError, match="WRITEABLE"):
        vlad.evaluate("f([1, 2])", functions={"f": vlad.primitive(change)})
