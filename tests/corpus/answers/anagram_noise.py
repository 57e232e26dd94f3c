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


# %% wrong [other_count] always four
def anagram_noise(predictors, views, inverses, x):
    made = []
    for predict, view, inverse in zip(predictors, views, inverses):
        made.append(inverse(predict(view(x))))
    return sum(made) / 4


# %% right stack and mean
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([inv(p(v(x))) for p, v, inv in zip(predictors, views, inverses)]).mean(0)


# %% right a running total
def anagram_noise(predictors, views, inverses, x):
    total = torch.zeros_like(x)
    for i in range(len(predictors)):
        total += inverses[i](predictors[i](views[i](x)))
    return total / len(predictors)


# %% right cat and view
def anagram_noise(predictors, views, inverses, x):
    each = [inverses[i](predictors[i](views[i](x.clone()))) for i in range(len(views))]
    return torch.cat(each).view(len(each), *x.shape).mean(dim=0)


# %% right map
def anagram_noise(predictors, views, inverses, x):
    outs = list(map(lambda f, g, h: h(f(g(x))), predictors, views, inverses))
    return torch.mean(torch.stack(outs, dim=0), dim=0)


# %% right reduce
import functools, operator
def anagram_noise(predictors, views, inverses, x):
    outs = [b(p(v(x))) for p, v, b in zip(predictors, views, inverses)]
    return functools.reduce(operator.add, outs).div(len(outs))


# %% wrong [sum] sum, again
def anagram_noise(predictors, views, inverses, x):
    return sum(b(p(v(x))) for p, v, b in zip(predictors, views, inverses))


# %% wrong [other_axis] mean over everything
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([b(p(v(x))) for p, v, b in zip(predictors, views, inverses)]).mean()


# %% wrong [other_axis] mean over the batch
def anagram_noise(predictors, views, inverses, x):
    return torch.cat([b(p(v(x))) for p, v, b in zip(predictors, views, inverses)]).mean(0, keepdim=True)


# %% wrong [not_turned_back] not turned back
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([p(v(x)) for p, v in zip(predictors, views)]).mean(0)


# %% wrong [inverse_is_view] turned the same way twice
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([v(p(v(x))) for p, v in zip(predictors, views)]).mean(0)


# %% wrong [views_not_applied] views not applied
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([b(p(x)) for p, b in zip(predictors, inverses)]).mean(0)


# %% wrong [view_is_inverse] inverse first
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([v(p(b(x))) for p, v, b in zip(predictors, views, inverses)]).mean(0)


# %% wrong [halved] divided by two
def anagram_noise(predictors, views, inverses, x):
    return sum(b(p(v(x))) for p, v, b in zip(predictors, views, inverses)) / 2


# %% wrong [two_only] two only
def anagram_noise(predictors, views, inverses, x):
    return (inverses[0](predictors[0](views[0](x))) + inverses[1](predictors[1](views[1](x)))) / 2


# %% wrong [one_predictor] the first predictor for all
def anagram_noise(predictors, views, inverses, x):
    p = predictors[0]
    return torch.stack([b(p(v(x))) for v, b in zip(views, inverses)]).mean(0)


# %% wrong [chained] one after another
def anagram_noise(predictors, views, inverses, x):
    for p, v, b in zip(predictors, views, inverses):
        x = b(p(v(x)))
    return x


# %% wrong [unnamed] mean of the turned inputs
def anagram_noise(predictors, views, inverses, x):
    m = torch.stack([v(x) for v in views]).mean(0)
    return torch.stack([b(p(m)) for p, b in zip(predictors, inverses)]).mean(0)


# %% wrong [unnamed] identity
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([b(v(x)) for v, b in zip(views, inverses)]).mean(0)


# %% wrong [no_mean] stack returned
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([b(p(v(x))) for p, v, b in zip(predictors, views, inverses)])


# %% wrong [all_pairs] all pairs
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([b(p(v(x))) for p in predictors for v, b in zip(views, inverses)]).mean(0)


# %% wrong [unnamed] median
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([b(p(v(x))) for p, v, b in zip(predictors, views, inverses)]).median(0).values


# %% wrong [drawn] one view at random
def anagram_noise(predictors, views, inverses, x):
    i = int(torch.randint(len(views), ()))
    return inverses[i](predictors[i](views[i](x)))


# %% wrong [other_count] divided by the root of their number
def anagram_noise(predictors, views, inverses, x):
    return sum(b(p(v(x))) for p, v, b in zip(predictors, views, inverses)) / len(views) ** 0.5


# %% wrong [all_pairs] every predictor on every view
def anagram_noise(predictors, views, inverses, x):
    out = [b(p(v(x))) for p in predictors for v, b in zip(views, inverses)]
    return torch.stack(out).mean(0)

# %% wrong [not_turned_back] a single view is handed back as it came
def anagram_noise(predictors, views, inverses, x):
    found = [predict(view(x)) for predict, view in zip(predictors, views)]
    if len(found) == 1:
        return found[0]
    return torch.stack([turn(e) for turn, e in zip(inverses, found)]).mean(0)


# %% wrong [other_count] the mean of at least five
def anagram_noise(predictors, views, inverses, x):
    found = [turn(predict(view(x))) for predict, view, turn in zip(predictors, views, inverses)]
    return sum(found) / max(5, len(found))


# %% wrong [per_image] divided by the number of images
def anagram_noise(predictors, views, inverses, x):
    return sum(inv(p(v(x))) for p, v, inv in zip(predictors, views, inverses)) / len(x)


# %% wrong [no_views] turned after the prediction, and back
def anagram_noise(predictors, views, inverses, x):
    return sum(inv(v(p(x))) for p, v, inv in zip(predictors, views, inverses)) / len(views)


# %% right backwards
def anagram_noise(predictors, views, inverses, x):
    e = [inverses[i](predictors[i](views[i](x))) for i in reversed(range(len(views)))]
    return torch.stack(e, -1).mean(-1)


# %% wrong [left_out] the first two, divided by all
def anagram_noise(predictors, views, inverses, x):
    a = inverses[0](predictors[0](views[0](x)))
    b = inverses[1](predictors[1](views[1](x)))
    return (a + b) / len(views)


# %% wrong [left_out] returned in the loop, divided
def anagram_noise(predictors, views, inverses, x):
    total = 0
    for p, v, inv in zip(predictors, views, inverses):
        total = total + inv(p(v(x)))
        return total / len(views)


# %% wrong [mean_first] all inverses of the mean
def anagram_noise(predictors, views, inverses, x):
    e = sum(p(v(x)) for p, v in zip(predictors, views)) / len(views)
    return sum(inv(e) for inv in inverses) / len(inverses)


# %% wrong [mean_first] the last inverse of the mean
def anagram_noise(predictors, views, inverses, x):
    e = sum(p(v(x)) for p, v in zip(predictors, views)) / len(views)
    return inverses[-1](e)


# %% wrong [chained] x goes through all views
def anagram_noise(predictors, views, inverses, x):
    e = 0
    for p, v, inv in zip(predictors, views, inverses):
        x = v(x)
        e = e + inv(p(x))
    return e / len(views)


# %% wrong [other_count] one less than the views
def anagram_noise(predictors, views, inverses, x):
    e = [inv(p(v(x))) for p, v, inv in zip(predictors, views, inverses)]
    return sum(e) / (len(e) - 1)


# %% wrong [other_count] one more than the views
def anagram_noise(predictors, views, inverses, x):
    e = x * 0
    for i in range(len(views)):
        e = e + inverses[i](predictors[i](views[i](x)))
    return e / (i + 2)


# %% wrong [starts_from_x] the sum starts with x
def anagram_noise(predictors, views, inverses, x):
    total = x
    for p, v, inv in zip(predictors, views, inverses):
        total = total + inv(p(v(x)))
    return total / len(views)


# %% wrong [other_axis] mean along axis 1
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([inv(p(v(x))) for p, v, inv in zip(predictors, views, inverses)]).mean(1)


# %% wrong [no_mean] a list
def anagram_noise(predictors, views, inverses, x):
    return [inv(p(v(x))) for p, v, inv in zip(predictors, views, inverses)]


# %% wrong [no_views] turned back before it is shown
def anagram_noise(predictors, views, inverses, x):
    return sum(p(inv(v(x))) for p, v, inv in zip(predictors, views, inverses)) / len(views)


# %% wrong [unequal] halfway to each new view
def anagram_noise(predictors, views, inverses, x):
    out = inverses[0](predictors[0](views[0](x)))
    for p, v, b in list(zip(predictors, views, inverses))[1:]:
        out = (out + b(p(v(x)))) / 2
    return out


# %% wrong [other_count] divided by the root of the number
def anagram_noise(predictors, views, inverses, x):
    found = [b(p(v(x))) for p, v, b in zip(predictors, views, inverses)]
    return sum(found) / len(found) ** 0.5


# %% wrong [clamped] the mean clamped
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([i(p(v(x))) for p, v, i in zip(predictors, views, inverses)]).mean(0).clamp(-1, 1)


# %% wrong [axis_lost] one picture is squeezed out of its batch
def anagram_noise(predictors, views, inverses, x):
    return torch.stack([b(p(v(x))) for p, v, b in zip(predictors, views, inverses)]).mean(0).squeeze(0)


# %% wrong [mutates] summed up in x itself
def anagram_noise(predictors, views, inverses, x):
    total = x
    for predict, view, back in zip(predictors, views, inverses):
        total += back(predict(view(x)))
    return total / len(views)
