"""What each operation of TensorFlow is in ONNX, for those that the networks of our registry use.

TensorFlow keeps channels last, ONNX's convolutions want them second. Each such operation is written between two
transpositions, which drop out where they meet. TensorFlow's padding SAME puts the odd pixel at the end, which is ONNX's
``SAME_UPPER``. The numbers of a weight never change, only their order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError
from overpaint.models._tfjs import Node
from overpaint.models._tfjs_writer import Writer, unknown

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["write"]

_FIRST, _LAST = (0, 3, 1, 2), (0, 2, 3, 1)  # channels from last to second, and back
_MOST_FOLDED = 1 << 16
_PLAIN = {
    "Add": "Add",
    "AddV2": "Add",
    "Identity": "Identity",
    "Maximum": "Max",
    "Minimum": "Min",
    "Mul": "Mul",
    "Relu": "Relu",
    "Sigmoid": "Sigmoid",
}


def _folded(writer: Writer, node: Node) -> bool:
    """Work out a shape that follows from whole numbers alone; False where this is no such operation."""
    import numpy as np

    if node.op not in {"Add", "AddV2", "SparseToDense"}:
        return False
    known = [writer.graph.weights.get(name, writer.constants.get(name)) for name in node.inputs]
    values = [value.astype(np.int64) for value in known if value is not None and value.dtype.kind == "i"]
    if len(values) != len(node.inputs):
        return False
    if node.op == "SparseToDense" and len(values) == 4 and values[0].size == 0:  # nothing but the default
        shape = tuple(values[1].reshape(-1).tolist())
        if math.prod(shape) > _MOST_FOLDED or min(shape, default=0) < 0 or values[3].size != 1:
            raise unknown(node, "a size")
        writer.constant(node.name, np.full(shape, values[3].item(), np.int64))
    elif node.op != "SparseToDense" and len(values) == 2 and values[0].shape == values[1].shape:
        writer.constant(node.name, values[0] + values[1])
    else:
        raise unknown(node, "a way of making constants")
    return True


def _plain(writer: Writer, node: Node) -> None:
    writer.node(_PLAIN[node.op], [writer.read(part) for part in node.inputs], node.name)


def _leaky(writer: Writer, node: Node) -> None:
    writer.node("LeakyRelu", [writer.read(node.inputs[0])], node.name, alpha=node.attributes["alpha"])


def _softmax(writer: Writer, node: Node) -> None:
    writer.node("Softmax", [writer.read(node.inputs[0])], node.name, axis=-1)


def _transpose(writer: Writer, node: Node) -> None:
    writer.turn(writer.read(node.inputs[0]), tuple(writer.numbers(node, 1)), node.name)


def _image(writer: Writer, node: Node) -> str:
    """The first input with channels second."""
    if node.attributes.get("data_format", "NHWC") != "NHWC":
        raise unknown(node, "channels that are not last, an order")
    return writer.turn(writer.read(node.inputs[0]), _FIRST, f"{node.name}/first")


def _window(node: Node, *sides: int) -> dict[str, Any]:
    """Steps, dilations and padding of an operation that looks through a window of that height and width."""
    dilations = node.attributes.get("dilations", [1, 1, 1, 1])
    steps, padding = node.attributes["strides"], node.attributes["padding"]
    if padding not in {"SAME", "VALID"}:
        raise unknown(node, "padding")
    if [*steps[::3], *dilations[::3]] != [1, 1, 1, 1] or len(steps) != 4:
        raise unknown(node, "steps")
    if padding == "SAME" and any(side < step for side, step in zip(sides, steps[1:3], strict=True)):
        raise unknown(node, "steps wider than its window")  # onnxruntime would pad by less than nothing there
    if padding == "SAME" and dilations != [1, 1, 1, 1]:
        raise unknown(node, "padding of a window with gaps")  # onnxruntime refuses to work it out
    return {"strides": steps[1:3], "dilations": dilations[1:3], "auto_pad": "SAME_UPPER" if padding == "SAME" else None}


def _convolve(writer: Writer, node: Node, weight: Array, groups: int) -> None:
    image, options = _image(writer, node), _window(node, *weight.shape[2:])
    if options["auto_pad"] is None and image in writer.padded:  # zeros put around it before become its own padding
        image, options["pads"] = writer.padded[image]
    name = writer.constant(f"{node.name}/weight", weight)
    kept = {key: value for key, value in options.items() if value is not None}
    inner = writer.node("Conv", [image, name], f"{node.name}/inner", group=groups, **kept)
    writer.turn(inner, _LAST, node.name)


def _weight(writer: Writer, node: Node) -> Array:
    weight = writer.value(node, 1)
    if weight.ndim != 4:
        raise unknown(node, "a weight")
    return weight


def _conv(writer: Writer, node: Node) -> None:
    import numpy as np

    weight = _weight(writer, node)  # height, width, in, out
    _convolve(writer, node, np.ascontiguousarray(weight.transpose(3, 2, 0, 1)), 1)


def _depthwise(writer: Writer, node: Node) -> None:
    import numpy as np

    weight = _weight(writer, node)  # height, width, in, how many for each
    height, width, channels, many = weight.shape
    turned = np.ascontiguousarray(weight.transpose(2, 3, 0, 1)).reshape(channels * many, 1, height, width)
    _convolve(writer, node, turned, channels)


def _batch_norm(writer: Writer, node: Node) -> None:
    """Of a network that learns no more: means and variances are constants."""
    if node.attributes.get("is_training"):
        raise unknown(node, "a way of learning")
    parts = [writer.constant(f"{node.name}/{number}", writer.value(node, number)) for number in range(1, 5)]
    image, epsilon = _image(writer, node), node.attributes["epsilon"]
    inner = writer.node("BatchNormalization", [image, *parts], f"{node.name}/inner", epsilon=epsilon)
    writer.turn(inner, _LAST, node.name)


def _relu6(writer: Writer, node: Node) -> None:
    import numpy as np

    ends = [writer.constant(f"{node.name}/{end}", np.array(end, np.float32)) for end in (0, 6)]
    inner = writer.node("Clip", [_image(writer, node), *ends], f"{node.name}/inner")
    writer.turn(inner, _LAST, node.name)


def _bias(writer: Writer, node: Node) -> None:
    """Something for each channel, which are last."""
    if node.attributes.get("data_format", "NHWC") != "NHWC":
        raise unknown(node, "channels that are not last, an order")
    bias = writer.constant(f"{node.name}/bias", writer.value(node, 1))
    writer.node("Add", [writer.read(node.inputs[0]), bias], node.name)


def _max_pool(writer: Writer, node: Node) -> None:
    size = node.attributes["ksize"]
    if len(size) != 4 or size[::3] != [1, 1]:
        raise unknown(node, "a window")
    options = {key: value for key, value in _window(node, *size[1:3]).items() if value is not None}
    image = _image(writer, node)
    inner = writer.node("MaxPool", [image], f"{node.name}/inner", kernel_shape=size[1:3], **options)
    writer.turn(inner, _LAST, node.name)


def _pad(writer: Writer, node: Node) -> None:
    import numpy as np

    around = writer.value(node, 1)
    if around.ndim != 2 or around.shape[1] != 2:
        raise unknown(node, "sizes")
    source = writer.read(node.inputs[0])
    inputs = [source, writer.constant(f"{node.name}/sizes", around.T.reshape(-1).astype(np.int64))]
    if len(node.inputs) > 2:
        inputs.append(writer.read(node.inputs[2]))
    elif around.shape[0] == 4 and not around[:2].any():  # channels second: what a convolution can do by itself
        writer.padded[node.name] = (source, around[2:].T.reshape(-1).tolist())
    writer.node("Pad", inputs, node.name)


def _concat(writer: Writer, node: Node) -> None:
    (axis,) = writer.numbers(node, len(node.inputs) - 1)
    writer.node("Concat", [writer.read(part) for part in node.inputs[:-1]], node.name, axis=axis)


def _split(writer: Writer, node: Node) -> None:
    import numpy as np

    (axis,), sizes = writer.numbers(node, 2), np.array(writer.numbers(node, 1), np.int64)
    names = [node.name, *(f"{node.name}:{number}" for number in range(1, len(sizes)))]
    sizes_name = writer.constant(f"{node.name}/sizes", sizes)
    writer.node("Split", [writer.read(node.inputs[0]), sizes_name], *names, axis=axis)


def _reshape(writer: Writer, node: Node) -> None:
    import numpy as np

    shape = writer.constant(f"{node.name}/shape", np.array(writer.numbers(node, 1), np.int64))
    writer.node("Reshape", [writer.read(node.inputs[0]), shape], node.name, allowzero=1)


def _resize(writer: Writer, node: Node) -> None:
    import numpy as np

    if node.attributes.get("align_corners") or not node.attributes.get("half_pixel_centers"):
        raise unknown(node, "a place of its pixels")
    size = writer.constant(f"{node.name}/size", np.array(writer.numbers(node, 1), np.int64))
    inner = writer.node(
        "Resize",
        [_image(writer, node), "", "", size],
        f"{node.name}/inner",
        axes=[2, 3],
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )
    writer.turn(inner, _LAST, node.name)


def _mean(writer: Writer, node: Node) -> None:
    import numpy as np

    axes = writer.constant(f"{node.name}/axes", np.array(writer.numbers(node, 1), np.int64))
    keep = int(node.attributes.get("keep_dims", False))
    writer.node("ReduceMean", [writer.read(node.inputs[0]), axes], node.name, keepdims=keep)


def _fused_matmul(writer: Writer, node: Node) -> None:
    steps = node.attributes.get("fused_ops", [])
    if node.attributes.get("transpose_a") or node.attributes.get("transpose_b"):
        raise unknown(node, "an order of its factors")
    if steps not in (["BiasAdd"], ["BiasAdd", "Relu"]) or len(node.inputs) != 3:
        raise unknown(node, "a way of joining others")
    left, right, bias = (writer.read(part) for part in node.inputs)
    product = writer.node("MatMul", [left, right], f"{node.name}/product")
    if steps == ["BiasAdd"]:
        writer.node("Add", [product, bias], node.name)
    else:
        writer.node("Relu", [writer.node("Add", [product, bias], f"{node.name}/sum")], node.name)


_OPERATIONS: dict[str, Callable[[Writer, Node], None]] = {
    **dict.fromkeys(_PLAIN, _plain),
    "BiasAdd": _bias,
    "ConcatV2": _concat,
    "Conv2D": _conv,
    "DepthwiseConv2dNative": _depthwise,
    "FusedBatchNorm": _batch_norm,
    "LeakyRelu": _leaky,
    "MaxPool": _max_pool,
    "Mean": _mean,
    "Pad": _pad,
    "PadV2": _pad,
    "Relu6": _relu6,
    "Reshape": _reshape,
    "ResizeBilinear": _resize,
    "Softmax": _softmax,
    "SplitV": _split,
    "Transpose": _transpose,
    "_FusedMatMul": _fused_matmul,
}


def write(writer: Writer, node: Node) -> None:
    """Write one operation of TensorFlow.

    Raises
    ------
    ModelError
        Where it is not one of those above, or used in a way that is not known here; the message names it.
    """
    if any(part.startswith("^") for part in node.inputs):
        raise unknown(node, "an order of running")
    if node.op in {"Const", "Placeholder"}:
        if node.name not in writer.graph.weights and node.name != writer.graph.source.name:
            raise ModelError(f"it has no value for {node.name[:80]!a}")
        return
    try:
        if _folded(writer, node):
            return
        if node.op not in _OPERATIONS:
            raise ModelError(f"it uses the operation {node.op[:40]!a} ({node.name[:80]!a}), which is not known here")
        _OPERATIONS[node.op](writer, node)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise unknown(node, f"something ({type(error).__name__})") from error
