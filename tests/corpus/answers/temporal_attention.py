# %% right permute, reshape and back
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c))
    return out.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% right a loop over the places
def temporal_attention(attend, x):
    out = torch.empty_like(x)
    for i in range(x.shape[3]):
        for j in range(x.shape[4]):
            out[:, :, :, i, j] = attend(x[:, :, :, i, j].transpose(1, 2)).transpose(1, 2)
    return out


# %% right movedim and flatten
def temporal_attention(attend, x):
    frames_last = x.movedim((3, 4), (1, 2)).transpose(3, 4)
    shape = frames_last.shape
    out = attend(frames_last.flatten(0, 2)).view(shape)
    return out.transpose(3, 4).movedim((1, 2), (3, 4))


# %% right places ordered width first
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 4, 3, 2, 1).reshape(-1, f, c))
    return out.reshape(b, w, h, f, c).permute(0, 4, 3, 2, 1)


# %% right one sample at a time
def temporal_attention(attend, x):
    done = []
    for film in x:
        c, f, h, w = film.shape
        seq = film.permute(2, 3, 1, 0).reshape(h * w, f, c)
        done.append(attend(seq).reshape(h, w, f, c).permute(3, 2, 0, 1))
    return torch.stack(done)


# %% right contiguous and view
def temporal_attention(attend, x):
    B, C, T, H, W = x.size()
    y = x.flatten(3).permute(0, 3, 2, 1).contiguous().view(B * H * W, T, C)
    y = attend(y)
    return y.view(B, H * W, T, C).permute(0, 3, 2, 1).contiguous().view(B, C, T, H, W)


# %% wrong [no_permute] a reshape both ways
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    return attend(x.reshape(b * h * w, f, c)).reshape(x.shape)


# %% wrong [no_permute] a reshape there, a permute back
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    return attend(x.reshape(-1, f, c)).reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [no_permute] channels last, places not in front
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 2, 3, 4, 1).reshape(-1, f, c))
    return out.reshape(b, f, h, w, c).permute(0, 4, 1, 2, 3)


# %% wrong [no_permute] frames before channels
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 2, 1, 3, 4).reshape(-1, f, c))
    return out.reshape(b, f, c, h, w).permute(0, 2, 1, 3, 4)


# %% wrong [no_permute_back] only reshaped back
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    return attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c)).reshape(x.shape)


# %% wrong [no_permute_back] reshaped to the wrong order
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c))
    return out.reshape(b, h, w, c, f).permute(0, 3, 4, 1, 2)


# %% wrong [sides_exchanged] height and width exchanged on the way back
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c))
    return out.reshape(b, w, h, f, c).permute(0, 4, 3, 2, 1)


# %% wrong [residual] x added
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c))
    return x + out.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [not_a_sequence_of_frames] over the picture
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 2, 3, 4, 1).reshape(b * f, h * w, c))
    return out.reshape(b, f, h, w, c).permute(0, 4, 1, 2, 3)


# %% wrong [not_a_sequence_of_frames] frames and channels exchanged
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 3, 4, 1, 2).reshape(b * h * w, c, f))
    return out.reshape(b, h, w, c, f).permute(0, 3, 4, 1, 2)


# %% wrong [not_a_sequence_of_frames] space and time at once
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    return attend(x.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(x.shape)


# %% wrong [not_used] attend forgotten
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c)
    return out.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [batch_mean] samples averaged
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.mean(0).permute(2, 3, 1, 0).reshape(h * w, f, c))
    return out.reshape(h, w, f, c).permute(3, 2, 0, 1).expand(b, c, f, h, w)


# %% wrong [wrong_shape] left as sequences
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    return attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c))


# %% wrong [no_gradient] detached
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    with torch.no_grad():
        out = attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c))
    return out.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [mutates] written into x
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c))
    out = out.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)
    x.data.copy_(out)
    return out


# %% wrong [residual] x added, detached
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c))
    return x.detach() + out.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% right movedim
def temporal_attention(attend, x):
    B, C, F_, H, W = x.shape
    y = x.movedim((3, 4), (1, 2))
    y = y.reshape(-1, C, F_).transpose(1, 2)
    y = attend(y).transpose(1, 2).reshape(B, H, W, C, F_)
    return y.permute(0, 3, 4, 1, 2)


# %% right flatten and unflatten
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = x.flatten(3).permute(0, 3, 2, 1).flatten(0, 1)
    y = attend(y).unflatten(0, (b, h * w)).permute(0, 3, 2, 1)
    return y.unflatten(3, (h, w))


# %% right by transposes
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = x.transpose(1, 3).transpose(2, 4)
    y = x.permute(0, 4, 3, 2, 1).contiguous().view(b * w * h, f, c)
    return attend(y).view(b, w, h, f, c).permute(0, 4, 3, 2, 1).contiguous()


# %% right einsum for the permutation
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    seq = torch.einsum("bcfhw->bhwfc", x).reshape(-1, f, c)
    return torch.einsum("bhwfc->bcfhw", attend(seq).reshape(b, h, w, f, c))


# %% wrong [no_permute_back] reshaped back without a permute
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    return attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c)).reshape(b, c, f, h, w)


# %% wrong [residual] residual
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c))
    return x + y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [sides_exchanged] h and w exchanged on the way back
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c))
    return y.reshape(b, w, h, f, c).permute(0, 4, 3, 2, 1)


# %% wrong [not_a_sequence_of_frames] within frames
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 2, 3, 4, 1).reshape(b * f, h * w, c))
    return y.reshape(b, f, h, w, c).permute(0, 4, 1, 2, 3)


# %% wrong [one_place] the mean over places
def temporal_attention(attend, x):
    y = attend(x.mean((3, 4)).transpose(1, 2)).transpose(1, 2)
    return y[..., None, None].expand_as(x)


# %% wrong [not_a_sequence_of_frames] places in one sequence
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 2, 3, 4, 1).reshape(b, f * h * w, c))
    return y.reshape(b, f, h, w, c).permute(0, 4, 1, 2, 3)


# %% wrong [not_a_sequence_of_frames] channels and frames exchanged
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 3, 4, 1, 2).reshape(-1, c, f))
    return y.reshape(b, h, w, c, f).permute(0, 3, 4, 1, 2)


# %% wrong [wrong_shape] sequence shape returned
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    return attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c))


# %% wrong [unnamed] first place for all
def temporal_attention(attend, x):
    y = attend(x[..., 0, 0].transpose(1, 2)).transpose(1, 2)
    return y[..., None, None].expand_as(x).clone()


# %% wrong [no_gradient] detached, again
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    with torch.no_grad():
        y = attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c))
    return y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [half_gradient] half of it detached
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c))
    y = (y + y.detach()) / 2
    return y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [half_gradient] attend is given a copy without x's graph
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    sequences = x.permute(0, 3, 4, 2, 1).reshape(-1, f, c)
    y = attend(sequences.detach()) + 0 * sequences
    return y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [unnamed] twice
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c)))
    return y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [not_a_sequence_of_frames] frames and height mixed up
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 2, 4, 3, 1).reshape(-1, h, c))
    return y.reshape(b, f, w, h, c).permute(0, 4, 1, 3, 2)


# %% wrong [unnamed] frames reversed on the way back
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c)).flip(1)
    return y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [unnamed] half of it
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c)) / 2
    return y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% wrong [no_permute_back] batch mixed with places on the way back
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c))
    return y.reshape(h, w, b, f, c).permute(2, 4, 3, 0, 1)


# %% wrong [residual] mean with x
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 3, 4, 2, 1).reshape(-1, f, c))
    return (x + y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)) / 2


# %% wrong [sides_exchanged] width before height there only
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    y = attend(x.permute(0, 4, 3, 2, 1).reshape(-1, f, c))
    return y.reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)


# %% right einsum there and back
def temporal_attention(attend, x):
    B, C, frames, H, W = x.shape
    tokens = torch.einsum("bcfhw->bhwfc", x).flatten(0, 2)
    return torch.einsum("bhwfc->bcfhw", attend(tokens).unflatten(0, (B, H, W)))


# %% right one place at a time, written into a new film
def temporal_attention(attend, x):
    film = torch.zeros_like(x)
    for i in range(x.size(3)):
        for j in range(x.size(4)):
            film[:, :, :, i, j] = attend(x[:, :, :, i, j].mT).mT
    return film


# %% wrong [no_permute] frames folded into the batch without a transpose
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    q = x.reshape(b * f, c, h * w)
    q = q.reshape(b, f, c, h * w).permute(0, 3, 1, 2).reshape(b * h * w, f, c)
    out = attend(q).reshape(b, h, w, f, c)
    return out.permute(0, 4, 3, 1, 2)


# %% wrong [one_sample] the first sample's film for all
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    out = attend(x[0].permute(2, 3, 1, 0).reshape(h * w, f, c)).reshape(h, w, f, c).permute(3, 2, 0, 1)
    return out[None].expand(b, c, f, h, w)


# %% right by way of a batch of frames
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    hidden = x.transpose(1, 2).reshape(b * f, c, h, w)
    hidden = hidden[None, :].reshape(b, f, c, h, w).permute(0, 3, 4, 1, 2).reshape(b * h * w, f, c)
    hidden = attend(hidden)
    hidden = hidden[None, None, :].reshape(b, h, w, f, c).permute(0, 3, 4, 1, 2)
    return hidden.transpose(1, 2)


# %% wrong [axis_lost] one film is squeezed out of its batch
def temporal_attention(attend, x):
    b, c, f, h, w = x.shape
    s = x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c)
    return attend(s).reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2).squeeze(0)
