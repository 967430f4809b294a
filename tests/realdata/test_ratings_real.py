"""The published ratings, counted again; and what the lexicon finds and spares among words of WordNet and ILSVRC."""

from collections import Counter

import pytest

from overpaint.labels import PERSON, Terms, add_ratings, check_text, class_list, ratings, wordnet
from overpaint.labels._ratings_published import ATTRIBUTION, DATE, NAME, PUBLISHED, published

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def rated(realdata, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ratings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OVERPAINT_RATINGS", str(folder))
        added = add_ratings([realdata / "people_subtree"])
        assert {one.sha256 for one in added} == {one.sha256 for one in PUBLISHED}
        assert {(one.source, one.date, one.attribution) for one in added} == {(NAME, DATE, ATTRIBUTION)}
        yield ratings()


def test_the_counts_of_the_paper(rated):
    safety = Counter(one.safety for one in rated.values())
    assert safety == {"offensive": 437, "sensitive": 1156, "safe": 1239}
    assert len(rated) == 2832
    assert sum(one.safety == "safe" and (one.imageability or 0) >= 4 for one in rated.values()) == 158
    assert all((one.imageability is None) == (one.safety == "offensive") for one in rated.values())
    assert {one.source for one in rated.values()} == {NAME}
    (source,) = rated.sources
    assert source.entries == 2832
    assert all(published(sha256) is not None for sha256 in source.sha256.split())


def test_three_person_classes_in_ilsvrc_and_five_unrated_ones_in_21k(rated):
    people = wordnet().descendants(PERSON) | {PERSON}
    ilsvrc = {one for one in class_list("ilsvrc").ids if one in people}
    assert {(one, rated[one].safety) for one in ilsvrc} == {
        ("n09835506", "safe"), ("n10148035", "safe"), ("n10565667", "safe"),
    }  # fmt: skip
    among = {one for one in class_list("21k").ids if one in people}
    assert len(among) == 2837
    assert among - set(rated) == {one for one in among if one not in rated}
    assert len(among - set(rated)) == 5
    assert set(rated) <= people


def test_terms_of_the_subtree_and_of_ilsvrc(rated):
    terms = Terms(rated)
    withheld = {one for one in rated if terms.withholds(one)}
    assert len(withheld) == 1593
    assert [one for one in class_list("ilsvrc").ids if terms.withholds(one)] == []
    assert sum(terms.withholds(one) for one in class_list("21k").ids) == 1597  # and four that nobody rated


def best(names):
    return max((one.rank for name in names for one in check_text(name)), default=0)


def test_what_the_lexicon_finds_and_spares(rated):
    """The figures of docs/reference/ratings.md."""
    tree = wordnet()
    people = tree.descendants(PERSON) | {PERSON}
    ranks = {one: best(tree.synset(one).names) for one in rated}
    found = {least: Counter(rated[one].safety for one, rank in ranks.items() if rank >= least) for least in (1, 2)}
    assert found[2] == {"offensive": 19, "sensitive": 9, "safe": 5}
    assert found[1] == {"offensive": 37, "sensitive": 14, "safe": 10}
    others = sorted({name for one in tree if one not in people for name in tree.synset(one).names})
    assert len(others) == 103161
    alarms = Counter(best([name]) for name in others[::5])
    assert alarms[1] + alarms[2] <= 40  # of a fifth of them; 120 of all
    ilsvrc = class_list("ilsvrc")
    assert all(best(tree.synset(one).names) == 0 for one in ilsvrc.ids)
