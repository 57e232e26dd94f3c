"""What notebook 1 says of models that draw in one pass is what its table has."""

import json

from helpers import assets

ROWS = {
    row["model"].split(",")[0]: row
    for row in json.loads((assets.path("vae_digits") / "comparison.json").read_text(encoding="utf-8"))["rows"]
}
ONE_PASS = {"VAE", "GAN"}
MANY = {"energy-based", "NCSN", "DDPM", "conditional", "flow"}


def test_the_table_has_all_models_of_the_course():
    assert ONE_PASS | MANY < set(ROWS)


def test_both_cover_all_ten_digits():
    assert all(ROWS[name]["classes covered"] == 10 for name in ONE_PASS)


def test_the_vae_is_the_less_legible_and_the_further_from_real_digits():
    assert ROWS["VAE"]["legible"] < 0.5 < ROWS["GAN"]["legible"]
    assert ROWS["VAE"]["low"] > ROWS["GAN"]["high"]


def test_one_pass_takes_less_than_a_thousandth_of_a_second_and_many_over_ten():
    assert all(ROWS[name]["seconds a sample"] < 0.001 for name in ONE_PASS)
    assert all(ROWS[name]["seconds a sample"] > 0.01 for name in MANY)
