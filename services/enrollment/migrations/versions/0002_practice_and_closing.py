"""Practice times that schools set, sessions that end in steps, and the places of capped majors (EN-4, EN-6, EN-8)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "practice_sitting",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("start", sa.Time(), nullable=True),
        sa.Column("end", sa.Time(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "school_code", "course_code", name=op.f("practice_sitting_pkey")),
    )
    op.add_column("exam_session", sa.Column("cancel_reason", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("exam_session", sa.Column("settle_time", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "selection_practice_idx",
        "selection",
        ["session_id", "course_code"],
        unique=False,
        postgresql_where=sa.text("live AND course_kind <> 'THEORY'"),
    )
    op.create_index(
        "registration_new_students_idx",
        "registration",
        ["school_code", "major_code"],
        unique=False,
        postgresql_where=sa.text("origin = 'NEW'"),
    )
