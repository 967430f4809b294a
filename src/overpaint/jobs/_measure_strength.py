"""``overpaint measure strength``: how strong somebody's painting is, ours included."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.errors import BoxesError, UsageError
from overpaint.formats import read_boxes
from overpaint.jobs._measured import Kept, keep_measure, place_of
from overpaint.jobs._runs import Progress
from overpaint.measures import Input, Measured, file_input
from overpaint.measures._strength import Faces, value_rows
from overpaint.measures._strength_detail import Corners
from overpaint.measures._strength_files import REASONS, pair_files, read_pair
from overpaint.measures._strength_scenes import Probe, Probes, read_rgb
from overpaint.measures._strength_told import strength_lines, strength_plots
from overpaint.measures._tool_running import Boxed, Tool, run_tool, tool_of

__all__ = ["Strength", "measure_strength"]

VERSION = 1

Pixels = npt.NDArray[np.uint8]
Painter = Callable[[Pixels, Sequence[Corners]], Pixels]

_OF_FILES = (
    "It says what is left inside the boxes given; of faces that nobody boxed it says nothing.",
    "Less detail left is not less recognisable in the same proportion: `overpaint measure reidentify` asks that.",
)
_OF_A_TOOL = (
    "The tool was tried on drawn faces with given boxes; what its own detector misses is not measured.",
    "Values recoverable are what a linear step lets through; who knows what faces look like may do more with fewer.",
)


@dataclass(frozen=True, slots=True)
class Strength:
    """What was measured, and where it was written."""

    measured: Measured
    kept: Kept | None
    plots: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as the file holds them."""
        return self.measured.to_dict()

    def lines(self) -> list[str]:
        """For a terminal."""
        figures = self.measured.figures
        lines = list(strength_lines(figures))
        for reason, count in figures.get("left_out", {}).items():
            lines.append(f"{count} images left out: {reason} ({REASONS[reason]})")
        if figures.get("extra_outputs"):
            lines.append(f"{figures['extra_outputs']} outputs belong to no original")
        lines.extend(f"note: {sentence}" for sentence in self.measured.does_not_say)
        if self.kept is not None:
            lines.append(f"written: {self.kept.public}")
        return lines


def measure_strength(
    original: str | PathLike[str] | None = None,
    painted: str | PathLike[str] | None = None,
    *,
    boxes: str | PathLike[str] | None = None,
    tool: str | Painter | None = None,
    peers: str | PathLike[str] | None = None,
    look: str | None = None,
    cells: int = 4,
    quality: int | None = None,
    to: str | PathLike[str] | None = None,
    seed: int = 0,
    plots: bool = True,
    progress: Progress | None = None,
) -> Strength:
    """Measure what is left of faces: in files painted by anyone, or by trying a tool on made pictures.

    Parameters
    ----------
    original, painted
        Two folders or two files, before and after; nothing of how they were painted needs to be known.
    boxes
        Where the faces are, in any format of ``--boxes``; for files only.
    tool
        Instead of files, what is tried on made pictures: ``overpaint`` (default), another name of
        `overpaint measure tools`, a command with ``{source}``, ``{dest}`` and ``{boxes}`` in it, or (Python only) a
        function of a picture, height x width x 3 of uint8, and its boxes, that returns the painted picture.
    peers
        The environment of tools that are not installed here.
    look
        Of overpaint's own painting.
    cells
        The grid whose averages are not counted as detail; of overpaint also its strength.
    quality
        Made pictures are JPEGs of this quality instead of PNG.

    Raises
    ------
    UsageError
        Arguments contradict each other, nothing can be compared, or the tool did nothing at all.
    BoxesError
        The file of boxes cannot be understood.
    """
    if (original is None) != (painted is None):
        raise UsageError("give ORIGINAL and PAINTED, or neither to try a tool on made pictures")
    if not 1 <= cells <= 16:
        raise UsageError(f"cells must be 1 to 16, not {cells}")
    if original is not None and painted is not None:
        if tool is not None or look is not None or quality is not None:
            raise UsageError("--tool, --look and --quality try a tool on made pictures; leave them out for files")
        if boxes is None:
            raise UsageError("where the faces are is needed to measure them: give --boxes FILE")
        measured = _of_files(Path(original), Path(painted), Path(boxes), cells=cells, seed=seed, progress=progress)
    else:
        if boxes is not None:
            raise UsageError("--boxes is for files; made pictures have boxes of their own")
        where = None if peers is None else Path(peers)
        measured = _of_tool(tool or "overpaint", where, look, cells, quality, seed=seed, progress=progress)
    place = place_of(None, to)
    drawn = strength_plots(measured.figures) if plots else {}
    kept = None if place is None else keep_measure(measured, place, drawn)
    return Strength(measured, kept, tuple(drawn))


def _of_files(
    original: Path, painted: Path, boxes: Path, *, cells: int, seed: int, progress: Progress | None
) -> Measured:
    given = read_boxes(boxes)
    pairs = pair_files(original, painted, given)
    faces, left_out, digest = Faces(cells), Counter(pairs.left_out), hashlib.sha256()
    for number, pair in enumerate(pairs.found):
        found = read_pair(pair, given)
        if isinstance(found, str):
            left_out[found] += 1
        else:
            faces.add(*found)
            for plane in found[:2]:
                digest.update(plane.tobytes())
        if progress is not None:
            progress("comparing", number + 1, len(pairs.found))
    if not faces.detail:
        why = "; ".join(f"{count} {reason} ({REASONS[reason]})" for reason, count in sorted(left_out.items()))
        if faces.flat:
            why = f"{faces.flat} faces have no detail that could be left" + (f"; {why}" if why else "")
        raise BoxesError(f"no face to measure: {why or 'ORIGINAL holds no pictures'}")
    inputs = [Input("pictures compared", digest.hexdigest(), faces.images)]
    if boxes.is_file():
        inputs.append(file_input("boxes", boxes, count=given.boxes))
    figures = faces.figures(seed=seed) | {
        "sigma": faces.sigma(seed=seed),
        "values_seen": faces.seen(seed=seed),
        "left_out": dict(sorted(left_out.items())),
        "extra_outputs": pairs.extra,
    }
    return Measured("strength", VERSION, {"cells": cells, "of": "files"}, inputs, seed, figures, _OF_FILES)


def _of_tool(
    tool: str | Painter, peers: Path | None, look: str | None, cells: int, quality: int | None, *, seed: int,
    progress: Progress | None,
) -> Measured:  # fmt: skip
    chosen = tool if callable(tool) else _chosen(tool, peers, look, cells)
    made = Probes(seed=seed, quality=quality)
    if progress is not None:
        progress("painting made pictures", 0, len(made.pictures))
    if not isinstance(chosen, Tool):
        name, version = getattr(chosen, "__name__", "function"), ""
        outputs: Mapping[str, Pixels] = {at: _called(chosen, probe) for at, probe in made.pictures.items()}
    else:
        name, version, outputs = _tried(chosen, made)
    faces, blurs, values = made.judge(outputs, cells=cells)
    if not faces.detail:
        raise UsageError(f"{name}: none of its outputs can be compared with what it was given")
    figures = faces.figures(seed=seed, exact=True)
    figures["sigma"] = blurs.sigma(seed=seed, exact=True)
    figures["values"] = value_rows(values)
    figures["not_painted"] = len(made.pictures) - len(outputs)
    settings = {"cells": cells, "look": look, "quality": quality, "tool": name, "version": version, "of": "tool"}
    digest = hashlib.sha256()
    for probe in made.pictures.values():
        digest.update(probe.pixels.tobytes())
    inputs = [Input("made pictures", digest.hexdigest(), len(made.pictures))]
    return Measured("strength", VERSION, settings, inputs, seed, figures, _OF_A_TOOL)


def _called(tool: Painter, probe: Probe) -> Pixels:
    painted = np.asarray(tool(probe.pixels.copy(), list(probe.boxes)))
    if painted.shape != probe.pixels.shape or painted.dtype != np.uint8:
        raise UsageError(
            f"tool: it must return uint8 of shape {probe.pixels.shape}, not {painted.dtype} {painted.shape}"
        )
    return painted


def _chosen(word: str, peers: Path | None, look: str | None, cells: int) -> Tool:
    chosen = tool_of(word, peers=peers, look=look, cells=cells if word.partition("-")[0] == "overpaint" else None)
    if chosen.missing:
        raise UsageError(f"--tool {word}: {chosen.missing}")
    return chosen


def _tried(chosen: Tool, made: Probes) -> tuple[str, str, Mapping[str, Pixels]]:
    """Run it on files; what it wrote, decoded."""
    with tempfile.TemporaryDirectory(prefix="overpaint-strength-") as folder:
        source = Path(folder, "source")
        source.mkdir()
        boxed = {}
        for name, probe in made.pictures.items():
            (source / name).write_bytes(probe.data())
            boxed[name] = Boxed(probe.pixels.shape[1], probe.pixels.shape[0], probe.boxes, probe.boxes)
        ran = run_tool(chosen, source, Path(folder, "work"), boxed)
        if ran.failed:
            raise UsageError(f"--tool {chosen.name}: nothing came out: {ran.failed}")
        outputs = {}
        for name, path in ran.outputs.items():
            try:
                pixels = read_rgb(path)
            except (OSError, ValueError):
                continue
            if pixels.shape == made.pictures[name].pixels.shape:
                outputs[name] = pixels
    return chosen.name, ran.version, outputs
