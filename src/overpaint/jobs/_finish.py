"""What is left to do when every shard is written: what concerns the dataset as a whole."""

from __future__ import annotations

import hashlib
import itertools
import json
import warnings
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from overpaint import formats, pipeline
from overpaint import policy as policies
from overpaint.errors import OverpaintWarning
from overpaint.jobs._label_files import label_files
from overpaint.jobs._labelling import taxonomy_of
from overpaint.jobs._moved import settled, take_away_former
from overpaint.jobs._side_rows import SideRows
from overpaint.jobs._sparing import Sparing, digests
from overpaint.plan import Plan
from overpaint.records import Outcome, stored_key
from overpaint.rundir import Run, read_table, write_table

__all__ = ["CARRIED", "METADATA", "OVERLAY", "finish"]

METADATA = "metadata.jsonl"
OVERLAY = "overlay.jsonl"
_NAMED = "side-files"
Create = Callable[[str], Sparing]
_WITHOUT = frozenset({Outcome.REMOVED, Outcome.QUARANTINED, Outcome.FAILED})

CARRIED = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("output_size", pa.int64()),
        pa.field("output_sha256", pa.string()),
        pa.field("entries", pa.int64()),
        pa.field("entries_removed", pa.int64()),
        pa.field("reason", pa.string()),
        pa.field("ambiguous", pa.int64()),
    ]
)


def finish(run: Run, plan: Plan, refs: Sequence[formats.ShardRef], output: formats.Output) -> None:
    """Carry the side files, write what belongs to all shards together, and sweep up."""
    dest = formats.Destination(output, listing=run.listing)
    store = dest.store
    take_away_former(run, refs, dest)
    if output.overlay:
        _say_what_an_overlay_leaves(run, refs)
    table = run.private / "carried.parquet"
    before = digests(run.private / "carried.parquet")

    def create(key: str) -> Sparing:
        return Sparing(store, key, token=_NAMED, before=before)

    generation = run.generation()
    labelling = None if generation is None else pipeline.Labelling.of(run, generation)
    beside = formats.beside(plan.source)
    told = () if output.overlay else formats.Facts.read(run.listing).classes
    ours = [
        _lines(store, create, METADATA, _metadata(run, refs)),
        _lines(store, create, OVERLAY, _overlay(run, refs) if output.overlay else iter(())),
        _about(run, store, create, output, labelling),
        *(
            _lines(store, create, name, iter(() if content is None else (content,)))
            for name, content in label_files(run, told, labelling, beside, taxonomy=taxonomy_of(plan))
        ),
    ]
    rows = [row for row in ours if row is not None]
    if beside is not None:
        side = SideRows(run, plan, refs, output, beside, {row.key for row in rows})
        rows += _carried(run, refs, side, store, create, output, labelling)
        rows += side.kept_back
    for key in before.keys() - {row.key for row in rows if row.output_sha256 is not None}:
        store.remove(key)  # earlier decisions called it otherwise
    columns = {name: [getattr(row, name) for row in rows] for name in CARRIED.names}
    columns["key"] = list(map(stored_key, columns["key"]))
    write_table(table, pa.table(columns, schema=CARRIED))
    store.sweep()
    store.settle()
    settled(run, refs, generation)
    run.sweep()


def _say_what_an_overlay_leaves(run: Run, refs: Sequence[formats.ShardRef]) -> None:
    """An overlay cannot take away what it must not name."""
    held = sum(len(pipeline.read_lane(run, ref.id)) for ref in refs)
    if held:
        message = (
            f"{held} images are in the no-view lane and are not named in {OVERLAY}, so that whoever uses the overlay "
            "keeps the source's copies: do not publish it before you have read docs/how-to/what-the-lane-holds.md"
        )
        warnings.warn(message, OverpaintWarning, stacklevel=3)


def _carried(
    run: Run,
    refs: Sequence[formats.ShardRef],
    side: SideRows,
    store: formats.Store,
    create: Create,
    output: formats.Output,
    labelling: pipeline.Labelling | None,
) -> Iterator[formats.Carried]:
    policy = policies.of_run(run, run.generation())
    gone = formats.Gone.build(_names(run, refs))
    carried = formats.carry(
        side,
        open=side.source.open,
        create=create,
        gone=gone,
        unknown="drop" if output.unknown == "drop" else "keep",
        overrides=dict(output.files),
        metadata=policy.metadata,
        relabelling=None if labelling is None else labelling.relabelling,
    )
    for row in carried:
        unwanted = output.overlay and row.action == "copied"
        if unwanted or row.action in {"dropped", "listed"}:
            store.remove(row.key)  # earlier decisions may have left it there
        if not unwanted:
            yield row


def _names(run: Run, refs: Sequence[formats.ShardRef]) -> Iterator[tuple[str, str | None, str]]:
    """Every sample by the name that side files know it by, with what became of it."""
    for ref in refs:
        samples = formats.read_shard(run.listing, ref)
        outcomes = read_table(run.shard_file("samples", ref.id), columns=["outcome"])["outcome"].to_pylist()
        for sample, outcome in zip(samples, outcomes, strict=True):
            yield sample.name or sample.key, sample.label, outcome


def _metadata(run: Run, refs: Sequence[formats.ShardRef]) -> Iterator[bytes]:
    for ref in refs:
        part = run.private / "parts" / f"{ref.id}.jsonl"
        if part.exists():
            yield part.read_bytes()


def _overlay(run: Run, refs: Sequence[formats.ShardRef]) -> Iterator[bytes]:
    """What whoever has the source must do with it; names nothing but what the overlay itself shows."""
    for ref in refs:
        samples = formats.read_shard(run.listing, ref)
        table = read_table(run.shard_file("samples", ref.id), columns=["outcome", "output", "output_sha256", "lane"])
        for sample, row in zip(samples, table.to_pylist(), strict=True):
            if row["outcome"] == Outcome.IDENTICAL or row["lane"]:  # the lane is named nowhere
                continue
            line = {"name": stored_key(sample.key)}
            if Outcome(row["outcome"]) in _WITHOUT:
                line |= {"action": "remove"}
            else:
                line |= {"action": "replace", "with": row["output"], "sha256": row["output_sha256"]}
            yield json.dumps(line).encode() + b"\n"


def _about(
    run: Run, store: formats.Store, create: Create, output: formats.Output, labelling: pipeline.Labelling | None
) -> formats.Carried | None:
    facts = formats.Facts.read(run.listing)
    if labelling is not None:
        facts = facts.relabelled(labelling.relabelling)
    if not output.packs or not facts.from_paths:
        return None
    about = formats.About(("cls",) if output.kind == "webdataset" else ("label",), facts.classes)
    return _lines(store, create, formats.ABOUT, iter([about.to_json(output.kind)]))


def _lines(store: formats.Store, create: Create, name: str, lines: Iterator[bytes]) -> formats.Carried | None:
    """A file of ours; taken away where there is nothing to say."""
    first = next(lines, None)
    if first is None:
        store.remove(name)
        return None
    digest, size = hashlib.sha256(), 0
    with create(name) as file:
        for line in itertools.chain([first], lines):
            digest.update(line)
            size += file.write(line)
        file.commit()
    return formats.Carried(name, "overpaint", "written", size, size, digest.hexdigest(), None, None, None)
