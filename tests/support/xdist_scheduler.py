"""How tests are dealt out to workers."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

SHARED_SUITE_FOLDERS: Final = ("tests/e2e/", "tests/browser/", "tests/security/")
"""Folders whose tests share one running suite, and with it a worker."""


class SharedSuiteScheduling(LoadScopeScheduling):
    """By folder where a folder shares a running suite; the rest by module, since a module has a database of its own."""

    def _split_scope(self, nodeid: str) -> str:
        return folder_of(nodeid) or nodeid.partition("::")[0]


def folder_of(nodeid: str) -> str | None:
    """The folder with a shared suite that a test lies in, or None."""
    return next((folder for folder in SHARED_SUITE_FOLDERS if nodeid.startswith(folder)), None)


def turn_of(nodeid: str) -> int:
    """When a test begins: what takes longest as a whole begins first, end-to-end before pages, all others last."""
    folder = folder_of(nodeid)
    return len(SHARED_SUITE_FOLDERS) if folder is None else SHARED_SUITE_FOLDERS.index(folder)
