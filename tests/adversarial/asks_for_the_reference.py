# Asks the checks for the course's own function.
#
# exercise: cosine_beta_schedule
# points: 0
# status: unattempted
# message: Not attempted.

from helpers import checks


def cosine_beta_schedule(T, s=0.008):
    raise NotImplementedError


cosine_beta_schedule = checks.or_reference(cosine_beta_schedule)
