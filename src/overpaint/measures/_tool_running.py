"""Running a tool over a folder of pictures with given boxes: our own, peers in an environment of theirs, anybody's."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from overpaint.errors import UsageError

__all__ = ["PEERS", "TOOLS", "Boxed", "Ran", "Tool", "choose_tools", "install_peers", "run_tool", "tool_of"]

PEERS = ("deface", "deface-keep-metadata", "img2dataset", "supervision")
"""By pip, in an environment of their own: two of them pin builds of OpenCV that fight over one directory."""
TOOLS = ("overpaint", "overpaint-blur", "overpaint-mosaic", "imagenet2021", "pillow", "opencv", *PEERS)

# they come alone, with what the measured code imports: two of them would drag in wandb, Spark and FFmpeg
_ALONE = ("deface==1.5.0", "img2dataset==1.47.0", "supervision==0.31.2")
_WITH = (
    "albumentations==1.4.24", "defusedxml", "imageio", "imageio-ffmpeg", "matplotlib", "numpy", "onnx", "onnxruntime",
    "opencv-python-headless>=4.9,<5", "pillow", "pydeprecate<0.14", "pyyaml", "requests", "scikit-image", "scipy",
    "tqdm",
)  # fmt: skip
_SCRIPT = Path(__file__).with_name("_tool_peers.py")
_PLACES = re.compile(r"\{(source|dest|boxes|coco)\}")
_MOST_SECONDS = 3600
_NAME = re.compile(r"[\w.+ -]{1,40}")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool and how it is started: `{source}` and `{dest}` are folders, `{boxes}` and `{coco}` files of boxes."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""
    """Why it cannot be run here, if so."""


@dataclass(frozen=True, slots=True)
class Boxed:
    """Boxes of one picture, in pixels as it is stored and as it is shown."""

    width: int
    height: int
    stored: Sequence[tuple[float, float, float, float]]
    shown: Sequence[tuple[float, float, float, float]]


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it: the outputs by the names of the sources, what could not be done, and the tool's own version."""

    outputs: Mapping[str, Path]
    errors: Mapping[str, str]
    version: str
    failed: str = ""
    """Why nothing at all came out."""


def tool_of(word: str, *, peers: Path | None = None, look: str | None = None, cells: int | None = None) -> Tool:
    """A tool by its name, or ``NAME=COMMAND``, or a command alone.

    Parameters
    ----------
    word
        One of `TOOLS`, or a command with ``{source}`` and ``{dest}`` in it, perhaps with a name and ``=`` before it.
    peers
        The environment of the peers: its directory.
    look, cells
        Of overpaint alone.

    Raises
    ------
    UsageError
        It is neither, or the command does not say where pictures come from and go to.
    """
    name, _, own = word.partition("-")
    if name == "overpaint" and own in {"", "blur", "mosaic"}:
        if own and look is not None:
            raise UsageError(f"--tool {word} names a look; leave --look out")
        look = own or look
        asked = [("--look", look), ("--cells", cells)]
        how = [word for name, value in asked if value is not None for word in (name, str(value))]
        ours = ("-m", "overpaint", "scrub", "{source}", "{dest}", "--boxes", "{coco}", "--quiet", "--workers", "1")
        return Tool(word, (sys.executable, *ours, *how))
    if look is not None or cells not in {None, 4}:
        raise UsageError("--look and --cells are of overpaint's own painting; leave them out for other tools")
    if word in TOOLS:
        python, missing = sys.executable, ""
        if word in PEERS:
            python = os.fspath((peers or Path()) / "bin" / "python")
            installed = peers is not None and any(
                (peers / "lib").glob(f"python*/site-packages/{word.partition('-')[0]}")
            )
            missing = "" if installed else "not installed: --peers DIR names its environment, --install makes one"
        command = (python, os.fspath(_SCRIPT), word, "{source}", "{dest}", "{boxes}")
        return Tool(word, command, {"NO_ALBUMENTATIONS_UPDATE": "1"}, missing)
    name, sign, command_line = word.partition("=")
    if not sign or not _NAME.fullmatch(name):
        name, command_line = "tool", word
    if not {"source", "dest"} <= set(_PLACES.findall(command_line)):
        known = ", ".join(TOOLS)
        raise UsageError(f"--tool {word!a}: give one of {known}, or NAME='command {{source}} {{dest}} {{boxes}}'")
    try:
        return Tool(name, tuple(shlex.split(command_line)))
    except ValueError as error:
        raise UsageError(f"--tool {word!a}: {error}") from None


def choose_tools(words: Sequence[str], *, peers: Path | None) -> list[Tool]:
    """The tools that were named, or all that are known; names may not repeat."""
    tools = [tool_of(word, peers=peers) for word in words or TOOLS]
    twice = {tool.name for tool in tools if sum(other.name == tool.name for other in tools) > 1}
    if twice:
        raise UsageError(f"--tool: {min(twice)!a} is named twice; write OTHER-NAME='command ...'")
    return tools


def install_peers(directory: Path) -> Path:
    """Make the environment of the peers, by pip, where it is not there yet; returns its ``bin``.

    Raises
    ------
    UsageError
        pip could not; its last line is told.
    """
    bin_ = directory / "bin"
    if (bin_ / "deface").exists():
        return bin_
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    pip = [os.fspath(bin_ / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    for command in ([sys.executable, "-m", "venv", os.fspath(directory)], [*pip, *_WITH], [*pip, "--no-deps", *_ALONE]):
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)  # noqa: S603 - ours
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise UsageError(f"--install {os.fspath(directory)!a}: pip could not: {last[:300]}")
    return bin_


def run_tool(tool: Tool, source: Path, scratch: Path, boxes: Mapping[str, Boxed]) -> Ran:
    """Run a tool over the pictures of a folder.

    Parameters
    ----------
    scratch
        A directory of its own: outputs, files of boxes, what the tool printed.
    boxes
        By the names of the pictures in ``source``.
    """
    dest = scratch / "out"
    dest.mkdir(parents=True)
    places = {"source": source, "dest": dest, "boxes": scratch / "boxes.json", "coco": scratch / "coco.json"}
    _write_boxes(places["boxes"], places["coco"], boxes)
    if tool.command[1:3] == ("-m", "overpaint"):
        dest.rmdir()  # it makes its own
    command = [_PLACES.sub(lambda found: os.fspath(places[found[1]]), part) for part in tool.command]
    log = scratch / "log"
    try:
        with log.open("wb") as errors:
            done = subprocess.run(  # noqa: S603 - what the user asked to be run
                command, check=False, stdout=subprocess.PIPE, stderr=errors, timeout=_MOST_SECONDS,
                env=os.environ | dict(tool.environment),
            )  # fmt: skip
    except OSError as error:
        return Ran({}, {}, "", f"{command[0]!a}: {error.strerror or error}")
    except subprocess.TimeoutExpired:
        return Ran({}, {}, "", f"not done after {_MOST_SECONDS} seconds")
    version, told = _told(done.stdout.decode("utf-8", "replace"))
    outputs = {name: path for name in boxes if (path := _output(dest, name)) is not None}
    failed = ""
    if not outputs:
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        failed = f"exit code {done.returncode}: {(lines or ['no message'])[-1][:300]}"
    return Ran(outputs, told, version, failed)


def _told(text: str) -> tuple[str, dict[str, str]]:
    """What our own script says of versions and errors; other tools' lines are no JSON of ours."""
    version, errors = "", {}
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            version = str(value.get("version", version))
            if "file" in value and "error" in value:
                errors[str(value["file"])] = str(value["error"])
    return version, errors


def _output(dest: Path, name: str) -> Path | None:
    """The output of a picture: under its own name, or with another extension, which some tools choose."""
    if (dest / name).is_file():
        return dest / name
    stem = Path(name).stem
    found = [path for path in dest.glob("*") if path.is_file() and path.stem in {stem, f"{stem}_anonymized"}]
    return found[0] if len(found) == 1 else None


def _write_boxes(plain: Path, coco: Path, boxes: Mapping[str, Boxed]) -> None:
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, (name, boxed) in enumerate(boxes.items()):
        images.append({"id": number, "file_name": name, "width": boxed.width, "height": boxed.height})
        for x0, y0, x1, y1 in boxed.stored:
            corner = [x0, y0, x1 - x0, y1 - y0]
            annotations.append({"id": len(annotations), "image_id": number, "category_id": 1, "bbox": corner})
    categories = [{"id": 1, "name": "face"}]
    coco.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    plain.write_text(
        json.dumps(
            {
                name: {
                    "width": boxed.width,
                    "height": boxed.height,
                    "stored": [list(map(float, box)) for box in boxed.stored],
                    "shown": [list(map(float, box)) for box in boxed.shown],
                }
                for name, boxed in boxes.items()
            }
        )
    )
