"""XMP, IPTC's records and files that carry them, made by hand; everyone in them is invented."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
_DECLARED = " ".join(f'xmlns:{name}="{space}"' for name, space in SPACES.items())


def xmp(*properties: str, attributes: str = "") -> bytes:
    """A packet of these properties."""
    described = f'<rdf:Description rdf:about="" {attributes}>{"".join(properties)}</rdf:Description>'
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {_DECLARED}>{described}</rdf:RDF></x:xmpmeta>'
    start = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{start}{packet}{" " * 40}<?xpacket end="w"?>'.encode()


def bag(*items: str, kind: str = "Bag") -> str:
    """An array of plain values."""
    return f"<rdf:{kind}>{''.join(f'<rdf:li>{item}</rdf:li>' for item in items)}</rdf:{kind}>"


def area(x: float, y: float, w: float, h: float, unit: str = "normalized") -> str:
    """A rectangle around a centre, in attributes."""
    return f'<mwg-rs:Area stArea:x="{x}" stArea:y="{y}" stArea:w="{w}" stArea:h="{h}" stArea:unit="{unit}"/>'


def region(name: str, where: str, kind: str | None = "Face") -> str:
    """One of the Working Group's regions, in elements."""
    told = f"<mwg-rs:Type>{kind}</mwg-rs:Type>" if kind else ""
    named = f"<mwg-rs:Name>{name}</mwg-rs:Name>" if name else ""
    return f'<rdf:li rdf:parseType="Resource">{where}{named}{told}</rdf:li>'


def regions(*entries: str, size: tuple[int, int] | None = (400, 300)) -> str:
    """The Working Group's list of regions."""
    made_for = (
        ""
        if size is None
        else f'<mwg-rs:AppliedToDimensions stDim:w="{size[0]}" stDim:h="{size[1]}" stDim:unit="pixel"/>'
    )
    return (
        f'<mwg-rs:Regions rdf:parseType="Resource">{made_for}<mwg-rs:RegionList>{bag_of(*entries)}</mwg-rs:RegionList>'
        "</mwg-rs:Regions>"
    )


def bag_of(*entries: str) -> str:
    """An array of entries that are elements already."""
    return f"<rdf:Bag>{''.join(entries)}</rdf:Bag>"


def microsoft(*people: tuple[str, str]) -> str:
    """Microsoft's regions, each a name and a rectangle, nested as Windows writes them."""
    entries = "".join(
        f'<rdf:li><rdf:Description MPReg:Rectangle="{where}"><MPReg:PersonDisplayName>{name}</MPReg:PersonDisplayName>'
        "</rdf:Description></rdf:li>"
        for name, where in people
    )
    inner = f"<MPRI:Regions><rdf:Bag>{entries}</rdf:Bag></MPRI:Regions>"
    return f"<MP:RegionInfo><rdf:Description>{inner}</rdf:Description></MP:RegionInfo>"


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    """One of IPTC's datasets."""
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def resource(number: int, content: bytes, name: bytes = b"") -> bytes:
    """One of Photoshop's image resources."""
    head = b"8BIM" + struct.pack(">H", number) + bytes([len(name)]) + name
    head += b"\0" * (len(head) & 1)
    return head + struct.pack(">I", len(content)) + content + b"\0" * (len(content) & 1)


def segment(marker: int, payload: bytes) -> bytes:
    """A JPEG's segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def chunk(kind: bytes, payload: bytes) -> bytes:
    """A PNG's chunk."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def picture(form: str = "JPEG", size: tuple[int, int] = (400, 300), **options: Any) -> bytes:
    """A grey ramp."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, form, **options)
    return out.getvalue()


def jpeg(*segments: bytes, size: tuple[int, int] = (400, 300)) -> bytes:
    """A JPEG with these segments in front."""
    plain = picture(size=size)
    return plain[:2] + b"".join(segments) + plain[2:]


def app1(packet: bytes) -> bytes:
    """XMP's segment."""
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def app13(*resources: bytes) -> bytes:
    """Photoshop's segment."""
    return segment(0xED, b"Photoshop 3.0\0" + b"".join(resources))


def png(*chunks: bytes) -> bytes:
    """A PNG with these chunks behind its header."""
    plain = picture("PNG", (40, 30))
    return plain[:33] + b"".join(chunks) + plain[33:]


def itxt(text: bytes, *, packed: bool = False, keyword: bytes = b"XML:com.adobe.xmp") -> bytes:
    """A chunk of international text."""
    body = zlib.compress(text) if packed else text
    return chunk(b"iTXt", keyword + b"\0" + bytes([packed, 0]) + b"\0\0" + body)


def raw_profile(kind: bytes, block: bytes) -> bytes:
    """ImageMagick's way to put anything into a PNG."""
    text = b"\n" + kind + b"\n%8d\n" % len(block) + block.hex().encode() + b"\n"
    return chunk(b"zTXt", b"Raw profile type " + kind + b"\0\0" + zlib.compress(text))


def tiff(*pages: list[tuple[int, int, bytes]], order: str = "<", big: bool = False) -> bytes:
    """Directories of entries (tag, type of one byte a value, content), each page of nothing else."""
    wide, entry, number = ("Q", "HHQ", "Q") if big else ("I", "HHI", "H")
    room = struct.calcsize("<" + wide)
    out = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42))
    out += struct.pack(order + "HH", 8, 0) if big else b""
    place = len(out)
    out += bytes(room)
    for page in pages:
        blocks = []
        for tag, kind, content in page:
            blocks.append((tag, kind, content, len(out)))
            out += content
        struct.pack_into(order + wide, out, place, len(out))
        out += struct.pack(order + number, len(page))
        for tag, kind, content, at in blocks:
            value = content.ljust(room, b"\0") if len(content) <= room else struct.pack(order + wide, at)
            out += struct.pack(order + entry, tag, kind, len(content)) + value
        place = len(out)
        out += bytes(room)
    return bytes(out)
