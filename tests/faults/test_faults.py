"""Whatever happens in the middle of a run: given again, it ends in the same bytes and an exact count."""

import errno
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))

from container_datasets import files, folder, members, parquet, tars

import faults
import overpaint
from _fault_cases import CASES, Case, Place, State
from _fault_kinds import FAULTS
from overpaint import formats
from overpaint.errors import EngineError, RunError, SampleError
from overpaint.rundir import Run, read_table, rebuilding

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked into by /proc")

FOLDER = Case("folder", "folder", "scrub")
TARS = Case("webdataset", "webdataset", "scrub")


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    with faults.Trials(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.fixture
def place(tmp_path, trials):
    made = Place(tmp_path / "trial", FOLDER, trials.warm)
    made.lay_out()
    return made


@pytest.fixture
def call(tmp_path, trials):
    """The command line, as a process that starts at once; its exit code and what it printed."""
    env = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}

    def run(*arguments, boxes=False):
        command = [*map(str, arguments), *(["--boxes", str(none(tmp_path)), "-j", "1"] if boxes else [])]
        process = trials.warm.start(command, root=str(tmp_path), log=str(tmp_path / "log"), env=env)
        code = process.wait(120)
        process.close()
        said = (tmp_path / "log").read_text()
        assert "Traceback" not in said
        return code, said

    return run


def rows(run):
    return [row for p in (run.private / "samples").glob("*.parquet") for row in read_table(p).to_pylist()]


def none(tmp_path):
    """A file of boxes that gives none, so that nothing has to be looked for."""
    path = tmp_path / "none.json"
    path.write_text(json.dumps({"images": [], "annotations": []}))
    return path


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_fault(trials, name):
    if FAULTS[name].needs_mount and not trials.mounts:
        pytest.skip("small disks can be mounted by root alone; file-too-large stands for them")
    told = trials.run(f"directed-{name}", fault=name, case=FOLDER, step=150)
    assert told.wrong == ""
    assert told.struck


@pytest.mark.parametrize("name", ["source-deleted", "source-overwritten", "source-replaced", "source-truncated"])
def test_fault_of_a_container(trials, name):
    told = trials.run(f"container-{name}", fault=name, case=TARS, step=70)
    assert told.wrong == ""
    assert told.struck


@pytest.mark.parametrize("number", range(15))
def test_trial(trials, number):
    rare = {c.name: c for c in CASES if c.way == "scrub"}
    case = list(rare.values())[number % len(rare)]
    assert trials.run(f"ci-{number}", case=case).wrong == ""


def test_the_harness_sees_what_is_wrong(trials, monkeypatch):
    """A run that loses a file, leaves one, or reads what it wrote without counting."""
    plain, steps = trials.known.get(FOLDER) or faults.undisturbed(FOLDER, trials.root / "plain", trials.warm)
    monkeypatch.setitem(trials.known, FOLDER, (State({"lost.jpg": "0"} | plain.tree, plain.rows, plain.counts), steps))
    assert "file lost.jpg" in trials.run("1", fault="clock", case=FOLDER, step=5).wrong
    rows = {key: row | {"reason": "another"} for key, row in plain.rows.items()}
    monkeypatch.setitem(trials.known, FOLDER, (State(plain.tree, rows, plain.counts), steps))
    assert "reason" in trials.run("1", fault="clock", case=FOLDER, step=5).wrong


def test_a_terminated_verify_leaves_no_listing(place):
    for command in place.commands()[:1]:
        assert place.finish(command) == 0
    process = place.start(place.commands()[1], step=60)
    assert process.held(60)
    os.kill(process.pid, signal.SIGTERM)
    process.go_on()
    assert place.ended(process) == 1
    process.close()
    assert "run the same command again to resume" in place.said()
    assert list(place.temporary.iterdir()) == []
    assert not (place.run.private / "verifying").exists()


def test_a_destination_that_is_gone_is_not_made_anew(tmp_path, call):
    source = folder(tmp_path / "source")
    assert call("scrub", source, tmp_path / "out", boxes=True)[0] == 0
    output = formats.Output(str(tmp_path / "out"), identity=formats.identity_of(tmp_path / "out"))
    destination = formats.Destination(output, listing=tmp_path / "out.run/private/listing")
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    with pytest.raises(EngineError, match="put it back"):
        formats.Destination(output, listing=tmp_path / "out.run/private/listing")
    with pytest.raises(EngineError, match="put DEST back"):
        destination.store.write("a/b.jpg", b"x", token="t")
    code, said = call("scrub", source, tmp_path / "out", boxes=True)
    assert (code, "is not there any more" in said) == (1, True)
    (tmp_path / "out").mkdir()
    with pytest.raises(EngineError, match="put DEST back"):
        destination.settle()
    with pytest.raises(EngineError, match="put it back"):
        formats.Destination(output, listing=tmp_path / "out.run/private/listing")
    code, said = call("scrub", source, tmp_path / "out", boxes=True)
    assert (code, "is empty, and" in said) == (1, True)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("make", [tars, parquet])
@pytest.mark.parametrize("to", ["folder", "webdataset", "parquet"])
def test_a_container_that_is_gone_fails_its_images_and_no_other(tmp_path, call, make, to):
    source, run = make(tmp_path / "source"), Run(tmp_path / "out.run")
    assert call("scrub", source, tmp_path / "out", "--to", to, "--metadata", "keep", boxes=True)[0] == 0
    whole = files(tmp_path / "out")
    gone = min(path for path in source.rglob("*") if path.suffix in {".tar", ".parquet"})
    gone.rename(tmp_path / "away")
    keep = ("decide", run.path, "--metadata", "keep")
    (tmp_path / "gone.txt").write_text(f"{min(row['key'] for row in rows(run))}\n")
    call(*keep, "--remove", tmp_path / "gone.txt")
    code, said = call("act", run.path, "-j", "1")
    assert (code, "the counts reconcile" in said) == (2, True)
    lost = [row for row in rows(run) if row["key"].startswith(gone.relative_to(source).as_posix())]
    assert {(row["outcome"], row["reason"]) for row in lost} == {("failed", "vanished"), ("removed", None)}
    assert {row["outcome"] for row in rows(run) if row not in lost} == {"identical"}
    names = [row["output"] for row in rows(run) if row["output"]]
    if to == "folder" and make is tars:  # nothing of a record stays without its images
        kept = {name.rpartition("/")[2].split(".")[0] for name in names} | {"metadata", "zz-0", "zz-1"}
        assert {path.name.split(".")[0] for path in (tmp_path / "out").rglob("*") if path.is_file()} <= kept
    (tmp_path / "away").rename(gone)
    call(*keep)
    assert call("act", run.path, "-j", "1")[0] == 0
    assert files(tmp_path / "out") == whole


def test_what_could_not_be_read_is_read_again_by_the_same_command(tmp_path, call):
    source = folder(tmp_path / "source")
    image = source / "train/cat/002.jpg"
    run = Run(tmp_path / "out.run")
    scan, act = ("scan", source, "--run", run.path), ("act", run.path, tmp_path / "out", "-j", "1")
    assert call(*scan, boxes=True)[0] == 0  # lists
    for marker in (run.private / "shards").iterdir():
        marker.unlink()
    image.rename(tmp_path / "away.jpg")
    assert "failed" in call(*scan, boxes=True)[1]
    call("decide", run.path)
    assert call(*act)[0] == 2
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.jpg")}
    assert len(written) == 8
    call(*scan, boxes=True)
    assert call(*act)[0] == 2
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.jpg")} == written
    (tmp_path / "away.jpg").rename(image)
    assert call(*scan, boxes=True)[0] == 0
    assert call(*act)[0] == 0
    assert (tmp_path / "out/train/cat/002.jpg").read_bytes() == image.read_bytes()
    assert {row["outcome"] for row in rows(run)} == {"identical"}


def test_a_tar_that_is_written_to_while_it_is_read_is_noticed(tmp_path):
    source = tars(tmp_path / "source", shards=1)
    opened = formats.open_source(source)
    opened.write_listing(tmp_path / "listing")
    samples = formats.read_shard(tmp_path / "listing", formats.read_shards(tmp_path / "listing")[0])
    records = opened.records(samples)
    opened.read(samples[0])
    next(records)
    path = source / "train-000000.tar"
    path.write_bytes(path.read_bytes()[:-4096])
    os.utime(path, ns=(1, 1))
    with pytest.raises(SampleError, match="written to while"):
        opened.read(samples[1])
    with pytest.raises(SampleError, match="written to while"):
        next(records)
    opened.close()
    assert members(source)


def test_damaged_decisions_come_back_by_deleting_them(tmp_path, call):
    source = folder(tmp_path / "source")
    scrub = ("scrub", source, tmp_path / "out")
    call(*scrub, boxes=True)
    run = Run(tmp_path / "out.run")
    path = min((run.private / "decisions/0001").glob("*.parquet"))
    path.write_bytes(path.read_bytes()[:50])
    assert "delete it and run the scrub or act again" in call("report", run.path)[1]
    path.unlink()
    assert call(*scrub, boxes=True)[0] == 0
    assert call("verify", tmp_path / "out", "-j", "1")[0] == 0
    assert "delete it" in rebuilding(run.shard_file("boxes", "0"))
    assert "marker" in rebuilding(run.shard_file("samples", "0"))


def test_a_damaged_current_json_is_no_loop(tmp_path, call):
    scrub = ("scrub", folder(tmp_path / "source"), tmp_path / "out")
    call(*scrub, boxes=True)
    run = Run(tmp_path / "out.run")
    (run.private / "decisions/current.json").write_bytes(b"")
    assert call(*scrub, boxes=True)[0] == 0  # there was but one
    call("decide", run.path)
    (run.private / "decisions/current.json").write_bytes(b"\0\0\0")
    code, said = call("act", run.path)
    assert (code, "overpaint decide" in said) == (1, True)
    assert call("decide", run.path)[0] == 0
    assert call("act", run.path, "-j", "1")[0] == 0
    assert call("verify", tmp_path / "out", "-j", "1")[0] == 0


def test_names_that_a_file_system_takes_for_one_are_refused_at_the_start(tmp_path, monkeypatch):
    source = folder(tmp_path / "source")
    shutil.copy(source / "train/cat/002.jpg", source / "train/cat/002.JPG")
    monkeypatch.setattr(formats, "folds_case", lambda _: True)
    with pytest.raises(RunError, match=r"1 such \(train/cat/002\.jpg\)"):
        overpaint.scrub(source, tmp_path / "out", boxes=none(tmp_path), workers=1)
    assert list((tmp_path / "out").iterdir()) == []
    monkeypatch.undo()
    assert not formats.folds_case(tmp_path)
    assert formats.merging(["\u00e9.jpg", "e\u0301.JPG", "Stra\u00dfe", "STRASSE", "x"]) == ("e\u0301.JPG", 2)


def test_a_file_system_that_folds_case_is_known(tmp_path, monkeypatch):
    real = Path.exists
    monkeypatch.setattr(Path, "exists", lambda self: real(self.with_name(self.name.lower())))
    assert formats.folds_case(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_tables_and_outputs_are_on_the_disk_before_the_marker(tmp_path, monkeypatch):
    """Recorded in the process that works: what is flushed, in which order."""
    from overpaint import pipeline, rundir
    from overpaint.formats import _writer

    source = folder(tmp_path / "source")
    run = Run(tmp_path / "out.run")
    overpaint.scan(source, run=run.path, boxes=none(tmp_path), workers=1, shard_size=64)
    overpaint.decide(run.path)
    (tmp_path / "out").mkdir()
    output = formats.Output(str(tmp_path / "out"))
    config = pipeline.RoomConfig(run=run.path, generation="0001", output=output, looks=False)
    order = []
    fsync = os.fsync

    def recorded(descriptor):
        order.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    monkeypatch.setattr(rundir._files.os, "fsync", recorded)
    monkeypatch.setattr(_writer, "flush_disk", lambda root: order.append(Path(os.fsdecode(root)).name))
    ref = formats.read_shards(run.listing)[0]
    pipeline.act_shard(pipeline.open_room(config), ref, lambda _: None)
    assert order == ["out", f".{ref.id}.parquet.tmp", f".{ref.id}.json.tmp"]


def test_a_disk_that_fails_while_it_is_flushed_is_an_error(tmp_path, monkeypatch):
    from overpaint.formats import _flush, _writer

    with pytest.raises(OSError, match="No such file"):
        _flush.flush_disk(os.fsencode(tmp_path / "none"))
    writer = _writer.FolderWriter(tmp_path)

    def fails(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(_writer, "flush_disk", fails)
    with pytest.raises(EngineError, match="Input/output error"):
        writer.settle()
