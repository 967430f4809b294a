"""Which EXIF tags `keep-safe` keeps, and under which names the others are recorded (Exif 3.0, CIPA DC-008)."""

from __future__ import annotations

from typing import NamedTuple

from overpaint.painting._metadata._tiff import Field, Place

__all__ = ["LONGEST", "name_of", "value_allowed"]

LONGEST = 64
"""No kept value has more bytes."""


class _Form(NamedTuple):
    """Types and the greatest number of values a kept tag may have, so that nothing else travels under its number."""

    kinds: tuple[int, ...]
    most: int


_WHOLE, _RATIO, _SIGNED, _TEXT, _BYTES = (1, 3, 4), (5,), (10, 5), (2,), (7, 2)
_ONE = _Form(_WHOLE, 1)
_ONE_RATIO = _Form(_RATIO, 1)
_ONE_SIGNED = _Form(_SIGNED, 1)
_WORD = _Form(_TEXT, 64)
_FOUR = _Form(_BYTES, 4)
_FLAG = _Form((7, 1), 1)

_IMAGE: dict[int, _Form] = {
    0x010F: _WORD,  # Make
    0x0110: _WORD,  # Model
    0x0112: _ONE,  # Orientation
    0x011A: _ONE_RATIO,  # XResolution
    0x011B: _ONE_RATIO,  # YResolution
    0x0128: _ONE,  # ResolutionUnit
    0x013E: _Form(_RATIO, 2),  # WhitePoint
    0x013F: _Form(_RATIO, 6),  # PrimaryChromaticities
    0x0211: _Form(_RATIO, 3),  # YCbCrCoefficients
    0x0213: _ONE,  # YCbCrPositioning
    0x0214: _Form(_RATIO, 6),  # ReferenceBlackWhite
}
_EXIF: dict[int, _Form] = {
    0x829A: _ONE_RATIO,  # ExposureTime
    0x829D: _ONE_RATIO,  # FNumber
    0x8822: _ONE,  # ExposureProgram
    0x8827: _Form(_WHOLE, 2),  # PhotographicSensitivity
    0x8830: _ONE,  # SensitivityType
    0x8831: _ONE,  # StandardOutputSensitivity
    0x8832: _ONE,  # RecommendedExposureIndex
    0x9000: _FOUR,  # ExifVersion
    0x9101: _FOUR,  # ComponentsConfiguration
    0x9102: _ONE_RATIO,  # CompressedBitsPerPixel
    0x9201: _ONE_SIGNED,  # ShutterSpeedValue
    0x9202: _ONE_RATIO,  # ApertureValue
    0x9203: _ONE_SIGNED,  # BrightnessValue
    0x9204: _ONE_SIGNED,  # ExposureBiasValue
    0x9205: _ONE_RATIO,  # MaxApertureValue
    0x9206: _ONE_RATIO,  # SubjectDistance
    0x9207: _ONE,  # MeteringMode
    0x9208: _ONE,  # LightSource
    0x9209: _ONE,  # Flash
    0x920A: _ONE_RATIO,  # FocalLength
    0xA000: _FOUR,  # FlashpixVersion
    0xA001: _ONE,  # ColorSpace
    0xA002: _ONE,  # PixelXDimension
    0xA003: _ONE,  # PixelYDimension
    0xA20E: _ONE_RATIO,  # FocalPlaneXResolution
    0xA20F: _ONE_RATIO,  # FocalPlaneYResolution
    0xA210: _ONE,  # FocalPlaneResolutionUnit
    0xA215: _ONE_RATIO,  # ExposureIndex
    0xA217: _ONE,  # SensingMethod
    0xA300: _FLAG,  # FileSource
    0xA301: _FLAG,  # SceneType
    0xA401: _ONE,  # CustomRendered
    0xA402: _ONE,  # ExposureMode
    0xA403: _ONE,  # WhiteBalance
    0xA404: _ONE_RATIO,  # DigitalZoomRatio
    0xA405: _ONE,  # FocalLengthIn35mmFilm
    0xA406: _ONE,  # SceneCaptureType
    0xA407: _ONE,  # GainControl
    0xA408: _ONE,  # Contrast
    0xA409: _ONE,  # Saturation
    0xA40A: _ONE,  # Sharpness
    0xA40C: _ONE,  # SubjectDistanceRange
    0xA432: _Form(_RATIO, 4),  # LensSpecification
    0xA433: _WORD,  # LensMake
    0xA434: _WORD,  # LensModel
    0xA460: _ONE,  # CompositeImage
    0xA500: _ONE_RATIO,  # Gamma
}
_INTEROP: dict[int, _Form] = {0x0001: _Form(_TEXT, 4), 0x0002: _FOUR}  # which colour space; the version
_KEPT: dict[Place, dict[int, _Form]] = {"image": _IMAGE, "exif": _EXIF, "interop": _INTEROP}

_POINTERS = frozenset({0x8769, 0x8825, 0xA005, 0x014A})

_NAMED = {
    "exif-comment": (0x010D, 0x010E, 0x9286, 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F, 0xA436),
    "exif-date": (0x0132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292),
    "exif-name": (0x013B, 0x013C, 0x8298, 0x9C9D, 0xA430, 0xA437, 0xA438, 0xA439),
    "exif-serial-number": (0xA431, 0xA435, 0xC62F),
    "exif-unique-id": (0xA420,),
    "iptc": (0x83BB,),
    "maker-note": (0x927C, 0xC634),
    "photoshop": (0x8649,),
    "xmp": (0x02BC,),
}
_NAME_OF = {tag: name for name, tags in _NAMED.items() for tag in tags}


def name_of(place: Place, tag: int) -> str | None:
    """The name under which a tag is recorded when it goes; None for pointers, which hold nothing themselves."""
    if tag in _POINTERS:
        return None
    if place == "gps":
        return "gps"
    if place == "preview":
        return "exif-thumbnail"
    if tag in _KEPT.get(place, {}):
        return "exif-other"
    return _NAME_OF.get(tag, "exif-other")


def value_allowed(place: Place, field: Field, value: bytes) -> bool:
    """Whether `keep-safe` keeps this tag with this value."""
    form = _KEPT.get(place, {}).get(field.tag)
    if form is None or field.kind not in form.kinds or not 1 <= field.length <= form.most:
        return False
    return field.kind != 2 or all(byte == 0 or 0x20 <= byte < 0x7F for byte in value)
