"""People rate labels, end to end: questions of a file or selector, a crowd at the real desk, and a ratings file."""

import csv
import random
from collections import Counter

import pytest

from overpaint import jobs, labels, review
from overpaint.errors import LabelsError, ReviewError, UsageError
from overpaint.review import Done, Kind, Pause, Question
from overpaint.review._judge import family_of
from overpaint.review._of_labels import LEAST, of_labels
from overpaint.review._place import Place
from overpaint.server._words import disclosure, help_told

WORDS = ["n09835506", "n10148035", "wibble", "snarfer", "glimper"]


@pytest.fixture(autouse=True)
def ratings_folder(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("ratings")
    monkeypatch.setenv("OVERPAINT_RATINGS", str(folder))
    return folder


@pytest.fixture
def opened(tmp_path):
    """A review of five labels; its questions need no picture."""
    file = tmp_path / "labels.txt"
    file.write_text("\n".join([*WORDS, "", "wibble"]) + "\n", "utf-8")
    result = review.open(tmp_path / "words", question=["rate-label"], labels=str(file))
    assert (result.new, result.known) == (5, 0)
    assert result.questions == (("rate-label", "", "open", 5),)  # no word is told
    assert not any(word in line for line in result.lines() for word in WORDS)
    return tmp_path / "words"


def said(safety, imageability):
    return {"safety": safety, "imageability": imageability}


OPINION = {
    "n09835506": [said("safe", 5)] * 8,
    "n10148035": [said("safe", 4), said("safe", 5)] * 4,
    "wibble": [said("offensive", 1)] * 8,
    "snarfer": [said("offensive", 2), said("sensitive", 3)] * 4,
    "glimper": [said("sensitive", 2)] * 4 + [said("offensive", 1)] + [said("sensitive", 2)] * 3,
}


def crowd(place, people, opinion, *, gold=False):
    """So many people one after the other answer all they are asked; how many were stopped."""
    stopped = 0
    with review.open_desk(place) as desk:
        link = desk.store.add_link(role="worker", token_hash=b"w" * 32, expires=9e9, settings={}, now=0.0)
        desk.bench.set_settings({"gold": 0.5 if gold else 0.0, "training": 0, "bar": 0.9 if gold else 0.6})
        for number in range(people):
            who = desk.store.worker_for(link.id, None, now=desk.clock()).id
            while not isinstance(got := desk.next(who), Done | Pause | review.Stopped):
                question = got[0].question.question
                answer = opinion(number, question)
                desk.submit(who, got[0].token, answer, seconds=6.0)
            stopped += isinstance(got, review.Stopped)
        review.tend(desk.bench, everything=True)
        assert desk.store.check() == []
    return stopped


def honest(number, question):
    return OPINION[question.thing][number]


def test_questions_say_what_a_label_means(tmp_path):
    file = tmp_path / "labels.txt"
    file.write_text("n09835506\nballplayer\nsnarfer\n", "utf-8")
    questions = of_labels(str(file))
    assert [(one.thing, one.title) for one in questions] == [
        ("n09835506", "ballplayer, baseball player"),  # asked once, by whichever name
        ("snarfer", "snarfer"),
    ]
    assert questions[0].definition == labels.wordnet().definition("n09835506")
    assert all(one.kind is Kind.RATE_LABEL and one.sample == "" and one.extra["least"] == LEAST for one in questions)
    assert of_labels(str(file), certainty=0.8)[0].extra["certainty"] == 0.8
    (groom,) = of_labels(str(_named(tmp_path, "groom.txt", "groom\n")))
    assert (groom.thing, groom.definition.count("; or ")) == ("groom", 2)  # three meanings, told without their names
    assert {family_of(one) for one in questions} == {"rate-label"}  # people are known by all words they rated


def test_selectors(tmp_path):
    with pytest.raises(LabelsError, match="no ratings are installed, so every label would be unrated"):
        of_labels("unrated:n09835506")
    three = of_labels("under:n00007846@ilsvrc")
    assert sorted(one.thing for one in three) == ["n09835506", "n10148035", "n10565667"]
    own = tmp_path / "own.csv"
    own.write_text("wnid,safety,imageability,date,source\nn10148035,safe,4,2026-01-01,us\nn10565667,,3,2026-01-01,us\n")
    labels.add_ratings([own])
    two = of_labels("unrated:n00007846@ilsvrc")
    assert sorted(one.thing for one in two) == ["n09835506", "n10565667"]  # an imageability is no judgement of safety
    assert "n09835506" in {one.thing for one in of_labels("unrated:n09835506")}
    with pytest.raises(LabelsError, match="n99999999"):
        of_labels("under:n99999999@ilsvrc")
    with pytest.raises(LabelsError, match="holds no label"):
        of_labels("under:n02084071@" + str(_named(tmp_path, "names.txt", "ballplayer\n")))


def _named(folder, name, text):
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_what_cannot_be_opened(tmp_path):
    file = _named(tmp_path, "labels.txt", "snarfer\n")
    for told in (
        {"question": ["rate-label"]},
        {"labels": str(file)},
        {"question": ["rate-label", "flags"], "labels": str(file)},
        {"question": ["rate-label"], "labels": str(file), "spot": 3},
        {"question": ["rate-label"], "labels": str(file), "title": "a word"},
    ):
        with pytest.raises(UsageError, match="--labels"):
            review.open(tmp_path / "words", **told)
    for text, words in (("", "holds no label"), ("x" * 300, "line 1: a label is a short text"), ("a\x07b", "line 1")):
        with pytest.raises(LabelsError, match=words):
            review.open(tmp_path / "words", question=["rate-label"], labels=str(_named(tmp_path, "bad.txt", text)))
    with pytest.raises(UsageError, match="the folder that it shall lie in is not there"):
        review.open(tmp_path / "none" / "words", question=["rate-label"], labels=str(file))
    assert not (tmp_path / "words.review").exists()  # nothing was made for what could not be asked


def test_a_crowd_rates_and_its_ratings_are_used(opened, tmp_path):
    assert crowd(opened, 8, honest) == 0
    told = review.status(opened)
    assert told.problems == ()
    assert [(row["thing"], row["state"], row["questions"]) for row in told.summary["questions"]] == [("", "settled", 5)]
    result = labels.collect_ratings(opened, to=tmp_path / "ours.csv", add=True)
    with (tmp_path / "ours.csv").open(newline="") as stream:
        rows = {row["id"]: row for row in csv.DictReader(stream)}
    assert {key: row["safety"] for key, row in rows.items()} == {
        "n09835506": "safe", "n10148035": "safe", "wibble": "offensive", "snarfer": "unrated", "glimper": "sensitive",
    }  # fmt: skip
    assert rows["snarfer"]["reason"].startswith("disputed: ")
    assert rows["n09835506"]["imageability"] == "5.0"
    assert 4 < float(rows["n10148035"]["imageability"]) < 5
    assert all(5 <= int(row["raters"]) <= 7 for row in rows.values())
    assert (result.rated, result.disputed, result.open, result.people) == (4, 1, 0, 7)
    assert result.answers == sum(int(row["raters"]) for row in rows.values())
    assert 0.4 < result.safety.alpha < 1
    assert result.safety.low < result.safety.alpha < result.safety.high
    assert result.imageability.alpha > 0.5
    assert "1 of them disputed" in result.lines()[1]
    assert not any(word in line for line in result.lines() for word in WORDS)
    mine = labels.ratings()
    assert mine["wibble"].safety == "offensive"
    assert (mine["wibble"].raters, mine["wibble"].agreement, mine["wibble"].source) == (
        int(rows["wibble"]["raters"]), 1.0, "raters of words",
    )  # fmt: skip
    assert mine["snarfer"].safety is None
    assert mine["snarfer"].imageability is not None


def test_control_questions_from_what_all_agree_on(opened):
    crowd(opened, 8, honest)
    with review.opened(opened) as (_, bench):
        bench.set_settings({"certainty": 0.95})
    assert review.add_gold(opened, choose=2).answers == 2
    with review.opened(opened) as (_, bench):
        copies = bench.store.questions(gold=True)
        keys = {one.question.thing: bench.store.gold_key(one.id).key for one in copies}
    assert set(keys) <= {"n09835506", "n10148035", "wibble"}  # nobody's opinion on the others is a key
    assert all(len(key["safety"]) == 1 for key in keys.values())
    assert all(high - low >= 2 for low, high in (key["imageability"] for key in keys.values()))


def test_disputed_labels_are_written_where_they_are_asked_for(opened, tmp_path):
    crowd(opened, 6, honest)
    result = jobs.collect_ratings(opened, to=tmp_path / "ours.csv", with_disputed=True, source="the board")
    found = labels.ratings(tmp_path / "ours.csv")
    assert found["snarfer"].safety == "offensive"  # of a tie, or as most said, the graver word
    assert found["snarfer"].source == "the board"
    assert result.to_dict()["disputed"] == 1
    assert "disputed: " in found.reasons["snarfer"]
    with pytest.raises(UsageError, match="--least-agreement 2"):
        jobs.collect_ratings(opened, to=tmp_path / "x.csv", least_agreement=2)
    strict = jobs.collect_ratings(opened, to=tmp_path / "strict.csv", least_agreement=0.9)
    assert strict.disputed == 2  # glimper's one dissenter counts now


def test_five_people_are_asked_before_a_word_is_settled(opened, tmp_path):
    crowd(opened, 4, honest)
    with pytest.raises(ReviewError, match="holds no label that enough people rated"):
        jobs.collect_ratings(opened, to=tmp_path / "ours.csv")
    again = review.open(opened, question=["rate-label"], labels=str(tmp_path / "labels.txt"))
    assert (again.new, again.known) == (0, 5)


def test_nobody_is_stopped_for_an_opinion(tmp_path):
    """One who calls everything offensive disagrees with all others, and is still one voice of five."""
    file = _named(tmp_path, "many.txt", "".join(f"word{number}\n" for number in range(16)))
    review.open(tmp_path / "words", question=["rate-label"], labels=str(file))
    assert crowd(tmp_path / "words", 6, lambda n, _: said("offensive", 1) if n == 0 else said("safe", 4)) == 0
    result = jobs.collect_ratings(tmp_path / "words", to=tmp_path / "ours.csv")
    assert (result.rated, result.disputed) == (16, 0)
    assert {one.agreement for one in labels.ratings(tmp_path / "ours.csv").values()} <= {0.8, 0.833, 0.857, 1.0}


def test_control_questions_stop_who_does_not_read(tmp_path):
    file = _named(tmp_path, "many.txt", "".join(f"word{number}\n" for number in range(90)))
    review.open(tmp_path / "words", question=["rate-label"], labels=str(file))
    keys = _named(
        tmp_path,
        "keys.csv",
        "kind,thing,label,worker\n" + "".join(f"rate-label,word{n},safe|4,us\n" for n in range(16)),
    )
    taken = review.add_gold(tmp_path / "words", keys)
    assert taken.answers == 16
    rng = random.Random(7)

    def answers(number, question):
        if number == 0:
            return said(rng.choice(["offensive", "sensitive"]), 1)
        return said("safe", 4)

    assert crowd(tmp_path / "words", 2, answers, gold=True) == 1
    with review.opened(tmp_path / "words") as (_, bench):
        assert [who.state for who in bench.store.workers()] == ["stopped", "active"]
        used = Counter(one.worker for one in bench.store.answers_since(0, 1000, kind=Kind.RATE_LABEL) if one.used)
    assert len(used) == 1  # what the one said does not count
    with pytest.raises(ReviewError, match="no label that enough people rated"):
        jobs.collect_ratings(tmp_path / "words", to=tmp_path / "ours.csv")


def test_a_forecast_counts_words_together(opened):
    played = review.foresee(opened, people=8)
    (line,) = played.to_dict()["lines"]
    assert (line["kind"], line["thing"], line["questions"]) == ("rate-label", "", 5)
    assert 25 <= line["answers"]["middle"] <= 35  # five people rate each, seven at most
    assert not any(word in str(played.lines()) for word in WORDS)


def test_a_review_of_words_has_no_pictures(opened):
    place = Place.of(opened)
    assert (place.words, place.run, place.candidates) == (True, None, None)
    assert place.in_lane() == frozenset()
    assert Place.of(place.path) == place
    with review.open_desk(opened) as desk:
        assert desk.pictures is None
    assert "slurs" in " ".join(disclosure(review.Settings(), None, words=True))
    assert "slurs" in help_told(Kind.RATE_LABEL, Question(Kind.RATE_LABEL, ""))["instructions"][0]


def test_votes_of_each_label_against_a_slow_count(tmp_path):
    """Random votes: majority, share and tie as counted by hand."""
    rng = random.Random(3)
    names = [f"word{number}" for number in range(8)]
    votes = {
        (n, name): said(rng.choice(["offensive", "sensitive", "safe"]), rng.randint(1, 5))
        for n in range(7)
        for name in names
    }
    review.open(tmp_path / "words", question=["rate-label"], labels=str(_named(tmp_path, "l.txt", "\n".join(names))))
    with review.open_desk(tmp_path / "words") as desk:
        desk.bench.set_settings({"certainty": 1.0, "cost": 0.0})
    crowd(tmp_path / "words", 7, lambda n, question: votes[n, question.thing])
    result = jobs.collect_ratings(tmp_path / "words", to=tmp_path / "ours.csv")
    with (tmp_path / "ours.csv").open(newline="") as stream:
        rows = {row["id"]: row for row in csv.DictReader(stream)}
    disputed = 0
    for name in names:
        counted = Counter(votes[n, name]["safety"] for n in range(7))
        (first, most), *others = counted.most_common()
        unsure = most / 7 < 0.66 or any(number == most for _, number in others)
        disputed += unsure
        assert rows[name]["safety"] == ("unrated" if unsure else first)
        assert float(rows[name]["imageability"]) == pytest.approx(
            sum(votes[n, name]["imageability"] for n in range(7)) / 7, abs=0.001
        )
        assert float(rows[name]["agreement"]) == pytest.approx(most / 7, abs=0.001)
    assert result.disputed == disputed
    assert abs(result.safety.alpha) < 0.5  # they answered by chance
