"""What the tests of enrollment play with: stand-ins for identity and payment, a candidate, and where things lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chassis.errors import Refusal, ServiceUnavailable
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import TextKind
from services.enrollment.domain.checkouts import Checkout, OrderFate
from services.enrollment.domain.papers import PaperHolder
from services.enrollment.domain.questionnaires import Answer
from services.enrollment.domain.registrations import Registration, Standing
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import OrderRefused
from services.enrollment.usecases import selections, session_preliminaries

CATALOG = Path(__file__).parents[3] / "deploy" / "catalog"
SESSION = "2026-10"
NORMAL_UNIVERSITY, CHINESE = "10269", "050101"
FINANCE_UNIVERSITY, ACCOUNTING = "10272", "120203K"
ANSWERS = [Answer("purpose", ("degree",)), Answer("channels", ("self",))]

ANCIENT_LITERATURE_1 = "00538"  # 24 October, morning
DOCUMENT_WRITING = "03954"  # 24 October, morning
FOREIGN_LITERATURE = "00540"  # 24 October, afternoon
AESTHETICS = "00037"  # 25 October, morning
LINGUISTICS = "00541"  # 25 October, afternoon
STAFF_UNIVERSITY, STAFF_MANAGEMENT = "10272", "120206"
STAFF_SELECTION = "04184"  # 24 October, morning
STAFF_APPRAISAL = "13811"  # 24 October, afternoon
STAFF_LABORATORY = "14106"  # a practice course that asks for nothing beforehand; 31 October, 13:00
POLITICS = "15040"  # 24 October, afternoon; in every plan


@dataclass
class KnownStandings:
    """Identity, as far as enrollment asks it. `asked` counts the questions; `away` makes it unreachable."""

    known: dict[str, Standing] = field(default_factory=dict)
    holders: dict[str, PaperHolder] = field(default_factory=dict)
    asked: int = 0
    away: bool = False

    async def get_standing(self, candidate_id: str) -> Standing | None:
        self.asked += 1
        if self.away:
            raise ServiceUnavailable(service="identity")
        return self.known.get(candidate_id)

    async def get_paper_holder(self, candidate_id: str) -> PaperHolder | None:
        if self.away:
            raise ServiceUnavailable(service="identity")
        return self.holders.get(candidate_id)


@dataclass
class BookedOrders:
    """Payment, as far as enrollment asks it: a book of orders whose fate a test decides."""

    book: dict[str, OrderFate] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    items: dict[str, tuple[str, ...]] = field(default_factory=dict)
    away: bool = False
    refuses: bool = False

    async def create_order(
        self, checkout: Checkout, drafts: Sequence[Selection], names: Mapping[str, str]
    ) -> OrderFate:
        if self.refuses:
            raise OrderRefused(payment_reason="PAYMENT_CUTOFF_PASSED")
        if self.away:
            return OrderFate.UNKNOWN
        items = tuple(draft.selection_id for draft in drafts)
        if self.items.setdefault(checkout.order_id, items) != items:
            raise OrderRefused(payment_reason="ORDER_ID_REUSED")
        if checkout.order_id not in self.book:
            self.created.append(checkout.order_id)
        return self.book.setdefault(checkout.order_id, OrderFate.UNSETTLED)

    async def get_order_fate(self, order_id: str) -> OrderFate:
        if self.away:
            raise ServiceUnavailable(service="payment")
        return self.book.get(order_id, OrderFate.UNKNOWN)


class RemovedIntents(list[str]):
    """The event ids of noted intents that were carried out in line."""

    def remove(self, event_id: str) -> None:
        self.append(event_id)


@dataclass(frozen=True)
class Candidate:
    """A candidate with registrations."""

    candidate_id: str
    registrations: tuple[Registration, ...]

    @property
    def registration_id(self) -> str:
        return self.registrations[0].registration_id


async def prepare(candidate_id: str, deps: Dependencies) -> None:
    """Answers the questionnaire and reads the notice."""
    await session_preliminaries.submit_questionnaire(deps, candidate_id, SESSION, ANSWERS)
    await session_preliminaries.acknowledge_notice(deps, candidate_id, SESSION, await notice_version(deps))


async def passes(candidate: Candidate, deps: Dependencies, *course_codes: str) -> None:
    """Records passed courses."""
    async with deps.transactions.begin() as transaction:
        await transaction.add_passed_courses((candidate.candidate_id, code) for code in course_codes)


async def notice_version(deps: Dependencies) -> str:
    text = (await deps.catalogue_cache.latest()).text(TextKind.SESSION_NOTICE, SESSION)
    assert text is not None
    return str(text.version)


async def select(candidate: Candidate, course_code: str, deps: Dependencies, registration: int = 0) -> Selection:
    """Selects a course under one of the candidate's registrations."""
    registration_id = candidate.registrations[registration].registration_id
    chosen = await selections.select_course(deps, candidate.candidate_id, registration_id, SESSION, course_code)
    return chosen.selection


def refusals(outcomes: Sequence[object]) -> list[type[Refusal]]:
    """The kinds of refusal among outcomes."""
    return [type(outcome) for outcome in outcomes if isinstance(outcome, Refusal)]
