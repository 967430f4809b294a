"""What a picture can be known again by: PDQ, lists of known hashes, and copies among many pictures.

For lists: `pdq_pair`, `HashLists`. For copies: `pdq_levelled` and `near_pairs`, `quantised` and `near_directions`
propose pairs; `look_of` and `likeness` confirm them; `clusters` puts them together.
"""

from overpaint.fingerprints._alike import ALIKE, LOOK_SIDE, Look, likeness, look_of, pdq_levelled
from overpaint.fingerprints._clusters import Clusters, clusters
from overpaint.fingerprints._directions import CLOSE, NearDirections, near_directions, quantised
from overpaint.fingerprints._hamming import HammingIndex
from overpaint.fingerprints._hash_lists import Digests, HashLists, HashMatch
from overpaint.fingerprints._near import NearPairs, near_pairs
from overpaint.fingerprints._pdq import MIN_QUALITY, RADIUS, Pdq, pdq, pdq_mirrored, pdq_pair

__all__ = [
    "ALIKE",
    "CLOSE",
    "LOOK_SIDE",
    "MIN_QUALITY",
    "RADIUS",
    "Clusters",
    "Digests",
    "HammingIndex",
    "HashLists",
    "HashMatch",
    "Look",
    "NearDirections",
    "NearPairs",
    "Pdq",
    "clusters",
    "likeness",
    "look_of",
    "near_directions",
    "near_pairs",
    "pdq",
    "pdq_levelled",
    "pdq_mirrored",
    "pdq_pair",
    "quantised",
]
