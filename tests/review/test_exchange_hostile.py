"""Files that mean harm, or are broken: one line, and nothing else is lost; no memory beyond bounds, no endless work."""

from __future__ import annotations

import json
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from exchange_world import answer, question
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.review.exchange import FORMATS, Format, Labelled, Names, Picture, read, write
from overpaint.review.exchange._cells import defused, restored, rows

PICTURE = Picture("x.jpg", 100, 60, 6)
OTHER = Picture("y.jpg", 100, 60)
THERE = Names([PICTURE, OTHER])
GOOD = answer(OTHER, "w", (1, 2, 30, 40))


def got(path: Path, **said: Any) -> tuple[list[Labelled], dict[str, int], list[str]]:
    reading = read(path, **({"samples": THERE, "worker": "w", "thing": "face"} | said))
    return list(reading), dict(reading.left), reading.lines


@pytest.fixture
def small() -> Any:
    """No more than 64 MB may be taken from Python's allocators while a test runs."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


LAUGHS = "<!DOCTYPE a [" + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10)) + "]>"
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
IMAGE = '<image name="y.jpg" width="100" height="60">{}</image>'
BOX = '<box label="face" xtl="1" ytl="2" xbr="30" ybr="40"/>'


@pytest.mark.parametrize("root", ["annotations", "annotation"])
@pytest.mark.parametrize(("head", "text"), [(LAUGHS, "&l9;"), (OUTSIDE, "&x;"), (LAUGHS, "")])
def test_xml_that_defines_things(tmp_path: Path, small: None, root: str, head: str, text: str) -> None:
    (tmp_path / "a.xml").write_text(f"<?xml version='1.0'?>{head}<{root}>{IMAGE.format(text)}</{root}>")
    answers, left, lines = got(tmp_path / "a.xml")
    assert not answers
    assert left == {"unreadable": 1}
    assert "its XML defines things" in lines[0]


@pytest.mark.parametrize(
    "inner",
    [
        "<a>" * 100_000,
        BOX * 50_100,
        f'<box label="{"x" * (3 << 20)}"/>',
        "<a " + " ".join(f'b{n}=""' for n in range(400_000)) + "/>",
        "<b>&nbsp;</b>",
        "<b></a>",
        "\0",
        "\ud800",
    ],
)
def test_xml_without_end_or_measure_costs_its_own_picture_and_the_rest(tmp_path: Path, inner: str) -> None:
    text = f"<annotations>{IMAGE.format(BOX)}{' ' * 70_000}{IMAGE.format(inner)}{IMAGE.format(BOX)}</annotations>"
    (tmp_path / "a.xml").write_bytes(text.encode("utf-8", "surrogatepass"))
    answers, left, lines = got(tmp_path / "a.xml")
    assert answers == [GOOD]  # what came before is kept
    assert left == {"unreadable": 1}
    assert len(lines) == 1
    assert len(lines[0]) <= 600


def test_text_without_end_in_xml(tmp_path: Path, small: None) -> None:
    (tmp_path / "a.xml").write_text(f"<annotations>{IMAGE.format(BOX + 'x' * (20 << 20))}</annotations>")
    assert got(tmp_path / "a.xml")[0] == [GOOD]


def coco(annotations: str, images: str = '{"id": 1, "file_name": "y.jpg"}') -> str:
    names = '"categories": [{"id": 7, "name": "face"}]'
    return f'{{"images": [{images}], {names}, "annotations": [{annotations}]}}'


RIGHT = '{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 29, 38], "worker": "a"}'


@pytest.mark.parametrize(
    "wrong",
    [
        '{"id": 1, "image_id": 1, "category_id": 7, "bbox": [NaN, 2, 29, 38], "worker": "b"}',
        '{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1e999, 2, 29, 38], "worker": "b"}',
        f'{{"id": 1, "image_id": 1, "category_id": 7, "bbox": [{"9" * 5000}, 2, 29, 38], "worker": "b"}}',
        '{"id": 1, "image_id": 1, "category_id": 7, "bbox": [true, 2, 29, 38], "worker": "b"}',
        '{"id": 1, "image_id": 1, "category_id": 7, "bbox": "1 2 29 38", "worker": "b"}',
        '{"id": 1, "image_id": 1, "category_id": 99, "bbox": [1, 2, 29, 38], "worker": "b"}',
        '{"id": 1, "image_id": [1], "category_id": 7, "bbox": [1, 2, 29, 38], "worker": "b"}',
        '{"id": 1, "image_id": 2, "category_id": 7, "bbox": [1, 2, 29, 38], "worker": "b"}',
        '{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 29, 38], "worker": "b\\u0000c"}',
        '{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 29, 38], "worker": "b", "from": 1.5}',
        "[]",
        "null",
    ],
)
def test_a_wrong_entry_of_coco_costs_itself(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "a.json").write_text(coco(f"{wrong}, {RIGHT}"))
    answers, left, lines = got(tmp_path / "a.json")
    assert [(each.worker, each.value) for each in answers] == [("a", GOOD.value)]
    assert sum(left.values()) == 1
    assert "a.json: " in lines[0]


@pytest.mark.parametrize("end", [2, 30, -1, -40])
def test_a_coco_file_that_breaks_off_gives_nothing(tmp_path: Path, end: int) -> None:
    """Any picture may lack a box of its answer: it would be a miss that nobody made."""
    (tmp_path / "a.json").write_text(coco(RIGHT)[:end])
    answers, left, lines = got(tmp_path / "a.json", worker=None)
    assert not answers
    assert left["unreadable"] == 1
    assert "export it anew" in lines[0]


def task(inner: str) -> str:
    return f'{{"data": {{"image": "y.jpg", "kind": "boxes", "thing": "face"}}, "annotations": [{inner}]}}'


NOTHING = '{"result": [], "completed_by": 3}'


@pytest.mark.parametrize(
    "wrong",
    [
        "{}",
        "null",
        '{"result": [[]]}',
        '{"result": [{"value": []}]}',
        '{"result": [{"type": "rectanglelabels", "value": {"rectanglelabels": ["face"], "x": NaN}}]}',
        '{"result": [{"type": "rectanglelabels", "value": {"rectanglelabels": [["face"]]}}]}',
        '{"result": [{"type": "rectanglelabels", "original_width": -1, "value": {"rectanglelabels": ["face"]}}]}',
        '{"result": [], "lead_time": -Infinity}',
        '{"result": [], "lead_time": {}}',
        f'{{"result": [{",".join(["{}"] * 20_001)}]}}',
        '{"result": [], "completed_by": [1]}',
    ],
)
def test_a_wrong_annotation_costs_itself(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "a.json").write_text(f"[{task(f'{wrong}, {NOTHING}')}, {task(NOTHING)}]")
    answers, left, lines = got(tmp_path / "a.json", worker=None)
    assert answers == [answer(OTHER, "3"), answer(OTHER, "3")]
    assert sum(left.values()) == 1
    assert "a.json: task 0, annotation 0: " in lines[0]


@pytest.mark.parametrize("wrong", ["[" * 200_000, '{"data": ' * 100_000, "}", "nul", '"\ud800"'])
def test_json_that_is_none_costs_what_comes_after(tmp_path: Path, small: None, wrong: str) -> None:
    (tmp_path / "a.json").write_bytes(f"[{task(NOTHING)}, {wrong}, {task(NOTHING)}]".encode("utf-8", "surrogatepass"))
    answers, left, _ = got(tmp_path / "a.json", worker=None)
    assert answers in ([answer(OTHER, "3")], [])  # one that is no UTF-8 is seen when it is read, not when it is reached
    assert left == {"unreadable": 1}


HEAD = "task,worker,label,kind,thing,sample\n"
LINE = 't,w,"[{""box"": [1.0, 2.0, 30.0, 40.0], ""from"": null}]",boxes,face,y.jpg\n'


@pytest.mark.parametrize(
    "wrong",
    [
        "," * 1_000_000,
        "x" * (8 << 20),
        '"' + "x" * 1000,
        '"a"b,w,[],boxes,face,y.jpg',
        "t,w,[],boxes,face",
        "t,w," + "[" * 50_000 + ",boxes,face,y.jpg",
        't,w,"[{""box"": [NaN, 2, 30, 40]}]",boxes,face,y.jpg',
        't,w,"[{""box"": [1, 2, 1e400, 40]}]",boxes,face,y.jpg',
        "t,w,{},boxes,face,y.jpg",
        "t,w,[1],boxes,face,y.jpg",
        "t,w,[],circles,face,y.jpg",
        "t,w,maybe,category,face,y.jpg",
        "t,w,minor|unicorn,flags,face,y.jpg",
        "t,w,safe|9,rate-label,face,",
        "t,w\0,[],boxes,face,y.jpg",
        f"t,{'w' * 300},[],boxes,face,y.jpg",
        f"t,w,[],boxes,face,{'y' * 10_000}",
        "t,w,[],boxes,face,../../etc/passwd",
    ],
)
def test_a_wrong_line_costs_itself(tmp_path: Path, small: None, wrong: str) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD}{wrong}\n{LINE}", newline="")
    answers, left, lines = got(tmp_path / "a.csv")
    assert answers == [GOOD]
    assert sum(left.values()) == 1
    assert "a.csv: line 2: " in lines[0]


def test_many_wrong_lines_are_counted_and_a_hundred_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "t,w,maybe,category,face,y.jpg\n" * 5000 + LINE)
    answers, left, lines = got(tmp_path / "a.csv")
    assert answers == [GOOD]
    assert left == {"no-answer": 5000}
    assert len(lines) == 100


def test_quotes_that_are_never_closed_do_not_multiply_the_work(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + '"' + ('x,"y' * 20 + '\n"') * 2_000 + "\n" + LINE)
    answers, left, _ = got(tmp_path / "a.csv")
    assert answers in ([GOOD], [])
    assert left["no-answer"] > 100


@given(st.text(alphabet="'=+-@\t\r\n ax\uff1d", max_size=6))
def test_a_cell_is_restored_and_never_a_formula(cell: str) -> None:
    assert restored(defused(cell)) == cell
    assert not defused(cell).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))


@given(st.lists(st.lists(st.text(alphabet="a\",;\n\r'= ", max_size=5), min_size=2, max_size=3), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_cells_come_back_in_their_lines(tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]) -> None:
    from overpaint.review.exchange._cells import as_line

    table = [row for row in table if any(row)]
    path = tmp_path_factory.mktemp("cells") / "a.csv"
    path.write_bytes(b"".join(as_line(row) for row in table))
    with path.open(encoding="utf-8", newline="") as file:
        assert [cells for _, cells in rows(file, delimiter=",")] == table


def _bytes_of(form: Format, place: Path) -> list[Path]:
    answers = [answer(PICTURE, worker, (1, 2, 30, 40), (5, 6, 7.5, 8)) for worker in ("a", "b")]
    written = write(answers, place, format=form, questions=[question(PICTURE, (1, 2, 3, 4))])
    return [file for file in written.files if "questions" not in file.as_posix() and file.name != "labels.json"]


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_damaged_file_never_raises(tmp_path_factory: pytest.TempPathFactory, form: Format, data: Any) -> None:
    """Bytes changed, cut or put in: what comes out is answers of the shape that answers have, and lines."""
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as directory:
        for file in _bytes_of(form, Path(directory, "out.csv" if form == "csv" else "out")):
            raw = bytearray(file.read_bytes())
            for _ in range(data.draw(st.integers(1, 4))):
                at = data.draw(st.integers(0, len(raw)))
                raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
            file.write_bytes(raw)
        for each in read(Path(directory, "out.csv" if form == "csv" else "out"), samples=THERE):
            assert each.sample in {"x.jpg", "y.jpg"}
            json.dumps(each.value, allow_nan=False)
            for one in each.value.get("boxes", ()):
                x0, y0, x1, y1 = one["box"]
                assert 0 <= x0 < x1 <= 100
                assert 0 <= y0 < y1 <= 60


@pytest.mark.parametrize("form", FORMATS)
@given(
    raw=st.binary(max_size=300), head=st.sampled_from([b"", b"<annotations>", b"[{", b'{"images": [', b"task,label\n"])
)
@settings(max_examples=20, deadline=None)
def test_any_bytes_never_raise(tmp_path_factory: pytest.TempPathFactory, form: Format, raw: bytes, head: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "a"
    path.write_bytes(head + raw)
    reading = read(path, samples=THERE, format=form)
    assert all(isinstance(each, Labelled) for each in reading)


def test_what_is_no_ordinary_file_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "a.json")
    assert got(tmp_path)[1] == {"unreadable": 2}
    (tmp_path / "b.csv").symlink_to("/dev/zero")
    assert got(tmp_path / "b.csv")[1] == {"unreadable": 1}


@pytest.mark.parametrize(
    ("head", "entry", "tail"),
    [
        ("<annotations>", IMAGE.format(BOX), "</annotations>"),
        (HEAD, LINE, ""),
        ("[" + task(NOTHING), "," + task(NOTHING), "]"),
    ],
)
def test_files_are_read_as_they_are_used(tmp_path: Path, head: str, entry: str, tail: str) -> None:
    """The memory that eight megabytes of answers take is that of a few."""
    times = (8 << 20) // len(entry)
    (tmp_path / "a").write_text(head + entry * times + tail)
    tracemalloc.start()
    reading = read(tmp_path / "a", samples=THERE, worker="w")
    assert all(next(reading).sample == "y.jpg" for _ in range(200))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 << 20


def test_coco_takes_sixty_bytes_an_annotation(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(coco(",".join([RIGHT.replace('"a"', f'"w{n % 50}"') for n in range(3_000)])))
    tracemalloc.start()
    next(read(tmp_path / "a", samples=THERE), None)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 1 << 20


def test_what_the_fuzzer_found(tmp_path: Path) -> None:
    """107,000 damaged files later: a VOC file that breaks off after its head, a choice without a value."""
    (tmp_path / "v.xml").write_text(f"<annotation><filename>y.jpg</filename>{' ' * 600}<object><name>face</na")
    assert got(tmp_path / "v.xml")[:2] == ([], {"unreadable": 1})
    kind = task('{"result": [{"type": "choices"}], "completed_by": 3}').replace('"boxes"', '"category"')
    (tmp_path / "l.json").write_text(f"[{kind}]")
    assert got(tmp_path / "l.json")[:2] == ([], {"no-answer": 1})
