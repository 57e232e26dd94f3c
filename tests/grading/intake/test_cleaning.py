"""Intake: whatever comes in, each exercise is there once, as released, with the student's answer in it."""

import gzip
import json
import os
import random
import time

import jupytext
import nbconvert
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.nbgraderformat import MetadataValidator

from grading.intake import cleaning, matching, reading, slimming
from grading.intake.matching import untouched
from tests.submissions import ANSWERS, as_bytes, cell_of, index_of, release, submission

RELEASE = release()


def clean(notebook):
    """Clean a notebook (a node or bytes), check what must always hold, and return (notebook, kinds of repair)."""
    result = cleaning.clean(notebook if isinstance(notebook, bytes) else as_bytes(notebook), RELEASE)
    assert result.problem is None
    nbformat.validate(result.notebook)
    MetadataValidator().validate_nb(result.notebook)
    for given in RELEASE.cells:
        if "nbgrader" in given.metadata:
            cell = cell_of(result.notebook, given.metadata.nbgrader.grade_id)
            assert (cell.metadata, cell.cell_type) == (given.metadata, given.cell_type)
            if not given.metadata.nbgrader.solution:
                assert cell.source == given.source
    for answer, test in (("double", "check_double"), ("Up_Down", "check_Up_Down")):
        assert index_of(result.notebook, answer) < index_of(result.notebook, test)
    return result.notebook, [repair.kind for repair in result.repairs]


def answers(notebook):
    return {name: cell_of(notebook, name).source for name in ANSWERS}


def problem(data):
    result = cleaning.clean(data, RELEASE)
    assert result.notebook is None
    return result.problem


def without_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    return notebook


def test_an_ordinary_submission_passes_unchanged():
    given = submission()
    notebook, kinds = clean(given)
    assert kinds == []
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in given.cells]


def test_an_untouched_release_passes_unchanged():
    notebook, kinds = clean(release())
    assert kinds == []
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in RELEASE.cells]


def test_answers_are_found_without_any_metadata():
    notebook, kinds = clean(without_metadata(submission()))
    assert answers(notebook) == ANSWERS
    assert kinds == ["metadata-lost"]
    assert len(notebook.cells) == len(RELEASE.cells)


def test_an_untouched_written_answer_without_metadata_stays_its_own():
    given = without_metadata(submission(written_linear="YOUR ANSWER HERE"))
    notebook, _ = clean(given)
    assert cell_of(notebook, "written_linear").source == "YOUR ANSWER HERE"
    assert cell_of(notebook, "written_inverse").source == ANSWERS["written_inverse"]


def test_swapped_grade_ids_do_not_swap_answers():
    given = submission()
    first, second = cell_of(given, "double"), cell_of(given, "Up_Down")
    first.metadata.nbgrader.grade_id, second.metadata.nbgrader.grade_id = "Up_Down", "double"
    notebook, _ = clean(given)
    assert answers(notebook) == ANSWERS


def test_a_test_cells_metadata_pasted_on_the_answer_does_not_hide_it():
    given = submission()
    cell_of(given, "double").metadata = nbformat.from_dict(dict(cell_of(given, "check_double").metadata))
    notebook, _ = clean(given)
    assert answers(notebook) == ANSWERS


def test_of_two_answer_cells_the_last_filled_in_is_marked():
    given = submission()
    at = index_of(given, "double")
    early = nbformat.from_dict(json.loads(json.dumps(given.cells[at])))
    early.source = "def double(x):\n    return 3 * x"
    stub = nbformat.from_dict(json.loads(json.dumps(RELEASE.cells[at])))
    given.cells[at:at] = [early]
    given.cells.append(stub)
    notebook, kinds = clean(given)
    assert cell_of(notebook, "double").source == ANSWERS["double"]
    assert "duplicated" in kinds
    assert len(notebook.cells) == len(RELEASE.cells) + 1  # the early attempt stays as a plain cell


@pytest.mark.parametrize("left", ["def double(x): ...", "# see below", ""])
def test_an_answer_in_a_new_cell_is_found_when_the_answer_cell_is_empty(left):
    given = submission(double=cell_of(RELEASE, "double").source if left.startswith("def") else left)
    given.cells.insert(index_of(given, "double") + 1, new_code_cell(ANSWERS["double"]))
    notebook, kinds = clean(given)
    assert answers(notebook) == ANSWERS
    assert "found-elsewhere" in kinds
    assert "was left empty" in cleaning.clean(as_bytes(given), RELEASE).repairs[0].detail


def test_an_answer_spread_over_two_cells_is_put_together():
    up, down = ANSWERS["Up_Down"].split("\n\n\n")
    given = submission(Up_Down=up)
    given.cells.insert(index_of(given, "Up_Down") + 1, new_code_cell(down))
    notebook, kinds = clean(given)
    assert cell_of(notebook, "Up_Down").source == f"{up}\n\n{down}"
    assert kinds == ["merged"]


def test_of_two_cells_with_the_missing_half_only_the_later_is_put_in():
    up, down = ANSWERS["Up_Down"].split("\n\n\n")
    given = submission(Up_Down=up)
    at = index_of(given, "Up_Down") + 1
    given.cells[at:at] = [new_code_cell(down.replace("x - 1", "x - 2")), new_code_cell(down)]
    assert cell_of(clean(given)[0], "Up_Down").source == f"{up}\n\n{down}"


def test_an_answer_pasted_into_another_exercises_cell_leaves_that_exercise_whole():
    both = f"{ANSWERS['double']}\n\n\n{ANSWERS['Up_Down']}"
    notebook, _ = clean(submission(double=cell_of(RELEASE, "double").source, Up_Down=both))
    assert cell_of(notebook, "Up_Down").source == both


def test_a_written_answer_in_the_cell_beside_is_found():
    given = submission(written_linear="YOUR ANSWER HERE")
    given.cells.insert(index_of(given, "written_linear") + 1, new_markdown_cell("It is linear since f(ax) = a f(x)."))
    notebook, kinds = clean(given)
    assert cell_of(notebook, "written_linear").source == "It is linear since f(ax) = a f(x)."
    assert kinds == ["found-elsewhere"]


def test_an_edited_prompt_is_not_taken_for_a_written_answer():
    given = submission(written_linear="YOUR ANSWER HERE")
    prompt = given.cells[index_of(given, "written_linear") - 1]
    prompt.source = prompt.source.replace("what would", "**what** would")
    notebook, _ = clean(given)
    assert cell_of(notebook, "written_linear").source == "YOUR ANSWER HERE"


def test_deleted_cells_come_back_in_their_place():
    given = submission()
    gone = ["double", "check_double", "written_inverse"]
    given.cells = [c for c in given.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in gone]
    notebook, kinds = clean(given)
    assert kinds == ["restored-missing"] * 3
    assert [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader")] == [
        cell_of(RELEASE if name in gone else submission(), name).source
        for name in ["double", "check_double", "Up_Down", "check_Up_Down", "written_linear", "written_inverse"]
    ]
    assert index_of(notebook, "double") == index_of(RELEASE, "double")


def test_a_deleted_set_up_cell_comes_back_and_an_edited_one_stays_edited():
    deleted, edited = submission(), submission()
    del deleted.cells[1]
    edited.cells[1].source = "import math\n\nFACTOR = 3.0  # mine"
    notebook, kinds = clean(deleted)
    assert (kinds, notebook.cells[1].source) == (["restored-code"], RELEASE.cells[1].source)
    notebook, kinds = clean(edited)
    assert (kinds, notebook.cells[1].source) == ([], "import math\n\nFACTOR = 3.0  # mine")
    assert len(notebook.cells) == len(RELEASE.cells)


def test_reordered_exercises_keep_their_answers_and_each_test_follows_its_answer():
    given = submission()
    given.cells = given.cells[::-1]
    notebook, kinds = clean(given)
    assert answers(notebook) == ANSWERS
    assert "reordered" in kinds


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda cell: cell.update(source="4.0"), "restored-test-cell"),
        (lambda cell: cell.update(source=""), "restored-test-cell"),
        (lambda cell: cell.metadata.update(tags=["skip-execution"]), "skip-tag"),
        (lambda cell: cell.update(cell_type="markdown"), "cell-type"),
        (lambda cell: cell.metadata.nbgrader.update(points=400), "points"),
        (lambda cell: cell.metadata.nbgrader.update(schema_version=99), "schema-version"),
        (lambda cell: cell.metadata.nbgrader.update(schema_version={"a": []}), "schema-version"),
        (lambda cell: cell.metadata.nbgrader.update(locked=False, grade=False), "role"),
    ],
)
def test_a_spoilt_test_cell_is_put_right_and_the_change_is_written_down(spoil, kind):
    given = submission()
    spoil(cell_of(given, "check_double"))
    _, kinds = clean(given)
    assert kinds == [kind]


def test_changed_cell_types_of_answers_are_turned_back():
    given = submission()
    cell_of(given, "double").cell_type = "markdown"
    cell_of(given, "written_linear").cell_type = "code"
    notebook, kinds = clean(given)
    assert answers(notebook) == ANSWERS
    assert kinds == ["cell-type", "cell-type"]


@pytest.mark.parametrize("fence", ["```python\n{}\n```", "\n~~~\n{}\n~~~\n", "``` {{.python}}\n{}\n```  "])
def test_code_in_a_text_cell_leaves_its_fence(fence):
    given = submission(double=fence.format(ANSWERS["double"]))
    cell_of(given, "double").cell_type = "markdown"
    assert answers(clean(given)[0]) == ANSWERS


def test_a_fence_in_a_code_cell_stays_for_its_author_saw_it_fail():
    fenced = f"```python\n{ANSWERS['double']}\n```"
    assert answers(clean(submission(double=fenced))[0])["double"] == fenced


def test_colab_downloads_lose_their_metadata_and_keep_their_answers():
    given = submission()
    given.metadata = {"colab": {"provenance": []}, "widgets": {"application/vnd.jupyter.widget-state+json": {"x": 1}}}
    given.nbformat_minor = 0
    for number, cell in enumerate(given.cells):
        del cell["id"]
        cell.metadata = {"id": f"Zq{number}", "colab": {"base_uri": "https://localhost"}, **cell.metadata}
    notebook, kinds = clean(given)
    assert kinds == ["colab", "widgets"]
    assert answers(notebook) == ANSWERS
    assert "colab" not in notebook.metadata
    assert "widgets" not in notebook.metadata


def test_pasted_pictures_survive_in_written_answers_only_as_bitmaps():
    given = submission()
    cell_of(given, "written_linear").attachments = {
        "sketch.png": {"image/png": "iVBORw0KGgo="},
        "evil.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"},
    }
    notebook, _ = clean(given)
    assert cell_of(notebook, "written_linear").attachments == {"sketch.png": {"image/png": "iVBORw0KGgo="}}


def test_the_old_notebook_format_is_converted():
    cells = []
    for cell in submission().cells:
        key = "input" if cell.cell_type == "code" else "source"
        cells.append({"cell_type": cell.cell_type, key: cell.source.splitlines(True), "metadata": cell.metadata})
    cells.append({"cell_type": "heading", "level": 1, "source": "The end"})
    notebook, kinds = clean(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode())
    assert answers(notebook) == ANSWERS
    assert kinds == ["old-format"]
    assert notebook.cells[-1].source == "# The end"


def test_whole_cells_are_saved_from_a_truncated_file():
    data = as_bytes(submission())
    cut = data.index(b"checks.Up_Down")
    notebook, kinds = clean(data[:cut])
    assert answers(notebook)["double"] == ANSWERS["double"]
    assert answers(notebook)["Up_Down"] == ANSWERS["Up_Down"]
    assert kinds[0] == "salvaged"
    assert kinds.count("restored-missing") == 3


@pytest.mark.parametrize("left", ["nothing", "the stub", "a comment"])
@pytest.mark.parametrize(("into", "gone"), [("double", "Up_Down"), ("Up_Down", "double")])
@pytest.mark.parametrize("metadata", [True, False])
def test_two_answers_in_one_cell_are_both_found(into, gone, left, metadata):
    both = ANSWERS["double"] + "\n\n" + ANSWERS["Up_Down"]
    spoilt = submission(**{into: both, gone: cell_of(release(), gone).source if left == "the stub" else "# see there"})
    if left == "nothing":
        del spoilt.cells[index_of(spoilt, gone)]
    for cell in spoilt.cells if not metadata else ():
        cell.metadata = {}
    notebook, kinds = clean(spoilt)
    assert answers(notebook) == ANSWERS | {into: both, gone: both}
    assert "merged" in kinds
    assert "restored-missing" not in kinds


def test_an_answer_in_its_own_cell_is_marked_though_another_cell_defines_it_too():
    notebook, kinds = clean(submission(double=ANSWERS["double"] + "\n\n" + ANSWERS["Up_Down"].replace("1", "2")))
    assert answers(notebook)["Up_Down"] == ANSWERS["Up_Down"]
    assert "merged" not in kinds


@pytest.mark.parametrize("of", ["figure =", "return FACTOR", "def double", '"cell_type"', '"nbformat":'])
@pytest.mark.parametrize(
    "marks",
    [
        ("<<<<<<< HEAD", "=======\n{other}\n>>>>>>> partner"),
        ("<<<<<<< ours\r", "||||||| base\n=======\r\n{other}\n>>>>>>> theirs\r"),
        ("<<<<<<< HEAD", "=======\n>>>>>>> partner"),
        ("<<<<<<< HEAD", ""),
    ],
)
def test_of_a_merge_that_was_not_finished_the_first_side_is_read(of, marks):
    lines = json.dumps(submission(), indent=1).split("\n")
    at = next(n for n, line in enumerate(lines) if of in line)
    lines[at : at + 1] = [marks[0], lines[at], marks[1].format(other=lines[at].replace("FACTOR", "0"))]
    notebook, kinds = clean("\n".join(lines).encode())
    assert answers(notebook) == ANSWERS
    assert kinds == ["salvaged"]


def test_a_script_with_marks_of_a_merge_is_read_too():
    notebook, kinds = clean(b"import math\n<<<<<<< HEAD\ndef double(x):\n    return 2 * x\n=======\nx = (\n>>>>>>> b\n")
    assert answers(notebook)["double"] == "def double(x):\n    return 2 * x"
    assert kinds[:2] == ["salvaged", "script"]


def test_marks_of_merges_without_end_take_no_time():
    started = time.process_time()
    assert reading.read(b"<<<<<<<\n" * 300_000 + b"=======\n" * 100_000).problem
    assert time.process_time() - started < 10


def test_a_python_script_is_read_at_its_cell_marks():
    script = "# In[1]:\n\nimport math\n\n# In[2]:\n\n" + ANSWERS["double"] + "\n\n# In[ ]:\n\nprint(double(2))\n"
    notebook, kinds = clean(script.encode())
    assert cell_of(notebook, "double").source == ANSWERS["double"]
    assert kinds[0] == "script"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"{}", "no cells"),
        (b"[1, 2]", "a list"),
        (b'{"cells": []}', "no cell with any text"),
        (b'{"cells": [{"cell_type": "code", "source": "x = 1"}]}', "None of this assignment's exercises"),
        (b"%PDF-1.7 \x00\xff", "a PDF file"),
        (b"PK\x03\x04\x14\x00\xff", "a zip archive"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"dear sir, my dog ate it", "begins with 'dear sir"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"cells": [{"cell_type": "code", "source": "def f' + b"\xff" * 50, "no cell of it could be saved"),
    ],
)
def test_what_is_no_notebook_gets_a_sentence_for_the_instructor(data, words):
    assert words in problem(data)


def test_another_assignments_notebook_is_recognised_by_its_cells():
    given = nbformat.from_dict({"cells": [{"cell_type": "code", "source": "x", "metadata": {}}]})
    given.cells[0].metadata["nbgrader"] = {"grade_id": "langevin_step", "solution": True}
    assert "langevin_step: another assignment?" in problem(as_bytes(given))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_other_encodings_and_odd_characters_are_read(encoding):
    given = submission(written_linear="ε ≠ 0\r\n\ud800\0 é")
    notebook, _ = clean(json.dumps(given, ensure_ascii=True).encode(encoding))
    assert cell_of(notebook, "written_linear").source == "ε ≠ 0\n? é"
    assert cell_of(notebook, "double").source == ANSWERS["double"]


def test_huge_outputs_are_left_out_before_parsing(tmp_path, monkeypatch):
    given = submission()
    for cell in given.cells:
        if cell.cell_type == "code":
            cell.outputs = [{"output_type": "stream", "name": "stdout", "text": ['"outputs": [{ \\"\n'] * 40_000}]
    path = tmp_path / "big.ipynb"
    path.write_text(json.dumps(given))
    monkeypatch.setattr(slimming, "MAX_KEPT", 100_000)
    result = cleaning.clean(path, RELEASE)
    assert answers(result.notebook) == ANSWERS
    assert [repair.kind for repair in result.repairs] == ["outputs-dropped"]


def test_a_tangled_file_is_given_up_in_bounded_time(monkeypatch):
    monkeypatch.setattr(slimming, "MAX_TOKENS", 10_000)
    assert "too tangled" in problem(b'{"cells": [' + b"[[]]" * 2_000_000)
    assert "Even without outputs" in problem(b'{"cells": ["' + b"x" * 40_000_000)


def test_sizes_are_bounded(monkeypatch):
    given = submission(double="def double(x):\n    return 2 * x\n" + "#" * 300_000)
    given.cells += [new_code_cell(f"x = {n}") for n in range(3_000)]
    notebook, kinds = clean(given)
    assert len(notebook.cells) < 2_100
    assert kinds == ["cell-cut", "too-many-cells"]
    monkeypatch.setattr(reading, "MAX_BYTES", 1_000)
    assert "over the limit" in problem(as_bytes(given))


def test_links_and_pipes_are_never_opened(tmp_path):
    outside = tmp_path / "solution.ipynb"
    outside.write_bytes(as_bytes(submission()))
    student = tmp_path / "in" / "ada"
    student.mkdir(parents=True)
    (student / "3_ddpm.ipynb").symlink_to(outside)
    (student / "folder").symlink_to(tmp_path)
    os.mkfifo(student / "pipe.ipynb")
    result = cleaning.clean(student, RELEASE)
    assert result.notebook is None
    assert [repair.kind for repair in result.repairs] == ["not-followed"] * 3
    assert cleaning.clean(student / "3_ddpm.ipynb", RELEASE).notebook is None
    assert cleaning.clean(student / "pipe.ipynb", RELEASE).notebook is None
    assert cleaning.clean(tmp_path / "nowhere", RELEASE).notebook is None


def test_of_two_notebooks_the_one_with_more_answers_is_marked(tmp_path):
    (tmp_path / "3_ddpm.ipynb").write_bytes(as_bytes(release()))
    (tmp_path / "3_ddpm (1).ipynb").write_bytes(as_bytes(submission()))
    result = cleaning.clean(tmp_path, RELEASE, "3_ddpm")
    assert answers(result.notebook) == ANSWERS
    (repair,) = result.repairs
    assert repair.kind == "several-notebooks"
    assert "3_ddpm (1).ipynb is marked, with 4 exercises filled in" in repair.detail


def test_random_damage_never_raises():
    rng, whole = random.Random(0), as_bytes(submission())
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 3, 30])):
            at = rng.randrange(len(data))
            data[at : at + rng.randrange(20)] = bytes(rng.choices(range(256), k=rng.randrange(12)))
        result = cleaning.clean(bytes(data), RELEASE)
        assert (result.notebook is None) == (result.problem is not None)


@pytest.mark.parametrize("junk", [None, 0, "x", [], {}, [None], {"nbgrader": 3}, [["a"]], True, 1e999])
@pytest.mark.parametrize("key", ["source", "metadata", "cell_type", "attachments", "outputs", "nbgrader", "grade_id"])
def test_any_type_in_any_field_is_survived(key, junk):
    given = submission()
    cell = cell_of(given, "double")
    target = {"nbgrader": cell.metadata, "grade_id": cell.metadata.nbgrader}.get(key, cell)
    target[key] = junk
    clean(given)


def test_without_a_notebook_the_likeliest_other_file_is_read(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    assert "a PDF file" in cleaning.clean(tmp_path, RELEASE).problem
    (tmp_path / "b.json").write_bytes(as_bytes(submission()))
    assert answers(cleaning.clean(tmp_path, RELEASE).notebook) == ANSWERS
    assert cleaning.clean(tmp_path / "b.json", RELEASE).repairs == []


def test_an_empty_folder_is_a_problem_to_look_at(tmp_path):
    assert cleaning.clean(tmp_path, RELEASE).problem == "No notebook was handed in."


def test_a_cell_of_newlines_is_looked_at_as_fast_as_any_other():
    started = time.process_time()
    assert untouched("\n" * 200_000, "pass")
    assert untouched("   # a comment\n\n" * 20_000, "pass")
    assert not untouched("\n" * 200_000 + "x = 1", "pass")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        "It is linear since f(ax) = a f(x).",
        "# It is linear,\n# as the factor comes out.",
        '"""It is linear, an offset breaks it."""',
    ],
)
@pytest.mark.parametrize("kind", ["code", "raw", "markdown"])
@pytest.mark.parametrize("side", [0, 1])
def test_words_beside_an_empty_written_cell_are_the_answer_whatever_the_cells_type(text, kind, side):
    given = submission(written_linear="YOUR ANSWER HERE")
    cell = new_code_cell(text) if kind == "code" else new_markdown_cell(text)
    cell.cell_type = kind
    given.cells.insert(index_of(given, "written_linear") + side, cell)
    notebook, kinds = clean(given)
    assert cell_of(notebook, "written_linear").source == text
    assert "found-elsewhere" in kinds


@pytest.mark.parametrize("code", ["x = 1", "double(3)", "import math", "%time double(3)", "x", "for k in range(3):\n    print k"])
def test_code_beside_an_empty_written_cell_is_no_answer(code):
    given = submission(written_linear="YOUR ANSWER HERE")
    given.cells.insert(index_of(given, "written_linear") + 1, new_code_cell(code))
    assert cell_of(clean(given)[0], "written_linear").source == "YOUR ANSWER HERE"


def test_an_answer_above_its_stub_is_not_called_a_double():
    given = submission(double=cell_of(release(), "double").source)
    given.cells.insert(index_of(given, "double"), new_code_cell(ANSWERS["double"]))
    assert "duplicated" not in clean(given)[1]


@pytest.mark.parametrize("text", ["\n" * 200_000, " \n" * 100_000, "#\n" * 100_000, "\t" * 200_000])
def test_a_cell_of_white_space_costs_no_time(text):
    start = time.process_time()
    matching.untouched(text, "stub")
    assert time.process_time() - start < 1


@pytest.mark.parametrize("mark", ["#%%", "# %%", "#In[3]:", "# In[3]:"])
def test_a_script_is_read_with_either_way_of_marking_cells(mark):
    text = "".join(f"{mark}\n{cell.source}\n\n" for cell in submission().cells if cell.cell_type == "code")
    notebook, kinds = clean(text.encode())
    assert cell_of(notebook, "double").source == ANSWERS["double"]
    assert "script" in kinds


@pytest.mark.parametrize("form", ["py:percent", "py:hydrogen", "py:light", "md", "Rmd", "md:myst"])
@pytest.mark.parametrize("known", [True, False])
def test_what_jupytext_writes_is_read_back(form, known):
    """With nbgrader's metadata in it, which looks like a piece of a notebook, and without."""
    given = submission() if known else without_metadata(submission())
    notebook, kinds = clean(jupytext.writes(given, form).encode())
    assert answers(notebook) == ANSWERS
    assert kinds[0] == "script"


def test_a_script_whose_header_is_broken_is_read_by_the_marks_of_its_cells():
    text = jupytext.writes(submission(), "py:percent")
    broken = text.replace("#   jupytext:\n", "#   jupytext:\n# ]: [\n")
    notebook, kinds = clean(broken.encode())
    assert answers(notebook)["double"] == ANSWERS["double"]
    assert kinds[0] == "script"


@pytest.mark.parametrize("exporter", [nbconvert.PythonExporter, nbconvert.MarkdownExporter])
def test_what_jupyter_exports_as_text_is_read_back(exporter):
    given = submission()
    given.metadata.language_info = {"name": "python", "file_extension": ".py"}
    notebook, _ = clean(exporter().from_notebook_node(given)[0].encode())
    coded = {name: text for name, text in ANSWERS.items() if cell_of(RELEASE, name).cell_type == "code"}
    assert {name: answers(notebook)[name] for name in coded} == coded


@pytest.mark.parametrize("wrap", [lambda n: {"content": n, "type": "notebook", "format": "json"}, lambda n: {"notebook": n}])
def test_a_notebook_within_a_servers_answer_is_found(wrap):
    notebook, _ = clean(json.dumps(wrap(json.loads(as_bytes(submission())))).encode())
    assert answers(notebook) == ANSWERS


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_wide_encodings_are_read(encoding):
    assert answers(clean(as_bytes(submission()).decode().encode(encoding))[0]) == ANSWERS


@pytest.mark.parametrize(
    ("data", "said"), [(gzip.compress(b"{}", mtime=0), "a gzip archive"), (b"\xef\xbb\xbf <HTML>", "a web page")]
)
def test_what_a_file_is_instead_is_said_by_its_bytes(data, said):
    assert said in problem(data)


@pytest.mark.parametrize("own", ["step = 2\ndouble = partial(scale, step)", "double: Callable = torch.no_grad()(scale)"])
def test_an_answer_that_is_assigned_is_found_without_metadata_beside_one_that_repeats_it(own):
    given = submission()
    cell_of(given, "double").source = f"def scale(step, x):\n    return step * x\n\n{own}"
    repeated = "def double(x):\n    return x + x\n\n" + ANSWERS["Up_Down"]
    cell_of(given, "Up_Down").source = repeated
    notebook, _ = clean(without_metadata(given))
    assert own in answers(notebook)["double"]
    assert answers(notebook)["Up_Down"] == repeated
