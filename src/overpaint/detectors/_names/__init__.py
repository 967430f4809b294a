"""Names of people that a file carries beside its picture, and e-mail addresses in its name and captions."""

from __future__ import annotations

from overpaint.detectors._names._search import NamesInFiles, open_names

__all__ = ["NamesInFiles", "open_names"]
