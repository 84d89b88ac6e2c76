"""Characters that ADL does not use: what to write instead."""

from __future__ import annotations

from vlad_py.ground.source import Span

QUOTE = '"'
# the characters, the hint, and what can stand in their place, where that is one thing
CHARACTERS = (
    ("“”„‟«»‘’‚`", 'write a string in straight double quotes: `"text"`', QUOTE),
    ("−–—", "the minus sign is `-`", "-"),
    ("×·∙⋅", "a product is `a * b`", "*"),
    ("÷∕", "a quotient is `a / b`", "/"),
    ("≤", "write `<=`", "<="),
    ("≥", "write `>=`", ">="),
    ("≠", "write `!=`", "!="),
    ("→⇒↦", "write `=>`", "=>"),
    ("∧", "write `and`", "and"),
    ("∨", "write `or`", "or"),
    ("¬~", "write `not`", "not "),
    ("…", "a range is `first..last`", ".."),
    ("√", "the square root is `sqrt(x)`, the cube root `cbrt(x)`", "sqrt"),
    ("∂", "a derivative is `derivative(f)(x)`, all partial derivatives are `gradient(f)(x, y)`", ""),
    ("∇", "the gradient is `gradient(f)(x)`", ""),
    ("∑", "a sum is `sum([e for x in xs])`", ""),
    ("∏", "a product is `prod([e for x in xs])`", ""),
    ("∫", "write `import integrate`, then `integrate.integral(f, a, b)`", ""),
    ("∞", "infinity is `inf`", "inf"),
    ("∈∉", "`any(fn y => y == x, xs)` says whether `x` is in `xs`", ""),
    ("∘", "write `fn x => f(g(x))`, or `x |> g |> f`", ""),
    ("′", "the derivative of `f` is `derivative(f)`; a name may end with `'`", ""),
    ("?", "a choice is written `if c then a else b`", ""),
    ("\\", "a function is `fn x => …`", ""),
    ("\u00a0\u2007\u202f\u200b", "this is not a plain space: type it again", " "),
)


def advice(character: Span) -> tuple[str, Span, str]:
    """The hint for a character; what to replace, and by what. Texts are empty where there is none."""
    for characters, hint, instead in CHARACTERS:
        if character.text in characters:
            return hint, *(_quoted(character) if instead == QUOTE else (character, instead))
    return "", character, ""


def _quoted(opening: Span) -> tuple[Span, str]:
    """From one odd quotation mark to the next of its line, and the same with straight ones."""
    source = opening.source
    line = source.text[opening.end :].partition("\n")[0]
    length = next((i for i, character in enumerate(line) if character in CHARACTERS[0][0]), None)
    if length is None:
        return opening, QUOTE
    return Span(source, opening.start, opening.end + length + 1), f"{QUOTE}{line[:length]}{QUOTE}"
