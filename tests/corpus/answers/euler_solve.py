# %% right a loop
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, x.new_full((len(x),), i / steps)) / steps
    return x


# %% right linspace with the end
def euler_solve(velocity, x, steps):
    times = torch.linspace(0, 1, steps + 1)
    for t, after in zip(times[:-1], times[1:]):
        x = x + (after - t) * velocity(x, t.expand(x.shape[0]))
    return x


# %% right linspace without the end
def euler_solve(velocity, x, steps):
    dt = 1.0 / steps
    for t in torch.linspace(0, 1 - dt, steps):
        x = x + dt * velocity(x, torch.ones(len(x)) * t)
    return x


# %% right a clone changed in place
def euler_solve(velocity, x, steps):
    y, t = x.clone(), torch.zeros(x.size(0))
    for _ in range(steps):
        y += velocity(y, t) / steps
        t = t + 1 / steps
    return y


# %% wrong [other_dtype] no_grad and float64
@torch.no_grad()
def euler_solve(velocity, x, steps):
    y = x.double()
    for i in range(steps):
        y = y + velocity(y, torch.full((len(y),), i / steps, dtype=torch.float64)) / steps
    return y.to(x.dtype)


# %% right recursion
def euler_solve(velocity, x, steps, done=0):
    if done == steps:
        return x
    t = torch.full([len(x)], done / steps)
    return euler_solve(velocity, x + velocity(x, t) * (1 / steps), steps, done + 1)


# %% right np.arange and a while loop
def euler_solve(velocity, x, steps):
    i = 0
    while i < steps:
        x = torch.add(x, velocity(x, torch.tensor([np.arange(steps)[i] / steps] * len(x)).float()), alpha=1 / steps)
        i += 1
    return x


# %% wrong [heun] both ends
def euler_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x + h / 2 * (first + velocity(x + h * first, t + h))
    return x


# %% wrong [midpoint] midpoint
def euler_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        x = x + h * velocity(x + h / 2 * velocity(x, t), t + h / 2)
    return x


# %% wrong [end_of_step] t of the end
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x),), (i + 1) / steps)) / steps
    return x


# %% wrong [middle_of_step] t of the middle
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x),), (i + 0.5) / steps)) / steps
    return x


# %% wrong [time_from_one] as a DDPM counts
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x),), 1 - i / steps)) / steps
    return x


# %% wrong [time_stands] t stays 0
def euler_solve(velocity, x, steps):
    t = torch.zeros(len(x))
    for i in range(steps):
        x = x + velocity(x, t) / steps
    return x


# %% wrong [sign] minus
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x - velocity(x, torch.full((len(x),), i / steps)) / steps
    return x


# %% wrong [no_step_size] not divided
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x),), i / steps))
    return x


# %% wrong [one_step_short] linspace(0, 1, steps), differences
def euler_solve(velocity, x, steps):
    times = torch.linspace(0, 1, steps) if steps > 1 else torch.tensor([0.0, 1.0])
    for t, after in zip(times, times[1:]):
        x = x + (after - t) * velocity(x, t.expand(len(x)))
    return x


# %% wrong [times_stretched] linspace(0, 1, steps), each with 1/steps
def euler_solve(velocity, x, steps):
    for t in torch.linspace(0, 1, steps):
        x = x + velocity(x, t.expand(len(x))) / steps
    return x


# %% wrong [last_left_out] range(steps - 1)
def euler_solve(velocity, x, steps):
    for i in range(steps - 1):
        x = x + velocity(x, torch.full((len(x),), i / steps)) / steps
    return x


# %% wrong [one_too_many] range(steps + 1)
def euler_solve(velocity, x, steps):
    for i in range(steps + 1):
        x = x + velocity(x, torch.full((len(x),), i / steps)) / steps
    return x


# %% wrong [only_one] return inside the loop
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x),), i / steps)) / steps
        return x


# %% wrong [step_index] the number of the step
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x),), float(i))) / steps
    return x


# %% wrong [shape_of_t] t a float
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, i / steps) / steps
    return x


# %% wrong [shape_of_t] t a column
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x), 1), i / steps)) / steps
    return x


# %% wrong [trajectory] all places
def euler_solve(velocity, x, steps):
    places = [x]
    for i in range(steps):
        places.append(places[-1] + velocity(places[-1], torch.full((len(x),), i / steps)) / steps)
    return torch.stack(places)


# %% wrong [mutates] in place
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x += velocity(x, torch.full((len(x),), i / steps)) / steps
    return x


# %% wrong [raised] images alone
def euler_solve(velocity, x, steps):
    B, C, H, W = x.shape
    for i in range(steps):
        t = torch.full((B,), i / steps)
        x = x + velocity(x, t) / steps
    return x


# %% wrong [raised] points alone
def euler_solve(velocity, x, steps):
    B, D = x.shape
    for i in range(steps):
        t = torch.full((B,), i / steps)
        x = x + velocity(x, t) / steps
    return x


# %% right linspace and deltas
def euler_solve(velocity, x, steps):
    ts = torch.linspace(0, 1, steps + 1)
    for t0, t1 in zip(ts[:-1], ts[1:]):
        x = x + (t1 - t0) * velocity(x, t0.expand(x.shape[0]))
    return x


# %% right clone then in place
def euler_solve(velocity, x, steps):
    x = x.clone()
    for i in range(steps):
        x += velocity(x, torch.full((x.size(0),), i / steps)) / steps
    return x


# %% right t carried along
@torch.no_grad()
def euler_solve(velocity, x, steps):
    t = torch.zeros(len(x))
    dt = 1.0 / steps
    for _ in range(steps):
        x = x + dt * velocity(x, t)
        t = t + dt
    return x


# %% right recursion, again
def euler_solve(velocity, x, steps, i=0):
    if i == steps:
        return x
    return euler_solve(velocity, x + velocity(x, torch.ones(len(x)) * i / steps) / steps, steps, i + 1)


# %% right torch.add
def euler_solve(velocity, x, steps):
    out = x
    for i in range(steps):
        t = torch.tensor([i / steps] * len(x), dtype=x.dtype)
        out = torch.add(out, velocity(out, t), alpha=1 / steps)
    return out


# %% wrong [shape_of_t] t zero-dimensional
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.tensor(i / steps)) / steps
    return x


# %% wrong [times_stretched] linspace of steps numbers
def euler_solve(velocity, x, steps):
    ts = torch.linspace(0, 1, steps)
    for t in ts:
        x = x + velocity(x, t.expand(len(x))) / steps
    return x


# %% wrong [end_of_step] t from the end of the step
def euler_solve(velocity, x, steps):
    for i in range(1, steps + 1):
        x = x + velocity(x, torch.full((len(x),), i / steps)) / steps
    return x


# %% wrong [unnamed] backwards in time
def euler_solve(velocity, x, steps):
    for i in reversed(range(steps)):
        x = x + velocity(x, torch.full((len(x),), i / steps)) / steps
    return x


# %% wrong [time_to_noise] from one to zero
def euler_solve(velocity, x, steps):
    for i in range(steps, 0, -1):
        x = x - velocity(x, torch.full((len(x),), i / steps)) / steps
    return x


# %% wrong [trajectory] the path returned
def euler_solve(velocity, x, steps):
    path = [x]
    for i in range(steps):
        path.append(path[-1] + velocity(path[-1], torch.full((len(x),), i / steps)) / steps)
    return path


# %% wrong [one_step_short] arange with a float step
def euler_solve(velocity, x, steps):
    h = 1 / (steps - 1)
    for i in range(steps - 1):
        x = x + h * velocity(x, torch.full((len(x),), i * h))
    return x


# %% wrong [time_stands] an int t
def euler_solve(velocity, x, steps):
    for i in range(steps):
        t = torch.full((len(x),), 0).fill_(int(i / steps))
        x = x + velocity(x, t) / steps
    return x


# %% wrong [place_stands] Euler of the first x
def euler_solve(velocity, x, steps):
    out = x
    for i in range(steps):
        out = out + velocity(x, torch.full((len(x),), i / steps)) / steps
    return out


# %% wrong [raised] velocity called with t first
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(torch.full((len(x),), i / steps), x) / steps
    return x


# %% wrong [one_too_many] torch.arange with a step of 1/steps
def euler_solve(velocity, x, steps):
    for t in torch.arange(0, 1, 1 / steps):
        x = x + velocity(x, t.repeat(len(x))) / steps
    return x


# %% wrong [one_too_many] while t is below 1
def euler_solve(velocity, x, steps):
    t, h = 0.0, 1 / steps
    while t < 1:
        x = x + h * velocity(x, torch.full((len(x),), t))
        t += h
    return x


# %% wrong [other_dtype] times in float64
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x),), i / steps, dtype=torch.float64)) / steps
    return x


# %% right a class of its own
class Solver:
    def __init__(self, f, n): self.f, self.n = f, n
    def step(self, x, i): return x + self.f(x, torch.ones(len(x)) * i / self.n) / self.n
def euler_solve(velocity, x, steps):
    s = Solver(velocity, steps)
    for i in range(steps): x = s.step(x, i)
    return x


# %% wrong [other_step_size] divided by steps + 1
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, x.new_full((len(x),), i / steps)) / (steps + 1)
    return x


# %% wrong [x_left_out] x replaced by the step
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = velocity(x, x.new_full((len(x),), i / steps)) / steps
    return x


# %% wrong [from_the_start] x0 plus the last step
def euler_solve(velocity, x, steps):
    start = x
    for i in range(steps):
        x = start + velocity(x, x.new_full((len(x),), i / steps)) / steps
    return x


# %% wrong [other_step_size] step size the time
def euler_solve(velocity, x, steps):
    for i in range(steps):
        t = x.new_full((len(x),), i / steps)
        x = x + t.view(-1, *[1] * (x.ndim - 1)) * velocity(x, t)
    return x


# %% wrong [time_to_noise] minus and backwards
def euler_solve(velocity, x, steps):
    for i in range(steps, 0, -1):
        x = x - velocity(x, x.new_full((len(x),), i / steps)) / steps
    return x


# %% wrong [velocity_returned] the velocity returned
def euler_solve(velocity, x, steps):
    for i in range(steps):
        v = velocity(x, x.new_full((len(x),), i / steps))
        x = x + v / steps
    return v


# %% wrong [first_left_out] range from 1 to steps
def euler_solve(velocity, x, steps):
    for i in range(1, steps):
        x = x + velocity(x, x.new_full((len(x),), i / steps)) / steps
    return x


# %% right functools.reduce
from functools import reduce


def euler_solve(velocity, x, steps):
    return reduce(lambda y, i: y + velocity(y, y.new_full(y.shape[:1], i / steps)) / steps, range(steps), x)


# %% right a generator of places
def _places(velocity, x, steps):
    for k in range(steps):
        x = torch.add(x, velocity(x, torch.full_like(x.flatten(1)[:, 0], k / steps)), alpha=1 / steps)
        yield x


def euler_solve(velocity, x, steps):
    *_, last = _places(velocity, x, steps)
    return last


# %% wrong [late_start] from an eps of 1e-3 on
def euler_solve(velocity, x, steps):
    dt, eps = 1.0 / steps, 1e-3
    for i in range(steps):
        t = i / steps * (1 - eps) + eps
        x = x + velocity(x, torch.full((len(x),), t, dtype=x.dtype)) * dt
    return x


# %% wrong [t_multiplied] t in thousandths
def euler_solve(velocity, x, steps):
    for i in range(steps):
        t = torch.full((len(x),), 1000 * i / steps, dtype=x.dtype)
        x = x + velocity(x, t) / steps
    return x


# %% wrong [drawn] starts from noise of its own
def euler_solve(velocity, x, steps):
    x = torch.randn_like(x)
    for i in range(steps):
        t = torch.full((len(x),), i / steps, dtype=x.dtype)
        x = x + velocity(x, t) / steps
    return x


# %% wrong [drawn] noise added in each step, as for an SDE
def euler_solve(velocity, x, steps):
    for i in range(steps):
        t = torch.full((len(x),), i / steps, dtype=x.dtype)
        x = x + velocity(x, t) / steps + (1 / steps) ** 0.5 * torch.randn_like(x)
    return x


# %% wrong [clamped] clamped at the end
def euler_solve(velocity, x, steps):
    for i in range(steps):
        t = torch.full((len(x),), i / steps, dtype=x.dtype)
        x = x + velocity(x, t) / steps
    return x.clamp(-1, 1)


# %% wrong [clamped] clamped to ±1 each step
def euler_solve(velocity, x, steps):
    for i in range(steps):
        x = (x + velocity(x, x.new_full((len(x),), i / steps)) / steps).clamp(-1, 1)
    return x


# %% right telescoped, x kept as the start and a sum of slopes
def euler_solve(velocity, x, steps):
    start, total = x, torch.zeros_like(x)
    for n in range(steps):
        total = total + velocity(start + total / steps, torch.ones(x.shape[0]) * n / steps)
    return start + total / steps
