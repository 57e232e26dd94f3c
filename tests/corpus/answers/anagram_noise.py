# %% right stacked
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(view(x))))
    return torch.stack(made).mean(dim=0)


# %% right sum
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(view(x))))
    return sum(made) / len(made)


# %% right indices
def anagram_noise(predictors, views, inverses, x):
    return sum(inverses[i](predictors[i](views[i](x))) for i in range(len(views))) / len(views)


# %% right added up
def anagram_noise(predictors, views, inverses, x):
    total = torch.zeros_like(x)
    for predict, view, inverse in zip(predictors, views, inverses):
        total += inverse(predict(view(x)))
    return total / len(predictors)


# %% right without a graph
def anagram_noise(predictors, views, inverses, x):
    with torch.no_grad():
        return torch.stack([i(p(v(x))) for p, v, i in zip(predictors, views, inverses)]).mean(0)


# %% right a running mean
def anagram_noise(predictors, views, inverses, x):
    mean = torch.zeros_like(x)
    for k, (p, v, i) in enumerate(zip(predictors, views, inverses)):
        mean = mean + (i(p(v(x))) - mean) / (k + 1)
    return mean


# %% wrong [not_turned_back] no inverse
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(predict(view(x)))
    return torch.stack(made).mean(dim=0)


# %% wrong [views_not_applied] no view
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(x)))
    return torch.stack(made).mean(dim=0)


# %% wrong [no_views] plain predictions
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(predict(x))
    return torch.stack(made).mean(dim=0)


# %% wrong [inverse_is_view] the view twice
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(view(predict(view(x))))
    return torch.stack(made).mean(dim=0)


# %% wrong [view_is_inverse] exchanged
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(view(predict(inverse(x))))
    return torch.stack(made).mean(dim=0)


# %% wrong [sum] the sum
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(view(x))))
    return sum(made)


# %% wrong [first_only] returns in the loop
def anagram_noise(predictors, views, inverses, x):
    for predict, view, inverse in zip(predictors, views, inverses):
        return inverse(predict(view(x)))


# %% wrong [last_only] overwritten
def anagram_noise(predictors, views, inverses, x):
    for predict, view, inverse in zip(predictors, views, inverses):
        e = inverse(predict(view(x)))
    return e


# %% wrong [two_only] two views
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(view(x))))
    return torch.stack(made[:2]).mean(dim=0)


# %% wrong [halved] halved
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(view(x))))
    return sum(made) / 2


# %% wrong [one_predictor] the first predictor
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predictors[0](view(x))))
    return torch.stack(made).mean(dim=0)


# %% wrong [chained] one after the other
def anagram_noise(predictors, views, inverses, x):
    for predict, view, inverse in zip(predictors, views, inverses):
        x = inverse(predict(view(x)))
    return x


# %% wrong [mutates] in place
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(view(x))))
    return x.copy_(torch.stack(made).mean(dim=0))


# %% wrong [unnamed] always four
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(view(x))))
    return sum(made) / 4
