# Sleeps for a day: uses no processor time at all.
#
# exercise: cosine_beta_schedule
# points: 0
# status: timeout
# message: The answer was stopped: did not finish within 3 seconds.
# wall: 3

import time


def cosine_beta_schedule(T, s=0.008):
    time.sleep(86_400)
