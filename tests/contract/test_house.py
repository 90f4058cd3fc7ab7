"""The house that a newcomer walks through: the same rooms, the same shapes, and nothing hidden between them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("bench", "chassis", "cli", "gateway", "sandbox", "services", "tools")
SERVICES: Final = ("enrollment", "identity", "payment", "review")
MOST_MODULES: Final = 15
LONGEST_MAIN: Final = 150

FILES: Final = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def named(files: list[Path]) -> list[object]:
    return [pytest.param(file, id=file.relative_to(ROOT).as_posix()) for file in files]


def in_room(room: str) -> list[Path]:
    """The modules of one room of every service."""
    return [file for file in FILES if re.match(rf"services/\w+/{room}(/|\.py$)", file.relative_to(ROOT).as_posix())]


def functions(file: Path) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    """The public functions of a module."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def classes(file: Path) -> Iterator[ast.ClassDef]:
    return (node for node in ast.parse(file.read_text()).body if isinstance(node, ast.ClassDef))


@pytest.mark.parametrize("file", named([file for file in FILES if file.name == "__init__.py"]))
def test_an_init_holds_no_code(file: Path) -> None:
    body = ast.parse(file.read_text()).body
    assert all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)


def test_no_folder_holds_more_than_one_can_take_in() -> None:
    sizes = {
        folder.relative_to(ROOT).as_posix(): len([file for file in folder.glob("*.py") if file.name != "__init__.py"])
        for folder in {file.parent for file in FILES}
    }
    full = {folder: size for folder, size in sizes.items() if size > MOST_MODULES}
    assert not full, f"make a folder of those that belong together, as in services/enrollment/domain/imports: {full}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_main_reads_as_a_list(service: str) -> None:
    main = ROOT / "services" / service / "main.py"
    assert len(main.read_text().splitlines()) <= LONGEST_MAIN
    found = {function.name: [one.arg for one in function.args.args] for function in functions(main)}
    expected = {"serve": ["config"], service: ["config", "clock"], "dependencies": ["config", "infra"]}
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_one_frozen_bag_of_dependencies(service: str) -> None:
    (bag,) = classes(ROOT / "services" / service / "dependencies.py")
    assert bag.name == "Dependencies"
    assert "frozen=True" in ast.unparse(bag.decorator_list[0])


@pytest.mark.parametrize("file", named(in_room("usecases")))
def test_a_use_case_takes_its_dependencies_first(file: Path) -> None:
    intents = [function for function in functions(file) if isinstance(function, ast.AsyncFunctionDef)]
    assert [function.name for function in intents if function.args.args[0].arg != "deps"] == []


@pytest.mark.parametrize("file", named(in_room("servicer")))
def test_a_servicer_is_one_class_made_from_its_contract_alone(file: Path) -> None:
    servicers = [kind for kind in classes(file) if kind.name.endswith("Servicer")]
    assert [kind.name for kind in servicers if len(kind.bases) != 1] == []
    for kind in servicers:
        assert ast.unparse(kind.bases[0]).rpartition(".")[2].endswith("ServiceServicer")


@pytest.mark.parametrize("file", named([file for file in FILES if file.parts[-3] != "migrations"]))
def test_statements_name_their_parameters(file: Path) -> None:
    """The driver's positions are made by `chassis.postgres.driver_statements` and stand nowhere else."""
    if file.relative_to(ROOT).parts[0] in {"chassis", "services"} and file.name != "sql.py":
        assert re.findall(r"\$\d", file.read_text()) == []


@pytest.mark.parametrize("file", named(in_room("repository") + in_room("adapters")))
def test_a_docstring_says_it_itself(file: Path) -> None:
    assert re.findall(r"[Aa]s the port says|[Tt]he port `", file.read_text()) == []
