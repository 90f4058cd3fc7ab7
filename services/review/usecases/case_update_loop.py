"""The three beats of every change of a case: read, decide, apply; decided anew when somebody else was faster."""

from collections.abc import Awaitable, Callable

from chassis.audit_log.notes import AuditAction
from chassis.optimistic_retry import until_applied
from services.review.dependencies import Dependencies
from services.review.domain.cases import Case
from services.review.usecases.audit_notes import about_case


async def change_case(
    deps: Dependencies, case_id: str, decide: Callable[[Case], Awaitable[Case]], action: AuditAction, reason: str = ""
) -> Case:
    """The case as `decide` makes it of the present one, noted as `action` with a `reason`.

    Raises what `decide` raises, NotFound, Contention.
    """

    async def attempt() -> Case | None:
        before = await deps.cases.get_case(case_id)
        after = await decide(before)
        note = about_case(action, before, reason)
        return after if after is before or await deps.cases.replace_case(before, after, note) else None

    return await until_applied(attempt)
