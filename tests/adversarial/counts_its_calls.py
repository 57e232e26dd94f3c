# Answers rightly at first and wrongly from the third call on.
#
# exercise: cosine_beta_schedule
# points: 0
# status: marked
# message: 6 of 6 properties failed; returns T betas, shape (T,): It is right when it is called first, and wrong when it is called again<any>

calls = []


def cosine_beta_schedule(T, s=0.008):
    calls.append(T)
    if len(calls) > 2:
        return torch.zeros(T)
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()
