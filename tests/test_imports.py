"""Imports: what stays imported in a session, and which files a text may import."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlad_py.ground import resources
from vlad_py.ground.errors import ResolveError, RunError
from vlad_py.lsp.document import Document
from vlad_py.session.session import Session

# ── what stays ───────────────────────────────────────────────────────────────────────────────


def test_imports_stay() -> None:
    session = Session()
    assert session.evaluate("import optimize as o\no.defaults.memory") == 10.0
    assert session.evaluate("o.defaults.memory + 1") == 11.0
    session.evaluate("def memory() = o.defaults.memory")
    assert session.evaluate("memory()") == 10.0
    with pytest.raises(ResolveError, match="`o` is a module, not a value"):
        session.evaluate("o")
    with pytest.raises(ResolveError, match="the module `o` has no `default`") as caught:
        session.evaluate("o.default")
    assert caught.value.hint == "did you mean `defaults`?"


def test_a_name_is_a_module_or_a_value_whichever_came_last() -> None:
    session = Session()
    session.evaluate("import optimize as o\ndef memory() = o.defaults.memory")
    session.evaluate("let o = {defaults: 1}")
    assert session.evaluate("(o.defaults, memory())") == (1.0, 10.0)
    assert session.evaluate("import optimize as o\no.defaults.memory") == 10.0
    assert session.evaluate("o.defaults.memory") == 10.0
    assert session.evaluate("def f(o) = o.defaults\nf({defaults: 2})") == 2.0
    assert list(session.names()) == ["o", "memory", "f"]


@pytest.mark.parametrize("name", resources.library_names())
def test_a_library_that_is_not_imported_is_named_before_what_is_similar(name: str) -> None:
    text = f"def {name}s(x) = x\n{name}.f(1)"
    with pytest.raises(ResolveError, match=f"unknown name `{name}`") as caught:
        Session().evaluate(text)
    assert caught.value.hint == f"write `import {name}` above"
    assert [error.hint for error in Document(text, "test.adl", None).errors()] == [caught.value.hint]
    with pytest.raises(ResolveError) as caught:
        Session().evaluate(f"def {name}s(x) = x\n{name}(1)")
    assert caught.value.hint == f"did you mean `{name}s`?"


def test_an_import_of_a_text_that_fails_does_not_stay() -> None:
    session = Session()
    with pytest.raises(RunError):
        session.evaluate("import optimize\n1 + true")
    with pytest.raises(ResolveError, match="unknown name `optimize`"):
        session.evaluate("optimize.defaults")
    session.evaluate("import optimize as o")
    with pytest.raises(RunError):
        session.evaluate("let o = 1\n1 + true")
    assert session.evaluate("o.defaults.memory") == 10.0


def test_an_import_of_core_of_does_not_stay() -> None:
    session = Session()
    session.core_of("import optimize")
    assert session.names() == {}


# ── files ────────────────────────────────────────────────────────────────────────────────────


def files(folder: Path, **texts: str) -> str:
    """A folder of files; gives the path of `main.adl`."""
    for name, text in texts.items():
        path = folder / (name.replace("__", "/") + ".adl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(folder / "main.adl")


def test_a_text_that_is_no_file_imports_none() -> None:
    with pytest.raises(ResolveError, match="only a file can import files"):
        Session().evaluate('import "a.adl"')


def test_a_folder_may_be_given(tmp_path: Path) -> None:
    files(tmp_path, a="let x = 5")
    session = Session()
    assert session.evaluate('import "a.adl"\na.x', folder=str(tmp_path)) == 5.0


@pytest.mark.parametrize(
    "texts",
    [
        {"main": 'import "main.adl"'},
        {"main": 'import "a.adl"', "a": 'import "main.adl"'},
        {"main": 'import "a.adl"', "a": 'import "b.adl"', "b": 'import "c.adl"', "c": 'import "a.adl"'},
        {"main": 'import "sub/a.adl"', "sub__a": 'import "../main.adl"'},
    ],
)
def test_a_circle_of_imports_is_refused(texts: dict[str, str], tmp_path: Path) -> None:
    session = Session()
    for _ in range(2):
        with pytest.raises(ResolveError, match="imports itself"):
            session.run_file(files(tmp_path, **texts))


def test_an_import_is_relative_to_its_file_and_stays_below_the_script(tmp_path: Path) -> None:
    texts = {
        "scripts__main": 'import "sub/a.adl"\na.value',
        "scripts__sub__a": 'import "deep/b.adl"\nimport "../c.adl"\nlet value = b.value + c.value',
        "scripts__sub__deep__b": "let value = 1",
        "scripts__c": "let value = 2",
        "outside": "let value = 3",
    }
    files(tmp_path, **texts)
    assert Session().run_file(str(tmp_path / "scripts/main.adl")) == 3.0
    files(tmp_path, scripts__sub__a='import "../../outside.adl"\nlet value = 0')
    with pytest.raises(ResolveError, match="outside the script's folder") as caught:
        Session().run_file(str(tmp_path / "scripts/main.adl"))
    assert caught.value.span is not None and caught.value.span.source.name.endswith("a.adl")


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    main = files(tmp_path / "scripts", main='import "link.adl"')
    files(tmp_path, secret="let value = 3")
    (tmp_path / "scripts/link.adl").symlink_to(tmp_path / "secret.adl")
    with pytest.raises(ResolveError, match="outside the script's folder"):
        Session().run_file(main)


def test_an_import_that_failed_may_be_tried_again(tmp_path: Path) -> None:
    main = files(tmp_path, main='import "a.adl"\na.value', a="let value = 1 + true")
    session = Session()
    with pytest.raises(RunError):
        session.run_file(main)
    files(tmp_path, a="let value = 1 + 1")
    assert session.run_file(main) == 2.0


def test_an_error_in_an_imported_file_stands_there(tmp_path: Path) -> None:
    main = files(tmp_path, main='import "a.adl"\na.f(true)', a="# a\ndef f(x) = x + 1")
    with pytest.raises(RunError) as caught:
        Session().run_file(main)
    assert caught.value.span is not None
    assert caught.value.span.place.endswith("a.adl:2:12")
    assert [caller.span.text for caller in caught.value.stack] == ["a.f(true)"]


def test_a_file_is_loaded_once_by_whatever_way(tmp_path: Path) -> None:
    written: list[str] = []
    main = files(
        tmp_path,
        main='import "a.adl"\nimport "b/../a.adl" as again\nimport "b/c.adl"\n(a.x, again.x, c.x)',
        a='print("a")\nlet x = 1',
        b__c='import "../a.adl"\nlet x = a.x + 1',
    )
    session = Session(write=written.append)
    assert session.run_file(main) == (1.0, 1.0, 2.0)
    assert written == ["a\n"]


def test_imports_may_be_reloaded(tmp_path: Path) -> None:
    files(tmp_path, a='import "b.adl"\nlet x = b.x', b="let x = 1", c="let x = 5")
    session = Session()
    session.evaluate('import "a.adl"\nimport "c.adl"\nimport optimize', folder=str(tmp_path))
    session.evaluate("def f() = (a.x, c.x)\nlet kept = a.x")
    files(tmp_path, b="let x = 2", c="let y = 6")
    session.reload_imports()
    assert session.evaluate("(f(), a.x, kept)") == ((2.0, 5.0), 2.0, 1.0)
    with pytest.raises(ResolveError, match="the module `c` has no `x`"):
        session.evaluate("c.x")
    assert session.evaluate("c.y") == 6.0
    files(tmp_path, b="let x = true + 1")
    with pytest.raises(RunError):
        session.reload_imports()
    assert session.evaluate("(f(), c.y)") == ((2.0, 5.0), 6.0)
