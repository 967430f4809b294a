"""Routes of maintainers: how the review goes, links, people by their pseudonyms, settings, and auditors' requests."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query

from overpaint.errors import SampleError
from overpaint.review import Kind, Question
from overpaint.review._noticing import notices
from overpaint.review._person import Person
from overpaint.review.store import Link, Worker
from overpaint.server._bodies import AppealRuling, Granting, LinkWanted, Revoked, WorkerChange
from overpaint.server._house import Caller, House, caller, house_of
from overpaint.server._tokens import digest, new_token
from overpaint.server._words import STOPPED

__all__ = ["router"]

router = APIRouter(prefix="/api/maintain")
InHouse = Annotated[House, Depends(house_of)]
Who = Annotated[Caller, Depends(caller)]
After = Annotated[int, Query(ge=0, le=2**62)]

_PAGE = 200


@router.get("/summary")
def summary(who: Who, house: InHouse) -> dict[str, Any]:  # noqa: ARG001
    """How the review goes, in figures."""
    return house.desk.summary() | {"settings": house.desk.bench.settings().to_dict()}


@router.get("/workers")
def workers(who: Who, house: InHouse, after: After = 0) -> dict[str, Any]:  # noqa: ARG001
    """People by their pseudonyms, with what is known of their work; the ids of a workforce are nowhere to be had."""
    found, noticed = house.desk.store.workers(after, _PAGE), notices(house.desk.bench)
    told = [_worker(house, one) | {"noticed": " ".join(noticed.get(one.pseudonym, ()))} for one in found]
    return {"workers": told, "more": len(found) == _PAGE}


def _worker(house: House, worker: Worker) -> dict[str, Any]:
    return {
        "id": worker.id,
        "pseudonym": worker.pseudonym,
        "role": worker.role,
        "link": worker.link,
        "state": worker.state,
        "reason": worker.reason or "",
        "appeal": worker.appeal or "",
        "consented": worker.consented_at is not None,
        "since": worker.created_at,
        **_work(house, worker),
    }


def _work(house: House, worker: Worker) -> dict[str, Any]:
    """How somebody's work goes: how much, how fast and at what pay, how far it agrees, and how far it is trusted."""
    person, settings = Person.of(worker.trust), house.desk.bench.settings()
    seconds, trust, whole = person.median_seconds(), person.trust, person.whole
    compared = whole.agreed + whole.disagreed
    return {
        "answered": person.answered,
        "median_seconds": seconds,
        "hourly_pay": round(settings.pay * 3600 / seconds, 2) if settings.pay and seconds else None,
        "agreement": round(whole.agreed / compared, 3) if compared else None,
        "trust": {"low": trust.low, "high": trust.high, "mean": trust.mean} if person.answered else None,
        "sensitive_today": person.sensitive_on(house.now()),
    }


@router.get("/links")
def links(who: Who, house: InHouse) -> dict[str, Any]:  # noqa: ARG001
    """All links, without their tokens, which nobody has but who was given them."""
    return {"links": [_link(house, link) for link in house.desk.store.links()]}


def _link(house: House, link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "role": link.role,
        "label": link.settings.get("label", ""),
        "worker_field": link.settings.get("worker_field", ""),
        "expires": link.expires,
        "live": link.live(house.now()),
        "revoked": link.revoked_at is not None,
    }


@router.post("/link")
def make_link(body: LinkWanted, who: Who, house: InHouse) -> dict[str, Any]:
    """A new link. Its address is told this once: only the token's hash is kept."""
    token, now = new_token(), house.now()
    settings = body.model_dump(include={"label", "worker_field", "completion_code", "completion_url"})
    link = house.desk.store.add_link(
        role=body.role, token_hash=digest(token), expires=now + 86_400 * body.days, settings=settings, now=now
    )
    what = {"link": link.id, "role": body.role, "days": body.days}
    house.desk.store.log("link-made", who=who.worker, what=what, now=now)
    return {"id": link.id, "url": f"{house.settings.origin}/#k={token}", "expires": link.expires}


@router.post("/revoke")
def revoke(body: Revoked, who: Who, house: InHouse) -> dict[str, Any]:
    """End a link, the sessions that came by it and what they have in hand."""
    if house.link(body.link) is None:
        raise HTTPException(404, "There is no such link.")
    house.desk.store.revoke_link(body.link, house.now())
    house.desk.store.log("link-revoked", who=who.worker, what={"link": body.link}, now=house.now())
    return {"revoked": body.link}


@router.post("/worker")
def change_worker(body: WorkerChange, who: Who, house: InHouse) -> dict[str, Any]:
    """Leave somebody's answers out from now on, past ones too; or take them on again."""
    worker = _known(house, body.id)
    if worker.role == "maintainer":
        raise HTTPException(409, "A maintainer is not stopped this way; revoke the link.")
    if body.state == "stopped":
        house.desk.bench.stop(worker.id, body.reason or STOPPED)
    else:
        house.desk.bench.readmit(worker.id)
    what = {"worker": worker.pseudonym, "state": body.state}
    house.desk.store.log("worker-changed", who=who.worker, what=what, now=house.now())
    return {"worker": _worker(house, _known(house, worker.id))}


@router.post("/appeal")
def rule_appeal(body: AppealRuling, who: Who, house: InHouse) -> dict[str, Any]:
    """Accept an appeal, so that the answers count again, or decline it."""
    worker = _known(house, body.id)
    if worker.state != "stopped" or not worker.appeal:
        raise HTTPException(409, "There is no appeal of theirs.")
    if body.accept:
        house.desk.bench.readmit(worker.id)
    else:
        words = f"{worker.reason or STOPPED} A person has looked again, and it stays so."
        house.desk.store.set_worker(worker.id, reason=words, appeal="")
    what = {"worker": worker.pseudonym, "accepted": body.accept}
    house.desk.store.log("appeal-ruled", who=who.worker, what=what, now=house.now())
    return {"worker": _worker(house, _known(house, worker.id))}


@router.get("/settings")
def settings(who: Who, house: InHouse) -> dict[str, Any]:  # noqa: ARG001
    """The review's settings."""
    return house.desk.bench.settings().to_dict()


@router.post("/settings")
def change_settings(body: dict[str, Any], who: Who, house: InHouse) -> dict[str, Any]:
    """Change some of the review's settings."""
    if len(body) > 64:
        raise HTTPException(422, "These are more settings than there are.")
    made = house.desk.bench.set_settings(body)
    house.desk.store.log("settings", who=who.worker, what={"changed": sorted(body)}, now=house.now())
    return made.to_dict()


@router.get("/events")
def events(who: Who, house: InHouse, after: After = 0) -> dict[str, Any]:  # noqa: ARG001
    """The log, page by page: what was done by whom, by pseudonym."""
    found = house.desk.store.events(after, _PAGE)
    names = {number: _name(house, number) for number in {event.who for event in found if event.who is not None}}
    rows = [
        {
            "id": event.id,
            "at": event.at,
            "event": event.event,
            "who": None if event.who is None else {"id": event.who, "pseudonym": names[event.who]},
            "what": event.what,
        }
        for event in found
    ]
    return {"events": rows, "more": len(found) == _PAGE}


@router.post("/grant")
def grant(body: Granting, who: Who, house: InHouse) -> dict[str, Any]:
    """Let an auditor see one picture for a while, for a reason; never one of the no-view lane."""
    auditor = _known(house, body.auditor)
    if auditor.role != "auditor":
        raise HTTPException(409, "Only an auditor is given leave to see a picture.")
    if not may_be_granted(house, body.sample):
        raise HTTPException(404, "There is no such picture to be shown.")
    now = house.now()
    expires = now + 3600 * body.hours
    number = house.desk.store.grant(
        auditor=auditor.id, sample=body.sample, reason=body.reason, by=who.worker, expires=expires, now=now
    )
    return {"id": number, "expires": expires}


def may_be_granted(house: House, sample: str) -> bool:
    """Whether there is such a picture to be shown; what is in the lane and what is not there are not told apart."""
    if house.pictures is None:
        return False
    try:
        house.pictures.picture(Question(Kind.AUDIT, "", sample))
    except SampleError:
        return False
    return True


def _known(house: House, number: int) -> Worker:
    worker = house.desk.store.worker(number)
    if worker is None:
        raise HTTPException(404, "There is no such person.")
    return worker


def _name(house: House, number: int) -> str:
    worker = house.desk.store.worker(number)
    return "" if worker is None else worker.pseudonym
