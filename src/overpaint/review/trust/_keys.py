"""What is right, of a gold question.

Keys, by kind of question:

- ``boxes``: ``{"boxes": [[x0, y0, x1, y1], …], "ignore": [[…], …]}`` in pixels of the stored frame. What lies in an
  ``ignore`` region (a crowd in the distance, a face that may be one) counts neither for nor against.
- ``tight``, ``missed``, ``category``, ``audit``: ``{"choice": "yes" or "no"}``
- ``label``: ``{"choice": "given", "guessed", "both" or "neither"}``
- ``flags``: ``{"flags": [must be marked], "either": [may be marked or not]}``
- ``rate-label``: ``{"safety": [accepted words], "imageability": [lowest, highest accepted]}``
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from overpaint.errors import UsageError
from overpaint.review._questions import MOST_BOXES, Question
from overpaint.review._words import ASPECTS, FLAGS, Kind, offered

__all__ = ["key_checked"]


def key_checked(question: Question, key: Mapping[str, Any]) -> dict[str, Any]:
    """A key with everything in it that its kind has.

    Raises
    ------
    UsageError
        It is no key of that kind of question; the message says what is expected.
    """
    match question.kind:
        case Kind.BOXES:
            return {"boxes": _corners(key.get("boxes"), "boxes"), "ignore": _corners(key.get("ignore", []), "ignore")}
        case Kind.FLAGS:
            flags, either = key.get("flags"), key.get("either", [])
            if not (_among(flags, FLAGS) and _among(either, FLAGS)):
                raise UsageError(f"a key of flags lists flags and either, of {', '.join(FLAGS)}")
            return {"flags": list(flags or []), "either": list(either)}
        case Kind.RATE_LABEL:
            safety, span = key.get("safety"), key.get("imageability", [1, 5])
            if not (_among(safety, ASPECTS[question.kind]["safety"]) and safety and _span(span)):
                raise UsageError("a key of rate-label lists the accepted safety words, and imageability [low, high]")
            return {"safety": list(safety), "imageability": list(span)}
        case _:
            if key.get("choice") not in ASPECTS[question.kind][""]:
                words = " or ".join(f'{{"choice": "{word}"}}' for word in offered(question.kind))
                raise UsageError(f"a key of a choice is {words}")
            return {"choice": key["choice"]}


def _among(given: object, words: Collection[str]) -> bool:
    return isinstance(given, list | tuple) and all(word in words for word in given)


def _span(given: object) -> bool:
    if not isinstance(given, list | tuple) or len(given) != 2 or any(type(end) is not int for end in given):
        return False
    low, high = given
    return bool(1 <= low <= high <= 5)


def _corners(given: object, part: str) -> list[tuple[float, float, float, float]]:
    boxes: list[Any] = list(given) if isinstance(given, list | tuple) and len(given) <= MOST_BOXES else [None]
    kept = []
    for corners in boxes:
        whole = isinstance(corners, list | tuple) and len(corners) == 4
        numbers = [float(c) for c in corners if type(c) in {int, float} and abs(c) < 1e9] if whole else []
        if len(numbers) != 4 or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
            raise UsageError(f"{part} of a key are at most {MOST_BOXES} of [x0, y0, x1, y1] in pixels")
        kept.append((numbers[0], numbers[1], numbers[2], numbers[3]))
    return kept
