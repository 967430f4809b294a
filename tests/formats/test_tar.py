"""Reading tars: what honest ones hold, by tarfile's word; what dishonest ones cost."""

from __future__ import annotations

import io
import os
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import SampleError, SourceError
from overpaint.formats._tar import TarReader
from overpaint.formats._tar_walk import CHAIN, EXTENSION, Member, walk
from overpaint.records import Sample

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
NAMES = st.text(
    st.characters(min_codepoint=1, exclude_categories=["Cs"])
    | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF),
    min_size=1,
    max_size=40,
)
PATHS = st.lists(NAMES.map(lambda n: n.replace("/", "_")), min_size=1, max_size=9).map("/".join)


def tar_of(*members: tuple[str, bytes] | tarfile.TarInfo, dialect: int = tarfile.PAX_FORMAT) -> io.BytesIO:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=dialect, encoding="utf-8", errors="surrogateescape") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member, io.BytesIO(bytes(member.size)))
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return file


def reader(file: io.BytesIO, **options: int) -> TarReader:
    return TarReader(file, key="train/0.tar", mtime_ns=7, **options)


def told_apart(tar: TarReader) -> tuple[list[Sample], list[tuple[str, int, str]]]:
    found = list(tar.samples())
    return [s for s in found if isinstance(s, Sample)], [o for o in found if not isinstance(o, Sample)]


def reasons(file: io.BytesIO, **options: int) -> list[tuple[str, str]]:
    return [(key.removeprefix("train/0.tar"), reason) for key, _, reason in told_apart(reader(file, **options))[1]]


@settings(max_examples=150, deadline=None)
@given(
    members=st.lists(st.tuples(PATHS, st.binary(max_size=1100), st.sampled_from("0157236")), max_size=6),
    dialect=st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    mtime=st.sampled_from([0, 1.5, 10**11]),
)
def test_walk_equals_tarfile(members: list[tuple[str, bytes, str]], dialect: int, mtime: float) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=dialect, encoding="utf-8", errors="surrogateescape") as tar:
        for name, data, kind in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind.encode(), len(data) if kind in "07" else 0
            info.mtime, info.linkname = mtime if dialect == tarfile.PAX_FORMAT else int(min(mtime, 2**32)), "elsewhere"
            try:
                tar.addfile(info, io.BytesIO(data))
            except ValueError:  # ustar cannot say this name
                assert dialect == tarfile.USTAR_FORMAT
    file.seek(0)
    with tarfile.open(fileobj=file, encoding="utf-8", errors="surrogateescape") as tar:
        expected = []
        for info in tar:
            data = tar.extractfile(info).read() if info.isreg() else b""  # type: ignore[union-attr]
            kind = None if info.isreg() else "directory" if info.isdir() else "not-a-regular-file"
            expected.append((info.name.encode("utf-8", "surrogateescape"), data, kind))
    found = []
    for step in walk(file):
        assert isinstance(step, Member)
        file.seek(step.at)
        data = file.read(step.size)
        assert step.head == data[:64]
        name = step.name.rstrip(b"/") if step.problem == "directory" else step.name
        found.append((name, data, step.problem))
    assert found == expected


def test_records_by_webdataset_rule() -> None:
    file = tar_of(
        ("./n01/a.b/x.jpg", PNG), ("n01/a.b/x.cls", b"7\n"), ("n01/a.b/x.seg.png", PNG), ("n01/a.b/x.json", b"{}"),
        ("y.JPG", b"not an image"), ("y.txt", b"P1 1 caption"), ("z.txt", b"alone"), ("README", b"hello"),
        ("odd.bin", PNG), (".hidden.jpg", PNG), ("w.thumb.jpg", PNG), ("w.jpg", PNG + b"w"),
    )  # fmt: skip
    tar = reader(file)
    samples, others = told_apart(tar)
    seen = [(s.name, s.record, s.field, s.label) for s in samples]
    assert seen == [
        ("n01/a.b/x.jpg", "n01/a.b/x", "jpg", "7"),
        ("n01/a.b/x.seg.png", "n01/a.b/x", "seg.png", "7"),
        ("y.JPG", "y", "JPG", None),
        ("odd.bin", "odd", "bin", None),
        (".hidden.jpg", ".hidden.jpg", "", None),
        ("w.jpg", "w", "jpg", None),
    ]
    assert {(s.file, s.mtime_ns, s.split, s.item) for s in samples} == {("train/0.tar", 7, "train", -1)}
    assert all(s.key == f"train/0.tar/{s.name}" for s in samples)
    assert others == [("train/0.tar/z.txt", 5, "no-image-beside-it"), ("train/0.tar/README", 5, "no-image-beside-it")]
    records = list(tar.records())
    assert [s for r in records for s in r.samples] == samples
    fields = [(r.name, [(f.name, f.value, f.kind) for f in r.fields]) for r in records]
    assert fields == [
        ("n01/a.b/x", [("cls", b"7\n", "label"), ("json", b"{}", "text")]),
        ("y", [("txt", b"P1 1 caption", "text")]),
        ("z", [("txt", b"alone", "text")]),
        ("README", [("", b"hello", "unknown")]),
        ("odd", []),
        (".hidden.jpg", []),
        ("w", [("thumb.jpg", PNG, "derived")]),
    ]
    assert [tar.read(s) for s in samples] == [PNG, PNG, b"not an image", PNG, PNG, PNG + b"w"]


def info(name: str, kind: bytes = b"0", size: int = 0, **pax: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname, member.pax_headers = kind, size, "a.jpg", pax
    return member


def test_what_is_no_sample() -> None:
    file = tar_of(
        ("a.jpg", PNG), ("../a.jpg", PNG), ("/etc/a.jpg", PNG), ("a/../../b.jpg", PNG), ("a.jpg", b"again"),
        ("b.jpg", bytes(99)), info("l.jpg", b"2"), info("h.jpg", b"1"), info("d", b"5"), info("f.jpg", b"6"),
        info("x" * 5000 + ".jpg"),
        info("s.jpg", size=3, **{"GNU.sparse.size": "9"}), ("c.cls", b"1" * 90), ("c.jpg", PNG),
    )  # fmt: skip
    assert reasons(file, max_bytes=60) == [
        ("/../a.jpg", "refused-name"),
        ("//etc/a.jpg", "refused-name"),
        ("/a/../../b.jpg", "refused-name"),
        ("/a.jpg", "duplicate-name"),
        ("/b.jpg", "too-large"),
        ("/l.jpg", "not-a-regular-file"),
        ("/h.jpg", "not-a-regular-file"),
        ("/f.jpg", "not-a-regular-file"),
        ("/" + "x" * 4096, "refused-name"),
        ("/s.jpg", "sparse"),
        ("/c.cls", "too-large"),
    ]
    assert [s.name for s in told_apart(reader(file, max_bytes=60))[0]] == ["a.jpg", "c.jpg"]


def test_damage_is_told() -> None:
    whole = tar_of(("a.jpg", PNG), ("b.jpg", PNG * 40)).getvalue()
    assert reasons(io.BytesIO()) == [("", "not-a-tar")]
    assert reasons(io.BytesIO(b"hello" * 1000)) == [("", "not-a-tar")]
    assert reasons(io.BytesIO(b"\x1f\x8b" + bytes(1000))) == [("", "compressed-tar")]
    assert reasons(io.BytesIO(whole[:1024])) == [("", "no-end-of-archive")]
    assert reasons(io.BytesIO(whole[:1300])) == [("", "truncated")]
    assert reasons(io.BytesIO(whole[:2000])) == [("/b.jpg", "truncated")]
    assert reasons(io.BytesIO(whole[:1030] + b"!" + whole[1031:])) == [("", "broken-header")]
    assert reasons(io.BytesIO(whole + whole)) == [("", "data-after-end")]
    assert reasons(io.BytesIO(whole)) == []


def raw_header(kind: bytes, size: bytes, name: bytes = b"a.jpg") -> bytes:
    start = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + size.ljust(12, b"\0") + b"00000000000\0"
    rest = kind + bytes(100) + b"ustar\x0000" + bytes(247)
    return start + b"%06o\0 " % (sum(start + rest) + 256) + rest


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (raw_header(b"L", b"77777777777"), "header-too-large"),
        (raw_header(b"x", b"%o" % (EXTENSION + 1)), "header-too-large"),
        (raw_header(b"x", b"1777777"), "truncated"),
        (raw_header(b"g", b"0") * (CHAIN + 1), "header-too-large"),
        (raw_header(b"0", b"\xff" * 12), "broken-header"),
        (raw_header(b"0", b"-7"), "broken-header"),
        (raw_header(b"0", b"\x80" + b"\xff" * 11), "truncated"),
        (raw_header(b"x", b"14") + b"99 path=a.jpg\n".ljust(512, b"\0"), "broken-header"),
        (raw_header(b"x", b"13") + b"0 path=a.jpg\n".ljust(512, b"\0"), "broken-header"),
        (raw_header(b"x", b"11") + b"9 size=-1\n\n".ljust(512, b"\0"), "broken-header"),
        (raw_header(b"g", b"12") + b"10 path=a\n".ljust(512, b"\0"), "broken-header"),
        (raw_header(b"x", b"0") + bytes(1024), "broken-header"),
        ((raw_header(b"S", b"0")[:482] + b"\1" + raw_header(b"S", b"0")[483:]), "broken-header"),
    ],
)
def test_hostile_headers(data: bytes, reason: str) -> None:
    if data[156:157] == b"S":  # a sparse map that never ends
        data = raw_header(b"S", b"0")
        data = (
            data[:148] + b"%06o\0 " % (sum(data[:148]) + 256 + sum(data[156:]) + 1) + data[156:482] + b"\1" + data[483:]
        )
        data, reason = data + (bytes(504) + b"\1" + bytes(7)) * 5000, "header-too-large"
    (found,) = reasons(io.BytesIO(data))
    assert found[1] == reason


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_damage_ends_quietly(data: st.DataObject) -> None:
    names = ["a.jpg", "a.txt", "é" * 80 + ".jpg", "b" * 150 + ".cls", "c\udcff.png"]
    raw = bytearray(
        tar_of(*((name, PNG * 30) for name in names), dialect=data.draw(st.sampled_from([1, 2]))).getvalue()
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + 8] = data.draw(st.binary(max_size=12))
    block = data.draw(st.integers(0, len(raw) // 512 - 1)) * 512
    raw[block : block + 512] = raw_header(
        data.draw(st.sampled_from([b"L", b"x", b"S", b"0", b"g"])), data.draw(st.binary(max_size=12))
    )
    tar = reader(io.BytesIO(bytes(raw)), max_bytes=10**6)
    for sample in told_apart(tar)[0]:
        assert len(tar.read(sample)) == sample.size
    for record in tar.records():
        assert all(len(field.value) <= len(raw) for field in record.fields)


def test_read_refuses_another_tar() -> None:
    file = tar_of(("a.jpg", PNG), ("b.jpg", PNG * 50))
    first, second = told_apart(reader(file))[0]
    for other, sample, reason in [
        (TarReader(file, key="train/1.tar", mtime_ns=7), first, "changed"),
        (TarReader(file, key="train/0.tar", mtime_ns=8), first, "changed"),
        (reader(tar_of(("a.jpg", PNG * 90))), second, "changed"),
        (reader(io.BytesIO(file.getvalue()[:2200])), second, "truncated"),
        (reader(file, max_bytes=100), second, "too-large"),
    ]:
        with pytest.raises(SampleError) as caught:
            other.read(sample)
        assert caught.value.reason == reason


class Failing(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_disk_that_fails() -> None:
    with pytest.raises(SourceError, match=r"train/0\.tar"):
        list(reader(Failing(b"x" * 2000)).samples())
    sample = told_apart(reader(tar_of(("a.jpg", PNG))))[0][0]
    with pytest.raises(SampleError, match="unreadable"):
        reader(Failing(b"x" * 2000)).read(sample)


def test_a_record_without_end() -> None:
    file = tar_of(*((f"a.{n}", b"") for n in range(1030)), ("b.jpg", PNG))
    _, others = told_apart(reader(file))
    assert [reason for *_, reason in others] == ["too-many-members"] * 6 + ["no-image-beside-it"] * 1024


class Counting(io.BytesIO):
    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_an_index_reads_headers_only() -> None:
    draw = random.Random(1)
    file = Counting(tar_of(*((f"{n:05d}.jpg", draw.randbytes(50_000)) for n in range(200))).getvalue())
    assert len(list(reader(file).samples())) == 200
    assert file.taken < 200 * 1000 + (1 << 20)


def test_non_utf8_names_come_back_as_bytes() -> None:
    name = os.fsdecode(b"\xff\xfe/\xe9.jpg")
    for dialect in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        (sample,) = told_apart(reader(tar_of((name, PNG), dialect=dialect)))[0]
        assert sample.name == name
