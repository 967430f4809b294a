"""Make colours.onnx, a classifier of two labels, and photos of which some are red."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

weights = np.array([[5, 0], [0, 5], [0, 0]], np.float32)
nodes = [
    helper.make_node("ReduceMean", ["picture"], ["means"], axes=[2, 3], keepdims=0),
    helper.make_node("MatMul", ["means", "weights"], ["logits"]),
]
graph = helper.make_graph(
    nodes,
    "colours",
    [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, 16, 16])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2])],
    [numpy_helper.from_array(weights, "weights")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
Path("colours.onnx").write_bytes(model.SerializeToString())
Path("colours").mkdir(exist_ok=True)
for number in range(8):
    Image.new("RGB", (64, 64), (200, 20, 20) if number < 2 else (20, 200, 20)).save(f"colours/{number}.png")
Path("names.txt").write_text("n09835506 ballplayer\nn10148035 groom\n")
Path("rated.csv").write_text("wnid,safety\nn09835506,sensitive\n")
