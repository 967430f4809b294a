"""How networks are trained and tested in an experiment, from TOML: one for two cores, and that of the 2021 study."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint.errors import UsageError

__all__ = ["RECIPES", "Recipe", "read_recipe"]

RECIPES = ("small", "imagenet2021")
"""Those that come with overpaint."""

_LARGEST_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything about a training but its pictures and its seed.

    Attributes
    ----------
    models
        Networks, as `overpaint.measures.network` knows them.
    seeds
        How many trainings of each network on each arm.
    schedule
        ``steps``: the rate is multiplied by `factor` every `every` epochs. ``cosine``: it rises from nothing over the
        share `warmup` of all steps, and falls along half a cosine to nothing.
    rate, rates
        The rate to start from; and others, by how the names of networks begin.
    decay_all
        Whether biases and the scales of normalisation decay too.
    side, area, ratio, flip
        Training takes a part of the picture of so much of its area and of such a ratio of width to height, squeezes it
        to a square of `side` pixels and mirrors it with the chance `flip`.
    resize, crop
        Tests take the square of `crop` pixels in the middle of the picture, whose shorter side is made `resize`.
    store
        The shorter side in pixels with which pictures are kept decoded; 0: files are kept, and decoded at each use.
    """

    name: str
    about: str
    models: tuple[str, ...]
    seeds: int
    epochs: int
    batch: int
    schedule: str
    rate: float
    momentum: float
    nesterov: bool
    weight_decay: float
    decay_all: bool
    smoothing: float
    side: int
    area: tuple[float, float]
    ratio: tuple[float, float]
    flip: float
    resize: int
    crop: int
    store: int
    rates: Mapping[str, float] = field(default_factory=dict)
    every: int = 0
    factor: float = 1.0
    warmup: float = 0.0

    def rate_at(self, model: str, step: int, *, steps: int) -> float:
        """The learning rate of a step, both counted from 0.

        Parameters
        ----------
        steps
            Of one epoch.
        """
        name = model.removeprefix("timm:")
        start = next((rate for begin, rate in self.rates.items() if name.startswith(begin)), self.rate)
        if self.schedule == "steps":
            return start * self.factor ** (step // steps // self.every)
        done = step / (steps * self.epochs)
        if done < self.warmup:
            return start * done / self.warmup
        return start * 0.5 * (1 + math.cos(math.pi * (done - self.warmup) / (1 - self.warmup)))

    def steps(self, samples: int) -> int:
        """Batches of one epoch; a last one of a single sample is left out, for nothing can be normalised by it."""
        whole, rest = divmod(samples, self.batch)
        return whole + (rest > 1 or not whole)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """What `to_dict` gave, of a file that was written here."""
        pairs = {name: tuple(values[name]) for name in ("models", "area", "ratio")}
        return cls(**{"about": "", **values, **pairs})

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "about"}

    def digest(self, *more: object) -> str:
        """What one training depends on, with whatever else it depends on; neither models nor the number of seeds."""
        values = {name: value for name, value in self.to_dict().items() if name not in {"name", "models", "seeds"}}
        return hashlib.sha256(json.dumps([values, *more], sort_keys=True).encode()).hexdigest()[:16]


def read_recipe(config: str | PathLike[str] | None = None) -> Recipe:
    """One of `RECIPES` by name, or a TOML file of the same form; ``small`` unless given.

    Raises
    ------
    UsageError
        There is no such file, or a value is missing, unknown or out of bounds.
    """
    name = "small" if config is None else str(config)
    if name in RECIPES:
        text = (resources.files(__package__) / "recipes" / f"{name}.toml").read_text("utf-8")
        return _parsed(tomllib.loads(text), name)
    path = Path(name)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UsageError(f"--config {name}: larger than {_LARGEST_FILE} bytes; it is no configuration")
        return _parsed(tomllib.loads(path.read_text("utf-8")), name)
    except OSError as error:
        raise UsageError(
            f"--config {name}: {error.strerror or error}; give a TOML file or one of {', '.join(RECIPES)}"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"--config {name} is not TOML: {error}") from error


_PLACES = {
    "": ("name", "about", "models", "seeds", "epochs", "batch"),
    "rate": ("schedule", "start", "of", "every", "factor", "warmup"),
    "optimiser": ("momentum", "nesterov", "weight_decay", "decay_all", "smoothing"),
    "training": ("side", "area", "ratio", "flip"),
    "testing": ("resize", "crop"),
    "pictures": ("store",),
}
_NAMES = {"start": "rate", "of": "rates"}
_MAY_LACK = {"about", "of", "every", "factor", "warmup"}

_BOUNDS: dict[str, tuple[float, float]] = {
    "seeds": (1, 1000),
    "epochs": (1, 100_000),
    "batch": (2, 1_000_000),
    "rate": (1e-9, 1e3),
    "every": (1, 100_000),
    "factor": (1e-6, 1.0),
    "warmup": (0, 0.99),
    "momentum": (0, 0.9999),
    "weight_decay": (0, 1),
    "smoothing": (0, 0.99),
    "side": (16, 4096),
    "flip": (0, 1),
    "resize": (16, 4096),
    "crop": (16, 4096),
    "store": (0, 4096),
}
_WHOLE = {"seeds", "epochs", "batch", "every", "side", "resize", "crop", "store"}


def _parsed(given: Mapping[str, Any], source: str) -> Recipe:
    """A recipe of what a file says; whatever is wrong is told with its place."""
    flat: dict[str, Any] = {"about": ""}
    for table, names in _PLACES.items():
        values = {k: v for k, v in given.items() if k not in _PLACES} if not table else given.get(table)
        if not isinstance(values, Mapping):
            raise UsageError(f"--config {source}: there is no [{table}]")
        for name in [*values, *names]:
            where = f"{table}.{name}" if table else name
            if name not in names:
                raise UsageError(f"--config {source}: {where} is not known; known are {', '.join(names)}")
            if name in values:
                flat[_NAMES.get(name, name)] = values[name]
            elif name not in _MAY_LACK:
                raise UsageError(f"--config {source}: {where} is missing")
    if flat["schedule"] == "steps" and not {"every", "factor"} <= flat.keys():
        raise UsageError(f"--config {source}: a schedule of steps needs rate.every and rate.factor")
    if flat["schedule"] not in {"steps", "cosine"}:
        raise UsageError(f"--config {source}: rate.schedule is steps or cosine")
    return Recipe(**_checked(flat, source))


def _checked(flat: dict[str, Any], source: str) -> dict[str, Any]:
    rates = flat.get("rates", {})
    rules: dict[str, tuple[bool, str]] = {
        "name": (isinstance(flat["name"], str), "text"),
        "about": (isinstance(flat["about"], str), "text"),
        "models": (_is_names(flat["models"]), "a list of names"),
        "nesterov": (isinstance(flat["nesterov"], bool), "true or false"),
        "decay_all": (isinstance(flat["decay_all"], bool), "true or false"),
        "area": (_is_pair(flat["area"], 1.0), "two rising numbers above 0, of 1 at most"),
        "ratio": (_is_pair(flat["ratio"], 100.0), "two rising numbers above 0"),
        "rates": (
            isinstance(rates, Mapping) and all(_is_number(each) and 0 < each <= 1e3 for each in rates.values()),
            "a table of rates above 0",
        ),
    }
    for name, (low, high) in _BOUNDS.items():
        if name in flat:
            whole = isinstance(flat[name], int) or name not in _WHOLE
            wanted = f"a {'whole ' if name in _WHOLE else ''}number from {low:g} to {high:g}"
            rules[name] = (_is_number(flat[name]) and low <= flat[name] <= high and whole, wanted)
    for name, (fine, wanted) in rules.items():
        if not fine:
            raise UsageError(f"--config {source}: {name} = {flat[name]!r} must be {wanted}")
    if flat["nesterov"] and not flat["momentum"]:
        raise UsageError(f"--config {source}: nesterov needs a momentum above 0")
    if flat["crop"] > flat["resize"]:
        raise UsageError(f"--config {source}: crop = {flat['crop']} must be resize ({flat['resize']}) at most")
    return flat | {"models": tuple(flat["models"]), "area": tuple(flat["area"]), "ratio": tuple(flat["ratio"])}


def _is_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _is_pair(value: object, high: float) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and 0 < value[0] <= value[1] <= high
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
