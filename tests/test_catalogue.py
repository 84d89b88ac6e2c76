"""The catalogue of names: what it knows of built-in functions, the library and a text's own definitions."""

from __future__ import annotations

from pathlib import Path

import pytest
from talk import Talk

import vlad_py as vlad
from vlad_py.ground.errors import ResolveError, RunError
from vlad_py.ground.names import keywords
from vlad_py.ground.source import Source
from vlad_py.session import catalogue
from vlad_py.session.catalogue import BUILT_IN, FUNCTION, MODULE, VALUE
from vlad_py.session.library import shared_library
from vlad_py.session.session import Session
from vlad_py.syntax.parse import parse

TEXT = """\
import optimize as o
## The square of x.
## It is never negative.
def square(x) = x ^ 2
let twice = fn (f, x) => f(f(x))
## A pair.
let (a, {b, c: d}) = (1, {b: 2, c: 3})
let _ = 3
def point() = (a, b)
square(a)
"""
DEFINED = catalogue.defined(parse(Source("text.adl", TEXT)))


def test_a_signature_has_no_comments_and_its_strings_as_they_are() -> None:
    text = 'def f(x,\n y # of "it"\n ) = x\ndef g("a  # b", ( # c\n x )) = x\nf(1)'
    with pytest.raises(ResolveError) as raised:
        Session().evaluate(text)
    assert raised.value.hint == "its parameters are `(x, y)`"
    entries = catalogue.defined(parse(Source("text.adl", text)))
    assert [entry.signature for entry in entries.values()] == ["f(x, y)", 'g("a  # b", (x))']


def test_a_function_shows_no_comments_and_its_strings_as_they_are() -> None:
    f = vlad.evaluate('def f(x,\n y # of "it"\n ) = x\nf')
    assert f.__doc__ == "f(x, y)"
    with pytest.raises(RunError) as raised:
        f(1, 2, 3)
    assert raised.value.hint == "its parameters are `(x, y)`"
    assert vlad.evaluate('show(fn x => # c\n join(x, "a  b"))') == '<function fn x => join(x, "a  b")>'


def test_keywords_are_those_of_the_grammar() -> None:
    words = "def let import as fn if then else match loop while for in do with and or not true false nil"
    assert set(keywords()) == set(words.split())


@pytest.mark.parametrize(
    ("name", "kind", "signature"),
    [
        ("square", FUNCTION, "square(x)"),
        ("twice", FUNCTION, "twice(f, x)"),
        ("a", VALUE, "a"),
        ("d", VALUE, "d"),
        ("point", FUNCTION, "point()"),
    ],
)
def test_what_a_text_defines(name: str, kind: str, signature: str) -> None:
    entry = DEFINED[name]
    assert (entry.name, entry.kind, entry.signature) == (name, kind, signature)
    assert entry.place is not None and entry.place.text == name


def test_nothing_else_is_defined() -> None:
    assert list(DEFINED) == ["square", "twice", "a", "b", "d", "point"]


def test_documentation_and_whole_definition() -> None:
    assert DEFINED["square"].doc == "The square of x.\nIt is never negative."
    assert DEFINED["b"].doc == "A pair."
    assert DEFINED["point"].doc == ""
    square, b = DEFINED["square"].statement, DEFINED["b"].statement
    assert square is not None and square.text == "def square(x) = x ^ 2"
    assert b is not None and b.text.startswith("let (a, {b, c: d}) =")


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("sin", "sin(x)"),
        ("hypot", "hypot(a, b)"),
        ("atan2", "atan2(y, x)"),
        ("where", "where(c, a, b)"),
        ("sum", "sum(xs)"),
        ("list", "list(a, b, …)"),
        ("+", "a + b"),
    ],
)
def test_a_built_in_function(name: str, signature: str) -> None:
    entry = catalogue.built_in()[name]
    assert (entry.kind, entry.signature, entry.place) == (BUILT_IN, signature, None)
    assert entry.doc


def test_what_is_internal_is_not_in_it() -> None:
    assert "fresh_tag" not in catalogue.everywhere()


def test_it_knows_the_names_that_programs_see() -> None:
    named = {name for name in catalogue.everywhere() if name.isidentifier()}
    assert named == set(shared_library().known())


def test_a_library() -> None:
    entry = catalogue.libraries()["optimize"]
    assert entry.kind == MODULE and entry.doc.startswith("minimisation")
    assert entry.members["minimize"].signature == "minimize(f, start)"
    assert entry.members["defaults"].kind == VALUE


def test_lookup() -> None:
    scope = {**DEFINED, "o": catalogue.module("o", catalogue.library_file("optimize"))}
    derivative = catalogue.lookup("derivative", scope)
    assert derivative is not None and derivative.place is not None
    assert derivative.place.place.startswith("prelude/derivative.adl:")
    assert catalogue.lookup("square", scope) is DEFINED["square"]
    assert catalogue.lookup("o.minimize", scope) is not None
    assert catalogue.lookup("o.nothing", scope) is None
    assert catalogue.lookup("a.b", scope) is None
    assert catalogue.lookup("nothing", scope) is None


def test_own_names_come_first() -> None:
    own = catalogue.defined(parse(Source("text.adl", "def sin(y) = y")))
    assert catalogue.lookup("sin", own) is own["sin"]


def test_what_a_library_has_for_itself_is_not_seen() -> None:
    entry = catalogue.libraries()["differences"]
    assert "partials" in catalogue.library_file("differences") and "partials" not in entry.members
    with pytest.raises(ResolveError, match="the module `differences` has no `partials`"):
        Session().evaluate("import differences\ndifferences.partials")


def test_the_purpose_of_a_module_is_the_first_paragraph_of_its_file() -> None:
    for name, module in catalogue.libraries().items():
        assert module.doc.endswith("."), f"{name}: {module.doc}"
    assert catalogue.libraries()["check"].doc.endswith("with each other and with differences.")
    assert "The methods" not in catalogue.libraries()["riemannian"].doc


LIBRARIES = sorted(catalogue.libraries())


@pytest.mark.parametrize("name", LIBRARIES)
def test_an_import_shows_what_its_library_shows(name: str) -> None:
    shown, session = catalogue.libraries()[name], Session()
    session.evaluate(f"import {name}")
    imported = session.names()[name]
    assert imported.doc == shown.doc != ""
    assert list(imported.members) == list(shown.members)
    assert all(member.doc for member in imported.members.values())
    talks = Talk(), Talk()
    before, _, after = talks[0].said(f"?{name}"), talks[1].said(f"import {name}"), talks[1].said(f"?{name}")
    assert after.splitlines()[1:] == before.splitlines()[1:]


def test_an_import_of_a_file_shows_no_names_of_its_own_use(tmp_path: Path) -> None:
    (tmp_path / "own.adl").write_text("let _inner = 1\nlet outer = 2\n")
    session = Session()
    session.evaluate('import "own.adl"', "text", str(tmp_path))
    assert list(session.names()["own"].members) == ["outer"]
