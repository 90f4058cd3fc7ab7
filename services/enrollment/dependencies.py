"""What enrollment's use cases work with."""

from dataclasses import dataclass

from chassis.audit_log.entries import AuditLog
from chassis.clock import Clock
from chassis.events.inline_completions import InlineCompletions
from chassis.security.rate_limits import RateLimiter
from services.enrollment.config import Config
from services.enrollment.ports import Identity, Payment, PlanSolver, SpreadsheetReader
from services.enrollment.repository.announcements import AnnouncementRepository
from services.enrollment.repository.candidate_session_state import CandidateSessionRepository
from services.enrollment.repository.catalogues.catalogue import CatalogueRepository
from services.enrollment.repository.catalogues.catalogue_cache import CatalogueCache
from services.enrollment.repository.notices.session_notices import SessionNoticeRepository
from services.enrollment.repository.notices.window_announcements import RegistrationWindowRepository
from services.enrollment.repository.papers import PaperRepository
from services.enrollment.repository.personal_data.own_tables import PersonalDataRepository
from services.enrollment.repository.practice_courses import PracticeCourseRepository
from services.enrollment.repository.refund_requests import RefundRequestRepository
from services.enrollment.repository.registration_queries import RegistrationRepository
from services.enrollment.repository.rosters import RosterRepository
from services.enrollment.repository.selections import SelectionRepository
from services.enrollment.repository.session_end import SessionEndRepository
from services.enrollment.repository.session_preliminaries import ParticipationRepository
from services.enrollment.repository.transactional_writes import Transactions


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Repositories, ports, clock and settings; built once by `main.dependencies`."""

    config: Config
    clock: Clock
    catalogue: CatalogueRepository
    catalogue_cache: CatalogueCache
    candidate_sessions: CandidateSessionRepository
    selections: SelectionRepository
    inline_completions: InlineCompletions
    participations: ParticipationRepository
    registrations: RegistrationRepository
    transactions: Transactions
    """What stands or falls together, with the events that it causes."""
    practice_courses: PracticeCourseRepository
    refund_requests: RefundRequestRepository
    session_end: SessionEndRepository
    session_notices: SessionNoticeRepository
    registration_windows: RegistrationWindowRepository
    rosters: RosterRepository
    announcements: AnnouncementRepository
    papers: PaperRepository
    rates: RateLimiter
    personal_data: PersonalDataRepository
    audit_log: AuditLog
    identity: Identity
    payment: Payment
    plan_solver: PlanSolver
    spreadsheets: SpreadsheetReader
