"""The space-time U-Net: new, it draws pictures that know nothing of each other; its layers along time can learn."""

import pytest
import torch

from helpers.video.moving import FRAMES
from helpers.video.network import AlongTime, VideoUnet, load_video
from helpers.video.temporal import temporal_attention
from helpers.weights.video_digits import film_loss, known_frames, new_network

SMALL = {"widths": (16, 32, 32)}


def small(frames=4):
    torch.manual_seed(0)
    return VideoUnet(frames=frames, **SMALL).eval()


def test_a_new_network_treats_each_frame_as_a_picture_of_its_own():
    network = small().requires_grad_(False)
    films, t, labels = torch.randn(2, 4, 32, 32), torch.tensor([10, 700]), torch.tensor([3, 10])
    together = network(films, t, labels)
    frame_by_frame = VideoUnet(frames=1, **SMALL).eval()
    alone = {k: v for k, v in network.state_dict().items() if "when" not in k}
    frame_by_frame.load_state_dict(alone, strict=False)
    for frame in range(4):
        single = frame_by_frame(films[:, frame : frame + 1], t, labels)
        assert torch.allclose(together[:, frame : frame + 1], single, atol=1e-5)


def test_what_is_learnt_along_time_mixes_frames_of_one_film_only():
    network = small().requires_grad_(False)
    torch.manual_seed(1)
    for module in network.modules():
        if isinstance(module, AlongTime):
            torch.nn.init.normal_(module.attention.out_proj.weight, std=0.2)
    films, t, labels = torch.randn(2, 4, 32, 32), torch.tensor([400, 400]), torch.tensor([1, 2])
    other = films.clone()
    other[0, 3] = torch.randn(32, 32)
    before, after = network(films, t, labels), network(other, t, labels)
    assert (before[0, 0] - after[0, 0]).abs().max() > 1e-3
    assert torch.allclose(before[1], after[1], atol=1e-5)


def test_without_its_look_along_time_a_space_time_block_knows_nothing_of_the_other_frames():
    network = small().requires_grad_(False)
    for name, module in network.named_modules():
        if isinstance(module, AlongTime) and name.startswith("middle"):
            torch.nn.init.normal_(module.attention.out_proj.weight, std=0.2)
    films, t, labels = torch.randn(2, 4, 32, 32), torch.tensor([400, 400]), torch.tensor([1, 2])
    other = films.clone()
    other[0, 3] = torch.randn(32, 32)
    changed = {along: network(films, t, labels, along=along) - network(other, t, labels, along=along) for along in (True, False)}
    assert changed[True][0, 0].abs().max() > 1e-3
    assert changed[False][0, :3].abs().max() < 1e-5
    assert changed[False][0, 3].abs().max() > 1e-3


def test_all_that_runs_along_time_gets_a_gradient_after_one_step():
    network = small().train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    films, t, labels = torch.randn(2, 4, 32, 32), torch.tensor([100, 600]), torch.tensor([1, 10])
    for _ in range(2):
        optimizer.zero_grad()
        (network(films, t, labels) - 1).square().mean().backward()
        optimizer.step()
    still = [name for name, p in network.named_parameters() if not name.startswith("space") and not p.grad.any()]
    assert not still


def test_one_time_a_film_is_that_time_for_each_of_its_frames():
    network = small().requires_grad_(False)
    films, t, labels = torch.randn(2, 4, 32, 32), torch.tensor([10, 700]), torch.tensor([3, 10])
    assert torch.equal(network(films, t, labels), network(films, t[:, None].expand(-1, 4), labels))
    mixed = t[:, None].repeat(1, 4)
    mixed[:, 0] = 0
    assert not torch.allclose(network(films, t, labels)[:, 0], network(films, mixed, labels)[:, 0], atol=1e-4)


@pytest.mark.parametrize("shape", [(2, 3, 32, 32), (2, 1, 4, 32, 32), (4, 32, 32), (2, 4, 16, 16)])
def test_a_film_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="4 frames"):
        small()(torch.zeros(shape), torch.zeros(2, dtype=torch.long), torch.zeros(2, dtype=torch.long))


@pytest.mark.parametrize(
    ("t", "labels", "words"),
    [
        (torch.zeros(3), torch.zeros(2, dtype=torch.long), r"one time a film, \(2,\), or a frame, \(2, 4\); got \(3,\)"),
        (torch.zeros(2), torch.tensor([3, 11]), "labels lie in 0..10, 10 for none; got 3..11"),
        (torch.zeros(2), torch.tensor([3]), r"one whole number an image, \(2,\)"),
    ],
)
def test_times_and_labels_that_there_are_not_are_refused(t, labels, words):
    with pytest.raises(ValueError, match=words):
        small()(torch.zeros(2, 4, 32, 32), t, labels)


def test_its_configuration_builds_it_again():
    network = small()
    VideoUnet(**network.config).load_state_dict(network.state_dict())


def test_training_starts_from_single_pictures_and_the_loss_is_that_of_velocity():
    network = new_network().eval()
    images, labels = torch.rand(20, 1, 32, 32) * 2 - 1, torch.arange(20) % 10
    loss = film_loss(images, labels, batch_size=2)
    first, again = (loss(network, 0, torch.Generator().manual_seed(0)).item() for _ in range(2))
    assert first == again  # every draw comes from the generator
    zero = loss(Constant(network), 0, torch.Generator().manual_seed(0)).item()
    assert first < 0.8 * zero  # notebook 5's network already denoises single frames
    assert zero == pytest.approx(1, abs=0.45)


def test_known_frames_are_the_first_ones_of_four_films_in_ten():
    known = known_frames(4000, torch.Generator().manual_seed(0))
    assert known.shape == (4000, 16)
    assert (known.int().diff(dim=1) <= 0).all()  # never a known frame after an unknown one
    counts = known.sum(1)
    assert (counts > 0).float().mean().item() == pytest.approx(0.4, abs=0.03)
    assert set(counts.tolist()) == set(range(9))


def test_known_frames_are_handed_over_clean_and_what_is_said_of_them_does_not_count():
    class Watching(Constant):
        """Keeps what it was handed; of frames at time 0 it answers anything at all."""

        def forward(self, x, t, labels):
            self.seen = x, t, labels
            return torch.where((t == 0)[..., None, None], 1e6, 0.0).expand_as(x)

    images, labels = torch.rand(20, 1, 32, 32) * 2 - 1, torch.arange(20) % 10
    network = Watching(small(16))
    value = film_loss(images, labels, batch_size=8)(network, 0, torch.Generator().manual_seed(1))
    x, t, _ = network.seen
    known = (t == 0) & (t != t[:, -1:])
    assert known[:, 0].sum() >= 2  # of eight films, with this seed
    assert (x[known].amin(dim=(1, 2)) == -1).all()  # a clean frame's empty corner; a noisy one goes below
    assert (x[~known].amin(dim=(1, 2)) < -1.05).all()
    assert value < 10


class Constant(torch.nn.Module):
    """A network that answers nothing."""

    def __init__(self, like):
        super().__init__()
        self.null = like.null

    def forward(self, x, t, labels):
        return torch.zeros_like(x)


def test_all_attention_along_time_goes_through_the_function_that_is_given():
    shapes = []

    def mine(attend, x):
        shapes.append(tuple(x.shape))
        return temporal_attention(attend, x)

    films, t, labels = torch.randn(2, FRAMES, 32, 32), torch.tensor([3, 900]), torch.tensor([1, 10])
    network = load_video(mine)
    torch.testing.assert_close(network(films, t, labels), load_video()(films, t, labels))
    assert len(shapes) == sum(isinstance(layer, AlongTime) for layer in network.modules())
    assert all(frames == FRAMES and height == width for _, _, frames, height, width in shapes)
