"""What may be imported from outside: sorted, there, and cheap."""

import importlib
import pkgutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

import overpaint

ROOMS = sorted(m.name for m in pkgutil.iter_modules(overpaint.__path__) if not m.name.startswith("__"))
INNER = {"review.crowd", "review.exchange", "review.store", "review.trust"}  # rooms inside a room
HEAVY = {"cv2", "duckdb", "fastapi", "onnx", "onnxruntime", "PIL", "sqlalchemy"}


def ordered(names):
    """Constants, classes, functions, each by name: the order that ruff keeps (RUF022)."""
    return sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name))


def test_public_names_are_sorted_and_there():
    assert overpaint.__all__ == ordered(overpaint.__all__)
    assert dir(overpaint) == overpaint.__all__
    for name in overpaint.__all__:
        assert getattr(overpaint, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = overpaint.nonsense


@pytest.mark.parametrize("room", [*(room for room in ROOMS if room != "_version"), *sorted(INNER)])
def test_a_room_offers_a_sorted_list_of_names_that_are_there(room):
    module = importlib.import_module(f"overpaint.{room}")
    assert module.__doc__
    assert module.__all__ == ordered(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert [name for name in module.__all__ if name.startswith("_")] == []


def test_the_inside_of_a_room_is_private():
    for room in [*ROOMS, *sorted(INNER)]:
        spec = find_spec(f"overpaint.{room}")
        for module in pkgutil.iter_modules(spec.submodule_search_locations or []):
            name = f"{room}.{module.name}"
            assert module.name.startswith("_") or name in INNER or name == "review.store.migrations", name


@pytest.mark.parametrize(
    "code",
    [
        "import overpaint",
        "from overpaint.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        "from overpaint.cli import main\ntry: main(['scrub', '--help'])\nexcept SystemExit: pass",
    ],
)
def test_a_start_waits_for_nothing_heavy(code):
    script = f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "overpaint" in loaded
    assert loaded & HEAVY == set()
