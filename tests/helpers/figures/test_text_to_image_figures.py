"""Figures of notebook 4: pictures stand in rows, films play with and without ffmpeg, attention says its shares."""

import pytest
import torch

from helpers.figures import text_to_image as figures


def test_long_titles_are_broken_into_equally_many_lines():
    short, long = figures.wrapped(["a two", "a small white four on the left on black"], width=20)
    assert ">a small white four<br>on the left on black<" in long
    assert ">&nbsp;<br>a two<" in short


def test_without_ffmpeg_a_film_plays_in_the_courses_own_player(monkeypatch):
    shown = []
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("IPython.display.display", shown.append)
    figures.show_film(torch.rand(5, 3, 32, 32), fps=8, height=192)
    (film,) = shown
    assert film.data.count("data:image/png") == 5 + 1  # the frames, and the still
    assert 'width="192"' in film.data


def test_with_ffmpeg_a_film_is_a_video_of_large_pixels(monkeypatch):
    videos = []
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/ffmpeg")
    monkeypatch.setattr("mediapy.show_video", lambda frames, fps: videos.append((frames, fps)))
    frames = torch.rand(5, 3, 32, 32)
    figures.show_film(frames, fps=8, height=192)
    ((images, fps),) = videos
    assert images.shape == (5, 192, 192, 3)
    assert fps == 8
    assert (images[:, ::6, ::6] == figures.to_numpy(frames)).all()


def test_without_mediapy_pictures_stand_in_the_same_table_and_a_film_plays(monkeypatch):
    shown, pictures = [], torch.rand(3, 3, 8, 8)
    monkeypatch.setattr("IPython.display.display", lambda page: shown.append(page.data))
    figures.show_images(pictures, ["one", "two", "three"], height=40, columns=2)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    figures.show_images(pictures, ["one", "two", "three"], height=40, columns=2)
    figures.show_film(pictures)
    for page in shown[:2]:
        assert [page.count(tag) for tag in ("<tr", "<td", "<img", 'width="40"', "image/png;base64")] == [2, 3, 3, 3, 3]
        assert [f'alt="{title}"' in page for title in ("one", "two", "three")] == [True] * 3
    assert "<script>" in shown[2]


def test_a_title_with_markup_is_read_out_as_its_words(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda page: shown.append(page.data))
    figures.show_images(torch.rand(1, 3, 8, 8), figures.wrapped(["a large red seven on a blue background"]))
    assert 'alt="a large red seven on a blue background"' in shown[0]


def test_attention_maps_say_the_largest_share_of_each_word():
    maps = torch.zeros(2, 8, 8)
    maps[0, 1, 2], maps[1, 5, 5] = 0.31, 0.04
    figure = figures.show_attention(torch.rand(3, 32, 32), maps, ["six", "red"])
    assert [axis.get_title() for axis in figure.axes[:3]] == ["picture", "six\n31%", "red\n4%"]


def test_a_grid_refuses_another_number_of_pictures_than_its_labels_say():
    with pytest.raises(ValueError, match="2 rows of 3 need as many pictures; got 5"):
        figures.show_grid(torch.rand(5, 3, 8, 8), ["a", "b"], ["1", "2", "3"])
