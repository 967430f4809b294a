"""Hierarchies other than WordNet: CSV and SKOS, and files that mean harm."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint import labels
from overpaint.errors import LabelsError
from overpaint.labels import read_taxonomy, wordnet
from overpaint.labels._other_trees import loads_taxonomy

CSV = """id,name,parents,definition
food,food,,what is eaten
fruit,fruit;a fruit,food,
apple,"apple|pome_fruit",fruit;round,red or green
round,round thing,,
"""
TURTLE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://example.org/kinds/> .
:food a skos:Concept ; skos:prefLabel "food"@en, "Essen"@de .
:fruit a skos:Concept ; skos:prefLabel "fruit"@en ; skos:broader :food .
:apple a skos:Concept ; skos:prefLabel "apple" ; skos:altLabel "pome fruit"@en ; skos:definition "red or green"@en .
:fruit skos:narrower :apple .
:pear a skos:Concept ; skos:prefLabel "Birne"@de ; skos:broader :fruit .
:plum a skos:Concept ; skos:broader :fruit .
"""
RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
 <skos:Concept rdf:about="http://example.org/kinds/food"><skos:prefLabel>food</skos:prefLabel></skos:Concept>
 <rdf:Description rdf:about="http://example.org/kinds/fruit">
  <rdf:type rdf:resource="http://www.w3.org/2004/02/skos/core#Concept"/>
  <skos:prefLabel xml:lang="en">fruit</skos:prefLabel><skos:broader rdf:resource="http://example.org/kinds/food"/>
 </rdf:Description>
</rdf:RDF>
"""
ENTITIES = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(25))
BOMB = f"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&z;</rdf:RDF>"""
KINDS = "http://example.org/kinds/"


def test_csv():
    tree = loads_taxonomy(CSV.encode(), "mine.csv")
    assert list(tree) == ["apple", "food", "fruit", "round"]
    assert tree.synset("apple").names == ("apple", "pome fruit")
    assert tree.ancestors("apple") == ("fruit", "round", "food")
    assert tree.descendants("food") == {"fruit", "apple"}
    assert tree.named("POME_fruit") == ("apple",)
    assert tree.definition("apple") == "red or green" and tree.definition("fruit") is None
    assert len(tree.version) == 12 and tree.name == "mine.csv"


def test_a_tsv_with_other_titles():
    tree = loads_taxonomy(b"wnid\twords\tbroader\nb\tbird\t\nc\tcrow\tb\n", "x.tsv")
    assert tree.parents("c") == ("b",) and tree.synset("b").names == ("bird",)


def test_turtle():
    tree = loads_taxonomy(TURTLE.encode(), "kinds.ttl")
    assert tree.synset(KINDS + "apple").names == ("apple", "pome fruit")
    assert tree.parents(KINDS + "apple") == (KINDS + "fruit",)  # told by `narrower` alone
    assert tree.synset(KINDS + "food").names == ("food",)  # English, where there is some
    assert tree.synset(KINDS + "pear").names == ("Birne",)
    assert tree.synset(KINDS + "plum").names == ("plum",)
    assert tree.definition(KINDS + "apple") == "red or green"


def test_rdf_xml():
    tree = loads_taxonomy(RDF.encode(), "kinds.rdf")
    assert tree.parents(KINDS + "fruit") == (KINDS + "food",) and tree.synset(KINDS + "fruit").names == ("fruit",)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"", "its first line must name the columns"),
        ("a.csv", b"name,parents\nx,\n", "its first line must name the columns id, name and parents"),
        ("a.csv", b"id,name,parents\n", "holds nothing"),
        ("a.csv", b"id,name,parents\n,x,\n", "line 2: has no identifier"),
        ("a.csv", b"id,name,parents\na,x,\na,y,\n", "the identifier a stands there twice"),
        ("a.csv", b"id,name,parents\na,x,b\n", "the parent b of a is not there"),
        ("a.csv", b"id,name,parents\na,x,b\nb,y,a\n", "above itself"),
        ("a.csv", b"id,name,parents\na,x,a\n", "above itself"),
        ("a.csv", b"id,name,parents\na,\x1b[31m,\n", "control characters"),
        ("a.csv", b'id,name,parents\na,"x', "line"),
        ("a.csv", b"id,name,parents,definition\na,x,,\x1b[31m\n", "line 2: a text"),
        ("a.ttl", TURTLE.encode() + b':food skos:altLabel "a\\u001bb"@en .', "control characters"),
        ("a.ttl", TURTLE.encode() + b':food skos:definition "a\\u0007b"@en .', "control characters"),
        ("a.csv", b"id,name,parents\na," + b"x" * 200_000, "line 2"),
        ("a.csv", b"\xff\xfe", "not UTF-8"),
        ("a.rdf", BOMB.encode(), "has a DOCTYPE"),
        ("a.xml", b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>', "has a DOCTYPE"),
        ("a.owl", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "has a DOCTYPE"),
        ("a.rdf", b"<a><b></a>", "no XML"),
        ("a.rdf", "<a/>".encode("utf-16"), "no RDF/XML"),
        ("a.rdf", b"<x/>", "skos:Concept"),
        ("a.ttl", b"this is no turtle", "no Turtle that can be read"),
        ("a.ttl", b"@prefix : <x> . :a :b " + b"[ :b " * 5000 + b"]" * 5000 + b" .", "no Turtle that can be read"),
        ("a.ttl", b"@prefix : <x:> . :a :b " + b"(" * 5000 + b")" * 5000 + b" .", "no Turtle that can be read"),
        ("a.ttl", b"", "holds no skos:Concept"),
        ("a.ttl", TURTLE.replace("skos:broader :food", "skos:broader :food, :nowhere").encode(), "nowhere"),
        ("a.ttl", TURTLE.encode() + b":food skos:broader :apple .", "above itself"),
        ("a.doc", b"", "no hierarchy is known by this ending"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(name, data, says, caplog):
    with pytest.raises(LabelsError) as told:
        loads_taxonomy(data, name)
    message = str(told.value)
    assert says in message
    assert message.startswith(name) and "\n" not in message and len(message) < 300
    assert caplog.text == ""


def test_nothing_is_fetched(monkeypatch, tmp_path):
    import socket
    import urllib.request

    def called(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", called)
    monkeypatch.setattr(urllib.request, "urlopen", called)
    (tmp_path / "a.ttl").write_text(
        "@base <http://127.0.0.1:1/> . <http://www.w3.org/2002/07/owl#imports> <x> <y> .\n" + TURTLE
    )
    assert len(read_taxonomy(tmp_path / "a.ttl")) == 5


def test_numbers_are_not_written_out_in_full(monkeypatch):
    import rdflib

    normal, parse = [], rdflib.Graph.parse
    monkeypatch.setattr(
        rdflib.Graph, "parse", lambda *a, **k: normal.append(rdflib.NORMALIZE_LITERALS) or parse(*a, **k)
    )
    huge = b':food skos:note "1e999999999"^^<http://www.w3.org/2001/XMLSchema#decimal> .'
    assert len(loads_taxonomy(TURTLE.encode() + huge, "kinds.ttl")) == 5
    assert normal == [False] and rdflib.NORMALIZE_LITERALS is True


def test_without_rdflib_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with pytest.raises(LabelsError, match=r"pip install 'overpaint\[skos\]'"):
        loads_taxonomy(TURTLE.encode() + b"# another", "kinds.ttl")


def test_files(tmp_path, monkeypatch):
    assert read_taxonomy("wordnet") is wordnet()
    with pytest.raises(LabelsError, match=r"nowhere\.csv"):
        read_taxonomy(tmp_path / "nowhere.csv")
    (tmp_path / "mine.csv").write_text(CSV)
    assert len(read_taxonomy(tmp_path / "mine.csv")) == 4
    monkeypatch.setattr("overpaint.labels._other_trees.LARGEST", 5)
    with pytest.raises(LabelsError, match="more than 0 MB"):
        read_taxonomy(tmp_path / "mine.csv")
    monkeypatch.setattr("overpaint.labels._other_trees.MOST", 2)
    with pytest.raises(LabelsError, match="more than 2 things"):
        loads_taxonomy(CSV.encode() + b"\n", "mine.csv")


def test_a_hierarchy_of_ones_own_is_shown(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(CSV)
    shown = labels.show("pome fruit", taxonomy=path)
    assert shown.id == "apple" and shown.person is None and shown.numbers == {}
    assert [[key for key, _ in way] for way in shown.paths] == [["food", "fruit"], ["round"]]
    assert [one.id for one in labels.tree("food", depth=5, taxonomy=path).branches] == ["food", "fruit", "apple"]
    assert [hit.id for hit in labels.search("fru", taxonomy=path).hits] == ["fruit", "apple"]
    names = tmp_path / "names.csv"
    names.write_text("index,wnid,name\n0,apple,an apple\n1,round,ball\n")
    told = labels.resolve("pome_fruit", list=names, taxonomy=path)
    assert (told.index, told.id, told.neighbours[0].id, told.neighbours[0].other) == (0, "apple", "round", False)
    assert labels.index("ball", list=names, taxonomy=path) == 1


CELLS = st.text('ab;|,"\n é', max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8))
def test_any_csv_is_read_or_refused(rows):
    text = "id,name,parents\n" + "".join(",".join(row) + "\n" for row in rows)
    try:
        found = loads_taxonomy(text.encode(), "a.csv")
    except LabelsError as error:
        found = str(error)
    assert found.startswith("a.csv") if isinstance(found, str) else len(found) > 0
