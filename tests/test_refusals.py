"""Bad input to the library: every function refuses it with an error, or says by a `reason` what is wrong.

Never a nan, a wrong number or an endless loop without a word.
"""

from __future__ import annotations

import pytest

from vlad_py.ground.errors import RunError
from vlad_py.session.session import Session
from vlad_py.values.values import Record

STARTS = """
let settings = optimize.defaults
let searches = roots.defaults
let odes = ode.defaults
let fits = least_squares.defaults
let limits = constrained.defaults
let draws = {sampling.defaults with draws: 20, warmup: 20}
let key = random.key(1)
let one = [[1]]
let walk = {
  transition: one, process: one, observation: one, measurement: one, mean: [0], covariance: one
}
let changes = ln([[0.9, 0.1], [0.1, 0.9]])
let coins = {start: ln([0.5, 0.5]), transition: changes, emission: ln([[0.8, 0.2], [0.2, 0.8]])}
"""
LIBRARIES = (
    "constrained densities descent diagnostics estimators hidden_markov integrate kalman least_squares nn "
    "ode ode_steps optimize random random_field riemannian roots sampling variational vectors"
).split()

ERRORS = [
    # ── arrays that do not fit their function, or what is beside them ──
    ("linspace([1, 2], 3, 4)", "`linspace` expects reals, got an array of 2"),
    ("linspace(1, (1, 2), 4)", "`linspace` expects reals, got a tuple of 2"),
    ("transpose(ones((2, 3)), (0, 0))", "each axis of an array of 2×3 once, got (0, 0)"),
    ("transpose(ones((2, 3)), (0, 1, 1))", "each axis of an array of 2×3 once, got (0, 1, 1)"),
    ("sum([[1, 2]], {axis: 0, keepdims: 1})", "`keepdims` must be true or false, got a real"),
    ("betainc([1, 2], [1, 2, 3], 0.5)", "`betainc` cannot combine an array of 2 and an array of 3"),
    ("{a: 1, b: 2} + {b: 1, c: 2}", "`+` cannot combine a record with `a`, `b` and a record with `b`, `c`"),
    ('where([1, 2] > 1, "a", 2)', "expects reals as its second argument, got a string"),
    ("where([1, 2] > 1, 3, sin)", "expects reals as its third argument, got a function"),
    ("where(interval([0, 1], [1, 1]), [1, 2], 2)", "needs a single real, but an interval stands for many"),
    ("dot(list(1, 2), list(1, 2, 3))", "`dot` expects as many reals on both sides, got 2 and 3"),
    (
        "lstsq([[1, 2], [3, 4], [5, 6]], [1, 2])",
        "expects a vector of 3, or a matrix of 3 rows, got an array of 2",
    ),
    ("lstsq([[1, 2], [3, 4]], ones((2, 1, 1)))", "a matrix of 2 rows, got an array of 2×1×1"),
    ("fft([1, 2], [1, 2, 3])", "`fft` expects two arrays of one shape, got an array of 2 and an array of 3"),
    ("concat(1, 2, {axis: 0})", "`concat` expects lists, or arrays, got a real"),
    ("concat(list(1), list(2), {axis: 0})", "`concat` along an axis expects arrays, got a list"),
    ("expm([[inf, 0], [0, 1]])", "`expm` expects a matrix of finite reals"),
    ("pad([1, 2], 1, {value: [1]})", "the value of `pad` must be a real, got an array of 1"),
    ('pad([1, 2], 1, {mode: "edge", value: 1})', "`pad` takes a mode or a value, got both"),
    ("[1, 2, 3][(1, 2, 3, 4)]", "an index must be a real, got a tuple of 4"),
    ("quantile([1, 2, 3], [])", "`quantile` expects at least one level, got an array of 0"),
    ("interp(1, [1], [2])", "`interp` expects at least two points, got 1"),
    ('interp("a", [1, 2], [2, 3])', "`interp` expects a real or an array, got a string"),
    ('norm("a")', "`norm` expects a tuple or a list of reals, got a string"),
    ("norm((1, [1, 2]))", "`norm` expects reals or arrays, got both"),
    ('norm(list(1, "a"))', "`norm` expects reals, got a string among them"),
    ('einsum("ij->ii", one)', 'the letter i comes twice in the result of "ij->ii"'),
    ('einsum("ij->k", one)', 'the letter k is in no argument but in the result of "ij->k"'),
    (
        'einsum("...i,...i->...", ones((2, 3)), ones((3, 3)))',
        "cannot combine an array of 2 and an array of 3",
    ),
    ('einsum("...ij->...", [1, 2])', 'expects a letter for each dimension, got "ij" for an array of 2'),
    ('einsum("i,i->i", [1, 2], [1, 2, 3])', "the letter i stands for 2 and 3 elements"),
    ("batched(fn x => x)(list(1, 2))", "`batched` expects arrays, got a real as `[0]`"),
    ('batched(fn x => x)({a: "b"})', "`batched` expects an array, got a record with `a`"),
    ("batched(fn x => x)({a: [1], b: list([1, 2])})", "got 1 in `a` and 2 in `b[0]`"),
    (
        "batched(fn x => where(x, 1, 2))([1, 2])",
        "expects a boolean or an array as its first argument, got a real",
    ),
    # ── patterns of sparse derivatives ──
    *(
        (
            f"sparse_jacobian_with(fn x => x, {{rows: {rows}, columns: {columns}, shape: {shape}}})([1, 2])",
            message,
        )
        for rows, columns, shape, message in (
            ("[0]", "[0]", "3", "the shape of a pattern is a pair of whole numbers"),
            ("[0]", "[0]", "(2, 0.5)", "the shape of a pattern is a pair of whole numbers"),
            ("0", "[0]", "(2, 2)", "the rows of a pattern must be an array of whole numbers"),
            ("[0]", "[[0]]", "(2, 2)", "the columns of a pattern must be an array of whole numbers"),
            ("[0]", "[2]", "(2, 2)", "the columns of a pattern must be whole numbers from 0 to 1"),
            ("[0, 1]", "[0]", "(2, 2)", "a pattern needs as many rows as columns, got 2 and 1"),
        )
    ),
    # ── options of plots ──
    ("plot(sin, 0, 1, {label: 3})", "the option `label` of `plot` is a string, or a list of strings"),
    ("plot(sin, 0, 1, {label: nil})", "got the empty list"),
    ("plot(sin, 0, 1, {points: 1})", "the option `points` of `plot` is a boolean, got a real"),
    ("plot(sin, 0, 1, {points: true})", "the option `points` is for `plot(xs, ys)`"),
    ("plot(fn x => sin, 0, 1)", "`plot` expects functions whose values are reals, got a function at 0"),
    ("histogram([1, 2, 3], 0)", "`histogram` needs at least one bin"),
    ("histogram([1, 2, 3], nil)", "a whole number of bins, from 1 to 10000, got the empty list"),
    ('contour(fn (x, y) => x * y, (0, 1), (0, 1), {label: "a"})', "`contour` takes no option `label`"),
    # ── sizes and parameters of random numbers ──
    ("random.normal(key, -1)", "`random.normal` expects sizes, whole numbers from 0, got -1"),
    ("random.uniform(key, (2, -3))", "`random.uniform` expects sizes, whole numbers from 0, got -3"),
    ("random.uniform(key, 1e12)", "an array of 1000000000000 does not fit into memory"),
    ("random.gamma(key, [1, 2, 3], 2)", "cannot make an array of shape 2 from parameters of an array of 3"),
    ("random.gamma(key, ones((2, 3)), 3)", "shape 3 from parameters of an array of 2×3"),
    ("random.categorical(key, one, 3)", "`random.categorical` takes no shape beside an array of 1×1"),
    ('random.permutation(key, "a")', "expects an array, a list, or a whole number, got a string"),
    ('random.choice(key, "a")', "expects an array, a list, or a whole number, got a string"),
    ("random.choice(key, list(1, 2), (2, 2))", "it takes one size, not a shape"),
    # ── nothing to start at ──
    ('optimize.minimize(fn x => x ^ 2, "a")', 'must start at reals, got "a"'),
    ("roots.newton(fn x => x, ())", "must start at reals"),
    ('roots.fixed_point(fn x => x / 2, "a")', "must start at reals"),
    ("ode.solution(fn (t, y) => y, (), [0, 1])", "must start at reals"),
    ("constrained.minimize(fn x => 1, {equal: fn x => 1}, nil)", "must start at reals"),
    # ── shapes that do not fit, which arithmetic would broadcast ──
    ("ode.solution(fn (t, y) => 1, [1, 2], [0, 1])", "like the state [1, 2], got 1"),
    ('ode.solution_by({odes with method: "rosenbrock"}, fn (t, y) => [1], [1, 2], [0, 1])', "got [1]"),
    (
        'ode.solution_by({odes with method: "euler"}, fn (t, y) => [1, 2, 3], [[1], [2]], [0, 1])',
        "like the state",
    ),
    (
        "ode.solution(fn y => -y, 1, [0, 1])",
        "`fn (t, y) => …` must give a structure like the state 1, got (-0, -1)",
    ),
    ("ode.solution(fn t => fn y => -y, 1, [0, 1])", "like the state 1, got <function fn y => -y>"),
    ("ode.solution(fn (t, y) => -y, 1, (0, 5))", "as `[0, 5]`, got (0, 5)"),
    ("integrate.integral(fn x => 1 / x, 0, 1)", "suffice; f may have a singularity, or oscillate fast"),
    ("ode.solution(fn (t, (x, v)) => (v, x, 1), (1, 2), [0, 1])", "like the state (1, 2)"),
    ("integrate.integral(fn x => if x < 0.5 then [1] else [1, 2], 0, 1)", "structures of one shape"),
    ('roots.fixed_point(fn x => "a", 1)', "it takes 1 and gives 0"),
    ("derivative(fn a => roots.implicit_root(fn x => (x, a), 1))(1)", "it takes 1 and gives 2"),
    ("roots.bisection(fn x => [x], -1, 1)", "f must give a real, got [-1]"),
    ("ode.until(odes, fn (t, y) => -y, 1, (0, 5), fn (t, y) => [y])", "an event must be a real, got [1]"),
    ('constrained.minimize(fn x => x, {equal: fn x => "a"}, 1)', 'a constraint must give reals, got "a"'),
    ("constrained.minimize(fn x => x, {below: fn x => 1 - x, bellow: 3}, 1)", "must have no fields but"),
    ("optimize.is_positive_definite([[1, 2, 3]])", "expects a square matrix, got [[1, 2, 3]]"),
    ("optimize.is_positive_definite([1])", "expects a square matrix, got [1]"),
    ("kalman.filtered({walk with mean: 0}, [1])", "`mean` must be a vector, got 0"),
    ("kalman.filtered({walk with measurement: 1}, [1])", "`measurement` must be a matrix, got 1"),
    ('kalman.filtered(walk, list("a"))', 'a measurement must be a vector of length 1, got "a"'),
    ('diagnostics.summary(list(list("a", "b", "c", "d")))', 'a draw must hold reals, got "a"'),
    ("estimators.rebar(key, fn b => sum(b), (1, 2))", "logits must be a real or an array, got (1, 2)"),
    # ── singular systems ──
    ("ode.lagrangian(fn (q, v) => q)(0, (1, 2))", "with respect to the speeds are singular"),
    (
        "kalman.filtered({walk with measurement: [[0]], covariance: [[0]], process: [[0]]}, [1])",
        "the covariance of a measurement is singular",
    ),
    (
        "kalman.smoothed({walk with covariance: [[0]], process: [[0]]}, [1, 2])",
        "the covariance of a predicted state is singular",
    ),
    *(
        (
            f"sampling.draw_by({{draws with method: {method}, scaling: false}}, key, fn x => -x ^ 2, 0)",
            message,
        )
        for metric, message in [
            ("[[0]]", "the metric is not positive definite at the start: [[0]]"),
            ("[[-1]]", "the metric is not positive definite at the start: [[-1]]"),
            ("[[nan]]", "the metric is not finite at the start"),
        ]
        for method in [
            f"riemannian.hmc(fn f => fn q => {metric}, 2)",
            f"riemannian.langevin(fn f => fn q => {metric})",
        ]
    ),
    # ── numbers that are not, or have no meaning ──
    ("roots.bisection(fn x => x, -inf, inf)", "both ends of an interval to search must be finite"),
    ("roots.bisection(fn x => x, nan, 1)", "both ends of an interval to search must be finite"),
    (
        "ode.solution_by({odes with relative: nan}, fn (t, y) => -y, 1, [0, 1])",
        "the tolerances must be 0 or more",
    ),
    (
        "ode.solution_by({odes with absolute: -1}, fn (t, y) => -y, 1, [0, 1])",
        "the tolerances must be 0 or more",
    ),
    ("ode.leapfrog(fn p => p ^ 2, fn q => q ^ 2, nan)", "the length of a step must be finite, got nan"),
    ("least_squares.standard_errors(fn x => [x - nan, 1, 3], 1)", "the residuals are not finite"),
    ("kalman.filtered(walk, [nan])", "a measurement is not finite: [nan]"),
    ("hidden_markov.expected_counts({coins with start: [nan, 1]}, [0, 1])", "that is nan or inf"),
    ("hidden_markov.expected_counts({coins with start: [1, inf]}, [0, 1])", "that is nan or inf"),
    ("hidden_markov.most_likely({coins with start: [-inf, -inf]}, [0, 1])", "no row of labels is possible"),
    *(
        (f"{function}({scores})", "a score of a label or of a pair of labels is nan or inf")
        for function in (
            "random_field.log_partition",
            "random_field.marginals",
            "random_field.most_likely",
            "gradient(random_field.log_partition)",
        )
        for scores in (
            "[[nan, 0], [0, 0]], zeros(2, 2)",
            "[[0, 0], [0, inf]], zeros(2, 2)",
            "zeros(3, 2), [[0, nan], [0, 0]]",
        )
    ),
    (
        "random_field.log_likelihood([[-inf, -inf], [0, 0]], zeros(2, 2), [0, 1])",
        "no row of labels is possible",
    ),
    ("random_field.score([[nan, 0], [0, 0]], zeros(2, 2), [1, 1])", "is nan or inf"),
    ("random_field.log_likelihood(zeros(2, 2), [[inf, 0], [0, 0]], [1, 1])", "is nan or inf"),
    ("hidden_markov.log_likelihood({coins with start: [nan, 1]}, [0, 1])", "that is nan or inf"),
    ("hidden_markov.states({coins with emission: [[nan, 0], [0, 0]]}, [0, 1])", "that is nan or inf"),
    ("variational.elbo(key, 2, fn x => -x ^ 2, 0, -1)", "a deviation must be positive, got -1"),
    ("variational.elbo(key, 2, fn x => -x ^ 2, (0, 0), (1, 0))", "a deviation must be positive"),
    (
        "variational.fit_by({variational.defaults with samples: 0}, key, fn x => x, 0)",
        "a whole number from 1",
    ),
    ("estimators.rebar(key, fn b => sum(b), [nan, 1])", "logits and the weight must be finite, got [nan, 1]"),
    ("estimators.rebar_by({temperature: 1, weight: nan}, key, fn b => b, 1)", "the weight must be finite"),
    ("estimators.rebar(key, fn b => nan, [1, -1])", "must give a finite real, got nan"),
    (
        "estimators.score_function(key, fn (k, p) => random.normal(k), fn (x, p) => x * p, fn x => nan, 1)",
        "the function of a draw gave nan",
    ),
    (
        "sampling.draw_by({draws with draws: inf}, key, fn x => -x ^ 2, 0)",
        "number of draws must be a whole number",
    ),
    (
        "sampling.draw_by({draws with warmup: inf}, key, fn x => -x ^ 2, 0)",
        "a warm-up must be a whole number",
    ),
    *(
        (f"optimize.{search}", "descent ends where the function or its gradient is not finite: at")
        for search in (
            "multivariate_argmin(fn x => sqrt(x), -1)",
            "multivariate_argmin(sqrt, 0)",
            "multivariate_argmin(fn x => x, 0)",
            "multivariate_argmax(fn x => nan, (1, 2))",
            "multivariate_argmin_by(gradient_forward, fn x => ln(x), -1)",
        )
    ),
    # ── derivatives of minima where f has no second derivative, or is not a number ──
    (
        "derivative(fn a => optimize.minimize(fn x => (x - 2) ^ 2 + 3 * abs(x - a), 0).x)(1)",
        "f is not smooth where the search ended",
    ),
    (
        "derivative(fn a => optimize.minimize(fn x => if x < a then nan else x ^ 2, 1).x)(0.5)",
        "no derivative: f is nan or infinite where the search leads",
    ),
]

REASONS = [
    # ── f is not a number, or infinite ──
    ("optimize.minimize(fn x => inf, 1)", "f is not finite"),
    ("optimize.minimize(fn x => -inf, 1)", "f is not finite"),
    ("optimize.minimize(ln, 1)", "f is nan or infinite where the search leads"),
    *(
        (
            f'optimize.minimize_by({{settings with method: "{method}"}}, fn x => sum(ln(x)), [1, 2])',
            "f is nan or infinite where the search leads",
        )
        for method in ("bfgs", "damped newton", "newton-cg", "conjugate gradients")
    ),
    (
        'optimize.minimize_by({settings with method: "gradient descent"}, fn x => sum(ln(x)), [1, 2])',
        "the gradient is too long to be squared",
    ),
    (
        'optimize.minimize_by({settings with method: "gradient descent"}, '
        "fn x => if x < 0.5 then nan else x, 1)",
        "f is nan or infinite where the search leads",
    ),
    ('optimize.minimize_by({settings with method: "gradient descent"}, fn x => x, 0)', "f falls without end"),
    (
        'optimize.minimize_by({settings with method: "trust region"}, fn x => if x < 0.5 then nan else x, 1)',
        "no step along the direction improves f, which has no more digits there",
    ),
    ("constrained.minimize(fn x => nan, {equal: fn x => x - 1}, 3)", "f is not finite"),
    ("descent.descend(fn x => nan, 1)", "f is not finite where the steps lead"),
    ("descent.descend(fn x => if x > 0.99 then x else nan, 1)", "f is not finite where the steps lead"),
    (
        "integrate.quadrature(integrate.defaults, fn x => 1e300, -1e308, 1e308)",
        "f is not finite everywhere",
    ),
    # ── singular systems, and steps that are lost in rounding ──
    ("least_squares.fit(fn (x, y) => [x + y, x + y - 1, 2], (1, 2))", "the Jacobian does not have full rank"),
    (
        'ode.solution_by({odes with method: "rk4", step: 1e-320}, fn (t, y) => -y, 1, [0, 1])',
        "the step is lost in rounding at the time 0",
    ),
    (
        "sampling.draw_by({draws with method: sampling.mala, step: 1e-18, warmup: 0}, key, fn x => -x, 1)",
        "no move leads away: make the step larger",
    ),
    # ── a count that is nan ends the search at once ──
    ("optimize.minimize_by({settings with iterations: nan}, cosh, 1)", "the iterations do not suffice"),
    (
        "roots.newton_by({searches with iterations: nan}, fn x => x ^ 2 - 2, 1)",
        "the iterations do not suffice",
    ),
    (
        "roots.broyden_by({searches with iterations: nan}, fn x => x ^ 2 - 2, 1)",
        "the iterations do not suffice",
    ),
    ("roots.fixed_point_by({searches with iterations: nan}, fn x => -x, 1)", "the iterations do not suffice"),
    ("least_squares.fit_by({fits with iterations: nan}, fn x => exp(x), 1)", "the iterations do not suffice"),
    (
        "constrained.minimize_by({limits with iterations: nan}, cosh, {equal: fn x => (x - 1) ^ 2}, 0)",
        "the iterations do not suffice",
    ),
    (
        "integrate.quadrature({integrate.defaults with pieces: nan}, fn x => sin(1 / x), 0, 1)",
        "the pieces do not suffice",
    ),
    ("ode.solution_by({odes with steps: nan}, fn (t, y) => -y, 1, [0, 1])", "the steps do not suffice"),
    ("descent.descend_by({descent.defaults with steps: nan}, cosh, 1)", "all steps are done"),
]


@pytest.fixture(scope="module")
def session() -> Session:
    session = Session()
    session.evaluate("\n".join(f"import {name}" for name in LIBRARIES) + STARTS)
    return session


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_an_error(session: Session, text: str, message: str) -> None:
    with pytest.raises(RunError) as caught:
        session.evaluate(text)
    assert message in caught.value.message


@pytest.mark.parametrize(("text", "reason"), REASONS)
def test_a_reason(session: Session, text: str, reason: str) -> None:
    found = session.evaluate(text)
    assert isinstance(found, Record)
    assert session.evaluate(f"({text}).reason") == reason


def test_finite_numbers_stay_finite(session: Session) -> None:
    """Logits for which exp overflows, and limits whose difference does."""
    assert session.evaluate("estimators.rebar(key, fn b => sum(b), [1000, -1000]) == [0, 0]") is True
    assert session.evaluate("integrate.integral(fn x => 0 * x, -1e308, 1e308)") == 0


def test_a_step_that_makes_the_system_singular_is_shortened(session: Session) -> None:
    """Rosenbrock's matrix 4 - h J is 0 in the first step."""
    y = next(y for y in (1 / 39 + k * 2**-58 for k in range(-40, 40)) if 0.1 * (1 + y) / (16 * y) == 0.25)
    text = (
        'ode.solution_by({odes with method: "rosenbrock", absolute: 1, relative: 0}, '
        f"fn (t, y) => 16 * y, {y!r}, [0, 1])"
    )
    assert session.evaluate(f"({text}).converged") is True
