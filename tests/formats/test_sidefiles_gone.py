"""Which sample a name means: against a slow reference, and by example."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.formats._sidefiles import Gone
from overpaint.formats._sidefiles._gone import GONE, KEPT, PAINTED

FLAGS = {"removed": GONE, "identical": KEPT, "redacted": KEPT | PAINTED}
PART = st.sampled_from(["a", "b", "images", "é", "x.y", "1"])
KEYS = (
    st.lists(PART, min_size=1, max_size=4)
    .map("/".join)
    .flatmap(lambda path: st.sampled_from([path, path + ".jpg", path + ".PNG"]))
)
NAMES = KEYS | KEYS.map("./".__add__) | KEYS.map("/data/set/".__add__) | KEYS.map("http://host/".__add__)


def build(samples: dict[str, str]) -> Gone:
    return Gone.build((name, None, outcome) for name, outcome in samples.items())


def cut(last: str) -> tuple[str, str]:
    stem, _, extension = last.rpartition(".")
    return (stem, extension.lower()) if stem and extension.lower() in ("jpg", "png") else (last, "")


def slow(samples: dict[str, str], name: str) -> int:
    """All samples compared with the name, part by part from the end."""
    if name.startswith("http://"):
        name = name.removeprefix("http://").partition("/")[2]
    *folders, last = [part for part in name.split("/") if part not in ("", ".")]
    for stem, extension in dict.fromkeys([cut(last), (last, "")]):
        fits = {key: cut(key.rpartition("/")[2]) for key in samples if cut(key.rpartition("/")[2])[0] == stem}
        if not fits:
            continue
        exact = [key for key in fits if key.split("/")[:-1] == folders]
        common = {key: shared(key.split("/")[:-1], folders) for key in fits}
        best = exact or [key for key in fits if common[key] == max(common.values())]
        flags = {FLAGS[samples[key]] for key in best}
        if len(flags) > 1 or exact:
            best = [key for key in best if fits[key][1] == extension and extension] or best
            images = [key for key in best if "images" in key.split("/")[:-1]]
            best = best if exact else images or best
        flags = {FLAGS[samples[key]] for key in best}
        return sum(flag for flag in (KEPT, GONE, PAINTED) if any(flag & each for each in flags))
    return 0


def shared(one: list[str], other: list[str]) -> int:
    """Parts in common from the end, where all of the name's or all that fit are."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)))


@given(st.dictionaries(KEYS, st.sampled_from(sorted(FLAGS)), max_size=12), st.lists(NAMES, min_size=1, max_size=8))
def test_as_the_slow_reference(samples: dict[str, str], names: list[str]) -> None:
    gone = build(samples)
    for name in [*names, *samples]:
        assert gone.find(name) == slow(samples, name), name
    assert (gone.samples, gone.removed) == (len(samples), list(samples.values()).count("removed"))


@given(st.dictionaries(KEYS, st.sampled_from(sorted(FLAGS)), min_size=1, max_size=12), st.randoms())
def test_the_order_of_the_samples_makes_no_difference(samples: dict[str, str], random) -> None:
    items = list(samples.items())
    random.shuffle(items)
    one, other = build(samples), build(dict(items))
    assert all(one.find(name) == other.find(name) for name in samples)


VOC = {"V/JPEGImages/1.jpg": "removed", "V/SegmentationClass/1.png": "identical", "W/JPEGImages/1.jpg": "redacted"}


@pytest.mark.parametrize(
    ("name", "near", "flags"),
    [
        ("1", "V/ImageSets/Main", GONE),
        ("1", "W/ImageSets/Main", KEPT | PAINTED),
        ("1", "", GONE | KEPT | PAINTED),
        ("1.png", "", KEPT),
        ("W/JPEGImages/1.JPG", "", KEPT | PAINTED),
        ("../JPEGImages/1.jpg", "V/Annotations", GONE),
        ("C:\\data\\V\\JPEGImages\\1.jpg", "", GONE),
        ("2.jpg", "", 0),
        ("1.txt", "", 0),
        ("", "", 0),
        ("a/", "", 0),
        ("\0", "", 0),
        ("x" * 5000, "", 0),
        ("\ud800", "", 0),
    ],
)
def test_near_and_extension(name: str, near: str, flags: int) -> None:
    assert build(VOC).find(name, near=near) == flags


@pytest.mark.parametrize(
    ("key", "flags"),
    [
        ("V/Annotations/1.xml", GONE),
        ("W/Annotations/1.xml", KEPT | PAINTED),
        ("V/JPEGImages/1.txt", GONE),
        ("V/JPEGImages/1.jpg.json", GONE),
        ("V/JPEGImages/gt_1.txt", GONE),
        ("V/SegmentationClass/1.npy", KEPT),
        ("V/1.txt", 0),
        ("V/other/1.txt", 0),
    ],
)
def test_companions(key: str, flags: int) -> None:
    assert build(VOC).companion(key) == flags


def test_companions_of_ilsvrc_and_yolo() -> None:
    gone = build(
        {"Data/CLS-LOC/train/n01/n01_1.JPEG": "removed", "d/images/train/x.jpg": "failed", "val/y.png": "quarantined"}
    )
    for key in ("Annotations/CLS-LOC/train/n01/n01_1.xml", "d/labels/train/x.txt", "labels/val/y.txt"):
        assert gone.companion(key) == GONE, key


def test_bytes_that_are_no_utf8_and_labels() -> None:
    gone = Gone.build([("caf\udce9.jpg", "n01", "removed"), ("tea.jpg", "n02", "identical")])
    assert gone.gone("caf\udce9") and gone.gone("n01/caf\udce9.jpg") and not gone.gone("n02/tea.jpg")


def test_accents_taken_apart_percent_signs_and_names_that_want_an_extension() -> None:
    gone = build({"e\u0301t\u00e9/a b.jpg": "removed", "x.": "removed", "y.jpg": "identical"})
    assert gone.gone("\u00e9te\u0301/a b.jpg") and gone.gone("https://h/p/a%20b.jpg?size=3") and gone.gone("x.webp")


def test_one_stem_in_many_folders_is_looked_up_quickly() -> None:
    gone = build({f"{i}/0001.jpg": "removed" if i % 2 else "identical" for i in range(5000)})
    assert gone.gone("4999/0001.jpg") and not gone.gone("4998/0001.jpg")
    assert gone.find("0001") == GONE | KEPT


def test_counts_below_folders() -> None:
    gone = build(
        {
            "train/a/1.jpg": "removed",
            "train/a/2.jpg": "identical",
            "train/b/3.jpg": "identical",
            "val/4.jpg": "identical",
        }
    )
    assert list(gone.counted(3)) == [("train", 1)]
    assert list(gone.counted(4)) == [("", 1)]
    assert dict(gone.counted(1)) == {"train/b": 0, "val": 0}


def test_nothing_at_all() -> None:
    gone = build({})
    assert (
        not gone.touched and not gone.known("x") and gone.companion("labels/x.txt") == 0 and list(gone.counted(3)) == []
    )
