"""Sessions of networks: the same bytes are opened once, as long as anybody holds them."""

import gc

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx_networks import saying

from overpaint.detectors import _onnx, open_session


def network(path, value):
    saying(path, {"said": np.full((1, 2), value, np.float32)})
    return path.read_bytes()


def said(session):
    return session.run(None, {"picture": np.zeros((1, 3, 64, 96), np.float32)})[0].tolist()


def test_the_same_bytes_share_a_session_and_others_do_not(tmp_path):
    one, two = network(tmp_path / "1.onnx", 1.0), network(tmp_path / "2.onnx", 2.0)
    first = open_session(one, name="first", threads=1)
    assert open_session(bytes(one), name="again", threads=1) is first
    assert open_session(one, name="first", threads=2) is not first
    assert said(open_session(two, name="second", threads=1)) == [[2.0, 2.0]]
    assert said(first) == [[1.0, 1.0]]


def test_what_nobody_holds_is_let_go(tmp_path):
    session = open_session(network(tmp_path / "3.onnx", 3.0), name="third", threads=1)
    assert session in _onnx._OPEN.values()
    before = len(_onnx._OPEN)
    del session
    gc.collect()
    assert len(_onnx._OPEN) == before - 1


def product():
    ends = ("a", TensorProto.UINT8, "nk"), ("b", TensorProto.INT8, "km"), ("y", TensorProto.INT32, "nm")
    values = [helper.make_tensor_value_info(name, kind, list(shape)) for name, kind, shape in ends]
    node = helper.make_node("MatMulInteger", ["a", "b"], ["y"])
    graph = helper.make_graph([node], "o", values[:2], values[2:])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    return made.SerializeToString(deterministic=True)


def test_the_network_that_asks_for_overflow_is_one_product():
    assert product() == _onnx._PRODUCT


def test_where_sums_overflow_the_slower_way_is_taken(tmp_path, monkeypatch):
    chosen = []
    options = onnxruntime.SessionOptions

    class Watched(options):
        def add_session_config_entry(self, name, value):
            chosen.append((name, value))
            super().add_session_config_entry(name, value)

    monkeypatch.setattr(onnxruntime, "SessionOptions", Watched)
    for overflows, value in ((False, 4.0), (True, 5.0)):
        monkeypatch.setattr(_onnx, "_sums_overflow", lambda answer=overflows: answer)
        chosen.clear()
        assert said(open_session(network(tmp_path / f"{value}.onnx", value), name="any", threads=1)) == [[value] * 2]
        assert (("session.x64quantprecision", "1") in chosen) is overflows
