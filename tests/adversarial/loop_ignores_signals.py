# A loop that ignores or catches every signal it may, that of its time limit too.
#
# exercise: cosine_beta_schedule
# points: 0
# status: timeout
# message: The answer was stopped: did not finish within 2 seconds of processor time.

import signal


def cosine_beta_schedule(T, s=0.008):
    for number in range(1, 32):
        try:
            signal.signal(number, lambda *args: None)
        except (OSError, ValueError):
            pass
    while True:
        pass
