"""What each of two processes of torchrun does for test_training."""

import sys
from pathlib import Path

import numpy as np
from lessons import lesson, taught

from overpaint.measures._team import open_team
from overpaint.measures._trained import load_network
from overpaint.measures._training import train

if __name__ == "__main__":
    place = Path(sys.argv[1])
    with open_team() as team:
        mine = place / f"arms-{team.rank}"
        weights = train(lesson(mine), place, team=team)
        said = load_network(weights)(taught(mine)[0], team=team)
        if team.leads:
            np.save(place / "said.npy", said)
