"""What goes wrong on the way to a store elsewhere: what is worth another try, and what to tell people.

Messages name the kind of an error and the service's own word for it, never its text: that may hold signed URLs.
"""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable
from typing import TypeVar

from overpaint.errors import EngineError, SampleError, SourceError

__all__ = ["missing", "passing", "refused", "steady", "unlisted", "unnameable", "unreachable", "unread", "word"]

T = TypeVar("T")

#: Seconds before the second, third and fourth try (half as much to half more, so that workers do not come at once).
WAITS = (0.2, 0.8, 3.2)

_FINAL = (FileExistsError, IsADirectoryError, PermissionError, NotImplementedError, TypeError, ValueError)
_FINAL_ERRNO = {
    errno.EINVAL, errno.ENAMETOOLONG, errno.ENOSYS, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT,
    getattr(errno, "EREMCHG", errno.ENOENT),
}  # fmt: skip
_CREDENTIALS = frozenset(
    {
        "AuthenticationException",
        "ClientAuthenticationError",
        "CredentialRetrievalError",
        "DefaultCredentialsError",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "LocalTokenNotFoundError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "RefreshError",
        "SSOTokenLoadError",
        "SignatureDoesNotMatch",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)


def missing(error: Exception) -> bool:
    """Whether the error says that nothing is there."""
    return isinstance(error, FileNotFoundError | NotADirectoryError) or _status(error) == 404


def unnameable(error: Exception) -> bool:
    """Whether the error says that no file there can have this name."""
    return isinstance(error, UnicodeEncodeError) or (isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG)


def passing(error: Exception) -> bool:
    """Whether the same request may go well a moment later."""
    if missing(error) or isinstance(error, _FINAL) or word(error) in _CREDENTIALS or _expired(error):
        return False
    if isinstance(error, OSError) and error.errno in _FINAL_ERRNO:
        return False
    status = _status(error)
    return status is None or status >= 500 or status in {408, 409, 425, 429}


def steady(action: Callable[[], T], *, patience: float = 30.0) -> T:
    """The result of an action that may be repeated; passing errors are met with three more tries.

    Parameters
    ----------
    patience
        Seconds after the beginning when no further try is made: some clients try again and again themselves.
    """
    begun = time.monotonic()
    for wait in WAITS:
        try:
            return action()
        except Exception as error:
            if not passing(error) or time.monotonic() - begun > patience:
                raise
        time.sleep(wait * (0.5 + random.random()))  # noqa: S311 - no secret
    return action()


def word(error: Exception) -> str:
    """The service's code for an error, or else its class."""
    for at in (error, error.__cause__):
        response = getattr(at, "response", None)
        if isinstance(response, dict) and isinstance(code := response.get("Error", {}).get("Code"), str):
            return code[:80]
    return type(error).__name__


def unread(error: Exception) -> SampleError:
    """What a failed attempt to read one file means for the sample."""
    if missing(error):
        return SampleError("vanished", "the file is no longer where it was listed")
    if _expired(error):
        return SampleError("changed", "it was replaced while it was being read")
    return SampleError("unreadable", word(error))


def unreachable(url: str, error: Exception) -> SourceError:
    """The place does not answer."""
    return SourceError(f"cannot read {url!a} ({word(error)}): {_remedy(error)}; run again to go on from here")


def unlisted(url: str, error: Exception) -> SourceError:
    """The place cannot be listed."""
    return SourceError(f"cannot list {url!a} ({word(error)}): {_remedy(error)}")


def refused(url: str, key: str, error: Exception) -> SampleError | EngineError:
    """Writing failed: the name of one sample is to blame, or the place."""
    if isinstance(error, UnicodeEncodeError):
        return SampleError("name-not-writable", "the name is not valid UTF-8")
    if unnameable(error):
        return SampleError("name-too-long", "the place takes no name of this length")
    return EngineError(f"cannot write {key!a} in {url!a} ({word(error)}): {_remedy(error)}")


def _remedy(error: Exception) -> str:
    if word(error) in _CREDENTIALS:
        return "give valid credentials the way this service expects them (environment or its login command)"
    if isinstance(error, PermissionError) or _status(error) in {401, 403}:
        return "permission denied: check the credentials and what they allow"
    if missing(error):
        return "there is no such place: check the URL (a bucket or repository is never made)"
    if isinstance(error, FileExistsError | IsADirectoryError):
        return "something of that name is in the way: choose an empty DEST"
    if passing(error):
        return "it did not answer, also when asked again: check the network"
    return "check the URL and its options"


def _status(error: Exception) -> int | None:
    """The HTTP status that an error carries, as the clients of several services keep it."""
    for status in (
        getattr(error, "status", None),
        getattr(error, "code", None),
        getattr(getattr(error, "response", None), "status_code", None),
    ):
        if isinstance(status, int) and 100 <= status < 600:
            return status
    return None


def _expired(error: Exception) -> bool:
    return type(error).__name__ == "FileExpired" or word(error) == "PreconditionFailed"
