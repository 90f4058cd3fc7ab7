"""The statements of enrollment: ordinary ones through SQLAlchemy, the hot few on the driver."""

from services.enrollment.repository.catalogue import CatalogueCache, CatalogueRepository
from services.enrollment.repository.changes import ChangesInTransaction, unit_of_work
from services.enrollment.repository.desks import DeskRepository
from services.enrollment.repository.registrations import ParticipationRepository, RegistrationRepository
from services.enrollment.repository.selections import SelectionRepository

__all__ = [
    "CatalogueCache",
    "CatalogueRepository",
    "ChangesInTransaction",
    "DeskRepository",
    "ParticipationRepository",
    "RegistrationRepository",
    "SelectionRepository",
    "unit_of_work",
]
