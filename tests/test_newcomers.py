"""Hints for what newcomers type: words of other tools, of other languages, of other REPLs."""

from __future__ import annotations

from pathlib import Path

import pytest
from talk import Talk

import vlad_py as vlad
from vlad_py.command.cli import main
from vlad_py.ground.errors import Error, near
from vlad_py.repl.commands import COMMANDS, INSTEAD, SHORT
from vlad_py.session.catalogue import everywhere
from vlad_py.session.session import Session


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("run", "`vlad FILE` runs a script"),
        ("check", "`vlad --check FILE`"),
        ("lint", "`vlad --check FILE`"),
        ("format", "`vlad fmt FILE`"),
        ("version", "`vlad --version`"),
    ],
)
def test_words_for_commands(
    word: str,
    hint: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(str(tmp_path))
    assert main([word, "model.adl"]) == 66
    assert hint in capsys.readouterr().err


def test_two_expressions_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["-e", "1", "-e", "2"])
    assert ended.value.code == 2
    assert "-e is given twice" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x ^ 2", "a function of `x` is written `fn x => …`"),
        ("let {rate} = fn x => x", "call it to get a value, as in `f(x)`"),
        ("maximum(1, 2)", "write `max(x, y)`"),
        ("minimum(1, 2)", "write `min(x, y)`"),
        ("power(2, 3)", "a power is written `x ^ y`"),
        ("expt(2, 3)", "a power is written `x ^ y`"),
        ("let a = [1]; a[0] = 3", "values never change"),
        ("sin(x = 1)", "pass arguments by position"),
        ("solve_triangular([[1]], [1])", "write `solve_lower(a, b)` or `solve_upper(a, b)`"),
        ("integrate(sin, 0, 1)", "write `import integrate`, then `integrate.integral(f, a, b)`"),
        ("ode(sin, 0, 1)", "write `import ode`, then `ode.solution(f, start, times)`"),
        ("np.linalg.inv([[1]])", "write `inv`, without `np.linalg.`"),
        ("np.random.seed(0)", "random.key(1)"),
        ("jax.numpy.sin(1)", "write `sin`, without `jax.numpy.`"),
        ("jacfwd(sin)", "write `jacobian(f)(x)`"),
        ("gammaln(2)", "write `lgamma`"),
        ("psi(2)", "write `digamma`"),
        ("jv(0, 1)", "write `bessel_j(n, x)`"),
        ("jit(sin)", "`vlad FILE` compiles what runs for a while"),
        ("tree_map(sin, 1)", "write `map_reals(f, x)`"),
        ("hstack([1], [2])", "write `concat(a, b)`"),
        ("concatenate([1], [2])", "write `concat(a, b)`"),
        ("np.concatenate([1], [2])", "write `concat(a, b)`"),
        ("inverse([[1]])", "write `inv(a)`"),
        ("np.linalg.inverse([[1]])", "write `inv(a)`"),
        ("determinant([[1]])", "write `det(a)`"),
        ("np.linalg.eigvals([[1]])", "`eigh`"),
        ("def f(x, y=2) = x", "no default values"),
        ("def f(y = 2, x) = x", "no default values"),
        ("fn (x, y=2) => x", "no default values"),
        ("def f(x, *rest) = x", "a fixed number of parameters"),
        ("def f(**options) = x", "a fixed number of parameters"),
        ("fn (*xs) => xs", "a fixed number of parameters"),
        ("def f(x) = f(x = 2)", "pass arguments by position"),
        ("def f(x: real) = x", "parameters have no types: write `x` alone"),
        ("fn (x, y: real) => x", "parameters have no types: write `y` alone"),
        ("fn x: real => x", "parameters have no types"),
        ("(1, 2) @ (3, 4)", "`dot(x, y)` is the scalar product of tuples; an array is written `[1, 2]`"),
        ("[1, 2] @ (3, 4)", "`dot(x, y)` is the scalar product of tuples"),
        ("let x = [1, 2]; if x > 0 then x else 0", "`where(c, a, b)` chooses element by element"),
        ("[1, 2, 3][[true, false, true]]", "`keep(a, a > 0)` has the elements where a condition holds"),
        ("pi()", "a real is not a function: write it without `()`"),
        ("let a = [1]; a()", "write it without `()`"),
        ("pi(2)", "to multiply write `*`"),
        ("squeeze([1])", "write `reshape(a, (n, m))`"),
        ("sum([[1]], axis)", "an axis is a field"),
        ("sum([[1]], axis=0)", "an axis is a field: `sum(a, {axis: 0})`"),
        ("max([[1]], axis = 1, keepdims = true)", "an axis is a field: `sum(a, {axis: 0})`"),
        ("mean([[1]], {axis: 0}, keepdims=true)", "`{axis: 0, keepdims: true}`"),
        ("let a = [1]; a(0)", "an element is `a[0]`"),
        ("let a = [[1]]; a'", "`transpose(a)` has the rows as columns"),
        ("let x = 1; x.grad", "write `gradient(f)(x)`"),
        ("let f = sin; f.backward()", "write `gradient(f)(x)`"),
        ("let f = sin; f.derivative(1)", "write `derivative(f)(x)`"),
        ("derivative(sin) 3", "a call is written `derivative(sin)(3)`, a product `derivative(sin) * 3`"),
        ("(jacobian(sin) 3)", "is written `jacobian(sin)(3)`, a product `jacobian(sin) * 3`; separate comp"),
        ("list(sin)[0] x", "a call is written `list(sin)[0](x)`"),
        ("let m = {f: sin}; 1 + m.f(2)(x) 3", "a call is written `m.f(2)(x)(3)`"),
        ("(fn x => x)(2) 3", "a call is written `…(3)`, a product `… * 3`"),
        ("print 1 + 2", "a call needs parentheses: `print(…)`"),
        ("sin cos x", "a call needs parentheses: `sin(…)`"),
        ("map sin list(1)", "a call needs parentheses: `map(…)`"),
        ("print 1\n2", "a call is written `print(1)`"),
        ("(sin 1, 2)", "a call is written `sin(1)`"),
        ("sin {a: 1}", "a call needs parentheses: `sin(…)`"),
        ("map fn x => x", "a call needs parentheses: `map(…)`"),
        ("sum [1, 2]", "call it with parentheses: `sum([1, 2])`"),
        ("sum [1]", "call it with parentheses: `sum([1])`"),
        ("sum [[1], [2]]", "call it with parentheses: `sum([[1], [2]])`"),
        ("let g = fn x => x; g [1:2]", "call it with parentheses: `g([…])`"),
        ("(fn x => x)[1, 2]", "call it with parentheses: `f([1, 2])`"),
        (
            "map(sin, (1, 2))",
            "`map_reals(f, t)` is f at each real of a tuple; a list is written `list(a, b)`",
        ),
        ("fold((+), 0, (1, 2))", "a list is written `list(a, b)`"),
        (
            "curve_fit(f, [1], [2])",
            "`import least_squares`, then `least_squares.fit(fn p => f(p, xs) - ys, start)`",
        ),
        ("scipy.optimize.curve_fit(f, [1])", "`import least_squares`"),
        ("optimize.curve_fit(f, [1])", "`import least_squares`"),
        ("import optimize; optimize.curve_fit(f, [1])", "`import least_squares`"),
        ("F.relu(1)", "write `relu`, without `F.`"),
        ("F.softmax([1, 2])", "write `softmax`, without `F.`"),
        ("nn.functional.relu(1)", "write `relu`, without `nn.functional.`"),
        ("F + 1", "a function of `F` is written"),
        ("import optimize; optimize.minimize([1, 2], sum)", "write `optimize.minimize(f, start)`"),
        ("import ode; ode.solution(1, sin, [0, 1])", "write `ode.solution(f, y, times)`"),
        ("jacobian_reverse(3)", "write `jacobian_reverse(f)(x)`"),
        ("optimize.minimize(sin, 1)", "write `import optimize` above"),
        ("import ode; {ode.defaults with tolerance: 1}", "`{m with relative: …}` or `{m with absolute: …}`"),
        ("import ode; {ode.defaults with rtol: 1}", "write `{m with relative: …}`"),
        ("import roots; {roots.defaults with rtol: 1}", "write `{m with tolerance: …}`"),
        ("import descent; {descent.defaults with lr: 1}", "write `{m with method: descent.adam(0.1)}`"),
        ("{{a: 1} with b: 2}", "`with` changes fields"),
        ("diff(sin)", "write `derivative(f)(x)`"),
        ("let x = 1; diff(sin, x)", "write `derivative(f)(x)`"),
        ("partial(sin, 1)", "write `derivative(fn x => f(x, y))(x)`"),
        ("ceiling(1.5)", "write `ceil`"),
        ("1e400", "infinity is `inf`"),
        ("1j", "no complex numbers"),
        ("1:10", "a range is written `first..last`"),
        ("sum(1:10)", "a range is written `first..last`"),
        ("[i for i in 1:n]", "a range is written `first..last`"),
        ("1...10", "a range is written `first..last`"),
        ("sin.([1, 2])", "functions of reals take whole arrays"),
        ("let f x = x", "define a function with `def f(x) = …`"),
        ("function(x) x", "a function is written `fn x => …`"),
        ("{x for x in [1]}", "write `[e for x in xs]`"),
        ("~true", "write `not`"),
        ("∫ sin", "integrate.integral(f, a, b)"),
        ("[1, 2] @ list(1, 2)", "`[x for x in xs]` makes an array of it"),
        ("factorial(5)", "`prod(1..n)`"),
        ("let x = 1; sin^2(x)", "a power of a call is written `sin(x) ^ 2`"),
        ('plot(sin, 0, 1, {xlabel: "t"})', "the option is `x`, a string"),
        ('plot(sin, 0, 1, {y_label: "t"})', "the option is `y`, a string"),
        ("product(1..5)", "write `prod(xs)`"),
        ("round(1.234, 2)", "`fixed(x, 2)`"),
        ("atan(1, 2)", "`atan2(y, x)`"),
        ("[1, 2].append(4)", "write `concat(xs, [x])`"),
        ("list(1, 2).append(4)", "write `concat(xs, list(x))`"),
        ("append([1], 4)", "for an array `concat(a, [x])`"),
        ("jax.random.PRNGKey(0)", "random.key(1)"),
        ("ForwardDiff.derivative(sin, 1)", "write `derivative`, without `ForwardDiff.`"),
        ("to_list([1])", "`flatten(a)` is the list"),
        ("tuple(1, 2)", "a tuple is written `(a, b)`"),
        ("list(1, 2) |> map(sin)", "`fn xs => map(sin, xs)`"),
        ("odeint(sin, 0, 1)", "f is `fn (t, y) => …`"),
        ("let w = [1, 2]; sum((w @ w) ^ 2)", "`v @ w`, of two vectors, is one real already"),
        ("mean(3)", "`mean([a, b])` takes an array"),
        ('sin("a")', "a string is not a number: numbers have no quotes"),
        ('2 * "a"', "a string is not a number: numbers have no quotes"),
        ('1 + "a"', "`join(a, b)` makes one string of both"),
        ("import random; random.other()", "it has `beta`, `categorical`, `choice`"),
    ],
)
def test_words_of_other_languages(text: str, hint: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(text)
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    "written",
    [
        "prod(1..5) == 120 and gamma(5 + 1) == 120",
        "let x = 3; sin(x) ^ 2",
        "let y = 3; print(y)",
        "let m = {a: 1, b: 2}; {m with a: 2}",
        "let (c, a, b, d, e) = (true, 1, 2, 3, 4); if c then { a; b } else { d; e }",
        "transpose([[1, 2], [3, 4]])",
        "loop (a, b) = (0, 1) while a < 9 do (b, a + b)",
        "list(1, 2) |> fn xs => map(sin, xs)",
        "let x = 1.234; (fixed(x, 2), round(100 * x) / 100)",
        'plot(sin, 0, 1, {x: "t", y: "u"})',
        "concat([1, 2], [4])",
        "concat(list(1, 2), list(4))",
        "flatten([[1, 2]])",
        "import random; random.normal(random.key(1), 3)",
        "import ode; ode.solution(fn (t, y) => y, 1, [0, 1])",
    ],
)
def test_what_these_hints_say_runs(written: str) -> None:
    Session(write=lambda _: None).evaluate(written)


@pytest.mark.parametrize("text", ["derivative(d * x)(2)", "d + 1", "derivative(x + D)(1)"])
def test_a_variable_d_is_not_the_operator(text: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(text)
    assert raised.value.fix is None and "derivative(f)" not in raised.value.hint


@pytest.mark.parametrize("text", ["d(sin)(0)", "D(sin)(0)"])
def test_a_called_d_is_the_operator(text: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(text)
    fix = raised.value.fix
    assert fix is not None
    assert Session().evaluate(text[: fix.span.start] + fix.text + text[fix.span.end :]) == 1


@pytest.mark.parametrize(
    "text", ["derivative(f)(3)", "sin(x)", "derivative(fn y => x * y)(3)", "jvp(sin, x, 1)"]
)
def test_a_value_that_is_no_function(text: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(text)
    assert "a function of" in raised.value.hint and raised.value.fix is None
    with pytest.raises(Error) as raised:
        vlad.evaluate(text)
    assert raised.value.hint.startswith("give it a value: `vlad.evaluate(text, ")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("sinn", "sin"), ("lenght", "length"), ("hessain", "hessian"), ("derivitave", "derivative")],
)
def test_a_slip_is_mended(written: str, meant: str) -> None:
    assert near(written, everywhere()) == f"did you mean `{meant}`?"


@pytest.mark.parametrize("word", ["later", "after", "before", "number", "value", "total", "letter", "other"])
def test_a_word_is_not_taken_for_another(word: str) -> None:
    assert not near(word, everywhere())


@pytest.mark.parametrize("module", ["nn", "optimize", "random"])
@pytest.mark.parametrize("name", ["relu", "softmax", "sigmoid", "gradient", "pi"])
def test_a_built_in_name_of_a_module(module: str, name: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(f"import {module} as m; m.{name}")
    assert raised.value.hint == f"`{name}` is built in: write `{name}`, without `m.`"
    fix = raised.value.fix
    assert fix is not None and (fix.span.text, fix.text) == (f"m.{name}", name)
    with pytest.raises(Error) as raised:  # which means another value here
        Session().evaluate(f"import {module} as m; let {name} = 2; m.{name}")
    assert "built in" not in raised.value.hint


@pytest.mark.parametrize("settings", ["method: descent.adam", "method: descent.momentum"])
@pytest.mark.parametrize(
    "call",
    [
        "descent.descend_by({{descent.defaults with {0}}}, fn x => x ^ 2, 1)",
        "nn.train({{nn.defaults with {0}}}, fn (m, xs) => m, 1, [1, 2])",
    ],
)
def test_a_method_without_its_settings(call: str, settings: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(f"import descent; import nn\n{call.format(settings)}")
    assert "a method such as `descent.adam(0.1)`, got a function" in raised.value.message


@pytest.mark.parametrize("text", ["it", "ans", "Ans + 1", "let x = it * 2", "Out[1]"])
def test_names_of_the_last_value(text: str) -> None:
    assert "hint: `_` is the last value" in Talk().said(text)
    with pytest.raises(Error) as raised:
        Session().evaluate(text)  # no program has one
    assert not raised.value.hint


@pytest.mark.parametrize("word", ["names", "vars", "whos"])
def test_commands_that_list_names(word: str) -> None:
    assert "hint: `?name` describes a name" in Talk().said(f":{word}")


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("--nan model.adl", "write `vlad --nan=error model.adl`"),
        ("--lang model.adl", "write `vlad --lang=adl model.adl`"),
        ("--lang model.vlad", "write `vlad --lang=vlad model.vlad`"),
    ],
)
def test_an_option_without_its_value(option: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(option.split())
    assert hint in capsys.readouterr().err


def test_an_option_after_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to the program, which is said where the program does not look at its arguments."""
    blind, seeing = tmp_path / "blind.adl", tmp_path / "seeing.adl"
    blind.write_text("print(1)", encoding="utf-8")
    seeing.write_text("print(arguments)", encoding="utf-8")
    for option in ("--max-steps", "--native=always", "-i"):
        assert main([str(blind), "2", option]) == 0
        said = capsys.readouterr()
        assert said.out == "1\n"
        assert said.err == (
            f"warning: `{option}` after the file goes to the program; put vlad's options before the file\n"
        )
    for quiet in (["--", "--max-steps", "9"], ["--steps"], ["max-steps"]):
        assert main([str(blind), *quiet]) == 0
        assert not capsys.readouterr().err
    assert main([str(seeing), "--max-steps", "9"]) == 0
    assert capsys.readouterr() == ('list("--max-steps", 9)\n', "")


@pytest.mark.parametrize("text", ["(expt 2 3)", "(abs 2)", "(max 1 2)", "(min 1 2)", "(display 3)"])
def test_words_of_scheme_in_vlad(text: str) -> None:
    with pytest.raises(Error) as raised:
        Session(language="vlad").evaluate(text)
    assert "`(" in raised.value.hint


def test_short_commands_are_those_that_there_are() -> None:
    assert set(SHORT.values()) <= set(COMMANDS)
    assert not {*SHORT, *INSTEAD} & set(COMMANDS)
    with pytest.raises(EOFError):
        Talk().said(":q")


def test_the_help_of_vlad_has_no_commands_of_adl() -> None:
    talk = Talk()
    talk.engine.language = "vlad"
    said = talk.said(":help")
    assert ":load" in said
    assert ":trace" not in said


def test_a_function_that_takes_any_arguments_is_shown_with_those() -> None:
    assert Talk().said("?map_reals").startswith("map_reals(f, x, …) — function")
