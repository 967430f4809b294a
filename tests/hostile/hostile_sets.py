"""Folders, tars and parquet files of hostile samples beside good ones."""

from __future__ import annotations

import io
import os
import struct
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hostile_files import FILES, encoded, gif, page, png, tiff

GOOD = 3
ESC = "\x1b]0;gotcha\x07\x1b[2J"
NAMES = (
    "new\nline.jpg", "tab\tstop.jpg", f"esc{ESC}.jpg", "\udcff\udcfe.jpg", "x" * 251 + ".jpg", "CASE.jpg", "case.jpg",
    "\u202egpj.jpg", " .jpg", "-rf.jpg", "%s%n.jpg", "c\r.jpg",
)  # fmt: skip
"""Names that a folder may hold: each is one file name of at most 255 bytes."""

BAD = {
    "cut.jpg": encoded("JPEG")[:200],
    "empty.png": b"",
    "huge.png": FILES["header-png"](),
    "huge.gif": FILES["header-gif"](),
    "huge.tif": FILES["header-tiff"](),
    "frames.gif": gif((16, 16), (1, 1), 3000),
    "nothing.webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "tile.tif": FILES["tile-tiff"](),
}
"""What cannot be handled: each is one failed sample where a detector looks, or where it is painted."""


def _strange_tiff(*more: tuple[int, int, int, int], coding: int, depth: int, size: int) -> bytes:
    kept = [entry for entry in page(size, size, coding, 4096, 200) if entry[0] != 258]
    return tiff(*kept, (258, 3, 1, depth), *more, tail=bytes(range(200)))


CHATTY = {
    "tags.tif": _strange_tiff((60265, 99, 3, 77), (65534, 2, 9, 0xFFFFFFF0), coding=5, depth=8, size=16),
    "fax.tif": _strange_tiff(coding=4, depth=1, size=64),
    "sum.png": png(b"\0\0\0\x04IDATabcd\0\0\0\0"),
}
"""What libtiff and libpng complain of on descriptor 2."""


def good(number: int) -> bytes:
    """A JPEG that nothing is wrong with."""
    return encoded("JPEG", size=(40 + number, 36))


def folder(root: Path) -> dict[str, int]:
    """Returns how many images there are, and how many of them cannot be handled."""
    (root / "sub").mkdir(parents=True)
    for number in range(GOOD):
        (root / f"good{number}.jpg").write_bytes(good(number))
    for name in NAMES:
        (root / "sub" / name).write_bytes(good(9))
    for name, data in {**BAD, **CHATTY}.items():
        (root / name).write_bytes(data)
    (root / "loop").symlink_to(".")
    (root / "sub" / "up").symlink_to("../..")
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    (root / "passwd.jpg").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe.jpg")
    return {"samples": GOOD + len(NAMES) + len(BAD) + len(CHATTY), "good": GOOD + len(NAMES)}


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """One member as `tar_of` takes it."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def tar_of(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], dialect: int = tarfile.GNU_FORMAT) -> None:
    """Write a tar; names are written as they are."""
    with tarfile.open(path, "w", format=dialect, errors="surrogateescape", encoding="utf-8") as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))


CLIMBING = ("../out.jpg", "a/../../out.jpg", "/tmp/overpaint-out.jpg", "/etc/passwd.jpg", "..")
DRIVES = ("C:\\out.jpg", "C:/out.jpg", "..\\..\\out.jpg")


def tars(root: Path) -> dict[str, int]:
    """One tar of everything that a tar can do to whoever unpacks it."""
    root.mkdir(parents=True)
    members = [member(f"good{n}.jpg", good(n)) for n in range(GOOD)]
    members += [member(name, good(9)) for name in CLIMBING]
    members += [member(name, good(9)) for name in DRIVES]
    members += [member("odd/" + name, good(9)) for name in NAMES]
    members += [member(name, data) for name, data in BAD.items()]
    members += [member("good0.jpg", good(7)), member("./good1.jpg", good(7))]
    members += [member("l.jpg", type=tarfile.SYMTYPE, linkname="../../../etc/passwd")]
    members += [member("h.jpg", type=tarfile.LNKTYPE, linkname="/etc/passwd")]
    members += [member("d.jpg", type=tarfile.CHRTYPE, devmajor=1, devminor=5)]
    members += [member("f.jpg", type=tarfile.FIFOTYPE), member("s.jpg", good(8), type=tarfile.GNUTYPE_SPARSE)]
    members += [member("long/" + "n" * 4000 + ".jpg", good(8)), member("deep/" * 700 + "z.jpg", good(8))]
    tar_of(root / "train-000000.tar", members)
    broken = (long_name(1 << 34), long_name(1 << 62), b"\x1f\x8b" + bytes(600), b"", b"x" * 999, bytes(1024))
    for number, data in enumerate(broken, 1):
        (root / f"train-{number:06}.tar").write_bytes(data)
    return {"good": GOOD, "names": len(NAMES) + len(DRIVES)}


def long_name(size: int) -> bytes:
    """A GNU long name that announces so many bytes."""
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\x80" + size.to_bytes(11, "big")
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + b"n" * 1024


IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def parquets(root: Path) -> dict[str, int]:
    """Good rows, rows of nothing, hostile images, hostile paths; beside it files that are no parquet."""
    root.mkdir(parents=True)
    paths = ["../../out.jpg", "/etc/passwd", f"esc{ESC}.jpg", "a\nb.jpg", "x" * 5000]
    rows: list[dict[str, Any] | None] = [{"bytes": good(n), "path": f"{n}.jpg"} for n in range(GOOD)]
    rows += [{"bytes": good(9), "path": path} for path in paths]
    rows += [{"bytes": data, "path": name} for name, data in BAD.items()]
    rows += [None, {"bytes": None, "path": "/etc/passwd"}]
    table = pa.table({"image": pa.array(rows, IMAGE), "text": [ESC] * len(rows), "label": list(range(len(rows)))})
    pq.write_table(table, root / "train-00000.parquet", row_group_size=5)
    (root / "train-00001.parquet").write_bytes(b"PAR1" + bytes(50) + struct.pack("<I", 0x7FFFFFF0) + b"PAR1")
    (root / "train-00002.parquet").write_bytes(b"PAR1\0\0\0\0PAR1")
    return {"good": GOOD + len(paths), "bad": len(BAD)}
