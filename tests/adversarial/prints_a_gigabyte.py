# Prints a gigabyte, then answers rightly: what it prints does no harm.
#
# exercise: cosine_beta_schedule
# points: 4
# status: marked
# message: All passed.

def cosine_beta_schedule(T, s=0.008):
    for _ in range(5):
        print("x" * 2 * 10**7)
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()
