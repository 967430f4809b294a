"""Makes graphs of TensorFlow.js, and runs them with a slow interpreter that knows each operation by its definition."""

import base64
import itertools
import json

import numpy as np


class Tfjs:
    """A graph under construction: each method writes one operation and gives its name."""

    def __init__(self, shape, *, source="image"):
        self.nodes = [{"name": source, "op": "Placeholder", "attr": {}}]
        self.weights: dict[str, np.ndarray] = {}
        self.packing: dict[str, dict] = {}
        self.shape, self.source = shape, source
        self.results: dict[str, int] = {}

    def const(self, name, values, packing=None):
        self.nodes.append({"name": name, "op": "Const", "attr": {}})
        self.weights[name] = np.asarray(values)
        if packing:
            self.packing[name] = packing
        return name

    def op(self, kind, *inputs, name=None, **attributes):
        name = name or f"{kind}_{len(self.nodes)}"
        attr = {key: coded(value) for key, value in attributes.items()}
        self.nodes.append({"name": name, "op": kind, "input": list(inputs), "attr": attr})
        return name

    def result(self, name, rank):
        self.results[name] = rank

    def topology(self, **changes):
        def value(name, shape):
            return {
                "name": f"{name}:0",
                "dtype": "DT_FLOAT",
                "tensorShape": {"dim": [{"size": str(size)} for size in shape]},
            }

        listed = []
        for name, values in self.weights.items():
            entry = {"name": name, "shape": list(values.shape), "dtype": values.dtype.name}
            if name in self.packing:
                entry |= {"dtype": "float32", "quantization": self.packing[name]}
            listed.append(entry)
        return {
            "format": "graph-model",
            "signature": {
                "inputs": {"x": value(self.source, self.shape)},
                "outputs": {name: value(name, [-1] * rank) for name, rank in self.results.items()},
            },
            "modelTopology": {"node": self.nodes},
            "weightsManifest": [{"paths": ["weights.bin"], "weights": listed}],
        } | changes

    def files(self):
        data = b"".join(v.astype(v.dtype.newbyteorder("<")).tobytes() for v in self.weights.values())
        return json.dumps(self.topology()).encode(), data

    def run(self, image):
        """What the graph computes, one operation after another; slow and obvious."""
        known = {self.source: image}
        for name, values in self.weights.items():
            packing = self.packing.get(name, {})
            known[name] = values
            if "scale" in packing:
                known[name] = values.astype(np.float32) * np.float32(packing["scale"]) + np.float32(packing["min"])
        for node in self.nodes:
            if node["op"] in {"Placeholder", "Const"}:
                continue
            got = OPERATIONS[node["op"]](*(known[part.removesuffix(":0")] for part in node["input"]), **node["attr"])
            for number, part in enumerate(got if isinstance(got, list) else [got]):
                known[node["name"] + (f":{number}" if number else "")] = part
        return [known[name] for name in sorted(self.results)]


def coded(value):
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, str):
        return {"s": base64.b64encode(value.encode()).decode()}
    return {"list": {kind: [next(iter(coded(v).values())) for v in value] for kind in coded(value[0])}}


def plain(attribute):
    ((kind, value),) = attribute.items()
    if kind == "list":
        ((kind, values),) = value.items()
        return [plain({kind: v}) for v in values]
    return {"i": int, "s": lambda s: base64.b64decode(s).decode()}.get(kind, lambda v: v)(value)


def around(size, side, step, dilation, padding):
    """How many zeros TensorFlow puts before, and how many values come out."""
    reach = (side - 1) * dilation + 1
    if padding == "VALID":
        return 0, (size - reach) // step + 1
    count = -(-size // step)
    return max((count - 1) * step + reach - size, 0) // 2, count


def windows(x, height, width, strides, padding, dilations=None):
    """Every window of an image with its place: (n, i, j, cells), cells as (a, b, values or None)."""
    (sy, sx), (dy, dx) = plain(strides)[1:3], (plain(dilations)[1:3] if dilations else (1, 1))
    (top, rows), (left, columns) = (
        around(x.shape[1], height, sy, dy, plain(padding)),
        around(x.shape[2], width, sx, dx, plain(padding)),
    )
    for n, i, j in itertools.product(range(len(x)), range(rows), range(columns)):
        cells = []
        for a, b in itertools.product(range(height), range(width)):
            y, z = i * sy + a * dy - top, j * sx + b * dx - left
            if 0 <= y < x.shape[1] and 0 <= z < x.shape[2]:
                cells.append((a, b, x[n, y, z]))
        yield (n, i, j), (len(x), rows, columns), cells


def conv(x, weight, strides, padding, dilations, data_format=None):
    result = None
    for at, shape, cells in windows(x, *weight.shape[:2], strides, padding, dilations):
        result = np.zeros((*shape, weight.shape[3])) if result is None else result
        for a, b, values in cells:
            result[at] += values.astype(float) @ weight[a, b].astype(float)
    return result.astype(np.float32)


def depthwise(x, weight, strides, padding, dilations, data_format=None):
    result = None
    for at, shape, cells in windows(x, *weight.shape[:2], strides, padding, dilations):
        result = np.zeros((*shape, weight.shape[2] * weight.shape[3])) if result is None else result
        for a, b, values in cells:
            result[at] += (values[:, None].astype(float) * weight[a, b].astype(float)).reshape(-1)
    return result.astype(np.float32)


def batch_norm(x, gamma, beta, mean, variance, epsilon, is_training=None):
    return (x - mean) / np.sqrt(variance + np.float32(plain(epsilon))) * gamma + beta


def max_pool(x, ksize, strides, padding, data_format=None):
    result = None
    for at, shape, cells in windows(x, *plain(ksize)[1:3], strides, padding):
        result = np.zeros((*shape, x.shape[3]), np.float32) if result is None else result
        result[at] = np.max([values for _, _, values in cells], axis=0)
    return result


def resize(x, size, align_corners, half_pixel_centers):
    """Bilinear with pixels' centres at halves, kept within the borders."""

    def places(old, new):
        for k in range(new):
            at = min(max((k + 0.5) * old / new - 0.5, 0), old - 1)
            low = int(at)
            yield low, min(low + 1, old - 1), at - low

    result = np.zeros((len(x), *size, x.shape[3]))
    for i, (y0, y1, fy) in enumerate(places(x.shape[1], size[0])):
        for j, (x0, x1, fx) in enumerate(places(x.shape[2], size[1])):
            upper = x[:, y0, x0] * (1 - fx) + x[:, y0, x1] * fx
            lower = x[:, y1, x0] * (1 - fx) + x[:, y1, x1] * fx
            result[:, i, j] = upper * (1 - fy) + lower * fy
    return result.astype(np.float32)


def softmax(x):
    grown = np.exp(x - x.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def fused(x, weight, bias, fused_ops, **_):
    result = x @ weight + bias
    return np.maximum(result, 0) if "Relu" in plain(fused_ops) else result


def dense(indices, shape, values, default):
    assert not len(indices)
    return np.full(shape, default)


OPERATIONS = {
    "Add": lambda a, b: a + b,
    "AddV2": lambda a, b: a + b,
    "BiasAdd": lambda x, bias, data_format=None: x + bias,
    "ConcatV2": lambda *parts: np.concatenate(parts[:-1], axis=int(parts[-1])),
    "Conv2D": conv,
    "DepthwiseConv2dNative": depthwise,
    "FusedBatchNorm": batch_norm,
    "Identity": lambda x: x,
    "LeakyRelu": lambda x, alpha: np.where(x > 0, x, np.float32(plain(alpha)) * x),
    "MaxPool": max_pool,
    "Maximum": np.maximum,
    "Mean": lambda x, axes, keep_dims: x.mean(axis=tuple(axes), keepdims=plain(keep_dims)),
    "Minimum": np.minimum,
    "Mul": lambda a, b: a * b,
    "Pad": lambda x, sizes: np.pad(x, sizes),
    "PadV2": lambda x, sizes, value: np.pad(x, sizes, constant_values=value),
    "Relu": lambda x: np.maximum(x, 0),
    "Relu6": lambda x: np.clip(x, 0, 6),
    "Reshape": lambda x, shape: x.reshape(shape),
    "ResizeBilinear": resize,
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Softmax": softmax,
    "SparseToDense": dense,
    "SplitV": lambda x, sizes, axis: np.split(x, np.cumsum(sizes)[:-1], axis=int(axis)),
    "Transpose": lambda x, order: x.transpose(order),
    "_FusedMatMul": fused,
}
