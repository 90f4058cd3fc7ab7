"""The tree of another commit, made runnable: its files, its generated code, and Python with what it requires.

Nothing of ours is seen from there: its Python finds its own tree before the installed packages, and this tree not at
all. Where both commits lock the same requirements those installed here serve it; else it gets an environment of its
own, which is kept for the next time under the hash of its lock file.
"""

import asyncio
import hashlib
import shutil
import sys
import sysconfig
import tarfile
import tomllib
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.suites.subprocesses import CommandFailed, run

ROOT: Final = Path(__file__).resolve().parents[2]
LOCK: Final = "requirements-dev.txt"
KEPT: Final = Path(sys.prefix) / "of-other-commits"
"""Environments of other lock files. They go with the environment of this tree."""
GIT_SECONDS: Final = 60.0
GENERATE_SECONDS: Final = 300.0
INSTALL_SECONDS: Final = 1800.0


@dataclass(frozen=True, slots=True)
class CommitCheckout:
    """A commit whose `zikao` can be run. `commit` is its short hash."""

    commit: str
    tree: Path
    python: Path

    def zikao(self, *words: str) -> list[str]:
        """The command line that runs the commit's `zikao`, by whatever module its project file names."""
        project = tomllib.loads((self.tree / "pyproject.toml").read_text())
        module, _, name = project["project"]["scripts"]["zikao"].partition(":")
        program = f"import sys; sys.argv[0] = 'zikao'; from {module} import {name}; {name}()"
        return [str(self.python), "-c", program, *words]


async def check_out(named: str, folder: Path, say: Callable[[str], None]) -> CommitCheckout:
    """Makes the commit runnable in `folder`, which is the caller's to remove. Raises CommandFailed."""
    commit = await _found(named)
    say(f"checking out {commit}")
    tree, packed = folder / "tree", folder / "tree.tar"
    # An archive instead of a git worktree: whatever happens, nothing has to be taken out of the repository again.
    await run("git", "archive", "--format=tar", f"--output={packed}", commit, cwd=ROOT, seconds=GIT_SECONDS)
    await asyncio.to_thread(_unpack, packed, tree)
    packages, programs = await _requirements(tree, say)
    python = await asyncio.to_thread(_environment, folder / "environment", tree, packages, programs)
    say(f"generating the code of {commit}")
    make = ("make", "--no-print-directory", "gen", f"VENV={python.parents[1]}")
    await run(*make, cwd=tree, seconds=GENERATE_SECONDS)
    return CommitCheckout(commit, tree, python)


async def _found(named: str) -> str:
    asked = ("git", "rev-parse", "--verify", "--quiet", "--short", f"{named}^{{commit}}")
    try:
        return (await run(*asked, cwd=ROOT, seconds=GIT_SECONDS)).strip()
    except CommandFailed:
        raise CommandFailed(f"This repository has no commit that is called {named}.") from None


def _unpack(packed: Path, tree: Path) -> None:
    with tarfile.open(packed) as archive:
        archive.extractall(tree, filter="data")
    packed.unlink()


async def _requirements(tree: Path, say: Callable[[str], None]) -> tuple[Path, Path]:
    """The folders of packages and programs that the commit's lock file asks for."""
    locked = (tree / LOCK).read_bytes()
    if locked == (ROOT / LOCK).read_bytes():
        return Path(sysconfig.get_path("purelib")), Path(sys.executable).parent
    kept = KEPT / hashlib.sha256(locked).hexdigest()[:16]
    complete = kept / ".complete"
    if not complete.exists():
        say("its requirements are locked otherwise: installing them, once")
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(exist_ok=True)
        await run(sys.executable, "tools/setup.py", kept, cwd=tree, seconds=INSTALL_SECONDS)
        complete.touch()
    return _packages(kept), kept / "bin"


def _packages(environment: Path) -> Path:
    base = str(environment)
    return Path(sysconfig.get_path("purelib", "venv", vars={"base": base, "platbase": base}))


def _environment(folder: Path, tree: Path, packages: Path, programs: Path) -> Path:
    """A Python that finds the tree, its generated code and the packages, in this order; its program."""
    venv.create(folder, with_pip=False, symlinks=True)
    (_packages(folder) / "commit.pth").write_text(f"{tree}\n{tree / 'gen'}\n{packages}\n")
    for program in programs.iterdir():
        link = folder / "bin" / program.name
        if not link.exists():
            link.symlink_to(program)
    # `make` takes an environment with this file for one that is as the project file and the lock say.
    (folder / ".setup").touch()
    return folder / "bin" / "python"
