"""Classifiers whose labels of people are measured: the built-in one, any in ONNX, any of timm's."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint import models
from overpaint.detectors import open_classifier
from overpaint.errors import ModelError, UsageError
from overpaint.measures._classifier import CLASSES, CLASSIFIER, Classifier
from overpaint.measures._networks import need_torch, network

__all__ = ["TIMM", "Caller", "open_caller"]

TIMM = "timm:"


@dataclass(frozen=True, slots=True)
class Caller:
    """A classifier, opened.

    Attributes
    ----------
    name, weights
        What it is called, and the SHA-256 of its weights.
    trained_on
        As far as anybody told.
    classes
        How many labels it gives.
    exclusive
        Whether its scores sum to 1; else each label is scored by itself.
    assumed
        What nobody told and was taken for granted.
    scores
        From an upright RGB picture (uint8, H x W x 3) to one score from 0 to 1 for each label.
    """

    name: str
    weights: str
    trained_on: str
    classes: int
    exclusive: bool
    assumed: tuple[str, ...]
    scores: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float64]]


def open_caller(model: str, *, weights: Path | None = None, threads: int = 1) -> Caller:
    """Open a classifier.

    Parameters
    ----------
    model
        ``efficientnet-lite0``; the path of an ONNX file or of a description of one (``.toml``); or ``timm:NAME``.
    weights
        A file of weights for a model of timm's: nothing is fetched.

    Raises
    ------
    UsageError
        There is no such model, weights are missing or not wanted, or timm is not installed.
    ModelError
        A file is missing, damaged or another one.
    """
    if model.startswith(TIMM):
        return _of_timm(model.removeprefix(TIMM), weights, threads)
    if weights is not None:
        raise UsageError(f"--weights belongs to a model of timm's (timm:NAME); {model} has its own")
    if model == CLASSIFIER:
        entry = models.entry(CLASSIFIER)
        own = Classifier.open(threads=threads)
        return Caller(
            CLASSIFIER,
            entry.tensors_sha256,
            entry.trained_on,
            len(CLASSES),
            exclusive=True,
            assumed=(),
            scores=own.scores,
        )
    if Path(model).suffix not in {".onnx", ".toml"}:
        raise UsageError(
            f"{model}: no classifier; name {CLASSIFIER}, an ONNX file, a description of one (.toml), or timm:NAME"
        )
    network = open_classifier(model, threads=threads)
    return Caller(
        network.name,
        network.weights,
        network.trained_on,
        network.classes,
        exclusive=network.exclusive,
        assumed=network.assumed,
        scores=network.scores,
    )


def _of_timm(name: str, weights: Path | None, threads: int) -> Caller:
    if weights is None:
        raise UsageError(f"timm:{name} needs --weights FILE: what it says without weights means nothing")
    torch = need_torch()
    try:
        data = weights.read_bytes()
    except OSError as error:
        raise ModelError(f"{weights}: {error.strerror}; name a file of weights for {name}") from error
    state = _state(weights, data)
    net = network(f"{TIMM}{name}", _outputs(state, name))
    try:
        net.load_state_dict(state)
    except (RuntimeError, ValueError) as error:
        text = " ".join(str(error).split())[:300]
        raise ModelError(f"{weights} does not fit timm:{name} ({text}); give the weights of that very model") from error
    torch.set_num_threads(threads)
    net.eval()
    timm = import_module("timm")
    config = timm.data.resolve_model_data_config(net)
    prepare: Any = timm.data.create_transform(**config, is_training=False)

    def scores(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        from PIL import Image  # what timm's preparation takes

        with torch.inference_mode():
            said = net(prepare(Image.fromarray(np.ascontiguousarray(image)))[None])[0].double()
            return np.asarray(torch.softmax(said, 0).numpy(), np.float64)

    assumed = (f"pictures as timm {timm.__version__} prepares them for {name}",)
    count = int(net.num_classes)
    digest = hashlib.sha256(data).hexdigest()
    return Caller(f"{TIMM}{name}", digest, "not told", count, exclusive=True, assumed=assumed, scores=scores)


def _state(weights: Path, data: bytes) -> dict[str, Any]:
    """Tensors by name, from safetensors or from a file of torch's, of which nothing but tensors is loaded."""
    torch = need_torch()
    try:
        if weights.suffix == ".safetensors":
            return dict(import_module("safetensors.torch").load(data))
        held = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch and safetensors raise nearly every class there is
        raise ModelError(f"{weights} holds no weights ({type(error).__name__}); give .safetensors or .pth") from error
    for name in ("state_dict", "model"):
        if isinstance(held, dict) and isinstance(held.get(name), dict):
            held = held[name]
    if not isinstance(held, dict) or not all(isinstance(one, torch.Tensor) for one in held.values()):
        raise ModelError(f"{weights}: it holds more than tensors by name; save the model's state_dict")
    return {str(name): one for name, one in held.items()}


def _outputs(state: dict[str, Any], name: str) -> int:
    """How many labels the last layer has: the rows of the last matrix."""
    heads = [one for key, one in state.items() if key.endswith("weight") and one.ndim in {2, 4}]
    if not heads:
        raise ModelError(f"timm:{name}: its weights hold no layer that ends in labels")
    return int(heads[-1].shape[0])
