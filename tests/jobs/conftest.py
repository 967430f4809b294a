import sys
from pathlib import Path

import pytest
from small_dataset import make

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from store_s3 import s3_server, s3_url  # noqa: F401


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
