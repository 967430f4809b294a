"""Which tag of a TIFF is what: needed for the picture, technical, words, or a place."""

from __future__ import annotations

from overpaint.checks._contents import Kind

__all__ = ["kind_of"]

# TIFF 6.0 and its supplements: what decoders need, and how big a pixel is on paper.
_PICTURE = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284}
    | {286, 287, 288, 289, 290, 291, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327}
    | {328, 332, 334, 336, 338, 339, 340, 341, 342, 347, *range(512, 522), 529, 530, 531, 532, 34675}
)
# Titles, people, machines, XMP, IPTC, Photoshop's resources, histories.
_WORDS = frozenset(
    {269, 270, 285, 315, 316, 333, 33432, 700, 33723, 34377, 40091, 40092, 40093, 40094, 40095, 42032, 42033, 42037}
    | {37510, 42016, 50735, 50708, 50709, 305, 306, 36867, 36868, 37520, 37521, 37522, 36880, 36881, 36882, 42240 + 1}
)
_TIMES = frozenset({306, 36867, 36868, 37520, 37521, 37522, 36880, 36881, 36882, 305})
_TECHNICAL_PAGE = frozenset({271, 272})
_MAKER, _COMMENT, _LAYERS = 37500, 37510, 37724
# The Exif directory's technical tags, as the metadata policy lists them (docs/reference/metadata.md).
_TECHNICAL_EXIF = frozenset(
    {0x829A, 0x829D, 0x8822, 0x8827, 0x8830, 0x8831, 0x8832, 0x9000, 0x9101, 0x9102, 0x9201, 0x9202, 0x9203, 0x9204}
    | {0x9205, 0x9206, 0x9207, 0x9208, 0x9209, 0x920A, 0xA000, 0xA001, 0xA002, 0xA003, 0xA20E, 0xA20F, 0xA210, 0xA215}
    | {0xA217, *range(0xA300, 0xA302), *range(0xA401, 0xA40B), 0xA40C, 0xA432, 0xA433, 0xA434, 0xA460, 0xA500}
)


def kind_of(tag: int, *, inside: str) -> Kind:
    """What a tag is.

    Parameters
    ----------
    inside
        The directory: ``page``, ``exif``, ``gps`` or ``interop``.
    """
    if inside == "gps":
        return "location"
    if inside == "interop":
        return "technical"
    if tag == _MAKER:
        return "maker"
    if tag == _LAYERS:
        return "preview"  # Photoshop's layers
    if tag in _WORDS - _TIMES or tag == _COMMENT:
        return "text"
    if tag in _PICTURE and inside == "page":
        return "picture"
    return "technical" if tag in (_TECHNICAL_PAGE if inside == "page" else _TECHNICAL_EXIF) else "other"
