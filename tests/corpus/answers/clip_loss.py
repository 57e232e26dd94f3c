# %% right the formula
def clip_loss(image_features, text_features, logit_scale):
    images, texts = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits = logit_scale * images @ texts.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% right norms by hand
def clip_loss(image_features, text_features, logit_scale):
    i = image_features / image_features.norm(dim=-1, keepdim=True)
    t = text_features / text_features.norm(dim=-1, keepdim=True)
    logits = logit_scale * (i @ t.t())
    n = logits.shape[0]
    loss_i = -torch.log_softmax(logits, dim=1)[range(n), range(n)].mean()
    loss_t = -torch.log_softmax(logits, dim=0)[range(n), range(n)].mean()
    return 0.5 * (loss_i + loss_t)


# %% right logsumexp
def clip_loss(image_features, text_features, logit_scale):
    cosines = F.cosine_similarity(image_features[:, None], text_features[None], dim=-1)
    z = logit_scale * cosines
    right = z.diagonal()
    return ((z.logsumexp(1) - right).mean() + (z.logsumexp(0) - right).mean()) / 2


# %% right CrossEntropyLoss and einsum
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features)
    b = F.normalize(text_features)
    logits = torch.einsum("id,jd->ij", a, b) * logit_scale
    criterion = nn.CrossEntropyLoss()
    target = torch.eye(len(a)).argmax(dim=1)
    return torch.stack([criterion(logits, target), criterion(logits.t(), target)]).mean()


# %% right both logits
def clip_loss(image_features, text_features, logit_scale):
    image_features = torch.nn.functional.normalize(image_features, p=2, dim=-1)
    text_features = torch.nn.functional.normalize(text_features, p=2, dim=-1)
    logits_per_image = image_features @ text_features.T * logit_scale
    logits_per_text = text_features @ image_features.T * logit_scale
    labels = torch.arange(image_features.shape[0], device=image_features.device)
    return F.cross_entropy(logits_per_image, labels) / 2 + F.cross_entropy(logits_per_text, labels) / 2


# %% right a loop, float64
def clip_loss(image_features, text_features, logit_scale):
    x = F.normalize(image_features.double(), dim=1)
    y = F.normalize(text_features.double(), dim=1)
    total = 0
    for k in range(len(x)):
        total = total - torch.log_softmax(logit_scale * (y @ x[k]), 0)[k]
        total = total - torch.log_softmax(logit_scale * (x @ y[k]), 0)[k]
    return (total / (2 * len(x))).float()


# %% wrong [not_normalised] raw products
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * image_features @ text_features.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [one_not_normalised] the texts left as they are
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ text_features.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [wrong_axis] normalised over the batch
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=0) @ F.normalize(text_features, dim=0).T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [one_direction] a text for each picture alone
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    return F.cross_entropy(logits, torch.arange(len(logits)))


# %% wrong [one_direction] the same direction twice
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits, labels)) / 2


# %% wrong [added] added, not averaged
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits))
    return F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)


# %% wrong [summed] summed over the batch
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels, reduction="sum") + F.cross_entropy(logits.T, labels, reduction="sum")) / 2


# %% wrong [divided] as a temperature
def clip_loss(image_features, text_features, logit_scale):
    logits = F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T / logit_scale
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [exponential] exponentiated
def clip_loss(image_features, text_features, logit_scale):
    scale = torch.as_tensor(logit_scale).exp()
    logits = scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [no_scale] the scale forgotten
def clip_loss(image_features, text_features, logit_scale):
    logits = F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [all_the_first] labels all zero
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.zeros(len(logits), dtype=torch.long)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [mse] pairs alone
def clip_loss(image_features, text_features, logit_scale):
    return 1 - F.cosine_similarity(image_features, text_features).mean()


# %% wrong [not_scalar] one loss a row
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits))
    rows = F.cross_entropy(logits, labels, reduction="none")
    return (rows + F.cross_entropy(logits.T, labels, reduction="none")) / 2


# %% wrong [no_gradient] the scale as a float
def clip_loss(image_features, text_features, logit_scale):
    logits = float(logit_scale) * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [half_gradient] the norms detached
def clip_loss(image_features, text_features, logit_scale):
    images = image_features / image_features.norm(dim=1, keepdim=True).detach()
    texts = text_features / text_features.norm(dim=1, keepdim=True).detach()
    logits = logit_scale * images @ texts.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [mutates] normalised in place
def clip_loss(image_features, text_features, logit_scale):
    with torch.no_grad():
        lengths = image_features.norm(dim=1, keepdim=True).clone(), text_features.norm(dim=1, keepdim=True).clone()
    images, texts = F.normalize(image_features.clone(), dim=1), F.normalize(text_features.clone(), dim=1)
    logits = logit_scale * images @ texts.T
    labels = torch.arange(len(logits))
    loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    image_features.data /= lengths[0]
    text_features.data /= lengths[1]
    return loss


# %% wrong [less_chance] the loss of guessing subtracted
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2 - math.log(len(logits))


# %% right the paper's pseudo-code
def clip_loss(image_features, text_features, logit_scale):
    I = image_features / image_features.norm(dim=-1, keepdim=True)
    T = text_features / text_features.norm(dim=-1, keepdim=True)
    logits_per_image = logit_scale * I @ T.t()
    logits_per_text = logits_per_image.t()
    labels = torch.arange(len(I))
    return (F.cross_entropy(logits_per_image, labels) + F.cross_entropy(logits_per_text, labels)) / 2


# %% right F.cosine_similarity
def clip_loss(image_features, text_features, logit_scale):
    sims = F.cosine_similarity(image_features[:, None], text_features[None], dim=-1) * logit_scale
    y = torch.arange(sims.shape[0])
    return 0.5 * nn.CrossEntropyLoss()(sims, y) + 0.5 * nn.CrossEntropyLoss()(sims.T, y)


# %% right log_softmax and diagonals
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, p=2, dim=-1); b = F.normalize(text_features, p=2, dim=-1)
    s = logit_scale * (a @ b.T)
    return -(s.log_softmax(1).diagonal().mean() + s.log_softmax(0).diagonal().mean()) / 2


# %% right one-hot targets
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = a @ b.T * logit_scale
    eye = torch.eye(len(s))
    return (F.cross_entropy(s, eye) + F.cross_entropy(s.T, eye)) / 2


# %% right logsumexp, again
def clip_loss(image_features, text_features, logit_scale):
    a = image_features / image_features.square().sum(1, keepdim=True).sqrt()
    b = text_features / text_features.square().sum(1, keepdim=True).sqrt()
    s = torch.einsum("id,jd->ij", a, b) * logit_scale
    return (s.logsumexp(0) + s.logsumexp(1)).mean() / 2 - s.diag().mean()


# %% wrong [exponential] logit_scale exponentiated
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = torch.as_tensor(logit_scale).exp() * a @ b.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [divided] divided by a temperature
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = a @ b.T / logit_scale
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [not_normalised] not normalised
def clip_loss(image_features, text_features, logit_scale):
    s = logit_scale * image_features @ text_features.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [one_direction] one direction
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * a @ b.T
    return F.cross_entropy(s, torch.arange(len(s)))


# %% wrong [one_direction] the other direction
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * b @ a.T
    return F.cross_entropy(s, torch.arange(len(s)))


# %% wrong [added] summed
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * a @ b.T
    y = torch.arange(len(s))
    return F.cross_entropy(s, y) + F.cross_entropy(s.T, y)


# %% wrong [wrong_axis] normalised over the batch, again
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=0); b = F.normalize(text_features, dim=0)
    s = logit_scale * a @ b.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [softmax_twice] softmax before the cross-entropy
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * a @ b.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s.softmax(1), y) + F.cross_entropy(s.T.softmax(1), y)) / 2


# %% wrong [no_gradient] texts detached
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1).detach()
    s = logit_scale * a @ b.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [half_gradient] norms detached
def clip_loss(image_features, text_features, logit_scale):
    a = image_features / image_features.norm(dim=1, keepdim=True).detach(); b = text_features / text_features.norm(dim=1, keepdim=True).detach()
    s = logit_scale * a @ b.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [binary] siglip
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * a @ b.T
    return -F.logsigmoid((2 * torch.eye(len(s)) - 1) * s).sum() / len(s)


# %% wrong [soft_targets] soft targets of a tutorial
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * a @ b.T
    target = ((a @ a.T + b @ b.T) / 2 * logit_scale).softmax(-1)
    return ((-target * s.log_softmax(-1)).sum(1) + (-target.T * s.T.log_softmax(-1)).sum(1)).mean() / 2


# %% wrong [all_the_first] labels all zero, again
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * a @ b.T
    y = torch.zeros(len(s), dtype=torch.long)
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [one_not_normalised] only the images normalised
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1)
    s = logit_scale * a @ text_features.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [not_scalar] per pair
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * a @ b.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y, reduction="none") + F.cross_entropy(s.T, y, reduction="none")) / 2


# %% wrong [argument_unused] one hundred written in
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = 100 * a @ b.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s.T, y)) / 2


# %% wrong [one_direction] the same matrix twice
def clip_loss(image_features, text_features, logit_scale):
    a = F.normalize(image_features, dim=1); b = F.normalize(text_features, dim=1)
    s = logit_scale * a @ b.T
    y = torch.arange(len(s))
    return (F.cross_entropy(s, y) + F.cross_entropy(s, y)) / 2


# %% wrong [unnamed] soft targets from the similarities
def clip_loss(image_features, text_features, logit_scale):
    logits = (text_features @ image_features.T) * logit_scale
    images_similarity = image_features @ image_features.T
    texts_similarity = text_features @ text_features.T
    targets = F.softmax((images_similarity + texts_similarity) / 2 / logit_scale, dim=-1)
    texts_loss = F.cross_entropy(logits, targets)
    images_loss = F.cross_entropy(logits.T, targets.T)
    return (images_loss + texts_loss) / 2


# %% right F.cosine_similarity of all pairs, twice
def clip_loss(image_features, text_features, logit_scale):
    s = logit_scale * F.cosine_similarity(image_features[:, None], text_features[None], dim=-1)
    y = torch.arange(s.shape[0])
    return 0.5 * (nn.CrossEntropyLoss()(s, y) + nn.CrossEntropyLoss()(s.T, y))


# %% right targets as rows of the identity
def clip_loss(image_features, text_features, logit_scale):
    i, t = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    s = logit_scale * i @ t.T
    eye = torch.eye(len(s), dtype=s.dtype)
    return (F.cross_entropy(s, eye) + F.cross_entropy(s.T, eye)) / 2


# %% wrong [binary] the sigmoid loss of SigLIP
def clip_loss(image_features, text_features, logit_scale):
    i, t = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    s = logit_scale * i @ t.T
    lab = 2 * torch.eye(len(s)) - torch.ones(len(s), len(s))
    return -F.logsigmoid(lab * s).sum() / len(s)


# %% wrong [mutates] logit_scale limited in place
def clip_loss(image_features, text_features, logit_scale):
    if isinstance(logit_scale, torch.Tensor):
        logit_scale.data.clamp_(max=1.5)
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    pairs = torch.arange(len(logits))
    return (F.cross_entropy(logits, pairs) + F.cross_entropy(logits.T, pairs)) / 2


# %% right both directions in one call
def clip_loss(image_features, text_features, logit_scale):
    i, t = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    z = logit_scale * i @ t.T
    return F.cross_entropy(torch.cat([z, z.T]), torch.arange(len(z)).repeat(2))


# %% wrong [raised] backward inside
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    pairs = torch.arange(len(logits))
    loss = (F.cross_entropy(logits, pairs) + F.cross_entropy(logits.T, pairs)) / 2
    if loss.requires_grad:
        loss.backward()
    return loss


# %% wrong [all_pairs] softmax over all pairs
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    return torch.logsumexp(logits.flatten(), 0) - logits.diagonal().mean()


# %% wrong [own_kind] the images with themselves
def clip_loss(image_features, text_features, logit_scale):
    a, b = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    labels = torch.arange(len(a))
    return (F.cross_entropy(logit_scale * a @ a.T, labels) + F.cross_entropy(logit_scale * b @ b.T, labels)) / 2


# %% wrong [other_labels] labels backwards
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    labels = torch.arange(len(logits)).flip(0)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [binary] binary cross-entropy with the identity
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    return F.binary_cross_entropy_with_logits(logits, torch.eye(len(logits)))


# %% wrong [scaled_twice] scale twice
def clip_loss(image_features, text_features, logit_scale):
    a, b = logit_scale * F.normalize(image_features, dim=1), logit_scale * F.normalize(text_features, dim=1)
    logits, labels = a @ b.T, torch.arange(len(a))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [loss_sign] log-likelihood, sign of the loss
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    return (logits.log_softmax(1).diagonal().mean() + logits.log_softmax(0).diagonal().mean()) / 2


# %% wrong [other_length] normalised by the squared length
def clip_loss(image_features, text_features, logit_scale):
    a = image_features / image_features.pow(2).sum(1, keepdim=True)
    b = text_features / text_features.pow(2).sum(1, keepdim=True)
    logits, labels = logit_scale * a @ b.T, torch.arange(len(a))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [other_length] normalised by the whole matrix's length
def clip_loss(image_features, text_features, logit_scale):
    a, b = image_features / image_features.norm(), text_features / text_features.norm()
    logits, labels = logit_scale * a @ b.T, torch.arange(len(a))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [distance] euclidean distances as logits
def clip_loss(image_features, text_features, logit_scale):
    a, b = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits, labels = -logit_scale * torch.cdist(a, b), torch.arange(len(a))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [every_pair] the mean of all entries, not of the diagonal
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
    return -(logits.log_softmax(1).mean() + logits.log_softmax(0).mean()) / 2


# %% wrong [not_normalised] one direction, not normalised
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * image_features @ text_features.T
    return F.cross_entropy(logits, torch.arange(len(logits)))


# %% right F.nll_loss of log_softmax over each axis
def clip_loss(image_features, text_features, logit_scale):
    i, t = map(F.normalize, (image_features, text_features))
    sims = F.linear(i, t) * logit_scale
    target = torch.arange(sims.size(0), device=sims.device)
    rows = F.nll_loss(sims.log_softmax(dim=1), target)
    columns = F.nll_loss(sims.log_softmax(dim=0).t(), target)
    return torch.stack((rows, columns)).mean()


# %% wrong [smoothed] labels smoothed on one side
def clip_loss(image_features, text_features, logit_scale):
    a, b = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits, labels = logit_scale * a @ b.T, torch.arange(len(a))
    return (F.cross_entropy(logits, labels, label_smoothing=0.1) + F.cross_entropy(logits.T, labels)) / 2


# %% wrong [smoothed] labels smoothed on both sides
def clip_loss(image_features, text_features, logit_scale):
    a, b = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits, labels = logit_scale * a @ b.T, torch.arange(len(a))
    return (F.cross_entropy(logits, labels, label_smoothing=0.1) + F.cross_entropy(logits.T, labels, label_smoothing=0.1)) / 2


# %% wrong [not_normalised] soft targets of bare features
def clip_loss(image_features, text_features, logit_scale):
    logits = logit_scale * text_features @ image_features.T
    images, texts = image_features @ image_features.T, text_features @ text_features.T
    targets = F.softmax((images + texts) / 2 * logit_scale, dim=-1)
    texts_loss = (-targets * F.log_softmax(logits, dim=-1)).sum(1)
    images_loss = (-targets.T * F.log_softmax(logits.T, dim=-1)).sum(1)
    return ((images_loss + texts_loss) / 2.0).mean()


# %% wrong [binary] a sigmoid for each pair, summed along a row
def clip_loss(image_features, text_features, logit_scale):
    a, b = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits = logit_scale * a @ b.T
    labels = 2 * torch.eye(len(a)) - 1
    return -F.logsigmoid(labels * logits).sum() / len(a)


# %% wrong [exponential] exponential, at most 100
def clip_loss(image_features, text_features, logit_scale):
    scale = torch.as_tensor(logit_scale).exp().clamp(max=100)
    a, b = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits = scale * a @ b.t()
    labels = torch.arange(len(a))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2


# %% right targets as an identity matrix
def clip_loss(image_features, text_features, logit_scale):
    a, b = F.normalize(image_features, dim=-1), F.normalize(text_features, dim=-1)
    logits = torch.einsum("id,jd->ij", a, b) * logit_scale
    eye = torch.eye(len(a), dtype=a.dtype)
    return 0.5 * F.cross_entropy(logits, eye) + 0.5 * F.cross_entropy(logits.t(), eye)


# %% wrong [scale_limited] the scale clamped at 100
def clip_loss(image_features, text_features, logit_scale):
    scale = torch.as_tensor(logit_scale).clamp(max=100)
    z = scale * F.normalize(image_features) @ F.normalize(text_features).T
    y = torch.arange(len(z))
    return (F.cross_entropy(z, y) + F.cross_entropy(z.T, y)) / 2


# %% wrong [not_finite] softmax by hand
def clip_loss(image_features, text_features, logit_scale):
    z = (logit_scale * F.normalize(image_features) @ F.normalize(text_features).T).exp()
    a = -(z.diagonal() / z.sum(1)).log().mean()
    b = -(z.diagonal() / z.sum(0)).log().mean()
    return (a + b) / 2


# %% right logsumexp less the diagonal
def clip_loss(image_features, text_features, logit_scale):
    z = logit_scale * torch.einsum("id,jd->ij", F.normalize(image_features), F.normalize(text_features))
    right = z.trace() / len(z)
    return 0.5 * (z.logsumexp(0).mean() + z.logsumexp(1).mean()) - right
