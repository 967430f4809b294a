"""classes.json: which number means what, and a loader that numbers otherwise is told the first difference."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import LabelsError
from overpaint.labels import Classes, ClassRow, Synset, classes_hash, read_classes

BICYCLE, BIKINI, TENCH = "n02835271", "n02837789", "n01440764"
LIST = Classes(
    (
        ClassRow(0, TENCH, "tench", TENCH),
        ClassRow(1, BICYCLE, "bicycle-built-for-two", BICYCLE),
        ClassRow(2, BIKINI, "bikini", BIKINI),
        ClassRow(3, None, "a thing", "a thing"),
    )
)


class Words:
    name = "three words"
    version = ""

    def __contains__(self, thing: object, /) -> bool:
        return thing == TENCH

    def synset(self, thing: str, /) -> Synset:
        return Synset(thing, ("tench", "Tinca tinca"))

    def parents(self, thing: str, /) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize(
    "names",
    [
        [TENCH, BICYCLE, BIKINI, "a thing"],
        ["tench", "bicycle-built-for-two", "bikini", "a thing"],
        [("tench", "Tinca tinca"), ("bicycle-built-for-two", "tandem bicycle"), ("bikini",), ("a thing",)],
        {BICYCLE: 1, TENCH: 0, "a thing": 3, BIKINI: 2},
    ],
)
def test_a_loader_that_numbers_the_same_passes(names):
    LIST.check(names)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([TENCH, BIKINI, BICYCLE, "a thing"], f"class 1 is {BICYCLE}, but the given list has class 2 there"),
        ([BICYCLE, BIKINI, "a thing"], f"class 0 is {TENCH}, but the given list has class 1 there"),
        ([TENCH, BICYCLE, BIKINI], "has 4 classes, the given list 3"),
        ([TENCH, BICYCLE, BIKINI, "a thing", "more"], "has 4 classes, the given list 5"),
        ([TENCH, "a made-up word"], "class 1 is .* something that is no class of it"),
        ({TENCH: 1, BICYCLE: 2, BIKINI: 3, "a thing": 4}, "there is no 0"),
        ({TENCH: 0, BICYCLE: 0, BIKINI: 2, "a thing": 3}, "there is no 1"),
    ],
)
def test_the_first_difference_is_named(names, message):
    with pytest.raises(LabelsError, match=message) as told:
        LIST.check(names)
    assert "made-up" not in str(told.value)


def test_there_and_back(tmp_path):
    path = tmp_path / "classes.json"
    path.write_text(LIST.to_json(), "utf-8")
    again = read_classes(path)
    assert again.rows == LIST.rows
    assert (again.hash, again.label_hash) == (LIST.hash, LIST.label_hash)
    assert again.file == str(path)


def test_the_hash_is_of_the_bytes_that_the_page_says():
    assert LIST.hash == hashlib.sha256(f"{TENCH}\n{BICYCLE}\n{BIKINI}\na thing\n".encode()).hexdigest()
    assert LIST.hash == classes_hash([TENCH, BICYCLE, BIKINI, "a thing"])
    named = Classes.named([(0, "tench", TENCH)])
    assert named.hash == classes_hash([TENCH])
    assert named.label_hash == classes_hash(["tench"])


def test_the_lines_of_the_page_need_no_overpaint(tmp_path):
    """As docs/reference/label-policy.md gives them."""
    (tmp_path / "classes.json").write_text(LIST.to_json(), "utf-8")
    names = [TENCH, BICYCLE, BIKINI, "a thing"]
    published = json.loads((tmp_path / "classes.json").read_text())
    assert [c["label"] for c in published["classes"]] == names
    assert hashlib.sha256("".join(f"{c}\n" for c in names).encode()).hexdigest() == published["label_hash"]


def test_names_come_from_the_taxonomy():
    made = Classes.named([(0, TENCH, TENCH), (1, "other", None)], taxonomy=Words())
    assert [row.name for row in made.rows] == ["tench", "other"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found["classes"][0].update(wnid=BIKINI), "changed it by hand"),
        (lambda found: found["classes"][0].update(label="x"), "changed it by hand"),
        (lambda found: found["classes"].reverse(), "do not follow one another"),
        (lambda found: found["classes"].pop(), "changed it by hand"),
        (lambda found: found["classes"][0].update(index="0"), "lacks its index"),
        (lambda found: found["classes"][0].pop("name"), "lacks its index"),
        (lambda found: found["classes"].append(7), "lacks its index"),
        (lambda found: found.update(version=2), "version 1"),
        (lambda found: found.update(classes={}), "version 1"),
    ],
)
def test_a_changed_file_is_refused(change, message):
    found = json.loads(LIST.to_json())
    change(found)
    with pytest.raises(LabelsError, match=message):
        Classes.from_json(json.dumps(found))


@pytest.mark.parametrize("text", ["", "[1]", "null", "[" * 100_000])
def test_what_is_no_class_list_is_refused(text):
    with pytest.raises(LabelsError, match=r"classes\.json: is no"):
        Classes.from_json(text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(LabelsError, match="cannot be read"):
        read_classes(tmp_path / "nothing.json")


@settings(deadline=None)
@given(st.lists(st.text(), unique=True, min_size=2), st.data())
def test_every_swap_and_shift_is_seen(names, data):
    made = Classes.named((number, name, None) for number, name in enumerate(names))
    made.check(names)
    one = data.draw(st.integers(0, len(names) - 2))
    swapped = [*names[:one], names[one + 1], names[one], *names[one + 2 :]]
    with pytest.raises(LabelsError, match=f"class {one} is"):
        made.check(swapped)
    with pytest.raises(LabelsError, match="class 0 is"):
        made.check([*names[1:], names[0]])
    assert Classes.from_json(made.to_json()).rows == made.rows


def test_names_of_directories_that_are_no_utf_8_come_back():
    """Python reads them with lone surrogates; loaders that list directories hand them over so."""
    label = b"caf\xe9".decode("utf-8", "surrogateescape")
    classes = Classes.named([(0, label, None), (1, "café", None)])
    back = Classes.from_json(classes.to_json().encode().decode())
    assert back.rows == classes.rows
    back.check([label, "café"])
