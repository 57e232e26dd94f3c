"""The protocol between a check and an answer: what a reply holds, and what the answer can't disturb."""

import random
import sys

import numpy as np
import pytest
import torch
from torch import nn

from helpers.checks.messages import Request, cotangents
from helpers.checks.perform import perform
from helpers.checks.plain import MAX_BYTES, SubjectError, normalise
from helpers.checks.probes import Probe, make
from helpers.checks.subject import LocalModule, LocalSubject


def subject(function):
    return LocalSubject("answer", function)


def test_reply_holds_detached_copies_and_the_facts_that_copying_loses():
    x = torch.arange(3.0)
    reply = subject(lambda x: (x * 2, [x.numpy(), {"a": 1}], np.float64(0.5), nn.Parameter(x))).call(x)
    doubled, (array, mapping), number, parameter = reply.value
    assert torch.equal(doubled, 2 * x)
    assert isinstance(array, torch.Tensor)
    assert mapping == {"a": 1}
    assert number.item() == 0.5
    assert type(parameter) is torch.Tensor
    assert reply.facts["1.0"].was_numpy
    assert reply.facts["2"].dtype == "float64"
    assert reply.facts["3"].requires_grad
    assert not reply.facts["0"].requires_grad


def test_inputs_are_copies_and_come_back_as_they_were_left():
    x = torch.zeros(3)

    def answer(x):
        x += 1
        x.requires_grad_(True)
        return x

    reply = subject(answer).call(x)
    assert torch.equal(x, torch.zeros(3))
    assert torch.equal(reply.inputs[0], torch.ones(3))
    assert reply.input_facts["0"].requires_grad


def test_input_gradients_are_those_of_the_cotangent_weighted_sum():
    x, y = torch.randn(4), torch.randn(4)
    reply = subject(lambda x, y, z: (x * y, 1, x**2)).call(x, y, torch.zeros(1), grad=(0, 1, 2), seed=3)
    c = cotangents(reply.value, seed=3)
    assert len(c) == 2
    assert torch.allclose(reply.input_grads[0].double(), c[0] * y + 2 * c[1] * x)
    assert torch.allclose(reply.input_grads[1].double(), c[0] * x)
    assert reply.input_grads[2] is None


def test_a_detached_output_has_no_gradient():
    reply = subject(lambda x: x.detach() * 2).call(torch.zeros(2), grad=(0,))
    assert reply.input_grads == {0: None}


def test_parameter_gradients_of_modules_and_probes():
    module = subject(nn.Linear).build(2, 3)
    reply = module.forward(torch.ones(5, 2), param_grads=True)
    assert {name: tuple(g.shape) for name, g in reply.param_grads.items()} == {"weight": (3, 2), "bias": (3,)}
    net = Probe("linear_score", {"weight": 2.0, "bias": 1.0})
    reply = subject(lambda net, x: net(x, 0.5).sum()).call(net, torch.ones(4, 2), param_grads=True)
    weight = cotangents(reply.value)[0]
    assert torch.allclose(reply.param_grads["0.weight"].double(), weight * 8 / 0.5)
    assert reply.inputs[0] is None
    assert reply.records == {0: [[[4, 2], [], 0.5]]}


def test_modules_are_built_alike_from_one_seed_and_take_states():
    builder = subject(lambda: nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout(0.5)))
    a, b, c = (builder.build(seed=seed) for seed in (1, 1, 2))
    x = torch.randn(4, 2)
    assert torch.equal(a.forward(x).value, b.forward(x).value)
    assert not torch.equal(a.forward(x).value, c.forward(x).value)
    c.load_state(a.state())
    assert torch.equal(a.forward(x).value, c.forward(x).value)
    assert not torch.equal(a.forward(x, train=True).value, a.forward(x).value)
    assert torch.equal(a.forward(x, train=True, seed=5).value, a.forward(x, train=True, seed=5).value)


def test_a_state_is_loaded_with_the_next_request_and_the_last_one_counts():
    module = subject(lambda: nn.Linear(2, 1, bias=False)).build()
    weights = {value: {"weight": torch.full((1, 2), value)} for value in (1.0, 2.0)}
    module.load_state({"weight": torch.zeros(3, 3)})
    module.load_state(weights[2.0])
    assert module.forward(torch.ones(1, 2)).value.item() == 4
    module.load_state(weights[1.0])
    assert torch.equal(module.state()["weight"], weights[1.0]["weight"])
    module.load_state({"weight": torch.zeros(3, 3)})
    with pytest.raises(SubjectError, match="size mismatch"):
        module.forward(torch.ones(1, 2))
    assert module.forward(torch.ones(1, 2)).value.item() == 2


def test_a_module_is_built_called_once_and_tells_its_state_in_one_request():
    class Late(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.last = nn.LazyLinear(3), nn.Linear(3, 1)

        def forward(self, x):
            self.sizes = x.shape
            if x.shape[0] > 1:
                raise ValueError("one at a time")
            return self.last(self.layer(x))

    for inputs in (torch.ones(1, 2), torch.ones(2, 2)):  # what goes wrong shows when it is asked for
        module, state = subject(Late).build_and_try(inputs=(inputs,), seed=3)
        assert list(state) == ["layer.weight", "layer.bias", "last.weight", "last.bias"]
        assert module.forward(torch.ones(1, 2)).value.shape == (1, 1)
    assert torch.equal(state["last.weight"], subject(Late).build(seed=3).state()["last.weight"])


def test_a_call_is_seeded_and_has_gradients_whatever_the_mode_outside():
    answer = subject(lambda: (torch.randn(2), np.random.rand(), random.random(), torch.ones(1, requires_grad=True) * 2))
    with torch.no_grad():
        replies = [answer.call(seed=seed) for seed in (4, 4, 5)]
        assert not torch.is_grad_enabled()
    assert all(reply.facts["3"].requires_grad for reply in replies)
    first, again, other = (
        [float(part.sum() if isinstance(part, torch.Tensor) else part) for part in r.value[:3]] for r in replies
    )
    assert first == again
    assert all(one != another for one, another in zip(first, other))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda x: object(), "bad_reply"),
        (lambda x: {1: 2}, "bad_reply"),
        (lambda x: torch.zeros(1, device="meta"), "bad_reply"),
        (lambda x: torch.zeros(1, dtype=torch.uint16), "bad_reply"),
        (lambda x: x.to(torch.float8_e4m3fn), "bad_reply"),
        (lambda x: np.zeros(1, dtype=np.uint32), "bad_reply"),
        (lambda x: 10**400, "bad_reply"),
        (lambda x: [1, -(10**5000)], "bad_reply"),
        (lambda x: torch.zeros(MAX_BYTES), "too_big"),
        (lambda x: [0.0] * 10_000, "too_big"),
        (lambda x: [[[[[[[[1]]]]]]]], "too_big"),
        (lambda x: 1 / 0, "raised"),
        (lambda: 1, "raised"),
        (nn.Linear, "not_callable"),
        (None, "not_callable"),
    ],
)
def test_what_cannot_be_examined_is_a_subject_error(answer, kind):
    with pytest.raises(SubjectError) as caught:
        subject(answer).call(torch.zeros(1))
    assert caught.value.kind == kind
    assert set(caught.value.as_plain()) == {"kind", "type_name", "message", "where"}


def test_a_tensor_subclass_cannot_lie():
    class Liar(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return True

    reply = subject(lambda x: x.as_subclass(Liar)).call(torch.zeros(3))
    assert type(reply.value) is torch.Tensor
    assert torch.equal(reply.value, torch.zeros(3))


def test_building_something_else_than_a_module_is_a_bad_reply():
    with pytest.raises(SubjectError, match=r"expected an nn\.Module"):
        subject(lambda: 3).build()


def test_not_implemented_by_torch_is_not_unattempted():
    class NoForward(nn.Module):
        pass

    with pytest.raises(SubjectError) as caught:
        subject(NoForward).build().forward(torch.zeros(1))
    assert caught.value.kind == "raised"


SKIPPED = "Skipped" if sys.version_info >= (3, 11) else "__init__"


def test_an_answer_that_uses_an_unwritten_one_is_told_which():
    class Skipped(nn.Module):
        def __init__(self):
            super().__init__()
            raise NotImplementedError()

    class Written(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = Skipped()

    def calls_it():
        return Skipped()

    for request in (subject(Written).build, subject(calls_it).call):
        with pytest.raises(SubjectError, match=f"{SKIPPED} is not written yet, and (Written|calls_it) uses it") as caught:
            request()
        assert caught.value.kind == "raised"
    with pytest.raises(SubjectError, match="Skipped is not written yet$") as caught:
        subject(Skipped).build()
    assert caught.value.kind == "unattempted"


def test_an_object_with_no_readable_name_still_gets_a_reply():
    class Odd:
        def __call__(self):
            raise NotImplementedError

        def __getattr__(self, name):
            raise RuntimeError(name)

    with pytest.raises(SubjectError) as caught:
        subject(Odd()).call()
    assert caught.value.kind == "raised"


def test_perform_speaks_requests_directly():
    reply = perform(lambda a, b=1: a + b, Request("call", (torch.ones(1),), {"b": 2}))
    assert reply.value.item() == 3
    built = perform(nn.Identity, Request("build")).built
    assert perform(built, Request("forward", (torch.ones(1),))).value.item() == 1
    assert LocalModule("m", built).state() == {}


def test_unknown_probes_and_kinds_are_refused():
    with pytest.raises(ValueError, match="unknown probe"):
        make(Probe("nothing"))
    with pytest.raises(ValueError, match="kind must be one of"):
        SubjectError("odd")


def test_normalise_cuts_long_texts():
    assert len(normalise("x" * 10**6)[0]) == 10_000
