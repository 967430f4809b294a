"""Rooms and work for the engine's tests; worker processes import this module by name."""

import os
import signal
import struct
import sys
import time
from pathlib import Path


class Room:
    def __init__(self, place):
        self.place = Path(place)
        self.skip = {}


def open_room(place):
    return Room(place)


def open_nothing(place):
    del place
    os._exit(7)


def count(room, item, beat):
    """Item (name, rows): note each row in a file of its own."""
    name, rows = item
    for row in range(rows):
        beat(row)
        if row not in room.skip:
            (room.place / f"{name}-{row}").write_text(str(os.getpid()))
    beat(rows)
    return rows


def crash_on_three(room, item, beat):
    """Row 3 of every item kills the worker."""
    name, rows = item
    for row in range(rows):
        beat(row)
        if row in room.skip:
            (room.place / f"{name}-{row}").write_text(room.skip[row])
            continue
        if row == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        (room.place / f"{name}-{row}").write_text("fine")
    beat(rows)
    return rows


def crash_once(room, item, beat):
    """Row 3 kills the worker the first time only, as a kernel short of memory would."""
    name, rows = item
    for row in range(rows):
        beat(row)
        flag = room.place / "crashed"
        if row == 3 and not flag.exists():
            flag.write_text("")
            os._exit(1)
        (room.place / f"{name}-{row}").write_text("skipped" if row in room.skip else "fine")
    beat(rows)
    return rows


def hang_on_two(room, item, beat):
    """Row 2 never ends."""
    name, rows = item
    for row in range(rows):
        beat(row)
        if row in room.skip:
            (room.place / f"{name}-{row}").write_text(room.skip[row])
        elif row == 2:
            time.sleep(600)
    beat(rows)
    return rows


def crash_on_three_the_second_time(room, item, beat):
    """All rows are looked at first and acted on afterwards; acting on row 3 kills."""
    name, rows = item
    for row in range(rows):
        beat(row)
    for row in range(rows):
        beat(row)
        if row == 3 and row not in room.skip:
            os.kill(os.getpid(), signal.SIGKILL)
        (room.place / f"{name}-{row}").write_text(room.skip.get(row, "fine"))
    beat(rows)
    return rows


def full_disk(room, item, beat):
    """What a disk without space does."""
    del room, item, beat
    raise OSError(28, "No space left on device", "/somewhere")


def crash_at_the_end(room, item, beat):
    """Not a row: what comes after the last kills every time."""
    del room
    beat(item[1])
    os.kill(os.getpid(), signal.SIGKILL)


def crash_amidst_a_message(room, item, beat):
    """The first time the worker ends in the middle of what it tells its parent."""
    beat(0)
    flag = room.place / "crashed"
    if not flag.exists():
        flag.write_text("")
        os.write(int(sys.argv[1]), struct.pack("!i", 1000) + b"cut")
        os._exit(1)
    return item


def hang_and_say_who(room, item, beat):
    """Note the process and never look up again."""
    del item
    beat(0)
    (room.place / "pid").write_text(str(os.getpid()))
    time.sleep(600)


def slow(room, item, beat):
    """Rows that take a third of a second each."""
    (room.place / f"pid-{os.getpid()}").write_text("")
    for row in range(item[1]):
        beat(row)
        time.sleep(0.35)
        (room.place / f"{item[0]}-{row}").write_text(room.skip.get(row, "fine"))
    beat(item[1])
