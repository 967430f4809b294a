"""The local engine: every item once, progress that adds up, deaths that cost one row."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from overpaint.engines import Job, run_local
from overpaint.engines._board import Board
from overpaint.errors import EngineError

HERE = str(Path(__file__).parent)


@pytest.fixture(autouse=True)
def rooms_importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (HERE, os.environ.get("PYTHONPATH", "")))))


def run(place, work, items, *, workers=2, opens="open_room", seconds=60.0):
    rows, done = [], {}
    job = Job(f"engine_rooms:{opens}", str(place), f"engine_rooms:{work}", seconds=seconds)
    run_local(job, items, workers=workers, on_rows=rows.append, on_done=done.__setitem__)
    return sum(rows), done


@pytest.mark.parametrize("workers", [1, 3])
def test_every_item_is_done_once_and_progress_adds_up(tmp_path, workers):
    items = [(f"item{i}", i) for i in range(7)]
    rows, done = run(tmp_path, "count", items, workers=workers)
    assert rows == sum(range(7))
    assert done == dict(enumerate(range(7)))
    assert len(list(tmp_path.iterdir())) == sum(range(7))


def test_no_items_is_no_work(tmp_path):
    assert run(tmp_path, "count", []) == (0, {})


def test_a_row_that_kills_its_worker_twice_costs_that_row_only(tmp_path):
    rows, done = run(tmp_path, "crash_on_three", [("a", 6), ("b", 5)])
    assert done == {0: 6, 1: 5}
    assert rows == 11
    written = {p.name: p.read_text() for p in tmp_path.iterdir()}
    assert [k for k, v in written.items() if v != "fine"] == [k for k in written if k.endswith("-3")]
    assert written["a-3"] == written["b-3"] == "worker-died"


def test_a_row_that_kills_in_a_later_pass_is_named_and_counted_once(tmp_path):
    rows, done = run(tmp_path, "crash_on_three_the_second_time", [("a", 6)], workers=1)
    assert done == {0: 6}
    assert rows == 6
    assert {p.name for p in tmp_path.iterdir() if p.read_text() != "fine"} == {"a-3"}


def test_a_death_that_does_not_come_again_costs_nothing(tmp_path):
    _, done = run(tmp_path, "crash_once", [("a", 6)], workers=1)
    assert done == {0: 6}
    assert {p.read_text() for p in tmp_path.glob("a-*")} == {"fine"}


def test_a_row_that_never_ends_is_stopped_and_named(tmp_path):
    _, done = run(tmp_path, "hang_on_two", [("a", 4)], workers=1, seconds=1.5)
    assert done == {0: 4}
    assert (tmp_path / "a-2").read_text() == "took-too-long"


def test_workers_that_end_before_they_begin_are_one_clear_error(tmp_path):
    with pytest.raises(EngineError, match=r"exit code 7.*doctor"):
        run(tmp_path, "count", [("a", 1)], opens="open_nothing")


def test_a_full_disk_stops_the_work_with_its_place(tmp_path):
    with pytest.raises(EngineError, match="/somewhere"):
        run(tmp_path, "full_disk", [("a", 1)])


def test_a_board_shows_its_row_to_whoever_shares_it_and_after_it_was_closed():
    board = Board.create()
    board.row = 7
    other = Board(os.dup(board.descriptor))
    assert other.row == 7
    other.row = 2**40
    board.close()
    board.close()
    assert board.row == 2**40
    other.close()


def test_workers_that_always_end_after_the_last_row_are_an_error_and_no_endless_loop(tmp_path):
    with pytest.raises(EngineError, match="keep ending at the same place"):
        run(tmp_path, "crash_at_the_end", [("a", 2)])


def test_a_death_amidst_a_message_is_a_death_like_any_other(tmp_path):
    assert run(tmp_path, "crash_amidst_a_message", ["a"], workers=1)[1] == {0: "a"}


@pytest.mark.parametrize("error", [ConnectionResetError, BrokenPipeError, EOFError])
def test_what_a_callback_raises_is_the_callers_and_no_workers_death(tmp_path, error):
    def on_rows(new):
        raise error(new)

    with pytest.raises(error):
        run_local(
            Job("engine_rooms:open_room", str(tmp_path), "engine_rooms:count"), [("a", 3)], workers=1, on_rows=on_rows
        )


def test_too_few_descriptors_are_one_clear_error(tmp_path, monkeypatch):
    def none_left():
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("overpaint.engines._local.socket.socketpair", none_left)
    with pytest.raises(EngineError, match="ulimit -n"):
        run(tmp_path, "count", [("a", 1)])


def test_a_parent_that_slept_blames_no_row(tmp_path, monkeypatch):
    """Ctrl-Z stops both; the row a worker was in has not taken as long as the clock says."""
    monkeypatch.setattr("overpaint.engines._local._STALL", 0.5)
    slept = []

    def on_rows(new):
        if not slept:
            slept.append(new)
            for file in tmp_path.glob("pid-*"):
                os.kill(int(file.name[4:]), signal.SIGSTOP)
            time.sleep(1.5)
            for file in tmp_path.glob("pid-*"):
                os.kill(int(file.name[4:]), signal.SIGCONT)

    job = Job("engine_rooms:open_room", str(tmp_path), "engine_rooms:slow", seconds=1.0)
    run_local(job, [("a", 3)], workers=1, on_rows=on_rows)
    assert {p.read_text() for p in tmp_path.glob("a-*")} == {"fine"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
def test_a_worker_in_an_endless_row_ends_with_its_parent(tmp_path):
    code = (
        "from overpaint.engines import Job, run_local\n"
        f"job = Job('engine_rooms:open_room', {str(tmp_path)!r}, 'engine_rooms:hang_and_say_who')\n"
        "run_local(job, ['a'], workers=1, on_rows=print)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.05)
    parent.terminate()
    parent.wait()
    place = Path("/proc") / (tmp_path / "pid").read_text()
    for _ in range(100):
        if not place.exists() or place.joinpath("stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    os.kill(int(place.name), signal.SIGKILL)
    pytest.fail("the worker outlived its parent")
