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


def _layer(w: Any, x: Any) -> Any:
    return torch.tanh(w @ x)


def _sum_of(f: Any) -> Any:
    return lambda w, x: (f(w, x) ** 2).sum()


TRANSFORMS: dict[str, Any] = {
    "grad": lambda f: torch.func.grad(_sum_of(f)),
    "vjp": lambda f: lambda w, x: torch.func.vjp(f, w, x)[1](f(w, x)),
    "jvp": lambda f: lambda w, x: torch.func.jvp(f, (w, x), (w + 1, x - 1)),
    "jacrev": lambda f: torch.func.jacrev(f, argnums=(0, 1)),
    "jacfwd": lambda f: torch.func.jacfwd(f, argnums=(0, 1)),
    "hessian": lambda f: torch.func.hessian(_sum_of(f), argnums=(0, 1)),
    "reverse over reverse": lambda f: torch.func.jacrev(torch.func.jacrev(_sum_of(f), 1), 1),
    "forward over forward": lambda f: torch.func.jacfwd(torch.func.jacfwd(_sum_of(f), 1), 1),
    "reverse over forward": lambda f: torch.func.jacrev(torch.func.jacfwd(_sum_of(f), 1), 1),
    "vmap": lambda f: lambda w, x: torch.func.vmap(f, (None, 0))(w, torch.stack([x, 2 * x])),
    "vmap along another dimension": lambda f: lambda w, x: torch.func.vmap(f, (None, 1), out_dims=1)(w, w.T),
    "vmap inside vmap": lambda f: (
        lambda w, x: torch.func.vmap(torch.func.vmap(f, (None, 0)), (0, None))(
            torch.stack([w, w * w]), torch.stack([x, 2 * x, 3 * x])
        )
    ),
    "vmap of grad": lambda f: (
        lambda w, x: torch.func.vmap(torch.func.grad(_sum_of(f), 1), (None, 0))(w, torch.stack([x, 2 * x]))
    ),
    "grad of vmap": lambda f: torch.func.grad(
        lambda w, x: torch.func.vmap(f, (None, 0))(w, torch.stack([x, x + 1])).pow(2).sum()
    ),
    "vmap of hessian": lambda f: (
        lambda w, x: torch.func.vmap(torch.func.hessian(_sum_of(f), 1), (None, 0))(w, torch.stack([x, 2 * x]))
    ),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name: str) -> None:
    torch.manual_seed(2)
    w, x = torch.randn(3, 2, dtype=torch.float64), torch.randn(2, dtype=torch.float64)
    transform = TRANSFORMS[name]
    found = transform(vlad.torch(vlad.evaluate("fn (w, x) => tanh(w @ x)")))(w, x)
    torch.testing.assert_close(found, transform(_layer)(w, x), rtol=1e-12, atol=1e-12)


def test_each_item_of_a_batch_makes_its_own_choices() -> None:
    f = vlad.torch(vlad.evaluate("fn (x, n) => loop s = x for i in 1..n do if s > 1 then s / 2 else s * 3"))
    x = torch.linspace(-1.0, 2.0, 7, dtype=torch.float64)
    found = torch.func.vmap(torch.func.grad(f), (0, None))(x, 4)
    alone = [torch.func.grad(f)(each, 4) for each in x]
    torch.testing.assert_close(found, torch.stack(alone))


def test_structures_under_transforms() -> None:
    f = vlad.torch(vlad.evaluate("fn ({w, b}, flag, n) => {y: w * n, more: (flag, sum(w) + b)}"))
    w, b = torch.ones(2, dtype=torch.float64), torch.tensor(2.0, dtype=torch.float64)
    slopes = torch.func.jacrev(lambda p: f(p, True, 3.0)["more"][1])({"w": w, "b": b})
    assert slopes["w"].tolist() == [1.0, 1.0] and slopes["b"].item() == 1.0
    value, tangent = torch.func.jvp(lambda w: f({"w": w, "b": b}, True, 3.0)["y"], (w,), (w,))
    assert value.tolist() == tangent.tolist() == [3.0, 3.0]


def test_forward_mode_outside_of_transforms() -> None:
    f = vlad.torch(vlad.evaluate("fn (x, y) => x * y ^ 2"))
    with torch.autograd.forward_ad.dual_level():
        x = torch.autograd.forward_ad.make_dual(torch.tensor(3.0), torch.tensor(1.0))
        found = torch.autograd.forward_ad.unpack_dual(f(x, torch.tensor(2.0)))
    assert found.primal.item() == 12.0 and found.tangent.item() == 4.0


def test_what_a_batch_cannot_hold_is_refused_by_name() -> None:
    differs = vlad.torch(vlad.evaluate("fn x => if x > 0 then (x, x) else x"))
    longer = vlad.torch(vlad.evaluate("fn x => [i for i in 1..floor(x)]"))
    for f in (differs, longer):
        with pytest.raises(vlad.ConversionError, match="`vmap` expects results of one structure"):
            torch.func.vmap(f)(torch.tensor([-1.0, 1.0, 2.0]) + (f is longer) * 2)
    with pytest.raises(vlad.ConversionError, match="`vmap` over no items"):
        torch.func.vmap(differs)(torch.zeros(0))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int8", "int64"])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_every_precision_goes_in(dtype: str, shape: tuple[int, ...]) -> None:
    cube = vlad.torch(vlad.evaluate("fn x => x ^ 3"))
    found = cube(torch.full(shape, 2, dtype=getattr(torch, dtype)))
    assert found.shape == shape and bool((found == 8).all())


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([True, False], "bool"),
        (True, "bool"),
        ([1 + 2j], "complex64"),
        (1 + 2j, "complex64"),
        ([2**53 + 1], "9007199254740993"),
        (2**53 + 1, "9007199254740993"),
    ],
)
def test_what_is_not_a_real_is_refused(given: Any, named: str) -> None:
    with pytest.raises(vlad.ConversionError, match=named):
        vlad.torch(vlad.evaluate("fn x => x + x"))(torch.tensor(given))
