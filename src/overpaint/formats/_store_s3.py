"""A bucket, or a prefix of one, as a store: Amazon's S3 and what speaks its language.

Requests go through s3fs (`S3FileSystem.call_s3`: its sessions, credentials and first retries) by bucket and key, not
by path: no character of a key means anything here.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Self

from overpaint.errors import EngineError, SampleError, SourceError

from ._keys import TEMPORARY, bytes_of, temporary_name
from ._remote import Fetch, Remote, version_of
from ._remote_errors import missing, refused, steady, unlisted, word
from ._walk import Other, Seen

__all__ = ["S3Store"]

_PART = 1 << 24  # bytes; S3 takes 10,000 parts, so they grow after a while
_GROW_AFTER = 4000
_LONGEST = 1024
_WHOLE = 1 << 26  # larger files are put in parts


class S3Store(Remote):
    """Objects of a bucket below a prefix.

    One request reads a sample and tells its version; listing goes by pages of a thousand keys, whatever the layout.
    A file written piece by piece is a multipart upload: nothing is visible before it is completed, and `sweep` aborts
    what killed runs left of them below the prefix.
    """

    def __init__(self, location: str, *, url: str, options: Mapping[str, Any] | None) -> None:
        super().__init__(location, url=url, options=options)
        rest = location.partition("://")[2].rstrip("/")
        self.bucket, _, prefix = rest.partition("/")
        self._prefix = prefix + "/" if prefix else ""
        if not self.bucket:
            raise SourceError(f"{url!a} names no bucket: give s3://bucket or s3://bucket/folder")
        if "@" in self.bucket:
            raise SourceError(f"{url!a} was given with credentials in it: give them by environment or profile")

    def check(self, *, create: bool) -> None:
        """Refuse what cannot be read (there must be something) or, with `create`, a bucket that is not there."""
        try:
            self._listed(lambda: self._call("head_bucket"))
        except SourceError as error:
            raise (EngineError if create else SourceError)(str(error)) from None
        if not create and self.empty():
            raise SourceError(f"there is nothing at {self.url!a}: check the URL")

    def walk(self) -> Iterator[Seen | Other]:
        cut = len(self._prefix)
        for page in self._pages():
            for item in page.get("Contents", ()):
                row = _row(item["Key"][cut:], item)
                if row is not None:
                    yield row

    def directories(self) -> Iterator[bytes]:
        for page in self._pages(Delimiter="/"):
            for item in page.get("CommonPrefixes", ()):
                name = item["Prefix"][len(self._prefix) : -1]
                if name:
                    yield name.encode("utf-8", "surrogateescape")

    def empty(self) -> bool:
        page = self._listed(lambda: self._call("list_objects_v2", Prefix=self._prefix, MaxKeys=1))
        return not page.get("Contents")

    def write(self, key: str, data: bytes, *, token: str) -> None:
        temporary_name(token)
        bytes_of(key)
        if len(data) <= _WHOLE:
            self.put("put_object", key, Body=data)
            return
        with self.create(key, token=token) as whole:
            whole.write(data)
            whole.commit()

    def create(self, key: str, *, token: str) -> _Upload:
        temporary_name(token)
        bytes_of(key)
        return _Upload(self, key)

    def sweep(self) -> int:
        removed = 0
        more = {"Prefix": self._prefix}
        while True:
            page = self._uploads(more)
            for upload in page.get("Uploads", ()):
                self._abort(upload["Key"], upload["UploadId"])
                removed += 1
            if not page.get("IsTruncated"):
                return removed
            more |= {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def _uploads(self, options: dict[str, str]) -> dict[str, Any]:
        """A page of unfinished uploads; none where they may not be listed, for they are invisible in any case."""
        try:
            return steady(lambda: self._call("list_multipart_uploads", **options))
        except Exception as error:  # noqa: BLE001 - services raise what they like
            barred = isinstance(error, OSError) and error.errno in {errno.ENOSYS, errno.EPERM}
            if barred or missing(error) or isinstance(error, PermissionError | NotImplementedError):
                return {}
            raise unlisted(self.url, error) from None

    def _pages(self, **options: Any) -> Iterator[dict[str, Any]]:
        while True:
            page = self._listed(lambda: self._call("list_objects_v2", Prefix=self._prefix, **options))
            yield page
            if not page.get("IsTruncated"):
                return
            options["ContinuationToken"] = page["NextContinuationToken"]

    def _call(self, method: str, **options: Any) -> dict[str, Any]:
        filesystem, _ = self._connect()
        answer: dict[str, Any] = filesystem.call_s3(method, Bucket=self.bucket, **options)
        return answer

    def _object(self, method: str, key: str, **options: Any) -> dict[str, Any]:
        name = self._prefix + key
        if len(name.encode()) > _LONGEST:
            raise OSError(errno.ENAMETOOLONG, "a key of S3 has at most 1024 bytes")
        return self._call(method, Key=name, **options)

    def put(self, method: str, key: str, **options: Any) -> dict[str, Any]:
        """One request of writing, repeated where that may help."""
        return self._told(key, lambda: self._object(method, key, **options))

    def abandon(self, key: str, upload: str) -> None:
        """Throw the parts of an upload away."""
        self._abort(self._prefix + key, upload)

    def _info(self, key: str) -> tuple[int, int]:
        answer = self._object("head_object", key)
        return answer["ContentLength"], version_of(answer) or 0

    def _load(self, key: str, size: int) -> tuple[bytes, int]:
        if size == 0:  # an empty object has no range
            now, version = self._info(key)
            return b"\0" * min(now, 1), version
        answer = self._object("get_object", key, Range=f"bytes=0-{size}")
        return self._body(answer), version_of(answer) or 0

    def _start(self, key: str, length: int) -> bytes:
        try:
            return self._body(self._object("get_object", key, Range=f"bytes=0-{length - 1}"))
        except OSError as error:
            if word(error) in {"InvalidRange", "416"}:  # an empty object has no range
                return b""
            raise

    def _fetch(self, key: str) -> tuple[int, Fetch, Callable[[], None]]:
        head = self._object("head_object", key)

        def fetch(start: int, end: int) -> bytes:
            whole = {"Range": f"bytes={start}-{end - 1}", "IfMatch": head["ETag"]}
            return self._body(self._object("get_object", key, **whole))

        return head["ContentLength"], fetch, lambda: None

    def _body(self, answer: dict[str, Any]) -> bytes:
        from fsspec.asyn import sync

        filesystem, _ = self._connect()
        body = answer["Body"]
        try:
            data: bytes = sync(filesystem.loop, body.read)
        finally:
            body.close()
        return data

    def _delete(self, key: str) -> None:
        self._object("delete_object", key)

    def _probe(self) -> None:
        self._call("list_objects_v2", Prefix=self._prefix, MaxKeys=1)

    def _abort(self, name: str, upload: str) -> None:
        try:
            steady(lambda: self._call("abort_multipart_upload", Key=name, UploadId=upload))
        except Exception as error:  # noqa: BLE001 - services raise what they like
            if not missing(error):
                raise refused(self.url, name, error) from None


def _row(key: str, item: Mapping[str, Any]) -> Seen | Other | None:
    """One object of a listing; None for the empty ones that some tools leave to stand for directories."""
    name = key.encode("utf-8", "surrogateescape")
    if (not name or name.endswith(b"/")) and item["Size"] == 0:
        return None
    if b"\0" in name or any(part in (b"", b".", b"..") for part in name.split(b"/")):
        return name, item["Size"], "refused-key"
    if TEMPORARY.fullmatch(name.rpartition(b"/")[2]):
        return name, item["Size"], "overpaint-temporary"
    return name, item["Size"], version_of(item) or 0


class _Upload:
    """An object being written in parts (see `overpaint.formats._store.Writing`)."""

    def __init__(self, store: S3Store, key: str) -> None:
        self._store, self._key = store, key
        self._name: str | None = None  # of the upload, which is begun when the first part is full
        self._buffer = bytearray()
        self._parts: list[dict[str, Any]] = []
        self._written = 0
        self._closed = False

    def write(self, data: bytes | memoryview, /) -> int:
        self._check()
        left = view = memoryview(data).cast("B")
        while left:
            # All parts but the last have one size, as some services want it, until there are too many.
            part = _PART if len(self._parts) < _GROW_AFTER else 8 * _PART
            room = part - len(self._buffer)
            self._buffer += left[:room]
            left = left[room:]
            if len(self._buffer) == part:
                self._send()
        self._written += len(view)
        return len(view)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Do nothing."""

    def commit(self) -> None:
        self._check()
        if self._name is None:
            self._ask("put_object", Body=bytes(self._buffer))
        else:
            if self._buffer:
                self._send()
            self._ask("complete_multipart_upload", UploadId=self._name, MultipartUpload={"Parts": self._parts})
        self._closed = True

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._buffer = bytearray()
        if self._name is not None:
            with suppress(EngineError, SampleError):  # what stays is invisible, and is swept later
                self._store.abandon(self._key, self._name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self) -> None:
        if self._closed:
            raise ValueError("the file is closed")

    def _send(self) -> None:
        if self._name is None:
            self._name = self._ask("create_multipart_upload")["UploadId"]
        number = len(self._parts) + 1
        answer = self._ask("upload_part", UploadId=self._name, PartNumber=number, Body=bytes(self._buffer))
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._buffer = bytearray()

    def _ask(self, method: str, **options: Any) -> dict[str, Any]:
        return self._store.put(method, self._key, **options)
