"""Which files beside the images are carried: none in the place of what is written, none that holds images itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from overpaint import formats
from overpaint.jobs._label_files import CLASSES
from overpaint.plan import Plan
from overpaint.rundir import Run

__all__ = ["SideRows"]

Row = tuple[str, int, str]
_PLAIN = "not-an-image"


@dataclass
class SideRows:
    """The rows of ``others.parquet`` that are to be carried; what is not comes out as ``kept_back``.

    Attributes
    ----------
    source
        Where the files lie.
    written
        Names that the run itself writes at the top of the destination.
    """

    run: Run
    plan: Plan
    refs: Sequence[formats.ShardRef]
    output: formats.Output
    source: formats.Store
    written: Collection[str]
    kept_back: list[formats.Carried] = field(default_factory=list)

    def __iter__(self) -> Iterator[Row]:
        taken = self._taken()
        about = formats.About.read(self.source) != formats.About()
        for key, size, reason in self._rows():
            if about and key == formats.ABOUT:  # it speaks of containers as such, and is written anew
                continue
            if key == CLASSES and key in self.written:  # the class list of an earlier run, in whose place ours comes
                continue
            if key in taken:  # a damaged container is its own output's name
                dropped = formats.Carried(key, "unknown", "dropped", size, reason="name-taken")
                listed = formats.Carried(key, "unknown", "listed", size, reason=reason)
                self.kept_back.append(dropped if reason == _PLAIN else listed)
            elif reason == _PLAIN and self._shows(key):
                self.kept_back.append(formats.Carried(key, "derived", "dropped", size, reason="holds-pictures"))
            else:
                yield key, size, reason

    def _rows(self) -> Iterator[Row]:
        for key, size, reason in formats.read_others(self.run.listing):
            if self.plan.container != "folder" and formats.inside_container(key, reason):
                continue
            yield key, size, _PLAIN if reason == "no-image-column" else reason

    def _shows(self, key: str) -> bool:
        """Whether a file is a table of images, at which nobody looked."""
        told = any(word == "keep" for glob, word in self.output.files if formats.fits(key, glob))
        return not told and not key.endswith(".tar") and formats.holds_images(self.source, key)

    def _taken(self) -> set[str]:
        extension = {"webdataset": ".tar", "parquet": ".parquet", "folder": ""}[self.output.kind]
        if self.output.packs:
            return {ref.pack + extension for ref in self.refs} | set(self.written)
        return set(self.written) | (self._members() if self.plan.container == "webdataset" else set())

    def _members(self) -> set[str]:
        """Side files that are called as members of tars, which become files of a folder."""
        wanted = {key for key, _, _ in self._rows()}
        records: dict[str, set[str]] = {}
        for key in wanted:
            records.setdefault(formats.split_member(key)[0], set()).add(key)
        found: set[str] = set()
        for ref in self.refs:
            names = {row[0] for row in self.run.marker(ref.id).get("fields") or ()}
            for sample in formats.read_shard(self.run.listing, ref):
                for key in records.get(sample.record or "", ()):
                    if formats.split_member(key)[1] in names:
                        found.add(key)
        for key, _, reason in formats.read_others(self.run.listing):  # of records without an image
            if reason == "no-image-beside-it":
                found |= wanted & {key.partition(".tar/")[2]}
        return found
