"""The demonstration catalogue, one candidate, and an instant inside the window."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chassis.clock import SHANGHAI
from services.enrollment.domain.catalogue import Catalogue, ExamSession, TimeRange
from services.enrollment.domain.course_rules.course_choice import offered
from services.enrollment.domain.gates import Facts, Participation
from services.enrollment.domain.imports.catalogue_import import plan_import
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.imports.immovable import Immovable
from services.enrollment.domain.registrations import IdentityState, Origin, ProofState, Registration, Standing
from services.enrollment.domain.selections import Selection, SelectionState
from services.enrollment.repository.catalogues.catalogue_from_rows import catalogue_from_rows

CATALOG = Path(__file__).parents[3] / "deploy" / "catalog"
NORMAL_UNIVERSITY, CHINESE = "10269", "050101"


@pytest.fixture(scope="session")
def files() -> list[CatalogueFile]:
    """The files of deploy/catalog."""
    return [CatalogueFile(path.name, path.read_bytes()) for path in sorted(CATALOG.glob("*.csv"))]


@pytest.fixture(scope="session")
def published() -> datetime:
    """When the texts of the catalogue were published."""
    return datetime(2026, 8, 1, 9, tzinfo=SHANGHAI)


@pytest.fixture(scope="session")
def catalogue(files: list[CatalogueFile], published: datetime) -> Catalogue:
    """The demonstration catalogue, as its files state it."""
    outcome = plan_import(files, {}, Immovable(), published)
    assert not outcome.problems
    tables = {change.table: list(change.upserts) for change in outcome.changes}
    sessions = [
        {
            **row,
            **dict.fromkeys(("close_time", "cancel_time", "refund_request_deadline")),
            "cancel_reason": "",
            "version": 1,
        }
        for row in tables.pop("exam_sessions")
    ]
    return catalogue_from_rows(1, {**tables, "exam_sessions": sessions})


@pytest.fixture
def session(catalogue: Catalogue) -> ExamSession:
    """Session 2026-10."""
    return catalogue.sessions["2026-10"]


@pytest.fixture
def now(session: ExamSession) -> datetime:
    """An instant inside the window."""
    return session.registration_start + timedelta(hours=1)


@pytest.fixture
def registration(published: datetime) -> Registration:
    """汉语言文学 at 华东师范大学, with a ticket number."""
    return Registration(
        registration_id="r-1",
        candidate_id="c-1",
        school_code=NORMAL_UNIVERSITY,
        major_code=CHINESE,
        origin=Origin.NEW,
        proof_state=ProofState.NOT_NEEDED,
        ticket_number="260000001",
        pledge_version="1",
        create_time=published,
    )


@pytest.fixture
def ready(registration: Registration, published: datetime) -> Facts:
    """A candidate to whom every gate is open."""
    return Facts(
        revision=1,
        standing=Standing("c-1", 5, True, True, IdentityState.VERIFIED, "RESIDENT_CARD"),
        participation=Participation(questionnaire_time=published, notice_version=1, district_code="310110"),
        registrations=(registration,),
    )


@pytest.fixture
def selected(
    catalogue: Catalogue, session: ExamSession, registration: Registration, now: datetime
) -> Callable[..., Selection]:
    """Makes a live selection of a course."""

    def make(course_code: str, state: SelectionState = SelectionState.DRAFT, **changes: object) -> Selection:
        choice = offered(catalogue, session, registration, course_code)
        occupies: TimeRange | None = choice.occupies
        selection = Selection(
            selection_id=f"s-{course_code}",
            candidate_id=registration.candidate_id,
            registration_id=registration.registration_id,
            session_id=session.session_id,
            course_code=course_code,
            course_kind=choice.course.kind,
            fee_fen=choice.fee_fen,
            state=state,
            occupies=occupies,
            create_time=now,
            update_time=now,
        )
        return replace(selection, **changes)

    return make
