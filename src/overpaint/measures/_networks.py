"""Networks by name: a small one that learns on two cores, torchvision's, timm's; nothing is ever downloaded."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint.errors import UsageError

__all__ = ["need_torch", "network", "with_weights"]

_EXTRA = "pip install 'overpaint[utility]'"
_WIDTHS = (32, 64, 128, 256)
_GROUP = 8
_kept: list[Any] = []  # what was declared in torch's name lasts as long as the object does


def need_torch() -> Any:
    """Import torch; `UsageError` names the extra where it is missing."""
    try:
        return import_module("torch")
    except ImportError as error:
        raise UsageError(f"training networks needs PyTorch: {_EXTRA}") from error


def network(name: str, classes: int, *, seed: int = 0) -> Any:
    """A network with fresh weights, drawn from a seed, as a ``torch.nn.Module`` that takes N x 3 x H x W.

    Parameters
    ----------
    name
        ``small``, a classifier of torchvision (``resnet50``), or of timm (``timm:NAME``).
    classes
        How many it tells apart.

    Raises
    ------
    UsageError
        There is no such network, or its library is not installed.
    """
    torch = need_torch()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if name == "small":
            return _small(classes)
        if name.startswith("timm:"):
            return _of_timm(name.removeprefix("timm:"), classes)
        return _of_torchvision(name, classes)


def _small(classes: int) -> Any:
    """A residual network (He et al. 2016) of one block a width, with group normalisation (Wu and He 2018).

    Groups are normalised picture by picture, so that neither the size of a batch nor how many processes share it
    changes what is learned; the last scale of each block starts from nothing (Goyal et al. 2017).
    """
    from torch import nn

    class Block(nn.Module):  # type: ignore[misc]  # torch is not typed here
        def __init__(self, width: int, to: int, *, stride: int) -> None:
            super().__init__()
            self.way = nn.Sequential(
                nn.Conv2d(width, to, 3, stride, 1, bias=False),
                nn.GroupNorm(_GROUP, to),
                nn.ReLU(inplace=True),
                nn.Conv2d(to, to, 3, 1, 1, bias=False),
                nn.GroupNorm(_GROUP, to),
            )
            nn.init.zeros_(self.way[-1].weight)
            self.past = nn.Identity()
            if stride > 1 or width != to:
                shrink = [nn.AvgPool2d(2, ceil_mode=True)] if stride > 1 else []
                self.past = nn.Sequential(*shrink, nn.Conv2d(width, to, 1, bias=False), nn.GroupNorm(_GROUP, to))
            self.end = nn.ReLU(inplace=True)

        def forward(self, x: Any) -> Any:
            return self.end(self.way(x) + self.past(x))

    first = _WIDTHS[0]
    stem = [nn.Conv2d(3, first, 3, 2, 1, bias=False), nn.GroupNorm(_GROUP, first), nn.ReLU(inplace=True)]
    blocks = [Block(width, to, stride=2) for width, to in itertools.pairwise(_WIDTHS)]
    end = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(_WIDTHS[-1], classes)]
    return nn.Sequential(*stem, nn.MaxPool2d(3, 2, 1), Block(first, first, stride=1), *blocks, *end)


def _of_torchvision(name: str, classes: int) -> Any:
    models = _torchvision().models
    known = models.list_models(module=models)
    if name not in known:
        raise UsageError(f"--model {name}: give small, timm:NAME, or one of torchvision's, such as {_some(known)}")
    # two have a second exit for training, which no protocol here uses, and would draw their weights slowly
    more = {"aux_logits": False, "init_weights": False} if name in {"googlenet", "inception_v3"} else {}
    return models.get_model(name, weights=None, num_classes=classes, **more)


def _of_timm(name: str, classes: int) -> Any:
    _torchvision()  # timm imports it
    try:
        timm = import_module("timm")
    except ImportError as error:
        raise UsageError(f"--model timm:{name} needs timm: {_EXTRA}") from error
    if not timm.is_model(name):
        near = timm.list_models(f"*{name[:8]}*")[:5]
        raise UsageError(
            f"--model timm:{name}: timm knows no such network" + (f"; it has {_some(near)}" if near else "")
        )
    return timm.create_model(name, pretrained=False, num_classes=classes)


def _some(names: Sequence[str]) -> str:
    return ", ".join([each for each in names if each.startswith("res")][:3] or names[:3])


def _torchvision() -> Any:
    """Torchvision, though its compiled part be for another build of torch: its networks need none of it.

    On machines where torch is without CUDA and torchvision with it, that part does not load, and importing the package
    ends at the first operator that it would have declared. With the operators declared, the import goes on; calling
    one of them would still fail, and nothing here does.
    """
    try:
        return import_module("torchvision")
    except ImportError as error:
        raise UsageError(f"torchvision is needed: {_EXTRA}") from error
    except RuntimeError:
        for module in [each for each in sys.modules if each.partition(".")[0] == "torchvision"]:
            del sys.modules[module]
    declared = need_torch().library.Library("torchvision", "FRAGMENT")
    _kept.append(declared)
    for operator in ("nms", "qnms"):
        declared.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    try:
        return import_module("torchvision")
    except RuntimeError as error:
        raise UsageError(
            f"torchvision does not belong to this torch ({error}); install both from one place: {_EXTRA}"
        ) from error


def with_weights(net: Any, weights: str | PathLike[str]) -> int:
    """Give a network weights of a file of this machine; returns how many tensors it took over.

    Tensors whose shape differs (a last layer for other classes) stay fresh. Nothing in the file is executed.

    Raises
    ------
    UsageError
        The file cannot be read, or none of its tensors fits.
    """
    torch = need_torch()
    path = Path(weights)
    try:
        if path.suffix == ".safetensors":
            found = import_module("safetensors.torch").load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # loaders raise nearly every class there is
        raise UsageError(f"--weights {path} cannot be read as weights ({type(error).__name__})") from error
    for name in ("state", "state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
            found = found[name]
    mine = net.state_dict()
    given = {str(name).removeprefix("module."): value for name, value in found.items()} if found else {}
    fits = {name: each for name, each in given.items() if name in mine and mine[name].shape == each.shape}
    if not fits:
        raise UsageError(f"--weights {path}: none of its {len(given)} tensors fits this network")
    net.load_state_dict(fits, strict=False)
    return len(fits)
