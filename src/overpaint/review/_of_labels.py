"""Questions about labels: is this word, said of a person, offensive, sensitive or safe, and can it be seen at all?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from overpaint import labels as room
from overpaint.errors import LabelsError
from overpaint.review._questions import Question
from overpaint.review._words import Kind

__all__ = ["LEAST", "of_labels"]

LEAST = 5
"""People who rate a word at least: a share of three says little, and an imageability is the mean of them."""

MOST = 100_000
LONGEST = 200
MOST_MEANINGS = 5
_SELECTOR = re.compile(r"(unrated|under):([^@]+)(?:@(.+))?")


def of_labels(labels: str, *, certainty: float | None = None) -> list[Question]:
    """One question for each label of a file or selector, each once.

    Parameters
    ----------
    labels
        A file, or ``unrated:ROOT@LIST``, ``under:ROOT@LIST``; without ``@LIST`` all of WordNet.
    certainty
        How sure they shall be; as the review's settings say unless given.

    Raises
    ------
    LabelsError
        The file cannot be read, a line of it is no label, or a selector finds nothing.
    """
    found = _SELECTOR.fullmatch(labels)
    asked = _selected(found[1], found[2], found[3]) if found and not Path(labels).exists() else _listed(labels)
    extra = {"least": LEAST} | ({} if certainty is None else {"certainty": certainty})
    questions: dict[str, Question] = {}
    for thing, title, definition in itertools.islice(asked, MOST + 1):
        questions[thing] = Question(
            Kind.RATE_LABEL, thing, title=title, definition=definition, harm=0.5, basis="labels", extra=extra
        )
    if not questions:
        raise LabelsError(f"{labels} holds no label to ask about")
    if len(questions) > MOST:
        raise LabelsError(f"{labels} holds more than {MOST:,} labels; ask about them in parts")
    return list(questions.values())


def _selected(what: str, root: str, among: str | None) -> Iterator[tuple[str, str, str]]:
    tree = room.wordnet()
    tree.synset(root)  # says that there is none
    rated = room.ratings() if what == "unrated" else {}
    if what == "unrated" and not rated:
        raise LabelsError(
            f"no ratings are installed, so every label would be unrated: {room.HOW_TO_GET_RATINGS}; "
            f"or say under:{root} to ask about all"
        )
    inside = tree.descendants(root) | {root}
    for one in room.class_list(among).ids if among is not None else sorted(inside):
        if one is not None and one in inside and (one not in rated or rated[one].safety is None):
            yield _known(one)


def _listed(file: str) -> Iterator[tuple[str, str, str]]:
    tree = room.wordnet()
    for number, line in enumerate(room.label_lines(file), 1):
        label = line.strip()
        if not label:
            continue
        if len(label) > LONGEST or not label.isprintable():
            raise LabelsError(f"{file}, line {number}: a label is a short text of at most {LONGEST} characters")
        found = room.resolve_label(label)
        yield _known(found.id) if found.id is not None and found.id in tree else (label, label, _meanings(found))


def _meanings(found: room.Resolved) -> str:
    """What a word of several meanings may stand for; it is rated as the word that it is."""
    tree = room.wordnet()
    told = [tree.definition(one) for one in found.candidates[:MOST_MEANINGS] if one in tree]
    return "; or ".join(one for one in told if one)


def _known(wnid: str) -> tuple[str, str, str]:
    """What is asked about, how it is called, and what it means."""
    tree = room.wordnet()
    return wnid, ", ".join(tree.synset(wnid).names), tree.definition(wnid) or ""
