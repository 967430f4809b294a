"""Sessions of networks: the same bytes are opened once, as long as anybody holds them."""

import gc

import numpy as np
from onnx_networks import saying

from overpaint.detectors import open_session


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
    from overpaint.detectors import _onnx

    session = open_session(network(tmp_path / "3.onnx", 3.0), name="third", threads=1)
    assert session in _onnx._OPEN.values()
    before = len(_onnx._OPEN)
    del session
    gc.collect()
    assert len(_onnx._OPEN) == before - 1
