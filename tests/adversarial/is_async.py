# Writes a coroutine in place of a function.
#
# exercise: cosine_beta_schedule
# points: 0
# status: marked
# message: 6 of 6 properties failed; returns T betas, shape (T,): Expected a tensor or numbers, got an object of type coroutine.

async def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()
