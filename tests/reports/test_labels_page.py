"""The page about labels: each part may be missing, whatever a maintainer writes stays text, nothing asks a network."""

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from overpaint import labels
from overpaint.reports import LabelsFacts, Loss, Names, Rate, SkewFacts, census_of, labels_page, plan_facts_of
from overpaint.reports._labels_plots import both, share, span
from overpaint.reports._shifts import Ratio
from overpaint.reports._skew_facts import Cross, Group, Lean, Part, Tally

NASTY = "<script>alert(1)</script>\"'&"
POLICY = """
version = 1
title = "A title"
use = "tests"
community = "nobody"
revision = 2026-11-22
[hold]
under = []
[[clause]]
name = "gone"
reason = "It goes <b>away</b>."
action = "remove"
ids = ["n02121808"]
[[clause]]
name = "moved"
reason = "It moves."
action = "merge"
to = "n02084071"
ids = ["n02085620"]
[[clause]]
name = "held"
reason = "People shall say."
action = "hold"
ids = ["n09835506"]
"""


class Strict(HTMLParser):
    """Notes what is open, and what a page would fetch."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr", "path", "rect", "circle"})

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.tags = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.append(tag)
        self.ids += [told["id"]] if "id" in told else []
        self.links += [told[name] for name in ("href", "src") if name in told]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def names(show=None):
    terms = labels.Terms({}, show=bool(show))
    resolve = {f"n{n:08d}": f"n{n:08d}" for n in (2121808, 2084071, 2085620, 9835506)}.get

    def shown(label, id):  # noqa: A002
        return (id or label, terms.of(id or label))

    return Names(resolve, shown, terms.of)


def skew(**changes):
    total = Part("", "all images", None, Tally(200, 190, 90, 80, 10, 120, 60), 150, Tally(150, 145, 60), 4, 3)
    endless = Ratio(float("inf"), 9, float("inf"), 0, "exact")
    part = Part("n02121808", "cat", "n02121808", Tally(50, 50, 5, removed=50), 0, Tally())
    ratio = Ratio(2.0, 1.5, 2.7, 0.001, "exact")
    facts = SkewFacts(
        run="run",
        basis="Images with people are those with a face.",
        after="After: what is left.",
        has_after=True,
        total=total,
        held=3,
        summed=2,
        classes=(part, dataclasses.replace(part, who=NASTY, name=NASTY, id=None, left=50, moved_to="a dog")),
        subtrees=(dataclasses.replace(part, who="n01471682", name="vertebrate", classes=2, depth=0), part),
        losses=(
            Loss("attribute", f"g: {NASTY}", f"g: {NASTY}", Rate.make(41, 50), Rate.make(9, 100), ratio, 0.001),
            Loss("class", "n02121808", "cat", Rate.make(50, 50), Rate.make(0, 150), endless, 0.0),
        ),
        groups=(
            Group("g", NASTY, 50, None, Rate.make(50, 150), None, False),
            Group("g", "b", 100, 0, Rate.make(100, 150), Rate.make(0, 91), True),
        ),
        leans=(Lean("class", "n02121808", "cat", "g", "b", Rate.make(9, 10), Rate.make(1, 9), ratio, 0.01),),
        crossings=(Cross(("g", "b"), ("h", NASTY), None, 12, False),),
        tested={"class": 4, "attribute": 2, "subtree": 1},
        notes=("A note.",),
    )  # fmt: skip
    return dataclasses.replace(facts, **changes)


def plan():
    counts = [
        labels.LabelCount(label, images, id=label)
        for label, images in (("n02121808", 50), ("n02084071", 40), ("n02085620", 30), ("n09835506", 20))
    ]
    policy = labels.loads_label_policy(POLICY)
    return counts, labels.plan_labels(counts, policy, taxonomy=labels.wordnet(), ratings={})


def census(counts):
    rating = labels.Rating("n09835506", "safe", 4.5, "somebody", "2026-01-01")
    return census_of(
        counts, images=140, unlabelled=7, names=names(), taxonomy=labels.wordnet(), ratings={"n09835506": rating}
    )


@pytest.fixture(scope="module")
def every():
    counts, made = plan()
    return LabelsFacts(
        census=census(counts),
        plan=plan_facts_of(made, names()),
        skew=skew(),
        index_table="index.csv",
        withheld="1 term",
    )


@pytest.mark.parametrize("left_out", [(), ("census",), ("plan",), ("skew",), ("census", "plan"), ("plan", "skew"),
                                      ("census", "skew"), ("census", "plan", "skew")])  # fmt: skip
def test_each_part_may_be_missing(every, left_out):
    page = labels_page(dataclasses.replace(every, **dict.fromkeys(left_out)))
    told = Strict(page)
    assert len(told.ids) == len(set(told.ids))
    assert {link[1:] for link in told.links if link.startswith("#")} <= set(told.ids)
    for part, ident in (("census", "census"), ("plan", "policy"), ("skew", "classes")):
        assert (ident in told.ids) == (part not in left_out)
    assert "limits" in told.ids


def test_it_asks_nothing_of_a_network_and_runs_nothing(every):
    page = labels_page(every)
    told = Strict(page)
    assert "script" not in told.tags
    assert [link for link in told.links if not link.startswith("#")] == ["index.csv"]
    assert "http" not in re.sub(r"http-equiv", "", page)
    assert "url(" not in page
    assert page == labels_page(every)


def test_what_people_wrote_stays_text(every):
    page = labels_page(every)
    assert "alert(1)" in page
    assert "<script" not in page
    assert "<b>" not in page


def test_what_matters_is_on_it(every):
    page = labels_page(every)
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for words in (
        "200 images under 4 labels come in, 150 under 3 are left",
        "1 group has no image left: g: b",
        "overpaint infers nobody’s gender, race or age",
        "3 images are held in the no-view lane",
        "now a dog",
        "not told",
        "A note.",
        "It moves.",
        "People shall say.",
        "n09835506",
        "(term withheld)",
        "7 have none",
    ):
        assert words in text, words
    assert "ballplayer" not in text


def test_before_there_is_an_after():
    page = labels_page(LabelsFacts(skew=skew(has_after=False, losses=(), after="Nothing is decided yet.")))
    told = Strict(page)
    assert "losses" not in told.ids
    assert "Nothing is decided yet." in page


def test_without_attributes_nothing_is_said_of_groups():
    page = labels_page(LabelsFacts(skew=skew(groups=(), leans=(), crossings=())))
    assert "groups" not in Strict(page).ids
    assert "no attributes were supplied, and none are inferred" in page


def test_plots_take_whatever_there_is():
    inf = float("inf")
    for low, high, value in ((0, inf, inf), (0, 0, 0), (0.5, 2, 1), (1e-9, 1e9, 3), (0, 3, None)):
        Strict(f"<p>{span(Ratio(value, low, high, 0.5, 'exact'))}</p>")
    for rate in (None, Rate.make(0, 0), Rate.make(0, 9), Rate.make(9, 9)):
        Strict(f"<p>{share(rate)}{both(rate, Rate.make(1, 2))}</p>")


def test_census_and_plan_count_what_they_are_given():
    counts, made = plan()
    found = census(counts)
    assert (found.labels, found.known, found.people, found.unlabelled) == (4, 4, 1, 7)
    assert found.rated == {"safe": (1, 20)}
    animals = {branch.who: (branch.labels, branch.images) for branch in found.branches}
    assert animals["n02075296"] == (3, 120)  # carnivores: the cat, the dog and the chihuahua
    facts = plan_facts_of(made, names())
    assert facts.actions == {"remove": (1, 50), "keep": (1, 40), "merge": (1, 30), "hold": (1, 20)}
    assert [one.who for one in facts.of("merge")] == ["n02085620"]
    assert facts.of("merge")[0].to.startswith("n02084071")
    assert facts.of("hold")[0].name == "(term withheld)"
