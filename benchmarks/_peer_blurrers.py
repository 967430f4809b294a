"""The peers that only blur boxes they are given, each as its own documentation or caller uses it.

    python _peer_blurrers.py WHICH SOURCE DEST BOXES

Runs in the peers' environment (overpaint is not there). BOXES is JSON: file name to boxes ``[x0, y0, x1, y1]`` in
pixels. Every file of SOURCE is written to DEST under its own name.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Boxes = list[list[float]]
Blur = Callable[[Path, Path, Boxes], None]


def img2dataset() -> Blur:
    """img2dataset 1.47.0: decode, blur, encode at quality 95, as `Resizer` does by default with a list of boxes.

    Its module is loaded from its file: the package itself imports wandb, Spark and more.
    """
    import cv2

    (file,) = (f for f in importlib.metadata.files("img2dataset") or () if str(f) == "img2dataset/blurrer.py")
    spec = importlib.util.spec_from_file_location("blurrer", str(file.locate()))
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    blurrer = module.BoundingBoxBlurrer()

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        image = cv2.imread(str(source), cv2.IMREAD_COLOR)
        assert image is not None
        height, width = image.shape[:2]
        relative = [[x0 / width, y0 / height, x1 / width, y1 / height] for x0, y0, x1, y1 in boxes]
        cv2.imwrite(str(dest), blurrer(img=image, bbox_list=relative), [cv2.IMWRITE_JPEG_QUALITY, 95])

    return run


def supervision() -> Blur:
    """The BlurAnnotator of supervision with its defaults, between `imread` and `imwrite` as in its examples."""
    import cv2
    import numpy as np
    import supervision as sv

    annotator = sv.BlurAnnotator()

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        image = cv2.imread(str(source))
        assert image is not None
        found = sv.Detections(xyxy=np.array(boxes, np.float32).reshape(-1, 4))
        cv2.imwrite(str(dest), annotator.annotate(scene=image.copy(), detections=found))

    return run


def imagenet2021() -> Blur:
    """The release of 2021: Pillow, default quality, and only pictures with a face are written; the rest is copied."""
    import numpy as np
    from PIL import Image

    from overpaint.painting import imagenet2021 as formula
    from overpaint.records import Box

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        if not boxes:
            shutil.copyfile(source, dest)
            return
        with Image.open(source) as image:
            rgb = np.asarray(image.convert("RGB"))
        Image.fromarray(formula(rgb, [Box(box[0], box[1], box[2], box[3]) for box in boxes])).save(dest)

    return run


def deface() -> Blur:
    """The painting of deface 1.5.0 alone, as its command line calls it by default, with boxes from elsewhere."""
    import imageio  # type: ignore[import-not-found]
    import imageio.v2 as iio  # type: ignore[import-not-found]
    import numpy as np
    from deface.deface import anonymize_frame

    def run(source: Path, dest: Path, boxes: Boxes) -> None:
        frame = iio.imread(source)
        scored = np.array([[*box, 1.0] for box in boxes], np.float32).reshape(-1, 5)
        how = {"mask_scale": 1.3, "replacewith": "blur", "ellipse": True, "draw_scores": False}
        anonymize_frame(scored, frame, **how, replaceimg=None, mosaicsize=20)
        imageio.imsave(dest, frame)

    return run


BLURRERS = {"deface": deface, "img2dataset": img2dataset, "supervision": supervision, "imagenet2021": imagenet2021}


def main(which: str, source: Path, dest: Path, boxes: Path) -> None:
    run = BLURRERS[which]()
    given: dict[str, Boxes] = json.loads(boxes.read_text())
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        name = path.relative_to(source)
        target = dest / name
        target.parent.mkdir(parents=True, exist_ok=True)
        run(path, target, given.get(str(name), []))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
