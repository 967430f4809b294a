"""The report on what can still be seen: the audit to be believed most, or that nothing was measured."""

import json

import pytest
from fabricated_run import Fake, fabricate

from overpaint.errors import RunError
from overpaint.reports import summarise, write

THREE = {"value": 12.0, "low": 8.0, "high": 20.0}
KIND = {
    "answered": 50, "unanswered": 10, "audited": 50, "counted": 7, "with_any": 6, "total": THREE, "per_1000": THREE,
    "images_with_any": THREE, "fewer_than": {"value": 31.0, "low": None, "high": None}, "few": False,
    "more": {"10%": 400, "20%": 90, "40%": 0},
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    return fabricate(tmp_path / "run", [Fake("a.jpg", label="cat")])


def put(run, name="aaaaaaaaaaaa", *, by="people", decisions=None, kinds=None, **changes):
    value = {
        "id": name,
        "settings": {
            "by": by, "decisions": decisions or run.generation(), "written": True, "least": 10.0, "cover": 0.5,
        },
        "figures": {"published": 900, "kinds": kinds or {"face": KIND | changes}},
    }  # fmt: skip
    place = run.public / "measures"
    place.mkdir(exist_ok=True)
    (place / f"residual-{name}.json").write_text(json.dumps(value))


def page(run):
    return " ".join(write(run).report.read_text().split())


def test_nothing_measured_is_said(run):
    assert summarise(run).residual is None
    assert "<strong>Not measured:</strong> <code>overpaint measure residual</code>" in page(run)


def test_figures_have_their_intervals(run):
    put(run)
    (face,) = summarise(run).residual.kinds
    assert (face.total, face.fewer_than, face.unanswered, face.more["20"]) == ((12.0, 8.0, 20.0), 31.0, 10, 90)
    text = page(run)
    assert "12 (8 to 20)" in text
    assert "Not audited by people" not in text
    assert "Of earlier decisions" not in text.split('id="residual"')[1].split("</section>")[0]


def test_too_few_have_no_interval(run):
    put(run, few=True, total={"value": 2.0, "low": None, "high": None})
    assert "too few for an interval" in page(run)


def test_people_and_decisions_in_force_come_first(run):
    put(run, "bbbbbbbbbbbb", by="truth")
    assert not summarise(run).residual.by_people
    assert "Not audited by people" in page(run)
    put(run, "cccccccccccc", decisions="0000")
    assert summarise(run).residual.earlier
    assert "Of earlier decisions" in page(run)
    put(run, "aaaaaaaaaaaa")
    assert summarise(run).residual.id == "aaaaaaaaaaaa"
    put(run, "dddddddddddd", audited=60)
    assert summarise(run).residual.id == "dddddddddddd"


def test_a_kind_that_waits_is_not_in_the_table(run):
    put(run, kinds={"face": KIND, "text": {"answered": 0, "unanswered": 60, "strata_without_an_answer": 3}})
    assert [each.kind for each in summarise(run).residual.kinds] == ["face"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"settings": {}}', '{"figures": 3, "settings": {"decisions": 1}}'])
def test_a_damaged_result_is_named(run, text):
    put(run)
    (run.public / "measures/residual-aaaaaaaaaaaa.json").write_text(text)
    with pytest.raises(RunError, match=r"residual-aaaaaaaaaaaa.json is damaged"):
        summarise(run)
