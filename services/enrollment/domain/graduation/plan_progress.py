"""How far somebody is in a plan: what counts as passed, and its credits."""

from dataclasses import dataclass

from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.domain.course_rules.prerequisites import counted
from services.enrollment.domain.registrations import Registration


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """The courses of a plan that count as passed, what they are worth, and what the plan asks for in all."""

    counted_course_codes: tuple[str, ...] = ()
    earned_credits: int = 0
    min_total_credits: int = 0


def plan_progress(catalogue: Catalogue, registration: Registration, passed: frozenset[str]) -> PlanProgress:
    """EN-15: equivalents count; a pass that counts for one of several courses earns at least the least of them."""
    plan = catalogue.plans.get((registration.school_code, registration.major_code))
    if plan is None:
        return PlanProgress()
    holds = counted(plan, passed)
    earned = sum(catalogue.courses[code].credits for code in holds.course_codes)
    earned += sum(min(catalogue.courses[code].credits for code in named) for named in holds.exemptions)
    return PlanProgress(
        tuple(sorted(holds.course_codes)), earned, catalogue.majors[registration.major_code].min_total_credits
    )
