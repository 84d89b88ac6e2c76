"""What Jupyter needs to know of the kernel: how to start it, and how JupyterLab highlights its language."""

from __future__ import annotations

import json
import os
import shutil
import sys

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import jupyter_data_dir

from vlad_py.kernel.highlighting import NAME, files

KERNEL = "adl"


def specification() -> dict[str, object]:
    """How Jupyter starts the kernel: with this Python. It imports nothing from the folder of the notebook."""
    return {
        "argv": [sys.executable, "-P", "-m", "vlad_py.kernel", "-f", "{connection_file}"],
        "display_name": "ADL",
        "language": "adl",
        "interrupt_mode": "signal",
        "metadata": {"debugger": False},
    }


def place(prefix: str | None) -> str:
    """The folder of Jupyter's data: below a prefix, or the user's own."""
    return os.path.join(prefix, "share", "jupyter") if prefix else jupyter_data_dir()


def install(prefix: str | None) -> list[str]:
    """Writes the kernel's files and those of the highlighting; gives their folders. OSError if it cannot."""
    folders = _folders(prefix)
    texts = ({"kernel.json": json.dumps(specification(), indent=2) + "\n"}, files())
    for folder, content in zip(folders, texts, strict=True):
        for name, text in content.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
    return folders


def remove(prefix: str | None) -> list[str]:
    """Removes what `install` wrote there; gives the folders that were there. OSError where it cannot."""
    there = [folder for folder in _folders(prefix) if os.path.isdir(folder)]
    for folder in there:
        shutil.rmtree(folder)
    return there


def is_found() -> bool:
    """Whether Jupyter, as this Python has it, finds the kernel."""
    return KERNEL in KernelSpecManager().find_kernel_specs()


def _folders(prefix: str | None) -> list[str]:
    root = place(prefix)
    return [os.path.join(root, "kernels", KERNEL), os.path.join(root, "labextensions", NAME)]
