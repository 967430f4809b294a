"""What the writers of all shards must agree on before the first is written: classes, and the columns of a table."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from overpaint.errors import RunError
from overpaint.records import python_key, stored_key

from ._about import About
from ._containers import ContainerSource
from ._label_places import LabelPlace
from ._listing import read_shard, read_shards
from ._relabelling import Relabelling
from ._source import Source

__all__ = ["Facts"]

_NAME = "facts.json"
_ASKED = 100  # records


@dataclass(frozen=True)
class Facts:
    """About the source as a whole.

    Attributes
    ----------
    classes
        Labels in the order of their numbers: as the source numbers them, else sorted.
    added
        Fields that overpaint itself added to this source once.
    texts, binaries
        Fields of tars that get a column of their own in a parquet output.
    """

    classes: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    binaries: tuple[str, ...] = ()

    @property
    def from_paths(self) -> bool:
        """Whether labels say what the images' paths say, so that a container may state them and a folder need not."""
        return bool(self.classes)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each label."""
        return {name: number for number, name in enumerate(self.classes)}

    @classmethod
    def gather(cls, source: Source, listing: Path, *, parquet: bool) -> Facts:
        """Look through a finished listing, and through the source where a schema is wanted."""
        about = source.about if isinstance(source, ContainerSource) else About()
        classes = about.classes if about.added else _labels(listing) if source.kind == "folder" else ()
        texts, binaries = _columns(source, listing) if parquet and source.kind == "webdataset" else ((), ())
        return cls(classes, about.added, texts, binaries)

    def relabelled(self, relabelling: Relabelling | None) -> Facts:
        """The same with the labels that the destination has."""
        if relabelling is None or not relabelling.by_path or not self.classes:
            return self
        return replace(self, classes=relabelling.classes_of(LabelPlace("path", self.classes)) or ())

    def write(self, listing: Path) -> None:
        """Keep it beside the listing; whole or not at all."""
        value = {
            "classes": [stored_key(name) for name in self.classes],
            "added": self.added,
            "texts": [stored_key(name) for name in self.texts],
            "binaries": [stored_key(name) for name in self.binaries],
        }
        temporary = listing / f".{_NAME}.tmp"
        temporary.write_text(json.dumps(value))
        temporary.replace(listing / _NAME)

    @classmethod
    def read(cls, listing: Path) -> Facts:
        """The inverse of `write`; nothing is known of a listing without."""
        path = listing / _NAME
        try:
            value = json.loads(path.read_bytes())
            classes, texts, binaries = (
                tuple(python_key(name) for name in value[key]) for key in ("classes", "texts", "binaries")
            )
            return cls(classes, tuple(value["added"]), texts, binaries)
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{os.fspath(path)!a} is damaged ({type(error).__name__}); start a new run") from None


def _labels(listing: Path) -> tuple[str, ...]:
    found: set[str] = set()
    with pq.ParquetFile(listing / "listing.parquet") as file:
        for group in range(file.num_row_groups):
            column = file.read_row_group(group, columns=["label"])["label"]
            found.update(value for value in pc.unique(column).to_pylist() if value is not None)
    return tuple(sorted(map(python_key, found)))


def _columns(source: Source, listing: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Fields of the first records: texts and others. What comes up later goes into a column of its own kind."""
    refs = read_shards(listing)
    texts: set[str] = set()
    binaries: set[str] = set()
    if refs:
        for record in itertools.islice(source.records(read_shard(listing, refs[0])), _ASKED):
            for one in record.fields:
                (texts if _is_text(one.value) else binaries).add(one.name)
    return tuple(sorted(texts - binaries)), tuple(sorted(binaries))


def _is_text(value: bytes) -> bool:
    try:
        return "\0" not in value.decode()
    except UnicodeDecodeError:
        return False
