"""Forecasts: they follow from the rule that decides, from what is known of people, and from the time they took."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from overpaint.errors import UsageError
from overpaint.review import Kind, Question
from overpaint.review._forecast import PUBLISHED, Ask, Forecast, forecast
from overpaint.review._forecast_people import world_of
from overpaint.review._judge import Given, Judge
from overpaint.review._settings import Settings

BIRDS = Ask(Kind.CATEGORY, "bird", 40)
FACES = Ask(Kind.BOXES, "face", 10)
PLAIN = Settings(certainty=0.9, gold=0.0, training=0)


def crowd(share_right: float, *, answers: int = 100, people: int = 10) -> Judge:
    """A judge who knows people that are right so often, from so many answers of each."""
    counts = np.array([[share_right, 1 - share_right], [1 - share_right, share_right]]) * answers / 2
    each = {f"w{number}": counts.tolist() for number in range(people)}
    skills = {"labels": ["no", "yes"], "truths": [50.0, 50.0], "counts": each, "crowd": (counts * people).tolist()}
    judge = Judge()
    judge.remember("category:bird", {"labels": {"": skills}})
    return judge


def told(ask: Ask = BIRDS, judge: Judge | None = None, settings: Settings = PLAIN, **more: object) -> Forecast:
    return forecast([ask], judge or Judge(), settings, **({"rounds": 4} | more))  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_forecast() -> None:
    assert told() == told()
    assert told(seed=1) != told()


def test_people_who_are_right_need_no_second_opinion_and_those_who_guess_never_agree() -> None:
    good = told(judge=crowd(0.99))
    assert good.answers.middle < 1.6 * BIRDS.count
    assert good.lines[0].sure > 0.98
    assert good.lines[0].right > 0.95
    assert good.known
    guess = told(judge=crowd(0.55))
    assert guess.lines[0].sure < 0.6
    assert guess.answers.middle > 1.5 * good.answers.middle
    assert guess.lines[0].right < good.lines[0].right


def test_more_certainty_takes_more_answers_and_so_do_more_questions() -> None:
    judge = crowd(0.85)
    spans = [told(judge=judge, settings=replace(PLAIN, certainty=each)).answers for each in (0.6, 0.9, 0.99)]
    assert spans[0].middle < spans[1].middle < spans[2].middle
    some, many = told(judge=judge), told(replace(BIRDS, count=100_000), judge)
    assert 0.8 < many.answers.middle / some.answers.middle / (100_000 / BIRDS.count) < 1.25
    assert all(one.low <= one.middle <= one.high for one in (*spans, many.hours, some.hours))


def test_what_is_known_makes_the_interval_narrow() -> None:
    def width(one: Forecast) -> float:
        return one.answers.high / one.answers.low

    assert width(told(judge=crowd(0.85), rounds=8)) < width(told(rounds=8))


def test_no_fewer_than_the_least_and_no_more_than_the_most() -> None:
    judge = crowd(0.95)
    for least, most in ((3, 3), (1, 2), (2, 7)):
        given = told(judge=judge, settings=replace(PLAIN, least=least, most=most)).answers
        assert 0.999 * least * BIRDS.count <= given.middle <= 1.001 * most * BIRDS.count
    alone = told(judge=judge, settings=replace(PLAIN, certainty=1.0), people=1).answers
    assert alone.middle == pytest.approx(BIRDS.count)  # one person answers a question once


def test_gold_and_training_are_answers_too() -> None:
    plain = told().answers.middle
    more = told(settings=replace(PLAIN, gold=0.2, training=5))
    assert more.lines[0].answers.middle == pytest.approx(plain / 0.8)
    assert more.answers.middle == pytest.approx(plain / 0.8 + 50, rel=0.02)


def test_hours_are_answers_times_what_one_takes() -> None:
    rng = np.random.default_rng(2)
    times = rng.lognormal(np.log(4), 0.5, 500).tolist()
    found = told(measured={Kind.CATEGORY: times})
    line = found.lines[0]
    assert line.source == "measured"
    assert line.seconds == pytest.approx(np.mean(times), rel=0.1)
    assert found.hours.middle == pytest.approx(found.answers.middle * line.seconds / 3600, rel=0.02)
    breaks = told(measured={Kind.CATEGORY: [*times, 3600.0, 7200.0]})
    assert breaks.hours.middle == pytest.approx(found.hours.middle, rel=0.1)
    few = told(measured={Kind.CATEGORY: times[:19]}).lines[0]
    assert (few.source, few.seconds > line.seconds) == ("assumed", True)


def test_published_times_are_for_a_look_and_for_each_box() -> None:
    missed = told(Ask(Kind.MISSED, "face", 30)).lines[0]
    assert missed.source == "published"
    assert PUBLISHED[Kind.MISSED] < missed.seconds < 3 * PUBLISHED[Kind.MISSED]
    drawn, shown = told(FACES, rounds=4), told(replace(FACES, shown=True), rounds=4)
    assert drawn.answers == shown.answers
    assert drawn.hours.middle > shown.hours.middle  # to confirm takes less than to draw
    assert 10 <= drawn.answers.middle <= 70 + 1e-9


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_can_be_forecast(kind: Kind) -> None:
    found = told(Ask(kind, "face", 5), rounds=4)
    assert 5 <= found.answers.middle <= 35
    assert 0 <= found.lines[0].right <= 1


def test_nothing_to_ask_takes_nothing() -> None:
    none = forecast([replace(BIRDS, count=0)], Judge(), PLAIN)
    assert (none.answers.high, none.hours.high, none.lines, none.known) == (0.0, 0.0, (), False)
    both = forecast([BIRDS, FACES], Judge(), PLAIN, rounds=4)
    assert [line.kind for line in both.lines] == [Kind.CATEGORY, Kind.BOXES]


def test_arguments_that_make_no_sense() -> None:
    for wrong in ({"people": 0}, {"rounds": 3}, {"rounds": 10**6}, {"ask": replace(BIRDS, count=-1)}):
        with pytest.raises(UsageError, match="forecast: give"):
            told(**wrong)  # type: ignore[arg-type]


def test_the_judge_that_was_given_learns_nothing() -> None:
    judge = Judge()
    told(judge=judge)
    assert judge.kept("category:bird") == {"labels": {}}


def test_a_review_of_the_same_people_takes_what_was_forecast() -> None:
    """The slow reference: reviews of 100 questions, each played to its end by other draws, lie in the interval."""
    judge = crowd(0.85)
    span = told(replace(BIRDS, count=100), judge, rounds=12).answers
    question, inside = Question(Kind.CATEGORY, "bird", "x", 640, 480), 0
    for seed in range(10):
        rng = np.random.default_rng([99, seed])
        world, total = world_of(question, judge, rng, 10), 0
        for number in range(100):
            truth, given = world.truth(), []
            for person in rng.permutation(10).tolist():
                given.append(Given(world.people[person], number, world.answer(person, truth)))
                if judge.rule(question, given, PLAIN).settled:
                    break
            total += len(given)
        inside += span.low <= total <= span.high
    assert inside >= 7
