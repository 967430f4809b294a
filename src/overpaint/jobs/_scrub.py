"""``scrub``: scan, decide, act and check in one pass over the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path

from overpaint import formats, reports
from overpaint import policy as policies
from overpaint.jobs._asked import Ask
from overpaint.jobs._finish import finish
from overpaint.jobs._labelling import no_overlay, put_in_force
from overpaint.jobs._lane import copies_follow
from overpaint.jobs._moved import begun
from overpaint.jobs._places import Wish, claim_destination, empty, outside, run_here
from overpaint.jobs._runs import Progress, list_source, open_or_create, run_shards, warn_of_idle
from overpaint.rundir import Run, run_beside

__all__ = ["scrub"]


def scrub(
    source: str | PathLike[str],
    dest: str | PathLike[str],
    *,
    run: str | PathLike[str] | None = None,
    container: str | None = None,
    to: str | None = None,
    overlay: bool = False,
    unknown: str | None = None,
    field: Mapping[str, str] | None = None,
    file: Mapping[str, str] | None = None,
    profile: str | None = None,
    detectors: str | None = None,
    keep_text: bool = False,
    lists: Sequence[str | PathLike[str]] | None = None,
    hash_lists: Sequence[str | PathLike[str]] | None = None,
    boxes: str | PathLike[str] | None = None,
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
    shard_size: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> reports.Summary:
    """Write a copy of a dataset in which the faces that were found are painted over.

    Every sample is read once: looked at, decided on, painted where needed, checked against the contract, and
    published under the same name below ``dest``. A sample that fails is not published. Running the same call again
    resumes.

    Parameters
    ----------
    source
        A folder of images, tars or parquet files, or one such file; a path or a URL. Only ever read.
    dest
        Where the copy goes, a path or a URL; made if it is not there. Must not lie inside ``source``, nor the reverse.
    run
        The run directory, ``DEST.run`` beside the destination unless given (``DEST.run`` in the working directory
        where DEST is a URL).
    container
        ``folder``, ``webdataset`` or ``parquet``, where what lies in ``source`` does not tell.
    to
        The same words for ``dest``; as the source is unless given.
    overlay
        Write only what changed, and ``overlay.jsonl``, which says what to replace and what to take away.
    unknown
        ``keep`` (default) or ``drop`` members, columns and side files of which nobody knows what they are.
    field
        Class (``label``, ``text``, ``derived``, ``unknown``) of members or columns by name, where the one that the
        name suggests is wrong.
    file
        ``keep`` or ``drop`` for side files, by a pattern of their path.
    profile
        How to look for faces: ``fast``, ``balanced`` (default), ``thorough`` or ``fused``, with ``+domains`` what a
        class changes too (docs/reference/detectors.md); or detectors by name. With ``boxes`` alone nobody looks for
        faces.
    detectors
        What to look for: ``faces`` (default), others of `overpaint.detectors.SEARCHES`, ``all``, single detectors by
        name, separated by commas; or ``none``, where nobody shall look at any picture.
    keep_text
        Keep what is read in pictures as it is; else only its class and its hash under the run's own key are kept.
    lists
        Files that searches use (docs/reference/text.md).
    hash_lists
        Files of hashes of known images (docs/reference/nudity-and-lane.md): what matches goes into the no-view lane.
    boxes
        A file of boxes made elsewhere (docs/reference/boxes.md), taken as findings.
    policy
        A policy in TOML (docs/reference/policy.md); else faces at or above the profile's threshold are painted.
    look
        ``fill`` (default: nothing of a face is left), ``blur`` or ``mosaic``; wins over the policy's.
    cells
        N, the values left across the shorter side of a face; wins over the policy's.
    metadata
        ``strip``, ``keep-safe`` or ``keep``; wins over the policy's.
    remove
        A file of keys, one a line, that shall not be published.
    labels
        What shall become of labels: a label policy in TOML, or the name of one that comes with overpaint
        (docs/reference/label-policy.md); labels stay as they are unless given, or with ``none``.
    ratings
        Files of ratings that the label policy goes by, before the installed ones (docs/reference/ratings.md).
    label_places
        Where labels stand in the source: ``path``, ``.cls``, ``.json:labels``, ``column:label``
        (docs/reference/labels-in-datasets.md); found out unless given.
    label_list
        What class numbers mean where the source does not say: ``ilsvrc``, ``21k``, or a file of names.
    taxonomy
        Another hierarchy of labels than WordNet's nouns: CSV or SKOS (docs/reference/taxonomy.md).
    shard_size
        Samples a shard: the unit of work and of resuming; chosen by their number unless given.
    workers
        Processes; one a core unless given. The output is the same for any number.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    overpaint.errors.OverpaintError
        One line that names what is wrong and the remedy. Samples that cannot be handled are counted instead.
    """
    source, dest = fspath(source), fspath(dest)
    path = Path(run) if run is not None else run_beside(Path(dest)) if not formats.is_url(dest) else run_here(dest)
    formats.apart(source, dest)
    outside(path, dest, "DEST, which will be published")
    outside(path, source, "SOURCE, which is only read")
    ask = Ask(
        source,
        container=container,
        profile=profile,
        detectors=detectors,
        keep_text=keep_text,
        lists=tuple(Path(name) for name in lists or ()),
        hash_lists=tuple(Path(name) for name in hash_lists or ()),
        boxes=_path(boxes),
        policy=_path(policy),
        look=look,
        cells=cells,
        metadata=metadata,
        remove=_path(remove),
        labels=labels if labels is None else fspath(labels),
        ratings=tuple(Path(name) for name in ratings or ()),
        label_places=tuple(label_places or ()),
        label_list=label_list,
        taxonomy=_path(taxonomy),
        shard_size=shard_size,
    )
    wish = Wish(to=to, overlay=overlay, unknown=unknown, field=field, file=file)
    if not Run(path).plan_file.exists():
        empty(dest, path)
    the_run, plan = open_or_create(path, ask)
    with the_run.lock():
        output = claim_destination(the_run, plan, dest, wish)
        no_overlay(output, relabelled=bool(plan.labels))
        refs = list_source(the_run, plan, progress, output=output)
        warn_of_idle(the_run, plan, policies.of_run(the_run, None), refs)
        generation = the_run.generation()
        if generation is None:
            generation = "0001"
            the_run.begin_generation(generation, policy=plan.policy, day=plan.today)
            put_in_force(the_run, plan, refs, generation, progress=progress)
            the_run.set_generation(generation)
        begun(the_run, generation)
        run_shards(
            the_run,
            plan,
            refs,
            "overpaint.pipeline:scrub_shard",
            output=output,
            generation=generation,
            looks=True,
            workers=workers,
            progress=progress,
            verb="scrubbing",
        )
        copies_follow(the_run, plan, refs, workers=workers, progress=progress)
        finish(the_run, plan, refs, output)
        return reports.write(the_run).numbers


def _path(value: str | PathLike[str] | None) -> Path | None:
    return None if value is None else Path(value)
