"""Another label policy gives images other names: none is lost on the way, and nothing is left where it lay before."""

import pytest
from labelled_datasets import POLICY, picture, tar
from small_dataset import tree

import overpaint
from overpaint import formats, pipeline
from overpaint.errors import LabelsError, UsageError
from overpaint.jobs import _act
from overpaint.rundir import Run

OURS = {"classes.json", "label-index.csv", "label-tombstones.json"}
HEAD = POLICY[: POLICY.index("[[clause]]")]


def write_policy(path, **clauses):
    """One clause for each label: what it is merged into."""
    rows = (
        f'[[clause]]\nname = "{old}"\nreason = "test"\nlabels = ["{old}"]\naction = "merge"\nto = "{new}"\n'
        for old, new in clauses.items()
    )
    path.write_text(HEAD + "\n".join(rows))
    return path


@pytest.fixture
def source(tmp_path):
    """`b` holds an image that is called as one of `a` will be, for it is itself the output of such a merge."""
    merged = formats.Relabelling({"a": "b"}, {}, (formats.LabelPlace("path"),), ("b",))
    name = merged.sample(overpaint.records.Sample("a/x.jpg", size=1, mtime_ns=1, label="a")).name
    for number, key in enumerate(["a/x.jpg", "a/y.jpg", name, "b/z.jpg", "c/w.jpg"]):
        (tmp_path / "in" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / key).write_bytes(picture(number))
    return tmp_path / "in"


def images(path):
    return {key: digest for key, digest in tree(path).items() if key not in OURS}


def scrub(source, dest, **more):
    return overpaint.scrub(source, dest, detectors="none", metadata="keep", shard_size=1, workers=1, **more)


@pytest.mark.parametrize("first", ["none", "c"])
def test_an_image_that_others_are_called_like_makes_room_for_them(tmp_path, source, first):
    policy = "none" if first == "none" else write_policy(tmp_path / "first.toml", c="d")
    scrub(source, tmp_path / "out", labels=policy)
    run = tmp_path / "out.run"
    for labels in (write_policy(tmp_path / "merge.toml", a="b"), policy):
        overpaint.decide(run, labels=labels)
        overpaint.act(run, workers=1)
        assert sorted(images(tmp_path / "out").values()) == sorted(tree(source).values())
        assert overpaint.verify(tmp_path / "out").ok
    if first == "none":
        assert images(tmp_path / "out") == tree(source)


def test_what_goes_into_the_lane_goes_from_where_it_lies_not_from_where_it_will(tmp_path, source):
    scrub(source, tmp_path / "out", labels=write_policy(tmp_path / "merge.toml", a="b"))
    held = tree(source)["a/x.jpg"]
    assert held in images(tmp_path / "out").values()
    overpaint.decide(tmp_path / "out.run", labels="none")  # and nobody acts on it
    (tmp_path / "keys.txt").write_text("a/x.jpg\n")
    overpaint.lane(tmp_path / "out.run", add=tmp_path / "keys.txt", workers=1)
    assert sorted(images(tmp_path / "out").values()) == sorted({*tree(source).values()} - {held})
    overpaint.act(tmp_path / "out.run", workers=1)
    assert images(tmp_path / "out") == {key: digest for key, digest in tree(source).items() if digest != held}


def test_what_a_killed_command_put_elsewhere_is_found_by_the_next_decisions(tmp_path, source, monkeypatch):
    scrub(source, tmp_path / "out", labels="none")
    run = tmp_path / "out.run"
    overpaint.decide(run, labels=write_policy(tmp_path / "merge.toml", c="a"))

    def killed(the_run, plan, refs, *args, generation, **more):
        relabelling = pipeline.Labelling.of(the_run, generation).relabelling
        sample = formats.read_shard(the_run.listing, refs[-1])[0]
        (tmp_path / "out" / relabelling.sample(sample).name).write_bytes((source / sample.key).read_bytes())
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_act, "run_shards", killed)
        with pytest.raises(KeyboardInterrupt):
            overpaint.act(run, workers=1)
    assert len(images(tmp_path / "out")) == 6
    overpaint.decide(run, labels=write_policy(tmp_path / "other.toml", c="b"))
    overpaint.act(run, workers=1)
    assert sorted(images(tmp_path / "out").values()) == sorted(tree(source).values())
    assert overpaint.verify(tmp_path / "out").ok


def test_decisions_that_fail_do_not_change_where_those_in_force_look(tmp_path):
    merge = write_policy(tmp_path / "merge.toml", n01440764="vertebrate")
    places = {"label_places": [".json:labels"], "detectors": "none", "workers": 1}
    overpaint.scrub(tar(tmp_path / "in"), tmp_path / "out", labels=merge, **places)
    run = Run(tmp_path / "out.run")
    before = pipeline.Labelling.of(run, "0001")
    circle = write_policy(tmp_path / "circle.toml", **{"0": "1", "1": "0"})
    with pytest.raises(LabelsError, match="circle"):
        overpaint.decide(run.path, labels=circle, label_places=[".cls"])
    assert run.generation() == "0001"
    assert pipeline.Labelling.of(run, "0001") == before


def test_files_beside_images_do_not_stay_where_other_decisions_put_them(tmp_path, source):
    for name, text in (("a/x.txt", "a caption"), ("a/x.json", '{"label": "a"}')):
        (source / name).write_text(text)
    scrub(source, tmp_path / "out", labels=write_policy(tmp_path / "merge.toml", a="b"))
    assert len([key for key in images(tmp_path / "out") if key.endswith((".txt", ".json"))]) == 2
    overpaint.decide(tmp_path / "out.run", labels="none")
    overpaint.act(tmp_path / "out.run", workers=1)
    assert images(tmp_path / "out") == tree(source)


@pytest.mark.parametrize("name", ["../out", "a/b", "train", ".hidden", "x" * 300])
def test_a_dry_run_refuses_what_no_directory_can_be_called(tmp_path, source, name):
    policy = write_policy(tmp_path / "policy.toml", a=name)
    with pytest.raises(LabelsError, match="cannot be the name of a directory"):
        overpaint.labels.filter(source, policy=policy, dry_run=True)
    with pytest.raises(LabelsError, match="cannot be the name of a directory"):
        scrub(source, tmp_path / "out", labels=policy)
    assert not (tmp_path / "out.run/private/decisions/current.json").exists()


def test_an_overlay_is_refused_before_anything_is_decided(tmp_path, source):
    scrub(source, tmp_path / "out", overlay=True)
    with pytest.raises(UsageError, match="overlay cannot say"):
        overpaint.decide(tmp_path / "out.run", labels=write_policy(tmp_path / "merge.toml", a="b"))
    assert Run(tmp_path / "out.run").generation() == "0001"


def test_names_that_go_on_saying_a_label_are_told_of(tmp_path, source):
    (source / "b" / "the_c-3.jpg").write_bytes(picture(9))
    with pytest.warns(overpaint.errors.OverpaintWarning, match="^1 images are called by words that are labels"):
        scrub(source, tmp_path / "out", labels=write_policy(tmp_path / "merge.toml", c="a"))
