"""VOC, YOLO, split lists, labels by position, WIDER, imglab."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sidefiles_bench import Dataset

OUTCOMES = st.sampled_from(["identical", "redacted", "removed"])


def voc(name: str, folder: str = "VOC2012") -> bytes:
    return (
        f"<annotation>\n\t<folder>{folder}</folder>\n\t<filename>{name}</filename>\n\t<size><width>8</width></size>"
        f"<object><name>person</name><part><filename>z.jpg</filename></part></object></annotation>\n"
    ).encode()


@settings(max_examples=50)
@given(st.lists(OUTCOMES, min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_a_voc_set(outcomes: list[str], end: str) -> None:
    stems = [f"2007_{i:06d}" for i in range(len(outcomes))]
    samples = {f"VOC2012/JPEGImages/{s}.jpg": o for s, o in zip(stems, outcomes, strict=True)}
    samples |= {f"VOC2012/SegmentationClass/{s}.png": "identical" for s in stems}
    files = {f"VOC2012/Annotations/{s}.xml": voc(s + ".jpg") for s in stems}
    files["VOC2012/ImageSets/Main/trainval.txt"] = "".join(s + end for s in stems).encode()
    files["VOC2012/ImageSets/Main/person_train.txt"] = "".join(
        f"{s} {-1 + 2 * (i % 2):2d}{end}" for i, s in enumerate(stems)
    ).encode()
    carried, out = Dataset(samples).carry(files)
    left = [s for s, o in zip(stems, outcomes, strict=True) if o != "removed"]
    assert {key for key in out if key.endswith(".xml")} == {f"VOC2012/Annotations/{s}.xml" for s in left}
    assert out["VOC2012/ImageSets/Main/trainval.txt"].decode() == "".join(s + end for s in left)
    lines = out["VOC2012/ImageSets/Main/person_train.txt"].decode().split(end)[:-1]
    assert [line.split()[0] for line in lines] == left
    assert all(row.kind in ("voc", "split-list") for row in carried.values())
    assert all(row.reason == "image-gone" for row in carried.values() if row.action == "dropped")


def test_voc_by_the_name_inside() -> None:
    data = Dataset({"pictures/cat 1.jpg": "removed", "pictures/cat 2.jpg": "redacted"})
    assert data.one("boxes/0001.xml", voc("cat 1.jpg", "pictures"))[0].reason == "image-gone"
    assert data.one("boxes/0002.xml", voc("cat 2.jpg", "elsewhere"))[0].action == "copied"
    assert data.one("boxes/0003.xml", voc("dog.jpg"))[0].action == "copied"
    both = Dataset({"a/1.jpg": "removed", "b/1.jpg": "identical"})
    row, _ = both.one("x/1.xml", voc("1.jpg", "c"))
    assert (row.action, row.reason) == ("copied", "ambiguous-names")
    assert both.one("x/1.xml", voc("1.jpg", "a"))[0].action == "dropped"


LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><annotation><filename>&b;</filename></annotation>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><annotation><filename>&a;</filename></annotation>'


MANY = b"<!DOCTYPE a [<!ENTITY b 'c'>]><dataset><image file='a.jpg'/></dataset>"


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, MANY, b"<annotation><filename>", b"<annotation>" + b"<a>" * 300])
def test_hostile_xml(text: bytes) -> None:
    row, _ = Dataset({"a.jpg": "removed"}).one("boxes/9.xml", text)
    assert (row.action, row.reason) == ("dropped", f"unreadable-{row.kind}")
    assert row.kind == ("label-list" if text is MANY else "voc")
    assert Dataset({"a.jpg": "identical"}).one("boxes/9.xml", text)[0].action == "copied"


@settings(max_examples=50)
@given(
    st.lists(OUTCOMES, min_size=1, max_size=8),
    st.sampled_from(["./images/train/", "images/train/", "/home/x/d/images/train/", ""]),
)
def test_a_yolo_set(outcomes: list[str], prefix: str) -> None:
    samples = {f"images/train/{i}.jpg": o for i, o in enumerate(outcomes)}
    files = {f"labels/train/{i}.txt": b"0 0.5 0.5 0.1 0.2\n1 0 0 0 0\n" for i in range(len(outcomes))}
    files["labels/train/0.txt"] = b""
    files["train.txt"] = "".join(f"{prefix}{i}.jpg\n" for i in range(len(outcomes))).encode()
    files["data.yaml"] = b"train: train.txt\nnames: [person]\n"
    files["labels/train.cache"] = b"\x80\x04"
    carried, out = Dataset(samples).carry(files)
    left = [i for i, o in enumerate(outcomes) if o != "removed"]
    assert {key for key in out if key.startswith("labels/train/")} == {f"labels/train/{i}.txt" for i in left}
    assert out["train.txt"].decode() == "".join(f"{prefix}{i}.jpg\n" for i in left)
    assert (carried["data.yaml"].kind, carried["data.yaml"].action) == ("yolo", "copied")
    assert (carried["labels/train.cache"].action == "dropped") == (set(outcomes) != {"identical"})
    assert all(carried[key].kind == "yolo" for key in files if key.startswith("labels/train/"))


def some(count: int, lost: int, form: str = "{}.jpg") -> Dataset:
    return Dataset({form.format(i): "removed" if i < lost else "identical" for i in range(count)})


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("{}.jpg", "a/{}.jpg"),
        ("a/{}.jpg 7", "a/{}.jpg"),
        ("my cat {}.jpg", "a/my cat {}.jpg"),
        ("my cat {}.jpg 7", "a/my cat {}.jpg"),
        ("7 {}.jpg", "a/{}.jpg"),
        ("{}.jpg,7,x", "a/{}.jpg"),
        ("7,x,{}.jpg", "a/{}.jpg"),
        ('"{}.jpg",7', "a/{}.jpg"),
        ("{}.jpg#2\ta dog on grass", "{}.jpg"),
        ("val_{}.JPEG\tn01\t0\t32\t44\t62", "val/images/val_{}.JPEG"),
        ("n01/n01_{}", "Data/n01/n01_{}.JPEG"),
        ("{}", "{}.jpg"),
    ],
)
def test_lists_of_many_forms(line: str, form: str) -> None:
    text = [f"{line.format(i)}\n".encode() for i in range(40)]
    row, out = some(40, 3, form).one("lists/first.txt", b"".join(text))
    assert out == b"".join(text[3:])
    assert (row.kind, row.action, row.entries, row.entries_removed) == ("split-list", "rewritten", 40, 3)
    row, out = some(40, 0, form).one("lists/first.txt", b"".join(text))
    assert (row.kind, row.action, out) == ("split-list", "copied", b"".join(text))


def test_lists_keep_their_first_mark_and_lines_of_other_sets() -> None:
    assert some(3, 1).one("train.txt", b"\xef\xbb\xbf0.jpg\n1.jpg\nother.jpg")[1] == b"\xef\xbb\xbf1.jpg\nother.jpg"


def test_celeba_counts_its_lines() -> None:
    text = b"40\nSmiling Young\n" + b"".join(b"%06d.jpg  1 -1\n" % i for i in range(40))
    _, out = some(40, 4, "img/{:06d}.jpg").one("list_attr.txt", text)
    assert out == b"36\nSmiling Young\n" + b"".join(b"%06d.jpg  1 -1\n" % i for i in range(4, 40))


def test_labels_by_position_are_not_published_wrong() -> None:
    truth = b"".join(b"%d\n" % (i % 7) for i in range(50))
    val = Dataset({f"{'val' if i < 50 else 'train'}/{i}.JPEG": "removed" if i == 3 else "identical" for i in range(90)})
    for name in ("ILSVRC2012_validation_ground_truth.txt", "labels.txt"):
        row, out = val.one(name, truth)
        assert (row.kind, row.action, row.reason, out) == ("label-list", "dropped", "positional", None)
        assert val.one(name, truth, overrides={"*.txt": "keep"})[1] == truth
    assert some(50, 0).one("labels.txt", truth)[1] == truth
    other = Dataset(
        {f"{'val' if i < 50 else 'train'}/{i}.JPEG": "removed" if i == 70 else "identical" for i in range(90)}
    )
    assert other.one("truth.txt", truth)[1] == truth


def test_class_lists_are_no_positions() -> None:
    names = b"".join(b"class %d\n" % i for i in range(50))
    data = Dataset({f"n{i // 50}/{i}.jpg": "removed" if i == 1 else "identical" for i in range(100)})
    assert data.one("classes.txt", names)[1] == names
    numbered = b"".join(b"%d name\n" % i for i in range(90))
    assert data.one("classes.txt", b"1\n2\n3\n")[1] == b"1\n2\n3\n"
    assert data.one("kinds.txt", numbered)[1] == numbered
    mapping = b"n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n"
    row, out = data.one("LOC_synset_mapping.txt", mapping)
    assert (row.kind, out) == ("label-list", mapping)


def test_class_numbers_are_no_stems() -> None:
    """Labels 0..6 of samples 0.jpg, 1.jpg …: taken for names, lines would vanish."""
    row, _ = some(50, 3).one("y.txt", b"".join(b"%d\n" % (i % 7) for i in range(40)))
    assert (row.kind, row.action) == ("text", "copied")


def test_texts_beside_an_image_and_alone() -> None:
    data = Dataset({"d/a.jpg": "removed", "d/b.jpg": "redacted"})
    files = {"d/a.txt": b"a man on a horse", "d/b.txt": b"a woman", "d/a.jpg.json": b'{"n": 1}', "notes.md": b"# x\n"}
    carried, out = data.carry(files)
    assert sorted(out) == ["d/b.txt", "notes.md"]
    assert {row.kind for row in carried.values()} == {"text", "unknown"}
    assert carried["d/a.txt"].reason == "image-gone"


WIDER = "0--Parade/{0}.jpg\n{1}\n{2}"


@given(st.lists(st.tuples(OUTCOMES, st.integers(0, 3), st.booleans()), min_size=1, max_size=6))
def test_wider(rows: list[tuple[str, int, bool]]) -> None:
    zero = "0 0 0 0 0 0 0 0 0 0 \n"
    blocks = []
    for at, (_, boxes, line_for_none) in enumerate(rows):
        numbers = "".join(f"{i} 2 3 4 0 0 0 0 0 0 \n" for i in range(boxes)) or (
            zero if line_for_none or at == 0 else ""
        )
        blocks.append(WIDER.format(f"{at}_x", boxes, numbers))
    data = Dataset({f"images/0--Parade/{at}_x.jpg": outcome for at, (outcome, _, _) in enumerate(rows)})
    row, out = data.one("val_bbx_gt.txt", "".join(blocks).encode())
    left = [block for block, (outcome, _, _) in zip(blocks, rows, strict=True) if outcome != "removed"]
    assert out == "".join(left).encode()
    assert (row.kind, row.entries, row.entries_removed) == ("label-list", len(rows), len(rows) - len(left))


def test_wider_that_breaks_off() -> None:
    data = Dataset({"a.jpg": "removed"})
    for text in (b"a.jpg\n2\n1 2 3 4\n", b"a.jpg\n1\n1 2 3 4\nb.jpg\nx\n", b"a.jpg\n1\n1 2 3 4\nb.jpg\n999999\n"):
        row, _ = data.one("gt.txt", text)
        assert (row.action, row.reason) == ("dropped", "unreadable-label-list")


@given(st.lists(OUTCOMES, min_size=1, max_size=6), st.booleans())
def test_imglab_and_cvat(outcomes: list[str], cvat: bool) -> None:
    name = "name" if cvat else "file"
    images = [
        f"  <image {name}='d/{i}.jpg' id='{i}'><box top='1'><label>é</label></box></image>\n"
        for i in range(len(outcomes))
    ]
    text = "<?xml version='1.0'?>\n<!-- <image file='d/0.jpg'/> --><dataset><images>\n{}</images></dataset>\n"
    data = Dataset({f"d/{i}.jpg": outcome for i, outcome in enumerate(outcomes)})
    row, out = data.one("training.xml", text.format("".join(images)).encode())
    left = [i for i, outcome in enumerate(outcomes) if outcome != "removed"]
    assert out is not None and row.kind == "label-list"
    tree = ET.fromstring(out.decode())
    assert [image.get("id") for image in tree.iter("image")] == [str(i) for i in left]
    if len(left) == len(outcomes):
        assert out == text.format("".join(images)).encode()


def test_imglab_with_single_tags() -> None:
    text = b"<dataset><image file='a.jpg'/><image file='b.jpg'/> <image file='a.jpg' /></dataset>"
    row, out = Dataset({"a.jpg": "removed", "b.jpg": "identical"}).one("x.xml", text)
    assert out == b"<dataset><image file='b.jpg'/> </dataset>"
    assert (row.entries, row.entries_removed) == (3, 2)


def test_a_tag_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overpaint.formats._sidefiles._voc._LONGEST_TOKEN", 100)
    monkeypatch.setattr("overpaint.formats._sidefiles._voc.BLOCK", 50)
    text = b"<dataset><image file='a.jpg'/><image file='" + b"x" * 1000 + b"'/></dataset>"
    assert Dataset({"a.jpg": "removed"}).one("x.xml", text)[0].reason == "unreadable-label-list"
