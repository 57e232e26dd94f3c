"""The control starts as the U-Net itself, trains beside it, and keeps the ink inside the outline."""

import copy

import pytest
import torch

from helpers.control.network import Controlled, load_control, paint_inside
from helpers.control.outlines import drawn, outline
from helpers.text_to_image import captions, loop, read_back
from helpers.text_to_image.pipelines import load_pipeline


@pytest.fixture(scope="module")
def pipe():
    return load_pipeline(device="cpu")


@pytest.fixture
def told(pipe):
    """Two noisy latents, their times, the words of two prompts and an outline for each."""
    latents = torch.randn(2, 8, 8, 8, generator=torch.Generator().manual_seed(0))
    words = loop.embed(pipe, ["a red five on a black background", "a seven"]).detach()
    return latents, torch.tensor([900, 10]), words, outline(drawn("###\n# #\n###").repeat(2, 1, 1, 1))


def test_a_new_control_is_the_u_net(pipe, told):
    torch.testing.assert_close(Controlled(copy.deepcopy(pipe.unet))(*told), pipe.unet(*told[:3]).sample)


def test_only_the_copy_and_its_joints_train_and_each_of_them_can(pipe, told):
    control = Controlled(copy.deepcopy(pipe.unet))
    before = copy.deepcopy(control.unet.state_dict())
    trained = {name: p for name, p in control.named_parameters() if p.requires_grad}
    assert trained
    assert not any(name.startswith("unet.") for name in trained)
    optimizer = torch.optim.SGD(trained.values(), lr=0.1)
    for _ in range(3):  # the first step moves the joints, the next ones what lies behind them
        optimizer.zero_grad()
        control(*told).square().mean().backward()
        optimizer.step()
    assert [name for name, p in trained.items() if not p.grad.abs().sum() > 0] == []
    for name, value in control.unet.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_the_outline_is_the_line_around_the_ink():
    line = outline(drawn("#"))
    assert line.sum() == 12  # 2×2 pixels of ink have 12 neighbours
    assert line[0, 0, 15:17, 15:17].sum() == 0
    assert torch.equal(outline(torch.full((1, 1, 8, 8), 0.5)), torch.zeros(1, 1, 8, 8))


def test_a_drawing_in_letters_lies_in_the_middle():
    sheet = drawn("\n# \n##\n")
    rows, columns = sheet[0, 0].nonzero(as_tuple=True)
    assert sheet.sum() == 12
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (14, 17, 14, 17)


@pytest.mark.parametrize("drawing", ["", "...", "#" * 17, "#\n" * 17])
def test_what_is_no_drawing_is_refused(drawing):
    with pytest.raises(ValueError, match="at most 16 rows and 16 columns; got"):
        drawn(drawing)


def test_the_shipped_control_keeps_the_ink_inside(pipe):
    scenes = captions.random_scenes(4, torch.Generator().manual_seed(3), True)
    ring = drawn("  ######  \n ######## \n###    ###\n##      ##\n##      ##\n###    ###\n ######## \n  ######  ").repeat(
        4, 1, 1, 1
    )
    unet = copy.deepcopy(pipe.unet)
    with_it, without = load_control(unet), Controlled(copy.deepcopy(pipe.unet))
    overlap = []
    for control in (with_it, without):
        pictures = paint_inside(pipe, control, captions.prompts(scenes), ring, torch.Generator().manual_seed(4), steps=10)
        ink = read_back.separate(pictures * 2 - 1)[2] > 0.5
        overlap.append((((ink & (ring > 0.5)).sum((1, 2, 3)) / (ink | (ring > 0.5)).sum((1, 2, 3))).mean()).item())
    assert overlap[0] > 0.6 > overlap[1]


def test_ink_of_another_shape_is_refused(pipe):
    control = Controlled(copy.deepcopy(pipe.unet))
    with pytest.raises(ValueError, match=r"expected shape \(2, 1, 32, 32\).* got \(1, 1, 32, 32\)"):
        paint_inside(pipe, control, ["a red five", "a seven"], drawn("#"), torch.Generator())
