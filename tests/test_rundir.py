"""The run directory: whole files, a closed private half, one owner at a time, and clear words when it is damaged."""

import datetime as dt
import errno
import stat

import pyarrow as pa
import pytest

from overpaint.errors import EngineError, RunError
from overpaint.plan import DetectorPlan, Plan
from overpaint.rundir import Run, disk_errors, read_table, write_bytes, write_table

DAY = dt.date(2026, 11, 22)
PLAN = Plan(
    "/photos", "train", "fast", (DetectorPlan("yunet", "1", "ab" * 32, "MIT", "WIDER FACE"),), "version = 1\n", DAY
)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "a.run")
    run.create(PLAN)
    return run


def test_a_plan_comes_back_as_it_was_frozen(run):
    assert Run.open(run.path).plan() == PLAN
    assert run.plan().differences(PLAN) == []
    assert stat.S_IMODE(run.plan_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(run.private.stat().st_mode) == 0o700


def test_differences_are_named_and_the_day_is_none():
    other = Plan("/photos", "train", "balanced", PLAN.detectors, PLAN.policy, dt.date(2027, 1, 1), shard_size=7)
    assert PLAN.differences(other) == ["profile", "shard_size"]


@pytest.mark.parametrize("text", ["", "source = 1", "not toml [", 'source = "x"\nunknown = 3'])
def test_what_is_no_plan_is_refused_by_name(run, text):
    run.plan_file.write_text(text)
    with pytest.raises(RunError, match=r"plan\.toml is not a plan"):
        run.plan()


def test_no_run_is_told_how_to_make_one(tmp_path):
    with pytest.raises(RunError, match="overpaint scan"):
        Run.open(tmp_path)


def test_a_second_process_is_told_to_wait(run):
    with run.lock(), pytest.raises(RunError, match="in use"), run.lock():
        pass
    with run.lock():
        pass


def test_a_marker_that_was_cut_off_counts_as_none(run):
    run.write_marker("s", {"scanned": True})
    assert run.marker("s") == {"scanned": True}
    (run.private / "shards" / "s.json").write_text('{"scan')
    assert run.marker("s") == {}
    assert run.marker("never") == {}


def test_generations_count_up_and_know_their_day(run):
    assert run.generation() is None
    assert run.next_generation() == "0001"
    run.begin_generation("0001", policy="version = 1\n", day=DAY)
    assert run.generation() is None
    run.set_generation("0001")
    assert (run.generation(), run.next_generation(), run.day("0001")) == ("0001", "0002", DAY)
    (run.private / "decisions" / "current.json").write_text("{}")
    assert run.generation() == "0001"  # which must have been in force
    run.begin_generation("0002", policy="version = 1\n", day=DAY)
    assert run.next_generation() == "0003"
    with pytest.raises(RunError, match="decide"):
        run.generation()
    with pytest.raises(RunError, match="decide"):
        run.day("0007")


def test_a_destination_is_remembered(run, tmp_path):
    assert run.destination() is None
    run.set_destination({"place": str(tmp_path / "out"), "kind": "folder"})
    assert run.destination() == {"place": str(tmp_path / "out"), "kind": "folder"}


def test_tables_are_whole_or_absent_and_damage_is_named(tmp_path):
    table = pa.table({"a": [1, 2]})
    file = tmp_path / "t.parquet"
    write_table(file, table)
    assert read_table(file).equals(table)
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(RunError, match=r"t\.parquet cannot be read"):
        read_table(file)


def test_a_file_that_cannot_be_written_whole_is_not_written(tmp_path):
    write_bytes(tmp_path / "f", b"old")
    with pytest.raises(EngineError, match="g"):
        write_bytes(tmp_path / "missing" / "g", b"new")
    assert (tmp_path / "f").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "permission"), (errno.EDQUOT, "quota")],
)
def test_what_a_disk_says_becomes_one_line_with_the_remedy(tmp_path, number, remedy):
    with pytest.raises(EngineError, match=remedy), disk_errors(tmp_path):
        raise OSError(number, "said the disk", str(tmp_path / "x"))
