"""Packages of npm are read as tar archives, with bounds, and only where every hash is right."""

import gzip
import hashlib
import io
import struct
import tarfile

import pytest
from forging import facts, make_tarball

from overpaint.errors import ModelError
from overpaint.models import Member, _tarball
from overpaint.models._archive import read_members, read_notices

DATA, MORE = bytes(range(256)) * 8, b"weights" * 100
JSON, BIN, LICENCE = "package/models/a.json", "package/models/a.bin", "package/LICENSE"
GOOD = [("package/package.json", b"{}"), (JSON, DATA), (BIN, MORE), (LICENCE, b"The made licence\n")]


@pytest.fixture
def packed(tmp_path):
    """An entry of a package with those members, its hash made right."""

    def pack(members=GOOD, **options):
        file = make_tarball(tmp_path / "made-1.0.tgz", members, **options)
        return entry(file), file

    return pack


def entry(file):
    return facts(
        DATA,
        registry="npm",
        wheel=file.name,
        package="@made/models",
        member=JSON,
        beside=(Member(BIN, len(MORE), hashlib.sha256(MORE).hexdigest()),),
        notices=(LICENCE,),
        wheel_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
    )


def refused(model, file, match):
    with pytest.raises(ModelError, match=match) as caught:
        read_members(model, file)
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_right_members_come_out_and_the_notices(packed):
    model, file = packed()
    assert read_members(model, file) == [DATA, MORE]
    assert read_notices(model, file) == {LICENCE: b"The made licence\n"}
    assert model.requirement == "@made/models@1.0"


def test_another_tarball_is_refused_before_it_is_opened(packed, monkeypatch):
    model, file = packed()
    file.write_bytes(file.read_bytes() + b"\0")
    monkeypatch.setattr(tarfile, "open", None)
    refused(model, file, "not the pinned @made/models@1.0 and was not opened")


def test_members_that_climb_or_link_are_passed_over_and_never_written(packed, tmp_path):
    climbing = [
        ("../../climbed", b"x"),
        ("/climbed", b"x"),
        ("package/models/../../climbed", b"x"),
        ("package/l", None),
    ]
    model, file = packed(climbing + GOOD)
    before = sorted(tmp_path.rglob("*"))
    assert read_members(model, file) == [DATA, MORE]
    assert sorted(tmp_path.rglob("*")) == before


def test_names_that_only_look_like_the_member_do_not_count(packed):
    alike = [("../" + JSON, DATA), ("/" + JSON, DATA), ("./" + JSON, DATA), ("package/models/../models/a.json", DATA)]
    refused(*packed([*alike, *GOOD[2:]]), f"holds no regular file {JSON}")
    refused(*packed([(JSON, None), *GOOD[2:]]), f"holds no regular file {JSON}")
    refused(*packed(GOOD, kind=tarfile.CHRTYPE), f"holds no regular file {JSON}")


def test_a_member_that_is_there_twice_or_another_one_is_refused(packed):
    refused(*packed([*GOOD, (BIN, MORE)]), f"holds {BIN} twice")
    refused(*packed([GOOD[0], (JSON, DATA[:-1] + b"\0"), *GOOD[2:]]), f"{JSON} has SHA-256")
    refused(*packed([*GOOD[:2], (BIN, MORE[:-1]), GOOD[3]]), f"{BIN} has SHA-256")
    refused(*packed([*GOOD[:2], (BIN, MORE + b"x"), GOOD[3]]), f"{BIN} has 701 bytes; it was not unpacked")


def repinned(file, data):
    file.write_bytes(data)
    return entry(file), file


def test_what_is_cut_short_or_no_archive_is_refused(packed):
    _, file = packed()
    whole = file.read_bytes()
    for data in (b"", b"PK\x03\x04", gzip.compress(b"no archive" * 100), whole[: len(whole) // 2], whole[:-9]):
        refused(*repinned(file, data), "no gzipped tar archive, or a damaged one|holds no regular file|cut off")
    flipped = bytearray(whole)
    flipped[-6] ^= 1  # of the checksum
    refused(*repinned(file, bytes(flipped)), "damaged")


def test_a_bomb_is_not_unpacked(packed, monkeypatch):
    monkeypatch.setattr(_tarball, "_MOST_BYTES", 1 << 20)
    refused(*packed([("package/zeros", bytes(8 << 20)), *GOOD]), "unpacks to more than 1048576 bytes")


def test_a_header_that_asks_for_everything_gets_nothing(packed, monkeypatch):
    monkeypatch.setattr(_tarball, "_MOST_BYTES", 1 << 20)
    asking = tarfile.TarInfo("pax")  # an extended header, which tarfile reads into memory, of 4 GiB
    asking.type, asking.size = tarfile.XHDTYPE, 1 << 32
    refused(*packed(header=asking.tobuf(tarfile.GNU_FORMAT)), "unpacks to more than|damaged")


def test_a_million_members_are_not_listed(packed, monkeypatch):
    monkeypatch.setattr(_tarball, "_MOST_MEMBERS", 50)
    refused(*packed([(f"package/{n}", b"") for n in range(60)] + GOOD), "holds more than 50 files")


def test_a_member_of_another_size_than_its_header_says_is_refused(packed):
    _, file = packed()
    buffer = bytearray(gzip.decompress(file.read_bytes()))
    at = buffer.index(BIN.encode())
    buffer[at + 124 : at + 136] = b"%011o\0" % (len(MORE) + 1)
    header = bytearray(buffer[at : at + 512])
    header[148:156] = b" " * 8
    buffer[at + 148 : at + 156] = b"%06o\0 " % sum(struct.unpack("512B", header))
    with tarfile.open(fileobj=io.BytesIO(bytes(buffer))) as archive:
        assert archive.getmember(BIN).size == len(MORE) + 1
    refused(*repinned(file, gzip.compress(bytes(buffer))), "has 701 bytes; it was not unpacked")
