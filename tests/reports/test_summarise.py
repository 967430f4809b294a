"""Numbers of a run: against a slow reference in plain Python, at every stage of a run, and with damaged files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import random
import re
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fabricated_run import POLICY, YUNET, Fake, fabricate, mark, shard_ids, write_verification
from hypothesis import given
from hypothesis import strategies as st

from overpaint.errors import RunError
from overpaint.painting._metadata._words import NAMES
from overpaint.records import Outcome
from overpaint.reports import lines, summarise, write
from overpaint.reports._database import queries
from overpaint.reports._facts import Rate, Summary, wilson
from overpaint.reports._words import METADATA, OTHER
from overpaint.rundir import read_table, write_table


def some_samples(seed: int, count: int = 120) -> list[Fake]:
    chance = random.Random(seed)
    samples = []
    for n in range(count):
        faces = []
        for _ in range(chance.choice([0, 0, 1, 2])):
            side = chance.choice([3.0, 8.0, 15.99, 16.0, 40.0, 100.0])
            names = chance.choice([("yunet",), ("yunet", "centerface"), ("centerface",), ("given",)])
            faces.append((0.0, 0.0, side, side * 1.5, chance.choice([0.3, 0.599, 0.6, 0.7, 0.95, 1.0]), *names))
        outcome = chance.choice([o.value for o in Outcome])
        failed = outcome == "failed"
        sample = Fake(
            f"{n:05d}/x \udcff.jpg",
            label=chance.choice(["cat", "dog", None, "rare"]) if n % 40 else "once",
            split=chance.choice(["train", "val"]),
            size=n,
            codec=chance.choice(["jpeg", "png", None]),
            looked=not failed,
            outcome=outcome,
            faces=() if failed else faces,
            faces_painted=len(faces) if outcome in {"redacted", "re-encoded"} else 0,
            metadata_removed=chance.choice([None, [], ["exif", "gps"], ["gps", "gps"]]),
            stage="decode" if failed else None,
            reason=chance.choice(["undecodable", "not-an-image"]) if failed else None,
        )
        samples.append(sample)
    return samples


@pytest.mark.parametrize("seed", range(4))
def test_numbers_equal_a_slow_count(tmp_path: Path, seed: int) -> None:
    samples = some_samples(seed)
    got = summarise(fabricate(tmp_path / "run", samples, shard_size=7))
    assert got.conservation.outcomes == {o.value: sum(s.outcome == o.value for s in samples) for o in Outcome}
    assert got.conservation.reconciles
    assert got.conservation.complete
    assert sum(got.conservation.outcomes.values()) == got.conservation.listed == len(samples)
    assert got.looked_at == sum(s.looked for s in samples)

    faces = [face for s in samples for face in s.faces]
    above = [face for face in faces if face[4] >= 0.6]
    assert (got.faces.found, got.faces.above, got.faces.below) == (len(faces), len(above), len(faces) - len(above))
    assert got.faces.painted == sum(s.faces_painted or 0 for s in samples)
    assert got.faces.painted_images == sum(s.outcome in {"redacted", "re-encoded"} for s in samples)
    assert got.rates["with_a_face_of_looked_at"].count == sum(bool(s.faces) for s in samples)
    with_above = sum(any(face[4] >= 0.6 for face in s.faces) for s in samples)
    assert got.rates["with_a_face_above_the_threshold_of_looked_at"].count == with_above
    for d in got.detectors:
        assert d.findings == sum(d.name in face[5:] for face in faces)
        assert d.faces_alone == sum(face[5:] == (d.name,) for face in faces)
    assert got.elsewhere == sum("given" in face[5:] for face in faces)

    for buckets, values in (
        (got.sizes, [face[2] for face in faces]),
        (got.shares, [face[2] / 120 for face in faces]),
        (got.confidences, [face[4] for face in faces]),
    ):
        for bucket in buckets:
            low, high = bucket.low or 0.0, math.inf if bucket.high is None else bucket.high
            assert bucket.faces == sum(low <= value < high for value in values), bucket
        assert sum(bucket.faces for bucket in buckets) == len(faces)
        assert sum(bucket.above for bucket in buckets) == len(above)

    names = Counter(name for s in samples for name in set(s.metadata_removed or ()))
    assert {m.name: m.images for m in got.metadata} == dict(names)
    reasons = Counter(s.reason for s in samples if s.reason)
    assert {f.reason: f.images for f in got.failures} == dict(reasons)
    assert {k.name: k.images for k in got.codecs} == dict(Counter(s.codec or "unknown" for s in samples))


@pytest.mark.parametrize("seed", range(2))
def test_classes_and_splits_sum_to_the_whole(tmp_path: Path, seed: int) -> None:
    samples = some_samples(seed)
    got = summarise(fabricate(tmp_path / "run", samples, shard_size=7))
    for parts in (got.classes, got.splits):
        assert sum(part.listed for part in parts) == len(samples)
        assert sum(part.faces for part in parts) == got.faces.found
        assert sum(part.failed for part in parts) == got.conservation.outcomes["failed"]
        assert sum(part.with_faces.of for part in parts) == got.looked_at
    cat = next(part for part in got.classes if part.name == "cat")
    assert cat.listed == sum(s.label == "cat" for s in samples)
    assert cat.faces_above == sum(face[4] >= 0.6 for s in samples if s.label == "cat" for face in s.faces)
    assert {part.name for part in got.classes} == {
        "cat", "dog", "rare", "(no class)", "classes with fewer than 10 images",
    }  # fmt: skip


def test_two_detectors_see_one_face(tmp_path: Path) -> None:
    sample = Fake("a.jpg", faces=[(0, 0, 20, 20, 0.9, "yunet", "centerface")])
    got = summarise(fabricate(tmp_path / "run", [sample]))
    assert got.faces.found == 1
    assert [d.findings for d in got.detectors] == [1, 1]


def test_what_a_plan_looks_for_is_not_called_left_out(tmp_path: Path) -> None:
    plates = dataclasses.replace(YUNET, name="plates", kinds=("plate",))
    run = fabricate(
        tmp_path / "run", [Fake("a.jpg")], detectors=(YUNET, plates), kinds=("face", "plate"), looks_for="faces,plates"
    )
    got = write(run)
    assert got.numbers.kinds == ("face", "plate")
    assert "<li>licence plates</li>" not in got.report.read_text("utf-8")
    assert any("for faces and plates, by" in line for line in lines(got.numbers))


def test_a_scan_only(tmp_path: Path) -> None:
    samples = [Fake(f"{n}.jpg", outcome=None, faces=[(0, 0, 9, 9, 0.9)]) for n in range(9)]
    samples.append(Fake("bad.jpg", outcome="failed", looked=False, stage="decode", reason="undecodable"))
    got = summarise(fabricate(tmp_path / "run", samples, acted=False))
    c = got.conservation
    assert (c.waiting, c.outcomes["failed"], c.acted, c.reconciles, c.complete) == (9, 1, 0, True, False)
    assert got.policy.generation is None
    assert got.policy.threshold == 0.6
    assert got.faces.above == 9


def test_a_run_that_stopped_half_way(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake(f"{n}.jpg") for n in range(9)], shard_size=4, shards_done=1)
    first, second = shard_ids(run)[:2]
    half_written = run.shard_file("samples", first).read_bytes()
    run.shard_file("samples", second).write_bytes(half_written)  # no marker: it does not count
    c = summarise(run).conservation
    assert (c.listed, c.outcomes["identical"], c.not_reached, c.reconciles) == (9, 4, 5, True)


@pytest.mark.parametrize("samples", [[], [Fake("a.jpg")]])
def test_nothing_found(tmp_path: Path, samples: list[Fake]) -> None:
    got = summarise(fabricate(tmp_path / "run", samples))
    assert got.conservation.reconciles
    assert got.faces.found == 0
    assert got.faces.lowest_confidence is None
    assert len(lines(got)) <= 15


def test_before_anything_is_listed(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [])
    for path in run.listing.iterdir():
        path.unlink()
    got = summarise(run)
    assert got.conservation.listed == 0
    assert got.rates["looked_at_of_listed"].share is None


def test_a_lost_row_does_not_reconcile(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake(f"{n}.jpg") for n in range(8)])
    path = run.shard_file("samples", shard_ids(run)[1])
    write_table(path, read_table(path).slice(1))
    got = summarise(run)
    assert (got.conservation.reconciles, got.conservation.unbalanced) == (False, 1)
    assert any("DO NOT RECONCILE" in line for line in lines(got))


def test_a_swapped_row_does_not_reconcile_though_the_sums_agree(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake(f"{n}.jpg") for n in range(8)])
    path = run.shard_file("samples", shard_ids(run)[1])
    table = read_table(path)
    write_table(path, table.take([0, 1, 2, 2]))
    c = summarise(run).conservation
    assert sum(c.outcomes.values()) == c.listed == 8
    assert (c.reconciles, c.unbalanced) == (False, 1)


def test_an_acted_shard_with_a_row_without_an_outcome_does_not_reconcile(tmp_path: Path) -> None:
    got = summarise(fabricate(tmp_path / "run", [Fake("a.jpg", outcome=None), Fake("b.jpg")]))
    assert not got.conservation.reconciles


def test_an_unknown_outcome_does_not_reconcile(tmp_path: Path) -> None:
    got = summarise(fabricate(tmp_path / "run", [Fake("a.jpg", outcome="lost"), Fake("b.jpg")]))
    assert (got.conservation.reconciles, got.conservation.unknown) == (False, 1)


def test_shards_of_earlier_decisions_are_told_apart(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake(f"{n}.jpg") for n in range(8)])
    run.begin_generation("0002", policy=POLICY.replace("0.6", "0.8"), day=dt.date(2026, 11, 23))
    run.set_generation("0002")
    mark(run, shard_ids(run)[0], rows=4, generation="0002")
    got = summarise(run)
    assert (got.conservation.acted, got.conservation.earlier, got.conservation.complete) == (2, 1, False)
    assert got.policy.threshold == 0.8


def test_decisions_by_basis_show_rules_and_count_the_rest(tmp_path: Path) -> None:
    kinds = [
        ("redact", "face", "rule:faces", "x"),
        ("keep", "face", "no-rule", "x"),
        ("keep", "face", "consent", "Consent of Jane"),
        ("keep", "face", "allow:7", "x"),
        ("remove", "sample", "remove:2", "Listed in jane.txt"),
        ("keep", "face", "a rule that is no longer there", "x"),
    ]
    got = summarise(fabricate(tmp_path / "run", [Fake("a.jpg", decisions=kinds)]))
    assert [(d.basis, d.treatment, d.decisions) for d in got.decisions] == [
        ("allow-list", "keep", 1), ("faces", "redact", 1), ("no rule matched", "keep", 1), (OTHER, "keep", 1),
        ("recorded consents", "keep", 1), ("removal lists", "remove", 1),
    ]  # fmt: skip
    assert {d.reason for d in got.decisions if d.basis != "faces"} == {""}


def test_several_thresholds_and_none(tmp_path: Path) -> None:
    rule = '[[rule]]\nname = "{0}"\nkind = "{1}"\nmin_confidence = {2}\ntreatment = "{3}"\nreason = "r"\n'
    two = "version = 1\n" + rule.format("a", "fac*", 0.9, "remove") + rule.format("b", "face", 0.4, "redact")
    got = summarise(fabricate(tmp_path / "two", [Fake("a.jpg")], policy=two))
    assert (got.policy.threshold, got.policy.thresholds) == (0.4, (0.4, 0.9))
    keep = "version = 1\n" + rule.format("a", "face", 0.9, "keep")
    got = summarise(fabricate(tmp_path / "keep", [Fake("a.jpg", faces=[(0, 0, 9, 9, 1.0)])], policy=keep))
    assert (got.policy.threshold, got.faces.above, got.faces.below) == (None, 0, 1)


def test_words_that_are_not_fixed_become_other(tmp_path: Path) -> None:
    sample = Fake("a.jpg", outcome="failed", stage="decode", reason="Jane was here", codec="evil text",
                  metadata_removed=["Jane"])  # fmt: skip
    got = summarise(fabricate(tmp_path / "run", [sample], others=[("b", 1, "Jane's file")]))
    assert [f.reason for f in got.failures] == [OTHER]
    assert [c.name for c in (*got.codecs, *got.metadata, *got.others)] == [OTHER] * 3


def test_notes_are_counted(tmp_path: Path) -> None:
    samples = [Fake("a.jpg", note="no-boxes-given detector-error:yunet"), Fake("b.jpg", note="detector-error:yunet")]
    got = summarise(fabricate(tmp_path / "run", samples))
    assert got.without_given_boxes == 1
    assert got.rates["with_a_detector_error_of_looked_at"].count == 2


def test_a_verification(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake("a.jpg")])
    assert summarise(run).verification is None
    write_verification(run, checked=9, passed=8, failed=1, by_reason={"detail-left": 1}, generation="0000")
    got = summarise(run).verification
    assert got is not None
    assert (got.passed.count, got.passed.of, got.failed, got.by_reason, got.earlier) == (
        8,
        9,
        1,
        {"detail-left": 1},
        True,
    )
    (run.private / "verify.json").write_text("{}")
    with pytest.raises(RunError, match=r"verify\.json is damaged"):
        summarise(run)


@pytest.mark.parametrize("kind", ["samples", "findings"])
def test_a_damaged_or_missing_file_is_named(tmp_path: Path, kind: str) -> None:
    run = fabricate(tmp_path / "run", [Fake("a.jpg", faces=[(0, 0, 9, 9, 0.9)])])
    path = run.shard_file(kind, shard_ids(run)[0])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RunError, match=rf"{kind}/\w+\.parquet cannot be read; delete its shard's marker"):
        summarise(run)
    path.unlink()
    with pytest.raises(RunError, match=rf"{kind}/\w+\.parquet is missing"):
        summarise(run)


@pytest.mark.parametrize("name", ["a[b]*c?", "label=x", "it's", "ünï code"])
def test_any_place_will_do(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    run = fabricate(Path(name) / "run", [Fake("a.jpg", "cat")])
    assert summarise(run).conservation.reconciles


def test_no_socket_and_no_spill_beside_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a report needs no network")

    run = fabricate(tmp_path / "run", [Fake("a.jpg")])
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket, "socket", refuse)
    summarise(run)
    assert sorted(tmp_path.rglob("*")) == before


def test_lines_are_few_and_plain(tmp_path: Path) -> None:
    samples = some_samples(1)
    run = fabricate(tmp_path / "run", samples, others=[("a.txt", 1, "not-an-image")])
    got = lines(summarise(run))
    assert len(got) <= 15
    assert got[0].startswith("120 images in = ")
    assert all(line.isprintable() for line in got)


def test_one_is_not_many(tmp_path: Path) -> None:
    policy = f'{POLICY}\n[[allow]]\nreason = "r"\nsamples = "a.jpg"\n[[remove]]\nreason = "r"\nkeys = ["b.jpg"]\n'
    one = Fake(
        "a.jpg", faces=[(0, 0, 9, 9, 0.9)], outcome="redacted", faces_painted=1, metadata_removed=["gps"],
        note="no-boxes-given detector-error:yunet",
    )  # fmt: skip
    run = fabricate(tmp_path / "run", [one], others=[("t", 1, "not-an-image")], boxes="x", policy=policy)
    write_verification(run, checked=1, passed=0, failed=1, by_reason={"detail-left": 1}, generation="0")
    written = write(run)
    said = "\n".join([*lines(written.numbers), re.sub("<[^>]*>", "", written.report.read_text("utf-8"))])
    assert "1 face in 1 image" in said
    many = "images|faces|shards|findings|entries|places|files|painted places"
    assert re.findall(rf"(?<![\d.,])1 (?:{many})\b", said) == []


def test_every_query_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from overpaint.reports import _database

    asked: list[str] = []
    rows = _database.Database.rows

    def listen(self: _database.Database, name: str) -> list[dict[str, Any]]:
        asked.append(name)
        return rows(self, name)

    monkeypatch.setattr(_database.Database, "rows", listen)
    people = dataclasses.replace(YUNET, name="people", kinds=("person",))
    summarise(fabricate(tmp_path / "run", [Fake("a.jpg")], detectors=(people,), kinds=("person",)))
    assert sorted(asked) == sorted(queries())


def test_metadata_words_are_those_that_painting_records() -> None:
    assert set(METADATA) == set(NAMES)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_wilson_holds_the_share_and_stays_within_bounds(a: int, b: int) -> None:
    count, of = min(a, b), max(a, b)
    low, high = wilson(count, of)
    assert 0 <= low <= high <= 1
    if of:
        assert low - 1e-12 <= count / of <= high + 1e-12


def test_wilson_as_published() -> None:
    # R. G. Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for count, of, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)
    assert Rate.make(0, 0) == Rate(0, 0, None, 0.0, 1.0)


def test_a_summary_is_frozen_and_plain(tmp_path: Path) -> None:
    got = summarise(fabricate(tmp_path / "run", [Fake("a.jpg")]))
    with pytest.raises(dataclasses.FrozenInstanceError):
        got.format = 2  # type: ignore[misc]
    assert isinstance(got, Summary)
    assert got.to_dict()["conservation"]["reconciles"] is True


def test_the_listing_is_read_by_row_group_not_by_name(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake(f"{n}.jpg") for n in range(9)], shard_size=4)
    path = run.listing / "shards.parquet"
    write_table(path, pq.read_table(path).take([2, 0, 1]))
    assert summarise(run).conservation.reconciles
