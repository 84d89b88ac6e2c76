"""vlad_py reads its own files from the disk only if nobody else can have changed them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.execution import kept_code
from vlad_py.ground import resources
from vlad_py.ground.sealed_files import SealedFiles
from vlad_py.session.library import Library


@contextmanager
def in_time(seconds: float = 60.0) -> Iterator[Callable[[Callable[[], object]], object]]:
    """Runs something in a thread, which must end."""

    def run(action: Callable[[], object]) -> object:
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(action()), daemon=True)
        thread.start()
        thread.join(seconds)
        assert found, "it waits for ever, or fails"
        return found[0]

    yield run


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link(path: Path) -> None:
    other = path.with_name("other")
    path.replace(other)
    path.symlink_to(other)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


PLACED: dict[str, Callable[[Path], object]] = {
    "a pipe": _pipe,
    "a link": _link,
    "a folder": _folder,
    "a device": _device,
    "a file that others may write": lambda path: path.chmod(0o666),
    "a file of its group": lambda path: path.chmod(0o620),
    "another text": lambda path: path.write_text("{}"),
    "nothing in it": lambda path: path.write_text(""),
    "no right to read": lambda path: path.chmod(0),
}


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("what", PLACED)
def test_tables_that_are_not_ours_are_not_read(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vlad_py.syntax import tables
    from vlad_py.syntax.build import Build
    from vlad_py.syntax.newlines import Layout

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made: list[str] = []
    make = tables.made

    def counted(*arguments: Any, **options: Any) -> Any:
        made.append("made")
        return make(*arguments, **options)

    def parser() -> object:
        return tables.parser_of(resources.grammar_text(), "program", Layout(), Build)

    monkeypatch.setattr(tables, "made", counted)
    parser()
    parser()
    assert made == ["made"]
    (path,) = (tmp_path / "vlad_py").iterdir()
    PLACED[what](path)
    if what == "no right to read" and os.geteuid() == 0:
        return  # root may
    with in_time() as run:
        assert run(parser)
    assert made == ["made", "made"]


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("what", PLACED)
def test_code_that_is_not_ours_is_not_run(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    from vlad_py.native import store
    from vlad_py.native.known import OFF

    monkeypatch.setenv(OFF, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store.save("a call", {"facts": 1}, b"code")
    assert store.load("a call") == ({"facts": 1}, b"code")
    (path,) = (tmp_path / "vlad_py" / "native").iterdir()
    PLACED[what](path)
    if what == "no right to read" and os.geteuid() == 0:
        return
    with in_time() as run:
        assert run(lambda: store.load("a call") is None)


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("what", PLACED)
def test_code_of_the_library_that_is_not_ours_is_not_run(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = compilings(tmp_path, monkeypatch)
    assert made() == 1
    assert made() == 0
    (path,) = (tmp_path / "vlad_py" / "code").iterdir()
    PLACED[what](path)
    if what == "no right to read" and os.geteuid() == 0:
        return
    with in_time() as run:
        assert run(made) == 1


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("content", [b"", b"c", b"no code", b"N", b"i\x01\0\0\0"])
def test_what_is_no_code_is_as_good_as_no_file(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the checksum is right."""
    made = compilings(tmp_path, monkeypatch)
    assert made() == 1
    (path,) = (tmp_path / "vlad_py" / "code").iterdir()
    sealed = kept_code.FILES.form + content
    path.write_bytes(sealed + sha256(sealed).digest())
    assert made() == 1
    assert made() == 0


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
def test_of_too_many_files_the_oldest_quarter_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    files = SealedFiles("few", b"few 1\n", 8)
    for i in range(9):
        for path in (tmp_path / "vlad_py").rglob("*"):
            if path.is_file():
                os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))  # older, by one more each time
        assert all(files.load(str(k)) is not None for k in range(i))
        files.save(str(i), b"content")
    assert [files.load(str(i)) is not None for i in range(9)] == [False, False, *[True] * 7]


def test_the_code_of_another_text_or_name_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = compilings(tmp_path, monkeypatch)
    assert [made(), made("x = 2"), made(file="<vlad 2>")] == [1, 1, 1]
    assert [made(), made("x = 2"), made(file="<vlad 2>")] == [0, 0, 0]


def test_the_library_is_kept_and_programs_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept_code.kept_code.cache_clear()
    folder = tmp_path / "vlad_py" / "code"
    (tmp_path / "mine.adl").write_text("def f(x) = x * x\n")
    path = tmp_path / "program.adl"
    path.write_text('import "mine.adl"\nmine.f(3)\n')
    assert vlad.run(path) == 9
    assert not folder.exists()
    Library().module("optimize")  # the sessions' own may be loaded already
    assert list(folder.iterdir())


def test_the_library_is_found_again_whatever_was_compiled_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept = []
    for text in ("1", "2"):
        vlad.evaluate(text)
        kept_code.kept_code.cache_clear()
        Library().module("optimize")
        kept.append(sorted((tmp_path / "vlad_py" / "code").iterdir()))
    assert len(kept[0]) > 1 and kept[0] == kept[1]


def compilings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """A function that asks for the code of a text, as a new process would; it says how often one was made."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    count = 0

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return compile(*arguments)

    monkeypatch.setattr(kept_code, "compile", counted, raising=False)

    def asked(text: str = "x = 1", file: str = "<vlad 1>") -> int:
        nonlocal count
        count = 0
        kept_code.kept_code.cache_clear()
        found: dict[str, object] = {}
        exec(kept_code.kept_code(text, file), found)
        assert found["x"] == int(text[-1])
        return count

    return asked


@pytest.mark.skipif(not hasattr(os, "chown") or not hasattr(os, "geteuid"), reason="owners as in POSIX")
def test_files_of_another_user_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vlad_py.ground.own_files import read_own

    path = tmp_path / "kept"
    path.write_bytes(b"text")
    assert read_own(str(path)) == b"text"
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(path).st_uid + 1)
    with pytest.raises(PermissionError):
        read_own(str(path))


def _elsewhere(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _pipe_for_a_folder(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    os.mkfifo(path)


FOLDERS: dict[str, Callable[[Path], object]] = {
    "a link": _elsewhere,
    "a pipe": _pipe_for_a_folder,
    "a folder that its group may write": lambda path: path.chmod(0o770),
    "a folder that others may read": lambda path: path.chmod(0o704),
}


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("what", FOLDERS)
def test_a_folder_that_is_not_ours_alone_is_not_used(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("llvmlite")
    from vlad_py.native import store
    from vlad_py.native.known import OFF

    monkeypatch.setenv(OFF, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store.save("a call", {"facts": 1}, b"code")
    FOLDERS[what](tmp_path / "vlad_py" / "native")
    with in_time() as run:
        assert run(lambda: store.load("a call") is None)
        store.save("another", {}, b"code")
    assert len([path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size]) == 1


# ── writing ──────────────────────────────────────────────────────────────────────────────────

FULL = """
import os, resource, signal, sys
from vlad_py.ground import resources
from vlad_py.native import store
from vlad_py.syntax import tables
from vlad_py.syntax.build import Build
from vlad_py.syntax.newlines import Layout

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # as on a full disk, writing fails half-way
store.save("a call", {"facts": 1}, b"code" * 1000)
parser = tables.parser_of(resources.grammar_text(), "program", Layout(), Build)
left = [name for _, _, names in os.walk(os.environ["XDG_CACHE_HOME"]) for name in names]
sys.exit(repr(left) if left or parser is None else 0)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits as in POSIX")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    pytest.importorskip("llvmlite")
    from vlad_py.native.known import OFF

    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), OFF: ""}
    done = subprocess.run(
        [sys.executable, "-c", FULL], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_whoever_writes_at_once_leaves_one_whole_file(tmp_path: Path) -> None:
    from vlad_py.ground.own_files import read_own, write_own

    path = str(tmp_path / "kept")
    texts = [bytes([65 + i]) * 100_000 for i in range(8)]
    write_own(path, texts[0])
    is_over = threading.Event()
    seen: list[bytes] = []

    def write(text: bytes) -> None:
        for _ in range(30):
            write_own(path, text)

    def read() -> None:
        while not is_over.is_set():
            seen.append(read_own(path))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    is_over.set()
    reader.join()
    assert seen and set(seen) <= {*texts}
    assert os.listdir(tmp_path) == ["kept"]


@pytest.mark.parametrize("facts", [b"", b"\xff", b"[", b"[]", b"7", b'"facts"', b"[" * 100_000])
def test_facts_that_are_none_are_as_good_as_no_file(
    facts: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the checksum is right."""
    pytest.importorskip("llvmlite")
    from vlad_py.native import store
    from vlad_py.native.known import OFF

    monkeypatch.setenv(OFF, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store.save("a call", {}, b"code")
    (path,) = (tmp_path / "vlad_py" / "native").iterdir()
    content = store.FILES.form + facts + b"\ncode"
    path.write_bytes(content + sha256(content).digest())
    assert store.load("a call") is None


@pytest.mark.parametrize(("fact", "value"), [("_PACKAGE", "/nowhere.zip/vlad_py"), ("_BEGAN", 0)])
def test_a_version_whose_files_are_unknown_or_have_changed_keeps_nothing(
    fact: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    files_of_version = resources.files_of_version.__wrapped__
    assert files_of_version() == files_of_version()
    monkeypatch.setattr(resources, fact, value)
    assert files_of_version() is None
