"""Three ways to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from overpaint.detectors._centerface import CenterFace
from overpaint.detectors._fusion import Calibration
from overpaint.detectors._letterbox import Scale
from overpaint.detectors._protocol import Detector
from overpaint.detectors._yunet import YuNet

__all__ = ["BUILT_IN", "PROFILES", "Asked", "Profile", "centerface", "yunet"]

Asked = tuple[Detector, Calibration | None]

_ENLARGED = Scale(1024, 2.0)
_HALVED = Scale(256, 0.5)

# Fitted by `benchmarks/detection.py --calibrate` on 60 WIDER FACE validation images, rounded: nothing finer is known
# from so few (a third of them left out moves YuNet's slope from 2.9 to 3.4). YuNet's is for the three scales of
# `thorough`, CenterFace's for its one.
_YUNET_MANY = Calibration(-2.8, 3.3)
_CENTERFACE_LARGE = Calibration(0.2, 2.8)


def yunet(*, threads: int = 1) -> YuNet:
    """YuNet as `balanced` uses it."""
    return YuNet(scales=(_ENLARGED, _HALVED), floor=0.3, threads=threads)


def centerface(*, threads: int = 1) -> CenterFace:
    """CenterFace at a picture's own size, up to 1024 pixels."""
    return CenterFace(scales=(Scale(1024),), floor=0.2, threads=threads)


def _fast(threads: int) -> tuple[Asked, ...]:
    return ((YuNet(scales=(Scale(512, 2.0),), floor=0.3, threads=threads), None),)


def _balanced(threads: int) -> tuple[Asked, ...]:
    return ((yunet(threads=threads), None),)


def _thorough(threads: int) -> tuple[Asked, ...]:
    return (
        (YuNet(scales=(_ENLARGED, Scale(512), _HALVED), floor=0.3, threads=threads), _YUNET_MANY),
        (CenterFace(scales=(Scale(640, 1.5),), floor=0.15, threads=threads), _CENTERFACE_LARGE),
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """A way to look.

    ``min_confidence`` is what the default policy accepts from; from ``floor`` on subjects are kept, so that a policy
    can become stricter or laxer without looking again. ``open`` takes the number of threads.
    """

    name: str
    what: str
    floor: float
    min_confidence: float
    open: Callable[[int], tuple[Asked, ...]]


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "fast": Profile("fast", "YuNet once, at up to 512 pixels", 0.3, 0.6, _fast),
        "balanced": Profile("balanced", "YuNet twice, enlarged and halved", 0.3, 0.6, _balanced),
        "thorough": Profile("thorough", "YuNet at three sizes and CenterFace, joined", 0.03, 0.3, _thorough),
    }
)

# Built-in detectors work from a source tree too, where there is no installed package to declare entry points.
BUILT_IN: Mapping[str, Callable[..., Detector]] = MappingProxyType({"centerface": centerface, "yunet": yunet})
