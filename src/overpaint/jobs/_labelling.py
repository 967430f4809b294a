"""A label policy put in force for one generation of decisions of a run."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from overpaint import formats, labels, pipeline
from overpaint.errors import OverpaintWarning, RunError, UsageError
from overpaint.jobs._label_census import Census, take_census
from overpaint.jobs._label_words import called_by_labels
from overpaint.jobs._runs import Progress
from overpaint.plan import Plan, file_sha256
from overpaint.rundir import Run

__all__ = ["census_of", "no_overlay", "plan_of", "put_in_force", "taxonomy_of"]


def plan_of(census: Census, plan: Plan) -> tuple[labels.LabelPlan, labels.LabelPlan | None]:
    """What a plan's label policy makes of the labels that were counted, and of those that only files beside name.

    Raises
    ------
    LabelsError
        The policy cannot be carried out on these labels.
    RunError
        A file of ratings is not what it was when the plan was made.
    """
    for name, sha256 in (*plan.ratings, *plan.taxonomy):
        if not Path(name).is_file() or file_sha256(Path(name)) != sha256:
            raise RunError(f"{name} is not what it was when the plan was made; put it back, or start a new run")
    folders = any(place.kind == "path" for place in census.places)
    policy, tree = labels.loads_label_policy(plan.labels), taxonomy_of(plan) or labels.wordnet()
    rated, known = labels.ratings(tuple(Path(name) for name, _ in plan.ratings)), labels.known_lists()
    made = labels.plan_labels(
        census.counts, policy, taxonomy=tree, ratings=rated, lists=known, order="sorted" if folders else "kept"
    )
    beside = None
    if census.beside:
        beside = labels.plan_labels(census.beside, policy, taxonomy=tree, ratings=rated, lists=known)
    pipeline.Labelling(made, census.places, beside).relabelling  # noqa: B018 - it refuses names no directory can have
    return made, beside


def taxonomy_of(plan: Plan) -> labels.Taxonomy | None:
    """The hierarchy that a plan names; None: WordNet's nouns."""
    return labels.read_taxonomy(plan.taxonomy[0][0]) if plan.taxonomy else None


def census_of(run: Run, plan: Plan, refs: Sequence[formats.ShardRef], progress: Progress | None) -> Census:
    """The labels of a listed source, counted as a plan says."""
    return take_census(
        run,
        plan.source,
        plan.container,
        refs,
        places=plan.label_places,
        listed=plan.label_list,
        taxonomy=taxonomy_of(plan),
        progress=progress,
    )


def put_in_force(
    run: Run,
    plan: Plan,
    refs: Sequence[formats.ShardRef],
    generation: str,
    *,
    progress: Progress | None = None,
) -> pipeline.Labelling | None:
    """Write what a generation makes of labels, once; None where it leaves them as they are."""
    if not plan.labels:
        return None
    found = pipeline.Labelling.of(run, generation)
    if found is not None:  # a run that is gone on with goes on with what was decided
        return found
    census = census_of(run, plan, refs, progress)
    made, beside = plan_of(census, plan)
    for note in made.notes:
        if beside is None or note in beside.notes:  # a clause may mean labels of the one and none of the other
            warnings.warn(note, OverpaintWarning, stacklevel=3)
    labelling = pipeline.Labelling(made, census.places, beside)
    if told := called_by_labels(run, refs, labelling, taxonomy_of(plan) or labels.wordnet()):
        warnings.warn(
            f"{told:,} images are called by words that are labels which go or are called otherwise; these names stay "
            "(docs/reference/labels-in-datasets.md says where names change)",
            OverpaintWarning,
            stacklevel=3,
        )
    pipeline.write_label_plan(run, generation, made, census.places, beside=beside)
    return pipeline.Labelling.of(run, generation)


def no_overlay(output: formats.Output, *, relabelled: bool) -> None:
    """Refuse an overlay where labels change: it can say what to replace, and not what is called otherwise.

    Raises
    ------
    UsageError
        That.
    """
    if output.overlay and relabelled:
        raise UsageError("an overlay cannot say that labels change; write a whole copy, without --overlay")
