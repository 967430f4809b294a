"""``overpaint labels ratings`` and ``labels words``, as somebody types them."""

import io

import pytest


@pytest.fixture(autouse=True)
def ratings_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("OVERPAINT_RATINGS", str(tmp_path / "ratings"))
    return tmp_path / "ratings"


def test_ratings_are_added_listed_and_removed(overpaint_, tmp_path, ratings_folder):
    for arguments in ((), ("list",)):
        said = overpaint_("labels", "ratings", *arguments)
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith("no ratings are installed; `overpaint labels ratings get`")
    assert overpaint_("labels", "ratings", "list", "--json").value == {"folder": str(ratings_folder), "ratings": []}
    own = tmp_path / "ours.csv"
    own.write_text("wnid,safety\nn09835506,sensitive\n")
    refused = overpaint_("labels", "ratings", "add", own)
    assert refused.code == 1
    assert "--source NAME" in refused.err
    said = overpaint_("labels", "ratings", "add", own, "--source", "the board", "--date", "2026-03-01")
    assert (said.code, said.out) == (0, "the board, 2026-03-01: 1 labels (ours.csv)\n")
    assert overpaint_("labels", "ratings").out == said.out
    shown = overpaint_("labels", "show", "n09835506")
    assert "the board" in shown.out
    assert "ballplayer" not in shown.out
    gone = overpaint_("labels", "ratings", "remove", "the board", "--json")
    assert gone.value["removed"][0]["file"] == "ours.csv"
    again = overpaint_("labels", "ratings", "remove", "the board")
    assert (again.code, again.err.count("\n")) == (1, 1)


def test_a_fetch_that_fails_says_the_way_without(overpaint_, monkeypatch):
    from overpaint.labels import _ratings_fetch as fetching
    from overpaint.labels._ratings_published import PublishedFile

    monkeypatch.setattr(fetching, "PUBLISHED", (PublishedFile("x.csv", "http://127.0.0.1:1/x.csv", "0" * 64, 1),))
    said = overpaint_("labels", "ratings", "get")
    assert said.code == 1
    assert "overpaint labels ratings add FOLDER" in said.err


def test_words_from_the_standard_input(overpaint_, monkeypatch):
    class Input:
        buffer = io.BytesIO(b"tench\nDick Cheney\n")

    monkeypatch.setattr("sys.stdin", Input())
    told = overpaint_("labels", "words", "-", "--least", "0", "--json").value
    assert (told["labels"], told["with_candidates"], told["spared"]) == (2, 0, 1)
    assert told["found"][0]["context"] == "name"
    assert "label" not in told["found"][0]


def test_words_of_no_file(overpaint_, tmp_path):
    said = overpaint_("labels", "words", tmp_path / "none.txt")
    assert (said.code, said.out) == (1, "")
    assert "cannot be read" in said.err


def test_a_review_that_is_not_there(overpaint_, tmp_path):
    said = overpaint_("labels", "ratings", "collect", tmp_path / "words", "--to", tmp_path / "ours.csv")
    assert said.code == 1
    assert "has no review" in said.err
    assert not (tmp_path / "ours.csv").exists()
