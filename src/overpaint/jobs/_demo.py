"""``demo``: make a small dataset with known truth, scrub it, verify it, and say what was found and what was missed."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint import formats, models
from overpaint.errors import UsageError
from overpaint.jobs._demo_data import Truth, make_dataset
from overpaint.jobs._demo_sheet import write_sheet
from overpaint.jobs._runs import Progress
from overpaint.jobs._scrub import scrub
from overpaint.jobs._verify import verify
from overpaint.records import Box, Treatment, python_key
from overpaint.rundir import Run, read_table

__all__ = ["Demonstration", "demo"]

_MINE = ("photos", "painted", "painted.run", "before-and-after.png")


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration did, against the truth that it made."""

    faces: int
    found: int
    missed: dict[str, list[int]]
    painted_elsewhere: int
    failed: int
    checked: int
    check_failed: int
    places: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """What a newcomer reads."""
        missed = [
            f"  missed: a face {size} pixels wide in {key}"
            for key, sizes in sorted(self.missed.items())
            for size in sizes
        ]
        return [
            f"{self.found} of the {self.faces} faces that were put in were found and painted over",
            *missed,
            f"{self.painted_elsewhere} painted where no face was put",
            f"{self.failed} file could not be handled and was not published: it is cut off on purpose",
            f"{self.checked} outputs checked again, {self.check_failed} failed",
            *(f"{name}: {place}" for name, place in self.places.items()),
        ]


def demo(
    directory: str | PathLike[str] = "demo", *, workers: int | None = None, progress: Progress | None = None
) -> Demonstration:
    """Make a labelled dataset in ``directory``, scrub and verify it, and compare with the truth.

    Gets the detector's weights first where they are not here (`overpaint models get`). Only the demonstration, whose
    pictures are made, writes a sheet of pictures before and after.

    Parameters
    ----------
    directory
        Where to; what an earlier demonstration left there is replaced, anything else is refused.
    workers
        Processes; one a core unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.
    """
    root = Path(directory)
    if root.exists() and (not root.is_dir() or any(p.name not in _MINE for p in root.iterdir())):
        raise UsageError(f"{root} holds other things than a demonstration; name another directory")
    if models.status(["yunet"])[0].state != "ready":
        models.get(["yunet"])
    for name in _MINE:
        place = root / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    truth = make_dataset(root / "photos")
    summary = scrub(root / "photos", root / "painted", workers=workers, progress=progress)
    checked = verify(root / "painted", workers=workers, progress=progress)
    run = Run.open(root / "painted.run")
    painted = _painted(run)
    found, missed, elsewhere = _compare(truth, painted)
    write_sheet(root / "before-and-after.png", root / "photos", root / "painted", truth.faces)
    places = {
        "report": str(run.public / "report.html"),
        "before and after": str(root / "before-and-after.png"),
        "painted copy": str(root / "painted"),
    }
    return Demonstration(
        sum(map(len, truth.faces.values())),
        found,
        missed,
        elsewhere,
        summary.conservation.outcomes["failed"],
        checked.checked,
        checked.failed,
        places,
    )


def _painted(run: Run) -> dict[str, list[Box]]:
    generation = run.generation()
    assert generation is not None
    boxes: dict[str, list[Box]] = {}
    for ref in formats.read_shards(run.listing):
        for row in read_table(run.decisions_dir(generation) / f"{ref.id}.parquet").to_pylist():
            if row["treatment"] == Treatment.REDACT.value:
                boxes.setdefault(python_key(row["key"]), []).append(Box(row["x0"], row["y0"], row["x1"], row["y1"]))
    return boxes


def _compare(truth: Truth, painted: dict[str, list[Box]]) -> tuple[int, dict[str, list[int]], int]:
    """A face counts as found where a painted box shares at least half of its union with it."""
    found, missed, elsewhere = 0, dict[str, list[int]](), 0
    for key, faces in truth.faces.items():
        boxes = painted.get(key, [])
        for face in faces:
            if any(face.iou(box) >= 0.5 for box in boxes):
                found += 1
            else:
                missed.setdefault(key, []).append(round(min(face.width, face.height)))
        elsewhere += sum(all(face.iou(box) < 0.5 for face in faces) for box in boxes)
    return found, missed, elsewhere
