"""The messages between the judge and a template: the same at both ends, whole however they come in pieces."""

import pytest

from grading.sandbox import orders
from grading.sandbox.backends import BACKENDS
from grading.sandbox.plan import Plan

MESSAGES = [
    orders.Preload(["scipy"], ["x = 1\n"]),
    orders.Listen(),
    orders.Host(cpu_seconds=3, wall_seconds=2.5, number=7),
    orders.Ready(),
    orders.Handle(7),
    orders.Started(7, 123),
    orders.Started(8, error="OSError: none left"),
    orders.Ending(9, 1.5, 200, 7),
]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_messages_come_out_as_they_went_in(size):
    text = b"".join(map(orders.line, MESSAGES))
    lines = orders.Lines()
    found = [message for i in range(0, len(text), size) for message in lines.feed(text[i : i + size])]
    assert found == MESSAGES
    assert lines.other == b""


def test_what_is_no_message_is_kept_for_the_person_who_looks():
    lines = orders.Lines()
    text = b'Error: no image\n{"message": "Boast"}\n{"message": "Handle"}\n[1]\n3\n' + orders.line(orders.Ready())
    assert lines.feed(text) == [orders.Ready()]
    assert lines.other.startswith(b"Error: no image\n")
    assert lines.other.count(b"\n") == 5


def test_options_survive_the_command_line(tmp_path):
    import json

    plan = Plan(tmp_path, limits=orders.Limits(cpu_seconds=3))
    options = orders.Options.from_plain(json.loads(plan.options(isolate=True, site=["/site/0"], first_uid=5)))
    assert options == orders.Options(True, ["/site/0"], 5, plan.limits)


@pytest.mark.parametrize("name", BACKENDS)
def test_each_backend_offers_what_the_host_asks_of_it(name, tmp_path):
    (tmp_path / "helpers/assets").mkdir(parents=True)
    backend, plan = BACKENDS[name](), Plan(tmp_path, control=5, label="course-1")
    assert backend.name == name
    assert backend.command(plan)[-1].startswith("{")
    assert backend.stop(plan) == ([] if backend.warm else [name, "kill", "course-1"])
    assert backend.problem() is None or name in backend.problem()
