"""Functions as functions of C: by their address, in ctypes and scipy, in shared libraries called from C."""

from __future__ import annotations

import ctypes
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.native.calling import Native
from vlad_py.native.export import STATUS, library
from vlad_py.native.headers import Exports, fortran, function_name, header, rust
from vlad_py.session.session import Session
from vlad_py.values.values import Closure

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


def test_without_scipy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(vlad.ConversionError, match="scipy is not installed") as raised:
        _ = compiled("fn x => sin(x)", 1.0).scipy
    assert "pip install" in raised.value.hint


def test_what_the_interpreter_decides_is_nan() -> None:
    f = compiled("fn x => (1, 2, 3)[x]", 1.0).ctypes
    assert f(2.0) == 3.0
    assert math.isnan(f(7.0))
    g = compiled("gradient(fn x => loop v = x for i in 1..2000 do v * 1.0001)", 1.0)
    assert g.ctypes(1.0) == g(1.0)


def test_a_zero_that_stood_for_no_derivative_is_not_multiplied_by_an_infinity() -> None:
    """The code clears and asks the flags of floating point, and frees the tape of a loop of any length."""
    text = (
        "fn (x, y, n) => derivative(fn x => sum(exp([x, y])))(x)"
        " + gradient(fn x => loop v = x for i in 1..n do sin(v))(x)"
    )
    f, interpreted = compiled(text, 0.5, 1.0, 3.0), vlad.evaluate(text)
    for n in (0.0, 3.0, 500.0):
        assert f.ctypes(0.5, 1.0, n) == f(0.5, 1.0, n) == pytest.approx(interpreted(0.5, 1.0, n), rel=1e-13)
    assert math.isfinite(f(0.5, 1000.0, 3.0)) and math.isnan(f.ctypes(0.5, 1000.0, 3.0))
    assert f.ctypes(0.5, 1.0, 3.0) == f(0.5, 1.0, 3.0)  # and nothing stays of it


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
        env={**os.environ, "PYTHONPATH": root, "PATH": str(Path(shutil.which("cc") or "").parent)},
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


LIBRARIES = (
    ("gradient(energy)", "real, real", "slope"),
    ("scaled", "real", "scaled"),
    ("pick", "(real, real)", "pick"),
)

RUST = """
#[path = "libslope.rs"] mod slope;
#[path = "libscaled.rs"] mod scaled;
#[path = "libpick.rs"] mod pick;
fn main() {
    let [dx, dy] = slope::slope(&[2.0, 3.0]).unwrap();
    println!("0 {:e} {:e}", dx, dy);
    println!("{:e}", scaled::scaled_real(4.0));
    println!("{}", pick::pick(&[7.0, 1.0]).unwrap_err());
}
"""

FORTRAN = """
program main
  use vlad_slope
  use vlad_scaled
  use vlad_pick
  real(c_double) :: slopes(2), picked(1)
  integer(c_int) :: status
  status = slope([2d0, 3d0], slopes)
  print '(i0, 1x, es24.16, 1x, es24.16)', status, slopes
  print '(es24.16)', scaled_real(4d0)
  print '(i0)', pick([7d0, 1d0], picked)
end program main
"""

SOURCES = ["libslope.f90", "libscaled.f90", "libpick.f90", "main.f90"]


@needs_compiler
@pytest.mark.parametrize(
    ("compiler", "file", "text", "command"),
    [
        ("cc", "main.c", C, ["cc", "-Wall", "-Werror", "-o", "main", "main.c"]),
        ("rustc", "main.rs", RUST, ["rustc", "--edition", "2024", "-D", "warnings", "-o", "main", "main.rs"]),
        (
            "gfortran",
            "main.f90",
            FORTRAN,
            ["gfortran", "-std=f2003", "-Wall", "-Werror", "-o", "main", *SOURCES],
        ),
    ],
)
def test_a_library_is_called_from_other_languages(
    compiler: str, file: str, text: str, command: list[str], tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    for entry, kinds, name in LIBRARIES:
        done = build(tmp_path, entry, kinds, name)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (tmp_path / file).write_text(text)
    names = [f"-l{name}" for _, _, name in LIBRARIES]
    linked = ["-C", "link-arg=-Wl,-rpath,."] if compiler == "rustc" else ["-Wl,-rpath,.", *names]
    subprocess.run([*command, "-L.", *linked], cwd=tmp_path, check=True)
    printed = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    status, dx, dy, scaled, left = printed.split()
    expected = vlad.gradient(vlad.evaluate("fn (x, y) => x ^ 2 * y + sin(y)"))(2.0, 3.0)
    assert (float(dx), float(dy)) == pytest.approx(expected, rel=1e-14)
    assert (status, float(scaled), left) == ("0", 20.0, "1")


def test_functions_of_many_reals_and_of_none_are_declared() -> None:
    many = Exports("many", 100, 1, True, ["0  there"])
    assert all(len(line) <= 132 for line in fortran(many).splitlines())  # as Fortran limits them
    none = Exports("none", 0, 1, True, [])
    assert "double none_real(void);" in header(none) and "fn none_real() -> f64" in rust(none)


@pytest.mark.parametrize(
    ("compiler", "message"),
    [
        (None, "there is no C compiler `cc` to link the library with"),
        ("echo no such option >&2; exit 1", "the C compiler does not link the library: no such option"),
    ],
)
def test_a_library_that_is_not_linked_is_told(
    compiler: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    if compiler is not None:
        (tools / "cc").write_text(f"#!/bin/sh\n{compiler}\n")
        (tools / "cc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    square = Session().evaluate("fn x => x * x")
    assert isinstance(square, Closure)
    with pytest.raises(vlad.NotNative, match=message):
        library(Native(square, 1.0, is_fixed=True).unit, "square", tmp_path / "libsquare.so")
    assert [path.name for path in tmp_path.iterdir()] == ["tools"]


@needs_compiler
@pytest.mark.parametrize(
    ("entry", "kinds", "message"),
    [
        (
            "energy",
            "real",
            "error: --kinds: `energy` takes 2 arguments, got a real, for the kinds",
        ),
        ("needs", "real", "`digamma` is computed in Python, which a library does not have"),
        ("captured", "real", "--entry: expected a function written in the language, got a real"),
        ("energy", "(real, nothing)", "there is no kind `nothing`\n --> --kinds:1:8"),
        ("scaled", "reel", "hint: did you mean `real`?"),
        ("fn x => range(1, x)", "real", "a list of unknown length, which a function of C cannot return"),
        ("scaled", "array", "a function of C cannot take arrays yet"),
        ('fn x => "a"', "real", "a result without reals and booleans, so that there is nothing to give"),
        ("energi", "real", "unknown name `energi`"),
    ],
)
def test_what_cannot_be_built_is_told(entry: str, kinds: str, message: str, tmp_path: Path) -> None:
    done = build(tmp_path, entry, kinds, "x")
    assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "libx.so").exists()


KINDS = "hint: a kind is `real`, `boolean`, or a tuple, record or list of kinds"
NO_KINDS = """\
array of 3|array(3)|vector|[real]|matrix(2, 2)|(real, array(3))|real real|(real|real(3)|3|nil||real + true
fn x => x|sin(real)|real; real|"real"|1..2|real.a"""


@pytest.mark.parametrize("kinds", re.split(r"[|\n]", NO_KINDS))
def test_a_text_that_is_not_of_kinds_is_answered_by_all_kinds(kinds: str, tmp_path: Path) -> None:
    done = build(tmp_path, "scaled", kinds, "x")
    assert done.returncode == 1 and KINDS in done.stderr and done.stderr.startswith("error: --kinds: ")
    assert "model.adl" not in done.stderr


@pytest.mark.parametrize(
    "kinds", ["(real, real, real)", "{x: real}", "list(real)", "boolean", "(real, real)"]
)
@pytest.mark.parametrize("entry", ["energy", "fn ((a, b), c) => a * b * c", "fn {a} => a", "fn [a, b] => a"])
def test_kinds_that_the_function_does_not_take_are_told_as_such(
    entry: str, kinds: str, tmp_path: Path
) -> None:
    done = build(tmp_path, entry, kinds, "x")
    if (entry, kinds) != ("energy", "(real, real)"):
        assert done.stderr.startswith("error: --kinds: ") and f"`{kinds}`" in done.stderr
        assert "the parameters of" in done.stderr and "-->" not in done.stderr


def test_an_error_in_the_function_is_shown_there(tmp_path: Path) -> None:
    done = build(tmp_path, "energy", "((real, real), boolean)", "x")
    assert "--kinds" not in done.stderr and "--> model.adl:2:20" in done.stderr


@needs_compiler
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("2d", "a function in C, Rust and Fortran cannot have the name `2d`"),
        ("_x", "cannot have the name `_x`"),
        ("fn", "`fn` is a keyword in C, C++ or Rust"),
        ("int", "`int` is a keyword in C, C++ or Rust"),
    ],
)
def test_a_library_is_called_as_a_function_may_be(name: str, message: str, tmp_path: Path) -> None:
    done = build(tmp_path, "scaled", "real", name)
    assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr
    assert not any(tmp_path.glob("lib*"))


def test_the_function_is_called_as_its_library() -> None:
    assert function_name("libwave-2d") == "wave_2d"
    assert function_name("façade") == "fa_ade"


def test_every_status_is_described() -> None:
    assert sorted(STATUS) == list(range(5))


@needs_compiler
@pytest.mark.parametrize(
    ("kinds", "values"), [("{a: real, b: real}", (1.0, 2.0)), ("{b: real, a: real}", (2.0, 1.0))]
)
def test_fields_come_in_the_order_of_the_kinds(
    kinds: str, values: tuple[float, float], tmp_path: Path
) -> None:
    done = build(tmp_path, "fn {a, b} => {z: 10 * a, y: 100 * b}", kinds, "both")
    assert done.returncode == 0, done.stderr
    library = ctypes.CDLL(str(tmp_path / "libboth.so"))
    found = (ctypes.c_double * 2)()
    assert library.both((ctypes.c_double * 2)(*values), found) == 0
    assert list(found) == [10.0, 200.0]
