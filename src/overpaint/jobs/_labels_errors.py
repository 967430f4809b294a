"""``labels errors``: which given labels are likely wrong, by out-of-sample predictions and by copies that disagree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from overpaint import formats, labels, measures
from overpaint.errors import LabelsError, RunError, UsageError
from overpaint.jobs._labels_errors_copies import Conflict, conflicts
from overpaint.jobs._labels_errors_file import read_predictions
from overpaint.jobs._labels_errors_judge import taught, told
from overpaint.jobs._labels_errors_read import labelled, pixels_of, with_groups
from overpaint.jobs._labels_errors_rows import candidates, check_new, write_rows
from overpaint.jobs._labels_errors_told import LabelErrors, facts_of
from overpaint.jobs._labels_related import related_labels
from overpaint.jobs._runs import Progress
from overpaint.rundir import Run, write_bytes, write_table

__all__ = ["LabelErrors", "errors_labels"]


def errors_labels(
    run: str | PathLike[str],
    *,
    predictions: str | PathLike[str] | None = None,
    folds: int = 5,
    most: int | None = None,
    share: float | None = None,
    to: str | PathLike[str] | None = None,
    seed: int = 0,
    show_terms: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> LabelErrors:
    """Find samples whose given label is likely wrong; they are candidates for people to look at, and no more.

    Samples in the no-view lane are not looked at. Where `overpaint duplicates` has been run, copies are never in two
    folds, and copies with different labels are candidates too.

    Parameters
    ----------
    run
        A run that is scanned to the end; candidates are written there, to ``private/label-errors.parquet``.
    predictions
        Probabilities of your own model, which did not see the samples that it speaks of: CSV, TSV or Parquet with a
        column ``key`` and one for each class, NPZ (keys, classes, probabilities), or NPY (rows in the order of the
        listing, columns in that of the sorted labels). Without it a logistic regression is taught here, on what a
        network sees in the pictures.
    folds
        In so many parts the samples are shared out; each is predicted by what was taught on the others.
    most, share
        So many candidates, or that share of the samples, flagged or not; what is flagged unless given.
    to
        A new file for the candidates: CSV, or Parquet by its name.
    seed
        Of the folds and of the intervals.
    show_terms
        Tell labels that are withheld otherwise; the files have all of them.
    workers
        Processes that look at pictures; one a core unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    LabelsError
        cleanlab is not installed, the predictions cannot be used, or there is nothing to compare.
    ModelError
        The network is needed and is not on this machine.
    """
    measures.need_cleanlab()
    _check(folds, most, share)
    the_run, target = Run.open(Path(run)), None if to is None else Path(to)
    if target is not None:
        check_new(target, "--to")
    theirs = None if predictions is None else read_predictions(Path(predictions))
    with the_run.lock():
        refs = _scanned(the_run)
        samples, clusters = with_groups(the_run, labelled(the_run, refs))
        if not len(samples):
            raise LabelsError(f"{the_run.path}: no sample has a label; labels are the names of folders or columns")
        if theirs is None:
            judged, left, how = taught(the_run, refs, samples, folds, seed, workers, progress)
        else:
            judged, left, how = told(the_run, refs, samples, theirs, str(predictions))
        copies: dict[str, Conflict] = {}
        counts = None
        if clusters is not None:
            related = related_labels(set(samples.labels) | set(clusters.column("label").to_pylist()) - {None})
            known = dict(zip(samples.keys, samples.labels, strict=True))
            copies, counts = conflicts(clusters, related, known=known, pixels=pixels_of(the_run, refs))
        limit = most if share is None else round(share * len(samples))
        rows = candidates(judged, copies, most=limit)
        facts = facts_of(samples, judged, left, how, rows, counts, seed)
        found = the_run.private / "label-errors.parquet"
        write_table(found, rows)
        write_bytes(found.with_suffix(".json"), (json.dumps(facts, sort_keys=True, indent=1) + "\n").encode())
    if target is not None:
        write_rows(target, rows)
    terms = labels.Terms(labels.ratings(), show=show_terms)
    shown = [each | {"label": terms.label(each["label"])} for each in facts["classes"]]
    return LabelErrors(facts | {"classes": shown}, found, terms.note())


def _check(folds: int, most: int | None, share: float | None) -> None:
    if not 2 <= folds <= 100:
        raise UsageError(f"--folds {folds}: give 2 to 100")
    if most is not None and share is not None:
        raise UsageError("give --most or --share, not both")
    if most is not None and most < 1:
        raise UsageError(f"--most {most}: give at least 1")
    if share is not None and not 0 < share <= 1:
        raise UsageError(f"--share {share:g} must lie above 0 and not above 1")


def _scanned(run: Run) -> Sequence[formats.ShardRef]:
    if not run.listed:
        raise RunError(f"{run.path} has no listing yet; run `overpaint scan` or `overpaint scrub` first")
    refs = formats.read_shards(run.listing)
    if any(not run.marker(ref.id).get("scanned") for ref in refs):
        raise UsageError(f"{run.path} is not scanned to the end; run the scan again to finish it")
    return refs
