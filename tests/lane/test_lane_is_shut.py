"""One walk through every command: what is in the lane is in no output, page, export, log or message of any of them.

A new command fails here until it has a walk of its own.
"""

import base64
import inspect
import io
import json
import tarfile

import click
import numpy as np
import pyarrow.parquet as pq
import pytest
from channel_network import channel_classifier
from container_datasets import folder
from lane_stubs import hashes, is_magenta, magenta
from PIL import Image

import overpaint
from overpaint import formats, pipeline
from overpaint.cli._main import _COMMANDS, _run, commands
from overpaint.jobs._demo_data import _portrait
from overpaint.rundir import Run

SECRET = "train/cat/dont-look.jpg"
FORMATS = ("coco", "voc", "yolo", "label-studio", "cvat", "wider", "ilsvrc")
LANE_ROW = {"key", "label", "split", "size", "looked", "outcome", "decision", "lane"}


class World:
    """A dataset, its run and its copies; every command that is called is looked through afterwards."""

    def __init__(self, root, capsys):
        self.root, self.capsys = root, capsys
        self.source = folder(root / "photos", 6)
        self.data = magenta()
        (self.source / SECRET).write_bytes(self.data)
        self._name_it_beside()
        self.run, self.dest, self.read, self.seen = root / "run", root / "out", [], {}
        scan = self.data.index(b"\xff\xda") + 60  # what comes before is alike in many files
        scan -= scan % 3  # so that base64 of the whole and of this part agree
        part = self.data[scan : scan + 60]
        words = [SECRET, "dont-look", *hashes(self.data), base64.b64encode(part).decode()]
        self.words = [word.encode() for word in words] + [part]

    def _name_it_beside(self):
        path = self.source / "annotations/instances.json"
        coco = json.loads(path.read_text())
        coco["images"].append({"id": 99, "file_name": SECRET, "width": 96, "height": 80})
        coco["annotations"].append({"id": 999, "image_id": 99, "category_id": 1, "bbox": [5, 5, 20, 20]})
        path.write_text(json.dumps(coco))
        (self.source / "annotations/voc/train/cat/dont-look.xml").write_text(
            "<annotation><filename>dont-look.jpg</filename></annotation>\n"
        )
        with (self.source / "train.txt").open("a") as file:
            file.write(f"{SECRET}\n")

    def call(self, *arguments, code=0):
        self.capsys.readouterr()
        got = _run([str(argument) for argument in arguments])
        said = self.capsys.readouterr()
        assert got == code, said
        self.said = said.err
        for text in (said.out, said.err):
            self.shut(text.encode(), f"what {arguments[0]} says")
        self.look_through()
        return said.out

    def look_through(self):
        """Every file that was made, the run's private half too."""
        for path in sorted(p for p in self.root.rglob("*") if p.is_file()):
            info = path.stat()
            state = info.st_ino, info.st_mtime_ns, info.st_size
            if self.seen.get(path) == state:
                continue
            self.seen[path] = state
            where = path.relative_to(self.root).as_posix()
            if where.startswith(("photos/", "given/")):
                continue
            private = where.partition("/private/")[2]
            name_is_known = private.startswith(
                ("listing/", "samples/", "labels/", "carried.")
            )  # what there is in SOURCE
            for piece in pieces(path):
                self.shut(piece, where, hashes_only=name_is_known)
            if not name_is_known:
                self.shut(where.encode(), "a file's name")
            if private.startswith("samples/"):
                for row in pq.read_table(path).to_pylist():
                    if row["key"] == SECRET:
                        assert {name for name, value in row.items() if value is not None} <= LANE_ROW

    def shut(self, data, where, *, hashes_only=False):
        for word in self.words[2 if hashes_only else 0 :]:
            assert word not in data, f"{word[:40]!r} is in {where}"
        if data[:3] == b"\xff\xd8\xff" or data[:4] == b"\x89PNG":
            assert not is_magenta(np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))), (
                f"it is to be seen in {where}"
            )


def pieces(path):
    """A file's bytes, as they are and as they read."""
    data = path.read_bytes()
    yield data
    if path.suffix == ".tar":
        with tarfile.open(path) as tar:
            for member in tar:
                yield member.name.encode()
                yield tar.extractfile(member).read() if member.isfile() else b""
    if path.suffix == ".parquet":
        for row in pq.read_table(path).to_pylist():
            yield json.dumps(row, default=repr).encode()
            yield from (v["bytes"] for v in row.values() if isinstance(v, dict) and isinstance(v.get("bytes"), bytes))


@pytest.fixture
def world(tmp_path, capsys, lights, monkeypatch):
    world = World(tmp_path, capsys)
    real = formats.FolderSource.read

    def read(self, sample):
        world.read.append(sample.key)
        return real(self, sample)

    monkeypatch.setattr(formats.FolderSource, "read", read)
    return world


def scan(world):
    world.call("scan", world.source, "--run", world.run, "--detectors", "faces,nudity", "--shard-size", "3")
    assert world.read.count(SECRET) == 1  # the look that put it there
    world.read.clear()
    world.call("scan", world.source, "--run", world.run, "--detectors", "faces,nudity", "--shard-size", "3", "--json")


def decide(world):
    (world.root / "given").mkdir()
    keep = world.root / "given/keep.toml"
    keep.write_text(
        f'version = 1\n[metadata]\npolicy = "keep"\n[[allow]]\nkind = "*"\nreason = "Kept."\nsamples = ["{SECRET}"]\n'
    )
    world.call("decide", world.run)
    world.call("decide", world.run, "--diff", keep)
    (world.root / "given/gone.txt").write_text(f"{SECRET}\n")
    world.call("decide", world.run, "--diff", keep, "--json")


def act(world):
    world.call("act", world.run, world.dest)
    (world.source / SECRET).rename(world.root / "given/aside.jpg")
    world.call("decide", world.run, "--look", "mosaic")
    world.call("act", world.run)
    (world.root / "given/aside.jpg").rename(world.source / SECRET)


def scrub(world):
    for to in ("folder", "webdataset", "parquet"):
        run = world.root / f"{to}.run"
        world.call("scrub", world.source, world.root / to, "--detectors", "nudity", "--to", to)
        world.call("verify", run)
    world.call("scrub", world.source, world.root / "over", "--detectors", "nudity", "--overlay")
    assert "1 images are in the no-view lane" in world.said
    assert (world.root / "over.run/private/lane").is_dir()
    assert world.read.count(SECRET) == 4
    world.read.clear()


def verify(world):
    world.call("verify", world.run)
    found = world.root / "given/boxes.json"
    found.write_text(json.dumps({"images": [{"id": 1, "file_name": SECRET}], "annotations": []}))
    world.call("verify", world.source, world.dest, "--boxes", found)
    planted = world.dest / SECRET
    planted.write_bytes(b"somebody put it there")
    said = world.root / "given/hidden"
    try:
        world.capsys.readouterr()
        assert _run(["verify", str(world.run)]) == 2
        text = world.capsys.readouterr()
        world.shut((text.out + text.err).encode(), "what verify says of a planted file")
        assert "published-anyway" in text.out
        for path in (world.run / "private").glob("verify.*"):
            for piece in pieces(path):
                world.shut(piece, path.name)
    finally:
        planted.rename(said)
    world.call("verify", world.run)


def report(world):
    world.call("report", world.run)
    world.call("report", world.run, "--json")
    assert (world.run / "public/report.html").is_file()


def lane(world):
    out = world.call("lane", world.run)
    assert "1 image in the no-view lane" in out
    assert "not a finding about any person" in out
    value = json.loads(world.call("lane", world.run, "--json"))
    assert value["by_reason"] == {"nudity-adulthood-not-established": 1}
    flagged = world.root / "given/flagged.txt"
    flagged.write_text(f"{SECRET}\nnobody/dont-look.jpg\n")
    world.call("lane", world.run, "--add", flagged)
    flagged.write_text("/dont-look.jpg\n")
    world.call("lane", world.run, "--add", flagged, code=1)


def objects(world):
    world.call("objects", world.run, "--annotations", world.source / "annotations/instances.json")
    assert SECRET not in pq.read_table(world.run / "private/objects.parquet")["key"].to_pylist()


def boxes(world):
    for which in ("decisions", "findings"):
        for form in FORMATS:
            out = world.root / f"boxes-{which}-{form}"
            said = world.call("boxes", world.run, out, "--format", form, "--which", which)
            assert "images left out: 1 (in-the-lane)" in said


def duplicates(world):
    """A copy of what is in the lane is in it too, so that nothing is ever like it."""
    world.call("duplicates", world.run, "--no-features")
    world.call("duplicates", world.run, "--no-features", "--offer", world.root / "offered.txt", "--json")


def review(world):
    """Nobody is asked about it, whoever asks, and answers about it are taken from nobody."""
    world.call("review", "open", world.run, "--harm", "0", "--spot", "50", "--audit", "50")
    for verb in ("status", "set", "forecast", "link"):
        world.call("review", verb, world.run)
    world.call("review", "export", world.run, world.root / "tasks.csv", "--tasks")
    world.call("review", "export", world.run, world.root / "tasks", "--format", "label-studio", "--tasks")
    told = world.root / "given/answers.csv"
    told.write_text(f"worker,kind,thing,sample,label\nanna,flags,,{SECRET},sexual\nanna,boxes,face,{SECRET},[]\n")
    assert "0 were taken in" in world.call("review", "add", world.run, told)
    assert "0 were taken in" in world.call("review", "gold", world.run, told)
    from overpaint.review import open_desk

    with open_desk(world.run) as desk:
        link = desk.store.add_link(role="reviewer", token_hash=b"r" * 32, expires=9e9, settings={}, now=desk.clock())
        who, asked = desk.store.worker_for(link.id, None, now=desk.clock()).id, set()
        while isinstance(got := desk.next(who), list):
            asked.add(got[0].question.question.sample)
            desk.skip(who, got[0].token)
    assert len(asked) > 2
    assert SECRET not in asked
    world.call("decide", world.run)


def labels(world):
    """Commands about words know no dataset; those that read one are walked here."""
    for verb in ("show", "tree", "search", "resolve"):
        command = commands.get_command(click.Context(commands), "labels").get_command(click.Context(commands), verb)
        assert {p.name for p in command.params}.isdisjoint({"run", "source", "dest", "dataset", "key", "keys"})
        world.call("labels", verb, "n02835271")
    labels_policy(world)
    labels_check(world)
    labels_skew(world)
    labels_ratings(world)
    labels_errors(world)


def labels_policy(world):
    """Its label may go or be another one: it is held all the same, and lies nowhere under a new name."""
    policy = world.root / "given/labels.toml"
    head = 'version = 1\ntitle = "t"\nuse = "u"\ncommunity = "c"\nrevision = 2026-11-22\n'
    clause = '[[clause]]\nname = "n"\nreason = "r"\nlabels = ["cat"]\n'
    world.call("labels", "audit", world.run, "--json")
    world.call("labels", "audit", world.source)
    for action in ('action = "merge"\nto = "animal"\n', 'action = "remove"\n'):
        policy.write_text(head + clause + action)
        world.call("decide", world.run, "--labels", policy)
        world.call("act", world.run)
        world.call("verify", world.run)
        world.call("labels", "filter", world.source, "--policy", policy, "--dry-run")
    world.call("labels", "filter", world.dest, world.root / "filtered", "--policy", policy)
    world.call("decide", world.run)
    world.call("act", world.run)
    (world.root / "table.csv").write_text("key,label\na.jpg,cat\n")
    world.call("labels", "filter", world.root / "table.csv", world.root / "left.csv", "--policy", policy)


def labels_errors(world):
    """It is neither doubted nor asked about, though predictions speak of it; nor does its label teach anything."""
    rows = [row for path in (world.run / "private/samples").glob("*") for row in pq.read_table(path).to_pylist()]
    first, second = sorted({row["label"] for row in rows if row["label"]})[:2]
    told, found = world.root / "given/predicted.csv", world.root / "candidates.csv"
    doubt = {first: "0.1,0.9", second: "0.9,0.1"}
    told.write_text(
        f"key,{first},{second}\n" + "".join(f"{row['key']},{doubt.get(row['label'], '0.5,0.5')}\n" for row in rows)
    )
    world.call("labels", "errors", world.run, "--predictions", told, "--most", "50", "--to", found)
    assert len(found.read_text().splitlines()) > 1
    world.call("labels", "errors", world.run, "--folds", "2", "--json")
    world.call("labels", "errors", world.run, "--predictions", told, "--most", "50")
    world.call("review", "open", world.run, "--question", "label")
    world.call("review", "export", world.run, world.root / "label-tasks.csv", "--tasks")
    world.call("labels", "corrections", world.run, world.root / "corrected.csv")


def labels_ratings(world):
    """Words and what people say of them: a review of a run takes such questions in, and they have no picture."""
    file = world.root / "given/labels.txt"
    file.write_text("tench\nwibble\n")
    world.call("labels", "words", file)
    world.call("labels", "ratings")
    world.call("review", "open", world.run, "--question", "rate-label", "--labels", file)
    world.call(
        "labels", "ratings", "collect", world.run, "--to", world.root / "ratings.csv", code=1
    )  # nobody rated yet


def labels_check(world):
    """Names and numbers are compared without it being opened; neither who looks nor who tells gets to speak of it."""
    names, told = world.root / "given/class-names.txt", world.root / "given/told.csv"
    names.write_text("n01440764\nn02979186\n")
    keys = [row["key"] for path in (world.run / "private/samples").glob("*") for row in pq.read_table(path).to_pylist()]
    seen = json.loads(world.call("labels", "check", world.run, "--names", names, "--look", "50", "--json"))
    assert seen["contents"]["pictures"] == len(keys) - 1
    names.write_text("cat\ndog\n")
    world.call("labels", "check", world.run, "--names", names, "--against", world.source)
    told.write_text("key,cat,dog\n" + "".join(f"{key},1,0\n" for key in keys))
    found = json.loads(world.call("labels", "check", world.run, "--names", names, "--predictions", told, "--json"))
    assert found["contents"]["pictures"] == len(keys) - 1


def labels_skew(world):
    """It is counted as held, and in no class and no group: nobody's file of attributes can ask for it."""
    supplied = world.root / "given/attributes.csv"
    keys = [row["key"] for path in (world.run / "private/samples").glob("*") for row in pq.read_table(path).to_pylist()]
    supplied.write_text("key,worn\n" + "".join(f"{key},{'hat' if key == SECRET else 'scarf'}\n" for key in keys))
    told = json.loads(world.call("labels", "skew", world.run, "--attributes", supplied, "--show-small", "--json"))
    assert told["held"] == 1
    assert told["total"]["before"]["images"] == len(keys) - 1
    assert [group["before"] for group in told["groups"]] == [0, len(keys) - 1]
    world.call("labels", "skew", world.run)
    for which in ("removed", "kept"):
        chosen = world.root / f"{which}.txt"
        world.call(
            "labels", "balance", world.run, "--attributes", supplied, "--attribute", "worn",
            "--target", "hat=0.5,scarf=0.5", "--within", "all", "--write", which, "--to", chosen,
        )  # fmt: skip
    assert len(chosen.read_text().splitlines()) == 1  # nobody else has a hat: one sample is as near to half as it gets


def measure(world):
    """Each measure has a walk of its own, called `measure_NAME`."""
    group = commands.get_command(click.Context(commands), "measure")
    for verb in group.list_commands(click.Context(group)):
        globals()[f"measure_{verb.replace('-', '_')}"](world)


def measure_residual(world):
    """It is no part of what is published: nobody is asked about it, and a truth that names it counts for nothing."""
    asked = "measure", "residual", world.run, "--images", "50"
    told = json.loads(world.call(*asked, "--json"))
    assert told["figures"]["in_the_lane"] == 1
    assert told["figures"]["drawn"] == told["figures"]["published"] == 6
    from overpaint.review import open_desk

    with open_desk(world.run) as desk:
        link = desk.store.add_link(role="reviewer", token_hash=b"m" * 32, expires=9e9, settings={}, now=desk.clock())
        who, seen = desk.store.worker_for(link.id, None, now=desk.clock()).id, set()
        while isinstance(got := desk.next(who), list):
            question = got[0].question.question
            if question.basis != "audit":
                desk.skip(who, got[0].token)
                continue
            seen.add(question.sample)
            value = {"flags": []} if question.kind == "flags" else {"boxes": []}
            desk.submit(who, got[0].token, value | {"nothing": True}, seconds=3)
    assert len(seen) == 6
    assert SECRET not in seen
    told = json.loads(world.call(*asked, "--json"))
    assert {figures["population"] for figures in told["figures"]["kinds"].values()} == {6}
    world.call(*asked, "--truth", world.source / "annotations/instances.json", "--to", world.root / "residual")


def measure_reidentify(world):
    """The evaluation set is another's; of what the run published, the lane's image is neither read nor counted."""
    bust, _ = _portrait()
    for person, wide in (("a", 0.8), ("b", 1.2)):
        for shot, light in enumerate((90, 160)):
            place = world.root / f"given/people/{person}/{shot}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            small = bust.resize((round(0.5 * wide * bust.width), bust.height // 2))
            picture = Image.new("RGB", (small.width + 40, small.height + 20), (light, light, light))
            picture.paste(small, (20, 20), small)
            picture.save(place)
    people = world.root / "given/people"
    asked = "measure", "reidentify", people, "--attacker", "naive", "--tool", "none", "--run", world.run
    told = json.loads(world.call(*asked, "--json"))["figures"]
    assert told["faces"] == 4
    assert told["links"]["published"] == 6 == told["links"]["with_address"]["n"]


def measure_detection(world):
    """Truth that speaks of it, and a run whose lane holds it: it is not read, and in no figure."""
    truth = world.source / "annotations/instances.json"
    asked = "measure", "detection", world.source, "--truth", truth, "--label", "thing", "--least", "1"
    told = json.loads(world.call(*asked, "--run", world.run, "--json"))
    assert told["figures"]["left_out"]["in-the-no-view-lane"] == 1
    assert told["figures"]["lane_known"] and told["figures"]["images"] == 6
    assert not any("no-view lane" in sentence for sentence in told["does_not_say"])
    said = world.call("measure", "detection", world.source, "--truth", truth, "--detectors", "nudity", code=1)
    assert not said and "what is sexual" in world.said


def measure_person_labels(world):
    """The classifier is shown every image but those of the lane, and nothing of the lane is in the result."""
    names, rated = world.root / "given/names.txt", world.root / "given/rated.csv"
    names.write_text("n09835506 ballplayer\nn10148035 groom\n")
    rated.write_text("wnid,safety\nn09835506,safe\n")
    network = channel_classifier(world.root / "given/channels.onnx")
    told = json.loads(
        world.call("measure", "person-labels", network, world.run, "--labels", names, "--ratings", rated, "--json")
    )
    assert told["figures"]["without"]["in-the-lane"] == 1
    assert told["figures"]["image"]["images"] > 0
    world.call(
        *("measure", "person-labels", network, world.run, "--labels", names, "--ratings", rated),
        *("--to", world.root / "measured"),
    )


def measure_utility(world):
    """It is in no arm: nothing learns from it, and nothing is asked about it."""
    pytest.importorskip("torch")
    told = json.loads(
        world.call(
            *("measure", "utility", world.run, "--arms", "original,recompressed", "--looks", "fill"),
            *("--epochs", "1", "--seeds", "1", "--workers", "2", "--no-plots", "--json"),
        )
    )
    assert told["figures"]["images"] == {"training": 4, "tests": 2}
    assert list((world.run / "private/utility/trained").rglob("*.npz"))


def measure_strength(world):
    """A copy does not hold it, so its original is not opened either; boxes that name it count as without an output."""
    given = world.root / "given/strength.json"
    keys = [p.relative_to(world.source).as_posix() for p in sorted(world.source.rglob("*.jpg"))]
    box = {"x0": 5, "y0": 5, "x1": 60, "y1": 60}
    given.write_text(json.dumps([{"url": key, "bboxes": [box]} for key in keys]))
    asked = "measure", "strength", world.source, world.dest, "--boxes", given
    told = json.loads(world.call(*asked, "--json"))
    assert SECRET in keys
    assert told["figures"]["left_out"]["missing"] == 1
    world.call(*asked, "--to", world.root / "strength", "--no-plots")


def measure_tools(world):
    """It makes its own pictures: no dataset and no run can be named."""
    group = commands.get_command(click.Context(commands), "measure")
    named = {p.name for p in group.get_command(click.Context(group), "tools").params}
    assert named.isdisjoint({"run", "source", "dest", "dataset", "key", "keys", "original", "painted"})
    del world


def takes_no_run(verb):
    """Commands that know neither a run nor a dataset of the user's."""

    def walk(world):
        command = commands.get_command(click.Context(commands), verb)
        named = {p.name for c in (command, *getattr(command, "commands", {}).values()) for p in c.params}
        assert named.isdisjoint({"run", "source", "dest", "key", "keys"} - ({"dest"} if verb == "demo" else set()))
        del world

    return walk


# In the order of the work; each walk may use what those before it made.
WALKS = {
    walk.__name__: walk
    for walk in (scan, decide, act, scrub, verify, report, lane, objects, boxes, duplicates, review, labels, measure)
} | {verb: takes_no_run(verb) for verb in ("demo", "doctor", "models")}


def test_the_lane_is_shut(world, lights):
    for verb, walk in WALKS.items():
        walk(world)
        assert SECRET not in world.read, f"{verb} reads it"
        world.look_through()
    assert lights.asked["one"] > 0
    assert not (world.dest / SECRET).exists()


def test_every_command_has_a_walk():
    assert set(WALKS) == set(_COMMANDS), "write a walk for the new command: what does it do with the no-view lane?"


def test_every_public_function_is_a_command_or_knows_no_run():
    functions = {name for name in overpaint.__all__ if inspect.isroutine(getattr(overpaint, name))}
    assert functions - set(_COMMANDS) == {"paint"}


def test_the_walk_would_notice(world):
    """The walk itself: it finds what is planted in each kind of place."""
    world.root.joinpath("leak").mkdir()
    for name, data in {
        "a.txt": SECRET.encode(),
        "b.jpg": magenta(5),
        "c.json": json.dumps({"sha": hashes(world.data)[2]}).encode(),
        "d.html": base64.b64encode(world.data),
    }.items():
        path = world.root / "leak" / name
        path.write_bytes(data)
        with pytest.raises(AssertionError):
            world.look_through()
        path.unlink()
    run = Run(world.root / "leak.run")
    (run.private / "findings").mkdir(parents=True)
    pq.write_table(pipeline._rows.findings_table([]), run.private / "findings/x.parquet")
    world.look_through()
