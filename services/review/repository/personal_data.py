"""What review holds about a candidate, table by table, and its erasure (ID-20)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, or_, select, update

from chassis.errors import Contention
from chassis.personal_data.erasure import erase_traces, stop_deliveries
from chassis.personal_data.export import File, export_rows
from chassis.personal_data.own_rows import OWNER, Erasure, OwnRows
from chassis.postgres.database import Database
from chassis.security.encryption import FieldCipher
from services.review import mapping
from services.review.domain.case_kinds import CaseKind
from services.review.domain.cases import Case
from services.review.repository.rows import Rows
from services.review.tables import cases, decisions, duplicates, fingerprints, materials, second_reviews

_CASES: Final = select(cases.c.case_id).where(cases.c.candidate_id == OWNER)
_MATERIALS: Final = select(materials.c.material_id).where(materials.c.case_id.in_(_CASES))
REVIEWER: Final = frozenset({"reviewer_id"})


def _of_cases(table: Table) -> ColumnElement[bool]:
    return table.c.case_id.in_(_CASES)


OWN_TABLES: Final = (
    OwnRows(cases, cases.c.candidate_id == OWNER, Erasure.BLANKED, secret=frozenset({"claimed_by"})),
    OwnRows(decisions, _of_cases(decisions), Erasure.BLANKED, secret=REVIEWER | {"sampled"}),
    OwnRows(second_reviews, _of_cases(second_reviews), Erasure.BLANKED, secret=REVIEWER),
    OwnRows(materials, _of_cases(materials), Erasure.GONE),
    OwnRows(
        fingerprints,
        fingerprints.c.material_id.in_(_MATERIALS),
        Erasure.GONE,
        secret=frozenset({"outline", "sketch_cipher"}),
    ),
    OwnRows(
        duplicates,
        or_(duplicates.c.material_id.in_(_MATERIALS), duplicates.c.other_id.in_(_MATERIALS)),
        Erasure.GONE,
        secret=frozenset({"material_id", "other_id"}),
    ),
)
"""Cases and decisions stay without names and notes, for the figures and for what the audit log tells of them."""

OTHER_TABLES: Final[Mapping[str, str]] = {}
"""Tables without anybody's rows, and why."""


class PersonalDataRepository:
    """What review holds about one person."""

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        self._db = db
        self._rows = Rows(cipher)
        self._cipher = cipher

    def export_rows(self, candidate_id: str) -> AsyncIterator[File]:
        """Everything, table by table."""
        return export_rows(self._db, OWN_TABLES, candidate_id, self._unsealed)

    def _unsealed(self, row_id: str, _column: str, sealed: bytes) -> str:
        return self._cipher.decrypt(sealed, context=row_id)

    async def erase_candidate(self, candidate_id: str, changed: Sequence[tuple[Case, Case]]) -> None:
        """Takes images and notes away, and puts cases without names in place of those before. Raises Contention when
        one has changed since it was read.
        """
        destinations = sorted({mapping.destination_of(kind) for kind in CaseKind})
        async with self._db.transaction() as transaction:
            await stop_deliveries(transaction, self._db.schema, destinations)
            for before, after in changed:
                stands = (cases.c.case_id == before.case_id) & (cases.c.version == before.version)
                row = self._rows.of_case(after)
                if (await transaction.execute(update(cases).where(stands).values(row))).rowcount != 1:
                    raise Contention()
                blank = {"note_cipher": self._cipher.encrypt("", context=before.case_id)}
                for table in (decisions, second_reviews):
                    await transaction.execute(update(table).where(table.c.case_id == before.case_id).values(blank))
                await transaction.execute(delete(materials).where(materials.c.case_id == before.case_id))
            case_ids = [before.case_id for before, _ in changed]
            await erase_traces(transaction, candidate_id, case_ids, destinations)
