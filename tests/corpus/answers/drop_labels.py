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


# %% right masked_fill, again
def drop_labels(labels, p, null, generator=None):
    mask = torch.rand(labels.shape, generator=generator) < p
    return labels.masked_fill(mask, null)


# %% right bernoulli, again
def drop_labels(labels, p, null, generator=None):
    mask = torch.bernoulli(torch.full(labels.shape, float(p)), generator=generator).bool()
    out = labels.clone()
    out[mask] = null
    return out


# %% right arithmetic with a mask
def drop_labels(labels, p, null, generator=None):
    keep = (torch.rand(len(labels), generator=generator) >= p).long()
    return labels * keep + null * (1 - keep)


# %% right torch.where with a scalar
def drop_labels(labels, p, null, generator=None):
    return torch.where(torch.rand(len(labels), generator=generator, dtype=torch.float64) < p, null, labels)


# %% right a loop, again
def drop_labels(labels, p, null, generator=None):
    result = []
    for y in labels:
        if torch.rand(1, generator=generator).item() < p:
            result.append(null)
        else:
            result.append(int(y))
    return torch.tensor(result)


# %% right greater than one minus p
def drop_labels(labels, p, null, generator=None):
    out = labels.detach().clone()
    out[torch.rand(labels.size(0), generator=generator) > 1 - p] = null
    return out


# %% right multinomial draw
def drop_labels(labels, p, null, generator=None):
    which = torch.empty(labels.shape).bernoulli_(p, generator=generator)
    return torch.where(which.to(torch.bool), torch.tensor(null), labels)


# %% wrong [inverted] keeps with probability p
def drop_labels(labels, p, null, generator=None):
    return torch.where(torch.rand(len(labels), generator=generator) < p, labels, null)


# %% wrong [whole_batch] one draw for all
def drop_labels(labels, p, null, generator=None):
    if torch.rand(1, generator=generator) < p:
        return torch.full_like(labels, null)
    return labels.clone()


# %% wrong [generator_ignored] python's random
import random
def drop_labels(labels, p, null, generator=None):
    return torch.tensor([null if random.random() < p else int(y) for y in labels])


# %% wrong [generator_ignored] numpy's random
def drop_labels(labels, p, null, generator=None):
    mask = torch.from_numpy(np.random.rand(len(labels)) < p)
    return torch.where(mask, null, labels)


# %% wrong [mutates] in place, again
def drop_labels(labels, p, null, generator=None):
    labels[torch.rand(len(labels), generator=generator) < p] = null
    return labels


# %% wrong [exact_share] exact share
def drop_labels(labels, p, null, generator=None):
    out = labels.clone()
    out[torch.randperm(len(labels), generator=generator)[: round(p * len(labels))]] = null
    return out


# %% wrong [normal] randn
def drop_labels(labels, p, null, generator=None):
    return torch.where(torch.randn(len(labels), generator=generator) < p, null, labels)


# %% wrong [drawn_inside] F.dropout
def drop_labels(labels, p, null, generator=None):
    return F.dropout(labels.float(), p).long()


# %% wrong [null_fixed] zero in place of null
def drop_labels(labels, p, null, generator=None):
    keep = torch.rand(len(labels), generator=generator) > p
    return labels * keep


# %% wrong [null_fixed] ten written in
def drop_labels(labels, p, null, generator=None):
    return torch.where(torch.rand(len(labels), generator=generator) < p, 10, labels)


# %% wrong [same_tensor] the same one for p = 0
def drop_labels(labels, p, null, generator=None):
    if p == 0:
        return labels
    return torch.where(torch.rand(len(labels), generator=generator) < p, null, labels)


# %% wrong [not_int64] float labels
def drop_labels(labels, p, null, generator=None):
    keep = (torch.rand(len(labels), generator=generator) >= p).float()
    return labels * keep + null * (1 - keep)


# %% wrong [reseeded] a generator of its own
def drop_labels(labels, p, null, generator=None):
    g = torch.Generator().manual_seed(0)
    return torch.where(torch.rand(len(labels), generator=g) < p, null, labels)


# %% wrong [by_digit] by label
def drop_labels(labels, p, null, generator=None):
    u = torch.rand(11, generator=generator)
    return torch.where(u[labels] < p, null, labels)


# %% right normal numbers through their distribution function
def drop_labels(labels, p, null, generator=None):
    z = torch.randn(len(labels), generator=generator, dtype=torch.float64)
    u = torch.special.ndtr(z)
    return torch.where(u < p, null, labels)


# %% wrong [p_fixed] one in ten
def drop_labels(labels, p, null, generator=None):
    mask = torch.rand(labels.shape, generator=generator) < 0.1
    return torch.where(mask, torch.full_like(labels, null), labels)


# %% wrong [null_added] null on top of the label
def drop_labels(labels, p, null, generator=None):
    drop = (torch.rand(labels.shape, generator=generator) < p).long()
    return labels + drop * null


# %% wrong [reseeded] always the first
def drop_labels(labels, p, null, generator=None):
    out = labels.clone()
    out[: int(p * len(labels))] = null
    return out


# %% right a bernoulli mask of what stays, in whole numbers
def drop_labels(labels, p, null, generator=None):
    keep = torch.bernoulli(torch.full((len(labels),), 1.0 - p), generator=generator).long()
    return labels * keep + null * (1 - keep)


# %% wrong [one_in_a_few] one in int(1/p), by randint
def drop_labels(labels, p, null, generator=None):
    mask = torch.randint(0, int(1 / p) if p > 0 else 10**9, labels.shape, generator=generator) == 0
    return torch.where(mask, null, labels)


# %% wrong [argument_unused] randint of a hundred below p
def drop_labels(labels, p, null, generator=None):
    mask = torch.randint(0, 100, labels.shape, generator=generator) < p
    return torch.where(mask, null, labels)


# %% wrong [unnamed] p plus 0.1
def drop_labels(labels, p, null, generator=None):
    return torch.where(torch.rand(labels.shape, generator=generator) < p + 0.1, null, labels)


# %% wrong [one_in_a_few] p in tenths
def drop_labels(labels, p, null, generator=None):
    return torch.where(torch.randint(0, 10, (len(labels),), generator=generator) < 10 * p, null, labels)


# %% wrong [random_label] any label of the network
def drop_labels(labels, p, null, generator=None):
    drop = torch.rand(len(labels), generator=generator) < p
    return torch.where(drop, torch.randint(0, null, labels.shape, generator=generator), labels)
