"""Every variant of the U-Net learns with all of its parameters and does what its argument says."""

import itertools

import pytest
import torch

from helpers.unet import ConvBlock, SelfAttention, SinusoidalPositionEmbeddings, Unet

VARIANTS = list(itertools.product(("group", "batch"), (True, False), (True, False), (1, 2)))


@pytest.mark.parametrize(("norm", "residual", "attention", "patch"), VARIANTS)
def test_every_parameter_gets_a_finite_gradient(norm, residual, attention, patch):
    torch.manual_seed(0)
    model = Unet(1, 16, (8, 12, 16), norm, residual, attention, patch)
    x = torch.randn(3, 1, 16, 16)
    out = model(x, torch.tensor([0, 10, 999]))
    assert out.shape == x.shape
    (out - torch.randn_like(out)).square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        # a bias before BatchNorm is cancelled by it, up to rounding; all else must learn
        if not (norm == "batch" and (name.endswith("conv.bias") or ".up.bias" in name)):
            assert parameter.grad.abs().max() > 0, name


def test_the_default_is_the_full_size_network():
    with torch.device("meta"):
        plain = Unet(norm="batch", residual=False)
        full = Unet()
    assert sum(p.numel() for p in plain.parameters()) == 31_834_945
    assert full(torch.empty(2, 1, 32, 32, device="meta"), torch.empty(2, device="meta")).shape == (2, 1, 32, 32)


def test_position_embeddings_are_sines_and_cosines_from_fast_to_slow():
    embedding = SinusoidalPositionEmbeddings(8)(torch.tensor([0, 3]))
    assert torch.equal(embedding[0], torch.tensor([0.0] * 4 + [1.0] * 4))
    assert embedding[1, 0] == pytest.approx(torch.sin(torch.tensor(3.0)).item())
    assert embedding[1, 3] == pytest.approx(3e-4, rel=1e-3)


@pytest.mark.parametrize(("norm", "mixes"), [("group", False), ("batch", True)])
def test_only_batch_norm_lets_one_image_change_another(norm, mixes):
    torch.manual_seed(0)
    block = ConvBlock(3, 8, 16, norm).train()
    x, t = torch.randn(4, 3, 8, 8), torch.randn(4, 16)
    others = torch.cat([x[:1], 5 * x[1:]])
    assert bool(torch.allclose(block(x, t)[0], block(others, t)[0], atol=1e-4)) != mixes


def test_attention_carries_a_pixel_across_the_image():
    torch.manual_seed(0)
    layer = SelfAttention(8)
    x = torch.randn(1, 8, 6, 6, requires_grad=True)
    layer(x)[0, :, 0, 0].sum().backward()
    assert x.grad[0, :, 5, 5].abs().max() > 0


def test_the_time_changes_the_output():
    torch.manual_seed(0)
    model = Unet(1, 16, (8, 12)).eval()
    x = torch.randn(1, 1, 8, 8).expand(2, -1, -1, -1)
    out = model(x, torch.tensor([0, 900]))
    assert not torch.allclose(out[0], out[1], atol=1e-4)


@pytest.mark.parametrize(
    ("x", "t", "message"),
    [
        (torch.zeros(2, 1, 30, 32), torch.zeros(2), "multiples of 4"),
        (torch.zeros(2, 3, 32, 32), torch.zeros(2), r"\(batch, 1, height, width\)"),
        (torch.zeros(2, 1, 32, 32), torch.zeros(3), "one step per image"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_in_words(x, t, message):
    with pytest.raises(ValueError, match=message):
        Unet(1, 16, (8, 12, 16))(x, t)


def test_impossible_networks_are_refused():
    with pytest.raises(ValueError, match="group, batch"):
        Unet(norm="layer")
    with pytest.raises(ValueError, match="bottleneck"):
        Unet(widths=(64,))
    with pytest.raises(ValueError, match="heads must divide"):
        SelfAttention(6)
    with pytest.raises(ValueError, match="even"):
        SinusoidalPositionEmbeddings(7)
