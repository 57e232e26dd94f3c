"""Do one request with a student's answer. The notebook and the grading sandbox run this same code."""

from __future__ import annotations

import contextlib
import inspect
import linecache
import sys
import sysconfig
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from .attempted import attempted
from .limits import TimeLimit, captured
from .messages import Reply, Request, cotangents, float_leaves
from .plain import SubjectError, describe, normalise
from .probes import Probe, make, record, upcast
from .seeding import seed_all

MAX_NODES = 20_000
_USED_UP = "backward through the graph a second time"
_LIBRARIES = tuple(
    str(Path(place).resolve())
    for place in (sysconfig.get_path("stdlib"), Path(torch.__file__).parents[1], Path(__file__).parents[1])
)


def perform(target, request: Request) -> Reply:
    """Do the request with the target (a function or class; for "forward" and "state" a built module).

    Raises SubjectError, and nothing else but KeyboardInterrupt and TimeLimit, whatever the answer does.
    """
    args = [make(arg) if isinstance(arg, Probe) else _copy(arg) for arg in request.args]
    kwargs = {name: make(arg) if isinstance(arg, Probe) else _copy(arg) for name, arg in request.kwargs.items()}
    for index in request.grad:
        args[index].requires_grad_(True)
    _refuse_wrong_target(target, request)
    started = time.perf_counter()
    seed_all(request.seed)
    with captured() as printed, torch.set_grad_enabled(not request.no_grad), _eagerly():
        try:
            if request.state is not None:
                target.load_state_dict(_copy(request.state))
            reply = _ACTIONS[request.action](target, request, args, kwargs)
        except (SubjectError, KeyboardInterrupt, TimeLimit):
            raise
        except BaseException as error:  # SystemExit too: an answer may call sys.exit
            raise _explained(error, target, args, kwargs) from None
    reply.stdout, reply.seconds = printed.text, time.perf_counter() - started
    return reply


def _call(target, request, args, kwargs):
    before = [_mode(arg) for arg in args]
    grad_mode = torch.is_grad_enabled()
    output = target(*args, **kwargs)
    as_before = torch.is_grad_enabled() == grad_mode
    torch.set_grad_enabled(grad_mode)
    reply = _reply_to(output, request, args, {})
    reply.grad_mode = as_before
    reply.disturbed = [i for i, arg in enumerate(args) if _mode(arg) != before[i]]
    return reply


def _mode(given) -> list[bool]:
    """Whether each part of a network trains, and each of its parameters; of a tensor, whether a gradient was left in it."""
    if isinstance(given, torch.Tensor):
        return [given.is_leaf and given.grad is not None]
    if not isinstance(given, nn.Module):
        return []
    return [part.training for part in given.modules()] + [p.requires_grad for p in given.parameters()]


def _build(target, request, args, kwargs):
    module = target(*args, **kwargs)
    if not isinstance(module, nn.Module):
        raise SubjectError("bad_reply", type(module).__name__, f"expected an nn.Module, got {describe(module)}")
    if request.tried is None:
        return Reply(built=module)
    _try(module, request)
    return replace(_state(module, request, args, kwargs), built=module)


def _try(module, request) -> None:
    """Call a new module once: a lazy layer has no parameters before. What goes wrong here shows again later."""
    seed_all(request.seed)
    try:
        nn.Module.train(module, False)
        module(*_copy(request.tried))
    except (SubjectError, KeyboardInterrupt, TimeLimit):
        raise
    except BaseException:  # SystemExit too: an answer may call sys.exit
        return


def _forward(module, request, args, kwargs):
    nn.Module.train(module, request.train)
    nn.Module.zero_grad(module)
    own = dict(module.named_parameters()) if request.param_grads else {}
    return _reply_to(module(*args, **kwargs), request, args, own)


def _state(module, _request, _args, _kwargs):
    return Reply(value=normalise(dict(module.state_dict()))[0])


_ACTIONS = {"call": _call, "build": _build, "forward": _forward, "state": _state}


def _reply_to(output, request, args, parameters) -> Reply:
    value, facts = normalise(output)
    if request.param_grads:
        probes = ((i, arg) for i, arg in enumerate(args) if isinstance(arg, nn.Module))
        parameters = parameters | {f"{i}.{name}": p for i, arg in probes for name, p in arg.named_parameters()}
    gradients = _gradients(output, [args[i] for i in request.grad] + list(parameters.values()), request.seed)
    inputs, input_facts = normalise([None if isinstance(given, Probe) else arg for given, arg in zip(request.args, args)])
    return Reply(
        value,
        facts,
        inputs,
        input_facts,
        dict(zip(request.grad, gradients)),
        dict(zip(parameters, gradients[len(request.grad) :])),
        {i: record(arg) for i, arg in enumerate(args) if isinstance(request.args[i], Probe)},
        _strays(output, [*args, *parameters.values()]) if request.param_grads else [],
        shared=[i for i, arg in enumerate(args) if _share_memory(output, arg)],
        upcast=[i for i, arg in enumerate(args) if isinstance(request.args[i], Probe) and upcast(arg)],
    )


def _strays(output, known) -> list[str]:
    """Shapes of the leaves of the output's graph that are neither arguments nor registered: layers in a plain list, say."""
    ours = {id(leaf) for leaf in float_leaves(known)}
    seen: set = set()
    nodes, found = [leaf.grad_fn for leaf in float_leaves(output)], []
    while nodes and len(seen) < MAX_NODES:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None and id(leaf) not in ours:
            found.append(str(tuple(leaf.shape)))
        nodes += [following for following, _ in node.next_functions]
    return found[:20]


def _share_memory(one, other) -> bool:
    if type(one) is not torch.Tensor or type(other) is not torch.Tensor:  # a class of the student's own may lie
        return False
    return one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr() and one.numel() > 0


def _gradients(output, sources, seed):
    if not sources:
        return []
    # detached outputs contribute nothing: their gradient is reported as None, not as an error
    pairs = zip(float_leaves(output), cotangents(output, seed))
    terms = [(leaf.double() * c.to(leaf.device)).sum() for leaf, c in pairs if leaf.requires_grad]
    training = [source for source in sources if source.requires_grad]  # a frozen parameter has no gradient
    if not terms or not training:
        return [None] * len(sources)
    grads = iter(torch.autograd.grad(torch.stack(terms).sum(), training, allow_unused=True))
    found = [next(grads) if source.requires_grad else None for source in sources]
    return [None if g is None else g.detach().cpu().clone() for g in found]


def _copy(value):
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (tuple, list)):
        return type(value)(_copy(item) for item in value)
    return {key: _copy(item) for key, item in value.items()} if isinstance(value, dict) else value


@contextlib.contextmanager
def _eagerly():
    """What the answer has compiled runs as it is written: the numbers are the same, without half a minute and a C++ compiler."""
    if "torch._dynamo" not in sys.modules or not hasattr(torch.compiler, "set_stance"):
        yield  # nothing has been compiled, or torch is older than 2.6
        return
    with torch.compiler.set_stance("force_eager"):
        yield


def _refuse_wrong_target(target, request):
    wanted = {"call": "a function", "build": "a class (nn.Module)"}.get(request.action)
    if wanted is None:
        return
    wrong_kind = isinstance(target, type if request.action == "call" else nn.Module)
    if wrong_kind or not callable(target):
        got = f"an instance of {type(target).__name__}" if isinstance(target, nn.Module) else describe(target)
        raise SubjectError("not_callable", type(target).__name__, f"expected {wanted}, got {got}")


def _explained(error, target, args, kwargs) -> SubjectError:
    type_name = type(error).__name__[:100]
    try:
        message = str(error)[:1_000]
    except BaseException:  # an exception of the student's own, with a broken __str__
        message = "(the exception has no readable message)"
    where = line_of(error)
    if type(error) is NotImplementedError and not message and where:
        return _unwritten(error, type(target) if isinstance(target, nn.Module) else target, where)
    if _USED_UP in message and not where:
        message = "its graph is used up: return the loss itself, and leave .backward() to the training step"
    if isinstance(error, TypeError) and not where:
        message = _arity(target, args, kwargs) or message
    return SubjectError("raised", type_name, message, where)


def _unwritten(error, answer, where) -> SubjectError:
    """The answer is still the stub, or it uses one that is: an earlier exercise that was skipped."""
    try:
        name, written = str(answer.__name__)[:100], attempted(answer)
    except Exception:  # an object of the student's own, with a broken __getattr__
        name, written = "the answer", True
    if not written:
        return SubjectError("unattempted", "NotImplementedError", f"{name} is not written yet", where)
    code = _own_trace(error).tb_frame.f_code
    qualified = getattr(code, "co_qualname", code.co_name)  # before Python 3.11 a method's name must do
    used = qualified.split("<locals>.")[-1].split(".")[0][:100]
    return SubjectError("raised", "NotImplementedError", f"{used} is not written yet, and {name} uses it", where)


def line_of(error) -> str:
    """The innermost line of the student's own code in the traceback, as "line 3 of f: return betas"."""
    trace = _own_trace(error)
    if trace is None:
        return ""
    code = trace.tb_frame.f_code
    source = linecache.getline(code.co_filename, trace.tb_lineno, trace.tb_frame.f_globals).strip()[:160]
    return f"line {trace.tb_lineno} of {code.co_name}" + (f": {source}" if source else "")


def _own_trace(error):
    """The innermost entry of the traceback that is in the student's own code, or None."""
    trace, own = error.__traceback__, None
    while trace is not None:
        if not str(trace.tb_frame.f_code.co_filename).startswith((*_LIBRARIES, "<frozen")):
            own = trace
        trace = trace.tb_next
    return own


def _arity(target, args, kwargs) -> str:
    """Why the answer cannot take the arguments of the exercise, or "" if it can."""
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):
        return ""
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        named = "".join(f", {name}=…" for name in kwargs)
        return f"your signature is {signature}, and it cannot take {len(args)} argument(s){named}: {error}"
    return ""
