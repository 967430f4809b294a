"""Label policies as files: every word is known, every clause has a reason, every refusal says where."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import LabelsError
from overpaint.labels import (
    POLICY_WORDS,
    Clause,
    ImageRule,
    LabelCount,
    LabelPolicy,
    Rating,
    class_list,
    label_policies,
    load_label_policy,
    loads_label_policy,
    plan_labels,
    wordnet,
)

HEAD = 'version = 1\ntitle = "t"\nuse = "u"\ncommunity = "c"\nrevision = 2026-01-02\n'
ONE = '[[clause]]\nname = "one"\nreason = "why"\naction = "remove"\n'


def test_everything_said_is_read():
    policy = loads_label_policy(
        HEAD
        + 'descendants = "same"\nunresolved = "hold"\n'
        + '[images]\nwithout_labels = "quarantine"\nwith_other_labels = "remove"\n'
        + '[hold]\nunder = ["n1", "n2"]\n'
        + ONE
        + 'labels = ["a*"]\nids = "n3"\nunder = ["n4"]\nexcept = ["n5"]\nsafety = ["safe"]\nlists = ["ilsvrc"]\n'
        + "imageability_below = 4\nimageability_at_least = 1.5\nmin_images = 1\nmax_images = 9\n"
        + 'descendants = "own"\n'
        + '[[clause]]\nname = "two"\nreason = "why"\naction = "merge"\nto = "b"\nunrated = true\n'
        + '[[clause]]\nname = "three"\nreason = "why"\naction = "ancestor"\namong = "taxonomy"\nids = ["n6"]\n'
    )
    assert policy == LabelPolicy(
        title="t",
        use="u",
        community="c",
        revision=dt.date(2026, 1, 2),
        descendants="same",
        unresolved="hold",
        images=ImageRule("quarantine", "remove"),
        hold=("n1", "n2"),
        clauses=(
            Clause(
                "one",
                "why",
                "remove",
                labels=("a*",),
                ids=("n3",),
                under=("n4",),
                but=("n5",),
                safety=("safe",),
                lists=("ilsvrc",),
                imageability_below=4.0,
                imageability_at_least=1.5,
                min_images=1,
                max_images=9,
                descendants="own",
            ),
            Clause("two", "why", "merge", to="b", unrated=True),
            Clause("three", "why", "ancestor", among="taxonomy", ids=("n6",)),
        ),
    )
    assert loads_label_policy(policy.to_toml()) == policy


def test_what_is_not_said():
    policy = loads_label_policy(HEAD)
    assert policy.hold == ("n00007846",)
    assert policy.images == ImageRule("remove", "keep")
    assert (policy.unresolved, policy.descendants, policy.clauses) == ("keep", "own", ())
    assert loads_label_policy(HEAD + "[hold]\nunder = []\n").hold == ()


def test_comments_and_layout_do_not_change_the_digest():
    one = loads_label_policy(HEAD + ONE + 'labels = ["a"]\n')
    other = loads_label_policy("# said\n" + HEAD + ONE.replace("\n", "  # so\n") + 'labels = "a"\n')
    assert one.digest == other.digest
    assert one.digest != loads_label_policy(HEAD + ONE + 'labels = ["b"]\n').digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = 1", "'title' is missing"),
        ("", "'version' has to be 1"),
        ("version = true", "'version' has to be 1"),
        ("version = 2", "'version' has to be 1"),
        ("version =", "is no TOML"),
        (HEAD.replace('use = "u"\n', ""), "'use' is missing"),
        (HEAD.replace('"c"', '" "'), "'community' is empty"),
        (HEAD.replace("2026-01-02", '"soon"'), "'revision' has to be a date"),
        (HEAD.replace("2026-01-02", "2026-01-02T10:00:00"), "'revision' has to be a date"),
        (HEAD + 'purpose = "x"', "there is no word 'purpose' here"),
        (HEAD + 'descendents = "own"', "did you mean 'descendants'"),
        (HEAD + "[image]\n", "did you mean 'images'"),
        (HEAD + '[images]\nwithout_label = "keep"', r"\[images\]: there is no word 'without_label'"),
        (HEAD + '[images]\nwithout_labels = "burn"', r"\[images\]: 'without_labels' cannot be 'burn'"),
        (HEAD + "images = 3", "'images' has to be a table"),
        (HEAD + "clause = 3", "'clause' has to be a list of tables"),
        (HEAD + '[[clause]]\nreason = "x"', "clause 1: 'name' is missing"),
        (HEAD + ONE, "clause 'one': nobody is meant"),
        (HEAD + ONE.replace('reason = "why"\n', "") + 'labels = "a"', "clause 'one': 'reason' is missing"),
        (HEAD + ONE.replace('"one"', '"[hold]"') + 'labels = "a"', "cannot start with"),
        (HEAD + ONE + "labels = []", "'labels' is an empty list"),
        (HEAD + ONE + "labels = [3]", "'labels' has to be a list of names"),
        (HEAD + ONE + 'labels = "a"\nto = "b"', "'to' goes with merge and rename"),
        (HEAD + ONE.replace("remove", "merge") + 'labels = "a"', "'to' is missing"),
        (HEAD + ONE.replace("remove", "renam") + 'labels = "a"', "did you mean 'rename'"),
        (HEAD + ONE + 'except = ["n1"]\nids = ["n2"]', "'except' takes subtrees out of 'under'"),
        (HEAD + ONE + 'labels = "a"\namong = "labels"', "write it with action = 'ancestor'"),
        (HEAD + ONE + "unrated = false", "'unrated' can only be true"),
        (HEAD + ONE + 'unrated = true\nsafety = ["safe"]', "exclude each other"),
        (HEAD + ONE + 'safety = ["saf"]', "'safety' cannot hold 'saf'; did you mean 'safe'"),
        (HEAD + ONE + 'safety = "unsafe"', "'safety' cannot hold 'unsafe'"),
        (HEAD + ONE + "imageability_below = -1", "'imageability_below' has to be a number"),
        (HEAD + ONE + "imageability_below = nan", "'imageability_below' has to be a number"),
        (HEAD + ONE + "imageability_below = 2\nimageability_at_least = 2", "so that nothing can match"),
        (HEAD + ONE + "min_images = 3\nmax_images = 2", "swap them"),
        (HEAD + ONE + "min_images = 2.5", "'min_images' has to be a whole number"),
        (HEAD + ONE + "min_images = true", "'min_images' has to be a whole number"),
        (HEAD + 2 * (ONE + 'labels = "a"\n'), "clause 'one' is there 2 times"),
        (HEAD + 'unresolved = "remove"', "'unresolved' cannot be 'remove'"),
        (HEAD.replace('"t"', '"a\\u0007b"'), "control characters"),
    ],
)
def test_what_is_wrong_is_refused_where_it_stands(text, message):
    with pytest.raises(LabelsError, match=message) as told:
        loads_label_policy(text, name="p.toml")
    assert str(told.value).startswith("p.toml: ")


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(LabelsError, match=r"none\.toml: cannot be read .*imagenet-2020-unsafe"):
        load_label_policy(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(LabelsError, match="is no TOML in UTF-8"):
        load_label_policy(tmp_path / "bad.toml")


def test_the_policies_that_come_along():
    assert label_policies() == ("imagenet-2020-imageable", "imagenet-2020-unsafe")
    for name in label_policies():
        policy = load_label_policy(name)
        assert policy.hold == ("n00007846",)
        assert all(clause.under == ("n00007846",) and clause.reason for clause in policy.clauses)


def test_a_file_of_the_same_name_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "imagenet-2020-unsafe").write_text(HEAD)
    assert load_label_policy("imagenet-2020-unsafe").title == "t"


def test_the_page_describes_every_word(request):
    page = (request.config.rootpath / "docs" / "reference" / "label-policy.md").read_text("utf-8")
    for table, words in POLICY_WORDS.items():
        for word in words:
            assert f"`{word}`" in page, f"{word} of {table or 'the top'} is not described"


def test_the_example_is_quoted_and_can_be_carried_out(request):
    docs = request.config.rootpath / "docs"
    example = docs / "examples" / "labels_policy.toml"
    assert example.read_text("utf-8") in (docs / "reference" / "label-policy.md").read_text("utf-8")
    counts = [LabelCount(wnid, 20, n) for n, wnid in enumerate(class_list("ilsvrc").identifiers)]
    rated = {w: Rating(w, "safe", 4.0, "s", "2026") for w in ("n09835506", "n10148035", "n10565667")}
    plan = plan_labels(
        counts, load_label_policy(example), taxonomy=wordnet(), ratings=rated, lists=(class_list("ilsvrc"),)
    )
    assert plan.summary()["by_action"] == {
        "keep": {"classes": 998, "images": 19_960},
        "merge": {"classes": 1, "images": 20},
        "rename": {"classes": 1, "images": 20},
    }
    assert plan.decision("n10565667").clause == "in the challenge"
    assert plan.after[plan.numbers[444] or 0] == "bicycle-built-for-two"


NAMES = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3, unique=True).map(tuple)
LINE = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


@settings(deadline=None)
@given(
    st.builds(
        LabelPolicy,
        title=LINE,
        use=LINE,
        community=LINE,
        revision=st.dates(),
        hold=st.one_of(st.just(()), NAMES),
        unresolved=st.sampled_from(["keep", "hold"]),
        descendants=st.sampled_from(["own", "same"]),
        images=st.builds(
            ImageRule,
            st.sampled_from(["keep", "remove", "quarantine"]),
            st.sampled_from(["keep", "remove", "quarantine"]),
        ),
        clauses=st.lists(
            st.builds(
                Clause,
                name=LINE,
                reason=LINE,
                action=st.sampled_from(["keep", "remove", "quarantine", "hold", "ancestor"]),
                labels=NAMES,
                ids=st.none() | NAMES,
                under=NAMES,
                but=st.none() | NAMES,
                safety=st.none() | st.just(("offensive", "safe")),
                max_images=st.none() | st.integers(0, 10**9),
                imageability_below=st.none() | st.floats(0, 5),
                descendants=st.sampled_from([None, "own", "same"]),
            ),
            max_size=3,
            unique_by=lambda clause: clause.name,
        ).map(tuple),
    )
)
def test_there_and_back(policy):
    again = loads_label_policy(policy.to_toml())
    assert again == policy
    assert again.digest == policy.digest
