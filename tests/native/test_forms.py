"""Every form of the language in both tiers: values, both modes, and a nesting of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from nested.evaluate import as_data
from trees import program

from native.agreement import Tally, native_value
from native.test_rules_and_pullbacks import close
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import Error, render
from vlad_py.ground.node import fields_of
from vlad_py.native.calling import Native
from vlad_py.primitives import data, output
from vlad_py.session.session import ALWAYS, NEVER, Session
from vlad_py.syntax import tree as syntax
from vlad_py.values.show import show
from vlad_py.values.values import Closure

pytest.importorskip("llvmlite")

# of two reals x and y, each gives a real
FORMS = (
    # rules at values that are one of several, and without a rule
    "with_derivative(fn s => match s { (a, b) => a * b; c => c ^ 2 }, "
    "fn (s, v) => match (s, v) { ((a, b), (u, w)) => a * w + b * u; (c, u) => 2 * c * u })"
    "(if x > 0 then (x, y) else y)",
    "with_rules(sin, (), ())(x * y)",
    "checkpointed(fn z => if z > 0 then z * y else z ^ 2)(x)",
    # conditions that are compared, and arrays that are chosen
    "if (x > 0) == (y > 1.5) then x * y else x + y",
    "loop v = x for i in 1..3 do if (v > 1) != (y > 1) then v * y else v + x",
    "(loop (v, c) = (x, x > 2) for i in 1..3 do (v * y, c == (v > 1)))[0]",
    "sum(if x > 0 then ones(40) * x * y else ones(40) * y ^ 2)",
    "sum(where(x > 0, ones(40) * x, ones(40) * y))",
    "sum(loop a = zeros(40) for i in 1..3 do if x > i / 5 then a + y else a - x)",
    "sum(if x > 0 then [1, x] * y else [y, x])",
    # arrays of as many elements as a real says
    "sum([[i, x] for i in 1..5 * y])",
    "sum([[i, x * y] for i in 1..5 * y] @ [x, y])",
    "[[i * x, y] for i in 1..5 * y][1, 0]",
    "sum([[i * x, y] for i in 1..5 * y][1])",
    "{ let a = [i * x for i in 1..5 * y]; dot(a, [v * y for v in a]) }",
    "sum([v * [x, y] for v in map(fn i => i * x, range(1, 5 * y))])",
    "sum(loop a = [x, y, 1] for i in 1..3 do [sum(a) * j * x for j in 1..5 * y])",
    # structures as vectors
    "{ let r = {a: x, b: (2, x)} + {b: (1, x * y), a: y}; r.a * r.b[0] * r.b[1] }",
    "{ let r = (x, {a: y, l: list(1, x)}) - (2, {a: x * y, l: list(x, y)}); r[0] * r[1].a + sum(r[1].l) }",
    "{ let r = x * {a: y, b: [1, 2]}; let s = r / y; let t = s * x; -r.a * sum(s.b) + sum(t.b) }",
    '{ let r = {a: x, n: "net", f: true} + {a: y, n: "net", f: true}; r.a ^ 2 }',
    '{ let m = {w: [x, 2], b: (3, y), n: "net"}; '
    "let g = gradient(fn m => sum(m.w ^ 2) + m.b[0] * m.b[1])(m); "
    "let n = m - 0.5 * g; n.w[0] * n.b[0] + n.b[1] }",
    "dot({a: x, b: (y, 2)}, {b: (x, y), a: y}) + dot((x, y), (y, x * x))",
    'magnitude({a: x, b: [y, 2], n: "net"}) + norm((x, y)) * norm([x, y])',
    "{ let r = map_reals(sin, {a: x, l: list(y, 2)}); r.a * sum(r.l) }",
    "{ let r = map_reals(fn (a, b, c) => a * b + c, (x, (y, 2)), (y, (x, x)), (x, (x, y))); r[0] * r[1][1] }",
    "sum(flatten(unflatten({a: x, b: (y, 2)}, 2 * flatten({a: x, b: (y, x)})))) + zeros_like((x, y))[0]",
    # records, patterns
    "{ let a = x ^ 2; let b = sin(y); let r = {a, b, c: x}; "
    "let {a, b} = {r with b: r.b * x}; a * b + {a,}.a }",
    "{ let [a, b] = [x, x * y]; (fn [c, d, _] => c * d)([a, b, 3]) }",
    "{ let [[a, b], [c, d]] = [[x, y], [2, x]]; a * d - b * c }",
    "match [x, y] { [a] => a; [a, b] => a * b; _ => 0 }",
    "{ let [a, b] = loop [a, b] = [x, y] for i in 1..3 do [b, a * b]; a + b }",
    "{ let [a, b] = gradient(fn [a, b] => a * a * b)([x, y]); a * b }",
    "match list(x, y) { nil => 0; a :: b :: nil => a * b; _ => 1 }",
    "{ let (v, k) = loop (v, k) = (x, 0) while k < 3 do (v * y, k + 1); v + k }",
    "{ def f(n) = if n <= 0 or not (x > -9) then x else y * f(n - 1); x |> (fn x => f(3) * x) }",
    "{ let m = [[x, y, 1], [2, x, y]]; m[0, 1] * sum(m[:, 0] * m[1, 1:]) + sum(m[::-1][0]) }",
    # derivatives at arrays that are known
    "x * gradient_forward(fn v => sum(relu(v)))([1, 2])[1] + y * gradient(fn v => sum(abs(v)))([1, 2])[1]",
    "{ let t = jacobian_forward(relu)([1, 2]); "
    "t[0, 0] * x + jacobian_reverse(fn v => max(v, 1))([0, 2])[1, 1] * y }",
    # comprehensions
    "sum([i * x ^ j + y for i in 1..3 for j in 1..i])",
    "sum([a * b * x for (a, b) in list((1, y), (x, 4))])",
    "{ let ps = [(i * x, i + y) for i in 1..3]; ps[0][0] * ps[2][1] }",
    "fold(fn (s, {a, b}) => s + a * b, 0, [{a: i * x, b: y + j} for i in 1..2 for j in 1..2])",
    "fold(fn (s, f) => f(s), x, [fn s => s * y + i for i in 1..3])",
    "sum([sin(v) * y for v in [x, y, 2]]) + sum([row * x for row in [[1, y], [x, 2]]])",
    # lists
    "{ let ys = scan(fn (s, v) => s * x + v, y, list(1, 2, 3)); ys[-1] * ys[1] }",
    "{ let ys = scan(fn (s, v) => s * x + v, y, 1..3); ys[-1] * ys[1] }",
    "{ let ys = scan(fn ((p, q), v) => (q, p * x + v), (x, y), list(1, 2)); ys[-1][0] * ys[-1][1] }",
    "fold((+), 0, map(fn (a, b) => a * b, zip(filter(fn k => k > 1, range(1, 3)), list(x, y))))",
    "{ def p(xs, v) = match xs { a :: rest => p(rest, v * a); _ => v }; p(list(x, y), y) }",
    "if any(fn v => v > 9, list(x, y)) or all(fn v => v > 9, [x]) then 0 else iterate(2, fn v => v * y, x)",
    "{ let xs = x :: tail(list(0, y)); if xs == list(x, y) and nil != xs then head(xs) * y else 0 }",
    'if is_boolean(x) or is_string(x) or is_tuple(x) or is_record(x) or is_list((x, "a")) then 0 else x * y',
    # texts and errors
    'if x < -100 then error("too small:", x) else x * y',
    'if x < -100 then error(join("x = ", fixed(x, 2))) else x * y',
    'match (x, y) { (0, _) => error("zero"); (a, b) => a * b }',
    '{ assert(x > -100, "a root of", x); assert(x == x); x * y }',
    '{ assert(x > -100, join("x is ", fixed(x, 3), " and ", show({y, n: 1}))); x * y }',
    '{ let r = {x, note: fixed(x, 2)}; let t = (r, list(join(r.note, "!"), "b")); '
    "if is_string(t[1][0]) then t[0].x * y else 0 }",
    '{ let (v, s) = loop (v, s) = (x, "") for i in 1..3 do { '
    "assert(v < 99, s); (v * y, join(s, fixed(v, 1))) }; v }",
    '{ let s = if x > 0 then fixed(x, 2) else "none"; assert(y > 0, s); x * y }',
    "derivative(fn x => {v: x * x * y, s: fixed(x, 1)})(x).v",
    '{ let s = join("pi = ", fixed(pi, 2)); if s == "pi = 3.14" then x * y else x }',
    'if show(derivative(fn t => t * t)) == "<function derivative(fn t => t * t)>" then x * y else x',
)  # fmt: skip
MODES = (
    "{}",
    "derivative(fn x => {})(x)",
    "gradient(fn (x, y) => {})(x, y)",
    "derivative(fn y => gradient(fn (x, y) => {})(x, y))(y)",
    "gradient(fn (x, y) => derivative(fn x => {})(x))(x, y)",
)


@pytest.mark.parametrize("text", FORMS)
def test_a_form_agrees_in_all_modes(text: str) -> None:
    bodies = [mode.replace("{}", f"({text})") for mode in MODES]
    function = Session(native=NEVER).evaluate(f"fn (x, y) => ({', '.join(bodies)})")
    assert isinstance(function, Closure)
    native = Native(function, (1.0, 1.0), is_fixed=True)
    for point in ((0.7, 1.3), (-0.4, 2.0)):
        got = native(function, point)
        expected = Session(native=NEVER).call(function, point)
        for body, mine, its in zip(bodies, got, expected, strict=True):  # type: ignore[call-overload]
            assert close(as_data(mine), as_data(its)), (body, mine, its)


POLAR = "fn (r, t) => (r * cos(t), r * sin(t))"
OF_ARRAYS = "fn v => [v[0] * cos(v[1]), v[0] * sin(v[1]), -v[0] * v[1]]"


@pytest.mark.parametrize("radius", [-2.0, 0.0, 2.0])
@pytest.mark.parametrize(
    "text",
    [
        *(f"{operator}({POLAR})(x, y)" for operator in ("jacobian", "jacobian_forward", "jacobian_reverse")),
        *(f"{operator}({OF_ARRAYS})([x, y])" for operator in ("jacobian", "jacobian_forward")),
        *(f"jvp({POLAR}, (x, y), {v})" for v in ("(0, 1)", "(1, 0)", "(y, 1)", "(-0, y)")),
        *(f"vjp({POLAR}, (x, y))[1]{w}" for w in ("(0, 1)", "(1, 0)", "(y, 1)", "(1, 1)")),
        f"{{ let back = vjp({POLAR}, (x, y))[1]; (back(1, y), back(y, 1)) }}",
        "jvp(fn r => fn t => r * cos(t), x, y)[1](y)",
        "hessian(fn (r, t) => r * cos(t))(x, y)",
        "derivative(fn t => x * cos(t))(y)",
        "gradient_forward(fn (r, t) => r * cos(t))(x, y)",
    ],
)
def test_zeros_have_the_same_signs(text: str, radius: float) -> None:
    """Where a direction has zeros, one tier multiplies by them and the other leaves them out."""
    session = Session(native=NEVER)
    function = session.evaluate(f"fn (x, y) => {text}")
    assert isinstance(function, Closure)
    native = Native(function, (1.0, 1.0), is_fixed=True)
    for angle in (0.0, -0.0):
        assert show(native(function, (radius, angle))) == show(session.call(function, (radius, angle)))


REFUSED = {
    "dbg(x * y)": "an effect",
    "print(x)": "an effect",
    'if fixed(x, 2) == "0.70" then x else y': "a primitive that looks at a real",
    'match fixed(x, 2) { "0.70" => x; _ => y }': "a primitive that looks at a real",
    'if join(list("a", show(x))) != "a" then x else y': "a primitive that looks at a real",
    "if (x, list(fixed(x, 2))) == (x, nil) then x else y": "a primitive that looks at a real",
    'length(join(list("a", show(x)))) * x': "a primitive that looks at a real",
    "{ let s = fixed(x, y); x }": "a primitive that looks at a real",
    "({s: fixed(x, 1), x} + {s: fixed(y, 1), x}).x": "a primitive that looks at a real",
    "(x, {s: fixed(x, 2)})": "a primitive that looks at a real",
    "{ let s = fixed(x, 2); fn y => join(s, y) }": "a primitive that looks at a real",
    "if x > 0 then list(fixed(x, 2)) else 3": "a primitive that looks at a real",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_has_a_reason_of_the_list(text: str) -> None:
    tally = Tally()
    assert native_value(f"fn (x, y) => {text}", (0.7, 1.3), tally) is None
    assert list(map(REFUSED[text].startswith, tally.reasons)) == [True]
    assert native_value(f"fn (x, y) => jvp(fn x => {text}, x, 1)", (0.7, 1.3), tally) is None


SAID = """def _half(x) = x / 2
def f(x, y) = {
  assert(x < 3, join("x is ", fixed(x, 2)))
  if y > 3 then error("no y:", join(fixed(y, 1), "!"), x) else dbg(_half(x)) * y
}
print(fixed(f(1, 2), 2), f, derivative(fn x => f(x, 2)))
print(gradient(f)(1, 2), [(i, f(i, 1)) for i in 1..2], dbg(1 + 1))
"""


@pytest.mark.parametrize(
    "end", ["f(3, 1)", "gradient(f)(1, 4)", "derivative(fn x => f(x, 4))(2)", "fixed(1, f)"]
)
def test_programs_say_the_same(end: str, tmp_path: Path) -> None:
    (tmp_path / "part.adl").write_text(SAID.replace("print", "dbg"), encoding="utf-8")
    for text in (f"{SAID}{end}\n", f'import "part.adl" as part\nlet f = part.f\n{end}\n'):
        (tmp_path / "main.adl").write_text(text, encoding="utf-8")
        told = []
        for native in (NEVER, ALWAYS):
            out: list[str] = []
            with pytest.raises(Error) as error:
                Session(write=out.append, native=native).run_file(str(tmp_path / "main.adl"))
            told.append((out, render(error.value)))
        assert told[0] == told[1]
        assert told[0][0], "nothing was written"


# ── the sweep leaves nothing out ─────────────────────────────────────────────────────────────

ELSEWHERE = {"Program", "Import"}  # a text as a whole, and what the program above imports
LIBRARY = Path(__file__).parents[2] / "stdlib" / "prelude"


def nodes(item: object) -> Iterator[syntax.Node]:
    """All nodes of a tree."""
    todo = [item]
    while todo:
        found = todo.pop()
        if isinstance(found, tuple):
            todo += found
        elif isinstance(found, syntax.Node):
            yield found
            todo += [getattr(found, name) for name in fields_of(type(found))]


def missing(texts: tuple[str, ...]) -> set[str]:
    """Forms of the language, and functions for texts, errors, lists and structures, that no text has."""
    found = [node for text in texts for node in nodes(program(text))]
    forms = {x.__name__ for x in vars(syntax).values() if isinstance(x, type) and issubclass(x, syntax.Node)}
    names = {
        name
        for name, primitive in PRIMITIVES.items()
        if getattr(primitive.value, "__module__", "") in (data.__name__, output.__name__)
        and not primitive.internal
    }
    for file in ("lists.adl", "structures.adl"):
        for node in program((LIBRARY / file).read_text(encoding="utf-8")).statements:
            names |= {node.name} if isinstance(node, syntax.Def) else set()
    used = {x.id for x in found if isinstance(x, syntax.Name)}
    used |= {x.op for x in found if isinstance(x, syntax.Binary)}
    return ({*forms} - {type(x).__name__ for x in found} - ELSEWHERE - {"Node"}) | (names - used)


def test_no_form_is_left_out() -> None:
    assert missing((*FORMS, *REFUSED)) == set()


def test_a_form_that_is_left_out_is_seen() -> None:
    assert {"scan", "dbg", "While", "Update"} <= missing(tuple(x for x in FORMS if "{ let" not in x))
