# Waits for a lock that nobody releases.
#
# exercise: cosine_beta_schedule
# points: 0
# status: timeout
# message: The answer was stopped: did not finish within 3 seconds.
# wall: 3

import threading


def cosine_beta_schedule(T, s=0.008):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
