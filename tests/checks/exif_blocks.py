"""EXIF blocks for tests, written by hand."""

import struct


def block(*, orientation=1, gps=False, maker=False, thumbnail=False, zeroed=False, artist=b"", make=b"") -> bytes:
    """``Exif\\0\\0`` and a little-endian TIFF with what is asked for."""
    first, inner, data = [(0x0112, 3, 1, struct.pack("<HH", orientation, 0))], [], b""
    at = 4096  # values lie far behind the directories

    def placed(value):
        nonlocal data
        start = at + len(data)
        data += value
        return struct.pack("<I", start)

    for tag, value in ((0x010F, make), (0x013B, artist)):
        if value:
            first.append((tag, 2, len(value), placed(value) if len(value) > 4 else value.ljust(4, b"\0")))
    if maker:
        inner.append((0x927C, 7, 12, placed(b"Maker\0\1\2\3\4\5\6")))
        first.append((0x8769, 4, 1, struct.pack("<I", 1024)))
    if gps:
        first.append((0x8825, 4, 1, struct.pack("<I", 2048)))
    picture = (b"\0" if zeroed else b"\7") * 64
    second = [(0x0201, 4, 1, placed(picture)), (0x0202, 4, 1, struct.pack("<I", 64))] if thumbnail else []
    if second and not zeroed:
        second.insert(0, (0x0103, 3, 1, struct.pack("<HH", 6, 0)))
    parts = {
        8: directory(sorted(first), 3072 if thumbnail else 0),
        1024: directory(inner) if inner else b"",
        2048: directory([(1, 2, 2, b"N\0\0\0")]) if gps else b"",
        3072: directory(second) if second else b"",
        at: data,
    }
    whole = bytearray(b"II*\0" + struct.pack("<I", 8))
    for start, part in parts.items():
        if part:
            whole.extend(b"\0" * (start - len(whole)))
            whole += part
    return b"Exif\0\0" + bytes(whole)


def directory(entries, following=0) -> bytes:
    rows = b"".join(struct.pack("<HHI", tag, form, number) + value for tag, form, number, value in entries)
    return struct.pack("<H", len(entries)) + rows + struct.pack("<I", following)
