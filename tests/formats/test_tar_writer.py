"""Writing tars: the bytes that tarfile writes for the same members."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import SampleError
from overpaint.formats._tar import TarReader
from overpaint.formats._tar_writer import TarWriter
from overpaint.records import Sample

_CHARACTERS = st.characters(min_codepoint=1, exclude_categories=["Cs"], exclude_characters="/") | st.characters(
    min_codepoint=0xDC80, max_codepoint=0xDCFF
)
# Surrogates side by side may spell valid UTF-8, which no file name read from a disk does.
PARTS = st.text(_CHARACTERS, min_size=1, max_size=70).map(lambda text: os.fsdecode(os.fsencode(text)))
NAMES = st.lists(PARTS.filter(lambda part: part not in (".", "..")), min_size=1, max_size=4).map("/".join)
MEMBERS = st.dictionaries(NAMES, st.binary(max_size=2000), max_size=6)


def written(members: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    tar = TarWriter(file)
    for name, data in members.items():
        tar.add(name, data)
    tar.close()
    return file


@settings(max_examples=200, deadline=None)
@given(MEMBERS)
def test_equals_tarfile(members: dict[str, bytes]) -> None:
    expected = io.BytesIO()
    with tarfile.open(
        fileobj=expected, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape"
    ) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    assert written(members).getvalue() == expected.getvalue()


@settings(max_examples=100, deadline=None)
@given(MEMBERS)
def test_comes_back_from_tar_to_tar(members: dict[str, bytes]) -> None:
    first = written(members)
    tar = TarReader(first, key="0.tar", mtime_ns=1)
    back = {}
    for record in tar.records():
        for sample in record.samples:
            assert sample.name is not None
            back[sample.name] = tar.read(sample)
        for field in record.fields:
            back[record.name + ("." + field.name if field.name else "")] = field.value
    assert back == members
    assert all(
        (not isinstance(s, Sample) and s[2] == "no-image-beside-it") or isinstance(s, Sample) for s in tar.samples()
    )
    ordered = {name: back[name] for name in members}
    assert written(ordered).getvalue() == first.getvalue()


@pytest.mark.parametrize("name", ["/a", "../a", "a/../b", "a//b", "", "a\0b", "a/", "./a"])
def test_refuses_names_that_lead_out(name: str) -> None:
    with pytest.raises(SampleError, match="refused-key"):
        TarWriter(io.BytesIO()).add(name, b"")


def test_refuses_a_name_twice() -> None:
    tar = TarWriter(io.BytesIO())
    tar.add("a.jpg", b"1")
    with pytest.raises(SampleError, match="duplicate-name"):
        tar.add("a.jpg", b"2")


def test_refuses_what_octal_cannot_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overpaint.formats._tar_writer._LONGEST", 3)
    with pytest.raises(SampleError, match="too-large"):
        TarWriter(io.BytesIO()).add("a.jpg", b"123")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # webdataset leaves the file open
def test_webdataset_reads_it(tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    members = {"n01/a.jpg": b"one", "n01/a.cls": b"7", "n01/" + "long" * 40 + ".seg.png": b"two", "é.jpg": b"three"}
    (tmp_path / "0.tar").write_bytes(written(members).getvalue())
    back = {}
    for sample in webdataset.WebDataset(str(tmp_path / "0.tar"), shardshuffle=False):
        for field, data in sample.items():
            if not field.startswith("__"):
                back[f"{sample['__key__']}.{field}"] = data
    assert back == members
