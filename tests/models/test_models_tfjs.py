"""Graphs of TensorFlow.js become ONNX that computes the same; what is not known is refused by name."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
from forging import facts
from hypothesis import given, settings
from hypothesis import strategies as st
from tfjs_forging import OPERATIONS, Tfjs

from overpaint.errors import ModelError
from overpaint.models._convert import converted
from overpaint.models._tfjs import read_tfjs
from overpaint.models._tfjs_operations import _OPERATIONS


def network(made: Tfjs, shape=("N", "H", "W", 3)) -> bytes:
    topology, shard = made.files()
    return converted(facts(topology, conversion="tfjs", input_shape=shape), topology, shard)


def same(made: Tfjs, image: np.ndarray, *, shape=("N", "H", "W", 3)) -> bytes:
    """The converted graph gives what the interpreter gives, in the order of the outputs' names."""
    data = network(made, shape)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == sorted(made.results)
    for ours, theirs in zip(session.run(None, {made.source: image}), made.run(image), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-5)
    return data


def refused(made, match, **changes):
    topology, shard = made.files()
    if changes:
        topology = json.dumps(made.topology(**changes)).encode()
    with pytest.raises(ModelError, match=match) as caught:
        converted(facts(topology, conversion="tfjs", input_shape=("N", "H", "W", 3)), topology, shard)
    assert "\n" not in str(caught.value)


def small(**attributes) -> Tfjs:
    """One convolution, whose attributes a test may change."""
    made = Tfjs((-1, -1, -1, 3))
    made.const("w", np.ones((1, 1, 3, 2), np.float32))
    usual = {"strides": [1, 1, 1, 1], "padding": "VALID", "dilations": [1, 1, 1, 1], "data_format": "NHWC"}
    made.result(made.op("Conv2D", "image", "w", name="out", **(usual | attributes)), 4)
    return made


def test_every_operation_has_a_reference():
    assert set(_OPERATIONS) | {"SparseToDense"} == set(OPERATIONS)


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.integers(5, 12), st.integers(5, 12)),
    side=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    step=st.integers(1, 3),
    dilation=st.integers(1, 2),
    padding=st.sampled_from(["SAME", "VALID"]),
    kind=st.sampled_from(["Conv2D", "DepthwiseConv2dNative", "MaxPool"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_windows_pad_and_step_as_in_tensorflow(size, side, step, dilation, padding, kind, seed):
    random = np.random.default_rng(seed)
    if padding == "SAME":
        step = min(step, *side)  # wider steps are refused: see below
    if kind == "MaxPool" or padding == "SAME" or step > 1:
        dilation = 1  # TensorFlow's pooling has none, and it refuses dilation and steps at once
    made = Tfjs((-1, *size, 3))
    options = {"strides": [1, step, step, 1], "padding": padding, "data_format": "NHWC"}
    if kind == "MaxPool":
        name = made.op(kind, "image", ksize=[1, *side, 1], **options)
    else:
        made.const("w", random.normal(size=(*side, 3, 2)).astype(np.float32))
        name = made.op(kind, "image", "w", dilations=[1, dilation, dilation, 1], **options)
    made.result(name, 4)
    same(made, random.normal(size=(2, *size, 3)).astype(np.float32))


def channels_second() -> Tfjs:
    """As a network that came from ONNX once: padded and concatenated with channels second, convolved with them last."""
    random = np.random.default_rng(5)
    made = Tfjs((1, 3, 8, 8))
    ones = {"strides": [1, 1, 1, 1], "padding": "VALID", "dilations": [1, 1, 1, 1], "data_format": "NHWC"}
    made.const("last", np.array([0, 2, 3, 1], np.int32))
    made.const("second", np.array([0, 3, 1, 2], np.int32))
    made.const("zeros", np.array([[0, 0], [0, 0], [1, 2], [0, 1]], np.int32))
    made.const("w", random.normal(size=(3, 3, 3, 4)).astype(np.float16), {"dtype": "float16"})
    made.const("b", random.normal(size=(1, 4, 1, 1)).astype(np.float32))
    padded = made.op("Pad", "image", "zeros")
    inner = made.op("Conv2D", made.op("Transpose", padded, "last"), "w", **ones)
    x = made.op("Add", made.op("Transpose", inner, "second"), "b")
    x = made.op("LeakyRelu", x, alpha=0.1)
    low = made.op("PadV2", x, "zeros", made.const("low", np.float32(-9)))
    window = {name: value for name, value in ones.items() if name != "dilations"}
    small = made.op("MaxPool", made.op("Transpose", low, "last"), ksize=[1, 3, 3, 1], **window)
    sized = made.op(
        "ResizeBilinear", small, made.const("size", np.array([4, 13], np.int32)), align_corners=False,
        half_pixel_centers=True,
    )  # fmt: skip
    back = made.op("Transpose", sized, "second")
    x = made.op("ConcatV2", back, back, made.const("axis", np.int32(1)))
    split = made.op("SplitV", x, made.const("parts", np.array([5, 3], np.int32)), made.const("axis2", np.int32(1)))
    shape = made.op(
        "AddV2", made.const("sizes", np.array([1, 3, -1], np.int32)),
        made.op("SparseToDense", made.const("at", np.zeros((0, 1), np.int32)), made.const("n", np.array([3], np.int32)),
                made.const("none", np.zeros(0, np.int32)), made.const("default", np.int32(0))),
    )  # fmt: skip
    made.result(made.op("Reshape", f"{split}:1", shape, name="b_boxes"), 3)
    made.result(made.op("Sigmoid", f"{split}:0", name="a_scores"), 4)
    made.result(made.op("Transpose", made.op("Transpose", "image", "last"), "second", name="c_same"), 4)
    made.result(made.op("Identity", padded, name="d_padded"), 4)
    return made


def test_a_network_with_channels_second():
    made = channels_second()
    data = same(made, np.random.default_rng(6).normal(size=(1, 3, 8, 8)).astype(np.float32), shape=(1, 3, 8, 8))
    graph = onnx.load_model_from_string(data).graph
    # transpositions that meet are gone, and zeros before a convolution are its own padding
    assert sum(node.op_type == "Transpose" for node in graph.node) <= 2
    (conv,) = [node for node in graph.node if node.op_type == "Conv"]
    assert conv.input[0] == "image"
    assert [list(a.ints) for a in conv.attribute if a.name == "pads"] == [[1, 0, 2, 1]]


@settings(max_examples=30, deadline=None)
@given(orders=st.lists(st.permutations(range(4)), min_size=1, max_size=4))
def test_transpositions_that_meet_are_one(orders):
    made = Tfjs((-1, -1, -1, 3))
    last = "image"
    for number, order in enumerate(orders):
        made.const(f"order{number}", np.array(order, np.int32))
        last = made.op("Transpose", last, f"order{number}", name=f"turned{number}")
    made.result(last, 4)
    data = same(made, np.random.default_rng(0).normal(size=(1, 2, 5, 3)).astype(np.float32))
    assert len(onnx.load_model_from_string(data).graph.node) == 1


def test_a_classifier_with_channels_last():
    random = np.random.default_rng(7)
    made = Tfjs((-1, 6, 6, 3))
    for name, shape in {"scale": 3, "shift": 3, "k1": (3, 5), "b1": 5, "k2": (5, 4), "b2": 4}.items():
        made.const(name, random.normal(size=shape).astype(np.float32))
    made.const("six", np.float32(0.5))
    made.const("zero", np.float32(-0.25))
    x = made.op("Add", made.op("Mul", "image", "scale"), "shift")
    x = made.op("Maximum", made.op("Minimum", made.op("Relu", x), "six"), "zero")
    made.result(made.op("Mean", x, made.const("axes", np.array([1, 2], np.int32)), keep_dims=False, name="c"), 2)
    options = {"transpose_a": False, "transpose_b": False}
    x = made.op("_FusedMatMul", "c", "k1", "b1", fused_ops=["BiasAdd", "Relu"], **options)
    x = made.op("_FusedMatMul", x, "k2", "b2", fused_ops=["BiasAdd"], **options)
    made.result(made.op("Softmax", x, name="a"), 2)
    image = random.normal(size=(2, 6, 6, 3)).astype(np.float32)
    data = same(made, image)
    assert data == network(made)  # the same bytes each time


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_weights_packed_as_integers(kind):
    made = Tfjs((-1, -1, -1, 3))
    values = np.array([0, 7, np.iinfo(kind).max], kind)
    made.const("w", values, {"dtype": kind, "scale": 0.01, "min": -0.3})
    made.result(made.op("Mul", "image", "w", name="out"), 4)
    same(made, np.ones((1, 2, 2, 3), np.float32))


def test_an_unknown_operation_is_named_and_an_unused_one_is_not():
    made = small()
    made.op("Where", "image", name="nobody")
    network(made)
    made.result(made.op("NonMaxSuppressionV4", "out", name="boxes"), 2)
    refused(made, "uses the operation 'NonMaxSuppressionV4' \\('boxes'\\), which is not known here")


@pytest.mark.parametrize(
    ("attributes", "match"),
    [
        ({"data_format": "NCHW"}, "channels that are not last"),
        ({"padding": "EXPLICIT"}, "padding"),
        ({"strides": [2, 1, 1, 1]}, "steps"),
        ({"strides": [1, 1, 1]}, "steps"),
        ({"strides": 1}, "TypeError"),
        ({"strides": [1, 2, 2, 1], "padding": "SAME"}, "steps wider than its window"),
        ({"dilations": [1, 2, 2, 1], "padding": "SAME"}, "padding of a window with gaps"),
    ],
)
def test_a_way_of_using_one_that_is_not_known_is_named(attributes, match):
    refused(small(**attributes), f"'Conv2D' \\('out'\\) has .*{match}")


def test_graphs_that_hang_in_the_air_or_run_in_circles_are_refused():
    made = small()
    made.nodes[-1]["input"][1] = "out"
    refused(made, "runs in a circle at 'out'")
    made.nodes[-1]["input"][1] = "nothing"
    refused(made, "reads 'nothing', which is not there")
    made.nodes[-1]["input"][1] = "^w"
    refused(made, "an order of running")
    made.nodes[-1]["input"] = ["image"]
    refused(made, "input 1 that is no constant")
    made = small()
    made.nodes.append({"name": "out", "op": "Relu", "input": ["image"]})
    refused(made, "names 'out' twice")


def test_what_is_no_graph_is_refused():
    for topology in (b"", b"{", b"[]", b"{}", b'{"format": 1}', b"[" * 100_000, b'{"format": "graph-model"}'):
        with pytest.raises(ModelError, match=r"no graph of TensorFlow\.js|another kind") as caught:
            read_tfjs(topology, [b""])
        assert "\n" not in str(caught.value)
    refused(small(), "another kind", format="layers-model")
    refused(small(), "no graph", modelTopology={"node": [{"op": "Relu"}]})
    refused(small(), "no graph", modelTopology={"node": 7})


def test_a_cut_or_longer_file_of_weights_is_refused():
    topology, shard = small().files()
    read_tfjs(topology, [shard])
    for data, match in ((shard[:-1], "ends before its weight 'w'"), (shard + b"x", "1 bytes follow"), (b"", "ends")):
        with pytest.raises(ModelError, match=match):
            read_tfjs(topology, [data])
    with pytest.raises(ModelError, match="lie in 1 files, not in 2"):
        read_tfjs(topology, [shard, b""])
    with pytest.raises(ModelError, match="no graph"):
        read_tfjs(topology[:-40], [shard])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"shape": [1 << 40, 1 << 40]}, "ends before"),
        ({"shape": [-1]}, "ends before"),
        ({"dtype": "complex64"}, "type that is not known"),
        ({"quantization": {"dtype": "int4"}}, "type that is not known"),
        ({"dtype": "int32", "quantization": {"dtype": "uint8", "scale": 1, "min": 0}}, "packed in a way"),
    ],
)
def test_weights_that_lie_about_themselves_allocate_nothing(change, match):
    made = small()
    described = made.topology()
    described["weightsManifest"][0]["weights"][0] |= change
    with pytest.raises(ModelError, match=match):
        read_tfjs(json.dumps(described).encode(), [made.files()[1]])


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.integers(-2, 5),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["\ud800", "out", "image", "Relu", "1" * 5000, "NHWC", [], {}, [[]], {"list": {}}, {"i": "x"}]),
    st.lists(st.integers(-3, 9), max_size=5),
)


def places(value, path=()):
    """The way to every value in a structure of JSON."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_a_graph_says_it_converts_or_is_refused_in_one_line(data):
    made = channels_second()
    described, shard = made.topology(), made.files()[1]
    inside = list(places(described["modelTopology"], ("modelTopology",)))
    outside = [way for way in places(described) if way not in set(inside)]
    ways = st.one_of(st.sampled_from(inside), st.sampled_from(outside))
    for way in data.draw(st.lists(ways, min_size=1, max_size=2)):
        inner = described
        try:
            for key in way[:-1]:
                inner = inner[key]
            inner[way[-1]] = data.draw(ANYTHING)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # what is there no longer, because of the other change
    topology = json.dumps(described).encode()
    said = ""
    try:
        converted(facts(topology, conversion="tfjs", input_shape=(1, 3, 8, 8)), topology, shard)
    except ModelError as error:
        said = str(error)
    assert "\n" not in said
