"""A number that a stranger registered first, on real processes (ID-15, F-28)."""

from typing import TYPE_CHECKING

from tests.e2e.suite_process import SuiteProcess
from tests.e2e.test_journey import play

if TYPE_CHECKING:
    import asyncpg

ENDED = """
SELECT s.state, s.void_reason FROM enrollment.selections s JOIN identity.candidates p USING (candidate_id)
WHERE p.identity_state = 'ENDED'"""


async def test_a_number_that_a_stranger_registered_is_its_owners(
    suite: SuiteProcess, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:  # ID-15, F-28
    played = play(suite, "--scenario", "shared-number")
    assert played.returncode == 0, played.stdout + played.stderr
    for sentence in ("nothing tells that somebody did before", "the number is theirs", "phone is told", "as ever"):
        assert sentence in played.stdout
    assert {tuple(row) for row in await database.fetch(ENDED)} == {("VOID", "ACCOUNT_ENDED")}
