"""fit.py: the logistic regression of model.adl beside scikit-learn's, on a data set that comes with it."""

from pathlib import Path

import numpy as np

import vlad_py as vlad

try:
    from sklearn.datasets import load_breast_cancer
    from sklearn.linear_model import LogisticRegression
except ImportError:
    raise SystemExit(
        "this example needs scikit-learn: pip install '.[examples]' in a checkout of vlad_py"
    ) from None

features, classes = load_breast_cancer(return_X_y=True)
features = (features - features.mean(axis=0)) / features.std(axis=0)

weights = vlad.load(Path(__file__).with_name("model.adl")).fit(features, 2.0 * classes - 1.0)

theirs = LogisticRegression(C=1.0, tol=1e-8, max_iter=10_000).fit(features, classes)
difference = np.abs(weights - np.append(theirs.coef_, theirs.intercept_)).max()

print("the first three weights:", " ".join(f"{w:.4f}" for w in weights[:3]))
print(f"intercept: {weights[-1]:.4f}")
print("the same as scikit-learn's to 1e-4:", bool(difference < 1e-4))
right = np.mean((features @ weights[:-1] + weights[-1] > 0) == classes)
print(f"right on {right:.1%} of the data")
