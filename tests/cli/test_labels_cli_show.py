"""``overpaint labels show|tree|search|resolve``, as somebody types them."""

import pytest


@pytest.fixture(autouse=True)
def no_ratings(tmp_path, monkeypatch):
    monkeypatch.setenv("OVERPAINT_RATINGS", str(tmp_path / "ratings"))


def test_resolve_says_who_stands_beside(overpaint_):
    said = overpaint_("labels", "resolve", "444", "--list", "ilsvrc")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == "ilsvrc 444: n02835271 bicycle-built-for-two, tandem bicycle, tandem"
    assert "445 is n02837789 bikini" in said.out
    assert overpaint_("labels", "resolve", "Bicycle_built for two").out == said.out
    value = overpaint_("labels", "resolve", "444", "--json").value
    assert (value["index"], value["id"], value["list_name"]) == (444, "n02835271", "ilsvrc")
    assert value["neighbours"][1] | {"alike": 0} == {
        "index": 445,
        "id": "n02837789",
        "term": "bikini, two-piece",
        "alike": 0,
        "shared": "n00021939 artifact",
        "another_kind": True,
    }


def test_what_cannot_be_told_is_one_line_and_code_1(overpaint_, tmp_path):
    for arguments, says in (
        (("resolve", "maillot"), "638 n03710637"),
        (("resolve", "1000"), "numbers 0 to 999"),
        (("resolve", "x", "--list", "nowhere.txt"), "neither a file nor one of the lists"),
        (("show", "n99999999"), "nothing of WordNet"),
        (("show", "crane"), "5 things"),
        (("tree", "dog", "--taxonomy", tmp_path / "nowhere.csv"), "nowhere.csv"),
        (("search", ""), "TEXT is empty"),
        (("show", "dog", "--ratings", tmp_path / "nowhere.csv"), "nowhere.csv"),
    ):
        said = overpaint_("labels", *arguments)
        assert (said.code, said.out) == (1, "")
        assert says in said.err and said.err.startswith("overpaint: ") and said.err.count("\n") == 1


def test_people_are_named_only_with_show_terms(overpaint_):
    for verb, rest in (("show", ()), ("tree", ()), ("resolve", ()), ("search", ())):
        hidden = overpaint_("labels", verb, "n09835506", *rest)
        assert hidden.code == 0 and "ballplayer" not in hidden.out and "(term withheld)" in hidden.out
        as_json = overpaint_("labels", verb, "n09835506", *rest, "--json")
        assert "ballplayer" not in as_json.out and as_json.value
        assert "ballplayer" in overpaint_("labels", verb, "n09835506", *rest, "--show-terms").out
        assert "ballplayer" in overpaint_("labels", verb, "n09835506", *rest, "--show-terms", "--json").out


def test_json_and_lines_tell_the_same(overpaint_):
    assert overpaint_("labels", "show", "n02835271", "--json").value["numbers"]["ilsvrc"] == 444
    value = overpaint_("labels", "tree", "n04524313", "--json").value
    assert [one["depth"] for one in value["branches"]] == [0] + [1] * 8
    assert len(overpaint_("labels", "tree", "n04524313").out.splitlines()) == 9
    found = overpaint_("labels", "search", "bicycle", "--most", "3", "--json").value
    assert (len(found["hits"]), found["how"], found["hits"][0]["id"]) == (3, "name", "n02834778")
