"""What the desk hands out, takes in and makes of it, on both databases where it matters."""

import itertools

import pytest
from desk_world import NO, YES, World, category, drawn, faces

from overpaint.errors import AnswerError, ReviewError, UsageError
from overpaint.review import Bench, Done, Kind, Pause, Question, Stopped, tend
from overpaint.review.store import Store


@pytest.fixture
def world(sqlite_file, tmp_path):
    import shutil

    path = tmp_path / "answers.sqlite"
    shutil.copy(sqlite_file, path)
    with Store.open(f"sqlite:///{path}") as store:
        world = World(store)
        world.settings(gold=0.0, training=0)
        yield world


def states(world):
    return {
        stored.question.sample: stored.state
        for state in ("open", "settled", "pruned", "withdrawn", "waiting")
        for stored in world.store.questions(state=state)
    }


def test_the_most_harmful_first_and_everything_is_settled_in_the_end(world):
    world.store.add([category(n, harm=n / 10) for n in range(5)])
    people = [world.person() for _ in range(7)]
    first = world.take(people[0])
    assert first.question.question.sample == "s4.jpg"
    world.desk.skip(people[0], first.token)
    for person in people:
        while not isinstance(world.take(person), Done):
            if isinstance(world.take(person), Pause):
                break
            world.answer(person, YES)
    assert set(states(world).values()) == {"settled"}
    assert all(stored.verdict["answer"] == "yes" for stored in world.store.questions(state="settled"))
    assert world.store.check() == []


def test_sure_questions_take_fewer_answers_than_disputed_ones(world):
    world.store.add([category(1), category(2)])
    for person in [world.person() for _ in range(12)]:
        for _ in range(2):
            if isinstance(world.desk.next(person), list):
                lease = world.take(person)
                sure = lease.question.question.sample == "s1.jpg"
                world.desk.submit(person, lease.token, YES if sure or person % 2 else NO, seconds=3)
    one, two = (world.store.find(category(n).name) for n in (1, 2))
    assert one.state == two.state == "settled"
    assert one.given < two.given == world.desk.bench.settings().most
    assert (one.verdict["reason"], two.verdict["reason"]) == ("sure", "limit")


def test_a_question_may_want_to_be_surer_than_the_others(world):
    world.settings(certainty=0.7, most=7)
    world.store.add([category(1), category(2, extra={"certainty": 0.999})])
    for person in [world.person() for _ in range(9)]:
        for _ in range(2):
            if isinstance(world.desk.next(person), list):
                world.answer(person, YES)
    one, two = (world.store.find(category(n).name) for n in (1, 2))
    assert one.given < two.given


def test_the_same_answer_again_is_one_that_was_sent_twice(world):
    world.store.add([category(1)])
    person = world.person()
    lease, outcome = world.answer(person, YES)
    assert outcome.state == "kept"
    assert world.desk.submit(person, lease.token, YES, seconds=3).state == "already"
    assert world.store.find(category(1).name).given == 1


def test_another_answer_soon_after_takes_the_place_of_the_first_and_not_later(world):
    world.settings(least=3)
    world.store.add([category(1)])
    person = world.person()
    lease, _ = world.answer(person, YES)
    assert world.desk.undo(person, lease.token).question.id == lease.question.id
    assert world.desk.said(person, lease.question) == YES
    assert world.desk.submit(person, lease.token, NO, seconds=3).state == "kept"
    assert [one.value for one in world.store.answers(lease.question.id)] == [NO]
    world.time += 10_000
    assert world.desk.submit(person, lease.token, YES, seconds=3).state == "refused"
    assert [one.value for one in world.store.answers(lease.question.id)] == [NO]


def test_what_is_no_answer_is_not_kept(world):
    world.store.add([category(1), faces(2)])
    person = world.person()
    lease = world.take(person)
    with pytest.raises(AnswerError):
        world.desk.submit(person, lease.token, {"choice": "maybe"}, seconds=1)
    with pytest.raises(ReviewError):
        world.desk.submit(world.person(), lease.token, YES, seconds=1)
    with pytest.raises(ReviewError):
        world.desk.submit(person, "no such token", YES, seconds=1)
    assert world.store.answered() == 0


def test_a_closed_browser_goes_on_with_what_it_had(world):
    world.store.add([category(n) for n in range(3)])
    person = world.person()
    two = world.desk.next(person, count=2)
    again = world.desk.next(person, count=2)
    assert [lease.question.id for lease in again] == [lease.question.id for lease in two]
    more = world.desk.next(person, count=3, have=[lease.token for lease in two])
    assert len(more) == 1
    assert more[0].question.id not in {lease.question.id for lease in two}


def test_sexual_and_minor_takes_it_from_everybody_at_once(world):
    flags = Question(Kind.FLAGS, "", "s1.jpg", sensitive=True, harm=1)
    world.store.add([flags, category(1), category(2)], wanted=2)
    one, two = world.person(), world.person()
    mine, theirs = world.take(one), world.take(two)
    assert mine.question.question.sample == "s1.jpg"
    others = world.desk.next(two, count=3)
    outcome = world.desk.submit(one, mine.token, {"flags": ["sexual", "minor"], "nothing": False}, seconds=3)
    assert outcome.state == "kept"
    assert world.held_calls == ["s1.jpg"]
    for lease in [theirs, *others]:
        if lease.question.question.sample == "s1.jpg":
            assert (
                world.desk.submit(
                    two,
                    lease.token,
                    NO if lease.question.question.kind == "category" else {"flags": [], "nothing": True},
                    seconds=1,
                ).state
                == "refused"
            )
    assert {stored.question.sample for stored in world.store.questions(state="open")} == {"s2.jpg"}
    assert world.take(two).question.question.sample == "s2.jpg"


def test_what_went_into_the_lane_elsewhere_is_not_handed_out(world):
    world.store.add([category(1, harm=1), category(2)])
    person = world.person()
    world.aside.add("s1.jpg")
    assert world.take(person).question.question.sample == "s2.jpg"
    world.aside.add("s2.jpg")
    assert isinstance(world.take(person), Done)


def test_never_two_sensitive_ones_in_a_row_and_not_more_than_the_cap(world):
    world.settings(sensitive_cap=2, most=1)
    world.store.add([category(n, sensitive=True, harm=1) for n in range(4)] + [category(9 + n) for n in range(6)])
    person, seen = world.person(), []
    for _ in range(20):
        got = world.desk.next(person, count=2)
        if not isinstance(got, list):
            break
        world.time += 5
        for lease in got:
            seen.append(lease.question.question.sensitive)
            world.desk.submit(person, lease.token, YES, seconds=5)
    assert sum(seen) == 2
    assert len(seen) == 8
    assert not any(one and two for one, two in itertools.pairwise(seen))


def test_where_only_sensitive_ones_are_left_there_is_a_pause_between(world):
    world.settings(most=1)
    world.store.add([category(n, sensitive=True) for n in range(2)])
    person = world.person()
    world.answer(person, YES)
    pause = world.take(person)
    assert isinstance(pause, Pause)
    assert pause.seconds > 5
    world.time += pause.seconds + 1
    assert isinstance(world.take(person), Pause)  # from now on the next may come
    world.time += 2
    assert world.answer(person, YES)[1].state == "kept"


def test_whoever_wants_to_see_none_sees_none(world):
    world.store.add([category(1, sensitive=True), category(2)])
    person = world.person()
    assert [lease.question.question.sensitive for lease in world.desk.next(person, count=2, sensitive=False)] == [False]


def test_a_break_after_long_work(world):
    world.settings(break_after=600.0, break_seconds=120.0, most=1)
    world.store.add([category(n) for n in range(200)])
    person = world.person()
    for _ in range(200):
        if isinstance(world.take(person), Pause):
            break
        world.answer(person, YES, seconds=30)
    pause = world.take(person)
    assert isinstance(pause, Pause)
    assert 0 < pause.seconds <= 120
    world.time += pause.seconds
    assert world.answer(person, YES)[1].state == "kept"


def test_hidden_gold_tells_nothing_and_stops_whoever_is_wrong(world):
    world.settings(gold=0.5, training=0, bar=0.6, most=9)
    world.store.add([category(n) for n in range(60)], wanted=3)
    for n in range(30):
        world.store.add([category(100 + n)])
        world.store.add_gold(category(100 + n).name, YES, visible=False)
    good, bad = world.person(), world.person()
    stopped = None
    for _ in range(50):
        lease, outcome = world.answer(good, YES)
        assert outcome.feedback is None
        assert "key" not in str(lease.question.question)
        if stopped is None:
            lease, outcome = world.answer(bad, NO)
            stopped = world.take(bad) if outcome.stopped else None
    assert isinstance(stopped, Stopped)
    assert "not using your answers" in stopped.reason
    assert "spammer" not in stopped.reason.lower()
    assert world.store.worker(good).state == "active"
    assert not any(one.used for one in world.store.answers_since(0) if one.worker == bad)
    assert all(stored.given <= 1 for stored in world.store.questions(state="open"))  # asked again
    world.desk.appeal(bad, "I looked well")
    assert world.store.worker(bad).appeal == "I looked well"
    world.desk.bench.readmit(bad)
    assert world.store.worker(bad).state == "active"
    assert any(one.used for one in world.store.answers_since(0) if one.worker == bad)
    assert world.store.check() == []


def test_training_comes_first_and_tells(world):
    world.settings(gold=0.1, training=2)
    for n in range(3):
        world.store.add([faces(n)])
        world.store.add_gold(faces(n).name, {"boxes": [[10, 10, 60, 60]]}, visible=True)
    world.store.add([category(5)])
    person = world.person()
    _, outcome = world.answer(person, drawn())
    assert outcome.feedback is not None
    assert not outcome.feedback.right
    assert outcome.feedback.key["boxes"] == [[10, 10, 60, 60]]
    _, outcome = world.answer(person, drawn((10, 10, 60, 61)))
    assert outcome.feedback.right
    lease, outcome = world.answer(person, YES)
    assert lease.question.question.kind == "category"
    assert outcome.feedback is None


def test_a_box_that_does_not_fit_has_all_boxes_drawn(world):
    world.settings(most=1)
    tight = Question(Kind.TIGHT, "face", "s1.jpg", 400, 300, boxes=faces(1, (10, 10, 40, 40)).boxes)
    missed = Question(Kind.MISSED, "face", "s2.jpg", 400, 300, boxes=faces(2, (10, 10, 40, 40)).boxes)
    fine = Question(Kind.MISSED, "face", "s3.jpg", 400, 300)
    world.store.add([tight, missed, fine])
    person = world.person("reviewer")
    asked = set()
    for _ in range(5):
        lease = world.take(person)
        kind, sample = lease.question.question.kind, lease.question.question.sample
        asked.add((kind, sample))
        said = drawn() if kind == Kind.BOXES else YES if sample == "s2.jpg" else NO
        world.desk.submit(person, lease.token, said, seconds=3)
    assert isinstance(world.take(person), Done)
    checks = {(Kind.TIGHT, "s1.jpg"), (Kind.MISSED, "s2.jpg"), (Kind.MISSED, "s3.jpg")}
    assert asked - checks == {(Kind.BOXES, "s1.jpg"), (Kind.BOXES, "s2.jpg")}


def test_one_question_after_the_other_down_the_hierarchy(world):
    world.settings(most=1)
    person, face = category(1), Question(Kind.CATEGORY, "face", "s1.jpg", parent=category(1).name)
    other = Question(Kind.CATEGORY, "face", "s2.jpg", parent=category(2).name)
    world.store.add([person, category(2), face, other])
    who = world.person("reviewer")
    for _ in range(2):
        world.answer(who, lambda question: YES if question.sample == "s1.jpg" else NO)
    assert world.store.find(face.name).state == "open"
    assert world.store.find(other.name).state == "pruned"


def test_a_budget_ends_the_asking_with_what_there_is(world):
    world.settings(budget=6, least=3)
    world.store.add([category(n) for n in range(4)], wanted=3)
    people = [world.person() for _ in range(3)]
    for _ in range(4):
        for person in people:
            if isinstance(world.desk.next(person), list):
                world.answer(person, YES)
    assert world.store.answered() <= 6 + 4
    assert set(states(world).values()) <= {"settled", "open"}
    assert "settled" in states(world).values()


def test_tending_learns_who_can_be_believed(world):
    world.settings(least=5, most=5, bar=0.55)
    world.store.add([category(n) for n in range(40)], wanted=5)
    people = [world.person() for _ in range(5)]
    for _n in range(40):
        for person in people[:4]:
            world.answer(person, lambda q: YES if int(q.sample[1:-4]) % 2 else NO)
        world.answer(people[4], lambda q: NO if int(q.sample[1:-4]) % 2 else YES)
    result = tend(world.desk.bench, everything=True)
    assert (result.learned, result.stopped) == (1, 1)
    assert world.store.worker(people[4]).state == "stopped"
    assert [world.store.worker(person).state for person in people[:4]] == ["active"] * 4
    skills = world.desk.bench.judge.label_skills("category:cat", Kind.CATEGORY, "")
    assert skills.of(str(people[0])).confusion[0, 0] > 0.9
    summary = world.desk.summary()
    assert summary["people"] == {"active": 4, "stopped": 1}
    assert summary["median_seconds"] == 5.0


def test_what_all_are_certain_of_becomes_gold_for_others(world):
    from overpaint.review._own_gold import choose_own_gold

    world.settings(least=4, most=4)
    world.store.add([category(n) for n in range(8)] + [faces(n) for n in range(8)], wanted=4)
    people = [world.person() for _ in range(4)]

    def said(question):
        n = int(question.sample[1:-4])
        if question.kind == Kind.CATEGORY:
            return YES if n % 2 else NO
        return drawn(*[(20 + 60 * k, 20, 60 + 60 * k, 70) for k in range(n % 3)])

    for person in people:
        for _ in range(16):
            world.answer(person, said)
    tend(world.desk.bench, everything=True)
    before = states(world)
    assert choose_own_gold(world.desk.bench, count=6, visible=False) == 6
    assert {sample: state for sample, state in states(world).items() if sample in before} == before
    world.settings(gold=0.5)
    assert isinstance(world.take(people[0]), Done)  # nobody is tested with what they said themselves
    newcomer = world.person()
    world.store.add([category(50 + n) for n in range(20)], wanted=4)
    hidden = 0
    for _ in range(12):
        lease, outcome = world.answer(newcomer, said)
        hidden += lease.question.gold
        assert outcome.feedback is None
    assert hidden > 2
    evidence = world.store.worker(newcomer).trust["evidence"]
    assert sum(one["failed"] for one in evidence.values()) == 0
    assert sum(one["passed"] for one in evidence.values()) == hidden
    assert world.store.check() == []


def test_what_is_amiss_is_told_to_the_maintainer_in_words(world):
    from overpaint.review._noticing import notices

    world.settings(least=4, most=4)
    world.store.add([category(n) for n in range(60)], wanted=4)
    people = [world.person() for _ in range(4)]
    for _ in range(60):
        for person in people[:3]:
            world.answer(person, lambda q: YES if int(q.sample[1:-4]) % 2 else NO)
        world.answer(people[3], YES)
    tend(world.desk.bench, everything=True)
    told = notices(world.desk.bench)
    assert set(told) == {world.store.worker(people[3]).pseudonym}
    assert "spammer" not in str(told).lower()


def test_skills_outlive_the_process(world, tmp_path):
    world.settings(least=2, most=2)
    world.store.add([category(n) for n in range(6)] + [faces(n, (10, 10, 50, 50)) for n in range(6)], wanted=2)
    people = [world.person() for _ in range(2)]
    for _ in range(12):
        for person in people:
            world.answer(person, lambda q: YES if q.kind == "category" else drawn((10, 10, 50, 50)))
    tend(world.desk.bench, everything=True)
    other = Bench(world.store)
    for stored in world.store.questions(state="settled"):
        assert other.ruling(stored).verdict == world.desk.bench.ruling(stored).verdict
    assert other.judge.kept("boxes:face") == world.desk.bench.judge.kept("boxes:face")


def test_pay_and_completion(world):
    world.settings(pay=0.05, currency="EUR", completion=3, most=9)
    world.store.add([category(n) for n in range(9)])
    person = world.person()
    for _ in range(3):
        world.answer(person, YES, seconds=10)
    assert world.take(person) == Done("DONE")
    assert world.desk.progress(person).left == 0
    summary = world.desk.summary()
    assert (summary["hourly_pay"], summary["currency"]) == (18.0, "EUR")


@pytest.mark.parametrize(
    "wrong",
    [
        {"certainty": 0.2},
        {"most": 0},
        {"gold": True},
        {"no_such": 1},
        {"currency": "\n"},
        {"least": 9, "most": 3},
        {"certainty": "high"},
    ],
)
def test_settings_that_make_no_sense(world, wrong):
    with pytest.raises(UsageError):
        world.settings(**wrong)
