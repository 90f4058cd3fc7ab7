"""Importing enrolled candidates from a file (ID-3, OP-1), against a suite that only answers."""

import asyncio
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from chassis.imports.enrolled_batches import BATCH
from cli.enrolled_import.file_import import import_candidates
from cli.enrolled_import.file_lines import FileUnusable, lines_of, survey_of
from cli.enrolled_import.resume_point import Progress
from cli.staff.api_client import ApiProblem

HEADER = "document_type,document_number,display_name,school_code,phone,major_code,ticket_number,passed_course_codes"


@dataclass
class Suite:
    """Answers as the contracts say: numbers with `bad` are refused, those with `long` are malformed."""

    people: list[str] = field(default_factory=list)
    tickets: dict[str, str] = field(default_factory=dict)
    logins: int = 0
    fails_after: int | None = None
    calls: int = 0
    expired: bool = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if request.url.path == "/v1/login-sessions":
            self.logins += 1
            return httpx.Response(200, json={"accessToken": f"token {self.logins}"})
        if self.expired and request.headers["authorization"] == "Bearer token 1":
            return _problem(401, "UNAUTHENTICATED")
        self.calls += 1
        if self.fails_after is not None and self.calls > self.fails_after:
            raise httpx.ConnectError("away")
        if request.url.path == "/v1/candidates:import":
            return self._people(body["rows"])
        return self._registrations(body["rows"])

    def _people(self, rows: list[dict[str, Any]]) -> httpx.Response:
        long = [place for place, row in enumerate(rows) if "long" in row["documentNumber"]]
        if long:
            return _problem(400, "INVALID_REQUEST", *(f"rows[{place}].document_number" for place in long))
        return httpx.Response(200, json={"results": [self._person(row) for row in rows]})

    def _person(self, row: dict[str, Any]) -> dict[str, Any]:
        number = row["documentNumber"]
        texts: dict[str, Any] = {"reason": "", "field": "", "messageZh": "", "messageEn": "", "differingFields": []}
        if "bad" in number or "documentType" not in row:
            texts = {"reason": "INVALID", "field": "document_number", "messageZh": "错", "messageEn": "wrong"}
            return {"outcome": "REFUSED", "candidateId": "", "differingFields": [], **texts}
        known = number in self.people
        if not known:
            self.people.append(number)
        return {"outcome": "ALREADY_PRESENT" if known else "CREATED", "candidateId": f"id of {number}", **texts}

    def _registrations(self, rows: list[dict[str, Any]]) -> httpx.Response:
        problems = [
            {"row": place, "column": "ticket_number", "expectedZh": "别的", "expectedEn": "another"}
            for place, row in enumerate(rows, 1)
            if row["ticketNumber"] == "taken"
        ]
        if problems:
            return httpx.Response(200, json={"applied": False, "added": 0, "problems": problems})
        fresh = {row["candidateId"]: row["ticketNumber"] for row in rows if row["candidateId"] not in self.tickets}
        self.tickets |= fresh
        return httpx.Response(200, json={"applied": True, "added": len(fresh), "problems": []})


def _problem(status: int, reason: str, *fields: str) -> httpx.Response:
    errors = [{"field": field, "reason": "TOO_LONG", "detail": "too long"} for field in fields]
    return httpx.Response(status, json={"reason": reason, "detail": "no", "errors": errors})


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> Iterator[Suite]:
    answering = Suite()
    client = lambda: httpx.AsyncClient(transport=httpx.MockTransport(answering.answer))  # noqa: E731
    monkeypatch.setattr("cli.enrolled_import.file_import.client", client)
    return answering


def written(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8-sig")
    return path


def row(number: str, *, document_type: str = "RESIDENT_CARD", ticket: str = "") -> str:
    return f"{document_type},{number},张三,10269,,{'050101' if ticket else ''},{ticket},00001 00002"


def imported(path: Path) -> bool:
    return asyncio.run(import_candidates(Console(quiet=True), path, "http://suite", "operator", "password"))


def faults(path: Path) -> list[tuple[int, str]]:
    with path.with_name(f"{path.name}.faults.csv").open(encoding="utf-8-sig") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


def test_a_file_is_imported_whole(suite: Suite, tmp_path: Path) -> None:  # ID-3, OP-1
    rows = [row(f"n{place}", ticket=f"t{place}") for place in range(3 * BATCH + 7)]
    path = written(tmp_path / "file.csv", *rows)
    assert imported(path)
    assert len(suite.people) == len(suite.tickets) == len(rows)
    assert [one.name for one in tmp_path.iterdir()] == ["file.csv"]


def test_importing_again_changes_nothing(suite: Suite, tmp_path: Path) -> None:  # OP-1
    path = written(tmp_path / "file.csv", row("n1", ticket="t1"), row("n2"))
    assert imported(path)
    assert imported(path)
    assert (suite.people, len(suite.tickets)) == (["n1", "n2"], 1)


def test_an_import_that_was_ended_goes_on_where_it_was(suite: Suite, tmp_path: Path) -> None:  # OP-1
    path = written(tmp_path / "file.csv", *(row("bad" if place == 3 else f"n{place}") for place in range(10 * BATCH)))
    suite.fails_after = 5
    with pytest.raises(ApiProblem, match="does not answer"):
        imported(path)
    done = Progress(path).done
    assert done in range(BATCH, 6 * BATCH)
    assert faults(path) == [(5, "INVALID")]
    suite.fails_after, suite.calls = None, 0
    assert not imported(path)
    assert suite.calls == 10 - done // BATCH
    assert len(suite.people) == 10 * BATCH - 1
    assert faults(path) == [(5, "INVALID")]


def test_a_file_that_was_changed_is_imported_from_its_beginning(suite: Suite, tmp_path: Path) -> None:  # OP-1
    path = written(tmp_path / "file.csv", *(row(f"n{place}") for place in range(10 * BATCH)))
    suite.fails_after = 5
    with pytest.raises(ApiProblem):
        imported(path)
    written(path, row("another"))
    suite.fails_after = None
    assert Progress(path).done == 0
    assert imported(path)
    assert "another" in suite.people


def test_every_bad_line_is_reported_and_leaves_the_others_alone(suite: Suite, tmp_path: Path) -> None:  # OP-1
    path = written(
        tmp_path / "file.csv",
        row("n1", ticket="t1"),
        row("bad"),
        "",
        row("n2", document_type="PASSPORT"),
        row("n3 long", ticket="t3"),
        row("n4", ticket="taken"),
        '"RESIDENT_CARD","n5","two\nlines",10269,,050101,t5,',
        row("n6", ticket="t6"),
    )
    assert not imported(path)
    assert suite.people == ["n1", "n4", "n5", "n6"]
    assert set(suite.tickets.values()) == {"t1", "t5", "t6"}
    assert faults(path) == [(3, "INVALID"), (5, "INVALID"), (6, "TOO_LONG"), (7, "ROW_REFUSED")]
    told = path.with_name("file.csv.faults.csv").read_text()
    assert not [word for word in ("张三", "n2", "n3", "taken") if word in told]


def test_a_long_import_logs_in_again(suite: Suite, tmp_path: Path) -> None:  # ID-14
    path = written(tmp_path / "file.csv", row("n1"))
    suite.expired = True
    assert imported(path)
    assert (suite.logins, suite.people) == (2, ["n1"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"document_type,display_name\n", "no column document_number, school_code"),
        (f"{HEADER},age\n".encode(), "nobody knows: age"),
        (b"", "no column"),
        (f"{HEADER}\n".encode() + "RESIDENT_CARD,1,张三,10269,,,,\n".encode("gbk"), "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_before_anything_is_done(
    suite: Suite, tmp_path: Path, content: bytes, said: str
) -> None:  # OP-1
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(FileUnusable, match=said):
        imported(path)
    assert suite.calls == 0


def test_a_file_is_read_a_line_at_a_time(tmp_path: Path) -> None:  # OP-1
    path = written(tmp_path / "file.csv", *(row(f"n{place}") for place in range(100)))
    assert survey_of(path).count == 100
    with lines_of(path) as lines:
        first = next(lines)
    assert (first.number, first.cells["document_number"], first.registers) == (2, "n0", False)
    assert "n0" not in repr(first)


def test_lines_that_contradict_each_other_are_reported_and_sent_nowhere(suite: Suite, tmp_path: Path) -> None:  # F-20
    path = written(tmp_path / "file.csv", row("n1", ticket="t1"), row("n2", ticket="t2"), row("n1", ticket="t3"))
    assert not imported(path)
    assert (suite.people, faults(path)) == (["n2"], [(2, "ROWS_CONTRADICT"), (4, "ROWS_CONTRADICT")])
