"""fit.py: the network of model.adl learns to read handwritten digits. With `--tell` it prints every epoch.

digits.csv.gz has 1,797 images of 8×8 pixels from 0 to 16, each in a row, and behind them the digit that
it shows. It is the test set of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak (UCI
Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49), under the licence CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/), unchanged, as scikit-learn ships it.
"""

import sys
from pathlib import Path

import numpy as np

import vlad_py as vlad

HERE = Path(__file__).parent

table = np.loadtxt(HERE / "digits.csv.gz", delimiter=",")
data = {"images": table[:, :64], "digits": table[:, 64]}
found = vlad.load(HERE / "model.adl").learn(data, 15.0, "--tell" in sys.argv)

print(f"images: {len(table)}, of which {found['unseen']:.0f} are not seen in training")
print(f"right on {found['accuracy']:.0%} of those")
assert found["accuracy"] >= 0.95
