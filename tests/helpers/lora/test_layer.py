"""A LoRA layer equals its base when new, trains A and B alone, and can be folded into one weight."""

import pytest
import torch
from torch import nn

from helpers.lora.layer import LoRALinear


@pytest.mark.parametrize("bias", [True, False])
def test_new_it_is_its_base_and_only_a_and_b_train(rng, bias):
    base = nn.Linear(6, 4, bias=bias)
    layer, x = LoRALinear(base, 2, 8.0), torch.randn(3, 5, 6, generator=rng)
    assert torch.equal(layer(x), base(x))
    layer(x).sum().backward()
    assert {name for name, p in layer.named_parameters() if p.requires_grad} == {"A", "B"}
    assert layer.B.grad.abs().sum() > 0
    assert all(p.grad is None for p in base.parameters())


def test_it_folds_into_one_weight(rng):
    base = nn.Linear(6, 4)
    layer, x = LoRALinear(base, 2, 8.0), torch.randn(7, 6, generator=rng)
    nn.init.normal_(layer.B)
    folded = base.weight + 8.0 / 2 * layer.B @ layer.A
    torch.testing.assert_close(layer(x), x @ folded.T + base.bias)


def test_it_learns_a_change_of_its_rank(rng):
    base = nn.Linear(6, 4)
    goal = base.weight.detach() + torch.outer(torch.randn(4, generator=rng), torch.randn(6, generator=rng))
    layer = LoRALinear(base, 1, 1.0)
    optimizer = torch.optim.Adam([p for p in layer.parameters() if p.requires_grad], lr=0.05)
    for _ in range(400):
        x = torch.randn(32, 6, generator=rng)
        loss = (layer(x) - x @ goal.T - base.bias).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-3


@pytest.mark.parametrize("rank", [0, 5])
def test_impossible_ranks_are_refused(rank):
    with pytest.raises(ValueError, match="between 1 and 4"):
        LoRALinear(nn.Linear(6, 4), rank, 1.0)
