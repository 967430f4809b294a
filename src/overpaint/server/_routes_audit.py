"""Routes of auditors: figures, and single pictures only by a grant with a reason and an end."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException

from overpaint.server._bodies import AuditRequest
from overpaint.server._house import Caller, House, caller, house_of
from overpaint.server._routes_maintain import may_be_granted

__all__ = ["router"]

router = APIRouter(prefix="/api/audit")
InHouse = Annotated[House, Depends(house_of)]
Who = Annotated[Caller, Depends(caller)]

_SHOWN = 200


@router.get("/summary")
def summary(who: Who, house: InHouse) -> dict[str, Any]:  # noqa: ARG001
    """How the review goes, in figures; nothing of single people or pictures."""
    return house.desk.summary()


@router.post("/request")
def request_picture(body: AuditRequest, who: Who, house: InHouse) -> dict[str, Any]:
    """Ask a maintainer for leave to see one picture. The answer tells nothing of whether there is such a picture."""
    if may_be_granted(house, body.sample_id):
        what = {"sample": body.sample_id, "reason": body.reason, "auditor": who.worker}
        house.desk.store.log("audit-request", who=who.worker, what=what, now=house.now())
    return {"requested": True}


@router.get("/grants")
def grants(who: Who, house: InHouse) -> list[dict[str, Any]]:
    """Pictures that may be seen now; one that has gone into the no-view lane is not among them."""
    if house.pictures is None:
        raise HTTPException(404, "This review has no pictures.")
    now, rows = house.now(), []
    for grant in house.desk.store.grants(who.worker, now)[:_SHOWN]:
        if house.pictures.held(grant.sample):
            continue
        until = int(min(grant.expires, now + 60 * house.settings.picture_minutes))
        address = house.keys.picture("g", str(grant.id), session=who.session, expires=until)
        image = {"url": f"/img/{address}", "width": None, "height": None}
        rows.append({"id": grant.id, "image": image, "reason": grant.reason, "expires": grant.expires})
    return rows
