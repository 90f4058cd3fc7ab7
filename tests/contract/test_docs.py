"""What the documents name exists: files, commands, settings, constraints, RPCs, and every quote of the code.

Their lines can be read, and their diagrams are what the lists say.
"""

import importlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from google.protobuf.descriptor import MethodDescriptor

from chassis.postgres.migrations import SERVICES
from cli.deployment.service_process import MODULES
from cli.main import app
from gateway.contracts.rpcs import Contracts
from tests.support.environment_variables import settings_of
from tools.diagrams import FOLDER, pictures
from tools.text_wrapping import COLUMNS, width

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "README.zh-CN.md",
    "CONTRIBUTING.md",
    "bench/README.md",
    "deploy/catalog/README.md",
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))),
)
READ_BY_PEOPLE = (
    *DOCUMENTS,
    "bench/RESULTS.md",
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "protos").rglob("*.proto"))),
)
INVARIANTS = "docs/architecture/invariants.md"
OVERVIEW = "docs/architecture/overview.md"

MADE = ("gen/", ".venv", ".zikao")
"""Made by commands, so not in a fresh checkout."""

MADE_BY_HAND = {"docs/operations.md": {"sandbox/merchants/zikao.pem", "accounts.json", "deploy/.env"}}
"""Files that people or a suite make, and files named relative to a suite's own folders."""

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASVS_SECTIONS = (5, 4, 7, 4, 4, 8, 6, 4, 2, 7, 7, 3, 4, 3, 4, 5, 3)
"""Of each chapter of OWASP ASVS 5.0.0."""
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
ADDRESS = re.compile(r"https?://\S+")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PATH = re.compile(r"[\w.*{},-]+(/[\w.*{},-]+)+/?|[\w-]+\.(py|md|toml|yaml|proto|csv|svg|txt|binpb|json)")
TARGET = re.compile(r"\bmake ([a-z]+)\b")
SETTING = re.compile(r"\bZIKAO_[A-Z0-9_]*[A-Z0-9]\b")


def text_of(document: str) -> str:
    return (ROOT / document).read_text()


def prose_of(document: str) -> str:
    """A document without its fenced blocks."""
    return FENCE.sub("", text_of(document))


def section(document: str, title: str) -> str:
    """What stands under a heading of the second level."""
    return text_of(document).split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def commands_in(document: str) -> Iterator[str]:
    """What a reader may type: inline code, and the lines of blocks that are no quotes."""
    yield from INLINE.findall(prose_of(document))
    for language, block in FENCE.findall(text_of(document)):
        if not language:
            yield from block.splitlines()


def anchors(file: Path) -> set[str]:
    """The fragments under which the headings of a document are found."""
    headings = HEADING.findall(FENCE.sub("", file.read_text()))
    return {re.sub(r"[^\w\s-]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@cache
def names_of_files() -> frozenset[str]:
    """The names of all files that are not made."""
    skipped = {".git", ".venv", ".zikao", "gen", "__pycache__"}
    return frozenset(path.name for path in ROOT.rglob("*") if not skipped.intersection(path.parts))


def exists(name: str) -> bool:
    """Whether a path, which may hold `*`, a room, or the bare name of a file is there."""
    if "/" not in name:
        return name in names_of_files()
    return any(ROOT.glob(name.rstrip("/"))) or (ROOT / f"{name}.py").exists()


def words_of(room: str) -> str:
    """What a file says, or the room of that name: a file or a folder."""
    place = ROOT / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place if place.suffix else place.with_suffix(".py")]
    return "\n".join(file.read_text() for file in files)


def is_path_of_ours(code: str) -> bool:
    """Whether inline code looks like a path of the checkout; addresses, media types and rooms are none."""
    if not PATH.fullmatch(code) or code.startswith(MADE):
        return False
    return "/" not in code or (ROOT / code.split("/")[0]).exists()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document) -> None:
    missing = []
    for link in map("".join, LINK.findall(prose_of(document))):
        target, _, fragment = link.partition("#")
        if "://" in target:
            continue
        file = ((ROOT / document).parent / target) if target else ROOT / document
        if not file.exists() or (fragment and fragment not in anchors(file)):
            missing.append(link)
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_named_is_there(document) -> None:
    named = {code for code in INLINE.findall(prose_of(document)) if is_path_of_ours(code)}
    assert {code for code in named if not exists(code)} <= MADE_BY_HAND.get(document, set())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_is_one(document) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = {target for command in commands_in(document) for target in TARGET.findall(command)}
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_zikao_command_is_one(document) -> None:
    for command in commands_in(document):
        words = command.split()
        if words[:1] == ["zikao"]:
            assert is_command(words[1:]), command


def is_command(words: list[str]) -> bool:
    """Whether the words lead to a command; `a|b` means either of two, and what follows a command are its arguments."""
    node: Any = typer.main.get_command(app)
    for position, word in enumerate(words):
        commands = getattr(node, "commands", None)
        if commands is None:
            return True
        if "|" in word:
            return all(is_command([*words[:position], one]) for one in word.split("|"))
        if word not in commands:
            return False
        node = commands[word]
    return True


def settings() -> set[str]:
    """Every environment variable with our prefix that a process or the command line reads."""
    return {name for process in MODULES for name in settings_of(process)} | set(_options())


def _options() -> Iterator[str]:
    waiting: list[Any] = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        for parameter in command.params:
            variables = parameter.envvar if isinstance(parameter.envvar, list) else [parameter.envvar]
            yield from (name for name in variables if name and name.startswith("ZIKAO_"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_named_is_read(document) -> None:
    groups = {name.rsplit("__", 1)[0] for name in settings() if "__" in name}
    named = set(SETTING.findall(text_of(document)))
    assert named <= settings() | groups


def test_every_setting_is_explained() -> None:
    assert settings() <= set(SETTING.findall(text_of("docs/settings.md")))


def test_every_constraint_that_states_an_invariant_is_in_a_migration() -> None:
    migrations = "".join(path.read_text() for path in ROOT.glob("services/*/migrations/versions/*.py"))
    migrations += text_of("chassis/postgres/audit_chain.py")  # what the definition of shared tables makes with them
    for service in SERVICES:  # the naming convention makes many; another test holds models and schema together
        for table in importlib.import_module(f"services.{service}.tables").metadata.tables.values():
            migrations += " ".join(str(made.name) for made in (*table.constraints, *table.indexes))
    items = re.split(r"^- ", section(INVARIANTS, "The constraint that states each"), flags=re.MULTILINE)[1:]
    named = {name for item in items for name in INLINE.findall(item)}
    assert all(INLINE.search(item) for item in items)
    assert len(items) > 30
    assert {name for name in named if name not in migrations} == set()


def test_the_list_of_what_is_not_served_is_true() -> None:
    listed = re.findall(r"^- `(\w+\.\w+)`", section(OVERVIEW, "Not served yet"), re.MULTILINE)
    assert set(listed) == set(unserved())


def test_security_is_held_against_every_section_of_the_standard() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section("docs/security.md", "OWASP ASVS 5.0").splitlines()
        if line.startswith("| V")
    ]
    sections = [f"V{chapter}.{one}" for chapter, most in enumerate(ASVS_SECTIONS, 1) for one in range(1, most + 1)]
    assert [row[0] for row in rows] == sections
    assert {row[2] for row in rows} <= {"met", "partly", "not", "n.a."}
    # What is met names what shows it: a test, a module, or where it is written; all paths named are checked elsewhere.
    assert [row[0] for row in rows if row[2] == "met" and not re.search("`[a-z]+/|]\\(", row[3])] == []
    told = re.search(r"满足 (\d+) 节，部分满足 (\d+) 节，未满足 (\d+) 节，不适用 (\d+) 节", text_of("docs/security.md"))
    assert told
    counts = Counter(row[2] for row in rows)
    assert [counts[state] for state in ("met", "partly", "not", "n.a.")] == [int(number) for number in told.groups()]


@pytest.mark.parametrize("document", READ_BY_PEOPLE)
def test_no_line_is_too_wide(document: str) -> None:
    wide = {
        number: line
        for number, line in enumerate(text_of(document).splitlines(), 1)
        if width(ADDRESS.sub("", line)) > COLUMNS
    }
    assert wide == {}


def test_every_diagram_is_what_its_list_says() -> None:
    assert {file.name: file.read_text() == svg for file, svg in pictures()} == dict.fromkeys(
        (file.name for file in FOLDER.glob("*.svg")), True
    ), "run `make diagrams`"


def unserved() -> Iterator[str]:
    """The RPCs of the contracts that no servicer defines. Names of RPCs are unique, which is checked here too.

    Only what several services answer in the same way, with one class of the chassis, has one name.
    """
    methods = [method for service in Contracts.load().services for method in service.methods]
    ours = [method for method in methods if method.full_name.startswith("zikao.")]
    kinds = {(method.name, method.input_type.full_name) for method in ours}
    assert max(Counter(name for name, _ in kinds).values()) == 1
    shared = rpcs_in((ROOT / "chassis").rglob("*.py"))
    return (
        f"{method.containing_service.name}.{method.name}"
        for method in ours
        if method.name not in shared and method.name not in rpcs_in(wired_servicers(method))
    )


def rpcs_in(files: Iterable[Path]) -> set[str]:
    """What the servicers in the files answer."""
    return {
        name for file in files for name in re.findall(r"^    async def ([A-Z]\w+)\(", file.read_text(), re.MULTILINE)
    }


def wired_servicers(method: MethodDescriptor) -> Iterator[Path]:
    """Where the contract's package has its servicers, if its `main` serves all of them."""
    service = ROOT / "services" / method.containing_service.file.package.split(".")[1]
    if "servicers_in(servicer, deps)" in (service / "main.py").read_text():
        yield from (*service.glob("servicer.py"), *service.glob("servicer/*.py"))


@pytest.mark.parametrize("guide", ["docs/adding-an-rpc.md", "docs/adding-a-thing.md"])
def test_every_quote_is_what_the_file_says(guide: str) -> None:
    quotes = [block for language, block in FENCE.findall(text_of(guide)) if language]
    assert len(quotes) > 5
    for quote in quotes:
        source, _, quoted = quote.partition("\n")
        assert quoted in words_of(source.strip("/# ")), source
