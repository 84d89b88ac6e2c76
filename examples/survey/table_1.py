"""table_1.py: expression swell: the derivatives of the logistic map as formulas, and how they grow.

Prints Table 1 for n = 1 to 4, and the sizes for n = 1 to 8, beside the number of operations that automatic
differentiation takes.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import vlad_py as vlad
from vlad_py import laboratory

ROWS = {
    "the map": "map",
    "its derivative": "derivative",
    "… simplified": "simplified",
    "… shared": "shared",
}
COUNTS = {"the program": "f", "AD, forward": "derivative", "AD, reverse": "gradient"}

swell = vlad.load(Path(__file__).with_name("swell.adl"))

for n in range(1, 5):
    for name, text in swell.expressions(n).items():
        name = f"l{n}" if name == "map" else name
        print(fill(text.replace(" ^ ", "^"), 110, initial_indent=f"{name:12}", subsequent_indent=" " * 12))
    print()

ns = range(1, 9)
sizes = [swell.sizes(n) for n in ns]
counts = [laboratory.count(swell.logistic.l(n), swell.logistic.x0).columns for n in ns]

print("operations of   " + "".join(f"{f'l{n}':>6}" for n in ns))
for name, key in ROWS.items():
    print(f"{name:16}" + "".join(f"{size[key]:6.0f}" for size in sizes))
for name, key in COUNTS.items():
    print(f"{name:16}" + "".join(f"{count[key].operations.total():6}" for count in counts))
