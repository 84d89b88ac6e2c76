"""The sweep over the primitives of arrays, and the proof that each of its checks can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_calls
import pytest
import sweep_arrays
from array_calls import calls_of, value_of
from sweep_arrays import BY_ELEMENTS, OF_CALLS, OF_ELEMENTS, Check, complaints, of_arrays

from vlad_py.ground import asking, budget
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node
from vlad_py.primitives.arithmetic import add, neg
from vlad_py.primitives.choice import constant
from vlad_py.primitives.kinds import Assembly, Choosing, General
from vlad_py.primitives.primitive import PRIMITIVES, Adjoint, Primitive, Rule
from vlad_py.values.values import Array, Statics, Value

CASES = [(check, p) for p in of_arrays() for check in OF_CALLS] + [
    (check, p)
    for p in PRIMITIVES.values()
    if isinstance(p, BY_ELEMENTS) and p.stands_for is None
    for check in OF_ELEMENTS
]


@pytest.mark.parametrize(("check", "primitive"), CASES, ids=lambda x: getattr(x, "__name__", None) or x.name)
def test_sweep(check: Check, primitive: Primitive) -> None:
    assert complaints(check, primitive) == []


def test_the_table_is_complete() -> None:
    """The functions of arrays, by name; whatever else is in the table is tested as well."""
    promised = """
        sum prod mean max min argmax argmin dot @ outer transpose reshape shape length concat stack where
        cumsum sort reverse solve inv det logdet cholesky norm trace diag eye zeros ones linspace
        index slice indexed gather scatter array of_range"""
    assert set(promised.split()) <= {p.name for p in of_arrays()}


# ── a fault in an entry, and the check that must see it ──────────────────────────────────────


def negated(adjoint: Adjoint) -> Adjoint:
    return Adjoint(
        lambda *args, **statics: neg(adjoint.function(*args, **statics)), *adjoint.saved, **adjoint.statics
    )


class Counting:
    """Counts the steps that primitives ask for."""

    def __init__(self) -> None:
        self.steps = 0

    def add(self, steps: int, hint: str = "") -> None:
        self.steps += steps


ASKING = [p for p in of_arrays() if type(p) is General and callable(p.cost)]


@pytest.mark.parametrize("primitive", ASKING, ids=lambda p: p.name)
def test_what_costs_more_than_its_elements_asks_first(
    primitive: General, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "COUNTED", 1)
    monkeypatch.setattr(asking, "OPERATIONS_A_STEP", 1)
    assert callable(primitive.cost)
    monkeypatch.setattr(budget.thread, "counting", count := Counting())
    budget.asking(lambda: [call.function(*map(value_of, call.inputs)) for call in calls_of(primitive)])
    assert count.steps > 0


def with_rule(primitive: General, i: int, rule: Rule) -> tuple[Rule | None, ...]:
    return (*primitive.rules[:i], rule, *primitive.rules[i + 1 :])


GENERAL = [p for p in PRIMITIVES.values() if isinstance(p, General)]
RULES = [(p, i) for p in GENERAL for i in range(isinstance(p, Choosing), len(p.rules))]


@pytest.mark.parametrize(("primitive", "i"), RULES, ids=lambda x: getattr(x, "name", None) or str(x))
def test_a_wrong_sign_in_a_rule_is_seen(primitive: General, i: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sound: Any = primitive.rules[i]
    push = Rule(lambda *args, **statics: neg(sound.push(*args, **statics)), sound.pull)
    monkeypatch.setattr(primitive, "rules", with_rule(primitive, i, push))
    assert complaints(sweep_arrays.differences, primitive) != []
    pull = Rule(sound.push, lambda *args, **statics: negated(sound.pull(*args, **statics)))
    monkeypatch.setattr(primitive, "rules", with_rule(primitive, i, pull))
    assert complaints(sweep_arrays.transposed, primitive) != []


ASSEMBLIES = [p for p in PRIMITIVES.values() if isinstance(p, Assembly)]


@pytest.mark.parametrize("primitive", ASSEMBLIES, ids=lambda p: p.name)
def test_a_wrong_sign_of_a_part_is_seen(primitive: Assembly, monkeypatch: pytest.MonkeyPatch) -> None:
    sound: Any = primitive.part
    monkeypatch.setattr(primitive, "part", lambda *args, **statics: negated(sound(*args, **statics)))
    assert complaints(sweep_arrays.transposed, primitive) != []


CURVED = ["solve", "inv", "det", "logdet", "cholesky", "@", "prod_of", "norm_of", "logsumexp_of"]


@pytest.mark.parametrize("name", CURVED)
def test_a_derivative_that_is_a_constant_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    primitive: Any = PRIMITIVES[name]
    sound: Any = primitive.rules[0]

    def push(tangent: Value, *args: Value, **statics: Any) -> Value:
        return sound.push(tangent, *map(constant, args), **statics)

    monkeypatch.setattr(primitive, "rules", with_rule(primitive, 0, Rule(push, sound.pull)))
    assert complaints(sweep_arrays.differences, primitive) == []
    assert complaints(sweep_arrays.second, primitive) != []


def test_a_wrong_value_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = PRIMITIVES["det"].apply
    monkeypatch.setattr(PRIMITIVES["det"], "apply", lambda a: add(sound(a), 1e-9))
    assert complaints(sweep_arrays.value, PRIMITIVES["det"]) != []


def test_an_entry_without_calls_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_calls, "CASES", [])
    missing = [p.name for p in of_arrays() if complaints(sweep_arrays.called, p)]
    assert {"@", "solve", "stack", "index", "where", "eye"} <= set(missing)


def test_a_wrong_element_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sine = PRIMITIVES["sin"]
    sine.on_arrays(Array(np.zeros(1)))  # made at its first call
    sound = sine.on_arrays
    monkeypatch.setattr(sine, "on_arrays", lambda x: add(sound(x), 1e-14))
    assert complaints(sweep_arrays.elements, sine) != []
    assert complaints(sweep_arrays.broadcasts, sine) != []


def test_a_wrong_sign_in_one_mode_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Node.lift1

    def turned(self: Node, primitive: Any) -> Value:
        result: Any = sound(self, primitive)
        inside = getattr(result, "entry", result)
        inside.links = (inside.links[0], neg(inside.links[1]))
        return result

    monkeypatch.setattr(Node, "lift1", turned)
    assert complaints(sweep_arrays.elements, PRIMITIVES["exp"]) != []
    assert complaints(sweep_arrays.broadcasts, PRIMITIVES["exp"]) != []


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("vlad_py.numbers.reverse.terms.sum_to", lambda x, shape: x),
        ("vlad_py.numbers.forward.dual.shaped", lambda tangent, y: tangent),
        ("vlad_py.primitives.vectorise.mismatch", lambda *_: RunError("shapes differ")),
    ],
)
def test_a_fault_in_broadcasting_is_seen(
    place: str, fault: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, fault)
    assert complaints(sweep_arrays.broadcasts, PRIMITIVES["+"]) != []


def test_a_fault_in_the_sweep_that_is_made_again_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlad_py.numbers.reverse.reach.term", lambda *given: neg(given[2]))
    assert complaints(sweep_arrays.again, PRIMITIVES["outer"]) != []


def test_a_fault_in_a_batch_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    total: Any = PRIMITIVES["total"]
    sound = total.batched
    monkeypatch.setattr(total, "batched", lambda *args, **statics: neg(sound(*args, **statics)))
    assert complaints(sweep_arrays.batches, PRIMITIVES["trace"]) != []


def test_a_wrong_primal_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Dual.applied

    def shifted(self: Dual, primitive: Any, numbers: tuple[Value, ...], statics: Statics) -> Value:
        result = sound(self, primitive, numbers, statics)
        assert isinstance(result, Dual)
        return Dual(result.tag, add(result.primal, 1e-12), result.tangent)

    monkeypatch.setattr(Dual, "applied", shifted)
    assert complaints(sweep_arrays.primal, PRIMITIVES["det"]) != []
