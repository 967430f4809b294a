"""What strings of text are taken for: cases by hand, and properties of whatever a recogniser may read."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overpaint.detectors._words import KINDS, Domains, folded, marks_in, plain, unfinished
from overpaint.detectors._words._suffixes import host_of, suffixes

DOMAINS = Domains()

SITES = {
    "www.stafbul.com": "stafbul.com",
    "www,site.com": "site.com",
    "site . com": "site.com",
    "site. com": "site.com",
    "www.site.c0m": "site.com",
    "www.site.corn": "site.com",
    "www site com": "site",
    "wwwsite.com": "site.com",
    "www.sitecom": "site.com",
    "VVWW.site.com": "site.com",
    "ww.site.com": "site.com",
    "WWW.SITE.COM": "site.com",
    "Visit http://www.site.org/ now": "site.org",
    "http:l/www.site.com": "site.com",
    "http//site.org": "site.org",
    "h ttp://site.org": "site.org",
    "SITE.com": "site.com",
    "photos.site.co.uk": "site.co.uk",
    "图片site.com.cn": "site.com.cn",
    "www。site。com": "site.com",
    "www.site\u200b.com": "site.com",
    "www.sіte.com": "site.com",  # with a Cyrillic letter
    "site.de": "site.de",
    "www.site.it": "site.it",
    "site.it/path": "site.it",
    "www.sit": "sit",  # cut off at the edge: a site all the same
    "flickr.com/photos/someone": "flickr.com",
    "cockpit.com": "cockpit.com",
    "www.sussex.ac.uk": "sussex.ac.uk",
    "peacock.net": "peacock.net",
    "www.site.connect.de": "connect.de",
}
ADULT = {
    "hot.xxx": "hot.xxx",
    "any.thing.porn": "thing.porn",
    "www.freesex.com": "freesex.com",
    "XHAMSTER.COM": "xhamster.com",
    "my-porn-site.net": "my-porn-site.net",
}
OTHERS = {
    "name@site.com": ("text-email", "name@site.com"),
    "Name . Sur @ Site . com": ("text-email", "name.sur@site.com"),
    "john.doe(at)gmail.com": ("text-email", "john.doe@gmail.com"),
    "@someone_else": ("text-handle", "someone_else"),
    "instagram: jane.doe": ("text-handle", "jane.doe"),
    "01327 860801": ("text-phone", "01327860801"),
    "(555) 234-5678": ("text-phone", "5552345678"),
    "555.234.5678": ("text-phone", "5552345678"),
    "+49 (0)30 123456": ("text-phone", "+49030123456"),
    "Tel: 345 6789": ("text-phone", "3456789"),
    "1-800-FLOWERS": ("text-phone", "1800flowers"),
    "© John Doe": ("text-stock", "© john doe"),
    "(c) 2009 Jane": ("text-stock", "(c) 2009 jane"),
    "COPYRlGHT": ("text-stock", "copyrlght"),
    "All rights reserved.": ("text-stock", "all rights reserved."),
    "fotolia": ("text-stock", "fotolia"),
    "tolia": ("text-stock", "tolia"),  # the mark's beginning is lost in the ground
    "shutterst0ck": ("text-stock", "shutterst0ck"),
    "Getty Images": ("text-stock", "getty images"),
    "photo by Jane": ("text-stock", "photo by jane"),
    "2003-12-25 14:33": ("text-date", "2003-12-25"),
    "12/25/2003": ("text-date", "12-25-2003"),
    "25.12.2003": ("text-date", "25-12-2003"),
    "'98 12 25": ("text-date", "98-12-25"),
    "12 25 '98": ("text-date", "12-25-98"),
    "25 DEC 2003": ("text-date", "25-dec-2003"),
    "December 25, 2003": ("text-date", "december-25-2003"),
    "N2897": ("text-plate", "N2897"),
    "AB12 CDE": ("text-plate", "AB12CDE"),
    "B-MA 1234": ("text-plate", "BMA1234"),
    "7ABC123": ("text-plate", "7ABC123"),
    "AB-123-CD": ("text-plate", "AB123CD"),
}
NOTHING = """cockpit|1.2.3|v2.10.7|e.g.|i.e.|$3.99|£7495|1,000,000|45.5%|3-2|24/7|9-5|St.Louis|Mr.Smith|Dr.No
Day.So|it.Is|end.Next day|p.m.|10.30 a.m|U.S.A.|Co.Ltd|No.1|Vol.2|node.js|readme.md|setup.py
index.html|image.zip|movie.mov|run.sh|food.drink.fun|3 @ 1.00|a@b|192.168.0.1|#168667147
12345678|978-3-16-148410-0|4006381333931|1234 5678 9012 3456|1998-2003|10:23|1/2/3|5/6|10 20 30
0.123456789|00012345|ISO9001|MP3|BOEING747|747-400|100KM|1080P|DSC00123|IMG1234|50MM|F1600|2ND
WW2|EXIT|OPEN|MAY 2009|Stockholm photo|LE SHOE BOUTIQUE|LAND ROVER|CybermationESP|GoodGarageSche
(c|C)|a) b) c)|...|@|@@@|www|www.|http://|.com|com|,com|hello, com|مرحبا|שלום|日本語|リ・リ・リ"""


@pytest.mark.parametrize(("text", "domain"), SITES.items())
def test_sites(text, domain):
    (mark,) = [mark for mark in marks_in(text, DOMAINS) if mark.kind in {"text-url", "text-adult"}]
    assert (mark.kind, mark.text) == ("text-url", domain)


@pytest.mark.parametrize(("text", "domain"), ADULT.items())
def test_sites_with_sexual_content(text, domain):
    (mark,) = marks_in(text, DOMAINS)
    assert (mark.kind, mark.text) == ("text-adult", domain)


@pytest.mark.parametrize(("text", "said"), OTHERS.items())
def test_what_else_leads_to_somebody(text, said):
    assert [(mark.kind, mark.text) for mark in marks_in(text, DOMAINS)] == [said]


@pytest.mark.parametrize("text", re.split(r"[|\n]", NOTHING))
def test_what_leads_to_nobody(text):
    assert marks_in(text, DOMAINS) == []


@pytest.mark.parametrize("name", ["essex", "middlesex", "hancock", "peacock", "cocktail", "unisex", "pussycat"])
def test_harmless_names_that_hold_a_word_are_no_sexual_content(name):
    assert [mark.kind for mark in marks_in(f"www.{name}.com", DOMAINS)] == ["text-url"]
    assert [mark.kind for mark in marks_in(f"www.{name}-porn.com", DOMAINS)] == ["text-adult"]


def test_several_things_on_one_line_are_all_told():
    text = "© 2003 Jane Doe  www.jane.com  jane@doe.org  +1 555 234 5678  fb.com/jane.doe"
    kinds = {mark.kind for mark in marks_in(text, DOMAINS)}
    assert kinds == {"text-stock", "text-url", "text-email", "text-phone", "text-handle"}
    assert {m.text for m in marks_in(text, DOMAINS) if m.kind == "text-url"} == {"jane.com", "fb.com"}


LETTERS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=2, max_size=20)
NAMES = LETTERS.filter(lambda n: host_of(f"{n}.com") is not None and not n.startswith("w") and re.search("[a-z]{2}", n))
ENDS = st.sampled_from(["com", "org", "net", "de", "co.uk", "com.cn", "info"])


@given(NAMES, ENDS, st.sampled_from(["www.", "http://", "https://www.", "WWW.", "www,", "see www."]))
def test_every_site_with_www_or_http_is_found(name, end, before):
    told = [mark.text for mark in marks_in(f"{before}{name}.{end}", DOMAINS) if mark.kind in {"text-url", "text-adult"}]
    assert f"{name}.{end}" in told


@given(NAMES, ENDS)
def test_a_mail_address_is_no_site(name, end):
    assert {mark.kind for mark in marks_in(f"{name}@{name}.{end}", DOMAINS)} <= {"text-email", "text-adult"}


@given(st.text(max_size=300))
@example("@" * 300)
@example("www." * 75)
@example("1 " * 150)
@example("-" * 300)
@example("a." * 150)
@example("http:" * 60)
@example("\ud800www.a.com")
@example("İ.com")
def test_whatever_was_read_gives_known_kinds_and_the_same_again(text):
    marks = marks_in(text, DOMAINS)
    assert {mark.kind for mark in marks} <= set(KINDS)
    assert all(mark.text for mark in marks)
    assert marks == marks_in(text, DOMAINS)
    assert len(marks) == len(set(marks))
    assert isinstance(unfinished(plain(text)), bool)


@given(st.text(max_size=200))
def test_plain_and_folded_are_stable(text):
    assert plain(plain(text)) == plain(text)
    assert folded(folded(text)) == folded(text)
    assert "\n" not in plain(text)
    assert folded(text.upper()) == folded(text.upper().lower()) or not text.isascii()


def test_a_long_line_takes_no_time_to_speak_of():
    for piece in ("a", "1", "a.", "1-", "w", "www.", "@a", "(1", "0 ", "é", "ﷺ"):
        marks_in(piece * 100_000, DOMAINS)  # no pattern goes over a line more than once for each place


def test_a_broken_address_is_known_as_such():
    for text in ("www.st", "www.sta", "http://site", "see www.", "name@", "someone."):
        assert unfinished(text), text
    for text in ("www.site.com", "http://site.org", "The end", "", "a b"):
        assert not unfinished(text), text


def reference(text):
    """The registered domain by trying every end: the longest public suffix wins."""
    labels = text.split(".")
    for start in range(1, len(labels)):
        if suffixes().publicsuffix(text) == ".".join(labels[start:]):
            return ".".join(labels[start - 1 :])
    return None


@given(st.lists(LETTERS.filter(lambda n: host_of(f"{n}.com") is not None), min_size=1, max_size=3), ENDS)
def test_the_registered_domain_is_the_suffix_and_one_label(labels, end):
    text = ".".join([*labels, end])
    host = host_of(text)
    assert host is not None
    assert host.domain == reference(text) == f"{host.name}.{host.suffix}"


def test_no_host():
    for text in (
        "",
        "com",
        "co.uk",
        ".com",
        "a..com",
        "-a.com",
        "a.nosuchend",
        "1.2.3.4",
        "a" * 64 + ".com",
        "x." * 130 + "com",
    ):
        assert host_of(text) is None, text
