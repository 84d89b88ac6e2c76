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
    "ode optimize random random_field riemannian roots sampling variational vectors"
).split()

ERRORS = [
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
