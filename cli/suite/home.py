"""Where a laptop's suite keeps what it must find again: `.zikao/` in the checkout, or the folder given."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chassis.postgres.migrations import SERVICES
from cli.local.postgres import DURABLE, PID_FILE, Postgres
from cli.terminal.known_failures import KnownFailure

NEEDED_BYTES = 1_000_000_000
PORT_LINE = 3
"""Of PostgreSQL's lock file, counted from 0."""


class HomeUnusable(KnownFailure):
    """The folder cannot hold a suite. The text is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one suite and the places in it."""

    root: Path

    @property
    def postgres(self) -> Path:
        """The data of PostgreSQL."""
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        """What Redis has been told, where replicas share one."""
        return self.root / "redis"

    @property
    def logs(self) -> Path:
        """One log a process, appended to."""
        return self.root / "logs"

    @property
    def keys(self) -> Path:
        """The signing keys of the services and of the sandbox."""
        return self.root / "keys"

    @property
    def blobs(self) -> Path:
        """Portraits and review materials."""
        return self.root / "blobs"

    @property
    def sandbox(self) -> Path:
        """What the simulated outside world remembers."""
        return self.root / "sandbox"

    @property
    def accounts(self) -> Path:
        """The demo accounts, for people and for the journey."""
        return self.root / "accounts.json"

    def prepare(self) -> None:
        """Makes the folders. Raises HomeUnusable when the place is full or may not be written."""
        try:
            for folder in (self.root, self.logs, self.keys, self.blobs, self.sandbox):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as cause:
            raise HomeUnusable(
                f"{self.root} cannot be written ({cause.strerror}); choose another place with --home."
            ) from cause
        if shutil.disk_usage(self.root).free < NEEDED_BYTES:
            raise HomeUnusable(
                f"Less than 1 GB is free where {self.root} lies; free some space or choose another place with --home."
            )

    def running_postgres(self) -> Postgres:
        """The PostgreSQL of the suite that runs from here. Raises HomeUnusable when none does."""
        held = self.postgres / PID_FILE
        try:
            port = int(held.read_text().splitlines()[PORT_LINE])
        except (OSError, IndexError, ValueError) as cause:
            raise HomeUnusable(f"No suite runs from {self.root}; name its database with --database-url.") from cause
        return Postgres(self.postgres, port, self.secret("database"), DURABLE)

    def secret(self, name: str) -> str:
        """A 256-bit secret of this suite in hexadecimal, made at the first call and the same ever after."""
        kept = self.keys / f"{name}.secret"
        if not kept.exists():
            _write_privately(kept, secrets.token_hex(32))
        return kept.read_text()

    def role_passwords(self) -> Mapping[str, str]:
        """The password of each service's database role, by the service's name."""
        return {service: self.secret(f"{service}-database") for service in SERVICES}

    def keep_accounts(self, accounts: dict[str, dict[str, str]]) -> None:
        """Writes the demo accounts so that only their owner can read them."""
        _write_privately(self.accounts, json.dumps(accounts, ensure_ascii=False, indent=2))

    def known_accounts(self) -> dict[str, dict[str, str]]:
        """The demo accounts of earlier starts; empty before the first."""
        return json.loads(self.accounts.read_text()) if self.accounts.exists() else {}

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Holds the folder for one suite at a time. Raises HomeUnusable while another suite holds it."""
        with (self.root / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as held:
                lock.seek(0)
                raise HomeUnusable(
                    f"A suite is already running from {self.root} (process {lock.read().strip()}); "
                    "stop it with Ctrl-C first."
                ) from held
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def holder(self) -> int | None:
        """The process that holds the folder, or held it last; none when no suite has run from it."""
        try:
            return int((self.root / "lock").read_text())
        except (OSError, ValueError):
            return None

    def forget(self) -> None:
        """Removes the folder and everything in it. Raises HomeUnusable while a suite runs from it."""
        with self.occupied():
            server = Postgres(self.postgres, 0, "", DURABLE)
            server.end_leftover()
            server.forget()
            shutil.rmtree(self.root)


def _write_privately(path: Path, text: str) -> None:
    written = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    written.replace(path)
