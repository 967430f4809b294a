"""What a label policy makes of labels: who is meant, where labels lead, and what becomes of images."""

from __future__ import annotations

import itertools

import pytest

from overpaint.errors import LabelsError
from overpaint.labels import LabelCount, LabelPlan, Rating, Synset, loads_label_policy, plan_labels, wordnet
from overpaint.labels._plan_match import Judge

HEAD = 'version = 1\ntitle = "t"\nuse = "u"\ncommunity = "c"\nrevision = 2026-01-02\n'


class Woods:
    """A small taxonomy: a thing, its parents."""

    name = "Woods"
    version = "1"

    def __init__(self, parents: dict[str, tuple[str, ...]]) -> None:
        self.above = parents

    def __contains__(self, thing: object, /) -> bool:
        return thing in self.above

    def synset(self, thing: str, /) -> Synset:
        return Synset(thing, (f"name of {thing}",), self.above[thing])

    def parents(self, thing: str, /) -> tuple[str, ...]:
        return self.above[thing]


WOODS = Woods(
    {
        "all": (),
        "folk": ("all",),
        "worker": ("folk",),
        "guild": ("folk",),
        "smith": ("worker", "guild"),
        "farrier": ("smith",),
        "beast": ("all",),
        "cat": ("beast",),
        "kitten": ("cat",),
    }
)
RATED = {
    "worker": Rating("worker", "safe", 4.5, "raters", "2026-01-01"),
    "guild": Rating("guild", "safe", 1.5, "raters", "2026-01-01"),
    "smith": Rating("smith", "offensive", 3.0, "raters", "2026-01-01", 5, 0.8),
    "farrier": Rating("farrier", "sensitive", None, "raters", "2026-01-01"),
}


class Listed:
    def __init__(self, name: str, *ids: str) -> None:
        self.name, self.ids = name, ids


def plan(labels: list[str] | list[LabelCount], clauses: str, *, head: str = "", **more: object) -> LabelPlan:
    counts = [LabelCount(one, 10) if isinstance(one, str) else one for one in labels]
    hold = "" if "[hold]" in clauses else '[hold]\nunder = ["folk"]\n'
    policy = loads_label_policy(HEAD + head + hold + clauses)
    return plan_labels(counts, policy, **({"taxonomy": WOODS, "ratings": RATED} | more))  # type: ignore[arg-type]


def clause(action: str, *words: str, name: str = "one") -> str:
    return (
        f'\n[[clause]]\nname = "{name}"\nreason = "because of {name}"\naction = "{action}"\n' + "\n".join(words) + "\n"
    )


def actions(made: LabelPlan) -> dict[str, str]:
    return {d.label: d.action for d in made.decisions}


EVERYTHING = ["folk", "worker", "guild", "smith", "farrier", "cat", "kitten", "a word"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ('labels = ["kit*", "a word"]', {"kitten", "a word"}),
        ('ids = ["cat"]', {"cat"}),
        ('under = ["worker"]', {"worker", "smith", "farrier"}),
        ('under = ["worker"]\nexcept = ["farrier"]', {"worker", "smith"}),
        ('under = ["folk"]\nexcept = ["guild"]', {"folk", "worker"}),
        ('safety = ["offensive", "sensitive"]', {"smith", "farrier"}),
        ("imageability_below = 3", {"guild"}),
        ("imageability_at_least = 3", {"worker", "smith"}),
        ("unrated = true", {"folk", "cat", "kitten", "a word"}),
        ('unrated = true\nunder = ["beast"]', {"cat", "kitten"}),
        ('lists = ["known"]', {"cat", "smith"}),
        ("min_images = 11", {"a word"}),
        ("max_images = 10", set(EVERYTHING) - {"a word"}),
        ('ids = ["smith"]\ndescendants = "same"', {"smith", "farrier"}),
        ('safety = ["offensive"]\ndescendants = "same"', {"smith", "farrier"}),
        ('safety = ["offensive"]\ndescendants = "own"', {"smith"}),
    ],
)
def test_who_is_meant(words, meant):
    counts = [LabelCount(name, 11 if name == "a word" else 10) for name in EVERYTHING]
    made = plan(counts, "[hold]\nunder = []\n" + clause("remove", words), lists=(Listed("known", "cat", "smith"),))
    assert {d.label for d in made.decisions if d.action == "remove"} == meant
    assert set(made.after) == set(EVERYTHING) - meant


def test_descendants_of_a_meant_thing_that_is_no_label_itself():
    made = plan(["farrier"], clause("remove", 'ids = ["smith"]'), head='descendants = "same"\n')
    assert made.decisions[0].through == "smith"
    assert made.after == ()


def test_the_first_clause_that_means_a_label_decides():
    made = plan(
        ["smith", "farrier"], clause("keep", 'ids = ["smith"]') + clause("remove", 'under = ["folk"]', name="two")
    )
    assert [(d.action, d.clause, d.reason) for d in made.decisions] == [
        ("remove", "two", "because of two"),
        ("keep", "one", "because of one"),
    ]


def test_unrated_labels_in_a_sensitive_subtree_are_held_unless_a_clause_speaks():
    made = plan(EVERYTHING, "")
    assert {d.label for d in made.decisions if d.held} == {"folk"}
    assert made.decision("folk").clause == "[hold]"
    assert made.fate(["folk", "cat"]).treatment == "quarantine"
    assert plan(EVERYTHING, clause("keep", 'ids = ["folk"]')).new_label("folk") == "folk"
    assert plan(["a word"], "", head='unresolved = "hold"\n').decisions[0].clause == "[unresolved]"


def test_a_rating_of_the_words_themselves_counts():
    rated = {"a word": Rating("a word", "offensive", None, "us", "2026-02-02")}
    assert plan(["a word"], clause("remove", 'safety = ["offensive"]'), ratings=rated).after == ()


def test_up_to_the_nearest_ancestor_that_is_kept():
    up = clause("ancestor", 'safety = ["offensive", "sensitive"]')
    made = plan(["farrier", "smith", "guild", "worker", "cat"], up)
    assert made.names == {"farrier": "worker", "smith": "worker", "guild": "guild", "worker": "worker", "cat": "cat"}
    without = clause("remove", 'ids = ["worker"]', name="two")
    assert plan(["farrier", "guild", "worker"], without + up).new_label("farrier") == "guild"


def test_no_kept_ancestor_means_removed_and_nobody_becomes_a_beast():
    up = clause("ancestor", 'safety = ["offensive"]')
    made = plan(["smith", "all"], up)
    assert made.decision("smith").action == "remove" and "No kept ancestor" in made.decision("smith").reason
    assert plan(["smith", "all"], "[hold]\nunder = []\n" + up).new_label("smith") == "all"
    said = RATED | {"all": Rating("all", "safe", None, "us", "2026-02-02")}
    assert plan(["smith", "all"], up, ratings=said).new_label("smith") is None


def test_an_ancestor_that_is_kept_but_not_found_harmless_is_passed_over():
    up = clause("ancestor", 'ids = ["smith"]')
    said = RATED | {"worker": Rating("worker", "sensitive", None, "us", "2026-02-02")}
    assert plan(["smith", "worker", "guild"], up, ratings=said).new_label("smith") == "guild"
    kept = clause("keep", 'ids = ["folk"]', name="two")
    assert plan(["smith", "folk"], up + kept).new_label("smith") is None


def test_an_ancestor_may_be_taken_from_the_taxonomy():
    up = clause("ancestor", 'safety = ["offensive"]', 'among = "taxonomy"')
    assert plan(["smith"], up).after == ("worker",)
    assert plan([LabelCount("a smith", 3, id="smith")], up).after == ("name of worker",)
    assert plan([LabelCount("a smith", 3, id="smith")], up).classes[0].id == "worker"


def test_two_ancestors_of_one_name_stay_two(monkeypatch):
    monkeypatch.setattr(WOODS, "synset", lambda thing: Synset(thing, ("one name",)))
    up = clause("ancestor", 'labels = ["a *"]', 'among = "taxonomy"')
    made = plan([LabelCount("a farrier", 1, id="smith"), LabelCount("a kitten", 1, id="kitten")], up)
    assert made.names == {"a farrier": "one name", "a kitten": "cat"}
    assert [one.id for one in made.classes] == ["worker", "cat"]


def test_merges_are_followed():
    made = plan(
        ["kitten", "cat", "beast"],
        clause("merge", 'ids = ["kitten"]', 'to = "cat"')
        + clause("rename", 'ids = ["cat"]', 'to = "puss"', name="two"),
    )
    assert made.names == {"kitten": "puss", "cat": "puss", "beast": "beast"}
    assert actions(made) == {"kitten": "merge", "cat": "rename", "beast": "keep"}
    assert made.after == ("beast", "puss")


def test_a_circle_of_merges_is_refused():
    with pytest.raises(LabelsError, match=r"clause '(one|two)' is part of a circle"):
        plan(
            ["kitten", "cat"],
            clause("merge", 'labels = ["kitten"]', 'to = "cat"')
            + clause("merge", 'labels = ["cat"]', 'to = "kitten"', name="two"),
        )


@pytest.mark.parametrize("action", ["merge", "rename"])
@pytest.mark.parametrize("gone", ["remove", "quarantine", "hold"])
@pytest.mark.parametrize("labels", [["kitten", "cat"], ["kitten"]])
def test_leading_to_a_label_that_goes_is_refused(action, gone, labels):
    with pytest.raises(LabelsError, match=f"clause 'one' leads to a label that is not kept.*{gone}"):
        plan(
            labels,
            clause(action, 'labels = ["kitten"]', 'to = "cat"') + clause(gone, 'labels = ["cat"]', name="two"),
        )


def test_a_name_that_would_be_held_cannot_be_given():
    with pytest.raises(LabelsError, match=r"clause 'one'.*hold"):
        plan(["kitten"], clause("rename", 'labels = ["kitten"]', 'to = "folk"'))


def test_a_name_that_somebody_gives_is_not_unresolved():
    head = 'unresolved = "hold"\n'
    assert plan(["cat"], clause("rename", 'labels = ["cat"]', 'to = "puss"'), head=head).after == ("puss",)
    assert plan(["cat", "kitten"], clause("merge", 'under = ["cat"]', 'to = "puss"'), head=head).after == ("puss",)


def test_two_labels_may_swap_names():
    made = plan(
        ["kitten", "cat"],
        clause("rename", 'labels = ["kitten"]', 'to = "cat"')
        + clause("rename", 'labels = ["cat"]', 'to = "kitten"', name="two"),
    )
    assert made.names == {"cat": "kitten", "kitten": "cat"}
    assert made.notes == ()


def test_two_labels_of_one_name_are_merged_and_it_is_said():
    made = plan(["cat", "kitten", "beast"], clause("rename", 'under = ["cat"]', 'to = "puss"'))
    assert actions(made) == {"beast": "keep", "cat": "merge", "kitten": "merge"}
    assert made.after == ("beast", "puss")
    assert made.notes == ("clause 'one' gives 2 labels one name: they become one class",)


def test_a_clause_that_merges_labels_into_one_of_them_keeps_that_one():
    made = plan(["cat", "kitten"], clause("merge", 'under = ["cat"]', 'to = "cat"'))
    assert actions(made) == {"cat": "keep", "kitten": "merge"}


def test_the_new_class_list_and_the_table_of_numbers():
    counts = [LabelCount(name, 1, index=n) for n, name in enumerate(["kitten", "smith", "cat", "worker", "a word"])]
    clauses = clause("merge", 'ids = ["kitten"]', 'to = "cat"') + clause("remove", 'ids = ["smith"]', name="two")
    made = plan(counts, clauses)
    assert made.after == ("cat", "worker", "a word")
    assert made.numbers == {0: 0, 1: None, 2: 0, 3: 1, 4: 2}
    assert plan(counts, clauses, order="sorted").after == ("a word", "cat", "worker")
    assert plan(counts, clauses, first_index=1).numbers == {0: 1, 1: None, 2: 1, 3: 2, 4: 3}
    new = clause("merge", 'under = ["beast"]', 'to = "puss"')
    assert plan(counts, new).after == ("puss", "smith", "worker", "a word")


def test_the_table_of_numbers_names_nothing_that_went():
    made = plan(["a word", "smith", "cat"], clause("remove", 'labels = ["a *", "smith"]'))
    assert [(row.old_label, row.new) for row in made.index_map()] == [
        ("label-001", None),
        ("cat", 0),
        ("label-003", None),
    ]


@pytest.mark.parametrize(
    ("images", "labels", "treatment", "left"),
    [
        ("", ["cat"], "keep", ("cat",)),
        ("", [], "keep", ()),
        ("", ["smith"], "remove", ()),
        ("", ["smith", "cat"], "keep", ("cat",)),
        ("", ["smith", "farrier"], "remove", ()),
        ("", ["smith", "folk"], "quarantine", ()),
        ("", ["guild", "cat"], "quarantine", ("cat",)),
        ('without_labels = "quarantine"', ["smith"], "quarantine", ()),
        ('without_labels = "keep"', ["smith"], "keep", ()),
        ('with_other_labels = "remove"', ["smith", "cat"], "remove", ("cat",)),
        ('with_other_labels = "remove"', ["smith", "folk"], "remove", ()),
        ('with_other_labels = "quarantine"', ["smith", "cat"], "quarantine", ("cat",)),
        ('with_other_labels = "quarantine"', ["smith", "farrier"], "remove", ()),
        ("", ["kitten", "cat", "kitten"], "keep", ("cat",)),
    ],
)
def test_the_fate_of_an_image(images, labels, treatment, left):
    made = plan(
        EVERYTHING,
        f"[images]\n{images}\n"
        + clause("remove", 'safety = ["offensive", "sensitive"]')
        + clause("quarantine", 'ids = ["guild"]', name="two")
        + clause("merge", 'ids = ["kitten"]', 'to = "cat"', name="three"),
    )
    fate = made.fate(labels)
    assert (fate.treatment, fate.labels) == (treatment, left)
    assert bool(fate.reason) == bool(set(labels) - {"cat"})
    if "smith" in labels:
        assert "one" in fate.clauses


def test_a_label_that_was_not_counted_is_refused():
    with pytest.raises(LabelsError, match="count the labels again"):
        plan(["cat"], "").fate(["kitten"])


def test_the_order_of_the_catalogue_does_not_count():
    clauses = clause("ancestor", 'safety = ["offensive"]') + clause("rename", 'ids = ["cat"]', 'to = "x"', name="two")
    made = {plan(list(order), clauses).digest for order in itertools.permutations(["worker", "guild", "smith", "cat"])}
    assert len(made) == 1


def test_there_and_back_as_json():
    made = plan(EVERYTHING, clause("remove", 'ids = ["cat"]') + clause("ancestor", 'ids = ["smith"]', name="two"))
    again = LabelPlan.from_json(made.to_json())
    assert again == made
    assert again.digest == made.digest
    assert again.fate(["smith", "cat"]) == made.fate(["smith", "cat"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "label-plan"}', '{"kind": "label-plan", "version": 1}'])
def test_what_is_no_plan_is_refused(text):
    with pytest.raises(LabelsError, match=r"p\.json: is .*; make the plan again"):
        LabelPlan.from_json(text, name="p.json")


def test_a_damaged_plan_is_refused():
    text = plan(["cat", "kitten"], "").to_json()
    for old, new in (('"images": 10', '"images": "10"'), ('"to": "cat"', '"to": "dog"'), ('"keep"', '"burn"')):
        assert old in text
        with pytest.raises(LabelsError, match="make the plan again"):
            LabelPlan.from_json(text.replace(old, new, 1) if old != '"keep"' else text.replace(old, new))


def test_the_summary_counts_by_action_and_clause():
    told = plan(EVERYTHING, clause("remove", 'under = ["worker"]')).summary()
    assert told["by_action"] == {
        "hold": {"classes": 1, "images": 10},
        "keep": {"classes": 4, "images": 40},
        "remove": {"classes": 3, "images": 30},
    }
    assert (told["classes"], told["classes_after"], told["images"]) == (8, 4, 80)


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        (clause("remove", 'ids = ["unicorn"]'), "clause 'one' ids: 'unicorn' is not in Woods"),
        (clause("remove", 'under = ["unicorn"]'), "clause 'one' under"),
        ('[hold]\nunder = ["unicorn"]\n', r"\[hold\] under"),
        (clause("remove", 'lists = ["mine"]'), "there is no class list 'mine'"),
    ],
)
def test_words_that_name_nothing_are_refused(clauses, message):
    with pytest.raises(LabelsError, match=message):
        plan(["cat"], clauses)


def test_a_label_that_is_there_twice_is_refused():
    with pytest.raises(LabelsError, match="there twice"):
        plan(["cat", "cat"], "")
    with pytest.raises(LabelsError, match=r"there twice \(number 3\)"):
        plan([LabelCount("cat", 1, index=3), LabelCount("kitten", 1, index=3)], "")


def test_the_way_up_is_that_of_the_taxonomy():
    tree = wordnet()
    judge = Judge((), loads_label_policy(HEAD), tree=tree, ratings={}, lists=())
    for thing in ("n00007846", "n02835271", "n10148035", "n02084071", "n00001740", "n09835506", "n02121620"):
        assert judge.line(thing) == (thing, *tree.ancestors(thing))


def test_a_clause_that_meant_nobody_is_told():
    assert plan(["cat"], clause("remove", 'ids = ["smith"]')).notes == ("clause 'one' meant no label",)
