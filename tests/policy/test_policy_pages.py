"""Boxes on pages, and subjects with a box for each frame of an animation."""

import hashlib
import json

from test_policy_decide import RULE

from overpaint.policy import decide, effective
from overpaint.records import Box, Treatment


def effect(samples, findings, rules, *found):
    shard = samples({"key": "a"})
    table = findings(*[{"key": "a", "box": (1.5, 2, 11, 12)} | finding for finding in found])
    return effective(shard, decide(shard, table, rules), rules)[0]


def test_a_box_keeps_its_page(samples, findings, policy):
    done = effect(samples, findings, policy(RULE), {"subject": 0, "page": 3}, {"subject": 1})
    assert done.boxes == (Box(1.5, 2, 11, 12), Box(1.5, 2, 11, 12, 3))


def test_the_digest_of_the_first_page_is_what_it_was_before_boxes_had_pages(samples, findings, policy):
    rules = policy(RULE)
    content = [1, "redact", [[1, 2, 11, 12]], rules.look, rules.cells, rules.metadata]
    expected = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    assert effect(samples, findings, rules, {}).digest == expected
    assert effect(samples, findings, rules, {"page": 0}).digest == expected


def test_the_digest_tells_pages_apart(samples, findings, policy):
    pages = [{}, {"page": 1}, {"page": 2}]
    assert len({effect(samples, findings, policy(RULE), page).digest for page in pages}) == 3


def test_every_frame_of_a_subject_is_decided_on_and_the_best_of_each_frame_taken(samples, findings, policy):
    found = [
        {"frame": 0, "score": 0.9, "detector": "x"},
        {"frame": 0, "score": 0.7, "detector": "y", "box": (0, 0, 9, 9), "confidence": 0.9},
        {"frame": 4, "score": 0.2, "detector": "y", "box": (30, 2, 40, 12), "confidence": 0.9},
    ]
    done = effect(samples, findings, policy(RULE), *found)
    assert done.boxes == (Box(1.5, 2, 11, 12), Box(30, 2, 40, 12))
    still = effect(samples, findings, policy(RULE), *[{**one, "frame": None} for one in found])
    assert still.boxes == (Box(1.5, 2, 11, 12),)


def test_a_consent_for_a_box_speaks_of_the_first_page_only(samples, findings, policy):
    allowed = policy(RULE + '[[allow]]\nsample = "a"\nbox = [0, 0, 20, 20]\nreason = "agreed"\n')
    assert effect(samples, findings, allowed, {}).treatment is Treatment.KEEP
    assert effect(samples, findings, allowed, {"page": 1}).treatment is Treatment.REDACT
