# %% right where
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    return torch.where(dropped, null, labels)


# %% right masked_fill
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    return labels.masked_fill(dropped, null)


# %% right a copy written to
def drop_labels(labels, p, null, generator=None):
    labels = labels.clone()
    dropped = torch.rand(labels.shape, generator=generator) < p
    labels[dropped] = null
    return labels


# %% right bernoulli
def drop_labels(labels, p, null, generator=None):
    dropped = torch.bernoulli(torch.full(labels.shape, float(p)), generator=generator).bool()
    return torch.where(dropped, torch.full_like(labels, null), labels)


# %% right kept ones
def drop_labels(labels, p, null, generator=None):
    keep = (torch.rand(len(labels), generator=generator) >= p).long()
    return keep * labels + (1 - keep) * null


# %% right a loop
def drop_labels(labels, p, null, generator=None):
    return torch.tensor([null if torch.rand((), generator=generator).item() < p else int(y) for y in labels])


# %% right the other end
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) >= 1 - p
    return torch.where(dropped, null, labels)


# %% wrong [inverted] p is kept
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) > p
    return torch.where(dropped, null, labels)


# %% wrong [inverted] where's order
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    return torch.where(dropped, labels, null)


# %% wrong [null_fixed] ten is none
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    return torch.where(dropped, 10, labels)


# %% wrong [random_label] other digits
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    others = torch.randint(0, 7, labels.shape, generator=generator)
    return torch.where(dropped, others, labels)


# %% wrong [never] unchanged
def drop_labels(labels, p, null, generator=None):
    return labels.clone()


# %% wrong [always] all dropped
def drop_labels(labels, p, null, generator=None):
    return torch.full_like(labels, null)


# %% wrong [whole_batch] one draw
def drop_labels(labels, p, null, generator=None):
    if torch.rand((), generator=generator) < p:
        return torch.full_like(labels, null)
    return labels.clone()


# %% wrong [exact_share] a fixed number
def drop_labels(labels, p, null, generator=None):
    labels = labels.clone()
    labels[torch.randperm(len(labels), generator=generator)[: round(p * len(labels))]] = null
    return labels


# %% wrong [mask_returned] the mask
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    return dropped


# %% wrong [shortened] taken out
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    return labels[~dropped]


# %% wrong [not_int64] floats
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    return torch.where(dropped, float(null), labels.float())


# %% wrong [generator_ignored] the global one
def drop_labels(labels, p, null, generator=None):
    return torch.where(torch.rand(labels.shape) < p, null, labels)


# %% wrong [reseeded] seeds inside
def drop_labels(labels, p, null, generator=None):
    generator = torch.Generator().manual_seed(0)
    dropped = torch.rand(labels.shape, generator=generator) < p
    return torch.where(dropped, null, labels)


# %% wrong [generator_needed] asks for its device
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator, device=generator.device) < p
    return torch.where(dropped, null, labels)


# %% wrong [mutates] in place
def drop_labels(labels, p, null, generator=None):
    dropped = torch.rand(labels.shape, generator=generator) < p
    labels[dropped] = null
    return labels.clone()


# %% wrong [same_tensor] as it is for p = 0
def drop_labels(labels, p, null, generator=None):
    if p == 0:
        return labels
    dropped = torch.rand(labels.shape, generator=generator) < p
    return torch.where(dropped, null, labels)
