"""The form of a primitive, which tells readers that it is a sum, a power, a choice, …"""

from __future__ import annotations

from enum import Enum


class Form(Enum):
    """The algebra of a primitive, for readers that treat it in a way of their own."""

    SUM = "a + b"
    DIFFERENCE = "a - b"
    NEGATIVE = "-a"
    PRODUCT = "a b"
    QUOTIENT = "a / b"
    POWER = "a ^ b"
    SQUARE = "a ^ 2"
    ROOT = "a ^ (1/2)"
    SOLUTION = "a⁻¹ b"
    SUM_OF_MANY = "a + b + …"
    PRODUCT_OF_MANY = "a b …"
    INNER_PRODUCT = "a₁ b₁ + a₂ b₂ + …"
    ARRAY = "[a, b, …]"
    ELEMENT = "a[i]"
    COPIES = "[a, a, …]"
    EQUAL = "a == b"
    UNEQUAL = "a != b"
    CHOICE = "a if c else b"
