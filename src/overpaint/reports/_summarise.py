"""From a run's files to a `Summary`: every number is a query of ``queries.sql``; here they are only put in place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from overpaint.errors import RunError
from overpaint.plan import Plan
from overpaint.records import Outcome
from overpaint.reports._database import Database, opened
from overpaint.reports._detection import detection_facts
from overpaint.reports._facts import (
    Bucket,
    Conservation,
    Count,
    Decided,
    DetectorFacts,
    Faces,
    Failure,
    PolicyFacts,
    Rate,
    Summary,
    Verification,
)
from overpaint.reports._kinds import things
from overpaint.reports._labels_of_run import label_facts
from overpaint.reports._objects import objects_facts
from overpaint.reports._parts import parts
from overpaint.reports._policy import policy_facts
from overpaint.reports._residual import residual_facts
from overpaint.reports._travel import fields_of, side_files_of
from overpaint.reports._words import OTHER, fixed_word, metadata_name, remedy
from overpaint.rundir import Run

__all__ = ["summarise"]

_NOTHING = 2.0  # a threshold that no confidence reaches: no rule acts on faces
_BASES = {
    "no-rule": "no rule matched",
    "consent": "recorded consents",
    "allow": "allow-list",
    "remove": "removal lists",
    "labels": "label policy",
}


def summarise(run: Run) -> Summary:
    """Count a run, at whatever stage it is.

    Parameters
    ----------
    run
        A run directory; shards without a marker count as not reached.

    Returns
    -------
    Summary
        Aggregates only: no key, path, text or hash of a sample.

    Raises
    ------
    RunError
        A file of the run is missing or damaged; the message names it.
    """
    plan = run.plan()
    policy = policy_facts(run)
    bound = run.destination()
    threshold = _NOTHING if policy.threshold is None else policy.threshold
    with opened(run, threshold=threshold, detectors=[d.name for d in plan.detectors]) as db:
        looked = db.row("looked_at")
        decided = db.rows("decisions")
        found = db.rows("findings_by_detector")
        conservation = _conservation(db)
        classes, splits = parts(db.rows("parts"))
        return Summary(
            overpaint=plan.overpaint,
            day=plan.today.isoformat(),
            layout=plan.layout,
            profile=plan.profile,
            boxes_sha256=plan.boxes_sha256,
            limits={"pixels": plan.max_pixels, "bytes": plan.max_bytes, "seconds_per_image": plan.sample_timeout},
            conservation=conservation,
            kinds=plan.kinds,
            detectors=_detectors(plan, found, db),
            elsewhere=sum(row["findings"] for row in found if row["detector"] is None),
            policy=policy,
            faces=_faces(db),
            rates=_rates(looked, conservation, db.row("metadata_images")["images"]),
            looked_at=looked["images"],
            without_given_boxes=looked["without_given_boxes"],
            sizes=_powers(db.rows("sizes"), 2, 10),
            shares=_powers(db.rows("shares"), -8, -1),
            confidences=_twentieths(db.rows("confidences")),
            classes=classes,
            splits=splits,
            metadata=_named(db.rows("metadata"), "name", keep=metadata_name),
            codecs=_named(db.rows("codecs"), "codec", keep=lambda codec: fixed_word(codec or "unknown")),
            others=_named(db.rows("others"), "reason", keep=fixed_word),
            failures=_failures(db.rows("failures")),
            decisions=_decisions(decided, policy),
            verification=_verification(run),
            things=things(run, plan, db, looked_at=looked["images"]),
            objects=objects_facts(run),
            residual=residual_facts(run),
            detection=detection_facts(run, plan),
            labels=label_facts(run, policy.generation, decided),
            container=plan.container,
            output=None if bound is None else fixed_word(bound.get("kind")),
            overlay=bool(bound and bound.get("overlay")),
            fields=fields_of(run, db.shards),
            side_files=side_files_of(run),
        )


def _conservation(db: Database) -> Conservation:
    listed, shards = db.row("listed"), db.row("shards")
    counted: dict[str | None, int] = {row["outcome"]: row["images"] for row in db.rows("outcomes")}
    outcomes = {outcome.value: counted.pop(outcome.value, 0) for outcome in Outcome}
    waiting, unknown = counted.pop(None, 0), sum(counted.values())
    not_reached = shards["images_not_reached"]
    total = sum(outcomes.values()) + waiting + not_reached
    return Conservation(
        listed=listed["images"],
        listed_bytes=listed["bytes"],
        outcomes=outcomes,
        waiting=waiting,
        not_reached=not_reached,
        unknown=unknown,
        shards=shards["shards"],
        scanned=shards["scanned"],
        acted=shards["acted"],
        earlier=shards["earlier"],
        unbalanced=shards["unbalanced"],
        reconciles=total == listed["images"] and unknown == 0 and shards["unbalanced"] == 0,
    )


def _detectors(plan: Plan, found: list[dict[str, Any]], db: Database) -> tuple[DetectorFacts, ...]:
    alone = {row["detector"]: row["faces"] for row in db.rows("faces_of_one_detector")}
    return tuple(
        DetectorFacts(
            name=detector.name,
            version=detector.version,
            weights=detector.weights,
            licence=detector.licence,
            trained_on=detector.trained_on,
            findings=sum(row["findings"] for row in found if row["detector"] == detector.name),
            findings_above=sum(row["above"] for row in found if row["detector"] == detector.name),
            faces_alone=alone.get(detector.name, 0),
        )
        for detector in plan.detectors
    )


def _faces(db: Database) -> Faces:
    row, painted, lowest = db.row("faces"), db.row("painted"), db.row("lowest_confidence")["lowest"]
    return Faces(
        found=row["faces"],
        above=row["above"],
        below=row["below"],
        without_box=row["without_box"],
        painted=painted["faces"],
        painted_images=painted["images"],
        lowest_confidence=None if lowest is None else round(lowest, 4),
    )


def _rates(looked: dict[str, Any], conservation: Conservation, without_metadata: int) -> dict[str, Rate]:
    with_outcome = sum(conservation.outcomes.values())
    return {
        "looked_at_of_listed": Rate.make(looked["images"], conservation.listed),
        "with_a_face_of_looked_at": Rate.make(looked["with_faces"], looked["images"]),
        "with_a_face_above_the_threshold_of_looked_at": Rate.make(looked["with_faces_above"], looked["images"]),
        "with_a_detector_error_of_looked_at": Rate.make(looked["with_detector_error"], looked["images"]),
        "metadata_taken_out_of_those_with_an_outcome": Rate.make(without_metadata, with_outcome),
        "failed_of_those_with_an_outcome": Rate.make(conservation.outcomes["failed"], with_outcome),
    }


def _powers(rows: list[dict[str, Any]], first: int, last: int) -> tuple[Bucket, ...]:
    """Buckets ``2**n <= value < 2**(n + 1)``, all of them, open at both ends."""
    by = {row["bucket"]: row for row in rows}
    buckets = []
    for n in range(first, last + 1):
        row = by.get(n, {"faces": 0, "above": 0})
        low, high = None if n == first else 2.0**n, None if n == last else 2.0 ** (n + 1)
        buckets.append(Bucket(low, high, row["faces"], row["above"]))
    return tuple(buckets)


def _twentieths(rows: list[dict[str, Any]]) -> tuple[Bucket, ...]:
    by = {row["bucket"]: row for row in rows}
    buckets = []
    for n in range(20):
        row = by.get(n, {"faces": 0, "above": 0})
        buckets.append(Bucket(n / 20, None if n == 19 else (n + 1) / 20, row["faces"], row["above"]))
    return tuple(buckets)


def _named(rows: Iterable[dict[str, Any]], column: str, *, keep: Callable[[str | None], str]) -> tuple[Count, ...]:
    """Counts by a name that may be shown, the most first; names that may not are summed."""
    images: Counter[str] = Counter()
    size: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for row in rows:
        name = keep(row[column])
        images[name] += next(row[n] for n in ("images", "files") if n in row)
        size[name] += row.get("bytes", 0)
        failed[name] += row.get("failed", 0)
    return tuple(Count(n, images[n], size[n], failed[n]) for n in sorted(images, key=lambda n: (-images[n], n)))


def _failures(rows: list[dict[str, Any]]) -> tuple[Failure, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[fixed_word(row["stage"]), fixed_word(row["reason"])] += row["images"]
    ordered = sorted(counts, key=lambda pair: (-counts[pair], pair))
    return tuple(Failure(stage, reason, counts[stage, reason], remedy(stage, reason)) for stage, reason in ordered)


def _decisions(rows: list[dict[str, Any]], policy: PolicyFacts) -> tuple[Decided, ...]:
    """Decisions by basis. A rule speaks in its own words; entries about single samples are only counted."""
    reasons = {rule.name: rule.reason for rule in policy.rules}
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        clause, _, name = row["basis"].partition(":")
        basis = name if clause == "rule" and name in reasons else _BASES.get(clause, OTHER)
        counts[basis, fixed_word(row["treatment"]), fixed_word(row["kind"])] += row["decisions"]
    return tuple(Decided(*key, counts[key], reasons.get(key[0], "")) for key in sorted(counts))


def _verification(run: Run) -> Verification | None:
    path = run.private / "verify.json"
    try:
        value = json.loads(path.read_bytes())
        detector = value.get("detector")
        by_reason: Counter[str] = Counter()
        for reason, count in dict(value["by_reason"]).items():
            by_reason[fixed_word(reason)] += int(count)
        generation = value.get("generation")
        return Verification(
            passed=Rate.make(int(value["passed"]), int(value["checked"])),
            failed=int(value["failed"]),
            faces=int(value.get("faces", 0)),
            absent=int(value.get("absent", 0)),
            by_reason=dict(sorted(by_reason.items())),
            mode=fixed_word(value["mode"]),
            detector=fixed_word(detector) if detector else None,
            earlier=generation is not None and str(generation) != run.generation(),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} is damaged; run `overpaint verify` again to write it anew") from error
