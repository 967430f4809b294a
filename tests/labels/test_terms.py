"""Which words are printed: one rule, and nothing of a withheld term gets out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.labels import WITHHELD, Rating, Synset, Taxonomy, Terms, check_text, loads_lexicon, wordnet

TREE = Taxonomy.of(
    "little",
    "1",
    [
        Synset("n00000001", ("entity",)),
        Synset("n00007846", ("person", "somebody"), ("n00000001",)),
        Synset("n00000010", ("glimper", "glimp maker"), ("n00007846",)),
        Synset("n00000011", ("snarfer",), ("n00000010",)),
        Synset("n00000012", ("wobbler",), ("n00007846",)),
        Synset("n00000020", ("wobbler", "lure"), ("n00000001",)),
        Synset("n00000021", ("grumph",), ("n00000001",)),
        Synset("n00000022", ("smorzel",), ("n00000001",)),
    ],
    definitions={"n00000021": "(ethnic slur) a made-up word", "n00000022": "a small bird"},
)
MADE_UP = loads_lexicon("en\t2\tsmorzel\nen\t1\tflorp\n")


def rated(**told):
    return {key: Rating(key, safety, None, "us", "2026-01-01") for key, safety in told.items()}


@pytest.fixture(autouse=True)
def made_up_words(monkeypatch):
    monkeypatch.setattr(
        "overpaint.labels._terms.check_text", lambda text: check_text(text, words_of=MADE_UP, taxonomy=TREE)
    )


def test_identifiers_by_rating_and_subtree():
    terms = Terms(rated(n00000010="safe", n00000011="offensive", n00000020="sensitive"), TREE)
    assert terms.of("n00000010") == "glimper, glimp maker"
    assert terms.of("n00000011") == WITHHELD
    assert terms.of("n00000012") == WITHHELD  # a kind of person that nobody rated
    assert terms.of("n00000020") == WITHHELD  # rated, though no kind of person
    assert terms.of("n00000001") == "entity"
    assert terms.of("n00007846") == "person, somebody"
    assert terms.of("n00000021") == WITHHELD  # its definition says it
    assert terms.of("n00000022") == "smorzel"  # its meaning is known: the list's word is meant otherwise
    assert terms.withheld == 4
    assert terms.note() == "4 terms are withheld; --show-terms shows them"


def test_labels_as_they_stand_in_data():
    terms = Terms(rated(n00000010="safe"), TREE)
    assert terms.label("n00000011") == "n00000011"
    assert terms.label("n00000011_snarfer") == f"n00000011_{WITHHELD}"
    assert terms.label("n00000010-glimper") == "n00000010-glimper"
    assert terms.label("n00000010 florp") == f"n00000010 {WITHHELD}"
    assert terms.label("n99999999_florp") == WITHHELD
    assert terms.label("n00000022_Smorzel") == "n00000022_Smorzel"  # its own name, and a bird
    assert terms.label("n00000022_smorzel, smorzel") == "n00000022_smorzel, smorzel"
    assert terms.label("n00000001_smorzel") == f"n00000001_{WITHHELD}"
    assert terms.label("x" * 20_000) == WITHHELD
    assert terms.of("n00000011_snarfer") == terms.label("n00000011_snarfer")
    assert terms.label("Snarfer") == WITHHELD
    assert terms.label("entity, snarfer") == WITHHELD
    assert terms.label("wobbler") == "wobbler"  # also a lure
    assert terms.label("a florp") == WITHHELD
    assert terms.label("some entity") == "some entity"
    assert terms.withheld == 8


def test_names_in_place_of_the_taxonomys():
    terms = Terms({}, TREE)
    assert terms.of("n00000011", ["other words"]) == WITHHELD
    assert terms.of("n00000020", ["another lure"]) == "another lure"
    assert terms.of("a class", ["florp", "entity"]) == WITHHELD


def test_nothing_is_withheld_from_who_asks():
    terms = Terms(rated(n00000011="offensive"), TREE, show=True)
    assert terms.of("n00000011") == "snarfer"
    assert terms.label("n00000011_snarfer") == "n00000011_snarfer"
    assert terms.withholds("n00000011")
    assert terms.note() == ""


def test_a_rating_of_free_text():
    terms = Terms(rated(**{"freckle face": "sensitive", "florp": "safe"}), TREE)
    assert terms.of("freckle face") == WITHHELD
    assert terms.of("florp") == "florp"  # people rated it: their word counts more than a list's
    assert terms.note() == "1 term is withheld; --show-terms shows it"
    assert terms.of("freckle face") == WITHHELD
    assert terms.withheld == 1


def test_without_a_person_in_the_taxonomy_the_words_decide():
    tree = Taxonomy.of("other", "1", [Synset("c1", ("florp",)), Synset("c2", ("plough",))])
    terms = Terms({}, tree)
    assert (terms.of("c1"), terms.of("c2")) == (WITHHELD, "plough")


@given(st.sampled_from(sorted(TREE)), st.sampled_from(["safe", "sensitive", "offensive", None]), st.text(max_size=5))
def test_a_withheld_term_leaves_nothing_behind(key, safety, more):
    ratings = {} if safety is None else rated(**{key: safety})
    terms = Terms(ratings, TREE)
    shown = terms.of(key, [f"{name} {more}" for name in TREE.synset(key).names])
    assert (shown == WITHHELD) == terms.withholds(key)
    assert (shown == WITHHELD) == (terms.withheld == 1)
    assert terms.withholds(key) == (
        safety in ("sensitive", "offensive")
        or (safety is None and ((TREE.under(key, "n00007846") and key != "n00007846") or key == "n00000021"))
    )


def test_wordnet_is_the_usual_taxonomy():
    terms = Terms()
    assert terms.of("n01440764") == "tench, Tinca tinca"
    assert terms.of("n09835506") == WITHHELD  # without ratings every kind of person is withheld
    assert Terms(rated(n09835506="safe")).of("n09835506") == "ballplayer, baseball player"
    assert wordnet() is not None
