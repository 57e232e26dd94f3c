# %% right one line
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + (2 * step_size) ** 0.5 * noise


# %% right math.sqrt
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + math.sqrt(2 * step_size) * noise


# %% right np.sqrt, two factors
def langevin_step(x, score, step_size, noise):
    return x + score * step_size + np.sqrt(2) * np.sqrt(step_size) * noise


# %% right torch.add
def langevin_step(x, score, step_size, noise):
    x = torch.add(x, score, alpha=step_size)
    return torch.add(x, noise, alpha=math.sqrt(2.0 * step_size))


# %% right a clone changed in place
def langevin_step(x, score, step_size, noise):
    new = x.clone()
    new += step_size * score
    new += torch.sqrt(torch.tensor(2 * step_size)) * noise
    return new


# %% right the (ε/2, √ε) pairing with ε = 2α
def langevin_step(x, score, step_size, noise):
    epsilon = 2 * step_size
    return x + epsilon / 2 * score + epsilon**0.5 * noise


# %% right numpy inside
def langevin_step(x, score, step_size, noise):
    out = x.numpy() + step_size * score.numpy() + np.sqrt(2 * step_size) * noise.numpy()
    return torch.from_numpy(out)


# %% right a loop over the samples, float64
def langevin_step(x, score, step_size, noise):
    rows = []
    for a, s, z in zip(x.double(), score.double(), noise.double()):
        rows.append(a + step_size * s + math.sqrt(2 * step_size) * z)
    return torch.stack(rows).to(x.dtype)


# %% wrong [sign] down the score
def langevin_step(x, score, step_size, noise):
    return x - step_size * score + (2 * step_size) ** 0.5 * noise


# %% wrong [half_pairing] (ε/2, √ε) with ε = α
def langevin_step(x, score, step_size, noise):
    return x + step_size / 2 * score + step_size**0.5 * noise


# %% wrong [half_drift] half the score
def langevin_step(x, score, step_size, noise):
    return x + 0.5 * step_size * score + (2 * step_size) ** 0.5 * noise


# %% wrong [drift_unscaled] score not scaled
def langevin_step(x, score, step_size, noise):
    return x + score + (2 * step_size) ** 0.5 * noise


# %% wrong [drift_missing] noise only
def langevin_step(x, score, step_size, noise):
    return x + (2 * step_size) ** 0.5 * noise


# %% wrong [drift_doubled] twice the score
def langevin_step(x, score, step_size, noise):
    return x + 2 * step_size * score + (2 * step_size) ** 0.5 * noise


# %% wrong [drift_rooted] √ on the score
def langevin_step(x, score, step_size, noise):
    return x + step_size**0.5 * score + (2 * step_size) ** 0.5 * noise


# %% wrong [x_missing] only the change
def langevin_step(x, score, step_size, noise):
    return step_size * score + (2 * step_size) ** 0.5 * noise


# %% wrong [noise_unscaled] noise of std 1
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + noise


# %% wrong [noise_missing] no noise
def langevin_step(x, score, step_size, noise):
    return x + step_size * score


# %% wrong [root_missing] 2α in place of √(2α)
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + 2 * step_size * noise


# %% wrong [factor_two_missing] √α in place of √(2α)
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + math.sqrt(step_size) * noise


# %% wrong [noise_like_drift] α in place of √(2α)
def langevin_step(x, score, step_size, noise):
    return x + step_size * (score + noise)


# %% wrong [two_outside] 2√α in place of √(2α)
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + 2 * math.sqrt(step_size) * noise


# %% wrong [root_two_outside] √2 α in place of √(2α)
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + math.sqrt(2) * step_size * noise


# %% wrong [own_noise] draws its own noise
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + math.sqrt(2 * step_size) * torch.randn_like(x)


# %% wrong [own_noise] rand for randn, and its own
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + math.sqrt(2 * step_size) * torch.rand_like(x)


# %% wrong [noise_subtracted] noise taken away
def langevin_step(x, score, step_size, noise):
    return x + step_size * score - math.sqrt(2 * step_size) * noise


# %% wrong [mutates] x += …
def langevin_step(x, score, step_size, noise):
    x += step_size * score + (2 * step_size) ** 0.5 * noise
    return x


# %% wrong [score_mutates] score *= …
def langevin_step(x, score, step_size, noise):
    score *= step_size
    return x + score + (2 * step_size) ** 0.5 * noise


# %% wrong [exchanged] x and score exchanged
def langevin_step(x, score, step_size, noise):
    return score + step_size * x + math.sqrt(2 * step_size) * noise


# %% wrong [extra_noise] noise of its own on top
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + math.sqrt(2 * step_size) * noise + 0.1 * torch.randn_like(x)


# %% right torch.add with alpha
def langevin_step(x, score, step_size, noise):
    return x.add(score, alpha=step_size).add(noise, alpha=(2 * step_size) ** 0.5)


# %% right compiled with torch.jit.script
@torch.jit.script
def langevin_step(x, score, step_size: float, noise):
    return x + step_size * score + (2.0 * step_size) ** 0.5 * noise


# %% right functools.partial
from functools import partial
def _step(root, x, score, step_size, noise):
    return x + step_size * score + root(2 * step_size) * noise
langevin_step = partial(_step, math.sqrt)


# %% right sample by sample
def langevin_step(x, score, step_size, noise):
    out = x.clone()
    for i in range(len(x)):
        out[i] += step_size * score[i]
        out[i] += (2 * step_size) ** 0.5 * noise[i]
    return out


# %% wrong [clamped] clamped to ±3
def langevin_step(x, score, step_size, noise):
    return (x + step_size * score + math.sqrt(2 * step_size) * noise).clamp(-3, 3)


# %% wrong [noise_mutates] the noise is scaled in place
def langevin_step(x, score, step_size, noise):
    noise *= math.sqrt(2 * step_size)
    return x + step_size * score + noise


# %% wrong [arguments_exchanged] noise before step_size
def langevin_step(x, score, noise, step_size):
    return x + step_size * score + (2 * step_size) ** 0.5 * noise


# %% wrong [unnamed] x shrinks, as in an Ornstein-Uhlenbeck process
def langevin_step(x, score, step_size, noise):
    return (1 - step_size) * x + step_size * score + math.sqrt(2 * step_size) * noise


# %% wrong [normalised] the score's norm is clipped
def langevin_step(x, score, step_size, noise):
    s = score / score.norm(dim=-1, keepdim=True).clamp(min=1)
    return x + step_size * s + math.sqrt(2 * step_size) * noise


# %% wrong [noise_in_bracket] the noise in the score's bracket
def langevin_step(x, score, step_size, noise):
    return x + step_size * (score + math.sqrt(2 * step_size) * noise)


# %% wrong [noise_divided] noise divided by its factor
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + noise / math.sqrt(2 * step_size)


# %% wrong [two_below] √(α/2) in place of √(2α)
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + math.sqrt(step_size / 2) * noise


# %% wrong [clamped] clamped to the unit square
def langevin_step(x, score, step_size, noise):
    return (x + step_size * score + math.sqrt(2 * step_size) * noise).clamp(-1, 1)


# %% wrong [extra_noise] kept or not by a coin
def langevin_step(x, score, step_size, noise):
    y = x + step_size * score + math.sqrt(2 * step_size) * noise
    return torch.where(torch.rand(()) < 0.5, y, x)


# %% wrong [step_for_sigma] ε²/2 and ε, as energy-based models are sampled
def langevin_step(x, score, step_size, noise):
    return x + step_size ** 2 / 2 * score + step_size * noise


# %% right mean first, then its noise, roots by torch
def langevin_step(x, score, step_size, noise):
    step = torch.as_tensor(step_size, dtype=x.dtype)
    x_mean = x + step * score
    return x_mean + torch.sqrt(step * 2) * noise


# %% wrong [axis_lost] squeezed
def langevin_step(x, score, step_size, noise):
    return (x + step_size * score + math.sqrt(2 * step_size) * noise).squeeze()


# %% wrong [normalised] the score at unit length
def langevin_step(x, score, step_size, noise):
    score = score / score.norm(dim=-1, keepdim=True)
    return x + step_size * score + math.sqrt(2 * step_size) * noise


# %% wrong [kept_from_before] a momentum kept in a default
def langevin_step(x, score, step_size, noise, velocity={}):
    velocity[x.shape] = 0.9 * velocity.get(x.shape, 0) + step_size * score
    return x + velocity[x.shape] + math.sqrt(2 * step_size) * noise


# %% wrong [argument_unused] the factor of the noise from another cell
ALPHA = 0.05


def langevin_step(x, score, step_size, noise):
    return x + ALPHA * score + math.sqrt(2 * ALPHA) * noise


# %% right a matrix product of three columns
def langevin_step(x, score, step_size, noise):
    return torch.stack((x, score, noise), dim=-1) @ torch.tensor([1.0, step_size, math.sqrt(2 * step_size)])
