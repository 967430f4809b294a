"""Fetching the published ratings: over HTTPS, two files of pinned hashes, and only because somebody asked."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from overpaint.errors import LabelsError
from overpaint.labels._ratings_published import PUBLISHED, PublishedFile
from overpaint.labels._ratings_store import InstalledRatings, add_ratings

__all__ = ["get_ratings"]

TIME_OUT = 30.0
"""Seconds without a byte."""


_OTHER = (
    f"Without it: put {' and '.join(one.name for one in PUBLISHED)} into a folder and run "
    "`overpaint labels ratings add FOLDER`"
)


class _SamePlace(urllib.request.HTTPRedirectHandler):
    """No way from HTTPS to anything else; the hash is checked anyway, the request should not be told to others."""

    def redirect_request(  # type: ignore[no-untyped-def]
        self, req: urllib.request.Request, fp, code, msg, headers, newurl: str
    ) -> urllib.request.Request | None:
        if newurl.partition(":")[0] != req.full_url.partition(":")[0]:
            fp.close()
            raise urllib.error.URLError("it was redirected away from HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def get_ratings() -> tuple[InstalledRatings, ...]:
    """Fetch the published ratings, check them against their pinned SHA-256, and install them.

    Raises
    ------
    LabelsError
        One line that says what was met, and the way without a network. Then nothing is installed.
    """
    return brought(PUBLISHED)


def brought(wanted: Sequence[PublishedFile]) -> tuple[InstalledRatings, ...]:
    """Fetch files, check them, and install them."""
    with TemporaryDirectory(prefix="overpaint-ratings-") as scratch:
        paths = []
        for one in wanted:
            path = Path(scratch) / one.name
            path.write_bytes(fetched(one))
            paths.append(path)
        return add_ratings(paths)


def fetched(one: PublishedFile) -> bytes:
    """The file's bytes from its address, which are the pinned ones."""
    opener = urllib.request.build_opener(_SamePlace)
    request = urllib.request.Request(one.url, headers={"User-Agent": "overpaint"})  # noqa: S310 - a constant
    try:
        with opener.open(request, timeout=TIME_OUT) as reply:
            data: bytes = reply.read(one.size + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:  # URLError is an OSError
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
        raise LabelsError(f"{one.url} could not be fetched ({_short(why)}). {_OTHER}") from error
    if len(data) != one.size or hashlib.sha256(data).hexdigest() != one.sha256:
        raise LabelsError(f"{one.url} holds another file than the pinned one; it was refused. {_OTHER}")
    return data


def _short(why: object) -> str:
    return " ".join(str(why).split())[:200].rstrip(".")
