"""Pictures for people: upright, cropped, shrunk, without metadata, and never of the lane."""

import datetime as dt
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))

from pictures_of_every_codec import STILL, TURNS, encoded, scene, turned

from overpaint import formats, pipeline
from overpaint.errors import RunError, SampleError
from overpaint.plan import Plan
from overpaint.records import SAMPLES, Box
from overpaint.review import Kind, Question
from overpaint.review._pictures import HELD, Pictures
from overpaint.review._readers import FolderReader, RunReader
from overpaint.review._shown import Shown
from overpaint.rundir import Run, write_table


def seen(picture):
    assert picture.media_type == "image/jpeg"
    image = Image.open(io.BytesIO(picture.data))
    assert image.size == (picture.width, picture.height)
    return np.asarray(image.convert("RGB"))


def ask(sample, size, *, orientation=1, **more):
    return Question(Kind.BOXES, "face", sample, *size, orientation, **more)


class Bytes:
    """A reader of files in memory, which counts and can be told to hold back."""

    max_pixels = 10_000_000

    def __init__(self, **files):
        self.files, self.lane, self.reads, self.then = files, set(), [], lambda: None

    def held(self, sample):
        return sample in self.lane

    def version(self, question):
        return "output" if question.output else ""

    def read(self, question):
        self.reads.append(question.sample)
        data = self.files[question.sample]
        self.then()
        return data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_in_every_orientation(orientation):
    stored = scene((60, 8, 90, 20), size=(96, 64))
    turn = TURNS[orientation]
    stored = stored if turn is None else stored.transpose(turn)  # so that the shown one is `scene`
    data = encoded("jpeg", stored, quality=95, exif=turned(orientation))
    reader = Bytes(a=data)
    question = ask("a", stored.size, orientation=orientation)
    shown = seen(Pictures(reader).picture(question))
    assert shown.shape == (64, 96, 3)
    assert shown[10:18, 64:86].min() > 200
    assert shown[24:].max() < 80
    part = Shown.of(question)
    box = part.to_stored((60, 8, 90, 20))
    crop = ask("a", stored.size, orientation=orientation, crop=box)
    cut = seen(Pictures(reader).picture(crop))
    assert cut.shape == (12, 30, 3)
    assert cut[2:-2, 2:-2].min() > 200


@pytest.mark.parametrize("codec", STILL)
def test_every_codec(codec):
    reader = Bytes(a=encoded(codec, scene((10, 10, 60, 40))))
    shown = seen(Pictures(reader).picture(ask("a", (96, 64))))
    assert shown[14:36, 14:56].min() > 180
    assert shown[46:].max() < 90


def test_a_page_of_a_tiff():
    pages = [scene((5, 5, 20, 20)), scene((50, 30, 90, 60))]
    pictures = Pictures(Bytes(a=encoded("tiff", pages)))
    assert seen(pictures.picture(ask("a", (96, 64), page=1)))[34:56, 54:86].min() > 180
    assert seen(pictures.picture(ask("a", (96, 64))))[34:56, 54:86].max() < 90
    with pytest.raises(SampleError, match="no such page"):
        pictures.picture(ask("a", (96, 64), page=2))


def test_shrunk_to_the_longest_side_and_crops_keep_their_detail():
    lines = np.zeros((400, 1600, 3), np.uint8)
    lines[:, ::2] = 255
    reader = Bytes(a=encoded("png", Image.fromarray(lines)), b=encoded("jpeg", Image.fromarray(lines), quality=95))
    pictures = Pictures(reader, max_side=200)
    for name in "ab":
        small = pictures.picture(ask(name, (1600, 400)))
        assert (small.width, small.height) == (200, 50)
        crop = seen(pictures.picture(ask(name, (1600, 400), crop=Box(100, 100, 200, 160))))
        assert crop.shape == (60, 100, 3)
        assert crop[:, ::2].mean() - crop[:, 1::2].mean() > 150


def test_nothing_rides_along():
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe"
    exif.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    data = encoded("jpeg", scene((5, 5, 60, 40)), exif=exif.tobytes(), comment=b"Jane Doe", icc_profile=b"x" * 200)
    shown = Pictures(Bytes(a=data)).picture(ask("a", (96, 64))).data
    image = Image.open(io.BytesIO(shown))
    assert not image.getexif() and set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Jane" not in shown


def test_the_lane_is_asked_before_reading_and_before_handing_out():
    reader = Bytes(a=encoded("png", scene()), b=encoded("png", scene()))
    pictures = Pictures(reader)
    reader.lane.add("a")
    with pytest.raises(SampleError, match=HELD):
        pictures.picture(ask("a", (96, 64)))
    assert reader.reads == []  # not even read
    reader.then = lambda: reader.lane.add("b")
    with pytest.raises(SampleError, match=HELD):
        pictures.picture(ask("b", (96, 64)))
    assert not pictures._kept and not pictures._kept_bytes


def test_what_is_in_memory_is_refused_and_dropped_too():
    reader = Bytes(a=encoded("png", scene()))
    pictures = Pictures(reader)
    first = pictures.picture(ask("a", (96, 64)))
    assert pictures.picture(ask("a", (96, 64))) is first and reader.reads == ["a"]
    reader.lane.add("a")
    with pytest.raises(SampleError, match=HELD):
        pictures.picture(ask("a", (96, 64)))
    assert not pictures._kept


def test_the_memory_is_bounded():
    reader = Bytes(**{f"s{n}": encoded("png", scene((n, 5, n + 9, 30))) for n in range(12)})
    size = len(Pictures(reader).picture(ask("s0", (96, 64))).data)
    pictures = Pictures(reader, cache_bytes=5 * size)
    for n in range(12):
        pictures.picture(ask(f"s{n}", (96, 64)))
        assert pictures._kept_bytes == sum(len(p.data) for p in pictures._kept.values()) <= 5 * size
    assert len(pictures._kept) >= 3
    none = Pictures(reader, cache_bytes=0)
    none.picture(ask("s1", (96, 64)))
    assert not none._kept


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"text", "not-an-image"),
        (encoded("jpeg", scene())[:300], "undecodable|truncated"),
        (encoded("png", scene(size=(20, 30))), "differs"),
        (encoded("jpeg", scene(), exif=turned(6)), "differs"),
        (encoded("png", scene(size=(4000, 3000))), "too-many-pixels"),
    ],
)
def test_what_cannot_be_shown_is_one_error(data, reason):
    with pytest.raises(SampleError) as error:
        Pictures(Bytes(a=data)).picture(ask("a", (96, 64)))
    assert error.value.reason in reason


def test_a_size_that_is_not_known_is_taken_from_the_file():
    pictures = Pictures(Bytes(a=encoded("jpeg", scene(size=(96, 64)), exif=turned(6))), max_side=48)
    shown = pictures.picture(Question(Kind.CATEGORY, "n02119022", "a"))
    assert (shown.width, shown.height) == (32, 48)


# ------------------------------------------------------------------ a run


@pytest.fixture
def run(tmp_path):
    source = tmp_path / "photos"
    for n in range(40):
        (source / f"c{n % 3}").mkdir(parents=True, exist_ok=True)
        (source / f"c{n % 3}/{n:02d}.png").write_bytes(encoded("png", scene((n, 5, n + 30, 30))))
    return made_run(tmp_path / "run", source)


def made_run(path, source, *, container="folder"):
    run = Run(path)
    run.create(Plan(str(source), "", "", (), "version = 1\n", dt.date(2026, 1, 2), container=container))
    formats.open_source(source, kind=container).write_listing(run.listing, shard_size=7)
    return run


def put_in_lane(run, key):
    for ref in formats.read_shards(run.listing):
        if any(sample.key == key for sample in formats.read_shard(run.listing, ref)):
            assert pipeline.move_to_lane(run, ref, {key: pipeline.REVIEWER}) == 1
            return
    raise AssertionError(key)


def test_pictures_of_a_run(run):
    pictures = Pictures(RunReader(run))
    for key in ("c0/00.png", "c2/38.png", "c1/13.png"):
        n = int(key[3:5])
        shown = seen(pictures.picture(ask(key, (96, 64))))
        assert shown[9:26, n + 4 : n + 26].min() > 180
    assert not pictures.held("c0/77.png")
    with pytest.raises(SampleError, match="vanished"):
        pictures.picture(ask("c0/77.png", (96, 64)))
    with pytest.raises(SampleError, match="vanished"):
        pictures.picture(ask("../plan.toml", (96, 64)))


def test_only_one_shard_is_read_to_find_a_sample(run, monkeypatch):
    reader = RunReader(run)
    read = []
    real = formats.read_shard
    monkeypatch.setattr(formats, "read_shard", lambda listing, ref: read.append(ref) or real(listing, ref))
    assert not reader.held("c1/13.png")
    assert len(read) == 1
    assert not reader.held("c1/13.png")
    assert len(read) == 1


def test_a_picture_added_to_the_lane_a_moment_ago_is_refused(run):
    pictures = Pictures(RunReader(run))
    pictures.picture(ask("c0/00.png", (96, 64)))
    put_in_lane(run, "c0/00.png")
    assert pictures.held("c0/00.png") and not pictures.held("c0/03.png")
    with pytest.raises(SampleError, match=HELD):
        pictures.picture(ask("c0/00.png", (96, 64)))
    assert pictures.picture(ask("c0/03.png", (96, 64)))


def test_a_lane_that_cannot_be_read_shows_nothing(run):
    pictures = Pictures(RunReader(run))
    put_in_lane(run, "c0/00.png")
    for file in (run.private / "lane").glob("*.parquet"):
        file.write_bytes(b"cut off")
    with pytest.raises(RunError):
        pictures.picture(ask("c0/03.png", (96, 64)))


def test_written_pictures(run, tmp_path):
    dest = tmp_path / "out"
    (dest / "c0").mkdir(parents=True)
    written = encoded("png", scene((40, 30, 90, 60)))
    (dest / "c0/00.png").write_bytes(written)
    reader = RunReader(run)
    pictures = Pictures(reader)
    question = ask("c0/00.png", (96, 64), output=True)
    with pytest.raises(RunError):  # nothing was ever scanned
        pictures.picture(question)
    samples(run, "c0/00.png", "one")
    with pytest.raises(SampleError, match="missing-output"):
        pictures.picture(question)
    run.set_destination(formats.Output(place=str(dest), kind="folder").to_dict())
    assert seen(pictures.picture(question))[34:56, 44:86].min() > 180
    (dest / "c0/00.png").write_bytes(encoded("png", scene((5, 5, 30, 30))))
    samples(run, "c0/00.png", "two")  # painted again: what is in memory is not shown any more
    assert seen(pictures.picture(question))[34:56, 44:86].max() < 90
    put_in_lane(run, "c0/00.png")
    with pytest.raises(SampleError, match=HELD):
        pictures.picture(question)
    reader.close()


def samples(run, key, sha256):
    import pyarrow as pa

    for ref in formats.read_shards(run.listing):
        rows = [
            {"key": s.key, "size": s.size, "looked": True, "output": s.key, "output_sha256": sha256}
            for s in formats.read_shard(run.listing, ref)
        ]
        if any(row["key"] == key for row in rows):
            rows = [row if row["key"] == key else row | {"output": None} for row in rows]
        write_table(run.shard_file("samples", ref.id), pa.Table.from_pylist(rows, schema=SAMPLES))


def test_a_run_that_was_never_listed(tmp_path):
    run = Run(tmp_path / "run")
    (tmp_path / "photos").mkdir()
    run.create(Plan(str(tmp_path / "photos"), "", "", (), "version = 1\n", dt.date(2026, 1, 2)))
    with pytest.raises(RunError, match="listing"):
        RunReader(run)


def test_a_folder_of_candidates(tmp_path):
    (tmp_path / "candidates/sub").mkdir(parents=True)
    (tmp_path / "candidates/sub/a.png").write_bytes(encoded("png", scene((5, 5, 60, 40))))
    (tmp_path / "outside.png").write_bytes(encoded("png", scene()))
    aside = set()
    pictures = Pictures(FolderReader(tmp_path / "candidates", held=aside.__contains__))
    question = Question(Kind.CATEGORY, "n02119022", "sub/a.png")
    assert seen(pictures.picture(question))[9:36, 9:56].min() > 180
    (tmp_path / "candidates/sub/a.png").write_bytes(encoded("png", scene((5, 5, 9, 9), size=(50, 60))))
    assert pictures.picture(question).width == 50
    for key in ("../outside.png", "/etc/passwd", "sub/../../outside.png", "sub//a.png", "a\0b", "gone.png", "."):
        with pytest.raises(SampleError, match="vanished"):
            pictures.picture(Question(Kind.CATEGORY, "n02119022", key))
    aside.add("sub/a.png")
    with pytest.raises(SampleError, match=HELD):
        pictures.picture(question)
