"""Figures show what they were given: values, labels, sizes, and nothing is cut off."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from helpers.figures import animation, drawings, plotting
from helpers.figures.style import alt_of
from helpers.schedules import Schedule, cosine_beta_schedule


def test_display_maps_minus_one_to_black_and_one_to_white_and_clamps_beyond():
    x = torch.tensor([-3.0, -1.0, 0.0, 1.0, 2.0, 0.5]).reshape(1, 1, 2, 3)
    assert plotting.to_display(x)[0].ravel().tolist() == [0, 0, 0.5, 1, 1, 0.75]


def test_colour_images_keep_their_channels_last():
    x = torch.zeros(2, 3, 4, 5)
    x[:, 0] = 1
    shown = plotting.to_display(x)
    assert shown.shape == (2, 4, 5, 3)
    assert shown[0, 0, 0].tolist() == [1, 0.5, 0.5]


def test_a_montage_places_each_tile_once():
    tiles = torch.arange(5.0).reshape(5, 1, 1, 1).expand(-1, -1, 2, 2) / 4 * 2 - 1
    picture = plotting.montage(tiles, columns=3, gap=1)
    assert picture.shape == (5, 8)
    assert picture[0, [0, 3, 6]].tolist() == [0, 0.25, 0.5]
    assert picture[3, [0, 3]].tolist() == [0.75, 1]
    assert (picture[2] == 1).all()


def test_a_batch_is_drawn_as_a_grid_of_sixteen(digits):
    figure = plotting.plot_batch(digits, title="digits")
    (axis,) = figure.axes
    assert axis.images[0].get_array().shape == (4 * 33 - 1, 4 * 33 - 1)
    assert axis.get_title() == "digits"


def test_rows_carry_their_labels(digits):
    figure = plotting.plot_rows({"first": digits[:4], "second": digits[4:8]}, columns=4)
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["first", "second"]


def test_histograms_are_densities_on_common_axes(rng):
    figure = plotting.plot_histograms([torch.randn(1000, generator=rng)] * 3, ["a", "b", "c"], columns=2)
    heights = np.array([bar.get_height() for bar in figure.axes[0].patches])
    assert heights.sum() * (8 / 60) == pytest.approx(1, abs=0.01)
    assert [axis.get_title() for axis in figure.axes[:3]] == ["a", "b", "c"]


def test_schedules_are_drawn_with_a_legend_even_at_the_clip():
    figure = plotting.plot_schedules({"cosine": Schedule(cosine_beta_schedule(50))})
    (legend,) = figure.legends  # above the panels, over no curve
    assert [text.get_text() for text in legend.get_texts()] == ["cosine"]
    assert "with cosine" in alt_of(figure)
    assert all(np.isfinite(axis.lines[0].get_ydata()).all() for axis in figure.axes)


def test_losses_are_smoothed_but_not_moved():
    figure = plotting.plot_losses({"run": [2.0] * 30 + [1.0] * 30}, smooth=10)
    x, y = figure.axes[0].lines[0].get_data()
    assert (x[0], x[-1]) == (10, 60)
    assert (y[0], y[-1]) == pytest.approx((2, 1))


@pytest.mark.parametrize("low", [0.8, 0.3, 0.05, 1e-4])
def test_a_loss_can_be_read_off_however_far_it_falls(low):
    axis = plotting.plot_losses({"run": [1.0, low]}, smooth=1).axes[0]
    axis.figure.draw_without_rendering()
    bottom, top = axis.get_ylim()
    named = [t.get_text() for t in axis.get_yticklabels() if bottom <= t.get_position()[1] <= top and t.get_text()]
    assert len(set(named)) >= 3


def test_an_animation_carries_its_frames_and_fetches_nothing(digits):
    html = animation.animate([digits[:4], digits[4:8]], ["t = 1", "t = 0"], columns=2).data
    assert html.count("data:image/png;base64") == 3  # two frames, and the last one again as the still
    assert "t = 1" in html
    assert "http" not in html


def test_a_figure_is_animated_frame_by_frame_and_closed():
    figure, axis = plt.subplots(figsize=(2, 2))
    html = animation.animate_figure(figure, lambda i: axis.set_title(f"{i}"), 3).data
    assert html.count("data:image/png;base64") == 4
    assert not plt.fignum_exists(figure.number)


def test_an_animation_of_nothing_or_with_too_few_labels_is_refused(digits):
    with pytest.raises(ValueError, match="at least one"):
        animation.player([])
    with pytest.raises(ValueError, match="one label a picture"):
        animation.animate([digits[:1]], ["a", "b"])


def test_a_trajectory_and_the_drawings_label_what_they_show(digits):
    figure = plotting.plot_trajectory([("t = 9", digits[:1], digits[:1]), ("t = 0", digits[:1], digits[:1])])
    assert [axis.get_title() for axis in figure.axes[:2]] == ["t = 9", "t = 0"] or figure.axes[0].get_title() == "t = 9"
    text = " ".join(t.get_text() for t in drawings.draw_unet((32, 64, 128), 32, patch=2).axes[0].texts)
    assert "128" in text
    assert "4×4" in text
    chain = drawings.draw_chain([digits[:1]] * 3, ["a", "b", "c"])
    assert [axis.get_xlabel() for axis in chain.axes] == ["a", "b", "c"]


def test_something_that_is_no_image_batch_is_refused():
    with pytest.raises(ValueError, match="1 or 3 channels"):
        plotting.to_display(torch.zeros(2, 2, 4, 4))


def test_curves_against_a_scale_have_a_panel_each_from_zero_up():
    figure = plotting.plot_against([0, 1, 3], {"share (%)": [10, 90, 100], "variety": [3.0, 1.0, 0.5]}, "scale s")
    left, right = figure.axes
    assert (left.get_ylabel(), right.get_ylabel(), right.get_xlabel()) == ("share (%)", "variety", "scale s")
    assert list(right.lines[0].get_ydata()) == [3.0, 1.0, 0.5]
    assert left.get_ylim()[0] == right.get_ylim()[0] == 0
