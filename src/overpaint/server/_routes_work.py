"""Routes of those who answer: the next questions, answers, skipping, taking back; and pictures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Response

from overpaint.errors import SampleError
from overpaint.review import Done, Kind, Outcome, Pause, Question, Stopped
from overpaint.review.store import Lease
from overpaint.server._bodies import Answered, LeaseOnly, Next, Skipped
from overpaint.server._house import AUDITOR, Caller, House, caller, house_of
from overpaint.server._tasks import feedback, shown_of, task
from overpaint.server._tokens import PictureToken
from overpaint.server._words import NOT_SHOWN

__all__ = ["router"]

router = APIRouter()
InHouse = Annotated[House, Depends(house_of)]
Who = Annotated[Caller, Depends(caller)]

_GONE = "This question is not in your hands any more."


@router.post("/api/next")
def next_(body: Next, who: Who, house: InHouse) -> dict[str, Any]:
    """Up to ``count`` questions, or why there is none now; ``drop`` names leases in hand that have become void."""
    _consented(who)
    found = house.desk.next(who.worker, count=body.count, have=body.have, sensitive=body.sensitive)
    if isinstance(found, Stopped):
        return {"state": "stopped", "words": found.reason}
    drop = _void(house, who, body.have)
    if isinstance(found, Pause):
        return {"state": "pause", "seconds": found.seconds, "words": found.why, "drop": drop}
    if isinstance(found, Done):
        return {"state": "done", "completion": _completion(house, who, found), "drop": drop}
    return {"state": "tasks", "tasks": [task(house, who, lease) for lease in found], "drop": drop}


def _void(house: House, who: Caller, have: list[str]) -> list[str]:
    """Leases that a browser has in hand and that were taken back: their pictures shall leave its memory."""
    void = []
    for token in have[:20]:
        lease = house.lease(token, who.worker)
        if lease is None or lease.question.state == "withdrawn" or _held(house, lease.question.question):
            void.append(token)
    return void


def _completion(house: House, who: Caller, done: Done) -> dict[str, Any] | None:
    """The code by which a workforce knows that somebody has done their share; never before they have."""
    link = house.link(who.link)
    if not done.completion_code or link is None:
        return None
    return {"code": done.completion_code, "url": link.settings.get("completion_url") or None}


@router.post("/api/answer")
def answer(body: Answered, who: Who, house: InHouse) -> dict[str, Any]:
    """Take an answer; sent again after a lost connection it is ``already`` there."""
    _consented(who)
    lease = _lease(house, who, body.lease)
    question = lease.question.question
    if _held(house, question):
        return _received(house, who, question, Outcome("refused"))
    shown = shown_of(house, question)
    value = body.value if shown is None else shown.value_to_stored(question.kind, body.value)
    seconds = min(body.seconds, max(0.0, house.now() - lease.taken_at))  # it was not there before
    outcome = house.desk.submit(who.worker, lease.token, value, seconds=seconds)
    if question.kind is Kind.FLAGS and house.pictures is not None:
        flags = value.get("flags") if isinstance(value, dict) else None
        if isinstance(flags, list) and {"sexual", "minor"} <= set(flags):
            house.pictures.forget(question.sample)
    return _received(house, who, question, outcome)


def _received(house: House, who: Caller, question: Question, outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {
        "state": outcome.state,
        "feedback": feedback(question, shown_of(house, question), outcome.feedback),
        "progress": asdict(outcome.progress or house.desk.progress(who.worker)),
    }
    if outcome.hint:
        told["hint"] = outcome.hint
    return told


@router.post("/api/skip")
def skip(body: Skipped, who: Who, house: InHouse) -> dict[str, Any]:
    """Give a question back, without a disadvantage; an answer that was taken back stays as it was."""
    lease = _lease(house, who, body.lease)
    house.desk.skip(who.worker, lease.token, body.reason)
    return {"state": "kept", "feedback": None, "progress": asdict(house.desk.progress(who.worker))}


@router.post("/api/undo")
def undo(body: LeaseOnly, who: Who, house: InHouse) -> dict[str, Any]:
    """The question that was answered last, with the answer; what is sent for it takes the first one's place."""
    _consented(who)
    lease = house.desk.undo(who.worker, _lease(house, who, body.lease).token)
    return {"task": task(house, who, lease, draft=house.desk.said(who.worker, lease.question) or {})}


@router.post("/api/renew")
def renew(body: LeaseOnly, who: Who, house: InHouse) -> dict[str, Any]:
    """Keep a question in hand a while longer."""
    lease = house.desk.store.lease(body.lease)
    settings, now = house.desk.bench.settings(), house.now()
    if lease is None or lease.worker != who.worker:
        raise HTTPException(409, _GONE)
    if lease.state == "answered":  # it was taken back, and may be answered anew for a while
        return {"expires": now + settings.undo_seconds}
    if not house.desk.store.renew(lease.token, now=now, lease_seconds=settings.lease_seconds):
        raise HTTPException(409, _GONE)
    return {"expires": now + settings.lease_seconds}


@router.get("/img/{token}")
def image(token: str, who: Who, house: InHouse) -> Response:
    """A picture, to the session that was given its address, while its question is in hand.

    What cannot be shown is given back for the person, so that the next question comes; the answer is the same whatever
    the reason.
    """
    read = house.keys.read_picture(token, session=who.session, now=house.now())
    if read is None or house.pictures is None:
        raise HTTPException(404, "This address does not work any more.")
    if read.of == "g":
        return _granted(house, who, read)
    lease = house.desk.store.lease(read.name)
    states = {"held"} if read.of == "t" else {"answered"}
    if lease is None or lease.worker != who.worker or lease.state not in states:
        raise HTTPException(404, "This address does not work any more.")
    question = lease.question.question
    if lease.question.state == "withdrawn" or _held(house, question):
        raise HTTPException(404, NOT_SHOWN)
    try:
        return _picture(house, question)
    except SampleError as error:
        if _held(house, question):  # put there while it was being read; the log does not say of which
            raise HTTPException(404, NOT_SHOWN) from None
        what = {"question": lease.question.id, "reason": error.reason}
        house.desk.store.log("picture-failed", who=None, what=what, now=house.now())
        if error.reason in {"vanished", "changed"}:  # nobody can answer it any more
            house.desk.store.withdraw(question.sample, reason="gone", now=house.now())
        elif read.of == "t":
            house.desk.skip(who.worker, lease.token, "picture")
        raise HTTPException(404, NOT_SHOWN) from None


def _granted(house: House, who: Caller, read: PictureToken) -> Response:
    """A picture that an auditor was given leave to see; each look is logged."""
    grants = house.desk.store.grants(who.worker, house.now())
    grant = next((one for one in grants if str(one.id) == read.name), None)
    if grant is None or who.role not in AUDITOR:
        raise HTTPException(404, "This address does not work any more.")
    try:
        response = _picture(house, Question(Kind.AUDIT, "", grant.sample))
    except SampleError:
        raise HTTPException(404, NOT_SHOWN) from None
    house.desk.store.log("grant-viewed", who=who.worker, what={"grant": grant.id}, now=house.now())
    return response


def _picture(house: House, question: Question) -> Response:
    assert house.pictures is not None
    picture = house.pictures.picture(question)
    return Response(picture.data, media_type=picture.media_type, headers={"cache-control": "no-store"})


def _held(house: House, question: Question) -> bool:
    """Whether a picture is in the no-view lane by now; its questions are taken back then."""
    if not question.sample or house.pictures is None:
        return False
    held = house.pictures.held(question.sample)
    if held:
        house.desk.store.withdraw(question.sample, reason="lane", now=house.now())
    return held


def _lease(house: House, who: Caller, token: str) -> Lease:
    lease = house.lease(token, who.worker)
    if lease is None:
        raise HTTPException(409, _GONE)
    return lease


def _consented(who: Caller) -> None:
    if not who.works:
        raise HTTPException(403, "Read what is recorded, and agree, before you begin.")
