"""Makes registries, wheels and networks for the tests: none is a real model and nothing comes from a network."""

import dataclasses
import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import tomli_w
from onnx import TensorProto, helper, numpy_helper

from overpaint.models import Model, _convert, _registry, graph_sha256


def reference_tensors_sha256(model: onnx.ModelProto) -> str:
    """The documented hash, written down a second time: value by value, with struct."""
    letters = {TensorProto.FLOAT: "f", TensorProto.INT64: "q", TensorProto.INT8: "b", TensorProto.DOUBLE: "d"}
    text = b""
    for tensor in sorted(model.graph.initializer, key=lambda t: t.name):
        kind = TensorProto.DataType.Name(tensor.data_type)
        text += json.dumps([tensor.name, kind, list(tensor.dims)], separators=(",", ":")).encode() + b"\n"
        for value in numpy_helper.to_array(tensor).flatten().tolist():
            text += struct.pack("<" + letters[tensor.data_type], value)
    return hashlib.sha256(text).hexdigest()


def quantised_network(*, seed: int = 0) -> onnx.ModelProto:
    """One convolution whose int8 weights lie flattened behind DequantizeLinear and Reshape, as OpenCV Zoo's do."""
    random = np.random.default_rng(seed)
    constants = {
        "w_quantized": random.integers(-128, 128, (4, 27)).astype(np.int8),
        "w_scales": random.random((4, 1)).astype(np.float32) / 64,
        "w_zero_point": random.integers(-4, 4, (4, 1)).astype(np.int8),
        "w_shape": np.array([4, 3, 3, 3], np.int64),
        "b_quantized": random.integers(-128, 128, 4).astype(np.int8),
        "b_scales": np.array([0.03], np.float32),
        "b_zero_point": np.array([2], np.int8),
        "b_shape": np.array([4], np.int64),
        "never_read": np.zeros(3, np.float32),
    }
    scaled = ("quantized", "scales", "zero_point")
    nodes = [
        helper.make_node("DequantizeLinear", [f"w_{s}" for s in scaled], ["w_flat"], axis=1, block_size=27),
        helper.make_node("Reshape", ["w_flat", "w_shape"], ["w"]),
        helper.make_node("DequantizeLinear", [f"b_{s}" for s in scaled], ["b_flat"], axis=0, block_size=4),
        helper.make_node("Reshape", ["b_flat", "b_shape"], ["b"]),
        helper.make_node("Conv", ["x", "w", "b"], ["y"], name="conv", pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 8, 8])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def old_network() -> onnx.ModelProto:
    """Two convolutions whose weights are declared as inputs too, with the fixed shapes of an old export."""
    random = np.random.default_rng(1)
    weights = {
        "w1": random.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "b1": random.normal(size=4).astype(np.float32),
        "w2": random.normal(size=(2, 4, 1, 1)).astype(np.float32),
        "num_batches_tracked": np.array(7, np.int64),
    }
    declared = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in weights.items()
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w1", "b1"], ["h"], pads=[1, 1, 1, 1]),
            helper.make_node("Conv", ["h", "w2"], ["y"]),
        ],
        "old",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [10, 3, 32, 32]), *declared],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [10, 2, 32, 32])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)


def facts(data: bytes, **changes) -> Model:
    """A registry entry for a file, its pins right but for those of the conversion (`Shop.pin` sets them)."""
    values = {
        "name": "tiny",
        "task": "face-detection",
        "title": "A made network",
        "licence": "MIT",
        "licence_basis": "made here",
        "copyright": "Copyright (c) nobody",
        "source": "https://example.invalid/tiny",
        "training": "nothing",
        "package": "tinypackage",
        "version": "1.0",
        "wheel": "tinypackage-1.0-py3-none-any.whl",
        "wheel_sha256": "0" * 64,
        "member": "tinypackage/models/tiny.onnx",
        "member_size": len(data),
        "member_sha256": hashlib.sha256(data).hexdigest(),
        "notices": ("tinypackage-1.0.dist-info/licenses/LICENSE",),
        "conversion": "dequantise",
        "input_shape": (1, 3, "H", "W"),
        "tensors_sha256": "0" * 64,
        "graph_sha256": "0" * 64,
        "file_sha256": "0" * 64,
    }
    return Model(**(values | changes))


@dataclass
class Shop:
    """A registry under construction, with the directory of wheels it points at and an empty cache."""

    registry: Path
    wheels: Path
    cache: Path
    models: dict[str, Model] = field(default_factory=dict)

    def put(self, model: Model, data: bytes, *, pin_wheel: bool = True, **zip_options) -> Model:
        """Write the model's wheel and enter it, with the pins of wheel and conversion made right."""
        wheel = make_wheel(self.wheels / model.wheel, model, data, **zip_options)
        if pin_wheel:
            model = dataclasses.replace(model, wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())
        return self.enter(model)

    def enter(self, model: Model) -> Model:
        """Write the registry anew with that entry."""
        self.models[model.name] = model
        tables = {name: {k: v for k, v in m.to_dict().items() if k != "name"} for name, m in self.models.items()}
        self.registry.write_text(tomli_w.dumps(tables), "utf-8")
        _registry.read_registry.cache_clear()
        return model


def make_wheel(
    target: Path,
    model: Model,
    data: bytes,
    *,
    member: str | None = None,
    extra: Iterable[tuple[str, bytes]] = (),
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """A wheel as pip accepts it, with the file in it; `extra` are more members, written as they are."""
    info = f"{model.package}-{model.version}.dist-info"
    members = [
        (f"{model.package}/__init__.py", b"raise SystemExit('the package was imported')\n"),
        (member or model.member, data),
        *extra,
        (f"{info}/licenses/LICENSE", b"The made licence\n"),
        (f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {model.package}\nVersion: {model.version}\n".encode()),
        (f"{info}/WHEEL", b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        (f"{info}/RECORD", b""),
    ]
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return target


def make_tarball(
    target: Path, members: Iterable[tuple[str, bytes | None]], *, kind: bytes = tarfile.REGTYPE, header: bytes = b""
) -> Path:
    """A package as npm serves it; a member without bytes is a link to ``../../etc/passwd``."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, "../../etc/passwd"
                archive.addfile(info)
                continue
            info.type, info.size = kind, len(data)
            archive.addfile(info, io.BytesIO(data))
    target.write_bytes(gzip.compress(header + buffer.getvalue(), mtime=0))
    return target


def pinned(model: Model, data: bytes) -> Model:
    """The entry with the pins of its conversion, worked out by the reference above where there is one."""
    result = _convert.converted(model, data)
    proto = onnx.load_model_from_string(result)
    return dataclasses.replace(
        model,
        tensors_sha256=reference_tensors_sha256(proto),
        graph_sha256=graph_sha256(proto),
        file_sha256=hashlib.sha256(result).hexdigest(),
    )
