"""The output of one shard while it is written: images are put or dropped in order; what belongs to them follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from overpaint.errors import SampleError
from overpaint.records import MetadataPolicy, Outcome, Sample

from ._fields import FieldRules
from ._record import Field, Record
from ._relabelling import Relabelling

__all__ = ["RecordWriter", "Shelf", "Shelved"]


class RecordWriter(Protocol):
    """What writes the records of one shard into a folder or into a container of its own."""

    def begin(self, record: Record) -> None:
        """Make ready for a record that will have an image or never had one."""
        ...

    def image(self, sample: Sample, data: bytes) -> str:
        """Take an image of the record; where it lies in the destination. `SampleError` where it cannot be written."""
        ...

    def without(self, sample: Sample) -> None:
        """The image has no place in the destination: take away what an earlier run left there."""
        ...

    def end(self, fields: Sequence[Field]) -> None:
        """Finish the record that was begun, with the fields that stay."""
        ...

    def nothing(self, record: Record) -> None:
        """The record, begun or not, lost all its images: nothing of it stays."""
        ...

    def commit(self) -> list[bytes]:
        """Publish; lines for the metadata file that all shards share."""
        ...

    def abort(self) -> None:
        """Leave nothing behind of what is not yet published."""
        ...


@dataclass(frozen=True, slots=True)
class Shelved:
    """What became of the fields: how many by name, class and ``kept`` or ``dropped``; lines for the metadata file.

    Not ``whole`` where the source's container could not be read to its end.
    """

    fields: Counter[tuple[str, str, str]]
    lines: list[bytes]
    whole: bool = True


class Shelf:
    """See the module. A context manager: leaving it by an exception publishes nothing of a container.

    Parameters
    ----------
    writer
        Of the destination.
    records
        Of the shard, in the order in which its images will come.
    rules
        Which fields stay.
    metadata
        The policy's word on metadata: ``strip``, ``keep-safe`` or ``keep``.
    overlay
        Leave out what is identical and keeps its name and labels.
    relabelling
        Other names and labels for what is handed in: samples are put and dropped as they were listed.
    """

    def __init__(
        self,
        writer: RecordWriter,
        records: Iterator[Record],
        rules: FieldRules,
        *,
        metadata: MetadataPolicy,
        overlay: bool = False,
        relabelling: Relabelling | None = None,
    ) -> None:
        self._writer, self._records, self._rules = writer, records, rules
        self._metadata, self._overlay = metadata, overlay
        self._relabelling = relabelling if relabelling is not None and relabelling.touches else None
        self._record: Record | None = None
        self._before: Record | None = None  # as it was called in the source
        self._begun = self._touched = False
        self._images = 0
        self._fields: Counter[tuple[str, str, str]] = Counter()
        self._broken: SampleError | None = None

    def put(self, sample: Sample, data: bytes, outcome: Outcome) -> str | None:
        """Publish an image; where it lies in the destination, or None where an overlay leaves it out.

        Raises
        ------
        SampleError
            It cannot be written under this name, or the container it comes from is not what was listed any more.
        """
        record = self._advance(sample)
        if self._overlay and outcome is Outcome.IDENTICAL and not self._relabelled(record):
            self._without(sample)
            self._finish_at(sample)
            return None
        if not self._begun:
            self._writer.begin(record)
            self._begun = True
        where = self._writer.image(next(mine for mine in record.samples if mine.key == sample.key), data)
        self._leave(sample)
        self._images += 1
        self._touched = self._touched or outcome in {Outcome.REDACTED, Outcome.RE_ENCODED}
        self._finish_at(sample)
        return where

    def drop(self, sample: Sample) -> None:
        """Publish nothing of an image."""
        try:
            self._advance(sample)
        except SampleError:
            if self._broken is None:
                raise
            self._without(sample)  # what else its record has, nobody can tell
            return
        self._without(sample)
        self._touched = True
        self._finish_at(sample)

    def close(self) -> Shelved:
        """Finish the last record, carry what follows it, and publish."""
        self._finish()
        try:
            while self._broken is None and (record := self._next()) is not None:
                self._pass(record)
        except SampleError:
            if self._broken is None:
                raise
        return Shelved(self._fields, self._writer.commit(), whole=self._broken is None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._writer.abort()

    def _advance(self, sample: Sample) -> Record:
        while self._record is None or all(mine.key != sample.key for mine in self._record.samples):
            self._finish()
            record = self._next()
            if record is None:
                self._broken = SampleError("changed", "the container does not hold its record any more")
                raise self._broken
            if record.samples:
                self._record, self._begun, self._touched, self._images = record, False, False, 0
            else:
                self._pass(record)
        return self._record

    def _next(self) -> Record | None:
        """The record that follows, None after the last; once the container failed, it fails for all that follow."""
        if self._broken is None:
            try:
                self._before = next(self._records, None)
            except SampleError as error:
                self._broken = error
            else:
                before = self._before
                return before if before is None or self._relabelling is None else self._relabelling.record(before)
        raise self._broken

    def _vacant(self, sample: Sample) -> bool:
        return self._relabelling is None or self._relabelling.vacant(sample)

    def _leave(self, sample: Sample) -> None:
        """Take away what an earlier run left under the name that the source has, where that is another one."""
        if self._relabelling is not None and self._relabelling.moves(sample) and self._vacant(sample):
            self._writer.without(sample)

    def _without(self, sample: Sample) -> None:
        self._leave(sample)
        self._writer.without(sample if self._relabelling is None else self._relabelling.sample(sample))

    def _relabelled(self, record: Record) -> bool:
        """Whether other labels make another record of it."""
        if self._relabelling is None:
            return False
        return record != self._before or any(self._relabelling.field(one) is not one for one in record.fields)

    def _finish_at(self, sample: Sample) -> None:
        if self._record is not None and self._record.samples[-1].key == sample.key:
            self._finish()

    def _finish(self) -> None:
        record, before = self._record, self._before
        if record is None:
            return
        if before is not None and before.name != record.name and all(map(self._vacant, before.samples)):
            self._writer.nothing(before)  # members that an earlier run left under the old name
        if self._images:
            try:
                self._end(record, painted=self._touched)
            except Exception:
                self._images = 0  # so that nothing of it is left when its image is dropped
                raise
        else:
            self._count(record, [])
            self._writer.nothing(record)
        self._record = None

    def _pass(self, record: Record) -> None:
        """A record that never had an image goes along, but for an overlay."""
        if not self._overlay and not record.samples:
            self._writer.begin(record)
            self._end(record, painted=False)

    def _end(self, record: Record, *, painted: bool) -> None:
        applied = (self._rules.apply(f, metadata=self._metadata, painted=painted) for f in record.fields)
        kept = [f for f in applied if f is not None]
        if self._relabelling is not None:
            kept = self._relabelling.fields(kept)
        self._count(record, kept)
        self._writer.end(kept)

    def _count(self, record: Record, kept: Sequence[Field]) -> None:
        if record.fields:
            names = {field.name for field in kept}
            for field in record.fields:
                word = "kept" if field.name in names else "dropped"
                self._fields[field.name, self._rules.kind(field), word] += 1
