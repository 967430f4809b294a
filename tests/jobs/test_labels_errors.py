"""`labels errors`: candidates by pictures, by a maintainer's predictions, by copies; and what is never told of them."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest
from PIL import Image

import overpaint
from overpaint import formats, jobs, labels
from overpaint.cli._main import _run
from overpaint.errors import LabelsError, OverpaintWarning, RunError, UsageError
from overpaint.jobs import _labels_errors_judge
from overpaint.rundir import Run

TENCH, BALL, TANDEM, BICYCLE = "n01440764", "n03445777", "n02835271", "n02834778"


def drawing(label: str, seed: int) -> np.ndarray:
    """Stripes, dots or a plain shade: what a network that knows ImageNet tells apart with ease."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:96, 0:96]
    if label == TENCH:
        plane = (x * np.cos(seed) + y * np.sin(seed)) % 12 < 6
    elif label == BALL:
        plane = ((x % 24 - 12) ** 2 + (y % 24 - 12) ** 2) < 40 + 3 * seed
    else:
        plane = y > 40 + seed
    shade = rng.integers(0, 80, 3)
    return (np.where(plane[..., None], 255 - shade, shade) + rng.integers(0, 12, (96, 96, 3)) - 6).clip(0, 255)


def save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.astype(np.uint8)).save(path)


def scan(source: Path, run: Path) -> Path:
    overpaint.scan(source, run=run, detectors="none", shard_size=9, workers=1)
    return run


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Thirty drawings of three classes; two of them lie in another's folder."""
    root = tmp_path_factory.mktemp("drawn")
    for label in (TENCH, BALL, TANDEM):
        for seed in range(10):
            save(root / f"photos/train/{label}/{seed}.png", drawing(label, seed))
    (root / f"photos/train/{TENCH}/3.png").rename(root / f"photos/train/{BALL}/was-a-tench.png")
    (root / f"photos/train/{BALL}/4.png").rename(root / f"photos/train/{TANDEM}/was-a-ball.png")
    (root / "photos/train/loose.png").write_bytes((root / f"photos/train/{TENCH}/0.png").read_bytes())
    return root, scan(root / "photos", root / "photos.run")


@pytest.fixture(scope="module")
def dozen(tmp_path_factory):
    """A run of twelve pictures of two classes, at which no network has to look."""
    root = tmp_path_factory.mktemp("dozen")
    for seed in range(12):
        label = (TENCH, BALL)[seed % 2]
        save(root / f"photos/{label}/{seed}.png", drawing(label, seed))
    return scan(root / "photos", root / "photos.run")


@pytest.fixture
def plain(dozen, tmp_path):
    """The run, for one test."""
    return Path(shutil.copytree(dozen, tmp_path / "photos.run"))


def keys_of(run: Path) -> list[str]:
    tables = [pq.read_table(path) for path in (run / "private/samples").glob("*.parquet")]
    return sorted(key for table in tables for key in table.column("key").to_pylist())


def relabel(run: Path, names: dict[str, str | None]) -> None:
    """As a source whose folders are called otherwise would have been scanned."""
    for path in (run / "private/samples").glob("*.parquet"):
        table = pq.read_table(path)
        place = table.column_names.index("label")
        told = pa.array([names[label] for label in table.column("label").to_pylist()], pa.string())
        pq.write_table(table.set_column(place, table.schema.field(place), told), path)


def predicted(run: Path, *, wrong: tuple[str, ...] = (), sure: float = 0.9) -> pa.Table:
    """Probabilities that agree with each label, but for those keys."""
    rows = []
    for key in keys_of(run):
        right = key.split("/")[-2] if key not in wrong else {TENCH: BALL, BALL: TENCH}[key.split("/")[-2]]
        hedge = sure - 0.001 * (len(rows) % 7) + (0.05 if key in wrong else 0.0)  # above the usual for its class
        rows.append({"key": key} | {label: hedge if label == right else 1 - hedge for label in (TENCH, BALL)})
    return pa.Table.from_pylist(rows)


def rows_of(run: Path) -> list[dict]:
    return pq.read_table(run / "private/label-errors.parquet").to_pylist()


def test_by_what_a_network_sees(drawn):
    _, run = drawn
    calls = []
    result = labels.errors(run, workers=1, progress=lambda *at: calls.append(at))
    rows = {row["key"]: row for row in rows_of(run)}
    moved = {f"train/{BALL}/was-a-tench.png": TENCH, f"train/{TANDEM}/was-a-ball.png": BALL}
    assert set(list(rows)[:2]) == set(moved) and len(rows) <= 4
    for key, guessed in moved.items():
        assert rows[key]["guessed"] == guessed and rows[key]["given"] == key.split("/")[1]
        assert rows[key]["method"] == "predictions" and rows[key]["score"] < 0.5
        assert rows[key]["probability_guessed"] > rows[key]["probability_given"] == rows[key]["score"]
    counts = result.counts
    assert (counts["samples"], counts["judged"]) == (31, 30) and counts["left_out"] == {"no-label": 1}
    assert counts["predictions"]["source"] == "features" and counts["predictions"]["agree"] > 0.8
    assert counts["copies"] is None and "run `overpaint duplicates`" in "\n".join(result.lines())
    assert counts["estimated"]["low"] <= 2 <= counts["estimated"]["high"]
    assert {what for what, _, _ in calls} >= {"learning"}
    before = (run / "private/label-errors.parquet").read_bytes()
    labels.errors(run)
    assert (run / "private/label-errors.parquet").read_bytes() == before
    with pytest.raises(LabelsError, match="no two classes with 11 samples"):
        labels.errors(run, folds=11)


def test_a_maintainers_predictions(plain, tmp_path):
    wrong = keys_of(plain)[2]
    table = predicted(plain, wrong=(wrong,))
    forms = {name: tmp_path / f"told.{name}" for name in ("csv", "tsv", "parquet", "npz", "npy")}
    pv.write_csv(table, forms["csv"])
    pv.write_csv(table.rename_columns(["image", TENCH, BALL]), forms["tsv"], pv.WriteOptions(delimiter="\t"))
    pq.write_table(table, forms["parquet"])
    numbers = np.stack([table.column(label).to_numpy() for label in (TENCH, BALL)], axis=1)
    np.savez(forms["npz"], keys=table.column("key").to_pylist(), classes=[TENCH, BALL], probabilities=numbers)
    np.save(forms["npy"], numbers.astype(np.float16))
    for name, path in forms.items():
        result = labels.errors(plain, predictions=path)
        (row,) = rows_of(plain)
        assert (row["key"], row["guessed"]) == (wrong, BALL if TENCH in wrong else TENCH), name
        assert row["score"] == pytest.approx(0.05, abs=0.01)
        assert result.counts["predictions"]["source"] == "file" and len(result.counts["predictions"]["sha256"]) == 64
        assert "out of sample by their word" in result.lines()[1]


def test_how_many_are_taken(plain, tmp_path):
    path = tmp_path / "told.parquet"
    pq.write_table(predicted(plain, wrong=tuple(keys_of(plain)[:2]), sure=0.6), path)
    every = {len(rows_of(plain)) for _ in [labels.errors(plain, predictions=path)]}
    assert labels.errors(plain, predictions=path, most=1).counts["candidates"]["rows"] == 1
    assert labels.errors(plain, predictions=path, share=0.1).counts["candidates"]["rows"] == 1
    assert labels.errors(plain, predictions=path, most=100).counts["candidates"]["rows"] == 2 >= max(every)
    for wrong in ({"most": 1, "share": 0.1}, {"most": 0}, {"share": 0.0}, {"folds": 1}):
        with pytest.raises(UsageError, match=r"--most|--share|--folds"):
            labels.errors(plain, predictions=path, **wrong)


def test_a_list_is_written_where_it_is_asked_for(plain, tmp_path, capsys):
    key = keys_of(plain)[5]
    told, out = tmp_path / "told.csv", tmp_path / "candidates.csv"
    pv.write_csv(predicted(plain, wrong=(key,)), told)
    assert _run(["labels", "errors", str(plain), "--predictions", str(told), "--to", str(out)]) == 0
    said = capsys.readouterr()
    assert key not in said.out + said.err and "candidates of wrong labels: 1" in said.out
    (row,) = list(csv.DictReader(out.read_text().splitlines()))
    assert row["key"] == key and row["rank"] == "1" and out.stat().st_mode & 0o777 == 0o600
    assert _run(["labels", "errors", str(plain), "--predictions", str(told), "--to", str(out)]) == 1
    assert "choose a new file" in capsys.readouterr().err
    labels.errors(plain, predictions=told, to=tmp_path / "candidates.parquet")
    assert pq.read_table(tmp_path / "candidates.parquet").num_rows == 1
    assert _run(["labels", "errors", str(plain), "--predictions", str(told), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["candidates"] == {"rows": 1, "by_method": {"predictions": 1}} and key not in json.dumps(value)


def broken_tables(table):
    numbers = {label: table.column(label).to_numpy().copy() for label in (TENCH, BALL)}
    keys = table.column("key").to_pylist()
    yield "sum", pa.table({"key": keys, TENCH: numbers[TENCH] + 0.2, BALL: numbers[BALL]}), "row 1 is no probabilities"
    logits = {label: np.log(of) * 4 for label, of in numbers.items()}
    yield "logits", pa.table({"key": keys} | logits), "softmax"
    numbers[TENCH][3] = np.nan
    yield "nan", pa.table({"key": keys} | numbers), "row 4 is no probabilities"
    yield "text", pa.table({"key": keys, TENCH: ["yes"] * len(keys)}), "holds no numbers"
    yield "no key", table.drop_columns(["key"]), "one column must name the sample"
    yield "two keys", table.append_column("path", table.column("key")), "one column must name the sample"
    yield "twice", pa.concat_tables([table, table.slice(0, 1)]), "there twice"
    yield "others", table.set_column(0, "key", pa.array([f"x/{key}" for key in keys])), "none of its rows"
    yield "classes", table.rename_columns(["key", "a", "b"]), "none of its columns"


def test_predictions_that_are_none(plain, tmp_path):
    for number, (_, table, words) in enumerate(broken_tables(predicted(plain))):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(table, path)
        with pytest.raises(LabelsError, match=words):
            labels.errors(plain, predictions=path)
    for name, write, words in (
        ("few.npy", lambda path: np.save(path, np.full((3, 2), 0.5)), "3 rows and 2 columns"),
        ("flat.npy", lambda path: np.save(path, np.full(3, 0.5)), "rows x classes"),
        ("object.npy", lambda path: np.save(path, np.array([{}], object)), "not what its name says"),
        ("no.npz", lambda path: np.savez(path, keys=["a"]), "no array 'classes'"),
        ("uneven.npz", lambda path: np.savez(path, keys=["a"], classes=["b"], probabilities=[[1.0], [1.0]]), "1 keys"),
        ("torn.parquet", lambda path: path.write_bytes(b"PAR1 and no more"), "not what its name says"),
        ("torn.npz", lambda path: path.write_bytes(b"PK and no more"), "not what its name says"),
        ("empty.csv", lambda path: path.write_bytes(b""), "not what its name says"),
        ("what.json", lambda path: path.write_text("{}"), "give a .csv"),
    ):
        write(tmp_path / name)
        with pytest.raises(LabelsError, match=words):
            labels.errors(plain, predictions=tmp_path / name)
    with pytest.raises(LabelsError, match="cannot be read"):
        labels.errors(plain, predictions=tmp_path / "nowhere.csv")


def test_predictions_of_some_samples_and_in_another_order(plain, tmp_path):
    path, table = tmp_path / "told.parquet", predicted(plain, wrong=(keys_of(plain)[2],))
    pq.write_table(table.slice(2, 8).take(list(range(7, -1, -1))), path)
    result = labels.errors(plain, predictions=path)
    assert result.counts["judged"] == 8 and result.counts["left_out"] == {"no-prediction": 4}
    assert [row["key"] for row in rows_of(plain)] == [keys_of(plain)[2]]
    shuffled = table.set_column(0, "key", pa.array(keys_of(plain)[6:] + keys_of(plain)[:6]))
    pq.write_table(shuffled, path)
    with pytest.warns(OverpaintWarning, match="which is what chance does"):
        labels.errors(plain, predictions=path)
    pq.write_table(table.drop_columns([BALL]).set_column(1, TENCH, pa.array([1.0] * 12)), path)
    counts = labels.errors(plain, predictions=path).counts
    assert counts["left_out"] == {"label-is-no-class-of-the-predictions": 6} and counts["candidates"]["rows"] == 0


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """Copies across splits: with another label, with a coarser one, with the same."""
    root = tmp_path_factory.mktemp("copied")
    photos = root / "photos"
    for seed in range(4):
        save(photos / f"train/{TENCH}/{seed}.png", drawing(TENCH, seed))
        save(photos / f"train/{BALL}/{seed}.png", drawing(BALL, seed))
        save(photos / f"train/{TANDEM}/{seed}.png", drawing(TANDEM, 20 * seed))
    for copy, of in (
        (f"val/{BALL}/a.png", f"train/{TENCH}/0.png"),
        (f"val/{BICYCLE}/b.png", f"train/{TANDEM}/1.png"),
        (f"val/{TENCH}/c.png", f"train/{TENCH}/1.png"),
    ):
        (photos / copy).parent.mkdir(parents=True, exist_ok=True)
        (photos / copy).write_bytes((photos / of).read_bytes())
    run = scan(photos, root / "photos.run")
    overpaint.duplicates(run, no_features=True, workers=1)
    return run


def all_right(run: Path, path: Path) -> Path:
    """Predictions that doubt nothing."""
    names = (TENCH, BALL, TANDEM, BICYCLE)
    rows = [{"key": key} | {name: 0.97 if name in key else 0.01 for name in names} for key in keys_of(run)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_copies_with_different_labels(copied, tmp_path):
    result = labels.errors(copied, predictions=all_right(copied, tmp_path / "told.parquet"))
    assert result.counts["copies"] == {"different": 1, "exact": 1, "across_splits": 1, "coarser": 1}
    rows = {row["key"]: row for row in rows_of(copied)}
    assert set(rows) == {f"train/{TENCH}/0.png", f"val/{BALL}/a.png"}
    one = rows[f"val/{BALL}/a.png"]
    assert (one["given"], one["guessed"], one["method"], one["copies"]) == (BALL, TENCH, "copies", "exact")
    assert one["score"] == one["copies_agree"] == 0.5 and one["split"] == "val"
    assert one["probability_given"] == pytest.approx(0.97)
    # what predictions doubt too, comes as both; the very same picture stands first
    table = pq.read_table(tmp_path / "told.parquet").to_pylist()
    for row in table:
        if row["key"] in {f"val/{BALL}/a.png", f"train/{TANDEM}/2.png"}:
            row |= dict.fromkeys((TENCH, BALL, TANDEM, BICYCLE), 0.01) | {BICYCLE: 0.97}
    pq.write_table(pa.Table.from_pylist(table), tmp_path / "told.parquet")
    labels.errors(copied, predictions=tmp_path / "told.parquet", most=10)
    first, second, third = rows_of(copied)
    assert (first["key"], first["method"], first["guessed"]) == (f"val/{BALL}/a.png", "predictions+copies", TENCH)
    assert second["key"] == f"train/{TENCH}/0.png"
    assert (third["key"], third["copies"], third["cluster"]) == (f"train/{TANDEM}/2.png", None, None)


def test_copies_are_held_back_together(copied, monkeypatch):
    """What is learned from never holds a copy of what is judged."""
    from overpaint import measures

    seen = {}
    real = measures.out_of_sample

    def spied(features, given, **more):
        seen["groups"], seen["told"] = more["groups"], real(features, given, **more)
        return seen["told"]

    def random(run, refs, samples, **more):
        found = np.random.default_rng(0).normal(size=(len(samples), 8)).astype(np.float32)
        return samples, found / np.linalg.norm(found, axis=1, keepdims=True)

    monkeypatch.setattr(measures, "out_of_sample", spied)
    monkeypatch.setattr(_labels_errors_judge, "features_of", random)
    result = labels.errors(copied, folds=2)
    assert result.counts["predictions"]["copies_kept_together"] is True
    assert result.counts["left_out"] == {"fewer-than-folds": 1}  # a bicycle alone
    groups, folds = seen["groups"], seen["told"].folds
    shared = [group for group in set(groups.tolist()) if (groups == group).sum() > 1]
    assert len(shared) == 2 and all(len(set(folds[groups == group].tolist())) == 1 for group in shared)


def test_what_is_in_the_lane_is_no_candidate(plain, tmp_path):
    path, keys = tmp_path / "told.parquet", keys_of(plain)
    pq.write_table(predicted(plain, wrong=(keys[0], keys[7])), path)
    labels.errors(plain, predictions=path, most=5)
    assert {row["key"] for row in rows_of(plain)} == {keys[0], keys[7]}
    jobs.hold(plain, {keys[0]})
    assert {row["key"] for row in rows_of(plain)} == {keys[7]}  # at once
    result = labels.errors(plain, predictions=path, most=5)
    assert {row["key"] for row in rows_of(plain)} == {keys[7]} and result.counts["samples"] == 11


def test_what_cannot_be_looked_at(tmp_path, plain, monkeypatch):
    with pytest.raises(RunError):
        labels.errors(tmp_path / "nowhere")
    relabel(plain, {TENCH: None, BALL: None})
    monkeypatch.setattr(formats, "find_label_places", lambda *_: ())
    with pytest.raises(LabelsError, match="no sample has a label"):
        labels.errors(plain)
    marker = next((plain / "private/shards").glob("*.json"))
    marker.unlink()
    with pytest.raises(UsageError, match="not scanned to the end"):
        labels.errors(plain)


def test_labels_that_are_withheld(plain, tmp_path, capsys):
    """A label that means a person is not printed unless somebody asks for it; the run's files have it."""
    person = "ballplayer"
    relabel(plain, {TENCH: "tench", BALL: person})
    run, keys, path = plain, keys_of(plain), tmp_path / "told.csv"
    agree = [0.1 if TENCH in key else 0.9 for key in keys]
    pv.write_csv(pa.table({"key": keys, "tench": agree, person: [1 - one for one in agree]}), path)
    with pytest.warns(OverpaintWarning):
        labels.errors(run, predictions=path, most=12)
    for more in ((), ("--json",)):
        assert _run(["labels", "errors", str(run), "--predictions", str(path), "--most", "12", *more]) == 0
        assert person not in capsys.readouterr().out
        shown = _run(["labels", "errors", str(run), "--predictions", str(path), "--most", "12", "--show-terms", *more])
        assert shown == 0 and person in capsys.readouterr().out
    assert person in (Run(run).private / "label-errors.json").read_text()


def test_labels_that_lie_beside_the_pictures(tmp_path):
    """A class number in a member of a tar is a label as a folder's name is."""
    (tmp_path / "tars").mkdir()
    with tarfile.open(tmp_path / "tars/0.tar", "w") as tar:
        for seed in range(6):
            picture = io.BytesIO()
            Image.fromarray(drawing(TENCH, seed).astype(np.uint8)).save(picture, "PNG")
            for name, data in ((f"{seed}.png", picture.getvalue()), (f"{seed}.cls", str(seed % 2).encode())):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    run = scan(tmp_path / "tars", tmp_path / "tars.run")
    keys = keys_of(run)
    numbers = [0.9 if Path(key).stem in {"0", "2", "3", "4"} else 0.1 for key in keys]
    pq.write_table(pa.table({"key": keys, "0": numbers, "1": [1 - one for one in numbers]}), tmp_path / "told.parquet")
    counts = labels.errors(run, predictions=tmp_path / "told.parquet", most=3).counts
    assert counts["judged"] == 6 and [each["label"] for each in counts["classes"]] == ["0", "1"]
    assert [(Path(row["key"]).stem, row["given"], row["guessed"]) for row in rows_of(run)] == [("3", "1", "0")]
