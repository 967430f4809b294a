"""What an edit keeps, read by libraries that share nothing with it."""

from __future__ import annotations

import base64
import concurrent.futures
import io

import jpeg_by_hand
import jpeglib
import numpy as np
import pytest
from PIL import Image

from overpaint.painting import LOOKS, _native, regions
from overpaint.records import Box

NOTHING = (b"", b"")
LIMIT = 10**8


def picture(width=93, height=77, mode="RGB", seed=1):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([128 + 70 * np.sin(x / (5 + c)) * np.cos(y / (4 + c)) for c in range(4)], axis=2)
    planes = np.clip(waves + rng.normal(0, 12, waves.shape), 0, 255).astype(np.uint8)
    if mode == "CMYK":
        return Image.frombytes("CMYK", (width, height), planes.tobytes())
    return Image.fromarray(planes[:, :, :3]).convert(mode)


def saved(mode="RGB", **options):
    out = io.BytesIO()
    picture(mode=mode).save(out, "JPEG", **{"quality": 88, **options})
    return out.getvalue()


KINDS = {
    "444": saved(subsampling=0),
    "422": saved(subsampling=1),
    "420": saved(subsampling=2),
    "grey": saved("L"),
    "cmyk": saved("CMYK"),
    "progressive": saved(progressive=True, subsampling=2),
    "progressive-444": saved(progressive=True, subsampling=0, restart_marker_rows=1),
    "optimised": saved(optimize=True),
    "restart": saved(restart_marker_blocks=3, subsampling=2),
    "rgb": saved(keep_rgb=True),
    "comment": saved(comment=b"hello", icc_profile=b"not a profile " * 9000, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0"),
}


def where(faces=((30, 20, 62, 60),), size=(93, 77), cells=4):
    return regions([Box(*face) for face in faces], width=size[0], height=size[1], cells=cells)


def edit(data, at, look="blur", limit=LIMIT):
    return _native.edit_jpeg(data, *at.packed(), at.cells, LOOKS[look], limit)


def markers(data):
    """All (marker, body) before and between scans, without the entropy-coded bytes."""
    at, found = 2, []
    while data[at + 1] != 0xD9:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        found.append((data[at + 1], data[at + 4 : at + 2 + length]))
        at += 2 + length
        while found[-1][0] == 0xDA and not (data[at] == 255 and data[at + 1] not in (0, *range(0xD0, 0xD8))):
            at += 1
    return found


def coefficients(data, tmp_path):
    jpeglib.version.set("turbo210")
    path = tmp_path / "read.jpg"
    path.write_bytes(data)
    read = jpeglib.read_dct(str(path))
    planes = [np.array(p) for p in (read.Y, read.Cb, read.Cr, read.K) if p is not None]
    return planes, np.array(read.qt), np.array(read.samp_factor)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_without_regions_the_file_comes_back_byte_for_byte(kind):
    out, facts = _native.edit_jpeg(KINDS[kind], *NOTHING, 4, 0, LIMIT)
    assert out == KINDS[kind]
    assert facts["blocks_edited"] == facts["blocks_changed"] == facts["trailing"] == facts["warnings"] == 0


@pytest.mark.parametrize("look", sorted(LOOKS))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_blocks_under_a_footprint_change(kind, look, tmp_path):
    at = where(((3, 5, 21, 29), (50, 40, 70, 70)))
    out, facts = edit(KINDS[kind], at, look)
    before, quant, factors = coefficients(KINDS[kind], tmp_path)
    after, quant_after, factors_after = coefficients(out, tmp_path)
    np.testing.assert_array_equal(quant, quant_after)
    np.testing.assert_array_equal(factors, factors_after)
    most = factors.max(axis=0)
    for plane, (old, new) in enumerate(zip(before, after, strict=True)):
        step_y, step_x = 8 * most[0] / factors[plane][0], 8 * most[1] / factors[plane][1]
        free = np.ones(old.shape[:2], bool)
        for group in at.groups:
            for (x0, y0, x1, y1), f in zip(group.cores, group.feathers, strict=True):
                rows = slice(max(0, int((y0 - f) // step_y)), int(-(-(y1 + f) // step_y)))
                free[rows, max(0, int((x0 - f) // step_x)) : int(-(-(x1 + f) // step_x))] = False
        assert free.any()
        assert not free.all()
        np.testing.assert_array_equal(old[free], new[free])
        assert (old[~free] != new[~free]).any()
    assert facts["blocks_changed"] > 0
    kept = {0xC0, 0xC1, 0xC2, 0xDD, 0xDB, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE}
    assert [m for m in markers(KINDS[kind]) if m[0] in kept] == [m for m in markers(out) if m[0] in kept]


@pytest.mark.parametrize("kind", ["444", "420", "grey", "cmyk", "progressive"])
def test_decoders_agree_outside(kind):
    """Through Pillow's decoder: outside edited blocks, and the 2 pixels beside them, no pixel changes."""
    out, _ = edit(KINDS[kind], where(), "fill")
    with Image.open(io.BytesIO(KINDS[kind])) as a, Image.open(io.BytesIO(out)) as b:
        assert a.mode == b.mode
        difference = np.abs(np.asarray(a, int) - np.asarray(b, int)).reshape(77, 93, -1).max(axis=2)
    # the footprint is x 21..71, y 6..69: blocks of 8 pixels, or of 16 and their rim
    if kind in ("420", "progressive"):
        difference[0:77, 14:82] = 0
    else:
        difference[0:72, 16:72] = 0
    assert difference.max() == 0
    with Image.open(io.BytesIO(out)) as b:
        middle = np.asarray(b.convert("L") if kind != "cmyk" else b.getchannel("C"))[32:48, 40:52]
    assert np.ptp(middle) <= 1
    assert abs(int(middle.mean()) - 128) <= 1


ARITHMETIC = {
    "sequential": """
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYV
pQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//yQARCAAk
ACwDASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/ALE/tHGXH5u3tuYJZqc8imfoANCq3gw4alfRdIn9qIUdFnX1PBeiz8fZ4+
IzbCirSsFWXLQtkXADrS8zI0tHkl+NcJ0qXx6vF67zGWu7K4nT/LmuSZMMkopfhfFKbE4uypTpmJ2i0Uu8qHd/n6WCPB0pSOuefJ/HRil2P4gq
fj8W6ohsI/Omw5XYHrsBzmklVwGgvYerYpJo0mvsYq2AVKkut1i/flnPxbnCfeG3XCvapDAJkF+RI3PrO9UgyLTjlZeU5jeKa/jNW5K/YyR5uv
EBvYoJZb7dq5xc+IWPjKX9SmRvkjmj32HS7kBy+fP4l/R7steTNIrrIr2fh6XrNA09RvK9jikJduD/AFwx9Aj4VMwyOQusR8nZ+ARADH7YZzM3
pt2ySDZ8SdHW2Gyg/9k=
""",
    "progressive": """
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYV
pQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//ygARCAAk
ACwDASIAAhEBAxEB/8wABgAQARD/2gAMAwEAAhADEAAAAf8AYhc7tYwF/P8AD9LauNWQyUxeddrYWodSIVXOPWSW2h9g2mO09r3/zAAEEAX/2g
AIAQEAAQUCEVs4SkNEj+T5/dyW3ixDMpNLMGvyjFvCXzroBhT/zAAEEQX/2gAIAQMBAT8BHk6TD8Js0GYQ/8wABBEF/9oACAECAQE/ARrzFfqL
DAGJRLW8cUtFhraYhXsoOPqkDjO31uZA/8wABBAF/9oACAEBAAY/AsGOBGD/zAAEEAX/2gAIAQEAAT8hELLK+glKGNei77WGfipXuGfQZc+LiW
o3bpw0ioKomtcDSYAgj1T/2gAMAwEAAgADAAAAEKnKJmBc+lT/zAAEEQX/2gAIAQMBAT8QsFwowUGE6HX+N+D/zAAEEQX/2gAIAQIBAT8QSx2e
iqecJAd/N9DJZzn1UJ0DQoaTyrALNfkdNxSijK6wy/m/fbcVGpNTnJD/zAAEEAX/2gAIAQEAAT8QH1WCHM2p9oazEXaRR8wYSym+s4w68yMDJi
HupTDSLXYlVuEsBHcJSpWtMqGhCfW6WIkEYq7/ACycokrWZBuOpzEWI3obmGatjwfPvpMQVHvJX3eieWlWdP/Z
""",
    "restart": """
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYV
pQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//yQARCAAk
ACwDASIAAhEBAxEB/8wACgAQEAUBEBEF/90ABAAC/9oADAMBAAIRAxEAPwD/ALE/tHGXH5u3tuYJZqc8imfoANCq3gw4alfRdIn9qIUdFnX1PB
eiz8fZ4+IzbCirSsFWXLQtkXADrP/Q/wAmPty+4TuSdYkywLlHF6gY+9y1RvFrS+I1RE2o1d8Lcm4y4ePlr77ivEoRHT4o2sKhqsjJHTlYAEcl
dMNkrn20JE4lb/PZhnVBZmX/APT91uGieKXOzAj/0f27cwSUUZH571VBrgC93DE2xq7aRIJg2bN4/wAelqMpIa/OCA0wfnrNAZNM8cABLeFNlO
AWJqeWIAI/l6jXM7dsb7EZgO74R7Oh9Unh7BTrtRAZulxwJnc+nW7fDn4jy4D/0tAcENMg9V0y1JWXpYAQZn62qPpE6iodlRJe5EJ+15/Pe/PM
xGpd7dOyDPPT80abYca3/9PSXCiG3kaNNztdW9qqiSS8qIHLK6bci2lWl61WDP/Z
""",
}
"""A colour ramp of 44 x 36 pixels, arithmetic-coded by libjpeg, which Pillow cannot be asked to write."""


@pytest.mark.parametrize("look", sorted(LOOKS))
@pytest.mark.parametrize("kind", sorted(ARITHMETIC))
def test_arithmetic_coding_stays(kind, look, tmp_path):
    data = base64.b64decode(ARITHMETIC[kind])
    assert _native.edit_jpeg(data, *NOTHING, 4, 0, LIMIT)[0] == data
    out, facts = edit(data, where(((8, 6, 24, 22),), (44, 36)), look)
    assert facts["arithmetic"]
    assert not facts["optimised"]
    frames = [[m for m in markers(x) if m[0] in (0xC9, 0xCA, 0xDD, 0xDB)] for x in (data, out)]
    assert frames[0] == frames[1]
    assert 0xC4 not in dict(markers(out))
    before, after = coefficients(data, tmp_path)[0], coefficients(out, tmp_path)[0]
    assert (before[0] != after[0]).any()
    np.testing.assert_array_equal(before[0][:, 5], after[0][:, 5])


def flat_picture(**options):
    """Grey, 64 x 48; only the blocks' means differ, by little, so that few Huffman codes are needed."""
    blocks = np.zeros((6, 8, 8, 8), np.int64)
    blocks[:, :, 0, 0] = 20 + np.arange(8)[None] % 2
    blocks[2:4, 3:5, 0, 1] = 1
    plane = jpeg_by_hand.Plane(1, 1, np.full((8, 8), 4), blocks)
    return jpeg_by_hand.Picture(64, 48, [plane], **options)


@pytest.mark.parametrize(
    ("dc", "ac"),
    [((0, 1, 5), jpeg_by_hand.AC_SYMBOLS), (jpeg_by_hand.DC_SYMBOLS, (0x00, 0x01)), ((0, 1, 5), (0x00, 0x01))],
)
def test_a_missing_huffman_code_is_noticed_and_made(dc, ac):
    source = flat_picture(dc_symbols=dc, ac_symbols=ac)
    source.planes[0].blocks[0, 0, 0, 1] = 1
    data = jpeg_by_hand.encode(source)
    full = jpeg_by_hand.encode(flat_picture())
    at = where(((18, 18, 34, 36),), (64, 48))
    out, facts = edit(data, at, "fill")
    assert facts["optimised"]
    expected, facts_full = edit(full, at, "fill")
    assert not facts_full["optimised"]
    got = jpeg_by_hand.decode(out).planes[0].blocks
    other = jpeg_by_hand.decode(expected).planes[0].blocks
    np.testing.assert_array_equal(got[1:], other[1:])
    assert not got[3, 3].any()


def test_tables_that_suffice_are_kept():
    data = jpeg_by_hand.encode(flat_picture())
    out, facts = edit(data, where(((18, 18, 34, 36),), (64, 48)), "mosaic")
    assert not facts["optimised"]
    tables = [b"".join(body for marker, body in markers(x) if marker == 0xC4) for x in (data, out)]
    assert tables[0] == tables[1]


def test_scans_of_one_component_stay_so():
    rng = np.random.default_rng(2)
    planes = [jpeg_by_hand.Plane(h, v, np.full((8, 8), 9), np.zeros(0)) for h, v in [(2, 2), (1, 1), (1, 1)]]
    source = jpeg_by_hand.Picture(50, 40, planes, interleaved=False)
    for plane in planes:
        plane.blocks = rng.integers(-9, 10, (*source.grid(plane), 8, 8))
    out, facts = edit(jpeg_by_hand.encode(source), where(((10, 10, 26, 26),), (50, 40)))
    assert facts["own_script"]
    assert [m for m, _ in markers(out)].count(0xDA) == 3


def test_full_blocks_hold_nothing_of_the_original():
    """Two pictures with the same averages and different details become the same under the core."""
    outs = []
    for seed in (1, 2):
        blocks = np.zeros((24, 24, 8, 8), np.int64)
        blocks[:, :, 0, 0] = np.add.outer(np.arange(24), np.arange(24)) * 3
        detail = np.random.default_rng(seed).integers(-12, 13, (8, 8, 8, 8))
        detail[:, :, 0, 0] = blocks[8:16, 8:16, 0, 0]
        blocks[8:16, 8:16] = detail  # only inside; cells of 32 pixels begin at block edges
        plane = jpeg_by_hand.Plane(1, 1, np.full((8, 8), 3), blocks)
        data = jpeg_by_hand.encode(jpeg_by_hand.Picture(192, 192, [plane]))
        groups = np.array([[128, 32, 32]], np.int32).tobytes()
        cores = np.array([[32, 32, 160, 160, 8, 0]], np.int32).tobytes()
        outs.append(_native.edit_jpeg(data, groups, cores, 4, LOOKS["blur"], LIMIT)[0])
    assert outs[0] == outs[1]


def test_bytes_behind_the_picture_are_counted_and_dropped():
    out, facts = edit(KINDS["420"] + b"tail" * 10, where())
    assert facts["trailing"] == 40
    assert out.endswith(b"\xff\xd9")
    assert out == edit(KINDS["420"], where())[0]


def test_threads_give_the_same_bytes():
    jobs = [(kind, look) for kind in KINDS for look in LOOKS] * 2
    alone = [edit(KINDS[kind], where(), look)[0] for kind, look in jobs]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda job: edit(KINDS[job[0]], where(), job[1])[0], jobs)) == alone
