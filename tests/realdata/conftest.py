"""Checks on real data run only where OVERPAINT_REALDATA says where that lies (`make realdata`)."""

import os
from pathlib import Path

import pytest

ROOT = os.environ.get("OVERPAINT_REALDATA", "")


def pytest_collection_modifyitems(config, items):
    if ROOT:
        return
    left_out = [item for item in items if item.get_closest_marker("realdata")]
    items[:] = [item for item in items if not item.get_closest_marker("realdata")]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The directory of real data; never written to."""
    root = Path(ROOT)
    assert root.is_dir(), f"OVERPAINT_REALDATA={ROOT} is no directory"
    return root
