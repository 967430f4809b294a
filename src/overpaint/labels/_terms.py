"""Which words are not printed unless somebody asks for them: one rule, for every command, page and message.

Withheld is what was rated offensive or sensitive, what is a kind of person and was not rated "safe", what its own
definition calls offensive, and, for labels outside the taxonomy, what the lexicon has a candidate in. Whoever needs to
see them says ``--show-terms``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from overpaint.labels._facts import PERSON, Rating
from overpaint.labels._lexicon import check_text
from overpaint.labels._lexicon_context import marked
from overpaint.labels._spelling import loosely
from overpaint.labels._taxonomy import Taxonomy, wordnet

__all__ = ["WITHHELD", "Terms"]

WITHHELD = "(term withheld)"
"""Instead of the term. A first letter and dots would tell it."""

LONGEST = 10_000
"""Characters of a label; what is longer is no label, and withheld unread."""

_BEFORE = re.compile(r"(n\d{8})([\s_\-.:,]+)(?=\S)")


class Terms:
    """How labels are printed.

    Parameters
    ----------
    ratings
        What people said of labels (`overpaint.labels.ratings`). Where none are installed every kind of person is
        withheld.
    taxonomy
        What identifiers mean; WordNet unless given.
    show
        True: everything is printed as it is (``--show-terms``).
    """

    def __init__(
        self, ratings: Mapping[str, Rating] | None = None, taxonomy: Taxonomy | None = None, *, show: bool = False
    ) -> None:
        self.show = show
        self._ratings: Mapping[str, Rating] = {} if ratings is None else ratings
        self._taxonomy = wordnet() if taxonomy is None else taxonomy
        self._known: dict[str, bool] = {}
        self._hidden: set[str] = set()

    @property
    def withheld(self) -> int:
        """How many different terms were withheld until now."""
        return len(self._hidden)

    def note(self) -> str:
        """``3 terms are withheld; --show-terms shows them``, or nothing where none is."""
        if not self._hidden:
            return ""
        return f"{_terms(self.withheld)} withheld; --show-terms shows {'it' if self.withheld == 1 else 'them'}"

    def of(self, id_or_text: str, names: Sequence[str] | None = None) -> str:
        """The words of an identifier, or a text, or `WITHHELD` in their place.

        Parameters
        ----------
        id_or_text
            An identifier of the taxonomy (its names are what is printed), or a label as it stands in the data.
        names
            The words to print for it, where they are not the taxonomy's.
        """
        term = ", ".join(names) if names else self._words(id_or_text)
        if self.show or not self.withholds(id_or_text, names):
            return term
        self._hidden.add(id_or_text)
        before = None if names else self._after_id(id_or_text)
        return WITHHELD if before is None else before[0] + WITHHELD

    def label(self, text: str) -> str:
        """A label as it stands in the data: an identifier stays one; of ``n09835506_ballplayer`` the words may go."""
        return text if text in self._taxonomy else self.of(text)

    def withholds(self, id_or_text: str, names: Sequence[str] | None = None) -> bool:
        """Whether the rule withholds it, whatever `show` says; nothing is counted."""
        key = "\0".join((id_or_text, *(names or ())))
        if key not in self._known:
            if len(self._known) >= 1_000_000:  # a list of free texts has no end
                self._known.clear()
            self._known[key] = self._rule(id_or_text, names)
        return self._known[key]

    def _rule(self, id_or_text: str, names: Sequence[str] | None) -> bool:
        rating = self._ratings.get(id_or_text)
        if rating is not None and rating.safety is not None:
            return rating.safety != "safe"
        if id_or_text in self._taxonomy and PERSON in self._taxonomy:
            return self._meant(id_or_text)
        if not names and (found := self._after_id(id_or_text)):
            _, known, rest = found
            # where the words are its own, their meaning is known: the lexicon has no say
            return self.withholds(known) or (not self._named_so(known, rest) and self.withholds(rest))
        texts = names or (self._words(id_or_text),)
        return any(len(text) > LONGEST or check_text(text) or self._only_persons(text) for text in texts)

    def _named_so(self, id: str, words: str) -> bool:  # noqa: A002
        """Whether words are names of a thing: all of them, with commas."""
        own = {loosely(name) for name in self._taxonomy.synset(id).names}
        return loosely(words) in own or all(loosely(piece) in own for piece in words.split(","))

    def _meant(self, id: str) -> bool:  # noqa: A002
        """The rule for a thing whose meaning is known."""
        rating = self._ratings.get(id)
        if rating is not None and rating.safety is not None:
            return rating.safety != "safe"
        if id == PERSON:
            return False
        return self._taxonomy.under(id, PERSON) or marked(self._taxonomy.definition(id))

    def _only_persons(self, text: str) -> bool:
        """Whether a word of a label means nothing but things that are withheld: a crane is also a bird."""
        pieces = [text, *text.split(",")[:20]]
        senses = (self._taxonomy.loosely_named(piece) for piece in pieces if 0 < len(piece) <= 200)
        return PERSON in self._taxonomy and any(found and all(map(self._meant, found)) for found in senses)

    def _after_id(self, text: str) -> tuple[str, str, str] | None:
        """Of ``n01440764_tench``: what stands before the words, the identifier, the words."""
        found = _BEFORE.match(text)
        if found is None or found[1] not in self._taxonomy:
            return None
        return found[0], found[1], text[found.end() :]

    def _words(self, id_or_text: str) -> str:
        return ", ".join(self._taxonomy.synset(id_or_text).names) if id_or_text in self._taxonomy else id_or_text


def _terms(count: int) -> str:
    return "1 term is" if count == 1 else f"{count:,} terms are"
