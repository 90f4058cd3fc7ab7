"""Which materials show the same image as another person's (RE-8).

Outlines are compared one by one, since no index orders by the number of bits that differ.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Row, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from chassis.clock import Clock
from chassis.postgres.database import Database, violated_constraint
from chassis.postgres.rows import from_row
from chassis.security.encryption import FieldCipher
from services.review.domain.duplicate_images import (
    MOST_SUSPECTS,
    ORIENTATIONS,
    OUTLINES_APART,
    Duplicate,
    Fingerprint,
    Suspect,
)
from services.review.repository.rows import Rows
from services.review.tables import duplicates, fingerprints, materials

REMOVED_MEANWHILE: Final = frozenset({"duplicates_material_id_fkey", "duplicates_other_id_fkey"})

_ID: Final = UUID(as_uuid=False)

_OUTLINES: Final = tuple(f"outline_{way}" for way in range(ORIENTATIONS))
_APART: Final = f"least({', '.join(f'bit_count((p.outline # :{name})::bit(64))' for name in _OUTLINES)})"
_NEAREST: Final = text(f"""
SELECT p.material_id::text AS material_id, p.outline, p.sketch_cipher
FROM fingerprints p JOIN materials m USING (material_id) JOIN cases c USING (case_id)
WHERE {_APART} <= :apart AND c.candidate_id <> (
  SELECT own.candidate_id FROM cases own JOIN materials USING (case_id) WHERE material_id = :material_id)
ORDER BY {_APART}, m.create_time DESC
LIMIT :most
""").bindparams(bindparam("material_id", type_=_ID), *(bindparam(name, type_=BigInteger) for name in _OUTLINES))

# Each pair once, the lesser id first, whichever of the two was compared with the other.
_SAME_FILE: Final = text("""
INSERT INTO duplicates (material_id, other_id, exact)
SELECT least(m.material_id, o.material_id), greatest(m.material_id, o.material_id), true
FROM materials m JOIN cases c USING (case_id)
JOIN LATERAL (
  SELECT other.material_id FROM materials other JOIN cases theirs ON theirs.case_id = other.case_id
  WHERE other.digest = m.digest AND theirs.candidate_id <> c.candidate_id
  ORDER BY other.create_time DESC LIMIT :most) o ON true
WHERE m.material_id = :material_id
ON CONFLICT DO NOTHING
""").bindparams(bindparam("material_id", type_=_ID))

_SEEN_WITH_OTHERS: Final = text("""
SELECT mine.id::text AS material_id, c.case_id::text AS case_id, c.organisation, bool_or(d.exact) AS exact
FROM unnest(:material_ids) AS mine(id)
JOIN duplicates d ON mine.id IN (d.material_id, d.other_id)
JOIN materials m ON m.material_id = CASE WHEN d.material_id = mine.id THEN d.other_id ELSE d.material_id END
JOIN cases c ON c.case_id = m.case_id
GROUP BY mine.id, c.case_id, c.organisation
ORDER BY exact DESC, c.case_id DESC
""").bindparams(bindparam("material_ids", type_=ARRAY(_ID)))


class DuplicateRepository:
    """Fingerprints and duplicates."""

    def __init__(self, db: Database, cipher: FieldCipher, clock: Clock) -> None:
        self._db = db
        self._rows = Rows(cipher)
        self._clock = clock

    async def list_uncompared(self, case_ids: Sequence[str]) -> Mapping[str, Fingerprint | None]:
        """The materials that were not compared with others' yet, and their fingerprints."""
        statement = (
            select(materials.c.material_id, fingerprints.c.outline, fingerprints.c.sketch_cipher)
            .outerjoin(fingerprints, fingerprints.c.material_id == materials.c.material_id)
            .where(materials.c.case_id.in_(case_ids), materials.c.compare_time.is_(None))
        )
        return {row.material_id: self._fingerprint(row) for row in await self._db.fetch(statement)}

    async def list_suspects(self, material_id: str, outlines: Sequence[int]) -> Sequence[Suspect]:
        """Other people's materials whose outlines lie near one of an image's eight, the nearest first."""
        values = {
            "material_id": material_id,
            "apart": OUTLINES_APART,
            "most": MOST_SUSPECTS,
            **dict(zip(_OUTLINES, outlines, strict=True)),
        }
        found = await self._db.fetch(_NEAREST, values)
        return [from_row(Suspect, row, sketch=self._rows.sketch(row)) for row in found]

    async def add_duplicates(self, material_id: str, same: Collection[str]) -> None:
        """Keeps that a material was compared: with those that show the same, and with those that are the same file.

        One of them may be removed meanwhile (RE-10): then nothing is kept, and it is compared again when it is read.
        """
        try:
            await self._add_duplicates(material_id, same)
        except IntegrityError as gone:
            if violated_constraint(gone) not in REMOVED_MEANWHILE:
                raise

    async def _add_duplicates(self, material_id: str, same: Collection[str]) -> None:
        async with self._db.transaction() as transaction:
            await transaction.execute(_SAME_FILE, {"material_id": material_id, "most": MOST_SUSPECTS})
            if same:
                pairs = [sorted((material_id, other)) for other in same]
                values = [{"material_id": one, "other_id": other, "exact": False} for one, other in pairs]
                await transaction.execute(upsert(duplicates).values(values).on_conflict_do_nothing())
            await transaction.execute(
                update(materials).where(materials.c.material_id == material_id).values(compare_time=self._clock.now())
            )

    async def list_duplicates(self, material_ids: Sequence[str]) -> Sequence[Duplicate]:
        """Where the same images were seen with other people."""
        found = await self._db.fetch(_SEEN_WITH_OTHERS, {"material_ids": list(material_ids)})
        return [from_row(Duplicate, row) for row in found]

    def _fingerprint(self, row: Row[Any]) -> Fingerprint | None:
        return None if row.outline is None else Fingerprint(row.outline, self._rows.sketch(row))
