"""Neighbours on a row, figures in a stack, and what looks like a page of a document."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.detectors._text_rows import hull, runs, stacks
from overpaint.detectors._words import Written, pages
from overpaint.records import Box


def row(*texts, y=0, high=20, gap=10, start=0):
    """Lines side by side, each as long as its text."""
    lines, x = [], start
    for text in texts:
        wide = max(10, 10 * len(text))
        lines.append(Written(text, Box(x, y, x + wide, y + high)))
        x += wide + gap
    return lines


def test_neighbours_on_a_row_are_taken_together_longest_first():
    lines = row("one", "two", "three")
    assert runs(lines) == [(0, 1, 2), (0, 1), (1, 2)]
    assert runs(row("one", "two", gap=31)) == []
    assert runs([*row("one"), *row("two", y=15, start=40)]) == [], "not on one line"
    assert runs([*row("one"), *row("two", high=45, start=40)]) == [], "of another size"


def test_a_run_is_no_longer_than_four():
    assert max(map(len, runs(row(*"abcdefgh")))) == 4


def test_figures_below_one_another():
    lines = [
        Written("01327", Box(0, 0, 50, 20)),
        Written("860801", Box(-5, 22, 55, 42)),
        Written("Tel", Box(0, 44, 50, 64)),
    ]
    assert stacks(lines) == [(0, 1)]
    assert stacks([lines[0], Written("860801", Box(0, 60, 55, 80))]) == []
    assert stacks([lines[0], Written("860801", Box(60, 22, 120, 42))]) == []


FORM = ["Surname", "DOE", "Given names", "JANE", "Nationality", "Date of birth", "01 JAN 1980"]


def form(texts=FORM, *, x=200, high=12):
    return [Written(text, Box(x, 20 * i, x + 8 * len(text), 20 * i + high)) for i, text in enumerate(texts)]


def test_a_face_beside_aligned_short_lines_is_a_document():
    face = Box(100, 20, 160, 100)
    lines = [Written("word", one.box) for one in form()]
    (page,) = pages(lines, [face])
    assert page.x0 == 100, "the face is part of it"
    assert page.y1 == 132
    assert pages(lines, []) == []
    assert pages(lines, [Box(1000, 20, 1060, 100)]) == [], "a face elsewhere"
    assert pages(lines, [Box(0, -300, 500, 700)]) == [], "a portrait before a wall of writing"
    assert pages(lines[:4], [face]) == [], "too few"


def test_words_of_identity_papers_make_a_document_without_a_face():
    assert len(pages(form(), [])) == 1
    assert pages(form(["Surname", "DOE", "Jane", "Given names"]), []) == []
    assert len(pages(form(["Surname", "DOE", "Jane", "Given names"]), [Box(100, 0, 150, 60)])) == 1


def test_a_machine_readable_zone_is_a_document():
    zone = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
    lines = [Written(text, Box(0, 30 * i, 700, 30 * i + 18)) for i, text in enumerate(zone)]
    assert len(pages(lines, [])) == 1
    assert pages(lines[:1], []) == []
    assert pages([Written("just << two << quotes <<", line.box) for line in lines], []) == []


def test_long_lines_are_a_text_and_no_document():
    lines = [Written("a line of a book as long as lines of books are, or longer", one.box) for one in form()]
    assert pages(lines, [Box(100, 20, 160, 100)]) == []


@given(st.integers(0, 2**32 - 1), st.integers(0, 60))
def test_the_order_of_lines_does_not_matter(seed, count):
    chance = random.Random(seed)
    lines = [
        Written(chance.choice(["a", "12", "name", "sex", "<<<", ""]), Box(x, y, x + 30, y + 10))
        for x, y in ((chance.randrange(0, 300, 30), chance.randrange(0, 300, 12)) for _ in range(count))
    ]
    mixed = sorted(lines, key=lambda _: chance.random())
    face = [Box(0, 0, 60, 60)]
    assert {(b.x0, b.y0, b.x1, b.y1) for b in pages(lines, face)} == {
        (b.x0, b.y0, b.x1, b.y1) for b in pages(mixed, face)
    }
    assert all(len(set(run)) == len(run) for run in runs(lines))


def test_many_lines_take_a_bounded_time():
    lines = [Written("word", Box(0, 20 * i, 50, 20 * i + 12)) for i in range(1000)]
    assert len(pages(lines, [Box(-80, 0, 0, 80)])) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_hull_holds_all(count):
    boxes = [Box(i, 2 * i, i + 5, 2 * i + 3) for i in range(count)]
    assert hull(boxes) == Box(0, 0, count + 4, 2 * count + 1)
