"""A run directory: plain files beside the output, with a public half of aggregates and a private half of mode 0700.

::

    RUN/plan.toml
    RUN/public/summary.json, report.html
    RUN/private/policy.toml   the plan's policy; it may name samples and people
    RUN/private/listing/      the sorted listing
    RUN/private/boxes/        boxes made elsewhere, by shard
    RUN/private/shards/       one marker a shard, written last
    RUN/private/samples/      one row a sample
    RUN/private/findings/     one row a finding
    RUN/private/decisions/    one folder a generation of decisions; current.json names the one in force
    RUN/private/lane/         the no-view lane: keyed hashes and reason codes
    RUN/private/secret        the key of those hashes and of those of texts that were read
    RUN/private/parts/        lines of the metadata file that belong to a shard, where a container becomes a folder
    RUN/private/destination.json
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import fcntl
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import EngineError, RunError
from overpaint.plan import Plan

__all__ = ["Run", "disk_errors", "read_table", "rebuilding", "run_beside", "write_bytes", "write_table"]

_HALVES = ("listing", "boxes", "shards", "samples", "findings", "decisions", "parts", "lane")


@dataclass(frozen=True, slots=True)
class Run:
    """The places of one run. Making one touches nothing; `create` and `open` do."""

    path: Path

    def __post_init__(self) -> None:
        # Arrow takes a relative path that begins with ~ for a home directory; any other is shown as it was given
        if str(self.path).startswith("~"):
            object.__setattr__(self, "path", self.path.absolute())

    @property
    def plan_file(self) -> Path:
        return self.path / "plan.toml"

    @property
    def public(self) -> Path:
        return self.path / "public"

    @property
    def private(self) -> Path:
        return self.path / "private"

    @property
    def listing(self) -> Path:
        return self.private / "listing"

    @property
    def listed(self) -> bool:
        return (self.listing / "shards.parquet").exists()

    @property
    def half_made(self) -> bool:
        """Whether `create` was stopped here (a kill, a full disk) before the plan; nothing else is here."""
        names = (*_HALVES, "lock", "policy.toml", ".policy.toml.tmp", "secret", ".secret.tmp")
        private = {f"private/{name}" for name in names}
        ours = {"private", "public", ".plan.toml.tmp", *private}
        with disk_errors(self.path):
            return all(str(path.relative_to(self.path)) in ours for path in self.path.rglob("*"))

    def create(self, plan: Plan) -> None:
        """Make the directories and write the plan; the private half is closed to others before anything is in it."""
        with disk_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self.private.mkdir(mode=0o700, exist_ok=True)
            self.private.chmod(0o700)
            self.public.mkdir(exist_ok=True)
            for half in _HALVES:
                (self.private / half).mkdir(exist_ok=True)
            with self.lock():
                if self.plan_file.exists():
                    raise RunError(f"{self.path} was made by another process just now; use another --run")
                write_bytes(self.private / "policy.toml", plan.policy.encode())
                write_bytes(self.private / "secret", secrets.token_hex(32).encode(), mode=0o600)
                write_bytes(self.plan_file, plan.to_toml().encode(), mode=0o600)

    @classmethod
    def open(cls, path: Path) -> Run:
        """The run at a path; `RunError` says what to do where there is none."""
        run = cls(path)
        if not run.plan_file.is_file():
            raise RunError(
                f"{path} is not a run directory (no plan.toml); make one with `overpaint scan` or `overpaint scrub`"
            )
        return run

    def plan(self) -> Plan:
        try:
            text = self.plan_file.read_text("utf-8")
            policy = (self.private / "policy.toml").read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"{self.plan_file} or its policy cannot be read ({error}); start a new run") from error
        return Plan.from_toml(text, policy=policy, name=str(self.plan_file))

    def secret(self) -> bytes:
        """The run's own random key (32 bytes), which no other run and nobody outside knows."""
        path = self.private / "secret"
        try:
            return bytes.fromhex(path.read_text("ascii"))
        except (OSError, ValueError) as error:
            raise RunError(f"{path} cannot be read ({error}); put it back, or start a new run") from error

    def keyed(self, text: str, *, secret: bytes | None = None) -> str:
        """HMAC-SHA-256 of a text under the run's key, which whoever has it at hand may give: 32 hex digits."""
        key = self.secret() if secret is None else secret
        return hmac.digest(key, text.encode("utf-8", "surrogateescape"), "sha256").hex()[:32]

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for this process alone; a second one is told so instead of mixing its files in."""
        with disk_errors(self.path), (self.private / "lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                    raise
                raise RunError(
                    f"{self.path} is in use by another overpaint process; wait for it or use another --run"
                ) from error
            yield

    def sweep(self) -> None:
        """Remove what killed commands left half-written; call it with the lock held and no worker about."""
        with disk_errors(self.path):
            for place in (self.path, self.public, self.private, *self.private.glob("*/"), *self._generation_places()):
                for left in place.glob(".*.tmp"):
                    left.unlink(missing_ok=True)
            shutil.rmtree(self.private / "verifying", ignore_errors=True)

    def _generation_places(self) -> list[Path]:
        return [self.decisions_dir(f"{number:04d}") for number in self._generations()]

    # ------------------------------------------------------------------ shards

    def shard_file(self, kind: str, shard: str) -> Path:
        return self.private / kind / f"{shard}.parquet"

    def marker(self, shard: str) -> dict[str, Any]:
        """What is done of a shard; empty where nothing is, or where the marker was cut off."""
        try:
            value = json.loads((self.private / "shards" / f"{shard}.json").read_bytes())
        except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
            return {}
        return value if isinstance(value, dict) else {}

    def write_marker(self, shard: str, value: dict[str, Any]) -> None:
        text = json.dumps(value, sort_keys=True, indent=1) + "\n"
        write_bytes(self.private / "shards" / f"{shard}.json", text.encode())

    # --------------------------------------------------------------- decisions

    def generation(self) -> str | None:
        """The generation of decisions in force, such as ``"0001"``."""
        try:
            value = json.loads((self.private / "decisions" / "current.json").read_bytes())
            return str(value["generation"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            if self._generations() == [1]:  # no second one was ever begun, so that this one was in force
                return "0001"
            raise RunError(
                f"{self.private}/decisions/current.json is damaged; run `overpaint decide {self.path}` again"
            ) from error

    def generation_if_known(self) -> str | None:
        """As `generation`, and None too where what says so is damaged: for whoever makes a new one."""
        try:
            return self.generation()
        except RunError:
            return None

    def next_generation(self) -> str:
        return f"{max([0, int(self.generation_if_known() or 0), *self._generations()]) + 1:04d}"

    def _generations(self) -> list[int]:
        return [int(p.name) for p in (self.private / "decisions").iterdir() if p.name.isdigit()]

    def decisions_dir(self, generation: str) -> Path:
        return self.private / "decisions" / generation

    def set_generation(self, generation: str) -> None:
        write_bytes(
            self.private / "decisions" / "current.json", (json.dumps({"generation": generation}) + "\n").encode()
        )

    def policy_file(self, generation: str) -> Path:
        return self.decisions_dir(generation) / "policy.toml"

    def begin_generation(self, generation: str, *, policy: str, day: dt.date) -> None:
        """Open a generation of decisions under a policy, applied as on a day; `set_generation` puts it in force."""
        with disk_errors(self.path):
            self.decisions_dir(generation).mkdir(exist_ok=True)
        write_bytes(self.decisions_dir(generation) / "day.json", (json.dumps({"day": day.isoformat()}) + "\n").encode())
        write_bytes(self.policy_file(generation), policy.encode())

    def day(self, generation: str) -> dt.date:
        """The day on which a generation judged consents."""
        path = self.decisions_dir(generation) / "day.json"
        try:
            return dt.date.fromisoformat(json.loads(path.read_bytes())["day"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path} cannot be read; run `overpaint decide {self.path}` again") from error

    # ------------------------------------------------------------- destination

    def destination(self) -> dict[str, Any] | None:
        """What the run is bound to: place and form of its output; None where it has not written anything."""
        try:
            value = json.loads((self.private / "destination.json").read_bytes())
            return {**value, "place": str(value["place"])}
        except FileNotFoundError:
            return None
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise RunError(f"{self.private}/destination.json is damaged; start a new run") from error

    def set_destination(self, output: dict[str, Any]) -> None:
        write_bytes(self.private / "destination.json", (json.dumps(output) + "\n").encode())


def run_beside(dest: Path) -> Path:
    """A destination's run directory unless somebody says otherwise: ``DEST.run``, for ``.`` and ``..`` too."""
    if dest.name in {"", ".."}:
        dest = Path(os.path.abspath(dest))  # noqa: PTH100 - `absolute` keeps the dots, `resolve` follows links
    return dest.parent / f"{dest.name}.run"


def write_bytes(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write a file so that it is whole or absent, whatever happens in between, a power cut too."""
    temporary = path.with_name(f".{path.name[:100]}.tmp")
    with disk_errors(path):
        with temporary.open("wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a parquet file so that it is whole or absent; equal tables give equal bytes.

    It is on the disk when this returns: a marker that is written after it shall not outlive it.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    with disk_errors(path):
        with temporary.open("wb") as file:
            pq.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def read_table(path: Path, *, columns: list[str] | None = None) -> pa.Table:
    """Read a parquet file of a run; `RunError` where it is missing or damaged."""
    try:
        return pq.read_table(path, columns=columns, use_threads=False, memory_map=False, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise RunError(f"{path} cannot be read ({type(error).__name__}); {rebuilding(path)}") from error


def rebuilding(path: Path) -> str:
    """How a table of a run that is damaged or missing comes back."""
    if path.parent.name == "boxes":
        return "delete it and run again to rebuild it"
    if path.parent.parent.name == "decisions":
        return "delete it and run the scrub or act again to rebuild it"
    return "delete its shard's marker and run again to rebuild it"


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what a disk can say into one line with the remedy."""
    remedies = {
        errno.ENOSPC: "the disk is full; free some space and run the same command again to resume",
        errno.EDQUOT: "the quota is used up; free some space and run the same command again to resume",
        errno.EROFS: "the file system is read-only; choose another place",
        errno.EACCES: "permission denied; choose another place or change its mode",
        errno.EPERM: "not permitted; choose another place",
    }
    try:
        yield
    except OSError as error:
        raise EngineError(f"{error.filename or path}: {remedies.get(error.errno or 0, str(error))}") from error
