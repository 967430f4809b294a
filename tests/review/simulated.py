"""Simulated workers of known skill, for tests: what `benchmarks/simulated_crowd.py` has."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from simulated_crowd import (
    BLIND,
    CAREFUL,
    HASTY,
    LAZY,
    SHIFTED,
    USUAL,
    Scene,
    Skill,
    Worker,
    crowd_of,
    record_of,
    scenes,
    work,
)

__all__ = [
    "BLIND",
    "CAREFUL",
    "HASTY",
    "LAZY",
    "SHIFTED",
    "USUAL",
    "Scene",
    "Skill",
    "Worker",
    "crowd_of",
    "record_of",
    "scenes",
    "work",
]
