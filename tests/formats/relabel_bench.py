"""Fabricated datasets with labels, and a run over them with other ones: every image is handed on as it is."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from overpaint.formats import (
    ABOUT,
    About,
    Destination,
    Facts,
    LabelPlace,
    Output,
    Relabelling,
    complete_places,
    find_label_places,
    open_source,
    read_labels,
    read_shard,
    read_shards,
)
from overpaint.formats._output import identity_of
from overpaint.formats._record import Record
from overpaint.formats._tar_writer import TarWriter
from overpaint.records import Outcome, Sample


def png(number: int) -> bytes:
    """A picture that no other number has."""
    out = io.BytesIO()
    Image.new("RGB", (2, 2), (number % 256, number // 256 % 256, 7)).save(out, "PNG")
    return out.getvalue()


def folder(root: Path, files: Mapping[str, int | bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(data) if isinstance(data, int) else data)
    return root


def tar(root: Path, members: Sequence[tuple[str, int | bytes]], name: str = "00000.tar") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    with (root / name).open("wb") as file:
        writer = TarWriter(file)
        for member, data in members:
            writer.add(member, png(data) if isinstance(data, int) else data)
        writer.close()
    return root


def table(
    root: Path,
    columns: Mapping[str, Sequence[Any]],
    *,
    types: Mapping[str, pa.DataType] | None = None,
    features: Mapping[str, Any] | None = None,
    paths: Sequence[str | None] | None = None,
) -> Path:
    """A parquet file as Hugging Face writes it, an image a row."""
    rows = len(next(iter(columns.values())))
    images = [{"bytes": png(at), "path": paths[at] if paths else None} for at in range(rows)]
    arrays = {"image": pa.array(images, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))}
    arrays |= {name: pa.array(list(values), (types or {}).get(name)) for name, values in columns.items()}
    made = pa.table(arrays)
    told = {"info": {"features": {"image": {"_type": "Image"}, **(features or {})}}}
    root.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        made.replace_schema_metadata({"huggingface": json.dumps(told)}), root / "train-00000-of-00001.parquet"
    )
    return root


class Job:
    """One source, listed; `run` writes it with other labels, `labels` says what its images bear."""

    def __init__(
        self, source: Path, work: Path, *, kind: str | None = None, places: Sequence[str] | None = None
    ) -> None:
        self.root, self.work, self.kind = source, work, kind
        self.source = open_source(source)
        self.kind = kind or self.source.kind
        self.packs = self.kind != "folder"
        self.listing = work / "listing"
        self.source.write_listing(self.listing, packs=self.packs)
        Facts.gather(self.source, self.listing, parquet=self.kind == "parquet").write(self.listing)
        if places is None:
            self.places = find_label_places(self.source, self.listing)
        else:
            self.places = complete_places(self.source, self.listing, [LabelPlace.parse(place) for place in places])
        self.amiss: Counter[str] = Counter()
        self.source.close()

    def read(self, *places: LabelPlace) -> list[tuple[str, ...]]:
        """Labels of the first shard's samples."""
        samples = self.first()
        told = list(read_labels(self.source, samples, places or self.places, amiss=self.amiss))
        self.source.close()
        return told

    def first(self) -> list[Sample]:
        return read_shard(self.listing, read_shards(self.listing)[0])

    def records(self) -> list[Record]:
        told = list(self.source.records(self.first()))
        self.source.close()
        return told

    def labels(self) -> dict[bytes, tuple[str, ...]]:
        """Labels by picture."""
        found: dict[bytes, tuple[str, ...]] = {}
        for ref in read_shards(self.listing):
            samples = read_shard(self.listing, ref)
            for sample, said in zip(
                samples, read_labels(self.source, samples, self.places, amiss=self.amiss), strict=True
            ):
                data = self.source.read(sample)
                assert data not in found, "each picture is there once"
                found[data] = said
        self.source.close()
        return found

    def relabelling(
        self, names: Mapping[str, str | None], numbers: Mapping[int, int | None] | None = None
    ) -> Relabelling:
        classes = sorted({name for name in names.values() if name is not None})
        return Relabelling(dict(names), dict(numbers or {}), self.places, tuple(classes))

    def run(
        self,
        dest: Path,
        relabelling: Relabelling | None,
        *,
        drop: Sequence[str] = (),
        outcomes: Mapping[str, Outcome] | None = None,
        **more: Any,
    ) -> dict[str, str]:
        """Hand every image on; where each lies now."""
        dest.mkdir(parents=True, exist_ok=True)
        output = Output(place=str(dest), kind=self.kind, identity=identity_of(dest), **more)
        to = Destination(output, listing=self.listing, relabelling=relabelling)
        placed: dict[str, str] = {}
        for ref in read_shards(self.listing):
            samples = read_shard(self.listing, ref)
            with to.shelf(self.source, ref, samples, metadata="keep") as shelf:
                for sample in samples:
                    if sample.key in drop:
                        shelf.drop(sample)
                        continue
                    outcome = (outcomes or {}).get(sample.key, Outcome.IDENTICAL)
                    where = shelf.put(sample, self.source.read(sample), outcome)
                    if where is not None:
                        placed[sample.key] = where
                shelf.close()
        if self.packs and to.classes:
            field = "cls" if self.kind == "webdataset" else "label"
            (dest / ABOUT).write_bytes(About((field,), to.classes).to_json(self.kind))
        to.close()
        self.source.close()
        return placed


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
