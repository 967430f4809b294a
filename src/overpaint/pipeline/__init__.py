"""One shard, start to end: bytes → findings → decisions → outputs; knows no engine."""

from overpaint.pipeline._decode import CODECS, check_editable, to_stored
from overpaint.pipeline._detect import Detected, detect
from overpaint.pipeline._frames import Frame, decode, frames
from overpaint.pipeline._given import GivenShard, cut_boxes
from overpaint.pipeline._held import InLane, read_lane
from overpaint.pipeline._labels import (
    LABEL_KIND,
    Labelling,
    as_listed,
    labelled_generations,
    labels_of,
    write_label_plan,
    write_labels,
)
from overpaint.pipeline._lane import inherit, move_to_lane
from overpaint.pipeline._look import look
from overpaint.pipeline._room import RoomConfig, open_detectors, open_room
from overpaint.pipeline._shard import Beat, Room, act_shard, decide_shard, scan_shard, scrub_shard
from overpaint.pipeline._watch import REVIEWER

__all__ = [
    "CODECS",
    "LABEL_KIND",
    "REVIEWER",
    "Beat",
    "Detected",
    "Frame",
    "GivenShard",
    "InLane",
    "Labelling",
    "Room",
    "RoomConfig",
    "act_shard",
    "as_listed",
    "check_editable",
    "cut_boxes",
    "decide_shard",
    "decode",
    "detect",
    "frames",
    "inherit",
    "labelled_generations",
    "labels_of",
    "look",
    "move_to_lane",
    "open_detectors",
    "open_room",
    "read_lane",
    "scan_shard",
    "scrub_shard",
    "to_stored",
    "write_label_plan",
    "write_labels",
]
