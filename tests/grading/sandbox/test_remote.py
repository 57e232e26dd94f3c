"""Remote subjects: the same replies as a local one gives, and nothing but a failed call for whatever else comes back."""

import copy
from dataclasses import replace

import pytest
import torch

from grading.sandbox import exchange
from grading.sandbox.exchange import Program
from grading.sandbox.host import Sandbox
from grading.sandbox.remote import HostedAnswer, RemoteSubject
from helpers.checks.plain import SubjectError
from helpers.checks.subject import LocalSubject, Probe

CODE = """
import numpy as np
import torch
from torch import nn


def scale(x, k=2.0):
    print("scaling")
    return k * x


def energy_sum(energy, x):
    return energy(x).sum()


def spoil(x):
    x.zero_()
    return {"a": (x.double(), [1, None]), "b": np.arange(3), "c": "text"}


def fails(x):
    return x.no_such_thing


class Shift(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.linear = nn.Linear(n, n)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(self.linear(x))
"""
NAMES = ["scale", "energy_sum", "spoil", "fails", "Shift"]


@pytest.fixture(scope="module")
def exercise():
    program = Program([("cell 1", CODE)], NAMES)
    with Sandbox("bubblewrap") as sandbox, HostedAnswer(sandbox, program) as exercise:
        yield exercise


@pytest.fixture(scope="module")
def both(exercise):
    space = {}
    exec(compile(CODE, "<cell 1>", "exec"), space)
    return {name: (LocalSubject(name, space[name]), RemoteSubject(name, exercise)) for name in NAMES}


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


def assert_same_reply(local, far):
    for field in (
        "value",
        "facts",
        "inputs",
        "input_facts",
        "input_grads",
        "param_grads",
        "records",
        "strays",
        "shared",
        "disturbed",
        "stdout",
    ):
        assert same(getattr(local, field), getattr(far, field)), field


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("scale", (torch.arange(3.0),), {"grad": (0,)}),
        ("scale", (torch.ones(2, 2, dtype=torch.float64),), {"k": 3}),
        ("energy_sum", (Probe("quadratic_energy", {"A": torch.eye(2), "b": torch.ones(2)}), torch.randn(3, 2)), {"grad": (1,)}),
        ("spoil", (torch.ones(3),), {}),
    ],
)
def test_a_call_gives_the_reply_that_it_gives_in_a_notebook(both, name, args, kwargs):
    local, far = (subject.call(*copy.deepcopy(args), **kwargs) for subject in both[name])
    assert_same_reply(local, far)


def test_mutation_of_an_argument_shows_and_stays_over_there(both):
    x = torch.ones(3)
    reply = both["spoil"][1].call(x)
    assert torch.equal(reply.inputs[0], torch.zeros(3))
    assert torch.equal(x, torch.ones(3))


def test_a_module_is_built_loaded_run_and_differentiated_alike(both):
    local, far = (subject.build(4, seed=3) for subject in both["Shift"])
    assert same(local.state(), far.state())
    state = {name: torch.full_like(value, 0.5) for name, value in local.state().items()}
    for module in (local, far):
        module.load_state(state)
    x = torch.randn(2, 4)
    for train in (False, True):
        replies = [m.forward(x, train=train, grad=(0,), param_grads=True, seed=5) for m in (local, far)]
        assert_same_reply(*replies)


def test_an_exception_is_described_alike(both):
    errors = []
    for subject in both["fails"]:
        with pytest.raises(SubjectError) as caught:
            subject.call(torch.ones(1))
        errors.append(caught.value.as_plain())
    assert errors[1].pop("where") == errors[0].pop("where") + ": return x.no_such_thing"  # a cell's source is at hand there
    assert errors[0] == errors[1]


def test_a_name_that_is_missing_is_unattempted(exercise):
    program = replace(exercise.program, targets=["nothing"])
    with HostedAnswer(exercise.sandbox, program) as empty, pytest.raises(SubjectError) as caught:
        RemoteSubject("nothing", empty).call()
    assert caught.value.kind == "unattempted"


GOOD = {
    "value": torch.ones(2),
    "facts": {"": (True, False, "cpu")},
    "inputs": [],
    "input_facts": {},
    "input_grads": [],
    "param_grads": {},
    "records": [],
    "strays": [],
    "shared": [],
    "disturbed": [],
    "upcast": [],
    "grad_mode": False,
    "stdout": "",
    "seconds": 0.1,
    "module": None,
}


def test_a_gradient_mode_left_switched_is_told():
    assert exchange.rebuilt(GOOD).grad_mode is False
    assert exchange.rebuilt(GOOD | {"grad_mode": True}).grad_mode is True


def test_dtype_and_shape_are_read_off_the_tensor_not_off_the_claim():
    fact = exchange.rebuilt(GOOD).facts[""]
    assert (fact.dtype, fact.shape, fact.requires_grad) == ("float32", (2,), True)


@pytest.mark.parametrize(
    "change",
    [
        {"value": Probe("generator", {})},
        {"facts": {"": "float32"}},
        {"facts": {"": (True, False)}},
        {"facts": {"": (True, False, 3)}},
        {"facts": [1]},
        {"inputs": {"0": 1}},
        {"input_grads": [(0, "steep")]},
        {"input_grads": [("0", None)]},
        {"input_grads": [(True, None)]},
        {"input_grads": 3},
        {"param_grads": {"w": 1.0}},
        {"records": [(0, "text")]},
        {"strays": [3]},
        {"shared": ["a"]},
        {"disturbed": ["a"]},
        {"upcast": ["a"]},
        {"stdout": 3},
        {"seconds": "long"},
        {"module": -1},
        {"module": True},
        {"module": "0"},
    ],
    ids=repr,
)
def test_a_reply_with_a_wrong_field_is_refused(change):
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        exchange.rebuilt(GOOD | change)


@pytest.mark.parametrize("field", GOOD)
def test_a_reply_that_lacks_a_field_is_refused(field):
    with pytest.raises(KeyError):
        exchange.rebuilt({name: value for name, value in GOOD.items() if name != field})


@pytest.mark.parametrize("plain", [{}, {"kind": "passed", "type_name": "", "message": "", "where": ""}, {"kind": "raised"}])
def test_an_error_that_describes_nothing_is_refused(plain):
    with pytest.raises((KeyError, ValueError)):
        exchange.subject_error(plain)


def test_a_long_error_is_cut():
    plain = {"kind": "raised", "type_name": "E", "message": "x" * 10**6, "where": ""}
    assert len(exchange.subject_error(plain).message) == 2_000
