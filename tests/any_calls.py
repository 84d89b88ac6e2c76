"""Calls of every name of the language with every kind of value, in every kind of derivative.

`scripts/fuzz/names` makes random ones for as long as you want. A call is a program
`context(fn t => name(values that may depend on t))`. It gives a value or an error of the language. An
internal error, an exception of Python, a number of a derivative left behind in a value and a call that does
not end are defects. Enter a new kind of value, derivative or form in `TEXTS`, `CONTEXTS` or `FORMS`.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from random import Random

from vlad_py.execution.limits import Limits
from vlad_py.execution.machine import run
from vlad_py.ground.errors import Bug, Error, Interrupted, render
from vlad_py.session import catalogue
from vlad_py.session.session import Session
from vlad_py.values.display import display
from vlad_py.values.show import describe, show
from vlad_py.values.structure import data_parts, leaves
from vlad_py.values.values import Number, Value

SECONDS = 20  # of the processor, after which a call is stopped, and counts as one that does not end
LIMITS = Limits(depth=20_000)
WIDTH = 80

# Expressions of t, which is the real (or symbol, or interval) that a context varies.
TEXTS = r"""
t  0  1  -1  2  0.5  -0  3  7  33  1e308  -1e308  5e-324  9007199254740992  1e15  inf  -inf  nan  true
false  nil  ()  {}  []  [[]]  zeros(0, 3)  ""  "a"  "12"  "∂\n\t"  "axis"  (1, 2)  (t, 2)  (t, (t, true))
("a", t)  ((), ())  (nil, t)  (1, 2, 3)  ([t, 1], 2)  list(1, 2)  list(t, 2, 3)  (t, 1) :: nil
list("a", "b")  list(nil, nil)  list([t], [2])  {a: t}  {a: 1, b: (t, [t, 2])}  {axis: 0}  {axis: t}
{axis: -1}  {axis: 1e300}  {axis: true}  {x: t, value: t}  {f: sin}  {steps: 3}  {steps: -1}
{tolerance: nan}  {order: 2}  [t]  [t, 2]  [1, 2, 3]  [[t, 2], [3, 4]]  [[1, 0], [0, 1]]
[[1, 2, 3], [4, 5, t]]  [inf, nan]  zeros(2, 3, 4)  [[[t]]]  ones(1, 1, 1, 1)  deep_array  eye(3)  [0, 0]
sin  fn x => x  fn x => t * x  fn x => x * x  fn (x, y) => x * y  fn () => t  fn x => (x, x)
fn x => [x, t]  fn x => true  fn x => "s"  fn x => fn y => x * y * t  fn (x, v) => v  fn x => nil  (+)
(<)  derivative  gradient  sum  fn xs => sum(xs)  fn x => x.a  fn x => x < 1
derivative(fn x => fn y => x * y * t)(2)  vjp(fn x => x * t, 2)[1]  vjp(fn (x, y) => (x, y), (1, t))[1]
with_derivative(sin, fn (x, v) => v * t)  with_pullback(sin, fn (x, w) => w)  gradient(fn x => x * x)
interval(0, 1)  interval(-inf, inf)  interval(0, inf)  interval([0, 1], [2, 3])  interval(2, 2)
symbol("a")  symbol("b", 2)  sin(symbol("a")) + t  symbol("a") :: nil  interval(t, t + 1)  range(1, 3)
shared  deep_list  deep_tuple  (interval(0, 1), t)
"""
VALUES = ('"\ud800"', *re.split(r"\n|  ", TEXTS.strip()))
"""Between two spaces, or on lines of their own; and a lone surrogate, which no file can hold."""

HELPERS = """\
let deep_array = loop a = [1] for i in 1..31 do [a]
let shared = loop s = (1, 2) for i in 1..4 do (s, s)
let deep_list = loop s = nil for i in 1..3000 do list(s)
let deep_tuple = loop s = (1, 2) for i in 1..3000 do (s, "x")
"""
HUGE = {"1e308", "-1e308", "9007199254740992", "1e15", "inf", "-inf"}
COUNTED = {
    "loop to",
    "loop while",
    "comprehension to",
    "nth_derivative",
    "derivatives",
    "iterate",
    "taylor",
    "range",
}
"""What does something as often as it is told to: with a huge number it does not end, and should not."""

# Functions of the function that makes the call; each says what t is.
CONTEXTS = {
    "plain": "fn f => f(1)",
    "derivative": "fn f => derivative(f)(1)",
    "derivative_reverse": "fn f => derivative_reverse(f)(1)",
    "gradient": "fn f => gradient(f)(0.5)",
    "gradient_forward": "fn f => gradient_forward(f)(0.5)",
    "jvp": "fn f => jvp(f, 0.5, 1)",
    "vjp": "fn f => vjp(f, 0.5)",
    "pulled": "fn f => vjp(f, 0.5)[1](1)",
    "pulled by itself": "fn f => { let (y, pull) = vjp(f, 0.5); pull(y) }",
    "jacobian": "fn f => jacobian(f)(0.5)",
    "jacobian_forward": "fn f => jacobian_forward(f)(0.5)",
    "hessian": "fn f => hessian(f)(0.5)",
    "nested": "fn f => derivative(fn s => derivative(fn u => f(s * u))(0.5))(2)",
    "mixed": "fn f => gradient(fn s => derivative(f)(s))(0.5)",
    "taylor": "fn f => derivatives(f, 3)(0.5)",
    "expanded": "fn f => taylor(f, 0.5, 1, 2)",
    "interval": "fn f => f(interval(0.5, 1.5))",
    "slope": "fn f => derivative(f)(interval(0, 1))",
    "symbol": 'fn f => f(symbol("q"))',
    "symbols": 'fn f => gradient(f)(symbol("q"))',
    "shown": "fn f => show(f(1))",
    "printed": "fn f => print(f(1))",
    "equal": "fn f => f(1) == f(1)",
    "many": "fn f => gradient(fn v => f(v[0]))(linspace(0, 1, 12))",
}

# Forms that call no name: indices, slices, fields, operators with a form of their own.
FORMS = {
    "a[i]": "fn (a, i) => a[i]",
    "a[i, j]": "fn (a, i, j) => a[i, j]",
    "a[i:j]": "fn (a, i, j) => a[i:j]",
    "a[i:]": "fn (a, i) => a[i:]",
    "a[:, i]": "fn (a, i) => a[:, i]",
    "a.x": "fn a => a.a",
    "with": "fn (a, x) => {a with a: x}",
    "[a, b]": "fn (a, b) => [a, b]",
    "[a, b, c]": "fn (a, b, c) => [a, b, c]",
    "comprehension": "fn a => [x for x in a]",
    "comprehension to": "fn (a, b) => [x for x in a..b]",
    "loop in": "fn (a, s) => loop s = s for x in a do x",
    "loop to": "fn (a, b) => loop s = 0 for x in a..b do s + 1",
    "loop while": "fn (a, b) => loop s = a while s < b do s * 2 + 1",
    "if": "fn a => if a then 1 else 2",
    "and": "fn (a, b) => a and b",
    "not": "fn a => not a",
    "match": 'fn a => match a { 0 => 1; true => 2; "a" => 3; (x, y) => x; {a} => a; h :: _ => h; nil => 0 }',
    "call": "fn (f, x) => f(x)",
    "call twice": "fn (f, x, y) => f(x)(y)",
    "curried": "fn (f, g, x) => f(g)(x)",
    "print": "fn a => print(a)",
    "pipe": "fn (a, f) => a |> f",
}


@dataclass(frozen=True)
class Call:
    """A call of a function with some values in a context, all by their texts."""

    function: str
    values: tuple[str, ...]
    context: str

    def is_endless(self) -> bool:
        """Whether it asks for something to be done without an end."""
        return self.function in COUNTED and not HUGE.isdisjoint(self.values)

    def __str__(self) -> str:
        return f"{self.context}: {self.function}({', '.join(self.values)})"


class NoEnd(Exception):
    """A call did not end."""


class Calls:
    """Every function, value and context as a value of the language, and what calls one with another."""

    def __init__(self) -> None:
        self.session = Session(write=lambda text: None, limits=LIMITS)
        value = self._value
        self.session.evaluate(HELPERS)
        self.functions = {name: value(name) for name in catalogue.everywhere() if name.isidentifier()}
        self.functions |= {
            name: value(f"({name})")
            for name in catalogue.everywhere()
            if not name.isidentifier() and name != "neg"
        }
        for library, entry in catalogue.libraries().items():
            self.session.evaluate(f"import {library}")
            self.functions |= {f"{library}.{name}": value(f"{library}.{name}") for name in entry.members}
        self.functions |= {form: value(text) for form, text in FORMS.items()}
        self.values = {text: value(f"fn t => ({text})") for text in VALUES}
        self.contexts = {name: value(text) for name, text in CONTEXTS.items()}
        self._functions = tuple(self.functions)
        self.joined = {
            1: value("fn (c, f, a) => c(fn t => f(a(t)))"),
            2: value("fn (c, f, a, b) => c(fn t => f(a(t), b(t)))"),
            3: value("fn (c, f, a, b, d) => c(fn t => f(a(t), b(t), d(t)))"),
        }

    def _value(self, text: str) -> Value:
        return self.session.evaluate(text)

    def make(self, call: Call) -> Value:
        """What comes of a call. Raises whatever it raises."""
        context, function = self.contexts[call.context], self.functions[call.function]
        arguments = [self.values.get(text) or self._value(f"fn t => ({text})") for text in call.values]
        return run(self.joined[len(arguments)], (context, function, *arguments), LIMITS)

    def alone(self) -> Iterator[Call]:
        """Every function with every value, in every context."""
        for function in self.functions:
            for text in self.values:
                for context in self.contexts:
                    call = Call(function, (text,), context)
                    if not call.is_endless():
                        yield call

    def random(self, seed: int) -> Iterator[Call]:
        """Calls with one to three values, for ever."""
        choose = Random(seed)
        while True:
            yield self.drawn(choose)

    def drawn(self, choose: Random) -> Call:
        """A call with one to three values."""
        while True:
            count = choose.choice((1, 2, 2, 3, 3))
            texts = tuple(choose.choice(VALUES) for _ in range(count))
            call = Call(choose.choice(self._functions), texts, choose.choice(tuple(CONTEXTS)))
            if not call.is_endless():
                return call


@cache
def calls() -> Calls:
    """The one of this process."""
    return Calls()


def defect_of(make: Callable[[], Value]) -> str:
    """What is wrong with what comes of a call; empty if it is a value, or an error of the language."""
    try:
        with _stopped():
            value = make()
            if left_behind(value):
                return "a number of a derivative is left behind"
            if size_within(value, 2000):
                show(value).encode("utf-8", "surrogatepass")
            display(value, WIDTH)
            describe(value)
    except NoEnd:
        return "it does not end"
    except Interrupted:
        return "it does not end"
    except Bug as bug:
        return render(bug)
    except Error as error:
        text = render(error)
        huge = re.search(r"\d{40}", text)
        return "an error without a text" if not text else f"an error shows {huge[0]}…" if huge else ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def size_within(value: Value, most: int) -> bool:
    """Whether a value has few leaves."""
    return sum(1 for _ in islice(leaves(value), most)) < most


def left_behind(value: Value) -> bool:
    """Whether a number that belongs to a derivative is in a value, outside of functions."""
    todo, count = [value], 0
    while todo and count < 5000:
        item = todo.pop()
        count += 1
        if isinstance(item, Number):
            if item.tag:
                return True
        else:
            todo.extend(data_parts(item) or ())
    return False


@contextmanager
def _stopped() -> Iterator[None]:
    """Stops what takes too long, as Ctrl-C would."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    except KeyboardInterrupt:
        raise NoEnd from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
