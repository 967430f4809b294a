"""A stand-in for another tool: a soft blur of fixed strength, and every file saved again."""

from pathlib import Path

from PIL import Image, ImageFilter

FACE = (100, 70, 220, 233)  # about where the face of train/portrait/2.jpg is

for path in sorted(Path("photos").rglob("*")):
    if path.is_file():
        copy = Path("theirs") / path.relative_to("photos")
        copy.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(path) as image:
            if path.name == "2.jpg" and path.parent.name == "portrait":
                image.paste(image.crop(FACE).filter(ImageFilter.GaussianBlur(2)), FACE)
            image.save(copy, exif=image.getexif())
