"""A real S3 interface for tests: moto's server in a process of its own, so that worker processes reach it too."""

from __future__ import annotations

import atexit
import functools
import os
import subprocess
import sys
import urllib.request
import uuid

import pytest

pytest.importorskip("s3fs")
pytest.importorskip("moto")

_START = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server._server.server_port, flush=True)
sys.stdin.read()
"""


@functools.cache
def _serve() -> str:
    """Start the server once, whichever modules import the fixtures; it ends with the tests."""
    process = subprocess.Popen(
        [sys.executable, "-c", _START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None

    def end() -> None:
        process.communicate()  # closes its standard input, which is what it waits for

    atexit.register(end)
    return f"http://127.0.0.1:{int(process.stdout.readline())}"


@pytest.fixture
def s3_server() -> str:
    """The endpoint's URL."""
    return _serve()


@pytest.fixture
def s3_url(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket as ``s3://bucket``; the environment says how to reach it, also to child processes."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    bucket = "test-" + uuid.uuid4().hex[:12]
    request = urllib.request.Request(f"{s3_server}/{bucket}", method="PUT", headers={"Content-Length": "0"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        assert answer.status == 200
    return f"s3://{bucket}"
