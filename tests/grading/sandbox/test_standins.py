"""The course package inside the sandbox: everything but the answers to the exercises."""

import ast

import pytest

from grading.sandbox import standins
from grading.sandbox.standins import References, stand_in

MODULE = '''
"""Schedules."""
import math

LIMIT = 0.999


def _angle(t):
    return t * math.pi / 2


def shared(x):
    return x + 1


def answer(t: float, s: float = 0.008):
    """The reference."""
    return shared(math.cos(_angle(t)))


def other(t):
    return shared(t)


class Block(list):
    """Another reference."""

    size = 3

    def __init__(self, n):
        self.n = n
'''


@pytest.fixture
def references(monkeypatch):
    found = References({"answer": "helpers.toy", "other": "helpers.toy", "Block": "helpers.toy"})
    monkeypatch.setitem(found.__dict__, "sources", {"helpers.toy": MODULE})
    return found


def test_a_reference_goes_with_what_it_alone_is_built_from(references):
    assert references.withheld({"answer"}) == {"helpers.toy": {"answer", "_angle"}}
    assert references.withheld({"other"}) == {"helpers.toy": {"other"}}
    assert references.withheld(set()) == {"helpers.toy": set()}


def test_marking_one_exercise_leaves_the_others_references_working(references):
    text = references.overlay(["answer"])["helpers.toy"]
    space = {}
    exec(text, space)
    assert space["other"](1) == 2
    assert space["Block"](4).n == 4
    assert "math.pi" not in text


def test_the_files_hold_no_reference_at_all(references):
    text = references.everything()["helpers.toy"]
    assert "math.cos" not in text
    assert "math.pi" not in text
    assert "size" not in text
    assert "LIMIT = 0.999" in text


def test_a_stand_in_keeps_its_signature_and_refuses(monkeypatch):
    from grading.sandbox.inside import overlay

    monkeypatch.setattr(overlay, "_used", [])
    space = {}
    exec(stand_in(MODULE, {"answer", "Block"}), space)
    with pytest.raises(overlay.ReferenceWithheld, match="write it yourself"):
        space["answer"](1.0, s=2.0)
    with pytest.raises(overlay.ReferenceWithheld):
        space["Block"](3)
    with pytest.raises(TypeError):
        space["answer"](1, 2, 3)
    assert overlay.used() == ["answer", "Block"]


def test_each_exercise_of_the_course_is_withheld_where_it_lives():
    references = References.of_the_course()
    everything = references.everything()
    for name, home in references.homes.items():
        tree = ast.parse(everything[home])
        (definition,) = [node for node in tree.body if getattr(node, "name", None) == name]
        assert f"refuse('{name}')" in ast.unparse(definition)


def test_no_module_of_helpers_defines_an_exercise_a_second_time():
    """A copy elsewhere in the package would be a way round the stand-ins."""
    references = References.of_the_course()
    for file in standins._teaching():
        module = ".".join(file.relative_to(standins.HELPERS.parent).with_suffix("").parts)
        for node in ast.parse(file.read_text()).body:
            name = getattr(node, "name", None)
            if name in references.homes:
                assert references.homes[name] == module, f"{name} also stands in {file.name}"


def test_what_goes_into_the_sandbox_of_the_checks_knows_no_right_answer():
    assert {"perform", "plain", "probes", "messages", "limits", "attempted"} <= set(standins.machinery())
    assert not {"check", "compare", "figures", "exercises", "registry", "card"} & set(standins.machinery())


def test_machinery_that_would_bring_in_the_checks_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(standins, "CHECK_MACHINERY", ("fallback",))  # which looks an exercise's check up
    with pytest.raises(ValueError, match="helpers.checks.registry would go into the sandbox"):
        standins.machinery()
