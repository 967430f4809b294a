"""Words of a report: what may be shown of a run, and what to do about a failure."""

from __future__ import annotations

import re

from overpaint.records import python_key, shown_key

__all__ = [
    "FEWEST",
    "METADATA",
    "NOT_LOOKED_FOR",
    "OTHER",
    "OUTCOMES",
    "STYLES",
    "counted",
    "fixed_word",
    "folder_name",
    "metadata_name",
    "remedy",
]

FEWEST = 10
"""A class or split with fewer images is summed with its like: a folder may be named after a person."""

OTHER = "other"

_FIXED = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+){0,5}")

METADATA = {
    "animation": "frames of animated PNGs that no viewer plays",
    "auxiliary-image": "depth maps, gain maps and other second pictures in AVIF and HEIC",
    "broken-chunk": "PNG chunks with a wrong checksum or length",
    "comment": "comments of JPEGs and GIFs",
    "data-after-end": "bytes after the end of a file",
    "data-after-eoi": "bytes after the end of a JPEG: second pictures, films, gain maps, depth maps",
    "data-after-iend": "bytes after the end of a PNG",
    "data-after-riff": "bytes after the end of a WebP",
    "exif": "EXIF blocks",
    "exif-broken": "EXIF blocks that could not be read to their end",
    "exif-comment": "descriptions, titles, keywords and comments in EXIF",
    "exif-date": "dates and times in EXIF",
    "exif-name": "artist, owner, copyright and computer names in EXIF",
    "exif-other": "EXIF tags that are not technical",
    "exif-serial-number": "serial numbers of bodies and lenses in EXIF",
    "exif-thumbnail": "small copies of the picture in EXIF",
    "exif-unique-id": "unique numbers of the picture in EXIF",
    "exif-unreferenced": "bytes in EXIF that no tag refers to",
    "flir": "thermal pictures",
    "fpxr": "FlashPix streams",
    "geotiff": "where on earth a picture lies (GeoTIFF)",
    "gps": "places (GPS) in EXIF",
    "iptc": "IPTC captions, bylines and keywords",
    "jfif-thumbnail": "small copies of the picture in JFIF",
    "jfxx": "small copies of the picture in a JFIF extension",
    "jpeg-reconstruction": "what JPEG XLs keep of the JPEGs they were made from, comments included",
    "jumbf": "JUMBF boxes: C2PA manifests and their thumbnails",
    "linked-profile": "paths of BMPs' colour profiles on somebody's disk",
    "maker-note": "camera makers' private notes",
    "mpf": "indexes of multi-picture files",
    "nested-image": "pictures of other kinds inside metadata",
    "nested-jpeg": "JPEGs inside metadata",
    "other-item": "items of AVIFs and HEICs that their pictures do not need",
    "photoshop": "Photoshop image resources",
    "photoshop-thumbnail": "small copies of the picture in Photoshop resources",
    "reduced-page": "smaller copies of pages in TIFFs",
    "stray-bytes": "bytes between segments",
    "sub-image": "pictures below pages of TIFFs (SubIFDs)",
    "text": "text chunks of PNGs, plain text blocks of GIFs",
    "tga-developer": "private areas of TGAs",
    "tga-extension": "names, dates, comments and small copies of the picture in TGAs",
    "thumbnail-item": "small copies of the picture in AVIF and HEIC",
    "time": "times of creation and last change (PNG, AVIF, HEIC)",
    "unreferenced": "bytes that no part of the file refers to",
    "vendor-box": "boxes of other makers in AVIF, HEIC, JPEG XL and JPEG 2000",
    "vendor-chunk": "PNG chunks that the standard does not know",
    "vendor-extension": "extension blocks of GIFs that no viewer needs",
    "vendor-segment": "application segments of other makers",
    "vendor-tag": "private tags of TIFF pages",
    "xmp": "XMP",
    "xmp-extended": "extended XMP",
    "xmp-image": "pictures, depth maps or indexes of pictures in XMP",
}
"""Names under which removed metadata is recorded, in words."""

OUTCOMES = {
    "identical": "Nothing to paint and nothing under the metadata policy: the same bytes.",
    "metadata-only": "Metadata was taken out; the coded picture is the same.",
    "redacted": "Faces were painted over; coded blocks that no footprint touches are the same.",
    "re-encoded": "Painted over, but the whole picture had to be encoded again.",
    "removed": "The policy takes the image out; it was not written.",
    "quarantined": "Held back by the policy for people to look at; not written.",
    "failed": "Could not be handled or did not pass its check; not written.",
    "waiting for a decision to be carried out": "Looked at, but nothing was written yet.",
    "not reached yet": "Not looked at; run the same command again to go on.",
}
"""What each outcome means, and the two places of images without one."""

STYLES = {
    "blur": "a smooth surface through the averages of the cells",
    "mosaic": "the averages of the cells",
    "fill": "one flat value; nothing of the face is left",
    "strip": "all metadata is taken out but orientation and colour profile",
    "keep-safe": "technical fields stay; places, dates, names, serial numbers, notes and small copies are taken out",
    "keep": "metadata stays, but for small copies of pictures that were painted",
}
"""What the policy's words for looks and metadata mean."""

NOT_LOOKED_FOR = {
    "nudity": "nudity and sexual content",
    "gore": "violence",
    "person": "people whose faces are not to be seen",
    "text": "text in pictures: web addresses, watermarks, names, numbers, documents, screens",
    "plate": "licence plates",
    "code": "QR and bar codes",
    "name": "names of people in metadata, file names and captions",
    "label": "labels that insult",
    "body": "tattoos, name tags, uniforms, bodies, gait and places that tell who somebody is",
    "": "people seen from behind, and faces too small, too dark, covered or turned away for these detectors",
}
"""What a run does not search for, unless one of its detectors reports that kind."""

_REMEDIES = {
    "not-an-image": "The bytes are of no image format that overpaint knows; replace the file or take it out.",
    "truncated-header": "The file ends before its picture begins; fetch it again.",
    "undecodable": "No decoder made a picture of it; fetch the file again or take it out.",
    "too-many-pixels": "Larger than the run's limit of pixels; scale it down, or raise the limit in a new run.",
    "too-many-frames": "More frames or pages than are looked at in one file; split it.",
    "animated-jxl": "Only one of its frames could be looked at; split it into still pictures.",
    "frames-not-paintable": "Some frames of the animation cover a face in part only; split it into still pictures.",
    "frames-of-different-sizes": "Its pictures differ in size; split it into still pictures.",
    "needs-heic": "HEIC needs a plug-in: pip install 'overpaint[heic]', then start a new run.",
    "needs-jxl": "JPEG XL needs a plug-in: pip install 'overpaint[jxl]', then start a new run.",
    "no-detector-worked": "All detectors failed on it, or all for faces or nudity; look at it by eye, or remove it.",
    "empty": "The file has no bytes; fetch it again or take it out.",
    "truncated": "The file ends before its picture does; fetch it again.",
    "vanished": "The file was listed but is gone; start a new run once the source stays as it is.",
    "unreadable": "The file could not be read; check its mode and the disk, then start a new run.",
    "too-large": "Larger than the run's limit of bytes; make it smaller, or raise the limit in a new run.",
    "box-outside": "A box given for it lies outside the picture; correct the file of boxes.",
    "boxes-do-not-fit": "Boxes given for it were made for another size; correct the file of boxes.",
    "worker-died": "The process that worked on it ended, twice; look at the file by eye, or take it out.",
    "took-too-long": "It took longer than the run's limit, twice; look at the file by eye, or take it out.",
    "internal-error": "A fault of overpaint; please report it with the detail from the run's private half.",
    "changed": "The source file is not the one that was looked at; scan it again in a new run.",
}

_BY_STAGE = {
    "read": "The file could not be read; check the disk and its mode, then start a new run.",
    "read-again": "The file could not be read a second time; check that the source is still in place.",
    "decode": "The file could not be decoded; fetch it again or take it out.",
    "look": "The file could not be looked at to its end; look at it by eye, or take it out.",
    "paint": "It could not be edited without loss; convert it to a plain JPEG or PNG and run again.",
    "check": 'It did not pass its check and was not published; paint with look = "fill", or remove the image.',
}

_LAST_REMEDY = "The run's private half names the images and gives a sentence on each; nothing of them was published."


def counted(number: int, one: str, many: str = "") -> str:
    """A number and what it counts, with the verb where one follows: ``1 face was``, ``2,000 faces were``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def fixed_word(value: str | None) -> str:
    """A fixed kebab-case word as it is; anything else, which might be text from a file, as ``other``."""
    return value if value and len(value) <= 48 and _FIXED.fullmatch(value) else OTHER


def metadata_name(value: str | None) -> str:
    """A name that metadata is recorded under; others, which might be a file's own words, as ``other``."""
    return value if value in METADATA else OTHER


def folder_name(stored: str) -> str:
    """A class or split as people can read it on one line."""
    return shown_key(python_key(stored))


def remedy(stage: str, reason: str) -> str:
    """What to do about images that failed for this reason."""
    if reason.startswith("unsupported-"):
        return "Files of this kind cannot be edited without loss; convert them to JPEG or PNG and run again."
    return _REMEDIES.get(reason) or _BY_STAGE.get(stage) or _LAST_REMEDY
