"""Where data is: a path of this machine, or a URL that fsspec knows."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from overpaint.errors import EngineError, SourceError, UsageError

from . import _keys
from ._store import Store
from ._store_local import LocalStore

__all__ = ["apart", "is_url", "open_store", "parts_of", "shown"]

_URL = re.compile(r"((?:[A-Za-z0-9+.-]+::)*[A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
_LOCAL = {"file", "local"}
_SAME = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "ssh": "sftp", "abfss": "abfs", "az": "abfs", "adl": "abfs"}
# user:password@, where the password may hold anything; a port is no password, and a name alone is no secret there.
_PASSWORD = re.compile(r"^[^/@:]*:(?!\d+(?:/|$)).*@(?=[^@]*$)", re.DOTALL)
_USER = re.compile(r"^[^/]*@")
_HOSTS = {"ftp", "http", "https", "sftp", "smb", "webdav"}  # elsewhere a container or a revision stands beside the @
_SECRET = re.compile(
    r"(?i)(?:x-amz-|x-goog-).*|sig|signature|.*(?:token|secret|password|passwd|credential|auth|key|policy).*|"
    r"awsaccesskeyid|googleaccessid|expires|se|sp|sv|sr|st|spr|skoid|sktid"
)


def is_url(location: str | os.PathLike[str]) -> bool:
    """Whether a location is a URL (``scheme://…``), and no path of this machine."""
    return isinstance(location, str) and _URL.match(location) is not None


def shown(location: str | os.PathLike[str]) -> str:
    """A location for people: without ``user:password@`` and without query parameters that sign or authorise."""
    text = os.fspath(location)
    match = _URL.match(text)
    if match is None:
        return text
    scheme, rest = match.groups()
    rest = _PASSWORD.sub("", rest)
    if scheme.lower() in {"http", "https"}:
        rest = _USER.sub("", rest)  # a token
    before, mark, query = rest.partition("?")
    if mark:
        kept = [part for part in query.split("&") if not _SECRET.fullmatch(part.partition("=")[0])]
        rest = before + ("?" + "&".join(kept) if kept else "")
    return f"{scheme}://{rest}"


def open_store(
    location: str | os.PathLike[str], *, create: bool = False, options: Mapping[str, Any] | None = None
) -> Store:
    """The store at a path or a URL.

    Parameters
    ----------
    location
        A directory, ``file://`` and a path, or any URL that an installed fsspec file system knows. The network is
        used for URLs only.
    create
        Make a directory that is missing. (Object stores have none; a bucket is never made.)
    options
        Of the fsspec file system, such as ``{"anon": True}``. None: what the environment says.

    Raises
    ------
    UsageError
        A chain of URLs (``a::b``), or one with ``.`` or ``..`` in it.
    SourceError, EngineError
        No such directory; it cannot be made; or the package for this kind of URL is not installed. (EngineError with
        `create`.)
    """
    path = _local(location)
    if path is not None:
        return LocalStore(path, create=create)
    url = os.fspath(location)
    parts_of(url)
    try:
        from ._store_fsspec import open_remote
    except ModuleNotFoundError as error:
        if error.name != "fsspec":
            raise
        raise (EngineError if create else SourceError)(
            f"{shown(url)!a} is no path of this machine: URLs need fsspec (pip install 'overpaint[remote]')"
        ) from None
    return open_remote(url, create=create, options=options)


def parts_of(url: str) -> tuple[str, ...]:
    """The scheme and the parts of a URL's path, in one spelling for all names of the same place.

    Raises
    ------
    UsageError
        A chain of URLs, or one with ``.`` or ``..`` in it.
    """
    match = _URL.match(url)
    if match is None or "::" in url:
        raise UsageError(f"{shown(url)!a} is a chain of URLs, or none: give one such as s3://bucket/folder")
    scheme = match[1].lower()
    scheme = _SAME.get(scheme, scheme)
    rest = _PASSWORD.sub("", match[2])
    if scheme in _HOSTS:
        rest = _USER.sub("", rest)
    if scheme in {"http", "https"}:
        rest = rest.partition("?")[0]
    parts = [part for part in rest.split("/") if part]
    if any(part in {".", ".."} for part in parts):
        raise UsageError(f"{shown(url)!a} holds '.' or '..': write out where it leads")
    if scheme == "hf":  # a revision is another state of the same repository
        parts = [re.sub(r"@.*", "", part, flags=re.DOTALL) for part in parts]
    return scheme, *parts


def apart(source: str | os.PathLike[str], dest: str | os.PathLike[str]) -> None:
    """Refuse a destination that is the source, lies inside it or holds it; for paths, links are resolved first.

    URLs touch where one begins with the other, whatever the endpoint, the revision or the user.

    Raises
    ------
    UsageError
        Naming both and how they touch.
    """
    paths = _local(source), _local(dest)
    if paths[0] is not None and paths[1] is not None:
        _keys.apart(paths[0], paths[1])
    if paths[0] is not None or paths[1] is not None:
        return
    one, other = parts_of(os.fspath(source)), parts_of(os.fspath(dest))
    if one[: len(other)] == other or other[: len(one)] == one:
        how = "is" if one == other else "lies inside" if len(other) > len(one) else "holds"
        raise UsageError(
            f"DEST {shown(dest)!a} {how} SOURCE {shown(source)!a}: choose a DEST beside SOURCE, "
            "so that what is published and what is read stay apart"
        )


def _local(location: str | os.PathLike[str]) -> str | None:
    """The path, where a location is one of this machine."""
    text = os.fspath(location)
    match = _URL.match(text) if is_url(location) else None
    if match is None:
        return text
    return match[2] if match[1].lower() in _LOCAL else None
