"""What the names of files say: licences, lists of classes, previews, archives, containers, history."""

from __future__ import annotations

import re

__all__ = ["ARCHIVE", "CLASSES", "DERIVED", "HISTORY", "LICENCE", "METADATA", "PREVIEW", "TEXT"]

LICENCE = re.compile(
    r"(licen[cs]e|copying|copyright|notice|readme|citation|cite|authors|contributors|credits|attribution|changelog|"
    r"changes|terms|terms_of_use|datasheet|dataset_infos|croissant)([._-].*)?|.*[._-]licen[cs]e(\.(txt|md))?|"
    r"\.gitattributes",
    re.IGNORECASE,
)
CLASSES = re.compile(
    r"(loc_synset_mapping|synsets?|wnids|words|gloss|classes|class_?names|labels|categories|names|attributes|"
    r"imagenet_class_index|label_?map|id2label|folder_to_class)\.(txt|json|csv|names|pbtxt)|.*\.names",
    re.IGNORECASE,
)
#: What file managers leave: they hold small copies of the pictures in a folder.
PREVIEW = re.compile(
    r"thumbs\.db|ehthumbs(_vista)?\.db|thumbcache_.*\.db|\.ds_store|\._.*|.*\.thm|.*\.lrprev|.*\.lrdata", re.IGNORECASE
)
ARCHIVE = re.compile(
    r".*\.(zip|tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|lz4|7z|rar|cab|iso|img|dmg|jar|cbz|cbr|z[0-9]{2}|7z\.[0-9]+|"
    r"(zip|tar|rar)\.[0-9a-z]{1,4})",
    re.IGNORECASE,
)
#: Computed from pixels, or containers that may hold them.
DERIVED = re.compile(
    r".*\.(npy|npz|pt|pth|pkl|pickle|joblib|safetensors|faiss|index|hdf5?|h5|he5|nc|lmdb|mdb|arrow|feather|beton|rec|"
    r"cache|annoy|hnsw|usearch|lance|tfrecords?|db|sqlite3?|duckdb|parquet)|.*\.tfrecords?-.*|.*\.(npy|npz)\.part.*",
    re.IGNORECASE,
)
METADATA = re.compile(r".*\.(xmp|exif|exv|iptc|mie|pp3|dop|cos)|\.picasa\.ini|picasa\.ini", re.IGNORECASE)
HISTORY = frozenset({".git", ".hg", ".svn", ".dvc", ".lakefs", ".oxen", ".ipynb_checkpoints", ".thumbnails"})
TEXT = re.compile(
    r".*\.(txt|text|caption|captions|md|rst|ya?ml|toml|ini|cfg|conf|py|sh|tex|bib|m|r|jl|c|h|cpp|log|gitignore|list|lst)|"
    r"\.gitignore|makefile|sha(1|256)sums(\.txt)?",
    re.IGNORECASE,
)
