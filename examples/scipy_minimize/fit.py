"""fit.py: scipy minimises the function of model.adl, with exact first and second derivatives."""

from pathlib import Path

import numpy as np

import vlad_py as vlad

try:
    from scipy.optimize import minimize
except ImportError:
    raise SystemExit("this example needs scipy: pip install '.[optimize]' in a checkout of vlad_py") from None

f = vlad.load(Path(__file__).with_name("model.adl")).rosenbrock
start = np.array([-1.2, 1.0, -0.5, 0.8, 1.5, 0.3])

# first derivatives for a quasi-Newton method; the value comes with them in one pass
first = minimize(vlad.value_and_gradient(f), start, jac=True, method="L-BFGS-B", options={"ftol": 1e-14})

# second derivatives as well, for a Newton method with a trust region
second = minimize(f, start, jac=vlad.gradient(f), hess=vlad.hessian(f), method="trust-exact")

for name, result in {"L-BFGS-B": first, "trust-exact": second}.items():
    found = " ".join(f"{x:.4f}" for x in result.x)
    print(f"{name:12} {found}  f = {result.fun:.6f}")

print("Hessian at the minimum, first row:", vlad.hessian(f)(np.ones(6))[0])
