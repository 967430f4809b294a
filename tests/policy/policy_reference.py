"""`decide` again, slow and obvious: one sample, one subject, one rule at a time, in plain Python."""

import fnmatch

import numpy as np

from overpaint.policy import ConsentState
from overpaint.records import DECISIONS, Box

CORNERS = ("x0", "y0", "x1", "y1")


def reference(samples, findings, policy):
    """Rows of DECISIONS as dictionaries."""
    rows = []
    for sample in samples:
        for number, removal in enumerate(policy.removals, 1):
            if sample["key"] in removal.keys:
                rows.append(row(sample["key"], "remove", "sample", None, f"remove:{number}", removal.reason, -1))
                break
        own = [f for f in findings if f["key"] == sample["key"]]
        for subject in sorted({(f["subject"], f["kind"]) for f in own}):
            mine = [f for f in own if (f["subject"], f["kind"]) == subject]
            for frame in sorted({f["frame"] or 0 for f in mine}):
                rows.append(one(sample, [f for f in mine if (f["frame"] or 0) == frame], policy))
    return rows


def one(sample, findings, policy):
    findings = sorted(findings, key=rank)
    confidence = max(f["confidence"] for f in findings)
    treatment, basis, reason, chosen = "keep", "no-rule", "No rule of the policy speaks of this finding.", findings[0]
    review = False
    for rule in policy.rules:
        matching = [f for f in findings if matches(rule, f, sample, confidence)]
        if matching:
            treatment, basis, reason = str(rule.treatment), f"rule:{rule.name}", rule.reason
            chosen, review = matching[0], rule.review
            break
    box = box_of(chosen)
    if treatment == "redact" and box is None:
        treatment, reason = "quarantine", reason + " It has no box to paint over, so the sample is held back."
    if treatment != "keep":
        for number, allow in enumerate(policy.allows, 1):
            named = (
                sample["key"] == allow.sample
                or sample["key"] in (allow.samples or ())
                or (allow.glob is not None and fnmatch.fnmatchcase(sample["key"], allow.glob))
            )
            if treatment != "keep" and named and covers(allow, chosen["kind"], box):
                treatment, basis, reason, review = "keep", f"allow:{number}", allow.reason, False
        for consent in policy.consents:
            counts = consent.state(policy.purpose, policy.today) is ConsentState.COUNTS
            covered = consent.sample == sample["key"] and covers(consent, chosen["kind"], box)
            if treatment != "keep" and counts and covered:
                until = f" until {consent.until}" if consent.until else ""
                treatment, basis, review = "keep", "consent", False
                reason = f"Consent of {consent.person} for {consent.purpose}{until}; evidence {consent.evidence}."
    return row(sample["key"], treatment, chosen["kind"], box, basis, reason, chosen["subject"], review=review)


def rank(finding):
    box = box_of(finding)
    corners = (box.x0, box.y0, box.x1, box.y1) if box else (0, 0, 0, 0)
    return (box is None, -finding["score"], finding["detector"], corners, finding["page"] or 0)


def matches(rule, finding, sample, confidence):
    def glob(globs, name):
        return name is not None and any(fnmatch.fnmatchcase(name, g) for g in globs)

    box = box_of(finding)
    size = min(box.width, box.height) if box else None
    known = sample["width"] and sample["height"]
    share = size / min(sample["width"], sample["height"]) if box and known else None
    conditions = [
        glob([rule.kind], finding["kind"]),
        rule.detectors is None or glob(rule.detectors, finding["detector"]),
        rule.min_confidence is None or confidence >= float(np.float32(rule.min_confidence)),
        rule.min_score is None or finding["score"] >= float(np.float32(rule.min_score)),
        rule.max_confidence is None or confidence <= float(np.float32(rule.max_confidence)),
        rule.min_size is None or (size is not None and size >= rule.min_size),
        rule.max_size is None or (size is not None and size <= rule.max_size),
        rule.min_share is None or (share is not None and share >= rule.min_share),
        rule.classes is None or glob(rule.classes, sample["label"]),
        rule.not_classes is None or not glob(rule.not_classes, sample["label"]),
        rule.splits is None or glob(rule.splits, sample["split"]),
    ]
    return all(conditions)


def covers(entry, kind, box):
    if not fnmatch.fnmatchcase(kind, entry.kind):
        return False
    if entry.box is None:
        return True
    if box is None:
        return False
    a = entry.box
    inside = a.page == box.page and a.x0 <= box.x0 and a.y0 <= box.y0 and box.x1 <= a.x1 and box.y1 <= a.y1
    return inside or a.iou(box) >= 0.5


def box_of(finding):
    return None if finding["x0"] is None else Box(*(finding[name] for name in CORNERS), finding["page"] or 0)


def row(key, treatment, kind, box, basis, reason, subject, *, review=False):
    where = (box.x0, box.y0, box.x1, box.y1, box.page or None) if box else (None,) * 5
    return dict(
        zip(DECISIONS.names, (key, treatment, kind, *where, basis, reason, subject, review or None, None), strict=True)
    )
