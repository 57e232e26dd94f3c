"""What travels between the judge and the sandbox: frames of plain data, never pickles, never objects.

A frame is a header (16 bytes nonce, length of the JSON, length of the tensors' bytes), the JSON, the bytes. The JSON is a
tree of null, booleans, numbers, strings, lists and one-entry objects: {"u": […]} a tuple, {"d": {…}} a dict,
{"t": [dtype, shape]} a tensor, {"p": [name, params]} a Probe. The receiver trusts nothing: sizes are bounded before they are
read, the tree is bounded in depth and nodes, and a tensor must have a known dtype and exactly the bytes its shape needs.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from typing import Protocol

import torch

from helpers.checks.plain import FLOATS, INTEGERS
from helpers.checks.probes import Probe


class Channel(Protocol):
    """The few methods of a socket that frames need."""

    def settimeout(self, value: float | None, /) -> None: ...
    def sendall(self, data: bytes, /) -> None: ...
    def recv_into(self, buffer: memoryview, /) -> int: ...


HEADER = struct.Struct("<16sIQ")
MAX_JSON_BYTES = 8 * 2**20
MAX_TENSOR_BYTES = 160 * 2**20  # a reply may hold the value, the inputs and the gradients
MAX_NESTING = 24
MAX_NODES = 20_000
MAX_TENSOR_ELEMENTS = 2**31

DTYPES = {str(kind).removeprefix("torch."): kind for kind in FLOATS + INTEGERS}


class WireError(Exception):
    """The other side broke the protocol; `kind` is "closed", "late", "oversize", "forged" or "malformed"."""

    def __init__(self, kind: str, message: str):
        self.kind = kind
        super().__init__(message)


def encode(value) -> tuple[bytes, bytes]:
    """Plain data as (JSON, tensor bytes); raises WireError("malformed") for anything else."""
    blobs: list[bytes] = []
    return json.dumps(_encode(value, blobs)).encode(), b"".join(blobs)


def _encode(value, blobs):
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [_encode(item, blobs) for item in value]
    if type(value) is tuple:
        return {"u": [_encode(item, blobs) for item in value]}
    if type(value) is dict:
        return {"d": {str(key): _encode(item, blobs) for key, item in value.items()}}
    if isinstance(value, torch.Tensor):
        plain = value.detach().as_subclass(torch.Tensor).to("cpu").contiguous()
        blobs.append(plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b"")
        return {"t": [str(plain.dtype).removeprefix("torch."), list(plain.shape)]}
    if type(value) is Probe:
        return {"p": [value.name, _encode(value.params, blobs)]}
    raise WireError("malformed", f"{type(value).__name__} is not plain data")


def decode(text: bytes, blob: bytes | memoryview):
    """The inverse of `encode`; raises WireError for whatever `encode` cannot have made."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("malformed", f"not JSON: {type(error).__name__}") from None
    reader = _Reader(memoryview(blob))
    value = reader.read(tree, 0)
    if reader.offset != len(blob):
        raise WireError("malformed", "bytes left over after the last tensor")
    return value


class _Reader:
    def __init__(self, blob: memoryview):
        self.blob, self.offset, self.nodes = blob, 0, 0

    def read(self, node, depth):
        self.nodes += 1
        if depth > MAX_NESTING or self.nodes > MAX_NODES:
            raise WireError("oversize", "too many or too deeply nested parts")
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, list):
            return [self.read(item, depth + 1) for item in node]
        tag, body = next(iter(node.items())) if len(node) == 1 else (None, None)
        if tag == "u" and isinstance(body, list):
            return tuple(self.read(item, depth + 1) for item in body)
        if tag == "d" and isinstance(body, dict):
            return {key: self.read(item, depth + 1) for key, item in body.items()}
        if tag == "t" and isinstance(body, list) and len(body) == 2:
            return self.tensor(*body)
        if tag == "p" and isinstance(body, list) and len(body) == 2 and isinstance(body[0], str):
            return Probe(body[0], self.read(body[1], depth + 1))
        raise WireError("malformed", "an unknown kind of node")

    def tensor(self, dtype, shape):
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise WireError("malformed", "an unknown dtype")
        if not (isinstance(shape, list) and len(shape) <= 16 and all(type(n) is int and n >= 0 for n in shape)):
            raise WireError("malformed", "a shape that is not a list of sizes")
        if max(shape, default=0) > MAX_TENSOR_ELEMENTS or math.prod(n for n in shape if n) > MAX_TENSOR_ELEMENTS:
            raise WireError("oversize", "a tensor with too many elements")
        kind = DTYPES[dtype]
        end = self.offset + math.prod(shape) * kind.itemsize
        if end > len(self.blob):
            raise WireError("malformed", "a tensor without its bytes")
        raw = bytearray(self.blob[self.offset : end])
        self.offset = end
        if dtype == "bool":  # any byte but 0 and 1 is undefined behaviour in a bool tensor
            return torch.frombuffer(raw, dtype=torch.uint8).ne(0).reshape(shape) if raw else torch.zeros(shape, dtype=kind)
        return (torch.frombuffer(raw, dtype=kind) if raw else torch.zeros(0, dtype=kind)).reshape(shape)


def send(channel: Channel, nonce: bytes, value, deadline: float | None = None) -> None:
    """Send one frame; raises WireError, "late" when the deadline (time.monotonic) passes, "closed" when nobody listens."""
    text, blob = encode(value)
    try:
        channel.settimeout(_left(deadline))
        frame = b"".join((HEADER.pack(nonce, len(text), len(blob)), text, blob))
        channel.sendall(frame)  # at once: each part would wake the peer
    except TimeoutError:
        raise WireError("late", "the request was not taken in time") from None
    except OSError:
        raise WireError("closed", "the other side has gone") from None


def receive(channel: Channel, nonce: bytes | None = None, deadline: float | None = None):
    """Receive one frame as (nonce, value); with `nonce` given, a frame with another one is WireError("forged")."""
    found, text_size, blob_size = HEADER.unpack(_exactly(channel, HEADER.size, deadline))
    if nonce is not None and found != nonce:
        raise WireError("forged", "a reply to a question that was not asked")
    if text_size > MAX_JSON_BYTES or blob_size > MAX_TENSOR_BYTES:
        raise WireError("oversize", f"a reply of {text_size + blob_size:,} bytes")
    body = memoryview(_exactly(channel, text_size + blob_size, deadline))
    return found, decode(bytes(body[:text_size]), body[text_size:])


def pending(channel: socket.socket) -> bool:
    """Whether bytes (not an end of file) wait on the channel, though nothing was asked."""
    channel.settimeout(0)
    try:
        return bool(channel.recv(1, socket.MSG_PEEK))
    except OSError:
        return False


def _exactly(channel: Channel, size: int, deadline: float | None) -> bytearray:
    data = bytearray(size)
    view, filled = memoryview(data), 0
    while filled < size:
        try:
            channel.settimeout(_left(deadline))
            count = channel.recv_into(view[filled:])
        except TimeoutError:
            raise WireError("late", "no reply in time") from None
        except OSError:
            count = 0
        if not count:
            raise WireError("closed", "the other side has gone")
        filled += count
    return data


def _left(deadline):
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
