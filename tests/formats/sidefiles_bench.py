"""A dataset in memory for the tests of side files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any, BinaryIO, Literal, Self

from overpaint.formats import Relabelling
from overpaint.formats._sidefiles import Carried, Gone, carry

Files = Mapping[str, bytes]


class Slot:
    """An output in memory that appears when it is committed."""

    def __init__(self, written: dict[str, bytes], key: str) -> None:
        self._written, self._key, self._parts = written, key, list[bytes]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._parts = []

    def write(self, data: bytes) -> None:
        assert isinstance(data, bytes)
        self._parts.append(data)

    def commit(self) -> None:
        self._written[self._key] = b"".join(self._parts)


class Dataset:
    """Samples with their outcomes, and side files as they were carried."""

    def __init__(self, samples: Mapping[str, str], labels: Mapping[str, str] | None = None) -> None:
        self.gone = Gone.build((name, (labels or {}).get(name), outcome) for name, outcome in samples.items())

    def carry(
        self,
        files: Files,
        *,
        unknown: Literal["keep", "drop"] = "keep",
        overrides: Mapping[str, str] | None = None,
        metadata: str = "strip",
        others: list[tuple[str, int, str]] | None = None,
        relabelling: Relabelling | None = None,
    ) -> tuple[dict[str, Carried], dict[str, bytes]]:
        written: dict[str, bytes] = {}

        def opened(key: str) -> BinaryIO:
            if key not in files:
                raise FileNotFoundError(key)
            return io.BytesIO(files[key])

        arguments: dict[str, Any] = {"unknown": unknown, "overrides": overrides or {}, "metadata": metadata}
        arguments["relabelling"] = relabelling
        rows = others or [(key, len(data), "not-an-image") for key, data in files.items()]
        told = carry(rows, open=opened, create=lambda key: Slot(written, key), gone=self.gone, **arguments)
        carried = {row.source_key or row.key: row for row in told}
        assert list(carried) == [key for key, _, _ in rows]
        for source, row in carried.items():
            key = row.key
            assert (key in written) == (row.action in ("copied", "rewritten")), row
            if key in written:
                assert row.output_size == len(written[key])
                assert row.output_sha256 == hashlib.sha256(written[key]).hexdigest()
                assert (row.action == "rewritten") or written[key] == files[source]
        return carried, written

    def one(self, key: str, data: bytes, **options: Any) -> tuple[Carried, bytes | None]:
        carried, written = self.carry({key: data}, **options)
        return carried[key], written.get(carried[key].key)
