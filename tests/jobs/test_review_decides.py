"""From a run to people and back: what they answer changes these pictures, and no others."""

import contextlib
import csv
import json
import shutil

import pytest
from channel_network import channel_classifier
from small_dataset import tree

import overpaint
from overpaint import jobs, review
from overpaint.errors import OverpaintError, ReviewError, UsageError
from overpaint.review import Kind
from overpaint.rundir import Run


@pytest.fixture
def run(scrubbed, tmp_path):
    """A finished scrub of our own: source, destination, run."""
    source, dest, _ = scrubbed
    shutil.copytree(dest, tmp_path / "out", symlinks=True)
    shutil.copytree(f"{dest}.run", tmp_path / "out.run", symlinks=True)
    bound = tmp_path / "out.run/private/destination.json"
    bound.write_text(bound.read_text().replace(str(dest), str(tmp_path / "out")))
    return source, tmp_path / "out", tmp_path / "out.run"


def answer_all(run, value, *, aside=None):
    """One reviewer answers everything there is."""
    with review.open_desk(run, lane=aside) as desk:
        desk.bench.set_settings({"most": 1})
        link = desk.store.add_link(role="reviewer", token_hash=b"r" * 32, expires=9e9, settings={}, now=desk.clock())
        who = desk.store.worker_for(link.id, None, now=desk.clock()).id
        asked = []
        while isinstance(got := desk.next(who), list):
            question = got[0].question.question
            asked.append(question)
            desk.submit(who, got[0].token, value(question), seconds=3)
        return asked


def confirmed(question):
    boxes = [{"box": [p.box.x0, p.box.y0, p.box.x1, p.box.y1], "from": p.subject} for p in question.boxes]
    return {"boxes": boxes, "nothing": not boxes}


def outcomes(run):
    from overpaint import formats
    from overpaint.rundir import read_table

    the_run = Run.open(run)
    rows = [
        row
        for ref in formats.read_shards(the_run.listing)
        for row in read_table(the_run.shard_file("samples", ref.id)).to_pylist()
    ]
    return {row["key"]: row["outcome"] for row in rows}


def test_only_what_people_changed_is_written_again(run):
    source, dest, path = run
    before, was = tree(dest), outcomes(path)
    opened = review.open(path, harm=0.0, thing=["face"], question=["boxes"])
    painted = sorted(key for key, outcome in was.items() if outcome in {"redacted", "re-encoded"})
    assert opened.new >= len(painted) > 3
    denied, grown = painted[0], painted[1]

    def said(question):
        value = confirmed(question)
        if question.sample == denied:
            return {"boxes": [], "nothing": True}
        if question.sample == grown:
            corner = [question.width - 30, question.height - 30, question.width - 4, question.height - 4]
            value = {"boxes": [*value["boxes"], {"box": corner, "from": None}], "nothing": False}
        return value

    answer_all(path, said)
    result = overpaint.decide(path)
    assert set(result.keys()) == {denied, grown}
    overpaint.act(path, workers=1)
    after, now = tree(dest), outcomes(path)
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {denied, grown}
    assert now[denied] in {"identical", "metadata-only"}
    assert now[grown] == was[grown]
    if now[denied] == "identical":
        assert after[denied] == tree(source)[denied]
    assert overpaint.verify(dest, workers=1).failed == 0
    decided = _decisions(path)
    assert {row["basis"] for row in decided if row["key"] == denied} == {"people:1"}
    assert all(row["basis"].startswith("people:1 rule:") for row in decided if row["key"] == grown)
    assert set(overpaint.decide(path).keys()) == set()  # asked again, nothing else comes of it


def _decisions(path):
    from overpaint import formats
    from overpaint.rundir import read_table

    the_run = Run.open(path)
    folder = the_run.decisions_dir(the_run.generation())
    return [
        row
        for ref in formats.read_shards(the_run.listing)
        for row in read_table(folder / f"{ref.id}.parquet").to_pylist()
    ]


def test_opening_again_asks_nothing_twice_and_the_private_half_stays_private(run):
    _, _, path = run
    first = review.open(path, harm=0.0)
    again = review.open(path, harm=0.0)
    assert (again.new, again.known) == (0, first.new)
    place = path / "private" / "review"
    assert place.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in [*place.iterdir(), path / "private/answers.sqlite"])
    public = b"".join(file.read_bytes() for file in (path / "public").iterdir())
    assert b"answers.sqlite" not in public


def test_pictures_by_chance_go_down_the_hierarchy(run):
    _, _, path = run
    review.open(path, harm=1.0, spot=3)
    asked = answer_all(path, lambda q: confirmed(q) if q.kind == Kind.BOXES else {"choice": "yes"})
    chain = [(q.kind.value, q.thing) for q in asked]
    assert chain.count(("category", "person")) == chain.count(("category", "face")) == 3
    assert chain.count(("boxes", "face")) == 3
    same = review.open(path, harm=1.0, spot=3)
    assert same.new == 0


def test_a_reviewer_s_word_takes_a_picture_out_of_everything(run):
    _, dest, path = run
    review.open(path, harm=1.0, audit=2)
    aside = []
    with review.open_desk(path, lane=lambda question: aside.append(question.sample)) as desk:
        stored = desk.store.questions(state="open")[0]
        sample = stored.question.sample
        assert desk.pictures.picture(stored.question).data
        desk.bench.hold(stored.question)
        assert desk.pictures.held(sample)
        with pytest.raises(Exception, match="not shown"):
            desk.pictures.picture(stored.question)
        waiting = desk.store.withdrawn(reason="lane")
    assert aside == waiting == [sample]
    assert (dest / sample).exists()
    overpaint.act(path, workers=1)  # whatever comes next, the lane comes first
    assert not (dest / sample).exists()
    with review.opened(path) as (place, bench):
        assert bench.store.withdrawn(reason="lane") == []
        assert bench.store.check() == []
        assert len(place.aside()) == 1
    assert jobs.lane(path).by_reason == {"reviewer": 1}
    places = [*(path / "private/review").iterdir(), *(path / "private").glob("answers.sqlite*")]
    assert not any(sample.encode() in file.read_bytes() for file in places if file.is_file())


def test_a_review_needs_a_decided_run(dataset, tmp_path):
    run = tmp_path / "r.run"
    overpaint.scan(dataset, run=run, profile="fast", workers=1)
    with pytest.raises(ReviewError, match="decided"):
        review.open(run)
    with pytest.raises(ReviewError, match="review open"):
        review.status(run)
    with pytest.raises(UsageError, match="go together"):
        review.open(run, question=["category"])
    with pytest.raises(UsageError, match="boxes, tight"):
        review.open(run, question=["audit"])


def test_candidates_become_a_class(dataset, tmp_path):
    folder = tmp_path / "candidates"
    shutil.copytree(dataset, folder)
    opened = review.open(folder, question=["category"], label="n02119022", title="a red fox", definition="Vulpes.")
    images = [file for file in folder.rglob("*") if file.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"}]
    assert opened.new == len(images)
    asked = answer_all(folder, lambda q: {"choice": "yes" if "portrait" in q.sample else "no"})
    assert {q.title for q in asked} == {"a red fox"}
    result = review.status(folder, accepted=tmp_path / "keys.csv")
    (one,) = result.classes
    with (tmp_path / "keys.csv").open(newline="") as file:
        keys = [row["key"] for row in csv.DictReader(file)]
    assert one["accepted"] == len(keys) > 0
    assert all("portrait" in key for key in keys)
    assert 0 < one["precision_low"] <= one["precision"] <= one["precision_high"] <= 1
    json.dumps(result.to_dict())
    with pytest.raises(UsageError, match="line break"):
        review.status(folder, accepted=tmp_path / "keys.txt")
    with pytest.raises(UsageError, match="--label"):
        review.open(folder, question=["category"])


def test_the_folder_that_one_stands_in(dataset, tmp_path, monkeypatch):
    shutil.copytree(dataset / "train", tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    review.open(".", question=["category"], label="x")
    assert (tmp_path / "here.review").is_dir()
    assert review.status(".").summary["questions"]
    assert review.open(".", question=["category"], label="x").new == 0


def test_out_to_a_table_and_in_again(run, tmp_path):
    _, _, path = run
    review.open(path, harm=0.0, thing=["face"], question=["boxes"])
    asked = answer_all(path, confirmed)
    out = review.export(path, tmp_path / "answers.csv")
    assert out.answers == len(asked)
    again = review.add_answers(path, tmp_path / "answers.csv")
    assert again.answers == len(asked)  # under another name: the file's
    assert again.people == 1
    twice = review.add_answers(path, tmp_path / "answers.csv")
    assert (twice.answers, twice.left["answered-before"]) == (0, len(asked))
    assert review.status(path).problems == ()


def test_keys_of_gold_come_from_a_file_and_leave_by_none(run, tmp_path):
    _, _, path = run
    review.open(path, harm=0.0, thing=["face"], question=["boxes"])
    answer_all(path, confirmed)
    review.export(path, tmp_path / "keys.csv")
    shutil.rmtree(path / "private" / "review")
    for left in (path / "private").glob("answers.sqlite*"):
        left.unlink()
    review.open(path, harm=0.0, thing=["face"], question=["boxes"])
    taken = review.add_gold(path, tmp_path / "keys.csv", visible=True)
    assert taken.answers > 3
    assert review.export(path, tmp_path / "out.csv", tasks=True).questions == 0  # all are gold now
    assert review.status(path).problems == ()


def test_a_forecast_before_and_after_somebody_answered(run):
    _, _, path = run
    review.open(path, harm=0.0, thing=["face"], question=["boxes"])
    first = review.foresee(path, people=5)
    assert not first.told.known
    assert 0 < first.to_dict()["hours"]["low"] <= first.to_dict()["hours"]["high"]
    assert review.foresee(path, people=5, certainty=0.6).told.answers.middle <= first.told.answers.middle
    answer_all(path, confirmed)
    with pytest.raises(UsageError, match="no question is open"):
        review.foresee(path)


def test_settings_by_words(run):
    _, _, path = run
    review.open(path)
    assert review.configure(path, changes=["certainty=0.9", "blurred=true", "currency=EUR"]).certainty == 0.9
    assert review.configure(path).blurred is True
    for wrong in ("certainty", "certainty=high", "nothing=1", "blurred=maybe", "certainty=2"):
        with pytest.raises(UsageError):
            review.configure(path, changes=[wrong])


@pytest.mark.parametrize("measure", ["detection", "utility", "person_labels"])
def test_measures_put_into_the_lane_first_whom_reviewers_put_there(run, tmp_path, measure):
    """Else a picture that nobody may be shown any more would be embedded, or learned from."""
    source, _, path = run
    review.open(path, harm=1.0, audit=2)
    with review.open_desk(path, lane=lambda question: None) as desk:
        desk.bench.hold(desk.store.questions(state="open")[0].question)
    truth = {"images": [{"id": 1, "file_name": "nobody.jpg"}], "categories": [{"id": 1, "name": "face"}]}
    truth["annotations"] = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 30]}]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "names.txt").write_text("n09835506 ballplayer\nn10148035 groom\n")
    (tmp_path / "rated.csv").write_text("wnid,safety\nn09835506,safe\n")
    lists = {"labels": tmp_path / "names.txt", "ratings": [tmp_path / "rated.csv"]}
    boxes = {"others": tmp_path / "truth.json"}
    asked = {
        "detection": lambda: jobs.measure_detection(source, truth=boxes["others"], boxes=boxes, run=path),
        "utility": lambda: jobs.measure_utility(path, work=tmp_path / "work", epochs=1, seeds=1),
        "person_labels": lambda: jobs.measure_person_labels(
            str(channel_classifier(tmp_path / "channels.onnx")), path, confidence=1.0, workers=1, **lists
        ),
    }
    with contextlib.suppress(OverpaintError):  # of so small a run there is hardly anything to tell
        asked[measure]()
    assert jobs.lane(path).by_reason == {"reviewer": 1}
