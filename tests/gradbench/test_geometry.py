"""Bundle adjustment and hand tracking, with rotations by power series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.gradbench.answers import EVALS
from gradbench.asked import answer, differences, interpreted, random

pytest.importorskip("llvmlite")


# ── bundle adjustment ──────────────────────────────────────────────────────────────────────────────

CAMERA = [-0.758453, -1.109613, -0.845551, 34.556073, 39.676747, 53.881673, 419.194514, 5.864426, -8.51887]
CAMERA += [0.087812, 0.002739]


def turned(axis: Any, point: Any) -> Any:
    """By the exponential of the axis's matrix of cross products, a power series."""
    x, y, z = axis
    m = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    term, total = np.eye(3), np.eye(3)
    for i in range(1, 40):
        term = term @ m / i
        total = total + term
    return total @ point


def reprojection(unknowns: Any, feature: Any) -> Any:
    camera, point, weight = unknowns[:11], unknowns[11:14], unknowns[14]
    seen = turned(camera[:3], point - camera[3:6])
    p = seen[:2] / seen[2]
    r2 = p @ p
    return weight * (p * (1 + camera[9] * r2 + camera[10] * r2**2) * camera[6] + camera[7:9] - feature)


@pytest.mark.parametrize("axis", [CAMERA[:3], [0.0, 0.0, 0.0]])
def test_bundle_adjustment(axis: list[float]) -> None:
    n, m, p = 2, 3, 5
    camera, point, weight, feature = (
        [*axis, *CAMERA[3:]],
        [7.203245, 0.001144, 3.023326],
        0.417022,
        [271.8, 834.2],
    )
    given = {"n": n, "m": m, "p": p, "cam": camera, "x": point, "w": weight, "feat": feature}
    unknowns = np.array([*camera, *point, weight])
    found = answer("ba", "objective", given)
    expected = reprojection(unknowns, np.array(feature))
    assert found["reproj_error"]["elements"] == pytest.approx(expected, rel=1e-10)
    assert found["reproj_error"]["repeated"] == p
    assert found["w_err"] == {"element": pytest.approx(1 - weight**2, rel=1e-14), "repeated": p}

    found = answer("ba", "jacobian", given)
    begins = [*range(0, 30 * p + 1, 15), *range(30 * p + 1, 31 * p + 1)]
    assert found["rows"] == [*begins[:30], begins[-1]]
    first = [*range(11), 11 * n, 11 * n + 1, 11 * n + 2, 11 * n + 3 * m]
    assert found["cols"] == [*first, *first, 11 * n + 3 * m + p - 1]
    assert found["vals"][-1] == pytest.approx(-2 * weight)
    # at the axis 0, the derivative with respect to it is that of the rule taken there, axis × point
    slopes = differences(lambda u: reprojection(u, np.array(feature)), unknowns, 1e-5).ravel()
    assert found["vals"][:30] == pytest.approx(slopes, rel=1e-6, abs=1e-5)


# ── hand tracking ──────────────────────────────────────────────────────────────────────────────────

PARENTS = [-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19, 0]


def skin(model: Any, theta: Any) -> Any:
    """The points of the skin, bone by bone and point by point."""
    angles = np.zeros((len(PARENTS), 3))
    for finger in range(5):
        a = theta[6 + 4 * finger : 10 + 4 * finger]
        angles[4 * finger + 2, :2] = a[:2]
        angles[4 * finger + 3, 0] = a[2]
        angles[4 * finger + 4, 0] = a[3]
    absolute: list[Any] = []
    total: Any = 0.0
    for bone, parent in enumerate(PARENTS):
        about_x, about_z, about_y = angles[bone]
        rotation = np.eye(4)
        for axis, angle in ((2, about_z), (1, about_y), (0, about_x)):
            rotation[:3, :3] = rotation[:3, :3] @ turned(np.eye(3)[axis] * angle, np.eye(3))
        relative = np.array(model["base_relatives"][bone]) @ rotation
        absolute.append(relative if parent < 0 else absolute[parent] @ relative)
        move = absolute[bone] @ np.array(model["inverse_base_absolutes"][bone])
        moved = np.array(model["base_positions"]) @ move.T
        total = total + moved[:, :3] * np.array(model["weights"])[:, bone : bone + 1]
    mirrored = total * [-1.0 if model["is_mirrored"] else 1.0, 1.0, 1.0]
    return turned(theta[:3], mirrored.T).T + theta[3:6]


def hand(mirrored: bool, complicated: bool) -> dict[str, Any]:
    r, bones, points, measured = random(), len(PARENTS), 6, 4
    places = np.ones((points, 4))
    places[:, :3] = r.normal(size=(points, 3))
    matrices = [np.eye(4) for _ in range(2 * bones)]
    for matrix in matrices:
        matrix[:3] = r.normal(size=(3, 4)) / 2
    model = {
        "bone_count": bones,
        "bone_names": ["bone"] * bones,
        "parents": PARENTS,
        "base_relatives": np.array(matrices[:bones]).tolist(),
        "inverse_base_absolutes": np.array(matrices[bones:]).tolist(),
        "base_positions": places.tolist(),
        "weights": r.random((points, bones)).tolist(),
        "triangles": [[0, 1, 2], [3, 4, 5], [1, 3, 5]],
        "is_mirrored": mirrored,
    }
    at = [2, 0, 1, 1] if complicated else [5, 0, 3, 3]
    data = {"model": model, "correspondences": at, "points": r.normal(size=(measured, 3)).tolist()}
    us = r.random((measured, 2)).tolist() if complicated else []
    return {"theta": r.normal(size=26).tolist(), "data": data, "us": us}


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("complicated", [False, True])
def test_hand(mirrored: bool, complicated: bool) -> None:
    """Interpreted: compiling it takes seconds, and the next test does that once."""
    given = hand(mirrored, complicated)
    data, theta, us = given["data"], np.array(given["theta"]), np.array(given["us"])

    def errors(theta: Any, us: Any) -> Any:
        p, measured = skin(data["model"], theta), np.array(data["points"])
        if not complicated:
            return (measured - p[data["correspondences"]]).ravel()
        a, b, c = np.array(data["model"]["triangles"])[data["correspondences"]].T
        u, v = us[:, :1], us[:, 1:]
        return (measured - (u * p[a] + v * p[b] + (1 - u - v) * p[c])).ravel()

    values, found = (np.array(interpreted("ht", function, given)) for function in EVALS["ht"])
    assert values == pytest.approx(errors(theta, us), rel=1e-9, abs=1e-9)
    slopes = differences(lambda theta: errors(theta, us), theta)
    if complicated:
        own = [differences(lambda d, e=e: errors(theta, us + d * e), 0.0) for e in np.eye(2)]  # type: ignore[misc]
        slopes = np.concatenate([*own, slopes], axis=1)
    assert found.shape == slopes.shape
    assert np.allclose(found, slopes, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_the_hand_compiled() -> None:
    given = hand(True, False)
    assert np.allclose(answer("ht", "jacobian", given), interpreted("ht", "jacobian", given), rtol=1e-12)
