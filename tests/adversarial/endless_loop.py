# A loop without an end.
#
# exercise: cosine_beta_schedule
# points: 0
# status: timeout
# message: The answer was stopped: did not finish within 2 seconds of processor time.

def cosine_beta_schedule(T, s=0.008):
    while True:
        pass
