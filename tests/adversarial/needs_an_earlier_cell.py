# Uses a constant and a function of cells of its own.
#
# exercise: cosine_beta_schedule
# points: 4
# status: marked
# message: All passed.

OFFSET = 1

# %%
def angle(T, s):
    return (torch.linspace(0, T, T + OFFSET, dtype=torch.float64) / T + s) / (1 + s) * math.pi / 2

# %%
def cosine_beta_schedule(T, s=0.008):
    f = torch.cos(angle(T, s)) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()
