# A module that answers with whatever the last input was.
#
# exercise: ConvBlock
# points: 0.75
# status: marked
# message: 7 of 9 properties failed; each pixel sees its eight neighbours: a 3×3 convolution: A pixel of the output sees one pixel of the input: the convolution should be 3×3, not 1×1.

class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.out_c = out_c

    def forward(self, x, t):
        return x.mean(1, keepdim=True).expand(-1, self.out_c, -1, -1)
