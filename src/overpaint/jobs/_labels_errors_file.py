"""A maintainer's predictions: one row a sample, one column a class, in CSV, TSV, Parquet, NPZ or NPY.

That they are out of sample (no sample was seen by the model that speaks of it) is the maintainer's word.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from overpaint.errors import LabelsError
from overpaint.records import stored_key

__all__ = ["Predictions", "read_predictions"]

MOST_CELLS = 500_000_000
"""Rows times classes: 2 GB as 32-bit numbers; ImageNet's 1,281,167 would fit with 390 classes, its 50,000 with all."""

KEYS = ("key", "image", "file", "filename", "file_name", "path")
_NEARLY = 0.01  # how far a sum may be from 1: 16-bit numbers are rounded

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a file says, rows as they stand in it.

    Attributes
    ----------
    keys, classes
        None where the file (NPY) has numbers alone.
    probabilities
        Rows x classes; each row sums to 1.
    """

    keys: tuple[str, ...] | None
    classes: tuple[str, ...] | None
    probabilities: Floats
    sha256: str

    def of(self, keys: Sequence[str]) -> tuple[NDArray[np.bool_], Floats]:
        """Which of those samples have a row, and their rows, in their order."""
        if self.keys is None:
            return np.ones(len(keys), bool), self.probabilities
        rows = {stored_key(key): at for at, key in enumerate(self.keys)}
        places = np.array([rows.get(key, -1) for key in keys], np.int64)
        there = places >= 0
        return there, self.probabilities[places[there]]


def read_predictions(path: Path) -> Predictions:
    """Read a file of predictions; its name's ending says what it is.

    Raises
    ------
    LabelsError
        It cannot be read, or what is in it are no probabilities; names the file and the row.
    """
    shown = f"--predictions {path}"
    try:
        keys: tuple[str, ...] | None = None
        classes: tuple[str, ...] | None = None
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        match path.suffix.lower():
            case ".csv" | ".tsv":
                keys, classes, numbers = _table(_text_table(path, shown), shown)
            case ".parquet":
                with pq.ParquetFile(path) as held:
                    _bounded(held.metadata.num_rows, held.metadata.num_columns, shown)
                    keys, classes, numbers = _table(held.read(), shown)
            case ".npz":
                keys, classes, numbers = _npz(path, shown)
            case ".npy":
                numbers = np.load(path, mmap_mode="r", allow_pickle=False)
            case _:
                raise LabelsError(f"{shown}: give a .csv, .tsv, .parquet, .npz or .npy")
    except OSError as error:
        raise LabelsError(f"{shown}: cannot be read ({error.strerror or error})") from None
    except (pa.ArrowException, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise LabelsError(f"{shown}: not what its name says ({str(error)[:200]!a})") from None
    return Predictions(keys, classes, _checked(numbers, keys, classes, shown), digest)


def _text_table(path: Path, shown: str) -> pa.Table:
    if path.stat().st_size > 32 * MOST_CELLS:
        raise LabelsError(f"{shown}: the file is larger than what is read at once; give Parquet, in parts")
    parsed = pv.ParseOptions(delimiter="," if path.suffix.lower() == ".csv" else "\t")
    texts = {word: pa.string() for name in KEYS for word in (name, name.upper(), name.title())}  # 007 is no number
    return pv.read_csv(path, parse_options=parsed, convert_options=pv.ConvertOptions(column_types=texts))


def _table(table: pa.Table, shown: str) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    named = [name for name in table.column_names if name.lower() in KEYS]
    if len(named) != 1:
        raise LabelsError(f"{shown}: one column must name the sample: key (or image, file, path); there are {named}")
    classes = tuple(name for name in table.column_names if name != named[0])
    _bounded(len(table), len(classes), shown)
    numbers = np.empty((len(table), len(classes)), np.float32)
    for at, name in enumerate(classes):
        column = table.column(name)
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise LabelsError(f"{shown}: column {name!a} holds no numbers; each column but {named[0]} is a class")
        numbers[:, at] = column.to_numpy()
    return _texts(table.column(named[0]).to_pylist()), classes, numbers


def _npz(path: Path, shown: str) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    with zipfile.ZipFile(path) as packed:  # it may unpack to far more than its size
        size = sum(each.file_size for each in packed.infolist())
    if size > 16 * MOST_CELLS:
        raise LabelsError(f"{shown}: it unpacks to {size:,} bytes, more than is read")
    with np.load(path, allow_pickle=False) as held:
        missing = [name for name in ("keys", "classes", "probabilities") if name not in held.files]
        if missing:
            raise LabelsError(f"{shown}: there is no array {missing[0]!r}; it needs keys, classes and probabilities")
        return _texts(held["keys"].tolist()), _texts(held["classes"].tolist()), held["probabilities"]


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in values) if isinstance(values, list) else (str(values),)


def _bounded(rows: int, columns: int, shown: str) -> None:
    if rows * columns > MOST_CELLS:
        raise LabelsError(f"{shown}: {rows:,} rows of {columns:,} columns are more than is read at once; split it")


def _checked(numbers: NDArray[Any], keys: Sequence[str] | None, classes: Sequence[str] | None, shown: str) -> Floats:
    """The numbers, if they are probabilities."""
    if numbers.ndim != 2 or numbers.dtype.kind not in "fiu":
        raise LabelsError(f"{shown}: probabilities are rows x classes of numbers, not {numbers.shape} {numbers.dtype}")
    _bounded(numbers.shape[0], numbers.shape[1], shown)
    for what, held, size in (("keys", keys, numbers.shape[0]), ("classes", classes, numbers.shape[1])):
        if held is not None and len(held) != size:
            raise LabelsError(f"{shown}: {len(held)} {what} for {size} of probabilities")
        if held is not None and len(set(held)) < len(held):
            raise LabelsError(f"{shown}: of its {what} some are there twice")
    found = np.asarray(numbers, np.float32)
    sums = found.sum(axis=1, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        wrong = ~((found >= 0).all(axis=1) & (np.abs(sums - 1) <= _NEARLY))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise LabelsError(
            f"{shown}: row {row + 1} is no probabilities: its lowest is {float(found[row].min()):g}, their sum "
            f"{float(sums[row]):g}; {int(wrong.sum())} rows are so (logits must go through a softmax first)"
        )
    return np.asarray(found / sums[:, None].astype(np.float32), np.float32)
