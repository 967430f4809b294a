"""A stand-in for an evaluation set: four made people, three pictures each, from one portrait stretched and tinted."""

from pathlib import Path

from PIL import Image, ImageEnhance

with Image.open("photos/train/portrait/2.jpg") as image:
    portrait = image.convert("RGB")

for person, (wide, red, blue) in enumerate([(240, 1.0, 1.0), (300, 1.1, 0.8), (350, 0.7, 1.1), (270, 0.9, 0.6)]):
    channels = portrait.resize((wide, 260)).split()
    levels = [channels[0].point([min(255, int(v * red)) for v in range(256)]), channels[1]]
    levels += [channels[2].point([min(255, int(v * blue)) for v in range(256)])]
    for shot, light in enumerate([0.9, 1.0, 1.15]):
        file = Path("people", f"person-{person}", f"{shot}.jpg")
        file.parent.mkdir(parents=True, exist_ok=True)
        ImageEnhance.Brightness(Image.merge("RGB", levels)).enhance(light).save(file, quality=90)
