"""A dataset of a dozen made pictures with one public-domain portrait, for tests that go through all rooms."""

import hashlib
import random
from pathlib import Path

from overpaint.jobs._demo_data import _background, _exif, _portrait, _with_faces


def make(root: Path) -> Path:
    """Portraits, landscapes, a file that is cut off, one that is no image, a thumbnail, a comment, odd names."""
    bust, face = _portrait()
    chance = random.Random(7)

    def save(key, image, **options):
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        image.save(root / key, **options)

    for index, size in enumerate((24, 48, 90)):
        save(f"train/portrait/{index}.jpg", _with_faces(chance, bust, face, [size])[0], quality=90)
    save("train/portrait/two.JPEG", _with_faces(chance, bust, face, [60, 30])[0], quality=80, progressive=True)
    save("train/portrait/drawn.png", _with_faces(chance, bust, face, [40])[0])
    for index in range(3):
        save(f"train/landscape/{index}.jpg", _background(chance, 160, 120), quality=85)
    image = _with_faces(chance, bust, face, [70])[0]
    save("val/portrait/thumb\nnail.jpg", image, exif=_exif(image))
    save("val/landscape/comment.jpg", _background(chance, 100, 80), comment=b"somebody")
    (root / "val/landscape/cut.jpg").write_bytes((root / "train/landscape/0.jpg").read_bytes()[:200])
    (root / "val/landscape/empty.jpg").write_bytes(b"")
    (root / "val/landscape/web.webp").write_bytes(b"RIFF\x24\0\0\0WEBPVP8 ")
    (root / "readme.txt").write_text("no image")
    return root


def tree(root: Path) -> dict[str, str]:
    """Every file below a folder and the hash of its bytes."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
