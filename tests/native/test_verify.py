"""The verifier sees what is no program of the IR, and every pass keeps what it asks for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from native.random_programs import program
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.pipeline import CHECK
from vlad_py.native import checkpointing, units
from vlad_py.native import forward as forward_module
from vlad_py.native import reverse as reverse_module
from vlad_py.native import tidy as tidy_module
from vlad_py.native.builder import Builder
from vlad_py.native.forward import forward
from vlad_py.native.ir import Frame, Function, Name, Op, Region, Tape, Unit, constant
from vlad_py.native.reverse import reverse
from vlad_py.native.sinking import sunk
from vlad_py.native.specialise import Specialiser
from vlad_py.native.tidy import tidied
from vlad_py.native.types import ArrayType, ListType
from vlad_py.native.units import specialise
from vlad_py.native.verify import Broken, verify
from vlad_py.session.session import Session

MUL = PRIMITIVES["*"]


def unit(*ops: Op, parameters: list[Name] | None = None, results: list[Name] | None = None) -> Unit:
    return Unit("broken", Region(parameters or [], list(ops), results or []))


def unbound() -> Unit:
    return unit(Op("prim", [Name(), constant(1.0)], [Name()], MUL))


def bound_twice() -> Unit:
    x = Name()
    op = Op("prim", [x, x], [x], MUL)
    return unit(op, parameters=[x])


def used_too_early() -> Unit:
    x, y, z = Name(), Name(), Name()
    return unit(Op("prim", [y, x], [z], MUL), Op("prim", [x, x], [y], MUL), parameters=[x])


def used_outside_its_region() -> Unit:
    x, c, y = Name(), Name("boolean"), Name()
    branch = Region([], [Op("prim", [x, x], [y], MUL)], [])
    return unit(Op("if", [c], [], None, (branch, Region([], [], []))), parameters=[x, c], results=[y])


def boolean_in_arithmetic() -> Unit:
    c = Name("boolean")
    return unit(Op("prim", [c, c], [Name()], MUL), parameters=[c])


def branches_that_disagree() -> Unit:
    c, r = Name("boolean"), Name()
    branches = (Region([], [], [constant(1.0)]), Region([], [], [constant(True)]))
    return unit(Op("if", [c], [r], None, branches), parameters=[c])


def loop_of_another_state() -> Unit:
    x, s, r = Name(), Name(), Name()
    body = Region([s], [], [constant(False)])
    return unit(Op("loop", [x], [r], None, (body,)), parameters=[x])


def call_with_too_few_arguments() -> Unit:
    p = Name()
    return unit(Op("call", [], [Name()], Function("f", Region([p], [], [p]))))


def function_that_uses_an_outer_name() -> Unit:
    x = Name()
    return unit(Op("call", [], [Name()], Function("f", Region([], [], [x]))), parameters=[x])


def frame_of_other_types() -> Unit:
    x = Name()
    return unit(Op("save", [x], [], Frame(Tape(), ["boolean"])), parameters=[x])


def guard_of_a_real() -> Unit:
    x = Name()
    return unit(Op("guard", [x], [], "why"), parameters=[x])


def put_that_gives_another_shape() -> Unit:
    whole, part, other = Name(ArrayType((3, 2))), Name(ArrayType((2,))), Name(ArrayType((2, 3)))
    return unit(Op("put", [whole, part, constant(1.0)], [other]), parameters=[whole, part])


def put_of_another_shape() -> Unit:
    whole, part = Name(ArrayType((3, 2))), Name(ArrayType((3,)))
    return unit(Op("put", [whole, part, constant(1.0)], [Name(whole.type)]), parameters=[whole, part])


def part_of_another_shape() -> Unit:
    whole = Name(ArrayType((3, 2)))
    return unit(Op("take", [whole, constant(1.0)], [Name(ArrayType((3,)))]), parameters=[whole])


def choice_of_two_types() -> Unit:
    c, x = Name("boolean"), Name()
    return unit(Op("select", [c, x, c], [Name()]), parameters=[c, x])


def cell_of_another_item() -> Unit:
    c, rest = Name("boolean"), Name(ListType(("real",)))
    return unit(Op("cons", [c, rest], [Name(rest.type)]), parameters=[c, rest])


def list_of_another_kind() -> Unit:
    one, other = Name(ListType(("real",))), Name(ListType(("boolean",)))
    return unit(Op("merge", [one, other], [Name(one.type)]), parameters=[one, other])


@pytest.mark.parametrize(
    "broken",
    [
        unbound,
        bound_twice,
        used_too_early,
        used_outside_its_region,
        boolean_in_arithmetic,
        branches_that_disagree,
        loop_of_another_state,
        call_with_too_few_arguments,
        function_that_uses_an_outer_name,
        frame_of_other_types,
        guard_of_a_real,
        put_that_gives_another_shape,
        put_of_another_shape,
        part_of_another_shape,
        choice_of_two_types,
        cell_of_another_item,
        list_of_another_kind,
    ],
)
def test_a_broken_unit_is_seen(broken: Callable[[], Unit]) -> None:
    with pytest.raises(Broken):
        verify(broken())


def backwards(region: Region) -> Region:
    """The region with its operations in the wrong order."""
    return Region(region.parameters, region.ops[::-1], region.results)


# a pass, where it is called, and the stage after which the fault has to be seen
FAULTS = {
    "dead code": (reverse_module, "tidied", "tidying"),
    "sinking": (reverse_module, "sunk", "sinking"),
    "sharing": (tidy_module, "shared", "sharing"),
    "the last pass": (units, "slimmed", None),
}
PROGRAM = (
    "fn x => gradient(fn y => { let a = sin(y) * x; let b = a * cos(a); if y > 0 then b else a * b })(x)"
)


@pytest.mark.parametrize(("module", "name", "stage"), FAULTS.values(), ids=FAULTS)
def test_a_fault_in_a_pass_is_seen_after_it(
    module: Any, name: str, stage: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    function: Any = Session().evaluate(PROGRAM)
    specialise(function, 0.5, is_fixed=True)
    good = vars(module)[name]
    monkeypatch.setattr(module, name, lambda region: backwards(good(region)))
    with pytest.raises(Broken, match=f"after {stage}: " if stage else "is not bound"):
        specialise(function, 0.5, is_fixed=True)


@pytest.mark.parametrize(
    ("owner", "method", "stage"),
    [
        (forward_module.__dict__["_Forward"], "region", "forward mode"),
        (reverse_module.__dict__["_Reverse"], "again", "running forward again"),
        (reverse_module.__dict__["_Reverse"], "back", "the sweep back"),
        (Specialiser, "joined", "specialising"),
    ],
    ids=["forward", "again", "back", "specialise"],
)
def test_operations_written_in_the_wrong_order_are_seen(
    owner: type, method: str, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = {"forward mode": "derivative", "specialising": "(fn f => f)"}.get(stage, "gradient")
    function: Any = Session().evaluate(PROGRAM.replace("gradient", mode))
    specialise(function, 0.5, is_fixed=True)
    good = getattr(owner, method)

    def faulty(self: Any, *given: Any) -> Any:
        found = good(self, *given)
        self.builder.ops.reverse()
        return found

    monkeypatch.setattr(owner, method, faulty)
    with pytest.raises(Broken, match=f"after {stage}: "):
        specialise(function, 0.5, is_fixed=True)


def test_a_fault_in_what_expands_rules_is_seen_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "fn x => checkpointed(fn y => { let a = sin(y) * x; a * cos(a) })(x)"
    function: Any = Session().evaluate(text)
    specialise(function, 0.5, is_fixed=True)
    good = vars(units)["expanded"]

    def faulty(region: Region) -> None:
        good(region)
        region.ops.reverse()

    monkeypatch.setattr(units, "expanded", faulty)
    with pytest.raises(Broken, match="after expanding rules: "):
        specialise(function, 0.5, is_fixed=True)


def test_a_fault_in_what_puts_loops_in_pieces_is_seen_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "fn (x, n) => gradient(fn y => { let v = sin(y); loop v = v * v for i in 1..n do v * x })(x)"
    function: Any = Session().evaluate(text)
    specialise(function, (0.5, 9.0), is_fixed=True, in_pieces=True)
    good = checkpointing.in_pieces

    def faulty(builder: Builder, region: Region) -> Region:
        return backwards(good(builder, region))

    monkeypatch.setattr(checkpointing, "in_pieces", faulty)
    with pytest.raises(Broken, match="after checkpointing: "):
        specialise(function, (0.5, 9.0), is_fixed=True, in_pieces=True)


def test_whoever_sets_the_variable_checks_every_pass() -> None:
    program = "from vlad_py.execution import pipeline; from vlad_py.native import passes\n"
    program += "print(len(pipeline.observers), len(passes.observers))"
    for value, expected in (("on", "1 1"), ("", "0 0")):
        run = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, CHECK: value}, capture_output=True, text=True
        )
        assert run.stdout.split() == expected.split(), run.stderr


@pytest.mark.parametrize("seed", range(25))
def test_every_pass_keeps_the_rules(seed: int) -> None:
    """Each pass on its own, on programs that may have derivatives in them already."""
    text, point, _ = program(seed, size=3)
    function = Session().evaluate(text)
    whole = specialise(function, point, is_fixed=True).unit  # type: ignore[arg-type]
    verify(whole)
    for change in (tidied, sunk):
        verify(Unit("changed", change(whole.region)))
    builder, points = Builder(), [Name() for _ in whole.region.parameters]
    units: list[list[Name | None]] = [
        [constant(1.0) if i == d else None for i in range(len(points))] for d in range(len(points))
    ]
    results, tangents = forward(builder, whole.region, points, units)
    verify(Unit("forward", Region(points, builder.ops, [*results, *(t for row in tangents for t in row)])))
    builder, points = Builder(), [Name() for _ in whole.region.parameters]
    results, pull = reverse(builder, whole.region, points)
    cotangents = pull([constant(1.0) for _ in results])  # of none, where the value is known
    verify(Unit("reverse", Region(points, builder.ops, [*results, *cotangents])))
