"""A file of enrolled candidates is checked as a whole, then applied from the same copy, with progress (ID-3, OP-1)."""

import re

import pytest
from zikao.enrollment.v1 import enrollment_service_pb2
from zikao.identity.v1 import candidate_service_pb2

from chassis.errors import Code, FieldViolation, InvalidRequest, Refusal
from tests.integration.gateway.answering_services import Said
from tests.integration.gateway.logged_in_browser import Browser

PAGE = "/operation/candidates"
HEADER = "document_type,document_number,display_name,school_code,major_code,ticket_number"
People = candidate_service_pb2.ImportCandidatesRequest
Registrations = enrollment_service_pb2.ImportRegistrationsRequest
Outcome = candidate_service_pb2.ImportCandidatesResponse.Result


class Away(Refusal):
    reason = "IDENTITY_AWAY"
    code = Code.INTERNAL
    zh = "身份服务没有应答。"
    en = "Identity does not answer."


def file_of(count: int) -> bytes:
    rows = [f"RESIDENT_CARD,{number},某某,10269,050101,9{number}" for number in range(count)]
    return "\n".join([HEADER, *rows, ""]).encode("utf-8-sig")


class Importers:
    """Identity and enrollment, who take what they are sent unless a test says otherwise."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.refuse: dict[str, str] = {}
        browser.services.answers["CandidateService.ImportCandidates"] = self.people
        browser.services.answers["EnrollmentService.ImportRegistrations"] = self.registrations

    async def people(self) -> Said:
        answer = candidate_service_pb2.ImportCandidatesResponse()
        for row in self.browser.asked("CandidateService/ImportCandidates", People).rows:
            said = self.refuse.get(row.document_number, "")
            answer.results.add(
                outcome=Outcome.REFUSED if said else Outcome.CREATED, field="document_number", message_zh=said
            )
        answer.created = sum(one.outcome == Outcome.CREATED for one in answer.results)
        return answer

    async def registrations(self) -> Said:
        asked = self.browser.asked("EnrollmentService/ImportRegistrations", Registrations)
        return enrollment_service_pb2.ImportRegistrationsResponse(applied=not asked.dry_run, added=len(asked.rows))

    def calls(self, rpc: str = "ImportCandidates") -> list[tuple[int, bool]]:
        """How many rows each call had, and whether it was a check."""
        kind = People if rpc == "ImportCandidates" else Registrations
        wires = [one.wire for one in self.browser.services.asked if one.path.endswith(f"/{rpc}")]
        return [(len(asked.rows), asked.dry_run) for asked in map(kind.FromString, wires)]


@pytest.fixture
def importers(operator: Browser) -> Importers:
    return Importers(operator)


async def send(browser: Browser, content: bytes, then: str) -> str:
    fields = {"csrf_token": browser.form_token, "then": then}
    answer = await browser.http.post(PAGE, data=fields, files={"file": ("candidates.csv", content)})
    return answer.text


async def test_a_check_changes_nothing(operator: Browser, importers: Importers) -> None:
    page = await send(operator, file_of(3), "check")
    assert "检查通过，尚未导入。" in page
    assert importers.calls() == [(3, True)]
    assert importers.calls("ImportRegistrations") == [(3, True)]


async def test_a_long_file_goes_batch_by_batch_and_is_checked_to_its_end_first(
    operator: Browser, importers: Importers
) -> None:
    page = await send(operator, file_of(1100), "import")
    assert importers.calls() == [
        (500, True),
        (500, True),
        (100, True),
        (500, False),
        (500, False),
        (100, False),
    ]
    assert re.findall(r'<progress max="1100" value="(\d+)"', page) == ["500", "1000", "1100"] * 2
    assert "已导入。" in page
    assert page.rstrip().endswith("</html>")


async def test_with_one_bad_line_nothing_is_imported(operator: Browser, importers: Importers) -> None:
    importers.refuse["777"] = "校验码有误"
    page = await send(operator, file_of(1100), "import")
    assert {check for _, check in importers.calls()} == {True}
    assert "没有导入任何内容" in page
    assert '<th scope="row" data-label="行">779</th>' in page  # the header is line 1
    assert "校验码有误" in page
    assert "777" not in re.sub(r"<progress[^>]*>", "", page).replace("779", "")


async def test_lines_that_contradict_each_other_are_named_in_the_check(
    operator: Browser, importers: Importers
) -> None:  # F-20, EN-20
    rows = ["RESIDENT_CARD,1,某某,10269,050101,91", "RESIDENT_CARD,1,某某,10269,050101,92"]
    page = await send(operator, "\n".join((HEADER, *rows)).encode(), "import")
    assert importers.calls() == []
    assert "与第 3 行矛盾" in page
    assert "与第 2 行矛盾" in page


async def test_accounts_that_say_otherwise_than_the_file_are_listed(
    operator: Browser, importers: Importers
) -> None:  # EN-20
    answer = candidate_service_pb2.ImportCandidatesResponse()
    answer.results.add(outcome=Outcome.ALREADY_PRESENT, candidate_id="c", differing_fields=["display_name", "phone"])
    operator.services.answers["CandidateService.ImportCandidates"] = answer
    page = await send(operator, file_of(1), "check")
    assert "已有账户，但与文件不同" in page
    assert "<code>display_name, phone</code>" in page


async def test_a_line_that_the_contract_refuses_is_named_and_hides_no_other(
    operator: Browser, importers: Importers
) -> None:
    takes, once = importers.people, iter([True])

    async def refusing() -> Said:
        if next(once, False):
            return InvalidRequest(fields=[FieldViolation("rows[1].display_name", "TOO_LONG", "太长", "too long")])
        return await takes()

    operator.services.answers["CandidateService.ImportCandidates"] = refusing
    page = await send(operator, file_of(3), "import")
    assert [rows for rows, _ in importers.calls()] == [3, 2]
    assert '<th scope="row" data-label="行">3</th>' in page
    assert "太长" in page


async def test_an_interruption_says_how_to_go_on(operator: Browser, importers: Importers) -> None:
    operator.services.answers["CandidateService.ImportCandidates"] = Away()
    page = await send(operator, file_of(3), "import")
    assert "重新导入同一文件即可继续" in page
    assert page.rstrip().endswith("</html>")


async def test_what_nobody_foresaw_ends_the_page_in_words(operator: Browser, importers: Importers) -> None:
    del operator.services.answers["EnrollmentService.ImportRegistrations"]
    operator.services.answers["CandidateService.ImportCandidates"] = candidate_service_pb2.ImportCandidatesResponse()
    page = await send(operator, file_of(3), "import")
    assert "未能完成" in page
    assert page.rstrip().endswith("</html>")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("考生\n".encode("gbk"), "不是 UTF-8 编码", id="another encoding"),
        pytest.param(b"name\n", "缺少列 document_type", id="no such columns"),
        pytest.param(f"{HEADER},age\n".encode(), "无法识别的列 age", id="a column too many"),
    ],
)
async def test_a_file_that_is_none_is_a_mistake_at_its_input(operator: Browser, content: bytes, said: str) -> None:
    page = await send(operator, content, "check")
    assert '<a href="#file">' in page
    assert said in page
    assert operator.services.asked == []
