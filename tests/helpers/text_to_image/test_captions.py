import pytest
import torch

from helpers.data import load_digits
from helpers.evaluate import load_classifier
from helpers.text_to_image import captions, read_back
from helpers.text_to_image.captions import COLOURS, DIGITS, PLACES, SIZES, Scenes
from tests.chance import generator


def paint(scenes, seed=0):
    images, labels = load_digits("test")
    g = generator(seed)
    return captions.render(scenes, captions.handwriting(scenes, images, labels, g), g)


def every_combination():
    digit, colour, ground = torch.meshgrid(torch.arange(10), torch.arange(8), torch.arange(8), indexing="ij")
    keep = colour != ground
    zeros = torch.zeros(int(keep.sum()), dtype=torch.long)
    return Scenes(digit[keep], colour[keep], ground[keep], zeros, zeros)


def test_one_combination_in_ten_is_held_out():
    share = captions.held_out(every_combination()).float().mean().item()
    assert 0.08 < share < 0.12


@pytest.mark.parametrize(("part", "names"), [("digit", DIGITS), ("colour", COLOURS), ("ground", COLOURS)])
def test_training_still_shows_each_word(part, names):
    scenes = every_combination()
    seen = scenes[~captions.held_out(scenes)]
    counts = getattr(seen, part).bincount(minlength=len(names))
    assert (counts > 0.8 * counts.float().mean()).all()


def test_training_and_held_out_scenes_do_not_overlap():
    def combinations(unseen):
        scenes = captions.random_scenes(5000, generator(), unseen)
        return set(zip(scenes.digit.tolist(), scenes.colour.tolist(), scenes.ground.tolist()))

    seen, unseen = combinations(False), combinations(True)
    assert not seen & unseen
    assert len(seen | unseen) == 10 * 8 * 7


def test_a_digit_never_has_the_colour_of_its_ground():
    scenes = captions.random_scenes(5000, generator(), None)
    assert (scenes.colour != scenes.ground).all()


def test_large_digits_stay_in_the_middle():
    scenes = captions.random_scenes(2000, generator(), None)
    large = scenes.size == SIZES.index("large")
    assert (scenes.place[large] == 0).all()
    assert set(scenes.place[~large].tolist()) == set(range(len(PLACES)))


def test_the_same_seed_draws_the_same_world():
    def world(seed):
        g = generator(seed)
        scenes = captions.random_scenes(20, g)
        return captions.captions(scenes, g), paint(scenes, seed)

    assert world(1)[0] == world(1)[0] != world(2)[0]
    assert torch.equal(world(1)[1], world(1)[1])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (0, "a large orange eight on a blue background"),
        (1, "large orange eight on blue"),
        (2, "on a blue background a large orange eight"),
    ],
)
def test_three_ways_to_say_it(form, words):
    assert captions.describe(8, COLOURS.index("orange"), COLOURS.index("blue"), 1, None, form) == words


def test_articles_and_places():
    text = captions.describe(1, COLOURS.index("orange"), COLOURS.index("red"), None, 4)
    assert text == "an orange one at the bottom on a red background"


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match="form must be 0, 1 or 2"):
        captions.describe(1, 1, 2, None, None, 3)


def test_captions_name_what_the_scene_shows():
    scenes = captions.random_scenes(2000, generator())
    fragments = 0
    for i, text in enumerate(captions.captions(scenes, generator(1))):
        words = text.split()
        assert set(words) <= set(captions.vocabulary())
        ground = COLOURS[scenes.ground[i]]
        if len(words) <= 3:
            fragments += 1
            assert words[-1] in (DIGITS[scenes.digit[i]], COLOURS[scenes.colour[i]], "background")
        else:
            assert DIGITS[scenes.digit[i]] in words
            assert words.index(COLOURS[scenes.colour[i]]) + 1 == words.index(DIGITS[scenes.digit[i]])
            assert ground in words
    assert 0.09 < fragments / 2000 < 0.16


def test_a_place_off_the_middle_is_always_said():
    scenes = captions.random_scenes(500, generator())
    for place, text in zip(scenes.place.tolist(), captions.captions(scenes, generator(1))):
        if place and len(text.split()) > 3:
            assert list(PLACES)[place] in text


def test_pictures_are_in_range_and_show_two_colours():
    scenes = captions.random_scenes(64, generator(), None)
    pictures = paint(scenes)
    assert pictures.shape == (64, 3, 32, 32)
    assert pictures.min() >= -1
    assert pictures.max() <= 1
    corner = pictures[:, :, 0, 0]
    assert (corner - captions.palette()[scenes.ground]).abs().max() < 0.07


def test_handwriting_has_the_digits_that_were_asked_for():
    _, labels = load_digits("test")
    marked = labels[:, None, None, None].expand(-1, 1, 2, 2).float()
    scenes = captions.random_scenes(300, generator(), None)
    assert torch.equal(captions.handwriting(scenes, marked, labels, generator())[:, 0, 0, 0].long(), scenes.digit)


def test_a_digit_without_handwriting_is_refused():
    scenes = captions.random_scenes(300, generator(), None)
    with pytest.raises(ValueError, match="counts by digit"):
        captions.handwriting(scenes, torch.zeros(5, 1, 2, 2), torch.zeros(5, dtype=torch.long), generator())


def test_as_many_digits_as_scenes():
    with pytest.raises(ValueError, match="3 digits for 4 scenes"):
        captions.render(captions.random_scenes(4, generator()), torch.zeros(3, 1, 28, 28), generator())


def test_real_pictures_are_read_back_right():
    scenes = captions.random_scenes(600, generator(), None)
    right = read_back.read((paint(scenes) + 1) / 2, load_classifier()).agrees(scenes)
    assert right["ground"].float().mean() == 1
    assert right["colour"].float().mean() > 0.99
    assert right["place"].float().mean() > 0.99
    assert right["digit"].float().mean() > 0.97


def test_wrong_pictures_are_read_back_wrong():
    scenes = captions.random_scenes(600, generator(), None)
    others = captions.random_scenes(600, generator(1), None)
    right = read_back.read((paint(others) + 1) / 2, load_classifier()).agrees(scenes)
    assert right["digit"].float().mean() < 0.2
    assert right["colour"].float().mean() < 0.25
    assert right["ground"].float().mean() < 0.25
    assert not right["all"].any()


def test_reading_refuses_pictures_of_another_size():
    with pytest.raises(ValueError, match=r"\(N, 3, 32, 32\)"):
        read_back.read(torch.zeros(2, 3, 64, 64), load_classifier())
