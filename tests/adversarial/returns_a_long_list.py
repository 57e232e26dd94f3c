# Returns ten million Python numbers.
#
# exercise: cosine_beta_schedule
# points: 0
# status: marked
# message: 6 of 6 properties failed; returns T betas, shape (T,): The returned value has too many or too deeply nested parts.
# cpu: 10

def cosine_beta_schedule(T, s=0.008):
    return [0.0] * 10**7
