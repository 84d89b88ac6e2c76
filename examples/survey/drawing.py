"""drawing.py: what the scripts here share: their options, and plots in files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

try:
    from matplotlib.figure import Figure
except ImportError:
    raise SystemExit("the figures need matplotlib: pip install '.[plot]' in a checkout of vlad_py") from None

COLOURS = {"centre": "#c2410c", "forward": "#1d4ed8", "reverse": "#15803d"}
"""Of a method, the same in every figure."""


def parser(about: str | None) -> argparse.ArgumentParser:
    """The options of a script that writes files."""
    options = argparse.ArgumentParser(description=about)
    options.add_argument("-o", "--output", metavar="FOLDER", type=Path, default=Path(), help="for the files")
    options.add_argument("--format", choices=("png", "svg", "pdf"), default="png", help="of the figure")
    return options


def axes(title: str, across: str, up: str) -> Any:
    """Empty axes, in a figure of their own."""
    drawn = Figure(figsize=(7.5, 5), layout="constrained").add_subplot()
    drawn.set(title=title, xlabel=across, ylabel=up)
    drawn.grid(alpha=0.25)
    return drawn


def save(drawn: Any, options: argparse.Namespace, name: str) -> None:
    """Writes the figure with these axes, and says where it is."""
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / f"{name}.{options.format}"
    drawn.figure.savefig(path, dpi=150)
    print("figure", path)
