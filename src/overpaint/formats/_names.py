"""What an image is called when it lies in a folder or a tar."""

from __future__ import annotations

from overpaint.records import Sample

from ._sniff import sniff

__all__ = ["NAMES_OF_CODECS", "called", "named", "nameless", "stem"]

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


def nameless(sample: Sample) -> bool:
    """Whether the container had no name for an image, so that ours ends in a dot that wants an extension.

    In folders and tars a name that ends in a dot is a name; only of a parquet file a sample has a column.
    """
    name, field = sample.name or "", sample.field
    return bool(field) and name.endswith(".") and not name.endswith(f".{field}")


def named(sample: Sample, data: bytes) -> str:
    """The name of a sample, with the extension of its codec where the container had none for it."""
    name = sample.name or sample.key
    return name + NAMES_OF_CODECS.get(sniff(data[:64]).codec or "", "bin") if nameless(sample) else name


def called(sample: Sample) -> tuple[str, ...]:
    """What a sample is called in a folder; then what it may have been called in its container."""
    name = sample.name or sample.key
    front = (sample.file or "").rpartition(".")[0]
    own = front + sample.key[len(sample.file or "") :]
    return name, *(name.removeprefix(f"{one}/") for one in (own, front) if one and name.startswith(f"{one}/"))


def stem(path: str) -> str:
    """A path up to the first dot of its base name, leading dots apart: WebDataset's key."""
    directory, slash, base = path.rpartition("/")
    name = base.lstrip(".")
    return f"{directory}{slash}{base[: len(base) - len(name)]}{name.partition('.')[0]}"
