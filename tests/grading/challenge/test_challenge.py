"""The challenge: weights are read and run in the sandbox, scored with an interval, and kept on a board."""

import json
import os
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from grading import cli
from grading.challenge import board, command, drawing, scoring
from grading.locks import locked
from grading.sandbox.host import Sandbox
from helpers import flow_model
from helpers.data import load_digits


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("challenge")


def saved(path, change=lambda weights: weights, metadata=None):
    weights = {key: value.contiguous() for key, value in flow_model.load_flow().state_dict().items()}
    save_file(change(weights), path, metadata)
    return path


def test_pictures_from_the_sandbox_are_those_of_the_weights(sandbox, folder):
    weights = saved(folder / "mine.safetensors", metadata={"sampler": "heun"})
    drawn = drawing.draw(weights, (1, 2), 3, sandbox)
    assert drawn.sampler == "heun"
    for steps in (1, 2):
        here = flow_model.draw(flow_model.load_flow(), 3, steps, "heun")
        torch.testing.assert_close(drawn.pictures[steps], here, atol=1e-3, rtol=1e-3)


def test_without_metadata_the_sampler_is_eulers(sandbox, folder):
    assert drawing.draw(saved(folder / "plain.safetensors"), (1,), 2, sandbox).sampler == "euler"


def bomb(path):
    header = json.dumps({"x": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path


def written(path, content):
    path.write_bytes(content)
    return path


def pipe(path):
    os.mkfifo(path)
    return path


def endless(path):
    path.symlink_to("/dev/zero")
    return path


def header(path, content):
    return written(path, struct.pack("<Q", len(content)) + content)


def renamed(path):
    torch.save({key: value[:1].clone() for key, value in flow_model.load_flow().state_dict().items()}, path)
    return path


def wrapped(weights):
    return {f"module.{key}": value for key, value in weights.items()}


def rounded(weights):
    return {key: value.to(torch.int8) for key, value in weights.items()}


def fewer(weights):
    return {key: value for key, value in weights.items() if "decoder" not in key}


def wider(weights):
    return {"net.encoder.0.convs.conv1.conv.weight": torch.zeros(2, 2)}


def broken(weights):
    return {key: torch.full_like(value, torch.nan) for key, value in weights.items()}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda f: written(f / "text.safetensors", b"this is no safetensors file"), "is no safetensors file"),
        (lambda f: written(f / "page.safetensors", b"<!DOCTYPE html><title>Log in</title>"), "begins like a web page"),
        (lambda f: written(f / "pointer.safetensors", b"version https://git-lfs.github.com/spec/v1"), "a pointer of Git LFS"),
        (lambda f: renamed(f / "torch.safetensors"), "begins like a zip archive"),
        (lambda f: header(f / "deep.safetensors", b"[" * 200_000), "is no safetensors file"),
        (lambda f: header(f / "list.safetensors", b"[1, 2, 3]"), "is no safetensors file"),
        (lambda f: header(f / "said.safetensors", b'{"__metadata__": "euler"}'), "is no safetensors file"),
        (lambda f: written(f / "length.safetensors", struct.pack("<Q", 2**63) + b"{}"), "is no safetensors file"),
        (lambda f: written(f / "cut.safetensors", saved(f / "uncut.safetensors").read_bytes()[:-100]), "or a damaged one"),
        (lambda f: pipe(f / "pipe.safetensors"), "is no file"),
        (lambda f: endless(f / "endless.safetensors"), "is no file"),
        (lambda f: f, "is no file"),
        (lambda f: saved(f / "wrapped.safetensors", wrapped), "too many are module.net"),
        (lambda f: saved(f / "fewer.safetensors", fewer), "missing are net.decoder"),
        (lambda f: saved(f / "rounded.safetensors", rounded), "no floating-point numbers are .*int8"),
        (lambda f: written(f / "empty.safetensors", b""), "is no safetensors file"),
        (lambda f: written(f / "pickle.safetensors", b"\x80\x04cos\nsystem\n(S'true'\ntR."), "begins like a pickle"),
        (lambda f: written(f / "large.safetensors", bytes(9 * 2**20)), "fits into 8"),
        (lambda f: bomb(f / "bomb.safetensors"), "is no safetensors file"),
        (lambda f: saved(f / "other.safetensors", wider), "does not hold the challenge's network"),
        (lambda f: saved(f / "nan.safetensors", broken), "no numbers"),
        (lambda f: saved(f / "odd.safetensors", metadata={"sampler": "magic"}), "sampler must be one of"),
        (lambda f: f / "missing.safetensors", "cannot be read"),
    ],
)
def test_what_cannot_be_scored_is_named(make, said, sandbox, folder):
    with pytest.raises(ValueError, match=said):
        drawing.draw(make(folder), (1,), 2, sandbox)


def entry(name, steps, fid, copies=False):
    return scoring.ChallengeEntry(
        name, steps, fid, fid - 1, fid + 1, 0.8, 0.3 if copies else 0.01, copies, "euler", 1000, "0" * 64
    )


def test_copies_are_noticed_and_real_digits_that_are_none_are_not():
    copies = load_digits("train")[0][:200]
    assert scoring.score("copies", copies + 0.02, 1, "euler", "").copies
    own = scoring.score("held out", load_digits("test")[0][:200], 1, "euler", "")
    assert not own.copies
    assert own.near < 0.05


def test_score_of_real_digits_is_near_the_floor_and_of_noise_far_away():
    real = scoring.score("real", load_digits("train")[0][200:700], 1, "euler", "")
    assert real.low < scoring.floor(500) * 2
    noise = torch.rand(200, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert scoring.score("noise", noise, 1, "euler", "").low > 20 * real.high


def test_board_ranks_within_steps_replaces_and_puts_copies_last(tmp_path):
    board.add(tmp_path, [entry("a", 4, 30.0), entry("b", 4, 20.0), entry("c", 4, 1.0, copies=True), entry("b", 1, 90.0)])
    found = board.add(tmp_path, [entry("a", 4, 10.0)])
    assert [(e.name, e.steps) for e in found] == [("b", 1), ("a", 4), ("b", 4), ("c", 4)]
    assert board.load(tmp_path) == found
    assert "COPIES: 30 %" in board.as_text(found, (4,), 5.0)


def test_a_name_is_text_on_the_page_and_in_the_sheet(tmp_path):
    found = board.add(tmp_path, [entry("=cmd|' /C calc'!A0<script>", 4, 30.0)])
    assert found == board.load(tmp_path)
    assert "\"'=cmd" in (tmp_path / board.CSV).read_text(encoding="utf-8-sig")
    page = board.write_page(tmp_path, found, 5.0).read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_another_table_is_not_taken_for_a_board(tmp_path):
    (tmp_path / board.CSV).write_text('"x"\n"1"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="is no board"):
        board.load(tmp_path)


def test_a_word_where_a_number_belongs_is_named_with_its_line_and_a_comma_is_read(tmp_path):
    board.add(tmp_path, [entry("a", 4, 9.5), entry("b", 4, 30.0)])
    text = (tmp_path / board.CSV).read_text(encoding="utf-8")
    (tmp_path / board.CSV).write_text(text.replace('"9.5"', '"9,5"'), encoding="utf-8")  # as a spreadsheet may save it
    assert [each.fid for each in board.load(tmp_path)] == [9.5, 30.0]
    (tmp_path / board.CSV).write_text(text.replace('"30"', '"thirty"'), encoding="utf-8")
    with pytest.raises(ValueError, match="line 3: expected fid as a number, got 'thirty'"):
        board.load(tmp_path)


def test_two_that_add_to_one_board_at_once_lose_no_entries(tmp_path, capsys):
    weights = saved(tmp_path / "mine.safetensors")
    with locked(tmp_path / "out", "course challenge"):
        assert cli.main(["challenge", str(weights), "--samples", "130", "--out", str(tmp_path / "out")]) == 2
    assert "in use by `course challenge`" in capsys.readouterr().err


def test_the_command_scores_what_it_can_and_names_the_rest(tmp_path, capsys):
    good = saved(tmp_path / "mine.safetensors")
    bad = written(tmp_path / "bad.safetensors", b"not a network at all")
    line = ["challenge", str(good), str(bad), "--steps", "2", "--samples", "130", "--out", str(tmp_path / "out")]
    assert cli.main(line) == 2
    said = capsys.readouterr()
    assert "bad.safetensors is no safetensors file" in said.err
    assert "1  mine" in said.out
    (only,) = board.load(tmp_path / "out")
    assert only.low < only.fid < only.high
    assert "data:image/png" in (tmp_path / "out" / board.PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_another_precision_are_the_same_network(kind, sandbox, folder):
    weights = saved(folder / f"{kind}.safetensors", lambda weights: {key: value.to(kind) for key, value in weights.items()})
    here = flow_model.draw(flow_model.load_flow(), 2, 1)
    torch.testing.assert_close(drawing.draw(weights, (1,), 2, sandbox).pictures[1], here, atol=0.05, rtol=0.05)


def test_thousands_of_notes_in_a_file_are_no_hindrance(sandbox, folder):
    weights = saved(folder / "notes.safetensors", metadata={f"note {i}": "x" for i in range(3000)} | {"sampler": "heun"})
    assert drawing.draw(weights, (1,), 2, sandbox).sampler == "heun"


def test_files_of_one_name_are_told_apart_by_their_folders():
    files = [Path("in/ada/weights.safetensors"), Path("in/bob/weights.safetensors"), Path("in/eve.safetensors")]
    assert [*command.names(files).values()] == ["ada/weights", "bob/weights", "eve"]
    deep = [Path("/in/ada/6/w.safetensors"), Path("/in/bob/6/w.safetensors"), Path("/in/bob/6/w.bin")]
    assert len({*command.names(deep).values()}) == 3
    assert [*command.names([files[0], files[0]]).values()] == ["weights"]


@pytest.mark.parametrize("name", ["=1+1", "a,b;c", "bob\n1  bob  FID 0.0", "\x1b[2Jeve", "李小龙", "x\udcff"])
def test_a_file_name_is_one_line_of_text_wherever_it_stands(name, tmp_path):
    (shown,) = command.names([tmp_path / f"{name}.safetensors"]).values()
    found = board.add(tmp_path, [entry("before", 4, 9.0), entry(shown, 4, 30.0)])
    assert found == board.load(tmp_path)
    assert len(board.as_text(found, (4,), 5.0).splitlines()) == 3
    assert board.write_page(tmp_path, found, 5.0).is_file()


def test_other_weights_of_one_name_replace_the_earlier_ones_and_it_is_said(tmp_path, capsys):
    line = ["--steps", "1", "--samples", "130", "--out", str(tmp_path / "out")]
    first = saved(tmp_path / "w.safetensors")
    second = saved(tmp_path / "second.safetensors", lambda weights: {key: 0.9 * value for key, value in weights.items()})
    assert cli.main(["challenge", str(first), *line]) == 0
    assert "replace" not in capsys.readouterr().out
    assert cli.main(["challenge", str(second), "--name", "w", *line]) == 0
    assert "w is on the board with other weights" in capsys.readouterr().out
    assert len(board.load(tmp_path / "out")) == 1


@pytest.mark.parametrize("wrong", [["--samples", "10"], ["--steps", "0"], ["second.safetensors", "--name", "x"]])
def test_wrong_arguments_are_named(wrong, tmp_path, capsys):
    assert cli.main(["challenge", "first.safetensors", *wrong]) == 2
    assert "course challenge:" in capsys.readouterr().err
