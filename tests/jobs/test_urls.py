"""Sources and destinations behind URLs: an S3 service on this machine, which worker processes reach by themselves."""

import json

import pytest
from container_datasets import files, folder, members, tars
from test_containers import boxes, outcomes

import overpaint
from overpaint.errors import RunError, SourceError, UsageError
from overpaint.formats import open_store


def uploaded(root, url):
    store = open_store(url, create=True)
    for name, data in files(root).items():
        store.write(name, data, token="test")
    return url


def downloaded(url):
    store = open_store(url)
    found = {}
    for key, _, _ in store.files():
        with store.open(key.decode()) as file:
            found[key.decode()] = file.read()
    return found


def test_a_folder_in_a_bucket_is_scrubbed_as_one_on_a_disk(tmp_path, s3_url, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = folder(tmp_path / "photos")
    given = boxes(tmp_path / "boxes.json", ["train/cat/002.jpg", "val/cat/000.jpg"])
    remove = tmp_path / "remove.txt"
    remove.write_text("train/dog/001.jpg\n")
    url = uploaded(source, f"{s3_url}/photos")
    overpaint.scrub(source, tmp_path / "here", boxes=given, remove=remove)
    overpaint.scrub(url, f"{s3_url}/painted", boxes=given, remove=remove, workers=2)
    assert downloaded(f"{s3_url}/painted") == files(tmp_path / "here")
    assert overpaint.verify(tmp_path / "painted.run").failed == 0
    again = overpaint.scrub(url, f"{s3_url}/painted", boxes=given, remove=remove)
    assert again.conservation.reconciles


def test_tars_in_a_bucket_become_tars_in_a_bucket(tmp_path, s3_url):
    source = tars(tmp_path / "shards")
    given = boxes(tmp_path / "boxes.json", ["train-000000.tar/00002.jpg"])
    url = uploaded(source, f"{s3_url}/shards")
    overpaint.scrub(source, tmp_path / "here", boxes=given)
    overpaint.scrub(url, f"{s3_url}/painted", run=tmp_path / "there.run", boxes=given)
    found = {name: data for name, data in downloaded(f"{s3_url}/painted").items() if name.endswith(".tar")}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "here").glob("*.tar")}
    assert set(members(tmp_path / "here")) < set(members(source))
    assert overpaint.verify(tmp_path / "there.run").failed == 0


def test_what_cannot_be_reached_is_said_in_one_line(tmp_path, s3_url):
    given = boxes(tmp_path / "none.json", [])
    with pytest.raises(SourceError):
        overpaint.scan(f"{s3_url}/nowhere", run=tmp_path / "a.run", boxes=given)
    url = uploaded(folder(tmp_path / "photos"), f"{s3_url}/photos")
    with pytest.raises(UsageError, match="lies inside"):
        overpaint.scrub(url, f"{url}/below", run=tmp_path / "b.run", boxes=given)
    with pytest.raises(RunError, match="not empty"):
        overpaint.scrub(url, uploaded(tmp_path / "photos", f"{s3_url}/full"), run=tmp_path / "c.run", boxes=given)


def test_no_password_of_a_url_is_kept(tmp_path, s3_url):
    url = uploaded(folder(tmp_path / "photos"), f"{s3_url}/photos")
    overpaint.scan(url, run=tmp_path / "a.run", boxes=boxes(tmp_path / "none.json", []))
    assert json.loads((tmp_path / "a.run/public/summary.json").read_bytes())["conservation"]["listed"] == 10
    assert set(outcomes(tmp_path / "a.run").values()) == {None}
    assert url not in (tmp_path / "a.run/public/report.html").read_text()
