"""Every damage of a kind, done to the lists that come along, and whether the guard tells it as what it was.

    nice python benchmarks/class_lists.py [--list ilsvrc] [--list 21k] [--words names|wnids|all] [--step 1]

For each list and kind: how many damages were done, how many of them changed a name, how many of these were told as what
they were (kind, numbers and classes), how many changed nothing and are listed as ambiguous, and the time of one check.
Exits with 2 if any was not. About an hour for both lists on one core.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from _list_damages import KINDS, damages, faults
from overpaint import labels
from overpaint.labels._guard import explained  # the words are read once, not once for each of 200,000 damages
from overpaint.labels._guard_names import Meant, meant

SPELLED: dict[str, Callable[[labels.ClassList], Sequence[str]]] = {
    "names": lambda classes: classes.names,
    "wnids": lambda classes: [each or "" for each in classes.ids],
    "all": lambda classes: [
        ", ".join(classes.taxonomy.synset(each).names) if each else name
        for each, name in zip(classes.ids, classes.names, strict=True)
    ],
}
SORTS: dict[str, Callable[[int, str], object]] = {
    "number as text (0, 1, 10, 100)": lambda i, _: str(i),
    "number as text from 1 (1, 10, 100)": lambda i, _: str(i + 1),
    "name": lambda _, name: name,
    "name, capitals as small letters": lambda _, name: name.casefold(),
    "last to first": lambda i, _: -i,
}


def one_kind(kind: str, read: Meant, texts: Sequence[str], classes: labels.ClassList, step: int) -> tuple[int, ...]:
    names = read.true
    done = changed = told = hidden = 0
    start = time.perf_counter()
    for damage in damages(kind, len(classes), step=step):
        mine = np.where(damage.order >= 0, read.true[damage.order], -1)
        same = np.array_equal(mine, read.true)
        check = explained(replace(read, given=mine), texts, classes, ambiguous=same)
        fault = faults(damage, names, check)
        done += 1
        changed += not same
        told += not same and fault is None
        hidden += same and fault is None
        if fault is not None:
            print(f"  {damage.kind} at {damage.places}: {fault}", file=sys.stderr, flush=True)
    return done, changed, told, hidden, round(1e6 * (time.perf_counter() - start) / max(done, 1))


def sorts(texts: Sequence[str], classes: labels.ClassList) -> bool:
    good = True
    for order, key in SORTS.items():
        mine = [name for _, name in sorted(enumerate(texts), key=lambda pair: key(*pair))]  # type: ignore[arg-type, return-value]
        start = time.perf_counter()
        check = labels.compare_lists(mine, classes)
        seconds = time.perf_counter() - start
        right = check.kinds == (("missorted",) if mine != list(texts) else ())
        right = right and (not check.kinds or check.findings[0].order == order)
        good = good and right
        print(f"{classes.name} sorted by {order}: {'told' if right else 'NOT TOLD'}, {seconds:.2f} s", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="append", dest="lists")
    parser.add_argument("--kind", action="append", dest="kinds", choices=KINDS)
    parser.add_argument("--words", default="names", choices=SPELLED)
    parser.add_argument("--step", type=int, default=1)
    given = parser.parse_args()
    good = True
    for name in given.lists or ["ilsvrc", "21k"]:
        classes = labels.class_list(name)
        texts = SPELLED[given.words](classes)
        read = meant(texts, classes)
        print(f"{name}: {len(classes)} classes, {sum(map(len, read.twins))} of them share a name ({read.words})")
        good = (bool(given.kinds) or sorts(texts, classes)) and good
        for kind in given.kinds or KINDS:
            done, changed, told, hidden, micro = one_kind(kind, read, texts, classes, given.step)
            good = good and told == changed and hidden == done - changed
            print(
                f"{name} {kind}: {done} done, {changed} change a name, {told} told; "
                f"{hidden} listed as ambiguous; {micro / 1000:.1f} ms each",
                flush=True,
            )
    return 0 if good else 2


if __name__ == "__main__":
    sys.exit(main())
