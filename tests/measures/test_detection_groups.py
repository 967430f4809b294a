"""Groups, those too small to be shown, and how far apart they lie: what is claimed of the largest gap holds."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from overpaint.errors import UsageError
from overpaint.measures._detection_groups import SMALL, gaps, groups_of
from overpaint.measures._detection_match import Matched
from overpaint.measures._detection_pool import pooled, spread
from overpaint.measures._detection_recall import choose, threshold_of
from overpaint.measures._truth_groups import read_groups


def simple(hits, score=0.9):
    """One image of as many boxes, each found or not."""
    hits = np.array(hits, bool)
    whose = np.flatnonzero(hits)
    caught = np.where(hits, score, -1.0)
    tall = np.full(len(whose), 30.0)
    return Matched(np.full(len(whose), score), np.ones(len(whose), bool), caught, np.full(len(hits), 30.0), whose, tall)


def world(draw, shares, *, images=40, boxes=3):
    """So many images of each group, whose boxes are found with its probability, alike within an image."""
    made, said = [], []
    for group, share in enumerate(shares):
        for _ in range(images):
            lucky = share + draw.choice([-0.08, 0.08])
            made.append(simple(draw.random(boxes) < lucky))
            said.append([("worn", "abcdef"[group])])
    return pooled(made), said


def told(pool, said, *, rounds=200, seed=0):
    found, _ = groups_of(pool.images, pool.of, [() for _ in pool.of], said, supplied=True)
    recalls = spread(
        {str(i): pool.recall(0.5, g.boxes) for i, g in enumerate(found)}, pool.images, rounds=rounds, seed=seed
    )
    return gaps(found, list(recalls.values()), pool.of)


def test_the_interval_of_the_largest_gap_holds_it():
    """Four equal groups and four different ones: the naive interval of the largest would leave out 0 most times."""
    draw = np.random.default_rng(0)
    held = {0.0: 0, 0.2: 0}
    rounds = 60
    for number in range(rounds):
        for true, shares in ((0.0, [0.85] * 4), (0.2, [0.7, 0.85, 0.85, 0.9])):
            (gap,) = told(*world(draw, shares), rounds=100, seed=number)
            held[true] += gap.difference.low <= true <= gap.difference.high
    assert held[0.0] >= 0.9 * rounds and held[0.2] >= 0.9 * rounds


def test_a_gap_that_is_there_is_told_from_chance():
    (gap,) = told(*world(np.random.default_rng(1), [0.4, 0.85, 0.85]))
    assert gap.lowest == "a" and gap.difference.low > 0.1 and gap.groups == 3
    assert gap.by_chance < gap.difference.value
    assert "3 pairs" in gap.difference.method


def test_groups_of_which_nothing_is_missed_have_an_error_all_the_same():
    (gap,) = told(*world(np.random.default_rng(1), [1.2, 1.2]))
    assert gap.difference.value == 0 and gap.difference.low == 0 and gap.difference.high > 0.02


def test_small_groups_are_put_together_and_one_alone_is_not_shown():
    pool = pooled([simple([1, 0]) for _ in range(40)])
    said = [[("worn", "hat" if i < 20 else f"rare {i % 3}" if i < 38 else "x")] for i in range(40)]
    found, unseen = groups_of(40, pool.of, [() for _ in pool.of], said, supplied=True)
    assert {g.value: g.values for g in found} == {"hat": 1, SMALL: 4} and unseen == {}
    assert int(found[1].boxes.sum()) == 40
    said = [[("worn", "hat" if i < 35 else "x")] for i in range(40)]
    found, unseen = groups_of(40, pool.of, [() for _ in pool.of], said, supplied=True)
    assert [g.value for g in found] == ["hat"] and unseen == {"worn": 1}
    assert told(pool, said) == []  # with one group there is nothing to compare


def test_images_are_counted_and_not_their_boxes_alone():
    pool = pooled([simple([1] * 12)])
    assert groups_of(1, pool.of, [() for _ in pool.of], [[("a", "b")]], supplied=True) == ([], {"a": 1})


def test_a_box_can_be_of_another_group_than_its_image():
    pool = pooled([simple([1, 0]) for _ in range(20)])
    said = [[("age", "one")], [("age", "two")]] * 20
    found, _ = groups_of(20, pool.of, said, supplied=True)
    assert [pool.recall(0.5, g.boxes)(np.ones((1, 20)))[0] for g in found] == [1.0, 0.0]
    one, two = found
    assert one.detections(pool).all() and not two.detections(pool).any()


def write(path, text):
    path.write_text(text)
    return path


def test_groups_of_images_and_of_boxes(tmp_path):
    wide = read_groups(write(tmp_path / "a.csv", "KEY, box ,worn,light\nx/a.jpg,,hat,dark\nx/a.jpg,1,cap,\nb.jpg,,,\n"))
    assert wide.attributes == ("light", "worn")
    assert wide.of_image("x/a.jpg") == (("worn", "hat"), ("light", "dark"))
    assert wide.of_box("x/a.jpg", 1) == (("worn", "cap"),) and wide.of_box("x/a.jpg", 0) == ()
    long = read_groups(write(tmp_path / "b.csv", "key,attribute,value\na,worn,hat\na,worn,cap\na,worn,cap\n"))
    assert long.of_image("a") == (("worn", "hat"), ("worn", "cap"))
    pq.write_table(pa.table({"key": ["a"], "box": [2], "age": [7]}), tmp_path / "c.parquet")
    assert read_groups(tmp_path / "c.parquet").of_box("a", 2) == (("age", "7"),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "no column 'key'"),
        ("key\n1\n", "0 columns of groups"),
        ("key,a,a\n1,2,3\n", "comes twice"),
        ("key,a\n1\n", "has 1 cells"),
        ("key,a\n1,\n", "no cell has a value"),
        ("key,box,a\n1,first,x\n", "counts the boxes"),
        (f"key,a\n1,{'x' * 65}\n", "more than 64"),
        ("key,a\n" + "".join(f"1,v{i}\n" for i in range(201)), "200 values"),
        ("key,attribute,value\n" + "".join(f"1,a{i},x\n" for i in range(21)), "20 attributes"),
        ("key," + ",".join(f"c{i}" for i in range(40)) + "\n", "40 columns"),
    ],
)
def test_files_of_groups_that_are_none(tmp_path, text, says):
    with pytest.raises(UsageError, match=says) as error:
        read_groups(write(tmp_path / "g.csv", text))
    assert "--groups" in str(error.value)


def test_no_file_of_groups(tmp_path):
    with pytest.raises(UsageError, match="--groups"):
        read_groups(tmp_path / "none.csv")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(UsageError, match="--groups"):
        read_groups(tmp_path / "x.parquet")


def spread_scores(draw, images=30):
    """Images of one face each, found with a random score, and one false box each."""
    made = []
    for _ in range(images):
        face, other = draw.random(), draw.random() / 2
        order = np.argsort([-face, -other])
        whose = np.array([0, -1])[order]
        made.append(
            Matched(
                np.array([face, other])[order],
                whose >= 0,
                np.array([face]),
                np.array([30.0]),
                whose,
                np.array([30.0, 30]),
            )
        )
    return pooled(made)


def test_a_threshold_for_a_recall_is_optimistic_where_it_was_chosen():
    pool = spread_scores(np.random.default_rng(3))
    chosen = choose(pool, 0.9, rounds=100, seed=0)
    caught = np.sort(pool.caught)[::-1]
    assert chosen.threshold.value == caught[26] == threshold_of(pool, 0.9)
    assert chosen.recall.value == pytest.approx(0.9) and chosen.reached == 1
    assert chosen.threshold.low <= chosen.threshold.value <= chosen.threshold.high
    # on the half that it was chosen on it would never be below 0.9
    assert chosen.recall_elsewhere.low < 0.85 < chosen.recall_elsewhere.value < 1
    again = choose(pool, 0.9, rounds=100, seed=0)
    assert again == chosen


def test_a_recall_that_no_threshold_gives():
    pool = pooled([simple([1, 0]), simple([1, 0])])
    chosen = choose(pool, 0.9, rounds=10, seed=0)
    assert chosen.threshold.value is None and chosen.precision.value is None and chosen.reached == 0
    assert math.isnan(threshold_of(pool, 0.9)) and threshold_of(pool, 0.5) == 0.9
    assert choose(pooled([]), 0.5, rounds=5, seed=0).threshold.value is None
