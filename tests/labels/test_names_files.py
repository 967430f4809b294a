"""Names files in every form that the world writes them, damaged ones, and hostile ones."""

import csv
import hashlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.errors import LabelsError
from overpaint.labels import CLASS_LISTS, class_list, classes_hash, wordnet
from overpaint.labels._names_files import Entry, loads_entries

FISH = ("n01440764", "n01443537", "n01484850")
NAMES = ("tench", "goldfish", "great white shark")
PAIRS = tuple(Entry(key, name) for key, name in zip(FISH, NAMES, strict=True))
ONLY_NAMES = tuple(Entry(None, name) for name in NAMES)

FORMS = {
    "names.txt": ("tench\ngoldfish\ngreat white shark\n", ONLY_NAMES),
    "blank lines and dos.txt": ("tench\r\n\r\ngoldfish\r\ngreat white shark", ONLY_NAMES),
    "bom.txt": ("\ufefftench\ngoldfish\ngreat white shark\n", ONLY_NAMES),
    "wnids.txt": ("\n".join(FISH), tuple(Entry(key, key) for key in FISH)),
    "wnid name.txt": ("n01440764 tench\nn01443537 goldfish\nn01484850 great white shark\n", PAIRS),
    "tab.txt": ("n01440764\ttench\nn01443537\tgoldfish\nn01484850\tgreat white shark\n", PAIRS),
    "folders.txt": ("n01440764_tench\nn01443537-goldfish\nn01484850_great white shark\n", PAIRS),
    "number first.txt": ("0 tench\n1 goldfish\n2 great white shark\n", ONLY_NAMES),
    "number colon.txt": ("0: tench\n1: goldfish\n2: great white shark\n", ONLY_NAMES),
    "another order.txt": ("2 great white shark\n0 tench\n1 goldfish\n", ONLY_NAMES),
    "number last.txt": ("tench: 0\ngoldfish: 1\ngreat white shark: 2\n", ONLY_NAMES),
    "number and wnid.txt": ("0 n01440764 tench\n1 n01443537 goldfish\n2 n01484850 great white shark\n", PAIRS),
    "comma.txt": ("0,tench\n1,goldfish\n2,great white shark\n", ONLY_NAMES),
    "no head.csv": ("0,tench\n1,goldfish\n2,great white shark\n", ONLY_NAMES),
    "head.csv": ("index,wnid,name\n1,n01443537,goldfish\n0,n01440764,tench\n2,n01484850,great white shark\n", PAIRS),
    "id is a wnid.csv": ("id,name\nn01440764,tench\nn01443537,goldfish\nn01484850,great white shark\n", PAIRS),
    "name only.csv": ("name\ntench\ngoldfish\ngreat white shark\n", ONLY_NAMES),
    "class and label.csv": ("class_id;label\n0;tench\n1;goldfish\n2;great white shark\n", ONLY_NAMES),
    "tabs.tsv": ("wnid\twords\nn01440764\ttench\nn01443537\tgoldfish\nn01484850\tgreat white shark\n", PAIRS),
    "list.json": (json.dumps(NAMES), ONLY_NAMES),
    "pairs.json": (json.dumps(list(zip(FISH, NAMES, strict=True))), PAIRS),
    "keras.json": (json.dumps({str(n): [k, m] for n, (k, m) in enumerate(zip(FISH, NAMES, strict=True))}), PAIRS),
    "id2label.json": (json.dumps({"id2label": dict(enumerate(NAMES)), "label2id": {}}), ONLY_NAMES),
    "class_to_idx.json": (json.dumps({name: at for at, name in enumerate(NAMES)}), ONLY_NAMES),
    "wnid_to_idx.json": (json.dumps({key: at for at, key in enumerate(FISH)}), tuple(Entry(k, k) for k in FISH)),
    "classes.json": (
        json.dumps(
            {"version": 1, "classes": [{"index": n, "wnid": k, "name": PAIRS[n].name} for n, k in enumerate(FISH)]}
        ),
        PAIRS,
    ),
    "coco.json": (json.dumps({"categories": [{"id": n, "name": name} for n, name in enumerate(NAMES)]}), ONLY_NAMES),
    "flow.yaml": ("nc: 3\nnames: ['tench', goldfish, \"great white shark\"]  # three\n", ONLY_NAMES),
    "flow over lines.yaml": ("names: [tench,\n  goldfish,   # a comment\n  great white shark,\n]\nnc: 3\n", ONLY_NAMES),
    "flow dict.yml": ("names: {0: tench, 2: great white shark, 1: goldfish}\n", ONLY_NAMES),
    "block.yaml": (
        "path: ../x\nnames:\n  - tench\n  - 'goldfish'\n  - great white shark # the third\nval: y\n",
        ONLY_NAMES,
    ),
    "block without indent.yaml": ("names:\n- tench\n- goldfish\n- great white shark\nval: y\n", ONLY_NAMES),
    "block dict.yaml": (
        "names: # by number\n  0: tench\n  1: goldfish\n\n  2: great white shark\ntrain: x\n",
        ONLY_NAMES,
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form(name):
    text, expected = FORMS[name]
    assert loads_entries(text.encode("utf-8"), name) == expected


def test_names_that_look_like_numbers_stay_names():
    assert [each.name for each in loads_entries(b"7 up\n1900 car\n", "drinks.txt")] == ["7 up", "1900 car"]
    assert [each.name for each in loads_entries(b"0\n1\n2\n", "digits.txt")] == ["0", "1", "2"]
    assert [each.name for each in loads_entries(b"tench, Tinca tinca\nsea anemone, anemone\n", "x.txt")] == [
        "tench, Tinca tinca",
        "sea anemone, anemone",
    ]


def test_names_that_end_in_their_number_keep_it():
    assert [each.name for each in loads_entries(b"digit 0\ndigit 1\n", "x.txt")] == ["digit 0", "digit 1"]
    assert [each.name for each in loads_entries(b"1 series\n2 series\n", "x.txt")] == ["1 series", "2 series"]


def test_damage_is_kept_because_finding_it_is_anothers_work():
    assert [each.name for each in loads_entries(b"tench\ntench\n", "x.txt")] == ["tench", "tench"]
    assert [each.name for each in loads_entries(b"1 tench\n2 goldfish\n", "from one.txt")] == ["", "tench", "goldfish"]
    assert [each.name for each in loads_entries(b'{"0": "tench", "3": "x"}', "gap.json")] == ["tench", "", "", "x"]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", b"\xff\xfet\x00", "byte 0 is not UTF-8"),
        ("a.txt", b"a\0b", "no text"),
        ("a.txt", b"\n\n", "holds no classes"),
        ("a.txt", b"x" * 20_000, "a line is longer"),
        ("a.txt", b"x" * 2_000, "entry 0 is longer"),
        ("a.txt", b"\n" * 3_000_000, "more than 1,000,000 classes"),
        ("a.txt", b"a\n" * 1_000_001, "more than 1,000,000 classes"),
        ("a.csv", b"index,name\nx,tench\n", "line 2: what stands for the class's number"),
        ("a.csv", b"index,name\n0,tench\n0,goldfish\n", "two classes have the number 0"),
        ("a.csv", b"index,name\n0,tench\n,goldfish\n", "number all of them, or none"),
        ("a.csv", b"index,name\n99999999999,tench\n", "numbers go from 0"),
        ("a.csv", b'name\n"tench\n' + b"x" * 200_000, "a line is longer"),
        ("a.json", b"[" * 100_000, "no JSON"),
        ("a.json", b"{}", "holds no classes"),
        ("a.json", b"12", "holds no list of classes"),
        ("a.json", b'{"a": "b"}', "entry 0 pairs no number with a name"),
        ("a.json", b"[[1, 2]]", "entry 0 is neither a name nor a wnid"),
        ("a.json", b'[{"x": 1}]', "entry 0 has no name"),
        ("a.json", b'{"tench": 0, "goldfish": 0}', "two classes have the number 0"),
        ("a.json", b'{"0": "a", "1": "b", "0": "c"}', "entry 2 has the key of one before it"),
        ("a.json", b'{"a": 0, "a": 1}', "entry 1 has the key of one before it"),
        ("a.json", b"[" + b"1" * 10_000 + b"]", "no JSON"),
        ("a.json", b'{"0": {}}', "entry 0 is neither"),
        ("a.json", b'{"tench": -1}', "the number -1"),
        ("a.json", b"[" + b'"",' * 1_000_001 + b'""]', "more than 1,000,000"),
        ("a.yaml", b"nc: 2\n", "has no `names:`"),
        ("a.yaml", b"names: [a, b\n", "is not written as"),
        ("a.yaml", b"names: [a, [b]]\n", "is not written as"),
        ("a.yaml", b"names: " + b"[" * 100_000, "is not written as"),
        ("a.yaml", b"names: {0: a, 0: b}\n", "entry 1 of `names` has the number of one before it"),
        ("a.yaml", b"names:\n  0: a\n  0: b\n", "line 3 has the number of a class before it"),
        ("a.yaml", b"names:\n  - a\n  0: b\n", "partly a list"),
        ("a.yaml", b"names:\n  - *bomb\n", "no plain name"),
        ("a.yaml", b"names:\n  what is this\n", "is neither"),
        ("a.yaml", b"names: some text\n", "neither a list nor names by number"),
        ("a.yaml", b"names:\n  - 'a' 'b'\n", "in quotation marks"),
        ("a.yaml", b'names: ["a\n"]\n', "cannot be read"),
        ("a.yaml", b"\n" * 1_100_000, "more than 1,000,000 lines"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(name, data, says):
    with pytest.raises(LabelsError) as told:
        loads_entries(data, name)
    message = str(told.value)
    assert says in message
    assert message.startswith(name) and "\n" not in message and len(message) < 300


def test_large_files_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("overpaint.labels._names_files.LARGEST", 10)
    (tmp_path / "names.txt").write_text("tench\n" * 10)
    with pytest.raises(LabelsError, match="more than 0 MB"):
        class_list(tmp_path / "names.txt")
    with pytest.raises(LabelsError, match="neither a file nor one of the lists"):
        class_list("nowhere.txt")
    with pytest.raises(LabelsError, match="directory"):
        class_list(tmp_path)


WORDS = st.text(st.characters(codec="utf-8", categories=["L", "Nd", "Zs", "Po", "Pd"]), min_size=1, max_size=20).filter(
    lambda text: text == text.strip() and text[0] not in "\"'" and text.isprintable() and not text.startswith("n0")
)


@given(st.lists(WORDS, min_size=1, max_size=30))
def test_what_was_written_is_read(names):
    whole = {
        "list.json": json.dumps(names),
        "numbers.json": json.dumps({str(at): name for at, name in enumerate(names)}),
        "numbered.txt": "".join(f"{at}\t{name}\n" for at, name in enumerate(names)),
        "flow.yaml": f"names: {json.dumps(names, ensure_ascii=False)}\n",
        "block.yaml": "names:\n"
        + "".join(f"  {at}: {json.dumps(name, ensure_ascii=False)}\n" for at, name in enumerate(names)),
    }
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerows([("index", "name"), *enumerate(names)])
    whole["table.csv"] = table.getvalue()
    for form, text in whole.items():
        read = [each.name for each in loads_entries(text.encode("utf-8"), form)]
        assert read == names, form


def outcome(data, name):
    try:
        return loads_entries(data, name)
    except LabelsError as error:
        return str(error)


@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.csv", "a.json", "a.yaml", "names"]))
def test_any_bytes_are_read_or_refused(data, name):
    found = outcome(data, name)
    assert found.startswith(name) if isinstance(found, str) else found


@given(st.text("names: []{},'\"\\#-&*!|0123ab\n\t", max_size=80))
def test_any_yaml_is_read_or_refused(text):
    found = outcome(f"names:{text}".encode(), "a.yaml")
    assert found.startswith("a.yaml") if isinstance(found, str) else found


def test_the_hash_is_over_the_identifiers_in_order():
    assert (
        classes_hash(["n01440764", "free text", "é"])
        == hashlib.sha256("n01440764\nfree text\né\n".encode()).hexdigest()
    )
    assert classes_hash(["a", "b"]) != classes_hash(["b", "a"])


def test_a_list_from_a_file(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("n01440764 my tench\nsome thing\n")
    mine = class_list(path)
    assert (mine.name, len(mine), mine.identifiers) == ("mine.txt", 2, ("n01440764", "some thing"))
    assert mine.digest == classes_hash(["n01440764", "some thing"])
    assert mine.at(0) == ("n01440764", "my tench")
    assert mine.find("tench") == mine.find("Tinca_tinca") == mine.find("my-tench") == (0,)
    assert mine.find("Some-Thing") == (1,) and mine.find("nothing") == ()
    with pytest.raises(LabelsError, match=r"no class 2; its 2 classes have the numbers 0 to 1"):
        mine.at(2)
    with pytest.raises(LabelsError, match="no class -1"):
        mine.at(-1)


@pytest.mark.parametrize(
    ("name", "count", "sorted_"),
    [
        ("ilsvrc", 1000, True),
        ("21k", 21_843, True),
        ("22k", 21_841, True),
        ("22k-ms", 21_842, False),
        ("21k-p", 10_450, True),
        ("21k-p-fall", 11_221, True),
        ("12k", 11_821, True),
    ],
)
def test_lists_that_come_along(name, count, sorted_):
    classes = class_list(name)
    assert len(classes) == count == len(set(classes.ids))
    assert all(key in wordnet() for key in classes.ids)
    assert (list(classes.ids) == sorted(classes.ids)) == sorted_
    assert classes.digest == classes_hash(classes.ids)
    assert name in CLASS_LISTS and class_list(name) is classes
