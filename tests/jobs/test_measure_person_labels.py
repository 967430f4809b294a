"""``measure person-labels`` from end to end: a network that knows colours, and pictures in which faces are red."""

import json

import numpy as np
import pytest
from channel_network import channel_classifier
from PIL import Image

import overpaint
from overpaint import jobs, measures
from overpaint.errors import LabelsError, ModelError, UsageError
from overpaint.jobs._measure_person_labels_shard import upright_box
from overpaint.measures._networks import network
from overpaint.pipeline import to_stored
from overpaint.records import Box

NAMES = "n09835506 ballplayer\nn10148035 groom\nn10565667 scuba diver\n"
RATED = "wnid,safety\nn09835506,offensive\nn10148035,safe\n"
RED, GREEN, BLUE = (230, 10, 10), (10, 230, 10), (10, 10, 230)


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """Twelve green pictures, each with a face given; those of the first six are red, of the others blue."""
    tmp_path = tmp_path_factory.mktemp("given")
    (tmp_path / "photos").mkdir()
    boxes = ""
    for number in range(12):
        picture = Image.new("RGB", (160, 120), GREEN)
        picture.paste(RED if number < 6 else BLUE, (20, 10, 80, 70))
        exif = Image.Exif()
        exif[0x0112] = 1
        picture.save(tmp_path / f"photos/p{number:02}.jpg", quality=95, exif=exif)
        boxes += f"p{number:02}.jpg\n1\n40 30 20 20 0 0 0 0 0 0\n"
    (tmp_path / "boxes.txt").write_text(boxes)
    (tmp_path / "names.txt").write_text(NAMES)
    (tmp_path / "rated.csv").write_text(RATED)
    groups = "".join(f"p{n:02}.jpg,{'north' if n % 2 else 'south'},{'x' if n < 2 else 'y'}\n" for n in range(12))
    (tmp_path / "groups.csv").write_text("key,region,rare\n" + groups)
    channel_classifier(tmp_path / "channels.onnx", 3)
    overpaint.scan(tmp_path / "photos", run=tmp_path / "run", boxes=tmp_path / "boxes.txt")
    return tmp_path


def measured(given, dataset="run", **more):
    return measures.person_labels(
        str(given / "channels.onnx"),
        given / dataset,
        labels=given / "names.txt",
        ratings=[given / "rated.csv"],
        workers=1,
        **more,
    )


@pytest.fixture(scope="module")
def result(given):
    """Made once: workers that load networks are what these tests cost."""
    return measured(given, groups=given / "groups.csv")


def test_faces_are_asked_about_apart_from_their_pictures(result):
    figures = result.measured.figures
    assert figures["labels_of_the_list"] == {
        "labels": 3,
        "offensive": 1,
        "sensitive": 0,
        "safe": 1,
        "person": 3,
        "person_without_rating": 1,
    }
    assert figures["image"]["unsafe"].value == 0 and figures["image"]["crops"] == 12
    assert figures["face"]["unsafe"].value == 0.5 and figures["face"]["sure_when_unsafe"]["0.5"] > 0.9
    assert figures["person"] is None
    region = figures["face"]["by_group"]["region"]
    assert region["values"].keys() == {"fewer than 10"} and region["gap"] is None  # six images each
    assert figures["often"] == [{"number": 0, "id": "n09835506", "crops": 6}]
    assert "ballplayer" not in " ".join(result.lines())  # rated offensive here, so that its word is withheld
    assert any("nobody" in line or "taken for granted" in line for line in result.lines())


def test_the_result_is_in_the_run_and_names_no_image(given, result):
    assert result.kept.public.parent == given / "run/public/measures" and result.kept.private is None
    text = result.kept.public.read_text()
    assert json.loads(text)["measure"] == "person-labels" and "p00" not in text and str(given) not in text
    assert {path.suffix for path in result.kept.plots} == {".png", ".svg"}
    again = measured(given, groups=given / "groups.csv", plots=False)
    assert again.kept.public == result.kept.public and again.kept.public.read_text() == text


def test_a_dataset_is_looked_at_and_nothing_of_it_is_kept(given, monkeypatch, tmp_path):
    monkeypatch.setattr(jobs._measure_person_labels, "_SEARCHES", "faces")
    result = measured(given, "photos")
    assert result.kept is None and result.measured.figures["image"]["crops"] == 12


@pytest.mark.parametrize(
    ("change", "error", "word"),
    [
        ({"labels": "ilsvrc"}, LabelsError, "1000 labels and .* gives 3"),
        ({"ratings": []}, LabelsError, "no ratings"),
        ({"confidence": 2}, UsageError, "--confidence"),
        ({"weights": "w.pth"}, UsageError, "timm"),
        ({"groups": "other.csv"}, LabelsError, "none of the 12 images"),
    ],
)
def test_one_line_for_what_is_wrong(given, change, error, word, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(given / "nothing"))
    (given / "other.csv").write_text("key,region\nq.jpg,north\n")
    change = {name: given / value if name in {"groups", "weights"} else value for name, value in change.items()}
    usual = {"labels": given / "names.txt", "ratings": [given / "rated.csv"], "workers": 1}
    with pytest.raises(error, match=word):
        measures.person_labels(str(given / "channels.onnx"), given / "run", **(usual | change))


@pytest.mark.parametrize("model", ["nothing.onnx", "no-such", "timm:resnet18", "broken.onnx"])
def test_models_that_are_none(tmp_path, model):
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    name = str(tmp_path / model) if model.endswith(".onnx") else model
    with pytest.raises((ModelError, UsageError)):
        measures.open_caller(name)


def test_a_model_of_timm(tmp_path):
    """Its weights come from a file; what it says is what the network itself says of the prepared picture."""
    net = network("timm:resnet10t", 4).eval()  # before timm is imported: it makes torchvision load
    import timm
    import torch

    torch.save(net.state_dict(), tmp_path / "own.pth")
    caller = measures.open_caller("timm:resnet10t", weights=tmp_path / "own.pth")
    picture = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    scores = caller.scores(picture)
    config = timm.data.resolve_model_data_config(net)
    prepare = timm.data.create_transform(**config, is_training=False)
    with torch.inference_mode():
        expected = torch.softmax(net(prepare(Image.fromarray(picture))[None])[0], 0).numpy()
    assert caller.classes == 4 and scores == pytest.approx(expected, abs=1e-5)
    with pytest.raises(ModelError, match="does not fit"):
        measures.open_caller("timm:resnet18", weights=tmp_path / "own.pth")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_turned_as_the_picture_is(orientation):
    box = Box(10, 20, 50, 90)
    stored = (200, 120)
    seen = stored[::-1] if orientation >= 5 else stored
    back = upright_box((10, 20, 50, 90), stored=stored, orientation=orientation, seen=seen)
    assert to_stored(Box(*back), seen=seen, stored=stored, orientation=orientation) == box
