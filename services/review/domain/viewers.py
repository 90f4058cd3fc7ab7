"""Who is asking, in the rules' terms (RE-2)."""

from dataclasses import dataclass

from services.review.domain.cases import Case, require_visible


@dataclass(frozen=True, slots=True)
class Viewer:
    """A candidate, a reviewer of an organisation, or the service that opened the case."""

    actor_id: str
    candidate_id: str = ""
    organisation: str = ""
    service: bool = False

    @property
    def reviews(self) -> bool:
        """Whether this is a reviewer."""
        return bool(self.organisation)

    def require_sight_of(self, case: Case) -> None:
        """Raises NotFound for a case that is none of the viewer's business."""
        if not self.service:
            require_visible(case, candidate_id=self.candidate_id, organisation=self.organisation)
