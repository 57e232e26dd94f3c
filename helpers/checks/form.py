"""What is asked of every answer, whatever the exercise: it returns one torch tensor, without a graph that nothing given called
for, and leaves torch as it was.

Later cells call a tensor's methods, and hand it to networks. Numbers in a NumPy array or a list are compared like any others, and
a graph changes no number, so that the form costs one property and not all.
"""

from __future__ import annotations

from .messages import Reply, Request
from .probes import Probe
from .subject import ModuleSubject, Subject

NUMPY, LIST, GRAPH, GRAD_MODE = "numpy_returned", "list_returned", "graph_returned", "grad_mode"
NOTHING, SEVERAL = "nothing_returned", "several_returned"
MISTAKES = {
    NUMPY: "This is a NumPy array: later cells want a torch tensor, as torch.from_numpy(…) makes it.",
    LIST: "This is a Python list: later cells want a torch tensor, as torch.tensor(…) makes it.",
    GRAPH: "The result requires a gradient, though nothing that was given does: leave requires_grad and nn.Parameter out, or "
    ".detach() it.",
    GRAD_MODE: "torch's gradient mode is left switched: use `with torch.no_grad():` or `with torch.enable_grad():`, which "
    "put it back, not torch.set_grad_enabled(…) alone.",
    NOTHING: "Nothing is returned: end with `return …`.",
    SEVERAL: "Several things are returned where one tensor is asked for: return that one alone.",
}
HOLDS = {
    NUMPY: "what it returns is a torch tensor",
    LIST: "what it returns is a torch tensor",
    GRAPH: "what it returns carries no graph",
    GRAD_MODE: "leaves torch's gradient mode as it was",
}


class FormNoted(Subject):
    """An answer, and in `form` which of MISTAKES its replies show."""

    def __init__(self, inner: Subject):
        self.inner, self.name, self.form = inner, inner.name, ""

    def send(self, request: Request) -> Reply:
        reply = self.inner.send(request)
        if request.action == "call":
            self.form = self.form or _form(request, reply)
        return reply

    def opened(self, reply: Reply) -> ModuleSubject:
        return self.inner.opened(reply)


def _form(request: Request, reply: Reply) -> str:
    if any(fact.was_numpy and fact.shape for fact in reply.facts.values()):
        return NUMPY
    if isinstance(reply.value, list) and reply.value and all(isinstance(item, (int, float)) for item in reply.value):
        return LIST
    of_numbers = not any(isinstance(value, (Probe, list, tuple)) for value in (*request.args, *request.kwargs.values()))
    if of_numbers and not request.grad and any(fact.requires_grad for fact in reply.facts.values()):
        return GRAPH
    return "" if reply.grad_mode else GRAD_MODE


def missing_or_too_many(value) -> str:
    """The mistake, where a value is none or several and a tensor is asked for, or ""."""
    return NOTHING if value is None else SEVERAL if isinstance(value, (tuple, list, dict)) and len(value) > 1 else ""
