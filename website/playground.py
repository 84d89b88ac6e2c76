"""Adds what the playground runs on to a site: Python in WebAssembly, our wheel, Lark, the examples.

`scripts/playground` calls it. Pyodide's core comes from the npm registry. numpy is not in it: when a program
makes an array, browsers load it from Pyodide's own distribution. PYODIDE_PACKAGES names another place that
has the wheel: a folder, from which it is copied into the site, or an address.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

ROOT = Path(__file__).resolve().parent.parent
VERSION = "314.0.7"  # of Pyodide
DISTRIBUTION = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"  # the same as in its own settings
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip")
PACKAGES = "PYODIDE_PACKAGES"
EXAMPLES = ("worked_example", "newton", "saddle", "particle", "tour", "xor", "gauss_newton", "kalman", "maml")


def main(site: Path) -> None:
    """Fills the playground's folder of a site. CalledProcessError where a tool fails."""
    folder = site / "_static" / "playground"
    packages = os.environ.get(PACKAGES) or DISTRIBUTION
    is_address = "//" in packages
    core(folder / "pyodide")
    if not is_address:
        add_packages(folder / "pyodide", Path(packages))
    manifest = {
        "wheels": [our_wheel(folder), packed("lark", folder)],
        "packages": packages if is_address else None,
        "examples": dict(map(example, EXAMPLES)),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def core(folder: Path) -> None:
    """Pyodide without its packages. A copy that npm brought before is used again."""
    kept = ROOT / "build" / "npm"
    kept.mkdir(parents=True, exist_ok=True)
    archive = kept / f"pyodide-{VERSION}.tgz"
    if not archive.exists():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("the playground needs npm, which brings Pyodide")
        command = [npm, "pack", f"pyodide@{VERSION}", "--silent"]
        subprocess.run(command, cwd=kept, check=True, stdout=subprocess.DEVNULL)
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for name in CORE:
            content = tar.extractfile(f"package/{name}")
            assert content is not None
            (folder / name).write_bytes(content.read())


def add_packages(folder: Path, distribution: Path) -> None:
    """numpy's wheel, from a folder with Pyodide's own distribution."""
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    shutil.copy(distribution / lock["packages"]["numpy"]["file_name"], folder)


def our_wheel(folder: Path) -> str:
    """The wheel of vlad_py as it is published; its name."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (wheel,) = Path(place).glob("*.whl")
        shutil.copy(wheel, folder)
    return wheel.name


def packed(package: str, folder: Path) -> str:
    """An installed package of pure Python as a wheel; its name."""
    distribution = metadata.distribution(package)
    name = f"{package}-{distribution.version}-py3-none-any.whl"
    with ZipFile(folder / name, "w", ZIP_DEFLATED) as archive:
        for file in distribution.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                archive.write(str(distribution.locate_file(file)), file.as_posix())
    return name


def example(name: str) -> tuple[str, str]:
    """The title of an example, and its text."""
    text = (ROOT / "examples" / f"{name}.adl").read_text(encoding="utf-8")
    return name.replace("_", " "), text


if __name__ == "__main__":
    main(Path(sys.argv[1]))
