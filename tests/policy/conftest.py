"""Tables for policy tests, made of plain dictionaries."""

import datetime as dt

import pyarrow as pa
import pytest

from overpaint.policy import loads
from overpaint.records import FINDINGS, SAMPLES

TODAY = dt.date(2026, 5, 1)


def samples_table(*samples):
    filled = [{"size": 1, "looked": True, "damaged": False, "width": 100, "height": 80} | s for s in samples]
    return pa.Table.from_pylist(filled, schema=SAMPLES)


def findings_table(*findings):
    filled = []
    for finding in findings:
        finding = dict(finding)
        box = finding.pop("box", None)
        corners = dict(zip(("x0", "y0", "x1", "y1"), box, strict=True)) if box else {}
        score = finding.get("score", 0.9)
        blank = {"kind": "face", "detector": "yunet", "version": "1", "weights": "w", "subject": 0, "score": score}
        filled.append(blank | {"confidence": score} | corners | finding)
    return pa.Table.from_pylist(filled, schema=FINDINGS)


@pytest.fixture
def samples():
    return samples_table


@pytest.fixture
def findings():
    return findings_table


@pytest.fixture
def policy():
    """Policy text without its version line → Policy."""
    return lambda text, **options: loads("version = 1\n" + text, **{"today": TODAY} | options)
