# Does not parse.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Your code raised SyntaxError: <any>. At cosine_beta_schedule, line 1.

def cosine_beta_schedule(T, s=0.008:
    return torch.zeros(T)
