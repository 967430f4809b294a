"""Write which classes of ImageNet-1k and -21k belong to each domain of src/overpaint/detectors/domains.toml.

    python scripts/make_domains.py data.noun CLASSES ...    (apt-get install wordnet-base: /usr/share/wordnet/data.noun)

CLASSES are files that begin each line with a WordNet id, such as timm's imagenet_synsets.txt and
imagenet21k_goog_synsets.txt. WordNet must be 3.0: ImageNet's ids are its offsets.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOM = Path(__file__).resolve().parent.parent / "src" / "overpaint" / "detectors"
HEAD = """\
# Which classes of ImageNet-1k and -21k belong to the domains of domains.toml, by their WordNet 3.0 ids without the n.
# Written by scripts/make_domains.py; do not edit. Made from WordNet, whose licence asks for this notice:
#
"""
NOTICE = """\
This software and database is being provided to you, the LICENSEE, by Princeton University under the following license.
By obtaining, using and/or copying this software and database, you agree that you have read, understood, and will comply
with these terms and conditions.:

Permission to use, copy, modify and distribute this software and database and its documentation for any purpose and
without fee or royalty is hereby granted, provided that you agree to comply with the following copyright notice and
statements, including the disclaimer, and that the same appear on ALL copies of the software, database and
documentation, including modifications that you make for internal use or for distribution.

WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.

THIS SOFTWARE AND DATABASE IS PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS
OR IMPLIED. BY WAY OF EXAMPLE, BUT NOT LIMITATION, PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES OF
MERCHANTABILITY OR FITNESS FOR ANY PARTICULAR PURPOSE OR THAT THE USE OF THE LICENSED SOFTWARE, DATABASE OR
DOCUMENTATION WILL NOT INFRINGE ANY THIRD PARTY PATENTS, COPYRIGHTS, TRADEMARKS OR OTHER RIGHTS.

The name of Princeton University or Princeton may not be used in advertising or publicity pertaining to distribution of
the software and/or database. Title to copyright in this software, database and any associated documentation shall at
all times remain with Princeton University and LICENSEE agrees to preserve same.
"""


def hyponyms(data: Path) -> Mapping[str, Sequence[str]]:
    """Each noun of WordNet's data.noun with what lies directly below it, both as offsets."""
    below: dict[str, list[str]] = defaultdict(list)
    for line in data.read_text("latin-1").splitlines():
        if line.startswith("  "):  # the licence
            continue
        fields = line.split(" | ")[0].split()
        first = 4 + 2 * int(fields[3], 16)  # words come in pairs, their number is hexadecimal
        for at in range(first + 1, first + 1 + 4 * int(fields[first]), 4):
            pointer, target, part, _ = fields[at : at + 4]
            if pointer in {"@", "@i"} and part == "n":
                below[target].append(fields[0])
    return below


def subtree(roots: Iterable[str], below: Mapping[str, Sequence[str]]) -> set[str]:
    """The roots and all that lies below them."""
    found: set[str] = set()
    rest = list(roots)
    while rest:
        one = rest.pop()
        if one not in found:
            found.add(one)
            rest += below.get(one, ())
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="WordNet 3.0's data.noun")
    parser.add_argument("classes", type=Path, nargs="+", help="files with a WordNet id at the beginning of each line")
    asked = parser.parse_args()
    below = hyponyms(asked.data)
    lines = [line.split() for path in asked.classes for line in path.read_text("utf-8").splitlines()]
    known = {line[0][1:] for line in lines if line and line[0].startswith("n")}
    parts = [HEAD + textwrap.indent(NOTICE, "# ", lambda _: True).replace("# \n", "#\n")]
    for name, domain in tomllib.loads((ROOM / "domains.toml").read_text("utf-8")).items():
        roots, others = ([wnid[1:] for wnid in domain.get(key, ())] for key in ("roots", "except"))
        chosen = sorted((subtree(roots, below) - subtree(others, below)) & known)
        parts.append(f'\n{name} = """\n' + textwrap.fill(" ".join(chosen), 119) + '\n"""\n')
        print(f"{name}: {len(chosen)} classes", file=sys.stderr)
    (ROOM / "domain_classes.toml").write_text("".join(parts), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
