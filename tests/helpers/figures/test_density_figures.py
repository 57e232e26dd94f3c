"""Figures of notebooks 1 and 2: what they show, not how they look."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch

from helpers import densities
from helpers.figures import densities as figures
from helpers.figures import gallery


def test_histograms_state_the_divergence_of_each_sample():
    hills, g = densities.two_hills(), torch.Generator().manual_seed(0)
    samples = {"good": hills.sample(5000, g), "bad": torch.zeros(5000, 1)}
    titles = [axis.get_title() for axis in figures.plot_histograms_1d(samples, hills, -6, 6).axes]
    values = [float(title.split("=")[1]) for title in titles]
    assert values[0] < 0.05 < 1 < values[1]


def test_arrows_point_along_the_score():
    figure = figures.plot_fields({"field": (None, lambda x: -x, None)}, 2.0)
    (quiver,) = [c for c in figure.axes[0].collections if type(c).__name__ == "Quiver"]
    arrows = torch.tensor([quiver.U, quiver.V]).T
    points = torch.tensor(quiver.get_offsets())
    outside = points.norm(dim=1) > 0.3
    cosine = torch.cosine_similarity(arrows, -points.to(arrows), dim=1)[outside]
    assert cosine.min() > 0.999


def test_shading_is_the_right_way_up():
    points, _ = densities.grid_2d(2.0, 20)
    upper_right = ((points - 1).norm(dim=1) < 0.5).float()
    axis = plt.figure().add_subplot()
    image = figures.shade(axis, upper_right, 2.0)
    assert image.origin == "lower"
    rows, columns = image.get_array().nonzero()
    assert min(rows.min(), columns.min()) >= 10


def test_particle_animation_holds_one_picture_a_frame():
    blobs, (points, _) = densities.two_blobs(), densities.grid_2d(4, 10)
    frames = [torch.randn(20, 2) for _ in range(3)]
    page = figures.animate_particles(frames, ["a", "b", "c"], 4, [blobs.density(points)], [blobs.score]).data
    assert page.count("data:image/png") == 4  # three frames and the still


def test_landscape_animation_follows_each_energy():
    rings, (points, _) = densities.rings(), densities.grid_2d(3, 10)
    energies = [rings.energy(points), 0.1 * rings.energy(points)]
    page = figures.animate_landscape(energies, [torch.zeros(5, 2)] * 2, ["one", "two"], 3, torch.zeros(5, 2)).data
    assert page.count("data:image/png") == 3


def test_slider_without_widgets_shows_the_first_figure(monkeypatch):
    shown, drawn = [], []
    monkeypatch.setattr("IPython.display.display", lambda figure, **how: shown.append(figure))

    def draw(value):
        drawn.append(value)
        return plt.figure()

    figures.slider(draw, "T", [1.0, 2.0, 3.0], start=1)
    assert drawn == [2.0]
    assert len(shown) == 1


@pytest.fixture
def shown_and_controls(monkeypatch):
    """What a slider shows, by the figures' labels, and its widget, in a kernel."""
    shown, controls = [], []

    class Place:
        def update(self, figure):
            shown.append(figure.get_label())

    def display(thing, display_id=False):
        if not display_id:
            return controls.append(thing)
        shown.append(thing.get_label())
        return Place()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=True))
    return shown, controls


def test_moving_the_slider_changes_the_figure_in_its_place(shown_and_controls):
    shown, controls = shown_and_controls
    figures.slider(lambda value: plt.figure(label=f"at {value:g}"), "T", [1.0, 2.0, 3.0], start=1)
    (control,) = controls
    control.value = 3.0
    assert shown == ["at 2", "at 3"]
    assert plt.get_fignums() == []


def test_a_slider_draws_with_the_names_of_its_cell_after_later_cells_have_reused_them(shown_and_controls):
    shown, controls = shown_and_controls
    notebook = {"plt": plt, "figures": figures}
    exec("x = 'energies'\ndef draw(T, unit='K'): return plt.figure(label=f'{x} at {T:g} {unit}')", notebook)
    exec("figures.slider(draw, 'T', [1.0, 2.0])", notebook)
    exec("x = None\ndel draw", notebook)
    controls[0].value = 2.0
    assert shown == ["energies at 1 K", "energies at 2 K"]


def test_gallery_drawings_stay_inside_their_canvas():
    image = torch.rand(1, 1, 32, 32) * 2 - 1
    for figure in (
        gallery.draw_two_ways(image, [image] * 4),
        gallery.draw_cascade(image),
        gallery.draw_unclip(image),
        gallery.draw_video(image),
    ):
        (axis,) = figure.axes
        width, height = figure.get_size_inches()
        for picture in axis.images:
            left, right, bottom, top = picture.get_extent()
            assert min(left, bottom) >= 0
            assert right <= width
            assert top <= height
