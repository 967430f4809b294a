"""Whatever happens in whatever order, the store says what a slow and obvious model of it says."""

import shutil
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from store_world import NO, NOW, YES, ask

from overpaint.review.store import Store
from overpaint.review.store._schema import metadata

SECONDS = 100.0
NAMES = [f"q{i}" for i in range(6)]
SAID = st.sampled_from(["yes", "no"])
PARENTS = {"q4": "q0", "q5": "q4"}


@dataclass
class Entry:
    """What the model knows of one question."""

    state: str
    wanted: int
    gold: bool = False
    given: set = field(default_factory=set)  # workers whose answer counts
    unused: set = field(default_factory=set)  # whose does not
    skipped: set = field(default_factory=set)
    held: dict = field(default_factory=dict)  # worker → when it ends
    settled: bool = False
    verdict: str = ""


class Model(RuleBasedStateMachine):
    """The machine; `url` is set by the test."""

    url = ""

    @initialize(wanted=st.integers(1, 3))
    def start(self, wanted):
        engine = sa.create_engine(self.url)
        with engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(sa.delete(table))
        engine.dispose()
        self.store = Store.open(self.url)
        self.now = NOW
        self.asked = {
            name: ask(name, harm=9 - i, parent=ask(PARENTS[name]).name if name in PARENTS else "")
            for i, name in enumerate(NAMES)
        }
        self.store.add(self.asked.values(), wanted=wanted)
        self.ids = {name: self.store.find(one.name).id for name, one in self.asked.items()}
        self.names = {number: name for name, number in self.ids.items()}
        self.model = {name: Entry("waiting" if name in PARENTS else "open", wanted) for name in NAMES}
        link = self.store.add_link(role="worker", token_hash=b"l", expires=NOW * 2, settings={}, now=NOW)
        self.workers = [self.store.worker_for(link.id, None, now=NOW).id for _ in range(3)]
        self.active = set(self.workers)
        self.tokens = []  # (token, name, worker), oldest first
        self.ended = {}  # token → how: expired, answered, skipped, revoked

    def teardown(self):
        if hasattr(self, "store"):
            assert self.store.check() == []
            self.store.close()

    def live(self, name, worker):
        return next(t for t, n, w in reversed(self.tokens) if (n, w) == (name, worker) and t not in self.ended)

    def end(self, name, worker, how):
        self.ended[self.live(name, worker)] = how
        del self.model[name].held[worker]

    def reclaim(self):
        for name, entry in self.model.items():
            for worker in [worker for worker, ends in entry.held.items() if ends <= self.now]:
                self.end(name, worker, "expired")

    def free(self, worker):
        for name in NAMES:  # by falling harm
            entry = self.model[name]
            had = entry.given | entry.unused | entry.skipped | set(entry.held)
            room = len(entry.given) + len(entry.held) < entry.wanted
            if entry.state == "open" and not entry.gold and room and worker not in had:
                yield name

    def resolve(self, name):
        """Bring the children of a question into line."""
        parent = self.model[name]
        for child, of in PARENTS.items():
            if of != name or self.model[child].state == "withdrawn" or self.model[child].gold:
                continue
            entry = self.model[child]
            before = entry.state
            if parent.gold and parent.state != "withdrawn":
                opens = True
            elif parent.state == "settled":
                opens = parent.verdict == "yes"
            else:
                opens = False if parent.state in {"pruned", "withdrawn"} else None
            if opens is None:
                untouched = not entry.given and not entry.held
                if before == "pruned" or (before == "open" and untouched):
                    entry.state = "waiting"
            elif not opens:
                entry.state = "pruned"
                for worker in list(entry.held):
                    self.end(child, worker, "revoked")
            elif before in {"waiting", "pruned"}:
                entry.state = "settled" if entry.settled else "open"
            if entry.state != before:
                self.resolve(child)

    @rule(who=st.integers(0, 2), count=st.integers(1, 3))
    def take(self, who, count):
        worker = self.workers[who]
        expected = []
        swept = False
        while worker in self.active and len(expected) < count:
            name = next(self.free(worker), None)
            if name is None and not swept:
                swept = True
                self.reclaim()
                continue
            if name is None:
                break
            expected.append(name)
            self.model[name].held[worker] = self.now + SECONDS
        got = self.store.take(worker, now=self.now, lease_seconds=SECONDS, count=count)
        assert [self.names[lease.question.id] for lease in got] == expected
        self.tokens += [(lease.token, self.names[lease.question.id], worker) for lease in got]

    @rule(first=st.integers(0, 2), seconds=st.sampled_from([1.0, SECONDS + 1]))
    def everybody_works(self, first, seconds):
        """What is most common, so that the rest has something to work on."""
        for turn in range(3):
            self.take(who=(first + turn) % 3, count=1)
        self.now += seconds
        if self.tokens:
            self.answer(back=1 + first, value=YES)

    @precondition(lambda self: any(entry.gold for entry in self.model.values()))
    @rule(who=st.integers(0, 2))
    def take_gold(self, who):
        worker = self.workers[who]
        could = {
            name
            for name, entry in self.model.items()
            if entry.gold
            and entry.state == "open"
            and worker not in entry.given | entry.unused | entry.skipped | set(entry.held)
        }
        got = self.store.take(worker, now=self.now, lease_seconds=SECONDS, gold=True)
        assert bool(got) == bool(could and worker in self.active)
        for lease in got:
            name = self.names[lease.question.id]
            assert name in could
            self.model[name].held[worker] = self.now + SECONDS
            self.tokens.append((lease.token, name, worker))

    @precondition(lambda self: self.tokens)
    @rule(back=st.integers(1, 6), value=st.sampled_from([YES, NO]))
    def answer(self, back, value):
        token, name, worker = self.tokens[-min(back, len(self.tokens))]
        entry = self.model[name]
        if worker in entry.given | entry.unused:
            expected = "already"
        elif token not in self.ended:
            late = self.now > entry.held[worker]
            full = entry.state == "settled" and len(entry.given) >= entry.wanted
            if entry.gold or not full:
                expected = "late" if late else "kept"
                self.end(name, worker, "answered")
                entry.given.add(worker)
            else:
                expected = "refused"
                self.end(name, worker, "revoked")
        elif self.ended[token] != "expired" or worker not in self.active:
            expected = "refused"
        elif worker in entry.held:
            expected = "late"
            self.end(name, worker, "expired")
            self.ended[token] = "answered"
            entry.given.add(worker)
        elif (
            worker not in entry.skipped
            and entry.state in {"open", "settled"}
            and (entry.gold or len(entry.given) + len(entry.held) < entry.wanted)
        ):
            expected = "late"
            self.ended[token] = "answered"
            entry.given.add(worker)
        else:
            expected = "refused"
        assert self.store.answer(token, value, seconds=1.0, now=self.now).state == expected

    @precondition(lambda self: self.tokens)
    @rule(back=st.integers(1, 6))
    def skip(self, back):
        token, name, worker = self.tokens[-min(back, len(self.tokens))]
        entry = self.model[name]
        how = self.ended.get(token)
        if how is None:
            self.end(name, worker, "skipped")
            entry.skipped.add(worker)
        elif how == "expired" and worker not in entry.given | entry.unused | entry.skipped | set(entry.held):
            self.ended[token] = "skipped"
            entry.skipped.add(worker)
        assert self.store.skip(token, now=self.now) == (how not in {"answered", "revoked"})

    @precondition(lambda self: self.tokens)
    @rule(by=st.sampled_from([1.0, SECONDS / 2, SECONDS + 1]))
    def wait(self, by):
        self.now += by

    @precondition(lambda self: any(entry.held for entry in self.model.values()))
    @rule()
    def expire(self):
        before = sum(len(entry.held) for entry in self.model.values())
        self.reclaim()
        after = sum(len(entry.held) for entry in self.model.values())
        assert self.store.expire(now=self.now) == before - after

    @rule(
        name=st.sampled_from(NAMES), settle=st.booleans(), more=st.integers(0, 2), said=st.sampled_from(["yes", "no"])
    )
    def judge(self, name, settle, more, said):
        entry = self.model[name]
        state = "settled" if settle else "open"
        done = not entry.gold and entry.state in {"open", "settled"}
        wanted = len(entry.given) + len(entry.held) + more
        verdict = {"answer": said}
        assert self.store.judge(self.ids[name], state=state, wanted=wanted, verdict=verdict, now=self.now) == done
        if done:
            before = entry.state
            entry.state, entry.wanted, entry.settled, entry.verdict = state, wanted, settle, said
            if "settled" in {before, state}:
                self.resolve(name)

    @precondition(lambda self: len(self.tokens) > 3 and not any(e.state == "withdrawn" for e in self.model.values()))
    @rule(name=st.sampled_from(NAMES))
    def withdraw(self, name):
        entry = self.model[name]
        assert self.store.withdraw(name, reason="gone", now=self.now) == (entry.state != "withdrawn")
        if entry.state != "withdrawn":
            entry.state = "withdrawn"
            for worker in list(entry.held):
                self.end(name, worker, "revoked")
            self.resolve(name)

    @precondition(lambda self: not any(entry.gold for entry in self.model.values()))
    @rule(name=st.sampled_from(NAMES[2:]))
    def make_gold(self, name):
        entry = self.model[name]
        if entry.state == "withdrawn":
            return
        self.store.add_gold(self.asked[name].name, YES, visible=False)
        entry.gold, entry.state, entry.settled = True, "open", False
        self.resolve(name)

    @precondition(lambda self: len(self.active) == 3 and any(entry.held for entry in self.model.values()))
    @rule(who=st.integers(0, 2))
    def stop(self, who):
        worker = self.workers[who]
        self.store.set_worker(worker, state="stopped")
        self.active.discard(worker)
        for name, entry in self.model.items():
            if worker in entry.held:
                self.end(name, worker, "revoked")
        touched = {self.ids[name] for name, entry in self.model.items() if worker in entry.given}
        assert set(self.store.use_answers(worker, used=False)) == touched
        for entry in self.model.values():
            if worker in entry.given:
                entry.given.discard(worker)
                entry.unused.add(worker)

    @precondition(lambda self: len(self.active) < 3)
    @rule()
    def restore(self):
        worker = next(worker for worker in self.workers if worker not in self.active)
        self.store.set_worker(worker, state="active")
        self.active.add(worker)
        self.store.use_answers(worker, used=True)
        for entry in self.model.values():
            if worker in entry.unused:
                entry.unused.discard(worker)
                entry.given.add(worker)

    @invariant()
    def agrees(self):
        if not hasattr(self, "store"):
            return
        counts = {}
        every = {self.names[told.id]: told for told in self.store.questions(gold=None)}
        for name, entry in self.model.items():
            told = every[name]
            assert (told.state, told.wanted, told.gold) == (entry.state, entry.wanted, entry.gold), name
            assert (told.given, told.out) == (len(entry.given), len(entry.held)), name
            key = ("category", "dog", "gold" if entry.gold else entry.state)
            counts[key] = counts.get(key, 0) + 1
        assert self.store.counts() == counts


@pytest.mark.parametrize(("kind", "examples", "steps"), [("sqlite", 15, 40), ("postgresql", 4, 40)])
def test_the_store_does_what_the_model_does(kind, examples, steps, tmp_path, request):
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_file"), tmp_path / "a.sqlite")
        url = f"sqlite:///{tmp_path}/a.sqlite"
    else:
        url = request.getfixturevalue("postgres_url")
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(type("Here", (Model,), {"url": url}), settings=chosen)
