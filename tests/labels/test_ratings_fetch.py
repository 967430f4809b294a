"""Fetching the published ratings, from a server on this machine."""

import hashlib
import http.server
import threading
from contextlib import contextmanager

import pytest

from overpaint.errors import LabelsError
from overpaint.labels import ratings
from overpaint.labels._ratings_fetch import brought, fetched
from overpaint.labels._ratings_published import PublishedFile

TEXT = b"wnid,safety,source,date\nn1,safe,us,2026-01-01\n"


@contextmanager
def served(answer):
    """A server whose every reply is what `answer` makes of a request."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *args):
            del args

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/own.csv"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pinned(url, text=TEXT):
    return PublishedFile("own.csv", url, hashlib.sha256(text).hexdigest(), len(text))


def replying(body, status=200, **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in ({"content-length": str(len(body))} | headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_it_is_checked_and_installed():
    with served(replying(TEXT)) as url:
        (added,) = brought([pinned(url)])
    assert (added.source, added.entries) == ("own", 1)
    assert ratings()["n1"].source == "us"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (replying(TEXT[:-2] + b"x\n"), "holds another file than the pinned one"),
        (replying(TEXT * 1000), "holds another file than the pinned one"),
        (replying(b""), "holds another file than the pinned one"),
        (replying(b"", 404), "could not be fetched .Not Found."),
        (replying(b"", 302, location="file:///etc/passwd"), "could not be fetched"),
        (replying(b"", 302, location="ftp://127.0.0.1/x"), "could not be fetched .it was redirected"),
        (replying(TEXT[:5], **{"content-length": "46"}), "holds another file|could not be fetched"),
        (lambda handler: handler.wfile.write(b"no http at all\r\n\r\n"), "could not be fetched"),
        (lambda handler: None, "could not be fetched"),
    ],
)
def test_what_goes_wrong_is_one_line_with_the_way_without(answer, words):
    with served(answer) as url, pytest.raises(LabelsError, match=words) as caught:
        brought([pinned(url)])
    assert "overpaint labels ratings add FOLDER" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert ratings().sources == ()


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr("overpaint.labels._ratings_fetch.TIME_OUT", 0.05)
    over = threading.Event()
    with served(lambda handler: over.wait(5)) as url:
        with pytest.raises(LabelsError, match="could not be fetched"):
            fetched(pinned(url))
        over.set()


def test_nobody_there():
    with pytest.raises(LabelsError, match="could not be fetched"):
        fetched(pinned("http://127.0.0.1:1/own.csv"))
