"""The kernel, by its protocol: cells, output, errors, completion, questions, traces, graphs, interrupts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import documents
import pytest
from shell import OK, Result, Vlad

pytest.importorskip("ipykernel", reason="the kernel needs the extra jupyter: pip install '.[jupyter]'")

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from vlad_py.editors.tokens import scan
from vlad_py.kernel import highlighting, install

PATIENCE = 60.0
ENDLESS = "loop n = 0 while true do n + 1"
Message = dict[str, Any]


TAKEN = {*sys.stdlib_module_names, *"zmq numpy llvmlite IPython ipykernel matplotlib lark vlad_py".split()}


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of notebooks with files that Python would import for its own, were it to look there."""
    folder = tmp_path_factory.mktemp("notebooks")
    for name in TAKEN:
        (folder / f"{name}.py").write_text(f"open({str(folder / 'run')!r}, 'w').close()\n")
    return folder


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory, notebooks: Path) -> Iterator[KernelManager]:
    folder = tmp_path_factory.mktemp("jupyter")
    install.install(str(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder / "share" / "jupyter"))
        patch.setenv("PYTHONPATH", str(documents.ROOT))
        found = KernelManager(kernel_name="adl")
        found.start_kernel(cwd=str(notebooks))
        yield found
        found.shutdown_kernel()


@pytest.fixture(scope="module")
def kernel(manager: KernelManager) -> Iterator[BlockingKernelClient]:
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    yield client
    client.stop_channels()


def run(kernel: BlockingKernelClient, code: str) -> list[Message]:
    """What a cell sends: output, its value, an error."""
    request = kernel.execute(code)
    return answers(kernel, request)


def answers(kernel: BlockingKernelClient, request: str) -> list[Message]:
    found: list[Message] = []
    while True:
        message = kernel.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return found
        if message["msg_type"] in ("stream", "execute_result", "error"):
            found.append(message["content"] | {"kind": message["msg_type"]})


def value(kernel: BlockingKernelClient, code: str) -> dict[str, str]:
    """The representations of the value of a cell."""
    (found,) = run(kernel, code)
    assert found["kind"] == "execute_result", found
    data: dict[str, str] = found["data"]
    return data


def test_no_python_of_the_notebooks_folder_is_run(kernel: BlockingKernelClient, notebooks: Path) -> None:
    assert value(kernel, "sum([1, 2] @ [[1, 2], [3, 4]])")["text/plain"] == "17"
    assert (
        value(kernel, "gradient(fn x => loop v = x for i in 1..100000 do sin(v))(1) > 0")["text/plain"]
        == "true"
    )
    assert not (notebooks / "run").exists()


def test_cells_share_a_session(kernel: BlockingKernelClient) -> None:
    assert (
        run(kernel, "## Twice.\n##   twice(3)\ndef twice(x) = 2 * x\nlet model = {weight: 1, bias: 2}") == []
    )
    assert value(kernel, "gradient(fn x => twice(x) ^ 2)(3)")["text/plain"] == "24"
    assert run(kernel, "twice(1);") == []


def test_output_comes_as_it_is_written(kernel: BlockingKernelClient) -> None:
    found = run(kernel, "print(1)\nprint(2)\n3")
    assert "".join(m["text"] for m in found if m["kind"] == "stream") == "1\n2\n"
    assert found[-1]["data"]["text/plain"] == "3"


def test_arrays_are_matrices(kernel: BlockingKernelClient) -> None:
    assert "0.333333 & 1" in value(kernel, "[1 / 3, 1]")["text/latex"]


def test_a_precision_is_that_of_all_that_is_shown(kernel: BlockingKernelClient) -> None:
    run(kernel, "def h(x) = exp(x) / 3")
    for asked, ended in ((":precision 2", ":precision"), (":set digits 2", ":set digits none")):
        assert run(kernel, asked) == []
        assert value(kernel, "h(0)")["text/plain"] == "0.33"
        assert "0.33 & 1 " in value(kernel, "[1 / 3, 1]")["text/latex"]
        assert "<pre>0.33</pre>" in value(kernel, "{a: 1 / 3}")["text/html"]
        assert ">0.33<" in value(kernel, ":trace h(0)")["text/html"]
        assert ">0.33<" in value(kernel, ":graph h(0)")["image/svg+xml"]
        assert ">0.333<" in value(kernel, ":graph --digits 3 h(0)")["image/svg+xml"]
        assert run(kernel, ended) == []
        assert value(kernel, "h(0)")["text/plain"] == "0.3333333333333333"
    for wrong in ("x", "0", "18", "1.5"):
        assert run(kernel, f":precision {wrong}")[0]["evalue"].startswith("`:precision n` shows")


def test_a_cell_sets_limits(kernel: BlockingKernelClient) -> None:
    assert "time      none" in value(kernel, ":set")["text/plain"]
    assert run(kernel, ":set time 0.1") == []
    assert "time      0.1 s" in value(kernel, ":set")["text/plain"]
    assert "ran for more than 0.1 seconds" in run(kernel, ENDLESS)[0]["evalue"]
    for wrong in ("speed 3", "time", "time 1 2", "time now then"):
        assert run(kernel, f":set {wrong}")[0]["evalue"].startswith("`:set NAME VALUE` sets a limit, of ")
    assert run(kernel, ":set time soon")[0]["evalue"].startswith("expected a number of seconds")
    assert run(kernel, ":set time none") == []
    assert value(kernel, "1 + 1")["text/plain"] == "2"


def test_there_are_no_magics(kernel: BlockingKernelClient) -> None:
    refused = "cells are programs in ADL: there are no magics and no shell"
    assert run(kernel, "%precision 3")[0]["evalue"] == f"{refused}; write `:precision 3`"
    assert run(kernel, "%%timeit\n1 + 1")[0]["evalue"] == refused
    assert run(kernel, "!ls")[0]["evalue"] == refused


def test_an_error_is_a_diagnostic(kernel: BlockingKernelClient) -> None:
    (found,) = run(kernel, 'let x = 1\nx + "a"')
    assert found["kind"] == "error" and found["evalue"] == "`+` expects a real on its right, got a string"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(found["traceback"]))
    assert re.search(r"--> In\[\d+\]:2:1\n", plain) and "^^^" in plain
    assert "Traceback" not in plain


def test_traces_and_graphs(kernel: BlockingKernelClient) -> None:
    run(kernel, "def f(a, b) = ln(a) + a * b")
    assert "adjoint trace" in value(kernel, ":trace f(2, 5)")["text/html"]
    assert "tangent" in value(kernel, ":trace --mode forward f(2, 5)")["text/html"]
    graph = value(kernel, ":graph f(2, 5)")["image/svg+xml"]
    assert graph.startswith("<svg") and "v̄₀ = 2" in graph
    assert "v̄₀" not in value(kernel, ":graph --mode primal f(2, 5)")["image/svg+xml"]
    assert value(kernel, ":graph --flow right f(2, 5)")["image/svg+xml"] != graph
    assert value(kernel, ":graph --format mermaid f(2, 5)")["text/plain"].startswith("flowchart")
    assert "leave out `-o`" in run(kernel, ":graph -o graph.svg f(2, 5)")[0]["evalue"]
    assert "<table" in value(kernel, ":ops f(2, 5)")["text/html"]
    assert "no command `:trase`" in run(kernel, ":trase f(1)")[0]["evalue"]
    assert "`:trace f(2, 5)`" in run(kernel, ":trace")[0]["evalue"]


def test_plots_are_pictures(kernel: BlockingKernelClient) -> None:
    run(kernel, "def f(x) = x ^ 3")
    found = value(kernel, "plot(list(f, derivative(f)), -1, 1)")
    assert found["image/svg+xml"].startswith("<svg") and "f′" in found["image/svg+xml"]
    assert "┤" in found["text/plain"]


def test_questions(kernel: BlockingKernelClient) -> None:
    run(kernel, "## Twice.\n##   twice(3)\ndef twice(x) = 2 * x")
    assert value(kernel, "?twice")["text/plain"].endswith("Twice.\ntwice(3)")
    assert "twice(3)" in value(kernel, "twice?")["text/markdown"]
    assert "minimize(f, start)" in value(kernel, "?optimize.minimize")["text/markdown"]
    assert "did you mean `twice`?" in run(kernel, "?twise")[0]["evalue"]
    asked = kernel.inspect("sin(1)", 2, reply=True, timeout=PATIENCE)["content"]
    assert asked["found"] and asked["data"]["text/plain"].startswith("sin(x) — built-in function")
    assert not kernel.inspect("nothing", 3, reply=True, timeout=PATIENCE)["content"]["found"]


def test_completion(kernel: BlockingKernelClient) -> None:
    run(kernel, "def twice(x) = 2 * x\nlet model = {weight: 1, bias: 2}")
    found = kernel.complete("1 + twi", 7, reply=True, timeout=PATIENCE)["content"]
    assert (found["matches"], found["cursor_start"], found["cursor_end"]) == (["twice"], 4, 7)
    found = kernel.complete("model.", 6, reply=True, timeout=PATIENCE)["content"]
    assert found["matches"] == ["bias", "weight"]


def test_a_console_knows_when_a_cell_is_complete(kernel: BlockingKernelClient) -> None:
    def status(code: str) -> str:
        request = kernel.is_complete(code)
        while (message := kernel.get_shell_msg(timeout=PATIENCE))["parent_header"]["msg_id"] != request:
            pass
        return str(message["content"]["status"])

    assert [status("1 + 1"), status("f(1,")] == ["complete", "incomplete"]


def test_an_interrupt_ends_a_cell_and_keeps_the_session(
    kernel: BlockingKernelClient, manager: KernelManager
) -> None:
    run(kernel, "let kept = 7")
    request = kernel.execute(ENDLESS)
    while kernel.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "execute_input":
        pass
    time.sleep(0.5)  # until the loop turns
    manager.interrupt_kernel()
    (found,) = answers(kernel, request)
    assert found["kind"] == "error" and found["ename"] == "KeyboardInterrupt"
    assert value(kernel, "kept")["text/plain"] == "7"


# ── installation ─────────────────────────────────────────────────────────────────────────────


def test_sys_prefix_is_jupyters_name_for_the_default(
    vlad: Vlad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert vlad("kernel", "install", "--sys-prefix").status == OK
    assert (tmp_path / "share" / "jupyter" / "kernels" / "adl" / "kernel.json").is_file()


def test_the_kernel_is_installed_and_removed(vlad: Vlad, tmp_path: Path) -> None:
    result = vlad("kernel", "install", "--prefix", str(tmp_path / "env"))
    root = tmp_path / "env" / "share" / "jupyter"
    assert result.status == OK and result.out.count("wrote") == 2
    made = json.loads((root / "kernels" / "adl" / "kernel.json").read_text())
    assert made["argv"][:4] == [sys.executable, "-P", "-m", "vlad_py.kernel"]
    assert (root / "labextensions" / "vlad-adl" / "static" / "entry.js").is_file()
    assert vlad("kernel", "remove", "--prefix", str(tmp_path / "env")).status == OK
    assert not list(root.rglob("*.json"))
    again = vlad("kernel", "remove", "--prefix", str(tmp_path / "env"))
    assert again == Result(1, "", "vlad kernel: it is not installed there\n")


SPLIT = """\
globalThis._JUPYTERLAB = {};
require(process.argv[2]);
const shared = {
  "@jupyterlab/codemirror": { 1: { get: async () => () => ({ IEditorLanguageRegistry: "registry" }) } },
  "@codemirror/language": { 1: { get: async () => () => ({
    StreamLanguage: { define: (parser) => parser },
    LanguageSupport: class { constructor(parser) { this.parser = parser; } },
  }) } },
};
const text = require("fs").readFileSync(process.argv[3], "utf8");
const container = globalThis._JUPYTERLAB["vlad-adl"];
container.init(shared);
container.get("./extension").then(async (made) => {
  let language;
  made().default.activate(null, { addLanguage: (spec) => (language = spec) });
  const { parser } = await language.load();
  const state = parser.startState(), tokens = [];
  for (const line of text.split("\\n")) {
    const stream = { string: line, pos: 0, next() { this.pos++; } };
    while (stream.pos < line.length) {
      const start = stream.pos, style = parser.token(stream, state);
      tokens.push([line.slice(start, stream.pos), style]);
    }
  }
  console.log(JSON.stringify(tokens));
});
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js, which is not here, runs JupyterLab's side")
@pytest.mark.parametrize("program", ["tour.adl", "kalman.adl"])
def test_jupyterlab_highlights_as_all_editors_do(program: str, tmp_path: Path) -> None:
    for name, text in highlighting.files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "split.js").write_text(SPLIT, encoding="utf-8")
    source = documents.ROOT / "examples" / program
    command = ["node", *map(str, (tmp_path / "split.js", tmp_path / "static" / "entry.js", source))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    text = source.read_text(encoding="utf-8")
    expected = [
        [piece, highlighting.STYLES.get(kind.pygments)]
        for start, end, kind in scan(text)
        for piece in text[start:end].split("\n")
        if piece
    ]
    assert json.loads(done.stdout) == expected
