"""What VLAD's names stand for: operators and functions of ADL, and functions of the library `vlad_basis`.

These tables translate one language's names into the other's, so both stand here and nowhere else.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

LIBRARY = "vlad_basis"  # the file of the standard library with VLAD's basis
BASIS = "vlad'"  # what a program calls that library: no symbol of VLAD contains a quote

Kind: TypeAlias = Literal["operator", "function", "primitive", "library"]
# What each procedure is in ADL: an operator, a built-in function, an internal primitive, or a function of the
# library `vlad_basis`. Last, the procedures that the front end spells it by, which messages should not name.
MEANINGS: dict[str, tuple[str, ...]] = {
    "+": ("primitive", "vlad_add"),
    "-": ("primitive", "vlad_sub"),
    "*": ("primitive", "vlad_mul"),
    "/": ("primitive", "vlad_div"),
    "read-real": ("primitive", "vlad_read_real"),
    **{sign: ("operator", sign) for sign in "< > <= >=".split()},
    "sqrt": ("function", "sqrt"),
    "exp": ("function", "exp"),
    "log": ("function", "ln"),
    "sin": ("function", "sin"),
    "cos": ("function", "cos"),
    "atan": ("function", "atan2"),
    "=": ("library", "equal", "<=", ">="),
    "zero?": ("library", "is_zero", "<=", ">="),
    "positive?": ("library", "is_positive", ">"),
    "negative?": ("library", "is_negative", "<"),
    "null?": ("library", "is_null"),
    "boolean?": ("library", "is_boolean"),
    "real?": ("library", "is_real"),
    "pair?": ("library", "is_pair"),
    "procedure?": ("library", "is_procedure"),
    "perturbation?": ("library", "is_perturbation"),
    "forward?": ("library", "is_forward"),
    "sensitivity?": ("library", "is_sensitivity"),
    "reverse?": ("library", "is_reverse"),
    "if-procedure": ("library", "if_procedure"),
    "real": ("library", "real"),
    "zero": ("library", "zero"),
    "perturb": ("library", "perturb"),
    "unperturb": ("library", "unperturb"),
    "primal": ("library", "primal"),
    "tangent": ("library", "tangent"),
    "bundle": ("library", "bundle"),
    "sensitize": ("library", "sensitize"),
    "unsensitize": ("library", "unsensitize"),
    "plus": ("library", "plus"),
    "j*": ("library", "j_star"),
    "*j": ("library", "star_j"),
    "*j-inverse": ("library", "star_j_inverse"),
}


def _of_kind(kind: Kind) -> dict[str, str]:
    return {name: adl for name, (of, adl, *_) in MEANINGS.items() if of == kind}


OPERATORS = _of_kind("operator")  # of two reals
FUNCTIONS = _of_kind("function")
PROCEDURES = _of_kind("library")
# A session knows these by VLAD's names, which no program in ADL can write.
PRIMITIVES = _of_kind("primitive")

# The procedures that print, and their names among a program's own: a session says where output goes.
WRITERS = {"write": "write'", "write-real": "write_real'"}

# The procedures that the front end spells by others, with these.
SPELT = {name: spelt for name, (_, _, *spelt) in MEANINGS.items() if spelt} | {"write-real": ["real"]}

# The procedures of two reals.
TWO_REALS = frozenset((*OPERATORS, *(sign for sign in PRIMITIVES if sign in "+-*/"), "=", "atan"))

# Conditions that are booleans whatever their arguments: `if` need not ask whether they are `#f`.
PREDICATES = frozenset(name for name in MEANINGS if name[-1] in "?<=>")

BUILT_IN = frozenset((*MEANINGS, *WRITERS))

# Names of ADL that translated programs use: a program's own variable of such a name gets a quote.
TAKEN = frozenset((*FUNCTIONS.values(), "print"))


# What procedures are called that are written in ADL.
LIBRARY_NAMES = frozenset((*PROCEDURES.values(), *WRITERS.values()))


def translated(name: str) -> str:
    """A program's own variable as a name of ADL's tree."""
    return f"{name}'" if name in TAKEN else name


def original(name: str) -> str:
    """The name that VLAD has for a function of ADL or of the library `vlad_basis`; else the name as it is."""
    return _ORIGINAL.get(name, name.removesuffix("'"))


_ORIGINAL = {
    adl: vlad
    for vlad, adl in (*FUNCTIONS.items(), *PROCEDURES.items(), *WRITERS.items(), *PRIMITIVES.items())
}
