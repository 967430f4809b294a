"""Three ways to look, and how detectors are found by name."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from overpaint.detectors._centerface import CenterFace
from overpaint.detectors._fusion import Calibration
from overpaint.detectors._letterbox import Scale
from overpaint.detectors._protocol import Detector
from overpaint.detectors._yunet import YuNet
from overpaint.errors import OverpaintError, UsageError

__all__ = ["GROUP", "PROFILES", "Asked", "Profile", "available", "centerface", "named", "yunet"]

GROUP = "overpaint.detectors"

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
_BUILT_IN: Mapping[str, Callable[..., Detector]] = MappingProxyType({"centerface": centerface, "yunet": yunet})


def available() -> tuple[str, ...]:
    """The names of all detectors that can be opened here, built in or declared by installed packages."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in importlib.metadata.entry_points(group=GROUP))}))


def named(name: str, *, threads: int) -> Detector:
    """Open one detector: a built-in one, or another package's by its entry point in ``overpaint.detectors``.

    Raises
    ------
    UsageError
        If there is none or more than one of that name, or it cannot be opened or is no detector.
    ModelError
        If its model is missing.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name](threads=threads)
    found = importlib.metadata.entry_points(group=GROUP)
    points = {(p.dist.name if p.dist else "", p.value): p for p in found if p.name == name}
    if not points:
        raise UsageError(
            f"there is no profile or detector {name!r}; choose a profile ({', '.join(PROFILES)}) "
            f"or detectors ({', '.join(available())})"
        )
    if len(points) > 1:
        owners = ", ".join(sorted(owner for owner, _ in points))
        raise UsageError(f"detector {name!r} is declared by several packages ({owners}); uninstall all but one")
    ((owner, value), point) = points.popitem()
    try:
        detector: Any = point.load()(threads=threads)
    except OverpaintError:
        raise
    except Exception as error:  # whatever another package's code raises
        raise UsageError(
            f"detector {name!r} of package {owner} ({value}) cannot be opened: {type(error).__name__}: {error}; "
            f"ask its makers or leave it out"
        ) from error
    return _checked(detector, name=name, owner=owner)


def _checked(detector: Any, *, name: str, owner: str) -> Detector:
    """Refuse, before a run begins, what does not keep to the protocol."""
    problems = [
        what
        for what, fine in (
            ("detect", callable(getattr(detector, "detect", None))),
            ("name", getattr(detector, "name", None) == name),
            ("version", isinstance(getattr(detector, "version", None), str)),
            ("weights", isinstance(getattr(detector, "weights", None), str)),
            ("kinds", _words(getattr(detector, "kinds", None))),
            ("long_side", _count(getattr(detector, "long_side", None))),
        )
        if not fine
    ]
    if problems:
        raise UsageError(
            f"detector {name!r} of package {owner} does not keep to the Detector protocol "
            f"(wrong or missing: {', '.join(problems)}); ask its makers or leave it out"
        )
    checked: Detector = detector
    return checked


def _words(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(word, str) and word for word in value)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
