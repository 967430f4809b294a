"""The published ratings: which files they are, whose, of when, and where they lie.

They do not ship: nobody says under which licence they are.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ATTRIBUTION", "DATE", "HOW_TO_GET_RATINGS", "NAME", "PUBLISHED", "PublishedFile", "published"]

NAME = "Raters' judgements of 2019"
"""What this source is called wherever it is shown: judgements, of people, of one year."""

DATE = "2020-01-27"
"""The first day of the conference that published them."""

ATTRIBUTION = (
    "K. Yang, K. Qinami, L. Fei-Fei, J. Deng, O. Russakovsky: Towards Fairer Datasets: Filtering and Balancing the "
    "Distribution of the People Subtree in the ImageNet Hierarchy, FAT* 2020 (arXiv 1912.07726)"
)

HOW_TO_GET_RATINGS = (
    "`overpaint labels ratings get` fetches the published ones, "
    "`overpaint labels ratings add FOLDER` takes them from a folder"
)
"""How to come by ratings: for every text that has to say that none are installed."""

_FROM = "https://raw.githubusercontent.com/Bernardo1998/FairGRAPE/cb34dc8e0ff4f87452329890ea88a6d6f4c9cb77/csv/"


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One of the published files, pinned: `url` holds it, `sha256` and `size` (bytes) tell it from any other."""

    name: str
    url: str
    sha256: str
    size: int


PUBLISHED = (
    PublishedFile(
        "synsets_safety.csv",
        _FROM + "synsets_safety.csv",
        "f984013df469a7dae9266a92c5aa7f23afa65363b5a94c7bc5ed9fb67861e452",
        274485,
    ),
    PublishedFile(
        "imageability_scores.csv",
        _FROM + "imageability_scores.csv",
        "3ac70be4db3f87063d860c228ba1caf885e97f80d5adde0ad67a1492a35f21e4",
        229586,
    ),
)
"""2,832 synsets with a safety, and 2,395 of them (those not called offensive) with an imageability."""


def published(sha256: str) -> PublishedFile | None:
    """The published file of that hash, or None."""
    return next((one for one in PUBLISHED if one.sha256 == sha256), None)
