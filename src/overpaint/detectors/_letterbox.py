"""Pictures into network inputs and boxes back: true aspect, exact coordinates, zeros at the right and bottom."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.detectors._protocol import Image

__all__ = ["Canvas", "Fit", "Scale", "fit"]

Floats = npt.NDArray[np.float32]

_AREA_BELOW = 0.45  # a scaled decode leaves at most a halving, which INTER_LINEAR does well; below that it skips pixels
_LEAST_GAIN = 1.1  # enlarging by less shows the network nothing new and costs a resize


@dataclass(frozen=True, slots=True)
class Scale:
    """One size to look at: at most `long_side` pixels, and at most `enlarge` times the picture's own size.

    With an `enlarge` below 1 it is a smaller look at the same picture, for faces that are too large for the network.
    """

    long_side: int
    enlarge: float = 1.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture of ``width`` x ``height`` lies in a network input.

    It is resized to ``inner_width`` x ``inner_height`` in the upper left corner of an input of ``outer_width`` x
    ``outer_height``. Both sides keep their own exact ratio, so that rounding to whole pixels moves no box.
    """

    width: int
    height: int
    inner_width: int
    inner_height: int
    outer_width: int
    outer_height: int

    def back(self, boxes: Floats) -> Floats:
        """Boxes (N x 4: x0, y0, x1, y1) of the input in pixels of the picture, not clipped.

        cv2.resize puts the centre of output pixel i at ``(i + 1/2) * width / inner_width - 1/2`` of the source; in
        half-open coordinates, where pixel i covers i to i + 1, that is a plain multiplication.
        """
        x, y = self.width / self.inner_width, self.height / self.inner_height
        return boxes * np.array([x, y, x, y], np.float32)


def fit(width: int, height: int, scale: Scale, *, multiple: int = 32) -> Fit:
    """Place a picture for a network whose sides must be multiples of `multiple`."""
    ratio = min(scale.long_side / max(width, height), scale.enlarge)
    if 1 < ratio < _LEAST_GAIN:
        ratio = 1.0
    inner_width, inner_height = max(1, round(width * ratio)), max(1, round(height * ratio))
    return Fit(
        width,
        height,
        inner_width,
        inner_height,
        -(-inner_width // multiple) * multiple,
        -(-inner_height // multiple) * multiple,
    )


class Canvas:
    """One buffer for network inputs of every size, so that looking at an image allocates nothing large.

    Not to be shared between threads.
    """

    def __init__(self) -> None:
        self._flat: Floats = np.empty(0, np.float32)

    def fill(
        self, image: Image, place: Fit, *, reverse: bool, means: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> Floats:
        """The network input for `image`: float32, 1 x 3 x outer_height x outer_width, values 0 to 255 less `means`.

        `reverse` gives the channels in the order BGR; `means` are in the order that is given. Around the picture are
        zeros. The result is valid until the next call.
        """
        if image.strides[2] < 0:  # RGB as a view of what OpenCV decoded: taking the view back saves a copy
            image, reverse = image[..., ::-1], not reverse
        small = image
        if (place.inner_height, place.inner_width) != image.shape[:2]:
            shrink = place.inner_width < image.shape[1] * _AREA_BELOW and place.inner_height <= image.shape[0]
            how = cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
            small = cv2.resize(image, (place.inner_width, place.inner_height), interpolation=how)
        size = 3 * place.outer_height * place.outer_width
        if self._flat.size < size:
            self._flat = np.empty(size, np.float32)
        planes = self._flat[:size].reshape(1, 3, place.outer_height, place.outer_width)
        # split() is three times as fast as letting NumPy gather every third byte
        for index, channel in enumerate(cv2.split(small)):
            order = 2 - index if reverse else index
            inner = planes[0, order, : place.inner_height, : place.inner_width]
            inner[...] = channel
            if means[order]:
                inner -= np.float32(means[order])
        planes[0, :, place.inner_height :, :] = 0
        planes[0, :, : place.inner_height, place.inner_width :] = 0
        return planes
