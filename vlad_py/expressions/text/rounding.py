"""Numbers as tables show them: rounded, and large arrays by their shape."""

from __future__ import annotations

import math
from typing import Any

from vlad_py.ground.node import record, replaced
from vlad_py.values.show import show_real
from vlad_py.values.values import Array, Value

FEW = 6  # elements of an array that are shown for reading; a program has them all
MOST_DIGITS = 17  # significant digits of a real


@record
class Rounding:
    """How many digits a real has: as many behind the point, or, if it `is_significant`, as many in all."""

    digits: int = 3
    is_significant: bool = False

    def finer(self) -> Rounding | None:
        """The same with one digit more; None where no real has more."""
        return replaced(self, digits=self.digits + 1) if self.digits < MOST_DIGITS else None

    def text(self, value: Value) -> str:
        """A number; of an array all elements, or, if many, its shape."""
        if type(value) is Array:
            if value.data.size > FEW:
                return "×".join(map(str, value.data.shape)) + " array"
            return self._nested(value.data.tolist())
        return self._real(value) if type(value) is float else ""

    def rounded(self, x: float) -> float:
        """The real that the text of a real shows."""
        return float(self._real(x).replace("−", "-"))

    def _nested(self, data: Any) -> str:
        return f"[{', '.join(map(self._nested, data))}]" if isinstance(data, list) else self._real(data)

    def _real(self, x: float) -> str:
        if not math.isfinite(x):
            return show_real(x).replace("-", "−")
        is_plain = not self.is_significant and (x == 0 or 1e-3 <= abs(x) < 1e6)
        if is_plain:
            text = f"{x:.{self.digits}f}".rstrip("0").rstrip(".")
        else:
            text = show_real(float(f"{x:.{self.digits}g}"))
        return ("0" if text == "-0" else text).replace("-", "−")


BRIEF = Rounding()
short = BRIEF.text


def rounding(digits: int | None) -> Rounding:
    """As many significant digits; without a number, three behind the point."""
    return BRIEF if digits is None else Rounding(digits, is_significant=True)
