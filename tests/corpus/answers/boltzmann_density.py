# %% right log-sum-exp
def boltzmann_density(energy, dx):
    log_z = torch.logsumexp(-energy, dim=0) + math.log(dx)
    return torch.exp(-energy - log_z)


# %% right the smallest energy taken away first
def boltzmann_density(energy, dx):
    weights = torch.exp(-(energy - energy.min()))
    return weights / (weights.sum() * dx)


# %% right softmax over dx
def boltzmann_density(energy, dx):
    return torch.softmax(-energy, dim=0) / dx


# %% right numpy inside, float64
def boltzmann_density(energy, dx):
    e = energy.numpy().astype(np.float64)
    w = np.exp(e.min() - e)
    return torch.tensor(w / w.sum() / dx, dtype=torch.float32)


# %% right trapezoid rule
def boltzmann_density(energy, dx):
    p = torch.exp(energy.min() - energy)
    return p / torch.trapezoid(p, dx=dx)


# %% right a loop in python floats
def boltzmann_density(energy, dx):
    lowest = min(energy.tolist())
    weights = [math.exp(lowest - e) for e in energy.tolist()]
    z = sum(w * dx for w in weights)
    return torch.tensor([w / z for w in weights])


# %% right log_softmax
def boltzmann_density(energy, dx):
    return (F.log_softmax(-energy.double(), dim=-1) - np.log(dx)).exp()


# %% wrong [sign] exp(+E)
def boltzmann_density(energy, dx):
    w = torch.exp(energy - energy.max())
    return w / (w.sum() * dx)


# %% wrong [overflow] exp without care
def boltzmann_density(energy, dx):
    w = torch.exp(-energy)
    return w / (w.sum() * dx)


# %% wrong [overflow] float64, but no log-sum-exp
def boltzmann_density(energy, dx):
    w = torch.exp(-energy.double())
    return (w / (w.sum() * dx)).float()


# %% wrong [overflow] the largest energy taken away, not the smallest
def boltzmann_density(energy, dx):
    w = torch.exp(-(energy - energy.max()))
    return w / (w.sum() * dx)


# %% wrong [overflow] Z guarded by a small number
def boltzmann_density(energy, dx):
    w = torch.exp(-energy)
    return w / (w.sum() * dx + 1e-12)


# %% wrong [dx_missing] sums to 1
def boltzmann_density(energy, dx):
    return torch.softmax(-energy, dim=0)


# %% wrong [dx_multiplied] times dx
def boltzmann_density(energy, dx):
    return torch.softmax(-energy, dim=0) * dx


# %% wrong [dx_squared] divided by dx twice
def boltzmann_density(energy, dx):
    w = torch.exp(energy.min() - energy)
    return w / (w.sum() * dx) / dx


# %% wrong [max_is_one] the peak is 1
def boltzmann_density(energy, dx):
    return torch.exp(energy.min() - energy)


# %% wrong [mean_for_sum] Z is a mean
def boltzmann_density(energy, dx):
    w = torch.exp(energy.min() - energy)
    return w / w.mean()


# %% wrong [returns_log] logarithm returned
def boltzmann_density(energy, dx):
    return -energy - torch.logsumexp(-energy, dim=0) - math.log(dx)


# %% wrong [half_energy] exp(-E/2), as if the energy were a square
def boltzmann_density(energy, dx):
    w = torch.exp(-0.5 * (energy - energy.min()))
    return w / (w.sum() * dx)


# %% wrong [mutates] in-place shift
def boltzmann_density(energy, dx):
    energy -= energy.min()
    w = torch.exp(-energy)
    return w / (w.sum() * dx)


# %% wrong [scalar] Z returned
def boltzmann_density(energy, dx):
    return torch.logsumexp(-energy, dim=0).exp() * dx


# %% wrong [doubled_energy] exp(-E) twice
def boltzmann_density(energy, dx):
    w = torch.exp(energy.min() - energy) ** 2
    return w / (w.sum() * dx)


# %% wrong [unattempted] nothing written
def boltzmann_density(energy, dx):
    """Return the density."""
    # YOUR CODE HERE
    raise NotImplementedError()


# %% right F.softmin
def boltzmann_density(energy, dx):
    return F.softmin(energy, dim=0) / dx


# %% right the trapezoid rule
def boltzmann_density(energy, dx):
    w = torch.exp(energy.min() - energy)
    return w / torch.trapezoid(w, dx=dx)


# %% right torch.logaddexp in a loop
def boltzmann_density(energy, dx):
    logZ = -energy[0]
    for e in energy[1:]:
        logZ = torch.logaddexp(logZ, -e)
    return torch.exp(-energy - logZ - math.log(dx))


# %% right probabilities of a Categorical
def boltzmann_density(energy, dx):
    return torch.distributions.Categorical(logits=-energy).probs / dx


# %% right in place, on a clone
def boltzmann_density(energy, dx):
    e = energy.clone(); e -= e.min()
    p = e.neg_().exp_(); p /= p.sum() * dx
    return p


# %% wrong [sign_in_z] torch.logsumexp of +energy
def boltzmann_density(energy, dx):
    log_z = torch.logsumexp(energy, 0) + math.log(dx)
    return torch.exp(-energy - log_z)


# %% wrong [log_z_added] log Z is added
def boltzmann_density(energy, dx):
    log_z = torch.logsumexp(-energy, 0) + math.log(dx)
    return torch.exp(-energy + log_z)


# %% wrong [overflow] the largest energy subtracted
def boltzmann_density(energy, dx):
    e = energy - energy.max()
    p = torch.exp(-e)
    return p / (p.sum() * dx)


# %% wrong [energies_clamped] energies clamped to ±50
def boltzmann_density(energy, dx):
    p = torch.exp(-energy.clamp(-50, 50))
    return p / (p.sum() * dx)


# %% wrong [divided_by_log_z] divided by log Z
def boltzmann_density(energy, dx):
    log_z = torch.logsumexp(-energy, 0) + math.log(dx)
    return torch.exp(-energy) / log_z


# %% wrong [numpy_returned] NumPy from start to end
def boltzmann_density(energy, dx):
    e = energy.detach().numpy()
    p = np.exp(e.min() - e)
    return p / (p.sum() * dx)


# %% wrong [list_returned] a list comprehension, returned as it is
def boltzmann_density(energy, dx):
    low = min(energy.tolist())
    weights = [math.exp(low - e) for e in energy.tolist()]
    return [w / (math.fsum(weights) * dx) for w in weights]


# %% wrong [dx_not_logged] dx added to the logarithm
def boltzmann_density(energy, dx):
    log_z = torch.logsumexp(-energy, dim=0) + dx
    return torch.exp(-energy - log_z)


# %% right logcumsumexp, its last entry
def boltzmann_density(energy, dx):
    logZ = torch.logcumsumexp(-energy, 0)[-1] + math.log(dx)
    return (-energy - logZ).exp()


# %% wrong [log_z_added] log z added
def boltzmann_density(energy, dx):
    return torch.exp(-energy + torch.logsumexp(-energy, 0) + math.log(dx))


# %% right probabilities of torch.distributions, over dx
def boltzmann_density(energy, dx):
    return torch.distributions.Categorical(logits=-energy).probs / dx


# %% wrong [shift_on_one_side] the smallest energy taken away above, not in Z
def boltzmann_density(energy, dx):
    z = torch.exp(-energy).sum() * dx
    return torch.exp(energy.min() - energy) / z


# %% wrong [shift_on_one_side] the smallest energy taken away in log Z alone
def boltzmann_density(energy, dx):
    log_z = torch.log(torch.exp(energy.min() - energy).sum() * dx)
    return torch.exp(-energy - log_z)


# %% wrong [energy_squared] a Gaussian of the energy
def boltzmann_density(energy, dx):
    p = torch.exp(-0.5 * energy**2)
    return p / (p.sum() * dx)


# %% wrong [several_returned] Z as well
def boltzmann_density(energy, dx):
    p = torch.exp(energy.min() - energy)
    z = p.sum() * dx
    return p / z, z


# %% wrong [nothing_returned] printed
def boltzmann_density(energy, dx):
    print(torch.softmax(-energy, dim=0) / dx)


# %% right an object, the weights by F.normalize
class Boltzmann:
    def __call__(self, energy, dx):
        return F.normalize(torch.exp(energy.min() - energy), p=1, dim=0) / dx


boltzmann_density = Boltzmann()
