"""The web application: routes behind the gate, the page, and errors as one plain sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from overpaint.errors import AnswerError, OverpaintError, ReviewError, UsageError
from overpaint.review import Desk
from overpaint.server import _routes_audit, _routes_maintain, _routes_people, _routes_work
from overpaint.server._guard import Guard
from overpaint.server._house import House, PictureRoom
from overpaint.server._limits import Buckets
from overpaint.server._settings import ServerSettings
from overpaint.server._tokens import Keys

__all__ = ["create_app", "page_is_built"]

_STATIC = Path(__file__).parent / "static"
_BARE = {"Not Found", "Method Not Allowed"}
# What FastAPI tells OpenTelemetry by itself holds addresses with tokens, and what exceptions say.
_SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}


def create_app(desk: Desk, *, secret: bytes, settings: ServerSettings, pictures: PictureRoom | None = None) -> FastAPI:
    """The application of one review.

    Parameters
    ----------
    desk
        Hands out questions and takes answers in.
    secret
        The review's own random key (32 bytes): picture addresses and CSRF tokens are made with it.
    settings
        How it is reached, and its limits.
    pictures
        Shows the questions' pictures; None where they have none.
    """
    app = FastAPI(title="overpaint", docs_url=None, redoc_url=None, openapi_url=None, telemetry=_SILENT)
    app.state.house = House(desk, pictures, Keys(secret), settings, Buckets(settings.entering))
    for routes in (_routes_people, _routes_work, _routes_maintain, _routes_audit):
        app.include_router(routes.router)
    _pages(app, settings.static or _STATIC)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(OverpaintError, _failed)
    app.add_middleware(Guard, settings=settings)
    return app


def page_is_built(settings: ServerSettings) -> bool:
    """Whether the page is there."""
    return ((settings.static or _STATIC) / "index.html").is_file()


def _pages(app: FastAPI, static: Path) -> None:
    """The page's files, read once: no path of a request ever reaches the disk."""
    files = sorted(static.iterdir()) if static.is_dir() else []
    for file in files:
        if file.suffix in _TYPES and file.is_file():
            address = "/" if file.name == "index.html" else f"/{file.name}"
            app.add_api_route(address, _page(file.read_bytes(), _TYPES[file.suffix]), include_in_schema=False)


def _page(data: bytes, media_type: str) -> Callable[[Request], Response]:
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'

    def page(request: Request) -> Response:
        told = {"etag": tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=told)
        return Response(data, media_type=media_type, headers=told)

    return page


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = error.detail if error.status_code not in {404, 405} or error.detail not in _BARE else "Not found."
    return JSONResponse({"error": sentence}, error.status_code, dict(error.headers or {}))


def _malformed(_: Request, error: Exception) -> Response:
    """Which field is wrong, and nothing of what stood there."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0] if error.errors() else {}
    where = ".".join(str(part) for part in first.get("loc", ()) if part != "body")[:100]
    known = where if where.replace(".", "").replace("_", "").isalnum() and where.isascii() else ""
    return JSONResponse({"error": f"The request is not as expected{f' ({known})' if known else ''}."}, 422)


def _failed(_: Request, error: Exception) -> Response:
    """What people did wrong is told in its own words; what the server cannot do is told in general ones."""
    if isinstance(error, AnswerError | UsageError):
        return JSONResponse({"error": str(error)}, 422)
    if isinstance(error, ReviewError) and "not in your hands" in str(error):
        return JSONResponse({"error": str(error)}, 409)
    busy = "The review cannot be reached just now; try again in a moment."
    return JSONResponse({"error": busy}, 503, {"Retry-After": "5"})
