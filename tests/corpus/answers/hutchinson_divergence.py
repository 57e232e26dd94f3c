# %% right one vector-Jacobian product
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (product * probe).flatten(1).sum(1)


# %% right the gradient of the projected velocity
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_(True)
        projected = (velocity(x, t) * probe).sum()
        gradient = torch.autograd.grad(projected, x)[0]
    return torch.sum(gradient * probe, dim=tuple(range(1, x.ndim)))


# %% right forward mode
def hutchinson_divergence(velocity, x, t, probe):
    _, moved = torch.func.jvp(lambda y: velocity(y, t), (x.detach(),), (probe,))
    return (moved * probe).reshape(len(x), -1).sum(1).detach()


# %% right torch.func.vjp
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        _, pull = torch.func.vjp(lambda y: velocity(y, t), x.detach())
        (product,) = pull(probe)
    return torch.einsum("bi,bi->b", product.flatten(1), probe.flatten(1)).detach()


# %% right the whole Jacobian
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach()
        p = probe.flatten(1)
        J = torch.autograd.functional.jacobian(lambda z: velocity(z, t).flatten(1).sum(0), y)
        J = J.reshape(p.shape[1], len(x), -1)
    return torch.einsum("bi,ibj,bj->b", p, J, p)


# %% right backward on a copy
def hutchinson_divergence(velocity, x, t, probe):
    with torch.set_grad_enabled(True):
        leaf = x.clone().detach()
        leaf.requires_grad = True
        velocity(leaf, t).backward(gradient=probe)
        result = [(g * p).sum() for g, p in zip(leaf.grad, probe)]
    return torch.stack(result).detach()


# %% right a sample at a time
def hutchinson_divergence(velocity, x, t, probe):
    values = []
    with torch.enable_grad():
        for i in range(len(x)):
            y = x[i : i + 1].detach().requires_grad_()
            g = torch.autograd.grad(velocity(y, t[i : i + 1]), y, grad_outputs=probe[i : i + 1])[0]
            values.append((g * probe[i : i + 1]).sum())
    return torch.stack(values)


# %% wrong [trace] the exact trace
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        v = velocity(y, t).flatten(1)
        rows = [torch.autograd.grad(v[:, i].sum(), y, retain_graph=True)[0].flatten(1)[:, i] for i in range(v.shape[1])]
    return torch.stack(rows, 1).sum(1)


# %% wrong [not_projected] summed as it is
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return product.flatten(1).sum(1)


# %% wrong [not_projected] forward mode, summed as it is
def hutchinson_divergence(velocity, x, t, probe):
    _, moved = torch.func.jvp(lambda y: velocity(y, t), (x.detach(),), (probe,))
    return moved.flatten(1).sum(1).detach()


# %% wrong [probe_twice] the diagonal alone
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        v = velocity(y, t).flatten(1)
        rows = [torch.autograd.grad(v[:, i].sum(), y, retain_graph=True)[0].flatten(1)[:, i] for i in range(v.shape[1])]
    return (torch.stack(rows, 1) * probe.flatten(1) ** 2).sum(1)


# %% wrong [value_projected] no derivative
def hutchinson_divergence(velocity, x, t, probe):
    return (velocity(x, t) * probe).flatten(1).sum(1).detach()


# %% wrong [not_projected] the sum's gradient, times the probe
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t).sum(), y)
    return (product * probe).flatten(1).sum(1)


# %% wrong [ones] the sum's gradient, summed
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t).sum(), y)
    return product.flatten(1).sum(1)


# %% wrong [mean] the mean
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (product * probe).flatten(1).mean(1)


# %% wrong [batch_summed] one number
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (product * probe).sum()


# %% wrong [batch_summed] one number, repeated
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (product * probe).sum().expand(len(x))


# %% wrong [sign] minus
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return -(product * probe).flatten(1).sum(1)


# %% wrong [not_per_sample] not summed
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return product * probe


# %% wrong [needs_grad] no enable_grad
def hutchinson_divergence(velocity, x, t, probe):
    y = x.detach().requires_grad_()
    (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (product * probe).flatten(1).sum(1)


# %% wrong [leaves_grad] the caller's x
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        x.requires_grad_()
        (product,) = torch.autograd.grad(velocity(x, t), x, probe)
    return (product * probe).flatten(1).sum(1)


# %% wrong [drops_grad] switches it off again
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        x.requires_grad_(True)
        (product,) = torch.autograd.grad(velocity(x, t), x, probe)
        x.requires_grad_(False)
    return (product * probe).flatten(1).sum(1)


# %% wrong [own_probe] draws its own
def hutchinson_divergence(velocity, x, t, probe):
    probe = torch.randn_like(x)
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (product * probe).flatten(1).sum(1)


# %% wrong [shape_of_t] t as a column
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t[:, None]), y, probe)
    return (product * probe).flatten(1).sum(1)


# %% wrong [mutates] probe changed in place
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe.clone())
    probe *= product
    return probe.flatten(1).sum(1)


# %% wrong [raised] images alone
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (product * probe).sum(dim=(1, 2, 3))


# %% wrong [not_per_sample] points alone
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (product * probe).sum(dim=1)


# %% right torch.func.vjp, again
def hutchinson_divergence(velocity, x, t, probe):
    out, pull = torch.func.vjp(lambda y: velocity(y, t), x.detach())
    return (pull(probe)[0] * probe).reshape(len(x), -1).sum(-1).detach()


# %% right jvp
def hutchinson_divergence(velocity, x, t, probe):
    _, jp = torch.func.jvp(lambda y: velocity(y, t), (x.detach(),), (probe,))
    return (probe * jp).flatten(1).sum(1)


# %% right gradient of a product
@torch.enable_grad()
def hutchinson_divergence(velocity, x, t, probe):
    y = x.detach().clone().requires_grad_(True)
    s = (velocity(y, t) * probe).sum()
    g = torch.autograd.grad(s, y)[0]
    return torch.einsum("bi,bi->b", g.flatten(1), probe.flatten(1))


# %% right backward and .grad
def hutchinson_divergence(velocity, x, t, probe):
    with torch.set_grad_enabled(True):
        y = x.clone().detach()
        y.requires_grad = True
        velocity(y, t).backward(probe)
        return (y.grad * probe).sum(dim=tuple(range(1, x.ndim)))


# %% right autograd.functional
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        _, g = torch.autograd.functional.vjp(lambda y: velocity(y, t), x.detach(), probe)
    return (g * probe).flatten(1).sum(1)


# %% wrong [needs_grad] no enable_grad, again
def hutchinson_divergence(velocity, x, t, probe):
    y = x.detach().requires_grad_()
    g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * probe).flatten(1).sum(1)


# %% wrong [leaves_grad] requires_grad left on x
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        x.requires_grad_()
        g, = torch.autograd.grad(velocity(x, t), x, probe)
    return (g * probe).flatten(1).sum(1).detach()


# %% wrong [batch_summed] summed over the batch
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * probe).sum()


# %% wrong [mean] mean over dimensions
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * probe).flatten(1).mean(1)


# %% wrong [not_per_sample] last axis only
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * probe).sum(-1)


# %% wrong [not_projected] without the second probe
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return g.flatten(1).sum(1)


# %% wrong [not_projected] without the first probe
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t).sum(), y)
    return (g * probe).flatten(1).sum(1)


# %% wrong [own_probe] probe drawn inside
def hutchinson_divergence(velocity, x, t, probe):
    probe = torch.randint(0, 2, x.shape) * 2.0 - 1
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * probe).flatten(1).sum(1)


# %% wrong [sign] sign
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return -(g * probe).flatten(1).sum(1)


# %% wrong [value_projected] velocity times the probe
def hutchinson_divergence(velocity, x, t, probe):
    return (velocity(x, t) * probe).flatten(1).sum(1)


# %% wrong [unnamed] at x plus the probe
def hutchinson_divergence(velocity, x, t, probe):
    return ((velocity(x + probe, t) - velocity(x, t)) * probe).flatten(1).sum(1)


# %% wrong [trace] the exact divergence
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        v = velocity(y, t).flatten(1)
        total = 0
        for i in range(v.shape[1]):
            total = total + torch.autograd.grad(v[:, i].sum(), y, retain_graph=True)[0].flatten(1)[:, i]
    return total


# %% wrong [unit_probe] divided by the dimensions of the probe
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * probe).flatten(1).sum(1) / (probe**2).flatten(1).sum(1)


# %% wrong [absolute] absolute
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * probe).flatten(1).sum(1).abs()


# %% wrong [unnamed] squared
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g ** 2).flatten(1).sum(1)


# %% wrong [axis_added] keepdim
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        g, = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * probe).flatten(1).sum(1, keepdim=True)


# %% wrong [unit_probe] product summed and divided by |probe|
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (g,) = torch.autograd.grad(velocity(y, t), y, probe)
    p = probe / probe.flatten(1).norm(dim=1).view(-1, *[1] * (x.ndim - 1))
    return (g * p).flatten(1).sum(1)


# %% wrong [other_side] multiplied by x
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        (g,) = torch.autograd.grad(velocity(y, t), y, probe)
    return (g * x).flatten(1).sum(1)


# %% wrong [other_side] multiplied by the velocity
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().requires_grad_()
        v = velocity(y, t)
        (g,) = torch.autograd.grad(v, y, probe)
    return (g * v).flatten(1).sum(1).detach()


# %% right forward-mode AD by dual numbers
import torch.autograd.forward_ad as fwAD


def hutchinson_divergence(velocity, x, t, probe):
    with fwAD.dual_level():
        moved = fwAD.unpack_dual(velocity(fwAD.make_dual(x.detach(), probe), t)).tangent
    return (moved * probe).flatten(1).sum(1)


# %% right torch.func.grad of the projected velocity
def hutchinson_divergence(velocity, x, t, probe):
    def projected(y):
        return torch.sum(velocity(y, t) * probe)

    return torch.einsum("bk,bk->b", torch.func.grad(projected)(x).flatten(1), probe.flatten(1))


# %% wrong [difference_quotient] a difference quotient
def hutchinson_divergence(velocity, x, t, probe):
    h = 1e-3
    return ((velocity(x + h * probe, t) - velocity(x, t)) / h * probe).flatten(1).sum(1)


# %% wrong [difference_quotient] a coarse difference quotient
def hutchinson_divergence(velocity, x, t, probe):
    h = 1e-2
    return ((velocity(x + h * probe, t) - velocity(x, t)) / h * probe).flatten(1).sum(1)


# %% wrong [difference_quotient] differences on both sides, 1e-2 apart
def hutchinson_divergence(velocity, x, t, probe):
    h = 1e-2
    with torch.no_grad():
        d = (velocity(x + h * probe, t) - velocity(x - h * probe, t)) / (2 * h)
    return (d * probe).flatten(1).sum(1)


# %% wrong [difference_quotient] differences on both sides, 1e-3 apart
def hutchinson_divergence(velocity, x, t, probe):
    h = 1e-3
    with torch.no_grad():
        d = (velocity(x + h * probe, t) - velocity(x - h * probe, t)) / (2 * h)
    return (d * probe).flatten(1).sum(1)


# %% wrong [not_a_leaf] backward into the .grad of a clone
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.clone().requires_grad_(True)
        (velocity(y, t) * probe).sum().backward()
    return (y.grad * probe).flatten(1).sum(1)


# %% right a vjp of torch.func
def hutchinson_divergence(velocity, x, t, probe):
    _, pull = torch.func.vjp(lambda y: velocity(y, t), x.detach())
    return (pull(probe)[0] * probe).flatten(1).sum(1)


# %% right the double-backward trick for a jvp
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        y = x.detach().clone().requires_grad_(True)
        v = velocity(y, t)
        w = torch.zeros_like(v, requires_grad=True)
        (g,) = torch.autograd.grad(v, y, w, create_graph=True)
        (jvp,) = torch.autograd.grad(g, w, probe)
    return torch.einsum("bd,bd->b", jvp.flatten(1), probe.flatten(1)).detach()


# %% wrong [axis_lost] squeezed
def hutchinson_divergence(velocity, x, t, probe):
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        (g,) = torch.autograd.grad((velocity(leaf, t) * probe).sum(), leaf)
    return (g * probe).flatten(1).sum(1).squeeze()


# %% wrong [grad_mode] gradients switched on for good
def hutchinson_divergence(velocity, x, t, probe):
    torch.set_grad_enabled(True)
    leaf = x.detach().requires_grad_()
    (g,) = torch.autograd.grad((velocity(leaf, t) * probe).sum(), leaf)
    return (g * probe).flatten(1).sum(1)


# %% right the whole Jacobian, sample by sample
def hutchinson_divergence(velocity, x, t, probe):
    out = []
    with torch.enable_grad():
        for i in range(len(x)):
            J = torch.autograd.functional.jacobian(lambda z: velocity(z[None], t[i : i + 1])[0], x[i].detach())
            n = x[i].numel()
            p = probe[i].reshape(-1)
            out.append(p @ J.reshape(n, n) @ p)
    return torch.stack(out)
