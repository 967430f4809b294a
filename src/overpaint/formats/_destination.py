"""Where copies go: opened once in each process, it gives every shard its shelf."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from overpaint.errors import EngineError, SampleError
from overpaint.records import MetadataPolicy, Sample

from ._containers import EXTENSIONS, ContainerSource
from ._facts import Facts
from ._fields import FieldRules
from ._listing import ShardRef
from ._location import is_url, open_store
from ._names import NAMES_OF_CODECS, called, nameless
from ._output import Output, identity_of
from ._parquet import ParquetReader
from ._parquet_columns import overpaint_of
from ._record import Record, split_member
from ._relabelling import Relabelling
from ._rows import Rows
from ._shelf import RecordWriter, Shelf
from ._shelf_folder import FolderRecords
from ._shelf_parquet import ParquetRecords
from ._shelf_tar import TarRecords
from ._source import Source
from ._store import Store
from ._store_local import LocalStore
from ._tar import TarReader

__all__ = ["Destination"]


class Destination:
    """A place with the form that outputs take there.

    Parameters
    ----------
    output
        Where and how.
    listing
        The directory of the source's listing.
    create
        It will be written to. A folder must be there: one that is gone is not made anew, since half of what was written
        would be missing in it.
    relabelling
        Other names and labels: samples are given to every method as they were listed, and lie where it says.
    """

    def __init__(
        self,
        output: Output,
        *,
        listing: str | os.PathLike[str],
        create: bool = True,
        relabelling: Relabelling | None = None,
    ) -> None:
        self.output = output
        self.store = _opened(output) if create else open_store(output.place)
        self._relabelling = relabelling if relabelling is not None and relabelling.touches else None
        facts = Facts.read(Path(listing))
        self._from_paths, self._facts = facts.from_paths, facts.relabelled(self._relabelling)
        self._rules = FieldRules(dict(output.fields), "drop" if output.unknown == "drop" else "keep")
        self._pack: tuple[str, BinaryIO, TarReader | ParquetReader, dict[str, Sample]] | None = None

    def whole(self, source: Source) -> bool:
        """Whether a shard's output can only be written as a whole."""
        return self.output.packs or source.kind != "folder"

    def shelf(self, source: Source, ref: ShardRef, samples: Sequence[Sample], *, metadata: MetadataPolicy) -> Shelf:
        """Where the outputs of one shard go."""
        records = source.records(samples, packs=self.output.packs)
        try:
            writer = self._writer(source, ref, samples)
        except SampleError as error:  # no schema can be had: every image of this container fails, by this reason
            writer, records = self._writer(None, ref, samples), _failing(error)
        return Shelf(
            writer,
            records,
            self._rules,
            metadata=metadata,
            overlay=self.output.overlay,
            relabelling=self._relabelling,
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels that paths say, in the order of their numbers, as they are in the destination."""
        return self._facts.classes

    def settle(self) -> None:
        """Have what was written outlive a power cut; see `Store.settle`."""
        self.store.settle()

    def forget(self, sample: Sample, fields: Iterable[str]) -> None:
        """Take away the members of a record that lie beside its image, where its container cannot tell them any more.

        Parameters
        ----------
        fields
            Names that members of this shard had when it was written.
        """
        if not self.output.packs:
            for record in {one.record for one in (sample, self._called(sample)) if one.record is not None}:
                for name in fields:
                    self.store.remove(f"{record}.{name}")

    def remove_output(self, output: str, fields: Iterable[str] = ()) -> None:
        """Take away an image of a folder where an earlier run wrote it under a name that it has no more.

        Containers are written anew as a whole: there is nothing to do for them.

        Parameters
        ----------
        output
            As the earlier run said where it lies.
        fields
            Names of members that lay beside it.
        """
        if self.output.packs:
            return
        self.store.remove(output)
        record = split_member(output)[0]
        for name in fields:
            self.store.remove(f"{record}.{name}")

    def _writer(self, source: Source | None, ref: ShardRef, samples: Sequence[Sample]) -> RecordWriter:
        token = ref.id[:12]
        if not self.output.packs:
            return FolderRecords(self.store, token=token)
        key = self.pack(ref)
        if self.output.kind == "webdataset":
            table = isinstance(source, ContainerSource) and source.kind == "parquet"
            rows = table and not overpaint_of(cast("ContainerSource", source).schema(samples[0]))
            return TarRecords(self.store, key, token=token, classes=self._facts.numbers, rows=rows)
        return ParquetRecords(self.store, key, token=token, rows=self._rows(source, samples))

    def _rows(self, source: Source | None, samples: Sequence[Sample]) -> Rows:
        if isinstance(source, ContainerSource) and not self._from_paths:
            if source.kind == "parquet":
                schema = source.schema(samples[0])
                return Rows.of_parquet(schema if self._relabelling is None else self._relabelling.schema(schema))
            return Rows.of_tar(self._facts.texts, self._facts.binaries)
        return Rows.of_folder(self._facts.classes)

    def pack(self, ref: ShardRef) -> str:
        """The container that takes a shard."""
        return ref.pack + EXTENSIONS[self.output.kind]

    def read(self, ref: ShardRef, output: str) -> bytes | None:
        """What lies where a run says that it wrote an image, or None where nothing does.

        Raises
        ------
        SampleError
            It is there and cannot be read.
        """
        if not self.output.packs:
            return self._read_file(output)
        samples = self.inside(self.pack(ref))
        sample = samples.get(output)
        if sample is None or self._pack is None:
            return None
        return self._pack[2].read(sample)

    def inside(self, pack: str) -> dict[str, Sample]:
        """The images of one output container, by where a run says that they lie."""
        if self._pack is None or self._pack[0] != pack:
            self._shut()
            found = self.store.stat(pack)
            if found is None:
                return {}
            file = self.store.open(pack)
            made = TarReader if self.output.kind == "webdataset" else ParquetReader
            reader = made(file, key=pack, mtime_ns=found[1])
            samples = {s.key: s for s in reader.samples() if isinstance(s, Sample)}
            self._pack = (pack, file, reader, samples)
        return self._pack[3]

    def holds(self, ref: ShardRef, sample: Sample, *, others: Collection[str] = ()) -> bool:
        """Whether an image lies where this one would, but for where ``others`` lie that may be called the same."""
        return self._place(ref, sample, others) is not None

    def find(self, ref: ShardRef, sample: Sample) -> bytes | None:
        """The image that lies where this one would; None where there is none."""
        place = self._place(ref, sample)
        return None if place is None else self.read(ref, place)

    def name_of(self, sample: Sample) -> str:
        """Where an image of a folder lies in a folder."""
        called = self._called(sample)
        return called.name or called.key

    def _called(self, sample: Sample) -> Sample:
        return sample if self._relabelling is None else self._relabelling.sample(sample)

    def _place(self, ref: ShardRef, sample: Sample, others: Collection[str] = ()) -> str | None:
        sample = self._called(sample)
        names = called(sample)
        if not self.output.packs:
            every = (f"{name}{extension}" for name in names[:1] for extension in _extensions(sample))
            return next((n for n in every if n not in others and self.store.stat(n) is not None), None)
        wanted = {f"{name}{extension}" for name in names for extension in ("", *_extensions(sample))}
        inside = self.inside(self.pack(ref)).values()
        return next((s.key for s in inside if s.name in wanted and s.key not in others), None)

    def take_back(self, ref: ShardRef, samples: Sequence[Sample]) -> None:
        """Take images away at once; a container that may hold one goes as a whole, and has to be written anew."""
        if self.output.packs:
            self.store.remove(self.pack(ref))
            return
        files = FolderRecords(self.store, token=ref.id[:12])
        for sample in samples:
            files.without(self._called(sample))
            if self._relabelling is None or self._relabelling.vacant(sample):
                files.without(sample)

    def sweep(self) -> int:
        """Remove what killed runs left half-written."""
        return self.store.sweep()

    def _read_file(self, name: str) -> bytes | None:
        found = self.store.stat(name)
        if found is None:
            return None
        try:
            return self.store.read(name, size=found[0], version=found[1], max_bytes=1 << 40)
        except SampleError as error:
            if error.reason == "vanished":
                return None
            raise

    def close(self) -> None:
        """Let go of the container that is open."""
        self._shut()

    def _shut(self) -> None:
        if self._pack is not None:
            self._pack[1].close()
            self._pack = None


def _opened(output: Output) -> Store:
    place = output.place
    if is_url(place):
        return open_store(place, create=True)
    folder = Path(place)
    if not folder.is_dir() or output.identity not in {None, identity_of(folder)}:
        raise EngineError(f"{place}, which this run writes to, is gone: put it back and run the same command again")
    return LocalStore(place, make=False)


def _extensions(sample: Sample) -> Iterable[str]:
    return NAMES_OF_CODECS.values() if nameless(sample) else ("",)


def _failing(error: SampleError) -> Iterator[Record]:
    yield from ()
    raise error
