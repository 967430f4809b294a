"""Joined networks compute the same; networks in integers compute nearly the same, and by the definition of rounding."""

import numpy as np
import onnx
import onnxruntime
import pytest
import tomli_w
from forging import facts
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from overpaint import models
from overpaint.errors import ModelError
from overpaint.models import _integers
from overpaint.models._convert import converted
from overpaint.models._integers import in_integers, ranges_of, rounded
from overpaint.models._join import joined

RANDOM = np.random.default_rng(5)
SHOWN = RANDOM.uniform(-1, 1, (1, 3, 8, 8)).astype(np.float32)


def network(nodes, constants, *, opset=11, shape=(1, 3, 8, 8), rank=4):
    graph = helper.make_graph(
        nodes,
        "long",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * rank)],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=6)


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs.split(), [output], **attributes)


def floats(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def gelu(x, y, *, half_first):
    steps = [node("Div", f"{x} root", f"{y}1"), node("Erf", f"{y}1", f"{y}2"), node("Add", f"{y}2 one", f"{y}3")]
    if half_first:
        return [*steps, node("Mul", f"half {y}3", f"{y}4"), node("Mul", f"{x} {y}4", y)]
    return [*steps, node("Mul", f"{x} {y}3", f"{y}4"), node("Mul", f"{y}4 half", y)]


NUMBERS = {"root": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)}


def long_winded():
    """All that is joined, in one network: 3 x 8 x 8 to 4 x 8 x 8."""
    nodes = [
        node("Conv", "x w1", "c1", pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        node("Add", "c1 b1", "a1"),
        node("Identity", "a1", "i1"),
        *gelu("i1", "g1", half_first=False),
        node("Conv", "g1 w2", "c2"),
        node("Transpose", "c2", "t2", perm=[0, 2, 3, 1]),
        node("Add", "t2 b2", "a2"),
        node("Transpose", "a2", "u2", perm=[0, 3, 1, 2]),
        *gelu("u2", "g2", half_first=True),
        node("Pad", "g2 pads lowest", "p"),
        node("MaxPool", "p", "m", kernel_shape=[3, 3], strides=[2, 2]),
        node("ReduceMean", "g2", "r", axes=[2, 3], keepdims=1),
        node("Mul", "m r", "s"),
        node("ConvTranspose", "s w3", "c3", strides=[2, 2]),
        node("Add", "c3 b3", "y"),
    ]
    constants = NUMBERS | {
        "w1": floats(4, 3, 3, 3), "b1": floats(1, 4, 1, 1), "w2": floats(4, 4, 1, 1), "b2": floats(4),
        "w3": floats(4, 4, 2, 2), "b3": floats(1, 4, 1, 1),
        "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]), "lowest": np.float32(-np.inf),
    }  # fmt: skip
    return network(nodes, constants)


def run(proto, x):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    data = proto.SerializeToString()
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def test_a_joined_network_computes_the_same_with_fewer_operations():
    before = long_winded()
    after = onnx.ModelProto.FromString(before.SerializeToString())
    joined(after)
    onnx.checker.check_model(after, full_check=True)
    kinds = [one.op_type for one in after.graph.node]
    assert kinds == ["Conv", "Gelu", "Conv", "Gelu", "MaxPool", "ReduceMean", "Mul", "ConvTranspose"]
    np.testing.assert_allclose(run(after, SHOWN), run(before, SHOWN), rtol=1e-5, atol=1e-5)


def test_sizes_become_scales():
    before = network(
        [node("Relu", "x", "r"), helper.make_node("Resize", ["r", "", "", "to"], ["y"], mode="linear", axes=[2, 3])],
        {"to": np.array([16, 4])},
        opset=18,
    )
    before.ir_version = 8
    after = onnx.ModelProto.FromString(before.SerializeToString())
    joined(after)
    onnx.checker.check_model(after, full_check=True)
    assert not [a for a in after.graph.node[1].attribute if a.name == "axes"]
    np.testing.assert_allclose(run(after, SHOWN), run(before, SHOWN), rtol=1e-6)


@pytest.mark.parametrize(
    ("nodes", "constants"),
    [
        ([node("Conv", "x w", "c"), node("Add", "c b", "a"), node("Mul", "a c", "y")], {"b": floats(1, 4, 1, 1)}),
        ([node("Conv", "x w", "c"), node("Add", "c b", "y")], {"b": floats(1, 4, 8, 8)}),
        ([node("Conv", "x w", "c"), *gelu("c", "g", half_first=True), node("Add", "g g3", "y")], NUMBERS),
        (
            [node("Conv", "x w", "c"), *gelu("c", "y", half_first=True)],
            NUMBERS | {"root": np.float32(1.5)},
        ),
    ],
)
def test_what_only_looks_alike_is_left_as_it_is(nodes, constants):
    before, after = (network(nodes, {"w": np.full((4, 3, 1, 1), 0.5, np.float32)} | constants) for _ in range(2))
    joined(after)
    assert [one.op_type for one in after.graph.node] == [one.op_type for one in before.graph.node]
    np.testing.assert_allclose(run(after, SHOWN), run(before, SHOWN), rtol=1e-6)


def test_what_cannot_be_written_for_the_later_operator_set_is_refused():
    with pytest.raises(ModelError, match="'Upsample'"):
        joined(network([helper.make_node("Upsample", ["x"], ["y"], scales=[1.0, 1, 2, 2])], {}, opset=7))
    with pytest.raises(ModelError, match="softmax"):
        joined(network([node("Softmax", "x", "y")], {}))
    resize = helper.make_node("Resize", ["x", "", "", "to"], ["y"], axes=[2, 3])
    with pytest.raises(ModelError, match="not known beforehand"):
        joined(network([resize], {"to": np.array([4, 4])}, opset=18))


@settings(max_examples=60, deadline=None)
@given(shape=st.lists(st.integers(1, 4), min_size=2, max_size=4), last=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_weights_are_rounded_to_the_nearest_of_255_levels(shape, last, seed):
    weight = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    axis = len(shape) - 1 if last else 0
    values, scales = rounded(weight, axis=axis)
    assert values.dtype == np.int8
    for index in range(shape[axis]):
        own, mine = weight.take(index, axis=axis), values.take(index, axis=axis)
        assert scales[index] == np.abs(own).max() / np.float32(127)
        assert np.abs(mine).max() == 127
        assert (np.abs(mine * scales[index] - own) <= scales[index] * 0.5001).all()
    nothing, ones = rounded(weight * 0, axis=axis)
    assert not nothing.any()
    assert (ones == 1).all()


WEIGHTS = {"w1": floats(8, 3, 3, 3), "b1": floats(8), "w2": floats(4, 8, 1, 1), "w3": floats(4, 5)}


def small():
    """Two convolutions and a matrix, joined."""
    nodes = [
        node("Conv", "x w1 b1", "c", pads=[1, 1, 1, 1]),
        node("Relu", "c", "r"),
        node("Conv", "r w2", "d"),
        node("Transpose", "d", "t", perm=[0, 2, 3, 1]),
        node("MatMul", "t w3", "y"),
    ]
    proto = network(nodes, WEIGHTS)
    joined(proto)
    return proto


def ranges_for(proto, *names):
    watch = onnx.ModelProto.FromString(proto.SerializeToString())
    watch.graph.output.extend(helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in names if n != "x")
    made = dict(
        zip([v.name for v in watch.graph.output], ReferenceEvaluator(watch).run(None, {"x": SHOWN}), strict=True)
    )
    return {n: (float(v.min()), float(v.max())) for n, v in (made | {"x": SHOWN}).items() if n in names}


def test_a_network_in_integers_says_nearly_the_same_as_in_floats_and_the_same_as_its_definition():
    before, after = small(), small()
    in_integers(after, ranges_for(before, "x", "r", "d", "t"))
    onnx.checker.check_model(after, full_check=True)
    stored = {tensor.name: tensor.data_type for tensor in after.graph.initializer}
    assert [stored[f"{name}/weight"] for name in "cdy"] == [TensorProto.INT8] * 3
    assert stored["c/offset"] == TensorProto.INT32
    assert not {"w1", "b1", "w2", "w3"} & stored.keys()
    expected, said = run(before, SHOWN), run(after, SHOWN)
    assert np.abs(said - expected).max() <= 0.03 * np.ptp(expected)
    assert np.abs(said - expected).max() > 0
    by_definition = ReferenceEvaluator(after).run(None, {"x": SHOWN})[0]
    assert np.abs(said - by_definition).max() <= 0.02 * np.ptp(expected)


def test_what_has_no_range_stays_in_floats():
    before, after = small(), small()
    in_integers(after, ranges_for(before, "x", "r"))
    stored = {tensor.name for tensor in after.graph.initializer}
    assert {"c/weight", "w2", "w3"} <= stored
    with pytest.raises(ModelError, match="'nowhere'"):
        in_integers(small(), {"nowhere": (0.0, 1.0)})


def branching():
    """A stream that a branch of two convolutions is added to, and a third that reads it."""
    nodes = [
        node("Conv", "x w1 b1", "s", pads=[1, 1, 1, 1]),
        node("Conv", "s w2", "c"),
        node("Relu", "c", "r"),
        node("Conv", "r w3", "d"),
        node("Add", "s d", "a"),
        node("Conv", "s w2", "e"),
        node("Concat", "a e", "y", axis=1),
    ]
    constants = {"w1": floats(8, 3, 3, 3), "b1": floats(8), "w2": floats(4, 8, 1, 1), "w3": floats(8, 4, 1, 1)}
    proto = network(nodes, constants)
    joined(proto)
    return proto


def test_a_tensor_can_be_rounded_for_those_convolutions_alone_that_are_whole():
    before = branching()
    after = onnx.ModelProto.FromString(before.SerializeToString())
    ranges = ranges_for(before, "s", "r", "d")
    in_integers(after, {"s/filters": ranges["s"], "r": ranges["r"], "d": ranges["d"]})
    onnx.checker.check_model(after, full_check=True)
    reads = {one.output[0]: list(one.input) for one in after.graph.node}
    assert reads["c"][0] == "s/filters/8"
    assert reads["s/filters/whole"][0] == "s"
    assert reads["a"] == ["s", "d/8"]
    assert reads["e"] == ["s", "w2"]  # what it makes has no range, so it stays in floats with what it reads
    expected, said = run(before, SHOWN), run(after, SHOWN)
    np.testing.assert_array_equal(said[:, 8:], expected[:, 8:])
    assert 0 < np.abs(said - expected).max() <= 0.03 * np.ptp(expected)
    everywhere = onnx.ModelProto.FromString(before.SerializeToString())
    in_integers(everywhere, ranges)
    assert np.abs(said - expected).mean() < np.abs(run(everywhere, SHOWN) - expected).mean()
    with pytest.raises(ModelError, match="'nowhere/filters'"):
        in_integers(branching(), {"nowhere/filters": (0.0, 1.0)})


def test_a_bias_that_is_large_beside_its_weights_fits():
    proto = small()
    for tensor in proto.graph.initializer:
        if tensor.name == "w1":
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * np.float32(1e-9), "w1"))
    expected = run(proto, SHOWN)
    in_integers(proto, ranges_for(proto, "x", "r", "d"))
    np.testing.assert_allclose(run(proto, SHOWN), expected, atol=0.03 * np.ptp(expected) + 1e-6)


def test_the_conversion_takes_the_ranges_by_the_name_of_the_model(tmp_path, monkeypatch):
    monkeypatch.setattr(_integers, "_PLACE", tmp_path)
    data = small().SerializeToString()
    model = facts(data, conversion="plain", input_shape=(1, 3, "H", "W"), then="integers")
    with pytest.raises(ModelError, match=rf"{model.name}\.toml, cannot be read; reinstall"):
        converted(model, data)
    (tmp_path / f"{model.name}.toml").write_text(
        tomli_w.dumps({k: list(v) for k, v in ranges_for(small(), "x", "r", "d").items()})
    )
    one, other = converted(model, data), converted(model, data)
    assert one == other
    assert any(n.op_type == "QuantizeLinear" for n in onnx.load_model_from_string(one).graph.node)
    for text in ("x = 1", 'x = ["a", 1]', "no TOML"):
        (tmp_path / f"{model.name}.toml").write_text(text)
        with pytest.raises(ModelError, match="cannot be read"):
            ranges_of(model.name)


def test_every_model_in_integers_has_ranges_of_its_own():
    whole = {model.name for model in models.entries() if model.then == "integers"}
    assert {file.stem for file in _integers._PLACE.glob("*.toml")} == whole
    for name in whole:
        assert all(low < high for low, high in ranges_of(name).values())
