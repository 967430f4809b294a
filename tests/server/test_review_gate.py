"""Hosts, origins, headers, sizes, times and rates: what never reaches a route."""

import asyncio
import json
import logging
import time

import pytest
from review_house import ORIGIN, PORT, PUBLIC, category, made

from overpaint.errors import UsageError
from overpaint.server import ServerSettings
from overpaint.server._guard import Guard, sender
from overpaint.server._limits import Buckets, Rate


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = made(tmp_path_factory.mktemp("gate"), questions=[category(f"{n}.jpg") for n in range(9)])
    yield world
    world.store.close()


HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def test_the_headers_are_on_every_answer(world):
    browser = world.of("worker")
    (task,) = browser.tasks()
    answers = [
        browser.get("/"),
        browser.get("/app.js"),
        browser.get("/nothing"),
        browser.get("/api/me"),
        browser.get(task["image"]["url"]),
        world.browser().get("/api/me"),
        browser.post("/api/next", b"{"),
        browser.post("/api/next", b"x" * 300_000),
        browser.send("PUT", "/"),
        browser.get("/", headers={"Host": "evil.example"}),
    ]
    assert {answer.status_code for answer in answers} >= {200, 401, 403, 404, 405, 413, 422}
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers.get_list(name) == [value]
        assert "camera=()" in answer.headers["permissions-policy"]
        assert "strict-transport-security" not in answer.headers  # no TLS on loopback
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "server" not in answer.headers
    for answer in answers[3:]:
        assert answer.headers["cache-control"] == "no-store" or answer.status_code in {403, 405, 413}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example:{PORT}",
        "127.0.0.1",
        f"localhost:{PORT}",
        "127.0.0.1:80",
        "",
        None,
        [f"127.0.0.1:{PORT}", "evil.example"],
        f"127.0.0.1:{PORT}.evil.example",
    ],
)
def test_a_name_that_is_not_ours_is_refused(world, host):
    """DNS rebinding: a page of evil.example, whose name now points here, is same-origin to the browser."""
    for path in ("/", "/api/me", "/app.js"):
        assert world.browser().get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", f"http://127.0.0.1:{PORT + 1}", f"https://127.0.0.1:{PORT}"]
)
def test_a_post_from_another_origin_is_refused(world, origin):
    worker = world.of("worker")
    assert worker.post("/api/next", {}, headers={"Origin": origin}).status_code == 403
    assert worker.post("/api/enter", {"token": "x"}, headers={"Origin": origin}).status_code == 403
    assert worker.post("/api/next", {}).status_code == 200


def test_another_sites_page_may_not_even_read_or_embed(world):
    worker = world.of("worker")
    (task,) = worker.tasks()
    for site in ("cross-site", "same-site"):
        assert worker.get("/api/me", headers={"Sec-Fetch-Site": site}).status_code == 403
        assert worker.get(task["image"]["url"], headers={"Sec-Fetch-Site": site}).status_code == 403
        assert worker.get("/", headers={"Sec-Fetch-Site": site}).status_code == 200  # a link on another page
    assert worker.get(task["image"]["url"], headers={"Sec-Fetch-Site": None}).status_code == 200  # an old browser


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; x=y"])
def test_a_form_is_no_json(world, kind):
    assert world.of("worker").post("/api/next", {}, headers={"Content-Type": kind}).status_code == 415


def test_bodies_that_make_no_sense(world):
    worker = world.of("worker")
    (task,) = worker.tasks()
    ok = {"lease": task["lease"], "value": {"choice": "yes"}, "seconds": 1}
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        json.dumps(ok | {"seconds": -1}).encode(),
        json.dumps(ok | {"seconds": "1"}).encode(),
        json.dumps(ok | {"seconds": float("nan")}).encode(),
        json.dumps(ok | {"seconds": 1e9}).encode(),
        json.dumps(ok | {"more": 1}).encode(),
        json.dumps(ok | {"lease": "x" * 300}).encode(),
        json.dumps(ok | {"lease": 5}).encode(),
        b'{"lease": "%s", "value": {"choice": "yes"}, "seconds": %s}' % (task["lease"].encode(), b"9" * 5000),
    ):
        told = worker.post("/api/answer", body)
        assert told.status_code in {400, 422}, (body[:60], told.status_code)
        assert set(told.json()) == {"error"} and "/" not in told.json()["error"]
    assert worker.post("/api/answer", ok).json()["state"] == "kept"


def test_what_was_sent_is_not_repeated(world):
    told = world.of("worker").post("/api/next", {"<script>alert(1)</script>": 1, "count": "hostile-text"})
    assert told.status_code == 422 and "script" not in told.text and "hostile" not in told.text


def test_a_body_that_is_too_large_is_refused_while_it_is_read(world):
    """Without a length that tells, counted chunk by chunk: the rest is never read."""
    settings = ServerSettings.local(PORT)
    reads = []

    async def receive():
        reads.append(1)
        return {"type": "http.request", "body": b"x" * 10_000, "more_body": len(reads) < 60}

    assert asked(settings, receive) == 413
    assert len(reads) == settings.body_bytes // 10_000 + 1
    reads.clear()
    assert asked(settings, receive, (b"content-length", b"999999999")) == 413 and not reads
    assert asked(settings, receive, (b"content-length", b"-5")) == 413 and not reads


def test_a_body_that_comes_too_slowly(world):
    from dataclasses import replace

    settings = replace(ServerSettings.local(PORT), body_seconds=0.05)

    until = time.monotonic() + 2

    async def receive():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": time.monotonic() < until}

    assert asked(settings, receive) == 408


def asked(settings, receive, *headers):
    """A POST by hand to a guard before nothing; the status of its answer."""
    said = []

    async def inside(scope, receive, send):
        raise AssertionError("it was let through")

    async def send(message):
        said.append(message)

    given = [(b"host", settings.origin.partition("//")[2].encode()), (b"origin", settings.origin.encode())]
    given += [(b"content-type", b"application/json"), *headers]
    scope = {"type": "http", "method": "POST", "path": "/api/x", "query_string": b"", "headers": given}
    asyncio.run(Guard(inside, settings=settings)(scope, receive, send))
    return said[0]["status"]


def test_nothing_is_told_to_telemetry(tmp_path, monkeypatch):
    """FastAPI would tell a collector addresses, which hold tokens, and what exceptions say, which may hold ids."""
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    world = made(tmp_path)
    assert world.app._native_telemetry.enabled() is False
    assert world.app._telemetry["auto_configure"] is False
    world.store.close()


def test_what_goes_wrong_inside_is_one_sentence_outside_and_a_class_name_in_the_log(world, caplog, monkeypatch):
    worker = world.of("worker")

    def broken(*_, **__):
        raise RuntimeError("/secret/path of w-1234 with PROLIFIC-5")

    monkeypatch.setattr(type(world.desk), "next", broken)
    with caplog.at_level(logging.DEBUG, logger="overpaint.server"):
        told = worker.post("/api/next", {})
    assert told.status_code == 500 and set(told.json()) == {"error"}
    assert "RuntimeError" in caplog.text
    for word in ("secret", "w-1234", "PROLIFIC"):
        assert word not in told.text and word not in caplog.text


def test_the_store_out_of_reach_is_503_without_its_words(world, monkeypatch):
    from overpaint.errors import ReviewError

    worker = world.of("worker")

    def broken(*_, **__):
        raise ReviewError("cannot reach postgresql://somebody@10.1.2.3/db")

    monkeypatch.setattr(type(world.desk), "next", broken)
    told = worker.post("/api/next", {})
    assert told.status_code == 503 and "10.1.2.3" not in told.text and told.headers["retry-after"]


# ------------------------------------------------------------------ rates


def test_buckets():
    now = [0.0]
    buckets = Buckets(Rate(2, 4), most=2, clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert buckets.take("b") == 0
    now[0] = 0.5
    assert buckets.wait("a") == 0 and buckets.take("a") == 0 and buckets.take("a") == 0.5
    assert buckets.take("c") == 0 and set(buckets._levels) == {"a", "c"}  # a bounded number is kept
    now[0] = 100
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]  # never more than the burst


def limited(tmp_path, **rates):
    from dataclasses import replace

    settings = replace(ServerSettings.local(PORT), **rates)
    return made(tmp_path, questions=[category("a.jpg")], settings=settings)


def test_too_many_of_one_session(tmp_path):
    world = limited(tmp_path, per_session=Rate(0.01, 5))
    one, other = world.of("worker"), world.of("worker")
    statuses = [one.get("/api/me").status_code for _ in range(8)]
    assert statuses.count(429) >= 2 and statuses[0] == 200
    told = one.get("/api/me")
    assert told.status_code == 429 and int(told.headers["retry-after"]) > 0
    assert other.get("/api/me").status_code == 200
    world.store.close()


def test_too_many_of_one_address(tmp_path):
    world = limited(tmp_path, per_address=Rate(0.01, 5))
    one, other = world.browser(address="10.0.0.1"), world.browser(address="10.0.0.2")
    statuses = [one.get("/").status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    assert other.get("/").status_code == 200
    world.store.close()


def test_links_that_do_not_work_are_tried_a_few_times_only(tmp_path):
    world = limited(tmp_path, entering=Rate(0.001, 3))
    good = world.link("worker")
    one = world.browser(address="10.0.0.1")
    assert [one.enter("wrong").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert one.enter(good).status_code == 429
    assert world.browser(address="10.0.0.2").enter(good).status_code == 200
    crowd = [world.browser(address="10.0.0.3").enter(good).status_code for _ in range(10)]
    assert crowd == [200] * 10  # a crowd behind one address comes in
    world.store.close()


def test_only_our_proxy_is_believed():
    def seen(client, *forwarded, proxies=frozenset({"10.0.0.9", "10.0.0.8"})):
        headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
        return sender({"client": (client, 1), "headers": headers}, proxies)

    assert seen("1.2.3.4", "6.6.6.6") == "1.2.3.4"
    assert seen("10.0.0.9", "6.6.6.6, 1.2.3.4") == "1.2.3.4"  # what the client said itself stands first
    assert seen("10.0.0.9", "6.6.6.6, 1.2.3.4", "10.0.0.8") == "1.2.3.4"
    assert seen("10.0.0.9") == "10.0.0.9"
    assert len(seen("10.0.0.9", "x" * 1000)) == 64


# ------------------------------------------------------------------ how it is reached


@pytest.mark.parametrize(
    "url",
    [
        "http://review.example.org",
        "review.example.org",
        "https://",
        "https://review.example.org/path",
        "https://review.example.org/?a=b",
        "https://u:p@review.example.org",
        "https://review.example.org:99999999",
        "https://[::1",
    ],
)
def test_public_urls_that_are_refused(url):
    with pytest.raises(UsageError, match="--public-url"):
        ServerSettings.public(url)


def test_a_public_server_has_secure_cookies_and_hsts(tmp_path):
    settings = ServerSettings.public(PUBLIC + "/", proxies=("127.0.0.1",))
    world = made(tmp_path, questions=[category("a.jpg")], settings=settings)
    browser = world.browser()
    told = browser.enter(world.link("worker"))
    (cookie,) = told.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-overpaint=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)
    assert told.headers["strict-transport-security"].startswith("max-age=")
    assert browser.get("/api/me").status_code == 200
    assert browser.get("/api/me", headers={"Host": "127.0.0.1:8123"}).status_code == 403
    maintainer = world.of("maintainer")
    url = maintainer.post("/api/maintain/link", {"role": "worker"}).json()["url"]
    assert url.startswith(f"{PUBLIC}/#k=")
    world.store.close()


def test_on_loopback_the_cookie_is_not_secure_but_the_rest(world):
    told = world.browser().enter(world.link("worker"))
    (cookie,) = told.headers.get_list("set-cookie")
    assert cookie.startswith(f"overpaint-{PORT}=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= attributes and "secure" not in attributes


def test_with_a_proxy_that_is_no_address():
    with pytest.raises(UsageError, match="--proxy"):
        ServerSettings.public(PUBLIC, proxies=("proxy.example.org",))


def test_the_page_is_cached_by_its_tag(world):
    first = world.browser().get("/")
    assert first.status_code == 200 and first.headers["content-type"].startswith("text/html")
    assert "http://" not in first.text and "https://" not in first.text  # nothing from anywhere else
    again = world.browser().get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    assert ORIGIN not in first.text
