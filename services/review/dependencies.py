"""What review's use cases work with."""

from collections.abc import Callable
from dataclasses import dataclass

from chassis.audit_log.entries import AuditLog
from chassis.clock import Clock
from chassis.media.blobs import SealedBlobs
from services.review.config import Config
from services.review.ports import ImageChecker, ImageComparer
from services.review.repository.cases import CaseRepository
from services.review.repository.duplicate_images import DuplicateRepository
from services.review.repository.personal_data import PersonalDataRepository
from services.review.repository.queue import QueueRepository
from services.review.repository.second_reviews import SecondReviewRepository


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Repositories, ports, clock and settings; built once by `main.dependencies`."""

    config: Config
    clock: Clock
    cases: CaseRepository
    queue: QueueRepository
    audit_log: AuditLog
    duplicates: DuplicateRepository
    second_reviews: SecondReviewRepository
    personal_data: PersonalDataRepository
    blobs: SealedBlobs
    image_checker: ImageChecker
    image_comparer: ImageComparer
    random: Callable[[], float]
    """A number from 0 up to 1, by which decisions are sampled for a second review (RE-9)."""
