"""What a filtered label table leaves: the table, the files beside it, and a private folder; all of it or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overpaint import labels, rundir
from overpaint.errors import LabelsError
from overpaint.jobs._label_files import CLASSES, INDEX, TOMBSTONES, class_file, index_table

__all__ = ["TableFiltered", "Tally", "beside_files", "places", "staged"]


@dataclass
class Tally:
    """Rows (images), by what becomes of them."""

    rows: int = 0
    kept: int = 0
    relabelled: int = 0
    removed: int = 0
    quarantined: int = 0


@dataclass(frozen=True)
class TableFiltered:
    """What a label policy did to a table, or, in a dry run, would do.

    Attributes
    ----------
    rows, kept, removed, quarantined
        Rows of the table, images of COCO; they sum.
    relabelled
        Of those kept, how many bear other labels than before.
    plan
        What was decided of each label.
    files
        What was written; empty in a dry run.
    """

    rows: int
    kept: int
    relabelled: int
    removed: int
    quarantined: int
    plan: labels.LabelPlan
    files: tuple[Path, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values; no label that goes is named, but by its identifier in the files."""
        return {
            "rows": self.rows,
            "kept": self.kept,
            "relabelled": self.relabelled,
            "removed": self.removed,
            "quarantined": self.quarantined,
            **self.plan.summary(),
            "plan": self.plan.digest,
            "files": [str(path) for path in self.files],
        }

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        told = self.plan.summary()
        lines = [
            f"{self.rows:,} images: {self.kept:,} kept, {self.removed:,} removed, {self.quarantined:,} quarantined",
            f"{self.relabelled:,} of those kept are under other labels than before",
            f"{told['classes']:,} classes before, {told['classes_after']:,} after",
        ]
        for row in told["by_clause"] if isinstance(told["by_clause"], list) else ():
            name = row["clause"] or "no clause"
            lines.append(f"  {row['action']}: {row['classes']:,} classes, {row['images']:,} images ({name})")
        lines += [f"note: {note}" for note in self.plan.notes]
        return [*lines, *(f"written: {path}" for path in self.files)]


def places(dest: Path) -> tuple[Path, ...]:
    """Everything that is written: the table last, so that where it is, all is."""
    beside = [dest.with_name(f"{dest.name}.{name}") for name in (CLASSES, INDEX, TOMBSTONES)]
    return (dest.with_name(dest.name + ".private"), *beside, dest)


def beside_files(plan: labels.LabelPlan, taxonomy: labels.Taxonomy) -> Mapping[str, bytes]:
    """The files that may be published, by the end of their names, and the plan, which may not."""
    classes = class_file(labels.Classes.of(plan, taxonomy=taxonomy), taxonomy)
    return {
        f".{CLASSES}": classes.to_json().encode("utf-8", "replace"),
        f".{INDEX}": index_table(plan.index_map()),
        f".{TOMBSTONES}": plan.tombstones().to_json().encode("utf-8", "replace"),
        ".private/label-plan.json": plan.to_json().encode("utf-8", "surrogatepass"),
    }


@contextmanager
def staged(dest: Path) -> Iterator[Path]:
    """A folder to write in; what is in it when the block ends goes to its place beside `dest`, in one step each.

    Inside, the table is called ``table`` and its companions as `places` ends them (``.classes.json``, ``.private``).

    Raises
    ------
    LabelsError
        Something is there already.
    """
    for path in places(dest):
        if path.exists() or path.is_symlink():
            raise LabelsError(f"{path} is there already; nothing is overwritten: name another destination")
    folder = dest.with_name(f".{dest.name[:100]}.overpaint.tmp")
    with rundir.disk_errors(dest):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            (folder / ".private").mkdir(mode=0o700)
            yield folder
            for path in places(dest):
                made = folder / ("table" if path == dest else path.name.removeprefix(dest.name))
                made.rename(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
