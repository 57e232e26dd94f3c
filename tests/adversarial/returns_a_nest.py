# Returns a list nested a thousand times.
#
# exercise: cosine_beta_schedule
# points: 0
# status: marked
# message: 6 of 6 properties failed; returns T betas, shape (T,): The returned value has too many or too deeply nested parts.

def cosine_beta_schedule(T, s=0.008):
    value = torch.zeros(T)
    for _ in range(1000):
        value = [value]
    return value
