"""Tapes are used in stack order: what breaks that is seen, and no pass does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from native.random_programs import program
from vlad_py.native.builder import Builder
from vlad_py.native.discipline import untidy
from vlad_py.native.forward import forward
from vlad_py.native.ir import Frame, Function, Name, Op, Region, Tape, Unit, constant
from vlad_py.native.reverse import reverse
from vlad_py.native.units import specialise
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")


def frame(tape: Tape) -> Frame:
    return Frame(tape, ["real"])


def save(of: Frame) -> Op:
    return Op("save", [constant(1.0)], [], of)


def restore(of: Frame) -> Op:
    return Op("restore", [], [Name()], of)


def region(*ops: Op) -> Region:
    return Region([], list(ops), [])


def choice(yes: Region, no: Region) -> Op:
    return Op("if", [constant(True)], [], None, (yes, no))


def call(function: Function) -> Op:
    return Op("call", [], [], function)


def in_order(a: Frame, b: Frame) -> Region:
    return region(save(a), save(b), restore(b), restore(a))


def not_swept(a: Frame, b: Frame) -> Region:
    return region(save(a), save(b), restore(b))


def in_branches(a: Frame, b: Frame) -> Region:
    return region(choice(region(save(a)), region()), choice(region(restore(a)), region()))


def in_functions(a: Frame, b: Frame) -> Region:
    saver, sweeper = Function("f+", region(save(a))), Function("f-", region(restore(a)))
    saver.region.ops.insert(0, choice(region(call(saver), save(b)), region()))
    sweeper.region.ops.append(choice(region(restore(b), call(sweeper)), region()))
    return region(call(saver), call(sweeper))


def around_a_recursion(a: Frame, b: Frame) -> Region:
    inner = Function("f", region(save(b), restore(b)))
    inner.region.ops.insert(0, choice(region(call(inner)), region()))
    return region(save(a), call(inner), restore(a))


def in_vain(a: Frame, b: Frame) -> Region:
    return region(restore(a))


def in_another_order(a: Frame, b: Frame) -> Region:
    return region(save(a), save(b), restore(a), restore(b))


def before_it_is_saved(a: Frame, b: Frame) -> Region:
    return region(restore(a), save(a))


def in_the_other_branch(a: Frame, b: Frame) -> Region:
    return region(choice(region(save(a)), region()), choice(region(), region(restore(a))))


def of_another_function(a: Frame, b: Frame) -> Region:
    saver, sweeper = Function("f+", region(save(a))), Function("f-", region(restore(b)))
    return region(call(saver), call(sweeper))


def of_a_function_that_is_deeper(a: Frame, b: Frame) -> Region:
    whole = in_functions(a, b)
    whole.ops[0].what.region.ops[0].regions[0].ops.pop()  # saves less inside
    return whole


@pytest.mark.parametrize("whole", [in_order, not_swept, in_branches, in_functions, around_a_recursion])
def test_stack_order(whole: Callable[[Frame, Frame], Region]) -> None:
    tape = Tape()
    assert untidy(Unit("u", whole(frame(tape), frame(tape)))) is None


@pytest.mark.parametrize(
    "whole",
    [in_vain, in_another_order, before_it_is_saved, in_the_other_branch, of_another_function,
     of_a_function_that_is_deeper],
)  # fmt: skip
def test_another_order_is_seen(whole: Callable[[Frame, Frame], Region]) -> None:
    tape = Tape()
    assert untidy(Unit("u", whole(frame(tape), frame(tape)))) is not None


def test_two_tapes_have_orders_of_their_own() -> None:
    a, b = frame(Tape()), frame(Tape())
    assert untidy(Unit("u", region(save(a), save(b), restore(a), restore(b)))) is None


RULED = """fn (x, y) => {
    def f(n, v) = if n <= 0 then v else 0.5 * f(n - 1, tanh(hypot(y, 0))) + v
    let g = with_pullback(fn u => f(3, x), fn (u, w) => w * x)
    g(y)
}"""


@pytest.mark.parametrize("mode", ["gradient", "gradient_forward"])
def test_a_frame_in_which_nothing_varies_stays_that_of_its_function(mode: str) -> None:
    """The reals on the tape vary with y alone, after a pass for x alone."""
    function = Session().evaluate(
        f"{{ let h = {RULED}; fn (x, y) => {mode}(fn (x, y) => gradient_forward(fn (x, y) => "
        "gradient(h)(x, y)[1] * x)(x, y)[1])(x, y) }"
    )
    specialise(function, (0.9, 0.4), is_fixed=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [*range(25), 101505])
def test_every_pass_keeps_the_order(seed: int) -> None:
    text, point, _ = program(seed, size=3 if seed < 100 else 4)
    whole = specialise(Session().evaluate(text), point, is_fixed=True).unit  # type: ignore[arg-type]
    count = len(whole.region.parameters)
    builder, points = Builder(10**6), [Name() for _ in range(count)]
    results, pull = reverse(builder, whole.region, points)
    region = Region(points, builder.ops, pull([constant(1.0) for _ in results]))
    assert untidy(Unit("reverse", region)) is None
    for d in (0, -1):  # one direction after the other, each over the whole
        builder, points = Builder(10**6), [Name() for _ in range(count)]
        units: list[Name | None] = [None] * count
        units[d] = constant(1.0)
        results, _ = forward(builder, region, points, [units])
        region = Region(points, builder.ops, results)
        assert untidy(Unit("forward", region)) is None
