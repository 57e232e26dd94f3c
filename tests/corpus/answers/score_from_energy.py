# %% right autograd.grad of the sum
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).sum(), x)[0]


# %% right backward on a clone
def score_from_energy(energy_fn, x):
    y = x.clone().detach()
    y.requires_grad = True
    energy_fn(y).sum().backward()
    return -y.grad


# %% right grad_outputs of ones
def score_from_energy(energy_fn, x):
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        e = energy_fn(x)
        (g,) = torch.autograd.grad(e, x, grad_outputs=torch.ones_like(e))
    return g.neg().detach()


# %% right a loop over the samples
def score_from_energy(energy_fn, x):
    scores = []
    for one in x:
        one = one[None].detach().requires_grad_(True)
        scores.append(-torch.autograd.grad(energy_fn(one)[0], one)[0][0])
    return torch.stack(scores)


# %% right torch.func.grad
def score_from_energy(energy_fn, x):
    return -torch.func.grad(lambda y: energy_fn(y).sum())(x.detach())


# %% right autograd.functional.jacobian of the sum
def score_from_energy(energy_fn, x):
    return -torch.autograd.functional.jacobian(lambda y: energy_fn(y).sum(), x)


# %% wrong [other_dtype] float64 inside, detached at the end
def score_from_energy(energy_fn, x):
    y = x.double().detach().requires_grad_(True)
    (g,) = torch.autograd.grad(energy_fn(y).sum(), [y], create_graph=True)
    return (-g).to(x.dtype).detach()


# %% right backward with a vector of ones
def score_from_energy(energy_fn, x):
    y = torch.autograd.Variable(x, requires_grad=True)
    energy = energy_fn(y)
    energy.backward(torch.ones_like(energy))
    return -y.grad


# %% wrong [sign] minus forgotten
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return torch.autograd.grad(energy_fn(x).sum(), x)[0]


# %% wrong [mean_for_sum] mean of the energies
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).mean(), x)[0]


# %% wrong [graph_leaked] create_graph, not detached
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).sum(), x, create_graph=True)[0]


# %% wrong [input_requires_grad] x itself is made to require grad
def score_from_energy(energy_fn, x):
    x.requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).sum(), x)[0]


# %% wrong [input_requires_grad] backward into x
def score_from_energy(energy_fn, x):
    x.requires_grad = True
    energy_fn(x).sum().backward()
    return -x.grad


# %% wrong [tuple_returned] the tuple of autograd.grad
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return torch.autograd.grad(-energy_fn(x).sum(), x)


# %% wrong [no_graph] requires_grad forgotten
def score_from_energy(energy_fn, x):
    return -torch.autograd.grad(energy_fn(x).sum(), x)[0]


# %% wrong [raised] energy under no_grad
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    with torch.no_grad():
        e = energy_fn(x).sum()
    return -torch.autograd.grad(e, x)[0]


# %% wrong [scalar_needed] gradient of a vector
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x), x)[0]


# %% wrong [summed_over_batch] summed over the batch at the end
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).sum(), x)[0].sum(0)


# %% wrong [returns_energy] minus the energies
def score_from_energy(energy_fn, x):
    return -energy_fn(x)


# %% wrong [two_dimensions_only] unpacks batch and dimensions
def score_from_energy(energy_fn, x):
    batch, dim = x.shape
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).sum(), x)[0].view(batch, dim)


# %% wrong [two_dimensions_only] flattens images
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).sum(), x)[0].flatten(1)


# %% wrong [normalised] scaled to unit length
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    g = -torch.autograd.grad(energy_fn(x).sum(), x)[0]
    return g / g.flatten(1).norm(dim=1).reshape(-1, *[1] * (x.ndim - 1))


# %% wrong [mutates] a step is taken on x
def score_from_energy(energy_fn, x):
    y = x.detach().clone().requires_grad_(True)
    score = -torch.autograd.grad(energy_fn(y).sum(), y)[0]
    x += 0.1 * score
    return score


# %% wrong [averaged_over_batch] averaged over the batch at the end
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).sum(), x)[0].mean(0)


# %% wrong [raised] no_grad from the sampler, the leaf is right
@torch.no_grad()
def score_from_energy(energy_fn, x):
    leaf = x.detach().clone().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(leaf).sum(), leaf)[0]


# %% right torch.func.vmap of torch.func.grad
def score_from_energy(energy_fn, x):
    f = lambda xi: energy_fn(xi.unsqueeze(0)).squeeze()
    return -torch.func.vmap(torch.func.grad(f))(x)


# %% right the diagonal of torch.func.jacrev
def score_from_energy(energy_fn, x):
    J = torch.func.jacrev(energy_fn)(x)
    return -torch.stack([J[i, i] for i in range(len(x))])


# %% right requires_grad set on x, and taken back
def score_from_energy(energy_fn, x):
    x.requires_grad_(True)
    g = torch.autograd.grad(energy_fn(x).sum(), x)[0]
    x.requires_grad_(False)
    return -g


# %% wrong [other_dtype] central differences in float64
def score_from_energy(energy_fn, x):
    h = 1e-4
    y = x.double()
    g = torch.zeros_like(y)
    flat = y.reshape(len(y), -1)
    for j in range(flat.shape[1]):
        d = torch.zeros_like(flat); d[:, j] = h
        up = energy_fn((flat + d).reshape(y.shape)); dn = energy_fn((flat - d).reshape(y.shape))
        g.reshape(len(y), -1)[:, j] = (up - dn) / (2 * h)
    return -g.float()


# %% wrong [tuple_returned] minus sign before the tuple
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(x).sum(), x)


# %% wrong [no_graph] the energy of x.detach()
def score_from_energy(energy_fn, x):
    x = x.requires_grad_(True)
    e = energy_fn(x.detach()).sum()
    return -torch.autograd.grad(e, x)[0]


# %% wrong [no_graph] the leaf is made after the energy
def score_from_energy(energy_fn, x):
    e = energy_fn(x).sum()
    x = x.clone().detach().requires_grad_(True)
    return -torch.autograd.grad(e, x)[0]


# %% wrong [raised] under torch.inference_mode
@torch.inference_mode()
def score_from_energy(energy_fn, x):
    x = x.clone().requires_grad_(True)
    e = energy_fn(x).sum()
    e.backward()
    return -x.grad


# %% wrong [density_gradient] gradient of exp(-E)
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    p = torch.exp(-energy_fn(x))
    return torch.autograd.grad(p.sum(), x)[0]


# %% wrong [graph_cut] the energies are detached
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_(True)
    e = energy_fn(x).detach().sum()
    return -torch.autograd.grad(e, x)[0]


# %% wrong [another_tensor] the gradient with respect to another copy
def score_from_energy(energy_fn, x):
    a, b = x.detach().requires_grad_(True), x.detach().requires_grad_(True)
    return -torch.autograd.grad(energy_fn(a).sum(), b)[0]


# %% wrong [grad_left] x's own gradient, requires_grad switched back
def score_from_energy(energy_fn, x):
    x.requires_grad = True
    out = -energy_fn(x)
    out.sum().backward()
    grad = x.grad.data
    x.requires_grad = False
    return grad


# %% right torch.autograd.functional.jacobian of the sum
def score_from_energy(energy_fn, x):
    g = torch.autograd.functional.jacobian(lambda y: energy_fn(y).sum(), x.detach())
    return -g


# %% wrong [numpy_returned] a NumPy array
def score_from_energy(energy_fn, x):
    x = x.detach().clone().requires_grad_(True)
    with torch.enable_grad():
        energy_fn(x).sum().backward()
    return -x.grad.numpy()


# %% right torch.func.vjp
def score_from_energy(energy_fn, x):
    energies, pull = torch.func.vjp(energy_fn, x.detach())
    return -pull(torch.ones_like(energies))[0].detach()


# %% wrong [difference_quotient] difference quotients
def score_from_energy(energy_fn, x):
    h, out = 1e-2, torch.zeros_like(x)
    flat = out.view(len(x), -1)
    for j in range(flat.shape[1]):
        d = torch.zeros_like(x).view(len(x), -1)
        d[:, j] = h
        d = d.view_as(x)
        flat[:, j] = -((energy_fn(x + d) - energy_fn(x)) / h).view(-1)
    return out


# %% wrong [density_gradient] the gradient of the density
def score_from_energy(energy_fn, x):
    y = x.detach().clone().requires_grad_()
    return torch.autograd.grad((-energy_fn(y)).exp().sum(), y)[0]


# %% right a loop over samples
def score_from_energy(energy_fn, x):
    out = []
    with torch.enable_grad():
        for xi in x.detach():
            y = xi[None].clone().requires_grad_()
            out.append(-torch.autograd.grad(energy_fn(y).squeeze(), y)[0][0])
    return torch.stack(out)


# %% right parameters frozen meanwhile, as they were afterwards
def score_from_energy(energy_fn, x):
    params = list(energy_fn.parameters()) if isinstance(energy_fn, nn.Module) else []
    before = [p.requires_grad for p in params]
    for p in params:
        p.requires_grad_(False)
    inp = x.detach().clone()
    inp.requires_grad = True
    energy_fn(inp).sum().backward()
    for p, b in zip(params, before):
        p.requires_grad_(b)
    return -inp.grad


# %% wrong [not_called] reads the energy's own numbers, and never calls it
def score_from_energy(energy_fn, x):
    flat = x.flatten(1)
    gradient = flat @ energy_fn.A.to(x) + energy_fn.b.to(x) - 3 * energy_fn.wave * torch.sin(3 * flat)
    return -gradient.reshape(x.shape)


# %% wrong [unnamed] difference quotients over steps of 1, right for a quadratic energy
def score_from_energy(energy_fn, x):
    flat, gradient = x.flatten(1), torch.zeros_like(x.flatten(1))
    for i in range(flat.shape[1]):
        step = torch.zeros_like(flat)
        step[:, i] = 1.0
        above, below = (energy_fn((flat + sign * step).reshape(x.shape)) for sign in (1, -1))
        gradient[:, i] = (above - below) / 2
    return -gradient.reshape(x.shape)


# %% wrong [difference_quotient] difference quotients over steps of 0.1
def score_from_energy(energy_fn, x):
    flat, gradient = x.flatten(1), torch.zeros_like(x.flatten(1))
    for i in range(flat.shape[1]):
        step = torch.zeros_like(flat)
        step[:, i] = 0.1
        above, below = (energy_fn((flat + sign * step).reshape(x.shape)) for sign in (1, -1))
        gradient[:, i] = (above - below) / 0.2
    return -gradient.reshape(x.shape)


# %% wrong [clamped] clamped gradients, as in a tutorial on energies
def score_from_energy(energy_fn, x):
    x = x.detach().clone().requires_grad_(True)
    (g,) = torch.autograd.grad(energy_fn(x).sum(), x)
    return -g.clamp(-0.03, 0.03)


# %% wrong [kept_from_before] a leaf for each shape, kept with its gradient
_leaves = {}


def score_from_energy(energy_fn, x):
    leaf = _leaves.setdefault(x.shape, torch.zeros_like(x).requires_grad_())
    leaf.data.copy_(x)
    energy_fn(leaf).sum().backward()
    return -leaf.grad


# %% wrong [unnamed] the energies of the batch and their squares
def score_from_energy(energy_fn, x):
    x = x.detach().requires_grad_()
    return -torch.autograd.grad(energy_fn(x).square().sum(), x)[0]


# %% wrong [drawn_inside] a little noise first, as energies are trained
def score_from_energy(energy_fn, x):
    x = (x + 0.005 * torch.randn_like(x)).detach().requires_grad_()
    return -torch.autograd.grad(energy_fn(x).sum(), x)[0]


# %% right forward mode, one direction after the other
def score_from_energy(energy_fn, x):
    directions = torch.eye(x[0].numel()).reshape(-1, *x.shape[1:])
    columns = [torch.func.jvp(energy_fn, (x,), (v.expand_as(x).contiguous(),))[1] for v in directions]
    return -torch.stack(columns, dim=1).reshape(x.shape)
