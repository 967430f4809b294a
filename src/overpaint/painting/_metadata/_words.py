"""What the metadata policy is called, and the names under which it records what it removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from overpaint.errors import UsageError

__all__ = ["NAMES", "POLICIES", "Policy", "Stripped", "checked", "stripped"]

Policy = Literal["strip", "keep-safe", "keep"]

POLICIES: tuple[Policy, ...] = ("strip", "keep-safe", "keep")

NAMES: dict[str, str] = {
    "animation": "frames of an animated PNG that no viewer plays",
    "auxiliary-image": "depth maps, gain maps and other pictures beside the picture of an AVIF or HEIC",
    "broken-chunk": "a PNG chunk whose checksum or length is wrong",
    "comment": "a comment of a JPEG, a GIF, a JPEG 2000 or a portable bitmap, the text of a TGA",
    "data-after-end": "bytes after the end of a GIF, a BMP, a TGA or a portable bitmap",
    "data-after-eoi": "bytes after the end of the JPEG picture: second images, films, gain maps, depth maps",
    "data-after-iend": "bytes after the end of the PNG picture",
    "data-after-riff": "bytes after the end of the WebP picture",
    "exif": "an EXIF block, or all of it but the orientation",
    "exif-broken": "an EXIF block that could not be read to its end",
    "exif-comment": "descriptions, titles, keywords and comments in EXIF",
    "exif-date": "dates and times in EXIF",
    "exif-name": "artist, owner, copyright and computer names in EXIF",
    "exif-other": "EXIF tags that are not on the list of technical ones",
    "exif-serial-number": "serial numbers of bodies and lenses in EXIF",
    "exif-thumbnail": "a small copy of the picture in EXIF",
    "exif-unique-id": "unique numbers of the picture in EXIF",
    "exif-unreferenced": "bytes of an EXIF block that no tag refers to",
    "flir": "FLIR thermal images",
    "fpxr": "FlashPix streams",
    "geotiff": "GeoTIFF tags: where on earth the picture lies",
    "gps": "GPS tags in EXIF",
    "iptc": "IPTC captions, bylines and keywords",
    "jfif-thumbnail": "a small copy of the picture in the JFIF segment",
    "jfxx": "a small copy of the picture in a JFIF extension",
    "jpeg-reconstruction": "what a JPEG XL keeps of the JPEG it was made from beside the picture",
    "jumbf": "JUMBF boxes: C2PA manifests and their thumbnails, JPEG 360",
    "linked-profile": "the path of a BMP's colour profile on somebody's disk",
    "maker-note": "a camera maker's private note in EXIF",
    "mpf": "the index of a multi-picture file",
    "nested-image": "a picture of another kind, or written as text, inside metadata",
    "nested-jpeg": "a JPEG inside metadata",
    "other-item": "further pictures and other items of an AVIF or HEIC",
    "photoshop": "Photoshop image resources",
    "photoshop-thumbnail": "a small copy of the picture in Photoshop's resources",
    "reduced-page": "a smaller copy of a TIFF page, as a page of its own",
    "stray-bytes": "bytes between segments, or behind the last field of one",
    "sub-image": "further pictures of a TIFF page (SubIFDs)",
    "text": "text chunks of a PNG, plain text blocks of a GIF",
    "tga-developer": "the developer area of a TGA, which may hold anything",
    "tga-extension": "the extension area of a TGA: author, comments, dates, job, software, a small copy of the picture",
    "thumbnail-item": "a small copy of the picture as an item of an AVIF or HEIC",
    "time": "times of creation and last change (PNG, AVIF and HEIC sequences)",
    "unreferenced": "bytes that no part of the file refers to",
    "vendor-box": "boxes of an AVIF, HEIC, JPEG XL or JPEG 2000 that the picture does not need",
    "vendor-chunk": "a chunk of a PNG or WebP that the standard does not know",
    "vendor-extension": "an extension block of a GIF that no viewer needs",
    "vendor-segment": "an application segment of some other maker",
    "vendor-tag": "private tags of a TIFF page",
    "xmp": "XMP",
    "xmp-extended": "extended XMP",
    "xmp-image": "a picture, a depth map or an index of pictures in XMP",
}


@dataclass(frozen=True, slots=True)
class Stripped:
    """A file after the metadata policy.

    Attributes
    ----------
    data
        The file's bytes; the very object that came in where nothing was removed.
    removed
        What was removed, as sorted words of `NAMES`; never a value. Empty where nothing was.
    """

    data: bytes
    removed: tuple[str, ...]


def stripped(data: bytes, removed: set[str]) -> Stripped:
    """A `Stripped` with its names sorted."""
    return Stripped(data, tuple(sorted(removed)))


def checked(policy: str) -> Policy:
    """`policy` itself; `UsageError` where it is none."""
    for known in POLICIES:
        if policy == known:
            return known
    raise UsageError(f"metadata policy {policy!r} is unknown: use one of {', '.join(POLICIES)}")
