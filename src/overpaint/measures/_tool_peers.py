"""Other people's painting on boxes they are given, each as its own documentation or caller uses it.

    python _tool_peers.py WHICH SOURCE DEST BOXES

Runs by itself in the environment of the peers, where overpaint is not installed. BOXES is JSON: file name to
``stored`` and ``shown``, boxes ``[x0, y0, x1, y1]`` in pixels of the picture as it is stored and as it is shown. Each
tool gets those of the frame that it decodes into itself, as its own detector would give them. Prints a JSON line for
each file that it could not do, after one with the version.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Boxes = list[list[float]]
Paint = Callable[[Path, Path, Boxes], None]


def deface(*, keep_metadata: bool = False) -> Paint:
    """The whole way of a picture through its command line, its detector answering with the boxes."""
    import numpy as np
    from deface.deface import image_detect

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        scored = np.array([[*box, 1.0] for box in boxes], np.float32).reshape(-1, 5)

        def detector(frame: Any, threshold: float) -> Any:
            del frame, threshold
            return scored, None

        image_detect(
            ipath=str(source),
            opath=str(dest),
            centerface=detector,
            threshold=0.2,
            replacewith="blur",
            mask_scale=1.3,
            ellipse=True,
            draw_scores=False,
            enable_preview=False,
            keep_metadata=keep_metadata,
        )

    return run


def deface_keeping() -> Paint:
    """The same with ``--keep-metadata``."""
    return deface(keep_metadata=True)


def img2dataset() -> Paint:
    """Its `Resizer` with ``resize_mode="no"`` and the rest as it is by default: whatever comes in, JPEG goes out.

    Two modules are loaded from their files: the package itself imports wandb, Spark and more.
    """
    modules = {name: _module("img2dataset", name) for name in ("blurrer", "resizer")}
    resizer = modules["resizer"].Resizer(
        256, "no", resize_only_if_bigger=False, blurrer=modules["blurrer"].BoundingBoxBlurrer()
    )

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        import io

        import cv2
        import numpy as np

        data = source.read_bytes()
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise ValueError("OpenCV cannot decode it")
        height, width = image.shape[:2]
        parts = [[x0 / width, y0 / height, x1 / width, y1 / height] for x0, y0, x1, y1 in boxes]
        written, *_, error = resizer(io.BytesIO(data), blurring_bbox_list=parts)
        if written is None:
            raise ValueError(str(error))
        dest.with_suffix(".jpg").write_bytes(written)

    return run


def supervision() -> Paint:
    """Its `BlurAnnotator` with its defaults, between `imread` and `imwrite` as in its examples."""
    import cv2
    import numpy as np
    import supervision as sv

    annotator = sv.BlurAnnotator()

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        image = cv2.imread(str(source))
        if image is None:
            raise ValueError("OpenCV cannot decode it")
        found = sv.Detections(xyxy=np.array(boxes, np.float32).reshape(-1, 4))
        if not cv2.imwrite(str(dest), annotator.annotate(scene=image.copy(), detections=found)):
            raise ValueError("OpenCV cannot write it")

    return run


def pillow() -> Paint:
    """What tutorials do with Pillow: crop, `GaussianBlur` with its default radius of 2, paste, save."""
    from PIL import Image, ImageFilter

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        with Image.open(source) as image:
            for box in boxes:
                corners = round(box[0]), round(box[1]), round(box[2]), round(box[3])
                image.paste(image.crop(corners).filter(ImageFilter.GaussianBlur()), corners)
            image.save(dest)

    return run


def opencv() -> Paint:
    """What tutorials do with OpenCV: `imread`, `GaussianBlur` of 99 x 99 with sigma 30 on each box, `imwrite`."""
    import cv2

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        image = cv2.imread(str(source))
        if image is None:
            raise ValueError("OpenCV cannot decode it")
        for box in boxes:
            x0, y0, x1, y1 = (max(0, round(edge)) for edge in box)
            image[y0:y1, x0:x1] = cv2.GaussianBlur(image[y0:y1, x0:x1], (99, 99), 30)
        if not cv2.imwrite(str(dest), image):
            raise ValueError("OpenCV cannot write it")

    return run


def imagenet2021() -> Paint:
    """The release of 2021: decoded by Pillow, blurred by its formula, saved with Pillow's defaults."""
    import numpy as np
    from PIL import Image

    from overpaint.painting import imagenet2021 as formula
    from overpaint.records import Box

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        with Image.open(source) as image:
            rgb = np.asarray(image.convert("RGB"))
        Image.fromarray(formula(rgb, [Box(box[0], box[1], box[2], box[3]) for box in boxes])).save(dest)

    return run


def _module(package: str, name: str) -> Any:
    (file,) = (f for f in importlib.metadata.files(package) or () if str(f) == f"{package}/{name}.py")
    spec = importlib.util.spec_from_file_location(name, str(file.locate()))
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAINTERS: dict[str, tuple[Callable[[], Paint], str, str]] = {
    # the package whose version is told, and the frame of the boxes: OpenCV's imread turns pictures, Pillow does not
    "deface": (deface, "deface", "stored"),
    "deface-keep-metadata": (deface_keeping, "deface", "stored"),
    "img2dataset": (img2dataset, "img2dataset", "stored"),
    "supervision": (supervision, "supervision", "shown"),
    "pillow": (pillow, "pillow", "stored"),
    "opencv": (opencv, "opencv-python-headless", "shown"),
    "imagenet2021": (imagenet2021, "pillow", "stored"),
}


def main(which: str, source: Path, dest: Path, boxes: Path) -> int:
    make, package, frame = PAINTERS[which]
    paint = make()
    _say({"version": importlib.metadata.version(package)})
    given: dict[str, dict[str, Boxes]] = json.loads(boxes.read_text())
    for path in sorted(p for p in source.iterdir() if p.is_file()):
        try:
            paint(path, dest / path.name, given[path.name][frame])
        except Exception as error:  # noqa: BLE001 - whatever a tool raises is its answer to this file
            (dest / path.name).unlink(missing_ok=True)
            _say({"file": path.name, "error": f"{type(error).__name__}: {error}"[:300]})
    return 0


def _say(value: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], *map(Path, sys.argv[2:5])))
