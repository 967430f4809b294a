"""Where a copy goes and in which form: what a run is bound to once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from overpaint.errors import UsageError

from ._fields import CLASSES
from ._source import KINDS

__all__ = ["Output", "identity_of"]


@dataclass(frozen=True, slots=True)
class Output:
    """A destination.

    Attributes
    ----------
    place
        A path or a URL.
    kind
        ``folder``, ``webdataset`` or ``parquet``.
    overlay
        Only what changed is written, with a list of what was taken away.
    unknown
        ``keep`` or ``drop``: members, columns and side files whose meaning nobody knows.
    fields
        Class of a member or column by its name, where it is not the one that its name suggests.
    files
        ``keep`` or ``drop`` for side files, by a pattern of their path.
    identity
        Device and number of the folder, while a command works: another one in its place is noticed.
    """

    place: str
    kind: str = "folder"
    overlay: bool = False
    unknown: str = "keep"
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    identity: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"--to {self.kind} is unknown: use one of {', '.join(KINDS)}")
        if self.unknown not in {"keep", "drop"}:
            raise UsageError(f"--unknown {self.unknown} is unknown: use keep or drop")
        for option, said, words in (("field", self.fields, CLASSES[1:]), ("file", self.files, ("keep", "drop"))):
            for name, word in said:
                if word not in words:
                    raise UsageError(f"--{option} {name}={word}: {word} is unknown: use one of {', '.join(words)}")

    @property
    def packs(self) -> bool:
        """Whether the output of a shard is one file."""
        return self.kind != "folder"

    def to_dict(self) -> dict[str, Any]:
        """What is kept of it; not the folder's identity, which a copy or another mount has another one of."""
        return {name: value for name, value in asdict(self).items() if name != "identity"}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Output:
        """The inverse of `to_dict`, also after a way through JSON."""
        pairs = {name: tuple((str(a), str(b)) for a, b in value.get(name, ())) for name in ("fields", "files")}
        return cls(**{**value, **pairs})


def identity_of(folder: Path) -> tuple[int, int]:
    """Device and number of a folder; `OSError` where there is none."""
    info = folder.stat()
    return info.st_dev, info.st_ino
