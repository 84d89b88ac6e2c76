"""numpy is loaded once, whole and quietly, however many threads run programs meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# numpy takes 0.3 s longer to load, and is there in part meanwhile
SLOW = """
import importlib.abc, importlib.machinery, sys, threading, time, warnings

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "numpy":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (time.sleep(0.3), load(module))[1]
        return spec

sys.meta_path.insert(0, Slow())
import vlad_py as vlad
assert "numpy" not in sys.modules
said = []
warnings.simplefilter("always")
warnings.showwarning = lambda message, *rest, **settings: said.append(str(message))

def in_threads(*actions):
    def work(action):
        try:
            action()
        except BaseException as error:
            said.append(f"{type(error).__name__}: {error}")
    threads = [threading.Thread(target=work, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
CASES = {
    "programs with arrays at once": """
        texts = ["sum([1, 2] / 0)", "sum((1, 2))", "[1, 2] @ [3, inf * 0]", "sum(zeros(3) / 0)"]
        in_threads(*(lambda text=text: vlad.evaluate(text) for text in texts))
    """,
    "a program beside an import": """
        texts = ["sum([1, 2] / 0)", "1"]
        in_threads(lambda: __import__("numpy"), *(lambda text=text: vlad.evaluate(text) for text in texts))
    """,
    "a program that runs when another thread loads numpy": """
        f = vlad.evaluate("fn x => { let y = loop v = x for i in 1..300000 do v * 0.9; [1, 2] / (y - y) }")
        in_threads(lambda: f(1.0), lambda: (time.sleep(0.1), __import__("numpy")))
    """,
    "a program that another thread overtakes": """
        f = vlad.evaluate("fn x => { let y = loop v = x for i in 1..300000 do v * 0.9; [1, 2] / (y - y) }")
        in_threads(lambda: f(1.0), lambda: (time.sleep(0.1), vlad.evaluate("sum([1, 2] / 0)")))
    """,
    "numbers from Python": """
        calls = [lambda: vlad.evaluate("fn x => x + 1")(2.0)] * 4
        in_threads(*calls, lambda: __import__("numpy"))
    """,
}


@pytest.mark.parametrize("case", CASES)
def test_threads_get_numpy_whole_and_quiet(case: str) -> None:
    lines = "\n".join(line.strip() for line in CASES[case].splitlines())
    text = f"{SLOW}\n{lines}\nsys.exit(repr(said) if said else 0)"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_numpy_warns_again_after_a_program() -> None:
    text = (
        "import warnings\nwarnings.simplefilter('error')\nimport vlad_py as vlad\nvlad.evaluate('[1] / 0')\n"
    )
    text += "import numpy as np\ntry:\n    np.array([1.0]) / 0\nexcept RuntimeWarning:\n    print('warned')"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("warned\n", "")


def test_a_compilation_before_numpy_leaves_the_run_quiet() -> None:
    """When a compilation during a run ends, numpy still does not warn in the rest of the run."""
    text = (
        "import sys, warnings\nwarnings.simplefilter('error')\n"
        "from vlad_py.ground.late_numpy import np, quiet\n"
        "with quiet():\n    with quiet():\n        pass\n    assert 'numpy' not in sys.modules\n"
        "    np.array([1.0]) / 0\n"
        "try:\n    np.array([1.0]) / 0\nexcept RuntimeWarning:\n    print('warned')"
    )
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("warned\n", "")
