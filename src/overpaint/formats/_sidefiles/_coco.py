"""JSON that speaks of images: COCO, lists and objects of labels by name, and the JSON beside one image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ._json import DROP, DROP_MEMBER, KEEP, Element, elements, filtered
from ._names import derived, is_naming, is_word, pictures
from ._names import personal as is_personal
from ._stream import Reader, Rewrite, Unreadable, View

__all__ = ["emptied", "entry_names", "images_of", "rewrite_coco", "rewrite_named", "rewrite_own"]

_Write = Callable[[bytes], object]
_MOST_NAMES = 4096  # images that one entry may name


def rewrite_coco(read: Reader, write: _Write, view: View) -> None:
    """COCO, all its tasks: images without output go, and every entry of every list that refers to them by ``image_id``.

    Numbers, ids and texts of what stays are written as they were; only the spaces between entries change.
    """
    gone, painted = _ids(read, view)
    view.ambiguous = 0  # the second reading counts

    def decide(element: Element) -> object:
        value = element.value
        if element.place is None or element.place < 0 or not isinstance(value, dict):
            return KEEP
        if element.name == "images":
            view.entries += 1
            return _verdict(value, view, view.fate(list(images_of(value))))
        identity = value.get("image_id")
        if identity is None or not _hashable(identity):
            return KEEP
        view.entries += 1
        return _verdict(value, view, (identity in gone, identity in painted))

    _second(read, write, decide)


def _ids(read: Reader, view: View) -> tuple[set[object], set[object]]:
    """Ids of the images that are gone, and of those that were painted."""
    gone: set[object] = set()
    painted: set[object] = set()
    seen = refers = False
    with read() as file:
        for element in elements(file):
            seen = seen or element.name == "images"
            refers = refers or (isinstance(element.value, dict) and "image_id" in element.value)
            if element.name == "images" and isinstance(element.value, dict) and _hashable(element.value.get("id")):
                lost, was_painted = view.fate(list(images_of(element.value)))
                for ids, hit in ((gone, lost), (painted, was_painted)):
                    if hit:
                        ids.add(element.value["id"])
    if refers and not seen:
        raise Unreadable("annotations whose images are listed elsewhere")
    return gone, painted


def rewrite_named(read: Reader, write: _Write, view: View) -> None:
    """A list of objects with a field that names an image, or an object whose members are called as images are."""

    def decide(element: Element) -> object:
        if element.name is not None and view.samples.known(element.name, near=view.folder):
            first = element.place in (None, 0, -1)
            view.entries += first
            fate = view.fate([element.name])
            view.removed += first and fate[0]
            return DROP_MEMBER if fate[0] else _verdict(element.value, view, fate)
        names = list(images_of(element.value)) if isinstance(element.value, dict) else []
        if not names:
            return KEEP
        view.entries += 1
        return _verdict(element.value, view, view.fate(names))

    _second(read, write, decide)


def rewrite_own(*, painted: bool) -> Rewrite:
    """For the JSON beside one image: members that were derived from a painted picture (LabelMe's ``imageData``) go."""

    def rewrite(read: Reader, write: _Write, view: View) -> None:
        def decide(element: Element) -> object:
            if element.name is None or element.place == -1:
                return KEEP
            changed = emptied({element.name: element.value}, painted=painted, personal=view.personal)[element.name]
            if changed == element.value:
                return KEEP
            view.emptied += 1
            return DROP if changed is None and element.place is not None else changed

        _second(read, write, decide)

    return rewrite


def images_of(entry: Mapping[str, Any]) -> Iterator[str]:
    """The images that an object names in fields like ``file_name``; each field may hold a list of names."""
    for field, value in entry.items():
        if is_naming(field):
            for name in value[:_MOST_NAMES] if isinstance(value, list) else (value,):
                if isinstance(name, str) and name:
                    yield name


def entry_names(element: Element, view: View) -> Iterator[str]:
    """The images that an element of any JSON names, by its fields or by the name of the member it is."""
    if isinstance(element.value, dict):
        yield from images_of(element.value)
    if element.name is not None and view.samples.known(element.name, near=view.folder):
        yield element.name


def emptied(entry: dict[str, Any], *, painted: bool, personal: bool) -> dict[str, Any]:
    """The entry with null in the fields derived from a painted picture, and in those that the metadata policy takes.

    In objects inside the entry only fields that are sure to show or to stand for the picture are emptied.
    """

    def hidden(field: str, value: object) -> bool:
        if personal and is_personal(field):
            return True
        return painted and derived(field) and not _holds_objects(value) and not is_word(value)

    return {field: None if hidden(field, value) else _inside(value, painted) for field, value in entry.items()}


def _inside(value: Any, painted: bool) -> Any:  # noqa: FBT001
    if not painted or not isinstance(value, (dict, list)):
        return value
    if isinstance(value, list):
        return [_inside(each, painted) for each in value] if _holds_objects(value) else value
    return {field: None if pictures(field) else _inside(each, painted) for field, each in value.items()}


def _holds_objects(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value)
    )


def _verdict(value: object, view: View, fate: tuple[bool, bool]) -> object:
    lost, painted = fate
    if lost:
        view.removed += 1
        return DROP
    if isinstance(value, dict) and (painted or view.personal):
        changed = emptied(value, painted=painted, personal=view.personal)
        if changed != value:
            view.emptied += 1
            return changed
    return KEEP


def _hashable(value: object) -> bool:
    return isinstance(value, (int, str, float))


def _second(read: Reader, write: _Write, decide: Callable[[Element], object]) -> None:
    with read() as file:
        first = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1]
    with read() as file:
        filtered(file, write, decide, outer_list=first == b"[")
