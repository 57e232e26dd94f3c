# Assigns None.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Expected a function, got None (is there a `return`?).

cosine_beta_schedule = None
