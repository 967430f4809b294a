"""From a text to what it means and which number it has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint import labels
from overpaint.errors import LabelsError
from overpaint.labels import Resolved, class_list, resolve_label


@pytest.mark.parametrize(
    "text",
    [
        "bicycle-built-for-two",
        "Bicycle_Built_for_two",
        "tandem",
        "n02835271",
        "bicycle built-for two",
        " tandem bicycle ",
    ],
)
def test_a_class_by_its_name(text):
    assert labels.index(text) == 444


def test_the_neighbour_is_another_thing():
    assert (labels.index("bikini"), labels.index("bib")) == (445, 443)
    assert labels.index("bicycle-built-for-two", list="21k") != 444


@pytest.mark.parametrize(
    ("text", "numbers", "ids"),
    [
        ("maillot", (638, 639), ("n03710637", "n03710721")),
        ("crane", (134, 517), ("n02012849", "n03126707")),
        ("cardigan", (264, 474), ("n02113186", "n02963159")),
    ],
)
def test_names_of_two_classes_are_refused_with_both(text, numbers, ids):
    with pytest.raises(LabelsError) as told:
        labels.index(text)
    assert all(f"{number} {key} (" in str(told.value) for number, key in zip(numbers, ids, strict=True))
    assert [labels.index(key) for key in ids] == list(numbers)


def test_nineteen_names_are_borne_by_two_classes():
    classes = class_list("ilsvrc")
    assert sum(len(classes.find(name)) == 2 for name in classes.known_names()) == 19
    assert max(len(classes.find(name)) for name in classes.known_names()) == 2


def test_two_names_tell_what_one_does_not():
    assert labels.index("maillot, tank suit") == 639


def test_a_slip_of_the_keyboard_is_told_what_it_is_near_to():
    with pytest.raises(LabelsError, match="445 n02837789"):
        labels.index("bikinni")
    with pytest.raises(LabelsError, match="no class of ilsvrc"):
        labels.index("\x00" * 5000)


def test_a_kind_that_is_no_class_itself_is_told_the_classes_below_it():
    with pytest.raises(LabelsError, match=r"no class of ilsvrc; below n02834778 are 444 n02835271 .*; 671 n03792782"):
        labels.index("bicycle")
    with pytest.raises(LabelsError, match=r"below n02084071 are 151 .* and \d+ more"):
        labels.index("n02084071")


def test_every_class_is_found_by_its_identifier_and_by_all_its_names_together():
    classes = class_list("ilsvrc")
    for number, key in enumerate(classes.ids):
        assert classes.find(key) == (number,)
        assert number in classes.find(", ".join(classes.taxonomy.synset(key).names))


@pytest.mark.parametrize(
    ("text", "key", "how"),
    [
        ("n01440764", "n01440764", "wnid"),
        ("n01440764_tench", "n01440764", "wnid"),
        ("n02085620-Chihuahua", "n02085620", "wnid"),
        ("tench", "n01440764", "name"),
        ("tench, Tinca tinca", "n01440764", "name"),
        ("golf_ball", "n03445777", "name"),
        ("Golf Ball", "n03445777", "name"),
        ("007.golf_ball", "n03445777", "name"),
        ("7--golf-ball", "n03445777", "name"),
    ],
)
def test_labels_as_datasets_write_them(text, key, how):
    assert resolve_label(text) == Resolved(key, (key,), how)


def test_lists_decide_between_things_of_one_name_and_give_numbers_a_meaning():
    classes = class_list("ilsvrc")
    assert resolve_label("church").how == "ambiguous"
    assert resolve_label("church", lists=(classes,)).id == "n03028079"
    assert resolve_label("crane", lists=(classes,)).candidates == ("n02012849", "n03126707")
    assert resolve_label("444").how == "unknown"
    assert resolve_label("444", lists=(classes,)) == Resolved("n02835271", ("n02835271",), "index")
    assert resolve_label("444", lists=(classes, class_list("21k"))).how == "ambiguous"
    assert resolve_label("1000", lists=(classes,)).how == "unknown"


@given(st.text(max_size=50))
def test_any_text_is_told_something(text):
    found = resolve_label(text, lists=(class_list("ilsvrc"),))
    assert (found.id is not None) == (found.how in {"wnid", "name", "index"})
    assert all(key in labels.wordnet() for key in found.candidates)
