"""Reading a policy: what it says, and every refusal with file, place and remedy."""

import datetime as dt
import pickle
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from test_policy_decide import RULE, policies

from overpaint.errors import PolicyError
from overpaint.policy import (
    FIELDS,
    ConsentState,
    consent_summary,
    default,
    idle_rules,
    load,
    loads,
    with_paint,
    with_removals,
)
from overpaint.records import Box, Treatment, python_key, stored_key

TODAY = dt.date(2026, 5, 1)
ROOT = Path(__file__).parents[2]
CONSENT = '[[consent]]\nperson = "P1"\nsample = "a"\npurpose = "p"\nevidence = "sheet 1"\n'


def test_the_example_of_the_documentation_loads():
    policy = load(ROOT / "docs/examples/policy.toml", today=TODAY)
    assert [rule.name for rule in policy.rules][-1] == "faces"
    assert [str(state) for state in policy.consent_states] == ["counts", "withdrawn"]
    assert policy.allows[0].box == Box(40, 22, 96, 84)


def test_the_reference_names_every_field_and_the_example_uses_most():
    page = (ROOT / "docs/reference/policy.md").read_text()
    for table, fields in FIELDS.items():
        for field in fields:
            assert f"`{field}`" in page, (table, field)
    used = set(re.findall(r"(?m)^\[*([a-z_]+)", (ROOT / "docs/examples/policy.toml").read_text()))
    assert {field for fields in FIELDS.values() for field in fields} - used == {"consents", "file"}


def test_the_examples_in_the_reference_load(tmp_path):
    page = (ROOT / "docs/reference/policy.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert blocks
    (tmp_path / "people.csv").write_text("person,sample,purpose,evidence\n")
    (tmp_path / "keys.txt").write_text("a.jpg\n")
    for block in blocks:
        loads(block, today=TODAY, base=tmp_path)


@settings(max_examples=100, deadline=None)
@given(policies)
def test_a_policy_written_out_reads_back_the_same(policy):
    assume(len({rule.name for rule in policy.rules}) == len(policy.rules))
    people = [(c.person, c.sample, c.box, c.kind, c.purpose) for c in policy.consents]
    assume(len(set(people)) == len(people))
    for rule in policy.rules:
        for low, high in ((rule.min_confidence, rule.max_confidence), (rule.min_size, rule.max_size)):
            assume(low is None or high is None or low <= high)
    assume(all(len(set(removal.keys)) == len(removal.keys) for removal in policy.removals))
    again = loads(policy.to_toml(), today=policy.today)
    assert again == policy
    assert again.digest == policy.digest
    sent = pickle.loads(pickle.dumps(policy))
    assert (sent, sent.digest) == (policy, policy.digest)


def test_the_digest_is_of_the_meaning():
    plain = loads("version = 1\n" + RULE, today=TODAY)
    spelled = loads(
        '# why\nmetadata.policy = "strip"\nversion=1\npaint = {cells=4}\n' + RULE, today=dt.date(1999, 1, 1)
    )
    assert spelled.digest == plain.digest
    assert loads("version = 1\n" + RULE.replace("0.6", "0.61"), today=TODAY).digest != plain.digest
    assert loads("version = 1\n" + RULE + 'splits = ["val"]', today=TODAY).digest != plain.digest
    assert loads('version = 1\npaint.look = "mosaic"\n' + RULE, today=TODAY).digest != plain.digest


def test_the_day_changes_the_digest_only_when_a_consent_ends():
    text = 'version = 1\npurpose = "p"\n' + CONSENT + "until = 2026-05-01\n"
    days = [dt.date(2026, 4, 1), dt.date(2026, 5, 1), dt.date(2026, 5, 2)]
    before, last, after = (loads(text, today=day).digest for day in days)
    assert before == last != after


def test_the_default_is_one_rule():
    policy = default(0.6)
    (rule,) = policy.rules
    assert (rule.kind, rule.min_confidence, rule.treatment, policy.metadata) == ("face", 0.6, Treatment.REDACT, "strip")
    assert loads(policy.to_toml(), today=policy.today) == policy
    with pytest.raises(
        PolicyError, match=r"the default policy: rule 'faces': 'min_confidence' .* from 0 to 1, not 1.5"
    ):
        default(1.5)


def test_paint_is_changed_by_argument_within_the_same_bounds():
    policy = with_paint(default(0.6), look="fill", cells=16, metadata="keep")
    assert (policy.look, policy.cells, policy.metadata) == ("fill", 16, "keep")
    assert loads(policy.to_toml(), today=policy.today) == policy
    assert with_paint(policy) == policy
    for wrong in ({"look": "imagenet2021"}, {"look": ""}, {"cells": 0}, {"cells": 17}, {"metadata": "all"}):
        with pytest.raises(PolicyError, match=f"the arguments: '{next(iter(wrong))}' "):
            with_paint(policy, **wrong)


def refused(text, **options):
    with pytest.raises(PolicyError) as caught:
        loads(text, **{"today": TODAY, "name": "p.toml"} | options)
    message = str(caught.value)
    assert message.startswith("p.toml: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "'version' is missing; write version = 1"),
        ("version = 2", "version 2 is not known"),
        ("version = true", "version True is not known"),
        ("version = ", "not TOML: "),
        ("version = 1\nrules = []", "there is no field 'rules'; did you mean 'rule'?"),
        ("version = 1\nrule = 1", "'rule' has to be a list of tables; write [[rule]] before each"),
        ("version = 1\npaint = 1", "'paint' has to be a table; write [paint]"),
        ("version = 1\npaint.lok = 'blur'", "[paint]: there is no field 'lok'; did you mean 'look'?"),
        ("version = 1\npaint.look = 'blurr'", "[paint]: 'look' cannot be 'blurr'; did you mean 'blur'?"),
        ("version = 1\npaint.look = 'imagenet2021'", "leaves small faces readable"),
        ("version = 1\npaint.cells = 0", "'cells' has to be a whole number from 1 to 16, not 0"),
        ("version = 1\npaint.cells = true", "'cells' has to be a whole number"),
        ("version = 1\nmetadata.policy = 'none'", "[metadata]: 'policy' cannot be 'none'; there are strip, keep-safe"),
        ("version = 1\ntitle = 3", "'title' has to be text in quotes, not 3"),
        ('version = 1\ntitle = "a\\u0007"', "control characters"),
        ("version = 1\nconsents = 'people.csv'", "'consents' names the file 'people.csv', but"),
        ("version = 1\nlicense = 'CC0'", "a licence is never consent"),
    ],
)
def test_the_top_is_refused_with_a_remedy(text, expected):
    assert expected in refused(text)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("min_confidnce = 0.5", "there is no field 'min_confidnce'; did you mean 'min_confidence'?"),
        ("max_confidence = 0.5", "'min_confidence' is above 'max_confidence'"),
        ("min_size = -1", "'min_size' has to be a number of at least 0, not -1"),
        ("min_size = true", "'min_size' has to be a number"),
        ("max_size = inf", "'max_size' has to be a finite number; leave it out"),
        ("min_size = nan", "'min_size' has to be a number"),
        ("min_share = 20", "'min_share' has to be a number from 0 to 1, not 20"),
        ("classes = []", "'classes' has to be a list of names"),
        ("classes = [1]", "'classes' has to be a list of names"),
    ],
)
def test_a_rule_is_refused_by_name(field, expected):
    assert refused("version = 1\n" + RULE + field).startswith(f"p.toml: rule 'faces': {expected}")


def test_a_rule_needs_name_kind_treatment_and_reason():
    for line in RULE.splitlines()[1:]:
        field = line.split(" ")[0]
        if field == "min_confidence":
            continue
        message = refused("version = 1\n" + RULE.replace(line + "\n", ""))
        assert message.startswith(f"p.toml: rule {'1' if field == 'name' else repr('faces')}: '{field}' is missing; ")
    assert "rule 'faces': 'reason' is empty" in refused("version = 1\n" + RULE.replace('"why"', '"  "'))
    assert "rule 'faces': 'treatment' cannot be 'blur'" in refused("version = 1\n" + RULE.replace('"redact"', '"blur"'))
    assert "rule 'faces' is there 2 times" in refused("version = 1\n" + RULE + RULE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[allow]]\nsamples = "*"', "allow 1: 'reason' is missing"),
        ('[[allow]]\nreason = "x"', "allow 1: write 'sample' and 'box' to keep one box, or 'samples' alone"),
        ('[[allow]]\nreason = "x"\nsample = "a"', "allow 1: write 'sample' and 'box'"),
        ('[[allow]]\nreason = "x"\nsamples = "a"\nbox = [0, 0, 1, 1]', "allow 1: write 'sample' and 'box'"),
        ('[[allow]]\nreason = "x"\nsample = "a"\nbox = [0, 0, 1]', "'box' has to be [x0, y0, x1, y1] in pixels"),
        ('[[allow]]\nreason = "x"\nsample = "a"\nbox = [5, 0, 1, 1]', "is empty; corners are x0, y0, x1, y1"),
        ('[[allow]]\nreason = "x"\nsample = "a"\nbox = [0, 0, inf, 1]', "is empty; corners are"),
        ('[[allow]]\nreason = "x"\nsamples = ["/a"]', "write it relative to the source"),
        ('[[allow]]\nreason = "x"\nlicence = "CC-BY"\nsamples = "*"', "allow 1: the field 'licence' is refused: a lic"),
        ('[[remove]]\nreason = "x"', "remove 1: write either 'keys' or 'file'"),
        ('[[remove]]\nreason = "x"\nkeys = "a"', "remove 1: 'keys' has to be a list of keys in quotes"),
        ('[[remove]]\nreason = "x"\nkeys = [""]', "remove 1: 'keys' holds '': an empty key"),
        ('[[remove]]\nkeys = ["a"]', "remove 1: 'reason' is missing; say in one sentence why"),
    ],
)
def test_lists_are_refused_by_number(text, expected):
    assert expected in refused("version = 1\n" + text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CONSENT, "there are consents but no 'purpose'"),
        (
            'purpose = "p"\n' + CONSENT + 'licence = "CC-BY"',
            "consent 1: the field 'licence' is refused: a licence is nev",
        ),
        ('purpose = "p"\n' + CONSENT + 'license_url = "x"', "a licence is never consent"),
        (
            'purpose = "p"\n' + CONSENT.replace("sheet 1", "CC BY 2.0 on Flickr"),
            "'evidence' reads 'CC BY 2.0 on Flickr'",
        ),
        ('purpose = "p"\n' + CONSENT.replace("sheet 1", "the licence of the picture"), "a licence is never consent"),
        (
            'purpose = "p"\n' + CONSENT + "until = 2026-01-01T00:00:00Z",
            "'until' has to be a date YYYY-MM-DD without a time",
        ),
        ('purpose = "p"\n' + CONSENT + "until = '2026-02-30'", "'until' has to be a date"),
        ('purpose = "p"\n' + CONSENT + "until = 20260101", "'until' has to be a date"),
        ('purpose = "p"\n' + CONSENT.replace("person", "name"), "there is no field 'name'"),
        ('purpose = "p"\n' + CONSENT + CONSENT + "withdrawn = 2026-01-01", "2 consents of person 'P1' for one sample"),
    ],
)
def test_consents_are_refused(text, expected):
    assert expected in refused("version = 1\n" + text)


def test_a_licence_plate_is_no_licence():
    text = 'version = 1\npurpose = "p"\n' + CONSENT.replace("sheet 1", "letter about her licence plate")
    assert loads(text, today=TODAY).consent_states == (ConsentState.COUNTS,)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ("until = 2026-05-01", "counts"),
        ("until = '2026-05-01'", "counts"),
        ("until = 2026-04-30", "expired"),
        ("withdrawn = 2026-05-02", "withdrawn"),
        ("withdrawn = 2026-05-01\nuntil = 2020-01-01", "withdrawn"),
        ("", "counts"),
    ],
)
def test_the_last_day_counts_and_a_withdrawal_always(fields, state):
    policy = loads('version = 1\npurpose = "p"\n' + CONSENT + fields, today=TODAY)
    assert [str(s) for s in policy.consent_states] == [state]


def test_today_is_a_day_without_a_zone():
    with pytest.raises(TypeError, match="today has to be"):
        loads("version = 1", today=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))


def test_the_summary_counts_and_lists_what_does_not_count(tmp_path):
    (tmp_path / "people.csv").write_text(
        "person,sample,x0,y0,x1,y1,purpose,until,withdrawn,evidence\n"
        "P1,./a.jpg,1,2,3,4,p,2026-05-01,,e1\n"
        "P2,b.jpg,,,,,p,2026-04-30,,e2\n"
        "P3,c.jpg,,,,,p,,2020-01-01,e3\n"
        '"P4",d.jpg,,,,,selling,,,e4\n'
        "P5,e.jpg,,,,,p,,,\n"
    )
    (tmp_path / "p.toml").write_text('version = 1\npurpose = "p"\nconsents = "people.csv"\n')
    policy = load(tmp_path / "p.toml", today=TODAY)
    assert policy.consents[0].sample == "a.jpg"
    assert policy.consents[0].box == Box(1, 2, 3, 4)
    assert policy.consents[1].box is None
    summary = consent_summary(policy)
    assert set(summary.counts.values()) == {1}
    assert summary.lines() == [
        "P3: 'c.jpg': withdrawn on 2020-01-01",
        "P2: 'b.jpg': ended on 2026-04-30",
        "P4: 'd.jpg': given for another purpose (selling)",
        "P5: 'e.jpg': has no reference to evidence",
    ]
    outline = str(policy.outline())
    assert policy.outline()["consents"] == summary.counts
    assert not any(word in outline for word in ("P1", "a.jpg", "e1"))
    assert loads(policy.to_toml(), today=TODAY) == policy


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("c.csv", "person,sample,purpose,licence\nP1,a,p,\n", r"c.csv: line 2: the field 'licence' is refused"),
        ("c.csv", "person,sample\nP1,a,p\n", r"c.csv: line 2: does not have the header's columns \(person, sample\)"),
        ("c.csv", "person,sample,purpose,x0,y0,x1,y1\nP1,a,p,1,2,3,\n", r"line 2: x0, y0, x1, y1 have to be four"),
        ("c.csv", "person,sample,purpose\n,a,p\n", r"c.csv: line 2: 'person' is missing"),
        ("c.csv", 'person,sample,purpose\n"P1,a,p\n', r"c.csv: line \d: not CSV"),
        ("c.toml", "x = 1\n", r"c.toml: there is no field 'x'; there are consent"),
        ("c.toml", "consent = 1\n", r"c.toml: 'consent' has to be a list of tables"),
        ("c.toml", "[[consent]]\nperson = 1\n", r"c.toml: consent 1: 'purpose' is missing"),
        ("c.toml", b"\xff", r"c.toml: not UTF-8 text \(byte 0\)"),
        ("missing.toml", None, r"c?missing.toml: cannot be read \(No such file"),
    ],
)
def test_a_file_of_consents_is_refused_by_line(tmp_path, name, content, expected):
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(PolicyError, match=expected):
        loads(f'version = 1\npurpose = "p"\nconsents = "{name}"', today=TODAY, base=tmp_path)


def test_consents_come_from_toml_beside_the_policy(tmp_path):
    (tmp_path / "c.toml").write_text(CONSENT)
    text = 'version = 1\npurpose = "p"\nconsents = "c.toml"\n' + CONSENT.replace("P1", "P0")
    assert [c.person for c in loads(text, today=TODAY, base=tmp_path).consents] == ["P0", "P1"]


def test_keys_to_remove_come_as_text_csv_parquet_or_list(tmp_path):
    odd = b"b/\xff.jpg".decode("utf-8", "surrogateescape")
    expected = ("a b.jpg", stored_key(odd), "#c.jpg")
    (tmp_path / "keys.txt").write_bytes(b"\xef\xbb\xbfa b.jpg\r\n\n./b/\xff.jpg\na b.jpg\n#c.jpg")
    (tmp_path / "keys.csv").write_bytes(b'n,key\n1,"a b.jpg"\n2,./b/\xff.jpg\n3,#c.jpg\n')
    pq.write_table(pa.table({"key": list(expected)}), tmp_path / "keys.parquet")
    for name in ("keys.txt", "keys.csv", "keys.parquet"):
        (tmp_path / "p.toml").write_text("version = 1\n")
        policy = load(tmp_path / "p.toml", today=TODAY, remove=tmp_path / name)
        assert policy.removals[0].keys == expected
        assert policy.removals[0].reason == f"Listed for removal in {name}."
        inside = loads(f'version = 1\n[[remove]]\nreason = "x"\nfile = "{name}"', today=TODAY, base=tmp_path)
        assert inside.removals[0].keys == expected
        assert loads(inside.to_toml(), today=TODAY) == inside
    given_ = with_removals(default(0.5), ["a b.jpg", "./" + odd, "#c.jpg"], reason="asked")
    assert given_.removals[0].keys == expected
    assert python_key(given_.removals[0].keys[1]) == odd
    assert given_.digest != default(0.5).digest


def test_lists_of_keys_are_refused_by_line(tmp_path):
    (tmp_path / "k.txt").write_text("a\n/b\n")
    (tmp_path / "k.csv").write_text("Key,n\na,1\n")
    pq.write_table(pa.table({"name": ["a"]}), tmp_path / "k.parquet")
    pq.write_table(pa.table({"key": ["a", None]}), tmp_path / "null.parquet")
    (tmp_path / "bad.parquet").write_text("no")
    for name, expected in {
        "k.txt": "k.txt: line 2: '/b': a key is a path below the source",
        "k.csv": "k.csv: there is no column 'key'; did you mean 'Key'?",
        "k.parquet": "k.parquet: there is no column 'key'; there are name",
        "null.parquet": "null.parquet: row 2: None: an empty key",
        "bad.parquet": "bad.parquet: cannot be read as Parquet",
        "none.txt": "none.txt: cannot be read",
    }.items():
        with pytest.raises(PolicyError, match=re.escape(expected)):
            with_removals(default(0.5), tmp_path / name)
    with pytest.raises(PolicyError, match="the keys to remove: an empty key"):
        with_removals(default(0.5), [""])


def test_rules_that_nothing_can_meet_are_named():
    text = "version = 1\n" + RULE + RULE.replace('"faces"', '"typing"').replace('"face"', '"fases"')
    text += RULE.replace('"faces"', '"other"') + 'detectors = ["retina*"]\n'
    policy = loads(text, today=TODAY)
    assert idle_rules(policy, kinds=["face"]) == ("typing",)
    assert idle_rules(policy, kinds=["face"], detectors=["yunet"]) == ("typing", "other")
