"""Which sample another tool's file name means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

from overpaint.review.exchange._model import Pictured

__all__ = ["Names", "candidates", "place_of"]

P = TypeVar("P", bound=Pictured)

_UPLOADED = re.compile(r"/data/upload/(?:\d+/)?[0-9a-f]{8}-(.+)", re.DOTALL)
_LONGEST = 8192


def place_of(images: str, key: str) -> str:
    """Where the other tool finds a picture: the prefix and the key, quoted where the prefix is an address."""
    return images + (quote(key) if _is_address(images) else key)


def _is_address(images: str) -> bool:
    return "://" in images or images.startswith("/data/")


def candidates(name: str, images: str = "") -> Iterator[str]:
    """Keys that a file name of another tool may mean, the likeliest first.

    The name without the prefix that `write` put before it; the name as it is; of an address its path, and what Label
    Studio puts behind ``?d=``; of a file uploaded to Label Studio the name without the eight digits before it.
    """
    if len(name) > _LONGEST:
        return
    seen: set[str] = set()
    for one in _ways(name, images):
        key = one.removeprefix("./")
        if key and key not in seen:
            seen.add(key)
            yield key


def _ways(name: str, images: str) -> Iterator[str]:
    if images and name.startswith(images):
        rest = name[len(images) :]
        if not _is_address(images):
            yield rest
        else:
            yield unquote(rest)
            yield unquote(re.split("[?#]", rest, maxsplit=1)[0])
    yield name
    if match := _UPLOADED.fullmatch(name):
        yield match[1]
        yield unquote(match[1])
    if _is_address(name):
        try:
            parts = urlsplit(name)
            fields = parse_qs(parts.query, max_num_fields=50)
        except ValueError:
            return
        prefix = images.partition("?d=")[2] or images
        for place in fields.get("d", ()):
            if prefix and place.startswith(prefix):
                yield place[len(prefix) :]
            yield place
        path = unquote(parts.path).lstrip("/")
        base = unquote(urlsplit(images).path).lstrip("/")
        if base and path.startswith(base):
            yield path[len(base) :]
        yield path


class Names(Generic[P]):
    """Finds a sample by the name that another tool gave back: the key, or the end of it where only one ends so.

    Tools that are given files by hand forget the folders: ``a/b/1.jpg`` comes back as ``1.jpg``. That is taken for
    ``a/b/1.jpg`` if no other key ends in ``/1.jpg``, and for nothing if one does.
    """

    def __init__(self, pictures: Iterable[P]) -> None:
        self._by_key = {picture.key: picture for picture in pictures}
        self._by_name: dict[str, list[str]] = {}
        for key in self._by_key:
            self._by_name.setdefault(key.rpartition("/")[2], []).append(key)

    def __call__(self, name: str) -> P | None:
        """The sample, or None where none or more than one is meant."""
        if name in self._by_key:
            return self._by_key[name]
        alike = self._by_name.get(name.rpartition("/")[2], ())
        found = [key for key in alike if key.endswith(f"/{name}")]
        return self._by_key[found[0]] if len(found) == 1 else None
