"""The search for text with detectors that say what they are told to: what becomes of their lines."""

import hmac

import numpy as np
import pytest

from overpaint.detectors._protocol import Detection, Seen
from overpaint.detectors._text_search import TextSearch, open_text
from overpaint.detectors._view import LookOptions, View
from overpaint.detectors._words import KINDS, Domains
from overpaint.errors import OverpaintWarning, UsageError
from overpaint.records import Box

SECRET = b"a run's own key"


class Says:
    """A detector that gives the same answer for every picture, or raises."""

    version, weights, kinds, long_side = "1", "", ("text-other",), 1600

    def __init__(self, name, answer):
        self.name = name
        self.answer = answer
        self.asked = 0

    def detect(self, image):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def written(text, x0=0, y0=0, *, wide=100, high=20, score=0.9):
    return Detection("text-other", score, Box(x0, y0, x0 + wide, y0 + high), text)


def look(lines, *, gate=None, secret=None, so_far=(), domains=None):
    """What the search makes of lines, by kind, with its view."""
    gate = Says("text-gate", [written(None)] if gate is None else gate)
    search = TextSearch(gate=gate, ocr=Says("ocr", lines), domains=domains or Domains(), secret=secret)
    view = View(np.zeros((1000, 1000, 3), np.uint8))
    return search.look(view, so_far), view, search


def told(lines, **options):
    return {(seen.detection.kind, seen.detection.text) for seen in look(lines, **options)[0]}


def test_each_line_is_told_by_kind():
    lines = [
        written("www.site.com"),
        written("LE SHOE", y0=50),
        written("", y0=100, score=0.4),
        written("x@y.org", y0=200),
    ]
    seen, view, _ = look(lines)
    assert told(lines) == {
        ("text-url", "site.com"),
        ("text-other", "le shoe"),
        ("text-other", None),
        ("text-email", "x@y.org"),
    }
    assert [one.subject for one in seen] == [0, 1, 2, 3]
    assert [one.confidence for one in seen] == sorted((one.confidence for one in seen), reverse=True)
    assert {one.detector for one in seen} == {"ocr"}
    assert view.faults == []


def test_without_a_word_of_the_gate_nothing_is_read():
    seen, view, search = look([written("www.site.com")], gate=[])
    assert seen == ()
    assert search.detectors[1].asked == 0
    assert set(view.costs) == {"text-gate"}


def test_where_the_gate_fails_everything_is_read():
    seen, view, _ = look([written("www.site.com")], gate=ValueError("broken"))
    assert [one.detection.kind for one in seen] == ["text-url"]
    assert len(view.faults) == 1


def test_an_address_in_two_parts_is_one_finding_in_a_box_round_both():
    parts = [written("www.sta", 0, wide=70), written("fbul.com", 65, 2, wide=90)]
    seen, _, _ = look(parts)
    assert [(one.detection.kind, one.detection.text) for one in seen] == [("text-url", "stafbul.com")]
    assert seen[0].detection.box == Box(0, 0, 155, 22)
    apart = [written("www.", 0, wide=70), written("site.com", 90, wide=80)]
    assert ("text-url", "site.com") in told(apart), "the same as the second line says alone"
    mail = [written("jane@", 0, wide=70), written("site.com", 90, wide=80)]
    assert told(mail) == {("text-email", "jane@site.com")}


def test_neighbours_that_are_whole_stay_apart():
    lines = [written("one.com", 0, wide=70), written("two.com", 85, wide=70)]
    assert told(lines) == {("text-url", "one.com"), ("text-url", "two.com")}
    assert told([written("LE SHOE", 0), written("BOUTIQUE", 90)]) == {
        ("text-other", "le shoe"),
        ("text-other", "boutique"),
    }


def test_a_telephone_number_in_two_lines():
    lines = [written("01327", 0, 0), written("860801", 0, 22)]
    assert told(lines) == {("text-phone", "01327860801")}


def test_two_things_on_a_line_are_two_findings():
    assert told([written("www.site.com 01327 860801")]) == {("text-url", "site.com"), ("text-phone", "01327860801")}


def test_texts_are_kept_as_keyed_hashes():
    def hashed(text, key=SECRET):
        return hmac.new(key, text.encode(), "sha256").hexdigest()[:32]

    assert told([written("WWW.Site.com"), written("LE  Shoe", y0=50)], secret=SECRET) == {
        ("text-url", hashed("site.com")),
        ("text-other", hashed("le shoe")),
    }
    seen, _, _ = look([written("www,site.c0m/a"), written("photos.site.com", y0=50)], secret=SECRET)
    assert len({one.detection.text for one in seen}) == 1, "equal domains are one group"


def test_without_a_key_hashes_can_be_compared_within_one_search_only():
    lines = [written("www.site.com"), written("site.com", y0=50)]
    one, two = (told(lines, secret=b"") for _ in range(2))
    assert len(one) == len(two) == 1
    assert one != two
    assert "site.com" not in str(one)


def test_lines_that_nobody_read_are_told_with_their_boxes_and_one_fault():
    lines = [written("word", y0=2 * i) for i in range(200)] + [written(None, y0=500, score=0.5) for _ in range(31)]
    seen, view, _ = look(lines)
    assert len(seen) == 231
    (fault,) = view.faults
    assert str(fault) == "ocr read the 200 highest of 231 lines of text; of 31 it gives the boxes only"


def test_a_document_with_a_face():
    face = Seen(Detection("face", 0.9, Box(100, 20, 160, 100)), "yunet", "1", "", 0, 0.9)
    lines = [
        written(text, 200, 20 * i, wide=60, high=12) for i, text in enumerate(["one", "two", "three", "four", "five"])
    ]
    assert "text-document" not in {kind for kind, _ in told(lines)}
    (page,) = [s for s in look(lines, so_far=[face])[0] if s.detection.kind == "text-document"]
    assert page.detection.box == Box(100, 0, 260, 100)
    assert page.detection.score == pytest.approx(0.9)
    assert page.detection.text is None


def test_every_kind_that_is_told_is_declared():
    _, _, search = look([])
    assert search.kinds == KINDS
    assert search.name == "text"


@pytest.fixture
def lists(tmp_path):
    def made(name, text):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return made


def test_lists_of_the_users(lists):
    path = lists(
        "mine.domains",
        "# a comment\nbad.example.com\n0.0.0.0 evil.org  # a hosts file\n.casino\n*lotto*\n\n127.0.0.1 localhost\n",
    )
    domains = open_text(LookOptions(keep_text=True, lists=(path,)))._domains
    hits = ["www.bad.example.com", "www.a.bad.example.com", "EVIL.org", "www.any.casino", "superlotto24.net", "hot.xxx"]
    for text in hits:
        assert told([written(text)], domains=domains) & {("text-adult", t) for _, t in told([written(text)])}, text
    for text in ("www.example.com", "www.good.org", "devil.org"):
        assert {kind for kind, _ in told([written(text)], domains=domains)} == {"text-url"}, text


def test_bad_lines_are_counted_and_named(lists):
    path = lists("mine.domains", "good.com\nno domain\n-bad.com\nhalf.nosuchend\n" + "x\n" * 10)
    with pytest.warns(OverpaintWarning, match=r"mine\.domains: 13 lines are no domain.*line 2, 3, 4, 5, 6\)"):
        search = open_text(LookOptions(lists=(path,)))
    assert {kind for kind, _ in told([written("www.good.com")], domains=search._domains)} == {"text-adult"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.domains", b""),
        ("b.domains", b"# only this\n"),
        ("c.domains", b"\xff\xfe\x00\x01"),
        ("d.domains", b"nothing\n"),
    ],
)
def test_a_list_without_a_domain_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"list of domains .*\.domains: "):
        open_text(LookOptions(lists=(path,)))


def test_a_list_that_is_not_there_is_refused_and_other_files_are_not_touched(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        open_text(LookOptions(lists=(tmp_path / "none.domains",)))
    open_text(LookOptions(lists=(tmp_path / "hashes.md5",)))
