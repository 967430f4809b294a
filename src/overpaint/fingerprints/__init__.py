"""What a picture can be known again by: PDQ, lists of known hashes, and an index of near-duplicates."""

from overpaint.fingerprints._hamming import HammingIndex
from overpaint.fingerprints._hash_lists import Digests, HashLists, HashMatch
from overpaint.fingerprints._pdq import MIN_QUALITY, RADIUS, Pdq, pdq, pdq_mirrored, pdq_pair

__all__ = [
    "MIN_QUALITY",
    "RADIUS",
    "Digests",
    "HammingIndex",
    "HashLists",
    "HashMatch",
    "Pdq",
    "pdq",
    "pdq_mirrored",
    "pdq_pair",
]
