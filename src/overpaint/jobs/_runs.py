"""Make or reopen a run, list its source, and send its shards to the engine."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from overpaint import engines, formats, pipeline
from overpaint import policy as policies
from overpaint.errors import BoxesError, OverpaintWarning, RunError, SampleError, SourceError, UsageError
from overpaint.jobs._asked import Ask
from overpaint.jobs._listed import first_key, say_what_was_not_listed
from overpaint.plan import Plan
from overpaint.records import python_key, shown_key, stored_key
from overpaint.rundir import Run, disk_errors, write_bytes

__all__ = [
    "Progress",
    "cut_given_boxes",
    "gather_facts",
    "list_source",
    "open_or_create",
    "run_shards",
    "warn_of_idle",
]

_ABOUT_LABELS = frozenset({"labels", "ratings", "label_places", "label_list", "taxonomy"})
Progress = Callable[[str, int, int], None]  # what is going on, how many done, of how many


def open_or_create(path: Path, ask: Ask) -> tuple[Run, Plan]:
    """The run at a path if it was made with the same plan, or a new one.

    Raises
    ------
    RunError
        Where a run with another plan is there; names what differs.
    """
    run = Run(path)
    try:
        str(run.path).encode()
    except UnicodeEncodeError:
        raise UsageError("the path of the run directory is not valid UTF-8; choose another --run") from None
    if not run.plan_file.exists():
        if path.exists() and not (path.is_dir() and run.half_made):
            raise RunError(f"{path} exists and is no run directory; choose another --run")
        plan = ask.freeze(today=dt.datetime.now(dt.UTC).date())
        run.create(plan)
        return run, plan
    old = run.plan()
    wanted = ask.freeze(today=old.today)
    differences = old.differences(wanted)
    if differences and _ABOUT_LABELS.issuperset(differences) and run.generation_if_known() is None:
        # a label policy that could not be carried out was never in force: the mended one takes its place
        changed = dataclasses.replace(old, **{name: getattr(wanted, name) for name in _ABOUT_LABELS})
        write_bytes(run.plan_file, changed.to_toml().encode(), mode=0o600)
        return run, changed
    if differences:
        raise RunError(
            f"{path} was made with another {', '.join(differences)}; use another --run, "
            "or `overpaint decide` and `overpaint act` to change the decisions of this one"
        )
    return run, old


def list_source(
    run: Run, plan: Plan, progress: Progress | None, *, output: formats.Output | None = None
) -> Sequence[formats.ShardRef]:
    """The shards of a run, after listing its source if that is not done yet.

    The shards of a container stay together unless the output is known to be a folder, where any part can be written.
    """
    if not run.listed:
        source = formats.open_source(plan.source, kind=plan.container)
        counted = None if progress is None else lambda n: progress("listing", n, 0)
        packs = source.kind != "folder" if output is None else output.packs
        source.write_listing(run.listing, shard_size=plan.shard_size or None, packs=packs, progress=counted)
    if output is not None:
        gather_facts(run, plan, output)
    refs = formats.read_shards(run.listing)
    if plan.boxes and not all(run.shard_file("boxes", ref.id).exists() for ref in refs):
        cut_given_boxes(run, refs, Path(plan.boxes))
    if not refs:
        warnings.warn(
            f"no image was found below {formats.shown(plan.source)}; is this the right place?",
            OverpaintWarning,
            stacklevel=3,
        )
    say_what_was_not_listed(run, plan)
    return refs


def gather_facts(run: Run, plan: Plan, output: formats.Output) -> None:
    """What the writers of all shards must agree on, once; a scan does not know yet what will be written."""
    if (run.listing / "facts.json").exists():
        return
    _refuse_merging(run, output)
    with disk_errors(run.path), contextlib.closing(formats.open_source(plan.source, kind=plan.container)) as source:
        try:
            formats.Facts.gather(source, run.listing, parquet=output.kind == "parquet").write(run.listing)
        except SampleError as error:
            first = formats.read_shard(run.listing, formats.read_shards(run.listing)[0])[0]
            raise SourceError(
                f"{shown_key(first.file or first.key)} in SOURCE: {error.detail}; its fields say which columns the "
                "output has: put it back, or start a new run"
            ) from error


def _refuse_merging(run: Run, output: formats.Output) -> None:
    """Refuse a destination in which one file would take the place of another because letters are alike to it."""
    if formats.is_url(output.place):
        return
    with disk_errors(Path(output.place)):
        if not formats.folds_case(Path(output.place)):
            return
    refs = formats.read_shards(run.listing)
    files = (key for key, _, why in formats.read_others(run.listing) if not formats.inside_container(key, why))
    packs = (ref.pack for ref in refs)
    samples = (s.name or s.key for ref in refs for s in formats.read_shard(run.listing, ref))
    name, number = formats.merging(itertools.chain(files, packs if output.packs else samples))
    if number:
        raise RunError(
            f"{output.place} takes names for one that differ in upper and lower case alone, and SOURCE has {number} "
            f"such ({shown_key(name)}); choose a DEST on another file system and another --run"
            + ("" if output.packs else ", or --to webdataset")
        )


def cut_given_boxes(run: Run, refs: Sequence[formats.ShardRef], path: Path) -> None:
    """Hand the boxes of a file to the shards they belong to; a file of another dataset is an error, not a silence."""
    given = formats.read_boxes(path)
    found = pipeline.cut_boxes(run, refs, given)
    if given.images and not found and refs:
        raise BoxesError(
            f"--boxes {path}: none of its {given.images} images is in SOURCE; its names must be relative to SOURCE "
            f"(its first is {shown_key(next(given.keys()))}, SOURCE's {first_key(run, refs)}), so a split in front is "
            "most likely missing or too much"
        )
    if found < given.images:
        message = f"{given.images - found} of the {given.images} images that {path.name} names are not in SOURCE"
        warnings.warn(message, OverpaintWarning, stacklevel=3)
    for reason, count in given.skipped.items():
        warnings.warn(f"boxes of {path.name} that were skipped: {count} ({reason})", OverpaintWarning, stacklevel=3)


def warn_of_idle(run: Run, plan: Plan, policy: policies.Policy, refs: Sequence[formats.ShardRef]) -> None:
    """Say what of a policy cannot do anything here: most likely it was misspelt."""
    names = [d.name for d in plan.detectors] + (["boxes"] if plan.boxes else [])
    for rule in policies.idle_rules(policy, kinds=plan.kinds, detectors=names):
        message = f"no finding of this run can match the policy's rule {rule!r}; check its kind and detectors"
        warnings.warn(message, OverpaintWarning, stacklevel=3)
    if not (policy.removals or policy.allows or policy.consents):
        return
    keys = (pa.table({"key": [stored_key(s.key) for s in formats.read_shard(run.listing, ref)]}) for ref in refs)
    absent = policies.absent(policy, keys)
    for what in ("removals", "allows", "consents"):
        gone: tuple[str, ...] = getattr(absent, what)
        if gone:
            first = ", ".join(shown_key(python_key(key)) for key in gone[:3])
            message = f"samples that the policy's {what} name and SOURCE does not hold: {len(gone)} ({first})"
            message += f"; SOURCE's are called like {first_key(run, refs)}" if refs else ""
            warnings.warn(message, OverpaintWarning, stacklevel=3)


def run_shards(
    run: Run,
    plan: Plan,
    refs: Sequence[formats.ShardRef],
    work: str,
    *,
    output: formats.Output | None,
    generation: str,
    looks: bool,
    workers: int | None,
    progress: Progress | None,
    verb: str,
) -> None:
    """Send every shard through the engine, with progress in samples."""
    total = sum(ref.rows for ref in refs)
    done = 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress(verb, done, total)

    config = pipeline.RoomConfig(run=run.path, generation=generation, output=output, looks=looks)
    job = engines.Job("overpaint.pipeline:open_room", config, work, seconds=plan.sample_timeout)
    if progress:
        progress(verb, 0, total)
    engines.run_local(job, refs, workers=workers or engines.default_workers(), on_rows=on_rows)
