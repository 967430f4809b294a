"""What is told of a thing, what lies below it, what bears a name, and what stands beside a number."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint import labels
from overpaint.errors import LabelsError
from overpaint.labels import PERSON, WITHHELD, Synset, Taxonomy, Terms, class_list, wordnet
from overpaint.labels._lens import Lens, kinship
from overpaint.labels._meaning import meaning
from overpaint.labels._show import _paths
from overpaint.labels._spelling import distance, nearest

TANDEM, BIKINI, BALLPLAYER, GROOM, DIVER = "n02835271", "n02837789", "n09835506", "n10148035", "n10565667"


@pytest.fixture
def judged(tmp_path):
    """A maintainer's own ratings, made up."""
    path = tmp_path / "ours.csv"
    path.write_text(
        "wnid,safety,imageability,source,date\n"
        f"{BALLPLAYER},safe,4.5,us,2026-01-02\n{GROOM},sensitive,,us,2026-01-02\n{TANDEM},offensive,,us,2026-01-02\n"
    )
    return path


def test_show():
    shown = labels.show("tandem bicycle")
    assert (shown.id, shown.term) == (TANDEM, "bicycle-built-for-two, tandem bicycle, tandem")
    assert shown.definition == "a bicycle with two sets of pedals and two seats"
    assert [path[-1] for path in shown.paths] == [("n02834778", "bicycle, bike, wheel, cycle")] * 2
    assert all(path[0] == ("n00001740", "entity") for path in shown.paths) and shown.more_paths == 0
    assert (shown.children, shown.descendants, shown.instance) == (0, 0, False)
    assert shown.numbers["ilsvrc"] == 444 and shown.numbers["21k"] == labels.index(TANDEM, list="21k")
    assert shown.person is False and shown.rating is None
    assert any("no ratings are installed" in line for line in shown.lines())


def test_one_of_is_not_a_kind_of():
    city = wordnet().named("dar es salaam")[0]
    assert any(line.strip().startswith("one of: ") for line in labels.show(city).lines())


def test_a_name_of_several_things_lists_them_without_names():
    with pytest.raises(LabelsError) as told:
        labels.show("crane")
    assert "'crane' is 5 things: n02012849 (large long-necked wading bird" in str(told.value)
    with pytest.raises(LabelsError, match=r"spelled nearly so: .*n02837789"):
        labels.show("bikinni")
    with pytest.raises(LabelsError, match="NAME is empty"):
        labels.show("  ")
    with pytest.raises(LabelsError, match="NAME is longer than 200 letters"):
        labels.show("x" * 201)


def test_terms_are_withheld_unless_asked_for(judged):
    assert labels.show(BALLPLAYER).term == WITHHELD
    assert "--show-terms" in labels.show(BALLPLAYER).lines()[-1]
    assert labels.show(BALLPLAYER, ratings=judged).term == "ballplayer, baseball player"
    assert labels.show(GROOM, ratings=judged).term == labels.show(TANDEM, ratings=judged).term == WITHHELD
    assert labels.show(GROOM, show_terms=True).term.startswith("groom")
    said = labels.show(GROOM, ratings=judged)
    assert said.rating.safety == "sensitive" and "  rating: sensitive (us, 2026-01-02)" in said.lines()
    assert "groom" not in json.dumps(said.to_dict()) and "groom" not in "\n".join(said.lines())
    assert "rating: safe, imageability 4.50 of 5" in "\n".join(labels.show(BALLPLAYER, ratings=judged).lines())


def test_a_definition_does_not_tell_what_is_withheld():
    tree = wordnet()
    inside = [
        key
        for key in sorted(tree.descendants(PERSON))[:1500]
        if any(name.casefold() in (tree.definition(key) or "").casefold() for name in tree.synset(key).names)
    ]
    assert len(inside) > 100
    masked, open_ = Terms(taxonomy=tree), Terms(taxonomy=tree, show=True)
    for key in inside:
        told = meaning(tree, masked, key).casefold()
        assert WITHHELD in told
        assert not any(name.casefold() in told.replace(WITHHELD, "") for name in tree.synset(key).names)
        assert meaning(tree, open_, key) == tree.definition(key)


@given(st.integers(1, 9), st.integers(1, 9))
def test_the_ways_up_are_counted_without_walking_them(wide, high):
    """``wide`` things on each of ``high`` floors, each below all of the floor above: wide ** high ways."""
    floors = [[f"x{floor}{at}" for at in range(wide)] for floor in range(high)]
    made = [
        Synset(key, (key,), tuple(floors[at - 1]) if at else ()) for at, floor in enumerate(floors) for key in floor
    ]
    tree = Taxonomy.of("floors", "1", [*made, Synset("low", ("low",), tuple(floors[-1]))])
    lens = Lens(tree, labels.ratings(installed_too=False), Terms(taxonomy=tree, show=True))
    paths, more = _paths(lens, "low")
    assert len(paths) + more == wide**high and len(paths) <= 12 and len(set(paths)) == len(paths)
    for path in paths:
        keys = [key for key, _ in path]
        assert all(above in tree.parents(below) for above, below in zip(keys, [*keys[1:], "low"], strict=True))


def test_tree():
    shown = labels.tree("n04524313", depth=2)
    kept = wordnet()
    assert shown.descendants == len(kept.descendants("n04524313")) == shown.branches[0].below
    assert [one.id for one in shown.branches if one.depth == 1] == list(kept.children("n04524313"))
    for one in shown.branches[1:]:
        above = next(
            each for each in reversed(shown.branches[: shown.branches.index(one)]) if each.depth == one.depth - 1
        )
        assert above.id in kept.parents(one.id)
    assert labels.tree("n04524313", depth=0).branches == shown.branches[:1]
    assert shown.lines()[0] == f"n04524313 vehicle  [{shown.descendants:,} below]"
    with pytest.raises(LabelsError, match="depth=-1"):
        labels.tree("n04524313", depth=-1)


def test_what_stands_further_up_already_is_not_opened_again(tmp_path):
    path = tmp_path / "diamond.csv"
    path.write_text("id,name,parents\ntop,top,\nleft,left,top\nright,right,top\nmid,mid,left;right\nlow,low,mid\n")
    shown = labels.tree("top", depth=9, taxonomy=path)
    told = [(one.id, one.depth, one.again) for one in shown.branches]
    first = [("top", 0, False), ("left", 1, False), ("mid", 2, False), ("low", 3, False)]
    assert told == [*first, ("right", 1, False), ("mid", 2, True)]
    assert shown.lines()[-1] == "    mid mid  [1 below, see above]" and shown.descendants == 4
    whole = labels.tree("n02084071", depth=30)  # dogs
    assert {one.id for one in whole.branches} == wordnet().descendants("n02084071") | {"n02084071"}


def test_a_tree_of_people_names_nobody(judged):
    shown = labels.tree(PERSON, ratings=judged)
    assert [one.term for one in shown.branches].count(WITHHELD) == len(shown.branches) - 1
    assert "withheld; --show-terms" in shown.lines()[-1]
    below = labels.tree("n09820263", ratings=judged)
    assert [one.safety for one in below.branches if one.id == BALLPLAYER] == ["safe"]


@pytest.mark.parametrize(
    ("text", "how", "found"),
    [
        ("n02835271", "identifier", TANDEM),
        ("Tandem_Bicycle", "name", TANDEM),
        ("bicycle rack", "name", "n02835829"),
        ("rack bicycle", "words", "n02835829"),
        ("mountai bik", "beginnings", "n03792782"),
        ("bicycle-*", "pattern", TANDEM),
        ("*built?for*", "pattern", TANDEM),
        ("t[ae]ndem bicycle", "pattern", TANDEM),
        ("tandem bicycel", "nearly", TANDEM),
    ],
)
def test_search(text, how, found):
    result = labels.search(text, most=100)
    assert result.how == how and found in [hit.id for hit in result.hits]
    assert result.found >= len(result.hits)


def test_search_lists_no_more_than_was_asked():
    assert (len(labels.search("dog", most=2).hits), labels.search("dog", most=2).found > 10) == (2, True)
    assert "more; --most shows them" in labels.search("dog", most=2).lines()[-1]
    assert labels.search("zzzzqqqq").lines() == ["nothing bears this name, nor one nearly like it"]
    with pytest.raises(LabelsError, match="most=0"):
        labels.search("dog", most=0)


@given(st.text("*?[]!-^\\ab ", min_size=1, max_size=60))
@settings(max_examples=8, deadline=None)
def test_any_pattern_is_answered_or_refused(text):
    try:
        assert labels.search(text).found >= 0
    except LabelsError as error:
        assert "TEXT is empty" in str(error)  # noqa: PT017 - nothing else may be refused


def test_resolve_the_number_that_made_history():
    told = labels.resolve("444")
    assert (told.list_name, told.classes, told.index, told.id) == ("ilsvrc", 1000, 444, TANDEM)
    assert [(one.index, one.id, one.other) for one in told.neighbours] == [
        (443, "n02834397", True),
        (445, BIKINI, True),
    ]
    assert "  445 is n02837789 bikini, two-piece  <- another kind of thing" in "\n".join(told.lines())
    assert told.elsewhere["21k"] == 4774
    assert labels.resolve("bicycle-built-for-two") == told == labels.resolve(TANDEM)


def test_resolve_at_the_ends_and_beyond():
    assert [one.index for one in labels.resolve("0").neighbours] == [1]
    assert [one.index for one in labels.resolve("999").neighbours] == [998]
    for number in ("1000", "-1", "999999999"):
        with pytest.raises(LabelsError, match=f"no class {number}; its 1000 classes have the numbers 0 to 999"):
            labels.resolve(number)


def test_resolve_in_a_file_of_ones_own(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text(f"tench\n{TANDEM} two-seater\n\n{BALLPLAYER} somebody\n")
    told = labels.resolve("two-seater", list=path)
    assert (told.list_name, told.index, told.id) == ("names.txt", 1, TANDEM)
    assert [(one.index, one.id, one.term, one.other) for one in told.neighbours] == [
        (0, None, "tench", False),
        (2, BALLPLAYER, WITHHELD, True),
    ]
    path = tmp_path / "names.json"
    path.write_text('{"0": "tench", "2": "goldfish"}')
    assert labels.resolve("1", list=path).term == "(no name)"
    path.write_text('["\\u001b[31mred\\ud800\\n"]')
    assert labels.resolve("0", list=path).lines() == ["names.json 0: \\x1b[31mred\\ud800"]


def test_kinship_is_one_for_a_thing_itself_and_alike_both_ways():
    tree = wordnet()
    ids = class_list("ilsvrc").ids[::97]
    for one in ids:
        assert kinship(tree, one, one) == (1.0, one)
        for other in ids:
            value, shared = kinship(tree, one, other)
            assert 0 < value <= 1 and value == kinship(tree, other, one)[0]
            assert tree.under(one, shared) and tree.under(other, shared)
    apart = Taxonomy.of("two roots", "1", [Synset("a", ("a",)), Synset("b", ("b",))])
    assert kinship(apart, "a", "b") == (0.0, None)
    # Wu and Palmer by hand: a chain root > k > (x > y, z): 2 * 2 / (2 * 2 + 2 + 1)
    parents = {"root": (), "k": ("root",), "x": ("k",), "y": ("x",), "z": ("k",)}
    small = Taxonomy.of("small", "1", [Synset(key, (key,), above) for key, above in parents.items()])
    assert kinship(small, "y", "z") == (4 / 7, "k")


def test_what_the_docs_say_of_ilsvrcs_neighbours():
    ids = class_list("ilsvrc").ids
    other = [at for at in range(999) if kinship(wordnet(), ids[at], ids[at + 1])[0] < 0.6]
    assert (len(other), sum(at < 397 for at in other)) == (365, 4)
    assert all(wordnet().under(key, "n00015388") for key in ids[:398])  # animals


def slow_distance(one, other):
    if not one or not other:
        return len(one) + len(other)
    return min(
        slow_distance(one[1:], other) + 1,
        slow_distance(one, other[1:]) + 1,
        slow_distance(one[1:], other[1:]) + (one[0] != other[0]),
    )


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(0, 6))
def test_edit_distance_against_its_definition(one, other, most):
    assert distance(one, other, most=most) == min(slow_distance(one, other), most + 1)


def test_nearest():
    assert nearest("bicycel", ["bicycle", "tricycle", "bib"]) == ("bicycle",)
    assert nearest("x", ["y"]) == () and nearest("a" * 1000, ["a" * 999]) == ()
