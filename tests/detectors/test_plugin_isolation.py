"""Other packages' detectors: whatever one of them does costs its own findings only."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from overpaint.detectors import Detection, Looker, View, available, open_looker
from overpaint.detectors._plugins import Answer, DetectorFault, Isolated, Limits, Order
from overpaint.errors import ModelError, OverpaintWarning, UsageError
from overpaint.records import Box

LIMITS = Limits(seconds=60, memory=1 << 28, strikes=10)
SEEN = Detection("lamp", 0.5, Box(1, 2, 3, 4))

# The upper left pixel says what happens: 0 is an ordinary picture.
MODULE = """
import ctypes, os, random, signal, sys, threading, time
import numpy as np
from overpaint.detectors import Detection
from overpaint.errors import ModelError
from overpaint.records import Box

SEEN = Detection("lamp", 0.5, Box(1, 2, 3, 4))
kept = []

class Lamps:
    name, version, weights, kinds, long_side = "lamps", "1", "", ("lamp", "text-other"), 0
    licence = "MIT"
    times = 0

    def detect(self, image):
        self.times += 1
        return getattr(self, "do_" + WORDS[image[0, 0, 0]])(image)

    def do_well(self, image): return [SEEN]
    def do_raise(self, image): raise ValueError("no idea")
    def do_leave(self, image): sys.exit(3)
    def do_exit(self, image): os._exit(3)
    def do_crash(self, image): ctypes.string_at(0)
    def do_hang_deaf(self, image):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True: pass
    def do_swell(self, image):
        while True: kept.append(np.ones(1 << 22))
    def do_leak(self, image):
        kept.append(np.ones(5 << 21))  # 80 MiB
        return [SEEN]
    def do_scribble(self, image):
        try:
            image.flags.writeable = True
        except ValueError:
            pass
        image[:] = 255
    def do_scribble_in_c(self, image):
        ctypes.memset(image.ctypes.data, 255, image.nbytes)
    def do_print(self, image):
        print("print" * 100_000, flush=True); os.write(1, b"fd 1"); os.write(2, b"fd 2")
        print("stderr", file=sys.stderr, flush=True)
        return [SEEN]
    def do_babble(self, image):  # to every descriptor it can find, the wire among them
        for fd in range(3, 64):
            try: os.write(fd, b"\\xff" * 64)
            except OSError: pass
        return [SEEN]
    def do_partly(self, image):
        return [SEEN, 7, Detection("cat", 0.5, None), Detection("lamp", float("nan"), None)]
    def do_no_list(self, image): return 7
    def do_many(self, image): return [SEEN] * 20_000
    def do_numpy(self, image):
        return (Detection("lamp", np.float32(0.25), Box(np.float32(-1), 2, np.float64(3), np.int64(4))),)
    def do_text(self, image): return [Detection("text-other", 0.5, None, "caf\\xe9 \\ud800 \\U0001f600\\n")]
    def do_lots(self, image):
        return [Detection("lamp", (random.random() + np.random.rand()) / 2, None)]
    def do_count(self, image): return [Detection("lamp", self.times / 1000, None)]
    def do_sum(self, image): return [Detection("lamp", float(image.mean()) / 255, Box(0, 0, *image.shape[1::-1]))]
    def do_pid(self, image): return [Detection("text-other", 0.5, None, str(os.getpid()))]
    def do_second(self, image):  # dies where it has seen another picture before
        if self.times > 1: os._exit(1)
        return [SEEN]
    def do_fork(self, image):  # its child keeps all descriptors open
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        os._exit(1)

WORDS = [name[3:] for name in dir(Lamps) if name.startswith("do_")]
WORDS.remove("well")
WORDS.insert(0, "well")

def make(*, threads): return Lamps()
def threads(*, threads):
    lamps = Lamps(); lamps.version = str(threads); return lamps
def nothing(*, threads): return object()
def trouble(*, threads): raise RuntimeError("no licence key")
def no_model(*, threads): raise ModelError("lamps.onnx is missing; run `lamps get`")
def die(*, threads): os._exit(7)
def hang(*, threads): time.sleep(100)
def changes(*, threads):
    lamps = Lamps(); lamps.version = str(os.getpid()); return lamps
"""
WORDS = sorted(line.split("(")[0].strip()[7:] for line in MODULE.splitlines() if line.startswith("    def do_"))
WORDS.remove("well")
WORDS.insert(0, "well")


@pytest.fixture(scope="module")
def lamps(tmp_path_factory):
    place = tmp_path_factory.mktemp("plugin")
    (place / "lamps.py").write_text(MODULE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])]))
        yield place


def order(function="make", name="lamps"):
    return Order(name, f"lamps:{function}", threads=1, owner="package lamps")


@pytest.fixture(scope="module")
def running(lamps):
    """One for all that leave it well, or that it comes back from."""
    detector = Isolated(order(), LIMITS)
    yield detector
    detector.close()


@pytest.fixture
def detector(running):
    running._strikes = 0
    return running


def picture(word="well", height=40, width=60):
    image = np.zeros((height, width, 3), np.uint8)
    image[0, 0, 0] = WORDS.index(word)
    return image


def asked(detector, word, **size):
    view = View(picture(word, **size))
    return view.ask(detector), [fault.sentence for fault in view.faults]


def test_it_says_what_it_is_and_answers(detector):
    assert (detector.name, detector.version, detector.weights) == ("lamps", "1", "")
    assert (detector.kinds, detector.long_side, detector.licence) == (("lamp", "text-other"), 0, "MIT")
    assert asked(detector, "well") == ([SEEN], [])


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("raise", "raised ValueError: no idea"),
        ("leave", "raised SystemExit: 3"),
        ("scribble", "raised ValueError: assignment destination is read-only"),
        ("no_list", "returned int instead of a sequence of Detection"),
    ],
)
def test_what_it_raises_costs_its_own_findings_only(detector, word, sentence):
    assert asked(detector, word) == ([], [sentence])
    assert asked(detector, "well") == ([SEEN], [])


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("exit", "ended with exit code 3"),
        ("crash", "ended by SIGSEGV"),
        ("swell", "took more than 0.25 GiB of memory"),
        ("scribble_in_c", "ended by SIGSEGV"),
        ("babble", "sent something that is no answer"),
        ("fork", "ended with exit code 1"),
    ],
)
def test_its_death_costs_its_own_findings_only(detector, word, sentence):
    assert asked(detector, word) == ([], [sentence])
    assert detector._process is None
    assert detector._strikes == 1


def test_one_that_takes_too_long_is_ended(lamps):
    detector = Isolated(order(), Limits(seconds=1))
    assert asked(detector, "hang_deaf") == ([], ["took longer than 1 s"])
    assert detector._strikes == 4
    detector._limits = LIMITS
    assert asked(detector, "well") == ([SEEN], [])


def test_what_can_be_used_of_an_answer_is_used(detector):
    found, faults = asked(detector, "partly")
    assert found == [SEEN]
    assert faults == [
        "returned int instead of Detection",
        "reported the kind 'cat', which it does not declare",
        "gave the score nan, which is not between 0 and 1",
    ]


def test_many_things_are_too_many(detector):
    found, faults = asked(detector, "many")
    assert len(found) == 10_000
    assert faults == ["reported 20000 things, of which the first 10000 were taken"]


def test_numbers_of_numpys_become_plain_and_boxes_are_clipped(detector):
    (found,), faults = asked(detector, "numpy")
    assert not faults
    assert found == Detection("lamp", 0.25, Box(0.0, 2.0, 3.0, 4.0))
    assert type(found.score) is type(found.box.x0) is type(found.box.y1) is float


def test_text_comes_over_and_can_be_written(detector):
    (found,), _ = asked(detector, "text")
    assert found.text == "café � 😀\n"
    found.text.encode()


def test_nothing_reaches_the_terminal(detector, capfd):
    assert asked(detector, "print") == ([SEEN], [])
    assert capfd.readouterr() == ("", "")


def test_a_picture_is_the_same_over_there_whatever_its_size_and_layout(detector):
    for height, width in ((1, 1), (1, 5000), (3000, 2000), (40, 60), (2, 3)):
        image = np.random.default_rng(height).integers(0, 255, (height, width, 3)).astype(np.uint8)
        image[0, 0, 0] = WORDS.index("sum")
        for same in (image, np.ascontiguousarray(image[..., ::-1])[..., ::-1], np.asfortranarray(image)):
            assert detector.detect(same) == [
                Detection("lamp", float(image.mean()) / 255, Box(0.0, 0.0, float(width), float(height)))
            ]


def test_who_draws_lots_draws_the_same_for_the_same_picture(detector):
    before = asked(detector, "lots")
    assert asked(detector, "lots") == before
    detector.close()
    assert asked(detector, "lots") == before


def test_a_picture_is_not_blamed_for_what_came_before_it(detector):
    """It dies over every second picture; each is shown again to a fresh process."""
    for _ in range(2):
        assert asked(detector, "second") == ([SEEN], [])
    assert detector._strikes == 0


def test_one_that_is_killed_between_two_pictures_comes_back(detector):
    asked(detector, "well")
    detector._process.answered = 0  # as if it had not seen any yet
    os.kill(detector._process._child.pid, signal.SIGKILL)
    detector._process._child.wait()
    assert asked(detector, "well") == ([SEEN], [])
    assert detector._strikes == 0


def test_a_leak_costs_time_and_no_findings(lamps):
    detector = Isolated(order(), Limits(memory=1 << 29))
    pids = set()
    for _ in range(6):
        assert asked(detector, "leak") == ([SEEN], [])
        pids.add(asked(detector, "pid")[0][0].text)
    assert 1 < len(pids) < 6
    assert detector._strikes == 0
    last = detector._process._child.pid
    assert alive(last)
    del detector  # and its process with it
    assert not alive(last)


def test_one_that_fails_too_often_is_asked_no_more(lamps):
    detector = Isolated(order(), Limits(strikes=2))
    assert asked(detector, "exit")[1] == ["ended with exit code 3"]
    with pytest.warns(
        OverpaintWarning, match=r"detector 'lamps' of package lamps was not asked any more.*not looked at"
    ):
        assert asked(detector, "exit")[1] == ["ended with exit code 3"]
    for _ in range(3):  # once warned is enough
        found, (fault,) = asked(detector, "well")
        assert not found
        assert fault == "was not asked any more after too many failures; the last: it ended with exit code 3"
    assert detector._process is None


def test_answers_take_strikes_back(detector):
    detector._strikes, detector._answers = 2, 0
    for _ in range(39):
        detector.detect(picture())
    assert detector._strikes == 1
    detector.detect(picture())
    assert detector._strikes == 0


def test_the_rest_of_the_detectors_still_see(detector):
    class Own:
        name, version, weights, kinds, long_side = "own", "1", "", ("face",), 0

        def detect(self, image):
            return [Detection("face", 0.9, Box(0, 0, 5, 5))]

    look = Looker.asking([(detector, None), (Own(), None)], floor=0.3, min_confidence=0.6).look(picture("crash"))
    assert [seen.detector for seen in look.seen] == ["own"]
    assert [str(fault) for fault in look.errors] == ["lamps ended by SIGSEGV"]


def test_it_is_found_by_the_entry_point_of_its_package(lamps, monkeypatch):
    about = lamps / "lamps_package-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lamps-package\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[overpaint.detectors]\nlamps = lamps:threads\nbroken = lamps:trouble\n")
    monkeypatch.syspath_prepend(lamps)
    assert {"broken", "centerface", "lamps", "yunet"} <= set(available())
    looker = open_looker("lamps", threads=3)
    assert looker.detectors[0].version == "3"
    assert looker.look(picture()).seen[0].detection == SEEN
    with pytest.raises(UsageError, match=r"detector 'broken' of package lamps-package.*RuntimeError: no licence key"):
        open_looker("yunet,broken")


@pytest.mark.parametrize(
    ("function", "kind", "sentence"),
    [
        ("die", UsageError, "cannot be opened: it ended with exit code 7"),
        ("nothing", UsageError, "wrong or missing: detect, name, version, weights, kinds, long_side"),
        ("no_model", ModelError, "^lamps.onnx is missing; run `lamps get`$"),
    ],
)
def test_one_that_cannot_be_opened_is_refused_in_one_line(lamps, function, kind, sentence):
    with pytest.raises(kind, match=sentence) as caught:
        Isolated(order(function), LIMITS)
    assert "\n" not in str(caught.value)


def test_one_that_does_not_open_in_time_is_refused(lamps):
    with pytest.raises(UsageError, match="it did not open within 1 s"):
        Isolated(order("hang"), Limits(opening=1))


def test_one_that_comes_back_as_another_is_turned_off(lamps):
    detector = Isolated(order("changes"), LIMITS)
    asked(detector, "exit")
    with pytest.warns(OverpaintWarning, match="came back as another one"):
        assert "came back as another one" in asked(detector, "well")[1][0]


def alive(pid):
    try:
        return (
            "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
            if sys.platform == "linux"
            else not os.kill(pid, 0)
        )
    except (OSError, ProcessLookupError):
        return False


def test_its_process_ends_with_a_worker_that_is_killed(lamps):
    program = f"""
        import numpy as np
        from overpaint.detectors._plugins import Isolated, Limits, Order
        detector = Isolated(Order("lamps", "lamps:make", threads=1), Limits(seconds=60))
        print(detector._process._child.pid, flush=True)
        image = np.zeros((4, 4, 3), np.uint8)
        image[0, 0, 0] = {WORDS.index("hang_deaf")}
        while True: detector.detect(image)
    """
    worker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    pid = int(worker.stdout.readline())
    assert alive(pid)
    os.kill(pid, signal.SIGINT)  # which it does not heed
    worker.kill()
    worker.communicate()
    until = time.monotonic() + 20
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not alive(pid)


def test_limits_come_from_the_environment(monkeypatch):
    assert Limits.here() == Limits()
    monkeypatch.setenv("OVERPAINT_DETECTOR_SECONDS", "5")
    monkeypatch.setenv("OVERPAINT_DETECTOR_MEMORY", "0.5")
    assert Limits.here() == Limits(seconds=5, memory=1 << 29)


@pytest.mark.parametrize("value", ["0", "251", "long", "nan", "-1"])
def test_limits_that_cannot_be_are_named(monkeypatch, value):
    monkeypatch.setenv("OVERPAINT_DETECTOR_SECONDS", value)
    with pytest.raises(UsageError, match=f"OVERPAINT_DETECTOR_SECONDS={value}: write whole seconds"):
        Limits.here()


def test_an_answer_is_a_list_with_faults():
    answer = Answer([SEEN], ["said nothing"])
    assert (answer, answer.faults) == ([SEEN], ("said nothing",))
    assert issubclass(DetectorFault, Exception)
