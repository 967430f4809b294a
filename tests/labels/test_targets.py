"""Shares as people write them."""

from fractions import Fraction

import pytest

from overpaint.errors import LabelsError
from overpaint.labels import read_target


def test_the_ways_to_say_it(tmp_path):
    third = Fraction(1, 3)
    assert dict(read_target("uniform", ["a", "b", "c"]).shares) == {"a": third, "b": third, "c": third}
    assert dict(read_target("a=0.25, b=3/4", ["a", "b"]).shares) == {"a": Fraction(1, 4), "b": Fraction(3, 4)}
    assert dict(read_target("x=y=0.5,b=0.5", ["x=y", "b"]).shares) == {"x=y": Fraction(1, 2), "b": Fraction(1, 2)}
    file = tmp_path / "shares.csv"
    file.write_text("value,share\na,0.333\nb,0.333\nc,0.333\n")
    assert dict(read_target(str(file), ["a", "b", "c"], tolerance=0.05).shares) == {"a": third, "b": third, "c": third}
    assert read_target("uniform", ["a"], tolerance=0.05).tolerance == Fraction(1, 20)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a=0.5,b=0.4", "sum to 0.9"),
        ("a=1", "says nothing of 'b'"),
        ("a=0.5,b=0.3,c=0.2", "nobody has 'c'"),
        ("a=half,b=0.5", "'half' is no share"),
        ("a=1/0,b=1", "'1/0' is no share"),
        ("a=-1,b=2", "share of -1"),
        ("a=0.5,a=0.5", "two shares"),
        ("=1", "no name"),
        ("nowhere.csv", "neither 'uniform'"),
    ],
)
def test_what_is_no_target(text, word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabelsError, match=word):
        read_target(text, ["a", "b"])


def test_files_that_are_none(tmp_path):
    file = tmp_path / "shares.csv"
    file.write_text("name,part\na,1\n")
    with pytest.raises(LabelsError, match="no columns"):
        read_target(str(file), ["a"])
    file.write_bytes(b"value,share\n\xff,1\n")
    with pytest.raises(LabelsError, match="UTF-8"):
        read_target(str(file), ["a"])
    with pytest.raises(LabelsError, match="--tolerance 2"):
        read_target("uniform", ["a"], tolerance=2)
    with pytest.raises(LabelsError, match="no values"):
        read_target("uniform", [])
