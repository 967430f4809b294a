"""Where converted models lie, and what is taken for one: the package ``overpaint-models``, then the user's cache.

A file counts when its bytes are the pinned ones. Another version of onnx may write the same model in other bytes;
then its weights and its graph are hashed, and those must be the pinned ones. Nothing else is handed out, wherever it
came from.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import stat
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from overpaint.errors import ModelError
from overpaint.models._registry import Model
from overpaint.models._tensors import graph_sha256, parsed, tensors_sha256

__all__ = ["Status", "cache_dir", "provenance", "read_checked", "status_of", "verified"]

PACKAGE = "overpaint_models"
State = Literal["ready", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class Status:
    """How it stands with one model on this machine.

    ``origin`` is ``"package"`` (overpaint-models), ``"cache"`` or, where the model is missing, empty. ``problem``
    says what is wrong with a damaged one.
    """

    name: str
    state: State
    origin: str = ""
    path: Path | None = None
    file_sha256: str = ""
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return asdict(self) | {"path": None if self.path is None else str(self.path)}


def cache_dir() -> Path:
    """The directory for converted models: ``$OVERPAINT_MODELS``, or ``overpaint/models`` in the user's cache."""
    if own := os.environ.get("OVERPAINT_MODELS"):
        return Path(own).expanduser()
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if Path(xdg).is_absolute():  # the specification says that others are to be ignored
        return Path(xdg) / "overpaint" / "models"
    try:
        home = Path.home()
    except RuntimeError as error:
        raise ModelError(
            "there is no home directory for the model cache; set OVERPAINT_MODELS to a directory"
        ) from error
    caches = home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"
    return caches / "overpaint" / "models"


def package_dir() -> Path | None:
    """Where an installed ``overpaint-models`` keeps its files; it is looked up, not imported."""
    try:
        spec = importlib.util.find_spec(PACKAGE)
    except ValueError:
        return None
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) / "models" if places else None


def located(model: Model) -> tuple[str, Path] | None:
    """The first place that holds a file of that name, whatever is in it."""
    package = package_dir()
    places = [("package", package)] if package else []
    for origin, directory in [*places, ("cache", cache_dir())]:
        file = directory / model.file_name
        if file.exists() or file.is_symlink():
            return origin, file
    return None


def read_checked(model: Model) -> tuple[Path, bytes]:
    """The model's file and its bytes, which are the right ones.

    Raises
    ------
    ModelError
        Where it is missing, damaged or another file; the message names it and the command that helps.
    """
    found = located(model)
    if found is None:
        raise ModelError(f"the model {model.name} is not on this machine: {model.remedy}")
    origin, file = found
    try:
        data = _bounded(model, file)
        _check(model, data)
    except ModelError as error:
        raise ModelError(f"{file} was refused: {error}. {_remedy(model, origin)}") from error
    return file, data


def status_of(model: Model, *, deep: bool = False) -> Status:
    """How it stands with a model, without raising; `deep` hashes weights and graph and reads the record beside it."""
    found = located(model)
    if found is None:
        return Status(model.name, "missing")
    origin, file = found
    digest = ""
    try:
        data = _bounded(model, file)
        digest = hashlib.sha256(data).hexdigest()
        _check(model, data, deep=deep)
        if deep:
            _check_record(model, file, digest)
    except ModelError as error:
        return Status(model.name, "damaged", origin, file, digest, f"{error}. {_remedy(model, origin)}")
    return Status(model.name, "ready", origin, file, digest)


def verified(model: Model, data: bytes) -> None:
    """Compare weights and graph of a converted file with the pins, whatever its bytes; `ModelError` if they differ."""
    proto = parsed(data)
    for what, found, pinned in (
        ("weights", tensors_sha256(proto), model.tensors_sha256),
        ("operations", graph_sha256(proto), model.graph_sha256),
    ):
        if found != pinned:
            raise ModelError(f"its {what} have SHA-256 {found}, not {pinned}")


def provenance(model: Model, data: bytes) -> bytes:
    """The record written beside a converted file: where it is from, whose it is, and every hash on the way."""
    facts = {name: value for name, value in model.to_dict().items() if name not in {"file_sha256", "member_size"}}
    record = {"file": model.file_name, "file_sha256": hashlib.sha256(data).hexdigest(), **facts}
    return json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _bounded(model: Model, file: Path) -> bytes:
    """The bytes of a regular file that is not absurdly large."""
    # float32 from 4-bit weights at most, and the graph
    limit = 8 * sum(part.size for part in model.members) + (1 << 20)
    try:
        with open(file, "rb", opener=_no_wait) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ModelError("it is not a regular file")
            data = stream.read(limit + 1)
    except OSError as error:
        raise ModelError(f"it cannot be read ({error.strerror})") from error
    if len(data) > limit:
        raise ModelError("it is far larger than the model")
    return data


def _no_wait(path: str, flags: int) -> int:
    """Open without waiting, should it be a pipe that nobody writes to."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check(model: Model, data: bytes, *, deep: bool = False) -> None:
    digest = hashlib.sha256(data).hexdigest()
    if digest == model.file_sha256 and not deep:
        return
    try:
        verified(model, data)
    except ModelError as error:
        raise ModelError(
            f"it is damaged or another file (SHA-256 {digest}, not {model.file_sha256}; {error})"
        ) from error


def _check_record(model: Model, file: Path, digest: str) -> None:
    """The record beside a file must tell the hashes of that file and of what it was made from."""
    beside = file.with_suffix(".json")
    try:
        record = json.loads(beside.read_bytes())
        found = {name: record[name] for name in ("file_sha256", "tensors_sha256", "member_sha256", "wheel_sha256")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the record beside it, {beside.name}, is missing or damaged") from error
    pins = (model.tensors_sha256, model.member_sha256, model.wheel_sha256)
    if tuple(found.values()) != (digest, *pins):
        raise ModelError(f"the record beside it, {beside.name}, speaks of other hashes")


def _remedy(model: Model, origin: str) -> str:
    if origin == "package":
        return "Reinstall overpaint-models, or uninstall it and " + model.remedy
    return model.remedy[0].upper() + model.remedy[1:]
