"""A report of skew for a terminal, in a few plain lines."""

from __future__ import annotations

import math
from collections.abc import Iterable

from overpaint.reports import Loss, Rate, SkewFacts

__all__ = ["skew_lines"]

_MOST = 8


def skew_lines(facts: SkewFacts) -> list[str]:
    """Totals, who loses most, what is emptied; the page and ``--json`` say more."""
    total, rates = facts.total, facts.total.before.rates()
    lines = [
        f"before: {total.before.images:,} images under {total.classes:,} labels; with people: {_rate(rates['people'])}",
        facts.basis,
        facts.after,
    ]
    if total.before.looked:
        lines.insert(1, f"  faces: {_faces(facts)}")
    if facts.has_after:
        lines.append(f"after: {total.left:,} images under {total.classes_after:,} labels")
        lines.append(f"  with people: {_rate(total.after.rates()['people'])}")
        lines += [f"  {name}: {_rate(rates[name])}" for name in ("redacted", "removed", "quarantined", "failed")]
        lines += _losses(facts)
        lines += _emptied(facts)
    if facts.held:
        lines.append(f"held in the no-view lane, and in no other number: {facts.held:,}")
    lines += [f"note: {note}" for note in facts.notes]
    return lines


def _faces(facts: SkewFacts) -> str:
    before = facts.total.before
    return f"{before.faces:,} found, {before.faces_an_image:.2f} an image; {before.painted:,} painted"


def _losses(facts: SkewFacts) -> Iterable[str]:
    for kind, what in (("attribute", "groups of supplied attributes"), ("subtree", "subtrees"), ("class", "classes")):
        own = [loss for loss in facts.losses if loss.kind == kind and loss.worse > 1]
        if facts.tested.get(kind):
            told = f"{what} that lose more than the others: {len(own):,} told, {facts.tested[kind]:,} compared"
            yield told
            yield from (f"  {_loss(loss)}" for loss in own[:_MOST])
            if len(own) > _MOST:
                yield f"  ... and {len(own) - _MOST:,} more"


def _loss(loss: Loss) -> str:
    who = loss.name if loss.kind == "attribute" or loss.who == loss.name else f"{loss.who} {loss.name}"
    at_least = "at least " if loss.at_least else ""
    return (
        f"{who}: loses {at_least}{loss.lost.share or 0:.1%} of {loss.lost.of:,}, others {loss.others.share or 0:.1%}; "
        f"{times(loss)}, q {loss.q:.2g}"
    )


def times(loss: Loss) -> str:
    """The ratio in words, with its interval."""
    value, what = loss.ratio.value or 0.0, "as much left" if loss.of_left else "as much lost"
    if math.isinf(value):
        return "where no others lose any"
    high = "any" if math.isinf(loss.ratio.high) else f"{loss.ratio.high:.2g}"
    return f"{value:.2g} times {what} (95 % interval {loss.ratio.low:.2g} to {high})"


def _emptied(facts: SkewFacts) -> Iterable[str]:
    groups = [f"{group.attribute}: {group.value}" for group in facts.groups if group.emptied]
    subtrees = [part for part in facts.subtrees if part.emptied]
    classes = [part for part in facts.classes if part.emptied]
    if groups:
        yield f"groups that are emptied: {', '.join(groups[:_MOST])}{' ...' if len(groups) > _MOST else ''}"
    if subtrees or classes:
        yield f"emptied: {len(classes):,} classes, {len(subtrees):,} whole subtrees"
    moved = sum(part.moved_to is not None for part in facts.classes)
    if moved:
        yield f"moved to other labels: {moved:,} classes"


def _rate(rate: Rate) -> str:
    if rate.share is None:
        return "nobody looked" if not rate.of else "none"
    return f"{rate.share:.1%} ({rate.low:.1%} to {rate.high:.1%}; {rate.count:,} of {rate.of:,})"
