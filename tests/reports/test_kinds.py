"""What a report says of other things than faces, against a slow count."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fabricated_run import YUNET, Fake, fabricate

from overpaint.plan import DetectorPlan
from overpaint.records import DECISIONS, FINDINGS, LANE, python_key
from overpaint.reports import lines, summarise, write
from overpaint.rundir import Run, read_table, write_table

NANODET = DetectorPlan("nanodet", "1", "ef" * 32, "Apache-2.0", "COCO", ("person",))
OCR = DetectorPlan("ocr", "1", "12" * 32, kinds=("text-url", "text-stock"))
PUBLISHED = {"identical", "metadata-only", "redacted", "re-encoded"}


def finding(
    key: str, kind: str, score: float, subject: int, box: Any = None, text: str | None = None
) -> dict[str, Any]:
    x0, y0, x1, y1 = box or (None,) * 4
    return {
        "key": key, "kind": kind, "score": score, "x0": x0, "y0": y0, "x1": x1, "y1": y1, "text": text,
        "detector": "some", "version": "1", "weights": "", "subject": subject, "confidence": score,
    }  # fmt: skip


def decision(
    key: str, kind: str, treatment: str, subject: int, box: Any = None, *, review: bool = False
) -> dict[str, Any]:
    x0, y0, x1, y1 = box or (None,) * 4
    return {
        "key": key, "kind": kind, "treatment": treatment, "x0": x0, "y0": y0, "x1": x1, "y1": y1, "basis": "no-rule",
        "reason": "r", "subject": subject, "review": review or None,
    }  # fmt: skip


def put(run: Run, found: list[dict[str, Any]], decided: list[dict[str, Any]]) -> None:
    """Write findings and decisions into the shards that hold their keys."""
    for file in sorted((run.private / "samples").iterdir()):
        keys = {python_key(key) for key in read_table(file).column("key").to_pylist()}
        own = pa.Table.from_pylist([f for f in found if f["key"] in keys], schema=FINDINGS)
        write_table(run.shard_file("findings", file.stem), own)
        table = pa.Table.from_pylist([d for d in decided if d["key"] in keys], schema=DECISIONS)
        write_table(run.decisions_dir("0001") / file.name, table)


@pytest.mark.parametrize("seed", range(3))
def test_kinds_people_and_groups_equal_a_slow_count(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    samples = [Fake(f"{n}.jpg", outcome=rng.choice([*PUBLISHED, "removed", "quarantined"])) for n in range(30)]
    found, decided = [], []
    for sample in samples:
        for subject in range(rng.randrange(4)):
            kind = rng.choice(["person", "face", "text-url"])
            x, y = rng.randrange(50), rng.randrange(50)
            box = (x, y, x + rng.randrange(10, 60), y + rng.randrange(10, 60))
            text = rng.choice(["aa", "bb", "cc"]) if kind == "text-url" else None
            found.append(finding(sample.key, kind, rng.choice([0.4, 0.7, 0.9]), subject, box, text))
            part = box if rng.random() < 0.5 else (x, y, x + 5, y + 5)
            treatment = rng.choice(["keep", "redact", "quarantine"])
            decided.append(decision(sample.key, kind, treatment, subject, part, review=rng.random() < 0.3))
    run = fabricate(
        tmp_path / "run",
        samples,
        detectors=(YUNET, NANODET, OCR),
        looks_for="faces,people,text",
        kinds=("face", "person", "text-url"),
    )
    put(run, found, decided)
    got = summarise(run).things
    assert got.searches == ("faces", "people", "text")
    assert {k.name: (k.subjects, k.images) for k in got.kinds} == {
        kind: (sum(f["kind"] == kind for f in found), len({f["key"] for f in found if f["kind"] == kind}))
        for kind in {f["kind"] for f in found}
    }
    for kind in got.kinds:
        own = [d for d in decided if d["kind"] == kind.name]
        assert kind.treatments == dict(Counter(d["treatment"] for d in own))
        assert kind.review == sum(bool(d["review"]) for d in own)
    assert got.review_images == len({d["key"] for d in decided if d["review"]})
    published = {s.key for s in samples if s.outcome in PUBLISHED}
    people = [f for f in found if f["kind"] == "person" and f["score"] >= 0.5 and f["key"] in published]
    assert got.people is not None
    assert (got.people.found, got.people.images) == (len(people), len({f["key"] for f in people}))
    visible = [f for f in people if not whole(f, decided)]
    assert (got.people.visible, got.people.visible_images) == (len(visible), len({f["key"] for f in visible}))
    assert got.people.without_face == sum(not has_face(f, found) for f in people)
    urls: dict[str, set[str]] = {}
    for f in found:
        if f["text"]:
            urls.setdefault(f["text"], set()).add(f["key"])
    assert [(g.kind, g.groups) for g in got.groups] == ([("text-url", len(urls))] if urls else [])
    assert all(list(g.largest) == sorted((len(keys) for keys in urls.values()), reverse=True) for g in got.groups)


def whole(person: dict[str, Any], decided: list[dict[str, Any]]) -> bool:
    area = (person["x1"] - person["x0"]) * (person["y1"] - person["y0"])
    return any(
        (d["key"], d["subject"], d["kind"], d["treatment"]) == (person["key"], person["subject"], "person", "redact")
        and (d["x1"] - d["x0"]) * (d["y1"] - d["y0"]) >= 0.9 * area
        for d in decided
    )


def has_face(person: dict[str, Any], found: list[dict[str, Any]]) -> bool:
    return any(
        f["kind"] == "face" and f["score"] >= 0.6 and f["key"] == person["key"]
        and person["x0"] <= (f["x0"] + f["x1"]) / 2 <= person["x1"]
        and person["y0"] <= (f["y0"] + f["y1"]) / 2 <= person["y1"]
        for f in found
    )  # fmt: skip


def test_costs_are_summed_over_shards(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake(f"{n}.jpg") for n in range(8)], shard_size=4)
    for number, file in enumerate(sorted((run.private / "shards").iterdir())):
        costs = {"yunet": [0.5, 4]} | ({"ocr": [1.0, 2]} if number else {})
        run.write_marker(file.stem, run.marker(file.stem) | {"costs": costs})
    got = summarise(run)
    assert [(c.detector, c.pictures, c.ms_per_picture, c.ms_per_image) for c in got.things.costs] == [
        ("ocr", 2, 500.0, 125.0), ("yunet", 8, 125.0, 125.0),
    ]  # fmt: skip
    assert "ms an image, by detector: ocr 125.0, yunet 125.0" in lines(got)


def test_the_lane_is_counted_and_explained(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake("a.jpg", outcome="quarantined", looked=True)])
    (shard,) = (file.stem for file in (run.private / "shards").iterdir())
    write_table(run.shard_file("lane", shard), pa.table({"id": ["a" * 32], "reason": ["nudity-age"]}, schema=LANE))
    written = write(run)
    assert (written.numbers.things.lane.images, written.numbers.things.lane.by_reason) == (1, {"nudity-age": 1})
    page = written.report.read_text("utf-8")
    assert "machine suspicion, not a finding about any person" in page
    assert "a" * 32 not in page


def test_classes_are_ranked_by_the_share_that_is_flagged(tmp_path: Path) -> None:
    samples = [Fake(f"{c}/{n:02}.jpg", label=c) for c in "pq" for n in range(12)] + [Fake("r/1.jpg", label="r")]
    run = fabricate(tmp_path / "run", samples)
    found = [
        finding("p/00.jpg", "nudity", 0.6, 0),
        finding("p/01.jpg", "nudity", 0.3, 0),
        finding("r/1.jpg", "nudity", 0.9, 0),
    ]
    found += [finding(f"q/{n:02}.jpg", "nudity", 0.7, 0) for n in range(3)]
    put(run, found, [])
    ranked = summarise(run).things.flagged_classes
    assert [(c.name, c.flagged.count, c.flagged.of) for c in ranked] == [("q", 3, 12), ("p", 1, 12)]
    assert [c.mean_score for c in ranked] == [pytest.approx(0.7, abs=1e-3), pytest.approx(0.45, abs=1e-3)]
