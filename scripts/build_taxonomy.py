"""Write the taxonomy and the class lists that ship in src/overpaint/labels/data.

    apt-get install wordnet-base        (/usr/share/wordnet/data.noun)
    pip download timm==1.0.31 --no-deps
    python scripts/build_taxonomy.py data.noun timm-1.0.31-py3-none-any.whl

WordNet must be 3.0: ImageNet's identifiers are its offsets, and those of 3.1 are others. The files are plain text,
compressed by xz: `xz -dc src/overpaint/labels/data/wordnet30.tsv.xz | less`. Another liblzma may write the same text
in other bytes; tests/realdata/test_taxonomy_real.py compares the text.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "src" / "overpaint" / "labels" / "data"
DATA_NOUN = "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2"
WHEEL = "5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7"
LISTS = {  # the name a list goes by here, and its file in the wheel
    "ilsvrc": "imagenet_synsets.txt",
    "21k": "imagenet21k_goog_synsets.txt",
    "22k": "imagenet22k_synsets.txt",
    "22k-ms": "imagenet22k_ms_synsets.txt",
    "21k-p": "imagenet21k_miil_w21_synsets.txt",
    "21k-p-fall": "imagenet21k_miil_synsets.txt",
    "12k": "imagenet12k_synsets.txt",
}
LICENCE_OF_LISTS = """\
class_lists.txt.xz holds the identifiers and the order of classes of seven label sets, as the files
timm/data/_info/*.txt of timm 1.0.31 give them (https://github.com/huggingface/pytorch-image-models);
scripts/build_taxonomy.py put them into one file.

"""


@dataclass(frozen=True, slots=True)
class Noun:
    """One line of data.noun."""

    id: str
    names: tuple[str, ...]
    parents: tuple[str, ...]
    instance: bool
    definition: str

    def row(self) -> str:
        """Identifier, names, parents, and ``i`` where it is one of its parents and not a kind of them."""
        return "\t".join((self.id, "|".join(self.names), "|".join(self.parents), "i" if self.instance else ""))


def nouns(text: str) -> Iterator[Noun]:
    """Every synset, in the order of the file, which is the order of the identifiers (wndb(5WN) tells the format)."""
    for line in text.splitlines():
        if line.startswith("  "):  # the licence
            continue
        head, _, gloss = line.partition(" | ")
        fields = head.split()
        first = 4 + 2 * int(fields[3], 16)  # words come in pairs, their number is hexadecimal
        names = tuple(word.replace("_", " ") for word in fields[4:first:2])
        kinds: list[str] = []
        ones: list[str] = []
        for at in range(first + 1, first + 1 + 4 * int(fields[first]), 4):
            pointer, target, part, _ = fields[at : at + 4]
            if part == "n" and pointer in {"@", "@i"}:
                (kinds if pointer == "@" else ones).append(f"n{target}")
        yield Noun(f"n{fields[0]}", names, (*kinds, *ones), bool(ones), definition(gloss))


def definition(gloss: str) -> str:
    """A gloss without its examples, which stand in quotation marks behind a semicolon or a colon."""
    said = gloss.strip().split('; "')[0]
    return re.sub(r'\s*:\s*"[^"]*"$', "", said).rstrip(" ;")


def licence(text: str) -> str:
    """The head of data.noun, without its line numbers."""
    head = [line for line in text.splitlines() if line.startswith("  ")]
    return "\n".join(re.sub(r"^ +\d+ ?", "", line).rstrip() for line in head) + "\n"


def lists(wheel: Path) -> tuple[str, str]:
    """The class lists as one text, and the licence they came under."""
    with zipfile.ZipFile(wheel) as archive:
        parts = []
        for name, file in LISTS.items():
            ids = archive.read(f"timm/data/_info/{file}").decode("ascii").split()
            parts += [f"# {name}", *ids]
        (told,) = (name for name in archive.namelist() if name.endswith("/LICENSE"))
        return "\n".join(parts) + "\n", archive.read(told).decode("utf-8")


def write(path: Path, text: str) -> None:
    """A text, compressed."""
    packed = lzma.compress(text.encode("utf-8"), preset=9 | lzma.PRESET_EXTREME)
    path.write_bytes(packed)
    print(f"{path.name}: {len(packed):,} bytes, {len(text):,} before")


def checked(path: Path, sha256: str) -> Path:
    """A file whose bytes are the expected ones."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        sys.exit(f"build_taxonomy: {path} has SHA-256 {found}, not {sha256}; get the version that the docstring names")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_noun", type=Path, help="WordNet 3.0's data.noun")
    parser.add_argument("wheel", type=Path, help="the wheel of timm 1.0.31")
    parser.add_argument(
        "--to", type=Path, default=DATA, help="the folder to write to; that of the package unless given"
    )
    asked = parser.parse_args()
    text = checked(asked.data_noun, DATA_NOUN).read_text("ascii")
    found = list(nouns(text))
    asked.to.mkdir(parents=True, exist_ok=True)
    write(asked.to / "wordnet30.tsv.xz", "".join(f"{noun.row()}\n" for noun in found))
    write(asked.to / "wordnet30_definitions.txt.xz", "".join(f"{noun.definition}\n" for noun in found))
    classes, terms = lists(checked(asked.wheel, WHEEL))
    write(asked.to / "class_lists.txt.xz", classes)
    (asked.to / "wordnet_LICENSE.txt").write_text(licence(text), "ascii")
    (asked.to / "class_lists_LICENSE.txt").write_text(LICENCE_OF_LISTS + terms, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
