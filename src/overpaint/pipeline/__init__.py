"""One shard, start to end: bytes → findings → decisions → outputs; knows no engine."""

from overpaint.pipeline._decode import CODECS, check_editable, to_stored
from overpaint.pipeline._detect import Detected, detect
from overpaint.pipeline._frames import Frame, decode, frames
from overpaint.pipeline._given import GivenShard, cut_boxes
from overpaint.pipeline._room import RoomConfig, open_detectors, open_room
from overpaint.pipeline._shard import Beat, Room, act_shard, decide_shard, scan_shard, scrub_shard

__all__ = [
    "CODECS",
    "Beat",
    "Detected",
    "Frame",
    "GivenShard",
    "Room",
    "RoomConfig",
    "act_shard",
    "check_editable",
    "cut_boxes",
    "decide_shard",
    "decode",
    "detect",
    "frames",
    "open_detectors",
    "open_room",
    "scan_shard",
    "scrub_shard",
    "to_stored",
]
