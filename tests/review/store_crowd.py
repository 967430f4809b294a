"""A process that answers questions until it is stopped or killed: ``python store_crowd.py URL LINK SEED``.

It writes a line for everything that the store said was done, so that whoever killed it knows what must be there.
"""

import random
import sys

from overpaint.review.store import Store

NOW = 1_000_000.0


def main(url, link, seed):
    rng = random.Random(seed)
    with Store.open(url) as store:
        worker = store.worker_for(int(link), None, now=NOW).id
        print("worker", worker, flush=True)
        while got := store.take(worker, now=NOW, lease_seconds=3600.0, count=rng.choice([1, 2])):
            for lease in got:
                print("taken", lease.question.id, worker, flush=True)
                if rng.random() < 0.1:
                    continue
                receipt = store.answer(lease.token, {"choice": "yes"}, seconds=1.0, now=NOW)
                print(receipt.state, lease.question.id, worker, flush=True)
                if rng.random() < 0.3:
                    told = store.question(lease.question.id)
                    verdict = {"answer": "yes"}
                    store.judge(told.id, state="settled", wanted=told.wanted, verdict=verdict, now=NOW)
        print("done", 0, worker, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
