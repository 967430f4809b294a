"""Where a review lies, and what it is made of: a directory of mode 0700 with its settings, its key and its store."""

from __future__ import annotations

import hmac
import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import tomli_w

from overpaint import formats, pipeline
from overpaint.errors import ReviewError, UsageError
from overpaint.rundir import Run, disk_errors, write_bytes

__all__ = ["Aside", "Place"]

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A review's directory and what it asks about: a run, a folder of candidates, or words.

    Attributes
    ----------
    path
        The directory: ``RUN/private/review``, or ``CANDIDATES.review`` beside the folder; of words ``PLACE.review``.
    store
        URL of the store: ``sqlite:///…`` or ``postgresql+psycopg://…``, without a password.
    run, candidates, words
        Exactly one of them; ``words``: there are no pictures.
    """

    path: Path
    store: str
    run: Path | None = None
    candidates: Path | None = None
    words: bool = False

    @classmethod
    def of(cls, path: Path) -> Place:
        """The review of a run, of a folder of candidates, or at a path.

        Raises
        ------
        ReviewError
            There is none, or its file is damaged.
        """
        for place in (path / "private" / "review", path, _beside(path)):
            file = place / "review.toml"
            if file.is_file():
                return cls._read(place, file)
        raise ReviewError(f"{path} has no review; make one with `overpaint review open {path}`")

    @classmethod
    def _read(cls, place: Path, file: Path) -> Place:
        try:
            value = tomllib.loads(file.read_text("utf-8"))
            version, store = int(value["version"]), str(value["store"])
            run, candidates, words = value.get("run"), value.get("candidates"), value.get("words") is True
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReviewError(
                f"{file} cannot be read ({type(error).__name__}); put it back, or open the review anew"
            ) from error
        if version != _VERSION or [run is None, candidates is None, not words].count(False) != 1:
            raise ReviewError(f"{file} was made by another version of overpaint; use that one")
        # a run may be moved with its review in it: where the review lies tells where the run is
        inside = place.name == "review" and place.parent.name == "private"
        where = place.parent.parent if run is not None and inside else None if run is None else Path(run)
        if run is not None and inside and store == "sqlite":
            store = _sqlite(place.parent / "answers.sqlite")
        elif store == "sqlite":
            store = _sqlite(place / "answers.sqlite")
        return cls(place, store, where, None if candidates is None else Path(candidates), words)

    @classmethod
    def make(
        cls,
        *,
        run: Run | None = None,
        candidates: Path | None = None,
        words: Path | None = None,
        store: str | None = None,
    ) -> Place:
        """The review of a run, of a folder of candidates or of words, made if it is not there.

        Raises
        ------
        ReviewError
            It is there with another store.
        UsageError
            The store's URL holds a password: no password is stored in the clear.
        """
        if store is not None:
            _checked(store)
        base = run.path if run is not None else candidates or words
        assert base is not None
        try:
            known = cls.of(base)
        except ReviewError:
            if (base / "private" / "review" / "review.toml").exists():
                raise
        else:
            if store is not None and store != known.store:
                raise ReviewError(
                    f"{known.path} keeps its answers in another store; leave --store out, or move the review away"
                )
            return known
        path = run.private / "review" if run is not None else _beside(base)
        with disk_errors(path):
            path.mkdir(mode=0o700, exist_ok=True)
            path.chmod(0o700)
        if not (path / "secret").exists():
            write_bytes(path / "secret", secrets.token_hex(32).encode(), mode=0o600)
        about: dict[str, str | bool] = {"words": True}
        if words is None:
            about = {"candidates" if run is None else "run": str(base.absolute())}
        text = tomli_w.dumps({"version": _VERSION, "store": store or "sqlite"} | about)
        write_bytes(path / "review.toml", text.encode(), mode=0o600)
        return cls.of(base)

    def aside(self) -> Aside:
        """What people of this review put into the no-view lane."""
        return Aside(self.path / "aside", self.secret())

    def in_lane(self) -> frozenset[str]:
        """Samples of the run that are in its no-view lane now, whoever put them there; to be kept in memory only."""
        if self.run is None:
            return frozenset()
        run, found = Run.open(self.run), set[str]()
        for ref in formats.read_shards(run.listing) if run.listed else ():
            if pipeline.read_lane(run, ref.id):
                held = pipeline.InLane(run, ref)
                found |= {one.key for one in formats.read_shard(run.listing, ref) if held.reason(one) is not None}
        return frozenset(found)

    def erased(self, sample: str) -> str:
        """By what the store knows a sample that it has forgotten: a keyed hash."""
        return hmac.digest(self.secret(), b"erased\0" + sample.encode("utf-8", "surrogateescape"), "sha256").hex()

    def secret(self) -> bytes:
        """The review's own random key of 32 bytes."""
        file = self.path / "secret"
        try:
            return bytes.fromhex(file.read_text("ascii"))
        except (OSError, ValueError) as error:
            raise ReviewError(
                f"{file} cannot be read ({type(error).__name__}); put it back: links depend on it"
            ) from error


class Aside:
    """What people put into the no-view lane, by keyed hash: out of sight at once, whatever else has to happen first.

    A run's own lane is written when nobody else is at work on the run; this list does not wait for that.
    """

    def __init__(self, file: Path, secret: bytes) -> None:
        self._file = file
        self._secret = secret

    def put(self, sample: str) -> None:
        """Put a sample aside; it is on the disk when this returns."""
        with disk_errors(self._file):
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, f"{self._keyed(sample)}\n".encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def held(self, sample: str) -> bool:
        """Whether it is aside, as the file says now."""
        try:
            return self._keyed(sample) in self._file.read_text("ascii").split()
        except FileNotFoundError:
            return False

    def __len__(self) -> int:
        try:
            return len(set(self._file.read_text("ascii").split()))
        except FileNotFoundError:
            return 0

    def _keyed(self, sample: str) -> str:
        return hmac.digest(self._secret, b"aside\0" + sample.encode("utf-8", "surrogateescape"), "sha256").hex()


def _beside(folder: Path) -> Path:
    """``FOLDER.review``, for ``.`` and ``..`` too."""
    if folder.name in {"", ".."}:
        folder = Path(os.path.abspath(folder))  # noqa: PTH100 - `absolute` keeps the dots, `resolve` follows links
    return folder.parent / f"{folder.name}.review"


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


def _checked(store: str) -> None:
    try:
        parts = urlsplit(store)
        password = parts.password
    except ValueError:
        parts, password = urlsplit(""), None
    if parts.scheme not in {"sqlite", "postgresql+psycopg", "postgresql"}:
        raise UsageError(
            f"--store {store.split(':', 1)[0]}: give postgresql+psycopg://HOST/NAME, or leave it out for a file"
        )
    if password or "password" in parse_qs(parts.query):
        raise UsageError(
            "--store holds a password, which would lie on the disk; give it by PGPASSWORD or a .pgpass file"
        )
