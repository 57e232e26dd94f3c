"""Whether an answer gives torch tensors: later cells call their methods, and hand them to networks.

Numbers in a NumPy array or a list are compared like any others, so that the form costs one property and not all.
"""

from __future__ import annotations

from .messages import Reply, Request
from .subject import ModuleSubject, Subject

NUMPY, LIST = "numpy_returned", "list_returned"
MISTAKES = {
    NUMPY: "This is a NumPy array: later cells want a torch tensor, as torch.from_numpy(…) makes it.",
    LIST: "This is a Python list: later cells want a torch tensor, as torch.tensor(…) makes it.",
}


class FormNoted(Subject):
    """An answer, and in `form` which of MISTAKES its replies show."""

    def __init__(self, inner: Subject):
        self.inner, self.name, self.form = inner, inner.name, ""

    def send(self, request: Request) -> Reply:
        reply = self.inner.send(request)
        if request.action == "call":
            self.form = self.form or _form(reply)
        return reply

    def opened(self, reply: Reply) -> ModuleSubject:
        return self.inner.opened(reply)


def _form(reply: Reply) -> str:
    if any(fact.was_numpy and fact.shape for fact in reply.facts.values()):
        return NUMPY
    is_list = isinstance(reply.value, list) and all(isinstance(item, (int, float)) for item in reply.value)
    return LIST if is_list and reply.value else ""
