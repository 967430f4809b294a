"""``overpaint measure residual``: what can still be seen in what a run publishes, by a random sample of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from overpaint import measures, reports
from overpaint.errors import ReviewError, UsageError
from overpaint.jobs._answers import lane_first
from overpaint.jobs._measure_residual_draw import Drawn, draw_new, drawn_of
from overpaint.jobs._measure_residual_figures import figures_of, numbers
from overpaint.jobs._measure_residual_frame import Frame, Sight, frame_of
from overpaint.jobs._measure_residual_seen import Rule, Seen, Truth, seen_in_truth, truth_inputs
from overpaint.jobs._measure_residual_told import does_not_say, lines_of, plots_of
from overpaint.jobs._measured import Kept, keep_measure, place_of
from overpaint.jobs._runs import Progress
from overpaint.rundir import Run

__all__ = ["Residue", "measure_residual"]

VERSION = 1
_USUAL = ("face", "text", "plate", "nudity")
_MINORS = frozenset({"minor", "minors", "child", "children", "age", "ages"})


@dataclass(frozen=True, slots=True)
class Residue:
    """What an audit says, or what it waits for.

    Attributes
    ----------
    measured
        Figures by kind; of a kind that nobody answered yet only how many images wait.
    kept
        Where the result was written; None while nothing is answered.
    asked
        Questions put to people now, and those that were there already; None where a truth stands in for people.
    plots
        What was drawn, by name.
    """

    measured: measures.Measured
    kept: Kept | None
    asked: tuple[int, int] | None
    plots: Mapping[str, measures.Plot] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the public half, and what was asked."""
        asked = None if self.asked is None else dict(zip(("new", "known"), self.asked, strict=True))
        return self.measured.to_dict() | {"asked": asked, "kept": None if self.kept is None else str(self.kept.public)}

    def lines(self) -> list[str]:
        """For a terminal."""
        lines = lines_of(self.measured, self.asked)
        return lines if self.kept is None else [*lines, f"written: {self.kept.public}"]


def measure_residual(
    run: str | PathLike[str],
    *,
    kinds: Sequence[str] = (),
    images: int = 60,
    review: str | PathLike[str] | None = None,
    truth: Sequence[str | PathLike[str]] | str | PathLike[str] = (),
    least: float = 10.0,
    cover: float = 0.5,
    to: str | PathLike[str] | None = None,
    seed: int = 0,
    plots: bool = True,
    progress: Progress | None = None,
) -> Residue:
    """Estimate what can still be seen in what a run publishes, from a stratified random sample that people look at.

    The first call draws the sample and puts its questions into the run's review; later calls read the answers. Asking
    for more images extends the sample. Where the images are written, people see those; else the source, with what
    would be painted.

    Parameters
    ----------
    run
        A run with decisions; one whose decisions are all carried out, or none of them.
    kinds
        Of what: ``face``, ``text`` (lines of writing), ``plate``, ``nudity`` (as people flag it), ``person``, ``code``,
        ``watermark``; those of the first four that the run looked for unless given. Of minors no rate is given.
    images
        How many to look at; all where there are fewer.
    review
        The run's review, where it is not in the run.
    truth
        Files of boxes that a dataset says are true, which stand in for people: as `overpaint.measures.detection` takes
        them. They know one kind, and only images that they name are spoken of.
    least
        Pixels: what is less high does not count. 10 is a choice: smaller ones are hard to see and to draw.
    cover
        A thing is hidden where at least this share of its box lies in what is painted at full strength.
    to
        A directory for the result, instead of the run.
    seed
        Of the draw: the same decisions, kinds and seed draw the same images.

    Raises
    ------
    RunError
        Nothing is decided, or what is decided is not carried out to the end.
    UsageError
        An argument cannot be carried out; ``review`` is about something else.
    BoxesError
        A truth cannot be read, or names none of the images.
    """
    measures.need_scipy()
    place_of(None, to)  # says so before the long work
    the_run, files = Run.open(Path(run)), _files(truth)
    wanted = _kinds(the_run, kinds, files)
    _check(images, least, cover, seed)
    if files and review is not None:
        raise UsageError("--truth stands in for people: leave --review out")
    lane_first(the_run)
    rules = [Rule(kind, least, cover) for kind in wanted]
    if files:
        frame, drawn, counted, extra = _by_truth(the_run, files, rules[0], images, seed, progress)
        inputs, asked = truth_inputs(files), None
    else:
        ask = _asking()
        with the_run.lock():
            frame = frame_of(the_run, wanted, progress=progress)
            drawn = drawn_of(the_run, frame, wanted, images=images, seed=seed)
        counted, asked = ask(the_run, frame, drawn, rules, review=review)
        inputs, extra = [], {}
    settings: dict[str, Any] = {
        "kinds": list(wanted),
        "by": "truth" if files else "people",
        "least": least,
        "cover": cover,
        "decisions": frame.generation,
        "written": frame.written,
    }
    if files:  # people's sample grows with what is asked for, and each result takes the place of the one before
        settings["images"] = images
    figures = numbers(frame, drawn) | {"kinds": {k: figures_of(drawn, rows) | extra for k, rows in counted.items()}}
    measured = measures.Measured(
        "residual",
        VERSION,
        settings,
        [_decisions(frame), *inputs],
        seed,
        figures,
        does_not_say(settings, frame),
        private={"classes": {kind: _classes(frame, drawn, rows) for kind, rows in counted.items()}},
    )
    return _kept(the_run, measured, asked, to, plots=plots)


def _kept(
    run: Run, measured: measures.Measured, asked: tuple[int, int] | None, to: str | PathLike[str] | None, *, plots: bool
) -> Residue:
    """Write what there is to be said; nothing while nobody has answered."""
    if not any("total" in figures for figures in measured.figures["kinds"].values()):
        return Residue(measured, None, asked)
    drawings = plots_of(measured) if plots else {}
    if to is not None:
        return Residue(measured, keep_measure(measured, Path(to), drawings), asked, drawings)
    with run.lock():
        kept = keep_measure(measured, run, drawings)
        reports.write(run)
    return Residue(measured, kept, asked, drawings)


def _asking() -> Callable[..., Any]:
    """What asks people, which needs an extra."""
    try:
        from overpaint.jobs._measure_residual_ask import by_people
    except ModuleNotFoundError as error:
        raise ReviewError(f"{error.name} is not installed; install overpaint[review], which asks people") from error
    return by_people


def _files(truth: Sequence[str | PathLike[str]] | str | PathLike[str]) -> list[str]:
    return [fspath(truth)] if isinstance(truth, str | PathLike) else [fspath(each) for each in truth]


def _kinds(run: Run, kinds: Sequence[str], files: Sequence[str]) -> tuple[str, ...]:
    from overpaint.review import THINGS, counts_for

    known = (*THINGS, "nudity")
    for kind in kinds:
        if kind in _MINORS:
            raise UsageError(
                f"--kind {kind}: of minors no rate is given, for nobody is asked to look for them; "
                "`overpaint lane` says how many images are in the no-view lane"
            )
        if kind not in known:
            raise UsageError(f"--kind {kind}: there are {', '.join(known)}")
    looked = run.plan().kinds
    wanted = tuple(dict.fromkeys(kinds)) or tuple(
        kind for kind in _USUAL if any(counts_for(each, kind) for each in looked)
    )
    if files:
        wanted = wanted if kinds else ("face",)
        if len(wanted) != 1 or wanted == ("nudity",):
            raise UsageError("--truth holds boxes of one kind of thing: give one --kind, and not nudity")
    if not wanted:
        raise UsageError(f"{run.path} looked for nothing that can be seen; name what to ask about with --kind")
    return wanted


def _check(images: int, least: float, cover: float, seed: int) -> None:
    if images < 1:
        raise UsageError(f"--images {images}: nobody would look at anything; give at least 1, better 60 or more")
    if not 0 <= least <= 10_000:
        raise UsageError(f"--least {least:g}: give pixels, from 0 to 10,000")
    if not 0 < cover <= 1:
        raise UsageError(f"--cover {cover:g} must lie above 0 and not above 1")
    if not 0 <= seed < 2**32:
        raise UsageError(f"--seed {seed}: give a whole number from 0 to {2**32 - 1}")


def _by_truth(
    run: Run, files: Sequence[str], rule: Rule, images: int, seed: int, progress: Progress | None
) -> tuple[Frame, Drawn, dict[str, list[Seen | None]], dict[str, Any]]:
    """The sample as people would be asked about it, answered by the truth; and what the truth says of all images."""
    truth, every = Truth.of(files), list[Seen]()

    def known(sight: Sight) -> bool:
        boxes = truth.boxes(sight)
        if boxes is not None:
            every.append(seen_in_truth(sight, boxes, rule))
        return boxes is not None

    with run.lock():
        frame = frame_of(run, [rule.kind], known=known, progress=progress)
    drawn = draw_new(frame, [rule.kind], images=images, seed=seed)
    census = {
        "visible": sum(len(each.visible) for each in every),
        "things": sum(each.everything for each in every),
        "images_with_any": sum(bool(each.visible) for each in every),
        "unusable": dict(sorted(truth.unusable.items())),
    }
    return frame, drawn, {rule.kind: [every[at] for at in drawn.audit.chosen]}, {"census": census}


def _decisions(frame: Frame) -> measures.Input:
    """What was published, by keyed hashes: the same run of the same decisions gives the same."""
    digest = hashlib.sha256(json.dumps(frame.tokens).encode()).hexdigest()
    return measures.Input("published images", digest, len(frame.keys))


def _classes(frame: Frame, drawn: Drawn, rows: Sequence[Seen | None]) -> dict[str, dict[str, int]]:
    """Of each class: images audited, with any, and how many were seen; its name may be somebody's."""
    looked, with_any, visible = Counter[str](), Counter[str](), Counter[str]()
    for index, seen in zip(drawn.audit.chosen, rows, strict=True):
        if seen is not None:
            label = frame.labels[index] or ""
            looked[label] += 1
            with_any[label] += bool(seen.visible)
            visible[label] += len(seen.visible)
    return {
        label: {"audited": looked[label], "with_any": with_any[label], "visible": visible[label]}
        for label in sorted(looked)
    }
