"""Networks and losses that look right and don't train: what tells them from those that do."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.checks.check import Wrong
from helpers.checks.losses import expect_gradients
from helpers.checks.probes import Probe
from helpers.checks.subject import LocalModule, LocalSubject
from helpers.checks.trainable import expect_trainable

x = torch.randn(3, 5, generator=torch.Generator().manual_seed(1))


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 6), nn.Linear(6, 5)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


class Listed(Plain):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(5, 5)]

    def forward(self, x):
        return super().forward(x) + self.layers[0](x)


class Remade(Plain):
    def forward(self, x):
        return super().forward(x) + nn.Linear(5, 5)(x)


class RemadeNorm(Plain):
    def forward(self, x):
        return nn.LayerNorm(5)(super().forward(x))


class NoGrad(Plain):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


class HalfDetached(Plain):
    def forward(self, x):
        return self.b(self.a(x).detach())


class InputDetached(Plain):
    def forward(self, x):
        return super().forward(x.detach())


class OneWayDetached(Plain):
    def forward(self, x):
        return super().forward(x) + x.detach()


class OneOutputDetached(Plain):
    def forward(self, x):
        h = super().forward(x)
        return h, h.square().detach()


class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.gain * x


class FunctionalNorm(Plain):
    def forward(self, x):
        return F.layer_norm(super().forward(x), (5,))


class WithDropout(Plain):
    def forward(self, x):
        return F.dropout(super().forward(x), 0.5, self.training)


class UnusedLayer(Plain):
    def __init__(self):
        super().__init__()
        self.c = nn.Linear(5, 5)


@pytest.mark.parametrize("kind", [Plain, FunctionalNorm, WithDropout, UnusedLayer])
def test_what_trains_passes(kind):
    expect_trainable(LocalModule("net", kind()), x, least=60)


@pytest.mark.parametrize(
    ("kind", "mistake"),
    [
        (Listed, "unregistered"),
        (Remade, "made_in_forward"),
        (RemadeNorm, "unregistered"),
        (NoGrad, "no_gradient"),
        (HalfDetached, "parameter_unreached"),
        (OneWayDetached, "part_detached"),
        (OneOutputDetached, "part_detached"),
        (InputDetached, "input_detached"),
        (Bare, "too_few_parameters"),
    ],
)
def test_what_does_not_train_is_named(kind, mistake):
    with pytest.raises(Wrong) as wrong:
        expect_trainable(LocalModule("net", kind()), x, least=60)
    assert wrong.value.mistake == mistake


def _expect(loss, right):
    energies = [torch.tensor([0.5, -1.0, 2.0]), torch.tensor([1.5, 0.3, -0.2])]
    reply = LocalSubject("loss", loss).call(*energies, grad=(0, 1))
    known = [energy.double().requires_grad_() for energy in energies]
    expect_gradients(reply, right(*known), dict(enumerate(known)), {1: "fake"})


def _right(a, b):
    return a.mean() - b.mean() + (a * b).mean()


def test_a_loss_with_the_right_gradient_passes():
    _expect(_right, _right)
    _expect(lambda a, b: _right(a.double(), b.double()), _right)


@pytest.mark.parametrize(
    ("loss", "mistake"),
    [
        (lambda a, b: _right(a, b).detach(), "no_gradient"),
        (lambda a, b: _right(a, b.detach()), "fake"),
        (lambda a, b: a.mean() - b.mean() + (a * b).mean().detach(), "half_gradient"),
        (lambda a, b: _right(a, b) * 2, "half_gradient"),
    ],
)
def test_a_loss_with_another_gradient_is_named(loss, mistake):
    with pytest.raises(Wrong) as wrong:
        _expect(loss, _right)
    assert wrong.value.mistake == mistake


def test_what_is_compiled_runs_as_it_is_written():
    compiled = torch.compile(lambda x: x.sin() + 1)
    reply = LocalSubject("f", compiled, seconds=5).call(torch.zeros(3))
    assert torch.equal(reply.value, torch.ones(3))


def test_a_loss_of_a_network_reports_what_nobody_registered():
    hidden = torch.ones(1, requires_grad=True)
    net = Probe("linear_score", {"weight": 1.0, "bias": 0.5})
    reply = LocalSubject("loss", lambda net, x: (net(x, torch.ones(3)) * hidden).sum()).call(net, x, param_grads=True)
    assert reply.strays == ["(1,)"]


@pytest.mark.parametrize(
    ("change", "disturbed"),
    [
        (lambda net: None, []),
        (lambda net: net.eval(), [0]),
        (lambda net: net.requires_grad_(False), [0]),
        (lambda net: net.eval().train(), []),
    ],
)
def test_a_network_that_comes_back_changed_is_reported(change, disturbed):
    def loss(net, x):
        change(net)
        return net(x, torch.ones(3)).sum()

    reply = LocalSubject("loss", loss).call(Probe("linear_score", {"weight": 1.0, "bias": 0.5}), x)
    assert reply.disturbed == disturbed


@pytest.mark.parametrize(
    ("call", "upcast"),
    [
        (lambda net, x: net(x, torch.ones(3)), []),
        (lambda net, x: net(x, torch.ones(3).double()).double(), []),
        (lambda net, x: net(x.double(), torch.ones(3)).float(), [0]),
        (lambda net, x: net(x.half(), torch.ones(3)).float(), [0]),
    ],
)
def test_a_network_says_when_it_was_called_with_another_dtype_than_float32(call, upcast):
    net = Probe("linear_score", {"weight": 1.0, "bias": 0.5})
    assert LocalSubject("f", lambda net, x: call(net, x).sum()).call(net, x).upcast == upcast


@pytest.mark.parametrize(
    ("change", "disturbed"),
    [
        (lambda x: x.detach().clone().requires_grad_().square().sum().backward(), []),
        (lambda x: x.requires_grad_().square().sum().backward(), [0]),
    ],
)
def test_a_gradient_that_is_left_in_a_tensor_is_reported(change, disturbed):
    def answer(x):
        change(x)
        x.requires_grad_(False)
        return x.sum()

    assert LocalSubject("f", answer).call(x).disturbed == disturbed
