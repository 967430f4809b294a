"""Made files in which something rides along: previews, second pictures, depth, a place, names."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from overpaint.measures._strength_detail import Corners
from overpaint.measures._strength_scenes import scene
from overpaint.measures._tool_cases import Case, CaseFile, Planted, encoded, jpeg

__all__ = ["riding_cases"]

Pixels = npt.NDArray[np.uint8]

NAME = b"Planted Person 7"
PLACE = b"Planted Street 7"
_PREVIEW = "the copy holds no other picture of the clear face: whoever opens the file gets it without any attack"
_PRIVATE = "the copy holds none of it: it says where or who, whatever was painted"


def riding_cases(random: np.random.Generator) -> list[Case]:
    """JPEG, and for texts PNG and WebP too."""

    def case(name: str, file: str, why: str, plant: Callable[[bytes, Pixels], tuple[bytes, Planted]]) -> Case:
        pixels, boxes = scene([120], random)
        data, planted = plant(jpeg(pixels), pixels)
        return Case(name, "riding", why, [CaseFile(file, data, boxes, [planted])])

    depth = "the copy holds no map of depth: it shows the relief of the face"
    return [
        case("EXIF thumbnail", "exif-thumbnail.jpg", _PREVIEW, _exif_thumbnail),
        case("JFIF thumbnail", "jfif-thumbnail.jpg", _PREVIEW, _jfif_thumbnail),
        case("second picture (MPF)", "mpf.jpg", _PREVIEW, _second),
        case("data behind the end", "trailing.jpg", _PREVIEW, _behind),
        case("XMP preview", "xmp-preview.jpg", _PREVIEW, _xmp_preview),
        case("XMP depth map", "xmp-depth.jpg", depth, _xmp_depth),
        case("GPS", "gps.jpg", _PRIVATE, _gps),
        Case("names in JPEG, PNG, WebP", "riding", _PRIVATE, _names(*scene([120], random))),
    ]


def _small(pixels: Pixels, width: int = 160) -> bytes:
    height = width * pixels.shape[0] // pixels.shape[1]
    return jpeg(np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8))


def _pieces(data: bytes, size: int = 24) -> list[bytes]:
    """Pieces from the middle of what was planted: where one is found, it was carried over as it is."""
    return [data[len(data) * share // 10 :][:size] for share in (4, 6, 8)]


def _after_start(data: bytes, marker: int, payload: bytes) -> bytes:
    """A segment behind the start of a JPEG."""
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + data[2:]


def _without_jfif(data: bytes) -> bytes:
    length = struct.unpack(">H", data[4:6])[0]
    return data[:2] + data[4 + length :] if data[2:4] == b"\xff\xe0" else data


def _exif_thumbnail(data: bytes, pixels: Pixels) -> tuple[bytes, Planted]:
    small = _small(pixels)
    entry = struct.Struct("<HHII").pack
    first = struct.pack("<H", 1) + entry(0x0131, 2, 4, int.from_bytes(b"cam\0", "little")) + struct.pack("<I", 26)
    at = 26 + 2 + 3 * 12 + 4
    second = struct.pack("<H", 3) + entry(0x0103, 3, 1, 6) + entry(0x0201, 4, 1, at) + entry(0x0202, 4, 1, len(small))
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + second + struct.pack("<I", 0) + small
    return _after_start(_without_jfif(data), 0xE1, exif), Planted(
        "a thumbnail of the clear face in EXIF", _pieces(small)
    )


def _jfif_thumbnail(data: bytes, pixels: Pixels) -> tuple[bytes, Planted]:
    """Uncompressed, 72 x 72 pixels."""
    small = np.asarray(cv2.resize(pixels, (72, 72), interpolation=cv2.INTER_AREA), np.uint8).tobytes()
    payload = b"JFIF\0\x01\x02\0\0\x01\0\x01\x48\x48" + small
    return _after_start(_without_jfif(data), 0xE0, payload), Planted(
        "a thumbnail of the clear face in JFIF", _pieces(small)
    )


def _second(data: bytes, pixels: Pixels) -> tuple[bytes, Planted]:
    """CIPA DC-007: an index in APP2, the second picture behind the end of the first."""
    other = _small(pixels, 320)
    entry = struct.Struct("<HHII").pack
    index = b"II*\0" + struct.pack("<IH", 8, 3)
    index += entry(0xB000, 7, 4, int.from_bytes(b"0100", "little")) + entry(0xB001, 4, 1, 2) + entry(0xB002, 7, 32, 50)
    index += struct.pack("<I", 0)
    length = len(data) + 4 + 4 + len(index) + 32
    images = struct.pack("<IIIHH", 0x20030000, length, 0, 0, 0)
    # offsets count from the index's own first byte, which stands behind SOI, the marker, its length and "MPF\0"
    images += struct.pack("<IIIHH", 0x00020002, len(other), length - 10, 0, 0)
    planted = Planted("a second picture of the clear face", _pieces(other))
    return _after_start(data, 0xE2, b"MPF\0" + index + images) + other, planted


def _behind(data: bytes, pixels: Pixels) -> tuple[bytes, Planted]:
    other = _small(pixels, 320)
    return data + other, Planted("a picture of the clear face behind the end", _pieces(other))


def _xmp(data: bytes, fields: str) -> bytes:
    packet = (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" {fields}/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    return _after_start(data, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())


def _xmp_preview(data: bytes, pixels: Pixels) -> tuple[bytes, Planted]:
    held = base64.b64encode(_small(pixels))
    return _xmp(data, f'xmp:Thumbnail="{held.decode()}"'), Planted("a preview of the clear face in XMP", _pieces(held))


def _xmp_depth(data: bytes, pixels: Pixels) -> tuple[bytes, Planted]:
    relief = cv2.GaussianBlur(cv2.resize(pixels[:, :, 0], (200, 200), interpolation=cv2.INTER_AREA), (0, 0), 2)
    held = base64.b64encode(encoded(Image.fromarray(relief), "PNG"))
    fields = f'GDepth:Format="RangeInverse" GDepth:Mime="image/png" GDepth:Data="{held.decode()}"'
    return _xmp(data, fields), Planted("a map of depth in XMP", _pieces(held))


def _gps(data: bytes, pixels: Pixels) -> tuple[bytes, Planted]:
    del pixels
    entry = struct.Struct("<HHII").pack
    first = struct.pack("<H", 1) + entry(0x8825, 4, 1, 26) + struct.pack("<I", 0)
    at = 26 + 2 + 4 * 12 + 4
    north = struct.pack("<6I", 52, 1, 31, 1, 123457, 10000)
    gps = struct.pack("<H", 4) + entry(1, 2, 2, ord("N")) + entry(2, 5, 3, at) + entry(3, 2, 2, ord("E"))
    gps += entry(4, 5, 3, at + 24) + struct.pack("<I", 0) + north + struct.pack("<6I", 13, 1, 24, 1, 123457, 10000)
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + gps
    marks = [struct.pack(order, 123457, 10000) for order in ("<2I", ">2I")]
    return _after_start(_without_jfif(data), 0xE1, exif), Planted("the place (GPS)", marks)


def _names(pixels: Pixels, boxes: Sequence[Corners]) -> list[CaseFile]:
    """A photographer, a creator, a by-line and a comment; texts of a PNG; XMP and EXIF of a WebP."""
    exif = Image.Exif()
    exif[0x013B] = NAME.decode()
    resource = b"\x1c\x02\x50" + struct.pack(">H", len(NAME)) + NAME
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(resource)) + resource
    commented = _after_start(jpeg(pixels, exif=exif.tobytes()), 0xFE, b"at " + PLACE)
    planted = [Planted("a name or an address", [NAME, PLACE, NAME.decode().encode("utf-16-le")])]
    image = Image.fromarray(pixels)
    memory = io.BytesIO()
    image.save(memory, "PNG", exif=exif.tobytes())
    png = _text_chunk(memory.getvalue(), b"tEXt", b"Author\0" + NAME)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- ' + PLACE + b" --></x:xmpmeta>"
    webp = encoded(image, "WEBP", quality=90, exif=exif.tobytes(), xmp=xmp)
    return [
        CaseFile(
            "names.jpg", _xmp(_after_start(commented, 0xED, block), f'dc:creator="{NAME.decode()}"'), boxes, planted
        ),
        CaseFile("names.png", png, boxes, planted),
        CaseFile("names.webp", webp, boxes, planted),
    ]


def _text_chunk(png: bytes, kind: bytes, payload: bytes) -> bytes:
    chunk = struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))
    return png[:33] + chunk + png[33:]  # behind the header
