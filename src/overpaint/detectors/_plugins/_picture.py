"""A picture in memory that two processes share: one writes it, the other can only read it."""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile

import cv2
import numpy as np

from overpaint.detectors._protocol import Image

__all__ = ["Easel", "Window"]

_KEPT = 16 << 20  # bytes that stay for the next picture even where it needs much less


class Easel:
    """Where a worker puts pictures for one process. Grows with the pictures, and shrinks after a very large one.

    Attributes
    ----------
    descriptor
        Of the memory, to be handed to the process.
    """

    def __init__(self) -> None:
        if hasattr(os, "memfd_create"):
            self.descriptor = os.memfd_create("overpaint-picture")
        else:
            self.descriptor, name = tempfile.mkstemp(prefix="overpaint-picture-")
            os.unlink(name)  # noqa: PTH108 - gone by name, alive by descriptor
        self._size = 0
        self._map: mmap.mmap | None = None

    def put(self, image: Image) -> tuple[int, int, int]:
        """Copy a picture there; gives its height and width, and the bytes that are shared now."""
        height, width = image.shape[:2]
        need = height * width * 3
        if need > self._size or (self._size > _KEPT and need < self._size // 4):
            self._resize(-(-need // mmap.PAGESIZE) * mmap.PAGESIZE)
        assert self._map is not None
        there: Image = np.frombuffer(self._map, np.uint8, need).reshape(height, width, 3)
        if image.strides[2] == -1 and image.strides[1] == 3:  # RGB as a view of what OpenCV decoded
            cv2.cvtColor(image[..., ::-1], cv2.COLOR_BGR2RGB, dst=there)
        else:
            np.copyto(there, image)
        return height, width, self._size

    def _resize(self, size: int) -> None:
        if self._map is not None:
            self._map.close()
        os.ftruncate(self.descriptor, size)
        self._map, self._size = mmap.mmap(self.descriptor, size), size

    def close(self) -> None:
        """Give the memory back; the other process keeps what it has mapped."""
        if self._map is not None:
            self._map.close()
            self._map = None
        if self.descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self.descriptor)
            self.descriptor = -1


class Window:
    """The other process' view of it. A picture is there until the next one comes: who keeps it must copy it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = 0
        self._map: mmap.mmap | None = None

    def see(self, height: int, width: int, size: int) -> Image:
        """The picture that lies there, read-only down to the processor's page tables."""
        if size != self._size or self._map is None:
            # not closed: a detector may have kept an array of it, and it goes with the last of them
            self._map, self._size = mmap.mmap(self._descriptor, size, access=mmap.ACCESS_READ), size
        image: Image = np.frombuffer(self._map, np.uint8, height * width * 3).reshape(height, width, 3)
        return image
