"""What the database itself refuses of a case (RE-2)."""

import asyncpg
import pytest

from tests.integration.review.running_review import RunningReview


async def test_the_database_refuses_a_case_of_the_wrong_owner(review: RunningReview, owner_url: str) -> None:  # RE-2
    case = await review.opened()
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    with pytest.raises(asyncpg.CheckViolationError, match="cases_owner_check"):
        await owner.execute("UPDATE cases SET organisation = 'AUTHORITY' WHERE case_id = $1", case.case_id)
    await owner.close()
