"""The search for text: what of it leads to a person or a site, by rule."""

from __future__ import annotations

import hmac
import secrets
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise

from overpaint.detectors._fusion import alone
from overpaint.detectors._ocr import MOST_READ, Ocr, first_look
from overpaint.detectors._protocol import Detection, Detector, Fault, Seen
from overpaint.detectors._text_gate import TextGate
from overpaint.detectors._text_rows import hull, runs, stacks
from overpaint.detectors._view import LookOptions, View
from overpaint.detectors._words import (
    ENDING,
    KINDS,
    Domains,
    Mark,
    Written,
    folded,
    marks_in,
    pages,
    plain,
    read_list,
    suffixes,
    unfinished,
)
from overpaint.errors import OverpaintWarning

__all__ = ["TextSearch", "open_text"]

_OTHER, _DOCUMENT = "text-other", "text-document"
_ACROSS = frozenset({"text-url", "text-adult", "text-email"})  # what may go on in the next line of a row


def open_text(options: LookOptions) -> TextSearch:
    """Open the search for text; of `options.lists` it takes the files that end in ``.domains``.

    Raises
    ------
    ModelError
        If a model is missing; the message names the command that brings it.
    UsageError
        If the public suffix list is not installed, or a list cannot be used; the message says what to do.
    """
    suffixes()
    lists = []
    for path in options.lists:
        if path.suffix.lower() == ENDING:
            lists.append(read_list(path))
            if bad := lists[-1].bad:
                numbers = ", ".join(map(str, lists[-1].bad_lines))
                warnings.warn(
                    f"list of domains {path}: {bad} lines are no domain and were left out (the first: line {numbers})",
                    OverpaintWarning,
                    stacklevel=2,
                )
    glance = first_look(threads=options.threads)
    gate = TextGate(glance)
    return TextSearch(
        gate=gate,
        ocr=Ocr(threads=options.threads, glance=glance, gate=gate),
        domains=Domains(tuple(lists)),
        secret=None if options.keep_text else options.secret,
    )


class TextSearch:
    """Lines of text by kind. Not to be shared between threads.

    Parameters
    ----------
    gate, ocr
        Where the gate sees nothing, the other is not asked.
    domains
        Which domains lead to sexual content.
    secret
        Key of the hashes that stand for texts; None: the texts themselves. With an empty one a key is made that
        nobody learns, so that hashes can be compared within one search only.
    """

    name = "text"
    kinds = KINDS

    def __init__(self, *, gate: Detector, ocr: Detector, domains: Domains, secret: bytes | None) -> None:
        self._gate, self._ocr, self._domains = gate, ocr, domains
        self._secret = secrets.token_bytes(32) if secret == b"" else secret
        self.detectors = (gate, ocr)
        self.long_side = ocr.long_side

    def look(self, view: View, so_far: Sequence[Seen]) -> Sequence[Seen]:
        """Every line of text, and what several of them make together."""
        if not view.ask(self._gate) and not any(fault.detector == self._gate.name for fault in view.faults):
            return ()
        lines = view.ask(self._ocr)
        unread = sum(line.text is None for line in lines)
        if unread:
            view.faults.append(
                Fault(
                    self._ocr.name,
                    f"read the {MOST_READ} highest of {len(lines)} lines of text; of {unread} it gives the boxes only",
                )
            )
        boxed = [(line, line.box) for line in lines if line.box is not None]
        written = [Written(plain(line.text or ""), box) for line, box in boxed]
        faces = [one.detection.box for one in so_far if one.detection.kind == "face" and one.detection.box]
        found = [*self._told([line for line, _ in boxed], written)]
        for page in pages(written, faces):
            on = [line.score for line, box in boxed if box.intersection(page) >= 0.5 * box.area]
            found.append(Detection(_DOCUMENT, sum(on) / len(on), page))
        return alone(self._ocr, found)

    def _told(self, lines: Sequence[Detection], written: Sequence[Written]) -> Iterator[Detection]:
        """Marks that go over several lines first: their lines are not reported again for a part of them."""
        taken: set[tuple[int, str]] = set()
        spent: set[int] = set()
        for members, mark in self._together(written):
            if any((i, mark.kind) in taken for i in members):
                continue
            taken.update((i, kind) for i in members for kind in (_ACROSS if mark.kind in _ACROSS else {mark.kind}))
            spent.update(members)
            score = min(lines[i].score for i in members)
            yield Detection(mark.kind, score, hull([written[i].box for i in members]), self._kept(mark.text))
        for i, (line, said) in enumerate(zip(lines, written, strict=True)):
            marks = [m for m in marks_in(said.text, self._domains) if (i, m.kind) not in taken] if said.text else []
            for mark in marks:
                yield Detection(mark.kind, line.score, said.box, self._kept(mark.text))
            if not marks and i not in spent:
                yield Detection(_OTHER, line.score, said.box, self._kept(folded(said.text)) if said.text else None)

    def _together(self, written: Sequence[Written]) -> Iterator[tuple[tuple[int, ...], Mark]]:
        """Marks of lines taken together that none of them has alone."""
        readable = [i for i, line in enumerate(written) if line.text]
        lines = [written[i] for i in readable]
        for run in runs(lines):
            parts = [lines[k] for k in run]
            text = parts[0].text
            cut = False
            for before, part in pairwise(parts):
                glue = _touch(before, part) or unfinished(text) or part.text[0] in ".@"
                cut = cut or glue
                text += part.text if glue else " " + part.text
            if cut:
                yield from self._new([readable[k] for k in run], text, parts, _ACROSS)
        for stack in stacks(lines):
            parts = [lines[k] for k in stack]
            yield from self._new([readable[k] for k in stack], " ".join(p.text for p in parts), parts, {"text-phone"})

    def _new(
        self, members: Sequence[int], text: str, parts: Sequence[Written], kinds: frozenset[str] | set[str]
    ) -> Iterator[tuple[tuple[int, ...], Mark]]:
        alone_too = {mark for part in parts for mark in marks_in(part.text, self._domains)}
        for mark in marks_in(text, self._domains):
            if mark.kind in kinds and mark not in alone_too:
                yield tuple(members), mark

    def _kept(self, text: str) -> str:
        if self._secret is None:
            return text
        return hmac.new(self._secret, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:32]


def _touch(before: Written, after: Written) -> bool:
    """Whether the boxes of two lines of a row touch: they are grown by less than half a blank."""
    return after.box.x0 <= before.box.x1
