"""The sweep over the table of primitives, and the proof that each of its checks can fail."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sweep
from references import REFERENCES
from sweep import OF_ALL, OF_DIFFERENTIABLE, Check, differentiable

from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node
from vlad_py.primitives.kinds import Elementwise, OfReals
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.values.values import Value, plain

CASES = [(check, p) for p in PRIMITIVES.values() for check in OF_ALL] + [
    (check, p) for p in differentiable() for check in OF_DIFFERENTIABLE
]


@pytest.mark.parametrize(("check", "primitive"), CASES, ids=lambda x: getattr(x, "__name__", None) or x.name)
def test_sweep(check: Check, primitive: Primitive) -> None:
    assert list(check(primitive)) == []


def test_every_reference_has_an_entry() -> None:
    assert set(REFERENCES) == {p.name for p in differentiable()}


def test_the_table_is_complete() -> None:
    """The scalar functions of the language, by name; whatever else is in the table is tested as well."""
    promised = """
        + - * / ^ neg abs sign min max floor ceil round mod sqrt cbrt hypot exp expm1 exp2 ln log1p log2
        log10 log sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh sigmoid softplus relu
        logsumexp erf erfc lgamma digamma sum prod mean norm dot == != < <= > >= where"""
    assert set(promised.split()) <= set(PRIMITIVES)


# ── a fault in an entry, and the check that must see it ──────────────────────────────────────


@dataclass
class Fault:
    """A way to break one entry: which field, and what becomes of it."""

    check: Check
    name: str
    field: str
    change: Callable[[Any], Any]


def first_partial(change: Callable[[Value], Value]) -> Callable[[Any], Any]:
    """The first partial derivative with its result changed."""

    def changed(partials: Any) -> Any:
        return (lambda *args: change(partials[0](*args)), *partials[1:])

    return changed


def wrong_sign(partials: Any) -> Any:
    """The first partial derivative, or each of a reduction's, with the opposite sign."""
    neg = PRIMITIVES["neg"].apply
    return first_partial(lambda p: tuple(map(neg, p)) if type(p) is tuple else neg(p))(partials)


def flat_tangent(number: Value) -> Value:
    """A dual number whose tangent has forgotten that it depends on anything."""
    return Dual(number.tag, number.primal, plain(number.tangent)) if isinstance(number, Dual) else number


FAULTS = [
    Fault(sweep.value, "hypot", "apply", lambda f: lambda a, b: f(a, b) * (1 + 1e-14)),
    Fault(sweep.total, "ln", "apply", lambda f: lambda x: math.log(x) if type(x) is float else f(x)),
    Fault(sweep.forward, "sin", "partials", wrong_sign),
    Fault(sweep.forward, "atan2", "partials", wrong_sign),
    Fault(sweep.forward, "logsumexp", "partials", wrong_sign),
    Fault(sweep.differences, "sin", "partials", wrong_sign),
    Fault(sweep.differences, "*", "partials", lambda p: (p[0], lambda y, a, b: b)),
    Fault(sweep.second, "exp", "partials", first_partial(plain)),
    Fault(sweep.second, "hypot", "partials", first_partial(plain)),
    Fault(sweep.third, "exp", "partials", first_partial(flat_tangent)),
    Fault(sweep.edges, "hypot", "partials", lambda p: (lambda y, a, b: PRIMITIVES["/"].apply(a, y), p[1])),
    Fault(sweep.docs, "sin", "doc", lambda doc: "Sine."),
    Fault(sweep.docs, "exp", "doc", lambda doc: "e to the power of the real."),
    Fault(sweep.errors, "sin", "apply", lambda f: lambda x: 0.0 if x is True else f(x)),
    Fault(sweep.inline, "/", "inline", lambda text: "divide({1}, {0})"),
    Fault(sweep.inline, "abs", "inline", lambda text: "{0}"),
]


@contextmanager
def broken(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> Iterator[Primitive]:
    """The entry with its fault, and the sound entry again afterwards."""
    primitive = PRIMITIVES[fault.name]
    with monkeypatch.context() as patch:
        patch.setattr(primitive, fault.field, fault.change(getattr(primitive, fault.field)))
        yield primitive


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.check.__name__}-{f.name}-{f.field}")
def test_a_fault_in_an_entry_is_seen(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    with broken(monkeypatch, fault) as primitive:
        assert list(fault.check(primitive)) != []
    assert list(fault.check(PRIMITIVES[fault.name])) == []


SIGNED = [p for p in differentiable() if p.arity in (1, 2) and type(p) is Elementwise]


@pytest.mark.parametrize("primitive", SIGNED, ids=lambda p: p.name)
def test_a_wrong_sign_is_seen_wherever_it_is(primitive: OfReals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each partial derivative of each entry in turn: forward, differences and second order all complain."""
    neg = PRIMITIVES["neg"].apply
    sound = primitive.partials
    for i in sweep.active(primitive):
        partial = sound[i]
        wrong = -partial if isinstance(partial, float) else lambda *args, p=partial: neg(p(*args))
        with monkeypatch.context() as patch:
            patch.setattr(primitive, "partials", (*sound[:i], wrong, *sound[i + 1 :]))
            assert list(sweep.forward(primitive)) != []
            assert list(sweep.differences(primitive)) != []


def test_a_fault_in_reverse_mode_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Node.lift1

    def forgetful(self: Node, primitive: Any) -> Node:
        node: Any = sound(self, primitive)
        return Node(node.tag, node.primal, (self, 2.0))

    monkeypatch.setattr(Node, "lift1", forgetful)
    assert list(sweep.reverse(PRIMITIVES["sin"])) != []


def test_a_fault_in_the_gradient_as_a_whole_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "gradient", lambda f, xs: [1.0] * len(xs))
    assert list(sweep.reverse(PRIMITIVES["*"])) != []


def test_a_wrong_primal_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sine: Any = PRIMITIVES["sin"]
    sound = Dual.lift1

    def shifted(self: Dual, primitive: Any) -> Dual:
        result: Any = sound(self, primitive)
        return Dual(result.tag, PRIMITIVES["+"].apply(result.primal, 1.0), result.tangent)

    monkeypatch.setattr(Dual, "lift1", shifted)
    assert list(sweep.primal(sine)) != []
