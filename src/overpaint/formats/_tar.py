"""A WebDataset tar as a source: an index by headers, records in order, one image at a time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from overpaint.errors import SampleError, SourceError
from overpaint.records import Sample

from ._fields import classify
from ._record import Field, Record, place_in_container, split_member
from ._sniff import looks_like_image, sniff
from ._tar_walk import BLOCK, Damage, Member, header_ok, walk
from ._texts import MOST_BYTES, MOST_FIELDS, read_text
from ._walk import HIDDEN_JUNK, IMAGE_EXTENSIONS

__all__ = ["TarReader"]

Other = tuple[str, int, str]

_GROUP = 1024  # members of one record
_MEMBERS = 1 << 24  # of one tar: their names' hashes are kept, about 100 bytes each
_NAME = 4096
_KINDS = frozenset({"label", "text"})
_AT_ONCE = 1 << 24


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    record: str
    field: str
    at: int
    size: int
    head: bytes
    image: bool


class TarReader:
    """One tar, local or remote.

    Members that follow each other and share WebDataset's key are a record: the path and the base name up to its first
    dot. A leading ``./`` and doubled slashes are dropped from names.

    Parameters
    ----------
    file
        Open for reading in binary, seekable. It stays the caller's to close.
    key
        Its path below the source.
    mtime_ns
        Of the tar, passed on to its samples; `read` refuses samples of another one.
    max_bytes
        Larger images, and fields that are larger together in one record, are not read.
    """

    def __init__(self, file: BinaryIO, *, key: str, mtime_ns: int, max_bytes: int = 1 << 30) -> None:
        self.key = key
        self.mtime_ns = mtime_ns
        self.max_bytes = max_bytes
        self._file = file
        # Records to come and the one that was asked for last.
        self._coming: Iterator[list[_Entry] | Other] = iter(())
        self._group: list[_Entry] = []

    def samples(self) -> Iterator[Sample | Other]:
        """Every image, and every other member as key, bytes and reason, in the order of the tar; data is not read.

        Reasons: ``not-a-regular-file``, ``sparse``, ``truncated``, ``refused-name`` (absolute, with ``..``, a NUL or
        more than 4096 bytes), ``duplicate-name``, ``too-large``, ``too-many-members``, ``no-image-beside-it``; for the
        tar itself (or its rest) ``not-a-tar``, ``compressed-tar``, ``broken-header``, ``header-too-large``,
        ``truncated``, ``no-end-of-archive``, ``data-after-end``. Directories are passed over.

        Raises
        ------
        SourceError
            The tar cannot be read, or holds more than 16 million members.
        """
        for group in self._groups():
            if isinstance(group, tuple):
                yield group
                continue
            images = self._samples(group)
            yield from images
            if not images:
                for entry in group:
                    yield self._key(entry.name), entry.size, "no-image-beside-it"

    def records(self) -> Iterator[Record]:
        """Every record in the order of the tar, with what its fields hold; records without an image among them.

        Raises
        ------
        SourceError
            The tar cannot be read.
        """
        for group in self._groups():
            if isinstance(group, tuple):
                continue
            samples = tuple(self._samples(group))
            fields = tuple(self._field(entry) for entry in group if not entry.image)
            yield Record(group[0].record, samples, fields)

    def read(self, sample: Sample) -> bytes:
        """The bytes of one image, which must be the member that was listed.

        Raises
        ------
        SampleError
            ``changed`` since it was listed; ``truncated``; ``too-large``; ``unreadable``.
        """
        if sample.file != self.key or sample.mtime_ns != self.mtime_ns or sample.at < BLOCK:
            raise SampleError("changed", "the tar is not the one that was listed; list the source again")
        if sample.size > self.max_bytes:
            raise SampleError("too-large", f"{sample.size} bytes; at most {self.max_bytes} are read")
        try:
            self._file.seek(sample.at - BLOCK)
            if not header_ok(self._file.read(BLOCK)):
                raise SampleError("changed", "no member begins where it was listed; list the source again")
            data = self._bytes(sample.size)
        except OSError as error:
            raise SampleError("unreadable", error.strerror or type(error).__name__) from None
        if len(data) != sample.size:
            raise SampleError("truncated", f"{len(data)} bytes are left of {sample.size}")
        return data

    def texts(self, sample: Sample) -> dict[str, str]:
        """What the record of an image says in words, by field. Fast in the order of the tar.

        Raises
        ------
        SampleError
            ``changed`` since it was listed; ``unreadable``.
        """
        try:
            entries = [entry for entry in self._record_of(sample) if classify(entry.field, bytes) == "text"]
            found = {entry.field: self._text(entry) for entry in entries[:MOST_FIELDS] if not entry.image}
        except (OSError, SourceError) as error:
            raise SampleError("unreadable", type(error).__name__) from None
        return {name: text for name, text in found.items() if text}

    def fields(self, sample: Sample, names: Collection[str]) -> tuple[Field, ...]:
        """The members of these names in the record of an image. Fast in the order of the tar; errors as of `texts`."""
        try:
            entries = [entry for entry in self._record_of(sample) if not entry.image and entry.field in names]
            return tuple(self._field(entry) for entry in entries)
        except (OSError, SourceError) as error:
            raise SampleError("unreadable", type(error).__name__) from None

    def _record_of(self, sample: Sample) -> list[_Entry]:
        """The record that holds an image: the last one, one that follows, or, from the start again, one before."""
        if not self._group or self._group[0].at > sample.at:
            self._coming, self._group = self._groups(), []
        while all(entry.at != sample.at for entry in self._group):
            group = next(self._coming, None)
            if group is None or (isinstance(group, list) and group[0].at > sample.at):
                self._group = []
                raise SampleError("changed", "no member begins where it was listed; list the source again")
            self._group = group if isinstance(group, list) else self._group
        return self._group

    def _text(self, entry: _Entry) -> str:
        self._file.seek(entry.at)
        return read_text(self._bytes(min(entry.size, MOST_BYTES)))

    def _groups(self) -> Iterator[list[_Entry] | Other]:
        """Records as lists of entries, and what is in no record."""
        group: list[_Entry] = []
        fields = 0  # bytes, of this group
        seen: set[int] = set()
        try:
            for step in walk(self._file):
                if isinstance(step, Damage):
                    if group:
                        yield group
                    yield self.key, step.left, step.reason
                    return
                if step.problem == "directory":
                    continue
                entry = self._entry(step, seen)
                if isinstance(entry, tuple):
                    yield entry
                    continue
                if group and group[0].record != entry.record:
                    yield group
                    group, fields = [], 0
                fields += 0 if entry.image else entry.size
                if len(group) >= _GROUP:
                    yield self._key(entry.name), entry.size, "too-many-members"
                elif entry.size > self.max_bytes or (not entry.image and fields > self.max_bytes):
                    fields -= 0 if entry.image else entry.size
                    yield self._key(entry.name), entry.size, "too-large"
                else:
                    group.append(entry)
        except OSError as error:
            raise SourceError(f"cannot read {self.key!a}: {error.strerror or type(error).__name__}") from None
        if group:
            yield group

    def _entry(self, member: Member, seen: set[int]) -> _Entry | Other:
        name = _name(member.name)
        if name is None:
            shown = os.fsdecode(member.name[:_NAME].replace(b"\0", b"?"))
            return self._key(shown), member.size, "refused-name"
        if member.problem is not None:
            return self._key(name), member.size, member.problem
        digest = int.from_bytes(hashlib.blake2b(os.fsencode(name), digest_size=8).digest(), "big")
        if digest in seen:
            return self._key(name), member.size, "duplicate-name"
        if len(seen) >= _MEMBERS:
            raise SourceError(f"{self.key!a} holds more than {_MEMBERS} members; split it")
        seen.add(digest)
        record, field = split_member(name)
        return _Entry(name, record, field, member.at, member.size, member.head, _is_image(name, field, member.head))

    def _samples(self, group: list[_Entry]) -> list[Sample]:
        label = next(filter(None, (_label(entry) for entry in group)), None)
        return [self._sample(entry, label) for entry in group if entry.image]

    def _sample(self, entry: _Entry, label: str | None) -> Sample:
        place, split = place_in_container(self.key, entry.name)
        return Sample(
            key=self._key(entry.name),
            size=entry.size,
            mtime_ns=self.mtime_ns,
            label=place if label is None else label,
            split=split,
            name=entry.name,
            record=entry.record,
            file=self.key,
            at=entry.at,
            field=entry.field,
        )

    def _field(self, entry: _Entry) -> Field:
        self._file.seek(entry.at)
        data = self._bytes(entry.size)
        if len(data) != entry.size:
            raise SourceError(f"{self.key!a} became shorter while it was read; run again when nothing writes to it")
        return Field(entry.field, data, classify(entry.field, data))

    def _bytes(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0 and (part := self._file.read(min(size, _AT_ONCE))):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _key(self, name: str) -> str:
        return f"{self.key}/{name}"


def _name(raw: bytes) -> str | None:
    """A member's name as a relative path without ``.`` and empty parts; None for one that is none."""
    if raw[:1] == b"/" or b"\0" in raw or len(raw) > _NAME:
        return None
    parts = [part for part in raw.split(b"/") if part not in (b"", b".")]
    return None if b".." in parts or not parts else os.fsdecode(b"/".join(parts))


def _is_image(name: str, field: str, head: bytes) -> bool:
    """Whether a member is an image to be looked at: by its extension, or by what it holds; previews are fields."""
    kind = classify(field, bytes)
    if kind == "derived":
        return False
    base = os.fsencode(name.rpartition("/")[2])
    extension = base.rpartition(b".")[2].lower() if b"." in base[1:] else b""
    if extension in IMAGE_EXTENSIONS and not base.startswith(HIDDEN_JUNK):
        return True
    # A caption may begin as a portable bitmap does ("P1 1 ..."); nothing that is text begins as the common codecs do.
    return sniff(head).codec not in {None, "pnm", "tga", "ico", "other"} if kind in _KINDS else looks_like_image(head)


def _label(entry: _Entry) -> str | None:
    """What a ``.cls`` member says, where it is one short line of text."""
    if entry.image or entry.field.lower() != "cls" or entry.size > len(entry.head):
        return None
    try:
        text = entry.head.decode().strip()
    except UnicodeDecodeError:
        return None
    return text if text and text.isprintable() else None
