"""One self-contained HTML file from a `Summary`: no request to anywhere, the same bytes each time."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from overpaint.checks import REASONS
from overpaint.reports._database import queries
from overpaint.reports._facts import Bucket, Part, Rate, Summary
from overpaint.reports._plots import histogram, places, stack
from overpaint.reports._words import METADATA, NOT_LOOKED_FOR, OUTCOMES, STYLES, counted

__all__ = ["FILTERS", "MOST_ROWS", "page"]

MOST_ROWS = 2000
"""A longer table of classes is cut to its `FEWER_ROWS` with most faces; summary.json has them all."""

FEWER_ROWS = 200


def page(summary: Summary) -> str:
    """The report as HTML."""
    template = _environment().get_template("page.html")
    script = _text("page.js")
    return template.render(
        s=summary,
        c=summary.conservation,
        f=summary.faces,
        t=summary.things,
        css=Markup(_text("page.css")),
        js=Markup(script),
        js_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        stack=stack(summary.conservation),
        places=places(summary.conservation),
        terms=[term for term in places(summary.conservation) if term[1]] or [("", 0)],
        plots=_plots(summary),
        classes=_most_faces(summary.classes),
        cut=len(summary.classes) > MOST_ROWS,
        metadata_words=METADATA,
        outcome_words=OUTCOMES,
        style=STYLES,
        not_looked_for=[words for kind, words in NOT_LOOKED_FOR.items() if not _looked_for(kind, summary.kinds)],
        queries=queries(),
        check_words=REASONS,
    )


def _looked_for(what: str, kinds: Sequence[str]) -> bool:
    return any(kind == what or kind.startswith(f"{what}-") for kind in kinds) if what else False


def _most_faces(classes: Sequence[Part]) -> Sequence[Part]:
    if len(classes) <= MOST_ROWS:
        return classes
    return sorted(classes, key=lambda part: (-part.faces_above, part.name))[:FEWER_ROWS]


def _plots(summary: Summary) -> dict[str, Markup]:
    threshold = summary.policy.threshold
    tenths = [f"{n / 20:.1f}" if n % 4 == 0 else "" for n in range(21)]
    return {
        "sizes": histogram(
            summary.sizes,
            ident="sizes",
            title="Faces by size",
            unit="shorter side of the face in pixels",
            ticks=["", *[f"{bucket.high:g}" for bucket in summary.sizes[:-1]], ""],
        ),
        "shares": histogram(
            summary.shares,
            ident="shares",
            title="Faces by share of the image",
            unit="shorter side of the face over that of the image",
            ticks=["", *[_fraction(bucket.high) for bucket in summary.shares[:-1]], "1"],
        ),
        "confidences": histogram(
            summary.confidences,
            ident="confidences",
            title="Faces by confidence",
            unit="confidence",
            ticks=tenths,
            threshold=None if threshold is None else threshold * 20,
        ),
    }


def _fraction(value: float | None) -> str:
    return "1" if value is None or value >= 1 else f"1/{round(1 / value)}"


def _range(bucket: Bucket, unit: str = "", *, fraction: bool = False) -> str:
    """A bucket in words."""
    low, high = (None if v is None else (_fraction(v) if fraction else f"{v:g}") for v in (bucket.low, bucket.high))
    if low is None:
        return f"below {high}{unit}"
    return f"{low}{unit} or more" if high is None else f"{low} to below {high}{unit}"


def _percent(value: float) -> str:
    """A share as per cent with as many digits as small ones need; never a plain 0 or 100 that is none."""
    if value in {0, 1}:
        return f"{value * 100:.0f}\N{NO-BREAK SPACE}%"
    digits = 1 if 0.01 <= value <= 0.99 else 2 if 0.001 <= value <= 0.999 else 3
    return f"{value * 100:.{digits}f}\N{NO-BREAK SPACE}%"


def _rate(rate: Rate) -> str:
    """Share, interval and denominator on one line."""
    if rate.share is None:
        return "none counted"
    interval = f"95\N{NO-BREAK SPACE}% interval {_percent(rate.low)} to {_percent(rate.high)}"
    return f"{_percent(rate.share)} ({interval}; {rate.count:,} of {rate.of:,})"


def _bytes(value: int) -> str:
    size = float(value)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "bytes" else f"{value} bytes"
        size /= 1000
    return f"{size:.3g} TB"


def _number(value: int) -> str:
    return f"{value:,}"


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS | {"range": _range})
    return environment


FILTERS: dict[str, Any] = {"n": _number, "counted": counted, "rate": _rate, "percent": _percent, "size": _bytes}
"""How numbers are written on every page of this room."""
