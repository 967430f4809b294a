"""Where a run may write, and what it is bound to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from overpaint import formats
from overpaint.errors import RunError, SourceError, UsageError
from overpaint.plan import Plan
from overpaint.rundir import Run, disk_errors, read_table

__all__ = ["Wish", "claim_destination", "empty", "output_of", "outside", "run_here"]


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants an output; None and empty: as before, or as usual."""

    to: str | None = None
    overlay: bool = False
    unknown: str | None = None
    field: Mapping[str, str] | None = None
    file: Mapping[str, str] | None = None

    def output(self, place: str, *, container: str) -> formats.Output:
        """The output meant, for a source of this kind."""
        return formats.Output(
            place=place,
            kind=self.to or container,
            overlay=self.overlay,
            unknown=self.unknown or "keep",
            fields=tuple(sorted((self.field or {}).items())),
            files=tuple((self.file or {}).items()),
        )

    def contradicts(self, output: formats.Output) -> bool:
        """Whether it says anything that a bound output does not."""
        asked = self.output(output.place, container=output.kind)
        return any(
            getattr(asked, name) != getattr(output, name)
            for name, said in (
                ("kind", self.to),
                ("overlay", self.overlay),
                ("unknown", self.unknown),
                ("fields", self.field),
                ("files", self.file),
            )
            if said
        )


def output_of(run: Run) -> formats.Output | None:
    """What a run is bound to."""
    bound = run.destination()
    if bound is None:
        return None
    try:
        return formats.Output.from_dict(bound)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{run.private}/destination.json is damaged; start a new run") from error


def claim_destination(run: Run, plan: Plan, dest: str, wish: Wish) -> formats.Output:
    """Bind a run to its destination, once; a run writes to one place, in one form."""
    dest = dest if formats.is_url(dest) else str(Path(dest).resolve())
    bound = output_of(run)
    if bound is None:
        empty(dest, run.path)
        output = wish.output(dest, container=plan.container)
        formats.open_store(dest, create=True)
        output = _identified(output)
        run.set_destination(output.to_dict())
        return output
    if bound.place != dest:
        there, here = formats.shown(bound.place), formats.shown(dest)
        raise UsageError(f"{run.path} writes to {there}, not to {here}; use that, or make a new run")
    if wish.contradicts(bound):
        raise UsageError(f"{run.path} writes {bound.kind} with other options; say none, or make a new run")
    if not formats.is_url(dest) and not Path(dest).is_dir():
        # its shards are marked as done: nothing of what was there would be written again
        raise RunError(f"{dest}, which {run.path} wrote, is not there any more; put it back, or start a new run")
    if formats.open_store(dest).empty() and _published(run):
        raise RunError(f"{dest} is empty, and {run.path} wrote files there; put them back, or start a new run")
    return _identified(bound)


def _identified(output: formats.Output) -> formats.Output:
    if formats.is_url(output.place):
        return output
    with disk_errors(Path(output.place)):
        return dataclasses.replace(output, identity=formats.identity_of(Path(output.place)))


def _published(run: Run) -> bool:
    """Whether any finished shard says that it wrote an image."""
    for ref in formats.read_shards(run.listing) if run.listed else ():
        if run.marker(ref.id).get("generation") is not None:
            rows = read_table(run.shard_file("samples", ref.id), columns=["output"])
            if rows["output"].null_count < len(rows):
                return True
    return False


def empty(dest: str, run: Path) -> None:
    """Refuse a destination that holds anything."""
    if not formats.is_url(dest):
        if Path(dest).exists() and not Path(dest).is_dir():
            raise UsageError(f"{dest} is a file; DEST must be a folder")
        if not Path(dest).exists():
            return
    try:
        nothing = formats.open_store(dest).empty()
    except SourceError:  # it cannot be listed because it is not there yet
        return
    if not nothing:
        raise RunError(
            f"{formats.shown(dest)} is not empty and {run} is not the run that filled it; choose an empty DEST"
        )


def outside(run: Path, place: str, what: str) -> None:
    """Refuse a run directory inside a folder where it has no business."""
    if not formats.is_url(place) and run.resolve().is_relative_to(Path(place).resolve()):
        raise UsageError(f"--run {run} lies inside {what}; choose a place beside it")


def run_here(place: str) -> Path:
    """A run directory in the working directory, called after a place."""
    if formats.is_url(place):
        name = formats.shown(place).partition("?")[0].rstrip("/").rpartition("/")[2]
    else:
        name = Path(place).resolve().name
    return Path(f"{name or 'overpaint'}.run")
