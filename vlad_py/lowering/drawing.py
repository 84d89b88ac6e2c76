"""Hints for the words with which other tools draw."""

from __future__ import annotations

OF_FUNCTION = "write `plot(f, a, b)`"
SHOWN = "a plot shows itself, as the last line of a program or in `print(plot(xs, ys))`"
SAVED = "`vlad -o FILE.svg` writes the plot that the program ends with to a file"
TEXTS = 'a record at the end of a plot has its texts: `plot(xs, ys, {title: "a", x: "b", y: "c"})`'
LEGEND = 'a record at the end of a plot names its curves: `plot(xs, ys, {label: "a"})`'
SAME_UNIT = "axes with the same unit are `plot(xs, ys, {equal: true})`"

# the name in another tool, in lower case, alone or as a member; the hint
DRAWING = {
    "plt.plot": "write `plot(xs, ys)`, without `plt.`",
    **dict.fromkeys(("plt.show", "pyplot.show"), SHOWN),
    **dict.fromkeys(("plt.axis", "pyplot.axis"), SAME_UNIT),
    **dict.fromkeys(("draw", "graph", "ezplot", "fplot"), OF_FUNCTION),
    **dict.fromkeys(("figure", "subplot", "subplots"), f"{OF_FUNCTION}; {SHOWN}"),
    **dict.fromkeys(("savefig", "saveas", "imsave"), SAVED),
    **dict.fromkeys(("title", "xlabel", "ylabel", "suptitle"), TEXTS),
    "legend": LEGEND,
    "scatter": "write `plot(xs, ys, {points: true})`",
    "hist": "write `histogram(xs)`",
    **dict.fromkeys(("surface", "heatmap", "contourf"), "write `contour(f, (a, b), (c, d))`"),
}
