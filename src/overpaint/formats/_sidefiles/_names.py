"""How side files name images, and what the names of columns, folders and files say."""

from __future__ import annotations

import functools
import itertools
import posixpath
import re
import urllib.parse
from collections.abc import Iterator

from overpaint.formats._walk import IMAGE_EXTENSIONS

__all__ = [
    "IMAGE_FOLDERS",
    "LONGEST",
    "derived",
    "image_like",
    "is_naming",
    "is_word",
    "normalised",
    "personal",
    "pictures",
    "readings",
    "split",
]

_EXTENSIONS = frozenset(extension.decode() for extension in IMAGE_EXTENSIONS)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*/([^?#]*)", re.IGNORECASE)
LONGEST = 4096  # characters of a path; what is longer names no file

#: Folders that hold the images, as VOC, ILSVRC, YOLO and others call them.
IMAGE_FOLDERS = ("images", "JPEGImages", "Images", "Data", "data", "image", "imgs", "img", "photos", "rgb")
#: Fields that hold the name of an image, in lower case; `file_name` and `*_file_name(s)` are those of ImageFolder.
_NAMING = frozenset(
    [
        "file",
        "file_name",
        "filename",
        "filepath",
        "file_path",
        "image",
        "images",
        "image_file",
        "image_id",
        "imageid",
        "image_name",
        "image_path",
        "img",
        "img_name",
        "img_path",
        "key",
        "path",
        "url",
        "coco_url",
        "external_id",
        "imagepath",
    ]
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\x00-\x7f]+")
_DERIVED = frozenset(
    [
        "embedding",
        "embeddings",
        "emb",
        "embs",
        "feature",
        "features",
        "feat",
        "feats",
        "hash",
        "hashes",
        "phash",
        "dhash",
        "ahash",
        "whash",
        "blurhash",
        "imagehash",
        "pdq",
        "sha",
        "sha1",
        "sha256",
        "sha512",
        "md5",
        "crc32",
        "thumbnail",
        "thumbnails",
        "thumb",
        "thumbs",
        "preview",
        "previews",
        "latent",
        "latents",
        "vector",
        "vectors",
        "base64",
        "b64",
        "imagedata",
        "imagebytes",
        "pixels",
    ]
)
_PICTURES = frozenset(
    ["imagedata", "imagebytes", "base64", "b64", "thumbnail", "thumbnails", "embedding", "embeddings"]
)
_PERSONAL = frozenset(["exif", "geodata", "xmp", "iptc", "gps", "makernote", "makernotes"])


def split(last: str) -> tuple[str, str]:
    """Stem and extension (lower case, no dot) of a file name; the extension is empty where it is none of an image."""
    stem, dot, extension = last.rpartition(".")
    if dot and stem and extension.lower() in _EXTENSIONS:
        return stem, extension.lower()
    return last, ""


def normalised(name: str) -> list[str]:
    """The parts of a path without ``.``, ``..``, host or drive; empty where it names nothing."""
    if len(name) > LONGEST or "\0" in name:
        return []
    name = name.strip()
    if url := _URL.match(name):
        name = urllib.parse.unquote(url[1])
    elif "\\" in name and "/" not in name:
        name = name.replace("\\", "/")
    if not name or name.endswith("/"):
        return []
    return [part for part in posixpath.normpath(name).split("/") if part not in ("", ".", "..")]


def readings(last: str) -> Iterator[tuple[str, str]]:
    """The ways to read the last part of a name: with an image's extension, and as a stem whole."""
    stem, extension = split(last)
    if extension:
        yield stem, extension
    yield last, ""


def image_like(name: str) -> bool:
    """Whether a text ends as the name of an image does."""
    return len(name) <= LONGEST and bool(split(name.rpartition("/")[2])[1])


def is_naming(column: str) -> bool:
    """Whether a field of that name holds the name of an image."""
    low = column.strip().lower()
    return low in _NAMING or low.endswith(("_file_name", "_file_names")) or low == "file_names"


def _words(column: str) -> set[str]:
    words = [word.lower() for word in _WORD.findall(column[:256])]
    return {*words, *map("".join, itertools.pairwise(words))}


@functools.lru_cache(maxsize=4096)
def derived(column: str) -> bool:
    """Whether a field of that name is computed from the pixels: an embedding, a hash, a thumbnail."""
    return not _words(column).isdisjoint(_DERIVED)


def is_word(value: object) -> bool:
    """Whether a value is a plain short word or a truth value: it says something, and is computed from no pixels."""
    return isinstance(value, bool) or (isinstance(value, str) and len(value) < 8 and value.isalpha())


def pictures(column: str) -> bool:
    """Whether a field of that name holds the picture or a small copy, wherever in an entry it stands."""
    return not _words(column).isdisjoint(_PICTURES)


@functools.lru_cache(maxsize=4096)
def personal(column: str) -> bool:
    """Whether a field of that name holds what the metadata policy is about: EXIF, XMP, IPTC, GPS."""
    return not _words(column).isdisjoint(_PERSONAL)
