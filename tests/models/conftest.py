"""A made registry in place of the real one, and a pip that reaches no index."""

import os
from pathlib import Path

import pytest
from forging import Shop, facts, pinned, quantised_network

from overpaint.models import Model, _registry


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Shop:
    """An empty registry in place of the real one, an empty cache, and no package overpaint-models."""
    made = Shop(tmp_path / "registry.toml", tmp_path / "wheels", tmp_path / "cache")
    made.wheels.mkdir()
    monkeypatch.setattr(_registry, "REGISTRY", made.registry)
    monkeypatch.setenv("OVERPAINT_MODELS", str(made.cache))
    monkeypatch.setattr("overpaint.models._store.PACKAGE", "overpaint_models_of_nobody")
    yield made
    _registry.read_registry.cache_clear()


@pytest.fixture
def tiny(shop) -> Model:
    """The quantised network, entered with all its pins and lying in a wheel."""
    data = quantised_network().SerializeToString()
    return shop.put(pinned(facts(data), data), data)


@pytest.fixture
def closed_index(shop, monkeypatch) -> Path:
    """pip is cut off from every index and sees the directory of wheels only."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop.wheels))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return shop.wheels
