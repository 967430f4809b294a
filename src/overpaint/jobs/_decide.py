"""``decide``: make decisions again from what was seen, without looking at a picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

import pyarrow as pa

from overpaint import formats, pipeline
from overpaint import policy as policies
from overpaint.errors import RunError, UsageError
from overpaint.jobs._runs import Ask, Progress, begin_generation, resolve_policy
from overpaint.plan import Plan
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
    diff: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> policies.Diff:
    """Decide on every sample of a run from the findings it holds; `act` then rewrites only what changed.

    Parameters
    ----------
    run
        The run directory of a finished `scan` or `scrub`.
    policy
        A policy in TOML; the plan's own unless given.
    look, cells, metadata, remove
        As in `scrub`; they win over the policy's.
    diff
        Another policy: nothing is decided; the result says which samples would change from ``policy`` to it.
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
    with the_run.lock():
        refs = _scanned(the_run)
        today = dt.datetime.now(dt.UTC).date()
        chosen = _chosen(plan, policy, look, cells, metadata, remove, today)
        total = sum(ref.rows for ref in refs)
        if diff is not None:
            other = policies.load(Path(diff), today=today)
            pairs = ((s, policies.decide(s, f, chosen), policies.decide(s, f, other)) for s, f in _tables(the_run, refs, progress, total))
            return policies.diff(pairs, chosen, other)
        before = the_run.generation()
        old = None if before is None else policies.loads(the_run.policy_file(before).read_text("utf-8"), today=plan.today)
        generation = begin_generation(the_run, chosen.to_toml(), generation=the_run.next_generation())

        def decided() -> Iterator[tuple[pa.Table, pa.Table, pa.Table]]:
            done = 0
            for ref in refs:
                samples = read_table(the_run.shard_file("samples", ref.id))
                pipeline.decide_shard(the_run, ref, chosen, generation)
                new = read_table(the_run.decisions_dir(generation) / f"{ref.id}.parquet")
                path = None if before is None else the_run.decisions_dir(before) / f"{ref.id}.parquet"
                yield samples, (new.slice(0, 0) if path is None or not path.exists() else read_table(path)), new
                done += ref.rows
                if progress:
                    progress("deciding", done, total)

        result = policies.diff(decided(), old or chosen, chosen)
        the_run.set_generation(generation)
        return result


def _chosen(
    plan: Plan, policy: str | PathLike[str] | None, look: str | None, cells: int | None, metadata: str | None,
    remove: str | PathLike[str] | None, today: dt.date,
) -> policies.Policy:  # fmt: skip
    ask = Ask(
        plan.source_path, policy=None if policy is None else Path(policy), look=look, cells=cells, metadata=metadata,
        remove=None if remove is None else Path(remove),
    )  # fmt: skip
    if policy is not None:
        return resolve_policy(ask, profile=plan.profile, today=today)
    own = policies.loads(plan.policy, today=today).with_paint(look=look, cells=cells, metadata=metadata)
    return own if ask.remove is None else own.with_removals(ask.remove)


def _scanned(run: Run) -> Sequence[formats.ShardRef]:
    if not run.listed:
        raise RunError(f"{run.path} has no listing yet; run `overpaint scan` or `overpaint scrub` first")
    refs = formats.read_shards(run.listing)
    left = sum(not run.marker(ref.id).get("scanned") for ref in refs)
    if left:
        raise UsageError(f"{run.path}: {left} of {len(refs)} shards are not scanned yet; run the scan again to finish it")
    return refs


def _tables(run: Run, refs: Sequence[formats.ShardRef], progress: Progress | None, total: int) -> Iterator[tuple[pa.Table, pa.Table]]:
    done = 0
    for ref in refs:
        yield read_table(run.shard_file("samples", ref.id)), read_table(run.shard_file("findings", ref.id))
        done += ref.rows
        if progress:
            progress("comparing", done, total)
