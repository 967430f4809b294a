"""What the command line calls: a review of a folder is served as a whole, and its links let people in."""

import queue
import threading

import httpx
import numpy as np
import pytest
from PIL import Image

from overpaint import review
from overpaint.errors import UsageError
from overpaint.server import link, serve_review


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "candidates"
    place.mkdir()
    for n in range(3):
        Image.fromarray(np.full((40, 60, 3), 40 * n, np.uint8)).save(place / f"{n}.png")
    review.open(place, question=["category"], label="x", title="an x")
    return place


def entering(client, url, csrf=""):
    origin, _, token = url.partition("/#k=")
    headers = {"origin": origin, "x-csrf": csrf}
    return client.post(f"{origin}/api/enter", json={"token": token, "fields": {}}, headers=headers)


def test_it_serves_until_it_is_told_to_stop(folder):
    told, stop = queue.Queue(), threading.Event()
    server = threading.Thread(target=serve_review, args=(folder,), kwargs={"announce": told.put, "stop": stop})
    server.start()
    try:
        served = told.get(timeout=60)
        guest = link(folder, role="reviewer", public_url=served.origin)
        with httpx.Client() as client:
            assert "app.js" in client.get(served.origin).text
            assert entering(client, served.url).json()["role"] == "maintainer"
        with httpx.Client() as client:
            me = entering(client, guest.url).json()
            assert me["role"] == "reviewer"
            headers = {"origin": served.origin, "x-csrf": me["csrf"]}
            assert client.post(f"{served.origin}/api/consent", json={}, headers=headers).status_code == 200
            asked = client.post(f"{served.origin}/api/next", json={"count": 1, "have": []}, headers=headers).json()
            task = asked["tasks"][0]
            assert (task["kind"], task["one"]) == ("category", "an x")
            assert client.get(served.origin + task["image"]["url"]).headers["content-type"] == "image/jpeg"
            body = {"lease": task["lease"], "value": {"choice": "yes"}, "seconds": 2.0}
            assert client.post(f"{served.origin}/api/answer", json=body, headers=headers).json()["state"] == "kept"
    finally:
        stop.set()
        server.join(timeout=60)
    assert not server.is_alive()
    assert review.status(folder).summary["answers"] == 1


def test_links_say_what_they_are_for(folder):
    here = link(folder)
    assert here.url.startswith("http://127.0.0.1/#k=")
    assert any("port" in line for line in here.lines())
    assert here.to_dict()["role"] == "worker"
    with pytest.raises(UsageError, match="--role"):
        link(folder, role="king")
    with pytest.raises(UsageError, match="--days"):
        link(folder, days=0)
