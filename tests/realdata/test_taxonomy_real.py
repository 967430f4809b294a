"""What ships equals what others have: Debian's WordNet, ImageNet's lists, the person subtree as it was published."""

import csv
import lzma
import runpy
from pathlib import Path

import pytest

from overpaint.labels import PERSON, class_list, wordnet

pytestmark = pytest.mark.realdata
ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "overpaint" / "labels" / "data"
DEBIAN = Path("/usr/share/wordnet/data.noun")


def test_rebuilding_from_debians_file_gives_the_same_texts():
    assert DEBIAN.is_file(), "apt-get install wordnet-base"
    script = runpy.run_path(str(ROOT / "scripts" / "build_taxonomy.py"))
    text = script["checked"](DEBIAN, script["DATA_NOUN"]).read_text("ascii")
    nouns = list(script["nouns"](text))
    for name, line in (("wordnet30.tsv.xz", "row"), ("wordnet30_definitions.txt.xz", "definition")):
        again = "".join(f"{noun.row() if line == 'row' else noun.definition}\n" for noun in nouns)
        assert lzma.decompress((DATA / name).read_bytes()).decode() == again
    assert (DATA / "wordnet_LICENSE.txt").read_text() == script["licence"](text)


def test_the_class_lists_are_imagenets(realdata):
    for name, file in (("ilsvrc", "imagenet_synsets.txt"), ("21k", "imagenet21k_goog_synsets.txt")):
        assert list(class_list(name).ids) == (realdata / "synsets" / file).read_text().split()
        assert class_list(realdata / "synsets" / file).digest == class_list(name).digest


def test_names_are_imagenets(realdata):
    tree = wordnet()
    for line in (realdata / "synsets" / "imagenet_synset_to_lemma.txt").read_text().splitlines():
        key, names = line.split("\t")
        assert ", ".join(tree.synset(key).names) == names


def test_the_person_subtree_is_the_published_one(realdata):
    tree = wordnet()
    people = tree.descendants(PERSON) | {PERSON}
    with (realdata / "people_subtree" / "person_synsets_joined.csv").open(newline="") as file:
        rows = {row["wnid"]: row for row in csv.DictReader(file)}
    assert len(people) == 10_297
    left_out = people - rows.keys()  # the published list names certain persons only where they are classes of 21k
    assert rows.keys() <= people and len(left_out) == 3_315 and all(tree.synset(key).instance for key in left_out)
    assert sum(not tree.synset(key).instance for key in people) == 6_979
    for key, row in rows.items():
        synset = tree.synset(key)
        assert sorted(synset.parents) == sorted(row["parents"].split())
        assert "; ".join(synset.names) == row["words"]
        assert synset.instance == (row["instance"] == "1")
    large, small = set(class_list("21k").ids), set(class_list("ilsvrc").ids)
    assert {key for key, row in rows.items() if row["in_imagenet21k_fall11"] == "1"} == people & large
    assert len(people & large) == 2_837
    assert sorted(people & small) == ["n09835506", "n10148035", "n10565667"]
