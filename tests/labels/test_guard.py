"""The guard on the lists that everybody uses: each damage is told as what it was, or listed as one that cannot show."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

from overpaint import labels
from overpaint.labels import compare_lists, compare_numbers

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _list_damages import KINDS, damages, faults

STEPS = {"ilsvrc": 61, "21k": 12_000}  # `benchmarks/class_lists.py` takes every step
ILSVRC = labels.class_list("ilsvrc")
ALL = [", ".join(ILSVRC.taxonomy.synset(each).names) for each in ILSVRC.ids]
TWINS = ((134, 517), (638, 639))  # share their first names


def only(check, kind):
    return [each for each in check.findings if each.kind == kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", STEPS)
def test_a_damage_is_told(name, kind):
    classes = labels.class_list(name)
    names = np.unique(classes.names, return_inverse=True)[1]
    for damage in damages(kind, len(classes), step=STEPS[name]):
        texts = [classes.names[at] if at >= 0 else "(made up)" for at in damage.order.tolist()]
        assert faults(damage, names, compare_lists(texts, classes)) is None, damage


def sorts(classes, texts):
    n = len(texts)
    yield "number as text (0, 1, 10, 100)", [texts[int(each)] for each in sorted(map(str, range(n)))]
    yield "number as text from 1 (1, 10, 100)", [texts[int(each) - 1] for each in sorted(map(str, range(1, n + 1)))]
    back = dict(zip(sorted(map(str, range(n))), texts, strict=True))
    yield "number as text (0, 1, 10, 100), read backwards", [back[str(i)] for i in range(n)]
    yield "name", sorted(texts)
    yield "name, capitals as small letters", sorted(texts, key=str.casefold)
    yield "last to first", texts[::-1]


@pytest.mark.parametrize("name", STEPS)
def test_a_sort_is_told(name):
    classes = labels.class_list(name)
    for order, texts in itertools.islice(sorts(classes, list(classes.names)), 6 if name == "ilsvrc" else 2):
        check = compare_lists(texts, classes)
        assert check.kinds == ("missorted",)
        assert check.findings[0].order == order
        assert check.wrong == sum(a != b for a, b in zip(texts, classes.names, strict=True))
        assert sum(each.kind != "ambiguous" for each in check.findings) == 1


@pytest.mark.parametrize("step", [7, 61])
def test_a_sort_with_a_mishap_in_it_is_told_as_both(step):
    texts = sorted(ILSVRC.names, key=str.casefold)
    texts[step], texts[500] = texts[500], texts[step]
    check = compare_lists(texts, ILSVRC)
    assert check.kinds == ("missorted", "swapped")
    assert set(only(check, "swapped")[0].at) == {step, 500}


WRITTEN = {
    "wnids": list(ILSVRC.ids),
    "wnids and names": [f"{wnid} {name}" for wnid, name in zip(ILSVRC.ids, ALL, strict=True)],
    "folders": [f"{wnid}_{name.split(', ')[0]}" for wnid, name in zip(ILSVRC.ids, ALL, strict=True)],
    "first names": list(ILSVRC.names),
    "with underscores": [name.replace(" ", "_") for name in ILSVRC.names],
    "all names": ALL,
    "small": [name.lower() for name in ALL],
}


@pytest.mark.parametrize("words", WRITTEN)
def test_in_whatever_words(words):
    texts = WRITTEN[words]
    check = compare_lists(texts, ILSVRC)
    assert (check.damaged, check.wrong, check.known) == (False, 0, 1000)
    pairs = tuple(each.classes for each in only(check, "ambiguous"))
    assert pairs == (TWINS if words in ("first names", "with underscores") else pairs)
    shifted = only(compare_lists(texts[:444] + texts[445:], ILSVRC), "shifted")
    assert [(each.at, each.by, each.ids[0]) for each in shifted] == [((444, 998), 1, "n02837789")]


def test_what_shares_a_name_is_listed_with_what_could_hide_there():
    texts = list(ILSVRC.names)
    texts[638], texts[639] = texts[639], texts[638]
    check = compare_lists(texts, ILSVRC)
    assert not check.damaged
    found = only(check, "ambiguous")[1]
    assert (found.classes, found.ids, found.hidden) == ((638, 639), ("n03710637", "n03710721"), 3)
    assert compare_lists(texts, ILSVRC, ambiguous=False).findings == ()
    assert only(compare_lists(ALL, ILSVRC), "ambiguous")[0].classes == (134, 517)


def test_other_words_for_classes_are_no_damage():
    rng = np.random.default_rng(3)
    texts = list(ILSVRC.names)
    for at in range(1000):
        if rng.random() < 0.3:
            texts[at] = ILSVRC.taxonomy.synset(ILSVRC.ids[at]).names[-1]
        elif rng.random() < 0.2:
            texts[at] += " of some kind"
    check = compare_lists(texts, ILSVRC)
    assert not check.damaged
    assert check.known < 1000
    unknown = only(check, "unknown")[0]
    assert unknown.at == unknown.lost
    del texts[300]
    check = compare_lists(texts, ILSVRC)
    assert check.kinds == ("shifted", "missing")
    (first, last), by = only(check, "shifted")[0].at, only(check, "shifted")[0].by
    assert 290 < first < 310
    assert (last > 990, by) == (True, 1)


def test_a_name_for_another_class_written_over_is_damage_where_all_others_are_first_names():
    texts = list(ILSVRC.names)
    other = next(
        i for i, name in enumerate(ILSVRC.names) if len(ILSVRC.find(name)) == 2 and i not in (134, 517, 638, 639)
    )
    one, two = ILSVRC.find(texts[other])
    texts[two if other == one else one] = texts[other]
    assert compare_lists(texts, ILSVRC).kinds == ("duplicated",)


def test_a_class_for_the_background():
    check = compare_lists(["background", *ALL], ILSVRC)
    assert check.kinds == ("shifted", "extra")
    assert only(check, "extra")[0].at == (0,)
    assert only(check, "shifted")[0].by == -1


def test_neighbours_are_one_mishap():
    texts = [*ILSVRC.names[:600], *ILSVRC.names[550:]]
    check = compare_lists(texts, ILSVRC, ambiguous=False)
    assert [(each.kind, each.at[0], each.at[-1]) for each in check.findings] == [
        ("shifted", 650, 1049),
        ("duplicated", 600, 649),
    ]
    check = compare_lists([*ILSVRC.names[:600], *ILSVRC.names[650:]], ILSVRC, ambiguous=False)
    assert check.kinds == ("shifted", "missing")
    assert only(check, "missing")[0].classes == tuple(range(600, 650))


def test_no_order_that_is_known():
    texts = np.random.default_rng(1).permutation(ILSVRC.names).tolist()
    check = compare_lists(texts, ILSVRC, ambiguous=False)
    assert [(each.kind, each.order) for each in check.findings] == [("missorted", None)]
    assert check.wrong > 990


def test_what_cannot_be_compared():
    check = compare_lists([f"class {number}" for number in range(1000)], ILSVRC)
    assert (check.compared, check.damaged) == (False, False)
    assert check.lines()[0].endswith("not compared")
    assert not compare_lists([], ILSVRC).compared


def test_lists_without_identifiers():
    check = compare_lists(["a", "c", "b"], ["a", "b", "c"])
    assert check.kinds == ("swapped",)
    assert compare_lists(["b", "c", "a"], ["a", "b", "c"]).kinds == ("shifted",)
    assert compare_lists(["a"], ["a", "a", "a"]).kinds == ("missing",)
    assert compare_lists(["a"] * 3, ["a"]).kinds == ("duplicated",)


def test_what_is_said_shows_terms_only_to_whom_they_are_given():
    texts = list(ALL)
    del texts[444]
    texts[7], texts[9] = texts[9], texts[7]
    texts[20] = texts[21]
    check = compare_lists(texts, ILSVRC)
    hidden = "\n".join(check.lines()) + str(check.to_dict())
    assert "n02837789" in hidden
    assert "bikini" not in hidden
    shown = check.lines(lambda wnid, name: f"{wnid} {name}")
    assert shown[1] == "558 numbers say another class than they are"
    assert shown[2] == "  shifted: by +1 from 444 to 998: 444 says n02837789 bikini, which is 445"
    assert any(line.startswith("  swapped: 7 says") for line in shown)
    assert any("(20) stands nowhere" in line for line in shown)
    value = check.to_dict()
    assert (value["damaged"], value["given"], value["against"]) == (True, 999, "ilsvrc")
    assert {each["kind"] for each in value["findings"]} == {"shifted", "swapped", "duplicated", "missing", "ambiguous"}


def test_numbers_that_tell_nothing_say_nothing():
    given = np.array([-1, 2, -1, 4, -1], np.int64)
    classes = labels.ClassList("five", (None,) * 5, tuple("abcde"))
    check = compare_numbers(given, np.arange(5), classes, words="pictures")
    assert check.kinds == ("shifted",)
    assert not only(check, "unknown")


def test_blocks_that_changed_places_are_stretches():
    names = list(ILSVRC.names)
    texts = [*names[:100], *names[300:310], *names[110:300], *names[100:110], *names[310:]]
    check = compare_lists(texts, ILSVRC, ambiguous=False)
    assert [(each.kind, each.at, each.by) for each in check.findings] == [
        ("shifted", (100, 109), 200),
        ("shifted", (300, 309), -200),
    ]
