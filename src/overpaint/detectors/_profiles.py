"""Ways to look for faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from overpaint.detectors._agreement import agree
from overpaint.detectors._centerface import CenterFace
from overpaint.detectors._fusion import Calibration, Join, fuse
from overpaint.detectors._letterbox import Scale
from overpaint.detectors._protocol import Detector
from overpaint.detectors._retinaface import RetinaFace
from overpaint.detectors._ssdlite import ssdlite
from overpaint.detectors._yunet import YuNet

__all__ = [
    "BUILT_IN",
    "PROFILES",
    "Asked",
    "Profile",
    "centerface",
    "centerface_larger",
    "retinaface",
    "small_faces",
    "yunet",
]

Asked = tuple[Detector, Calibration | None]

_ENLARGED = Scale(1024, 2.0)
_HALVED = Scale(256, 0.5)
_LARGER = Scale(1024, 1.5)

# Fitted by `benchmarks/detection.py --calibrate` on 60 WIDER FACE validation images, rounded: nothing finer is known
# from so few (a third of them left out moves YuNet's slope from 2.9 to 3.4). YuNet's is for three scales, that of
# `thorough` and `fused`; CenterFace's for its one in `thorough`, and its one in `fused`.
_YUNET_MANY = Calibration(-2.8, 3.3)
_CENTERFACE_LARGE = Calibration(0.2, 2.8)
_CENTERFACE_LARGER = Calibration(0.5, 2.8)
_RETINAFACE_LARGER = Calibration(-0.9, 1.3)


def yunet(*, threads: int = 1) -> YuNet:
    """YuNet as `balanced` uses it."""
    return YuNet(scales=(_ENLARGED, _HALVED), floor=0.3, threads=threads)


def centerface(*, threads: int = 1) -> CenterFace:
    """CenterFace at a picture's own size, up to 1024 pixels."""
    return CenterFace(scales=(Scale(1024),), floor=0.2, threads=threads)


def retinaface(*, threads: int = 1) -> RetinaFace:
    """RetinaFace as `fused` uses it."""
    return RetinaFace(scales=(_LARGER,), floor=0.2, threads=threads)


def centerface_larger(*, threads: int = 1) -> CenterFace:
    """CenterFace as `fused` uses it."""
    return CenterFace(scales=(_LARGER,), floor=0.15, threads=threads)


def small_faces(*, threads: int = 1) -> Asked:
    """One look more at three times the picture's size, a vote of its own, for classes with many small faces."""
    return YuNet(scales=(Scale(1536, 3.0),), floor=0.3, threads=threads, name="yunet-small"), _YUNET_MANY


def _fast(threads: int) -> tuple[Asked, ...]:
    return ((YuNet(scales=(Scale(512, 2.0),), floor=0.3, threads=threads), None),)


def _balanced(threads: int) -> tuple[Asked, ...]:
    return ((yunet(threads=threads), None),)


def _thorough(threads: int) -> tuple[Asked, ...]:
    return (
        (YuNet(scales=(_ENLARGED, Scale(512), _HALVED), floor=0.3, threads=threads), _YUNET_MANY),
        (CenterFace(scales=(Scale(640, 1.5),), floor=0.15, threads=threads), _CENTERFACE_LARGE),
    )


def _fused(threads: int) -> tuple[Asked, ...]:
    return (
        (YuNet(scales=(_ENLARGED, Scale(512), _HALVED), floor=0.3, threads=threads), _YUNET_MANY),
        (centerface_larger(threads=threads), _CENTERFACE_LARGER),
        (retinaface(threads=threads), _RETINAFACE_LARGER),
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """A way to look.

    ``min_confidence`` is what the default policy accepts from; from ``floor`` on subjects are kept, so that a policy
    can become stricter or laxer without looking again. ``open`` takes the number of threads; ``join`` makes subjects of
    what the detectors say. ``domains``: the class of a picture may change how it is looked at.
    """

    name: str
    what: str
    floor: float
    min_confidence: float
    open: Callable[[int], tuple[Asked, ...]]
    join: Join = fuse
    domains: bool = False


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "fast": Profile("fast", "YuNet once, at up to 512 pixels", 0.3, 0.6, _fast),
        "balanced": Profile("balanced", "YuNet twice, enlarged and halved", 0.3, 0.6, _balanced),
        "thorough": Profile("thorough", "YuNet at three sizes and CenterFace, joined", 0.03, 0.3, _thorough),
        "fused": Profile(
            "fused", "YuNet, CenterFace and RetinaFace, one box of all", 0.03, 0.3, _fused, join=agree, domains=True
        ),
    }
)

# Built-in detectors work from a source tree too, where there is no installed package to declare entry points.
BUILT_IN: Mapping[str, Callable[..., Detector]] = MappingProxyType(
    {"centerface": centerface, "retinaface": retinaface, "ssdlite": ssdlite, "yunet": yunet}
)
