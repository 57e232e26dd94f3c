"""Whatever students hand in, intake answers with a notebook or with a sentence for a person; it never raises."""

import contextlib
import io
import json
import zipfile

import pytest

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from grading.intake.cleaning import clean  # noqa: E402
from tests import marking  # noqa: E402

QUICK = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
IDS = st.sampled_from(["cosine_beta_schedule", "check_cosine_beta_schedule", "ConvBlock", "check_ConvBlock", "", "nobody"])
METADATA = PLAIN | st.fixed_dictionaries({"nbgrader": PLAIN | st.fixed_dictionaries({"grade_id": IDS | PLAIN, "grade": PLAIN})})
CELL = PLAIN | st.fixed_dictionaries(
    {
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | PLAIN,
        "source": st.text(max_size=60) | st.lists(st.text(max_size=20) | PLAIN, max_size=3) | PLAIN,
    },
    optional={"metadata": METADATA, "attachments": PLAIN, "outputs": PLAIN, "id": PLAIN},
)
NOTEBOOK = st.fixed_dictionaries({"cells": st.lists(CELL, max_size=6) | PLAIN}, optional={"nbformat": PLAIN, "metadata": PLAIN})


@pytest.fixture(scope="module")
def release():
    return marking.release()


def holds(result, release):
    """A problem in a sentence, or a notebook in which each of the release's graded cells exists once."""
    if result.problem is not None:
        return bool(result.problem.strip()) and result.notebook is None
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in result.notebook.cells]
    graded = [c.metadata["nbgrader"]["grade_id"] for c in release.cells if c.metadata.get("nbgrader", {}).get("grade")]
    return all(ids.count(grade_id) == 1 for grade_id in graded)


@QUICK
@given(data=st.binary(max_size=400))
def test_any_bytes(data, release):
    assert holds(clean(data, release, marking.NAME), release)


@QUICK
@given(tree=PLAIN | NOTEBOOK)
def test_any_json(tree, release):
    assert holds(clean(json.dumps(tree).encode(), release, marking.NAME), release)


@QUICK
@given(cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), max_size=5))
def test_a_right_file_with_holes_in_it(cuts, release):
    data = json.dumps(marking.answered()).encode()
    for place, piece in cuts:
        at = int(place * len(data))
        data = data[:at] + piece + data[at + len(piece) :]
    assert holds(clean(data, release, marking.NAME), release)


@QUICK
@given(
    files=st.dictionaries(st.text(min_size=1, max_size=12), st.binary(max_size=60), max_size=4),
    damage=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=4),
)
def test_any_zip_that_is_collected(files, damage, tmp_path_factory):
    from grading.intake.collect import collect

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.encode("utf-8", "replace").decode(), data)
    data = bytearray(buffer.getvalue())
    for place, value in damage:
        data[int(place * len(data))] = value
    folder = tmp_path_factory.mktemp("any")
    (folder / "in.zip").write_bytes(data)
    with contextlib.suppress(ValueError):  # said to the instructor in one sentence
        collect(folder / "in.zip", marking.NAME, folder / "out")
