"""Routes of everybody: entering by a link, who one is, what one agreed to, and leaving."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from overpaint.errors import UsageError
from overpaint.review import Kind, Question
from overpaint.review.store import Link, Worker
from overpaint.server._bodies import Appealed, Entering, Nothing
from overpaint.server._guard import cookie_of, sender
from overpaint.server._house import WORKING, Caller, House, caller, house_of
from overpaint.server._tokens import digest, new_token
from overpaint.server._words import STOPPED, disclosure, help_told

__all__ = ["router"]

router = APIRouter()
InHouse = Annotated[House, Depends(house_of)]
Who = Annotated[Caller, Depends(caller)]

_NO_LINK = "This link does not work (any more). Ask whoever sent it for a new one."


@router.post("/api/enter")
def enter(body: Entering, request: Request, response: Response, house: InHouse) -> dict[str, Any]:
    """Exchange a link's token for a session; its cookie is out of the page's reach."""
    address = sender(request.scope, house.settings.proxies)
    wait = house.attempts.wait(address)
    if wait:
        raise HTTPException(429, "Too many links were tried; wait a moment.", {"Retry-After": str(int(wait) + 1)})
    hashed, now = digest(body.token), house.now()
    link = house.link(house.own[hashed]) if hashed in house.own else house.desk.store.link_by_hash(hashed)
    if link is None or not link.live(now):
        house.attempts.take(address)
        raise HTTPException(401, _NO_LINK)
    worker = _worker(house, link, body, request)
    if worker.state == "left":
        house.desk.store.set_worker(worker.id, state="active")
    cookie = new_token()
    csrf = house.keys.csrf(cookie)
    expires = min(now + 3600 * house.settings.session_hours, link.expires)
    house.desk.store.open_session(
        worker.id, cookie_hash=digest(cookie), csrf_hash=digest(csrf), expires=expires, now=now
    )
    response.set_cookie(
        house.settings.cookie,
        cookie,
        max_age=int(expires - now),
        path="/",
        secure=house.settings.secure,
        httponly=True,
        samesite="strict",
    )
    return _about(house, worker.id, csrf)


def _worker(house: House, link: Link, body: Entering, request: Request) -> Worker:
    """Who enters: known by the workforce's id, by this browser's session, or new.

    A link without such an id is one person's own, unless it is for workers.
    """
    store, field = house.desk.store, str(link.settings.get("worker_field") or "")
    if field and link.role == "worker":
        outside = body.fields.get(field, "").strip()
        if not outside:
            raise HTTPException(422, f"The link lacks your id ({field}). Open it from the place where you found it.")
        return store.worker_for(link.id, house.keys.outside(link.id, outside), now=house.now())
    if link.role != "worker":
        return store.worker_for(link.id, house.keys.outside(link.id, ""), now=house.now())
    cookie = cookie_of(request.scope, house.settings.cookie)
    session = None if cookie is None else store.session(digest(cookie), house.now())
    known = None if session is None else store.worker(session.worker)
    if known is not None and known.link == link.id:
        return known
    return store.worker_for(link.id, None, now=house.now())


@router.get("/api/me")
def me(who: Who, house: InHouse) -> dict[str, Any]:
    """Who the session belongs to, and what the page needs to begin."""
    return _about(house, who.worker, who.csrf)


def _about(house: House, number: int, csrf: str) -> dict[str, Any]:
    worker, settings = house.desk.store.worker(number), house.desk.bench.settings()
    if worker is None:
        raise HTTPException(401, _NO_LINK)
    agrees = worker.role in {"worker", "reviewer"}
    return {
        "role": worker.role,
        "pseudonym": worker.pseudonym,
        "csrf": csrf,
        "consented": not agrees or worker.consented_at is not None,
        "disclosure": disclosure(settings, house.link(worker.link), words=_rates(house)) if agrees else [],
        "settings": {"blurred": settings.blurred, "warn": True, "kinds": [str(kind) for kind in Kind], "home": "/"},
        "progress": asdict(house.desk.progress(worker.id)),
        "state": worker.state,
        "stopped_words": (worker.reason or STOPPED) if worker.state == "stopped" else None,
        "can_appeal": worker.state == "stopped" and not worker.appeal,
        "appealed": bool(worker.appeal),
    }


def _rates(house: House) -> bool:
    """Whether people are asked to rate words here: they are told before they begin."""
    return any(kind == Kind.RATE_LABEL for kind, _, _ in house.desk.store.counts())


@router.post("/api/consent")
def consent(body: Nothing, who: Who, house: InHouse) -> dict[str, Any]:  # noqa: ARG001
    """They read what is recorded, and agree."""
    if not who.consented:
        house.desk.store.set_worker(who.worker, consented_at=house.now())
        house.desk.store.log("consent", who=who.worker, what={}, now=house.now())
    return {"consented": True}


@router.post("/api/leave")
def leave(body: Nothing, who: Who, house: InHouse, response: Response) -> dict[str, Any]:  # noqa: ARG001
    """End the session; questions in hand go back, and the link still works."""
    now = house.now()
    worker = house.desk.store.worker(who.worker)
    if worker is not None and worker.state == "active" and who.role in WORKING:
        house.desk.store.set_worker(who.worker, state="left", now=now)  # what is in hand goes back
    house.desk.store.close_session(who.session)
    response.delete_cookie(
        house.settings.cookie, path="/", secure=house.settings.secure, httponly=True, samesite="strict"
    )
    return {"left": True}


@router.post("/api/appeal")
def appeal(body: Appealed, who: Who, house: InHouse) -> dict[str, Any]:
    """Ask that a person looks again."""
    worker = house.desk.store.worker(who.worker)
    if worker is None or worker.state != "stopped":
        raise HTTPException(409, "Your answers are used; there is nothing to appeal.")
    house.desk.appeal(who.worker, body.text)
    return {"appealed": True}


@router.get("/api/help/{kind}")
def help_(kind: str, who: Who, thing: str = "") -> dict[str, Any]:  # noqa: ARG001
    """The instructions of a kind of question, in the words of a thing."""
    if kind not in set(Kind) or len(thing) > 200:
        raise HTTPException(404, "There is no such kind of question.")
    try:
        return help_told(Kind(kind), Question(Kind(kind), thing))
    except UsageError:
        raise HTTPException(404, "There is no such kind of question.") from None
