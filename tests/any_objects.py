"""Every public name of the Python package, called with every kind of object.

    python tests/any_objects.py [--seed N] [--calls N]

A call gives an object, or raises an error of the language or one of Python that the name documents. An
internal error and any other exception of Python are defects. Enter a new kind of object in `OBJECTS`.
"""

from __future__ import annotations

import argparse
import array
import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import inspect
import io
import operator
import pathlib
import pickle
import random
import sys
import types
from collections import Counter, OrderedDict, defaultdict, namedtuple
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import vlad_py as vlad
from vlad_py.ground.errors import Bug, Error

# What a name may raise besides errors of the language: its documentation says so.
DOCUMENTED = {"load": (OSError, UnicodeDecodeError), "run": (OSError, UnicodeDecodeError)}
HIDDEN = {"load_ipython_extension", "unload_ipython_extension"}

Point = namedtuple("Point", "x y")
Empty = namedtuple("Empty", "")


@dataclasses.dataclass
class Model:
    w: Any
    b: Any = 0.0


class Colour(enum.IntEnum):
    RED = 1


class Rude:
    """An object whose every method raises."""

    def _raise(self, *_: object, **__: object) -> Any:
        raise RuntimeError("rude")

    __repr__ = __str__ = __eq__ = __hash__ = __float__ = __len__ = __iter__ = __call__ = __bool__ = _raise
    __getitem__ = __fspath__ = __array__ = _raise


class RudeError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("rude")


def _holding_itself() -> list[Any]:
    held: list[Any] = []
    held.append(held)
    return held


def _deep(levels: int = 3000) -> list[Any]:
    made: list[Any] = [1.0]
    for _ in range(levels):
        made = [made]
    return made


def _raising(*_: object) -> Any:
    raise RudeError


def _objects() -> list[Any]:
    square = vlad.evaluate("fn x => x * x")
    model = vlad.evaluate("fn m => sum(m.w) + m.b")
    return [
        *(None, True, False, 0, 1, -1, 2**53 + 1, 10**400, 1.5, float("nan"), float("inf"), 1j, 5e-324),
        *("", "a", "1 +", "fn x => x", "\ud800", "\0", "x" * 300, b"a", bytearray(b"a"), memoryview(b"a")),
        *(
            (),
            (1,),
            (1, 2),
            (1, "a"),
            [],
            [1],
            [1, None],
            [[]],
            {},
            {"a": 1},
            {1: 2},
            {"a b": 1},
            {"_": 1},
            set(),
        ),
        *(
            {"if": 1},
            frozenset({1}),
            range(3),
            iter([1]),
            (x for x in (1, 2)),
            slice(1, 2),
            ...,
            NotImplemented,
        ),
        *(
            decimal.Decimal("0.1"),
            fractions.Fraction(1, 3),
            datetime.date(2020, 1, 1),
            Colour.RED,
            pathlib.Path("x"),
        ),
        *(Point(1, 2), Empty(), Model(1.0), Model, Point, OrderedDict(a=1), defaultdict(int), Counter("ab")),
        *(
            Rude(),
            RudeError(),
            object(),
            object,
            int,
            math_of := sys.modules["math"],
            types.SimpleNamespace(a=1),
        ),
        *(
            len,
            print,
            lambda x: x,
            lambda: 1,
            lambda *xs: xs,
            _raising,
            partial(pow, 2),
            operator.itemgetter(0),
        ),
        *(
            _holding_itself(),
            _deep(),
            io.StringIO("x"),
            array.array("d", [1.0]),
            math_of.sin,
            str,
            dict,
            Exception,
        ),
        *(np.float64(1), np.float32(0.1), np.int64(2**62), np.bool_(True), np.complex128(1), np.str_("a")),
        *(
            np.zeros(()),
            np.zeros(0),
            np.zeros((2, 3)),
            np.zeros((1,) * 40),
            np.zeros(3, "i4"),
            np.zeros(2, bool),
        ),
        *(
            np.zeros(2, "U3"),
            np.zeros(2, object),
            np.zeros(2, "M8[s]"),
            np.ma.zeros(3),
            np.zeros(2, "f2"),
            np.arange(4),
        ),
        *(
            np.zeros(2, np.longdouble),
            np.array([2**60 + 1]),
            np.zeros(2, [("a", "f8")]),
            np.zeros((0, 3)),
            np,
            np.sin,
        ),
        *(
            np.zeros((3, 4))[::2, ::-1],
            np.array([np.nan, np.inf]),
            np.zeros(4, ">f8"),
            np.datetime64("2020-01-01"),
        ),
        *(
            square,
            model,
            vlad.derivative,
            vlad.interval(0, 1),
            vlad.symbol("q"),
            vlad.symbol("v", 2),
            vlad.Limits(),
        ),
        *(
            vlad.derivative(square),
            vlad.vjp(square, 2.0)[1],
            vlad.evaluate("sin"),
            vlad.primitive(lambda x: x),
        ),
        *(
            vlad.primitive(_raising),
            vlad.evaluate("fn () => 1"),
            vlad.evaluate("fn (x, y) => x * y"),
            vlad,
            vlad.Error,
        ),
        *(
            vlad.evaluate("derivative(fn x => fn y => x * y)(2)"),
            vlad.evaluate("fn x => nil"),
            vlad.Error("a"),
        ),
    ]


OBJECTS = _objects()


def _names() -> dict[str, Callable[..., Any]]:
    """The public names, and what can be done to an object of theirs."""
    names = {name: getattr(vlad, name) for name in dir(vlad) if name not in HIDDEN}
    found = {name: thing for name, thing in names.items() if callable(thing) and not _is_error(thing)}
    square, symbol = vlad.evaluate("fn x => x * x"), vlad.symbol("q", 2)
    found |= {
        "a function": square,
        "a function of two": vlad.evaluate("fn (x, y) => x * y"),
        "a function that prints": vlad.evaluate("fn x => show(x)"),
        "a gradient": vlad.gradient(vlad.evaluate("fn x => sum(flatten(x))")),
        "a function of Python": vlad.primitive(lambda x: x, jvp="fn (x, v) => v"),
        "what raises": vlad.primitive(_raising),
        "a rule": lambda x: vlad.primitive(lambda y: y, jvp=x),
        "a pullback rule": lambda x: vlad.primitive(lambda y: y, vjp=x),
        "a result of Python": lambda x: vlad.primitive(lambda _: x)(1.0),
        "pickled": lambda x: pickle.loads(pickle.dumps(x)) if _is_ours(x) else None,
        "copied": lambda x: copy.deepcopy(x) if _is_ours(x) else None,
        "shown": lambda x: (repr(x), str(x)) if _is_ours(x) else None,
        "its signature": lambda x: inspect.signature(x) if isinstance(x, vlad.Function) else None,
        "an index": lambda x: symbol[x],
        "an attribute": lambda x: [getattr(x, name) for name in dir(x)] if _is_ours(x) else None,
        "put in": lambda x: symbol.at(q=x),
    }
    for name in ("add", "sub", "mul", "truediv", "pow", "matmul", "lt", "ge", "eq", "ne"):
        found[f"{name} of symbols"] = partial(getattr(operator, name), symbol)
    return found


def _is_error(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseException)


def _is_ours(thing: Any) -> bool:
    return type(thing).__module__.startswith("vlad_py") and not isinstance(thing, (type, BaseException))


NAMES = _names()


@dataclasses.dataclass(frozen=True)
class Call:
    """A call of a public name with some objects, all by their numbers in OBJECTS."""

    name: str
    arguments: tuple[int, ...]
    options: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        options = [f"{name}={_shown(OBJECTS[i])}" for name, i in self.options]
        return f"{self.name}({', '.join([*(_shown(OBJECTS[i]) for i in self.arguments), *options])})"

    def fits(self) -> bool:
        """Whether Python lets it be called so."""
        try:
            inspect.signature(NAMES[self.name]).bind(*self.arguments, **dict(self.options))
        except TypeError:
            return False
        return True

    def make(self) -> Any:
        options = {name: OBJECTS[i] for name, i in self.options}
        return NAMES[self.name](*(OBJECTS[i] for i in self.arguments), **options)


def _shown(thing: Any) -> str:
    try:
        return f"{thing!r:.60}"
    except Exception:
        return f"a {type(thing).__name__}"


def options_of(name: str) -> list[str]:
    """The names of the arguments that a public name takes by keyword."""
    parameters = inspect.signature(NAMES[name]).parameters.values()
    return [each.name for each in parameters if each.kind == each.KEYWORD_ONLY]


def alone() -> Iterator[Call]:
    """Every name with every object."""
    for name in NAMES:
        for i in range(len(OBJECTS)):
            yield from filter(Call.fits, (Call(name, (i,)),))


def at_random(seed: int) -> Iterator[Call]:
    """Calls with up to three objects and one option, for ever."""
    choose = random.Random(seed)
    names = list(NAMES)
    while True:
        name = choose.choice(names)
        several = tuple(choose.randrange(len(OBJECTS)) for _ in range(choose.randrange(4)))
        options = options_of(name)
        given = [(choose.choice(options), choose.randrange(len(OBJECTS)))] if options else []
        call = Call(name, several, tuple(given))
        if call.fits():
            yield call


def defect_of(call: Call) -> str:
    """What is wrong with what comes of a call; empty if nothing is."""
    before, sys.stdout = sys.stdout, io.StringIO()
    try:
        call.make()
    except Bug as bug:
        return str(bug)
    except Error as error:
        return "" if str(error) else "an error without a text"
    except Exception as error:
        if isinstance(error, DOCUMENTED.get(call.name, ())):
            return ""
        return f"{type(error).__name__}: {_shown(error)}"
    finally:
        sys.stdout = before
    return ""


def main() -> int:
    """Says every defect; gives the exit status."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--calls", type=int, default=10_000)
    options = parser.parse_args()
    found: Counter[str] = Counter()
    randomly = (call for call, _ in zip(at_random(options.seed), range(options.calls), strict=False))
    for call in (*alone(), *randomly):
        defect = defect_of(call)
        if defect:
            key = defect.partition("\n")[0]
            found[key] += 1
            if found[key] <= 3:
                print(f"{call}\n    {key}", flush=True)
    print(found)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
