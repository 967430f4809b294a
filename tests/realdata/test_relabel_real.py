"""Labels of real datasets, written anew: imagenette's folders in each form, ImageNet's own lists of classes."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections import Counter
from pathlib import Path

import pytest

from overpaint.formats import (
    ABOUT,
    About,
    Destination,
    Facts,
    Gone,
    LabelPlace,
    Output,
    Relabelling,
    carry,
    find_label_places,
    open_source,
    read_labels,
    read_shard,
    read_shards,
    read_side_labels,
)
from overpaint.formats._output import identity_of
from overpaint.records import Outcome

pytestmark = pytest.mark.realdata


def labels_by_image(place: Path, work: Path, *, packs: bool) -> dict[bytes, list[tuple[str, ...]]]:
    found: dict[bytes, list[tuple[str, ...]]] = {}
    with contextlib.closing(open_source(place)) as source:
        source.write_listing(work, packs=packs)
        places = find_label_places(source, work)
        assert [each.place for each in places] == ["path"]
        for ref in read_shards(work):
            samples = read_shard(work, ref)
            for sample, said in zip(samples, read_labels(source, samples, places), strict=True):
                found.setdefault(hashlib.sha256(source.read(sample)).digest(), []).append(said)
    return found


@pytest.mark.parametrize("kind", ["folder", "webdataset", "parquet"])
def test_imagenette_under_other_labels(realdata: Path, tmp_path: Path, kind: str) -> None:
    source, dest, work = realdata / "imagenette2-160", tmp_path / "dest", tmp_path / "listing"
    before = labels_by_image(source, work, packs=kind != "folder")
    wnids = sorted({label for said in before.values() for labels in said for label in labels})
    names: dict[str, str | None] = dict(zip(wnids, [wnids[1], wnids[1], None, *wnids[3:-1], "new name"], strict=True))
    classes = tuple(sorted({new for new in names.values() if new is not None}))
    relabelling = Relabelling(names, {}, (LabelPlace("path"),), classes)
    dest.mkdir()
    with contextlib.closing(open_source(source)) as opened:
        Facts.gather(opened, work, parquet=kind == "parquet").write(work)
        output = Output(str(dest), kind=kind, identity=identity_of(dest))
        to = Destination(output, listing=work, relabelling=relabelling)
        for ref in read_shards(work):
            samples = read_shard(work, ref)
            with to.shelf(opened, ref, samples, metadata="keep") as shelf:
                for sample in samples:
                    shelf.put(sample, opened.read(sample), Outcome.IDENTICAL)
                shelf.close()
    if kind != "folder":
        (dest / ABOUT).write_bytes(About(("cls" if kind == "webdataset" else "label",), to.classes).to_json(kind))
    after = labels_by_image(dest, tmp_path / "after", packs=False)
    told = {
        data: Counter(tuple(new for label in labels if (new := names[label]) is not None) for labels in said)
        for data, said in before.items()
    }
    assert told == {data: Counter(said) for data, said in after.items()}
    assert sum(map(len, after.values())) == 930


@pytest.mark.parametrize(
    "name", ["imagenet_synsets.txt", "imagenet21k_goog_synsets.txt", "imagenet_synset_to_lemma.txt"]
)
def test_imagenets_lists(realdata: Path, name: str) -> None:
    data = (realdata / "synsets" / name).read_bytes()
    rows = [("classes.txt", len(data), "not-an-image")]
    (told,) = read_side_labels(rows, open=lambda _: io.BytesIO(data))
    assert told.classes is not None and len(told.classes) > 999
    gone = frozenset(told.classes[3::7])
    names = {wnid: None if wnid in gone else wnid for wnid in told.classes}
    relabelling = Relabelling(names, {}, (LabelPlace("path"),), tuple(w for w in names.values() if w is not None))
    written = io.BytesIO()

    class Slot(contextlib.nullcontext[None]):
        def __enter__(self):  # type: ignore[override]
            return self

        def write(self, block: bytes) -> None:
            written.write(block)

        def commit(self) -> None: ...

    (row,) = carry(
        rows,
        open=lambda _: io.BytesIO(data),
        create=lambda _: Slot(),
        gone=Gone.build([("n01440764/a.JPEG", "n01440764", "identical")]),
        unknown="keep",
        overrides={},
        metadata="keep",
        relabelling=relabelling,
    )
    lines = data.decode().splitlines()
    kept = [line for line, wnid in zip(lines, told.classes, strict=True) if names[wnid] is not None]
    assert row.action == "rewritten" and written.getvalue().decode().splitlines() == kept
