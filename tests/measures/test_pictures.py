"""Parts of an arm on disk: whole or not at all, and told apart by their pixels."""

import io

import numpy as np
import pytest
from lessons import pattern
from PIL import Image

from overpaint.errors import RunError
from overpaint.measures._pictures import Pictures, PicturesWriter, read_part


def written(path, pictures, **more):
    with PicturesWriter(path) as part:
        for key, picture in pictures.items():
            part.put(key, picture, **more)
    return read_part(path)


def test_pictures_come_back_in_the_order_asked_for(tmp_path):
    pictures = {f"ü{at}.jpg": pattern(at, at, 20 + at, 30) for at in range(3)}
    written(tmp_path / "a", {key: pictures[key] for key in ("ü0.jpg", "ü2.jpg")})
    written(tmp_path / "b", {"ü1.jpg": pictures["ü1.jpg"]})
    held = Pictures([tmp_path / "a", tmp_path / "b"], ["ü2.jpg", "ü1.jpg"])
    assert len(held) == 2
    assert held.size(0) == (30, 22)
    np.testing.assert_array_equal(held[0], pictures["ü2.jpg"])
    np.testing.assert_array_equal(held[1], pictures["ü1.jpg"])


def test_a_file_is_decoded_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    memory = io.BytesIO()
    Image.fromarray(pattern(0, 0, 20, 30)).save(memory, "PNG", exif=exif)
    upright = np.rot90(pattern(0, 0, 20, 30), -1)
    written(tmp_path / "a", {"x": upright}, data=memory.getvalue())
    np.testing.assert_array_equal(Pictures([tmp_path / "a"], ["x"])[0], upright)


def test_parts_are_told_apart_by_pixels_keys_and_shapes_alone(tmp_path):
    one = pattern(0, 0, 20, 30)
    other = one.copy()
    other[3, 4, 1] ^= 1
    given = [{"a": one}, {"a": one}, {"a": other}, {"b": one}, {"a": one.reshape(30, 20, 3)}]
    pixels = [written(tmp_path / str(at), each)["pixels"] for at, each in enumerate(given)]
    assert pixels[0] == pixels[1]
    assert len(set(pixels)) == 4


def test_a_part_that_was_broken_off_is_none(tmp_path):
    def broken_off():
        with PicturesWriter(tmp_path / "a") as part:
            part.put("x", pattern(0, 0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert read_part(tmp_path / "a") is None
    assert not list(tmp_path.iterdir())
    with pytest.raises(RunError, match="not whole"):
        Pictures([tmp_path / "a"], ["x"])


def test_without_its_pixels_a_table_is_left(tmp_path):
    with PicturesWriter(tmp_path / "a") as part:
        part.put("x", pattern(0, 0))
        part.left("y", "undecodable")
    (tmp_path / "a.bin").unlink()
    assert read_part(tmp_path / "a") is None
    table = read_part(tmp_path / "a", pixels=False)
    assert table["keys"] == ["x"]
    assert table["left"] == {"y": "undecodable"}


def test_what_is_not_there_is_told(tmp_path):
    written(tmp_path / "a", {"x": pattern(0, 0)})
    with pytest.raises(RunError, match="1 pictures"):
        Pictures([tmp_path / "a"], ["x", "y"])
    written(tmp_path / "empty", {})
    assert len(Pictures([tmp_path / "empty"], [])) == 0
    for text in ("", "[]", '{"version": 99}'):
        (tmp_path / "a.json").write_text(text)
        assert read_part(tmp_path / "a") is None
