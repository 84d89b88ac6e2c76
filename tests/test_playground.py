"""The playground in a browser: it loads, runs, shows errors, traces and graphs, stops, and fits a phone."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import documents
import playground
import pytest
from browser import CHROMIUM, Browser, Ended, served

ROOT = documents.ROOT
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="the playground is tested in Chromium, which is not here"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm, which is not here, brings Pyodide"),
]

ARRAYS = "print([1, 2] + 1)\n"
ENDLESS = "loop n = 0 while true do n + 1\n"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, with the playground in it, and with no numpy where it is said to be."""
    with served(site) as found:
        environment = os.environ | {playground.PACKAGES: f"{found}/nowhere/"}
        command = [ROOT / "scripts" / "playground", site.parent]
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
        if "npm" in made.stderr and made.returncode:
            pytest.skip("npm could not fetch Pyodide")
        assert (made.stdout, made.stderr, made.returncode) == ("", "", 0)
        yield found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    try:
        found = Browser(tmp_path_factory.mktemp("browser"))
    except Ended as reason:
        pytest.skip(f"Chromium does not start here: {reason}")
    yield found
    problems = found.problems
    found.close()
    assert problems == []


@pytest.fixture
def page(browser: Browser, address: str) -> Browser:
    """The page of the playground, ready."""
    browser.size(1200, 800)
    if browser.evaluate("location.pathname") != "/playground.html":
        browser.open(f"{address}/playground.html")
    browser.evaluate("document.getElementById('call').value = ''")
    browser.evaluate("document.getElementById('mode').value = 'reverse'")
    browser.wait("!['', 'loading Python …'].includes(document.getElementById('status').textContent)")
    return browser


def text(browser: Browser, id: str) -> str:
    return str(browser.evaluate(f"document.getElementById('{id}').textContent"))


def click(browser: Browser, id: str) -> None:
    browser.evaluate(f"document.getElementById('{id}').click()")


def write(browser: Browser, program: str) -> None:
    browser.evaluate(f"document.getElementById('program').value = {json.dumps(program)}")


def run(browser: Browser, program: str) -> str:
    """What the panel of values shows after a run."""
    write(browser, program)
    click(browser, "run")
    browser.wait("!document.getElementById('run').disabled")
    return text(browser, "value")


def test_a_program_runs(page: Browser) -> None:
    assert run(page, "def f(x) = x ^ 3\nprint(f(2))\ngradient(f)(2)\n") == "8\n12\n"


def test_a_plot_is_a_picture(page: Browser) -> None:
    run(page, "def f(x) = x ^ 3\nplot(list(f, derivative(f)), -1, 1)\n")
    assert page.evaluate("document.querySelectorAll('#value svg path.line').length") >= 2
    assert page.evaluate("document.querySelector('#value svg').getBoundingClientRect().width") > 100
    assert run(page, "1 + 1\n") == "2\n"


def test_trace_and_graph_of_the_last_call(page: Browser) -> None:
    run(page, "def f(x1, x2) = ln(x1) + x1 * x2 - sin(x2)\nprint(gradient(f)(2, 5))\n")
    assert "adjoint trace" in text(page, "trace") and "v₋₁ × v₀" in text(page, "trace")
    click(page, "tab-graph")
    assert (
        page.evaluate("document.querySelectorAll('#graph svg rect').length") == 8
    )  # 7 nodes, and a background
    assert page.evaluate("document.querySelector('#graph svg').getBoundingClientRect().width") > 100
    assert page.evaluate("document.getElementById('call').placeholder") == "f(2, 5)"


def test_another_call_and_mode(page: Browser) -> None:
    page.evaluate("document.getElementById('mode').value = 'forward'")
    page.evaluate("document.getElementById('call').value = 'f(3)'")
    run(page, "def f(x) = x ^ 2\n")
    assert "tangent" in text(page, "trace") and "f(x) at (3)" in text(page, "trace")


def test_an_error_has_its_caret(page: Browser) -> None:
    shown = run(page, 'let x = 1\nprint(x + "a")\n')
    lines = shown.splitlines()
    assert lines[0].startswith("error: ") and lines[1].endswith("program:2:7")
    assert lines[4].index("^") == lines[3].index("x +")
    assert page.evaluate("document.getElementById('program').selectionStart") == 16
    assert page.evaluate("document.getElementById('value').classList.contains('error')")


def test_a_run_stops_and_the_next_one_works(page: Browser) -> None:
    write(page, ENDLESS)
    click(page, "run")
    page.wait("document.getElementById('status').textContent === 'running …'")
    click(page, "stop")
    page.wait("!document.getElementById('run').disabled")
    assert text(page, "value") == "stopped\n"
    assert run(page, "1 + 1\n") == "2\n"


def test_a_run_has_a_limit_of_time(page: Browser) -> None:
    found = page.evaluate(
        "import('./_static/playground/runner.js').then(({ Runner }) => "
        f"new Runner().run({json.dumps(ENDLESS)}, {{ seconds: 1 }}, () => {{}}))"
    )
    assert found == {"error": {"text": "stopped after 1 seconds", "start": None}}


def test_arrays_without_numpy_are_explained(page: Browser, address: str) -> None:
    said = run(page, ARRAYS)
    assert "numpy, which could not be loaded from" in said and f"{address}/nowhere/" in said
    assert run(page, "(1, 2)\n") == "(1, 2)\n"


def test_what_a_run_loads_is_told(page: Browser) -> None:
    told = page.evaluate(
        "import('./_static/playground/runner.js').then(async ({ Runner }) => { const told = []; "
        f"await new Runner().run({json.dumps(ARRAYS)}, {{ tell: (name) => told.push(name) }}, () => {{}}); "
        "return told; })"
    )
    assert told == ["numpy", ""]


def test_numpy_comes_from_the_distribution_that_pyodide_knows(address: str, site: Path) -> None:
    settings = (site / "_static" / "playground" / "pyodide" / "pyodide.mjs").read_text(encoding="utf-8")
    before, after = playground.DISTRIBUTION.split(playground.VERSION)
    assert re.search(re.escape(before) + r"\$\{\w+\}" + re.escape(after) + "`", settings)


def test_a_folder_with_the_distribution_is_copied_from(address: str, site: Path, tmp_path: Path) -> None:
    lock = "pyodide-lock.json"
    text = (site / "_static" / "playground" / "pyodide" / lock).read_text(encoding="utf-8")
    wheel = json.loads(text)["packages"]["numpy"]["file_name"]
    (tmp_path / wheel).write_bytes(b"a wheel")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / lock).write_text(text, encoding="utf-8")
    playground.add_packages(folder, tmp_path)
    assert (folder / wheel).read_bytes() == b"a wheel"


@pytest.mark.parametrize("is_whole", [True, False])
def test_numpy_is_loaded_where_a_program_asks_for_it(page: Browser, site: Path, is_whole: bool) -> None:
    """With a numpy that only says what is asked of it. A wheel with another hash is refused."""
    folder = site / "_static" / f"playground-{is_whole}"
    shutil.copytree(site / "_static" / "playground", folder)
    lock = folder / "pyodide" / "pyodide-lock.json"
    settings = json.loads(lock.read_text(encoding="utf-8"))
    wheel = settings["packages"]["numpy"]
    parts = {
        "numpy/__init__.py": "def __getattr__(name): raise RuntimeError(f'numpy has {name}')",
        "numpy-2.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: numpy\nVersion: 2.0\n",
        "numpy-2.0.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        "numpy-2.0.dist-info/RECORD": "",
    }
    with ZipFile(folder / "pyodide" / wheel["file_name"], "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    if is_whole:
        wheel["sha256"] = hashlib.sha256((folder / "pyodide" / wheel["file_name"]).read_bytes()).hexdigest()
        lock.write_text(json.dumps(settings), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | {"packages": None}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    found = page.evaluate(
        f"import('./_static/playground-{is_whole}/runner.js').then(({{ Runner }}) => "
        f"new Runner().run({json.dumps(ARRAYS)}, {{}}, () => {{}}))"
    )
    said = found["error"]["text"]
    assert "RuntimeError: numpy has " in said if is_whole else "could not be loaded from\nthis site\n" in said


def test_a_program_is_shared_by_its_address(page: Browser, address: str) -> None:
    program = "# é → ∂\nlet x = 40\nprint(x + 2)\n"
    write(page, program)
    click(page, "share")
    page.wait("location.hash.startsWith('#code=')")
    shared = page.evaluate("location.href")
    page.open(shared)
    page.wait("document.getElementById('status').textContent === 'ready'")
    assert page.evaluate("document.getElementById('program').value") == program
    page.open(f"{address}/playground.html#code=broken")
    page.wait("document.getElementById('program').value.startsWith('# A derivative')")


def test_examples_run_where_they_need_no_arrays(page: Browser) -> None:
    count = len(playground.EXAMPLES) + 1
    page.wait(f"document.getElementById('examples').options.length === {count}")
    page.evaluate("document.getElementById('examples').selectedIndex = 2")
    page.evaluate("document.getElementById('examples').dispatchEvent(new Event('change'))")
    page.wait("document.getElementById('value').textContent.includes('1.414213562373095')")


def test_it_fits_a_phone(page: Browser) -> None:
    page.size(390, 800, is_phone=True)
    run(page, "def f(x) = sin(x) * x\nprint(derivative(f)(2))\n")
    click(page, "tab-graph")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    top = "document.getElementById('{}').getBoundingClientRect().top"
    assert page.evaluate(f"{top.format('left')} < {top.format('right')}")  # one below the other


def test_blocks_of_the_documents_run(browser: Browser, address: str) -> None:
    browser.size(1200, 800)
    browser.open(f"{address}/docs/tutorial.html")
    browser.wait("document.querySelectorAll('.adl-bar').length > 5")
    blocks = browser.evaluate("document.querySelectorAll('.highlight-adl').length")
    assert browser.evaluate("document.querySelectorAll('.adl-bar').length") == blocks
    browser.evaluate("document.querySelector('.adl-bar button').click()")
    browser.wait("/^[^l]/.test(document.querySelector('.adl-result').textContent)")
    browser.evaluate(
        "[...document.querySelectorAll('.adl-bar')][0].querySelectorAll('button')[2].click()"
    )  # edit
    assert browser.evaluate("getComputedStyle(document.querySelector('.highlight-adl')).display") == "none"
    browser.evaluate("document.querySelector('.adl-edit').value = 'print(6 * 7)'")
    browser.evaluate("document.querySelector('.adl-bar button').click()")
    browser.wait("document.querySelector('.adl-result').textContent === '42\\n'")
    assert not browser.evaluate("document.querySelector('.adl-playground').hidden")
