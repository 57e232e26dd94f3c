"""The tables that notebooks show."""

from helpers.pretrained import Table

ROW = {"model": "flow", "fid": 31.4, "low": 28.6, "high": 34.5, "legible": 0.915}


def test_a_table_shows_what_its_rows_have():
    plain = Table("100 samples", [ROW])
    assert plain.head() == ["model", "FID", "95 % interval", "legible"]
    assert plain.cells(ROW) == ["flow", "31", "29 to 34", "0.92"]
    assert str(plain).endswith("100 samples")


def test_covered_digits_and_time_stand_where_they_were_measured_and_are_left_empty_where_not():
    timed = {**ROW, "model": "VAE", "classes covered": 9, "seconds a sample": 0.0001234}
    table = Table("100 samples", [ROW, timed])
    assert table.head()[-2:] == ["classes covered", "seconds a sample"]
    assert table.cells(ROW)[-2:] == ["", ""]
    assert table.cells(timed)[-2:] == ["9 of 10", "0.00012"]
    assert "<td>9 of 10</td><td>0.00012</td>" in table._repr_html_()
