# %% right one line
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(128)) / (dims * math.log(2))


# %% right seven bits
def bits_per_dim(log_likelihood, dims):
    return 7 - log_likelihood / dims / math.log(2)


# %% right log2 e
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood * math.log2(math.e) / dims + math.log2(128)


# %% right numpy
def bits_per_dim(log_likelihood, dims):
    nats = np.log(128) * dims - log_likelihood.numpy()
    return torch.from_numpy(nats / np.log(2) / dims)


# %% right torch.log, float64
def bits_per_dim(log_likelihood, dims):
    two = torch.log(torch.tensor(2.0, dtype=torch.float64))
    return (7 * two - log_likelihood.double() / dims) / two


# %% right a loop
def bits_per_dim(log_likelihood, dims):
    return torch.tensor([7 - ll / (dims * math.log(2)) for ll in log_likelihood.tolist()])


# %% wrong [no_jacobian] no scale
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / (dims * math.log(2))


# %% wrong [jacobian_sign] minus 7
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / (dims * math.log(2)) - 7


# %% wrong [eight_bits] log 256
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / (dims * math.log(2)) + 8


# %% wrong [eight_bits] log 255
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(255)) / (dims * math.log(2))


# %% wrong [half_range] log 127.5
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(127.5)) / (dims * math.log(2))


# %% wrong [nats] no ln 2
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(128)) / dims


# %% wrong [nats] no ln 2 and no scale
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / dims


# %% wrong [nats_partly] nats and 7 bits
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / dims + 7


# %% wrong [nats_partly] bits and ln 128
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / (dims * math.log(2)) + math.log(128)


# %% wrong [not_divided] in all
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(128)) / math.log(2)


# %% wrong [jacobian_once] for the whole picture
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - math.log(128)) / (dims * math.log(2))


# %% wrong [jacobian_once] only the scale is a dimension's
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / math.log(2) + 7


# %% wrong [sign] no minus
def bits_per_dim(log_likelihood, dims):
    return (log_likelihood - dims * math.log(128)) / (dims * math.log(2))


# %% wrong [sign] no minus before the likelihood
def bits_per_dim(log_likelihood, dims):
    return (log_likelihood + dims * math.log(128)) / (dims * math.log(2))


# %% wrong [log10] ten
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(128)) / (dims * math.log(10))


# %% wrong [averaged] the mean
def bits_per_dim(log_likelihood, dims):
    return (-(log_likelihood - dims * math.log(128)) / (dims * math.log(2))).mean()


# %% wrong [mutates] in place
def bits_per_dim(log_likelihood, dims):
    log_likelihood -= dims * math.log(128)
    return -log_likelihood / (dims * math.log(2))


# %% right change of base with log2 of e
def bits_per_dim(log_likelihood, dims):
    return 7 - log_likelihood / dims * math.log2(math.e)


# %% right torch.log
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood / dims - torch.log(torch.tensor(128.0))) / torch.log(torch.tensor(2.0))


# %% right numpy constants
def bits_per_dim(log_likelihood, dims):
    nats = -log_likelihood + dims * np.log(128)
    return nats / dims / np.log(2)


# %% right size of a cell as a power
def bits_per_dim(log_likelihood, dims):
    log_p = log_likelihood + dims * math.log(2 ** -7)
    return -log_p.div(dims * math.log(2.0))


# %% right in float64
def bits_per_dim(log_likelihood, dims):
    return ((dims * math.log(128) - log_likelihood.double()) / (dims * math.log(2))).float()


# %% wrong [eight_bits] eight bits
def bits_per_dim(log_likelihood, dims):
    return 8 - log_likelihood / (dims * math.log(2))


# %% wrong [jacobian_sign] sign of the cell
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood + dims * math.log(128)) / (dims * math.log(2))


# %% wrong [eight_bits] 256
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(256)) / (dims * math.log(2))


# %% wrong [not_finite] log2 of the likelihood
def bits_per_dim(log_likelihood, dims):
    return -torch.log2(log_likelihood.exp()) / dims + 7


# %% wrong [ln2_multiplies] times log two
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(128)) / dims * math.log(2)


# %% wrong [argument_unused] 1024 written in
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - 1024 * math.log(128)) / (1024 * math.log(2))


# %% wrong [argument_unused] brackets
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood - dims * math.log(128) / (dims * math.log(2))


# %% wrong [unnamed] divided before the log two
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(128)) / dims / 2


# %% wrong [clamped] none below zero
def bits_per_dim(log_likelihood, dims):
    return (7 - log_likelihood / dims / math.log(2)).clamp(min=0)


# %% wrong [other_constant] minus eight bits
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / (dims * math.log(2)) - 8


# %% wrong [bits_twice] seven over ln2
def bits_per_dim(log_likelihood, dims):
    return (-log_likelihood / dims + 7) / math.log(2)


# %% wrong [ln2_multiplies] precedence: / dims * log 2
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(128)) / dims * math.log(2)


# %% wrong [other_constant] the range of 2: 1 bit
def bits_per_dim(log_likelihood, dims):
    return -log_likelihood / (dims * math.log(2)) + 1


# %% right keyword arguments and a dataclass
from dataclasses import dataclass


@dataclass
class Bits:
    nats: torch.Tensor
    dims: int

    def each(self):
        return self.nats / (self.dims * np.log(2.0)) + 7.0


def bits_per_dim(log_likelihood, dims):
    return Bits(nats=-log_likelihood, dims=dims).each()


# %% wrong [clamped] clamped at zero
def bits_per_dim(log_likelihood, dims):
    return (7 - log_likelihood / dims / math.log(2)).clamp(min=0)


# %% wrong [clamped] between 0 and 8
def bits_per_dim(log_likelihood, dims):
    return (7 - log_likelihood / dims / math.log(2)).clamp(0, 8)


# %% wrong [absolute] absolute
def bits_per_dim(log_likelihood, dims):
    return (7 - log_likelihood / dims / math.log(2)).abs()


# %% wrong [not_finite] through the probability
def bits_per_dim(log_likelihood, dims):
    return -torch.log2(log_likelihood.exp() / 128**float(min(dims, 100))) / dims


# %% wrong [dims_multiplies] times dims, without brackets
def bits_per_dim(log_likelihood, dims):
    return -(log_likelihood - dims * math.log(128)) / math.log(2) * dims


# %% wrong [other_constant] ln 512
def bits_per_dim(log_likelihood, dims):
    return (-log_likelihood / dims + np.log(512)) / np.log(2)


# %% wrong [axis_lost] squeezed
def bits_per_dim(log_likelihood, dims):
    return (-(log_likelihood - dims * math.log(128)) / (dims * math.log(2))).squeeze()


# %% wrong [dims_fixed] 784 written in
def bits_per_dim(log_likelihood, dims):
    dims = 784
    return -(log_likelihood - dims * math.log(128)) / (dims * math.log(2))
