"""The places of a run, its lock, its markers and its generations of decisions."""

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

from overpaint.errors import RunError
from overpaint.plan import Plan
from overpaint.rundir._files import disk_errors, write_bytes

__all__ = ["Run", "run_beside"]

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
            places = [*self._generation_places(), *self.private.glob("duplicates/*/")]
            for place in (self.path, self.public, self.private, *self.private.glob("*/"), *places):
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
