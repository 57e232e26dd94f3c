"""The DiT: patches there and back, a block that is new is the identity, tokens that meet, parameters that all train."""

import pytest
import torch

from helpers.dit import DiT, DiTBlock, grid_positions, patchify, unpatchify
from helpers.flow_model import flow_dit
from tests.chance import generator


@pytest.mark.parametrize(("shape", "patch"), [((2, 1, 8, 8), 4), ((3, 2, 4, 12), 2), ((1, 3, 6, 9), 3), ((2, 4, 5, 5), 1)])
def test_unpatchify_undoes_patchify(shape, patch):
    x = torch.randn(shape, generator=generator())
    tokens = patchify(x, patch)
    assert tokens.shape == (shape[0], shape[2] * shape[3] // patch**2, shape[1] * patch**2)
    assert torch.equal(unpatchify(tokens, patch, *shape[1:]), x)


def test_tokens_are_the_patches_row_by_row():
    x = torch.arange(2 * 4 * 6.0).reshape(1, 2, 4, 6)
    tokens = patchify(x, 2)
    assert set(tokens[0, 1].tolist()) == set(x[0, :, 0:2, 2:4].flatten().tolist())
    assert set(tokens[0, 3].tolist()) == set(x[0, :, 2:4, 0:2].flatten().tolist())


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match="multiples of the patch"):
        patchify(torch.zeros(1, 1, 6, 8), 4)
    with pytest.raises(ValueError, match="has 4 tokens of 16"):
        unpatchify(torch.zeros(1, 4, 12), 4, 1, 8, 8)
    with pytest.raises(ValueError, match="heads must divide"):
        DiTBlock(10, 4, 8)
    with pytest.raises(ValueError, match="multiple of 4"):
        grid_positions(2, 6)


def test_a_new_block_is_the_identity_and_a_trained_one_is_not():
    torch.manual_seed(0)
    block = DiTBlock(16, 4, 8)
    x, c = torch.randn(2, 5, 16, generator=generator()), torch.randn(2, 8, generator=generator(1))
    assert torch.equal(block(x, c), x)
    before = {name: p.detach().clone() for name, p in block.named_parameters()}
    optimiser = torch.optim.Adam(block.parameters(), lr=1e-2)
    for _ in range(3):
        optimiser.zero_grad()
        (block(x, c) - x.flip(1)).square().mean().backward()
        optimiser.step()
    assert not torch.allclose(block(x, c), x)
    assert all(not torch.equal(p, before[name]) for name, p in block.named_parameters())


def test_tokens_meet_within_a_sample_only():
    torch.manual_seed(0)
    block = DiTBlock(16, 4, 8)
    torch.nn.init.normal_(block.modulation.weight)
    x, c = torch.randn(3, 5, 16, generator=generator()), torch.randn(3, 8, generator=generator(1))
    changed = x.clone()
    changed[0, 2] = torch.randn(16, generator=generator(2))
    difference = (block(changed, c) - block(x, c)).abs().amax(-1)
    assert (difference[0] > 1e-6).all()
    assert (difference[0] > 100 * difference[1:].max()).all()


def test_attention_is_that_of_torch():
    torch.manual_seed(0)
    block = DiTBlock(16, 4, 8)
    reference = torch.nn.MultiheadAttention(16, 4, batch_first=True)
    state = {"in_proj_weight": block.qkv.weight, "in_proj_bias": block.qkv.bias}
    reference.load_state_dict(state | {"out_proj.weight": block.out.weight, "out_proj.bias": block.out.bias})
    x = torch.randn(2, 5, 16, generator=generator())
    torch.testing.assert_close(block.attend(x), reference(x, x, x)[0])


def test_the_whole_is_small_and_sees_time_and_place():
    model = DiT()
    assert sum(p.numel() for p in model.parameters()) <= 1_000_000
    assert len(grid_positions(4, 16).unique(dim=0)) == 16
    flow = flow_dit(dim=16, depth=1, patch=8)
    torch.nn.init.normal_(flow.net.head.weight)
    torch.nn.init.normal_(flow.net.blocks[0].modulation.weight)
    torch.nn.init.normal_(flow.net.modulation.weight)
    x = torch.randn(2, 1, 32, 32, generator=generator())
    early, late = (flow(x, torch.full((2,), t)) for t in (0.2, 0.8))
    assert early.shape == x.shape
    assert not torch.allclose(early, late)
    assert not torch.allclose(flow(x.roll(8, 3), torch.full((2,), 0.2)), early.roll(8, 3), atol=1e-3)
