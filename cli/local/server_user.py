"""Whom PostgreSQL runs as, since it refuses to run as root, and where that user can reach its files.

Permissions and owners are changed inside folders of ours only, never on the way to them.
"""

import os
import pwd
import shutil
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

UNPRIVILEGED_USER: Final = "nobody"
SHARED_PLACE: Final = Path("/var/tmp")  # noqa: S108  # survives a restart, unlike /tmp; what we make there is ours alone


class ServerUserFailed(Exception):
    """There is nobody to run the server as, or no place for its files. The text is one sentence."""


BECOME: Final = "import os, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1])); "
RUN: Final = "os.execv(sys.argv[3], sys.argv[3:])"


def as_server_user(command: Sequence[str]) -> list[str]:
    """The command by which the server's user runs `command`: ourselves, but never root. Raises ServerUserFailed.

    The user is changed behind `exec`, not by `subprocess`, which forks our whole process for that: whatever has threads
    in it, as gRPC has, is then asked whether it can be forked, and says on the terminal that it cannot.
    """
    if os.geteuid() != 0:
        return list(command)
    user = _unprivileged()
    return [sys.executable, "-I", "-S", "-c", BECOME + RUN, str(user.pw_uid), str(user.pw_gid), *command]


def give(path: Path) -> None:
    """Makes a file or folder of ours the server's own."""
    if os.geteuid() == 0:
        user = _unprivileged()
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def reachable(path: Path) -> bool:
    """Whether the server can read what is at `path`. What we run ourselves can reach whatever we can."""
    if os.geteuid() != 0:
        return True
    readable = bool(path.stat().st_mode & stat.S_IROTH)
    return readable and all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def place_for(name: str) -> Path:
    """A folder of root's, outside the checkout, which anybody may enter and only root may change.

    Raises ServerUserFailed when somebody else was there first, so that nobody can make root write where they like.
    """
    place = SHARED_PLACE / f"zikao-{name}"
    with suppress(FileExistsError):
        place.mkdir()
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0:
        raise ServerUserFailed(f"{place} is not ours; remove it and start again.")
    place.chmod(0o755)
    return place


def copy_readable(source: Path, target: Path) -> None:
    """Copies a folder so that everybody can read and enter it, whatever its own permissions are."""
    shutil.copytree(source, target, symlinks=True)
    for folder, _, files in os.walk(target):
        Path(folder).chmod(0o755)
        for file in (Path(folder, name) for name in files):
            if not file.is_symlink():
                file.chmod(file.stat().st_mode | (0o555 if file.stat().st_mode & stat.S_IXUSR else 0o444))


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError as missing:
        raise ServerUserFailed(
            f"PostgreSQL does not run as root and there is no user {UNPRIVILEGED_USER}; run as an ordinary user."
        ) from missing
