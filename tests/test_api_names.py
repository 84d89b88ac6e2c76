"""Names from Python: values of a text, arguments by name, `wrt` of derivatives, records, `help`."""

from __future__ import annotations

import pickle
import pydoc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import vlad_py as vlad

LOSS = vlad.evaluate("fn (m, x, y) => sum((x * m.w + m.b - y) ^ 2)")
X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])


@dataclass
class Line:
    w: float
    b: float


def test_values_of_names() -> None:
    assert vlad.evaluate("sum(x) * k", x=X, k=2) == 6.0
    assert vlad.evaluate("let y = 2 * x\nfn z => y + z", x=1)(3) == 5.0
    assert pickle.loads(pickle.dumps(vlad.evaluate("fn z => x + z", x=1)))(3) == 4.0
    assert vlad.evaluate("gradient(fn m => m.w * m.b)(m)", m=Line(2, 3)) == Line(3.0, 2.0)
    assert vlad.evaluate("sum", sum=3) == 3.0
    assert vlad.evaluate("f(2)", f=vlad.evaluate("fn x => x ^ 3")) == 8.0
    with pytest.raises(vlad.ConversionError, match="x: None is not a value"):
        vlad.evaluate("x", x=None)
    with pytest.raises(vlad.ConversionError, match="`loop` cannot be the name"):
        vlad.evaluate("1", loop=1)


def test_arguments_by_name() -> None:
    f = vlad.evaluate("fn (x, y) => x - y")
    assert f(x=5, y=2) == f(y=2, x=5) == f(5, y=2) == 3.0
    assert vlad.evaluate("fn {w, b} => w - b")(b=1, w=3) == 2.0
    assert vlad.evaluate("fn (x, m) => x * m.w")(3, w=2) == 6.0
    assert vlad.evaluate("fn m => m")(m=4) == 4.0
    with pytest.raises(vlad.ConversionError, match="`y` is missing") as caught:
        f(x=5)
    assert caught.value.hint == "its parameters are x, y"
    with pytest.raises(vlad.ConversionError, match="`x` is given twice"):
        f(5, x=2)


@pytest.mark.parametrize("operator", ["gradient", "value_and_gradient", "jacobian", "hessian"])
def test_with_respect_to_one_parameter_is_with_the_others_fixed(operator: str) -> None:
    fixed = vlad.evaluate(f"fn (loss, x, y) => fn m => {operator}(fn m => loss(m, x, y))(m)")(LOSS, X, Y)
    for wrt in (0, -3, "m"):
        found = getattr(vlad, operator)(LOSS, wrt=wrt)(Line(2, 1), X, Y)
        assert repr(found) == repr(fixed(Line(2, 1)))


def test_with_respect_to_several_and_to_fields() -> None:
    model = {"w": 2.0, "b": 1.0}
    by_m, by_x = vlad.gradient(LOSS, wrt=("m", 1))(model, X, Y)
    whole = vlad.gradient(LOSS)(model, X, Y)
    assert by_m == whole[0] and by_x.tolist() == whole[1].tolist()
    f = vlad.evaluate("fn {w, b} => w ^ 2 * b")
    assert vlad.gradient(f, wrt="w")(w=3, b=2) == 12.0
    assert vlad.gradient(f, wrt=("b", "w"))(Line(3, 2)) == (9.0, 12.0)
    assert vlad.derivative(vlad.derivative(vlad.evaluate("(^)"), wrt=0), wrt=0)(3, 4) == 108.0
    assert vlad.derivative(vlad.evaluate("sin"), wrt=0)(0) == 1.0
    assert pickle.loads(pickle.dumps(vlad.gradient(f, wrt="w")))(w=3, b=2) == 12.0


@pytest.mark.parametrize("wrt", [3, "z", 1.5, (0, 0), ("m", 0), True])
def test_what_is_not_there_is_an_error(wrt: Any) -> None:
    with pytest.raises(vlad.ConversionError, match="wrt: "):
        vlad.gradient(LOSS, wrt=wrt)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("fn x => x ^ 2", ""),
        ("sin", ""),
        ("fn {w, b} => w * b", "b, w"),
        ("fn {w: [a, b], c} => a * b", "c, w"),
        ("fn m => m.w ^ 2 + m.b", "b, w"),
        ("def f(m) = m.w\nf", "w"),
    ],
)
def test_a_field_that_a_function_cannot_take_is_an_error_at_once(text: str, fields: str) -> None:
    f = vlad.evaluate(text)
    with pytest.raises(vlad.ConversionError, match=r"field `q`|no parameter 'q'") as refused:
        vlad.gradient(f, wrt="q")
    assert not fields or refused.value.hint == f"it takes the fields {fields}"
    for field in filter(None, fields.split(", ")):
        vlad.gradient(f, wrt=field)


@pytest.mark.parametrize(
    "text", ["fn m => sum(m)", "fn m => (fn k => k.q)(m)", "fn m => { let m = {q: 1}\n m.w }"]
)
def test_a_field_of_an_argument_that_is_handed_on_is_seen_in_the_call(text: str) -> None:
    assert vlad.gradient(vlad.evaluate(text), wrt="q").__name__


def test_names_of_other_packages() -> None:
    with pytest.raises(AttributeError, match=r"here it is `vlad\.gradient`"):
        _ = vlad.grad
    with pytest.raises(AttributeError, match="did you mean `gradient`"):
        _ = vlad.gradent
    with pytest.raises(AttributeError, match=r'programs have it: `vlad\.evaluate\("solve"\)`'):
        _ = vlad.solve
    with pytest.raises(AttributeError, match=r'"import integrate\\nintegrate\.…"'):
        _ = vlad.integrate
    function: Any = lambda x: x  # noqa: E731
    with pytest.raises(vlad.ConversionError) as caught:
        vlad.evaluate(function)
    assert "write the function as a text" in caught.value.hint


def test_what_is_restricted_has_the_parameters_of_the_function() -> None:
    f = vlad.evaluate("fn (f, x, (p, q), _) => f ^ 3 * x ^ 2 * p * q")
    slope = vlad.gradient(f, wrt="x")
    assert slope(1, 2, (3, 4), 0) == vlad.gradient(slope, wrt="f")(1, 2, (3, 4), 0) / 3 == 48.0
    assert vlad.gradient(slope, wrt=("p_q", "f"))(1, 2, (3, 4), 0) == ((16.0, 12.0), 144.0)
    g = vlad.evaluate("fn (x, y) => x ^ 2 * y")
    assert vlad.gradient(g, wrt="x")(y=3, x=2) == 12.0
    with pytest.raises(vlad.ConversionError, match="it has no parameter `z`") as caught:
        vlad.gradient(g, wrt="x")(z=3)
    assert caught.value.hint == "its parameters are x, y"
    assert vlad.batched(g, in_axes=(0, None))(x=X, y=3).tolist() == [3.0, 12.0]


# ── records of other packages ────────────────────────────────────────────────────────────────


def test_attrs() -> None:
    attrs = pytest.importorskip("attrs")
    Model = attrs.make_class("Model", ["w", "b"], frozen=True)
    assert vlad.gradient(vlad.evaluate("fn m => m.w * m.b"))(Model(2.0, 3.0)) == Model(3.0, 2.0)


def test_pydantic() -> None:
    pydantic = pytest.importorskip("pydantic")
    Model = pydantic.create_model("Model", w=(float, ...), name=(str, "a"))
    found = vlad.gradient(vlad.evaluate("fn m => m.w ^ 2"))(Model(w=3.0))
    assert type(found) is Model and found.w == 6.0 and found.name == ()


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [1.0, 2.0], "n": [3, 4]}, index=["a", "b"])
    found = vlad.gradient(vlad.evaluate("fn d => sum(d.x ^ 2 * d.n)"))(frame)
    assert found.equals(pandas.DataFrame({"x": [6.0, 16.0], "n": [1.0, 4.0]}, index=["a", "b"]))
    series = pandas.Series({"w": 2.0, "b": 3.0})
    assert vlad.gradient(vlad.evaluate("fn m => m.w * m.b"))(series).equals(
        pandas.Series({"w": 3.0, "b": 2.0})
    )
    assert vlad.evaluate("fn x => sum(x)")(pandas.Series([1, 2])) == 3.0
    for text, thing, result in (
        ("fn m => {w: m.b, b: true}", series, {"w": 3.0, "b": True}),
        ("fn d => {x: 1, n: 2}", frame, {"x": 1.0, "n": 2.0}),
        ("fn d => {x: [1], n: [2]}", frame, {"x": [1.0], "n": [2.0]}),
    ):  # no columns of these labels, so no object of pandas
        assert vlad.evaluate(text)(thing) == result
    same = vlad.evaluate("fn (a, b) => {x: a.x + b.x, n: a.n + b.n}")
    assert type(same(frame, frame + 1)) is pandas.DataFrame
    assert type(same(frame, frame.reset_index(drop=True))) is dict
    with pytest.raises(vlad.ConversionError, match="a label of this Series"):
        vlad.evaluate("fn x => x")(pandas.Series([1.0, 2.0], index=[5, 6]))
    with pytest.raises(vlad.ConversionError, match=r"\.name"):
        vlad.evaluate("fn x => x")(pandas.DataFrame({"name": [None, "b"]}))


def test_axes_of_a_batch() -> None:
    f = vlad.evaluate("fn (w, x) => w @ x")
    w, xs = np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 3.0]])
    assert vlad.batched(f, in_axes=(None, 0))(w, xs).tolist() == [1.0, 6.0]
    assert vlad.batched(f)(xs, xs).tolist() == [1.0, 9.0]
    wrong: list[Any] = [None, (0,), (None, None), (0, True), "x", 1.5, {}, ()]
    for axes in wrong:
        with pytest.raises(vlad.ConversionError, match="in_axes: expected "):
            vlad.batched(f, in_axes=axes)


@dataclass
class Layer:
    w: Any
    b: Any


class Named(NamedTuple):
    w: Any
    b: Any


def test_axes_of_any_place_and_of_structures() -> None:
    """Every batch is what f gives for the items that numpy takes, and so are its derivatives."""
    f = vlad.evaluate("fn ({w, b}, x) => sum(w * x) + b")
    w, x = np.arange(24.0).reshape(2, 3, 4), np.arange(8.0).reshape(2, 4)
    for axis in (0, 1, 2, -1, -2, -3):
        one_less = np.take(w, 0, axis).shape
        several: list[Any] = [
            {"w": axis, "b": None},
            Layer(axis, None),
            {"b": None, "w": axis},
            Named(axis, None),
        ]
        for axes in several:
            made = vlad.batched(f, in_axes=(axes, None))
            expected = [f({"w": item, "b": 1.0}, 2.0) for item in np.moveaxis(w, axis, 0)]
            assert made({"w": w, "b": 1.0}, 2.0).tolist() == expected
            slopes = vlad.batched(vlad.gradient(f, wrt=0), in_axes=(axes, None))({"w": w, "b": 1.0}, 2.0)
            assert (slopes["w"].shape, slopes["b"].shape) == ((w.shape[axis], *one_less), (w.shape[axis],))
            assert (
                vlad.gradient(vlad.evaluate("fn (g, w) => sum(g({w: w, b: 1}, 2))"), wrt=1)(made, w).tolist()
                == np.full(w.shape, 2.0).tolist()
            )
    pairs = vlad.evaluate("fn p => p[0] * sum(p[1])")
    assert vlad.batched(pairs, in_axes=((None, 1),))((2.0, x)).tolist() == (2.0 * x.sum(0)).tolist()
    assert vlad.batched(vlad.evaluate("sum"), in_axes=-1)(x).tolist() == x.sum(0).tolist()
    product = vlad.evaluate("fn (a, b) => a * b")
    twice = vlad.batched(vlad.batched(product, in_axes=(None, 0)), in_axes=(0, None))
    assert twice(b=x[0], a=x[1]).tolist() == np.outer(x[1], x[0]).tolist()
    wrong: list[tuple[Any, str]] = [
        ((3, None), "axis 3 is out of range for an array of 2×4"),
        (((0, 1), None), "`in_axes` has a tuple of 2 where an argument has an array"),
        (({"w": 0}, None), "`in_axes` has a record with `w` where an argument has an array"),
        ((0, 0), "got a real among them"),
    ]
    for others, message in wrong:
        with pytest.raises(vlad.RunError, match=message):
            vlad.batched(product, in_axes=others)(x, 2.0)


def test_what_an_operator_gives_has_the_parameters_of_the_function() -> None:
    f = vlad.evaluate("fn (w, x) => w ^ 2 * x")
    ones = np.ones(3)
    assert vlad.batched(f)(w=2 * ones, x=ones).tolist() == vlad.batched(f)(2 * ones, x=ones).tolist()
    for operator in (vlad.gradient, vlad.derivative, vlad.value_and_gradient, vlad.jacobian, vlad.hessian):
        made = operator(f)
        if operator is not vlad.derivative:
            assert made(x=3, w=2) == made(2, x=3) == made(2, 3)
            assert pickle.loads(pickle.dumps(made))(x=3, w=2) == made(2, 3)
        assert list(made.__signature__.parameters) == ["w", "x"]
    assert vlad.batched(vlad.gradient(f), in_axes=(0, None))(ones, 3)[0].tolist() == [6.0] * 3


def test_what_is_given_twice_or_under_no_name_is_said() -> None:
    square = vlad.evaluate("fn x => x ^ 2")
    with pytest.raises(vlad.ConversionError, match="`x` is given twice: as a value and among the functions"):
        vlad.evaluate("x", functions={"x": square}, x=2)
    with pytest.raises(vlad.ResolveError) as unknown:
        vlad.evaluate("x + y", x=2)
    assert unknown.value.hint == "give it a value: `vlad.evaluate(text, y=…)`"
    with pytest.raises(vlad.RunError) as mistaken:
        vlad.evaluate("fn (x, y) => x + y")(1, z=2)
    assert mistaken.value.hint == "`z` became a field of the record `y`: no parameter has such a name"
    with pytest.raises(vlad.RunError) as single:
        square(z=1)
    assert single.value.hint == "`z` became a field of the record `x`: no parameter has such a name"
    for value in ({"x": 3}, 3):
        unnamed: Any = (value,)
        with pytest.raises(vlad.ConversionError, match="values: expected them by name") as refused:
            vlad.evaluate("x ^ 2", *unnamed)
        assert "x=3" in refused.value.hint
    named: Any = {"x": 3}
    assert vlad.evaluate("x ^ 2", **named) == vlad.evaluate("x ^ 2", x=3) == 9
    with pytest.raises(vlad.RunError) as missing:
        vlad.evaluate("fn {w, b} => w * b")(w=1)
    assert missing.value.hint == "`w` became a field of the record that `{w, b}` takes apart"


@pytest.mark.parametrize(
    ("written", "meant"), [("nan_as_error", "nan_is_error"), ("limit", "limits"), ("natve", "native")]
)
def test_a_misspelt_option_is_not_a_value(written: str, meant: str) -> None:
    misspelt: Any = {written: 1}
    with pytest.raises(vlad.ConversionError, match=f"`{written}` is neither an option nor a name") as refused:
        vlad.evaluate("1", **misspelt)
    assert refused.value.hint == f"did you mean `{meant}`?"
    assert vlad.evaluate(f"{written} + 1", **misspelt) == vlad.evaluate("2", x=misspelt[written]) == 2


def test_an_error_of_a_restricted_operator_shows_no_text_of_its_own() -> None:
    f = vlad.evaluate("fn (x, y) => list(x, y)")
    for arguments in ((1, 2), (1,)):
        with pytest.raises(vlad.RunError) as caught:
            vlad.gradient(f, wrt="y")(*arguments)
        assert "operator'" not in str(caught.value) and "x'0" not in str(caught.value)


def test_help_says_what_python_adds() -> None:
    assert "wrt=…" in str(vlad.gradient.__doc__)
    assert "in_axes" in str(vlad.batched.__doc__)


def test_positions_of_numpy_and_lists_of_them() -> None:
    f = vlad.evaluate("fn (w, x) => w ^ 2 * x")
    assert vlad.gradient(f, wrt=np.int64(0))(3.0, 2.0) == 12.0
    assert vlad.gradient(f, wrt=["x", np.int8(0)])(3.0, 2.0) == (9.0, 12.0)


def test_hints_for_what_other_tools_have() -> None:
    f = vlad.evaluate("fn (w, x) => w ^ 2 * x")
    with pytest.raises(vlad.ConversionError, match="no parameter `argnums`") as argnums:
        vlad.gradient(f, argnums=0)
    assert "vlad.gradient(f, wrt=0)" in argnums.value.hint
    for thing, hint in (
        (np.array(["a"]), "x.tolist()"),
        (1j, "(x.real, x.imag)"),
        (np.array([1j]), "x.imag"),
    ):
        with pytest.raises(vlad.ConversionError) as refused:
            vlad.evaluate("x", x=thing)
        assert hint in refused.value.hint
    calls: tuple[Callable[[], Any], ...] = (
        lambda: vlad.evaluate("fn x => x ^ 2")([1, 2]),
        lambda: vlad.gradient(vlad.evaluate("fn m => m.x ^ 2"))({"x": [1, 2]}),
        lambda: vlad.evaluate("[1, 2] @ x", x=[1, 2]),
    )
    for call in calls:
        with pytest.raises(vlad.RunError) as raised:
            call()
        assert "numpy.array(xs)" in raised.value.hint


@pytest.mark.parametrize(
    "text",
    "sum(w * [1, 2]); w / [1, 2]; [1, 2] / w; w * w; w / w; shape(w); inv(w); transpose(w); cumsum(w);"
    " outer(w, w); sum(w, {axis: 0}); softmax(w); concat(w, [1]); w > 0; w + [1, 2]; keep(w, [1]);"
    ' einsum("i->", w); solve([[1, 0], [0, 1]], w); conv(w, w)'.split("; "),
)
def test_a_python_list_where_numbers_belong(text: str) -> None:
    with pytest.raises(vlad.RunError) as raised:
        vlad.evaluate(text, w=[1.0, 2.0])
    assert "numpy.array(xs)" in raised.value.hint
    with pytest.raises(vlad.RunError) as raised:  # no list came from Python
        vlad.evaluate(text.replace("w", "list(1, 2)"))
    assert "numpy.array(xs)" not in raised.value.hint


@pytest.mark.parametrize("text", ["w + list(1, 2, 3)", "derivative(w)", "if w then 1 else 2", "w(1)"])
def test_a_python_list_where_none_of_numbers_belongs(text: str) -> None:
    with pytest.raises(vlad.RunError) as raised:
        vlad.evaluate(text, w=[1.0, 2.0])
    assert "numpy.array(xs)" not in raised.value.hint


# ── help ─────────────────────────────────────────────────────────────────────────────────────


@vlad.primitive
def undocumented(x: float, y: float) -> float:
    return x + y


SHOWN_BY_HELP = [
    (vlad.evaluate("def f(x, y) = x * y\nf"), "f(x, y)"),
    (vlad.evaluate("## The product.\ndef f(x, y) = x * y\nf"), "f(x, y)\n\nThe product."),
    (vlad.evaluate("## f(x, y): the product.\ndef f(x, y) = x * y\nf"), "f(x, y): the product."),
    (vlad.evaluate("def f() = 1\nf"), "f()"),
    (vlad.evaluate("def f({a, b}) = a + b\nf"), "f({a, b})"),
    (vlad.evaluate("fn (x, y) => x * y"), "fn (x, y) => x * y"),
    (vlad.evaluate("derivative(sin)"), "derivative(sin)(x)"),
    (vlad.evaluate("derivative(fn x => fn y => x * y)(2)"), "derivative of fn y => x * y"),
    (vlad.evaluate("sin"), "sin(x)\n\nSine; nan at ±inf."),
    (vlad.derivative, "derivative(f)(x): the derivative"),
    (undocumented, "undocumented(x: 'float', y: 'float', /)"),
]


@pytest.mark.parametrize(("function", "shown"), SHOWN_BY_HELP)
def test_help_shows_how_to_call_a_function(function: vlad.Function, shown: str) -> None:
    _, _, text = pydoc.plain(pydoc.render_doc(function)).partition(repr(function))
    assert "\n".join(line.strip() for line in text.splitlines()).strip().startswith(shown)


@pytest.mark.parametrize("path", ["model.adl", "models/model.adl"])
def test_a_path_where_a_text_belongs_is_told_where_files_go(path: str) -> None:
    with pytest.raises(vlad.Error) as caught:
        vlad.evaluate(path)
    assert caught.value.hint.startswith(f'to run a file, write `vlad.run("{path}")`')
    with pytest.raises(vlad.Error) as caught:
        vlad.evaluate("model.scale")
    assert "give it a value" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["fn m => { let f = fn m => m.w; f(m) ^ 2 }", "{ let g = fn m => m.w ^ 2; fn m => g(m) }"],
)
def test_a_field_of_what_is_handed_on_is_found_by_the_call(text: str) -> None:
    f = vlad.evaluate(text)
    assert vlad.gradient(f, wrt="w")(Line(3, 2)) == 6.0
    with pytest.raises(vlad.Error, match="q"):
        vlad.gradient(f, wrt="q")(Line(3, 2))
