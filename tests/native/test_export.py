"""Functions as functions of C: by their address, in ctypes and scipy, in shared libraries called from C."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.native.export import STATUS

pytest.importorskip("llvmlite")
needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")

SLOPE = "derivative(fn x => loop v = x for i in 1..3 do 4 * v * (1 - v))"


def compiled(text: str, *examples: object) -> Any:
    return vlad.compile(vlad.evaluate(text), *examples)


# ── in this process ──────────────────────────────────────────────────────────────────────────


def test_a_function_has_an_address() -> None:
    f = compiled(SLOPE, 0.5)
    function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(f.address)
    assert [function(x) for x in (0.2, 0.7)] == [f(0.2), f(0.7)]


def test_the_function_of_ctypes_keeps_the_code() -> None:
    function = compiled("fn (x, y) => x ^ y + lgamma(y)", 1.0, 2.0).ctypes
    assert function(2.0, 3.0) == pytest.approx(8.0 + math.lgamma(3.0), rel=1e-14)


def test_scipy_integrates_a_derivative() -> None:
    integrate = pytest.importorskip("scipy.integrate")
    value, _ = integrate.quad(compiled("derivative(fn x => x ^ 3)", 0.5).scipy, 0, 2)
    assert value == pytest.approx(8.0)


def test_what_the_interpreter_decides_is_nan() -> None:
    f = compiled("fn x => (1, 2, 3)[x]", 1.0).ctypes
    assert f(2.0) == 3.0
    assert math.isnan(f(7.0))
    g = compiled("gradient(fn x => loop v = x for i in 1..2000 do v * 1.0001)", 1.0)
    assert g.ctypes(1.0) == g(1.0)


@pytest.mark.parametrize("text", ["fn x => (x, x)", "fn x => x > 1"])
def test_only_reals_have_an_address(text: str) -> None:
    with pytest.raises(vlad.Error, match="only a function from reals to a real has an address"):
        _ = compiled(text, 1.0).address


# ── libraries ────────────────────────────────────────────────────────────────────────────────

MODEL = """
def energy(x, y) = x ^ 2 * y + sin(y)
def longest(n) = if n > 1e9 then n else 1 + longest(2 * n)
def pick(i, t) = (1, 2, 3)[i] + sqrt(t)
let captured = 5
def scaled(x) = captured * x
def needs(x) = digamma(x)
"""


def build(folder: Path, entry: str, kinds: str, name: str) -> subprocess.CompletedProcess[str]:
    (folder / "model.adl").write_text(MODEL)
    command = [sys.executable, "-m", "vlad_py", "build", "model.adl", "--entry", entry, "--kinds", kinds]
    root = str(Path(__file__).resolve().parents[2])
    return subprocess.run(
        [*command, "-o", f"lib{name}.so"],
        cwd=folder,
        env={"PYTHONPATH": root, "PATH": str(Path(shutil.which("cc") or "").parent)},
        capture_output=True,
        text=True,
    )


C = """
#include <stdio.h>
#include "libslope.h"
#include "libscaled.h"
#include "libpick.h"
int main(void) {
  double in[2] = {2.0, 3.0}, out[2], bad[2] = {7.0, 1.0};
  int status = slope(in, out);
  printf("%d %.17g %.17g\\n", status, out[0], out[1]);
  printf("%.17g\\n", scaled_real(4.0));
  printf("%d\\n", pick(bad, out));
  return 0;
}
"""


@needs_compiler
def test_a_library_is_called_from_c(tmp_path: Path) -> None:
    for entry, kinds, name in (
        ("gradient(energy)", "(real, real)", "slope"),
        ("scaled", "real", "scaled"),
        ("pick", "(real, real)", "pick"),
    ):
        done = build(tmp_path, entry, kinds, name)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (tmp_path / "main.c").write_text(C)
    command = [
        "cc",
        "-Wall",
        "-Werror",
        "-o",
        "main",
        "main.c",
        "-L.",
        "-Wl,-rpath,.",
        "-lslope",
        "-lscaled",
        "-lpick",
    ]
    subprocess.run(command, cwd=tmp_path, check=True)
    printed = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    status, dx, dy, scaled, left = printed.split()
    expected = vlad.gradient(vlad.evaluate("fn (x, y) => x ^ 2 * y + sin(y)"))(2.0, 3.0)
    assert (float(dx), float(dy)) == pytest.approx(expected, rel=1e-14)
    assert (status, float(scaled), left) == ("0", 20.0, "1")


@needs_compiler
@pytest.mark.parametrize(
    ("entry", "kinds", "message"),
    [
        ("energy", "real", "not compiled: an error of the program"),
        ("needs", "real", "`digamma` is computed in Python, which a library does not have"),
        ("captured", "real", "--entry: expected a function written in the language, got a real"),
        ("energy", "(real, nothing)", "unknown name `nothing`"),
        ("energi", "real", "unknown name `energi`"),
    ],
)
def test_what_cannot_be_built_is_told(entry: str, kinds: str, message: str, tmp_path: Path) -> None:
    done = build(tmp_path, entry, kinds, "x")
    assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "libx.so").exists()


def test_every_status_is_described() -> None:
    assert sorted(STATUS) == list(range(5))
