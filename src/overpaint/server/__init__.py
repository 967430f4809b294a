"""The review's web application: who may ask what, questions and pictures for browsers, and serving them.

Neighbours use `serve_review` and `link`; or `serve` (or `create_app` for a server of their own) with
`ServerSettings`; `Served` is what `serve`
announces. The wire is described in ``docs/reference/review-server.md``.
"""

from overpaint.server._app import create_app
from overpaint.server._front import Invitation, link, serve_review
from overpaint.server._serve import Served, serve
from overpaint.server._settings import ServerSettings

__all__ = ["Invitation", "Served", "ServerSettings", "create_app", "link", "serve", "serve_review"]
