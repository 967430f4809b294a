"""Where a label leads: through merges to a label that stays, up to an ancestor that is kept, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from overpaint.errors import LabelsError
from overpaint.labels._facts import LabelCount
from overpaint.labels._plan_match import NO_CLAUSE, UNRESOLVED, Judge, Verdict

__all__ = ["End", "Ends"]


@dataclass(frozen=True, slots=True)
class End:
    """The label that images bear afterwards, and what it means."""

    label: str
    id: str | None


class Ends:
    """Follows what a policy says of labels to its end.

    The rules: a merge leads to a label as it stands in the data and goes on to wherever that one leads; a renaming
    gives a name of the output and is not followed (so two labels may swap names). Neither may lead to a label that
    goes. A label moves up to the nearest ancestor that the policy itself keeps, under its own or another name; it never
    leaves the sensitive subtrees it lies in (a person does not become an ``organism``), and in them the ancestor has to
    be rated `safe`.
    """

    def __init__(self, catalogue: Sequence[LabelCount], judge: Judge) -> None:
        self._judge = judge
        self._counts = {count.label: count for count in catalogue}
        self._of_id: dict[str, str] = {}
        for count in sorted(catalogue, key=lambda count: count.label, reverse=True):
            if count.id is not None:
                self._of_id[count.id] = count.label
        self._verdicts: dict[str, Verdict] = {}
        self._given: dict[str, str] = {}  # names of ancestors that become labels; two things may bear one
        self._known: dict[str, End | None] = {}

    def verdict(self, label: str) -> Verdict:
        """What the policy says of a label, in the data or not."""
        if label not in self._verdicts:
            count = self._counts.get(label)
            images = None if count is None else count.images
            verdict = self._judge.verdict(label, self._meaning(label), images)
            if count is None and verdict.clause == UNRESOLVED:  # whoever gives a name knows what it means
                verdict = Verdict("keep", NO_CLAUSE, "A clause names it.")
            self._verdicts[label] = verdict
        return self._verdicts[label]

    def end(self, label: str) -> End | None:
        """Where the label leads; None: it goes."""
        path: list[str] = []
        while label not in self._known:
            if label in path:
                clause = self.verdict(label).clause
                raise LabelsError(f"clause '{clause}' is part of a circle of merges; let one of them lead elsewhere")
            path.append(label)
            further = self._step(label)
            if further is None:
                break
            label = further
        result = self._known[label]
        for passed in path:
            if result is None and passed != label:
                raise self._leads_nowhere(passed, label)
            self._known[passed] = result
        return result

    def _step(self, label: str) -> str | None:
        """The label that this one merges into, or None once its end is known."""
        verdict = self.verdict(label)
        if verdict.action == "merge" and verdict.said is not None and verdict.said.to is not None:
            to = verdict.said.to
            target = to if to in self._counts else self._of_id.get(to, to)
            if target != label:
                return target
            self._known[label] = End(label, self._meaning(label))
        elif verdict.action == "rename" and verdict.said is not None and verdict.said.to is not None:
            self._known[label] = self._renamed(label, verdict.said.to)
        elif verdict.action == "ancestor":
            self._known[label] = self._upwards(label, taxonomy=bool(verdict.said and verdict.said.among == "taxonomy"))
        else:
            self._known[label] = None if verdict.goes else End(label, self._meaning(label))
        return None

    def _renamed(self, label: str, to: str) -> End:
        if to != label and self.verdict(to).goes:
            raise self._leads_nowhere(label, to)
        own = to if to in self._judge.tree else None
        return End(to, own or self._meaning(label))

    def _upwards(self, label: str, *, taxonomy: bool) -> End | None:
        own = self._meaning(label)
        roots = self._judge.roots(own)
        for above in self._judge.line(own)[1:]:
            there = self._of_id.get(above)
            if (there is None and not taxonomy) or (roots and not roots & self._judge.roots(above)):
                continue
            verdict = self.verdict(there) if there is not None else self._judge.verdict(None, above, None)
            if verdict.action not in ("keep", "rename"):
                continue
            rating = self._judge.rating(there, above)
            if roots and (rating is None or rating.safety != "safe"):
                continue
            if there is not None:
                return self.end(there)
            if verdict.action == "keep":
                return End(self._name(above, like=label), above)
        return None

    def _name(self, thing: str, *, like: str) -> str:
        """How an ancestor that is no label yet is called: as its identifier where the labels are identifiers."""
        names = self._judge.tree.synset(thing).names
        if like == self._meaning(like) or not names or names[0] in self._counts:
            return thing
        return names[0] if self._given.setdefault(names[0], thing) == thing else thing

    def _meaning(self, label: str) -> str | None:
        count = self._counts.get(label)
        if count is not None:
            return count.id
        return label if label in self._judge.tree else None

    def _leads_nowhere(self, label: str, to: str) -> LabelsError:
        clause, other = self.verdict(label).clause, self.verdict(to)
        told = other.clause or other.reason
        return LabelsError(
            f"clause '{clause}' leads to a label that is not kept (action {other.action} of '{told}'); "
            "write another label in 'to', or keep that one by an earlier clause"
        )
