"""Lists of hashes in every form, with everything that can be wrong with them; and nothing of them in any message."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.fingerprints import Digests, HashLists, HashMatch, Pdq

FILE = b"the bytes of a file"
MD5 = hashlib.md5(FILE).hexdigest()
SHA = hashlib.sha256(FILE).hexdigest()
PDQ = "f8" * 31 + "0f"


def pdq(text: str, *, differing: int = 0, quality: int = 100) -> Pdq:
    value = int(text, 16)
    for bit in range(differing):
        value ^= 1 << 8 * bit + 3
    return Pdq(value.to_bytes(32), quality)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.txt", f"# a comment\n\n{MD5}  seen in March\nsha256:{SHA}\r\nPDQ={PDQ.upper()},100\n"),
        ("list.csv", f"md5,sha256,pdq\n{MD5},,\n,{SHA},\n,,{PDQ}\n"),
        ("list.csv", f'id,Type,Indicator\n1,HASH_MD5,{MD5}\n2,"HASH_SHA256",{SHA}\n3,HASH_PDQ,{PDQ}\n'),
        ("list.json", json.dumps([{"md5": MD5}, {"sha256": SHA, "pdq": PDQ}])),
        (
            "list.json",
            json.dumps({"data": [{"id": 1, "type": "HASH_MD5", "indicator": MD5}, {"type": "sha256", "indicator": SHA},
                                 {"signal_type": "pdq", "signal_str": PDQ}], "paging": {}}),
        ),
        (
            "list.jsonl",
            "\n".join(json.dumps({"type": kind, "indicator": text})
                      for kind, text in (("HASH_MD5", MD5), ("HASH_SHA256", SHA), ("HASH_PDQ", PDQ))),
        ),
        ("list.ndjson", json.dumps([{"md5": MD5}]) + "\n\n" + json.dumps({"pdq": PDQ, "sha256": SHA})),
    ],
)  # fmt: skip
def test_every_form_is_read(tmp_path: Path, name: str, text: str) -> None:
    lists = HashLists.read([write(tmp_path / name, text)])
    assert lists.counts == {"md5": 1, "sha256": 1, "pdq": 1}
    assert lists.notes == ()
    assert lists.match_bytes(FILE) == HashMatch("sha256")
    assert lists.match_bytes(FILE + b".") is None
    assert lists.match_pdq(pdq(PDQ, differing=31)) == HashMatch("pdq", 31)
    assert lists.match_pdq(pdq(PDQ, differing=32)) is None
    assert lists.match_pdq(pdq(PDQ, differing=5), radius=4) is None


def test_files_are_put_together(tmp_path: Path) -> None:
    one = write(tmp_path / "one.txt", MD5)
    other = write(tmp_path / "known-pdq.txt", f"{PDQ}\n{PDQ}\n")
    lists = HashLists.read([one, str(other)])
    assert len(lists) == 2
    assert lists.match_bytes(FILE) == HashMatch("md5")
    assert lists.match_pdq(pdq(PDQ)) == HashMatch("pdq", 0)


def test_no_lists_match_nothing() -> None:
    lists = HashLists.read([])
    assert len(lists) == 0
    assert lists.match_bytes(FILE) is None
    assert lists.match_pdq(pdq(PDQ)) is None


def test_a_hash_of_low_quality_matches_nothing_unless_asked(tmp_path: Path) -> None:
    lists = HashLists.read([write(tmp_path / "pdq.txt", PDQ)])
    assert lists.match_pdq(pdq(PDQ, quality=49)) is None
    assert lists.match_pdq(pdq(PDQ, quality=49), min_quality=0) == HashMatch("pdq", 0)


def test_64_digits_say_what_they_are(tmp_path: Path) -> None:
    assert HashLists.read([write(tmp_path / "my-SHA-256.txt", SHA)]).counts["sha256"] == 1
    assert HashLists.read([write(tmp_path / "my_pdq.txt", PDQ)]).counts["pdq"] == 1
    for name, text in (
        ("list.txt", f"{MD5}\n{SHA}\n"),
        ("pdq-or-sha256.txt", PDQ),
        ("list.jsonl", json.dumps({"indicator": SHA})),
    ):
        with pytest.raises(UsageError, match=r"SHA-256 or PDQ.*pdq:"):
            HashLists.read([write(tmp_path / name, text)])


def test_bad_lines_are_counted_and_named_and_never_quoted(tmp_path: Path) -> None:
    bad = [
        "zz" * 16,
        MD5[:-2],
        f"sha256:{MD5}",
        "x" * 70_000,
        MD5[:-1],
        "-",
        "\0\ud800".encode("utf-8", "replace").decode(),
    ]
    lists = HashLists.read([write(tmp_path / "list.txt", "\n".join([MD5, *bad, "md5:" + MD5]))])
    assert lists.counts["md5"] == 1
    (note,) = lists.notes
    assert "7 of 9 entries" in note
    for place in ("line 2: no hash", "line 3: 30 hex digits", "line 4: 32 hex digits, 64", "line 5: longer", "line 6"):
        assert place in note
    assert "line 7" not in note
    for secret in (*bad[:3], MD5, "zz"):
        assert secret not in note
    assert MD5 not in repr(lists)


def test_kinds_that_are_not_matched_are_counted(tmp_path: Path) -> None:
    text = f"type,value\nHASH_MD5,{MD5}\nphotodna,{'00' * 144}\nHASH_VIDEO_MD5,{MD5[::-1]}\nsha1,{'0' * 40}\n"
    lists = HashLists.read([write(tmp_path / "list.csv", text)])
    assert len(lists) == 1
    assert "3 entries are of kinds that are not matched" in lists.notes[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty.txt", ""),
        ("empty.csv", ""),
        ("comments.txt", "# nothing\n\n"),
        ("words.txt", "hello\nworld\n"),
        ("head.csv", "name,size\na,1\n"),
        ("head-only.csv", "md5\n"),
        ("quote.csv", 'md5\n"abc\n'),
        ("open.json", '{"type": '),
        ("number.json", "3"),
        ("deep.json", "[" * 5_000 + "]" * 5_000),
        ("other.json", '[{"type": "HASH_SHA1", "indicator": "00"}]'),
        ("lines.jsonl", "{}\n[]\n{\n"),
        ("deep.jsonl", "[" * 100_000),
    ],
)
def test_a_list_of_nothing_is_an_error_with_the_remedy(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        HashLists.read([write(tmp_path / name, text)])
    assert "\n" not in str(caught.value)
    assert "hello" not in str(caught.value)


def test_no_file_and_a_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.txt", tmp_path):
        with pytest.raises(UsageError, match=r"cannot be read .*check the path"):
            HashLists.read([path])


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbf" + MD5.encode() + b"\n\xff\xfe\x00\n")
    lists = HashLists.read([path])
    assert lists.counts["md5"] == 1
    assert "1 of 2" in lists.notes[0]


def test_more_than_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from overpaint.fingerprints import _hash_files

    monkeypatch.setattr(_hash_files, "_MOST", 2)
    monkeypatch.setattr(_hash_files, "_LARGEST_JSON", 10)
    with pytest.raises(UsageError, match="more than 2 hashes"):
        HashLists.read([write(tmp_path / "list.txt", f"{MD5}\n" * 3)])
    with pytest.raises(UsageError, match="jsonl"):
        HashLists.read([write(tmp_path / "list.json", json.dumps([{"md5": MD5}]))])


@given(st.lists(st.binary(min_size=16, max_size=16)), st.binary(min_size=16, max_size=16))
def test_sorted_digests_are_a_set(held: list[bytes], other: bytes) -> None:
    digests = Digests(b"".join(held), size=16)
    assert len(digests) == len(set(held))
    assert all(each in digests for each in held)
    assert (other in digests) == (other in held)
    assert sorted(held) == sorted([each for each in held if each in digests])
    assert [row.tobytes() for row in digests.rows()] == sorted(set(held))


def test_digests_that_share_their_first_bytes() -> None:
    held = [bytes(8) + bytes([number]) * 8 for number in range(200)]
    digests = Digests(b"".join(held), size=16)
    assert all(each in digests for each in held)
    assert bytes(8) + bytes([200]) * 8 not in digests
    with pytest.raises(ValueError, match="16 bytes"):
        assert bytes(3) in digests


def test_many_hashes_are_asked_by_parts(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).integers(0, 256, (25_000, 32), dtype=np.uint8)
    path = write(tmp_path / "pdq.txt", "\n".join(row.tobytes().hex() for row in rows))
    lists = HashLists.read([path])
    assert lists.match_pdq(pdq(rows[20_000].tobytes().hex(), differing=31)) == HashMatch("pdq", 31)
    assert lists.match_pdq(pdq(rows[20_000].tobytes().hex(), differing=32)) is None
