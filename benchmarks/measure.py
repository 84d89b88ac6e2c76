"""Timing side by side, processes, and the table of what came out."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter, process_time

ROOT = Path(__file__).resolve().parents[1]

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `aim` is the largest ratio that is good, and `limit` the largest number."""

    name: str
    ours: float
    baseline: str
    theirs: float
    aim: float | None = None
    unit: str = "s"
    limit: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def met(self) -> bool | None:
        if self.limit is not None:
            return self.ours <= self.limit
        return None if self.aim is None else self.ratio <= self.aim


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers by name and by size, as in a published table; `unit` is s of times, × of ratios.

    A nan stands where nothing was measured.
    """

    title: str
    sizes: tuple[int, ...]
    lines: dict[str, tuple[float, ...]]
    unit: str
    by: str = "n"  # what the sizes are


Result = Row | Grid


# ── measuring ────────────────────────────────────────────────────────────────────────────────


def race(runs: dict[str, Run], *, most: int = 9, seconds: float = 6.0) -> dict[str, float]:
    """The least time of the processor for every run. They take turns: what disturbs one disturbs all.

    Everything runs twice at least, and then until the `seconds` are used up or `most` turns done.
    """
    best = dict.fromkeys(runs, float("inf"))
    begin = perf_counter()
    for turn in range(most):
        for name, run in runs.items():
            before = process_time()
            run()
            best[name] = min(best[name], process_time() - before)
        if turn and perf_counter() - begin > seconds:
            break
    return best


def race_calls(runs: dict[str, Run], *, turns: int = 15, seconds: float = 0.02) -> dict[str, float]:
    """The best time of a single call of every run: each turn makes as many as take `seconds`, one at least.

    The calls before the first turn are for the compilers, and tell how many that is.
    """
    many: dict[str, int] = {}
    for name, run in runs.items():
        count, begin = 0, perf_counter()
        while count < 100 and (count < 2 or perf_counter() - begin < 5 * seconds):
            run()
            count += 1
        before = perf_counter()
        run()
        many[name] = max(1, round(seconds / (perf_counter() - before)))

    def repeated(run: Run, count: int) -> Run:
        def calls() -> None:
            for _ in range(count):
                run()

        return calls

    best = race({name: repeated(run, many[name]) for name, run in runs.items()}, most=turns)
    return {name: time / many[name] for name, time in best.items()}


def python(arguments: Sequence[str], settings: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
    """A process of this Python in the checkout that may write its bytecode, as an installed one has it.

    `settings` are further variables of its environment.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | dict(settings)
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)


def peak_memory() -> int:
    """The most bytes that this process has held; for a process that has only this to do."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        # the other way to ask; Linux, unlike others, lets it begin with the peak of the parent
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak << 10


def least_times(commands: dict[str, list[str]], turns: int = 21) -> dict[str, float]:
    """The least time of the processor for processes, which take turns, after one run that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(turns + 1):
        for name, arguments in commands.items():
            before = time_of_children()
            python(arguments)
            if turn:
                times[name].append(time_of_children() - before)
    return {name: min(found) for name, found in times.items()}


def time_of_children() -> float:
    """The time of the processor for the processes that were started here and have ended."""
    import resource  # Windows has none

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# ── the table ────────────────────────────────────────────────────────────────────────────────


def amount(value: float, unit: str) -> str:
    """A number for people: 1.23 s, 45.6 ms, 7.89 µs, 210 B."""
    if value != value:
        return ""
    if unit == "×":
        return f"{value:.2f}"
    if unit != "s":
        return f"{value:.0f} {unit}"
    for scale, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= scale:
            return f"{value / scale:.3g} {name}"
    return f"{value * 1e9:.3g} ns"


def aim_of(row: Row) -> str:
    if row.limit is not None:
        return f"≤ {amount(row.limit, row.unit)}"
    return "" if row.aim is None else f"≤ {row.aim:.3g} ×"


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    cells = [["benchmark", "vlad", "baseline", "its time", "ratio", "aim", "met"]]
    for row in rows:
        met = {None: "", True: "yes", False: "no"}[row.met]
        ours, theirs = amount(row.ours, row.unit), amount(row.theirs, row.unit)
        digits = ".2f" if row.ratio >= 0.1 else ".1g"
        ratio = f"{row.ratio:{digits}} ×"
        cells.append([row.name, ours, row.baseline, theirs, ratio, aim_of(row), met])
    return aligned(cells)


def grid_table(grid: Grid) -> str:
    """A grid as a Markdown table below its title."""
    cells = [[grid.by, *map(str, grid.sizes)]]
    cells += [[name, *(amount(x, grid.unit) for x in numbers)] for name, numbers in grid.lines.items()]
    return f"{grid.title}:\n\n{aligned(cells)}"


def aligned(cells: list[list[str]]) -> str:
    """Rows of cells as a Markdown table; the first row is its head."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells = [cells[0], ["-" * width for width in widths], *cells[1:]]
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(line, widths)) + " |" for line in cells)


def report(results: Sequence[Result]) -> str:
    """Everything that was measured: one table of all comparisons, then the grids."""
    rows = [result for result in results if isinstance(result, Row)]
    grids = [grid_table(result) for result in results if isinstance(result, Grid)]
    return "\n\n".join([table(rows), *grids] if rows else grids)


def circumstances() -> dict[str, str]:
    """When, where and with which versions."""
    found = {
        "date": date.today().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
    }
    for package in ("lark", "numpy", "llvmlite", "autograd", "jax", "torch", "casadi"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return f"{os.cpu_count()} × {names[0] if names else platform.processor() or 'unknown processor'}"


def as_json(results: Sequence[Result]) -> str:
    """Everything that was measured, for programs that compare."""
    rows = [
        {**asdict(result), "ratio": result.ratio, "met": result.met}
        for result in results
        if isinstance(result, Row)
    ]
    grids = [asdict(result) for result in results if isinstance(result, Grid)]
    return json.dumps({**circumstances(), "rows": rows, "grids": grids}, indent=2, ensure_ascii=False) + "\n"
