"""What VLAD's names stand for: operators and functions of ADL, and functions of the library `vlad_basis`.

These tables translate one language's names into the other's, so they are the one place that has both.
"""

from __future__ import annotations

LIBRARY = "vlad_basis"  # the file of the standard library with VLAD's basis
BASIS = "vlad'"  # what a program calls that library: no symbol of VLAD contains a quote

# The procedures of two reals that are operators of ADL.
OPERATORS = frozenset("+ - * / < > <= >=".split())

# The procedures that are built-in functions of ADL.
FUNCTIONS = {"sqrt": "sqrt", "exp": "exp", "log": "ln", "sin": "sin", "cos": "cos", "atan": "atan2"}

# The procedures that the library `vlad_basis` defines.
PROCEDURES = {
    "=": "equal",
    "zero?": "is_zero",
    "positive?": "is_positive",
    "negative?": "is_negative",
    "null?": "is_null",
    "boolean?": "is_boolean",
    "real?": "is_real",
    "pair?": "is_pair",
    "procedure?": "is_procedure",
    "perturbation?": "is_perturbation",
    "forward?": "is_forward",
    "sensitivity?": "is_sensitivity",
    "reverse?": "is_reverse",
    "if-procedure": "if_procedure",
    "real": "real",
    "zero": "zero",
    "perturb": "perturb",
    "unperturb": "unperturb",
    "primal": "primal",
    "tangent": "tangent",
    "bundle": "bundle",
    "sensitize": "sensitize",
    "unsensitize": "unsensitize",
    "plus": "plus",
    "j*": "j_star",
    "*j": "star_j",
    "*j-inverse": "star_j_inverse",
}

# The procedure that reads, and what a session resolves it to: no program in ADL can write the first.
READ_REAL = "read-real"
READER = "vlad_read_real"

# The procedures that print, and their names among a program's own: a session says where output goes.
WRITERS = {"write": "write'", "write-real": "write-real'"}

# Conditions that are booleans whatever their arguments: `if` need not ask whether they are `#f`.
PREDICATES = frozenset(
    [name for name in (*OPERATORS, *PROCEDURES) if name.endswith("?")] + "= < > <= >=".split()
)

BUILT_IN = frozenset((*OPERATORS, *FUNCTIONS, *PROCEDURES, *WRITERS, READ_REAL))

# Names of ADL that translated programs use: a program's own variable of such a name gets a quote.
TAKEN = frozenset((*FUNCTIONS.values(), "print"))


def translated(name: str) -> str:
    """A program's own variable as a name of ADL's tree."""
    return f"{name}'" if name in TAKEN else name


def original(name: str) -> str:
    """The name that VLAD has for a function of ADL or of the library `vlad_basis`; else the name as it is."""
    return _ORIGINAL.get(name, name.removesuffix("'"))


_ORIGINAL = {adl: vlad for vlad, adl in (*FUNCTIONS.items(), *PROCEDURES.items(), (READ_REAL, READER))}
