"""The attackers on people who do not exist: what they find where there is something, and where there is nothing."""

import builtins
import io
import os
import sys

import numpy as np
import pytest
from reid_forging import Patterns, blurred, filled, made_people

from overpaint.errors import UsageError
from overpaint.measures import (
    Known,
    Scores,
    attack_naive,
    attack_parrot,
    attack_restored,
    attack_trained,
    figures_of,
    remembering,
)
from overpaint.measures._reid_evidence import evidence
from overpaint.measures._reid_folds import cross_fitted, people_folds
from overpaint.measures._reid_network import network_way
from overpaint.measures._reid_scores import numbered


def auc(scores):
    return figures_of(scores, rounds=1).auc.value


@pytest.fixture(scope="module")
def faces():
    return made_people(16, 3)


@pytest.fixture(scope="module")
def soft(faces):
    return blurred(faces, 9.0)


def test_clear_faces_are_recognised(faces):
    scores = attack_naive(faces, [face.image for face in faces], embedder=Patterns(), symmetric=True)
    assert auc(scores) > 0.99
    assert (len(scores.genuine), len(scores.impostor)) == (16 * 3, 48 * 47 // 2 - 16 * 3)


def test_naive_compares_with_clear_and_parrot_with_the_same_redaction(faces):
    negatives = [255 - face.image for face in faces]
    naive, parrot = (attack(faces, negatives, embedder=Patterns()) for attack in (attack_naive, attack_parrot))
    assert (naive.symmetric, parrot.symmetric) == (False, True)
    assert auc(parrot) > 0.99
    assert auc(naive) < 0.1


@pytest.mark.parametrize("attack", [attack_naive, attack_parrot])
def test_nothing_is_found_where_nothing_is_left(attack, faces):
    assert auc(attack(faces, filled(faces), embedder=Patterns())) == pytest.approx(0.5, abs=0.02)


def test_trained_finds_shades_that_the_embedder_does_not_see():
    """The embedder looks at detail, of which none is left; somebody who learns sees that shades differ."""
    faces = made_people(16, 3)
    flat = [np.full_like(f.image, 0) + f.image[40:120, 40:120].mean(axis=(0, 1)).astype(np.uint8) for f in faces]
    trained = attack_trained(faces, flat, embedder=Patterns(), network=False)
    assert auc(attack_parrot(faces, flat, embedder=Patterns())) < auc(trained)
    assert auc(trained) > 0.9
    assert sum(trained.chosen.values()) == 6


def test_trained_finds_nothing_where_nothing_is_left(faces):
    draw = np.random.default_rng(0)
    noise = [draw.integers(0, 256, face.image.shape, dtype=np.uint8) for face in faces]
    assert abs(auc(attack_trained(faces, noise, embedder=Patterns(), network=False)) - 0.5) < 0.1


def test_the_network_learns(monkeypatch):
    monkeypatch.setattr("overpaint.measures._reid_network._STEPS", 60)
    faces = made_people(12, 3, noise=6)
    given = evidence(faces, blurred(faces, 3.0), embedder=Patterns())
    half = len(faces) // 2
    told = network_way(given, seed=0, threads=1)(np.arange(half), np.arange(half, 2 * half))
    assert auc(Scores("trained", told, numbered([face.person for face in faces[half:]]))) > 0.8


def test_the_network_is_one_of_the_ways(monkeypatch, faces, soft):
    monkeypatch.setattr("overpaint.measures._reid_network._STEPS", 1)
    scores = attack_trained(faces, soft, embedder=Patterns(), folds=3)
    assert "network" in scores.chosen
    assert len(scores.chosen) == 19


def test_the_network_repeats_itself_and_leaves_torch_as_it_was(monkeypatch, faces, soft):
    import torch

    monkeypatch.setattr("overpaint.measures._reid_network._STEPS", 3)
    given = evidence(faces, soft, embedder=Patterns())
    before = torch.get_num_threads(), torch.random.get_rng_state()
    first, again = (network_way(given, seed=2, threads=1)(np.arange(24), np.arange(24, 48)) for _ in range(2))
    other = network_way(given, seed=3, threads=1)(np.arange(24), np.arange(24, 48))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])


def test_a_missing_torch_is_named(monkeypatch, faces, soft):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError, match=r"overpaint\[reidentify\]"):
        attack_trained(faces, soft, embedder=Patterns())


def test_restoring_undoes_a_known_blur(faces):
    shown = blurred(faces, 7.0)
    restored = attack_restored(faces, shown, embedder=Patterns(), known=[Known(sigma=7.0)] * len(faces))
    assert auc(restored) > auc(attack_naive(faces, shown, embedder=Patterns())) + 0.1
    assert set(restored.chosen) == {"learned", "wiener-0.01", "wiener-0.0001", "richardson-lucy"}


def test_restoring_learns_without_knowing_how_it_was_done(faces, soft):
    restored = attack_restored(faces, soft, embedder=Patterns())
    assert restored.chosen == {"learned": 6}
    assert auc(restored) > 0.6


def test_a_known_grid_is_smoothed(faces):
    restored = attack_restored(faces, filled(faces), embedder=Patterns(), known=[Known(cell=20.0)] * len(faces))
    assert set(restored.chosen) == {"learned", "smoothed"}


def test_no_model_sees_whom_it_is_asked_about(faces):
    people = np.repeat(np.arange(20), 3)
    asked = []

    def way(train, test):
        assert not set(people[train]) & set(people[test])
        asked.append((set(train), set(test)))
        return np.random.default_rng(len(asked)).random((len(test), len(test))).astype(np.float32)

    scores = cross_fitted("trained", {"a": way, "b": way}, people, attacked=45, folds=5)
    assert len(scores.people) == 45
    assert sum(scores.chosen.values()) == 10
    # those who were only learned from are never asked about in the end, and stand in every last model
    final = [(train, test) for train, test in asked if set(range(45, 60)) <= train]
    assert len(final) == 10
    covered = {(i, j) for _, test in final for i in test for j in test}
    assert covered == {(i, j) for i in range(45) for j in range(45)}


def test_the_choice_does_not_look_at_those_attacked():
    """A way that is perfect on half of the people and useless on the rest is judged by the training people alone."""
    people = np.repeat(np.arange(16), 3)
    where = people_folds(people, 4, seed=0)

    def cheat(train, test):
        same = (people[test][:, None] == people[test][None]).astype(np.float32)
        return same if len(test) > 20 else -same  # right only where it counts in the end: 24 attacked, 12 held out

    def honest(train, test):
        return (people[test][:, None] == people[test][None]).astype(np.float32) * 0.1 + np.eye(len(test), dtype="f")

    assert np.bincount(where).tolist() == [12, 12, 12, 12]
    assert cross_fitted("trained", {"cheat": cheat, "honest": honest}, people, attacked=48).chosen == {
        "cheat": 0,
        "honest": 6,
    }


def test_people_are_dealt_whole_and_evenly():
    people = np.random.default_rng(1).permutation(np.repeat(np.arange(11), np.arange(11) % 4 + 1))
    where = people_folds(people, 4, seed=3)
    assert all(len(set(where[people == person])) == 1 for person in range(11))
    assert np.ptp(np.bincount(where)) <= 3


def test_other_people_to_learn_from(faces, soft):
    few, more = faces[:12], faces[12:]
    with pytest.raises(UsageError, match="needs 4"):
        attack_trained(few, soft[:12], embedder=Patterns(), network=False)
    scores = attack_trained(few, soft[:12], embedder=Patterns(), others=more, others_redacted=soft[12:], network=False)
    assert len(scores.people) == 12
    with pytest.raises(UsageError, match="1 people are both attacked and learned from"):
        attack_trained(few, soft[:12], embedder=Patterns(), others=faces[9:], others_redacted=soft[9:], network=False)
    with pytest.raises(UsageError, match="at least 3"):
        attack_trained(faces, soft, embedder=Patterns(), folds=2, network=False)


def test_pictures_that_do_not_belong_together(faces, soft):
    with pytest.raises(ValueError, match="47 pictures for 48 faces"):
        attack_naive(faces, soft[1:], embedder=Patterns())
    with pytest.raises(ValueError, match=r"a redacted picture is \(80, 80, 3\)"):
        attack_parrot(faces, [image[::2, ::2] for image in soft], embedder=Patterns())
    with pytest.raises(ValueError, match="1 known for 48 faces"):
        attack_restored(faces, soft, embedder=Patterns(), known=[Known()])


def test_nothing_is_written_and_no_name_comes_out(faces, soft, monkeypatch):
    import torch  # noqa: F401  # whatever its import writes is not ours

    monkeypatch.setattr("overpaint.measures._reid_network._STEPS", 2)
    opened = []

    def watched(real, writes):
        def call(*args, **keywords):
            if writes(args, keywords):
                opened.append(args[0])
            return real(*args, **keywords)

        return call

    mode = watched(open, lambda a, k: set("wax+") & set(str(a[1] if len(a) > 1 else k.get("mode", "r"))))
    monkeypatch.setattr(builtins, "open", mode)
    monkeypatch.setattr(io, "open", mode)
    flags = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    monkeypatch.setattr(os, "open", watched(os.open, lambda a, k: a[1] & flags))
    for name in ("save", "savez", "savez_compressed"):
        monkeypatch.setattr(np, name, watched(getattr(np, name), lambda a, k: True))
    embedder = remembering(Patterns())
    told = [
        attack_naive(faces, soft, embedder=embedder),
        attack_parrot(faces, soft, embedder=embedder),
        attack_trained(faces, soft, embedder=embedder, folds=3),
        attack_restored(faces, soft, embedder=embedder, folds=3),
    ]
    assert opened == []
    for scores in told:
        assert scores.people.dtype == np.int64
        assert "person " not in repr(scores) + str(figures_of(scores, rounds=2).to_dict())


def test_a_memory_gives_the_same_rows_and_works_once(faces):
    inner = Patterns()
    quick = remembering(inner, most=10)
    given = [face.image[24:136, 24:136] for face in faces[:8]]
    first, again = quick.embed(given + given), quick.embed(given)
    assert np.array_equal(first[:8], again)
    assert np.array_equal(first, Patterns().embed(given + given))
    assert inner.seen == 8
    more = [face.image[24:136, 24:136] for face in faces[8:20]]
    assert np.array_equal(quick.embed(more), Patterns().embed(more))
    assert quick.embed([]).shape == (0, 588)
