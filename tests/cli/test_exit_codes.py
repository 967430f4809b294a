"""0 fine, 1 could not do it, 2 checked and failed; one line says what is wrong; stdout is for results only."""

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from small_dataset import tree

FAST = ("--profile", "fast", "-j", "1")


def one_line(called):
    assert called.code == 1
    assert called.out == ""
    assert called.err.count("\n") == 1
    assert called.err.startswith("overpaint: ")
    return called.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["scrub"], "SOURCE"),
        (["scrub", "a"], "DEST"),
        (["scrub", "a", "b", "--nonsense"], "--nonsense"),
        (["scrub", "a", "b", "--look", "imagenet2021"], "--look"),
        (["scrub", "a", "b", "--cells", "0"], "--cells"),
        (["nonsense"], "nonsense"),
        (["act"], "RUN"),
        (["models", "get"], "--all"),
        (["verify", "a", "--boxes", "b"], "DEST"),
    ],
)
def test_wrong_usage_is_1_and_one_line(overpaint_, arguments, word):
    said = one_line(overpaint_(*arguments))
    assert word in said
    assert "--help`" in said or arguments[0] == "verify"  # that one click cannot know


def test_what_cannot_be_done_is_1_and_names_it(overpaint_, photos, boxes, tmp_path):
    assert "nowhere" in one_line(overpaint_("scrub", tmp_path / "nowhere", tmp_path / "out"))
    assert "overpaint" in one_line(overpaint_("report", tmp_path / "none.run"))
    assert "none.json" in one_line(overpaint_("scrub", photos, tmp_path / "o", "--boxes", tmp_path / "none.json"))
    assert "no profile or detector" in one_line(overpaint_("scrub", photos, tmp_path / "o", "--profile", "turbo"))
    assert not (tmp_path / "o").exists()


def test_a_missing_model_names_the_command_that_brings_it(overpaint_, photos, tmp_path, monkeypatch):
    monkeypatch.setenv("OVERPAINT_MODELS", str(tmp_path / "empty"))
    monkeypatch.setattr("overpaint.models._store.PACKAGE", "overpaint_models_of_nobody")
    assert "overpaint models get yunet" in one_line(overpaint_("scrub", photos, tmp_path / "out"))
    diagnosis = overpaint_("doctor")
    assert (diagnosis.code, diagnosis.err) == (2, "")
    assert "FAIL model yunet: missing; run `overpaint models get yunet`" in diagnosis.out
    assert overpaint_("models", "list").code == 0


def test_failed_samples_are_2_unless_allowed(overpaint_, photos, boxes, tmp_path):
    out = tmp_path / "out"
    arguments = ("scrub", photos, out, "--boxes", boxes, "-j", "1")
    assert overpaint_(*arguments).code == 2
    assert overpaint_(*arguments, "--allow-failed", "2").code == 2
    assert overpaint_(*arguments, "--allow-failed", "3").code == 0
    assert overpaint_("act", tmp_path / "out.run", "-j", "1").code == 2
    assert overpaint_("act", tmp_path / "out.run", "-j", "1", "--allow-failed", "3").code == 0
    assert overpaint_("verify", out, "-j", "1").code == 0
    (out / "train/landscape/0.jpg").write_bytes((photos / "train/landscape/0.jpg").read_bytes())
    spoiled = overpaint_("verify", out, "-j", "1")
    assert (spoiled.code, spoiled.err) == (2, "")
    assert "train/landscape/0.jpg" in spoiled.out
    assert overpaint_("verify", out, "-j", "1", "--allow-failed", "1").code == 0


def test_json_is_all_there_is_on_stdout_and_stderr_is_empty_in_a_pipe(overpaint_, photos, boxes, tmp_path):
    run, out = tmp_path / "p.run", tmp_path / "out"
    scanned = overpaint_("scan", photos, "--run", run, "--boxes", boxes, "-j", "1", "--json")
    decided = overpaint_("decide", run, "--json")
    acted = overpaint_("act", run, out, "-j", "1", "--json")
    reported = overpaint_("report", run, "--json")
    verified = overpaint_("verify", run, "-j", "1", "--json")
    calls = [scanned, decided, acted, reported, verified, overpaint_("doctor", "--json")]
    calls += [overpaint_("models", "list", "--json"), overpaint_("models", "verify", "--json")]
    for called in calls:
        assert called.err == ""
        assert isinstance(called.value, dict)
    assert acted.value["conservation"]["outcomes"]["redacted"] == 1
    assert decided.value["samples"] == 13
    assert verified.value["failed"] == 0
    assert reported.value | {"verification": None} == acted.value | {"verification": None}


def test_as_a_program_it_is_silent_on_stderr(program, photos, tmp_path):
    done = program("scrub", photos, tmp_path / "out", *FAST, "--json", "--allow-failed", "3")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["conservation"]["outcomes"]["redacted"] == 6


def test_a_reader_that_goes_away_is_no_traceback(photos):
    command = [sys.executable, "-m", "overpaint", "models", "list"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1


def test_interrupted_it_says_so_in_one_line_and_resumes(photos, program, tmp_path):
    many, out = tmp_path / "many", tmp_path / "out"
    shutil.copytree(photos / "train", many)
    for index in range(90):  # enough to be in the middle of, also where other tests share the cores
        shutil.copy(photos / "train/portrait/0.jpg", many / "portrait" / f"again{index}.jpg")
    arguments = ["scrub", str(many), str(out), *FAST, "--shard-size", "1"]
    command = [sys.executable, "-m", "overpaint", *arguments]
    # whoever runs the tests in the background has told them, and so their children, to ignore Ctrl-C
    heeds = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heeds
    )
    markers = tmp_path / "out.run" / "private" / "shards"
    give_up = time.monotonic() + 60
    while not (markers.is_dir() and any(markers.glob("*.json"))) and time.monotonic() < give_up:
        assert process.poll() is None, "it ended before it could be interrupted"
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does: to all of them at once
    said, problem = process.communicate(timeout=60)
    assert process.returncode == 1
    # click ends the terminal's line of ^C first
    assert (said, problem.lstrip("\n")) == ("", "overpaint: interrupted; run the same command again to resume\n")
    finished = sum(1 for _ in markers.glob("*.json"))
    assert 0 < finished < 98
    assert program(*arguments).code == 0
    whole = tmp_path / "whole"
    program("scrub", many, whole, *FAST)
    assert tree(out) == tree(whole)


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_hinder_nothing(photos, boxes, tmp_path, closed):
    """As a daemon has them: what is opened in their place must not get what belongs on them."""
    command = [sys.executable, "-m", "overpaint", "scrub", photos, tmp_path / "out", "--boxes", boxes, "-j", "1"]
    done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *map(str, command)], check=False)
    assert done.returncode == 2  # three files cannot be handled
    assert len(tree(tmp_path / "out")) == 12  # readme.txt among them


def test_a_name_that_the_system_refuses_is_one_line(overpaint_, photos, boxes, tmp_path):
    assert "too long" in one_line(overpaint_("scrub", photos, tmp_path / ("n" * 300), "--boxes", boxes)).lower()
