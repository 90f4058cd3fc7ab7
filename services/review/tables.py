"""Review's tables. Personal data is encrypted (`*_cipher`); the audit log accepts entries and nothing else."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.postgres.columns import CONSTRAINT_NAMES, instant, one_of
from chassis.postgres.shared_tables import shared_tables_v1
from services.review.domain.cases import MOST_SUBMISSIONS, CaseKind, CaseState
from services.review.domain.decision_reasons import DecisionReason, Verdict
from services.review.domain.materials import MaterialKind

SCHEMA: Final = "review"

metadata: Final = MetaData(naming_convention=CONSTRAINT_NAMES)

outbox: Final = shared_tables_v1(metadata).outbox

SAME_MATERIAL: Final = "materials_same_image"
ONE_DECISION: Final = "decisions_pkey"


cases: Final = Table(
    "cases",
    metadata,
    Column("case_id", UUID(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("candidate_id", UUID(as_uuid=False), nullable=False),
    Column("subject_id", UUID(as_uuid=False), nullable=False),
    Column("organisation", Text, nullable=False),
    Column("person_cipher", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("submission", SmallInteger, nullable=False, server_default=text("0")),
    instant("submit_time", nullable=True),
    instant("deadline", nullable=True),
    Column("claimed_by", UUID(as_uuid=False)),
    instant("claim_expire_time", nullable=True),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    instant("create_time"),
    instant("update_time"),
    one_of("kind", CaseKind),
    one_of("state", CaseState),
    CheckConstraint(f"submission BETWEEN 0 AND {MOST_SUBMISSIONS}", name="submissions"),  # RE-5
    CheckConstraint(
        "(state = 'CLAIMED') = (claimed_by IS NOT NULL) AND (claimed_by IS NULL) = (claim_expire_time IS NULL)",
        name="claim",
    ),
    CheckConstraint("(kind = 'PHONE_CHANGE') = (organisation = 'AUTHORITY')", name="owner"),  # RE-2
    CheckConstraint("state NOT IN ('WAITING', 'CLAIMED') OR (submission > 0 AND deadline IS NOT NULL)", name="queued"),
    Index(
        "cases_queue_idx",
        "organisation",
        "deadline",
        "case_id",
        postgresql_where=text("state IN ('WAITING', 'CLAIMED')"),
    ),
    Index("cases_organisation_update_time_idx", "organisation", "state", "update_time"),
    Index("cases_candidate_id_idx", "candidate_id", "create_time"),
)

materials: Final = Table(
    "materials",
    metadata,
    Column("material_id", UUID(as_uuid=False), primary_key=True),
    Column("case_id", UUID(as_uuid=False), ForeignKey("cases.case_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("submission", SmallInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    instant("create_time"),
    instant("compare_time", nullable=True),
    one_of("kind", MaterialKind),
    CheckConstraint(f"submission BETWEEN 1 AND {MOST_SUBMISSIONS}", name="submission"),
    UniqueConstraint("case_id", "submission", "kind", "digest", name=SAME_MATERIAL),
    Index("materials_digest_idx", "digest"),
)

# RE-8. The sketch is a small picture of it, so it is encrypted like the image.
fingerprints: Final = Table(
    "fingerprints",
    metadata,
    Column("material_id", UUID(as_uuid=False), ForeignKey("materials.material_id"), primary_key=True),
    Column("outline", BigInteger, nullable=False),
    Column("sketch_cipher", LargeBinary, nullable=False),
)

# RE-8: pairs of materials of two people, each pair once.
duplicates: Final = Table(
    "duplicates",
    metadata,
    Column("material_id", UUID(as_uuid=False), ForeignKey("materials.material_id"), primary_key=True),
    Column("other_id", UUID(as_uuid=False), ForeignKey("materials.material_id"), primary_key=True, index=True),
    Column("exact", Boolean, nullable=False),
    CheckConstraint("material_id <> other_id", name="two"),
)

# Invariant 5: no case has two decisions for one submission.
decisions: Final = Table(
    "decisions",
    metadata,
    Column("case_id", UUID(as_uuid=False), ForeignKey("cases.case_id"), primary_key=True),
    Column("submission", SmallInteger, primary_key=True, autoincrement=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text),
    Column("note_cipher", LargeBinary, nullable=False),
    Column("reviewer_id", UUID(as_uuid=False), nullable=False),
    instant("decide_time"),
    Column("sampled", Boolean, nullable=False, server_default=text("false")),
    one_of("verdict", Verdict),
    one_of("reason", DecisionReason),
    CheckConstraint("verdict = 'APPROVED' OR reason IS NOT NULL", name="why"),
    Index("decisions_decide_time_idx", "decide_time"),
    Index("decisions_sampled_idx", "decide_time", postgresql_where=text("sampled")),
)

# RE-9: what a second reviewer says of a sampled decision; it changes nothing but the figures.
second_reviews: Final = Table(
    "second_reviews",
    metadata,
    Column("case_id", UUID(as_uuid=False), primary_key=True),
    Column("submission", SmallInteger, primary_key=True, autoincrement=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text),
    Column("note_cipher", LargeBinary, nullable=False),
    Column("reviewer_id", UUID(as_uuid=False), nullable=False),
    instant("decide_time"),
    one_of("verdict", Verdict),
    CheckConstraint("verdict = 'APPROVED' OR reason IS NOT NULL", name="why"),
    ForeignKeyConstraint(["case_id", "submission"], ["decisions.case_id", "decisions.submission"]),
)

# RE-7, invariant 6. A trigger refuses every change, and the service's role may insert and read only.
audit_entries: Final = Table(
    "audit_entries",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    instant("create_time"),
    Column("actor_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("material_id", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("hash", LargeBinary, CheckConstraint("octet_length(hash) = 32", name="hash"), nullable=False),
    Index("audit_entries_case_id_idx", "case_id", "number"),
)
