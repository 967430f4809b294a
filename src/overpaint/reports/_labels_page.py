"""One self-contained HTML file about a dataset's labels: no request anywhere, no script, the same bytes each time."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from overpaint.reports._facts import Rate
from overpaint.reports._labels_facts import LabelsFacts
from overpaint.reports._labels_plots import both, share, span
from overpaint.reports._page import FILTERS
from overpaint.reports._shifts import Ratio
from overpaint.reports._skew_facts import Part, SkewFacts

__all__ = ["MOST_PARTS", "MOST_ROWS", "labels_page"]

MOST_PARTS = 60
"""Subtrees and classes that a page shows, the largest; ``--json`` has all of them."""

MOST_ROWS = 200
"""Labels of a table of those taken out, moved or held that a page shows, those with most images."""

_MOST_TOLD = 20

_ACTIONS = {
    "keep": "Stays as it is.",
    "remove": "Is a label no more; its images follow the rule below.",
    "quarantine": "Is set apart with its images, for people to look at.",
    "hold": "Waits in quarantine until people have judged the label.",
    "merge": "Its images bear another label from now on.",
    "ancestor": "Its images bear the nearest label above it that stays.",
    "rename": "Is called otherwise.",
}
_KINDS = (
    ("attribute", "Groups", "each value beside the others of its attribute,"),
    ("subtree", "Subtrees", "each beside all other images,"),
    ("class", "Classes", "each beside all other images,"),
)


@dataclass(frozen=True, slots=True)
class _Figure:
    what: str
    now: str
    before: str
    more: str


def labels_page(facts: LabelsFacts) -> str:
    """The page as HTML; parts that are None are left out."""
    skew = facts.skew
    return _environment().get_template("labels.html").render(
        f=facts,
        s=skew,
        p=facts.plan,
        c=facts.census,
        css=Markup(f"{_text('page.css')}\n{_text('labels.css')}"),
        lead=_lead(facts),
        terms=[] if skew is None else _terms(skew),
        figures=_figures(facts),
        loss_kinds=_KINDS,
        losses={} if skew is None else {kind: [x for x in skew.losses if x.kind == kind] for kind, *_ in _KINDS},
        emptied_groups=[] if skew is None else [f"{g.attribute}: {g.value}" for g in skew.groups if g.emptied],
        emptied_classes=0 if skew is None else sum(part.classes for part in skew.classes if part.emptied),
        emptied_subtrees=[] if skew is None else _highest(skew.subtrees),
        subtrees=[] if skew is None else _largest(skew.subtrees, [x.before.images for x in skew.subtrees]),
        classes=() if skew is None else skew.classes[:MOST_PARTS],
        branches=[] if facts.census is None else _largest(
            facts.census.branches, [branch.images for branch in facts.census.branches]
        ),
        limits=_limits(facts),
        action_words=_ACTIONS,
        most_rows=MOST_ROWS,
        most_told=_MOST_TOLD,
    )  # fmt: skip


def _lead(facts: LabelsFacts) -> str:
    skew, plan, census = facts.skew, facts.plan, facts.census
    if skew is not None and skew.has_after:
        total = skew.total
        if total.left == total.before.images:
            return (
                f"{total.before.images:,} images under {total.classes:,} labels, of which none is taken out. This page "
                "says how many of them show people, label by label."
            )
        return (
            f"{total.before.images:,} images under {total.classes:,} labels come in, {total.left:,} under "
            f"{total.classes_after:,} are left. This page says which labels and which groups of people they were taken "
            "from, and how sure that is."
        )
    if skew is not None:
        return (
            f"{skew.total.before.images:,} images under {skew.total.classes:,} labels, and how many of them show "
            f"people. {skew.after}"
        )
    if plan is not None:
        return f"{plan.labels:,} labels come in, {plan.labels_after:,} are left. This page says which go, and why."
    if census is not None:
        return f"{census.labels:,} labels on {census.images:,} images, and what they mean."
    return "Nothing was counted."


def _terms(skew: SkewFacts) -> list[str]:
    """What became of the images, in numbers that sum to them."""
    before = skew.total.before
    sums = {name: getattr(before, name) for name in ("kept", "redacted", "removed", "quarantined", "failed", "waiting")}
    return [f"{count:,} {name}" for name, count in sums.items() if count] or ["0"]


def _figures(facts: LabelsFacts) -> list[_Figure]:
    told = []
    skew, plan, census = facts.skew, facts.plan, facts.census
    if skew is not None:
        total = skew.total
        people = total.after.rates()["people"] if skew.has_after else total.before.rates()["people"]
        was = total.before.rates()["people"]
        if skew.has_after:
            told.append(_Figure("Labels left", _n(total.classes_after), _n(total.classes), "those with images"))
            told.append(_Figure("Images left", _n(total.left), _n(total.before.images), "under whatever label"))
        else:
            told.append(_Figure("Labels", _n(total.classes), "", "with images"))
            told.append(_Figure("Images", _n(total.before.images), "", "that were looked at"))
        before = "" if was.share is None or not skew.has_after else f"before: {FILTERS['percent'](was.share)}"
        share_now = "–" if people.share is None else FILTERS["percent"](people.share)
        told.append(_Figure("Images with people", share_now, "", before or "of those looked at"))
        if skew.groups and skew.has_after:
            emptied = sum(group.emptied for group in skew.groups)
            told.append(_Figure("Groups emptied", _n(emptied), _n(len(skew.groups)), "values of supplied attributes"))
    elif census is not None:
        told.append(_Figure("Labels", _n(census.labels), "", f"{census.known:,} known to the taxonomy"))
        told.append(_Figure("Kinds of people", _n(census.people), "", "labels"))
    if plan is not None:
        held = plan.actions.get("hold", (0, 0))
        if held[0]:
            told.append(_Figure("Labels held for people", _n(held[0]), "", f"on {held[1]:,} images"))
        if skew is None:
            gone = plan.actions.get("remove", (0, 0))
            told.append(_Figure("Labels taken out", _n(gone[0]), _n(plan.labels), f"on {gone[1]:,} images"))
    return told


def _highest(subtrees: Sequence[Part]) -> list[Part]:
    """Those that are gone and below nothing that is gone too, the largest first; they are in the tree's order."""
    found: list[Part] = []
    inside: int | None = None
    for part in subtrees:
        if inside is not None and part.depth > inside:
            continue
        inside = part.depth if part.emptied else None
        if part.emptied:
            found.append(part)
    return sorted(found, key=lambda part: (-part.before.images, part.who))


def _largest(rows: Sequence[Any], sizes: Sequence[int]) -> list[Any]:
    """The largest, in the order in which they are."""
    order = sorted(range(len(rows)), key=lambda place: (-sizes[place], place))[:MOST_PARTS]
    return [rows[place] for place in sorted(order)]


def _limits(facts: LabelsFacts) -> Iterable[str]:
    yield (
        "A label that stays is not thereby right for its pictures, and pictures under a label that nobody objects to "
        "can still demean."
    )
    skew = facts.skew
    if skew is None:
        yield "Nobody looked at the pictures: this page is about labels only."
        return
    yield (
        "Images are counted, not people: one image may show several, and the same person may be in many. Intervals are "
        "of chance; they say nothing of faces that detectors missed or took for one."
    )
    yield from _limits_of_groups(skew)
    if skew.held:
        yield f"{skew.held:,} images are held in the no-view lane and are in no other number."
    if skew.summed:
        yield (
            f"{skew.summed:,} labels with few images that are not in the taxonomy share a row: they may be people's "
            "names."
        )
    yield from skew.notes


def _limits_of_groups(skew: SkewFacts) -> Iterable[str]:
    if not skew.groups:
        yield "Groups of people: no attributes were supplied, and none are inferred, so nothing is known of them."
        return
    yield (
        "Groups are those that somebody told apart; what people call themselves was not asked here. Shares are of the "
        "images of which somebody said something, and say nothing of the others."
    )
    yield (
        "Intervals of what groups and subtrees lose count labels, not images, since a filter of labels takes all "
        "images of a label together; intervals of shares are those of images drawn one by one."
    )
    if not skew.show_small:
        yield "Numbers of groups of fewer than ten are left out; whoever has several such pages may still subtract."


def _times(ratio: Ratio) -> Markup:
    if ratio.value is None:
        return Markup("–")
    value, low, high = (("any" if math.isinf(x) else f"{x:.2f}") for x in (ratio.value, ratio.low, ratio.high))
    return Markup(f"{value}<br><small>{low} to {high}</small>")


def _chance(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _n(value: int) -> str:
    return f"{value:,}"


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS | {"times": _times, "chance": _chance})
    environment.globals.update({"both": both, "share": share, "span": span, "as_rate": Rate.make})
    return environment
