"""PDQ: the bits of the reference, on every machine; mirrors; what resizing and recompressing leave of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from overpaint.fingerprints import MIN_QUALITY, RADIUS, Pdq, _pdq, pdq, pdq_mirrored, pdq_pair

PICTURES = st.tuples(st.integers(5, 90), st.integers(5, 90)).flatmap(lambda size: arrays(np.uint8, (*size, 3)))


def scene(height: int, width: int, seed: int) -> np.ndarray:
    """A picture with something in it, from sines with the phases of a counter: the same wherever it is made."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    y, x = y * 1000 // height, x * 1000 // width
    planes = []
    for plane in range(3):
        total = np.zeros((height, width), np.int64)
        for wave in range(1, 9):
            a, b = (seed * 7 + wave * 13 + plane * 5) % 11, (seed * 3 + wave * 17 + plane) % 13
            step = (x * a + y * b + seed * 131 * wave) % 1000
            total += np.abs(step - 500) // wave
        planes.append(total * 255 // total.max())
    return np.stack(planes, axis=-1).astype(np.uint8)


def soft(height: int, width: int, seed: int) -> np.ndarray:
    """As a photograph, with little in its highest frequencies."""
    small = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


# What pdqhash 0.2.8 (the reference's C++) gives for the same pictures: hash, its FlipX, quality.
REFERENCE = [
    (
        64,
        64,
        1,
        "7feafd4208a8ad42fa77a0c2dfdd24c28dfc68c0c0881dc0aaa51ccd5ddf9ccc",
        "2a3fa8175dfdf817af20f59788887197d8a93d9515d54895fdf04998088ac999",
        100,
    ),
    (
        128,
        128,
        2,
        "8d777c08dd5dbc08a295a82c5df5fd242a5ff8f4057dec742101e823c2229d7b",
        "d822295d8a8ae95df7c0fd7908a8a8717f0aada15028b9297454bd7697f7c82e",
        100,
    ),
    (
        129,
        200,
        3,
        "fc027957c37d7917c22d7d1fdf75a81f0235b9ea0282b8e85780f8287282a575",
        "a9572c0296282c429778284a8a20fd4a57e2ecbf57d7edbd02d5ad7d27d7f020",
        100,
    ),
    (
        375,
        500,
        4,
        "ffa0cf0057fdcf103482c9109dd7bd508a87a80d24027d0d02bd7d2dffd55d2d",
        "aaf79a55a2aa9a4561f79c45c882e805dff2fd5877772858f7e82878aa820878",
        100,
    ),
    (
        500,
        333,
        5,
        "60158128fd7f5520887f00f5fd5f54f5015552f5bd5462e5102d57f8d75582f8",
        "bfcad47daa2a0075fd2a55a0aa8a01a0fc8a07a0eaab37b0fffa22ad8a22d7ad",
        100,
    ),
    (
        33,
        77,
        6,
        "397f83f67dd483f1fec8c38182e88380210a82552b50c35cfe21c24b17ffb75f",
        "6c2ad6a32881d6a4ab95d6d4d7bdd6d5745fd7007e059609ab74971e42aae20a",
        100,
    ),
    (
        1024,
        700,
        7,
        "8157638d0808728d05dd679dd555a29f2235e7e8577de7aa5500a67d0d55fa68",
        "dc0236d8fd9f27d812aa32c88800f7ca7768b2bd8228b2ff0a57f32ad802af3f",
        100,
    ),
    (
        400,
        1000,
        8,
        "ffaad735aaa28334de8adc2c73e9dc2df2fad571aaaa0034fdea0540aaaa0540",
        "a2d78260ff77d6610b57897926748978272f8024f77f5561203f501557ff5015",
        100,
    ),
]


@pytest.mark.parametrize("case", REFERENCE, ids=lambda case: f"{case[0]}x{case[1]}")
def test_the_bits_are_those_of_the_reference(case: tuple[int, int, int, str, str, int]) -> None:
    height, width, seed, bits, mirrored, quality = case
    plain, turned = pdq_pair(scene(height, width, seed))
    assert (plain.hex(), turned.hex(), plain.quality) == (bits, mirrored, quality)


def slow(image: np.ndarray) -> tuple[bytes, int]:
    """The paper's steps one after the other, in floating point."""
    grey = image.astype(np.float64) @ [0.299, 0.587, 0.114]

    def box(values: np.ndarray) -> np.ndarray:
        length = values.shape[0]
        window = (length + 127) // 128
        half = (window + 2) // 2
        spans = [(max(0, i - (window - half)), min(length, i + half)) for i in range(length)]
        return np.stack([values[start:end].mean(axis=0) for start, end in spans])

    for _ in range(2):
        grey = box(box(grey.T).T)
    height, width = grey.shape
    rows = [int((i + 0.5) * height / 64) for i in range(64)]
    columns = [int((i + 0.5) * width / 64) for i in range(64)]
    small = grey[rows][:, columns]
    table = np.array([[np.cos(np.pi / 128 * i * (2 * j + 1)) for j in range(64)] for i in range(1, 17)])
    found = table @ small @ table.T
    bits = found.ravel() > np.sort(found.ravel())[127]
    steps = [np.trunc(np.diff(small, axis=axis) * 100 / 255) for axis in (0, 1)]
    quality = int(sum(np.abs(step).sum() for step in steps)) // 90
    return np.packbits(bits[::-1]).tobytes(), min(100, quality)


@settings(max_examples=25, deadline=None)
@given(st.integers(64, 260), st.integers(64, 260), st.integers(0, 50))
def test_it_equals_the_paper_s_steps(height: int, width: int, seed: int) -> None:
    image = soft(height, width, seed)  # neither symmetric nor repeated: no frequency is zero but for rounding
    found = pdq(image)
    bits, quality = slow(image)
    assert found.distance(Pdq(bits, 0)) <= 2  # frequencies as large as the median
    assert abs(found.quality - quality) <= 1


@given(PICTURES)
@settings(max_examples=40, deadline=None)
def test_half_of_the_bits_at_most_and_bounded_quality(image: np.ndarray) -> None:
    for found in pdq_pair(image):
        assert int.from_bytes(found.bits).bit_count() <= 128
        assert 0 <= found.quality <= 100
        assert len(found.hex()) == 64


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_distances_are_a_metric(one: bytes, other: bytes, third: bytes) -> None:
    a, b, c = Pdq(one, 50), Pdq(other, 50), Pdq(third, 50)
    assert a.distance(b) == b.distance(a) == sum((x ^ y).bit_count() for x, y in zip(one, other, strict=True))
    assert a.distance(a) == 0
    assert a.distance(c) <= a.distance(b) + b.distance(c)


@given(arrays(np.int64, (16, 16), elements=st.integers(-(2**40), 2**40)))
@settings(max_examples=30, deadline=None)
def test_mirrored_twice_is_as_before(frequencies: np.ndarray) -> None:
    assert (_pdq._mirrored(_pdq._mirrored(frequencies)) == frequencies).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_mirrored_hash_is_that_of_the_mirrored_picture(seed: int) -> None:
    image = soft(300, 400, seed)
    turned = np.ascontiguousarray(image[:, ::-1])
    assert pdq_mirrored(image).distance(pdq(turned)) <= 24  # places of the 64 x 64 values are not quite symmetric
    assert pdq_mirrored(turned).distance(pdq(image)) <= 24
    assert pdq_mirrored(image).distance(pdq(image)) > RADIUS


@pytest.mark.parametrize("size", [(600, 800), (1500, 1100), (2600, 3100)])
def test_size_and_compression_change_little(size: tuple[int, int]) -> None:
    large = soft(*size, 3)
    half = cv2.resize(large, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    coded = cv2.imdecode(cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    for changed in (half, coded):
        assert pdq(large).distance(pdq(changed)) <= 10
    assert pdq(large).quality >= MIN_QUALITY


def test_pictures_with_nothing_in_them() -> None:
    for side in (5, 64, 500, 1200):
        assert pdq(np.full((side, side, 3), 77, np.uint8)).quality == 0
    assert pdq(np.zeros((4, 900, 3), np.uint8)) == Pdq(bytes(32), 0)
    assert pdq(np.zeros((0, 0, 3), np.uint8)) == Pdq(bytes(32), 0)


def test_a_reversed_view_is_the_same_picture() -> None:
    bgr = scene(200, 100, 1)
    assert pdq(bgr[:, :, ::-1]) == pdq(np.ascontiguousarray(bgr[:, :, ::-1]))


def test_a_strip_is_hashed_in_little_memory() -> None:
    assert len(pdq(np.zeros((5, 60_000, 3), np.uint8)).bits) == 32
