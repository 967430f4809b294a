"""``decide``: make decisions again from what was seen, without looking at a picture."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path

import pyarrow as pa

from overpaint import formats, pipeline
from overpaint import policy as policies
from overpaint.errors import RunError, UsageError
from overpaint.jobs._answers import lane_first, take_answers
from overpaint.jobs._asked import Ask, adjusted, resolve_policy
from overpaint.jobs._labelling import no_overlay, put_in_force
from overpaint.jobs._places import output_of
from overpaint.jobs._runs import Progress, warn_of_idle
from overpaint.plan import Plan
from overpaint.records import DECISIONS
from overpaint.rundir import Run, read_table

__all__ = ["decide"]


def decide(
    run: str | PathLike[str],
    *,
    policy: str | PathLike[str] | None = None,
    look: str | None = None,
    cells: int | None = None,
    metadata: str | None = None,
    remove: str | PathLike[str] | None = None,
    labels: str | PathLike[str] | None = None,
    ratings: Sequence[str | PathLike[str]] | None = None,
    label_places: Sequence[str] | None = None,
    label_list: str | None = None,
    taxonomy: str | PathLike[str] | None = None,
    diff: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> policies.Diff:
    """Decide on every sample of a run from the findings it holds, and from what people said in its review.

    `act` then rewrites only what changed.

    Parameters
    ----------
    run
        The run directory of a finished `scan` or `scrub`.
    policy
        A policy in TOML; the plan's own unless given.
    look, cells, metadata, remove
        As in `scrub`; they win over the policy's.
    labels, ratings, label_places, label_list, taxonomy
        As in `scrub`; what the plan says of labels unless ``labels`` is given.
    diff
        Another policy: nothing is decided; the result says which samples would change from ``policy`` (or from the
        decisions in force) to it.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Returns
    -------
    overpaint.policy.Diff
        How the samples' treatment changes: from the decisions in force before (none: all kept) to the new ones,
        or with ``diff`` between the two policies.
    """
    the_run = Run.open(Path(run))
    plan = the_run.plan()
    lane_first(the_run)
    with the_run.lock():
        refs = _scanned(the_run)
        take_answers(the_run)
        today = dt.datetime.now(dt.UTC).date()
        plan = _labelled(plan, labels, ratings, label_places, label_list, taxonomy)
        if (output := output_of(the_run)) is not None:
            no_overlay(output, relabelled=bool(plan.labels))
        chosen = _chosen(plan, policy, look, cells, metadata, remove, today)
        if diff is not None and policy is None and the_run.generation() is not None:
            ask = Ask(plan.source, look=look, cells=cells, metadata=metadata, remove=_path(remove))
            chosen = adjusted(policies.of_run(the_run, the_run.generation()), ask)  # what is in force would change
        warn_of_idle(the_run, plan, chosen, refs)
        if diff is not None:
            other = policies.load(Path(diff), today=today)
            here, there = itertools.tee(_tables(the_run, refs, progress))
            return policies.diff(
                ((s, policies.decide(s, f, chosen, answers=said)) for s, f, said in here),
                ((s, policies.decide(s, f, other, answers=said)) for s, f, said in there),
                old=chosen,
                new=other,
            )
        return _decide(the_run, plan, refs, chosen, progress)


def _labelled(
    plan: Plan,
    labels: str | PathLike[str] | None,
    ratings: Sequence[str | PathLike[str]] | None,
    label_places: Sequence[str] | None,
    label_list: str | None,
    taxonomy: str | PathLike[str] | None,
) -> Plan:
    """The plan with another word on labels, where one is given."""
    ask = Ask(
        plan.source,
        labels=None if labels is None else fspath(labels),
        ratings=tuple(Path(name) for name in ratings or ()),
        label_places=tuple(label_places or ()),
        label_list=label_list,
        taxonomy=_path(taxonomy),
    )
    return dataclasses.replace(plan, **ask.labelling())


def _decide(
    run: Run, plan: Plan, refs: Sequence[formats.ShardRef], policy: policies.Policy, progress: Progress | None
) -> policies.Diff:
    before = run.generation_if_known()
    old = policy if before is None else policies.of_run(run, before)
    generation = run.next_generation()
    run.begin_generation(generation, policy=policy.to_toml(), day=policy.today)
    labelling = put_in_force(run, plan, refs, generation, progress=progress)

    def decided() -> Iterator[tuple[pa.Table, pa.Table, pa.Table]]:
        for ref, samples in _counted(run, refs, sum(ref.rows for ref in refs), progress):
            file = run.decisions_dir(before or "none") / f"{ref.id}.parquet"
            earlier = read_table(file) if file.exists() else DECISIONS.empty_table()
            yield (
                samples,
                earlier,
                pipeline.decide_shard(run, ref, policy, generation, samples=samples, labelling=labelling),
            )

    here, there = itertools.tee(decided())
    result = policies.diff(((s, old) for s, old, _ in here), ((s, new) for s, _, new in there), old=old, new=policy)
    run.set_generation(generation)
    run.sweep()
    return result


def _chosen(
    plan: Plan,
    policy: str | PathLike[str] | None,
    look: str | None,
    cells: int | None,
    metadata: str | None,
    remove: str | PathLike[str] | None,
    today: dt.date,
) -> policies.Policy:
    ask = Ask(
        plan.source,
        policy=None if policy is None else Path(policy),
        look=look,
        cells=cells,
        metadata=metadata,
        remove=_path(remove),
    )
    if policy is not None:
        return resolve_policy(ask, looker=None, today=today)
    return adjusted(policies.loads(plan.policy, today=today), ask)


def _path(value: str | PathLike[str] | None) -> Path | None:
    return None if value is None else Path(value)


def _scanned(run: Run) -> Sequence[formats.ShardRef]:
    if not run.listed:
        raise RunError(f"{run.path} has no listing yet; run `overpaint scan` or `overpaint scrub` first")
    refs = formats.read_shards(run.listing)
    left = sum(not run.marker(ref.id).get("scanned") for ref in refs)
    if left:
        raise UsageError(
            f"{run.path}: {left} of {len(refs)} shards are not scanned yet; run the scan again to finish it"
        )
    return refs


def _tables(
    run: Run, refs: Sequence[formats.ShardRef], progress: Progress | None
) -> Iterator[tuple[pa.Table, pa.Table, pa.Table | None]]:
    """Samples, findings and people's answers of each shard."""
    for ref, samples in _counted(run, refs, sum(ref.rows for ref in refs), progress):
        said = run.shard_file("answers", ref.id)
        yield samples, read_table(run.shard_file("findings", ref.id)), read_table(said) if said.exists() else None


def _counted(
    run: Run, refs: Iterable[formats.ShardRef], total: int, progress: Progress | None
) -> Iterator[tuple[formats.ShardRef, pa.Table]]:
    done = 0
    for ref in refs:
        yield ref, read_table(run.shard_file("samples", ref.id))
        done += ref.rows
        if progress:
            progress("deciding", done, total)
