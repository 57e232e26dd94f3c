"""Films of moving digits: where the digit is, how steadily it goes, and what is read in it."""

import pytest
import torch

from helpers.data import load_digits
from helpers.evaluate import load_classifier
from helpers.video.moving import (
    FASTEST,
    FRAMES,
    REACH,
    SLOWEST,
    centres_of_mass,
    frame_by_frame,
    jerk,
    paths,
    read_frames,
    render,
)
from tests.chance import generator


def test_paths_stay_inside_and_keep_their_speed_but_for_the_turns():
    centres = paths(2000, generator())
    assert centres.shape == (2000, FRAMES, 2)
    assert centres.abs().max() <= REACH + 1e-4
    step = centres.diff(dim=1)
    # An axis' speed is the same in every frame in which the digit does not turn back; a turn only shortens the step.
    fastest = step.abs().max(dim=1, keepdim=True).values
    straight = (step.abs() - fastest).abs() < 1e-3
    assert straight.float().mean() > 0.85
    speed = fastest.squeeze(1).norm(dim=1)
    assert speed.min() >= SLOWEST - 1e-3
    assert speed.max() <= FASTEST + 1e-3


def test_digits_that_reach_the_edge_turn_back():
    step = paths(2000, generator())[:, :, 0].diff(dim=1)
    turned = (step.sign().diff(dim=1) != 0).any(dim=1)
    assert 0.2 < turned.float().mean() < 0.9  # neither all films nor none


def test_the_same_seed_gives_the_same_paths():
    assert torch.equal(paths(5, generator(3)), paths(5, generator(3)))
    assert not torch.equal(paths(5, generator(3)), paths(5, generator(4)))


def test_a_film_shows_its_digit_where_the_path_says():
    digits, _ = load_digits("test")
    n = 40
    centres = paths(n, generator())
    films = render(digits[:n], centres)
    assert films.shape == (n, FRAMES, 32, 32)
    assert films.min() >= -1
    assert films.max() <= 1
    assert films[:, :, [0, -1]].mean() < -0.99  # hardly any ink at the border
    # The ink's middle moves as the path does: the offset of a digit's own ink from its middle is the same in all frames.
    offset = centres_of_mass(films) - centres
    assert (offset - offset.mean(dim=1, keepdim=True)).abs().max() < 0.6


def test_a_straight_film_has_no_jerk_and_a_shaken_one_has():
    digits, _ = load_digits("test")
    times = torch.arange(FRAMES) - (FRAMES - 1) / 2
    straight = torch.stack([0.9 * times, -0.6 * times], dim=1).expand(8, FRAMES, 2)
    still = render(digits[:8], torch.zeros(8, FRAMES, 2))
    shaken = render(digits[:8], 4 * torch.randn(8, FRAMES, 2, generator=generator()))
    assert jerk(still).max() < 1e-3
    assert jerk(render(digits[:8], straight)).mean() < 0.3  # pixels: thin strokes flicker a little between them
    assert jerk(shaken).min() > 3


def test_real_films_are_read_right_in_every_frame():
    digits, labels = load_digits("test")
    read = read_frames(render(digits[:60], paths(60, generator())), load_classifier())
    assert read.shape == (60, FRAMES)
    assert (read == labels[:60, None]).float().mean() > 0.95


@pytest.mark.parametrize("frames", [1, 5])
def test_a_film_may_have_another_length(frames):
    digits, _ = load_digits("test")
    assert render(digits[:2], paths(2, generator(), frames)).shape == (2, frames, 32, 32)


def test_frame_by_frame_takes_each_frame_from_another_film_and_loses_none():
    films = torch.arange(20 * FRAMES).reshape(20, FRAMES, 1, 1)
    apart = frame_by_frame(films)
    assert all(len({frame // FRAMES for frame in film}) == FRAMES for film in apart.flatten(1).tolist())
    assert (apart % FRAMES == torch.arange(FRAMES).reshape(1, -1, 1, 1)).all()
    assert torch.equal(apart.flatten().sort().values, films.flatten())
    with pytest.raises(ValueError, match="as many films"):
        frame_by_frame(films[: FRAMES - 1])
