"""An experiment's figures: networks compared, with everything that somebody needs to repeat them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint import measures
from overpaint import policy as policies
from overpaint.jobs._measure_utility_cues import Cues, cues_of
from overpaint.jobs._measure_utility_samples import Usable
from overpaint.jobs._measure_utility_told import does_not_say, same_pixels
from overpaint.jobs._measure_utility_train import Training, TrainingConfig, chance
from overpaint.jobs._measure_utility_transfer import read_folder, transfers
from overpaint.jobs._runs import Progress
from overpaint.measures import Arm, Input, Measured, NetworkScores, Recipe, UtilityFigures
from overpaint.rundir import Run

__all__ = ["Experiment", "Told", "figures_of"]

VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """Everything that was asked for, and what it is carried out on."""

    run: Run
    work: Path
    recipe: Recipe
    arms: tuple[Arm, ...]
    models: tuple[str, ...]
    seeds: tuple[int, ...]
    weights: Path | None
    workers: int | None
    cues: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The result, and what it was made of, by network."""

    measured: Measured
    figures: Mapping[str, UtilityFigures]
    cues: Mapping[str, Cues]
    table: str

    def plots(self) -> dict[str, measures.Plot]:
        """What is drawn, by name."""
        drawn = {}
        for model, each in self.figures.items():
            tried = self.cues.get(model)
            plots = measures.utility_plots(each)
            plots |= measures.cue_plots(tried.figures, tried.saliency) if tried else {}
            for name, plot in plots.items():
                drawn[name if len(self.figures) == 1 else f"{name}-{model.replace(':', '-')}"] = plot
        return drawn


def figures_of(
    experiment: Experiment,
    published: Mapping[str, Usable],
    training: TrainingConfig,
    done: Sequence[Training],
    transfer: Sequence[str | PathLike[str]],
    seed: int,
    progress: Progress | None,
) -> Told:
    """The figures of each network, as a result and as a table."""
    chosen, parts = training.chosen, training.parts
    tests, _ = chosen.half(test=True)
    shares = {key: published[key].share for key in tests}
    figures = {
        model: measures.compare(
            [each for one in done if one.model == model for each in one.predictions()],
            shares=shares,
            seed=seed,
        )
        for model in experiment.models
    }
    table = measures.format_table([_scores(model, each) for model, each in figures.items()])
    by_class = {model: each.classes_to_dict() for model, each in figures.items()}
    named = all(each.names_are_wnids for each in figures.values())
    arms = [arm.name for arm in experiment.arms]
    facts: dict[str, Any] = {
        "arms": arms,
        "seeds": list(experiment.seeds),
        "epochs": experiment.recipe.epochs,
        "images": {"training": int((~chosen.test).sum()), "tests": int(chosen.test.sum())},
        "split": chosen.split,
        "copies_known": chosen.copies_known,
        "left_out": {reason: count for reason, count in sorted(chosen.left.items()) if count},
        "chance": chance(chosen),
        "same_pixels": same_pixels(parts.digests),
        "networks": {model: each.to_dict() for model, each in figures.items()},
        "table": table,
    }
    folders = [read_folder(place, short=experiment.recipe.resize, progress=progress) for place in transfer]
    if folders:
        facts["transfer"] = {
            str(number): {
                "images": {"training": int((~each.chosen.test).sum()), "tests": int(each.chosen.test.sum())},
                "classes": len(each.chosen.classes),
                "left_out": {reason: count for reason, count in sorted(each.left.items()) if count},
                "networks": transfers(each, done, progress=progress),
            }
            for number, each in enumerate(folders, 1)
        }
    cues: dict[str, Cues] = {}
    if experiment.cues:
        policy = policies.of_run(experiment.run, experiment.run.generation())
        cues = cues_of(
            experiment.run, experiment.arms, chosen, published, done,
            policy=(policy.look, policy.cells), seed=seed, progress=progress,
        )  # fmt: skip
        facts["cues"] = {model: each.to_dict() for model, each in cues.items()}
    settings = {
        "arms": arms,
        "recompress": next((arm.quality for arm in experiment.arms if arm.quality), None),
        "models": experiment.models,
        "recipe": experiment.recipe.to_dict(),
        "weights": experiment.weights is not None,
        "cues": experiment.cues,
    }
    samples = hashlib.sha256("\n".join(f"{key} {published[key].digest}" for key in chosen.keys).encode()).hexdigest()
    inputs = [Input("samples and what was decided of them", samples, len(chosen.keys))]
    inputs += [Input(f"pixels of {arm}", digest, len(chosen.keys)) for arm, digest in parts.digests.items()]
    inputs += [folder.input(number) for number, folder in enumerate(folders, 1)]
    if experiment.weights is not None:
        inputs.append(measures.file_input("weights to start from", experiment.weights))
    public = facts | ({"by_class": by_class} if named else {})
    private = {} if named else {"by_class": by_class}
    measured = Measured("utility", VERSION, settings, inputs, seed, public, does_not_say(chosen), private)
    return Told(measured, figures, cues, table)


def _scores(model: str, figures: UtilityFigures) -> NetworkScores:
    home = [level for level in figures.levels if level.trained == level.tested]
    top5 = all(level.top5 is not None for level in home)
    return NetworkScores(
        model,
        {level.tested: [one for one, _ in level.each.values()] for level in home},
        {level.tested: [five or 0.0 for _, five in level.each.values()] for level in home} if top5 else {},
    )
