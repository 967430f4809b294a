"""Messages of a detector's process: whatever comes, it is a message, or one of three words for what it is not."""

import json
import os
import socket
import struct
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.detectors import Detection
from overpaint.detectors._plugins._order import Hello, Order, problems
from overpaint.detectors._plugins._picture import Easel, Window
from overpaint.detectors._plugins._wire import Garbled, Gone, Late, Wire, decoded, encoded
from overpaint.records import Box

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=12,
)
NUMBERS = st.floats(allow_nan=False, width=32)
DETECTIONS = st.builds(
    Detection,
    st.text(max_size=8).filter(str.isascii),
    NUMBERS,
    st.none() | st.builds(Box, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Wire(ours), theirs


@given(st.lists(DETECTIONS, max_size=5))
def test_detections_come_back_as_they_were(detections):
    assert decoded(json.loads(json.dumps(encoded(detections)))) == detections


@given(VALUES)
def test_anything_else_is_garbled(value):
    try:
        found = decoded(value)
    except Garbled:
        return
    assert all(isinstance(one, Detection) and isinstance(one.score, float) for one in found)


@pytest.mark.parametrize(
    "value",
    [
        {"seen": []},
        [["lamp", 0.5, None]],
        [["lamp", 0.5, None, None, None]],
        [["lamp", "0.5", None, None]],
        [["lamp", True, None, None]],
        [["lamp", 10**400, None, None]],
        [[7, 0.5, None, None]],
        [["lamp", 0.5, [1, 2, 3], None]],
        [["lamp", 0.5, [1, 2, 3, "4"], None]],
        [["lamp", 0.5, None, "x" * 10_001]],
        [["lamp", 0.5, None, None]] * 10_001,
    ],
    ids=range(11),
)
def test_what_is_no_detection_is_garbled(value):
    with pytest.raises(Garbled):
        decoded(value)


@given(VALUES)
def test_a_hello_is_checked(value):
    with pytest.raises(ValueError, match="hello"):
        Hello.of(value)


GOOD = {
    "name": "lamps",
    "version": "1",
    "weights": "",
    "kinds": ["lamp"],
    "long_side": 0,
    "licence": "",
    "trained_on": "",
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "two words"),
        ("name", "a,b"),
        ("name", ""),
        ("name", None),
        ("version", 1),
        ("version", "x" * 3000),
        ("weights", None),
        ("kinds", []),
        ("kinds", "lamp"),
        ("kinds", ["Two Words"]),
        ("kinds", ["lamp\n"]),
        ("kinds", [["lamp"]]),
        ("kinds", ["x" * 65]),
        ("long_side", -1),
        ("long_side", True),
        ("long_side", 1 << 40),
        ("licence", 7),
    ],
)
def test_what_a_detector_says_of_itself_is_held_to_the_protocol(field, value):
    assert Hello.of(GOOD).kinds == ("lamp",)
    with pytest.raises(ValueError, match="hello"):
        Hello.of(GOOD | {field: value})


def test_problems_name_each_attribute():
    assert problems(object(), name="lamps") == ["name", "version", "weights", "kinds", "long_side"]
    assert problems(Hello.of(GOOD), name="other") == ["name"]


def test_an_order_comes_over():
    order = Order("lamps", "lamps:make", threads=2, owner="package lamps", path="a b.toml")
    assert Order.from_json(order.to_json()) == order
    assert str(order) == "detector 'lamps' of package lamps"


def test_messages_of_any_size_pass(pair):
    wire, end = pair
    other = Wire(end)
    for message in (None, [], {"a": [1.5, "é\ud800"]}, ["x" * 1000] * 3000):
        got = []
        reader = threading.Thread(target=lambda got=got: got.append(other.receive(seconds=30)))
        reader.start()
        wire.send(message, seconds=30)
        reader.join()
        assert got == [message]


def test_nothing_or_half_a_message_is_late(pair):
    wire, end = pair
    with pytest.raises(Late):
        wire.receive(seconds=0.01)
    end.sendall(struct.pack("<I", 100) + b"[1")
    with pytest.raises(Late):
        wire.receive(seconds=0.01)


def test_what_lies_there_is_taken_however_late_it_is(pair):
    wire, end = pair
    end.sendall(struct.pack("<I", 2) + b"[]")
    assert wire.receive(seconds=-1) == []


@pytest.mark.parametrize("data", [b"", b"\0", struct.pack("<I", 100) + b"[1"])
def test_an_end_that_closes_is_gone(pair, data):
    wire, end = pair
    end.sendall(data)
    end.close()
    with pytest.raises(Gone):
        wire.receive(seconds=10)


@pytest.mark.parametrize(
    "body",
    [b"nonsense", b"\xff" * 9, b"[" * 100_000, b'{"a": ', b"1" * 5000],
    ids=["word", "bytes", "deep", "cut", "long"],
)
def test_what_is_no_json_is_garbled(pair, body):
    wire, end = pair
    end.sendall(struct.pack("<I", len(body)) + body)
    with pytest.raises(Garbled):
        wire.receive(seconds=10)


def test_a_length_that_is_too_large_is_garbled_before_it_is_read(pair):
    wire, end = pair
    end.sendall(b"\xff" * 4)
    with pytest.raises(Garbled):
        wire.receive(seconds=10)


def test_one_who_does_not_read_is_late_and_one_who_left_is_gone(pair):
    wire, end = pair
    with pytest.raises(Late):
        wire.send(["x" * (1 << 22)], seconds=0.05)
    end.close()
    with pytest.raises(Gone):
        wire.send(1, seconds=1)


def test_what_is_called_meanwhile_can_end_the_waiting(pair):
    wire, _ = pair

    def enough():
        raise KeyError

    with pytest.raises(KeyError):
        wire.receive(seconds=30, meanwhile=enough)


def test_a_picture_is_seen_through_the_window_and_cannot_be_changed():
    easel = Easel()
    window = Window(os.dup(easel.descriptor))
    kept = []
    for height, width in ((40, 60), (4, 5), (3000, 2500), (7, 9), (1, 1)):
        image = np.random.default_rng(width).integers(0, 256, (height, width, 3)).astype(np.uint8)
        for given_image in (image, np.ascontiguousarray(image[..., ::-1])[..., ::-1], image.copy("F")):
            there = window.see(*easel.put(given_image))
            np.testing.assert_array_equal(there, image)
            assert not there.flags.writeable
            with pytest.raises(ValueError, match="WRITEABLE"):
                there.flags.writeable = True
        kept.append(there)
    assert os.fstat(easel.descriptor).st_size == 4096  # what a large one took is given back
    easel.close()
    easel.close()
