"""Files that lie beside the images of a dataset: carried along, and told what became of the images."""

from __future__ import annotations

from ._carry import Carried, carry
from ._classify import KINDS, classify
from ._gone import Gone

__all__ = ["KINDS", "Carried", "Gone", "carry", "classify"]
