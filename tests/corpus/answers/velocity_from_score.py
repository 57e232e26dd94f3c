# %% right one line
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + (1 - t) * score) / t


# %% right both means
def velocity_from_score(score, x, t):
    t = t.view(-1, *(1,) * (x.dim() - 1))
    noise = -(1 - t) * score
    data = (x - (1 - t) * noise) / t
    return data - noise


# %% right two fractions
def velocity_from_score(score, x, t):
    t = t[(...,) + (None,) * (x.ndim - 1)]
    return x / t + (1 / t - 1) * score


# %% right a loop
def velocity_from_score(score, x, t):
    return torch.stack([(a + (1 - u) * s) / u for s, a, u in zip(score, x, t)])


# %% right einsum
def velocity_from_score(score, x, t):
    return torch.einsum("b...,b->b...", x, 1 / t) + torch.einsum("b...,b->b...", score, (1 - t) / t)


# %% right transposed, float64
def velocity_from_score(score, x, t):
    s, y, u = score.double(), x.double(), t.double()
    return ((y.movedim(0, -1) + (1 - u) * s.movedim(0, -1)) / u).movedim(-1, 0).to(x.dtype)


# %% right numpy
def velocity_from_score(score, x, t):
    u = t.numpy().reshape((-1,) + (1,) * (x.ndim - 1))
    return torch.from_numpy((x.numpy() + (1 - u) * score.numpy()) / u)


# %% wrong [sign] minus
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x - (1 - t) * score) / t


# %% wrong [times_exchanged] t and 1 - t
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + t * score) / (1 - t)


# %% wrong [not_divided] times t
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return x + (1 - t) * score


# %% wrong [divided_in_part] no brackets
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return x + (1 - t) * score / t


# %% wrong [divided_in_part] x alone
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return x / t + (1 - t) * score


# %% wrong [divided_by_noise] by 1 - t
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + (1 - t) * score) / (1 - t)


# %% wrong [score_unscaled] score without factor
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + score) / t


# %% wrong [data_estimate] Tweedie's mean
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + (1 - t) ** 2 * score) / t


# %% wrong [noise_estimate] the noise
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return -(1 - t) * score


# %% wrong [score_only] no x
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (1 - t) / t * score


# %% wrong [score_back] the way back
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (t * score - x) / (1 - t)


# %% wrong [t_not_shaped] t as it is
def velocity_from_score(score, x, t):
    return (x + (1 - t) * score) / t


# %% wrong [t_not_shaped] for points alone
def velocity_from_score(score, x, t):
    t = t[:, None]
    return (x + (1 - t) * score) / t


# %% wrong [mutates] score changed in place
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    score *= 1 - t
    return (x + score) / t


# %% wrong [mutates] x changed in place
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    x += (1 - t) * score
    return x / t


# %% wrong [t_for_images_only] four axes always
def velocity_from_score(score, x, t):
    t = t[:, None, None, None]
    return (x + (1 - t) * score) / t


# %% right view
def velocity_from_score(score, x, t):
    t = t.view(-1, *(1,) * (x.dim() - 1))
    return x / t + (1 - t) / t * score


# %% right by the two means
def velocity_from_score(score, x, t):
    s = t.reshape(len(t), *[1] * (score.ndim - 1))
    noise = -(1 - s) * score
    data = (x - (1 - s) * noise) / s
    return data - noise


# %% right float64 inside
def velocity_from_score(score, x, t):
    s = t.double()
    for _ in range(x.ndim - 1):
        s = s.unsqueeze(-1)
    return ((x.double() + (1 - s) * score.double()) / s).to(x.dtype)


# %% right transpose trick
def velocity_from_score(score, x, t):
    X, S = x.flatten(1).T, score.flatten(1).T
    return ((X + (1 - t) * S) / t).T.reshape(x.shape)


# %% wrong [kept_from_ends] eps in the denominator
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + (1 - t) * score) / (t + 0.01)


# %% wrong [kept_from_ends] clamped
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1)).clamp(min=0.1)
    return (x + (1 - t) * score) / t


# %% wrong [mutates] in place
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    x += (1 - t) * score
    x /= t
    return x


# %% wrong [one_time] first t
def velocity_from_score(score, x, t):
    return (x + (1 - t[0]) * score) / t[0]


# %% wrong [turned] the whole negated
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return -(x + (1 - t) * score) / t


# %% wrong [unnamed] probability flow of a VP process
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return -0.5 * t * (x + score)


# %% wrong [score_only] no x, again
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (1 - t) * score / t


# %% wrong [noise_added] 1 - t squared
def velocity_from_score(score, x, t):
    t = t.view(-1, *[1] * (x.ndim - 1))
    return (x + (1 - t) ** 2 * score) / t - (1 - t) * score


# %% wrong [turned] noise - data
def velocity_from_score(score, x, t):
    t = t.view(-1, *[1] * (x.ndim - 1))
    noise = -(1 - t) * score
    return noise - (x - (1 - t) * noise) / t


# %% wrong [noise_over_sigma] noise = -score/(1-t)
def velocity_from_score(score, x, t):
    t = t.view(-1, *[1] * (x.ndim - 1))
    noise = -score / (1 - t)
    return (x - (1 - t) * noise) / t - noise


# %% wrong [exchanged] score and x exchanged
def velocity_from_score(score, x, t):
    t = t.view(-1, *[1] * (x.ndim - 1))
    return (score + (1 - t) * x) / t


# %% right vmap
def velocity_from_score(score, x, t):
    return torch.vmap(lambda s, y, a: (y + (1 - a) * s) / a)(score, x, t)


# %% right by the path's factors and their derivatives
def velocity_from_score(score, x, t):
    t = t.view(-1, *([1] * (x.dim() - 1)))
    alpha, sigma, d_alpha, d_sigma = t, 1 - t, 1.0, -1.0
    reverse_alpha_ratio = d_alpha / alpha
    return reverse_alpha_ratio * x - (d_sigma * sigma - reverse_alpha_ratio * sigma**2) * score


# %% wrong [times_exchanged] for t = 1 at the noise, sign and all
def velocity_from_score(score, x, t):
    t = t.view(-1, *([1] * (x.dim() - 1)))
    return -x / (1 - t) - t / (1 - t) * score


# %% wrong [halved] half the score
def velocity_from_score(score, x, t):
    t = t.view(-1, *([1] * (x.dim() - 1)))
    return (x + 0.5 * (1 - t) * score) / t


# %% wrong [not_over_rest] the mean of the data less x
def velocity_from_score(score, x, t):
    t = t.view(-1, *([1] * (x.dim() - 1)))
    x1 = (x + (1 - t) ** 2 * score) / t
    return x1 - x


# %% wrong [undefined_at_1] the mean of the data less x, over 1 - t
def velocity_from_score(score, x, t):
    t = t.view(-1, *([1] * (x.dim() - 1)))
    x1 = (x + (1 - t) ** 2 * score) / t
    return (x1 - x) / (1 - t)


# %% right the mean of the data less x, over 1 - t, but at 1
def velocity_from_score(score, x, t):
    t = t.view(-1, *([1] * (x.dim() - 1)))
    x1 = (x + (1 - t) ** 2 * score) / t
    return torch.where(t < 1, (x1 - x) / (1 - t), x)


# %% wrong [axis_lost] squeezed
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return ((x + (1 - t) * score) / t).squeeze()


# %% right the batch moved to the end
def velocity_from_score(score, x, t):
    return ((x.movedim(0, -1) + (1 - t) * score.movedim(0, -1)) / t).movedim(-1, 0)


# %% wrong [kept_from_ends] t at least 1e-3
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1)).clamp(min=1e-3)
    return (x + (1 - t) * score) / t


# %% right 1e-6 beside t
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + (1 - t) * score) / (t + 1e-6)


# %% right a guard that is too small to be seen
def velocity_from_score(score, x, t):
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + (1 - t) * score) / (t + torch.finfo(t.dtype).eps)
