"""Check of the transformer block with adaLN-Zero: Peebles and Xie 2022 (arXiv:2212.09748, §3.2).

Layers may have any names; nn.MultiheadAttention, one matrix for q, k and v or three, all pass. That each parameter trains is
tried by training: a few steps along the sign of each gradient, made here from the gradients that the block reports.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ..check import Check, Wrong
from ..compare import numbers, repeated
from ..modules import all_but, image, same, silenced
from ..score_scale import MISTAKES as MISSCALED
from ..scores import MISTAKES as OTHER_WEIGHTS
from ..scores import expect_softmax_of_scores
from ..six_vectors import AttentionStep, SixVectors, bends_between_layers, expect_two_steps, one_head, silent
from ..trainable import MISTAKES as TRAINABLE
from ..trainable import expect_whole_gradient, never_moved

check = Check(
    "DiTBlock",
    home="helpers.dit",
    mistakes={
        "x_overwritten": "What comes out is the normalised x: give what is normalised a name of its own, and add to x itself.",
        "not_identity": "A new block changes its input: set weight and bias of the layer that makes the six vectors to zero, "
        "so that both gates start at 0.",
        "always_identity": "The block stays the identity whatever it learns: x + gate · f(…), with a gate that c can open.",
        "no_residual": "A new block returns zeros: what the gate scales is added to x.",
        "c_ignored": "The output does not depend on c.",
        "c_shared": "The c of one sample reaches the others: c has one row a sample, c[:, None] beside the tokens.",
        "tokens_alone": "A token's output depends on itself alone: attention has to mix the tokens of a sample.",
        "mixes_samples": "Samples see each other: nn.MultiheadAttention wants batch_first=True for (B, N, dim).",
        "random_in_forward": TRAINABLE["random_in_forward"],
        "heads_ignored": "The number of heads changes nothing: hand `heads` on to the attention.",
        "mlp_mixes": "The second step mixes tokens as well: norm and MLP take each token by itself, only attention mixes.",
        "heads_misread": "Tokens and heads get mixed: transpose before the heads are merged; split them as (heads, dim/heads).",
        "gate_open": "With all six vectors at 0 the block is not x: each step is x + gate · f(…), the gate as it is, over "
        "all that f puts out.",
        "parallel": "What the MLP adds does not depend on what attention added: the second step starts from the first one's x.",
        "step_lost": "With one gate open alone nothing is added to x: x = x + gate · attention first, and the second step is "
        "added to that x.",
        "gate_bent": "Twice the gate does not let twice as much through: x + gate · f(…), the gate as c makes it.",
        "modulation": "What goes into attention or the MLP is not all norm · (1 + scale) + shift, with each step's own two.",
        "positions": "Shuffled tokens do not give shuffled output: a block knows no places (they are added "
        "before the first block).",
        "no_norm": "What is added to x grows with x: normalise all that goes into attention (its values too) and into the MLP.",
        "detached": "Right output, wrong gradient: something on the way from x or c is detached.",
        "gate_misplaced": "With attention and MLP at zero the block is not x: a gate multiplies what they make, no more.",
        "one_missing": "With a gate open, and shift and scale at zero, all tokens get the same: norm times (1 + scale).",
        "few_vectors": "c has to make six vectors of size dim: shift, scale and gate, for attention and for the MLP.",
        "not_trained": "A parameter (or a part of one) never moves in training: it is not used, detached, or "
        "behind two gates at zero.",
        "unregistered": "There are too few parameters for attention and an MLP: layers made in forward, or kept in a plain list, "
        "are not trained.",
        "no_mlp": "Nothing bends what passes through a token: the MLP needs an activation between its two layers.",
        "mlp_activation": "The activation stands before or behind the MLP's layers: it belongs between the two.",
    }
    | OTHER_WEIGHTS,
    slips=("not_identity", "heads_ignored", *MISSCALED),
    hints=(
        "Two residual steps, attention and an MLP. Each is normalised, shifted, scaled, and let through by a "
        "gate. What makes these six from c?",
        "One nn.Linear(embed_dim, 6 * dim), weight and bias zero, and .chunk(6, dim=-1); LayerNorm(dim, "
        "elementwise_affine=False) twice.",
        "First step: h = norm1(x) * (1 + scale[:, None]) + shift[:, None], attention over h, then gate[:, None] times "
        "that is added to x. The second step is the same with the MLP and the other three vectors.",
    ),
)

DIM, HEADS, EMBED, TOKENS = 12, 2, 7, 5
RATE, STEPS = 0.05, 6


class _Block:
    """A block and one batch for it."""

    def __init__(self, bench, heads: int = HEADS):
        self.module = bench.subject.build(DIM, heads, EMBED, seed=bench.seed)
        self.x, self.c = bench.randn("x", 3, TOKENS, DIM), bench.randn("c", 3, EMBED)
        self.generator = bench.random("wake")

    def __call__(self, x=None, c=None):
        return image(self.module.forward(self.x if x is None else x, self.c if c is None else c), (3, TOKENS, DIM))

    def wake(self):
        """Fill what is zero, so that both gates are open."""
        state = self.module.state()
        filled = {n: 0.3 * torch.randn(v.shape, generator=self.generator) for n, v in state.items() if silent(v)}
        self.module.load_state(state | filled)
        return self

    def settled(self) -> torch.Tensor:
        """The output, which two calls have to agree on."""
        once = self()
        if not repeated(once, numbers(self.module.forward(self.x, self.c, seed=1))):
            raise Wrong("random_in_forward", "the same output for the same input", "another output")
        return once


def _from_c(value: torch.Tensor) -> int:
    """How many numbers a matrix makes of c, whichever way round it lies; 0 for what takes no c."""
    return value.numel() // EMBED if value.ndim == 2 and EMBED in value.shape else 0


@check.property(0.5, "the identity when new")
def identity(bench):
    block = _Block(bench)
    received = block()
    if not same(received, block.x.double(), 1e-5):
        raise Wrong(_fault_of_a_new_block(block, received), "x itself", "something else")
    if same(block.wake()(), block.x.double(), 1e-4):
        raise Wrong("always_identity", "another output once the gates are open", "x itself")


def _fault_of_a_new_block(block, received) -> str:
    if not received.any():
        return "no_residual"
    x, state = block.x.double(), block.module.state()
    if same(received, F.layer_norm(x, (DIM,)), 1e-3):
        return "x_overwritten"
    weights = [name for name, value in state.items() if _from_c(value)]
    block.module.load_state(state | {n: 0 * state[n] for w in weights for n in (w, w[:-6] + "bias") if n in state})
    return "not_identity" if same(block(), x, 1e-5) else "gate_open"


@check.property(0.5, "a gate scales what attention or the MLP makes of norm · (1 + scale) + shift", needs="identity")
def gates(bench):
    block = _Block(bench)
    count = sum(value.numel() for value in block.module.state().values())
    least = 4 * DIM**2 + 2 * DIM**2 + 4 * DIM * EMBED  # attention, a small MLP, and most of the six vectors
    if count < least:
        raise Wrong("unregistered", f"at least {least} parameters", f"{count}")
    six, woken = SixVectors(block.module, block.x, block.c), block.wake().module.state()
    block.settled()
    block.module.load_state(silenced(woken, *all_but(woken, [name for name, value in woken.items() if _from_c(value)])))
    received = numbers(block.module.forward(block.x, block.c), (3, TOKENS, DIM))
    if not torch.allclose(received, block.x.double(), atol=1e-5):
        raise Wrong("gate_misplaced", "x itself", "something else")
    if not six.found:
        return  # the six vectors are made in another way, in which one cannot be set alone
    made = [name for bias in six.makers for name in (bias, bias[:-4] + "weight")]
    block.module.load_state(woken | {name: six.new[name] for name in made})
    if not same(block(), block.x.double(), 1e-5):
        raise Wrong("gate_open", "x itself, whatever else has been learnt", "something else")
    expect_two_steps(six)


@check.property(1.0, "after a few training steps every parameter has moved", needs="gates")
def trained(bench):
    block = _Block(bench)
    _expect_gradient(bench)
    still = never_moved(block.module, (block.x, block.c), RATE, STEPS)
    shapes = {name: value.ndim for name, value in block.module.state().items()}
    vectors = {name: where for name, where in still.items() if shapes[name] == 1}
    matrices = [name for name in still if name not in vectors]
    # a key's bias adds the same to all of a query's logits: no gradient, in a vector of its own, one a head, or a third of one
    excused = sum(int(where.sum()) for where in vectors.values()) <= DIM
    if matrices or not excused:
        raise Wrong("not_trained", "every parameter moved", f"{(matrices or list(vectors))[0]} did not")


def _expect_gradient(bench):
    """The gradient towards x and c is that of the output; few ReLU bend within so small a step."""
    block = _Block(bench).wake()
    towards_c = block.module.forward(block.x, block.c, grad=(1,)).input_grads[1]
    if towards_c is None and not same(block(c=1 - block.c), block(), 1e-4):
        raise Wrong("detached", "a gradient towards c", "none")
    for index in (0, 1):
        try:
            expect_whole_gradient(block.module, (block.x, block.c), index, step=5e-4, tolerance=0.04)
        except Wrong as part:
            raise Wrong("detached", part.expected, part.received) from None


@check.property(0.5, "c makes shift, scale and gate twice, for each sample its own", needs="identity")
def condition(bench):
    block = _Block(bench).wake()
    before = block()
    if same(block(c=1 - block.c), before, 1e-4):
        raise Wrong("c_ignored", "another output for another c", "the same output")
    other = torch.cat([block.c[:1], 1 - block.c[1:]])
    if not _mixes(block, before) and not same(block(c=other)[:1], before[:1], 1e-4):
        raise Wrong("c_shared", "the same output for sample 0", "another one when the c of the others changes")
    made = sum(_from_c(value) for value in block.module.state().values())
    wide = [v.shape for v in block.module.state().values() if v.ndim == 2 and max(v.shape) >= 6 * DIM]
    if made < 6 * DIM and not wide:
        raise Wrong("few_vectors", f"{6 * DIM} numbers from c", f"{made}")


def _mixes(block, before) -> bool:
    """Whether the tokens of one sample see those of another."""
    others = torch.cat([block.x[:1], block.x[1:].flip(2)])
    return not same(block(others)[:1], before[:1], 1e-4)


@check.property(0.75, "each token sees the others of its sample, and only those; a block knows no places", needs="identity")
def attention(bench):
    block = _Block(bench).wake()
    before = block.settled()
    if _mixes(block, before):
        raise Wrong("mixes_samples", "the same output for sample 0", "another one when the tokens of the others change")
    changed = block.x.clone()
    changed[0, 2] = bench.randn("other", DIM)
    others = (block(changed) - before).abs().amax(2)[0, [0, 1, 3, 4]]
    if float(others.min()) < 1e-5:
        alone = float(others.max()) < 1e-5
        raise Wrong("tokens_alone" if alone else "", "all tokens of the sample to change", "one alone" if alone else "a few")
    order = torch.tensor([3, 0, 4, 1, 2])
    if not same(block(block.x[:, order]), before[:, order], 1e-3):
        raise Wrong(_position_mistake(block), "shuffled output for shuffled tokens", "another output")
    one_shape = _expect_heads_to_count(bench, block, before)  # first: the scores of as many as it pleases are scaled otherwise
    _expect_softmax(bench)
    if one_shape:
        _expect_heads_apart(bench)


def _expect_heads_to_count(bench, block, before) -> bool:
    """A block with other heads, given the same parameters, gives another output; False for heads with parameters of their own."""
    other, state = _Block(bench, HEADS + 1), block.module.state()
    if {n: v.shape for n, v in state.items()} != {n: v.shape for n, v in other.module.state().items()}:
        return False
    other.module.load_state(state)
    if same(other(), before, 1e-5):
        raise Wrong("heads_ignored", f"another output with {HEADS + 1} heads than with {HEADS}", "the same output")
    return True


def _expect_heads_apart(bench):
    alone = _Block(bench, 1)
    six = SixVectors(alone.module, alone.x, alone.c)
    looking = [step for step in _steps(bench, six) if six.sees_others(step)]
    if len(looking) == 1 and not one_head(AttentionStep(six, looking[0]), *alone.x[0, :2]):
        raise Wrong("heads_misread", "one weight for all channels of a token, with one head", "several")


def _steps(bench, six):
    """The two steps; none where the six vectors cannot be set by hand, or are not as another property wants them."""
    wrong = {"gate_misplaced", "gate_open", "gate_bent", "step_lost", "modulation", "parallel"} & set(bench.named)
    return six.steps() if six.found and not wrong and len(six.gates()) == 2 else []


def _position_mistake(block) -> str:
    """Among equal tokens places make each another; misread heads make runs of equal ones."""
    rows = block(block.x[:, :1].expand(-1, TOKENS, -1).contiguous())[0]
    alike = sum(same(rows[i], rows[i + 1], 1e-4) for i in range(TOKENS - 1))
    return {0: "positions", TOKENS - 1: ""}.get(alike, "heads_misread")


def _expect_softmax(bench):
    new = _Block(bench)
    six = SixVectors(new.module, new.x, new.c)
    looking = [step for step in _steps(bench, six) if six.sees_others(step)]
    if len(looking) == 2:
        raise Wrong("mlp_mixes", "one step in which a token depends on others", "two")
    if looking:
        expect_softmax_of_scores(AttentionStep(six, looking[0]), heads=(HEADS,))


@check.property(0.75, "normalises what it adds, and has both halves", needs="attention")
def halves(bench):
    block = _Block(bench).wake()
    added, large = block() - block.x.double(), block(1000 * block.x) - 1000 * block.x.double()
    if float(large.abs().mean()) > 20 * float(added.abs().mean()):
        mistake = "modulation" if "modulation" in bench.named else "no_norm"
        grown = f"{large.abs().mean() / added.abs().mean():.0f} times more"
        raise Wrong(mistake, "about the same added to x as to 1000 x", grown)
    if not _bends(block):
        raise Wrong("no_mlp", "a token to pass through an MLP", "attention alone")
    _expect_activation_between(bench)


def _expect_activation_between(bench):
    block = _Block(bench)
    six = SixVectors(block.module, block.x, block.c)
    alone = [step for step in _steps(bench, six) if not six.sees_others(step)]
    if len(alone) == 1 and not bends_between_layers(six, alone[0], bench.randn("bases", 2, DIM)):
        raise Wrong("mlp_activation", "an activation between two linear layers", "one before or behind them")


def _bends(block) -> bool:
    """Whether a token passes through something that is not linear.

    In a sample of equal tokens attention is an affine map of the normalised token n, and large tokens are normalised
    alike before and after it. All that is affine adds the same to f(n) + f(-n) for every n; an MLP does not.
    """
    tokens = 100 * block.x[:, :1].expand(-1, TOKENS, -1).contiguous()
    c = block.c[:1].expand(3, -1).contiguous()
    plus, minus = (block(sign * tokens, c) - sign * tokens.double() for sign in (1, -1))
    even = (plus + minus)[:, 0]
    return float((even - even.mean(0)).abs().max()) > 0.01 * float(plus.abs().max())
