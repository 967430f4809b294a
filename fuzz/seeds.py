"""Writes the seeds of every harness into a directory: files made here, and where it is set files of OVERPAINT_REALDATA.

python fuzz/seeds.py DIRECTORY makes DIRECTORY/<harness>/<name>. Nothing of OVERPAINT_REALDATA is to be committed.
"""

# ruff: noqa: INP001, S311 - a program; nothing here is secret

from __future__ import annotations

import io
import json
import os
import random
import struct
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

MOST_BYTES = 20_000
"""Larger files teach a fuzzer little and cost it speed."""

PICTURE = Image.frombytes("RGB", (40, 28), random.Random(0).randbytes(40 * 28 * 3)).resize(
    (57, 43), Image.Resampling.BICUBIC
)


def coded(picture: Image.Image, **options: object) -> bytes:
    """A picture as a file of its own."""
    out = io.BytesIO()
    picture.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def jpegs() -> Iterator[tuple[str, bytes]]:
    """Small JPEGs of each kind that Pillow writes."""
    yield "colour", coded(PICTURE, format="JPEG", quality=80)
    yield "full", coded(PICTURE, format="JPEG", quality=92, subsampling=0)
    yield "halves", coded(PICTURE, format="JPEG", quality=70, subsampling=1)
    yield "grey", coded(PICTURE.convert("L"), format="JPEG", quality=80)
    yield "cmyk", coded(PICTURE.convert("CMYK"), format="JPEG", quality=80)
    yield "progressive", coded(PICTURE, format="JPEG", quality=80, progressive=True)
    yield "restarts", coded(PICTURE, format="JPEG", quality=80, restart_marker_blocks=2)
    yield "tables", coded(PICTURE, format="JPEG", quality=30, optimize=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "turned", coded(PICTURE, format="JPEG", quality=80, exif=exif, comment=b"a comment", dpi=(72, 72))


def animation(kind: str) -> bytes:
    """Three frames."""
    frames = [PICTURE.rotate(angle) for angle in (30, 60)]
    return coded(PICTURE, format=kind, save_all=True, append_images=frames, duration=40, loop=0)


def others() -> Iterator[tuple[str, bytes]]:
    """Small files of every other codec that Pillow writes."""
    alpha = PICTURE.convert("RGBA")
    for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16"):
        picture = Image.frombytes("I;16", (57, 43), bytes(57 * 43 * 2)) if mode == "I;16" else alpha.convert(mode)
        yield f"png-{mode.replace(';', '')}", coded(picture, format="PNG")
    yield "apng", animation("PNG")
    yield "gif", animation("GIF")
    yield "gif-still", coded(PICTURE.convert("P"), format="GIF")
    yield "webp", coded(PICTURE, format="WEBP", quality=60)
    yield "webp-alpha", coded(alpha, format="WEBP", quality=60)
    yield "webp-lossless", coded(alpha, format="WEBP", lossless=True)
    yield "webp-animated", animation("WEBP")
    yield "avif", coded(PICTURE.resize((16, 16)), format="AVIF", speed=10)
    for mode in ("1", "L", "P", "RGB"):
        yield f"bmp-{mode}", coded(PICTURE.convert(mode), format="BMP")
    yield "tiff", coded(PICTURE, format="TIFF")
    for packing in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield f"tiff-{packing}", coded(PICTURE, format="TIFF", compression=packing)
    yield "tiff-pages", coded(PICTURE, format="TIFF", save_all=True, append_images=[PICTURE.rotate(90)])


def tails() -> Iterator[bytes]:
    """What to paint, as fuzz_edit_jpeg.c reads it."""
    for look in range(3):
        for cores in range(1, 4):
            core = struct.pack("9B", 40 * cores, 60, 120, 120, 5, 30, 30, 3, 0)
            yield struct.pack("4B", 3, look, cores, look & 1) + core * 3 + b"\0"


def planes() -> Iterator[bytes]:
    """What fuzz_paint_plane.c reads."""
    dice = random.Random(1)
    for look in range(3):
        for deep in (0, 1, 6, 7):
            head = struct.pack(
                "12B4x", 90, 60, deep, 3, 1 + look * 2, 3, 0, look, look & 1, 7 if deep % 2 == 0 else 15, deep & 3, 0
            )
            core = struct.pack("=B4i", 1, 9 + look, 11, 40 << 16 | 30, 0x0B020000)
            yield head + core * 5 + dice.randbytes(120)


def tars() -> Iterator[bytes]:
    """Tars of a few members in every dialect that tarfile writes, and with links, long names and extension headers."""
    for dialect in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=dialect) as tar:
            for name, data in (
                ("a.jpg", b"\xff\xd8\xff\xe0"),
                ("a.cls", b"3"),
                ("b/c.png", b"\x89PNG"),
                ("d.json", b"{}"),
            ):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            link = tarfile.TarInfo("l.jpg")
            link.type, link.linkname = tarfile.SYMTYPE, "../../a.jpg"
            tar.addfile(link)
            if dialect != tarfile.USTAR_FORMAT:
                tar.addfile(tarfile.TarInfo("n" * 200 + ".jpg"))
        yield out.getvalue()


def parquets() -> Iterator[bytes]:
    """Parquet files as datasets have them, in several codings."""
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    rows = [{"bytes": b"\xff\xd8\xff\xe0" * n, "path": f"{n}.jpg"} if n % 3 else None for n in range(9)]
    table = pa.table(
        {
            "image": pa.array(rows, image),
            "views": pa.array([[row] * (n % 3) for n, row in enumerate(rows)], pa.list_(image)),
            "label": list(range(9)),
            "text": ["x" * n for n in range(9)],
        }
    )
    for packing, version in (("none", "1.0"), ("snappy", "1.0"), ("zstd", "2.0"), ("gzip", "2.0")):
        out = io.BytesIO()
        pq.write_table(table, out, compression=packing, data_page_version=version, row_group_size=4)
        yield out.getvalue()


def texts() -> Iterator[bytes]:
    """Files of boxes, labelled objects and lists of images, in every format that is read."""
    coco = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 20], "score": 0.5}],
        "categories": [{"id": 1, "name": "thing"}],
    }
    yield json.dumps(coco).encode()
    yield json.dumps(coco["annotations"]).encode()
    yield json.dumps([{"url": "a.jpg", "bboxes": [{"x0": 1, "x1": 5, "y0": 2, "y1": 9}]}]).encode()
    box = {"Left": 0.1, "Top": 0.1, "Width": 0.2, "Height": 0.2}
    yield json.dumps({"a.jpg": {"FaceDetails": [{"BoundingBox": box, "Confidence": 99.0}]}}).encode()
    yield json.dumps({"image": "a.jpg", "response": {"FaceDetails": [{"BoundingBox": box}]}}).encode() + b"\n"
    yield b"a.jpg\n2\n1 2 3 4 0 0 0 0 0 0\n5 6 7 8 0 0 0 0 0 0\n"
    yield (
        b"<annotation><filename>a.jpg</filename><size><width>64</width><height>48</height></size><object><name>x</name>"
        b"<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>8</ymax></bndbox></object></annotation>"
    )
    yield b"0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.1 0.1\n"
    yield b"file_name,text\na.jpg,one\nb.jpg,two\n"
    yield b'{"file_name": "a.jpg", "text": "one"}\n{"file_name": "b.jpg", "text": "two"}\n'
    yield b"a.jpg\nb.jpg\nc/d.jpg\n"
    yield b"a.jpg 3\nb.jpg 4\n"
    yield b"names: [one, two]\ntrain: images\n"


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
 xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
 xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
<rdf:Description>%s</rdf:Description></rdf:RDF></x:xmpmeta>"""
PEOPLE = """<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="300" stDim:h="400"/>
<mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description mwg-rs:Name="J" mwg-rs:Type="Face"><mwg-rs:Area
 stArea:x=".5" stArea:y="1/2" stArea:w=".1" stArea:h=".2" stArea:d=".1" stArea:unit="pixel"/></rdf:Description>
</rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
|
<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag><rdf:li rdf:parseType="Resource">
<MPReg:Rectangle>0.1, 0.2, 0.3, 0.4</MPReg:Rectangle><MPReg:PersonDisplayName>J</MPReg:PersonDisplayName>
</rdf:li></rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>
|
<e:ImageRegion><rdf:Bag><rdf:li rdf:parseType="Resource"><e:RegionBoundary><rdf:Description e:rbUnit="relative"
 e:rbX=".1" e:rbY=".1" e:rbW=".2" e:rbH=".2" e:rbRx=".3"/></e:RegionBoundary><e:PersonInImage><rdf:Bag><rdf:li>J
</rdf:li></rdf:Bag></e:PersonInImage></rdf:li></rdf:Bag></e:ImageRegion>
|
<dc:description><rdf:Alt><rdf:li xml:lang='en'>a@b.de &amp; &#65;</rdf:li></rdf:Alt></dc:description>
<dc:creator><rdf:Seq><rdf:li><![CDATA[J]]></rdf:li></rdf:Seq></dc:creator>""".split("|")  # noqa: SIM905 - texts that have lines


def names() -> Iterator[bytes]:
    """Packets of XMP, blocks of IPTC's records, and files that carry them."""
    for people in PEOPLE:
        packet = (XMP % people).encode()
        yield packet + b"\xff\0"
        yield packet.decode().encode("utf-16") + b"\xff\0"
        yield b"GIF89a" + packet + b"\0\0"
        yield coded(PICTURE.resize((8, 8)), format="WEBP", xmp=packet) + b"\0\0"
        segment = b"http://ns.adobe.com/xap/1.0/\0" + packet
        yield b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + b"\xff\xd9\0\0"
        text = b"XML:com.adobe.xmp\0\0\0\0\0" + packet
        yield b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(text)) + b"iTXt" + text + bytes(4) + b"\0\0"
    records = b"".join(struct.pack(">BBBH", 0x1C, 2, n, 6) + b"a@b.de" for n in (80, 118, 120, 122))
    block = b"Photoshop 3.0\08BIM\4\4\0\0" + struct.pack(">I", len(records)) + records
    yield b"\xff\xd8\xff\xed" + struct.pack(">H", len(block) + 2) + block + b"\xff\xd9\0\0"
    for tag, order in ((33723, "<"), (34377, ">")):
        data = records if tag == 33723 else block[14:]
        head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
        yield head + struct.pack(order + "HHHIII", 1, tag, 7, len(data), 26, 0) + data + b"\0\0"


def real(suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Small files of a directory that is not in the repository."""
    root = os.environ.get("OVERPAINT_REALDATA")
    for path in sorted(Path(root).rglob("*")) if root else ():
        if path.is_file() and path.suffix.lower() in suffixes and 0 < path.stat().st_size <= MOST_BYTES:
            yield path.name, path.read_bytes()


def main(directory: Path) -> None:
    """Write them all."""
    pictures = [*jpegs(), *real((".jpg", ".jpeg"))]
    after = bytes([0x24, 0x31])  # the harness's own two bytes
    kinds = (".png", ".apng", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff")
    rest = [*others(), *real(kinds)]
    wants = list(tails())
    files = {
        "jpeg_size": [data for _, data in pictures],
        "edit_jpeg": [data + wants[number % len(wants)] for number, (_, data) in enumerate(pictures)],
        "paint_plane": list(planes()),
        "codecs": [data + after for _, data in pictures + rest],
        "tar": [data + bytes([1, 0]) for data in tars()],
        "parquet": [data + after for data in parquets()],
        "names": [*names(), *(data + b"\0\0" for data in tars())],
        "texts": [data + bytes([number, 0]) for data in [*texts(), *parquets()] for number in range(3)],
    }
    for harness, seeds in files.items():
        place = directory / harness
        place.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(seeds):
            (place / f"seed-{number:04d}").write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
