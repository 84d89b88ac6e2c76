"""figure_3.py: the errors of forward and centre differences of the truncated logistic map, by their step.

Prints where they are least, and writes figure_3.csv and the figure.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from drawing import COLOURS, axes, parser, save

import vlad_py as vlad

PER_DECADE = 10
NAMES = ("forward", "centre")

options = parser(__doc__).parse_args()
logistic = vlad.load(Path(__file__).with_name("logistic.adl"))

steps = 10.0 ** (np.arange(-17 * PER_DECADE, 1) / PER_DECADE)
errors = {name: np.array([logistic.errors(h)[name] for h in steps]) for name in NAMES}

options.output.mkdir(parents=True, exist_ok=True)
with open(options.output / "figure_3.csv", "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(("h", *NAMES))
    table.writerows(zip(steps, *errors.values(), strict=True))

# near the bottom single errors are as small as luck has it; the median of a decade around a step is not
for name, found in errors.items():
    half = PER_DECADE // 2
    typical = [np.median(found[max(0, i - half) : i + half + 1]) for i in range(len(found))]
    best = int(np.argmin(typical))
    where = f"{typical[best]:.0e}, with steps about {steps[best]:.0e}"
    print(f"{name:8} bottoms out at {where}; the luckiest {min(found):.0e}")

drawn = axes(
    "Differences of $l_4(x) = 64x(1-x)(1-2x)^2(1-8x+8x^2)^2$ at $x_0 = 0.2$", "step $h$", "absolute error"
)
for name, found in errors.items():
    drawn.loglog(
        steps, found, ".-", color=COLOURS[name], linewidth=0.8, markersize=4, label=f"{name} difference"
    )
theory = [logistic.theory(h) for h in steps]
for name, label in (
    ("forward", "$|f''| h / 2$"),
    ("centre", "$|f'''| h^2 / 6$"),
    ("round_off", "round-off $u |f| / h$"),
):
    drawn.loglog(
        steps,
        [t[name] for t in theory],
        "--",
        color=COLOURS.get(name, "#525252"),
        linewidth=1,
        alpha=0.7,
        label=label,
    )
drawn.set_ylim(1e-13, 1e5)
drawn.legend(loc="upper center", ncols=2)
save(drawn, options, "figure_3")
