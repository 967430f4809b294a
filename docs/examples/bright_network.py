"""Make bright.onnx: a network that boxes the part of a picture in which pixels are nearly white."""

import hashlib
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIDE = 256
NUMBERS = {"level": np.float32(0.97), "zero": np.float32(0), "one": np.float32(1), "half": np.float32(0.5)}
NUMBERS |= {"score": np.full((1, 1), 0.75, np.float32), "axis": np.array([1], np.int64)}


def edges(line: str, low: str, high: str, middle: str, side: str) -> list:
    """From which pixel of a line on, and up to which, there is a 1; their middle and the distance between them."""
    nodes = []
    for name, last, more in ((low, 0, "zero"), (high, 1, "one")):
        nodes.append(helper.make_node("ArgMax", [line], [f"{name}_int"], axis=1, keepdims=1, select_last_index=last))
        nodes.append(helper.make_node("Cast", [f"{name}_int"], [f"{name}_at"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Add", [f"{name}_at", more], [name]))
    nodes.append(helper.make_node("Sub", [high, low], [side]))
    nodes.append(helper.make_node("Add", [high, low], [f"{middle}_twice"]))
    nodes.append(helper.make_node("Mul", [f"{middle}_twice", "half"], [middle]))
    return nodes


nodes = [
    helper.make_node("ReduceMin", ["picture"], ["darkest"], axes=[1], keepdims=0),
    helper.make_node("Greater", ["darkest", "level"], ["white_or_not"]),
    helper.make_node("Cast", ["white_or_not"], ["white"], to=TensorProto.FLOAT),
    helper.make_node("ReduceMax", ["white"], ["columns"], axes=[1], keepdims=0),
    helper.make_node("ReduceMax", ["white"], ["rows"], axes=[2], keepdims=0),
    *edges("columns", "x0", "x1", "cx", "w"),
    *edges("rows", "y0", "y1", "cy", "h"),
    # where nothing is white, columns and rows hold no 1, and neither does the score
    helper.make_node("ReduceMax", ["rows"], ["any"], axes=[1], keepdims=1),
    helper.make_node("Mul", ["any", "score"], ["sure"]),
    helper.make_node("Concat", ["cx", "cy", "w", "h", "sure"], ["row"], axis=1),
    helper.make_node("Unsqueeze", ["row", "axis"], ["boxes"]),
]
graph = helper.make_graph(
    nodes,
    "bright",
    [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
    [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 1, 5])],
    [numpy_helper.from_array(np.asarray(value), name) for name, value in NUMBERS.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
Path("bright.onnx").write_bytes(model.SerializeToString())
print(hashlib.sha256(Path("bright.onnx").read_bytes()).hexdigest(), "bright.onnx")
