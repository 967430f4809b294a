"""A PostgreSQL server of our own for tests and benchmarks: a temporary directory, a Unix socket, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Server", "missing", "server"]

_ACCOUNTS = ("postgres", "nobody")
_SETTINGS = {
    "listen_addresses": "",  # the socket only
    "max_connections": "250",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "log_min_messages": "fatal",
}


class Server:
    """A running server; `database` makes an empty database in it and returns its URL."""

    def __init__(self, directory: Path, run: Runner) -> None:
        self._directory = directory
        self._run = run
        self._made = 0

    def database(self) -> str:
        """The URL of a new database."""
        self._made += 1
        name = f"review{self._made}"
        self._run("createdb", "-h", str(self._directory), "-U", "overpaint", name)
        return f"postgresql+psycopg://overpaint@/{name}?host={self._directory}"

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` is as a power cut would."""
        self._run("pg_ctl", "-D", str(self._directory / "data"), "-m", mode, "-w", "stop")

    def start(self) -> None:
        """Start it (again)."""
        log = str(self._directory / "log")
        self._run("pg_ctl", "-D", str(self._directory / "data"), "-l", log, "-w", "-t", "60", "start")


class Runner:
    """Runs PostgreSQL's programs as an account that may: it refuses root."""

    def __init__(self) -> None:
        self.account = _account()

    def __call__(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [find(program), *arguments],
            user=None if self.account is None else self.account.pw_uid,
            group=None if self.account is None else self.account.pw_gid,
            extra_groups=None if self.account is None else [],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open in the server
            stderr=None,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}")


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError(f"PostgreSQL does not run as root, and there is no account {' or '.join(_ACCOUNTS)}")


def find(program: str) -> str:
    """Where a program is: on PATH, or where Debian keeps the newest version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *(str(folder) for folder in reversed(folders))])
    found = shutil.which(program, path=places)
    if found is None:
        raise FileNotFoundError(f"{program} is not installed (Debian: apt-get install postgresql)")
    return found


def missing() -> str | None:
    """Why no server can be started here; None if one can."""
    try:
        for program in ("initdb", "pg_ctl", "postgres", "createdb"):
            find(program)
        _account()
    except (FileNotFoundError, RuntimeError) as error:
        return str(error)
    return None


@contextlib.contextmanager
def server(*, durable: bool = True) -> Iterator[Server]:
    """A server, until the block ends. ``durable=False`` waits for no disk, which tests need not."""
    run = Runner()
    directory = Path(tempfile.mkdtemp(prefix="overpaint-pg-"))  # short: a socket's path has at most 107 bytes
    try:
        if run.account is not None:
            os.chown(directory, run.account.pw_uid, run.account.pw_gid)
        data = directory / "data"
        run("initdb", "-D", str(data), "-U", "overpaint", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        settings = {**_SETTINGS, "unix_socket_directories": f"'{directory}'"}
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        with (data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value or chr(39) * 2}\n" for name, value in settings.items())
        made = Server(directory, run)
        made.start()
        try:
            yield made
        finally:
            with contextlib.suppress(RuntimeError):  # a test may have stopped it
                made.stop("immediate")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
