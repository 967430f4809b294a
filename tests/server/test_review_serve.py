"""A real server on this machine's loopback."""

import http.client
import logging
import socket
import threading

import httpx
import pytest
from review_house import SECRET, category, made

from overpaint.errors import ReviewError, UsageError
from overpaint.server import _serve, serve


@pytest.fixture
def world(tmp_path):
    world = made(tmp_path, questions=[category(f"{n}.jpg") for n in range(5)])
    yield world
    world.store.close()


@pytest.fixture
def served(world):
    """The review on a free port; what was announced."""
    told, ready, stop = [], threading.Event(), threading.Event()

    def announce(served):
        told.append(served)
        ready.set()

    options = {"secret": SECRET, "pictures": world.pictures, "announce": announce, "stop": stop}
    thread = threading.Thread(target=serve, args=(world.desk,), kwargs=options)
    thread.start()
    assert ready.wait(20)
    yield told[0]
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_the_whole_way_over_the_network(served, caplog, capfd, monkeypatch):
    assert served.url.startswith(f"{served.origin}/#k=") and served.origin.startswith("http://127.0.0.1:")
    token = served.url.partition("#k=")[2]
    for name in ("httpx", "httpcore"):  # the browser's own log is none of ours
        monkeypatch.setattr(logging.getLogger(name), "disabled", True)
        for part in ("connection", "http11"):
            monkeypatch.setattr(logging.getLogger(f"{name}.{part}"), "disabled", True)
    with caplog.at_level(0), httpx.Client(base_url=served.origin, headers={"Origin": served.origin}) as client:
        assert client.get("/").status_code == 200
        told = client.post("/api/enter", json={"token": token, "fields": {}}).json()
        assert told["role"] == "maintainer" and told["consented"] is True
        client.headers["X-CSRF"] = told["csrf"]
        (task,) = client.post("/api/next", json={"count": 1}).json()["tasks"]
        assert client.get(task["image"]["url"]).content.endswith(b"0.jpg")
        answer = {"lease": task["lease"], "value": {"choice": "yes"}, "seconds": 0.5}
        assert client.post("/api/answer", json=answer).json()["state"] == "kept"
        with httpx.Client(base_url=served.origin, headers={"Origin": served.origin}) as second:
            again = second.post("/api/enter", json={"token": token, "fields": {}}).json()
        assert again["pseudonym"] == told["pseudonym"]  # the same person, in another browser
        cookie = next(iter(client.cookies.values()))
    said = capfd.readouterr()
    for secret in (token, cookie, task["lease"], task["image"]["url"], told["pseudonym"]):
        assert secret not in caplog.text + said.out + said.err  # no log of addresses, tokens or people


def test_the_token_of_one_start_is_no_use_after_it(served, world):
    maintainer = world.of("maintainer")
    assert world.browser().enter(served.url.partition("#k=")[2]).status_code == 401  # another process's memory
    links = maintainer.get("/api/maintain/links").json()["links"]
    assert [link["label"] for link in links].count("who starts the server") == 1
    assert _serve._own_link(world.desk) == next(x["id"] for x in links if x["label"] == "who starts the server")


def test_it_listens_on_loopback_alone(served):
    port = int(served.origin.rpartition(":")[2])
    with socket.socket() as probe:
        probe.settimeout(2)
        probe.connect(("127.0.0.1", port))
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.2", port)) != 0  # loopback too, but not where it listens


def test_a_head_that_never_ends_is_cut_off(world, monkeypatch):
    monkeypatch.setattr(_serve, "_HEADERS_SECONDS", 0.3)
    ready, stop, told = threading.Event(), threading.Event(), []
    options = {"secret": SECRET, "stop": stop, "announce": lambda served: (told.append(served), ready.set())}
    thread = threading.Thread(target=serve, args=(world.desk,), kwargs=options)
    thread.start()
    try:
        assert ready.wait(20)
        port = int(told[0].origin.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as silent:
            assert silent.recv(100) == b""  # closed by the server
        with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nHost: ")
            assert slow.recv(100) == b""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(3):  # one that goes on as it should is kept
            connection.request("GET", "/")
            assert connection.getresponse().read()
        connection.close()
    finally:
        stop.set()
        thread.join(20)


def test_others_are_refused_unless_it_is_said_how_they_reach_it(world):
    for host in ("0.0.0.0", "192.0.2.1", "::", "review.example.org"):
        with pytest.raises(UsageError, match="--public-url"):
            serve(world.desk, secret=SECRET, host=host)
    with pytest.raises(UsageError, match="--public-url"):
        serve(world.desk, secret=SECRET, host="0.0.0.0", public_url="http://review.example.org")
    with pytest.raises(UsageError, match="--proxy"):
        serve(world.desk, secret=SECRET, proxies=("10.0.0.1",))


def test_a_port_that_is_taken_and_a_page_that_is_not_built(world, tmp_path):
    from dataclasses import replace

    from overpaint.server import ServerSettings

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="another --port"):
            serve(world.desk, secret=SECRET, port=taken.getsockname()[1])
    with pytest.raises(UsageError, match="another --port"):
        serve(world.desk, secret=SECRET, port=70_000)
    (tmp_path / "static").mkdir()
    with pytest.raises(ReviewError, match="not built"):
        serve(world.desk, secret=SECRET, settings=replace(ServerSettings.local(1), static=tmp_path / "static"))
