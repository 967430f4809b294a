"""What people still see in what a run published: drawn, asked, answered, told; and what is no part of it."""

import dataclasses
import json
import shutil

import pytest
from PIL import Image
from small_dataset import tree

import overpaint
from overpaint import formats, measures, review
from overpaint import policy as policies
from overpaint.errors import BoxesError, RunError, UsageError
from overpaint.jobs._measure_residual_ask import _picture
from overpaint.jobs._measure_residual_frame import Sight, sights
from overpaint.jobs._measure_residual_seen import Rule, seen_by_people, seen_in_truth
from overpaint.records import Box
from overpaint.review import Kind
from overpaint.rundir import Run, read_table

FREE = [2, 2, 32, 42]  # a corner that nothing is painted in
WIDE = {"plots": False}


@pytest.fixture
def run(scrubbed, tmp_path):
    """A finished scrub of our own."""
    _, dest, _ = scrubbed
    shutil.copytree(dest, tmp_path / "out", symlinks=True)
    shutil.copytree(f"{dest}.run", tmp_path / "out.run", symlinks=True)
    bound = tmp_path / "out.run/private/destination.json"
    bound.write_text(bound.read_text().replace(str(dest), str(tmp_path / "out")))
    return tmp_path / "out.run"


def nothing(question):
    return {"flags": [], "nothing": True} if question.kind == Kind.FLAGS else {"boxes": [], "nothing": True}


def answer(run, said=nothing, *, people=1, most=None, only=None):
    """Some people answer all that there is, or so many questions; what they were asked."""
    asked = []
    with review.open_desk(run) as desk:
        desk.bench.set_settings({"least": people, "most": most or people})
        for number in range(people):
            token = bytes([number] * 32)
            link = desk.store.link_by_hash(token) or desk.store.add_link(
                role="reviewer", token_hash=token, expires=9e9, settings={}, now=desk.clock()
            )
            who = desk.store.worker_for(link.id, token, now=desk.clock()).id
            while (only is None or len(asked) < only) and isinstance(got := desk.next(who), list):
                question = got[0].question.question
                asked.append(question)
                desk.submit(who, got[0].token, said(question), seconds=12)
    return asked


def draws(*boxes, where=lambda _: True):
    value = {"boxes": [{"box": list(box), "from": None} for box in boxes], "nothing": not boxes}
    return lambda question: value if where(question) else nothing(question)


def test_people_are_asked_about_what_was_written_and_what_they_see_is_told(run):
    first = measures.residual(run, images=10, **WIDE)
    assert (first.kept, first.asked) == (None, (10, 0))
    assert first.measured.figures["kinds"]["face"] == {"answered": 0, "unanswered": 10, "strata_without_an_answer": 2}
    assert not (run / "public/measures").exists()
    asked = answer(run, draws(FREE))
    assert len(asked) == 10
    assert all(one.output and one.kind == Kind.BOXES and one.title == "faces that can still be seen" for one in asked)
    told = measures.residual(run, images=10, **WIDE)
    figures = told.measured.figures["kinds"]["face"]
    assert told.asked == (0, 10)
    assert (figures["answered"], figures["counted"], figures["population"]) == (10, 10, 10)
    assert (figures["total"].value, figures["total"].low, figures["total"].high) == (10, 10, 10)  # all were looked at
    assert figures["per_1000"].value == pytest.approx(1000)
    assert figures["seconds_an_image"] == 12
    kept = json.loads(told.kept.public.read_text())
    assert kept["figures"]["kinds"]["face"]["counted"] == 10
    assert told.kept.public.parent == run / "public/measures"
    assert measures.residual(run, images=10, **WIDE).kept == told.kept  # the same again replaces it


def test_nothing_public_names_a_sample_or_a_class(run):
    measures.residual(run, images=10, **WIDE)
    answer(run, draws(FREE))
    told = measures.residual(run, images=10)
    public = b"".join(path.read_bytes() for path in (run / "public").rglob("residual-*"))
    said = "\n".join(told.lines()).encode() + json.dumps(told.to_dict()["figures"]).encode()
    for word in (b"portrait", b"landscape", b"comment.jpg", b"two.JPEG"):
        assert word not in public
        assert word not in said
    hidden = json.loads(told.kept.private.read_text())["figures"]["classes"]["face"]
    assert {name: row["audited"] for name, row in hidden.items()} == {"landscape": 4, "portrait": 6}
    assert told.kept.private.stat().st_mode & 0o077 == 0
    assert len(told.kept.plots) == 2 * len(told.plots)


def test_what_is_painted_or_small_does_not_count(run):
    measures.residual(run, images=10, **WIDE)
    sight = max(sights(Run.open(run)), key=lambda one: len(one.effect.boxes))
    painted = sight.effect.boxes[0]
    inside = [painted.x0, painted.y0, painted.x1, painted.y1]
    answer(run, draws(inside, FREE, [300, 2, 310, 8], where=lambda one: one.sample == sight.key))
    figures = measures.residual(run, images=10, **WIDE).measured.figures["kinds"]["face"]
    assert (figures["counted"], figures["with_any"], figures["too_small"]) == (1, 1, 1)
    both = measures.residual(run, images=10, least=2, **WIDE).measured.figures["kinds"]["face"]
    assert (both["counted"], both["too_small"]) == (2, 0)


def test_what_nobody_answered_is_told_and_not_guessed(run):
    measures.residual(run, images=10, **WIDE)
    answer(run, draws(FREE), only=6)
    told = measures.residual(run, images=10, **WIDE)
    figures = told.measured.figures["kinds"]["face"]
    assert (figures["answered"], figures["unanswered"]) == (6, 4)
    assert figures["audited"] == 6
    assert "4 are not answered yet, and nothing is guessed for them" in "\n".join(told.lines())


def test_answers_count_before_they_are_settled(run):
    """What is easy is settled first: counting that alone would flatter."""
    measures.residual(run, images=10, **WIDE)
    answer(run, draws(FREE))
    with review.opened(run) as (_, bench):
        bench.set_settings({"most": 7})
        review.tend(bench, everything=True)
    # settled by one, as the review was set then; a review that wants more people asks on, and says so
    figures = measures.residual(run, images=10, **WIDE).measured.figures["kinds"]["face"]
    assert (figures["counted"], figures["answered"]) == (10, 10)
    more = measures.residual(run, images=10, kinds=["person"], **WIDE)
    assert more.asked == (10, 0)
    answer(run, draws(FREE), most=7, only=10)
    told = measures.residual(run, images=10, kinds=["person"], **WIDE)
    figures = told.measured.figures["kinds"]["person"]
    assert (figures["counted"], figures["unsettled"]) == (10, 10)
    assert any("the review would ask more people" in line for line in told.lines())


def test_answers_in_a_table_go_to_the_source_where_it_is_asked_about(run, tmp_path):
    """Other tools show the source: what is drawn there is no answer about what was written."""
    review.open(run, harm=0.0, question=["boxes"], thing=["face"])
    (key,) = {one.key for one in sights(Run.open(run)) if one.key.endswith("portrait/0.jpg")}
    measures.residual(run, images=10, **WIDE)
    table = tmp_path / "answers.csv"
    table.write_text(f"worker,kind,thing,sample,label\nanna,boxes,face,{key},[]\n")
    assert review.add_answers(run, table).answers == 1
    with review.opened(run) as (_, bench):
        given = [stored.question.output for stored in bench.store.questions() if stored.given]
    assert given == [False]


def test_more_images_are_asked_about_in_the_same_review(run):
    assert measures.residual(run, images=4, **WIDE).asked == (4, 0)
    first = {one.sample for one in answer(run)}
    more = measures.residual(run, images=9, **WIDE)
    assert more.asked == (5, 4)
    assert more.measured.figures["kinds"]["face"]["answered"] == 4
    assert first.isdisjoint(one.sample for one in answer(run))


def test_what_was_found_is_painted_next_and_the_next_audit_is_another(run):
    measures.residual(run, images=10, **WIDE)
    (key,) = {one.key for one in sights(Run.open(run)) if one.key.endswith("landscape/0.jpg")}
    answer(run, draws(FREE, where=lambda one: one.sample == key))
    before = tree(run.with_suffix(""))
    overpaint.decide(run)
    with pytest.raises(RunError, match="decisions changed since"):
        measures.residual(run, images=10, **WIDE)
    overpaint.act(run, workers=1)
    changed = {name for name, digest in tree(run.with_suffix("")).items() if before[name] != digest}
    assert changed == {key}
    again = measures.residual(run, images=10, **WIDE)
    assert again.asked == (1, 9)  # only what was painted since has to be looked at again
    assert [one.sample for one in answer(run)] == [key]
    figures = measures.residual(run, images=10, **WIDE).measured.figures["kinds"]["face"]
    assert (figures["counted"], figures["answered"]) == (0, 10)
    overpaint.decide(run)  # who looked later saw the paint, and does not take it away
    sight = next(one for one in sights(Run.open(run)) if one.key == key)
    assert measures.covered(Box(*FREE), sight.cores()) == 1


def test_two_people_tell_what_both_overlooked(run):
    measures.residual(run, images=10, **WIDE)
    answer(run, draws(FREE, [40, 2, 70, 42]), people=2)
    recapture = measures.residual(run, images=10, **WIDE).measured.figures["kinds"]["face"]["recapture"]
    assert recapture["label"] == "probably an underestimate"
    assert recapture["images"] == 10
    assert recapture["by_looker"]["person 1"] == recapture["by_looker"]["person 2"] == 20


def test_nudity_is_what_people_flag(run):
    measures.residual(run, kinds=["nudity"], images=10, **WIDE)

    def said(question):
        assert question.kind == Kind.FLAGS
        shown = question.sample.endswith("portrait/0.jpg")
        return {"flags": ["sexual"], "nothing": False} if shown else nothing(question)

    answer(run, said)
    figures = measures.residual(run, kinds=["nudity"], images=10, **WIDE).measured.figures["kinds"]["nudity"]
    assert (figures["counted"], figures["with_any"], figures["population"]) == (1, 1, 10)


def test_what_people_put_into_the_lane_leaves_the_audit(run):
    told = measures.residual(run, kinds=["nudity", "face"], images=10, **WIDE)
    assert told.measured.figures["in_the_lane"] == 0

    def said(question):
        shown = question.kind == Kind.FLAGS and question.sample.endswith("portrait/0.jpg")
        return {"flags": ["sexual", "minor"], "nothing": False} if shown else nothing(question)

    answer(run, said)
    told = measures.residual(run, kinds=["nudity", "face"], images=10, **WIDE)
    assert told.measured.figures["in_the_lane"] == told.measured.figures["drawn_and_gone_into_the_lane"] == 1
    for figures in told.measured.figures["kinds"].values():
        assert (figures["answered"], figures["population"], figures["counted"]) == (9, 9, 0)
    assert "1 images are in the no-view lane and no part of it" in told.lines()


def test_where_nothing_is_written_the_source_is_shown_with_what_would_be_painted(dataset, tmp_path):
    run = tmp_path / "scan.run"
    overpaint.scan(dataset, run=run, profile="fast", workers=2)
    with pytest.raises(RunError, match="nothing is decided"):
        measures.residual(run, **WIDE)
    overpaint.decide(run)
    assert measures.residual(run, images=10, **WIDE).asked == (10, 0)

    def said(question):
        assert not question.output
        boxes = [{"box": [p.box.x0, p.box.y0, p.box.x1, p.box.y1], "from": p.subject} for p in question.boxes]
        if question.sample.endswith("portrait/1.jpg"):
            boxes.append({"box": FREE, "from": None})
        return {"boxes": boxes, "nothing": not boxes}

    asked = answer(run, said)
    assert sum(len(one.boxes) for one in asked) >= 6
    told = measures.residual(run, images=10, **WIDE)
    assert told.measured.figures["kinds"]["face"]["counted"] == 1
    assert not told.measured.settings["written"]


def test_a_truth_stands_in_for_people(run, tmp_path):
    truth = tmp_path / "wider.txt"
    lines = []
    for one in sights(Run.open(run)):
        if "\n" in one.key:  # WIDER's text cannot name it
            continue
        boxes = [f"{b.x0:.0f} {b.y0:.0f} {b.width:.0f} {b.height:.0f} 0 0 0 0 0 0" for b in one.effect.boxes]
        boxes += ["2 2 30 40 0 0 0 0 0 0", "40 2 30 40 0 0 0 1 0 0", "80 2 8 8 0 0 0 0 0 0"]  # the second is invalid
        lines += [one.key.removeprefix("train/"), str(len(boxes)), *boxes]
    truth.write_text("\n".join(lines) + "\n")
    told = measures.residual(run, truth=truth, images=6, **WIDE)
    figures = told.measured.figures["kinds"]["face"]
    assert figures["census"]["visible"] == 9
    assert figures["census"]["images_with_any"] == 9
    assert (figures["counted"], figures["total"].value) == (6, 9)
    assert figures["total"].low <= 9 <= figures["total"].high
    assert told.measured.figures["left_out"]["not-in-truth"] == 1
    assert told.asked is None
    assert not (run / "private/review").exists()
    assert "stand in for people" in told.measured.does_not_say[0]
    assert any("nobody looked at what was written" in line for line in told.lines())
    assert [each.name for each in told.measured.inputs] == ["published images", "truth"]


def test_what_cannot_be_measured_is_said(run, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("nobody/a.jpg\n1\n1 1 9 9 0 0 0 0 0 0\n")
    for error, match, options in (
        (UsageError, "--images 0", {"images": 0}),
        (UsageError, "of minors no rate is given", {"kinds": ["minor"]}),
        (UsageError, "--kind nose: there are face", {"kinds": ["nose"]}),
        (UsageError, "--cover 0", {"cover": 0}),
        (UsageError, "--least -1", {"least": -1}),
        (UsageError, "--seed -1", {"seed": -1}),
        (UsageError, "one --kind", {"truth": other, "kinds": ["face", "text"]}),
        (UsageError, "leave --review out", {"truth": other, "review": run}),
        (BoxesError, "none of the 10 published images is named", {"truth": other}),
        (BoxesError, "no such file", {"truth": tmp_path / "none.txt"}),
        (RunError, "not a run directory", {"run": tmp_path}),
    ):
        with pytest.raises(error, match=match):
            measures.residual(**{"run": run, **options, **WIDE})
    assert not (run / "private/review").exists()
    (run / "private/shards" / next((run / "private/shards").iterdir()).name).write_text("{}")
    with pytest.raises(RunError, match="not finished"):
        measures.residual(run, **WIDE)


def test_a_review_of_something_else_is_refused(run, tmp_path):
    folder = tmp_path / "candidates"
    folder.mkdir()
    Image.new("RGB", (40, 40)).save(folder / "a.png")
    review.open(folder, question=["category"], label="n02110063", title="a thing")
    with pytest.raises(UsageError, match="not about"):
        measures.residual(run, review=folder, **WIDE)


def test_the_result_may_go_elsewhere(run, tmp_path):
    measures.residual(run, images=3, **WIDE)
    answer(run)
    told = measures.residual(run, images=3, to=tmp_path / "results", **WIDE)
    assert told.kept.public.parent == tmp_path / "results"
    assert not (run / "public/measures").exists()
    assert "too few show any for an interval" in "\n".join(told.lines())


# ------------------------------------------------------------------ what is visible, against pixels


def sight(boxes, *, kept=(), findings=(), orientation=1, size=(200, 150)):
    row = {"width": size[0], "height": size[1], "orientation": orientation}
    effect = policies.Effect("a.jpg", "redact", tuple(boxes), (), "")
    return Sight("a.jpg", "s", row, effect, findings, frozenset(), tuple(kept), 4)


def by_pixels(one, box, cover):
    """The slow way: count the pixels of the box that lie in a core."""
    x0, y0, x1, y1 = (int(side) for side in (box.x0, box.y0, box.x1, box.y1))
    inside = sum(
        any(a <= x < c and b <= y < d for a, b, c, d in one.cores()) for x in range(x0, x1) for y in range(y0, y1)
    )
    return inside / ((x1 - x0) * (y1 - y0)) < cover


@pytest.mark.parametrize("cover", [0.25, 0.5, 0.9])
def test_hidden_is_what_pixels_say(cover):
    one = sight([Box(40, 40, 70, 80), Box(65, 50, 90, 90), Box(150, 100, 190, 140, 1)])
    boxes = [
        Box(x, y, x + w, y + h) for x in (5, 30, 55, 80, 150) for y in (10, 45, 75) for w, h in ((12, 16), (40, 50))
    ]
    expected = [box for box in boxes if by_pixels(one, box, cover)]
    assert 0 < len(expected) < len(boxes)
    assert list(seen_in_truth(one, boxes, Rule("face", 10, cover)).visible) == expected


def test_turned_pictures_are_as_high_as_they_are_seen():
    box = Box(10, 10, 22, 16)
    assert seen_in_truth(sight([]), [box], Rule("face", 10, 0.5)).small == 1
    assert seen_in_truth(sight([], orientation=6), [box], Rule("face", 10, 0.5)).visible == (box,)


def test_what_a_rule_keeps_is_told_apart():
    kept = ("face", Box(10, 10, 40, 50))
    seen = seen_in_truth(sight([], kept=[kept]), [kept[1], Box(100, 10, 130, 50)], Rule("face", 10, 0.5))
    assert (seen.on_purpose, len(seen.visible)) == (1, 1)
    assert len(seen_in_truth(sight([], kept=[kept]), [kept[1]], Rule("text", 10, 0.5)).visible) == 1


def test_who_saw_it():
    box = Box(10, 10, 40, 50)
    corners = dict(zip(("x0", "y0", "x1", "y1"), (11, 10, 41, 50), strict=True))
    row = {"kind": "face", "page": None, "detector": "weak", "subject": 0, "confidence": 0.2, **corners}
    told = review.AuditAnswer("settled", ((box, 0.9), (Box(60, 60, 90, 99), 0.3)), None, ((box,), ()), (4.0,), 0.1, 2)
    seen = seen_by_people(sight([], findings=[row]), told, Rule("face", 10, 0.5))
    assert seen.lookers == (frozenset({"weak", "person 1"}),)
    assert (seen.people, seen.seconds, seen.overlooked) == (2, (4.0,), 0.1)
    assert seen_by_people(sight([]), review.AuditAnswer("open"), Rule("face", 10, 0.5)) is None


def test_what_an_overlay_leaves_where_it_is_is_looked_at_there():
    findings = [{"kind": "face", "score": 0.9, "confidence": 0.9, "x0": 1, "y0": 1, "x1": 9, "y1": 9, "page": None}]
    one = sight([], findings=[findings[0] | {"subject": 0, "detector": "d"}])
    for output in (None, "a.jpg"):
        row = dict(one.row) | {"output": output, "label": None}
        picture = _picture(dataclasses.replace(one, row=row), "t", ["face"], written=True)
        assert picture.output == (output is not None)
        assert not picture.boxes


def test_every_published_image_is_in_the_frame_once(run):
    the_run = Run.open(run)
    rows = [
        r
        for ref in formats.read_shards(the_run.listing)
        for r in read_table(the_run.shard_file("samples", ref.id)).to_pylist()
    ]
    published = sorted(row["key"] for row in rows if row["outcome"] not in {"failed", "removed", "quarantined"})
    assert sorted(one.key for one in sights(the_run)) == published
