"""What to say about a name that nothing binds: what other languages call things, short and misspelt names."""

from __future__ import annotations

from collections.abc import Iterable

from vlad_py.errors import near

LISTS = "`x :: xs` is a list with x in front, `concat(xs, ys)` joins two"
NOTHING = "nothing is `()`, the empty list is `nil`"
CHOICE = "a choice is written `if c then a else b`"
LOOP = "a loop is written `loop x = 1 while c do next` or `loop x = 1 for i in 1..n do next`"
ALONE = "a built-in function stands by itself: `sin(x)`, `exp(x)`"
OPTIMIZE = "write `import optimize`, then `optimize.minimize(f, start)`"
TEXT = "`show(x)` is the text of a value, and `print(a, b)` writes several"

# what other languages call it, in lower case; the hint
ELSEWHERE = {
    "append": LISTS,
    "push": LISTS,
    "cons": LISTS,
    "car": "write `head(xs)`",
    "cdr": "write `tail(xs)`",
    "first": "write `head(xs)`",
    "rest": "write `tail(xs)`",
    "len": "write `length(xs)`",
    "size": "write `length(xs)`",
    "reduce": "write `fold(f, start, xs)`",
    "foldl": "write `fold(f, start, xs)`",
    "none": NOTHING,
    "null": NOTHING,
    "void": NOTHING,
    "unit": NOTHING,
    "str": TEXT,
    "string": TEXT,
    "format": TEXT,
    "println": "write `print(a, b)`",
    "printf": "write `print(a, b)`",
    "echo": "write `print(a, b)`",
    "pow": "a power is written `x ^ y`",
    "sqr": "a square is written `x ^ 2`",
    "square": "a square is written `x ^ 2`",
    "arcsin": "write `asin`",
    "arccos": "write `acos`",
    "arctan": "write `atan`",
    "arctan2": "write `atan2`",
    "fabs": "write `abs`",
    "diff": "write `derivative(f)(x)`",
    "d": "write `derivative(f)(x)`",
    "backward": "write `gradient(f)(x)`",
    "math": ALONE,
    "numpy": ALONE,
    "np": ALONE,
    "jnp": ALONE,
    "torch": ALONE,
    "minimize": OPTIMIZE,
    "minimise": OPTIMIZE,
    "optimize": "write `import optimize` above",
    "e": "the number e is `exp(1)`",
    "infinity": "write `inf`",
    "int": "there is one kind of number; `floor(x)` and `round(x)` are whole",
    "float": "there is one kind of number",
    "true": "write `true`",
    "false": "write `false`",
    "elif": CHOICE,
    "elseif": CHOICE,
    "switch": "write `match e { pattern => value … }`",
    "case": "write `match e { pattern => value … }`",
    "repeat": LOOP,
    "until": LOOP,
    "lambda": "a function is written `fn x => …`",
    "function": "a function is written `fn x => …`",
    "return": "a block's value is its last expression",
    "self": "a record's functions take the record as an argument",
}


def hint_for(name: str, visible: Iterable[str], known: Iterable[str]) -> str:
    """A hint for an unknown name: `visible` are the program's own names, `known` all others."""
    own = near(name, visible)
    if own:
        return own
    if name.casefold() in ELSEWHERE:
        return ELSEWHERE[name.casefold()]
    longer = [k for k in known if len(name) >= 3 and k.startswith(name)]
    return f"did you mean `{min(longer, key=len)}`?" if longer else near(name, known)
