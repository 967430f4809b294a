"""Side files from the source to the output."""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO, Literal, Protocol, Self

from overpaint.errors import SampleError, UsageError
from overpaint.formats._relabelling import Relabelling

from ._classify import HEAD, classify
from ._gone import Gone
from ._judge import Step, judge
from ._relabel import Labels, Unsure, class_lists_near
from ._relabel_classes import read_class_list
from ._relabel_file import relabelled
from ._stream import BLOCK, Changed, Output, Reader, Sink, Unreadable, View, writing

__all__ = ["Carried", "carry", "fits"]

Action = Literal["copied", "rewritten", "dropped", "listed", "written"]
_SIDE_FILE = "not-an-image"  # the listing's word for a plain file that is no sample
_PICTURES = (b"data:image/", b'"image/png":', b'"image/jpeg":', b'"imageData": "', b'"imageData":"')
_OVERLAP = max(map(len, _PICTURES)) - 1


class Opened(AbstractContextManager["Opened"], Output, Protocol):
    """An output that exists only if it was committed before its block ends."""

    def __enter__(self) -> Self: ...


@dataclass(frozen=True, slots=True)
class Carried:
    """One side file and what became of it; a row of ``private/carried.parquet``.

    Attributes
    ----------
    kind
        As `classify` tells, or more exactly where the samples' names could tell.
    size
        As listed.
    entries, entries_removed
        Entries that speak of images (rows, lines, COCO's images and annotations) and those that were left out; None for
        a file that was not looked into.
    reason
        A fixed word for why it was dropped or listed, or what is to be known of one that was carried.
    ambiguous
        Names that may mean several samples of different fate: such entries stay.
    source_key
        Where the file lay in the source, if it lies elsewhere now: beside an image with another label. `key` is then
        where it lies in the output.
    """

    key: str
    kind: str
    action: Action
    size: int
    output_size: int | None = None
    output_sha256: str | None = None
    entries: int | None = None
    entries_removed: int | None = None
    reason: str | None = None
    ambiguous: int = 0
    source_key: str | None = None


def carry(
    others: Iterable[tuple[str, int, str]],
    *,
    open: Callable[[str], BinaryIO],  # noqa: A002 - the word of the interface
    create: Callable[[str], Opened],
    gone: Gone,
    unknown: Literal["keep", "drop"],
    overrides: Mapping[str, str],
    metadata: str,
    relabelling: Relabelling | None = None,
) -> Iterator[Carried]:
    """Carry the files beside the images, and tell of each what became of it.

    Parameters
    ----------
    others
        Key, size and reason of the files that are no samples (`formats.read_others`).
    open
        Opens one for reading; its failures (OSError, SampleError) cost that file only.
    create
        Opens one for writing: a context manager with ``write(bytes)`` and ``commit()``; without a commit nothing
        appears. Its failures end the work, but for a SampleError, which costs that file only.
    gone
        The samples.
    unknown
        What becomes of a file whose kind is ``unknown``.
    overrides
        By glob of keys, the first that fits: ``keep`` copies byte for byte, ``drop`` leaves out.
    metadata
        The plan's metadata policy.
    relabelling
        Other labels: names and numbers of classes are exchanged, paths follow their images. A file in which that
        cannot be done with certainty is dropped as ``label-names-unsure``; one that lies in the directory of a label
        that goes, as ``label-gone``.

    Yields
    ------
    Carried
        One for each of `others`, in their order.

    Raises
    ------
    UsageError
        An argument has another value; at once, before anything is read.
    """
    if unknown not in ("keep", "drop"):
        raise UsageError(f"unknown side files are kept or dropped: give 'keep' or 'drop', not {unknown!a}")
    for glob, action in overrides.items():
        if action not in ("keep", "drop"):
            raise UsageError(f"side files {glob!a}: give 'keep' or 'drop', not {action!a}")

    touches = relabelling is not None and relabelling.touches
    labels = (
        Labels(relabelling, gone, near=class_lists_near(read_class_list, open)) if relabelling and touches else None
    )

    def each() -> Iterator[Carried]:
        for key, size, reason in others:
            if reason != _SIDE_FILE:
                yield Carried(key, "unknown", "listed", size, reason=reason)
                continue
            override = next((action for glob, action in overrides.items() if fits(key, glob)), None)
            file = _File(key, size, open, create)
            try:
                view = View(gone, folder=key.rpartition("/")[0], metadata=metadata)
                yield _one(file, view, override, unknown, labels)
            except (Changed, OSError, SampleError) as error:
                yield Carried(key, "unknown", "listed", size, reason=_why(error))

    return each()


def fits(key: str, glob: str) -> bool:
    """Whether an override is about a file."""
    return fnmatch.fnmatchcase(key, glob)


def _why(error: Exception) -> str:
    if isinstance(error, SampleError):
        return error.reason
    if isinstance(error, Changed):
        return str(error)
    return "vanished" if isinstance(error, FileNotFoundError) else "unreadable"


@dataclass(frozen=True, slots=True)
class _File:
    """One side file, at both its ends."""

    key: str
    size: int
    open: Callable[[str], BinaryIO]
    create: Callable[[str], Opened]
    to: str | None = None  # where it is written, if not under its own key

    def read(self) -> BinaryIO:
        return self.open(self.key)

    def head(self) -> bytes:
        with self.read() as file:
            return file.read(HEAD)

    @contextmanager
    def written(self) -> Iterator[Sink]:
        """The output; what fails there is no fault of the source, and ends the work."""
        to = self.to or self.key
        with ExitStack() as stack:
            with writing(to):
                output = stack.enter_context(self.create(to))
            yield Sink(output, to)


def _one(file: _File, view: View, override: str | None, unknown: str, labels: Labels | None) -> Carried:
    head = file.head()
    kind = classify(file.key, head)
    if override == "drop":
        return Carried(file.key, kind, "dropped", file.size, reason="override")
    if override == "keep":
        return _copied(file, Step(kind, reason="override"), view, look=False)
    try:
        step = judge(file.key, head, file.read, view, unknown=unknown)
        kind = step.kind
        if step.drop:
            return Carried(file.key, kind, "dropped", file.size, reason=step.reason)
        if labels is not None:
            return _relabelled(file, head, step, view, labels)
        if step.rewrite is not None and (view.samples.touched or view.personal):
            return _rewritten(file, step, view)
    except Unsure:
        return Carried(file.key, kind, "dropped", file.size, reason="label-names-unsure")
    except Unreadable:
        if view.samples.touched or labels is not None:
            return Carried(file.key, kind, "dropped", file.size, reason=f"unreadable-{kind}")
        step = Step(kind, reason=f"unreadable-{kind}")
    return _copied(file, step, view, look=view.samples.touched and not step.trusted)


def _relabelled(file: _File, head: bytes, step: Step, view: View, labels: Labels) -> Carried:
    """First what concerns images that are gone, then labels; the former waits in a temporary file."""
    to = labels.key(file.key)
    if to is None:
        return Carried(file.key, step.kind, "dropped", file.size, reason="label-gone")
    file = dataclasses.replace(file, to=to if to != file.key else None)
    with ExitStack() as stack:
        read: Reader = file.read
        if step.rewrite is not None and (view.samples.touched or view.personal):
            waiting = stack.enter_context(NamedTemporaryFile(prefix="overpaint-"))
            step.rewrite(file.read, functools.partial(_wait, waiting, file.key), view)
            with writing(file.key):
                waiting.flush()
            read = _reader(waiting.name) if view.changed else file.read
            view.again = True
        second = relabelled(file.key, step.kind, head, read, view, labels)
        if second is None and read is file.read:
            return _copied(file, step, view, look=view.samples.touched and not step.trusted)
        with file.written() as sink:
            (second or _as_it_is)(read, sink.write, view)
            if view.changed:
                sink.commit()
                note = "ambiguous-names" if view.ambiguous else "fields-emptied" if view.emptied else None
                return _told(file, step.kind, "rewritten", note, sink, view)
    return _copied(file, step, view, look=False)


def _wait(waiting: IO[bytes], key: str, data: bytes) -> None:
    with writing(key):  # a full disk is no fault of the file
        waiting.write(data)


def _reader(path: str) -> Reader:
    return lambda: Path(path).open("rb")


def _as_it_is(read: Reader, write: Callable[[bytes], object], view: View) -> None:  # noqa: ARG001 - a `Rewrite`
    with read() as opened:
        while block := opened.read(BLOCK):
            write(block)


def _rewritten(file: _File, step: Step, view: View) -> Carried:
    assert step.rewrite is not None
    with file.written() as sink:
        step.rewrite(file.read, sink.write, view)
        if view.changed:
            sink.commit()
            note = "ambiguous-names" if view.ambiguous else "fields-emptied" if view.emptied else None
            return _told(file, step.kind, "rewritten", note, sink, view)
    return _copied(file, step, view, look=False)


def _copied(file: _File, step: Step, view: View, *, look: bool) -> Carried:
    """Byte for byte; with `look`, not where a picture is found inside."""
    with file.written() as sink, file.read() as opened:
        before = b""
        while block := opened.read(BLOCK):
            if look and any(mark in before + block for mark in _PICTURES):
                return Carried(file.key, step.kind, "dropped", file.size, reason="holds-pictures")
            before = block[-_OVERLAP:]
            sink.write(block)
        if sink.size != file.size:
            raise Changed("changed")
        sink.commit()
    return _told(file, step.kind, "copied", "ambiguous-names" if view.ambiguous else step.reason, sink, view)


def _told(file: _File, kind: str, action: Action, reason: str | None, sink: Sink, view: View) -> Carried:
    """With the counts of a file that was looked into."""
    looked = view.entries > 0
    return Carried(
        file.to or file.key,
        kind,
        action,
        file.size,
        output_size=sink.size,
        output_sha256=sink.sha256,
        entries=view.entries if looked else None,
        entries_removed=view.removed if looked else None,
        reason=reason,
        ambiguous=view.ambiguous,
        source_key=file.key if file.to else None,
    )
