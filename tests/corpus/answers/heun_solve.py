# %% right a loop
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        first = velocity(x, t)
        second = velocity(x + h * first, t + h)
        x = x + h * (first + second) / 2
    return x


# %% right linspace
def heun_solve(velocity, x, steps):
    times = torch.linspace(0, 1, steps + 1)
    for now, after in zip(times, times[1:]):
        k1 = velocity(x, now.expand(len(x)))
        k2 = velocity(x + (after - now) * k1, after.expand(len(x)))
        x = x + 0.5 * (after - now) * (k1 + k2)
    return x


# %% right corrected guess
def heun_solve(velocity, x, steps):
    dt = 1.0 / steps
    for i in range(steps):
        t = torch.ones(x.shape[0]) * i * dt
        v = velocity(x, t)
        guess = x + dt * v
        x = guess + dt * (velocity(guess, t + dt) - v) / 2
    return x


# %% right half steps from both slopes
def heun_solve(velocity, x, steps):
    half = 0.5 / steps
    for i in range(steps):
        t = torch.full((len(x),), i / steps)
        there = x + half * velocity(x, t)
        x = there + half * velocity(2 * there - x, t + 1 / steps)
    return x


# %% wrong [other_dtype] float64
def heun_solve(velocity, x, steps):
    y = x.double()
    for i in range(steps):
        a, b = (torch.full((len(x),), k / steps).double() for k in (i, i + 1))
        slope = velocity(y, a)
        y = y + torch.stack([slope, velocity(y + slope / steps, b)]).mean(0) / steps
    return y.to(x.dtype)


# %% right no_grad, a clone changed in place
@torch.no_grad()
def heun_solve(velocity, x, steps):
    x = x.clone()
    for i in range(steps):
        t = torch.full((len(x),), i / steps)
        d = velocity(x, t)
        d2 = velocity(x + d / steps, t + 1 / steps)
        x += (d + d2) / (2 * steps)
    return x


# %% wrong [euler] Euler
def heun_solve(velocity, x, steps):
    for i in range(steps):
        x = x + velocity(x, torch.full((len(x),), i / steps)) / steps
    return x


# %% wrong [midpoint] midpoint
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        x = x + h * velocity(x + h / 2 * velocity(x, t), t + h / 2)
    return x


# %% wrong [half_missing] the sum
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x + h * (first + velocity(x + h * first, t + h))
    return x


# %% wrong [same_time_twice] second slope at t
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x + h / 2 * (first + velocity(x + h * first, t))
    return x


# %% wrong [same_place_twice] second slope at x
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        x = x + h / 2 * (velocity(x, t) + velocity(x, t + h))
    return x


# %% wrong [end_slope_only] the second slope alone
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        x = x + h * velocity(x + h * velocity(x, t), t + h)
    return x


# %% wrong [step_size_missing_inside] guess without h
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x + h / 2 * (first + velocity(x + first, t + h))
    return x


# %% wrong [from_the_guess] from the guess on
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        guess = x + h * first
        x = guess + h / 2 * (first + velocity(guess, t + h))
    return x


# %% wrong [euler_at_the_end] as in EDM
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        guess = x + h * first
        x = guess if i == steps - 1 else x + h / 2 * (first + velocity(guess, t + h))
    return x


# %% wrong [time_from_one] from 1 to 0
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), 1 - i * h)
        first = velocity(x, t)
        x = x + h / 2 * (first + velocity(x + h * first, t - h))
    return x


# %% wrong [sign] minus throughout
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x - h / 2 * (first + velocity(x - h * first, t + h))
    return x


# %% wrong [sign] minus at the end
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x - h / 2 * (first + velocity(x + h * first, t + h))
    return x


# %% wrong [one_step_short] linspace(0, 1, steps)
def heun_solve(velocity, x, steps):
    times = torch.linspace(0, 1, steps) if steps > 1 else torch.tensor([0.0, 1.0])
    for now, after in zip(times, times[1:]):
        k1 = velocity(x, now.expand(len(x)))
        x = x + (after - now) / 2 * (k1 + velocity(x + (after - now) * k1, after.expand(len(x))))
    return x


# %% wrong [last_left_out] range(steps - 1)
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps - 1):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x + h / 2 * (first + velocity(x + h * first, t + h))
    return x


# %% wrong [one_too_many] range(steps + 1)
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps + 1):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x + h / 2 * (first + velocity(x + h * first, t + h))
    return x


# %% wrong [only_one] return inside the loop
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        return x + h / 2 * (first + velocity(x + h * first, t + h))


# %% wrong [shape_of_t] a number
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        first = velocity(x, torch.tensor(i * h))
        x = x + h / 2 * (first + velocity(x + h * first, torch.tensor((i + 1) * h)))
    return x


# %% wrong [trajectory] all places
def heun_solve(velocity, x, steps):
    h, places = 1 / steps, [x]
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x = x + h / 2 * (first + velocity(x + h * first, t + h))
        places.append(x)
    return torch.stack(places)


# %% wrong [mutates] in place
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        first = velocity(x, t)
        x += h / 2 * (first + velocity(x + h * first, t + h))
    return x


# %% wrong [raised] images alone
def heun_solve(velocity, x, steps):
    B, C, H, W = x.shape
    for i in range(steps):
        t = torch.full((B,), i / steps)
        d = velocity(x, t)
        x = x + (d + velocity(x + d / steps, t + 1 / steps)) / (2 * steps)
    return x


# %% wrong [raised] points alone
def heun_solve(velocity, x, steps):
    B, D = x.shape
    for i in range(steps):
        t = torch.full((B,), i / steps)
        d = velocity(x, t)
        x = x + (d + velocity(x + d / steps, t + 1 / steps)) / (2 * steps)
    return x


# %% right predictor and corrector
def heun_solve(velocity, x, steps):
    dt = 1 / steps
    for n in range(steps):
        t0 = torch.full((x.shape[0],), n * dt, dtype=x.dtype)
        t1 = torch.full((x.shape[0],), (n + 1) * dt, dtype=x.dtype)
        k1 = velocity(x, t0)
        k2 = velocity(x + dt * k1, t1)
        x = x + dt * 0.5 * (k1 + k2)
    return x


# %% right torch.stack mean
def heun_solve(velocity, x, steps):
    ts = torch.linspace(0, 1, steps + 1)
    for a, b in zip(ts, ts[1:]):
        one = torch.ones(len(x))
        v = velocity(x, a * one)
        w = velocity(x + (b - a) * v, b * one)
        x = x + (b - a) * torch.stack([v, w]).mean(0)
    return x


# %% right written from the guess
def heun_solve(velocity, x, steps):
    h = 1.0 / steps
    for i in range(steps):
        t = x.new_ones(len(x)) * (i / steps)
        v = velocity(x, t)
        guess = x + h * v
        x = guess + h / 2 * (velocity(guess, t + h) - v)
    return x


# %% right lambda t
def heun_solve(velocity, x, steps):
    T = lambda i: torch.full((len(x),), i / steps)
    for i in range(steps):
        a = velocity(x, T(i)); b = velocity(x + a / steps, T(i + 1))
        x = x + (a + b) / (2 * steps)
    return x


# %% right in place on a copy, no_grad
@torch.no_grad()
def heun_solve(velocity, x, steps):
    x = x.detach().clone(); h = 1 / steps; t = torch.zeros(len(x))
    for _ in range(steps):
        a = velocity(x, t)
        b = velocity(x + h * a, t + h)
        x.add_(a + b, alpha=h / 2); t += h
    return x


# %% wrong [midpoint] midpoint, again
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * velocity(x + h / 2 * v, t + h / 2)
    return x


# %% wrong [euler] Euler, again
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        x = x + h * velocity(x, torch.full((len(x),), i * h))
    return x


# %% wrong [euler_at_the_end] last step by Euler
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        if i < steps - 1:
            v = (v + velocity(x + h * v, t + h)) / 2
        x = x + h * v
    return x


# %% wrong [half_missing] half missing
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * (v + velocity(x + h * v, t + h))
    return x


# %% wrong [same_time_twice] second slope at the same time
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h / 2 * (v + velocity(x + h * v, t))
    return x


# %% wrong [from_the_guess] x overwritten by the guess
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * v
        x = x + h / 2 * (v + velocity(x, t + h))
    return x


# %% wrong [half_a_step] guess with half a step
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h / 2 * (v + velocity(x + h / 2 * v, t + h))
    return x


# %% wrong [half_a_step] two half steps
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        x = x + h / 2 * velocity(x, t)
        x = x + h / 2 * velocity(x, t + h / 2)
    return x


# %% wrong [ralston] 2/3 of Ralston
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * (v / 4 + 3 / 4 * velocity(x + 2 / 3 * h * v, t + 2 / 3 * h))
    return x


# %% wrong [runge_kutta] RK4
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        a = velocity(x, t); b = velocity(x + h / 2 * a, t + h / 2); c = velocity(x + h / 2 * b, t + h / 2); d = velocity(x + h * c, t + h)
        x = x + h / 6 * (a + 2 * b + 2 * c + d)
    return x


# %% wrong [mutates] in place, again
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        x += h / 2 * (v + velocity(x + h * v, t + h))
    return x


# %% wrong [shape_of_t] floats for t
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        v = velocity(x, i * h)
        x = x + h / 2 * (v + velocity(x + h * v, i * h + h))
    return x


# %% wrong [time_to_noise] backwards
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), 1 - i * h)
        v = velocity(x, t)
        x = x - h / 2 * (v + velocity(x - h * v, t - h))
    return x


# %% wrong [step_size_on_one] plus outside
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = torch.full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * v + velocity(x + h * v, t + h) / 2
    return x


# %% wrong [one_too_many] while t is below 1
def heun_solve(velocity, x, steps):
    t, h = 0.0, 1 / steps
    while t < 1:
        first = velocity(x, torch.full((len(x),), t))
        x = x + h / 2 * (first + velocity(x + h * first, torch.full((len(x),), t + h)))
        t += h
    return x


# %% wrong [one_too_many] torch.arange with a step of 1/steps
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for now in torch.arange(0, 1, h):
        t = now.repeat(len(x))
        first = velocity(x, t)
        x = x + h / 2 * (first + velocity(x + h * first, t + h))
    return x


# %% wrong [other_dtype] times from NumPy
def heun_solve(velocity, x, steps):
    times = np.linspace(0, 1, steps + 1)
    for now, then in zip(times, times[1:]):
        first = velocity(x, torch.from_numpy(np.full(len(x), now)))
        second = velocity(x + (then - now) * first, torch.from_numpy(np.full(len(x), then)))
        x = x + (then - now) * (first + second) / 2
    return x


# %% right two Euler steps and their mean
def one(velocity, x, t, h): return x + h * velocity(x, torch.full((len(x),), t, dtype=x.dtype))
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        a = one(velocity, x, i * h, h)
        b = one(velocity, a, (i + 1) * h, h)
        x = (x + b) / 2
    return x


# %% wrong [x_left_out_inside] guess without x
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * (v + velocity(h * v, t + h)) / 2
    return x


# %% wrong [half_on_one] brackets missing: v + w / 2
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * (v + velocity(x + h * v, t + h) / 2)
    return x


# %% wrong [end_time_twice] the first slope at the end of the step too
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), (i + 1) * h)
        v = velocity(x, t)
        x = x + h * (v + velocity(x + h * v, t)) / 2
    return x


# %% wrong [times_exchanged] times swapped
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        v = velocity(x, t + h)
        x = x + h * (v + velocity(x + h * v, t)) / 2
    return x


# %% wrong [no_step_size] mean not multiplied by h
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        v = velocity(x, t)
        x = x + (v + velocity(x + h * v, t + h)) / 2
    return x


# %% wrong [one_too_far] t + 1 for t + h
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * (v + velocity(x + h * v, t + 1)) / 2
    return x


# %% wrong [slopes_subtracted] the difference of the slopes
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * (v - velocity(x + h * v, t + h)) / 2
    return x


# %% wrong [time_stands] t stands at 0
def heun_solve(velocity, x, steps):
    h = 1 / steps
    t = x.new_zeros(len(x))
    for i in range(steps):
        v = velocity(x, t)
        x = x + h * (v + velocity(x + h * v, t + h)) / 2
    return x


# %% wrong [step_index] the step's number as time
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i)
        v = velocity(x, t)
        x = x + h * (v + velocity(x + h * v, t + 1)) / 2
    return x


# %% wrong [guess_backwards] guess with minus
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        v = velocity(x, t)
        x = x + h * (v + velocity(x - h * v, t + h)) / 2
    return x


# %% wrong [time_to_noise] from one to zero, minus
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), 1 - i * h)
        v = velocity(x, t)
        x = x - h * (v + velocity(x - h * v, t - h)) / 2
    return x


# %% right a Butcher table
def heun_solve(velocity, x, steps):
    a, b, c, h = [[], [1.0]], [0.5, 0.5], [0.0, 1.0], 1 / steps
    for n in range(steps):
        ks = []
        for row, ci in zip(a, c):
            y = x + h * sum((w * k for w, k in zip(row, ks)), torch.zeros_like(x))
            ks.append(velocity(y, x.new_full((x.shape[0],), (n + ci) * h)))
        x = x + h * sum(w * k for w, k in zip(b, ks))
    return x


# %% right lerp of two slopes
def heun_solve(velocity, x, steps):
    t = x.new_zeros(len(x))
    for _ in range(steps):
        slope = velocity(x, t)
        t = t + 1 / steps
        x = x + torch.lerp(slope, velocity(x + slope / steps, t), 0.5) / steps
    return x


# %% wrong [slope_reused] the second slope used again
def heun_solve(velocity, x, steps):
    h = 1 / steps
    k1 = velocity(x, x.new_zeros(len(x)))
    for i in range(steps):
        t = x.new_full((len(x),), (i + 1) * h)
        k2 = velocity(x + h * k1, t)
        x = x + h * (k1 + k2) / 2
        k1 = k2
    return x


# %% wrong [runge_kutta] four slopes
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        a = velocity(x, t)
        b = velocity(x + h / 2 * a, t + h / 2)
        c = velocity(x + h / 2 * b, t + h / 2)
        d = velocity(x + h * c, t + h)
        x = x + h / 6 * (a + 2 * b + 2 * c + d)
    return x


# %% wrong [unnamed] Adams and Bashforth
def heun_solve(velocity, x, steps):
    h, old = 1 / steps, None
    for i in range(steps):
        k = velocity(x, x.new_full((len(x),), i * h))
        x = x + (h * k if old is None else h * (1.5 * k - 0.5 * old))
        old = k
    return x


# %% right a copy, in place
def heun_solve(velocity, x, steps):
    y = x.clone()
    h = 1.0 / steps
    for i in range(steps):
        t0 = torch.full((y.shape[0],), i * h, dtype=y.dtype)
        k1 = velocity(y, t0)
        k2 = velocity(y + h * k1, t0 + h)
        y += h * (k1 + k2) / 2
    return y


# %% right recursive
def heun_solve(velocity, x, steps):
    def step(x, i):
        if i == steps:
            return x
        t, s = (torch.ones(len(x), dtype=x.dtype) * j / steps for j in (i, i + 1))
        k = velocity(x, t)
        return step(x + (k + velocity(x + k / steps, s)) / (2 * steps), i + 1)

    return step(x, 0)


# %% wrong [half_the_steps] half as many steps, as each asks twice
def heun_solve(velocity, x, steps):
    n = max(steps // 2, 1)
    h = 1 / n
    for i in range(n):
        t = torch.full((len(x),), i * h, dtype=x.dtype)
        k1 = velocity(x, t)
        x = x + 0.5 * h * (k1 + velocity(x + h * k1, t + h))
    return x


# %% right predictor and corrector from one grid of times
def heun_solve(velocity, x, steps):
    t_steps = torch.linspace(0, 1, steps + 1, dtype=x.dtype)
    x_next = x
    for t_cur, t_next in zip(t_steps[:-1], t_steps[1:]):
        x_hat = x_next
        d_cur = velocity(x_hat, t_cur.repeat(len(x)))
        x_next = x_hat + (t_next - t_cur) * d_cur
        d_prime = velocity(x_next, t_next.repeat(len(x)))
        x_next = x_hat + (t_next - t_cur) * (0.5 * d_cur + 0.5 * d_prime)
    return x_next


# %% wrong [unnamed] two steps of Adams and Bashforth
def heun_solve(velocity, x, steps):
    h, before = 1 / steps, None
    for i in range(steps):
        v = velocity(x, torch.full((len(x),), i * h, dtype=x.dtype))
        x = x + h * (v if before is None else 1.5 * v - 0.5 * before)
        before = v
    return x


# %% wrong [unnamed] weights 0.49 and 0.51
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        k1 = velocity(x, t)
        x = x + h * (0.49 * k1 + 0.51 * velocity(x + h * k1, t + h))
    return x


# %% wrong [step_size_on_one] half of the second slope without its h
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        k = velocity(x, t)
        x = x + h * k + velocity(x + h * k, t + h) / 2
    return x


# %% wrong [euler_at_the_start] Euler's first step
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        k = velocity(x, t)
        g = x + h * k
        if i > 0:
            g = x + h * (k + velocity(g, t + h)) / 2
        x = g
    return x


# %% wrong [half_way] the ½ in h
def heun_solve(velocity, x, steps):
    h = 1 / (2 * steps)
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        k = velocity(x, t)
        x = x + h * (k + velocity(x + h * k, t + h)) / 2
    return x


# %% right times of linspace, two by two
@torch.no_grad()
def heun_solve(velocity, x, steps):
    ts = torch.linspace(0.0, 1.0, steps + 1, dtype=x.dtype)
    for i in range(steps):
        t, t_next = ts[i].repeat(len(x)), ts[i + 1].repeat(len(x))
        d_cur = velocity(x, t)
        x_next = x + (t_next[0] - t[0]) * d_cur
        d_prime = velocity(x_next, t_next)
        x = x + (t_next[0] - t[0]) * (0.5 * d_cur + 0.5 * d_prime)
    return x


# %% wrong [two_steps_on] t moves on before the second slope
def heun_solve(velocity, x, steps):
    h, t = 1 / steps, x.new_zeros(len(x))
    for _ in range(steps):
        first = velocity(x, t)
        t = t + h
        x = x + h / 2 * (first + velocity(x + h * first, t + h))
    return x


# %% wrong [kept_from_end] the second time at most 0.999
def heun_solve(velocity, x, steps):
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i / steps)
        first = velocity(x, t)
        second = velocity(x + h * first, (t + h).clamp(max=0.999))
        x = x + h * (first + second) / 2
    return x
