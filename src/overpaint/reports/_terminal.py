"""A summary for a terminal, in a few plain lines."""

from __future__ import annotations

from overpaint.reports._facts import Summary
from overpaint.reports._plots import places
from overpaint.reports._travel import travel_lines
from overpaint.reports._words import counted

__all__ = ["lines"]


def lines(summary: Summary) -> list[str]:
    """At most two dozen lines; nothing in them names a sample."""
    c = summary.conservation
    parts = [f"{images:,} {name}" for name, images in places(c) if images] or ["0"]
    if c.unknown:
        parts.append(f"{c.unknown:,} with an unknown outcome")
    out = [f"{counted(c.listed, 'image')} in = {' + '.join(parts)}"]
    if not c.reconciles:
        out.append(
            f"THE COUNTS DO NOT RECONCILE: {c.unbalanced:,} of {counted(c.shards, 'shard')}; do not publish this output"
        )
    else:
        out.append(f"the counts reconcile, by shard ({c.shards:,}) and in all")
    if c.earlier:
        follow = counted(c.earlier, "shard follows", "shards follow")
        out.append(f"{follow} earlier decisions; run `overpaint act`")
    out.append(_looked(summary))
    if "face" in summary.kinds:
        out += _faces(summary)
    if summary.metadata:
        most = ", ".join(f"{m.name} {m.images:,}" for m in summary.metadata[:4])
        out.append(f"metadata taken out, by images: {most}{' ...' if len(summary.metadata) > 4 else ''}")
    if summary.failures:
        most = ", ".join(f"{x.reason} {x.images:,}" for x in summary.failures[:4])
        out.append(f"failed: {most}{' ...' if len(summary.failures) > 4 else ''}")
    out += _labels(summary)
    travel = travel_lines(summary.fields, summary.side_files)
    if summary.others and not summary.side_files:
        travel.append(f"files that were not listed as images: {sum(o.images for o in summary.others):,}")
    out += travel
    out += _things(summary)
    v = summary.verification
    if v is None:
        out.append("not verified yet: run `overpaint verify`")
    else:
        earlier = " (of earlier outputs)" if v.earlier else ""
        out.append(f"verified: {v.passed.count:,} of {v.passed.of:,} passed, {v.failed:,} failed{earlier}")
    if summary.kinds:
        out.append("that nothing was found in an image does not mean that nobody is in it")
    return out


def _looked(summary: Summary) -> str:
    """At how much was looked, for what, and who did."""
    if not summary.kinds:
        return "nobody looked for anything in any picture: files, metadata and labels only"
    what = "faces only" if summary.kinds == ("face",) else " and ".join(summary.things.searches)
    told = [f"{d.name} {d.version}" for d in summary.detectors[:4]]
    if len(summary.detectors) > 4:
        told = [*told[:3], f"{len(summary.detectors) - 3} others"]
    names = " and ".join(told) or "boxes made elsewhere"
    return f"looked at: {counted(summary.looked_at, 'image')}, for {what}, by {names}"


def _labels(summary: Summary) -> list[str]:
    """What became of labels."""
    told = summary.labels
    if told is None:
        return []
    whose = f"“{told.title}” of {told.revision}"
    out = [f"labels, by {whose}: {counted(told.classes, 'class', 'classes')} before, {told.classes_after:,} after"]
    parts = [(told.removed, "removed"), (told.quarantined, "held back"), (told.relabelled, "labelled otherwise")]
    done = ", ".join(f"{images:,} {word}" for images, word in parts if images)
    return [*out, f"  images, for their labels: {done or 'none touched'}"]


def _faces(summary: Summary) -> list[str]:
    """How many were found and painted, and in how many images."""
    f, policy = summary.faces, summary.policy
    rate = summary.rates["with_a_face_above_the_threshold_of_looked_at"]
    limit = "no rule acts on faces" if policy.threshold is None else f"threshold {policy.threshold:g}"
    out = [f"faces: {f.above:,} at or above the threshold, {f.below:,} below it ({limit})"]
    if rate.share is not None:
        interval = f"{rate.share:.1%}, 95 % interval {rate.low:.1%} to {rate.high:.1%}"
        out.append(f"images with a face at or above it: {rate.count:,} of {rate.of:,} ({interval})")
    return [*out, f"painted: {counted(f.painted, 'face')} in {counted(f.painted_images, 'image')}"]


def _things(summary: Summary) -> list[str]:
    """Detectors that failed, other kinds than faces, people, what waits, the lane, and the most expensive detectors."""
    things = summary.things
    out = []
    partly = summary.rates["with_a_detector_error_of_looked_at"].count
    if partly:
        out.append(f"looked at in part, because a detector failed: {counted(partly, 'image')}; their rows say which")
    others = [kind for kind in things.kinds if kind.name != "face"]
    if others:
        out.append("found, by images: " + ", ".join(f"{kind.name} {kind.images:,}" for kind in others))
    if things.people is not None and things.people.found:
        seen = f"{things.people.visible:,} of {counted(things.people.found, 'person', 'people')}"
        out.append(f"people still to be seen in the output, whatever was done to their faces: {seen}")
    if things.review_images:
        out.append(f"for people to decide: {counted(things.review_images, 'image')}")
    if things.lane.images:
        told = "machine suspicion, not a finding about any person"
        out.append(f"held in the no-view lane: {counted(things.lane.images, 'image')} ({told})")
    if len(things.costs) > 1:
        most = ", ".join(f"{cost.detector} {cost.ms_per_image:.1f}" for cost in things.costs[:6])
        out.append(f"ms an image, by detector: {most}{' ...' if len(things.costs) > 6 else ''}")
    return out
