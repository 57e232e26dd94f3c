# Reads memory that isn't there.
#
# exercise: cosine_beta_schedule
# points: 0
# status: died
# message: The answer was stopped: the process crashed (Segmentation fault).

import ctypes


def cosine_beta_schedule(T, s=0.008):
    return ctypes.string_at(0)
