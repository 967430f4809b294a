"""The reference page names every model, every public name and the hashes that matter."""

from pathlib import Path

from overpaint import models
from overpaint.models._fetch import pip_command

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "models.md").read_text("utf-8")


def test_every_model_is_on_the_page():
    for model in models.entries():
        told = (f"`{model.name}`", model.requirement, model.licence, f"`{model.tensors_sha256}`", model.conversion)
        assert [fact for fact in told if fact not in PAGE] == []


def test_every_public_name_is_on_the_page():
    for name in models.__all__:
        assert f"`{name}`" in PAGE or f"`{name}(" in PAGE, name


def test_the_pip_command_is_the_documented_one():
    command = " ".join(pip_command(Path("r"), Path("d"))[1:8])
    documented = PAGE[PAGE.index("python -P -m pip") :]
    for part in command.split():
        assert part in documented[:120]
