"""``overpaint measure utility``: do models still work? Networks that learn from originals and from what was painted."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

from overpaint import engines, formats, measures
from overpaint.errors import RunError, UsageError
from overpaint.jobs._answers import lane_first
from overpaint.jobs._labels_errors_read import labelled, with_groups
from overpaint.jobs._measure_utility_arms import ArmsConfig, Parts, make_arms
from overpaint.jobs._measure_utility_cues import need_cue_arms
from overpaint.jobs._measure_utility_figures import Experiment, figures_of
from overpaint.jobs._measure_utility_samples import Chosen, Usable, choose, usable
from overpaint.jobs._measure_utility_told import Utility
from overpaint.jobs._measure_utility_train import Training, TrainingConfig, train_all, trainings
from overpaint.jobs._measure_utility_transfer import need_folders
from overpaint.jobs._measured import keep_measure, place_of
from overpaint.jobs._places import output_of
from overpaint.jobs._runs import Progress
from overpaint.measures import Recipe, Team
from overpaint.rundir import Run, disk_errors

__all__ = ["measure_utility"]


def measure_utility(
    run: str | PathLike[str],
    *,
    arms: Sequence[str] = ("original", "recompressed", "redacted"),
    looks: Sequence[str] = (),
    recompress: int | None = None,
    model: Sequence[str] = (),
    seeds: int | None = None,
    config: str | PathLike[str] | None = None,
    epochs: int | None = None,
    weights: str | PathLike[str] | None = None,
    transfer: Sequence[str | PathLike[str]] = (),
    cues: bool = False,
    work: str | PathLike[str] | None = None,
    workers: int | None = None,
    to: str | PathLike[str] | None = None,
    seed: int = 0,
    plots: bool = True,
    progress: Progress | None = None,
) -> Utility | None:
    """Train the same network on the same images as they were and as they became, and compare what it knows.

    Arms differ in pixels alone: order, parts and mirroring of the images are drawn by seed, epoch and sample. Only
    samples that the run publishes take part; what is in the no-view lane is in no arm. Whatever is finished is kept
    in the work directory and not repeated; a training that was broken off goes on from its last epoch.

    Parameters
    ----------
    run
        A run over a dataset with classes.
    arms
        Of `overpaint.measures.ARMS`: ``original``, ``recompressed``, ``metadata-only``, ``redacted``.
    looks
        More arms, painted here where the run's decisions say: ``blur:4``, ``mosaic:2``, ``fill``, ``imagenet2021``.
    recompress
        The JPEG quality of the arm ``recompressed``; that of its output's file unless given.
    model
        Networks: ``small``, torchvision's by name, ``timm:NAME``; the configuration's unless given.
    seeds
        How many trainings on each arm, from `seed` on.
    config
        ``small``, ``imagenet2021`` (the protocol of the study of 2021), or a TOML file.
    epochs
        Instead of the configuration's.
    weights
        A file of this machine to start from; nothing is ever downloaded.
    transfer
        Folders with classes on which a linear probe of each network's features is taught and tested.
    cues
        Try whether erasure itself is a sign that networks go by, and where they look (captum).
    work
        Where pictures, weights and predictions are kept; ``private/utility`` of the run unless given.
    workers
        Trainings at once, and processes that make arms; one a core unless given. Under ``torchrun`` each training is
        shared by all processes instead.
    to
        A directory for the result, instead of the run.
    seed
        The first one.
    plots
        Write plots, too.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Returns
    -------
    None in those processes of ``torchrun`` that do not lead.

    Raises
    ------
    UsageError
        PyTorch is not installed, an argument is wrong, or there are no two classes to be told apart.
    RunError
        The run has no decisions, or its output is of other ones.
    """
    measures.need_scipy()
    measures.need_torch()
    recipe = _recipe(config, epochs, seeds)
    the_run = Run.open(Path(run))
    place = place_of(None, to) or the_run
    need_folders(the_run, transfer)
    wanted = measures.parse_arms(tuple(arms), tuple(looks), recompress=recompress)
    models = (model,) if isinstance(model, str) else tuple(model)
    experiment = Experiment(
        the_run,
        the_run.private / "utility" if work is None else Path(work),
        recipe,
        wanted,
        models or recipe.models,
        tuple(range(seed, seed + recipe.seeds)),
        None if weights is None else Path(weights),
        workers,
        cues,
    )
    if cues:
        need_cue_arms(wanted)
    for name in experiment.models:  # say now that there is none, or that nothing of the file fits
        net = measures.network(name, 2)
        if experiment.weights is not None:
            measures.with_weights(net, experiment.weights)
    with measures.open_team() as team, _working(experiment.work, team):
        published, training, todo = _prepared(experiment, team, progress)
        train_all(training, todo, workers=_workers(experiment, todo), team=team, progress=progress)
        if not team.leads:
            return None
        found = figures_of(experiment, published, training, todo, transfer, seed, progress)
        _without_pictures(experiment.work)
    kept = keep_measure(found.measured, place, found.plots() if plots else {})
    return Utility(found.measured, found.figures, found.cues, found.table, kept, experiment.work)


def _recipe(config: str | PathLike[str] | None, epochs: int | None, seeds: int | None) -> Recipe:
    recipe = measures.read_recipe(config)
    for name, value, most in (("epochs", epochs, 100_000), ("seeds", seeds, 1000)):
        if value is not None and not 1 <= value <= most:
            raise UsageError(f"--{name} {value}: give 1 to {most}")
    return dataclasses.replace(
        recipe,
        epochs=recipe.epochs if epochs is None else epochs,
        seeds=recipe.seeds if seeds is None else seeds,
    )


@contextlib.contextmanager
def _working(work: Path, team: Team) -> Iterator[None]:
    """The work directory, closed to others, for this command alone."""
    if not team.leads:
        yield
        return
    with disk_errors(work):
        for place in (work, *(work / name for name in ("pictures", "trained"))):  # whoever may look into `work` itself
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = (work / "lock").open("a")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(f"{work} is in use by another command; wait for it, or give another --work") from error
        yield


def _without_pictures(work: Path) -> None:
    """Delete pictures, which can be made again; those of experiments that were broken off and never taken up, too."""
    for name in ("*.bin", ".*.part"):
        for path in (work / "pictures").rglob(name):
            path.unlink(missing_ok=True)


def _prepared(
    experiment: Experiment, team: Team, progress: Progress | None
) -> tuple[Mapping[str, Usable], TrainingConfig, list[Training]]:
    """The samples, their arms and what is to be trained; the leader makes the arms while the others wait."""
    if team.leads:
        lane_first(experiment.run)
    else:
        team.wait()
    run, plan, output = experiment.run, experiment.run.plan(), output_of(experiment.run)
    generation = run.generation()
    if generation is None or not run.listed:
        raise RunError(f"{run.path} has no decisions yet; run `overpaint scrub`, or `scan` and `decide`")
    if output is None and any(arm.needs_output for arm in experiment.arms):
        raise UsageError(
            f"{run.path} has no output, so that there is no arm redacted; run `overpaint act` first, or give --arms "
            "original --looks blur:4"
        )
    with run.lock() if team.leads else contextlib.nullcontext():
        refs = formats.read_shards(run.listing)
        if any(not run.marker(ref.id).get("scanned") for ref in refs):
            raise UsageError(f"{run.path} is not scanned to the end; run the scan again to finish it")
        published = usable(run, refs, generation, written=output is not None)
        samples, clusters = with_groups(run, labelled(run, refs))
        del clusters
        chosen = choose(samples, published)
        config = ArmsConfig(
            run.path, plan.source, plan.container, output, generation, plan.max_pixels, experiment.arms,
            experiment.recipe.store,
        )  # fmt: skip
        making = functools.partial(
            make_arms, config, refs, chosen, published, experiment.work / "pictures",
            workers=experiment.workers or engines.default_workers(), progress=progress,
        )  # fmt: skip
        training, todo = _trainings(experiment, *making(pixels=False), team)
        if not all(each.finished for each in todo):  # else tables of what was made before are enough
            making(pixels=True)
    if team.leads:
        team.wait()
    return published, training, todo


def _trainings(
    experiment: Experiment, parts: Parts, chosen: Chosen, team: Team
) -> tuple[TrainingConfig, list[Training]]:
    names = [arm.name for arm in experiment.arms]
    config = TrainingConfig(experiment.recipe, chosen, parts, experiment.weights, 1)
    todo = trainings(config, experiment.work / "trained", models=experiment.models, arms=names, seeds=experiment.seeds)
    at_once = int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if team.size > 1 else _workers(experiment, todo)
    return dataclasses.replace(config, threads=max(1, engines.default_workers() // at_once)), todo


def _workers(experiment: Experiment, todo: Sequence[Training]) -> int:
    """Trainings at once: one a graphics card, or one a core.

    It does not depend on how many are finished: more threads each would round otherwise.
    """
    cards = measures.need_torch().cuda.device_count()
    return min(len(todo), experiment.workers or cards or engines.default_workers())
