"""Every route, called by every role: the table says who may, and nothing else decides."""

import pytest
from review_house import category, made

from overpaint.server._house import ROLES

EVERYONE = ("maintainer", "reviewer", "worker", "auditor")
# written out by hand: the table of the code is not held against itself
MAY = {
    ("POST", "/api/enter"): ("nobody", *EVERYONE),
    ("GET", "/api/me"): EVERYONE,
    ("POST", "/api/leave"): EVERYONE,
    ("POST", "/api/consent"): ("maintainer", "reviewer", "worker"),
    ("GET", "/api/help/{kind}"): ("maintainer", "reviewer", "worker"),
    ("POST", "/api/next"): ("maintainer", "reviewer", "worker"),
    ("POST", "/api/answer"): ("maintainer", "reviewer", "worker"),
    ("POST", "/api/skip"): ("maintainer", "reviewer", "worker"),
    ("POST", "/api/undo"): ("maintainer", "reviewer", "worker"),
    ("POST", "/api/renew"): ("maintainer", "reviewer", "worker"),
    ("POST", "/api/appeal"): ("maintainer", "reviewer", "worker"),
    ("GET", "/img/{token}"): EVERYONE,
    ("GET", "/api/maintain/summary"): ("maintainer",),
    ("GET", "/api/maintain/workers"): ("maintainer",),
    ("GET", "/api/maintain/links"): ("maintainer",),
    ("GET", "/api/maintain/events"): ("maintainer",),
    ("GET", "/api/maintain/settings"): ("maintainer",),
    ("POST", "/api/maintain/link"): ("maintainer",),
    ("POST", "/api/maintain/revoke"): ("maintainer",),
    ("POST", "/api/maintain/worker"): ("maintainer",),
    ("POST", "/api/maintain/appeal"): ("maintainer",),
    ("POST", "/api/maintain/settings"): ("maintainer",),
    ("POST", "/api/maintain/grant"): ("maintainer",),
    ("GET", "/api/audit/summary"): ("auditor",),
    ("POST", "/api/audit/request"): ("auditor",),
    ("GET", "/api/audit/grants"): ("auditor",),
}
# what is sound but names nothing that is there: whoever may call gets 404, 409 or 422, and not 401 or 403
BODIES = {
    "/api/enter": {"token": "none"},
    "/api/answer": {"lease": "none", "value": {"choice": "yes"}, "seconds": 1},
    "/api/skip": {"lease": "none"},
    "/api/undo": {"lease": "none"},
    "/api/renew": {"lease": "none"},
    "/api/appeal": {"text": "please"},
    "/api/maintain/link": {"role": "worker"},
    "/api/maintain/revoke": {"link": 999},
    "/api/maintain/worker": {"id": 999, "state": "stopped"},
    "/api/maintain/appeal": {"id": 999, "accept": True},
    "/api/maintain/grant": {"auditor": 999, "sample": "a.jpg", "hours": 1, "reason": "a complaint"},
    "/api/audit/request": {"sample_id": "a.jpg", "reason": "a complaint"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = made(tmp_path_factory.mktemp("roles"), questions=[category(f"{n}.jpg") for n in range(9)])
    yield world
    world.store.close()


def routes(app):
    """What the application answers, but for the page's own files."""
    for route in app.routes:
        yield from routes_of(route)


def routes_of(route):
    for inner in getattr(getattr(route, "original_router", None), "routes", ()):
        yield from routes_of(inner)
    for method in (getattr(route, "methods", None) or set()) - {"HEAD"}:
        if route.path.startswith(("/api/", "/img/")):
            yield method, route.path


def test_every_route_is_in_the_table_and_the_table_has_no_more(world):
    there = set(routes(world.app))
    assert len(there) > 20
    assert there == set(MAY) == set(ROLES)


@pytest.mark.parametrize("role", ["nobody", *EVERYONE])
def test_each_route_by_each_role(world, role):
    link = None if role == "nobody" else world.link(role)
    for (method, path), allowed in sorted(MAY.items()):
        browser = world.browser() if link is None else world.browser().ready(link)
        address = path.replace("{kind}", "boxes").replace("{token}", "t.none.ffffffffff.AAAA")
        body = BODIES.get(path, {}) if method == "POST" else None
        status = browser.send(method, address, body).status_code
        if path == "/api/enter":
            assert status == 401  # no such link, whoever asks
            world.app.state.house.attempts._levels.clear()
        elif role == "nobody":
            assert status == 401, path
        elif role in allowed:
            assert status in {200, 404, 409, 422}, (path, status)
        else:
            assert status == 403, (path, status)


def test_every_post_but_entering_needs_the_sessions_own_csrf_token(world):
    for (method, path), allowed in sorted(MAY.items()):
        if method != "POST" or path == "/api/enter":
            continue
        browser, other = (world.of(allowed[0]) for _ in range(2))
        for wrong in (None, "", "x", other.csrf, browser.csrf[:-1], [browser.csrf, browser.csrf]):
            status = browser.send(method, path, BODIES.get(path, {}), headers={"X-CSRF": wrong}).status_code
            assert status == 403, (path, wrong)


def test_a_route_that_nobody_put_into_the_table_is_refused(world, monkeypatch):
    from overpaint.server import _house

    worker = world.of("maintainer")
    assert worker.get("/api/maintain/links").status_code == 200
    monkeypatch.setattr(_house, "ROLES", {key: who for key, who in ROLES.items() if key[1] != "/api/maintain/links"})
    assert worker.get("/api/maintain/links").status_code == 403


def test_other_methods_and_paths(world):
    browser = world.of("maintainer")
    for method in ("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"):
        assert browser.send(method, "/api/me").status_code == 405
    for path in ("/docs", "/openapi.json", "/redoc", "/api", "/api/", "/api/nothing", "/static/app.js", "/../x"):
        told = browser.get(path)
        assert told.status_code == 404 and told.json() == {"error": "Not found."}, path
