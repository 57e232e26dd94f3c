"""Figures of notebook 6: what they show is what they were given, with names on their axes."""

import matplotlib
import torch

matplotlib.use("Agg")

from helpers.figures.flow import plot_levels, plot_orders, plot_paths


def test_paths_begin_and_end_where_the_points_do():
    places = torch.randn(5, 7, 2, generator=torch.Generator().manual_seed(0))
    figure = plot_paths({"some paths": places, "others": places}, 3.0)
    assert len(figure.axes) == 2
    axis = figure.axes[0]
    assert axis.get_title() == "some paths"
    assert axis.get_xlabel()
    assert axis.get_ylabel()
    dots, crosses = axis.collections
    torch.testing.assert_close(torch.tensor(dots.get_offsets().data).float(), places[0])
    torch.testing.assert_close(torch.tensor(crosses.get_offsets().data).float(), places[-1])


def test_order_is_the_slope_of_the_errors():
    steps = [10, 20, 40]
    figure = plot_orders({"second": (steps, [1 / n**2 for n in steps]), "first": (steps, [1 / n for n in steps])})
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "2.00" in labels[0]
    assert "1.00" in labels[1]


def test_levels_show_the_noise_first_and_where_the_velocity_points():
    data, noise = torch.full((1, 1, 4, 4), 0.5), torch.zeros(1, 1, 4, 4)
    figure = plot_levels(lambda x, t: torch.ones_like(x), data, noise, [0.0, 1.0])
    shown = [axis.images[0].get_array().mean() for axis in figure.axes]
    assert shown == [0.5, 0.75, 1.0, 0.75]  # x_0, x_1, and the ends x + (1-t) · 1, all mapped to [0, 1]
