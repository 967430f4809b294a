"""Files that lie beside the images of a dataset: carried along, and told what became of the images."""

from __future__ import annotations

from ._carry import Carried, carry, fits
from ._classify import classify
from ._gone import Gone
from ._side_labels import SideLabels, read_side_labels

__all__ = ["Carried", "Gone", "SideLabels", "carry", "classify", "fits", "read_side_labels"]
