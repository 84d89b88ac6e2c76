"""Random programs of two reals: choices, loops, recursion, closures, data, arrays; derivatives around."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

MODES = {"F": "gradient_forward", "R": "gradient"}
DEEPEST = 3  # nested derivatives

SMOOTH = (
    "sin({})", "cos({})", "tanh({})", "exp(-({}) ^ 2)", "sqrt(1 + ({}) ^ 2)", "ln(2 + ({}) ^ 2)", "atan({})",
    "sigmoid({})", "softplus({})", "0.5 * {}", "-({})", "log1p(({}) ^ 2)", "erf({})", "({}) ^ 3", "abs({})",
    "relu({})", "cbrt(1 + ({}) ^ 2)",
)  # fmt: skip
PAIRS = (
    "{} + {}", "{} - {}", "({}) * ({})", "({}) / (1.5 + ({}) ^ 2)", "max({}, {})", "min({}, {})",
    "hypot({}, 1 + {})", "atan2({}, 2 + ({}) ^ 2)", "norm({}, {}, 1)", "dot(({}, 1), (0.5, {}))",
    "sum({}, {})", "mean({}, {})", "prod({}, {})", "logsumexp({}, {})", "(1.1 + ({}) ^ 2) ^ tanh({})",
)  # fmt: skip


@dataclass
class Writer:
    """Writes expressions; `names` are the reals in scope."""

    random: Random
    names: list[str] = field(default_factory=lambda: ["x", "y"])
    count: int = 0

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def within(self, names: list[str], depth: int) -> str:
        """An expression that also sees some names."""
        before, self.names = self.names, [*self.names, *names]
        text = self.real(depth)
        self.names = before
        return text

    def atom(self) -> str:
        if self.random.random() < 0.2:
            return str(self.random.choice((0.5, 1.25, 2, -1)))
        return self.random.choice(self.names)

    def condition(self, depth: int) -> str:
        sign = self.random.choice(("<", "<=", ">", ">="))
        test = f"{self.real(depth - 1)} {sign} {self.real(depth - 1)}"
        if self.random.random() < 0.2:
            return f"{test} {self.random.choice(('and', 'or'))} {self.atom()} > 0.1"
        return test if self.random.random() < 0.8 else f"not ({test})"

    def real(self, depth: int) -> str:
        """An expression whose value is a real."""
        if depth <= 0:
            return self.atom()
        kinds = [self.smooth, self.pair, self.pair, self.choice, self.block, self.repeat, self.search]
        kinds += [
            self.vector,
            self.elements,
            self.record,
            self.closure,
            self.items,
            self.recursion,
            self.tail,
            self.inner,
        ]
        kinds += [self.ruled, self.pulled, self.chosen, self.changing, self.grown]
        return f"({self.random.choice(kinds)(depth - 1)})"

    def smooth(self, depth: int) -> str:
        return self.random.choice(SMOOTH).format(self.real(depth))

    def pair(self, depth: int) -> str:
        return self.random.choice(PAIRS).format(self.real(depth), self.real(depth))

    def choice(self, depth: int) -> str:
        return f"if {self.condition(depth)} then {self.real(depth)} else {self.real(depth)}"

    def block(self, depth: int) -> str:
        name = self.fresh()
        return f"{{ let {name} = {self.real(depth)}; {self.within([name], depth)} }}"

    def repeat(self, depth: int) -> str:
        a, b, i = self.fresh(), self.fresh(), self.fresh()
        body = f"(tanh({self.within([a, b, i], depth)}), 0.5 * {b} + {self.within([a, b], depth - 1)})"
        start = f"({self.real(depth - 1)}, {self.atom()})"
        turns = self.random.choice(("1..3", "0..2", f"1..(2 + floor(abs({self.atom()})))"))
        return f"{{ let ({a}, {b}) = loop ({a}, {b}) = {start} for {i} in {turns} do {body}; {a} - {b} }}"

    def search(self, depth: int) -> str:
        a, k = self.fresh(), self.fresh()
        body = self.within([a], depth)
        return (
            f"{{ let ({a}, {k}) = loop ({a}, {k}) = ({self.atom()}, 0) "
            f"while {k} < 4 and {a} < 1.5 do (sin({body}) + 0.3, {k} + 1); {a} }}"
        )

    def vector(self, depth: int) -> str:
        a, u = self.fresh(), self.fresh()
        items = ", ".join((self.atom(), self.real(depth - 1), self.atom()))
        size = self.random.choice(("", " + zeros(7, 3)"))  # a few elements, or an array in memory
        over = self.within([f"{a}[1]", f"{a}[-1]"], depth - 1)
        last = self.random.choice(
            (f"sum(sin({a}{size}) * {over})", f"norm({a} + 3)", f"{a} @ ({a} * {over})", f"max({a}) + {over}",
             f"logsumexp(tanh({a}){size})", f"sum([tanh({u}) * {over} for {u} in {a}])")
        )  # fmt: skip
        return f"{{ let {a} = [{items}]; {last} }}"

    def elements(self, depth: int) -> str:
        a, s, i = self.fresh(), self.fresh(), self.fresh()
        size = self.random.choice((2, 20))
        step = self.within([f"{a}[{i}]", s], depth - 1)
        return (
            f"{{ let {a} = linspace({self.atom()}, {self.real(depth - 1)}, {size}); "
            f"loop {s} = 0 for {i} in 0..1 do 0.5 * tanh({step}) + {a}[1 - {i}] * {s} + {a}[{i}] }}"
        )

    def record(self, depth: int) -> str:
        name = self.fresh()
        fields = f"{{a: {self.real(depth)}, b: ({self.atom()}, {self.real(depth - 1)})}}"
        inner = self.within([f"{name}.a", f"{name}.b[1]"], depth - 1)
        return f"{{ let {name} = {fields}; let {name} = {{{name} with a: {name}.a + 0.5}}; {inner} }}"

    def closure(self, depth: int) -> str:
        f, u = self.fresh(), self.fresh()
        body = self.within([u], depth)
        return f"{{ let {f} = fn {u} => {body}; {f}({self.atom()}) + {f}({self.real(depth - 1)}) }}"

    def items(self, depth: int) -> str:
        f, x, rest = self.fresh(), self.fresh(), self.fresh()
        body = self.within([x], depth)
        return (
            f"{{ def {f}(xs) = match xs {{ nil => 0.25; {x} :: {rest} => sin({body}) + {f}({rest}) }}; "
            f"{f}(list({self.atom()}, {self.real(depth - 1)}, {self.atom()})) }}"
        )

    def recursion(self, depth: int) -> str:
        f, n, v = self.fresh(), self.fresh(), self.fresh()
        step = self.within([v, n], depth)
        return (
            f"{{ def {f}({n}, {v}) = if {n} <= 0 then {v} else 0.5 * {f}({n} - 1, tanh({step})) + {v}; "
            f"{f}({self.random.choice((2, 3))}, {self.real(depth - 1)}) }}"
        )

    def tail(self, depth: int) -> str:
        f, n, v = self.fresh(), self.fresh(), self.fresh()
        step = self.within([v], depth)
        return (
            f"{{ def {f}({n}, {v}) = if {n} <= 0 or {v} > 3 then {v} else {f}({n} - 1, cos({step})); "
            f"{f}({self.random.choice((2, 4))}, {self.real(depth - 1)}) }}"
        )

    def inner(self, depth: int) -> str:
        u = self.fresh()
        operator = self.random.choice(("derivative", "derivative_reverse", "gradient"))
        return f"{operator}(fn {u} => {self.within([u], depth - 1)})({self.atom()})"

    def ruled(self, depth: int) -> str:
        """A function whose derivative is given, and is that of another function."""
        f, u, v = self.fresh(), self.fresh(), self.fresh()
        body, slope = self.within([u], depth - 1), self.within([u], depth - 1)
        named, rule = self.random.choice(
            (("with_derivative", f"({u}, {v})"), ("with_pullback", f"({u}, {v})"))
        )
        call = f"{f}({self.real(depth - 1)})"
        return f"{{ let {f} = {named}(fn {u} => {body}, fn {rule} => {v} * {slope}); {call} }}"

    def pulled(self, depth: int) -> str:
        """A pullback, called twice and perhaps in another place."""
        p, u, w = self.fresh(), self.fresh(), self.fresh()
        body = f"({self.within([u], depth - 1)}, {u} * {self.atom()})"
        calls = f"{p}({w}, 0.5) + (if {self.atom()} > 0.5 then {p}({self.atom()}, {w}) else {w})"
        start = f"let {p} = vjp(fn {u} => {body}, {self.atom()})[1]"
        return f"{{ {start}; let {w} = {self.real(depth - 1)}; {calls} }}"

    def chosen(self, depth: int) -> str:
        """A function, or data of several shapes, that a condition chooses."""
        f, u, v = self.fresh(), self.fresh(), self.fresh()
        test = self.condition(depth - 1)
        if self.random.random() < 0.5:
            functions = (
                f"fn {u} => {self.within([u], depth - 1)}",
                f"fn {v} => {self.within([v], depth - 1)}",
            )
            uses = f"{f}({self.real(depth - 1)}) + derivative({f})({self.atom()})"
            return f"{{ let {f} = if {test} then {functions[0]} else {functions[1]}; {uses} }}"
        data = f"if {test} then ({self.real(depth - 1)}, 2) else {self.real(depth - 1)}"
        arms = f"({u}, {v}) => {self.within([u, v], depth - 1)}; {u} => {self.within([u], depth - 1)}"
        return f"{{ let {f} = {data}; match {f} {{ {arms} }} }}"

    def changing(self, depth: int) -> str:
        """A loop whose state is another function after a few turns."""
        f, u, v, i = self.fresh(), self.fresh(), self.fresh(), self.fresh()
        first, then = self.within([u], depth - 1), self.within([v, i], depth - 1)
        turn = f"if {i} > 1 + {self.atom()} then {f} else fn {v} => {then}"
        return f"{{ let {f} = loop {f} = fn {u} => {first} for {i} in 1..3 do {turn}; {f}({self.atom()}) }}"

    def grown(self, depth: int) -> str:
        """A list whose length is known only when the program runs."""
        a, i, x = self.fresh(), self.fresh(), self.fresh()
        item = self.within([i], depth - 1)
        end = self.random.choice((self.atom(), f"3 * abs({self.atom()})", "4"))
        kept = f"filter(fn {x} => {x} > {self.atom()}, {a})" if self.random.random() < 0.3 else a
        last = self.random.choice(
            (f"sum({kept})",
             f"fold(fn ({x}, {i}) => {self.within([x, i], depth - 1)}, {self.atom()}, {kept})",
             f"sum(map(fn {x} => {self.within([x], depth - 1)}, reverse({kept})))")
        )  # fmt: skip
        return f"{{ let {a} = map(fn {i} => tanh({item}), range(1, {end})); {last} }}"


def program(seed: int, size: int = 4) -> tuple[str, tuple[float, float], str]:
    """A function of two reals, a point, and the modes of the derivatives in it, the innermost first."""
    random = Random(seed)
    text = f"def h0(x, y) = {Writer(random).real(size)}\n"
    modes = "".join(random.choice("FR") for _ in range(random.randint(0, DEEPEST)))
    for k, mode in enumerate(modes):
        weights = f"1.3 * a + b * x * {random.choice(('y', 'x', '0.7'))}"
        text += f"def h{k + 1}(x, y) = {{ let (a, b) = {MODES[mode]}(h{k})(x, y); {weights} }}\n"
    return f"{{\n{text}h{len(modes)}\n}}", (random.uniform(-2, 2), random.uniform(-2, 2)), modes
