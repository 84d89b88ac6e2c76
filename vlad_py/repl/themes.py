"""The colours of the REPL's input: those of the terminal's palette, or fixed ones for a light or dark ground.

A theme gives prompt_toolkit's description of a style for tokens as `editors/tokens.py` names them.
"""

from __future__ import annotations

TERMINAL, LIGHT, DARK, NONE = THEMES = ("terminal", "light", "dark", "none")

_GREY = "#767676"  # 4.5:1 on white and on black alike, as WCAG 2.2 asks of text

# a class of prompt_toolkit's, and its colour in the palette, on white, on black; names and signs have none
_COLOURS = {
    "pygments.keyword": ("ansimagenta", "#8b008b", "#d787d7"),
    "pygments.keyword.constant": ("ansicyan", "#005f87", "#5fd7d7"),
    "pygments.operator.word": ("ansimagenta", "#8b008b", "#d787d7"),
    "pygments.literal.number": ("ansicyan", "#005f87", "#5fd7d7"),
    "pygments.literal.string": ("ansigreen", "#0b6b0b", "#87d787"),
    "pygments.literal.string.escape": ("bold", "bold", "bold"),
    "pygments.literal.string.doc": (f"italic {_GREY}", "italic #5f5f5f", "italic #a8a8a8"),
    "pygments.comment": (f"italic {_GREY}", "italic #5f5f5f", "italic #a8a8a8"),
    "pygments.name.function": ("bold", "bold", "bold"),
    "pygments.name.namespace": ("bold", "bold", "bold"),
    "pygments.error": ("ansired", "#b30000", "#ff8787"),
    "auto-suggestion": (_GREY, "#6b6b6b", "#9a9a9a"),
    "bottom-toolbar.text": (_GREY, "#6b6b6b", "#9a9a9a"),
}


def style_of(theme: str) -> dict[str, str]:
    """The style of a theme: a description for each class of prompt_toolkit's."""
    column = 0 if theme == NONE else (TERMINAL, LIGHT, DARK).index(theme)
    own = {
        name: colours[column]
        for name, colours in _COLOURS.items()
        if theme != NONE or not name.startswith("pygments.")
    }
    return {**own, "bottom-toolbar": "noreverse", "parameter": "bold"}
