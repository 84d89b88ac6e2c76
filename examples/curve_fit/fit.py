"""fit.py: fits the model of model.adl to measurements that numpy has read."""

from pathlib import Path

import numpy as np

import vlad_py as vlad

HERE = Path(__file__).parent

model = vlad.load(HERE / "model.adl")
t, y = np.loadtxt(HERE / "data.csv", delimiter=",", skiprows=1, unpack=True)

# a record of the language is a dict here; damping falls while the error does (Levenberg-Marquardt)
p, damping = {"amplitude": 1.0, "decay": 0.1, "frequency": 2.0, "phase": 0.0}, 1.0
for _ in range(30):
    new = model.step(p, t, y, damping)
    if model.error(new, t, y) < model.error(p, t, y):
        p, damping = new, damping / 10
    else:
        damping *= 10

for name, value in p.items():
    print(f"{name:10} {value:.5f}")
print(f"root mean square error {np.sqrt(model.error(p, t, y) / len(t)):.5f}")
