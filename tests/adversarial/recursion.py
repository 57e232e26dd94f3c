# Calls itself without an end.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Your code raised RecursionError: maximum recursion depth exceeded<any>. At line 2 of cosine_beta_schedule: return cosine_beta_schedule(T, s).

def cosine_beta_schedule(T, s=0.008):
    return cosine_beta_schedule(T, s)
