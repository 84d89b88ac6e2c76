"""Random programs with every kind of function and data: those of native/random_programs.py, and more.

Functions in lists and records, functions that make functions, continuations, pullbacks that are kept,
matrices, Taylor series, derivatives of structures and of functions as results.
"""

from __future__ import annotations

import re
from random import Random

from native.random_programs import Writer

OPERATORS = ("derivative", "derivative_reverse", "gradient", "gradient_forward")
EXCHANGED = {
    "derivative": "derivative_reverse",
    "gradient": "gradient_forward",
    "jacobian_forward": "jacobian_reverse",
}
EXCHANGED |= {other: one for one, other in EXCHANGED.items()}
SINGULAR = (
    "sqrt(abs({}))", "cbrt({})", "abs({}) ^ 0.5", "abs({}) ^ 1.5", "ln(abs({}))", "relu({})", "abs({})",
    "sqrt({})", "({}) ^ 2", "sign({})", "floor({})", "1 / ({})", "exp(-1 / ({}) ^ 2)", "asin({})",
    "atanh({})",
)  # fmt: skip
TIES = (
    "max({}, {})", "min({}, {})", "hypot({}, {})", "atan2({}, {})", "norm({}, {})", "({}) * ({})",
    "({}) / ({})", "prod({}, {}, 0.5)", "sum(sort([{}, {}]) * [1, 2])", "abs({}) ^ abs({})",
    "max([{}, {}, 0])", "(if {} > 0 then {} else 0)", "sum(where([0, 1] > {}, {}, 0))", "logsumexp({}, {})",
    "mod({}, 2 + abs({}))",
)  # fmt: skip


def exchanged(text: str) -> str:
    """A program whose derivatives are taken in the other mode."""
    return re.sub(r"\b(\w+)(?=\()", lambda found: EXCHANGED.get(found[1], found[1]), text)


class Wide(Writer):
    """Writes expressions. With `true_rules`, a derivative that is given is that of its function."""

    def __init__(self, random: Random, names: list[str] | None = None, *, true_rules: bool = True) -> None:
        super().__init__(random, names or ["x", "y"])
        self.true_rules = true_rules

    def real(self, depth: int) -> str:
        """An expression whose value is a real."""
        if depth <= 0 or self.random.random() < 0.5:
            return super().real(depth)
        kind = self.random.choice(
            (
                self.mapped, self.twice, self.curried, self.continued, self.functions, self.fields,
                self.kept, self.transposed, self.along, self.series, self.matrix, self.table, self.second,
                self.nested_list, self.in_continuations, self.of_structure, self.growing, self.rows,
                self.remembered, self.shared,
            )
        )  # fmt: skip
        return f"({kind(depth - 1)})"

    def ruled(self, depth: int) -> str:
        """A function whose derivative is given."""
        if not self.true_rules:
            return super().ruled(depth)
        f, g, u, v = (self.fresh() for _ in range(4))
        slope = f"{self.random.choice(OPERATORS)}({g})({u}) * {v}"
        named = self.random.choice(("with_derivative", "with_pullback"))
        start = f"let {g} = {self.function(u, depth)}; let {f} = {named}({g}, fn ({u}, {v}) => {slope})"
        return f"{{ {start}; {f}({self.real(depth - 1)}) }}"

    def function(self, parameter: str, depth: int) -> str:
        """A function of a real."""
        return f"fn {parameter} => {self.within([parameter], depth - 1)}"

    def operator(self) -> str:
        return self.random.choice(OPERATORS)

    def mapped(self, depth: int) -> str:
        u, s = self.fresh(), self.fresh()
        items = f"list({self.atom()}, {self.real(depth - 1)}, {self.atom()})"
        step = self.random.choice(("(+)", f"fn ({s}, {u}) => tanh({self.within([s, u], depth - 1)})"))
        return f"fold({step}, {self.atom()}, map({self.function(u, depth)}, {items}))"

    def twice(self, depth: int) -> str:
        f, u, v = self.fresh(), self.fresh(), self.fresh()
        g = f"fn {u} => sin({self.within([u], depth - 1)})"
        return f"(fn {f} => fn {v} => {f}({f}({v})))({g})({self.real(depth - 1)})"

    def curried(self, depth: int) -> str:
        """The derivative of a function with functions as results, itself differentiated."""
        d, u, v = self.fresh(), self.fresh(), self.fresh()
        body = self.within([u, v], depth - 1)
        operator = self.random.choice(OPERATORS[:2])
        uses = f"{d}({self.real(depth - 1)}) + {self.operator()}({d})({self.atom()})"
        return f"{{ let {d} = {operator}(fn {u} => fn {v} => {body})({self.atom()}); {uses} }}"

    def continued(self, depth: int) -> str:
        """The derivative of a pair that is a function of its continuation."""
        k, u, p, q = (self.fresh() for _ in range(4))
        pair = f"fn {u} => fn {k} => {k}({self.within([u], depth - 1)}, {u} * {self.atom()})"
        use = f"fn ({p}, {q}) => {self.within([p, q], depth - 1)}"
        return f"{self.random.choice(OPERATORS[:2])}({pair})({self.atom()})({use})"

    def functions(self, depth: int) -> str:
        """A list of functions that a loop makes."""
        f, fs, i, s, u = (self.fresh() for _ in range(5))
        made = f"loop {fs} = nil for {i} in 1..3 do (fn {u} => {self.within([u, i], depth - 1)}) :: {fs}"
        return f"fold(fn ({s}, {f}) => 0.5 * {s} + {f}({self.real(depth - 1)}), 0, {made})"

    def fields(self, depth: int) -> str:
        """The derivative of a record with a function and a number in it."""
        r, u, v = self.fresh(), self.fresh(), self.fresh()
        made = f"{{f: fn {v} => {self.within([u, v], depth - 1)}, n: {self.within([u], depth - 1)}}}"
        operator = self.random.choice(OPERATORS[:2])
        uses = f"{r}.f({self.real(depth - 1)}) - {r}.n"
        return f"{{ let {r} = {operator}(fn {u} => {made})({self.atom()}); {uses} }}"

    def kept(self, depth: int) -> str:
        """Pullbacks in a list, called later, each perhaps twice."""
        p, q, s, u, v = (self.fresh() for _ in range(5))
        pull = f"fn {u} => vjp(fn ({p}, {q}) => {self.within([p, q, u], depth - 1)}, ({u}, {self.atom()}))[1]"
        use = f"{v}({self.real(depth - 1)})[0] * 0.5 + {v}({s})[1]"
        pulls = f"map({pull}, list({self.atom()}, {self.atom()}))"
        return f"fold(fn ({s}, {v}) => tanh({use}), {self.atom()}, {pulls})"

    def transposed(self, depth: int) -> str:
        """A pullback at a point that is differentiated, or by a cotangent that is."""
        u, v = self.fresh(), self.fresh()
        at = self.random.choice((u, self.atom()))
        pull = f"vjp({self.function(v, depth)}, {at})[1]({self.atom()} + {u})"
        return f"{self.operator()}(fn {u} => {pull})({self.real(depth - 1)})"

    def along(self, depth: int) -> str:
        a, b = self.fresh(), self.fresh()
        body = f"({self.within([a, b], depth - 1)}, {a} * {b})"
        at = f"{{a: {self.real(depth - 1)}, b: {self.atom()}}}"
        by = f"{{a: {self.atom()}, b: {self.real(depth - 1)}}}"
        return f"jvp(fn {{a: {a}, b: {b}}} => {body}, {at}, {by})[1][{self.random.choice('01')}]"

    def series(self, depth: int) -> str:
        u, at = self.fresh(), self.real(depth - 1)
        if self.random.random() < 0.5:
            return f"derivatives({self.function(u, depth)}, 3)({at})[{self.random.choice('0123')}]"
        return f"nth_derivative({self.function(u, depth)}, {self.random.choice('12')})({at})"

    def matrix(self, depth: int) -> str:
        m, a, b = self.fresh(), self.real(depth - 1), self.real(depth - 1)
        last = self.random.choice(
            (f"det({m})", f"sum(solve({m}, [{self.atom()}, {b}]))", f"trace({m} @ {m})",
             f"sum(transpose({m}) * {m})", f"sum({m} @ [{b}, {self.atom()}])",
             f"sum(cumsum({m}[0]) * {m}[:, 1])", f"sum(tanh({m}) ^ 2)",
             f"sum(where({m} > 0.3, {m}, {b} * {m}))", f"sum(outer({m}[1], {m}[:, 0]) * {m})")
        )  # fmt: skip
        return f"{{ let {m} = [[3 + sin({a}), {self.atom()} * 0.5], [cos({self.atom()}), 4]]; {last} }}"

    def table(self, depth: int) -> str:
        a, u, v = self.fresh(), self.fresh(), self.fresh()
        body = self.within([u, v], depth - 1)
        last = self.random.choice(
            (f"sum({a})", f"sum(sort({a})[1:3])", f"sum(reverse({a}) * cumsum({a}))", f"{a}[-1]")
        )
        made = f"[sin({body}) for {u} in [{self.real(depth - 1)}, {self.atom()}] for {v} in 1..2]"
        return f"{{ let {a} = {made}; {last} }}"

    def second(self, depth: int) -> str:
        """An element of a Jacobian or a Hessian."""
        w = self.fresh()
        body = self.within([f"{w}[0]", f"{w}[1]"], depth - 1)
        at = f"([{self.atom()}, {self.atom()}])"
        i, j = self.random.choice("01"), self.random.choice("01")
        return self.random.choice(
            (f"hessian(fn {w} => {body}){at}[{i}, {j}]",
             f"{self.random.choice(('jacobian', 'jacobian_forward', 'jacobian_reverse'))}"
             f"(fn {w} => [{body}, {w}[0] * {w}[1]]){at}[{i}, {j}]",
             f"hvp(fn {w} => {body}, {at}, [{self.atom()}, 1])[{i}]")
        )  # fmt: skip

    def nested_list(self, depth: int) -> str:
        """A recursion over lists of lists."""
        f, h, t, s = (self.fresh() for _ in range(4))
        step = self.within([h], depth - 1)
        inner = f"fold(fn ({s}, {h}) => {s} + sin({step}), 0, {h})"
        data = f"list(list({self.atom()}), list({self.real(depth - 1)}, {self.atom()}), nil)"
        body = f"match xs {{ nil => 0.5; {h} :: {t} => {inner} * {f}({t}) + 1 }}"
        return f"{{ def {f}(xs) = {body}; {f}({data}) }}"

    def in_continuations(self, depth: int) -> str:
        f, n, k, u = (self.fresh() for _ in range(4))
        step = f"fn {u} => {k}(tanh({self.within([u, n], depth - 1)}))"
        start = f"fn {u} => {self.within([u], depth - 1)}"
        body = f"if {n} <= 0 then {k}({self.atom()}) else {f}({n} - 1, {step})"
        return f"{{ def {f}({n}, {k}) = {body}; {f}(2, {start}) }}"

    def of_structure(self, depth: int) -> str:
        """A part of the gradient with respect to a structure."""
        r = self.fresh()
        body = self.within([f"{r}.a", f"{r}.b[0]", f"{r}.c[1]"], depth - 1)
        at = f"{{a: {self.atom()}, b: (({self.real(depth - 1)}), true), c: [{self.atom()}, 2]}}"
        part = self.random.choice((".a", ".b[0]", ".c[1]"))
        return f"{self.random.choice(OPERATORS[2:])}(fn {r} => {body})({at}){part}"

    def growing(self, depth: int) -> str:
        """A loop whose state is a list, and a number that depends on it."""
        xs, s, i, u = (self.fresh() for _ in range(4))
        turn = f"(tanh({self.within([s, i], depth - 1)}) :: {xs}, 0.5 * {s} + length({xs}))"
        last = f"fold(fn ({u}, {i}) => {u} * 0.5 + {i}, {s}, {xs})"
        start = f"loop ({xs}, {s}) = (nil, {self.real(depth - 1)}) for {i} in 1..3 do {turn}"
        return f"{{ let ({xs}, {s}) = {start}; {last} }}"

    def rows(self, depth: int) -> str:
        """A loop over the rows of an array, with an array as its state."""
        a, r, s = self.fresh(), self.fresh(), self.fresh()
        step = self.within([f"{r}[1]", f"{s}[0]"], depth - 1)
        rows = f"[[{self.atom()}, {self.real(depth - 1)}], [{self.atom()}, 1]]"
        end = f"loop {s} = [1, {self.atom()}] for {r} in {a} do tanh({s} * {r} + {step})"
        return f"{{ let {a} = {rows}; sum({end}) }}"

    def remembered(self, depth: int) -> str:
        """The value and the gradient of one pass."""
        v, g, p, q = (self.fresh() for _ in range(4))
        body = self.within([p, q], depth - 1)
        at = f"({self.real(depth - 1)}, {self.atom()})"
        both = f"value_and_gradient(fn ({p}, {q}) => {body}){at}"
        return f"{{ let ({v}, {g}) = {both}; {v} * {g}[0] - {g}[1] }}"

    def shared(self, depth: int) -> str:
        """A function that is applied at two levels of differentiation at once."""
        f, u, v = self.fresh(), self.fresh(), self.fresh()
        inner = f"{self.operator()}(fn {v} => {f}({u} * {v}))({self.atom()})"
        outer = f"{self.operator()}(fn {u} => {f}({u}) * {inner})({self.atom()})"
        return f"{{ let {f} = {self.function(v, depth)}; {outer} }}"


class Singular(Wide):
    """Writes expressions with infinite slopes, corners and ties."""

    def smooth(self, depth: int) -> str:
        if self.random.random() < 0.5:
            return super().smooth(depth)
        return self.random.choice(SINGULAR).format(self.real(depth))

    def pair(self, depth: int) -> str:
        if self.random.random() < 0.5:
            return super().pair(depth)
        return self.random.choice(TIES).format(self.real(depth), self.real(depth))
