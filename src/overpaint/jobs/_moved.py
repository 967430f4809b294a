"""Where images lay under label policies that are not in force any more: found again by name, and taken away.

Under each label policy an image has one name in a folder. Whatever was cut short, and whatever was decided since, it
can lie only where one of the policies put it under which this run ever wrote. These are kept until everything lies
where the one in force wants it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from overpaint import formats, pipeline
from overpaint.records import python_key
from overpaint.rundir import Run, read_table, write_bytes

__all__ = ["begun", "settled", "take_away_former"]

_FILE = "label-generations.json"
Hashes = npt.NDArray[np.uint64]


def begun(run: Run, generation: str) -> None:
    """Say, before anything is written, that names of this generation may come to be in the destination."""
    if pipeline.labelled_generations(run):
        write_bytes(run.private / _FILE, json.dumps(sorted({*_read(run), generation})).encode())


def settled(run: Run, refs: Sequence[formats.ShardRef], generation: str | None) -> None:
    """Say that everything lies where this generation wants it and nowhere else, if every shard is of it."""
    acted = {run.marker(ref.id).get("generation") for ref in refs}
    if acted == {generation} and pipeline.labelled_generations(run):
        write_bytes(run.private / _FILE, json.dumps([generation]).encode())


def take_away_former(
    run: Run, refs: Sequence[formats.ShardRef], dest: formats.Destination, *, lane: bool = False
) -> None:
    """Take images away from where earlier decisions put them, and where no image of the run is said to lie now.

    Parameters
    ----------
    lane
        Only what is in the no-view lane, and from where the decisions in force put it too.
    """
    if dest.output.packs:  # containers are written anew as a whole
        return
    for ref, name in _former_names(run, refs, lane=lane):
        fields = run.marker(ref.id).get("fields") or ()
        dest.remove_output(name, [one[0] for one in fields])


def _former_names(run: Run, refs: Sequence[formats.ShardRef], *, lane: bool) -> Iterator[tuple[formats.ShardRef, str]]:
    before = [name for name in _read(run) if lane or name != run.generation()]
    if not before or not pipeline.labelled_generations(run):
        return
    found = [pipeline.Labelling.of(run, name) for name in before]
    maps = [one.relabelling for one in found if one is not None and one.relabelling.by_path]
    taken = _taken(run, formats.read_shards(run.listing))
    for ref in refs:
        held = pipeline.InLane(run, ref)
        samples = [s for s in formats.read_shard(run.listing, ref) if not lane or held.reason(s) is not None]
        ways = ([sample, *(each.sample(sample) for each in maps)] for sample in samples)
        names = list(dict.fromkeys(way.name or way.key for way in itertools.chain.from_iterable(ways)))
        free = ~np.isin(_hashes(names), taken)
        yield from ((ref, names[at]) for at in np.flatnonzero(free))


def _taken(run: Run, refs: Sequence[formats.ShardRef]) -> Hashes:
    """Where images are said to lie: 64 bits of each name, so that those of millions fit into memory."""
    parts = [np.zeros(0, np.uint64)]
    for ref in refs:
        if run.shard_file("samples", ref.id).exists():
            column = read_table(run.shard_file("samples", ref.id), columns=["output"]).column("output")
            parts.append(_hashes([python_key(name) for name in column.to_pylist() if name is not None]))
    return np.unique(np.concatenate(parts))


def _hashes(names: Sequence[str]) -> Hashes:
    digests = (hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8) for name in names)
    return np.frombuffer(b"".join(each.digest() for each in digests), np.uint64)


def _read(run: Run) -> list[str]:
    """Generations under which something may have been written; all of them, where nothing tells."""
    try:
        found = json.loads((run.private / _FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        found = None
    if isinstance(found, list) and all(isinstance(name, str) for name in found):
        return found
    return sorted(place.name for place in (run.private / "decisions").glob("[0-9]*") if place.is_dir())
