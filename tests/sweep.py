"""The sweep over the table of primitives: every check is a function from an entry to its complaints.

Numbers are driven directly: no evaluator takes part. `D` differentiates a Python function of reals,
forward (F) or in reverse (R), and nests like `derivative` and `gradient` in the language.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from references import REFERENCES, reference_derivative, reference_value

import vlad_py.differentiation.table  # noqa: F401 - fills the table
from vlad_py.ground.errors import RunError
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node, sweep
from vlad_py.primitives.kinds import OfReals, Pairing, Predicate, Reduction
from vlad_py.primitives.primitive import (
    INLINE_NAMES,
    MANY,
    PRIMITIVES,
    Domain,
    NotDifferentiable,
    Primitive,
    call,
)
from vlad_py.values.show import describe
from vlad_py.values.values import Number, Value, plain

Reals: TypeAlias = tuple[Value, ...]
Function: TypeAlias = Callable[[Reals], Value]

POINTS = 3  # probe points per entry
MANY_LENGTH = 3  # reals that a reduction is probed with
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 5e-324, 1e-200, 1e308, -1e308, math.inf, -math.inf, math.nan)
fresh = itertools.count(1).__next__


# ── calling and differentiating ──────────────────────────────────────────────────────────────


def function(primitive: Primitive) -> Function:
    """An entry as a function of a flat tuple of reals, whatever it takes."""

    def run(xs: Reals) -> Value:
        if isinstance(primitive, Pairing):
            half = len(xs) // 2
            return call(primitive, (xs[:half], xs[half:]))
        return call(primitive, xs[0] if len(probe_of(primitive)) == 1 and primitive.arity == 1 else xs)

    return run


def count(primitive: Primitive) -> int:
    """How many reals an entry is probed with."""
    if isinstance(primitive, Pairing):
        return 2 * MANY_LENGTH
    return MANY_LENGTH if isinstance(primitive, Reduction) else len(probe_of(primitive))


def probe_of(primitive: Primitive) -> tuple[Domain, ...]:
    """Where an entry's arguments are sampled; nothing if it is not one of reals."""
    return primitive.probe if isinstance(primitive, OfReals) else ()


def D(mode: str, f: Function, position: int) -> Function:
    """The partial derivative of f with respect to one argument, by forward (F) or reverse (R) mode."""

    def derivative(xs: Reals) -> Value:
        tag = fresh()
        x = xs[position]
        if mode == "F":
            y = f((*xs[:position], Dual(tag, x, 1.0), *xs[position + 1 :]))
            return y.tangent if isinstance(y, Dual) and y.tag == tag else 0.0
        leaf = Node(tag, x, ())
        y = f((*xs[:position], leaf, *xs[position + 1 :]))
        return sweep(tag, [(y, 1.0)]).get(leaf, 0.0) if isinstance(y, Node) and y.tag == tag else 0.0

    return derivative


def nested(modes: str, f: Function, positions: tuple[int, ...]) -> Function:
    """Derivatives by several arguments, the first mode and position innermost."""
    for mode, position in zip(modes, positions):
        f = D(mode, f, position)
    return f


def gradient(f: Function, xs: Reals) -> list[Value]:
    """All partial derivatives by one reverse sweep."""
    tag = fresh()
    inputs = [Node(tag, x, ()) for x in xs]
    y = f(tuple(inputs))
    found = sweep(tag, [(y, 1.0)]) if isinstance(y, Node) and y.tag == tag else {}
    return [found.get(node, 0.0) for node in inputs]


def directional(f: Function, xs: Reals, direction: Reals) -> Value:
    """The derivative along a direction by one forward pass."""
    tag = fresh()
    y = f(tuple(Dual(tag, x, v) for x, v in zip(xs, direction)))
    return y.tangent if isinstance(y, Dual) and y.tag == tag else 0.0


# ── points ───────────────────────────────────────────────────────────────────────────────────


def probes(primitive: Primitive) -> list[tuple[float, ...]]:
    """Random points of an entry's domain, the same in every run."""
    chance = random.Random(primitive.name)
    n = count(primitive)
    many = primitive.arity == MANY or isinstance(primitive, Pairing)
    domains = probe_of(primitive) * n if many else probe_of(primitive)
    return [tuple(chance.uniform(*domain) for domain in domains[:n]) for _ in range(POINTS)]


def active(primitive: Primitive) -> list[int]:
    """The positions by which an entry can be differentiated."""
    partials = primitive.partials if isinstance(primitive, OfReals) else ()
    if isinstance(primitive, (Reduction, Pairing)):
        return list(range(count(primitive)))
    return [i for i, partial in enumerate(partials) if not isinstance(partial, NotDifferentiable)]


def close(got: object, expected: float, relative: float, absolute: float = 0.0) -> bool:
    """Whether a plain real agrees with what is expected; nan agrees with nan only."""
    if type(got) is not float:
        return False
    if math.isnan(expected) or math.isinf(expected):
        return math.isnan(got) if math.isnan(expected) else got == expected
    return abs(got - expected) <= max(relative * abs(expected), absolute)


def differentiable() -> list[OfReals]:
    """The entries that have partial derivatives of their own."""
    return [p for p in PRIMITIVES.values() if isinstance(p, OfReals) and p.stands_for is None]


# ── the checks ───────────────────────────────────────────────────────────────────────────────


def value(primitive: Primitive) -> Iterator[str]:
    """The value is the reference's, to a few units in the last place."""
    if primitive.name not in REFERENCES:
        yield "has no reference in references.py"
        return
    for xs in probes(primitive):
        got, expected = function(primitive)(xs), reference_value(primitive.name, xs)
        if not close(got, expected, 4e-15, 1e-15):
            yield f"at {xs} is {got}, not {expected}"


def total(primitive: OfReals) -> Iterator[str]:
    """At special floats too, value and derivatives are floats and nothing raises."""
    f = function(primitive)
    for xs in itertools.product(SPECIAL, repeat=min(2, count(primitive))):
        if isinstance(primitive.partials[0], NotDifferentiable):
            xs = (1.0, xs[1])
        if isinstance(primitive, Pairing):
            xs = (xs[0], xs[1])
        try:
            results = [f(xs), *(D(m, f, i)(xs) for m in "FR" for i in active(primitive) if i < len(xs))]
        except Exception as error:  # any at all is the complaint
            yield f"at {xs} raises {error!r}"
            continue
        if any(type(result) is not float for result in results):
            yield f"at {xs} gives {results}"


def forward(primitive: Primitive) -> Iterator[str]:
    """Forward mode is the reference's derivative."""
    for xs, i in itertools.product(probes(primitive), active(primitive)):
        got, expected = D("F", function(primitive), i)(xs), reference_derivative(primitive.name, xs, (i,))
        if not close(got, expected, 2e-14, 2e-15):
            yield f"derivative {i} at {xs} is {got}, not {expected}"


def differences(primitive: Primitive) -> Iterator[str]:
    """Forward mode is the limit of the entry's own central differences."""
    f = function(primitive)
    for xs, i in itertools.product(probes(primitive), active(primitive)):
        h = 1e-5
        above, below = f((*xs[:i], xs[i] + h, *xs[i + 1 :])), f((*xs[:i], xs[i] - h, *xs[i + 1 :]))
        got, expected = D("F", f, i)(xs), (above - below) / (2 * h)  # type: ignore[operator]
        if not close(got, expected, 1e-6, 1e-6):
            yield f"derivative {i} at {xs} is {got}, its differences say {expected}"


def reverse(primitive: Primitive) -> Iterator[str]:
    """Reverse mode is forward mode: by each argument, and the dot-product test for all at once."""
    f = function(primitive)
    chance = random.Random(primitive.name)
    for xs in probes(primitive):
        for i in active(primitive):
            got, expected = D("R", f, i)(xs), D("F", f, i)(xs)
            if not close(got, plain(expected), 1e-13):  # type: ignore[arg-type]
                yield f"derivative {i} at {xs} is {got} in reverse, {expected} forward"
        if len(active(primitive)) == count(primitive):
            v = tuple(chance.uniform(-1, 1) for _ in xs)
            terms = [a * b for a, b in zip(gradient(f, xs), v)]  # type: ignore[operator]
            along = directional(f, xs, v)
            if not close(along, math.fsum(terms), 1e-13, 1e-13 * max(map(abs, terms))):
                yield f"gradient at {xs} along {v} is {math.fsum(terms)}, forward mode has {along}"


def second(primitive: Primitive) -> Iterator[str]:
    """All four nestings, by all pairs of arguments, are the reference's second derivative."""
    for xs, pair in itertools.product(probes(primitive)[:2], itertools.product(active(primitive), repeat=2)):
        expected = reference_derivative(primitive.name, xs, pair)
        for modes in ("FF", "FR", "RF", "RR"):
            got = nested(modes, function(primitive), pair)(xs)
            if not close(got, expected, 1e-13, 1e-14):
                yield f"{modes} derivative {pair} at {xs} is {got}, not {expected}"


def third(primitive: Primitive) -> Iterator[str]:
    """Third derivatives with respect to one argument, in the three nestings that differ most."""
    xs = probes(primitive)[0]
    for i in active(primitive)[:2]:
        expected = reference_derivative(primitive.name, xs, (i, i, i))
        for modes in ("FFF", "RFR", "RRR"):
            got = nested(modes, function(primitive), (i, i, i))(xs)
            if not close(got, expected, 1e-12, 1e-13):
                yield f"{modes} derivative {i} at {xs} is {got}, not {expected}"


def edges(primitive: OfReals) -> Iterator[str]:
    """The entry's own edges hold, in both modes."""
    f = function(primitive)
    for xs, expected, partials in primitive.edges:
        if not close(f(xs), expected, 1e-15):
            yield f"at {xs} is {f(xs)}, not {expected}"
        for i, slope in enumerate(partials):
            if not isinstance(primitive, (Reduction, Pairing)) and i not in active(primitive):
                continue
            for mode in "FR":
                got = D(mode, f, i)(xs)
                if not close(got, slope, 1e-15):
                    yield f"{mode} derivative {i} at {xs} is {got}, not {slope}"


def docs(primitive: Primitive) -> Iterator[str]:
    """There is a documentation, in sentences, which says what the derivative is."""
    if len(primitive.doc) < 15 or not primitive.doc.endswith("."):
        yield f"documentation is not a sentence: {primitive.doc!r}"
    if isinstance(primitive, OfReals) and any(callable(p) for p in primitive.partials):
        said = primitive.doc.lower()
        if not any(word in said for word in ("derivative", "gradient", "product of two", "quotient of two")):
            yield "documentation does not say what the derivative is"


def errors(primitive: Primitive) -> Iterator[str]:
    """A wrong-typed argument is an error that names the primitive and what came."""
    if not isinstance(primitive, (OfReals, Predicate)):
        return
    n = 2 if isinstance(primitive, Predicate) else count(primitive)
    for wrong, i in itertools.product((True, "text", (), PRIMITIVES["sin"]), range(n)):
        try:
            got = function(primitive)((*(1.0,) * i, wrong, *(1.0,) * (n - i - 1)))
        except RunError as error:
            name = primitive.called
            if f"`{name}`" not in error.message or describe(wrong) not in error.message:
                yield f"says of {wrong!r} only: {error.message}"
        else:
            yield f"takes {wrong!r} and gives {got!r}"


def inline(primitive: Primitive) -> Iterator[str]:
    """The inline text gives on plain floats, bit for bit, what `value` gives."""
    if not primitive.inline:
        return
    code = compile(primitive.inline.format("a", "b"), primitive.name, "eval")
    for a, b in itertools.product(SPECIAL, repeat=2):
        got = eval(code, {"__builtins__": {}, **INLINE_NAMES}, {"a": a, "b": b})
        expected = primitive.value(*(a, b)[: primitive.arity])
        if repr(got) != repr(expected):
            yield f"inline at {(a, b)} is {got!r}, not {expected!r}"


def primal(primitive: OfReals) -> Iterator[str]:
    """The primal of a number's result is the value, whatever the mode."""
    f = function(primitive)
    for xs in [*probes(primitive), *(e[0] for e in primitive.edges)]:
        for kind in (lambda x: Dual(1, x, 1.0), lambda x: Node(1, x, ())):
            y = f(tuple(map(kind, xs)) if len(active(primitive)) >= len(xs) else (xs[0], kind(xs[1])))
            if isinstance(y, Number) and not close(y.primal, plain(f(xs)), 0.0):  # type: ignore[arg-type]
                yield f"at {xs} has the primal {y.primal}, not {f(xs)}"


Check: TypeAlias = Callable[[Any], Iterator[str]]
OF_ALL: tuple[Check, ...] = (docs, errors, inline)
OF_DIFFERENTIABLE: tuple[Check, ...] = (
    value, total, forward, differences, reverse, second, third, edges, primal,
)  # fmt: skip
