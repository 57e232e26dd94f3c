"""Training is Algorithm 1, resumes to the bit, survives interruption and says what is wrong."""

import contextlib
import math
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler

from helpers import checkpoint
from helpers.ema import EMA
from helpers.training import TIMES, TrainConfig, denoising_loss, draw_times, train
from helpers.unet import Unet

SMALL = dict(embed_dim=16, widths=(8, 12), patch=2)
CONFIG = TrainConfig(steps=12, batch_size=16, lr=1e-3, ema_decay=0.9)


def network(**changes) -> Unet:
    torch.manual_seed(0)
    return Unet(**{**SMALL, **changes})


def same(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    return all(torch.equal(p, q) for p, q in zip(a.state_dict().values(), b.state_dict().values()))


@pytest.mark.parametrize("prediction", ["noise", "velocity"])
def test_the_loss_is_the_papers_computed_with_diffusers(linear, digits, rng, prediction):
    model, x0 = network().eval(), digits[:4]
    t, noise = torch.tensor([0, 200, 600, 999]), torch.randn(x0.shape, generator=rng)
    theirs = DDPMScheduler(1000, 1e-4, 0.02, "linear")
    wanted = noise if prediction == "noise" else theirs.get_velocity(x0, noise, t)
    expected = F.mse_loss(model(theirs.add_noise(x0, noise, t), t), wanted)
    torch.testing.assert_close(denoising_loss(model, x0, t, noise, linear, prediction), expected)


def test_training_lowers_the_loss(linear, digits):
    losses = train(network(), digits, linear, replace(CONFIG, steps=150, lr=3e-3), progress=False).losses
    assert sum(losses[-30:]) < 0.6 * sum(losses[:30])


def test_every_time_index_is_visited_also_the_first(linear, digits):
    seen = set()

    class Watching(Unet):
        def forward(self, x, t):
            seen.update(t.tolist())
            return super().forward(x, t)

    short = type(linear)(linear.betas[:20])
    train(Watching(**SMALL), digits, short, CONFIG, progress=False)
    assert seen == set(range(20))


def test_times_are_even_or_more_often_in_the_middle():
    generator, middle = torch.Generator().manual_seed(0), {}
    for how in TIMES:
        t = draw_times(20_000, 200, how, generator)
        assert (t.dtype, t.shape, int(t.min()) >= 0, int(t.max()) < 200) == (torch.int64, (20_000,), True, True)
        middle[how] = ((t >= 50) & (t < 150)).double().mean().item()
    within = math.erf(math.log(3) / math.sqrt(2))  # σ(-ln 3) = 1/4: how much of N(0, 1) the middle half holds
    assert middle == pytest.approx({"even": 0.5, "logit-normal": within}, abs=0.015)


def test_a_run_trains_on_the_times_that_it_was_told(linear, digits):
    seen = []

    class Watching(Unet):
        def forward(self, x, t):
            seen.extend(t.tolist())
            return super().forward(x, t)

    train(Watching(**SMALL), digits, linear, replace(CONFIG, steps=20, times="logit-normal"), progress=False)
    assert sum(250 <= t < 750 for t in seen) > 0.62 * len(seen)


@pytest.mark.parametrize("decay", ["constant", "cosine"])
def test_a_resumed_run_equals_an_uninterrupted_one_to_the_bit(linear, digits, tmp_path, decay):
    config = replace(CONFIG, lr_decay=decay, warmup=3, checkpoint=tmp_path / "run.safetensors", checkpoint_every=100)
    whole = train(network(), digits[:80], linear, replace(config, checkpoint=None), progress=False)

    def interrupt(step, loss, model):
        if step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(network(), digits[:80], linear, config, progress=False, on_step=interrupt)
    torch.manual_seed(99)
    model = Unet(**SMALL)
    resumed = train(model, digits[:80], linear, config, progress=False)
    assert resumed.losses == whole.losses
    assert same(resumed.model, whole.model)


def test_an_interrupt_says_that_nothing_is_lost(linear, digits, tmp_path):
    def interrupt(step, loss, model):
        raise KeyboardInterrupt

    config = replace(CONFIG, checkpoint=tmp_path / "run.safetensors")
    with pytest.raises(KeyboardInterrupt, match="Stopped at step 1 of .*; saved in"):
        train(network(), digits, linear, config, progress=False, on_step=interrupt)


def test_a_finished_run_is_not_trained_again(linear, digits, tmp_path):
    config = replace(CONFIG, checkpoint=tmp_path / "run.safetensors")
    first = train(network(), digits, linear, config, progress=False)
    again = train(Unet(**SMALL), digits, linear, config, progress=False, on_step=lambda *_: pytest.fail("it trained"))
    assert again.losses == first.losses
    assert same(again.model, first.model)


def test_a_checkpoint_of_other_settings_or_another_network_is_refused(linear, digits, tmp_path):
    config = replace(CONFIG, checkpoint=tmp_path / "run.safetensors")
    train(network(), digits, linear, config, progress=False)
    with pytest.raises(ValueError, match=r"other settings.*lr: 0\.001 there, 0\.5 here"):
        train(network(), digits, linear, replace(config, lr=0.5), progress=False)
    with pytest.raises(ValueError, match="another shape"):
        train(network(widths=(8, 16)), digits, linear, config, progress=False)
    with pytest.raises(ValueError, match="another shape"):
        checkpoint.load_checkpoint(config.checkpoint, network(norm="batch"))


def test_a_checkpoint_from_before_a_setting_was_there_goes_on_with_its_default(linear, digits, tmp_path):
    config = replace(CONFIG, checkpoint=tmp_path / "run.safetensors")
    whole = train(network(), digits, linear, replace(config, checkpoint=None), progress=False)
    train(network(), digits, linear, replace(config, steps=6), progress=False)
    state = checkpoint.read_state(config.checkpoint)
    del state["run"]["times"]
    checkpoint.write_state(config.checkpoint, state)
    with pytest.raises(ValueError, match="times: 'even' there, 'logit-normal' here"):
        train(network(), digits, linear, replace(config, times="logit-normal"), progress=False)
    assert train(network(), digits, linear, config, progress=False).losses == whole.losses


def test_a_truncated_checkpoint_is_refused_and_not_unpickled(linear, digits, tmp_path):
    path = tmp_path / "run.safetensors"
    config = replace(CONFIG, checkpoint=path)
    train(network(), digits, linear, config, progress=False)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match="damaged or cut short"):
        train(network(), digits, linear, config, progress=False)
    torch.save({"model": 1}, path)
    with pytest.raises(ValueError, match="damaged or cut short"):
        checkpoint.load_checkpoint(path, network())


@contextlib.contextmanager
def files_of_at_most(size):
    """Within it the system writes no file beyond so many bytes, as on a full disk."""
    resource = pytest.importorskip("resource")
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("size", [0, 2_000])
def test_a_full_disk_leaves_the_older_checkpoint_whole(tmp_path, size):
    path = tmp_path / "net.safetensors"
    checkpoint.save_checkpoint(path, network(), {"epoch": 1})
    before = path.read_bytes()
    with files_of_at_most(size), pytest.raises(OSError, match="disk full"):
        checkpoint.save_checkpoint(path, network(), {"epoch": 2})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["net.safetensors"]


def test_a_full_disk_does_not_end_a_training(linear, digits, tmp_path):
    config = replace(CONFIG, steps=3, checkpoint=tmp_path / "run.safetensors", checkpoint_every=1)
    with files_of_at_most(2_000), pytest.warns(RuntimeWarning, match="not saved, and goes on.*disk full"):
        unsaved = train(network(), digits, linear, config, progress=False)
    assert not config.checkpoint.exists()
    saved = train(network(), digits, linear, config, progress=False)
    assert same(unsaved.model, saved.model)
    assert config.checkpoint.exists()


def test_who_stops_a_training_that_cannot_be_saved_is_not_told_that_it_was(linear, digits, tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    config = replace(CONFIG, steps=3, checkpoint=tmp_path / "run.safetensors")
    with files_of_at_most(2_000), pytest.warns(RuntimeWarning), pytest.raises(KeyboardInterrupt, match="nothing was saved"):
        train(network(), digits, linear, config, progress=False, on_step=stop)


def test_weights_come_back_with_their_note(tmp_path):
    saved, fresh = network(), Unet(**SMALL)
    checkpoint.save_checkpoint(tmp_path / "net.safetensors", saved, {"epoch": 3})
    assert checkpoint.load_checkpoint(tmp_path / "net.safetensors", fresh) == {"epoch": 3}
    assert same(saved, fresh)
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        checkpoint.load_checkpoint(tmp_path / "absent.safetensors", fresh)


def test_a_loss_that_is_no_number_stops_the_run(linear, digits):
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        train(network(), digits, linear, replace(CONFIG, lr=1e30, steps=50), progress=False)


def test_ema_is_the_weighted_mean_of_the_weights_it_saw():
    model = torch.nn.Linear(1, 1, bias=False)
    ema = EMA(model, decay=0.5)
    start, expected = model.weight.item(), model.weight.item()
    for n, value in enumerate([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]):
        with torch.no_grad():
            model.weight.fill_(value)
        ema.update(model)
        decay = min(0.5, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * value
    assert ema.model.weight.item() == pytest.approx(expected)
    assert start != expected
    assert not ema.model.weight.requires_grad


def test_the_learning_rate_warms_up_and_falls_to_zero():
    config = TrainConfig(lr=1.0, warmup=10, lr_decay="cosine")
    rates = [config.learning_rate(step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9]
    assert rates[55] == pytest.approx(0.5 * (1 + math.cos(math.pi * 0.55)))
    assert rates[-1] < 0.001


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_lower_precision_trains_about_the_same(linear, digits, precision):
    losses = train(network(), digits, linear, replace(CONFIG, steps=30, precision=precision), progress=False).losses
    reference = train(network(), digits, linear, replace(CONFIG, steps=30), progress=False).losses
    assert sum(losses[-10:]) == pytest.approx(sum(reference[-10:]), rel=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(precision="fp8"), "fp32, bf16, fp16"),
        (dict(ema_decay=1.5), r"\[0, 1\)"),
        (dict(lr_decay="linear"), "constant, cosine, tail"),
    ],
)
def test_impossible_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**change)


def test_wrong_images_are_refused_before_training_starts(linear, digits):
    with pytest.raises(ValueError, match=r"2 \* x - 1"):
        train(network(), (digits + 1) / 2, linear, CONFIG, progress=False)
    with pytest.raises(ValueError, match="a batch of 16 needs as many images"):
        train(network(), digits[:4], linear, CONFIG, progress=False)


@pytest.mark.slow
def test_two_processes_train_as_one(tmp_path):
    """`accelerate launch` with two CPU processes gives the loss curve of a single one."""

    def launch(processes: int) -> list[float]:
        out = tmp_path / f"{processes}.txt"
        many = ["--multi_gpu"] if processes > 1 else []  # what Accelerate calls several processes; --cpu below decides
        command = [
            sys.executable, "-m", "accelerate.commands.launch", *many, "--num_processes", str(processes),
            "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0",
            "-m", "helpers.training", "--cpu", "--steps", "12", "--batch-size", "16", "--lr", "1e-3",
            "--widths", "8", "12", "--patch", "2", "--losses", str(out),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        assert done.returncode == 0, done.stderr[-3000:]
        assert f"on {processes} process" in done.stdout
        return [float(line) for line in out.read_text().split()]

    one, two = launch(1), launch(2)
    assert len(one) == 12
    assert two == pytest.approx(one, rel=1e-4)
    assert one[-1] != one[0]
