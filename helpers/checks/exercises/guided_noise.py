"""Check of classifier-free guidance with a network: ε_uncond + scale (ε_cond - ε_uncond).

Ho and Salimans 2022 (arXiv:2207.12598), eq. 6, with scale = 1 + w. The network is a straight line for each label, so that
what it should say is computed here.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial

import torch

from ..check import Bench, Check, Wrong
from ..compare import close, expect, numbers
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_float32, expect_grad_mode
from ..guiding import SLIPPED, SLIPS, rescaled
from ..plain import SubjectError
from ..probes import Probe
from ..relations import of_axes

check = Check(
    "guided_noise",
    home="helpers.guidance",
    mistakes={
        "w_for_scale": "This is the paper's w: (1 + w) ε_cond - w ε_uncond. Here scale = 1 + w, and scale 1 is ε_cond alone.",
        "exchanged": "ε_cond and ε_uncond are exchanged: with a doubled batch, which half was given null?",
        "difference_only": "Only the difference is returned: add it to ε_uncond.",
        "scaled_cond": "scale multiplies ε_cond alone; it multiplies the difference ε_cond - ε_uncond.",
        "scale_ignored": "The result does not depend on scale.",
        "sign": "scale moves the result away from ε_cond: the difference is ε_cond - ε_uncond.",
        "scale_limited": "scale is limited to 1: guidance goes beyond ε_cond, on purpose.",
        "null_fixed": "ε_uncond is taken at a fixed label: use the argument null.",
        "shape_of_null": "null has to be given as one label for each image: torch.full_like(labels, null).",
        "batch_not_doubled": "x, t and labels have to be doubled together: t = torch.cat([t, t]) as well.",
        "rows_mixed": "In the doubled batch the rows of x, t and labels do not belong together: double all three alike, "
        "torch.cat([x, x]), torch.cat([t, t]), and .chunk(2) splits what comes back.",
        "arguments_exchanged": "The model is called as model(x, labels, t): the steps come first, model(x, t, labels).",
        "scale_less_one": "scale - 1 multiplies the difference: that is the factor from ε_cond on. From ε_uncond on it is scale.",
        "off_up_to_one": "At scales up to 1 ε_cond comes back as it is; the formula holds there, too, and scale 0 is ε_uncond.",
        "half_batch": "Half of the batch is left out: public code does so where x comes in doubled already. Here it does not.",
        **SLIPPED,
        "clamped": "The noise is clamped: a picture has bounds, noise has none.",
        "not_split": "The doubled batch comes back: split it into its halves with .chunk(2) and combine them.",
        "one_label": "The labels are not each image's own: use the batch labels (B,) as it is.",
        "first_t": "The steps are not each image's own: use the batch t (B,) as it is.",
        "mutates": "An input is changed in place: labels[:] = null changes the caller's labels.",
        "graph_kept": "The result carries its graph: nothing is trained here, so call the model under torch.no_grad().",
        "frozen": "The model's parameters are frozen for good: use torch.no_grad(), and leave requires_grad as it was.",
        "model_mode": "The model is left in another mode: leave eval() and train() out, or give back the mode that it had.",
        "other_dtype": GIVEN_MISTAKES["other_dtype"],
        "grad_mode": GIVEN_MISTAKES["grad_mode"],
    },
    hints=(
        "Which two questions is the network asked at the same x and t, and which answer should scale 0 give?",
        "torch.full_like(labels, null) are the labels of the second question. Ask both under torch.no_grad().",
        "From e_uncond to e_cond is one difference. scale says how many times to go that way from e_uncond: 1 ends at e_cond.",
    ),
)

CLASSES = 15
FORMULAS = SLIPS | {
    "scale_less_one": lambda u, c, s: u + (s - 1) * (c - u),
    "clamped": lambda u, c, s: (u + s * (c - u)).clamp(-1, 1),
}


@dataclass
class GuidedSetting:
    """A model, a batch for it, and what the model says of it."""

    bench: Bench
    key: str
    batch: int = 4

    def __post_init__(self):
        b, n = self.bench, self.batch
        self.tables = [b.randn(f"{self.key} {name}", CLASSES).double() for name in ("slope", "offset", "drift")]
        self.tables[2] /= 100
        self.x = b.randn(f"{self.key} x", n, 5, 4, 6)
        self.t = torch.randperm(1000, generator=b.random(f"{self.key} t"))[:n]
        self.labels = torch.randperm(10, generator=b.random(f"{self.key} labels"))[:n]
        self.null = b.integer(f"{self.key} null", 11, CLASSES - 2)  # not the last, which -1 would name as well

    def says(self, labels=None, t=None, x=None):
        """ε of the batch, in float64."""
        labels, t, x = (own if given is None else given for own, given in ((self.labels, labels), (self.t, t), (self.x, x)))
        slope, offset, drift = (table[labels].reshape(-1, 1, 1, 1) for table in self.tables)
        return slope * x.double() + offset + drift * t.double().reshape(-1, 1, 1, 1)

    def mixed(self):
        """(ε_uncond, ε_cond) of batches in which some of x, t, labels are doubled by row, the others by half, or so split."""
        nulls = torch.full_like(self.labels, self.null)
        for by_row in itertools.product((False, True), repeat=3):
            x, t, labels = (
                torch.stack([u, c], 1).flatten(0, 1) if rows else torch.cat([u, c])
                for rows, (u, c) in zip(by_row, ((self.x, self.x), (self.t, self.t), (nulls, self.labels)))
            )
            e = self.says(labels, t, x)
            splits = [e.chunk(2), (e[::2], e[1::2])]
            if len(set(by_row)) == 1:
                splits.pop(int(by_row[0]))  # these belong together
            yield from splits

    def uncond(self, null=None, **changes):
        return self.says(torch.full_like(self.labels, self.null if null is None else null), **changes)

    def ask(self, scale, train=False, **how):
        names = dict(zip(("slope", "offset", "drift"), self.tables))
        model = Probe("label_noise", {**names, "train": train})
        return self.bench.call(model, self.x, self.t, self.labels, self.null, scale, **how)


def _asked(setting: GuidedSetting, scale, **how):
    """The reply; names the mistake behind the errors that batches of unequal length lead to."""
    try:
        return setting.ask(scale, **how)
    except SubjectError as error:
        mistake = ""
        if f"for each image, shape ({setting.batch},); got ({2 * setting.batch},)" in error.message:
            mistake = "batch_not_doubled"
        elif f"labels for each image, shape ({setting.batch},); got " in error.message:
            mistake = "shape_of_null"
        elif f"for each image, shape ({2 * setting.batch},); got " in error.message:
            mistake = "batch_not_doubled"
        elif f"got {int(setting.t.max())}" in error.message:
            mistake = "arguments_exchanged"
        raise (Wrong(mistake, "a prediction", error.message) if mistake else error) from None


def _prediction(setting: GuidedSetting, scale) -> torch.Tensor:
    value = numbers(_asked(setting, scale))
    doubled, halved = ((n, *setting.x.shape[1:]) for n in (2 * setting.batch, setting.batch // 2 * 2))
    if tuple(value.shape) == doubled:
        raise Wrong("not_split", f"shape {tuple(setting.x.shape)}", f"shape {doubled}")
    if setting.batch % 2 and tuple(value.shape) == halved:
        raise Wrong("half_batch", f"shape {tuple(setting.x.shape)}", f"shape {halved}")
    if value.shape != setting.x.shape:
        mistake = of_axes(tuple(value.shape), tuple(setting.x.shape))
        raise Wrong(mistake, f"shape {tuple(setting.x.shape)}", f"shape {tuple(value.shape)}")
    return value


def _expect_line(bench, setting: GuidedSetting) -> None:
    """Raise Wrong unless all is right; several scales, since one would not tell the known mistakes apart."""
    scales = (0.4, 1.0, 2.0, bench.uniform("scale", 4, 9))
    cond, uncond = setting.says(), setting.uncond()

    def along(formula, u=uncond, c=cond):
        return torch.stack([formula(u, c, s) for s in scales])

    def right(u, c, s):
        return u + s * (c - u)

    suspects = {name: along(formula) for name, formula in FORMULAS.items()}
    suspects |= {f"null_fixed/{null}": along(right, setting.uncond(null)) for null in (0, 10)}
    suspects["one_label"] = along(right, c=setting.says(setting.labels[:1].expand_as(setting.labels)))
    suspects |= {f"rows_mixed/{i}": along(right, u, c) for i, (u, c) in enumerate(setting.mixed())}
    first = {"t": setting.t[:1].expand_as(setting.t)}
    first_half = torch.arange(setting.batch) % max(setting.batch // 2, 1)
    suspects["half_batch"] = along(right, uncond[first_half], cond[first_half])
    suspects["first_t"] = along(right, setting.uncond(**first), setting.says(**first))
    received = torch.stack([_prediction(setting, s) for s in scales])
    wanted = along(right)
    expect(received, wanted, suspects, 1e-4, 1e-4, otherwise=partial(rescaled, received, wanted))


@check.property(0.5, "scale = 1 gives the conditional prediction, scale = 0 the unconditional one")
def ends(bench):
    setting = GuidedSetting(bench, "ends")
    for scale, expected in ((1.0, setting.says()), (0.0, setting.uncond())):
        if not close(_prediction(setting, scale), expected, 1e-4, 1e-4):
            _expect_line(bench, setting)
            raise Wrong("", "ε_cond at scale 1, ε_uncond at scale 0", f"something else at scale {scale:g}")


@check.property(1.0, "each unit of scale adds ε_cond - ε_uncond, beyond 1 as well")
def slope(bench):
    setting = GuidedSetting(bench, "slope", batch=3)
    low, high = bench.uniform("low", 1.5, 3.0), bench.uniform("high", 5.0, 9.0)
    got = (_prediction(setting, high) - _prediction(setting, low)) / (high - low)
    if not close(got, setting.says() - setting.uncond(), 1e-3, 1e-3):
        _expect_line(bench, setting)
        raise Wrong("", "a straight line in scale", "something else between two of them")


@check.property(0.5, "the result requires no gradient", needs="slope")
def no_graph(bench):
    reply = _asked(GuidedSetting(bench, "graph"), 2.0)
    if "" in reply.facts and reply.facts[""].requires_grad:
        raise Wrong("graph_kept", "a result without a graph", "requires_grad is True")
    numbers(reply)


@check.property(0.25, "leaves the model's mode and torch's gradient mode as they were", needs="slope")
def modes(bench):
    for train in (True, False):
        reply = _asked(GuidedSetting(bench, "modes"), 2.0, train=train)
        if reply.records[0][-1]["training"] != train:
            raise Wrong("model_mode", f"training = {train} after the call, as before", f"training = {not train}")
        if reply.disturbed:
            raise Wrong("frozen", "parameters that train as before", "frozen parameters")
        expect_float32(reply)
        expect_grad_mode(reply)
    expect_grad_mode(_asked(GuidedSetting(bench, "modes"), 2.0, no_grad=True))


@check.property(0.25, "leaves x, t and labels as they were", needs="slope")
def untouched(bench):
    setting = GuidedSetting(bench, "untouched")
    after = _asked(setting, 3.0).inputs
    for name, given, left in zip(("x", "t", "labels"), (setting.x, setting.t, setting.labels), after[1:4]):
        if not torch.equal(given, left):
            raise Wrong("mutates", f"{name} unchanged", f"{name} changed by the call")
