"""Whether attention weighs by a softmax: exponentials of scores, divided by their sum (arXiv:1706.03762, eq. 1).

A token of the probe is made of four bits, two of a factor A and two of a factor B, and each channel holds a bit or its opposite.
Where keys are linear in the token, exp(score) is a function of A times a function of B; among tokens in which A and B come in all
pairs, what a softmax hands out is then a part that depends on A plus a part that depends on B. No other weights do that, but
those that are linear in the score; these notice nothing beyond second moments. Every norm leaves such tokens as they are: each
channel has mean 0 and variance 1 over the tokens, and each two neighbours over one token.
"""

from __future__ import annotations

import functools
import itertools

import torch

from .modules import same
from .score_makers import Attention, Masks, one_colour, only_among_others, random_tokens, scaled, without_biases

SIGNS = (1.0, -1.0)
OTHER_SUM = "weights that sum to something else"
ROUNDING = 2e-5  # of the numbers: in a smaller change float32 rounding shows
NOT_OF_PRODUCTS = "weights that queries and keys change one by one, not by their products"


def other_than_softmax(layer: Attention, makers: Masks) -> str:
    """What is handed out that a softmax would not, in a few words, or "" if nothing is, or if it can't be told.

    makers: what `score_makers` found.
    """
    state = layer.state()
    plain = without_biases(state)
    try:
        layer.load_state(plain)
        if _scores_count_in_one_colour(layer, plain, makers):
            return OTHER_SUM
        if not makers:
            return ""
        if _keys_normalised(layer, plain, makers):
            return ""  # scores are not linear in the token
        for rest, tolerance in ((1.0, 0.005), (0.1, 0.03)):  # what comes after attention may bend; for small values it does not
            layer.load_state(scaled(plain, makers, layer.channels, 1.2, rest))
            if _straight(layer):
                return _verdict(layer, plain, makers, tolerance)
        return ""
    finally:
        layer.load_state(state)


def _verdict(layer, plain, makers: Masks, tolerance) -> str:
    together, alone, doubled, size = _factors(layer)
    if 1e-6 < alone < ROUNDING * size:
        return ""
    if alone < 1e-6:
        return "weights that do not tell a score from its opposite"
    if doubled > 0.05 * alone:
        return OTHER_SUM
    if together > tolerance * alone:
        if _scores_count_in_a_crowd(layer, plain, makers):
            return OTHER_SUM
        return f"weights of another form ({together / alone:.0%} off)"
    if _third_moment(layer) < 1e-3 * alone:
        return "weights that are linear in the score"
    return NOT_OF_PRODUCTS if _not_of_products(layer, plain, makers) else ""


def _scores_count_in_one_colour(layer, plain, makers: Masks) -> bool:
    """Whether queries and keys change what equal tokens are given, as weights do that sum to something else than 1.

    Where they are not known: queries times 2 and keys times ½ leave every output as it was, and so do values and what projects
    them; one of two such pairs makes the scores; where all tokens are equal, it counts no longer if the weights sum to 1.
    """
    crowd = random_tokens(layer.channels)
    colours = one_colour(crowd)

    def given(tokens, *changes):
        state = dict(plain)
        for name, mask, gain in changes:  # two may be parts of one matrix
            state[name] = torch.where(mask, state[name] * gain, state[name])
        layer.load_state(state)
        return layer.attend(tokens)

    if makers:
        usual = given(colours)
        layer.load_state(_exchanged(plain, makers))
        return not same(layer.attend(colours), usual)
    usual = given(crowd)
    blocks = [block for block in _blocks(plain) if not same(given(crowd, (*block, 2.0)), usual)]
    pairs = [
        (i, j)
        for i, j in itertools.combinations(range(len(blocks)), 2)
        if same(given(crowd, (*blocks[i], 2.0), (*blocks[j], 0.5)), usual)
    ]
    # values that nothing projects have no such partner: what is added is linear in them
    for i in set(range(len(blocks))) - set(itertools.chain(*pairs)):
        twice, thrice = (given(crowd, (*blocks[i], gain)) for gain in (2.0, 3.0))
        pairs += [(i, i)] if same(thrice - twice, twice - usual, 1e-3) else []
    if not any(not set(one) & set(other) for one, other in itertools.combinations(pairs, 2)):
        return False
    usual = given(colours)
    return not any(same(given(colours, (*blocks[i], 2.0)), usual) for i, _ in pairs)


def _scores_count_in_a_crowd(layer, plain, makers: Masks) -> bool:
    """Whether queries and keys change what a few tokens in a crowd of equal ones are given: all that weights which sum to 1
    can hand out there is the crowd's value."""
    tokens = random_tokens(layer.channels)
    crowd = torch.cat([tokens[:, :4], tokens[:, 4:5].expand(-1, 252, -1)], dim=1)
    moderate = scaled(plain, makers, layer.channels, 0.5)
    outputs = []
    for state in (moderate, _exchanged(moderate, makers)):
        layer.load_state(state)
        outputs.append((layer.attend(crowd)[:, :4], layer.attend(tokens)[:, :4]))
    in_crowd, elsewhere = (float((a - b).norm()) for a, b in zip(*outputs))
    return in_crowd > 0.35 * elsewhere


def _not_of_products(layer, plain, makers: Masks) -> bool:
    """Whether queries or keys count without each other, as in linear attention, which has a softmax of each (arXiv:1812.01243).

    Products of both stay as they are when all change sign, and fall with the square of what makes them. A query that something
    bends fails the first, one that is normalised the second; only weights without products fail both. Vectors that count in
    scores alone are scaled with the matrices: a query's bias. Where one matrix makes scores from tokens themselves, nothing can
    be told, nor where they change so little that rounding shows.
    """
    if len(makers) == 1 and all(mask.all() and mask.numel() == layer.channels**2 for mask in makers.values()):
        return False
    layer.load_state(plain)
    vectors = {name: mask for name, mask in only_among_others(layer).items() if mask.ndim == 1 and mask.any()}
    tokens = random_tokens(layer.channels)

    def given(share, of_vectors=None):
        state, factor = scaled(plain, makers, layer.channels, 0.2 * share), share if of_vectors is None else of_vectors
        layer.load_state(state | {n: torch.where(mask, factor * state[n], state[n]) for n, mask in vectors.items()})
        return layer.attend(tokens)

    even, small, smaller, turned = (given(share) for share in (1e-4, 1.0, 0.5, -1.0))
    if same(given(0.5, of_vectors=1.0), small, 1e-6):
        return False  # the matrices are normalised
    change = float((small - even).norm())
    if change < ROUNDING * float(even.norm()):
        return False
    return float((turned - small).norm()) > 0.1 * change and change < 3 * float((smaller - even).norm())


def _blocks(state) -> list[tuple[str, torch.Tensor]]:
    """Parts of matrices that may make queries, keys, values or an output: (name, mask)."""
    found = []
    for name, value in state.items():
        if value.ndim < 2 or not value.is_floating_point():
            continue
        rows, columns = value.flatten(1).shape
        longer, shorter = max(rows, columns), min(rows, columns)
        parts = longer // shorter if longer in (2 * shorter, 3 * shorter) else 1
        place = torch.arange(longer)
        orders = [place * parts // longer] + [place // (longer // parts // heads) % parts for heads in (4,) if parts > 1]
        for order, part in itertools.product(orders, range(parts)):
            along = order == part
            mask = (along[:, None] if rows == longer else along[None]).expand(rows, columns)
            found.append((name, mask.reshape(value.shape)))
    return found


@functools.cache
def _token(bits: tuple[float, ...], channels: int) -> torch.Tensor:
    """A token (channels,) whose neighbours hold a bit and its opposite; which bit, and its sign, vary along the channels."""
    pairs = torch.arange(channels // 2)
    values = torch.tensor(bits)[pairs % len(bits)] * (1 - 2.0 * (pairs // len(bits) % 3 == 1))
    return torch.stack([values, -values], dim=1).flatten()


def _corners(count: int, parity: float) -> list[tuple[float, ...]]:
    """All corners of a cube, and once more, twice, those whose product has the given sign."""
    corners = list(itertools.product(SIGNS, repeat=count))
    return corners + [corner for corner in corners if torch.tensor(corner).prod() == parity] * 2


def _factors(layer) -> tuple[float, float, float, float]:
    """How much changing A and B together does beyond what each does alone; how much they do alone; how much less or more they
    do where each token is there twice; and the size of what is handed out."""
    crowds = [_corners(2, parity) for parity in SIGNS]
    images = [torch.stack([_token(a + b, layer.channels) for a in one for b in two]) for one in crowds for two in crowds]
    tokens = torch.stack(images)
    both, first, second, neither = layer.attend(tokens).unflatten(1, (8, 8))[:, :4, :4]
    twice = layer.attend(torch.cat([tokens, tokens], dim=1))[:, :64].unflatten(1, (8, 8))[:, :4, :4]
    alone = torch.cat([first - neither, second - neither])
    doubled = alone - torch.cat([twice[1] - twice[3], twice[2] - twice[3]])
    return float((both - first - second + neither).norm()), float(alone.norm()), float(doubled.norm()), float(both.norm())


def _third_moment(layer) -> float:
    """How much the output changes with the tokens' third moments, the first and second being as they were."""
    images = [torch.stack([_token(corner, layer.channels) for corner in _corners(3, parity)]) for parity in SIGNS]
    one, other = layer.attend(torch.stack(images))[:, :8]
    return float((one - other).norm())


def _straight(layer) -> bool:
    """Whether what equal tokens are given is linear in the token: then nothing bends behind the attention."""
    colours = torch.stack([_token(corner, layer.channels) for corner in itertools.product(SIGNS, repeat=4)])
    given = layer.attend(one_colour(colours[None]))[:, 0].unflatten(0, (4, 4))
    given = given - given.mean((0, 1))
    return float((given - given.mean(0) - given.mean(1)[:, None]).norm()) < 1e-3 * float(given.norm())


def _exchanged(state, makers: Masks):
    """The state with the entries that make scores in another order."""
    return state | {n: torch.where(mask, state[n].flatten(1).flip(1).view_as(state[n]), state[n]) for n, mask in makers.items()}


def _keys_normalised(layer, state, makers: Masks) -> bool:
    """Whether the length of a key does not matter: twice the key of one token, orthogonal to all others, changes nothing."""
    half = layer.channels // 2
    patterns = [torch.ones(half), *(_halves(half, seed) for seed in range(5))]
    tokens = torch.stack([torch.stack([sign * p, -sign * p], 1).flatten() for p in patterns for sign in SIGNS])[None]
    along = tokens[0, 0] / layer.channels**0.5

    def given(change):
        changed = {n: torch.where(mask, change(state[n].flatten(1)).view_as(state[n]), state[n]) for n, mask in makers.items()}
        layer.load_state(state | changed)
        return layer.attend(tokens)

    usual = given(lambda weight: weight)
    layer.load_state(_exchanged(state, makers))
    other = layer.attend(tokens)
    longer = []
    for change in (
        lambda w: w + torch.outer(w @ along.to(w), along.to(w)),
        lambda w: w + torch.outer(along.to(w), along.to(w) @ w),
    ):
        try:
            longer.append(float((given(change) - usual).norm()))
        except RuntimeError:  # the other layout
            continue
    return bool(longer) and min(longer) < 0.02 * float((usual - other).norm())


def _halves(half: int, seed: int) -> torch.Tensor:
    """A pattern of as many 1 as -1."""
    order = torch.randperm(half, generator=torch.Generator().manual_seed(seed))
    return torch.where(order < half // 2, 1.0, -1.0)
