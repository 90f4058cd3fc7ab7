"""Reading cases: by their candidate, by their organisation, and the figures of a queue (RE-2, RE-4, RE-9)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chassis.clock import Clock
from services.review.domain.audit import Entry
from services.review.domain.case import Case, Decision, as_of
from services.review.domain.likeness import Duplicate
from services.review.domain.materials import Material
from services.review.ports import Cases, Figures, QueueFilter
from services.review.usecases.comparing import Lens
from services.review.usecases.viewer import Viewer

FIGURE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case with what was handed in and decided; in listings (`whole` is False) without."""

    case: Case
    materials: tuple[Material, ...] = ()
    decisions: tuple[Decision, ...] = ()
    duplicates: Mapping[str, Sequence[Duplicate]] = field(default_factory=dict)
    whole: bool = True


async def dossier(case: Case, viewer: Viewer, *, cases: Cases, lens: Lens, clock: Clock) -> Dossier:
    """The case as it stands now, whole; for reviewers with where its images were seen with others (RE-8)."""
    (whole,) = await _dossiers([case], cases, clock)
    return replace(whole, duplicates=await lens.duplicates(whole.materials)) if viewer.reviews else whole


async def read(case_id: str, viewer: Viewer, *, cases: Cases, lens: Lens, clock: Clock) -> Dossier:
    """One case. Raises NotFound."""
    case = await cases.get(case_id)
    viewer.require_sight_of(case)
    return await dossier(case, viewer, cases=cases, lens=lens, clock=clock)


async def of_candidate(candidate_id: str, *, cases: Cases, clock: Clock) -> Sequence[Dossier]:
    """A candidate's cases, newest first."""
    return await _dossiers(await cases.of_candidate(candidate_id), cases, clock)


async def queue(
    wanted: QueueFilter, *, after: tuple[datetime, str] | None, size: int, cases: Cases, clock: Clock
) -> Sequence[Dossier]:
    """A page of an organisation's cases (RE-4)."""
    now = clock.now()
    return [Dossier(as_of(case, now), whole=False) for case in await cases.queue(wanted, after=after, size=size)]


async def figures(organisation: str, days: int, *, cases: Cases, clock: Clock) -> Figures:
    """The figures of an organisation (RE-9)."""
    now = clock.now()
    return await cases.figures(organisation, now=now, since=now - timedelta(days=days or FIGURE_DAYS))


async def audit_entries(
    case_id: str, *, since: datetime | None, after: int, size: int, cases: Cases
) -> Sequence[Entry]:
    """A page of the audit log (RE-7)."""
    return await cases.entries(case_id, since=since, after=after, size=size)


async def _dossiers(known: Sequence[Case], cases: Cases, clock: Clock) -> Sequence[Dossier]:
    ids = [case.case_id for case in known]
    materials: dict[str, list[Material]] = defaultdict(list)
    decisions: dict[str, list[Decision]] = defaultdict(list)
    for material in await cases.materials(ids):
        materials[material.case_id].append(material)
    for decision in await cases.decisions(ids):
        decisions[decision.case_id].append(decision)
    now = clock.now()
    return [Dossier(as_of(case, now), tuple(materials[case.case_id]), tuple(decisions[case.case_id])) for case in known]
