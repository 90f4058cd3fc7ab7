"""Tests follow the house: whoever knows where a thing is, knows where its tests are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = ROOT / "tests"
LONGEST_CONFTEST: Final = 150
"""Lines. Beyond that, what a fixture is made of moves to a module of its own."""

UNDER_WORK: Final[frozenset[str]] = frozenset()
"""Packages whose tests do not follow their rooms yet. To be emptied; nothing may be added."""

ELSEWHERE: Final[set[str]] = set()
"""Folders of tests that stand for a room of another package, until that package's tests are moved."""

WHOLE_SUITE: Final = {"schemas"}
"""Folders of tests that are about something that every service has."""

ACROSS_ROOMS: Final[dict[str, str]] = {
    "integration/enrollment/test_invariants_at_random.py": "the invariants, whatever happens in whatever order",
    "integration/enrollment/test_notices_to_candidates.py": "what candidates are told of others' decisions",
    "integration/sandbox/test_command_line.py": "`zikao sandbox`, a part of the command line, on a running sandbox",
    "unit/tools/test_makefile.py": "the Makefile, which calls the tools",
}
"""Test modules that are about more than one room, with what they are about instead."""


def package_of(name: str) -> Path:
    """The folder of the package that the tests in a folder `name` are about."""
    service = ROOT / "services" / name
    return service if service.is_dir() else ROOT / name


def mirrored() -> Iterator[tuple[str, Path]]:
    """Every folder under tests/unit and tests/integration that stands for a package, with its path."""
    for kind in ("unit", "integration"):
        for folder in sorted((TESTS / kind).iterdir()):
            if folder.is_dir() and folder.name not in {"__pycache__", *ELSEWHERE, *WHOLE_SUITE}:
                yield folder.name, folder


FOLDERS: Final = list(mirrored())
FINISHED: Final = [
    pytest.param(name, folder, id=f"{folder.parent.name}/{name}") for name, folder in FOLDERS if name not in UNDER_WORK
]


def names_in(room: Path) -> set[str]:
    """The modules and rooms in a room, and in the rooms in it."""
    found = [path for path in room.rglob("*") if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")]
    return {path.stem for path in found}


def is_named_for(tested: str, names: set[str]) -> bool:
    """Whether it is one of the names, or one of them and what of it: `refunds_at_scale` is about `refunds`."""
    return any(tested == name or tested.startswith(f"{name}_") for name in names)


@pytest.mark.parametrize("package", sorted({name for name, _ in FOLDERS}))
def test_every_folder_of_tests_stands_for_a_package(package: str) -> None:
    assert package_of(package).is_dir(), f"there is no package {package}"


@pytest.mark.parametrize(("package", "folder"), FINISHED)
def test_every_test_module_is_named_for_what_it_tests_and_lies_in_its_room(package: str, folder: Path) -> None:
    lost = []
    for module in sorted(folder.rglob("test_*.py")):
        place = module.relative_to(folder)
        room = package_of(package) / place.parent
        known = room.is_dir() and is_named_for(place.stem.removeprefix("test_"), names_in(room))
        if not known and module.relative_to(TESTS).as_posix() not in ACROSS_ROOMS:
            lost.append(f"{module.relative_to(ROOT)}: nothing in {room.relative_to(ROOT)} is called so")
    assert not lost, "\n".join(lost)


def test_no_file_of_fixtures_is_too_long_to_read() -> None:
    lengths = {path.relative_to(TESTS): len(path.read_text().splitlines()) for path in TESTS.rglob("conftest.py")}
    finished = {path: lines for path, lines in lengths.items() if not UNDER_WORK & set(path.parts)}
    assert {str(path): lines for path, lines in finished.items() if lines > LONGEST_CONFTEST} == {}


def test_what_is_excepted_is_there() -> None:
    assert {name for name, _ in FOLDERS} >= UNDER_WORK
    for name in ELSEWHERE | WHOLE_SUITE:
        assert (TESTS / "integration" / name).is_dir(), f"take {name} off the list"
    for module in ACROSS_ROOMS:
        assert (TESTS / module).exists(), f"take {module} off the list"
