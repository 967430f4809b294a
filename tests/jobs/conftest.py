import pytest
from small_dataset import make


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    return make(tmp_path_factory.mktemp("dataset") / "photos")


@pytest.fixture(scope="session")
def scrubbed(dataset, tmp_path_factory):
    """One finished scrub, for tests that only read it."""
    import overpaint

    dest = tmp_path_factory.mktemp("scrubbed") / "out"
    summary = overpaint.scrub(dataset, dest, profile="fast", shard_size=4, workers=2)
    return dataset, dest, summary
