"""The page of codecs names every reason for which a file of theirs is refused."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/codecs.md").read_text(encoding="utf-8")
MODULES = ("_tiff", "_tiff_image", "_webp", "_webp_frames", "_webp_quality", "_avif", "_heif_facts", "_heic", "_jxl")
MODULES += ("_jxl_header", "_metadata/_tiff_file", "_metadata/_tiff_walk", "_metadata/_webp", "_metadata/_isobmff")
MODULES += ("_metadata/_isobmff_strip", "_metadata/_jxl", "_metadata/_isobmff_list")
MODULES += ("_jp2", "_pnm", "_tga", "_ico", "_metadata/_jp2", "_metadata/_pnm", "_metadata/_tga", "_metadata/_ico")


def test_every_reason_is_on_the_page() -> None:
    found = set()
    for module in MODULES:
        source = (ROOT / f"src/overpaint/painting/{module}.py").read_text(encoding="utf-8")
        found |= set(re.findall(r'(?:DecodeError|Unsupported)\(\s*"([a-z-]+)"', source))
    assert len(found) > 25
    assert {reason for reason in found if f"`{reason}`" not in PAGE} == set()
