# %% right one line
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real**2 + energy_fake**2).mean()


# %% right two means of squares
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    contrast = energy_real.mean() - energy_fake.mean()
    size = (energy_real**2).mean() + (energy_fake**2).mean()
    return contrast + alpha * size


# %% right mean of the differences
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    per_sample = energy_real - energy_fake + alpha * (energy_real.square() + energy_fake.square())
    return torch.mean(per_sample)


# %% right sums over the batch size
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    n = len(energy_real)
    total = energy_real.sum() - energy_fake.sum()
    total = total + alpha * (torch.sum(energy_real.pow(2)) + torch.sum(energy_fake.pow(2)))
    return total / n


# %% right a loop
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    loss = 0.0
    for real, fake in zip(energy_real, energy_fake):
        loss = loss + (real - fake + alpha * (real * real + fake * fake)) / energy_real.shape[0]
    return loss


# %% right float64 inside
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    r, f = energy_real.double(), energy_fake.double()
    return (-(f.mean() - r.mean()) + alpha * torch.stack([r**2, f**2]).sum(0).mean()).float()


# %% right dot products
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    b = energy_real.numel()
    return (energy_real - energy_fake).mean() + alpha / b * (energy_real @ energy_real + energy_fake @ energy_fake)


# %% wrong [sign] fake minus real
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_fake.mean() - energy_real.mean() + alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [added] real plus fake
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() + energy_fake.mean() + alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [sum_for_mean] sums for means in the difference
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.sum() - energy_fake.sum() + alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [fake_missing] the fake energy is missing
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() + alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [no_regulariser] no regulariser
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean()


# %% wrong [regulariser_not_squared] energies not squared
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real + energy_fake).mean()


# %% wrong [regulariser_real_only] regulariser of the real ones only
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real**2).mean()


# %% wrong [square_of_mean] square of the mean
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real.mean() ** 2 + energy_fake.mean() ** 2)


# %% wrong [square_of_sum] square of the difference
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * ((energy_real - energy_fake) ** 2).mean()


# %% wrong [regulariser_halved] average over both
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (torch.cat([energy_real, energy_fake]) ** 2).mean()


# %% wrong [regulariser_summed] squares are summed
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real**2 + energy_fake**2).sum()


# %% wrong [regulariser_minus] regulariser taken away
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() - alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [alpha_ignored] alpha forgotten
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + (energy_real**2 + energy_fake**2).mean()


# %% wrong [not_scalar] one loss a sample
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real - energy_fake + alpha * (energy_real**2 + energy_fake**2)


# %% wrong [detached] turned into a number
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return (energy_real.mean() - energy_fake.mean() + alpha * (energy_real**2 + energy_fake**2).mean()).item()


# %% wrong [fake_detached] the fake energies are detached
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    energy_fake = energy_fake.detach()
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [absolute] absolute difference
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return (energy_real - energy_fake).abs().mean() + alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [squared] squared difference
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return ((energy_real - energy_fake) ** 2).mean() + alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [half_gradient] the regulariser is detached
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    penalty = alpha * (energy_real**2 + energy_fake**2).mean()
    return energy_real.mean() - energy_fake.mean() + penalty.detach()


# %% wrong [half_gradient] the regulariser of the fakes is detached
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real**2 + energy_fake.detach() ** 2).mean()


# %% right a mean for each term
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return torch.mean(energy_real) - torch.mean(energy_fake) + alpha * (torch.mean(energy_real.pow(2)) + torch.mean(energy_fake.pow(2)))


# %% right mse_loss to zeros
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    zero = torch.zeros_like(energy_real)
    return energy_real.mean() - energy_fake.mean() + alpha * (F.mse_loss(energy_real, zero) + F.mse_loss(energy_fake, zero))


# %% right a loop over the pairs
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    total = 0
    for r, f in zip(energy_real, energy_fake):
        total = total + (r - f) + alpha * (r * r + f * f)
    return total / len(energy_real)


# %% right dot products over the batch
def contrastive_divergence_loss(energy_real: torch.Tensor, energy_fake: torch.Tensor, alpha: float) -> torch.Tensor:
    B = energy_real.size(0)
    return (energy_real.sum() - energy_fake.sum()) / B + alpha * (energy_real @ energy_real + energy_fake @ energy_fake) / B


# %% wrong [alpha_on_the_difference] alpha on the difference
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return alpha * (energy_real.mean() - energy_fake.mean()) + (energy_real ** 2 + energy_fake ** 2).mean()


# %% wrong [alpha_on_one_square] alpha on the real squares only
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + (alpha * energy_real ** 2 + energy_fake ** 2).mean()


# %% wrong [unnamed] alpha over everything
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return alpha * (energy_real.mean() - energy_fake.mean() + (energy_real ** 2 + energy_fake ** 2).mean())


# %% wrong [log_sigmoid] hinge loss
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return F.relu(1 + energy_real).mean() + F.relu(1 - energy_fake).mean() + alpha * (energy_real ** 2 + energy_fake ** 2).mean()


# %% wrong [log_sigmoid] softplus of the difference
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return torch.log(torch.exp(energy_real - energy_fake) + 1).mean() + alpha * (energy_real ** 2 + energy_fake ** 2).mean()


# %% wrong [detached] a new tensor with requires_grad=True
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    v = energy_real.mean().item() - energy_fake.mean().item() + alpha * (energy_real ** 2 + energy_fake ** 2).mean().item()
    return torch.tensor(v, requires_grad=True)


# %% wrong [unnamed] the difference squared as penalty
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    d = energy_real.mean() - energy_fake.mean()
    return d + alpha * d ** 2


# %% wrong [norms] the norms as penalty
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real.norm() + energy_fake.norm())


# %% wrong [squares_subtracted] squares subtracted like the energies
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return energy_real.mean() - energy_fake.mean() + alpha * (energy_real**2 - energy_fake**2).mean()


# %% right each energy times one plus alpha times it
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    a = energy_real * (1 + alpha * energy_real)
    b = energy_fake * (1 - alpha * energy_fake)
    return (a - b).mean()


# %% wrong [real_detached] the real energies are detached
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    real = energy_real.detach()
    return real.mean() - energy_fake.mean() + alpha * (real**2 + energy_fake**2).mean()


# %% wrong [cut_off] a margin at zero
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    return F.relu(energy_real.mean() - energy_fake.mean()) + alpha * (energy_real**2 + energy_fake**2).mean()


# %% wrong [several_returned] the loss and its parts
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    contrast, penalty = energy_real.mean() - energy_fake.mean(), (energy_real**2 + energy_fake**2).mean()
    return {"loss": contrast + alpha * penalty, "penalty": penalty}


# %% right variance plus the mean's square
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    (vr, mr), (vf, mf) = (torch.var_mean(e, correction=0) for e in (energy_real, energy_fake))
    return mr - mf + alpha * (vr + mr**2 + vf + mf**2)
