"""Proves on a live system the invariants that are about people and cases: 1, 4 and 5 of docs/rules.md, and ID-15.

The statements read every schema, as only the database's owner can, and know nothing of the constraints that the
services rely on: they find what is wrong though a constraint was lost. A decision or a ticket number of which an event
is still on its way between two services is left out: it will take effect when the event arrives. So are cases of
accounts that are erased (ID-20): nothing is left for them to take effect on.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cli.verify.check import Check, CheckResults, connected

if TYPE_CHECKING:
    import asyncpg

_ON_THEIR_WAY: Final = """
CREATE TEMPORARY TABLE telling AS
SELECT DISTINCT aggregate_id FROM review.outbox
UNION SELECT DISTINCT aggregate_id FROM identity.outbox
UNION SELECT DISTINCT aggregate_id FROM enrollment.outbox WHERE destination NOT LIKE 'payment.%'
"""
_DECIDED: Final = """
FROM review.cases c WHERE c.kind IN ({kinds})
 AND (c.state = 'APPROVED' OR c.state = 'REJECTED' AND c.submission = 3)
 AND c.case_id::text NOT IN (SELECT aggregate_id FROM telling)
 AND c.candidate_id NOT IN (SELECT candidate_id FROM identity.account_erasures)"""


def _in_effect(kinds: str, says: str, broken: str) -> Check:
    """A check that what was decided for good about something is so; `broken` is true of a case `c` of which it is
    not.
    """
    decided = _DECIDED.format(kinds=kinds)
    return Check(
        "invariant 5",
        f"every final decision about {says} is in effect",
        f"SELECT count(*) {decided}",
        f"SELECT count(*) {decided} AND {broken}",
    )


CHECKS: Final = (
    Check(
        "invariant 1",
        "no two live selections of one person overlap in time",
        "SELECT count(*) FROM enrollment.selections WHERE state <> 'VOID' AND time_range IS NOT NULL",
        """SELECT count(*) FROM enrollment.selections one JOIN enrollment.selections other
          ON one.candidate_id = other.candidate_id AND one.selection_id < other.selection_id
        WHERE one.state <> 'VOID' AND other.state <> 'VOID' AND one.time_range && other.time_range""",
    ),
    Check(
        "ID-15",
        "no document number has two verified accounts, or more than three that are not",
        "SELECT count(*) FROM identity.candidates WHERE identity_state <> 'ENDED'",
        """SELECT count(*) FROM (SELECT FROM identity.candidates WHERE identity_state <> 'ENDED' GROUP BY person_index
        HAVING count(*) FILTER (WHERE identity_state = 'VERIFIED') > 1
          OR count(*) FILTER (WHERE identity_state <> 'VERIFIED') > 3) shared""",
    ),
    Check(
        "ID-15",
        "no account that has ended has a ticket number, or a course a minute later",
        "SELECT count(*) FROM identity.candidates WHERE identity_state = 'ENDED'",
        """SELECT count(*) FROM identity.candidates p WHERE p.identity_state = 'ENDED'
          AND p.candidate_id::text NOT IN (SELECT aggregate_id FROM telling)
          AND (EXISTS (SELECT FROM enrollment.registrations r
                       WHERE r.candidate_id = p.candidate_id AND r.ticket_number IS NOT NULL)
            OR p.update_time < now() - interval '1 minute' AND EXISTS (SELECT FROM enrollment.selections s
                       WHERE s.candidate_id = p.candidate_id AND s.state <> 'VOID'))""",
    ),
    Check(
        "invariant 4",
        "no ticket number belongs to two registrations",
        "SELECT count(*) FROM enrollment.registrations WHERE ticket_number IS NOT NULL",
        """SELECT count(*) FROM (SELECT FROM enrollment.registrations WHERE ticket_number IS NOT NULL
        GROUP BY ticket_number HAVING count(*) > 1) shared""",
    ),
    Check(
        "invariant 4",
        "no candidate has more or fewer ticket numbers than were ever issued to them",
        "SELECT count(*) FROM identity.login_names",
        """SELECT count(*) FROM
          (SELECT candidate_id, count(*) AS held FROM enrollment.registrations
           WHERE ticket_number IS NOT NULL GROUP BY 1) r
          FULL JOIN (SELECT candidate_id, count(*) AS known FROM identity.login_names GROUP BY 1) n USING (candidate_id)
        WHERE held IS DISTINCT FROM known AND candidate_id::text NOT IN (SELECT aggregate_id FROM telling)""",
    ),
    Check(
        "invariant 5",
        "no submission of a case has two decisions",
        "SELECT count(*) FROM review.decisions",
        """SELECT count(*) FROM (SELECT FROM review.decisions
        GROUP BY case_id, submission HAVING count(*) > 1) doubled""",
    ),
    Check(
        "invariant 5",
        "every case stands as its last decision says",
        "SELECT count(*) FROM review.cases WHERE state IN ('APPROVED', 'REJECTED')",
        """SELECT count(*) FROM review.cases c LEFT JOIN review.decisions d
          ON d.case_id = c.case_id AND d.submission = c.submission
        WHERE CASE WHEN c.state IN ('APPROVED', 'REJECTED') THEN d.verdict IS DISTINCT FROM c.state
                   WHEN c.state = 'WITHDRAWN' THEN d.verdict = 'APPROVED'
                   WHEN c.state = 'COLLECTING' THEN c.submission > 0 AND d.verdict IS DISTINCT FROM 'ASKED_AGAIN'
                   ELSE d.case_id IS NOT NULL END""",
    ),
    Check(
        "invariant 5",
        "every decision is told once by the audit log",
        "SELECT count(*) FROM review.audit_entries WHERE action = 'CASE_DECIDED'",
        """SELECT count(*) FROM review.decisions d FULL JOIN (
          SELECT object_id, facts->>'submission' AS submission, count(*) AS told FROM review.audit_entries
          WHERE action = 'CASE_DECIDED' GROUP BY 1, 2) a
          ON a.object_id = d.case_id::text AND a.submission = d.submission::text
        WHERE a.told IS DISTINCT FROM 1 OR d.case_id IS NULL""",
    ),
    _in_effect(
        "'IDENTITY_PROOF', 'DOCUMENT_TYPE'",
        "who somebody is",
        """EXISTS (SELECT FROM identity.candidates p WHERE p.review_case_id = c.case_id
          AND p.identity_state NOT IN (CASE c.state WHEN 'APPROVED' THEN 'VERIFIED' ELSE 'REJECTED' END, 'ENDED'))""",
    ),
    _in_effect(
        "'DETAILS'",
        "a correction of photo or details",
        """EXISTS (SELECT FROM identity.candidates p WHERE p.candidate_id = c.candidate_id
          AND p.correction_state = 'UNDER_REVIEW' AND p.candidate_id::text NOT IN (SELECT aggregate_id FROM telling)
          AND NOT EXISTS (SELECT FROM review.cases o WHERE o.kind = 'DETAILS' AND o.candidate_id = c.candidate_id
            AND o.state IN ('WAITING', 'CLAIMED')))""",
    ),
    _in_effect(
        "'PHONE_CHANGE'",
        "a phone",
        """NOT EXISTS (SELECT FROM identity.phone_changes p WHERE p.phone_change_id = c.subject_id
          AND p.decide_time IS NOT NULL AND (c.state = 'APPROVED' OR p.state NOT IN ('APPROVED', 'EFFECTIVE')))""",
    ),
    _in_effect(
        "'SPECIAL_MAJOR'",
        "a special major's proofs",
        """NOT EXISTS (SELECT FROM enrollment.registrations r
          WHERE r.registration_id = c.subject_id AND r.proof_state = c.state)""",
    ),
    _in_effect(
        "'PRACTICE_COURSE'",
        "a practice course",
        """EXISTS (SELECT FROM enrollment.selections s WHERE s.selection_id = c.subject_id
          AND (s.state = 'UNDER_REVIEW' OR c.state = 'REJECTED' AND s.state IN ('AWAITING_SCHOOL', 'EFFECTIVE')))""",
    ),
)


@dataclass(frozen=True, slots=True)
class PeopleResults:
    """What was found, and how many people and cases were left out."""

    checks: CheckResults
    on_their_way: int

    @property
    def trouble(self) -> str:
        """The first thing that is not as it should be, as a sentence; empty when everything is."""
        return self.checks.trouble

    def rows(self) -> list[tuple[str, str]]:
        """What was checked, for people."""
        left_out = ("people and cases left out: an event about them is on its way", f"{self.on_their_way:,}")
        return [*self.checks.rows(), left_out]


async def verify(database_url: str) -> PeopleResults:
    """Checks everything in one snapshot. `database_url` is the owner's, who sees every schema."""
    async with connected(database_url) as connection:
        return await found(connection)


async def found(connection: "asyncpg.Connection") -> PeopleResults:
    """The same on a connection that is open already."""
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute(_ON_THEIR_WAY)
        result = PeopleResults(
            checks=await CheckResults.of(connection, CHECKS),
            on_their_way=await connection.fetchval("SELECT count(*) FROM telling"),
        )
        await connection.execute("DROP TABLE telling")
    return result
