"""The training loop: it fits what it is given, resumes to the bit from wherever it was stopped, and refuses what it cannot do."""

from dataclasses import replace

import pytest
import torch

from helpers.fit import FitConfig, fit

LINE = FitConfig(steps=20, lr=0.05, ema_decay=0.9, seed=1, checkpoint_every=5)


def regress(config, interrupt_at=None):
    """Regress a line, and possibly stop in the middle as a lost connection would."""
    torch.manual_seed(0)
    model = torch.nn.Linear(1, 1)

    def loss(network, step, generator):
        if step == interrupt_at:
            raise KeyboardInterrupt
        x = torch.randn(16, 1, generator=generator)
        return (network(x) - 3 * x - 1).square().mean()

    return fit(model, loss, config, progress=False)


def test_it_finds_the_line():
    model = regress(FitConfig(steps=400, lr=0.05, lr_decay="cosine", ema_decay=0.9)).model
    assert model.weight.item() == pytest.approx(3, abs=0.02)
    assert model.bias.item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
@pytest.mark.parametrize("stop", [1, 5, 12])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(tmp_path, stop, optimizer):
    config = replace(LINE, optimizer=optimizer)
    whole = regress(config)
    parts = replace(config, checkpoint=tmp_path / "parts.safetensors")
    with pytest.raises(KeyboardInterrupt):
        regress(parts, interrupt_at=stop)
    again = regress(parts)
    assert torch.equal(whole.model.weight, again.model.weight)
    assert torch.equal(whole.model.bias, again.model.bias)
    assert whole.losses == again.losses


def test_a_large_gradient_is_clipped():
    def first_step(clip):
        model = torch.nn.Linear(1, 1)
        torch.nn.init.zeros_(model.weight)
        seen = []
        fit(
            model, lambda network, step, generator: 1e6 * network(torch.ones(1, 1)).sum(),
            replace(LINE, steps=1, clip_grad=clip), progress=False,
            on_step=lambda *_: seen.append(torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item()),
        )  # fmt: skip
        return seen[0]

    assert first_step(1.0) == pytest.approx(1.0, rel=1e-3)
    assert first_step(None) > 1e5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(optimizer="sgd"), "adam, muon"),
        (dict(lr_decay="linear"), "constant, cosine, tail"),
        (dict(steps=-1), "0 or more"),
        (dict(checkpoint_every=0), "1 or more"),
    ],
)
def test_words_and_numbers_that_name_no_training_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        FitConfig(**change)


def test_a_run_needs_a_length():
    with pytest.raises(ValueError, match="FitConfig"):
        regress(FitConfig(steps=None))


def test_stopping_by_hand_is_one_friendly_line_and_halts(tmp_path):
    from helpers.fit import FitConfig, Stopped, fit

    def stops(network, step, generator):
        if step == 2:
            raise KeyboardInterrupt
        return network(torch.ones(1, 2)).sum()

    for checkpoint, kept in ((tmp_path / "a.safetensors", "Run this again to go on"), (None, "nothing was saved")):
        with pytest.raises(Stopped, match=r"Stopped at step 2 of 5; .*") as caught:
            fit(torch.nn.Linear(2, 1), stops, FitConfig(steps=5, checkpoint=checkpoint), progress=False)
        assert caught.value._render_traceback_() == [str(caught.value)]
        assert kept in str(caught.value)
        assert isinstance(caught.value, KeyboardInterrupt)  # a notebook's Run All halts


def test_a_run_knows_what_it_has_trained_though_its_average_trains_nothing():
    network = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Linear(2, 1))
    network[0].requires_grad_(False)
    run = fit(network, lambda n, _step, g: (n(torch.randn(8, 1, generator=g)) - 1).square().mean(), LINE, progress=False)
    assert set(run.learnt()) == {"1.weight", "1.bias"}
    assert torch.equal(run.learnt()["1.weight"], run.model[1].weight)
    assert not any(parameter.requires_grad for parameter in run.model.parameters())
