"""Where samples come from and go to: sniffing, folders and their sorted listing, boxes in and out."""

from __future__ import annotations

from ._about import NAME as ABOUT
from ._about import About
from ._boxes import read_boxes
from ._boxes_out import BOX_FORMATS, BoxedImage, ScoredBox, WrittenBoxes, content_sha256, write_boxes
from ._case import folds_case, merging
from ._containers import ContainerSource
from ._destination import Destination
from ._facts import Facts
from ._folder import FolderSource
from ._given import GivenBox, GivenBoxes
from ._label_features import class_lists, with_classes
from ._label_guess import complete_places, find_label_places
from ._label_places import LabelPlace
from ._label_reading import read_labels
from ._layout import Layout
from ._listing import ListingSummary, ShardRef, read_others, read_shard, read_shards
from ._location import apart, is_url, open_store, shown
from ._objects import Annotations, LabelledObject, read_objects
from ._open import beside, holds_images, inside_container, kind_of, open_source
from ._output import Output, identity_of
from ._record import split_member
from ._relabelling import Relabelling
from ._shelf import Shelf, Shelved
from ._sidefiles import Carried, Gone, SideLabels, carry, fits, read_side_labels
from ._sniff import sniff
from ._sniffed import Sniffed
from ._sorting import beyond
from ._source import KINDS, Source
from ._store import Store
from ._writer import FolderWriter

__all__ = [
    "ABOUT",
    "BOX_FORMATS",
    "KINDS",
    "About",
    "Annotations",
    "BoxedImage",
    "Carried",
    "ContainerSource",
    "Destination",
    "Facts",
    "FolderSource",
    "FolderWriter",
    "GivenBox",
    "GivenBoxes",
    "Gone",
    "LabelPlace",
    "LabelledObject",
    "Layout",
    "ListingSummary",
    "Output",
    "Relabelling",
    "ScoredBox",
    "ShardRef",
    "Shelf",
    "Shelved",
    "SideLabels",
    "Sniffed",
    "Source",
    "Store",
    "WrittenBoxes",
    "apart",
    "beside",
    "beyond",
    "carry",
    "class_lists",
    "complete_places",
    "content_sha256",
    "find_label_places",
    "fits",
    "folds_case",
    "holds_images",
    "identity_of",
    "inside_container",
    "is_url",
    "kind_of",
    "merging",
    "open_source",
    "open_store",
    "read_boxes",
    "read_labels",
    "read_objects",
    "read_others",
    "read_shard",
    "read_shards",
    "read_side_labels",
    "shown",
    "sniff",
    "split_member",
    "with_classes",
    "write_boxes",
]
