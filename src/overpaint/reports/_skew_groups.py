"""Attributes that a maintainer supplied: groups before and after, with whom they go together, who loses most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from overpaint.reports._facts import Rate
from overpaint.reports._shifts import Ratio, by_classes, ratio
from overpaint.reports._skew_count import Pair, Row
from overpaint.reports._skew_facts import FEWEST_PEOPLE, Cross, Group, Loss
from overpaint.reports._skew_parts import Fates

__all__ = ["Held", "Together", "beside", "crossings", "groups", "held_by", "hidden", "leaning", "losing", "told_counts"]

_Value = tuple[str, str]
Together = tuple[str, ...]


@dataclass
class Held:
    """Images that have a value, and those of them that are left, by the labels that they bear together."""

    images: Counter[Together] = field(default_factory=Counter)
    left: Counter[Together] = field(default_factory=Counter)

    def add(self, row: Row, fates: Fates) -> None:
        self.images[row.labels] += row.images
        if fates.leaves(row):
            self.left[row.labels] += row.images


def held_by(rows: Iterable[Row], fates: Fates) -> dict[_Value, Held]:
    """By attribute and value (empty: by attribute), who has it."""
    found: defaultdict[_Value, Held] = defaultdict(Held)
    for row in rows:
        found[row.attribute, row.value].add(row, fates)
    return dict(found)


def hidden(counts: Sequence[int], *, show_small: bool) -> list[bool]:
    """Which of the numbers that sum to a known one are not told.

    Those of fewer than `FEWEST_PEOPLE`, but for none at all; and where that is one alone, the next smallest, for
    whoever knows the sum could subtract.
    """
    small = [not show_small and 0 < count < FEWEST_PEOPLE for count in counts]
    if sum(small) == 1:
        others = [place for place, count in enumerate(counts) if count and not small[place]]
        if others:
            small[min(others, key=lambda place: (counts[place], place))] = True
    return small


def told_counts(counts: Sequence[int], *, show_small: bool) -> list[int | None]:
    """Numbers as they may be told: None for those that `hidden` leaves out."""
    places = hidden(counts, show_small=show_small)
    return [None if no else count for count, no in zip(counts, places, strict=True)]


def groups(
    values: Mapping[str, tuple[str, ...]], held: Mapping[_Value, Held], *, show_small: bool
) -> tuple[Group, ...]:
    """Every value of every attribute, in the order of their names."""
    told = []
    for attribute, own in values.items():
        known = held.get((attribute, ""), Held())
        of = known.images.total(), known.left.total()
        mine = [held.get((attribute, value), Held()) for value in own]
        before, after = [one.images.total() for one in mine], [one.left.total() for one in mine]
        for value, b, a, no_b, no_a in zip(
            own, before, after, hidden(before, show_small=show_small), hidden(after, show_small=show_small), strict=True
        ):
            rates = None if no_b else Rate.make(b, of[0]), None if no_a else Rate.make(a, of[1])
            told.append(Group(attribute, value, None if no_b else b, None if no_a else a, *rates, b > 0 and not a))
    return tuple(told)


def losing(group: Group, held: Mapping[_Value, Held], *, of_left: bool) -> Loss | None:
    """What a group loses, beside the images with other values of the attribute only; its q is left open.

    Nothing where the group before is not told. Where what is left of it is not, it counts as one fewer than the number
    from which on it is told.
    """
    mine, known = (held.get((group.attribute, value), Held()) for value in (group.value, ""))
    labels, left = sorted(known.images), mine.left.total()
    # what is left but not told although it is enough is there so that another number cannot be reckoned
    if not group.before or (group.after is None and left >= FEWEST_PEOPLE):
        return None
    of, others = ([known_of[label] for label in labels] for known_of in (mine.images, known.images - mine.images))
    stay, others_stay = ([kept[label] for label in labels] for kept in (mine.left, known.left - mine.left))
    name, of_others, stay_others = f"{group.attribute}: {group.value}", sum(others), sum(others_stay)
    elsewhere = Rate.make(of_others - stay_others, of_others)
    if group.after is None:
        most = min(group.before, FEWEST_PEOPLE - 1)
        found = beside(most, group.before, stay_others, of_others, of_left=of_left)
        lost = Rate.make(group.before - most, group.before)
        return Loss("attribute", name, name, lost, elsewhere, found, 1.0, of_left, at_least=True)
    if of_left:
        found = by_classes(stay, of, others_stay, others)
    else:
        gone, others_gone = (
            [n - kept for n, kept in zip(*each, strict=True)] for each in ((of, stay), (others, others_stay))
        )
        found = by_classes(gone, of, others_gone, others)
    return Loss("attribute", name, name, Rate.make(sum(of) - left, sum(of)), elsewhere, found, 1.0, of_left)


def beside(stay: int, of: int, others_stay: int, others: int, *, of_left: bool) -> Ratio:
    """The ratio of the shares that stay, or of those that are lost."""
    if of_left:
        return ratio(stay, of, others_stay, others)
    return ratio(of - stay, of, others - others_stay, others)


def leaning(
    labels: Collection[Together], value: _Value, held: Mapping[_Value, Held], *, show_small: bool
) -> tuple[Rate, Rate, Ratio] | None:
    """How common a value is among images with those labels and elsewhere; nothing where a number is too small."""
    mine, known = held.get(value, Held()), held.get((value[0], ""), Held())
    inside = sum(mine.images[label] for label in labels), sum(known.images[label] for label in labels)
    total = mine.images.total(), known.images.total()
    outside = total[0] - inside[0], total[1] - inside[1]
    cells = (inside[0], inside[1] - inside[0], outside[0], outside[1] - outside[0])
    if not inside[1] or not outside[1]:
        return None
    if not show_small and (inside[1] < FEWEST_PEOPLE or any(0 < cell < FEWEST_PEOPLE for cell in cells)):
        return None
    return Rate.make(*inside), Rate.make(*outside), ratio(*inside, *outside)


def crossings(pairs: Sequence[Pair], *, show_small: bool) -> tuple[Cross, ...]:
    """Values of two attributes at once, those not told left out of both margins' reach."""
    tables: defaultdict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        tables[pair.attribute, pair.with_attribute].append(pair)
    told: list[Cross] = []
    for (one, other), cells in sorted(tables.items()):
        no_before = _hidden_cells(cells, [cell.images for cell in cells], show_small=show_small)
        no_after = _hidden_cells(cells, [cell.left_in for cell in cells], show_small=show_small)
        told += [
            Cross(
                (one, cell.value),
                (other, cell.with_value),
                None if place in no_before else cell.images,
                None if place in no_after else cell.left_in,
                cell.images > 0 and not cell.left_in,
            )
            for place, cell in enumerate(cells)
        ]
    return tuple(told)


def _hidden_cells(cells: Sequence[Pair], counts: Sequence[int], *, show_small: bool) -> set[int]:
    """As `hidden`, for the rows and columns of a table until none has one alone."""
    small = {place for place, count in enumerate(counts) if not show_small and 0 < count < FEWEST_PEOPLE}
    lines: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for place, cell in enumerate(cells):
        lines[0, cell.value].append(place)
        lines[1, cell.with_value].append(place)
    while True:
        alone = [line for line in lines.values() if len(small.intersection(line)) == 1]
        more = {
            min(others, key=lambda place: (counts[place], place))
            for line in alone
            if (others := [place for place in line if counts[place] and place not in small])
        }
        if not more:
            return small
        small |= more
