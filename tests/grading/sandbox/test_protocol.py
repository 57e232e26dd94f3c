"""The wire between judge and sandbox: plain data round trips, anything else is refused."""

import json
import struct
import time

import pytest
import torch

from grading.sandbox import protocol
from helpers.checks.probes import Probe

PLAIN = [
    None,
    True,
    -3,
    0.1,
    float("inf"),
    "ᾱ",
    [],
    (1, (2,), [3]),
    {"a": {"b": [None]}},
    Probe("linear_score", {"weight": 1.0, "bias": -2.0}),
]


def back_and_forth(value):
    return protocol.decode(*protocol.encode(value))


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data_round_trips(value):
    assert back_and_forth(value) == value


@pytest.mark.parametrize("dtype", protocol.DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)], ids=str)
def test_tensors_round_trip_to_the_bit(dtype, shape):
    tensor = (torch.randn(shape) * 3).to(dtype)
    result = back_and_forth({"x": [tensor, tensor.T if tensor.ndim == 2 else tensor]})["x"]
    for received in result:
        assert received.dtype == dtype
        assert received.shape == tensor.shape
        assert torch.equal(received, tensor)


def test_non_contiguous_and_special_values_survive():
    tensor = torch.tensor([[float("nan"), -0.0, float("inf")], [1, 2, 3]]).T
    assert torch.equal(back_and_forth(tensor).nan_to_num(7), tensor.nan_to_num(7))


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, b"bytes", lambda: 0, type], ids=["object", "set", "bytes", "function", "class"]
)
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(protocol.WireError):
        protocol.encode({"a": value})


BAD = {
    "not json": b"{",
    "not text": b"\xff\xfe",
    "a pickle": b"\x80\x04K\x01.",
    "unknown tag": b'{"x": 1}',
    "two tags": b'{"u": [], "d": {}}',
    "no tag": b"{}",
    "tuple of nothing": b'{"u": 3}',
    "tensor without bytes": b'{"t": ["float32", [2]]}',
    "negative size": b'{"t": ["float32", [-2]]}',
    "size that is a bool": b'{"t": ["float32", [true]]}',
    "unknown dtype": b'{"t": ["qint8", [0]]}',
    "dtype that is a list": b'{"t": [[], [0]]}',
    "probe without a name": b'{"p": [3, {"d": {}}]}',
    "nested": b"[" * 50_000 + b"]" * 50_000,
    "nested a little": b"[" * 100 + b"]" * 100,
    "many leaves": json.dumps([0] * 30_000).encode(),
    "huge product": b'{"t": ["float32", [2000000000, 2000000000, 0, 4]]}',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_malformed_text_is_refused(text):
    with pytest.raises(protocol.WireError):
        protocol.decode(text, b"")


def test_bytes_left_over_are_refused():
    with pytest.raises(protocol.WireError, match="left over"):
        protocol.decode(b"null", b"1234")


def test_a_bool_tensor_of_odd_bytes_is_still_true_or_false():
    found = protocol.decode(b'{"t": ["bool", [3]]}', bytes([0, 255, 2]))
    assert found.tolist() == [False, True, True]
    assert found.view(torch.uint8).tolist() == [0, 1, 1]


def test_a_frame_arrives_with_its_nonce(pair):
    protocol.send(pair[0], b"n" * 16, {"a": torch.arange(3)})
    nonce, value = protocol.receive(pair[1], b"n" * 16, time.monotonic() + 5)
    assert nonce == b"n" * 16
    assert torch.equal(value["a"], torch.arange(3))


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (struct.pack("<16sIQ", b"x" * 16, 4, 0) + b"null", "forged"),
        (struct.pack("<16sIQ", b"n" * 16, 2**31, 0), "oversize"),
        (struct.pack("<16sIQ", b"n" * 16, 4, 2**60) + b"null", "oversize"),
        (struct.pack("<16sIQ", b"n" * 16, 400, 0) + b"null", "late"),
        (b"short", "late"),
    ],
)
def test_a_bad_frame_is_refused_without_waiting_for_more(pair, frame, kind):
    pair[0].sendall(frame)
    with pytest.raises(protocol.WireError) as caught:
        protocol.receive(pair[1], b"n" * 16, time.monotonic() + 0.3)
    assert caught.value.kind == kind


def test_a_closed_channel_is_told_from_a_slow_one(pair):
    pair[0].close()
    with pytest.raises(protocol.WireError) as caught:
        protocol.receive(pair[1], b"n" * 16, time.monotonic() + 5)
    assert caught.value.kind == "closed"


def test_pending_sees_bytes_that_nobody_asked_for(pair):
    assert not protocol.pending(pair[1])
    pair[0].sendall(b"!")
    time.sleep(0.01)
    assert protocol.pending(pair[1])
