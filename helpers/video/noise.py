"""How fast a film drowns in noise: three times as much of it against the picture as notebook 3's schedule has.

Sixteen frames show one digit on one path, so what they have in common can be seen through far more noise than a single picture
can. On the schedule for pictures, digit and path would be decided within a few steps at its noisy end.
"""

from helpers import recipe
from helpers.schedules import Schedule, cosine_beta_schedule, noisier

SHIFT = 3.0


def film_schedule() -> Schedule:
    """The cosine schedule of 1,000 steps with three times the noise, on which the video model is trained and drawn from."""
    return Schedule(noisier(cosine_beta_schedule(recipe.T), SHIFT))
