"""Planning an import: read every file, check every row against the catalogue as it would be, and state the
difference (EN-1).

All or nothing: as long as there is one problem there are no changes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.enrollment.domain.catalogue import EVERYWHERE, TextKind
from services.enrollment.domain.imports.catalogue_draft import CatalogueDraft, Change
from services.enrollment.domain.imports.file_formats import SPECS, TABLES, Key, Replaces, Row, Spec, Tables, names_none
from services.enrollment.domain.imports.file_rows import File, Line, read_file, table_name
from services.enrollment.domain.imports.immovable import Immovable, moved
from services.enrollment.domain.imports.problems import Expected, Problem, problem
from services.enrollment.domain.imports.removals import removals_to_confirm
from services.enrollment.errors import RemovalsUnconfirmed


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What became of one file's rows."""

    file: str
    rows: int
    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every problem, or else every change, and how many removals must be named before they are made (EN-20)."""

    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    files: tuple[FileSummary, ...]
    removals_to_confirm: int = 0


def require_removals_named(outcome: Outcome, remove: int) -> None:
    """EN-20: who removes much says how much. Raises RemovalsUnconfirmed."""
    if outcome.removals_to_confirm not in (0, remove):
        raise RemovalsUnconfirmed(removals=str(outcome.removals_to_confirm))


def plan_import(files: Sequence[File], present: Tables, immovable: Immovable, now: datetime) -> Outcome:
    """Reads `files` against the catalogue as it is; new versions of texts are dated `now`."""
    problems: list[Problem] = _names_at_fault(files)
    known = [file for file in files if table_name(file.name) in SPECS]
    read = {table_name(file.name): read_file(SPECS[table_name(file.name)], file, problems) for file in known}
    draft = CatalogueDraft({table: dict(present.get(table, {})) for table in TABLES})
    for name, spec in SPECS.items():
        if name in read:
            _apply(spec, read[name], draft, now)
    problems += _dangling(draft, read)
    problems += moved(draft, present, immovable)
    changes = tuple(change for table in TABLES if (change := _difference(table, present, draft)) is not None)
    names = {table_name(file.name): file.name for file in known}
    summaries = tuple(_summary(SPECS[key], names[key], lines, changes, present) for key, lines in read.items())
    ordered = tuple(sorted(problems, key=lambda each: (each.file, each.line, each.column)))
    if ordered:
        return Outcome(ordered, (), summaries)
    return Outcome((), changes, summaries, removals_to_confirm(changes, present))


def _names_at_fault(files: Sequence[File]) -> list[Problem]:
    known = Expected(f"以下文件之一：{', '.join(SPECS)}", f"one of {', '.join(SPECS)}")
    once = Expected("每个文件只出现一次", "each file once")
    unknown = [problem(file.name, 0, "", file.name, known) for file in files if table_name(file.name) not in SPECS]
    counts = Counter(table_name(file.name) for file in files)
    again = {file.name for file in files if counts[table_name(file.name)] > 1}
    return unknown + [problem(name, 0, "", name, once) for name in sorted(again)]


def _apply(spec: Spec, lines: list[Line], draft: CatalogueDraft, now: datetime) -> None:
    _make_room(spec, lines, draft.tables[spec.table])
    for position, line in enumerate(lines):
        match spec.table:
            case "plan_courses" | "plan_groups" if line.row["school_code"] == EVERYWHERE:
                _put_at_every_host(spec, line, draft)
            case "questions":
                draft.put(spec.table, {**line.row, "position": position, "options": list(_sequence(line))}, line)
            case "published_texts":
                _put_text(draft, line, line.row, now)
            case "exam_sessions":
                draft.put(spec.table, line.row, line)
                _put_text(draft, line, _notice(line.row), now)
            case _:
                draft.put(spec.table, line.row, line)


def _make_room(spec: Spec, lines: list[Line], entries: dict[Key, Row]) -> None:
    """Takes away what the file replaces."""
    if spec.replaces is Replaces.ALL:
        entries.clear()
    elif spec.replaces is Replaces.SESSION:
        named = {line.row["session_id"] for line in lines}
        for key in [key for key, row in entries.items() if row["session_id"] in named]:
            del entries[key]


def _sequence(line: Line) -> Iterable[object]:
    options = line.row["options"]
    assert isinstance(options, list | tuple)
    return options


def _put_at_every_host(spec: Spec, line: Line, draft: CatalogueDraft) -> None:
    own = draft.lines
    for host in list(draft.tables["hosts"].values()):
        if host["major_code"] != line.row["major_code"]:
            continue
        row = {**line.row, "school_code": host["school_code"]}
        present = own.get((spec.table, spec.key_of(row)))
        if (
            present is None or present.row["school_code"] == EVERYWHERE
        ):  # a school's own row stands before the common one
            draft.put(spec.table, row, line)


def _notice(session: Row) -> Row:
    return {
        "kind": TextKind.SESSION_NOTICE.value,
        "scope": session["session_id"],
        "title_zh": f"{session['display_name_zh']}报名须知",
        "title_en": f"Notice: {session['display_name_en']}",
        "body_zh": session["notice_zh"],
        "body_en": session["notice_en"],
    }


def _put_text(draft: CatalogueDraft, line: Line, words: Row, now: datetime) -> None:
    """A changed text becomes a new version; the words of the newest version again change nothing."""
    same = ("kind", "scope")
    texts = draft.tables["published_texts"].values()
    versions = [row for row in texts if all(row[column] == words[column] for column in same)]
    newest = max(versions, key=_version, default=None)
    if newest is not None and all(newest[column] == value for column, value in words.items()):
        return
    version = _version(newest) + 1 if newest else 1
    draft.put("published_texts", {**words, "version": version, "create_time": now}, line)


def _version(row: Row) -> int:
    version = row["version"]
    assert isinstance(version, int)
    return version


def _dangling(draft: CatalogueDraft, read: Mapping[str, list[Line]]) -> list[Problem]:
    """Entries that name what would not exist, whether the naming row or the missing one is at fault."""
    found = []
    reported: set[tuple[str, int, str]] = set()
    for table, spec in TABLES.items():
        for key, row in draft.tables[table].items():
            for reference in spec.references:
                named = tuple(row[column] for column in reference.columns)
                if any(names_none(value) for value in named) or named in draft.tables[reference.table]:
                    continue
                line = draft.lines.get((table, key))
                file, number = (line.file, line.number) if line else (spec.file, 0)
                where = (file, number, reference.columns[-1])
                if where not in reported or line is None:
                    reported.add(where)
                    target = TABLES[reference.table].file
                    expected = Expected(f"{target} 中已有的代码", f"a code that {target} has")
                    found.append(problem(*where, "/".join(map(str, named)), expected))
    return found + _unhosted(draft, read)


def _unhosted(draft: CatalogueDraft, read: Mapping[str, list[Line]]) -> list[Problem]:
    """Plan rows for every host of a major that nobody hosts would vanish silently; they are reported."""
    hosted = {row["major_code"] for row in draft.tables["hosts"].values()}
    expected = Expected("有学校主考的专业", "a major that some school hosts")
    return [
        problem(line.file, line.number, "major_code", str(line.row["major_code"]), expected)
        for name in ("plan_courses.csv", "plan_groups.csv")
        for line in read.get(name, ())
        if line.row["school_code"] == EVERYWHERE and line.row["major_code"] not in hosted
    ]


def _difference(table: str, present: Tables, draft: CatalogueDraft) -> Change | None:
    before, after = present.get(table, {}), draft.tables[table]
    upserts = tuple(row for key, row in after.items() if before.get(key) != row)
    deletes = tuple(key for key in before if key not in after)
    return Change(table, upserts, deletes) if upserts or deletes else None


def _summary(spec: Spec, name: str, lines: list[Line], changes: Sequence[Change], present: Tables) -> FileSummary:
    change = next((change for change in changes if change.table == spec.table), Change(spec.table, (), ()))
    before = present.get(spec.table, {})
    added = sum(spec.key_of(row) not in before for row in change.upserts)
    return FileSummary(name, len(lines), added, len(change.upserts) - added, len(change.deletes))
