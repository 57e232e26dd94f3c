# %% right reshape and permute
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(B, (H // patch) * (W // patch), C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)


# %% right pixel_unshuffle
def patchify(x, patch):
    return F.pixel_unshuffle(x, patch).flatten(2).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    return F.pixel_shuffle(tokens.transpose(1, 2).unflatten(2, (height // patch, width // patch)), patch)


# %% right unfold and fold
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.transpose(1, 2), (height, width), patch, stride=patch)


# %% right channels last inside a token
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.view(B, C, H // patch, patch, W // patch, patch)
    return torch.einsum("bchpwq->bhwpqc", x).reshape(B, -1, C * patch * patch)


def unpatchify(tokens, patch, channels, height, width):
    h, w = height // patch, width // patch
    x = tokens.reshape(tokens.shape[0], h, w, patch, patch, channels)
    return torch.einsum("bhwpqc->bchpwq", x).reshape(tokens.shape[0], channels, h * patch, w * patch)


# %% right loops
def patchify(x, patch):
    tokens = []
    for i in range(0, x.shape[2], patch):
        for j in range(0, x.shape[3], patch):
            tokens.append(x[:, :, i : i + patch, j : j + patch].flatten(1))
    return torch.stack(tokens, dim=1)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.new_zeros(len(tokens), channels, height, width)
    k = 0
    for i in range(0, height, patch):
        for j in range(0, width, patch):
            x[:, :, i : i + patch, j : j + patch] = tokens[:, k].reshape(-1, channels, patch, patch)
            k += 1
    return x


# %% right Tensor.unfold, rows put together
def patchify(x, patch):
    blocks = x.unfold(2, patch, patch).unfold(3, patch, patch)
    return blocks.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    columns = width // patch
    blocks = tokens.unflatten(2, (channels, patch, patch))
    rows = [torch.cat(list(row.unbind(1)), dim=-1) for row in blocks.split(columns, dim=1)]
    return torch.cat(rows, dim=-2)


# %% wrong [transposed] (B, numbers, tokens)
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch)


def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens, (height, width), patch, stride=patch)


# %% wrong [still_a_grid] rows and columns kept
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(B, H // patch, W // patch, C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)


# %% wrong [still_a_grid] pixel_unshuffle alone
def patchify(x, patch):
    return F.pixel_unshuffle(x, patch)


def unpatchify(tokens, patch, channels, height, width):
    return F.pixel_shuffle(tokens, patch)


# %% wrong [column_by_column] columns first
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 4, 2, 1, 3, 5).reshape(B, -1, C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), width // patch, height // patch, channels, patch, patch)
    return x.permute(0, 3, 2, 4, 1, 5).reshape(len(tokens), channels, height, width)


# %% wrong [mixed] one reshape
def patchify(x, patch):
    B, C, H, W = x.shape
    return x.reshape(B, (H // patch) * (W // patch), C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    return tokens.reshape(len(tokens), channels, height, width)


# %% wrong [mixed] no permute
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.reshape(B, -1, C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    return tokens.reshape(len(tokens), channels, height, width)


# %% wrong [mixed] the grid and the patch exchanged
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, patch, H // patch, patch, W // patch)
    return x.permute(0, 3, 5, 1, 2, 4).reshape(B, -1, C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return x.permute(0, 3, 4, 1, 5, 2).reshape(len(tokens), channels, height, width)


# %% wrong [channel_lost] a token for each channel
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 1, 2, 4, 3, 5).reshape(B, -1, patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), channels, height // patch, width // patch, patch, patch)
    return x.permute(0, 1, 2, 4, 3, 5).reshape(len(tokens), channels, height, width)


# %% wrong [not_inverse] the pixels of a patch transposed
def patchify(x, patch):
    return F.pixel_unshuffle(x, patch).flatten(2).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return x.permute(0, 3, 1, 5, 2, 4).reshape(len(tokens), channels, height, width)


# %% wrong [not_inverse] channels first there, last here
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, patch, patch, channels)
    return x.permute(0, 5, 1, 3, 2, 4).reshape(len(tokens), channels, height, width)


# %% wrong [not_inverse] the way back reshapes only
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    return tokens.reshape(len(tokens), channels, height, width)


# %% wrong [not_inverse] rows and columns of the grid exchanged on the way back
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), width // patch, height // patch, channels, patch, patch)
    return x.permute(0, 3, 2, 4, 1, 5).reshape(len(tokens), channels, height, width)


# %% wrong [sides_exchanged] width by height
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    x = x.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)
    return x.reshape(len(tokens), channels, width, height)


# %% wrong [unpatchify_shape] channels last
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    x = F.fold(tokens.transpose(1, 2), (height, width), patch, stride=patch)
    return x.permute(0, 2, 3, 1)


# %% wrong [mutates] x changed in place
def patchify(x, patch):
    tokens = F.unfold(x, patch, stride=patch).transpose(1, 2)
    x.zero_()
    return tokens


def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.transpose(1, 2), (height, width), patch, stride=patch)


# %% right tensor.unfold
def patchify(x, patch):
    b, c, h, w = x.shape
    y = x.unfold(2, patch, patch).unfold(3, patch, patch)
    return y.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.view(tokens.shape[0], height // patch, width // patch, channels, patch, patch)
    return torch.einsum("nhwcpq->nchpwq", y).reshape(tokens.shape[0], channels, height, width)


# %% right DiT's own unpatchify
def patchify(x, patch):
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // patch, patch, w // patch, patch)
    x = torch.einsum("nchpwq->nhwpqc", x)
    return x.reshape(n, h // patch * (w // patch), patch**2 * c)

def unpatchify(tokens, patch, channels, height, width):
    h, w = height // patch, width // patch
    x = tokens.reshape(shape=(tokens.shape[0], h, w, patch, patch, channels))
    x = torch.einsum("nhwpqc->nchpwq", x)
    return x.reshape(shape=(x.shape[0], channels, h * patch, w * patch))


# %% right pixel_unshuffle, again
def patchify(x, patch):
    return F.pixel_unshuffle(x, patch).flatten(2).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.transpose(1, 2).reshape(len(tokens), -1, height // patch, width // patch)
    return F.pixel_shuffle(y, patch)


# %% right loops, again
def patchify(x, patch):
    rows = []
    for i in range(0, x.shape[2], patch):
        for j in range(0, x.shape[3], patch):
            rows.append(x[:, :, i:i + patch, j:j + patch].reshape(len(x), -1))
    return torch.stack(rows, dim=1)

def unpatchify(tokens, patch, channels, height, width):
    out = tokens.new_zeros(len(tokens), channels, height, width)
    k = 0
    for i in range(0, height, patch):
        for j in range(0, width, patch):
            out[:, :, i:i + patch, j:j + patch] = tokens[:, k].reshape(-1, channels, patch, patch)
            k += 1
    return out


# %% wrong [mixed] reshape alone
def patchify(x, patch):
    b, c, h, w = x.shape
    return x.reshape(b, h // patch * (w // patch), c * patch**2)

def unpatchify(tokens, patch, channels, height, width):
    return tokens.reshape(len(tokens), channels, height, width)


# %% wrong [column_by_column] patches column by column
def patchify(x, patch):
    b, c, h, w = x.shape
    y = x.reshape(b, c, h // patch, patch, w // patch, patch).permute(0, 4, 2, 1, 3, 5)
    return y.reshape(b, -1, c * patch**2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.reshape(len(tokens), width // patch, height // patch, channels, patch, patch)
    return y.permute(0, 3, 2, 4, 1, 5).reshape(len(tokens), channels, height, width)


# %% wrong [square_only] square pictures only
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    h = w = int(tokens.shape[1] ** 0.5)
    y = tokens.reshape(len(tokens), h, w, channels, patch, patch)
    return torch.einsum("nhwcpq->nchpwq", y).reshape(len(tokens), channels, h * patch, w * patch)


# %% wrong [overlapping] unfold without the stride
def patchify(x, patch):
    return F.unfold(x, patch).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.transpose(1, 2), (height, width), patch)


# %% wrong [not_inverse] orders that do not agree
def patchify(x, patch):
    n, c, h, w = x.shape
    return torch.einsum("nchpwq->nhwpqc", x.reshape(n, c, h // patch, patch, w // patch, patch)).reshape(n, -1, patch**2 * c)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return torch.einsum("nhwcpq->nchpwq", y).reshape(len(tokens), channels, height, width)


# %% wrong [sides_exchanged] height and width exchanged on the way back
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.reshape(len(tokens), width // patch, height // patch, channels, patch, patch)
    return torch.einsum("nhwcpq->nchpwq", y).reshape(len(tokens), channels, width, height)


# %% wrong [mixed] patches of every patch-th pixel
def patchify(x, patch):
    b, c, h, w = x.shape
    y = x.reshape(b, c, patch, h // patch, patch, w // patch)
    return y.permute(0, 3, 5, 1, 2, 4).reshape(b, -1, c * patch**2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return y.permute(0, 3, 4, 1, 5, 2).reshape(len(tokens), channels, height, width)


# %% wrong [not_inverse] rotated inside on the way back
def patchify(x, patch):
    b, c, h, w = x.shape
    y = x.reshape(b, c, h // patch, patch, w // patch, patch).permute(0, 2, 4, 1, 3, 5)
    return y.reshape(b, -1, c * patch**2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return y.permute(0, 3, 1, 5, 2, 4).reshape(len(tokens), channels, height, width)


# %% wrong [not_flat] three axes a token
def patchify(x, patch):
    b, c, h, w = x.shape
    y = x.reshape(b, c, h // patch, patch, w // patch, patch).permute(0, 2, 4, 1, 3, 5)
    return y.flatten(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return y.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)


# %% wrong [channel_lost] one channel
def patchify(x, patch):
    return F.unfold(x[:, :1], patch, stride=patch).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.transpose(1, 2), (height, width), patch, stride=patch)


# %% wrong [argument_unused] patch 4 written in
def patchify(x, patch):
    return F.unfold(x, 4, stride=4).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.transpose(1, 2), (height, width), 4, stride=4)


# %% wrong [raised] unpatchify for three channels
def patchify(x, patch):
    return F.unfold(x, patch, stride=patch).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.reshape(len(tokens), height // patch, width // patch, 3, patch, patch)
    return torch.einsum("nhwcpq->nchpwq", y).reshape(len(tokens), 3, height, width)


# %% wrong [unnamed] average of each patch
def patchify(x, patch):
    b, c, h, w = x.shape
    y = F.avg_pool2d(x, patch).repeat(1, patch**2, 1, 1)
    return y.flatten(2).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    y = tokens.transpose(1, 2)[:, :channels].reshape(len(tokens), channels, height // patch, width // patch)
    return F.interpolate(y, scale_factor=patch)


# %% wrong [other_order] every other row backwards
def patchify(x, patch):
    rows = x.split(patch, 2); out = []
    for k, r in enumerate(rows):
        bl = list(r.split(patch, 3)); out += bl[::-1] if k % 2 else bl
    return torch.stack([b.flatten(1) for b in out], 1)
def unpatchify(tokens, patch, channels, height, width):
    w = width // patch; bl = [tokens[:, i].reshape(-1, channels, patch, patch) for i in range(tokens.shape[1])]; rows = []
    for r in range(height // patch):
        part = bl[r * w:(r + 1) * w]
        rows.append(torch.cat(part[::-1] if r % 2 else part, 3))
    return torch.cat(rows, 2)


# %% wrong [other_order] from the bottom up
def patchify(x, patch):
    B, C, H, W = x.shape
    blocks = x.reshape(B, C, H // patch, patch, W // patch, patch).flip(2)
    return blocks.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    blocks = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch).flip(1)
    return blocks.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)


# %% wrong [raised] the last picture's sizes remembered
SHAPE = None
def patchify(x, patch):
    global SHAPE
    SHAPE = x.shape
    return F.unfold(x, patch, stride=patch).transpose(1, 2)
def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.transpose(1, 2), SHAPE[2:], patch, stride=patch)


# %% right a convolution with the identity
def kernel(c, p): return torch.eye(c * p * p).reshape(c * p * p, c, p, p)
def patchify(x, patch):
    return F.conv2d(x, kernel(x.shape[1], patch).to(x), stride=patch).flatten(2).mT
def unpatchify(tokens, patch, channels, height, width):
    g = tokens.mT.reshape(len(tokens), -1, height // patch, width // patch)
    return F.conv_transpose2d(g, kernel(channels, patch).to(tokens), stride=patch)


# %% wrong [batch_second] batch and tokens swapped
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(2, 4, 0, 1, 3, 5).reshape(-1, B, C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(height // patch, width // patch, -1, channels, patch, patch)
    return x.permute(2, 3, 0, 4, 1, 5).reshape(-1, channels, height, width)


# %% wrong [batch_lost] tokens in one list with the batch
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(-1, C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(-1, height // patch, width // patch, channels, patch, patch)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(-1, channels, height, width)


# %% wrong [not_flat] a pair (C, p²) for numbers
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, C, patch, patch)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)


# %% wrong [p_patches] number of patches for patch size
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, patch, H // patch, patch, W // patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(B, patch * patch, -1)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), patch, patch, channels, height // patch, width // patch)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)


# %% right gather by an index picture
def _index(channels, height, width, patch):
    order = torch.arange(channels * height * width).view(channels, height // patch, patch, width // patch, patch)
    return order.permute(1, 3, 0, 2, 4).flatten()


def patchify(x, patch):
    b, c, h, w = x.shape
    return x.flatten(1)[:, _index(c, h, w, patch)].view(b, -1, c * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    out = torch.empty(len(tokens), channels * height * width, dtype=tokens.dtype)
    out[:, _index(channels, height, width, patch)] = tokens.flatten(1)
    return out.view(-1, channels, height, width)


# %% right chunk and cat
def patchify(x, patch):
    rows = torch.split(x, patch, dim=2)
    pieces = [piece.flatten(1) for row in rows for piece in torch.split(row, patch, dim=3)]
    return torch.stack(pieces, dim=1)


def unpatchify(tokens, patch, channels, height, width):
    pieces = [p.unflatten(1, (channels, patch, patch)) for p in tokens.unbind(1)]
    n = width // patch
    return torch.cat([torch.cat(pieces[i : i + n], dim=3) for i in range(0, len(pieces), n)], dim=2)


# %% wrong [square_only] a side from the root of the count, asserted
def patchify(x, patch):
    n, c, height, width = x.shape
    x = x.reshape(n, c, height // patch, patch, width // patch, patch)
    return torch.einsum("nchpwq->nhwpqc", x).reshape(n, -1, patch * patch * c)


def unpatchify(tokens, patch, channels, height, width):
    h = w = int(tokens.shape[1] ** 0.5)
    assert h * w == tokens.shape[1]
    x = tokens.reshape(tokens.shape[0], h, w, patch, patch, channels)
    return torch.einsum("nhwpqc->nchpwq", x).reshape(tokens.shape[0], channels, h * patch, w * patch)


# %% wrong [square_only] patchify asserts a square
def patchify(x, patch):
    assert x.shape[2] == x.shape[3]
    h = w = x.shape[2] // patch
    x = x.reshape(x.shape[0], x.shape[1], h, patch, w, patch)
    return torch.einsum("nchpwq->nhwpqc", x).reshape(x.shape[0], h * w, -1)


def unpatchify(tokens, patch, channels, height, width):
    h, w = height // patch, width // patch
    x = tokens.reshape(tokens.shape[0], h, w, patch, patch, channels)
    return torch.einsum("nhwpqc->nchpwq", x).reshape(tokens.shape[0], channels, height, width)


# %% right pixel_unshuffle, and pixel_shuffle back
def patchify(x, patch):
    return F.pixel_unshuffle(x, patch).flatten(2).transpose(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    grid = tokens.transpose(1, 2).unflatten(2, (height // patch, width // patch))
    return F.pixel_shuffle(grid, patch)


# %% wrong [clamped] clamped on the way back
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(B, (H // patch) * (W // patch), C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width).clamp(-4, 4)


# %% wrong [unnamed] scaled by 1.01 on the way back
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(B, (H // patch) * (W // patch), C * patch**2)


def unpatchify(tokens, patch, channels, height, width):
    x = tokens.reshape(len(tokens), height // patch, width // patch, channels, patch, patch)
    return 1.01 * x.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)


# %% right as_strided
def patchify(x, patch):
    B, C, H, W = x.shape
    x = x.contiguous()
    b, c, h, w = x.stride()
    v = x.as_strided((B, H // patch, W // patch, C, patch, patch), (b, patch * h, patch * w, c, h, w))
    return v.reshape(B, -1, C * patch * patch)


def unpatchify(tokens, patch, channels, height, width):
    out = tokens.new_empty(len(tokens), channels, height, width)
    b, c, h, w = out.stride()
    v = out.as_strided(
        (len(tokens), height // patch, width // patch, channels, patch, patch), (b, patch * h, patch * w, c, h, w)
    )
    v.copy_(tokens.reshape(v.shape))
    return out


# %% wrong [no_gradient] both detached
def patchify(x, patch):
    return F.unfold(x.detach(), patch, stride=patch).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.detach().transpose(1, 2), (height, width), patch, stride=patch)


# %% wrong [patch_fixed] patches of 2 by 2 whatever is asked
def patchify(x, patch):
    return F.unfold(x, 2, stride=2).transpose(1, 2)

def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.transpose(1, 2), (height, width), 2, stride=2)


# %% wrong [overlapping] windows one pixel apart
def patchify(x, patch):
    windows = x.unfold(2, patch, 1).unfold(3, patch, 1)
    return windows.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


def unpatchify(tokens, patch, channels, height, width):
    return F.fold(tokens.transpose(1, 2), (height, width), patch, stride=patch)
