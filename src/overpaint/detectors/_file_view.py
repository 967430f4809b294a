"""One file as those are given it that read its bytes and not its pixels, and the seam between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from overpaint.detectors._protocol import Fault, Seen

__all__ = ["FileSearch", "FileView", "Told"]


@dataclass(frozen=True, slots=True)
class Told:
    """Who reads files, as a plan names them: nothing of it is learnt unless ``weights`` says so."""

    name: str
    version: str
    weights: str = ""


@dataclass(frozen=True, slots=True)
class FileView:
    """One file of a dataset, unopened.

    Attributes
    ----------
    key
        The sample's name.
    codec
        As `sniff` calls it (``"jpeg"``), or None.
    data
        The file's bytes.
    width, height
        Of the stored picture in pixels, or None where the header does not say.
    orientation
        1 to 8, as EXIF counts them: how the stored picture is turned to be upright.
    texts
        What the record says in words, by the name of its field: captions and the like. May be empty.
    faults
        What a search could not read; each search adds its own.
    """

    key: str
    codec: str | None
    data: bytes = field(repr=False)
    width: int | None = None
    height: int | None = None
    orientation: int = 1
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    faults: list[Fault] = field(default_factory=list, compare=False)


@runtime_checkable
class FileSearch(Protocol):
    """Looks for one thing in files, their names and what is written beside them.

    Attributes
    ----------
    name
        A short word, unique among the searches of a run.
    kinds
        Every kind it can report.
    detectors
        Who may take part, for the plan.
    """

    @property
    def name(self) -> str: ...
    @property
    def kinds(self) -> tuple[str, ...]: ...
    @property
    def detectors(self) -> tuple[Told, ...]: ...

    def read(self, file: FileView) -> Sequence[Seen]:
        """What is told, by falling confidence, subjects numbered from 0; boxes are in pixels of the stored picture."""
        ...
