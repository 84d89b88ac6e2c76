"""table_4.py: what a gradient of the Helmholtz free energy costs, as time of the gradient over time of f.

Prints Table 4 as it is here, with the published figures, and writes table_4_here.csv and figure_5.
"""

from __future__ import annotations

import csv
from pathlib import Path
from timeit import Timer

import numpy as np
from drawing import COLOURS, axes, parser, save

import vlad_py as vlad

HERE = Path(__file__).parent
METHODS = {
    "centre": vlad.evaluate("import differences\ndifferences.centre_gradient"),
    "forward": vlad.evaluate("gradient_forward"),
    "reverse": vlad.evaluate("gradient"),
}
FORMS = {"arrays": "energy", "loops": "energy_loop"}

command = parser(__doc__)
command.add_argument("--quick", action="store_true", help="small sizes, measured badly: to see that it works")
command.add_argument("--form", choices=FORMS, default="loops", help="f as a program of reals, or of arrays")
options = command.parse_args()

with open(HERE / "table_4.csv", newline="", encoding="utf-8") as file:
    rows = [row for row in csv.DictReader(file) if not options.quick or int(row["n"]) < 20]
sizes = [int(row["n"]) for row in rows]
published = {method: [float(row[method]) for row in rows] for method in METHODS}


def least_seconds(timers: dict[str, Timer]) -> dict[str, float]:
    """The least time of a call of each. They take turns, so that what disturbs the machine disturbs all."""
    many = {}
    for name, timer in timers.items():
        timer.timeit(3)  # compilers have their time before
        many[name] = 1 if options.quick else max(1, round(0.02 / timer.timeit(1)))
    turns = [
        {name: timer.timeit(many[name]) / many[name] for name, timer in timers.items()}
        for _ in range(1 if options.quick else 9)
    ]
    return {name: min(turn[name] for turn in turns) for name in timers}


helmholtz = vlad.load(HERE / "helmholtz.adl")
times: dict[str, list[float]] = {name: [] for name in ("f", *METHODS)}
for n in sizes:
    fluid = helmholtz.fluid(n)
    x = fluid["x"]
    f = getattr(helmholtz, FORMS[options.form])(fluid["a"], fluid["b"])
    functions = {"f": f} | {name: operator(f) for name, operator in METHODS.items()}
    exact = functions["reverse"](x)
    assert np.allclose(functions["forward"](x), exact, rtol=1e-12)
    assert np.allclose(functions["centre"](x), exact, rtol=1e-6)
    found = least_seconds({name: Timer(lambda g=g, x=x: g(x)) for name, g in functions.items()})
    for name, time in found.items():
        times[name].append(time)

measured = {name: [t / f for t, f in zip(times[name], times["f"], strict=True)] for name in METHODS}

print("n                  ", *(f"{n:7}" for n in sizes))
print("f, µs              ", *(f"{1e6 * t:7.1f}" for t in times["f"]))
for name in METHODS:
    print(f"{name:8} here      ", *(f"{ratio:7.2f}" for ratio in measured[name]))
    print(f"{name:8} published ", *(f"{ratio:7.2f}" for ratio in published[name]))

options.output.mkdir(parents=True, exist_ok=True)
with open(options.output / "table_4_here.csv", "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(("n", *METHODS))
    table.writerows(zip(sizes, *measured.values(), strict=True))

drawn = axes(
    "Helmholtz free energy of a mixed fluid: cost of the gradient",
    "number of variables $n$",
    "time of $\\nabla f$ / time of $f$",
)
drawn.set_yscale("log", base=2)
drawn.yaxis.set_major_formatter("{x:g}")
for name in METHODS:
    drawn.plot(sizes, measured[name], "o-", color=COLOURS[name], markersize=4, label=f"{name}, here")
    drawn.plot(sizes, published[name], "--", color=COLOURS[name], linewidth=1, label=f"{name}, published")
drawn.set_xticks(sizes)
drawn.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.12))
save(drawn, options, "figure_5")
