"""A file that is gathered on this machine and uploaded when it is whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from overpaint.errors import EngineError

__all__ = ["Spooled"]


class Spooled:
    """A file being written (see `overpaint.formats._store.Writing`) into the temporary directory (``TMPDIR``).

    For services without uploads that can be thrown away, and so that an upload can be repeated.

    Parameters
    ----------
    upload
        Called with the path of the whole file.
    """

    def __init__(self, upload: Callable[[str], None]) -> None:
        self._upload = upload
        try:
            self._file = tempfile.NamedTemporaryFile(prefix="overpaint-", suffix=".tmp")  # noqa: SIM115
        except OSError as error:
            raise _full(error) from None
        self._written = 0

    def write(self, data: bytes | memoryview, /) -> int:
        try:
            number = self._file.write(data)
        except OSError as error:
            raise _full(error) from None
        self._written += number
        return number

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Do nothing."""

    def commit(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            raise _full(error) from None
        self._upload(self._file.name)
        self.close()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _full(error: OSError) -> EngineError:
    return EngineError(
        f"cannot write into the temporary directory {tempfile.gettempdir()!a}: {error.strerror}; files for this kind "
        "of DEST are gathered there: free space or set TMPDIR"
    )
