"""The statements of enrollment: ordinary ones through SQLAlchemy, the hot few on the driver."""

from services.enrollment.repository.catalogue import CatalogueCache, CatalogueRepository
from services.enrollment.repository.changes import ChangesInTransaction, unit_of_work
from services.enrollment.repository.closing import ClosingRepository
from services.enrollment.repository.desks import DeskRepository
from services.enrollment.repository.practice import PracticeRepository
from services.enrollment.repository.registrations import ParticipationRepository, RegistrationRepository
from services.enrollment.repository.rosters import RosterRepository
from services.enrollment.repository.selections import SelectionRepository
from services.enrollment.repository.windows import WindowsAnnounced

__all__ = [
    "CatalogueCache",
    "CatalogueRepository",
    "ChangesInTransaction",
    "ClosingRepository",
    "DeskRepository",
    "ParticipationRepository",
    "PracticeRepository",
    "RegistrationRepository",
    "RosterRepository",
    "SelectionRepository",
    "WindowsAnnounced",
    "unit_of_work",
]
