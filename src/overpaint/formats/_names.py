"""What an image is called when it lies in a folder or a tar."""

from __future__ import annotations

from overpaint.records import Sample

from ._sniff import sniff

__all__ = ["NAMES_OF_CODECS", "named", "stem"]

NAMES_OF_CODECS = {
    "jpeg": "jpg",
    "png": "png",
    "gif": "gif",
    "webp": "webp",
    "bmp": "bmp",
    "tiff": "tif",
    "avif": "avif",
    "heic": "heic",
    "jxl": "jxl",
    "pnm": "pnm",
    "tga": "tga",
    "jp2": "jp2",
    "ico": "ico",
}


def named(sample: Sample, data: bytes) -> str:
    """The name of a sample, with the extension of its codec where the container had none for it."""
    name = sample.name or sample.key
    return name + NAMES_OF_CODECS.get(sniff(data[:64]).codec or "", "bin") if name.endswith(".") else name


def stem(path: str) -> str:
    """A path up to the first dot of its base name, leading dots apart: WebDataset's key."""
    directory, slash, base = path.rpartition("/")
    name = base.lstrip(".")
    return f"{directory}{slash}{base[: len(base) - len(name)]}{name.partition('.')[0]}"
