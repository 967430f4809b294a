"""A taxonomy: the one that ships, and any graph of kinds against a slow reference."""

import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.errors import LabelsError
from overpaint.labels import PERSON, Synset, Taxonomy, class_list, wordnet

TANDEM, BIKINI = "n02835271", "n02837789"


@st.composite
def synsets(draw):
    """A graph without circles: each thing's parents come before it in some order, which its identifier hides."""
    count = draw(st.integers(1, 25))
    ids = draw(st.permutations([f"x{number:02d}" for number in range(count)]))
    found = []
    for at, key in enumerate(ids):
        parents = draw(st.lists(st.sampled_from(ids[:at]), unique=True, max_size=3)) if at else []
        found.append(Synset(key, (f"thing {key}",), tuple(parents), draw(st.booleans())))
    return found


def above(key, parents):
    """Slow and obvious: repeat until nothing is added."""
    found = set(parents[key])
    while True:
        more = found | {each for one in found for each in parents[one]}
        if more == found:
            return found
        found = more


def steps(key, goal, parents):
    """The fewest steps up from one thing to another."""
    count, reached = 0, {key}
    while goal not in reached:
        count, reached = count + 1, {each for one in reached for each in parents[one]}
    return count


@given(synsets())
def test_any_graph_against_a_slow_reference(given_):
    tree = Taxonomy.of("made up", "1", given_)
    parents = {synset.id: synset.parents for synset in given_}
    assert list(tree) == sorted(parents)
    for key in parents:
        higher = above(key, parents)
        ancestors = tree.ancestors(key)
        assert len(ancestors) == len(set(ancestors)) and set(ancestors) == higher
        far = [steps(key, each, parents) for each in ancestors]
        assert far == sorted(far)
        assert tree.descendants(key) == {each for each in parents if key in above(each, parents)}
        assert tree.children(key) == tuple(sorted(each for each in parents if key in parents[each]))
        for other in parents:
            assert tree.under(key, other) == (key == other or other in higher)


@given(synsets(), st.data())
def test_a_circle_is_refused_wherever_it_is_closed(given_, data):
    tree = Taxonomy.of("made up", "1", given_)
    lower = data.draw(st.sampled_from(given_)).id
    closing = data.draw(st.sampled_from([lower, *sorted(tree.descendants(lower))]))
    changed = [Synset(each.id, each.names, (*each.parents, closing)) if each.id == lower else each for each in given_]
    with pytest.raises(LabelsError, match="above itself"):
        Taxonomy.of("made up", "1", changed)


def test_a_long_chain_needs_no_deep_recursion():
    chain = [Synset(f"x{at:06d}", (f"{at}",), (f"x{at - 1:06d}",) if at else ()) for at in range(20_000)]
    tree = Taxonomy.of("chain", "1", chain)
    assert len(tree.ancestors("x019999")) == len(tree.descendants("x000000")) == 19_999


def test_what_is_wrong_is_named():
    one = Synset("a", ("one",))
    with pytest.raises(LabelsError, match="mine: the identifier a stands there twice"):
        Taxonomy.of("mine", "1", [one, one])
    with pytest.raises(LabelsError, match="mine: the parent z of b is not there"):
        Taxonomy.of("mine", "1", [one, Synset("b", ("two",), ("z",))])
    tree = Taxonomy.of("mine", "1", [one])
    for asked in (tree.synset, tree.parents, tree.children, tree.ancestors, tree.descendants, tree.definition):
        with pytest.raises(LabelsError, match="nowhere: no identifier of mine"):
            asked("nowhere")
    assert not tree.under("nowhere", "a") and not tree.under("a", "nowhere")
    with pytest.raises(LabelsError) as told:
        tree.synset("\x1b[31m" + "x" * 1000)
    assert "\x1b" not in str(told.value) and len(str(told.value)) < 200


def test_wordnet_is_whole():
    tree = wordnet()
    assert (tree.name, tree.version, len(tree)) == ("WordNet", "3.0", 82_115)
    ids = list(tree)
    assert ids == sorted(ids) and len(set(ids)) == len(ids)
    assert all(len(key) == 9 and key[0] == "n" and key[1:].isdigit() for key in ids)
    rows = [tree.synset(key) for key in ids]
    assert [row.id for row in rows] == ids
    assert all(name and name == name.strip() and "_" not in name for row in rows for name in row.names)
    assert [row.id for row in rows if not row.parents] == ["n00001740"]
    assert all(parent in tree for row in rows for parent in row.parents)
    Taxonomy.of("WordNet", "checked", rows)  # no circles, nothing twice
    assert sum(row.instance for row in rows) == 7_730
    assert len(tree.descendants("n00001740")) == 82_114


def test_wordnet_knows_the_bicycle_of_2021():
    tree = wordnet()
    assert tree.synset(TANDEM).names == ("bicycle-built-for-two", "tandem bicycle", "tandem")
    assert tree.parents(TANDEM) == ("n02834778",) and TANDEM in tree.children("n02834778")
    assert tree.ancestors(TANDEM)[:2] == ("n02834778", "n04576211") and tree.ancestors(TANDEM)[-1] == "n00001740"
    assert tree.under(TANDEM, "n04524313") and not tree.under(BIKINI, "n04524313")
    assert tree.definition(BIKINI) == "a woman's very brief bathing suit"
    assert len(tree.descendants(PERSON)) == 10_296  # and itself: 10,297, with those that are one of a kind


def test_names_in_any_spelling():
    tree = wordnet()
    assert tree.named("bicycle-built-for-two") == tree.named("Bicycle-Built-For-Two") == (TANDEM,)
    assert tree.named("tandem_bicycle") == tree.named(" tandem  bicycle ") == (TANDEM,)
    assert tree.named("bicycle built for two") == ()  # hyphens matter here
    assert tree.loosely_named("bicycle built for two") == (TANDEM,)
    assert len(tree.named("crane")) > 2 and tree.named("no such thing") == ()


def test_other_processes_get_it():
    assert pickle.loads(pickle.dumps(wordnet())) is wordnet() and len(pickle.dumps(wordnet())) < 200
    mine = Taxonomy.of("mine", "1", [Synset("a", ("one",))], definitions={"a": "the first"})
    assert mine.children("a") == () and mine.named("one") == ("a",)
    again = pickle.loads(pickle.dumps(mine))
    assert (again.name, list(again), again.definition("a")) == ("mine", ["a"], "the first")
    assert pickle.loads(pickle.dumps(class_list("ilsvrc"))) == class_list("ilsvrc")


def test_an_import_loads_no_file():
    code = "from overpaint import labels; assert labels.wordnet.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", code], check=True)
