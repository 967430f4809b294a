"""The reference page says what the code does: every name, every kept tag and chunk, every reason."""

from __future__ import annotations

import re
from pathlib import Path

from overpaint.painting._metadata import NAMES, POLICIES, _png, _technical

ROOT = Path(__file__).parents[2]
OTHERS = (
    "_metadata/_gif.py",
    "_gif.py",
    "_gif_frames.py",
    "_apng.py",
    "_apng_frames.py",
    "_png_picture.py",
    "_metadata/_bmp.py",
    "_bmp.py",
    "_bmp_pixels.py",
)
PAGE = (ROOT / "docs/reference/metadata.md").read_text(encoding="utf-8")


def test_every_name_is_documented_and_no_other() -> None:
    table = PAGE.split("## Names")[1]
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", table, re.MULTILINE)) == NAMES


def test_every_kept_tag_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| (image|Exif|interoperability) \| (.*) \|$", PAGE, re.MULTILINE)
    documented = {name: {int(tag, 16) for tag in re.findall(r"`0x([0-9A-F]{4})`", row)} for name, row in rows}
    assert documented == {
        "image": set(_technical._IMAGE),
        "Exif": set(_technical._EXIF),
        "interoperability": set(_technical._INTEROP),
    }


def test_every_policy_and_chunk_is_documented() -> None:
    assert all(f"| `{policy}` |" in PAGE for policy in POLICIES)
    for kind in _png._SHOWN:
        if kind not in {b"mDCv", b"cLLi"}:  # earlier spellings of mDCV and cLLI
            assert kind.decode() in PAGE


def test_every_reason_to_refuse_is_documented() -> None:
    for module in ("_metadata/_segments.py", "_metadata/_chunks.py", "_png.py", "_png_image.py", *OTHERS):
        source = (ROOT / "src/overpaint/painting" / module).read_text(encoding="utf-8")
        for reason in re.findall(r'(?:DecodeError|Unsupported)\("([a-z-]+)"', source):
            assert reason in PAGE
