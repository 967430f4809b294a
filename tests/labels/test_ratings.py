"""Ratings of several sources: who wins, who said it and when, and what is wrong with a file."""

import hashlib
import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint import labels
from overpaint.errors import LabelsError
from overpaint.labels import Rating, Ratings, add_ratings, installed_ratings, ratings, remove_ratings
from overpaint.labels._ratings_published import ATTRIBUTION, DATE, NAME, PUBLISHED, PublishedFile

SAFETY = "wnid,synset,gloss,safety\r\nn1,a word,what it is,safe\r\nn2,another,b,offensive\r\nn3,c,d,sensitive\r\n"
SCORES = "wnid,synset,gloss,imageability score\r\nn1,a word,what it is,5\r\nn3,c,d,1.714285714\r\n"


def written(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A folder of two files that are taken for the published ones."""
    folder = tmp_path / "downloaded"
    folder.mkdir()
    pinned = tuple(
        PublishedFile(name, f"https://nowhere.invalid/{name}", hashlib.sha256(text.encode()).hexdigest(), len(text))
        for name, text in (("synsets_safety.csv", SAFETY), ("imageability_scores.csv", SCORES))
    )
    monkeypatch.setattr("overpaint.labels._ratings_published.PUBLISHED", pinned)
    monkeypatch.setattr("overpaint.labels._ratings_store.PUBLISHED", pinned)
    written(folder, "synsets_safety.csv", SAFETY)
    written(folder, "imageability_scores.csv", SCORES)
    return folder


def test_nothing_is_installed():
    found = ratings()
    assert (len(found), found.sources) == (0, ())
    assert installed_ratings() == ()
    assert "overpaint labels ratings get" in labels.HOW_TO_GET_RATINGS


def test_the_published_files_are_named_after_their_raters(published):
    written(
        published, "something_else.csv", "not,ratings\n1,2\n"
    )  # in a folder with the published ones it is left alone
    added = add_ratings([published])
    assert {(one.source, one.date, one.attribution) for one in added} == {(NAME, DATE, ATTRIBUTION)}
    assert NAME == "Raters' judgements of 2019"
    assert "FAT* 2020" in ATTRIBUTION
    found = ratings()
    assert dict(found) == {
        "n1": Rating("n1", "safe", 5.0, NAME, DATE),
        "n2": Rating("n2", "offensive", None, NAME, DATE),
        "n3": Rating("n3", "sensitive", 1.714285714, NAME, DATE),
    }
    (source,) = found.sources  # two files
    assert (source.name, source.entries, source.attribution) == (NAME, 3, ATTRIBUTION)
    assert set(source.sha256.split()) == {one.sha256 for one in added}


def test_a_maintainers_own_entry_wins_and_says_so(published, tmp_path):
    own = written(tmp_path, "ours.csv", "id,safety,reason\nn1,sensitive,not in our town\nfreckle face,offensive,\n")
    add_ratings([own], source="the board", date="2026-03-01")
    add_ratings([published])  # later, and still below
    found = ratings()
    assert found["n1"] == Rating("n1", "sensitive", 5.0, f"the board; imageability: {NAME}", "2026-03-01")
    assert found["n2"].source == NAME
    assert found["freckle face"] == Rating("freckle face", "offensive", None, "the board", "2026-03-01")
    assert found.reasons == {"n1": "not in our town"}
    assert [one.name for one in found.sources][-1] == "the board"


def test_files_lie_on_top_of_what_is_installed(published, tmp_path):
    add_ratings([published])
    first = written(tmp_path, "first.csv", "wnid,safety,imageability,date\nn2,safe,,2020-02-02\nn3,,2,2020-02-02\n")
    second = written(tmp_path, "second.csv", "wnid,safety,source,raters,agreement\nn2,sensitive,x y,5,0.6\n")
    found = ratings([first, second])
    assert found["n2"] == Rating("n2", "sensitive", None, "x y", "", 5, 0.6)
    assert found["n3"] == Rating("n3", "sensitive", 2.0, f"{NAME}; imageability: first", DATE)
    assert dict(ratings(second, installed_too=False)).keys() == {"n2"}


def test_unrated_takes_a_rating_away(published, tmp_path):
    add_ratings([published])
    own = written(tmp_path, "own.csv", "wnid,safety,imageability\nn1,unrated,\nn2,Unrated,unrated\nn3,safe,unrated\n")
    found = ratings(own)
    assert found["n1"].safety is None
    assert found["n1"].imageability == 5
    assert "n2" not in found
    assert (found["n3"].safety, found["n3"].imageability) == ("safe", None)


def test_a_source_that_is_added_again_replaces_its_file(tmp_path, ratings_folder):
    own = written(tmp_path, "own.csv", "wnid,safety,date\nn1,safe,2026-01-01\nn2,safe,2026-01-01\n")
    add_ratings([own], source="us")
    own.write_text("wnid,safety,date\nn1,offensive,2026-02-01\n")
    add_ratings([own], source="us")
    found = ratings()
    assert list(found) == ["n1"]
    assert found["n1"].date == "2026-02-01"
    assert len(list(ratings_folder.glob("*.csv"))) == 1
    assert remove_ratings("us")[0].file == "own.csv"
    assert ratings().sources == ()
    assert not list(ratings_folder.glob("*.csv"))
    with pytest.raises(LabelsError, match="no ratings of 'us' are installed; there are: none"):
        remove_ratings("us")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no columns of ratings; its first line must name wnid"),
        ("wnid,gloss\nn1,x\n", "has no columns of ratings"),
        ("wnid,safety\nn1,safe\nn2,nice\n", "line 3: safety is 'nice'; write offensive, sensitive, safe, unrated"),
        ("wnid,safety\n,safe\n", "line 2: the cell of wnid .or id. is empty"),
        ("wnid,safety\nn1,safe\nn1,safe\n", "line 3: this label stands in the file twice"),
        ("wnid,safety\nn1,safe,more\n", "line 2: it has more cells than the heading"),
        ("wnid,imageability\nn1,6\n", "line 2: imageability is '6'; write a number from 1 to 5"),
        ("wnid,imageability\nn1,nan\n", "line 2: imageability is 'nan'"),
        ("wnid,safety,raters\nn1,safe,0\n", "line 2: raters is '0'"),
        ("wnid,safety,raters\nn1,safe,1.5\n", "line 2: raters is a number of people"),
        ("wnid,safety,agreement\nn1,safe,70\n", "line 2: agreement is '70'; write a number from 0 to 1"),
        ("wnid,safety,date\nn1,safe,2020\n", "line 2: date is '2020'; write YYYY-MM-DD"),
        ('wnid,safety\n"n1,safe\n', "this is not CSV"),
        ("wnid,safety\nn1\0,safe\n", "line 2: id holds a character that cannot be printed"),
        ('wnid,safety,reason\nn1,safe,"two\nlines"\n', "line 3: reason holds a character that cannot be printed"),
        ("wnid,safety\n" + "n" * 2000 + ",safe\n", "line 2: wnid is longer|line 2: id is longer"),
    ],
)
def test_a_bad_row_is_named(tmp_path, text, words):
    path = written(tmp_path, "bad.csv", text)
    with pytest.raises(LabelsError, match=words) as caught:
        ratings(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_cannot_be_read_is_named(tmp_path):
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"wnid,safety\nn\xe9,safe\n")
    with pytest.raises(LabelsError, match="is not UTF-8"):
        ratings(latin)
    with pytest.raises(LabelsError, match="No such file"):
        ratings(tmp_path / "none.csv")
    with pytest.raises(LabelsError, match="is not a file"):
        ratings(os.devnull)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LabelsError, match="is not a file"):
        ratings(tmp_path / "pipe")


def test_who_and_when_must_be_said(tmp_path, ratings_folder):
    own = written(tmp_path, "own.csv", "wnid,safety\nn1,safe\n")
    with pytest.raises(LabelsError, match=r"does not say who judged in every row.*say --source NAME"):
        add_ratings([own])
    with pytest.raises(LabelsError, match=r"does not say when in every row.*say --date YYYY-MM-DD"):
        add_ratings([own], source="us")
    with pytest.raises(LabelsError, match="--date March: write YYYY-MM-DD"):
        add_ratings([own], source="us", date="March")
    empty = written(tmp_path, "empty.csv", "wnid,safety\n")
    with pytest.raises(LabelsError, match="has no rows"):
        add_ratings([own, empty], source="us", date="2026-01-01")
    assert list(ratings_folder.iterdir()) == []  # all or nothing
    with pytest.raises(LabelsError, match="holds no CSV file"):
        add_ratings([ratings_folder])


def test_installed_files_are_checked(tmp_path, ratings_folder):
    add_ratings([written(tmp_path, "own.csv", "wnid,safety\nn1,safe\n")], source="us", date="2026-01-01")
    (kept,) = ratings_folder.glob("*.csv")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.write_text("wnid,safety\nn1,offensive\n")
    with pytest.raises(LabelsError, match=r"\(own.csv\) was changed since it was added; add that file again"):
        ratings()
    for damaged in (b"", b"{}", b'{"files": [{"file": 1}]}', b"[" * 100_000, b'{"files": [{"sha256": "../x"}]}'):
        (ratings_folder / "installed.json").write_bytes(damaged)
        with pytest.raises(LabelsError, match=r"installed\.json is damaged; delete it and add the ratings again"):
            ratings()


def test_where_they_lie(monkeypatch, tmp_path):
    assert labels.ratings_dir().name.startswith("ratings")
    monkeypatch.delenv("OVERPAINT_RATINGS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert labels.ratings_dir() == tmp_path / "overpaint" / "ratings"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setattr("sys.platform", "linux")
    assert str(labels.ratings_dir()) == "/home/somebody/.local/share/overpaint/ratings"
    monkeypatch.setattr("sys.platform", "darwin")
    assert str(labels.ratings_dir()) == "/home/somebody/Library/Application Support/overpaint/ratings"


def test_a_folder_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("OVERPAINT_RATINGS", str(tmp_path / "file"))
    own = written(tmp_path, "own.csv", "wnid,safety\nn1,safe\n")
    with pytest.raises(LabelsError, match="OVERPAINT_RATINGS names another folder"):
        add_ratings([own], source="us", date="2026-01-01")


def test_the_pins_are_those_of_two_files():
    assert [(one.name, one.size) for one in PUBLISHED] == [
        ("synsets_safety.csv", 274485),
        ("imageability_scores.csv", 229586),
    ]
    assert all(one.url.startswith("https://raw.githubusercontent.com/") and len(one.sha256) == 64 for one in PUBLISHED)


ENTRY = st.builds(
    Rating,
    st.text("n0123456789", min_size=1, max_size=4),
    st.sampled_from(["offensive", "sensitive", "safe", None]),
    st.none() | st.floats(1, 5),
    st.text(max_size=3),
    st.sampled_from(["", "2020-01-27", "2026-01-01"]),
    st.none() | st.integers(1, 20),
    st.none() | st.floats(0, 1),
)


@given(st.lists(ENTRY, max_size=6), st.lists(ENTRY, max_size=6))
def test_the_digest_tells_every_change(some, others):
    one, other = ({entry.id: entry for entry in entries} for entries in (some, others))
    assert (Ratings(one).digest == Ratings(other).digest) == (one == other)
    turned = dict(reversed(one.items()))
    assert Ratings(turned).digest == Ratings(one).digest
    assert list(Ratings(turned)) == sorted(one)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["safe", "offensive", ""]), st.sampled_from(["", "2"])))
)
def test_layers_against_a_slow_reference(tmp_path_factory, rows):
    """Each row as a file of its own: field by field the last that says something is what holds."""
    folder = tmp_path_factory.mktemp("layers")
    files = [
        written(folder, f"{number}.csv", f"id,safety,imageability\n{key},{safety},{score}\n")
        for number, (key, safety, score) in enumerate(rows)
    ]
    found = ratings(files, installed_too=False)
    for key in "abc":
        said = [safety for one, safety, _ in rows if one == key and safety]
        seen = [score for one, _, score in rows if one == key and score]
        held = (said[-1] if said else None, float(seen[-1]) if seen else None)
        got = (found[key].safety, found[key].imageability) if key in found else (None, None)
        assert got == held
        if said:
            by = max(number for number, (one, safety, _) in enumerate(rows) if one == key and safety)
            assert found[key].source.partition(";")[0] == str(by)


def test_the_index_says_what_each_file_is(tmp_path, ratings_folder):
    add_ratings([written(tmp_path, "own.csv", "wnid,safety\nn1,safe\n")], source="us", date="2026-01-01")
    rows = json.loads((ratings_folder / "installed.json").read_text())["files"]
    assert rows[0]["source"] == "us"
    assert installed_ratings()[0].to_dict() == rows[0]
    assert installed_ratings()[0].lines() == ["us, 2026-01-01: 1 labels (own.csv)"]
