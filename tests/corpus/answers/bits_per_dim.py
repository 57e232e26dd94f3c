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
