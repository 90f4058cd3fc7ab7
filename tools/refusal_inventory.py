"""Finds what the suite refuses: every kind of refusal with its owner and what comes along with it, and every condition
with what to do about it (GW-3, EN-2).
"""

import ast
import importlib
import inspect
import pkgutil
import string
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import chassis
from chassis.errors import Refusal, Unmet, refusals
from chassis.postgres.migrations import SERVICES
from services.enrollment.domain.gates import Obstacle

ROOT = Path(__file__).resolve().parent.parent
OWNERS = ("gateway", "chassis", *SERVICES)
"""In the order in which a request meets them."""

BESIDE = ("fields", "unmet", "retry_after")
"""What may come along with a refusal beside its metadata."""

CONDITIONS = (Unmet, Obstacle)
"""What a condition is made with."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is missing, named in a refusal's `unmet`, and what to do about it."""

    reason: str
    zh: str
    en: str
    action: str


def owner_of(kind: type[Refusal]) -> str:
    """`identity` for what is defined in `services.identity`; else the package."""
    return kind.__module__.removeprefix("services.").split(".")[0]


def folder_of(owner: str) -> Path:
    """Where an owner's code is."""
    return ROOT / "services" / owner if owner in SERVICES else ROOT / owner


def kinds() -> list[type[Refusal]]:
    """Every kind of refusal, by owner and then in the order of the code."""
    for module in pkgutil.walk_packages(chassis.__path__, "chassis."):
        importlib.import_module(module.name)
    for name in ("gateway.errors", *(f"services.{service}.errors" for service in SERVICES)):
        importlib.import_module(name)
    ours = [kind for kind in refusals() if owner_of(kind) in OWNERS]
    return sorted(ours, key=lambda kind: (OWNERS.index(owner_of(kind)), kind.__module__, _line_of(kind)))


def metadata_of(kind: type[Refusal]) -> list[str]:
    """The names of a refusal's metadata: those its texts ask for and those it is raised with."""
    asked = {name for text in (kind.zh, kind.en) for _, name, _, _ in string.Formatter().parse(text) if name}
    return sorted((asked | _raised_with(kind)) - set(BESIDE))


def beside_of(kind: type[Refusal]) -> list[str]:
    """Which of BESIDE comes along with a refusal."""
    return [name for name in BESIDE if name in _raised_with(kind)]


def conditions_of(owner: str) -> list[Condition]:
    """The conditions that an owner's code names, in its order, each once."""
    made = [
        _condition(kind, call)
        for file in _files(folder_of(owner))
        for kind in CONDITIONS
        for call in file.calls_of(kind)
        if call.args and isinstance(call.args[0], ast.Constant)
    ]
    return list(dict.fromkeys(made))


def _raised_with(kind: type[Refusal]) -> set[str]:
    owner = owner_of(kind)
    # What the chassis defines is raised by everybody.
    folders = [folder_of(one) for one in OWNERS] if owner == "chassis" else [folder_of(owner)]
    return {
        keyword.arg
        for folder in folders
        for file in _files(folder)
        for call in file.calls_of(kind)
        for keyword in call.keywords
        if keyword.arg
    }


def _condition(kind: type[Unmet] | type[Obstacle], call: ast.Call) -> Condition:
    given = dict(zip((field.name for field in fields(kind)), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    said = {name: _text(value) for name, value in given.items()}
    return Condition(said["reason"], said["zh"], said["en"], said.get("action") or said.get("next_action", ""))


def _text(said: ast.expr) -> str:
    """A constant as it is, the name of an enum's value, a template with its places in braces; … where it varies."""
    match said:
        case ast.Constant(value=value):
            return str(value)
        case ast.Attribute(attr=name):
            return name
        case ast.JoinedStr(values=parts):
            return "".join(map(_text, parts))
        case ast.Name(id="zh" | "en") | ast.FormattedValue(value=ast.Name(id="zh" | "en")):
            return "…"
        case ast.FormattedValue(value=value):
            return f"{{{ast.unparse(value)}}}"
    return ast.unparse(said)


def _line_of(kind: type[Refusal]) -> int:
    return inspect.getsourcelines(kind)[1]


@dataclass(frozen=True, slots=True)
class _File:
    """A module: what it is called, where its names come from, and what it calls by a plain name."""

    module: str
    imported: frozenset[tuple[str, str]]
    calls: tuple[tuple[str, ast.Call], ...]

    def calls_of(self, kind: type) -> list[ast.Call]:
        """Where `kind` is made, and not something else of its name: contracts and rooms have words in common."""
        if self.module != kind.__module__ and (kind.__module__, kind.__name__) not in self.imported:
            return []
        return [call for name, call in self.calls if name == kind.__name__]


@cache
def _files(folder: Path) -> tuple[_File, ...]:
    return tuple(map(_file, sorted(folder.rglob("*.py"))))


def _file(path: Path) -> _File:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return _File(
        module=".".join(path.relative_to(ROOT).with_suffix("").parts),
        imported=frozenset((node.module or "", alias.name) for node in imports for alias in node.names),
        calls=tuple(
            (node.func.id, node) for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ),
    )
