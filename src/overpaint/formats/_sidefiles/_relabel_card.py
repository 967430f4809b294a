"""Other labels in the card of a Hugging Face dataset: its class lists go, for loaders believe them more than the data.

``README.md`` may begin with YAML between two lines ``---``; what stands below ``dataset_info`` there is made from the
data, and where it is missing, loaders take the features that the data themselves state.
"""

from __future__ import annotations

from collections.abc import Callable

from ._relabel import Unsure
from ._stream import BOM, Reader, Rewrite, Unreadable, View, lines

__all__ = ["relabel_card"]

_LONGEST_LINE = 1 << 20
_MOST = 64 << 20  # bytes of the YAML before the text
_FENCE, _INFO = b"---", b"dataset_info:"
_CLASSES = b"class_label"


def relabel_card(name: str, head: bytes) -> Rewrite | None:
    """How a card (by its file's name, in lower case) is written without class lists; None where it can have none.

    Raises
    ------
    Unsure
        It is ``dataset_infos.json``, the older form, with a class list.
    """
    if name == "dataset_infos.json":
        raise Unsure("a class list that loaders believe more than the data")
    fenced = head.removeprefix(BOM).split(b"\n", 1)[0].rstrip() == _FENCE
    return _without_info if name == "readme.md" and fenced else None


def _without_info(read: Reader, write: Callable[[bytes], object], view: View) -> None:
    with read() as file:
        every = lines(file, _LONGEST_LINE)
        write(next(every, b""))
        size = 0
        block: list[bytes] = []  # of one name of the outer object
        for line in every:
            size += len(line)
            if size > _MOST:
                raise Unreadable("the YAML before the text is too long")
            fence = line.rstrip() == _FENCE
            if fence or _begins(line):
                _told(block, write, view)
                block = []
            if fence:
                write(line)
                break
            block.append(line)
        else:
            raise Unreadable("the YAML before the text has no end")
        for line in every:
            write(line)


def _begins(line: bytes) -> bool:
    """Whether a line is one of the outer object: what belongs to the line before is indented, or a dash begins it."""
    return bool(line.strip()) and line[:1] not in (b" ", b"\t", b"-", b"#")


def _told(block: list[bytes], write: Callable[[bytes], object], view: View) -> None:
    if block and block[0].startswith(_INFO) and any(_CLASSES in line for line in block):
        view.entry()
        view.removed += 1
        return
    for line in block:
        write(line)
