"""The embedders know people again on real, labelled photos: else an attack that fails would say nothing."""

import numpy as np
import pytest
from PIL import Image

from overpaint.detectors import FaceFinder
from overpaint.measures import attack_naive, attack_parrot, embedder, figures_of, found_face, remembering, without_core

pytestmark = pytest.mark.realdata

PEOPLE, PICTURES = 10, 4


@pytest.fixture(scope="module")
def faces(realdata):
    finder = FaceFinder(threads=1)
    folders = sorted(path for path in (realdata / "reid_orl").iterdir() if path.is_dir())[:PEOPLE]
    found = []
    for folder in folders:
        for path in sorted(folder.iterdir())[:PICTURES]:
            found.append(found_face(np.asarray(Image.open(path).convert("RGB")), person=folder.name, finder=finder))
    assert len(found) == PEOPLE * PICTURES
    assert None not in found
    return found


@pytest.mark.parametrize("name", ["sface", "faceres"])
def test_clear_faces_are_recognised_and_the_control_arm_is_not(faces, name):
    attacker = remembering(embedder(name))
    clear = figures_of(attack_naive(faces, [f.image for f in faces], embedder=attacker, symmetric=True), rounds=20)
    assert clear.auc.value > 0.95
    assert clear.rank1.value > 0.9
    cut = [without_core(face) for face in faces]
    for attack in (attack_naive, attack_parrot):
        assert figures_of(attack(faces, cut, embedder=attacker), rounds=20).auc.value < 0.7
