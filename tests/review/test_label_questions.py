"""Which of two labels fits: from candidates to questions, from answers to corrections, through other tools' files."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import overpaint
from overpaint import labels, review
from overpaint.errors import AnswerError, OverpaintWarning, ReviewError, UsageError
from overpaint.review import Kind, Question, checked, pair, pair_of, votes_of
from overpaint.review._judge import family_of
from overpaint.review.trust import feedback_words, key_checked, score
from overpaint.rundir import Run

TENCH, BALL = "n01440764", "n03445777"


def asked(sample="a.jpg", **more):
    return Question(Kind.LABEL, pair(TENCH, BALL), sample, 20, 20, **more)


def test_what_counts_as_an_answer():
    for choice in review.FITS:
        value = checked(asked(), {"choice": choice, "more": 1})
        assert value == {"choice": choice} and votes_of(Kind.LABEL, value) == [("", choice)]
    for wrong in ({"choice": "yes"}, {"choice": None}, {}, "given"):
        with pytest.raises(AnswerError):
            checked(asked(), wrong)
    with pytest.raises(AnswerError, match="the choice is given or guessed or both or neither"):
        checked(asked(), {"choice": "no"})
    with pytest.raises(AnswerError, match="the choice is yes or no"):
        checked(Question(Kind.AUDIT, "person"), {"choice": "given"})


words = st.text(st.characters(codec="utf-8", exclude_characters="|", exclude_categories=("Cc", "Cs")), min_size=1)


@given(words, words)
def test_two_labels_as_one_text(one, other):
    assert pair_of(pair(one, other)) == (one, other)
    assert (asked().name == Question(Kind.LABEL, pair(one, other), "a.jpg", 20, 20).name) == (
        (one, other) == (TENCH, BALL)
    )


def test_all_pairs_are_one_family():
    """People are skilled at telling labels, and not at each of a million pairs of them."""
    assert family_of(asked()) == family_of(Question(Kind.LABEL, pair("a", "b"))) == "label"


def test_gold_and_what_people_are_told():
    key = key_checked(asked(), {"choice": "guessed"})
    right, wrong = (score(asked(), key, {"choice": choice}) for choice in ("guessed", "given"))
    assert right.passed and not wrong.passed
    assert feedback_words(asked(), key, right) == "Right."
    assert feedback_words(asked(), key, wrong) == "Here one of the two fits, and the other does not."
    assert feedback_words(asked(), {"choice": "both"}, wrong) == "Here both labels fit."
    with pytest.raises(UsageError, match='"guessed"'):
        key_checked(asked(), {"choice": "yes"})


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """A run of eight pictures of two labels, four of which are doubted."""
    root = tmp_path_factory.mktemp("looked")
    for seed in range(8):
        path = root / f"photos/{(TENCH, BALL)[seed % 2]}/{seed}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(noise).save(path)
    overpaint.scan(root / "photos", run=root / "photos.run", detectors="none", workers=1)
    return root / "photos.run"


@pytest.fixture
def run(looked, tmp_path):
    copy = Path(shutil.copytree(looked, tmp_path / "photos.run"))
    doubted(copy, {f"{TENCH}/0.png": (0.3, TENCH, BALL), f"{BALL}/1.png": (0.1, BALL, TENCH)})
    return copy


def doubted(run, rows):
    """What `labels errors` would have written."""
    told = [{"key": k, "score": score, "given": one, "guessed": other} for k, (score, one, other) in rows.items()]
    pq.write_table(pa.Table.from_pylist(told), run / "private/label-errors.parquet")


def answering(run, choice, *, people=1):
    """Some people who all say the same."""
    with review.open_desk(run) as desk:
        desk.bench.set_settings({"most": people, "least": people})
        for number in range(people):
            link = desk.store.add_link(
                role="reviewer", token_hash=bytes([65 + number]) * 32, expires=9e9, settings={}, now=desk.clock()
            )
            who, seen = desk.store.worker_for(link.id, None, now=desk.clock()).id, []
            while isinstance(got := desk.next(who), list):
                seen.append(got[0].question.question)
                desk.submit(who, got[0].token, {"choice": choice(seen[-1])}, seconds=2)
    return seen


def test_questions_of_candidates(run):
    opened = review.open(run, question=["label"])
    assert opened.new == 2 and opened.questions == (("label", "", "open", 2),)
    assert review.open(run, question=["label"]).new == 0
    seen = answering(run, lambda question: "guessed")
    assert [question.sample for question in seen] == [f"{BALL}/1.png", f"{TENCH}/0.png"]  # the least likely first
    words = seen[0].extra["words"]
    assert [one["title"] for one in words] == ["golf ball", "tench, Tinca tinca"] and "fish" in words[1]["definition"]
    assert seen[0].context == "" and (seen[0].width, seen[0].height) == (32, 24)


def test_corrections(run, tmp_path):
    with pytest.raises(ReviewError):
        labels.corrections(run, tmp_path / "none.csv")
    review.open(run, question=["label"])
    assert labels.corrections(run, tmp_path / "early.csv").unsettled == 2
    answering(run, lambda question: "guessed" if BALL in question.sample else "both", people=3)
    told = labels.corrections(run, tmp_path / "told.csv")
    assert (told.settled, told.unsettled) == (2, 0)
    assert told.by_answer == {"given": 0, "guessed": 1, "both": 1, "neither": 0}
    assert "of 1 people say that the given label does not fit" in told.lines()[0]
    rows = {row["key"]: row for row in csv.DictReader((tmp_path / "told.csv").read_text().splitlines())}
    assert (tmp_path / "told.csv").stat().st_mode & 0o777 == 0o600
    wrong, fine = rows[f"{BALL}/1.png"], rows[f"{TENCH}/0.png"]
    assert (wrong["given"], wrong["label"], wrong["answer"], wrong["people"]) == (BALL, TENCH, "guessed", "3")
    assert (fine["label"], fine["answer"]) == (TENCH, "both")
    assert float(wrong["guessed_fits"]) > 0.9 > float(wrong["given_fits"]) and float(fine["given_fits"]) > 0.9
    with pytest.raises(UsageError, match="choose a new file"):
        labels.corrections(run, tmp_path / "told.csv")
    overpaint.jobs.hold(run, {f"{BALL}/1.png"})
    assert labels.corrections(run, tmp_path / "after.parquet").settled == 1
    assert pq.read_table(tmp_path / "after.parquet").column("key").to_pylist() == [f"{TENCH}/0.png"]


def test_what_nobody_is_asked(run):
    """A sample of the lane, one that is not of this run, a label that is withheld or that cannot be written down."""
    overpaint.jobs.hold(run, {f"{TENCH}/0.png"})
    doubted(
        run,
        {
            f"{TENCH}/0.png": (0.1, TENCH, BALL),
            f"{TENCH}/2.png": (0.1, TENCH, "ballplayer"),
            f"{TENCH}/4.png": (0.1, TENCH, "a" * 300),
            f"{TENCH}/6.png": (0.1, "one | other", BALL),
            "nowhere.png": (0.1, TENCH, BALL),
        },
    )
    with pytest.warns(OverpaintWarning, match="nobody is asked about.*: 3 "):
        assert review.open(run, question=["label"]).new == 0
    (run / "private/label-errors.parquet").unlink()
    with pytest.raises(ReviewError, match="`overpaint labels errors`"):
        review.open(run, question=["label"])


def test_through_other_tools(run, tmp_path):
    review.open(run, question=["label"])
    review.export(run, tmp_path / "tasks.csv", tasks=True)
    lines = list(csv.DictReader((tmp_path / "tasks.csv").read_text().splitlines()))
    assert {line["thing"] for line in lines} == {pair(TENCH, BALL), pair(BALL, TENCH)}
    with (tmp_path / "said.csv").open("w") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(line | {"worker": "anna", "label": "neither"} for line in lines)
    assert review.add_answers(run, tmp_path / "said.csv").answers == 2
    review.export(run, tmp_path / "studio", format="label-studio", tasks=True)
    assert all(f'value="{word}"' in (tmp_path / "studio/label.xml").read_text() for word in review.FITS)
    task = json.loads((tmp_path / "studio/label.json").read_text())[0]
    assert "(given)" in task["data"]["text"] and "(guessed)" in task["data"]["text"]
    said = [result["value"]["choices"] for result in task["annotations"][0]["result"] if result["type"] == "choices"]
    assert said == [["neither"]]


def test_the_page_does_not_tell_which_is_which(run):
    """Over many pictures each order is as frequent; for one picture it stays."""
    from overpaint.server._tasks import _labels

    firsts = [_labels(asked(f"{n}.jpg"))[0]["is"] for n in range(400)]
    assert 150 < firsts.count("given") < 250
    assert _labels(asked("7.jpg")) == _labels(asked("7.jpg", harm=0.3))
    assert {one["title"] for one in _labels(asked())} == {TENCH, BALL}
    assert Run(run).private.exists()
