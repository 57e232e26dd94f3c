"""Check of the two ways between a picture and its patches as tokens (arXiv:2212.09748, §3.2)."""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import numbers, show
from ..plain import SubjectError
from ..relations import CLAMPED, is_clamped

check = Check(
    "patchify_unpatchify",
    home="helpers.dit",
    answers=("patchify", "unpatchify"),
    mistakes={
        "transposed": "Tokens and their numbers are exchanged: the shape is (B, tokens, numbers), so transpose(1, 2) at the end.",
        "still_a_grid": "The tokens still lie in rows and columns: flatten the two into one axis.",
        "column_by_column": "The patches come column by column; they are asked for row by row.",
        "other_order": "Each token is one patch, but they come in another order: row by row, each row from left to right.",
        "mixed": "A token holds pixels of more than one patch: split height into (H/p, p) and width into (W/p, p), "
        "then bring the two p together.",
        "batch_lost": "The tokens of all samples lie in one list; the shape is (B, tokens, numbers).",
        "batch_second": "Samples and tokens are exchanged: the shape is (B, tokens, numbers).",
        "overlapping": "There is a patch at every pixel, and they overlap: go on by p each time, stride=patch.",
        "not_flat": "The numbers of a token still lie in several axes: flatten them into one, C p².",
        "p_patches": "p is the side of a patch, not the number of patches along a side: split height into (H/p, p).",
        "patch_fixed": "The side of a patch is written in: use the argument patch.",
        "no_gradient": "No gradient passes through: both stand inside a network that trains. Leave out .detach(), no_grad and "
        "numpy.",
        "channel_lost": "A token holds the pixels of a patch in all channels, C p² numbers.",
        "sides_exchanged": "Height and width are exchanged: this works for square pictures only.",
        "square_only": "This works for square pictures only: there are height/p rows of width/p patches.",
        "not_inverse": "unpatchify does not undo patchify: the order of pixels or channels inside a token "
        "differs between the two.",
        "unpatchify_shape": "unpatchify has to return (B, channels, height, width).",
        "mutates": "An input is changed in place.",
    },
    hints=(
        "A picture of H·W pixels is a grid of H/p · W/p patches. Which four numbers describe where a pixel is: "
        "the patch, and the place in it?",
        "x.reshape(B, C, H // p, p, W // p, p): now bring (H/p, W/p) to the front and (C, p, p) to the end, with permute.",
        "permute(0, 2, 4, 1, 3, 5) and a reshape that joins axes 1–2 and 3–5; the way back is the same, each "
        "step undone in turn.",
    ),
)

SIZES = ((5, 3, 6, 4, 2), (3, 2, 12, 6, 3), (1, 2, 4, 12, 4))


def _picture(bench, index):
    *shape, patch = SIZES[index]
    return bench.wide(f"x {index}", *shape), patch


def _tokens(bench, x, patch):
    return numbers(_called(bench, 0, x, patch))


def _called(bench, which: int, *given):
    """The reply of patchify (0) or unpatchify (1); a mistake is named where it raises, and works for a square picture."""
    try:
        return bench.subjects[which].call(*given)
    except SubjectError as error:
        if error.kind == "raised" and _works_for(bench, 4, 4) and not _works_for(bench, 6, 4):
            raise Wrong("square_only", "a picture that is not square", error.message) from None
        raise


def _blocks(x, patch):
    """The patches, row by row, each with its pixels in all channels sorted: (B, tokens, C p²)."""
    patches = [row.split(patch, 3) for row in x.double().split(patch, 2)]
    return torch.stack([part.flatten(1).sort(1).values for row in patches for part in row], 1)


def _shape(x, patch):
    b, c, h, w = x.shape
    return b, h // patch * (w // patch), c * patch**2


def _of_other_patches(x, patch) -> set[tuple[int, ...]]:
    """The shapes of tokens of patches of another size, which divides the picture's sides too."""
    sizes = (size for size in (2, 4, 8, 16) if size != patch and x.shape[2] % size == 0 == x.shape[3] % size)
    return {_shape(x, size) for size in sizes}


def _expect_shape(x, patch, received):
    wanted = b, n, d = _shape(x, patch)
    if received == wanted:
        return
    rows, columns = x.shape[2] // patch, x.shape[3] // patch
    if received in _of_other_patches(x, patch):
        raise Wrong("patch_fixed", f"shape {wanted}", f"shape {received}")
    known = {(b, d, n): "transposed", (b, rows, columns, d): "still_a_grid", (b, d, rows, columns): "still_a_grid"}
    known |= {(b, n * x.shape[1], patch**2): "channel_lost", (b, n, patch**2): "channel_lost"}
    places = (x.shape[2] - patch + 1) * (x.shape[3] - patch + 1)
    known |= {(b, places, d): "overlapping", (b, d, places): "overlapping"}
    known |= {(b * n, d): "batch_lost", (n, b, d): "batch_second", (b, patch**2, d * n // patch**2): "p_patches"}
    known |= {
        (b, n, *inside): "not_flat" for c in [x.shape[1]] for inside in ((c, patch, patch), (patch, patch, c), (c, patch**2))
    }
    raise Wrong(known.get(received, ""), f"shape {wanted}", f"shape {received}")


@check.property(1.5, "patchify: (B, H/p · W/p, C p²), a token for each patch, row by row, for pictures that are not square too")
def tokens(bench):
    for index in range(len(SIZES)):
        x, patch = _picture(bench, index)
        received, expected = _tokens(bench, x, patch), _blocks(x, patch)
        _expect_shape(x, patch, tuple(received.shape))
        received = received.sort(2).values
        if not torch.equal(received, expected):
            rows, columns = x.shape[2] // patch, x.shape[3] // patch
            by_column = expected.unflatten(1, (rows, columns)).transpose(1, 2).flatten(1, 2)
            mistake = "column_by_column" if torch.equal(received, by_column) else _disorder(received, expected)
            raise Wrong(mistake, show(expected), show(received))


def _disorder(received, expected) -> str:
    """What is wrong with tokens (B, N, numbers), sorted inside, that hold the right pixels."""
    rows = [{tuple(token) for token in sample} for tokens in (received, expected) for sample in tokens.tolist()]
    if rows[: len(rows) // 2] == rows[len(rows) // 2 :]:
        return "other_order"
    return "mixed" if _same_numbers(received, expected) else CLAMPED if is_clamped(received, expected) else ""


def _same_numbers(received, expected) -> bool:
    """Whether each sample holds the right numbers, in whatever order."""
    return torch.equal(received.flatten(1).sort(1).values, expected.flatten(1).sort(1).values)


def _changed(back, before) -> str:
    """What is wrong with what comes back: the order, or the numbers themselves."""
    return "not_inverse" if _same_numbers(back, before) else CLAMPED if is_clamped(back, before) else ""


@check.property(1.0, "unpatchify gives the picture back, and patchify its tokens", needs="tokens")
def inverse(bench):
    pictures = [_picture(bench, index) for index in range(len(SIZES))]
    all_tokens = [bench.subjects[0].call(x, patch).value for x, patch in pictures]  # before any of them is put back
    for index, ((x, patch), tokens) in enumerate(zip(pictures, all_tokens)):
        size = tuple(x.shape[1:])
        back = numbers(_called(bench, 1, tokens, patch, *size))
        if tuple(back.shape) != tuple(x.shape):
            sides = (x.shape[0], size[0], size[2], size[1])
            mistake = "sides_exchanged" if tuple(back.shape) == sides else "unpatchify_shape"
            raise Wrong(mistake, f"shape {tuple(x.shape)}", f"shape {tuple(back.shape)}")
        if not torch.equal(back, x.double()):
            raise Wrong(_changed(back, x.double()), "the picture", "another picture")
        fresh = bench.wide(f"tokens {index}", *tokens.shape)
        again = _tokens(bench, bench.subjects[1].call(fresh, patch, *size).value, patch)
        if not torch.equal(again, fresh.double()):
            raise Wrong(_changed(again, fresh.double()), "the tokens", "other tokens")


def _works_for(bench, height: int, width: int) -> bool:
    x = bench.randn(f"{height} by {width}", 2, 2, height, width)
    try:
        tokens = bench.subjects[0].call(x, 2).value
        return torch.equal(numbers(bench.subjects[1].call(tokens, 2, 2, height, width)), x.double())
    except (SubjectError, Wrong):
        return False


@check.property(0.5, "the two leave their arguments as they were, and let gradients through", needs="inverse")
def untouched(bench):
    x, patch = _picture(bench, 0)
    reply = bench.subjects[0].call(x, patch, grad=(0,))
    back = bench.subjects[1].call(reply.value, patch, *x.shape[1:], grad=(0,))
    if not torch.equal(reply.inputs[0], x) or not torch.equal(back.inputs[0], reply.value):
        raise Wrong("mutates", "arguments unchanged", "changed by the call")
    for name, came in (("patchify", reply), ("unpatchify", back)):
        if came.input_grads[0] is None:
            raise Wrong("no_gradient", f"a gradient through {name}", "none")
