# Mixes notebook commands into a right answer.
#
# exercise: cosine_beta_schedule
# points: 4
# status: marked
# message: All passed.

!pip install something
%matplotlib inline


def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()

%timeit cosine_beta_schedule(1000)
cosine_beta_schedule?
