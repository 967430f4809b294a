"""One shard from start to end: look, decide, act; rows are written with the shard, its marker last.

Knows no engine: whoever runs it hands in a task and gets told of every row.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pyarrow as pa

from overpaint import policy as policies
from overpaint.detectors import Looker
from overpaint.errors import SampleError
from overpaint.formats import Destination, ShardRef, Shelf, Source, read_shard
from overpaint.pipeline._act import Effect, act
from overpaint.pipeline._again import Again, unread, unread_rows
from overpaint.pipeline._detect import add_costs
from overpaint.pipeline._given import GivenShard
from overpaint.pipeline._held import InLane
from overpaint.pipeline._labels import Labelling, as_listed, labels_of
from overpaint.pipeline._look import Looked, held_in_lane, look
from overpaint.pipeline._rows import Row, findings_table, rows_of, samples_table
from overpaint.pipeline._settled import finish, mark
from overpaint.pipeline._tally import Tally
from overpaint.pipeline._watch import Watch
from overpaint.plan import Plan
from overpaint.records import Finding, MetadataPolicy, Sample, Treatment
from overpaint.rundir import Run, read_table, write_table

__all__ = ["Beat", "Room", "act_shard", "decide_shard", "scan_shard", "scrub_shard"]

_BATCH_BYTES = 32 << 20  # what waits in memory for its decision
_BATCH_ROWS = 128
_TWICE = "the worker process ended while this sample was in it, twice"

Beat = Callable[[int], None]


@dataclass
class Room:
    """What a worker opens once and uses for every shard."""

    run: Run
    plan: Plan
    source: Source
    looker: Looker | None
    policy: policies.Policy
    generation: str
    dest: Destination | None
    labelling: Labelling | None = None
    watch: Watch | None = None
    skip: Mapping[int, str] = field(default_factory=dict)  # rows of the current shard that a worker died on

    @property
    def labels(self) -> str | None:
        """The digest of the label plan in force; None where labels stay as they are."""
        return None if self.labelling is None else self.labelling.plan.digest

    @property
    def has_boxes(self) -> bool:
        return bool(self.plan.boxes)

    def shelf(self, ref: ShardRef, samples: Sequence[Sample]) -> Shelf:
        """Where the outputs of a shard go."""
        assert self.dest is not None
        return self.dest.shelf(self.source, ref, samples, metadata=cast("MetadataPolicy", self.policy.metadata))


def scan_shard(room: Room, ref: ShardRef, beat: Beat) -> None:
    """Look at every sample of a shard and write what was seen."""
    marker = room.run.marker(ref.id)
    if marker.get("scanned"):
        if marker.get("unread"):
            _look_again(room, ref, beat)
        beat(ref.rows)
        return
    rows: list[Row] = []
    findings: list[Finding] = []
    tally = Tally()
    for looked in tally.counting(_looks(room, ref, read_shard(room.run.listing, ref), beat)):
        rows.append(looked.row)
        findings += looked.findings
    tally.write(room.run, ref)
    write_table(room.run.shard_file("findings", ref.id), findings_table(findings))
    write_table(room.run.shard_file("samples", ref.id), samples_table(rows))
    mark(room, ref, acted=None, unread=unread_rows(rows), costs=tally.costs)


def scrub_shard(room: Room, ref: ShardRef, beat: Beat) -> None:
    """Look, decide and act in one pass: every sample is read once."""
    assert room.dest is not None
    marker = room.run.marker(ref.id)
    if marker.get("scanned"):
        if marker.get("unread"):
            _look_again(room, ref, beat)
        act_shard(room, ref, beat)
        return
    rows: list[Row] = []
    findings: list[Finding] = []
    decisions: list[pa.Table] = []
    samples = read_shard(room.run.listing, ref)
    tally = Tally()
    said: list[tuple[str, ...]] = []
    if room.labelling is not None:
        said = labels_of(room.run, ref, as_listed(samples))
    with room.shelf(ref, samples) as shelf:
        for batch in _batches(tally.counting(_looks(room, ref, samples, beat))):
            seen = [f for looked in batch for f in looked.findings]
            table = samples_table([looked.row for looked in batch])
            decided = policies.decide(table, findings_table(seen), room.policy)
            if room.labelling is not None:
                decided = room.labelling.decide(table, decided, said[len(rows) : len(rows) + len(batch)])
            effects = policies.effective(table, decided, room.policy)
            for index, (looked, effect) in enumerate(zip(batch, effects, strict=True), start=len(rows)):
                beat(index)  # again, so that a death here is this sample's and not the last one's that was looked at
                act(looked.row, samples[index], looked.data, effect, room.policy, shelf)
            rows += [looked.row for looked in batch]
            findings += seen
            decisions.append(decided)
        shelved = shelf.close()
    tally.write(room.run, ref)
    write_table(room.run.shard_file("findings", ref.id), findings_table(findings))
    write_table(room.run.decisions_dir(room.generation) / f"{ref.id}.parquet", pa.concat_tables(decisions))
    finish(room, ref, rows, shelved, costs=tally.costs)
    beat(ref.rows)


def act_shard(room: Room, ref: ShardRef, beat: Beat) -> None:
    """Carry out the decisions in force on a scanned shard, rewriting only what they changed."""
    assert room.dest is not None
    marker = room.run.marker(ref.id)
    held = bool(marker.get("held"))  # the no-view lane took something back since
    # a container that it was in is gone: nothing of it is there any more
    before = None if held and room.dest.output.packs else marker.get("generation")
    _decide_scanned(room, ref)  # a scan may have finished what a scrub began
    if before == room.generation and not (marker.get("unread") or marker.get("broken") or held):
        beat(ref.rows)
        return
    table = read_table(room.run.shard_file("samples", ref.id))
    decided = read_table(room.run.decisions_dir(room.generation) / f"{ref.id}.parquet")
    effects = policies.effective(table, decided, room.policy)
    rows = rows_of(table)
    samples = read_shard(room.run.listing, ref)
    lost = [sample for row, sample in zip(rows, samples, strict=True) if row.looked and unread(row)]
    again = lost or samples[: bool(marker.get("broken"))]
    if before == room.generation and not held and not _readable(room, again):
        beat(ref.rows)
        return
    # before None: nobody can tell which rows still say what lies in the destination, so all are done again; and in a
    # container every label may have another number since
    all_again = before is None or (marker.get("labels") != room.labels and room.dest.whole(room.source))
    named = marker.get("labels") != room.labels  # others' labels may give an image another name
    todo = [
        all_again
        or row.decision != effect.digest
        or row.outcome is None
        or (row.looked and unread(row))
        or (named and row.output is not None and row.output != room.dest.name_of(sample))
        for row, effect, sample in zip(rows, effects, samples, strict=True)
    ]
    if room.dest.whole(room.source) and any(todo):  # a container is written as a whole or not at all
        todo = [True] * len(todo)
    if any(todo):
        if before is not None:  # whoever comes after a death from here on, perhaps with other decisions, must not
            mark(room, ref, acted=None, was=marker)  # believe them
        with room.shelf(ref, samples) as shelf:
            for index, (row, effect, sample) in enumerate(zip(rows, effects, samples, strict=True)):
                beat(index)
                if todo[index]:
                    data = _bytes_again(room, row, sample, effect, index)
                    act(row, sample, data, effect, room.policy, shelf)
            shelved = shelf.close()
        if not shelved.whole:
            for row, sample in zip(rows, samples, strict=True):
                if row.output is None:
                    room.dest.forget(sample, [names[0] for names in marker.get("fields") or ()])
        finish(room, ref, rows, shelved, costs=marker.get("costs"))
    else:
        mark(room, ref, acted=room.generation, was=marker, held=None, labels=room.labels)
    beat(ref.rows)


def decide_shard(
    run: Run,
    ref: ShardRef,
    policy: policies.Policy,
    generation: str,
    *,
    samples: pa.Table | None = None,
    labelling: Labelling | None = None,
) -> pa.Table:
    """Write one shard's decisions for a generation and return them; looks at no picture."""
    if samples is None:
        samples = read_table(run.shard_file("samples", ref.id))
    said = run.shard_file("answers", ref.id)
    answers = read_table(said) if said.exists() else None
    decisions = policies.decide(samples, read_table(run.shard_file("findings", ref.id)), policy, answers=answers)
    if labelling is not None:
        decisions = labelling.decide(samples, decisions, labels_of(run, ref, samples))
    write_table(run.decisions_dir(generation) / f"{ref.id}.parquet", decisions)
    return decisions


def _decide_scanned(room: Room, ref: ShardRef) -> None:
    if not (room.run.decisions_dir(room.generation) / f"{ref.id}.parquet").exists():
        decide_shard(room.run, ref, room.policy, room.generation, labelling=room.labelling)


def _look_again(room: Room, ref: ShardRef, beat: Beat) -> None:
    samples = read_shard(room.run.listing, ref)
    given, lane = _given(room, ref), InLane(room.run, ref)
    tally = Tally()

    def once_more(index: int, sample: Sample) -> Looked:
        beat(index)
        return tally.count(_look(room, index, sample, given, lane))

    marker = room.run.marker(ref.id)
    forget = functools.partial(mark, room, ref, acted=None, was=marker)
    if Again(room.run, ref, forget, tally).look(samples, once_more):
        rows = rows_of(read_table(room.run.shard_file("samples", ref.id)))
        add_costs(tally.costs, {name: (seconds, n) for name, (seconds, n) in (marker.get("costs") or {}).items()})
        mark(room, ref, acted=None, was=marker, unread=unread_rows(rows), costs=tally.costs)


def _readable(room: Room, samples: Sequence[Sample]) -> bool:
    """Whether anything that could not be read at the last attempt can be read now; nothing is written before it can."""
    for sample in samples:
        with contextlib.suppress(SampleError):
            room.source.read(sample)
            return True
    return False


def _given(room: Room, ref: ShardRef) -> GivenShard | None:
    return GivenShard.open(room.run, ref.id, sha256=room.plan.boxes_sha256) if room.has_boxes else None


def _look(room: Room, index: int, sample: Sample, given: GivenShard | None, lane: InLane) -> Looked:
    reason = lane.reason(sample)
    if reason is not None:
        return held_in_lane(sample, reason, {})
    if index in room.skip:
        row = Row.of(sample)
        row.fail("look", room.skip[index], _TWICE)
        return Looked(row, (), None)
    return look(sample, room.source, room.looker, given, max_pixels=room.plan.max_pixels, watch=room.watch)


def _looks(room: Room, ref: ShardRef, samples: Sequence[Sample], beat: Beat) -> Iterator[Looked]:
    given, lane = _given(room, ref), InLane(room.run, ref)
    for index, sample in enumerate(samples):
        beat(index)
        yield _look(room, index, sample, given, lane)
    beat(ref.rows)


def _bytes_again(room: Room, row: Row, sample: Sample, effect: Effect, index: int) -> bytes | None:
    """The bytes that were looked at, or None with the row failed where they are no longer there."""
    if not row.looked or effect.treatment in {Treatment.REMOVE, Treatment.QUARANTINE}:
        return None
    if index in room.skip:
        row.fail("paint", room.skip[index], _TWICE)
        return None
    try:
        data = room.source.read(sample)
        if hashlib.sha256(data).hexdigest() != row.sha256:
            raise SampleError(
                "changed", "the source file is not the one that was looked at; scan it again in a new run"
            )
    except SampleError as error:
        row.fail("read-again", error.reason, error.detail)
        return None
    return data


def _batches(looks: Iterable[Looked]) -> Iterator[Sequence[Looked]]:
    batch: list[Looked] = []
    waiting = 0
    for looked in looks:
        batch.append(looked)
        waiting += len(looked.data or b"")
        if waiting >= _BATCH_BYTES or len(batch) >= _BATCH_ROWS:
            yield batch
            batch, waiting = [], 0
    if batch:
        yield batch
