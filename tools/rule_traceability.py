"""`make rules`: writes the end of docs/rules.md, which tests show each rule, from the tests that cite its number.

The sentences of docs/rules.md are written by hand, and so is what is not served yet. A test fails when the document and
the tests differ, when a number is cited that is not defined, and when a rule has no test and does not say why.
"""

import ast
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "rules.md"
MARK = "<!-- What follows is written by `make rules`. -->\n"

THEMES = ("front door", "pages", "opening day", "operations")
"""What will bring the rules that are not served yet."""

CITING = frozenset((".py", ".proto", ".md", ".html", ".js", ".css", ".po", ".toml", ".yaml", ".csv"))
SKIPPED = frozenset((".git", ".venv", ".zikao", "gen", "__pycache__"))

_DEFINED = re.compile(r"^### ((?:ID|EN|PA|RE|GW|OP|F)-\d+|Invariant \d)\b", re.MULTILINE)
_STATUS = re.compile(r"^> (Not yet|Partly) [^:]+: ([a-z, ]+)\.$", re.MULTILINE)
_CITED = re.compile(r"\b(ID|EN|PA|RE|GW|OP|F)-(\d+)(?:(?: to | … )\1-(\d+))?")
_INVARIANTS = re.compile(r"\b[Ii]nvariants? (\d)(?:( to |, | and )(\d))?(?: and (\d))?")


@dataclass(frozen=True, slots=True)
class Rule:
    """A number and what the document says of it; `status` is "", "Not yet" or "Partly"."""

    number: str
    text: str
    status: str = ""
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A test that cites a rule, or a whole file of them when `test` is empty."""

    file: str
    test: str = ""


def main() -> None:
    """Writes the document."""
    DOCUMENT.write_text(document())


def document() -> str:
    """The whole document, its end as the tests have it."""
    written = DOCUMENT.read_text().split(MARK)[0]
    rules = defined(written)
    return "\n".join([written + MARK, *_not_yet(rules), *_tests(rules, shown())])


def defined(text: str) -> list[Rule]:
    """The rules that the document defines, in its order."""
    _, *parts = _DEFINED.split(text.split(MARK)[0])
    return [_rule(number, body) for number, body in zip(parts[::2], parts[1::2], strict=True)]


def cited(text: str) -> set[str]:
    """The numbers that a text cites; `EN-5 to EN-8` are four."""
    found = {
        f"{kind}-{number}"
        for kind, first, last in _CITED.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }
    for first, between, second, third in _INVARIANTS.findall(text):
        numbers = range(int(first), int(second) + 1) if between == " to " else filter(None, (first, second, third))
        found |= {f"Invariant {number}" for number in numbers}
    return found


@cache
def citations() -> Mapping[str, frozenset[str]]:
    """The numbers that each file of the repository cites, by its path."""
    return {
        path.relative_to(ROOT).as_posix(): frozenset(cited(path.read_text()))
        for path in _files()
        if path.suffix in CITING
    }


@cache
def shown() -> Mapping[str, Sequence[Shown]]:
    """The tests that cite each number, in order. What a file says at its head holds for all its tests."""
    found: dict[str, set[Shown]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        file, text = path.relative_to(ROOT).as_posix(), path.read_text()
        tree = ast.parse(text)
        of_all = cited(ast.get_docstring(tree) or "")
        for number in of_all:
            found[number].add(Shown(file))
        for name, source in _functions(tree, text.splitlines()):
            for number in cited(source) - of_all:
                found[number].add(Shown(file, name))
    return {number: sorted(tests) for number, tests in found.items()}


def _files() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(set(folders) - SKIPPED)
        yield from (Path(folder, name) for name in sorted(names))


def _functions(tree: ast.Module, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every test of a module: its name, and its text with its decorators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield node.name, "\n".join(lines[first - 1 : node.end_lineno])


def _rule(number: str, body: str) -> Rule:
    status = _STATUS.search(body)
    if status is None:
        return Rule(number, body)
    return Rule(number, body, status[1], tuple(status[2].split(", ")))


def _not_yet(rules: Sequence[Rule]) -> Iterator[str]:
    yield from ("## Not yet", "", "By the theme that will bring them. 尚未实现的规则，按主题列出。", "")
    for theme in THEMES:
        for status in ("Not yet", "Partly"):
            numbers = [rule.number for rule in rules if rule.status == status and theme in rule.themes]
            if numbers:
                yield f"- **{theme}**, {status.lower()}: {', '.join(numbers)}"
    yield ""


def _tests(rules: Sequence[Rule], by_number: Mapping[str, Sequence[Shown]]) -> Iterator[str]:
    yield from ("## Tests", "", "The tests that cite each number, in comment, name or text. 引用各编号的测试。")
    for rule in rules:
        if tests := by_number.get(rule.number):
            yield from ("", f"### Tests of {rule.number}", "", *_listed(tests))
    yield ""


def _listed(tests: Sequence[Shown]) -> Iterator[str]:
    file = ""
    for shown in tests:
        if shown.file != file:
            file = shown.file
            yield f"- `{file}`" if shown.test else f"- `{file}`, the whole file"
        if shown.test:
            yield f"  - `{shown.test}`"


if __name__ == "__main__":
    main()
