"""What the tests of the store are made of."""

from overpaint.records import Box
from overpaint.review import Kind, Proposal, Question

YES, NO = {"choice": "yes"}, {"choice": "no"}
NOW, LEASE = 1_000_000.0, 600.0


def ask(sample, *, kind=Kind.CATEGORY, thing="dog", **more):
    """One question."""
    return Question(kind, thing, sample=sample, width=640, height=480, **more)


def boxed(sample):
    """A question with boxes, a crop, and every field set."""
    return Question(
        Kind.BOXES,
        "face",
        sample=sample,
        width=640,
        height=480,
        orientation=6,
        page=2,
        crop=Box(0.5, 1, 600, 400, 2),
        boxes=(Proposal(Box(1, 2, 30.25, 40, 2), 0.75, 3), Proposal(Box(5, 6, 7, 8), 1.0, -1)),
        title="faces \x00 \udcff \\u0041",
        definition="häßlich 顔",
        context="class n01",
        sensitive=True,
        harm=2.5,
        parent="p\udc80",
        wants="no",
        output=True,
        limit=3,
        basis="import",
        extra={"row": [1, None, "\udcfe"]},
    )


def people(store, n, *, role="worker"):
    """A link, and the numbers of ``n`` people who came by it."""
    link = store.add_link(role=role, token_hash=f"{role}{n}".encode(), expires=NOW * 2, settings={}, now=NOW)
    return link, [store.worker_for(link.id, f"{role}-{i}".encode(), now=NOW).id for i in range(n)]


def take(store, worker, *, now=NOW, **how):
    """One question, or None."""
    found = store.take(worker, now=now, lease_seconds=LEASE, **how)
    return found[0] if found else None


def reply(store, lease, value=YES, *, now=NOW + 1):
    """The receipt for an answer."""
    return store.answer(lease.token, value, seconds=2.0, now=now)
