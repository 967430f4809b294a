"""Other labels, as side files see them: names of classes, their numbers, and where images lie from now on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import BinaryIO

from overpaint.errors import SampleError
from overpaint.formats._label_names import Placed
from overpaint.formats._label_places import LabelPlace
from overpaint.formats._layout import SPLITS
from overpaint.formats._relabelling import Relabelling

from ._gone import Gone
from ._stream import View

__all__ = ["USUAL", "Labels", "Unsure", "class_lists_near"]

_URL = "://"
_SET = re.compile(r"(.+)(_(?:train|val|trainval|test)\.txt)")
USUAL = ("classes.txt", "obj.names", "data.yaml", "data.yml", "dataset.yaml", "dataset.yml", "labels.txt", "names.txt")
"""What lists of classes are called that say what numbers mean."""


class Unsure(Exception):
    """Which labels a file names, or what its numbers mean, cannot be told."""


class Labels:
    """The map of a `Relabelling` for side files.

    Parameters
    ----------
    near
        The class list that the numbers in a file mean, by the file's key; None where none lies near it.
    """

    def __init__(
        self, relabelling: Relabelling, gone: Gone, *, near: Callable[[str], tuple[str, ...] | None] | None = None
    ) -> None:
        self.relabelling, self._gone = relabelling, gone
        self._near = near

    def knows(self, label: str) -> bool:
        """Whether somebody judged this label."""
        return label in self.relabelling.names

    def changes(self, label: str) -> bool:
        """Whether this label goes, or is called otherwise from now on."""
        return self.relabelling.names.get(label, label) != label

    def name(self, label: str) -> str | None:
        """What a label is called from now on; None: it goes.

        Raises
        ------
        Unsure
            Nobody judged it.
        """
        try:
            return self.relabelling.names[label]
        except KeyError:
            raise Unsure("a label that nobody judged") from None

    def list_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """The class list that follows from an old one.

        Raises
        ------
        Unsure
            A class of it nobody judged.
        """
        for name in names:
            self.name(name)
        return self.relabelling.classes_of(LabelPlace("path", tuple(names))) or ()

    def numbers_of(self, names: Sequence[str]) -> dict[int, int | None]:
        """Old numbers → new ones, by the class list that says what they mean."""
        new = {name: number for number, name in reversed(list(enumerate(self.list_of(names))))}
        told = (self.name(name) for name in names)
        return {number: None if name is None else new[name] for number, name in enumerate(told)}

    def names_near(self, key: str) -> tuple[str, ...] | None:
        """The class list that the numbers in the file at `key` mean; None where none lies near it."""
        return self._near(key) if self._near is not None else None

    def numbers_near(self, key: str) -> dict[int, int | None]:
        """Old numbers → new ones for the file at `key`.

        Raises
        ------
        Unsure
            No class list lies near it, or one of it nobody judged.
        """
        names = self.names_near(key)
        if names is None:
            raise Unsure("no class list says what the numbers mean")
        return self.numbers_of(names)

    def agree(self, pairs: Mapping[int, str]) -> bool:
        """Whether these numbers of these labels are the dataset's own, and their new ones those of the new labels."""
        new = {name: number for number, name in enumerate(self.relabelling.classes)}
        numbers = self.relabelling.numbers
        for number, label in pairs.items():
            told = self.name(label)
            if number not in numbers or numbers[number] != (None if told is None else new.get(told, -1)):
                return False
        return True

    def label_in(self, path: str) -> str | None:
        """The label that the path of an image says; None where it says none, or several may be meant."""
        told = {self._gone.label_at(folder) for folder in self._gone.folders(path)}
        if len(told) == 1 and (only := told.pop()) is not None:
            return only[1]
        at = self._own_part(path) if not told else None
        return at.label if at else None

    # ------------------------------------------------------------------ paths

    def path(self, text: str, *, folder: str) -> tuple[str, bool]:
        """A path as a side file writes it, where the image lies from now on; and whether that is sure.

        What of the path stands before the part that both share stays as it is. URLs lead to where images came from,
        and stay.
        """
        if not self.relabelling.by_path or _URL in text or not text.strip():
            return text, True
        if "\\" in text and "/" not in text:
            new, sure = self.path(text.replace("\\", "/"), folder=folder)
            return new.replace("/", "\\"), sure
        folders = self._gone.folders(text, near=folder)
        found = {self._along(text, parts) for parts in folders} or {self._alone(text)}
        return (found.pop(), True) if len(found) == 1 else (text, False)

    def follow(self, text: str, view: View) -> str:
        """A path as a side file writes it, where the image lies from now on; as it is, and counted, where unsure."""
        new, sure = self.path(text, folder=view.folder)
        view.ambiguous += not sure
        return new

    def key(self, key: str) -> str | None:
        """Where a side file lies from now on: beside its image, or in its label's directory; None where that goes."""
        if not self.relabelling.by_path:
            return key
        if own := self._gone.companion_folders(key):
            found = {self._along(key, parts) for parts in own}
            return found.pop() if len(found) == 1 else key
        at = self._own_part(key)
        if at is None:
            return self._set_of_class(key)
        return None if self.relabelling.names[at.label] is None else self.relabelling.moved(at)

    def _set_of_class(self, key: str) -> str | None:
        """``ImageSets/Main/LABEL_train.txt`` of Pascal VOC; other keys as they are."""
        folder, slash, base = key.rpartition("/")
        found = _SET.fullmatch(base)
        names = self.relabelling.names
        if found is None or names.get(found[1], found[1]) == found[1]:
            return key
        new = names[found[1]]
        return None if new is None or self._sources[new] > 1 else f"{folder}{slash}{new}{found[2]}"

    @cached_property
    def _sources(self) -> Counter[str]:
        return Counter(new for new in self.relabelling.names.values() if new is not None)

    def _alone(self, path: str) -> str:
        """A path of no image that is known: its first directory that is a label goes as the label does."""
        at = self._own_part(path)
        return path if at is None else self.relabelling.moved(at)

    def _own_part(self, path: str) -> Placed | None:
        parts, names = path.split("/"), self.relabelling.names
        for at, part in enumerate(parts[:-1]):
            if part in names and part.lower() not in SPLITS:
                return Placed(tuple(parts[:at]), part, tuple(parts[at + 1 : -1]), parts[-1])
        return None

    def _along(self, path: str, folder: tuple[str, ...]) -> str:
        """A path that means an image in `folder`, or what belongs to it, where that image lies from now on.

        It may begin elsewhere than the image's own path: what of the end both share is exchanged.
        """
        told = self._gone.label_at(folder)
        if told is None:
            return path
        at, label = told
        head, slash, last = path.rpartition("/")
        own, base = head.split("/") if slash else [], last.strip()
        *moved, name = self.relabelling.moved(Placed(folder[:at], label, folder[at + 1 :], base)).split("/")
        shared = 0
        while shared < min(len(own), len(folder)) and own[-1 - shared] == folder[-1 - shared]:
            shared += 1
        if len(folder) - at <= shared:  # the label is among it
            own[len(own) - len(folder) + at :] = moved[at:]
        elif label in own:
            new, place = self.relabelling.names.get(label), own.index(label)
            own[place:] = [] if new is None else [new, *own[place + 1 :]]
        elif moved[at + 1 :] != list(folder[at + 1 :]):
            del own[len(own) - shared :]
        return "/".join([*own, last.replace(base, name)])


def class_lists_near(
    read_list: Callable[[str, BinaryIO], tuple[str, ...] | None],
    open: Callable[[str], BinaryIO],  # noqa: A002
) -> Callable[[str], tuple[str, ...] | None]:
    """Finds the class list of a file: the first of the usual names in its folder or in one above it."""
    known: dict[str, tuple[str, ...] | None] = {}

    def at(key: str) -> tuple[str, ...] | None:
        if key not in known:
            try:
                with open(key) as file:
                    known[key] = read_list(key, file)
            except (OSError, SampleError):
                known[key] = None
        return known[key]

    def near(key: str) -> tuple[str, ...] | None:
        parts = key.split("/")[:-1]
        for depth in range(len(parts), -1, -1):
            for name in USUAL:
                if (found := at("/".join([*parts[:depth], name]))) is not None:
                    return found
        return None

    return near
