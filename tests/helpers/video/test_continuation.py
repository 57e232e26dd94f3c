"""Films drawn and gone on with: given frames stay to the bit, and guidance makes the prediction agree with them."""

from functools import partial

import pytest
import torch

from helpers.video.continuation import FilmGuidance, continue_films, draw_films
from helpers.video.network import AlongTime, VideoUnet
from tests.chance import generator


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return VideoUnet(frames=4, widths=(16, 32, 32)).eval().requires_grad_(False)


def test_films_have_their_shape_and_range_and_follow_the_seed(network):
    labels = torch.tensor([1, 10])
    films = draw_films(network, labels, generator(), steps=3)
    assert films.shape == (2, 4, 32, 32)
    assert films.abs().max() <= 1
    assert torch.equal(films, draw_films(network, labels, generator(), steps=3))
    assert not torch.equal(films, draw_films(network, labels, generator(1), steps=3))


@pytest.mark.parametrize("weight", [None, 0.0, 2.0])
@pytest.mark.parametrize("given", [1, 3])
def test_the_given_frames_stay_to_the_bit(network, weight, given):
    first = torch.rand(2, given, 32, 32, generator=generator()) * 2 - 1
    before = first.clone()
    film = continue_films(network, first, torch.tensor([4, 10]), generator(), steps=3, weight=weight)
    assert film.shape == (2, 4, 32, 32)
    assert torch.equal(film[:, :given], first)
    assert torch.equal(first, before)
    assert film.isfinite().all()
    assert film.abs().max() <= 1
    assert not film.requires_grad
    assert all(p.grad is None for p in network.parameters())


@pytest.mark.parametrize("given", [4, 5])
def test_a_whole_film_leaves_nothing_to_go_on_with(network, given):
    with pytest.raises(ValueError, match="nothing to go on with"):
        continue_films(network, torch.zeros(1, given, 32, 32), torch.tensor([10]), generator(), steps=2)


@pytest.mark.parametrize("weight", [None, 2.0])
def test_without_a_link_in_time_the_given_frames_do_not_steer_the_others(network, weight):
    labels = torch.tensor([3])
    black, white = -torch.ones(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    films = [continue_films(network, first, labels, generator(), steps=3, weight=weight) for first in (black, white)]
    assert torch.allclose(films[0][:, 1:], films[1][:, 1:], atol=1e-4)


@pytest.mark.parametrize("weight", [None, 2.0])
def test_with_a_link_in_time_they_do(network, weight):
    torch.manual_seed(2)
    linked = VideoUnet(**network.config).eval().requires_grad_(False)
    for layer in linked.modules():
        if isinstance(layer, AlongTime):
            torch.nn.init.normal_(layer.attention.out_proj.weight, std=0.2)
    labels = torch.tensor([3])
    black, white = -torch.ones(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    films = [continue_films(linked, first, labels, generator(), steps=3, weight=weight) for first in (black, white)]
    assert (films[0][:, 1:] - films[1][:, 1:]).abs().max() > 1e-3
    replaced = continue_films(linked, white, labels, generator(), steps=3, weight=0.0)
    assert not torch.allclose(replaced, films[1], atol=1e-5)


def test_known_frames_are_handed_over_clean_at_time_zero_or_as_noisy_as_the_rest():
    class Watching(torch.nn.Module):
        """Keeps what it was handed, and answers nothing."""

        config, null = {"frames": 4}, 10

        def __init__(self):
            super().__init__()
            self.seen = []

        def forward(self, x, t, labels):
            self.seen.append((x.clone(), t.clone()))
            return x * 0

    first = torch.rand(2, 2, 32, 32, generator=generator()) * 2 - 1
    told, put_in = Watching(), Watching()
    continue_films(told, first, torch.tensor([10, 10]), generator(), steps=3)
    continue_films(put_in, first, torch.tensor([10, 10]), generator(), steps=3, weight=0.0)
    for x, t in told.seen:
        assert torch.equal(x[:, :2], first)
        assert not t[:, :2].any()
    assert [t[:, 2:].unique().tolist() for _, t in told.seen] == [[999], [500], [0]]
    assert [t.unique().tolist() for _, t in put_in.seen] == [[999], [500], [0]]
    x, _ = put_in.seen[0]
    assert (x[:, :2] - first).std() > 0.9  # nearly nothing but noise at the start


def test_guidance_goes_from_no_label_through_the_label_and_on(network):
    class Flat(torch.nn.Module):
        """Answers its label as a velocity, whatever the film; "no label" is 10."""

        config, null = network.config, network.null

        def forward(self, x, t, labels):
            return (labels.float() / 10).reshape(-1, 1, 1, 1).expand_as(x)

    answers = [draw_films(Flat(), torch.tensor([label]), generator(), 2, FilmGuidance(scale)) for label, scale in
               ((10, 1.0), (4, 0.0), (4, 1.0), (7, 2.0))]  # fmt: skip
    assert torch.allclose(answers[0], answers[1])
    assert torch.allclose(answers[2], answers[3], atol=1e-5)  # 1 + 2·(0.7 - 1) = 0.4
    assert not torch.allclose(answers[0], answers[2])


class Linked(torch.nn.Module):
    """Answers 0.3 as a velocity where its frames know of each other, and 0.1 where they do not."""

    def __init__(self, network):
        super().__init__()
        self.config, self.null = network.config, network.null

    def forward(self, x, t, labels, along=True):
        return torch.full_like(x, 0.3 if along else 0.1)


class Steady(Linked):
    """Answers 0.4 either way."""

    def forward(self, x, t, labels, along=True):
        return torch.full_like(x, 0.4)


@pytest.mark.parametrize("given", [0, 2])
def test_a_steadied_film_goes_away_from_frames_that_know_less_of_each_other(network, given):
    def film(of, scale=1.0, steady=0.0):
        labels, first = torch.tensor([4]), torch.zeros(1, given, 32, 32)
        draw = partial(continue_films, of, first) if given else partial(draw_films, of)
        return draw(labels, generator(), 2, FilmGuidance(scale, steady))

    torch.testing.assert_close(film(Linked(network), steady=0.5), film(Steady(network)))  # 0.3 + 0.5·(0.3 - 0.1) = 0.4
    torch.testing.assert_close(film(Linked(network), steady=0.5, scale=3.0), film(Steady(network)))
    torch.testing.assert_close(film(Steady(network), steady=2.0), film(Steady(network)))
    assert not torch.allclose(film(Linked(network)), film(Steady(network)))
