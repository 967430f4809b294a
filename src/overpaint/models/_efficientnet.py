"""EfficientNet-Lite0 as an ONNX graph, from the weights of a PyTorch checkpoint.

The architecture: M. Tan and Q. V. Le, "EfficientNet" (ICML 2019), table 1, without squeeze-and-excitation and with
ReLU6, as the Lite variants of the TensorFlow TPU repository define it. No weight is changed: batch normalisations stay
nodes of their own, which onnxruntime folds when it loads the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    import onnx

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["efficientnet_lite0"]

SIDE = 224
_OPSET, _IR = 17, 8  # fixed, so that another release of onnx writes the same bytes
_EPSILON = 1e-3
# side of the kernel, stride of the first block, expansion, channels, blocks
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_STEM, _HEAD, _CLASSES = 32, 1280, 1000


def efficientnet_lite0(weights: Mapping[str, Array]) -> onnx.ModelProto:
    """The network as a model: ``image`` (N, 3, 224, 224) in, ``logits`` (N, 1000) out.

    Parameters
    ----------
    weights
        By the names that ``efficientnet-lite-pytorch`` gives them; every one must have the shape that the
        architecture asks for, and none may be left over.

    Raises
    ------
    ModelError
        A weight is missing, has another shape, or belongs to another network.
    """
    from onnx import TensorProto, helper, numpy_helper

    net = _Net(weights)
    x = net.relu6(net.conv("image", "_conv_stem", "_bn0", (_STEM, 3, 3, 3), stride=2))
    channels, block = _STEM, 0
    for side, first, expand, out, blocks in _STAGES:
        for number in range(blocks):
            x = net.block(x, f"_blocks.{block}", side, first if number == 0 else 1, expand, channels, out)
            channels, block = out, block + 1
    x = net.relu6(net.conv(x, "_conv_head", "_bn1", (_HEAD, channels, 1, 1)))
    x = net.node("Flatten", [net.node("GlobalAveragePool", [x])])
    net.node(
        "Gemm", [x, net.take("_fc.weight", (_CLASSES, _HEAD)), net.take("_fc.bias", (_CLASSES,))], "logits", transB=1
    )
    if left := [name for name in weights if name not in net.used and not name.endswith("num_batches_tracked")]:
        raise ModelError(f"it holds weights of another network ({min(left)[:80]!a})")
    graph = helper.make_graph(
        net.nodes,
        "efficientnet-lite0",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", _CLASSES])],
        [*(numpy_helper.from_array(weights[name], name) for name in sorted(net.used)), *net.limits()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)


class _Net:
    """Nodes in their order, and which weights they used."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.used: set[str] = set()

    def limits(self) -> list[onnx.TensorProto]:
        """The two constants of ReLU6."""
        import numpy as np
        from onnx import numpy_helper

        return [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in (("zero", 0), ("six", 6))]

    def node(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        from onnx import helper

        output = output or f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def take(self, name: str, shape: tuple[int, ...]) -> str:
        weight = self._weights.get(name)
        if weight is None or weight.shape != shape or weight.dtype != "float32":
            found = "it is missing" if weight is None else f"{weight.dtype} of {weight.shape}"
            raise ModelError(f"its weight {name!r} should be float32 of {shape}, but {found}")
        self.used.add(name)
        return name

    def conv(
        self, x: str, name: str, norm: str, shape: tuple[int, int, int, int], *, stride: int = 1, groups: int = 1
    ) -> str:
        """A convolution without bias and its normalisation, padded as TensorFlow's SAME pads an even side."""
        side = shape[2]
        before, after = (side - stride) // 2, side - stride - (side - stride) // 2
        weight = self.take(f"{name}.weight", shape)
        x = self.node(
            "Conv",
            [x, weight],
            kernel_shape=[side, side],
            strides=[stride, stride],
            group=groups,
            pads=[before, before, after, after],
        )
        parts = [self.take(f"{norm}.{part}", shape[:1]) for part in ("weight", "bias", "running_mean", "running_var")]
        return self.node("BatchNormalization", [x, *parts], epsilon=_EPSILON)

    def relu6(self, x: str) -> str:
        return self.node("Clip", [x, "zero", "six"])

    def block(self, x: str, name: str, side: int, stride: int, expand: int, channels: int, out: int) -> str:
        """An inverted bottleneck; what comes in is added to what goes out where both have one shape."""
        inner, inside = x, channels * expand
        if expand != 1:
            inner = self.relu6(
                self.conv(x, f"{name}._expand_conv", f"{name}._bn0", (inside, channels, 1, 1)),
            )
        depth = (inside, 1, side, side)
        inner = self.relu6(
            self.conv(inner, f"{name}._depthwise_conv", f"{name}._bn1", depth, stride=stride, groups=inside)
        )
        inner = self.conv(inner, f"{name}._project_conv", f"{name}._bn2", (out, inside, 1, 1))
        return self.node("Add", [inner, x]) if stride == 1 and channels == out else inner
