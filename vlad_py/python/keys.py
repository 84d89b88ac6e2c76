"""Keys of random numbers, made in Python."""

from __future__ import annotations

from vlad_py.primitives.randomness import key_of_seed
from vlad_py.python.convert import to_value
from vlad_py.values.values import Key


def key(seed: int) -> Key:
    """The key of a whole number from 0 to 2⁵³, as `random.key(seed)` in ADL.

    Raises RunError for other numbers, ConversionError for an object that is not a value of ADL.
    """
    return key_of_seed(to_value(seed, "seed"))
