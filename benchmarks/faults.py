"""Hundreds of small runs, each disturbed once: do they end, after resuming, in the same bytes and an exact count?

    python benchmarks/faults.py --trials 200 --seed 1

Every trial takes a made dataset (folder, tars or parquet; to any kind), starts commands as processes of their own,
strikes one fault at a random step, repairs its cause, gives the same commands again and compares with an undisturbed
run. docs/reference/faults.md says what each fault is.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).parent))

from _fault_cases import CASES, Case, Place, State, Strike, TrialError, undisturbed
from _fault_kinds import FAULTS, Fault, can_mount
from _fault_warm import Process, Warm
from overpaint.rundir import read_table

__all__ = ["Trials", "main"]

_TRIES = 4
_TEMPORARY = re.compile(r"\..*\.tmp|\.sorting")
_CHANGED = {"changed", "vanished", "truncated"}


@dataclass(frozen=True)
class Told:
    """One trial in a line."""

    seed: str
    case: str
    fault: str
    where: str
    note: str
    seconds: float
    struck: bool
    wrong: str


class Trials:
    """Runs trials one after the other; a context manager.

    Parameters
    ----------
    root
        Where their folders are made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mounts = can_mount(root / "mount")
        self.warm = Warm()
        self.known: dict[Case, tuple[State, list[int]]] = {}
        self.numbers = 0

    def __enter__(self) -> Self:
        self.warm.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.warm.__exit__()

    def run(self, seed: str, *, fault: str | None = None, case: Case | None = None, step: int | None = None) -> Told:
        """One trial; the seed decides what is not given. ``wrong`` says which promise was broken, if any."""
        rng = random.Random(seed)
        chosen = FAULTS[fault or rng.choice([n for n, f in FAULTS.items() if self.mounts or not f.needs_mount])]
        case = case or rng.choice(CASES)
        self.numbers += 1
        if case not in self.known:
            self.known[case] = undisturbed(case, self.root / f"plain-{case.name}", self.warm)
        place = Place(self.root / f"trial-{self.numbers}", case, self.warm, workers=rng.choice([1, 1, 2]))
        trial = _Trial(place, chosen, rng, *self.known[case])
        began, wrong = time.monotonic(), ""
        try:
            place.lay_out()
            trial.run(step)
        except (TrialError, TimeoutError, AssertionError) as error:
            said = [
                f"--- {path.name}\n{path.read_text('utf-8', 'replace')[-600:]}" for path in place.root.glob("*.log")
            ]
            wrong = f"{type(error).__name__}: {error}\n" + "\n".join(sorted(said))
        finally:
            _unmount(place)
            if not wrong or not os.environ.get("FAULTS_KEEP"):
                place.clear()
        seconds = time.monotonic() - began
        return Told(seed, case.name, chosen.name, trial.where, trial.note, seconds, trial.struck, wrong)


class _Trial:
    def __init__(self, place: Place, fault: Fault, rng: random.Random, plain: State, steps: list[int]) -> None:
        self.place, self.fault, self.rng, self.plain, self.steps = place, fault, rng, plain, steps
        self.struck = False
        self.where = self.note = ""

    def run(self, step: int | None) -> None:
        self.fault.prepare(self.place, self.rng)
        commands = self.place.commands()
        total = sum(self.steps[:-1]) + self.steps[-1] // 4  # verifying writes little; a quarter of its share
        at = self.rng.randrange(total) if step is None else step
        number = 0
        while at >= self.steps[number] and number < len(commands) - 1:
            at -= self.steps[number]
            self._expect(commands[number])
            number += 1
        self.where = f"{commands[number][0]}({number})+{at}/{self.steps[number]}"
        process = self.place.start(commands[number], step=at + 1)
        try:
            self._disturb(process, commands, number)
        finally:
            process.kill_group()
            process.close()
        self._same()

    def _disturb(self, process: Process, commands: list[list[str]], number: int) -> None:
        strike = Strike(self.place, process, 0, self.rng, commands[number])
        while (at := process.held(120)) is not None:
            strike.at = at
            if self.fault.strike(strike):
                self.struck = True
                break
            process.go_on(b"later")
        process.go_on()
        code = self.place.ended(process)
        _gone(process)
        first = 0 if self.fault.from_start else number
        if self.struck and self.fault.changes_source:
            if code == 1:
                raise TrialError(f"a changed source stops {commands[number][0]}: {self.place.said()}")
            self._without(strike, commands[number + 1 :])
            first = number if commands[number][0] != "verify" else 0
        if self.struck:
            self.fault.mend(strike)
        self.note = strike.note
        for command in commands[first:]:
            self._expect(command)

    def _expect(self, command: list[str]) -> None:
        """Give a command until it ends well, doing what its errors say."""
        for _ in range(_TRIES):
            code = self.place.finish(command)
            if code == 0:
                return
            said = self.place.said()
            if code != 1 or self.fault.name != "damaged-table":
                raise TrialError(f"{command[0]} ends with {code} after the cause was repaired: {said}")
            found = re.search(
                r"(?P<path>/\S*/(?P<id>[0-9a-f]{32})\.parquet) cannot be read.*delete (?P<what>\w+)", said
            )
            if found is None:
                raise TrialError(f"{command[0]} does not say what to do: {said}")
            marker = self.place.run.private / "shards" / f"{found['id']}.json"
            (Path(found["path"]) if found["what"] == "it" else marker).unlink(missing_ok=True)
            if command[0] != "scan" and (found["what"] != "it" or command[0] == "verify"):  # what rebuilds it
                for earlier in self.place.commands():
                    if earlier[0] == command[0]:
                        break
                    self._expect(earlier)
        raise TrialError(f"{command[0]} does not end: {self.place.said()}")

    def _without(self, strike: Strike, rest: list[list[str]]) -> None:
        """While the source is spoilt: what changed is counted as failed with its reason, and nothing else is lost."""
        for command in rest:
            code = self.place.finish(command)
            if code == 1 or (code == 2 and command[0] == "decide"):
                raise TrialError(f"{command[0]} ends with {code} with a changed source: {self.place.said()}")
        state = State.of(self.place)
        for key, row in self.plain.rows.items():
            now = state.rows[key]
            ours = any(key == changed or key.startswith(f"{changed}/") for changed in strike.keys)
            if now == row or (ours and now["outcome"] == "failed" and now["reason"] in _CHANGED):
                continue
            if ours and now["outcome"] == row["outcome"] == "removed":
                continue
            raise TrialError(f"{key} with {strike.keys} changed: {now} and not {row}")
        failed = sum(row["outcome"] == "failed" for row in state.rows.values())
        if state.counts["outcomes"]["failed"] != failed or not state.counts["reconciles"]:
            raise TrialError(f"{failed} failed, and the counts say {state.counts}")
        problems = read_table(self.place.run.private / "verify.parquet").to_pylist()
        for problem in problems:
            ours = any(problem["key"] == c or problem["key"].startswith(f"{c}/") for c in strike.keys)
            if not ours or not problem["reason"].startswith("source-"):
                raise TrialError(f"verify with a changed source: {problem}")

    def _same(self) -> None:
        state = State.of(self.place)
        if found := state.differences(self.plain):
            raise TrialError("not what an undisturbed run leaves: " + "; ".join(found[:6]))
        if not state.counts["reconciles"]:
            raise TrialError(f"the counts do not reconcile: {state.counts}")
        left = [str(p.relative_to(self.place.root)) for p in self.place.disk.rglob("*") if _TEMPORARY.fullmatch(p.name)]
        killed = self.fault.name in {"kill-parent", "kill-group", "clock", "half-written", "damaged-table"}
        stopped = self.fault.name in {"interrupt", "terminate"}  # perhaps amidst the removal of a report's scratch
        left += (
            []
            if killed
            else [
                p.name
                for p in self.place.temporary.iterdir()
                if not (stopped and p.name.startswith("overpaint-report-"))
            ]
        )
        left += [p.name for p in Path("/dev/shm").glob("overpaint*")]
        if left:
            raise TrialError(f"left behind: {', '.join(left)}")


def _gone(process: Process) -> None:
    """No process of the group may be left."""
    for _ in range(200):
        try:
            os.killpg(process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.02)
    raise TrialError("processes are left")


def _unmount(place: Place) -> None:
    for where in (place.dest, place.run.path, place.disk):
        if where.exists() and os.path.ismount(where):
            subprocess.run(["umount", "-l", str(where)], check=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--fault", choices=sorted(FAULTS))
    parser.add_argument("--case", choices=[case.name for case in CASES])
    given = parser.parse_args()
    case = next((c for c in CASES if c.name == given.case), None)
    told: list[Told] = []
    root = Path(tempfile.mkdtemp(prefix="faults-"))
    with Trials(root) as trials:
        if not trials.mounts:
            print("no small disk can be mounted here (needs root): disk-full and read-only are left out")
        for number in range(given.first, given.first + given.trials):
            one = trials.run(f"{given.seed}.{number}", fault=given.fault, case=case)
            told.append(one)
            word = "WRONG" if one.wrong else "same" if one.struck else "same (ended before)"
            print(f"{one.seed:8} {one.fault:19} {one.case:30} {one.where:20} {one.seconds:5.1f} s {word} {one.note}")
            if one.wrong:
                print(one.wrong)
            sys.stdout.flush()
    with suppress(OSError):
        (root / "mount").rmdir()
        root.rmdir()
    wrong = [one for one in told if one.wrong]
    for name, count in sorted(Counter(one.fault for one in told).items()):
        print(f"{name:19} {count:4} trials, {sum(o.fault == name for o in wrong):3} wrong")
    print(f"{len(told)} trials of seed {given.seed}, {sum(o.struck for o in told)} struck, {len(wrong)} wrong")
    sys.exit(2 if wrong else 0)


if __name__ == "__main__":
    main()
