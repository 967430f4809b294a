"""What ``verify`` says of a destination as a whole: files that nothing explains, side files that changed."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from overpaint import formats, pipeline
from overpaint.errors import SampleError
from overpaint.plan import Plan
from overpaint.records import python_key
from overpaint.rundir import Run, disk_errors, read_table

__all__ = ["NO_SAMPLES", "scratch_run", "side_file_problems", "unexpected"]

NO_SAMPLES = ("unexpected-file", "side-file-missing", "side-file-changed")
"""Reasons that speak of files which are no samples."""

_WRITTEN = frozenset({"copied", "rewritten", "written"})


def unexpected(
    run: Run, plan: Plan, refs: Sequence[formats.ShardRef], output: formats.Output, scratch: Run
) -> Iterator[str]:
    """What lies in the destination and neither a published sample nor a side file explains.

    Of members of tars that became files of a folder only the containers know the names: those are not told apart. What
    is called as an image of the no-view lane comes out under its keyed hash.
    """
    lane = _Lane(run, refs)
    yield from map(lane.alias, _unexplained(run, plan, refs, output, scratch))


def _unexplained(
    run: Run, plan: Plan, refs: Sequence[formats.ShardRef], output: formats.Output, scratch: Run
) -> Iterator[str]:
    carried = frozenset(key for key, _ in _side_files(run))
    members = plan.container != "folder" and not output.packs  # whose names only the containers know
    with contextlib.closing(formats.open_source(output.place, kind=output.kind)) as dest:
        dest.write_listing(scratch.listing)
    for key, _, reason in formats.read_others(scratch.listing):
        if key not in carried and not members and not (output.packs and reason == "no-image-beside-it"):
            yield key
    listed = formats.read_shards(scratch.listing)
    found = (sample.key for ref in listed for sample in formats.read_shard(scratch.listing, ref))
    yield from formats.beyond(_published(run, refs), (key for key in found if key not in carried), scratch.listing)


class _Lane:
    """The names of images in the no-view lane, which are not to be said."""

    def __init__(self, run: Run, refs: Sequence[formats.ShardRef]) -> None:
        self._names: dict[str, str] = {}
        for ref in refs:
            held = pipeline.InLane(run, ref)
            for sample in formats.read_shard(run.listing, ref):
                if held.reason(sample) is not None:
                    alias = f"lane:{run.keyed(sample.key)}"
                    self._names |= {name.removesuffix("."): alias for name in (sample.key, sample.name) if name}

    def alias(self, found: str) -> str:
        """The name of a file in the destination, or what it is called here."""
        return next((alias for name, alias in self._names.items() if f"/{name}" in f"/{found}"), found)


def side_file_problems(run: Run, output: formats.Output) -> list[tuple[str, str, str]]:
    """Side files that are not there any more, or are not those that were written."""
    store, found = formats.open_store(output.place), list[tuple[str, str, str]]()
    for key, digest in _side_files(run):
        try:
            with store.open(key) as file:
                same = digest is None or _sha256(file) == digest
        except SampleError as error:
            found.append((key, "side-file-missing", error.reason))
            continue
        if not same:
            found.append((key, "side-file-changed", "it is not the file that the run wrote"))
    return found


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _side_files(run: Run) -> list[tuple[str, str | None]]:
    """What the run wrote beside the images, with its hash."""
    path = run.private / "carried.parquet"
    if not path.exists():
        return []
    rows = read_table(path, columns=["key", "action", "output_sha256"]).to_pylist()
    return [(python_key(row["key"]), row["output_sha256"]) for row in rows if row["action"] in _WRITTEN]


def _published(run: Run, refs: Sequence[formats.ShardRef]) -> Iterator[str]:
    for ref in refs:
        file = run.shard_file("samples", ref.id)
        if file.exists():
            yield from (
                python_key(key) for key in read_table(file, columns=["output"])["output"].to_pylist() if key is not None
            )


@contextmanager
def scratch_run(beside: Run | None = None) -> Iterator[Run]:
    """A place for a listing that no run keeps: names of files only, closed to others, gone afterwards.

    Parameters
    ----------
    beside
        A run that is being verified: the place is in its private half, so that what a kill leaves there goes with the
        next command. None: in the temporary directory.
    """
    if beside is None:
        place = Path(tempfile.mkdtemp(prefix="overpaint-"))
    else:
        place = beside.private / "verifying"
        shutil.rmtree(place, ignore_errors=True)
    try:
        run = Run(place)
        with disk_errors(place):
            for half in ("listing", "boxes"):
                (run.private / half).mkdir(parents=True)
        yield run
    finally:
        shutil.rmtree(place, ignore_errors=True)
