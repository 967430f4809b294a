"""What a thing means, in a sentence that may be printed."""

from __future__ import annotations

from overpaint.labels._lexicon import check_text
from overpaint.labels._taxonomy import Taxonomy
from overpaint.labels._terms import WITHHELD, Terms

__all__ = ["meaning"]


def meaning(tree: Taxonomy, terms: Terms, key: str) -> str | None:
    """The definition of a thing without words that are withheld: its own names, and the lexicon's candidates."""
    text = tree.definition(key)
    if text is None or terms.show:
        return text
    spans = [(one.start, one.end) for one in check_text(text)]
    low = text.casefold()
    if terms.withholds(key) and len(low) == len(text):
        for name in tree.synset(key).names:
            word = name.casefold()
            at = low.find(word)
            while at >= 0:
                spans.append((at, at + len(word)))
                at = low.find(word, at + len(word))
    end = len(text)
    for start, stop in sorted(spans, reverse=True):
        if stop <= end:  # a name inside another goes with it
            text, end = text[:start] + WITHHELD + text[stop:], start
    return text
