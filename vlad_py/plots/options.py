"""The options of a plot by their names, and what other tools call them."""

from __future__ import annotations

from vlad_py.ground.errors import near

LABEL = "a string, or a list of strings, one for each curve"
OPTIONS = {"title": "a string", "x": "a string", "y": "a string", "label": LABEL}
OPTIONS |= {"points": "a boolean", "equal": "a boolean"}

# the name in another tool, in lower case and without `_`
ELSEWHERE = {"xlabel": "x", "ylabel": "y", "legend": "label", "name": "label", "marker": "points"}
ELSEWHERE |= {"scatter": "points", "aspect": "equal", "suptitle": "title"}


def hint_for(option: str) -> str:
    """The hint for an option that there is not."""
    meant = ELSEWHERE.get(option.replace("_", "").casefold(), "")
    if meant:
        return f"the option is `{meant}`, {OPTIONS[meant]}"
    return near(option, OPTIONS) or f"its options are {', '.join(f'`{each}`' for each in OPTIONS)}"
