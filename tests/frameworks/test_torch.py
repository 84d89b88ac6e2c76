"""ADL functions in PyTorch: values, derivatives of every order, structures, a layer that is trained."""

from __future__ import annotations

from typing import Any

import pytest

import vlad_py as vlad

torch: Any = pytest.importorskip("torch", reason="needs `pip install '.[torch]'`")


def tensor(*shape: int) -> Any:
    torch.manual_seed(1)
    return torch.randn(shape, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("fn x => sin(x) * x", [()]),
        ("fn (w, x) => tanh(w @ x)", [(3, 2), (2,)]),
        ("fn (x, y) => loop s = x for i in 1..5 do if s > 0 then s * y else s + x * y", [(), ()]),
        ("fn x => gradient(fn v => sum(v * v * v))(x)", [(3,)]),
        ("fn m => solve(m, [1, 2]) * det(m)", [(2, 2)]),
    ],
)
def test_first_and_second_derivatives(text: str, shapes: list[tuple[int, ...]]) -> None:
    function, points = vlad.torch(vlad.evaluate(text)), tuple(tensor(*shape) for shape in shapes)
    assert torch.autograd.gradcheck(function, points)
    assert torch.autograd.gradgradcheck(function, points)


def test_higher_orders() -> None:
    function = vlad.evaluate("fn x => sin(x) * x")
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    y, found = vlad.torch(function)(x), []
    for _ in range(4):
        found.append(y.item())
        (y,) = torch.autograd.grad(y, x, create_graph=True)
    assert found == pytest.approx(vlad.derivatives(function, 3)(0.7), rel=1e-13)


def test_structures() -> None:
    text = "fn ({w, b}, is_sum, x) => if is_sum then {y: w @ x + b, n: 2} else {y: x, n: 1}"
    function = vlad.torch(vlad.evaluate(text))
    w, b, x = tensor(2), tensor(), tensor(2)
    found = function({"w": w, "b": b}, True, x)
    assert found.keys() == {"y", "n"}
    slopes = torch.autograd.grad(found["y"], (w, b, x))
    assert torch.allclose(slopes[0], x) and slopes[1].item() == 1.0 and torch.allclose(slopes[2], w)


def test_a_layer_is_trained() -> None:
    layer = vlad.torch(vlad.evaluate("fn (a, x) => a[0] * sin(a[1] * x)"))
    xs = torch.linspace(0.0, 3.0, 40)
    ys = 1.5 * torch.sin(0.8 * xs)
    weights = torch.nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = torch.optim.Adam([weights], lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        loss = ((layer(weights, xs) - ys) ** 2).mean()
        loss.backward()
        optimizer.step()
    assert loss.dtype == torch.float32
    assert torch.allclose(weights.detach(), torch.tensor([1.5, 0.8]), atol=1e-2)


def test_errors_are_adls() -> None:
    with pytest.raises(vlad.RunError, match="index 5 is out of range"):
        vlad.torch(vlad.evaluate("fn v => v[5]"))(tensor(2))
    with pytest.raises(vlad.ConversionError, match="PyTorch cannot take"):
        vlad.torch(vlad.evaluate("fn x => fn y => x"))(tensor())
