# Writes a class in place of a function.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Expected a function, got the class cosine_beta_schedule.

class cosine_beta_schedule:
    def __init__(self, T, s=0.008):
        self.betas = torch.zeros(T)
