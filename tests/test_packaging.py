"""What a user installs is what the repository holds: the wheels, their metadata, and a copy that runs."""

from __future__ import annotations

import email
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import textwrap
import zipfile
from pathlib import Path

import pytest

import vlad_py
from vlad_py.ground import resources

ROOT = Path(__file__).resolve().parent.parent

# Where the wheel keeps each folder of the repository.
PLACES = {"vlad_py": "vlad_py", "grammar": "vlad_py/_data/grammar", "stdlib": "vlad_py/_data/stdlib"}

# Prints where the package was imported from, and all that `resources` finds.
REPORT = """
import json
import vlad_py
from vlad_py.ground import resources
library = {name: resources.library_text(name) for name in resources.library_names()}
print(json.dumps([vlad_py.__file__, resources.grammar_text(), library]))
"""


def repository_files(folder: str) -> list[Path]:
    """The files of a folder: those that git knows or would take, all of them where there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return [p for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return [ROOT / name for name in listing.split("\0") if (ROOT / name).is_file()]


def expected_contents() -> dict[str, bytes]:
    """What a wheel is to hold apart from its metadata: name in the wheel → bytes."""
    return {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}": path.read_bytes()
        for folder, place in PLACES.items()
        for path in repository_files(folder)
    }


def contents(wheel: Path) -> dict[str, bytes]:
    """What a wheel holds apart from its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}


def metadata(wheel: Path) -> dict[str, str]:
    """The files of a wheel's metadata, by their names inside its folder."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" in name]
        return {name.partition("/")[2]: archive.read(name).decode() for name in names}


def run(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    """The standard output of a command that is to succeed; `path` is its PYTHONPATH."""
    environment = {**os.environ, "PYTHONPATH": str(path)} if path else None
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def report(cwd: Path, path: Path) -> tuple[Path, str, dict[str, str]]:
    """What `REPORT` prints in a fresh interpreter that imports from `path`."""
    file, grammar, library = json.loads(run(sys.executable, "-c", REPORT, cwd=cwd, path=path))
    return Path(file), grammar, library


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the tree."""
    return build(tmp_path_factory.mktemp("wheel"), "--wheel")


@pytest.fixture(scope="module")
def wheel_of_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a source distribution that was built from the tree."""
    return build(tmp_path_factory.mktemp("sdist"))


def build(folder: Path, *options: str) -> Path:
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, *options, ROOT, cwd=folder)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed the wheel, without network and dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-compile"]
    run(*pip, "--target", folder, wheel, cwd=folder)
    return folder


def test_a_wheel_holds_the_repository_and_nothing_else(wheel: Path) -> None:
    expected, found = expected_contents(), contents(wheel)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_a_source_distribution_gives_the_same_wheel(wheel: Path, wheel_of_sdist: Path) -> None:
    assert contents(wheel_of_sdist) == contents(wheel)
    assert metadata(wheel_of_sdist) == metadata(wheel)


def test_a_source_distribution_holds_what_git_knows(wheel_of_sdist: Path) -> None:
    """And nothing beside it, such as an environment in the checkout."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    known = {name for name in listing.stdout.split("\0") if (ROOT / name).is_file()}
    if not known:
        pytest.skip("this is not a checkout")
    [archive] = wheel_of_sdist.parent.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        found = {name.partition("/")[2] for name in file.getnames()}
    assert known - found == set()
    assert {name.split("/")[0] for name in found} - {name.split("/")[0] for name in known} == {"PKG-INFO"}


def test_the_metadata_say_what_the_project_says(wheel: Path) -> None:
    files = metadata(wheel)
    said = email.message_from_string(files["METADATA"])
    requirements = said.get_all("Requires-Dist", [])
    core = [name for name in requirements if "extra ==" not in name]
    assert said["Version"] == vlad_py.__version__
    assert said["License-Expression"] == "MIT"
    assert said["Requires-Python"] == ">=3.11"
    assert [re.split(r"\W", name)[0] for name in core] == ["lark", "numpy"]
    assert files["licenses/LICENSE"] == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "vlad = vlad_py.__main__:main" in files["entry_points.txt"].splitlines()
    assert "vlad_py/py.typed" in contents(wheel)  # type checkers read the hints of packages that have it


def test_the_version_stands_in_one_place() -> None:
    """Documents and made files that show it are tested against that."""
    paths = [ROOT / "pyproject.toml", ROOT / "CITATION.cff", *repository_files("vlad_py")]
    stating = [path for path in paths if vlad_py.__version__ in path.read_text(encoding="utf-8")]
    assert stating == [ROOT / "vlad_py" / "__init__.py"]
    assert f"\n## [{vlad_py.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_an_installed_copy_runs(installed: Path, tmp_path: Path) -> None:
    printed = run(sys.executable, "-m", "vlad_py", "-e", "1 + 1", cwd=tmp_path, path=installed)
    assert printed == "2\n"


def test_an_installed_copy_and_a_checkout_find_the_same(installed: Path, tmp_path: Path) -> None:
    """An editable install imports from the checkout: it is the second case."""
    from_copy, *copied = report(tmp_path, installed)
    from_tree, *checked_out = report(tmp_path, ROOT)
    assert (from_copy.parent.parent, from_tree.parent.parent) == (installed, ROOT)
    assert copied == checked_out
    assert copied[0] == (ROOT / "grammar" / resources.GRAMMAR).read_text(encoding="utf-8")


def test_the_library_is_listed_in_order() -> None:
    names = resources.library_names()
    assert list(names) == sorted(path.stem for path in (ROOT / "stdlib").glob("*.adl"))


@pytest.mark.parametrize("name", ["no_such_file", "", ".", "../stdlib/prelude", "PRELUDE"])
def test_what_the_library_does_not_list_is_not_found(name: str) -> None:
    with pytest.raises(FileNotFoundError, match="the standard library has no file"):
        resources.library_text(name)


def test_a_release_runs_what_is_there() -> None:
    """The commands of the workflow are files of the repository, and its versions are those of the project."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert [name for name in re.findall(r"(?:scripts|\.ci)/\w+", text) if not (ROOT / name).is_file()] == []
    assert 'python-version: "3.11"' in text
    version = re.search(
        r'^__version__ = "([^"]*)"', (ROOT / "vlad_py" / "__init__.py").read_text(), re.MULTILINE
    )
    assert version is not None and version[1] == vlad_py.__version__


@pytest.mark.skipif(shutil.which("git") is None, reason="the workflow needs git, which is not here")
def test_the_website_is_published_beside_other_versions(tmp_path: Path) -> None:
    """The step of the workflow, in a repository of its own."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    step = textwrap.dedent(text.partition("a folder for each version, and `latest`\n        run: |\n")[2])
    assert step.startswith("if git fetch")

    environment = os.environ | {"HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}

    def run(*command: str, folder: Path = tmp_path, **settings: str) -> None:
        subprocess.run(command, cwd=folder, env=environment | settings, capture_output=True, check=True)

    origin, work = str(tmp_path / "origin"), tmp_path / "work"
    run("git", "init", "-q", "--bare", "-b", "main", origin)
    for version in ("0.9.0", "0.10.0"):
        run("git", "clone", "-q", origin, str(work))
        (work / "version").write_text(version)
        run("git", "add", "version", folder=work)
        name = ("-c", "user.name=a", "-c", "user.email=a@localhost")
        run("git", *name, "commit", "-q", "-m", version, folder=work)
        run("git", "push", "-q", "origin", "HEAD:main", folder=work)
        site = work / "build" / "site"
        site.mkdir(parents=True)
        (site / "index.html").write_text(version)
        run("bash", "-e", "-c", step, folder=work, GITHUB_REF_NAME=f"v{version}")
        shutil.rmtree(work)
    run("git", "clone", "-q", "-b", "gh-pages", origin, str(work))
    pages = {path.parent.name: path.read_text() for path in work.glob("*/index.html")}
    assert pages == {"0.9.0": "0.9.0", "0.10.0": "0.10.0", "latest": "0.10.0"}
    assert not (work / "version").exists()
    listed = re.findall(r'href="([^"]*)/index.html"', (work / "versions.html").read_text())
    assert listed == ["latest", "0.10.0", "0.9.0"]
