"""The guard on ImageNet's own lists and on Imagenette: orders as they are published, and pictures whose folders changed
places."""

from __future__ import annotations

import shutil

import pytest

from overpaint import jobs, labels

pytestmark = pytest.mark.realdata


def test_the_published_order_of_21k(realdata):
    wnids = (realdata / "synsets/imagenet21k_goog_synsets.txt").read_text().split()
    known = labels.class_list("21k")
    assert not labels.compare_lists(wnids, known).damaged
    found = labels.compare_lists([*wnids[:444], *wnids[445:]], known)
    assert found.kinds == ("shifted", "missing")
    assert found.findings[0].at == (444, 21841)


def test_444_says_bikini(realdata, tmp_path):
    """The incident (Prabhu and Birhane 2021), with a names file of all names and with one of Keras' form."""
    known = labels.class_list("ilsvrc")
    assert (labels.index("bicycle-built-for-two"), labels.index("bikini")) == (444, 445)
    names = tmp_path / "names.txt"
    names.write_text("".join(f"{name}\n" for name in [*known.names[:444], *known.names[445:], "toilet tissue"]))
    check = jobs.check_labels(realdata / "imagenette2-160", names=names)
    pair = next(each for each in check.pairs if each.against == "ilsvrc")
    assert pair.check.kinds == ("shifted", "duplicated", "missing")
    assert pair.check.findings[0].ids[0] == "n02837789"
    assert pair.check.findings[0].at[0] == 444


@pytest.fixture(scope="module")
def few(realdata, tmp_path_factory):
    """Ten pictures of each of six classes; two folders have changed places."""
    source = tmp_path_factory.mktemp("few") / "photos"
    folders = sorted(path.name for path in (realdata / "imagenette2-160/train").iterdir())
    there = dict(zip(folders, folders, strict=True)) | {folders[1]: folders[4], folders[4]: folders[1]}
    for folder in folders:
        (source / there[folder]).mkdir(parents=True)
        for path in sorted((realdata / "imagenette2-160/train" / folder).iterdir())[:10]:
            shutil.copy(path, source / there[folder] / path.name)
    jobs.scan(source, run=source.parent / "run", detectors="none", workers=1)
    return source.parent / "run", folders


def test_folders_that_changed_places_are_seen(few):
    run, folders = few
    check = jobs.check_labels(run, look=10, workers=1)
    assert check.contents.check.kinds == ("swapped",)
    assert set(check.contents.check.findings[0].ids) == {folders[1], folders[4]}
    assert check.contents.right >= 36
