"""What enrollment can be told beside what every service can."""

from datetime import timedelta

from pydantic import Field

from chassis.config import ServerConfig, ServiceConfig, strict
from services.enrollment.domain.registrations import TicketNumberFormat

strict(TicketNumberFormat)


class EnrollmentServer(ServerConfig):
    """Where enrollment listens."""

    port: int = 7102
    admin_port: int = 7202


class Config(ServiceConfig):
    """Enrollment's configuration."""

    server: ServerConfig = EnrollmentServer()
    ticket_number: TicketNumberFormat = TicketNumberFormat()
    work_waiting: int = Field(
        default=32, ge=0, description="plans to compute and files to read that may wait for a thread; more are refused"
    )
    paper_checks_per_source: int = Field(
        default=300, gt=0, description="papers whose codes may be checked from one address in an hour (EN-18)"
    )
    catalogue_readable_for: timedelta = Field(
        default=timedelta(hours=1),
        description="how old the catalogue may be that is shown while the database is away",
    )
