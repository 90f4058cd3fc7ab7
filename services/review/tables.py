"""Review's tables. Personal data is encrypted (`*_cipher`)."""

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
from sqlalchemy.dialects.postgresql import JSONB

from chassis.postgres.columns import CONSTRAINT_NAMES, an_id, instant, one_of, text_columns
from chassis.postgres.shared_tables import shared_tables_v1
from services.review.domain.case_kinds import CaseKind
from services.review.domain.case_transitions import CaseState
from services.review.domain.cases import MOST_SUBMISSIONS
from services.review.domain.decision_reasons import DecisionReason, Verdict
from services.review.domain.required_images import MaterialKind

SCHEMA: Final = "review"

metadata: Final = MetaData(naming_convention=CONSTRAINT_NAMES)

outbox: Final = shared_tables_v1(metadata).outbox

SAME_MATERIAL: Final = "materials_same_image"
ONE_DECISION: Final = "decisions_pkey"


cases: Final = Table(
    "cases",
    metadata,
    an_id("case_id", primary_key=True),
    *text_columns("kind"),
    an_id("candidate_id"),
    an_id("subject_id"),
    *text_columns("organisation"),
    Column("person_cipher", LargeBinary, nullable=False),
    *text_columns("subject_name"),
    Column("conditions", JSONB, nullable=False),
    Column("named_images", JSONB, nullable=False),
    *text_columns("state"),
    Column("submission", SmallInteger, nullable=False, server_default=text("0")),
    instant("submit_time", nullable=True),
    instant("deadline", nullable=True),
    an_id("claimed_by", nullable=True),
    instant("claim_expire_time", nullable=True),
    instant("effect_time", nullable=True),
    Column("most_submissions", SmallInteger, nullable=False, server_default=text(str(MOST_SUBMISSIONS))),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    instant("create_time"),
    instant("update_time"),
    one_of("kind", CaseKind),
    one_of("state", CaseState),
    CheckConstraint("submission BETWEEN 0 AND most_submissions", name="submissions"),  # RE-5
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
    an_id("material_id", primary_key=True),
    an_id("case_id", ForeignKey("cases.case_id")),
    *text_columns("required_image_id", "kind"),
    Column("submission", SmallInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    instant("create_time"),
    instant("compare_time", nullable=True),
    one_of("kind", MaterialKind),
    CheckConstraint("submission >= 1", name="submission"),
    UniqueConstraint("case_id", "submission", "required_image_id", "digest", name=SAME_MATERIAL),
    # RE-10: a new image takes the place of the one before.
    Index(
        "materials_one_per_required_image_idx",
        "case_id",
        "submission",
        "required_image_id",
        unique=True,
        postgresql_where=text("required_image_id <> 'OTHER'"),
    ),
    Index("materials_digest_idx", "digest"),
)

# RE-8. The sketch is a small picture of it, so it is encrypted like the image.
fingerprints: Final = Table(
    "fingerprints",
    metadata,
    an_id("material_id", ForeignKey("materials.material_id", ondelete="CASCADE"), primary_key=True),
    Column("outline", BigInteger, nullable=False),
    Column("sketch_cipher", LargeBinary, nullable=False),
)

# RE-8: pairs of materials of two people, each pair once.
duplicates: Final = Table(
    "duplicates",
    metadata,
    an_id("material_id", ForeignKey("materials.material_id", ondelete="CASCADE"), primary_key=True),
    an_id("other_id", ForeignKey("materials.material_id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("exact", Boolean, nullable=False),
    CheckConstraint("material_id <> other_id", name="two"),
)

# Invariant 5: no case has two decisions for one submission.
decisions: Final = Table(
    "decisions",
    metadata,
    an_id("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("submission", SmallInteger, primary_key=True, autoincrement=False),
    *text_columns("verdict"),
    Column("reason", Text),
    Column("note_cipher", LargeBinary, nullable=False),
    an_id("reviewer_id"),
    instant("decide_time"),
    instant("effect_time"),
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
    an_id("case_id", primary_key=True),
    Column("submission", SmallInteger, primary_key=True, autoincrement=False),
    *text_columns("verdict"),
    Column("reason", Text),
    Column("note_cipher", LargeBinary, nullable=False),
    an_id("reviewer_id"),
    instant("decide_time"),
    one_of("verdict", Verdict),
    CheckConstraint("verdict = 'APPROVED' OR reason IS NOT NULL", name="why"),
    ForeignKeyConstraint(["case_id", "submission"], ["decisions.case_id", "decisions.submission"]),
)
