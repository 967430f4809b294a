# The C extension: JPEG coefficients and the arithmetic of painting (native/*.c).
#
# ``groups`` is a buffer of int32 rows ``(side, ox, oy)``, ``cores`` one of int32 rows
# ``(x0, y0, x1, y1, feather, group)``, sorted by group; `overpaint.painting._regions.Regions` packs both.
# ``look`` is 0 for blur, 1 for mosaic, 2 for fill. All raise ValueError where regions and image do not fit
# each other, and let go of the interpreter's lock.

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

class Facts(TypedDict):
    width: int
    height: int
    sampling: tuple[tuple[int, int], ...]
    progressive: bool
    arithmetic: bool
    warnings: int
    warning: str
    trailing: int
    optimised: bool
    own_script: bool
    clamped: bool
    blocks_edited: int
    blocks_changed: int

# ``args`` is (kind, reason, detail); kind is "unsupported", "damaged" or "readback".
class Refusal(Exception):
    args: tuple[str, str, str]

# Paint the regions into a JPEG's coefficients, write it, read it back and compare every visible block.
def edit_jpeg(
    data: bytes, groups: bytes, cores: bytes, cells: int, look: int, max_pixels: int, /
) -> tuple[bytes, Facts]: ...

# Width and height in pixels of the stored frame; reads no further than the first scan.
def jpeg_size(data: bytes, /) -> tuple[int, int]: ...

# Paint the regions into a plane of samples, in place. ``samples`` is writable, height x width, at any strides (so
# ``image[:, :, 1]`` will do); ``depth`` is how many bits of a sample are used, which says what its middle value is.
# Samples outside the footprints stay as they are.
def paint_plane(
    samples: NDArray[np.uint8] | NDArray[np.uint16],
    depth: int,
    groups: bytes,
    cores: bytes,
    cells: int,
    look: int,
    /,
) -> None: ...
