"""The example of the page on boxes that several people drew, run; and its numbers are the code's."""

import re
from pathlib import Path

from overpaint.review.crowd import _box_model, _box_skills, _objects

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "crowd-boxes.md").read_text("utf-8")


def test_example():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "crowd-boxes.md", "exec"), {})


def test_numbers():
    text = " ".join(PAGE.split())
    assert f"is {_objects.JOIN} or more, then, of what is left, while it is {_objects.LOOSE}" in text
    assert f"standard deviation of {_box_skills.DIFFICULTY}" in text and _box_model.FREEDOM == 4
    assert "one in four takes for one. For ten objects there are three" in text
    assert (_box_model.TAKEN, _box_model.LOOK_ALIKES) == (1 / 4, 0.3)
    crowd = _box_skills.BoxCrowd()
    assert f"a floor of {crowd.floor:.0f} pixels" in text and f"and {crowd.beyond:.0%}".replace("%", " %") in text
