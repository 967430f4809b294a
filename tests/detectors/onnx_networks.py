"""Tiny ONNX networks with known answers, and descriptions of them."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(path: Path, nodes, inputs, outputs, constants=()):
    """Write a network and give its SHA-256."""
    graph = helper.make_graph(
        nodes, "made", inputs, outputs, [numpy_helper.from_array(np.asarray(v), k) for k, v in dict(constants).items()]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def picture_input(shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info("picture", dtype, shape)


def saying(path: Path, outputs, *, shape=(1, 3, 64, 96), dtype=TensorProto.FLOAT):
    """A network that says the same of every picture. An output's value may be 0 x n too."""
    constants = {f"{name}_is": np.asarray(value) for name, value in outputs.items()}
    nodes = [helper.make_node("Identity", [f"{name}_is"], [name]) for name in outputs]
    infos = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.asarray(value).dtype), np.shape(value))
        for name, value in outputs.items()
    ]
    return save(path, nodes, [picture_input(shape, dtype)], infos, constants)


def seeing(path: Path, *, width, height, layout="NCHW", score=0.75):
    """A network that boxes what is 1 in its first channel: a row ``cx, cy, w, h, score``, for input scaled to 0 to 1.

    Where the channel is at least 1/2, the first and last column and row are its edges.
    """
    nchw = layout == "NCHW"
    shape = (1, 3, height, width) if nchw else (1, height, width, 3)
    channel, row, column = (1, 1, 2) if nchw else (3, 1, 2)  # axes, after the channel is taken
    nodes = [
        helper.make_node("Gather", ["picture", "first"], ["red"], axis=channel),
        helper.make_node("Greater", ["red", "half"], ["lit_or_not"]),
        helper.make_node("Cast", ["lit_or_not"], ["lit"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["lit"], ["columns"], axes=[row], keepdims=0),
        helper.make_node("ReduceMax", ["lit"], ["rows"], axes=[column], keepdims=0),
    ]
    for name, line, last in (("x0", "columns", 0), ("x1", "columns", 1), ("y0", "rows", 0), ("y1", "rows", 1)):
        nodes += [
            helper.make_node("ArgMax", [line], [f"{name}_at"], axis=1, keepdims=1, select_last_index=last),
            helper.make_node("Cast", [f"{name}_at"], [f"{name}_f"], to=TensorProto.FLOAT),
            helper.make_node("Add", [f"{name}_f", "one" if last else "zero"], [name]),
        ]
    for low, high, middle, side in (("x0", "x1", "cx", "w"), ("y0", "y1", "cy", "h")):
        nodes += [
            helper.make_node("Sub", [high, low], [side]),
            helper.make_node("Add", [high, low], [f"{middle}_2"]),
            helper.make_node("Mul", [f"{middle}_2", "half"], [middle]),
        ]
    nodes += [
        helper.make_node("Concat", ["cx", "cy", "w", "h", "score"], ["row"], axis=1),
        helper.make_node("Unsqueeze", ["row", "axis"], ["boxes"]),
    ]
    constants = {
        "first": np.int64(0),
        "half": np.float32(0.5),
        "one": np.float32(1),
        "zero": np.float32(0),
        "score": np.full((1, 1), score, np.float32),
        "axis": np.array([1], np.int64),
    }
    info = helper.make_tensor_value_info("boxes", TensorProto.FLOAT, (1, 1, 5))
    return save(path, nodes, [picture_input(shape)], [info], constants)


def describe(path: Path, sha256: str, head: str, *, size=(96, 64), classes=None, model="model.onnx", **wanted):
    """Write a description beside a network."""
    fields = {"layout": "NCHW", "colour": "RGB", "fit": "stretch"} | wanted
    lines = [f"{key} = {_toml(value)}" for key, value in fields.items()]
    entries = classes if classes is not None else [(0, "lamp", 0.3)]
    path.write_text(
        f'name = "made"\nfile = "{model}"\nsha256 = "{sha256}"\nlicence = "CC0-1.0"\ntrained_on = "nothing"\n\n'
        f"[input]\nsize = [{size[0]}, {size[1]}]\n" + "\n".join(lines) + f"\n\n[head]\n{head}\n"
        + "".join(f'\n[[classes]]\nindex = {i}\nkind = "{k}"\nthreshold = {t}\n' for i, k, t in entries)
    )  # fmt: skip
    return path


def _toml(value):
    return f'"{value}"' if isinstance(value, str) else repr(value)
