"""A frozen graph of TensorFlow read as data: against what the numbers say one by one, and on bytes that are none."""

import contextlib
import struct

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import ModelError
from overpaint.models._frozen_graph import read_frozen
from overpaint.models._tfjs_onnx import tfjs_network


def varint(value):
    value &= (1 << 64) - 1
    said = b""
    while value > 0x7F:
        said += bytes([value & 0x7F | 0x80])
        value >>= 7
    return said + bytes([value])


def field(number, value):
    """One field of a message in protobuf's wire format, by the kind of value."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def attribute(value):
    if isinstance(value, bool):
        return field(5, int(value))
    if isinstance(value, int):
        return field(3, value)
    if isinstance(value, float):
        return field(4, value)
    if isinstance(value, str):
        return field(2, value)
    return field(1, field(3, b"".join(map(varint, value))))


def node(name, op, *inputs, tensor=None, **attributes):
    body = field(1, name) + field(2, op) + b"".join(field(3, part) for part in inputs)
    for key, value in attributes.items():
        body += field(5, field(1, key) + field(2, attribute(value)))
    if tensor is not None:
        body += field(5, field(1, "value") + field(2, field(8, tensor)))
    return field(1, body)


def shape_of(values):
    return field(2, b"".join(field(2, field(1, size)) for size in values.shape))


def tensor(values):
    """As TensorFlow writes constants of some size: their bytes."""
    kind = {"f": 1, "i": 3}[values.dtype.kind]
    return field(1, kind) + shape_of(values) + field(4, values.tobytes())


def a_network():
    """A convolution whose weights are frozen variables, with what follows one in such networks."""
    draw = np.random.default_rng(4)
    parts = {
        "weights": draw.normal(0, 1, (3, 3, 2, 4)).astype(np.float32),
        "gamma": draw.uniform(0.5, 2, 4).astype(np.float32),
        "beta": draw.normal(0, 1, 4).astype(np.float32),
        "mean": draw.normal(0, 1, 4).astype(np.float32),
        "variance": draw.uniform(0.5, 2, 4).astype(np.float32),
        "bias": draw.normal(0, 1, 4).astype(np.float32),
    }
    data = node("before", "SomethingElse") + node("picture", "Sub", "before", "before")
    for name, values in parts.items():
        data += node(name, "Const", tensor=tensor(values)) + node(f"{name}/read", "Identity", name)
    steps = {"strides": [1, 2, 2, 1], "padding": "SAME", "data_format": "NHWC", "dilations": [1, 1, 1, 1]}
    data += node("conv", "Conv2D", "picture", "weights/read", **steps)
    normal = [f"{name}/read" for name in ("gamma", "beta", "mean", "variance")]
    data += node("norm", "FusedBatchNorm", "conv", *normal, epsilon=0.001, is_training=False)
    data += node("relu", "Relu6", "norm") + node("end", "BiasAdd", "relu", "bias/read", data_format="NHWC")
    return data + node("behind", "NonMaxSuppressionV3", "end"), parts


def slowly(picture, parts):
    """The same by loops: TensorFlow's SAME pads one row and one column at the end of an even size."""
    padded = np.zeros((7, 7, 2), np.float64)
    padded[:6, :6] = picture
    out = np.zeros((3, 3, 4))
    for y in range(3):
        for x in range(3):
            window = padded[2 * y : 2 * y + 3, 2 * x : 2 * x + 3]
            out[y, x] = np.tensordot(window, parts["weights"].astype(np.float64), 3)
    out = (out - parts["mean"]) / np.sqrt(parts["variance"] + 0.001) * parts["gamma"] + parts["beta"]
    return np.clip(out, 0, 6) + parts["bias"]


def test_a_part_of_a_graph_computes_what_it_says():
    data, parts = a_network()
    network = tfjs_network(read_frozen(data, source="picture", shape=(1, 6, 6, 2), results=["end"]))
    session = onnxruntime.InferenceSession(network.SerializeToString())
    picture = np.random.default_rng(1).normal(0, 1, (6, 6, 2)).astype(np.float32)
    (said,) = session.run(None, {"picture": picture[None]})
    np.testing.assert_allclose(said[0], slowly(picture, parts), atol=1e-4)


@pytest.mark.parametrize(
    ("dtype", "number", "values"), [("f", 5, [1.5, -2.0, 0.25]), ("i", 7, [3, -4, 5])], ids=["floats", "whole"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_constants_that_stand_one_by_one(dtype, number, values, packed):
    """Packed or not; the last of them stands for all that follow."""
    shape = np.zeros((2, 3), f"{dtype}4")
    body = field(1, {"f": 1, "i": 3}[dtype]) + shape_of(shape)
    if packed:
        body += field(number, struct.pack("<3f", *values) if dtype == "f" else b"".join(map(varint, values)))
    else:
        body += b"".join(field(number, value) for value in values)
    data = node("c", "Const", tensor=body) + node("x", "Placeholder") + node("y", "Add", "x", "c")
    graph = read_frozen(data, source="x", shape=(2, 3), results=["y"])
    assert graph.weights["c"].tolist() == [values, [values[-1]] * 3]


def test_another_graph_is_told():
    with pytest.raises(ModelError, match="another graph: there is no 'Preprocessor/sub'"):
        read_frozen(node("x", "Placeholder"), source="Preprocessor/sub", shape=(1,), results=["x"])


@pytest.mark.parametrize("data", [b"\x0a\xff", b"no graph at all", node("x", "")[:-1], b"\x0a" + varint(1 << 40)])
def test_bytes_that_are_none(data):
    with pytest.raises(ModelError):
        read_frozen(data, source="x", shape=(1,), results=["x"])


def test_operations_that_learn_or_have_other_orders_are_refused():
    data, _ = a_network()
    learning = data.replace(attribute(False) + b"", attribute(True), 1)
    for wrong in (learning, data.replace(b"NHWC", b"NCHW")):
        with pytest.raises(ModelError, match="not known here"):
            tfjs_network(read_frozen(wrong, source="picture", shape=(1, 6, 6, 2), results=["end"]))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_damage_gives_one_kind_of_error_or_none(data):
    whole, _ = a_network()
    at = data.draw(st.integers(0, len(whole) - 1))
    hurt = bytearray(whole)
    hurt[at] ^= data.draw(st.integers(1, 255))
    hurt = bytes(hurt[: data.draw(st.integers(at + 1, len(whole)))])
    with contextlib.suppress(ModelError):
        read_frozen(hurt, source="picture", shape=(1, 6, 6, 2), results=["end"])
