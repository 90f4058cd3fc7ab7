"""A container engine of our own: its data, socket and networks lie apart from any other of this machine, and it ends
with whoever started it.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROGRAMS: Final = {"dockerd": "docker.io", "docker": "docker.io", "debootstrap": "debootstrap"}
"""What is needed, and the Debian package that has it."""
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 60.0
COMPOSE: Final = Path(sys.executable).with_name("docker-compose")


class EngineMissing(Exception):
    """No engine can be run here. The text is one sentence that says what is needed."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine."""

    socket: Path

    def docker(self, *arguments: str, **told: str) -> str:
        """What the docker command says. Raises CalledProcessError, with the engine's own words, when it fails."""
        return self._run("docker", *arguments, told=told)

    def succeeds(self, *arguments: str) -> bool:
        """Whether the docker command ends well."""
        try:
            self.docker(*arguments)
        except CommandFailed:
            return False
        return True

    def compose(self, file: Path, project: str, *arguments: str, **told: str) -> str:
        """What Compose says of a project of ours."""
        return self._run(str(COMPOSE), "--file", str(file), "--project-name", project, *arguments, told=told)

    def _run(self, *command: str, told: Mapping[str, str]) -> str:
        environment = {**os.environ, **told, "DOCKER_HOST": f"unix://{self.socket}"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CommandFailed(command, done.returncode, done.stdout[-4_000:] + done.stderr[-4_000:])
        return done.stdout


class CommandFailed(Exception):
    """A command of the engine failed: what it was, its status, and the last it said."""

    def __init__(self, command: tuple[str, ...], status: int, said: str) -> None:
        """`said` is shown as it is."""
        super().__init__(f"{' '.join(command)} ended with {status}:\n{said}")
        self.status = status


@contextmanager
def engine(place: Path) -> Iterator[Engine]:
    """An engine for the length of a block, its data below `place`. Raises EngineMissing."""
    _install()
    folder = place / "engine"
    folder.mkdir(parents=True, exist_ok=True)
    socket, configuration = folder / "docker.sock", folder / "daemon.json"
    configuration.write_text(json.dumps(_configuration(folder, socket)))
    with (folder / "dockerd.log").open("ab") as log:
        daemon = subprocess.Popen(["dockerd", "--config-file", str(configuration)], stdout=log, stderr=log)
    running = Engine(socket)
    try:
        _wait_for(daemon, running, folder / "dockerd.log")
        yield running
    finally:
        daemon.terminate()
        daemon.wait(STOP_SECONDS)
        _release(folder)


def _release(folder: Path) -> None:
    """Lets go of what the engine has left mounted below its folder, which could not be removed otherwise."""
    for line in Path("/proc/mounts").read_text().splitlines():
        where = line.split(" ")[1]
        if Path(where).is_relative_to(folder):
            subprocess.run(["umount", where], check=False)


def _configuration(folder: Path, socket: Path) -> Mapping[str, object]:
    return {
        "data-root": str(folder / "data"),
        "exec-root": str(folder / "exec"),
        "pidfile": str(folder / "docker.pid"),
        "hosts": [f"unix://{socket}"],
        # Where an engine may not lower its score, as inside a container, starting one fails with any other.
        "oom-score-adjust": 0,
    }


def _install() -> None:
    missing = {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if os.geteuid() != 0:
        raise EngineMissing("A container engine of our own needs root: run it as root, on a Debian machine.")
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise EngineMissing(f"Install {' and '.join(sorted(missing))}: there is no apt-get to do it with.")
    print(f"installing {' and '.join(sorted(missing))}", flush=True)
    if _apt("install", *missing):
        _apt("update")  # the list of packages was missing or out of date
        if _apt("install", *missing):
            raise EngineMissing(f"{' and '.join(sorted(missing))} cannot be installed; apt-get says why.")


def _apt(*arguments: str) -> int:
    command = ["apt-get", "--yes", "--quiet", "--no-install-recommends", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode


def _wait_for(daemon: "subprocess.Popen[bytes]", running: Engine, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            running.docker("info")
        except CommandFailed as not_yet:
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise EngineMissing(f"dockerd did not start: {log.read_text()[-1_000:]}") from not_yet
            time.sleep(0.2)
        else:
            return
