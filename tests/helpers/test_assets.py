"""Whatever ships has a card, an unbroken checksum, and loads without unpickling."""

import pytest
import torch

from helpers import assets
from helpers.assets import ROOT
from helpers.control.network import load_control
from helpers.text_to_image import parts
from helpers.unclip.decoder import load_decoder

FOLDERS = sorted(p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith("_"))
TRAINED = [name for name in FOLDERS if (ROOT / name / "model.safetensors").exists()]


@pytest.mark.parametrize("name", FOLDERS)
def test_every_asset_has_a_card_that_says_where_it_comes_from(name):
    card = (ROOT / name / "card.md").read_text(encoding="utf-8")
    assert "licen" in card.lower()
    assert len(card) > 200


@pytest.mark.parametrize("name", TRAINED)
def test_the_cards_of_all_weights_that_a_script_saved_end_with_one_licence(name):
    card = (ROOT / name / "card.md").read_text(encoding="utf-8")
    assert card.endswith(f"\n\n{assets.LICENCE}\n")
    assert card.lower().count("licence:") == 1


@pytest.mark.parametrize("name", TRAINED)
def test_weights_match_their_checksum_and_are_numbers(name):
    config, weights = assets.load_weights(name)
    assert config["sha256"]
    assert all(torch.isfinite(value).all() for value in weights.values())


def test_nothing_that_ships_is_a_pickle():
    allowed = {".safetensors", ".json", ".md", ".jsonl", ".npz", ".txt", ".py", ".csv"}
    files = [p for p in ROOT.rglob("*") if p.is_file() and "__pycache__" not in p.parts and p.name != "SHA256SUMS"]
    strange = [p for p in files if p.suffix not in allowed]
    assert strange == []


def test_the_whole_package_stays_small():
    assert sum(p.stat().st_size for p in ROOT.rglob("*") if p.is_file()) < 45e6


def test_weights_round_trip_and_damage_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    assets.save_weights("net", {"w": torch.ones(3, dtype=torch.float16)}, {"width": 3}, "# a card\n")
    config, weights = assets.load_weights("net")
    assert config["width"] == 3
    assert (tmp_path / "net" / "card.md").read_text() == f"# a card\n\n{assets.LICENCE}\n"
    assert torch.equal(weights["w"], torch.ones(3))
    file = tmp_path / "net" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    with pytest.raises(ValueError, match="damaged.*git checkout"):
        assets.load_weights("net")
    with pytest.raises(ValueError, match="no asset 'other'; there are: net"):
        assets.load_weights("other")


def test_what_builds_a_network_stands_under_one_name_in_each_configuration():
    for name in TRAINED:
        assert isinstance(assets.config_of(name)["network"], dict), name


@pytest.mark.parametrize("load", [load_control, load_decoder])
def test_what_was_trained_beside_another_network_is_refused(load):
    with pytest.raises(ValueError, match="holds other layers than this network trains"):
        load(parts.unet(text_width=64))
