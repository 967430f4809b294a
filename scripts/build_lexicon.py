"""Build the word lists that ship: `python scripts/build_lexicon.py` (npm, or `--package cuss-2.2.0.tgz`).

They come from npm's `cuss` (MIT, Titus Wormer and contributors), seven lists, each word with a number from 0 to 2 that
says how likely it is meant as a profanity. What is written: `src/overpaint/labels/lexicon/words.tsv.xz`, one line a
word (language, number, word) in the order of those three, and the licence beside it. It is compressed so that a search
through the repository does not meet these words.

`given_names.txt` and `family_names.txt` are the first and last words of the people that WordNet 3.0 knows by name
(Debian's `wordnet-base`, /usr/share/wordnet/data.noun); its licence lies beside `data/wordnet30.tsv.xz`.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "cuss@2.2.0"
SHA256 = "66b19c6086d3fb3eac3769daf97dd695290ecc24b0fddbc30688418c629b776f"
LANGUAGES = {"index": "en", "ar-latn": "ar-Latn", "es": "es", "fr": "fr", "it": "it", "pt": "pt", "pt-pt": "pt-PT"}
INTO = Path(__file__).resolve().parent.parent / "src/overpaint/labels/lexicon"
NOUNS = Path("/usr/share/wordnet/data.noun")
PERSON = "00007846"
NAMES = "given_names.txt and family_names.txt are words of WordNet 3.0; its licence is data/wordnet_LICENSE.txt.\n"
ENTRY = re.compile(r"""^  (?:'((?:[^'\\]|\\.)+)'|"([^"]+)"|([^\s:'"]+)): ([012]),?$""")


def entries(source: str) -> list[tuple[str, int]]:
    """The words of one file of the package; a line that is not understood stops the build."""
    start = source.index("export const cuss = {\n") + len("export const cuss = {\n")
    found = []
    for line in source[start : source.index("\n}", start)].split("\n"):
        match = ENTRY.match(line)
        if match is None:
            raise SystemExit("a line of the package is not understood; look at its new form")
        word = (match[1] or match[2] or match[3]).replace("\\'", "'")
        found.append((word, int(match[4])))
    return found


def names_of_people(lines: list[str]) -> tuple[list[str], list[str]]:
    """First and last words of the names of WordNet's instances of persons."""
    above: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("  "):
            continue
        cells = line.split(" ")
        count = int(cells[3], 16)
        pointers = cells[4 + 2 * count + 1 :]
        steps = [(pointers[4 * i], pointers[4 * i + 1]) for i in range(int(cells[4 + 2 * count]))]
        above[cells[0]] = [to for sign, to in steps if sign in ("@", "@i")]
        if any(sign == "@i" for sign, _ in steps):
            names[cells[0]] = [cells[4 + 2 * i].replace("_", " ").lower() for i in range(count)]

    def person(key: str) -> bool:
        return key == PERSON or any(person(one) for one in above[key])

    full = [name.split() for key, found in names.items() if person(key) for name in found]
    given = {one[0] for one in full if len(one) > 1 and one[0].isalpha() and len(one[0]) > 1}
    family = {one[-1] for one in full if len(one) > 1 and one[-1].isalpha()}
    return sorted(given), sorted(family)


def main() -> None:
    """Read the package and write the lists."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--package", type=Path, help="the package's tarball; else npm is asked for it")
    package = parser.parse_args().package
    with tempfile.TemporaryDirectory() as scratch:
        if package is None:
            subprocess.run(["npm", "pack", PACKAGE, "--pack-destination", scratch], check=True, capture_output=True)
            package = next(Path(scratch).glob("*.tgz"))
        data = package.read_bytes()
        if hashlib.sha256(data).hexdigest() != SHA256:
            raise SystemExit(f"{package} is not {PACKAGE} (its SHA-256 differs)")
        with tarfile.open(package) as tar:
            texts = {
                name: tar.extractfile(f"package/{name}").read().decode()  # type: ignore[union-attr]
                for name in ("license", *(f"{one}.js" for one in LANGUAGES))
            }
    rows = sorted((code, rank, word) for name, code in LANGUAGES.items() for word, rank in entries(texts[f"{name}.js"]))
    text = "".join(f"{code}\t{rank}\t{word}\n" for code, rank, word in rows)
    INTO.mkdir(exist_ok=True)
    (INTO / "words.tsv.xz").write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    (INTO / "LICENSE.txt").write_text(
        f"words.tsv.xz holds the word lists of npm's {PACKAGE}:\n\n{texts['license']}\n{NAMES}", "utf-8"
    )
    for file, found in zip(
        ("given_names", "family_names"), names_of_people(NOUNS.read_text().splitlines()), strict=True
    ):
        (INTO / f"{file}.txt").write_text("".join(f"{name}\n" for name in found))
    print(f"{len(rows)} words, SHA-256 of the lines {hashlib.sha256(text.encode()).hexdigest()}")


if __name__ == "__main__":
    main()
