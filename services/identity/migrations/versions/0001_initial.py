"""Accounts and their login names, staff, credentials, login sessions, password recoveries, phone changes, registration
windows.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.postgres.migrations import create_tables
from chassis.postgres.shared_tables import shared_tables_v1

revision = "0001_initial"
down_revision = None


def upgrade() -> None:
    create_tables(shared_tables_v1)
    op.create_table(
        "candidates",
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("document_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("person_index", sa.LargeBinary(), nullable=False),
        sa.Column("name_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("enrolled", sa.Boolean(), nullable=False),
        sa.Column("details_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("details_confirm_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("caller_indexes", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("phone_verify_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email_verify_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("portrait_key", sa.Text(), nullable=True),
        sa.Column("portrait_digest", sa.Text(), nullable=True),
        sa.Column("portrait_update_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identity_state", sa.Text(), nullable=False),
        sa.Column("mismatches", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("counted_check", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("review_case_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("needs_password_change", sa.Boolean(), nullable=False),
        sa.Column("correction_number", sa.SmallInteger(), nullable=True),
        sa.Column("correction_state", sa.Text(), nullable=True),
        sa.Column("correction_fault", sa.Text(), nullable=True),
        sa.Column("correction_note_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("correction_find_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correction_submissions", sa.SmallInteger(), nullable=True),
        sa.Column("unverified_place", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "correction_fault IN ('DETAILS_WRONG', 'DOCUMENT_EXPIRED', 'DOCUMENT_MISMATCH', "
            "'IMAGE_UNREADABLE', 'MATERIAL_MISSING', 'PERSON_MISMATCH', 'PHOTO_UNFIT', 'SEE_NOTE', "
            "'SUSPECTED_FORGERY')",
            name=op.f("candidates_correction_fault_check"),
        ),
        sa.CheckConstraint(
            "correction_state IN ('APPROVED', 'REFUSED', 'REQUIRED', 'UNDER_REVIEW')",
            name=op.f("candidates_correction_state_check"),
        ),
        sa.CheckConstraint(
            "correction_submissions BETWEEN 0 AND 3 AND (correction_state = 'REQUIRED' OR correction_submissions > 0)",
            name=op.f("candidates_three_corrections_check"),
        ),
        sa.CheckConstraint(
            "document_type IN ('HMT_RESIDENCE_PERMIT', 'HOME_RETURN_PERMIT', 'MINOR_RESIDENT_CARD', "
            "'PERMANENT_RESIDENT_CARD', 'RESIDENT_CARD', 'TAIWAN_PERMIT')",
            name=op.f("candidates_document_type_check"),
        ),
        sa.CheckConstraint(
            "identity_state IN ('ENDED', 'PENDING', 'REJECTED', 'UNDER_REVIEW', 'VERIFIED')",
            name=op.f("candidates_identity_state_check"),
        ),
        sa.CheckConstraint(
            "identity_state NOT IN ('UNDER_REVIEW', 'REJECTED') OR review_case_id IS NOT NULL",
            name=op.f("candidates_has_case_check"),
        ),
        sa.CheckConstraint(
            "mismatches BETWEEN 0 AND 3 AND (mismatches < 3 OR identity_state <> 'PENDING')",
            name=op.f("candidates_three_tries_check"),
        ),
        sa.CheckConstraint(
            "num_nulls(correction_number, correction_state, correction_fault, correction_note_cipher, "
            "correction_find_time, correction_submissions) IN (0, 6)",
            name=op.f("candidates_whole_correction_check"),
        ),
        sa.CheckConstraint(
            "num_nulls(portrait_key, portrait_digest, portrait_update_time) IN (0, 3)",
            name=op.f("candidates_whole_portrait_check"),
        ),
        sa.CheckConstraint(
            "(phone_cipher IS NULL) = (phone_index IS NULL)", name=op.f("candidates_found_by_phone_check")
        ),
        sa.CheckConstraint(
            "phone_verify_time IS NULL OR phone_cipher IS NOT NULL", name=op.f("candidates_verified_phone_check")
        ),
        sa.CheckConstraint(
            "(unverified_place IS NULL) = (identity_state IN ('VERIFIED', 'ENDED')) "
            "AND (unverified_place IS NULL OR unverified_place BETWEEN 1 AND 3)",
            name=op.f("candidates_three_unverified_check"),
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("candidates_pkey")),
    )
    op.create_index(
        "one_verified_account_per_person",
        "candidates",
        ["person_index"],
        unique=True,
        postgresql_where=sa.text("identity_state = 'VERIFIED'"),
    )
    op.create_index(
        "candidates_phone_idx", "candidates", ["phone_index"], postgresql_where=sa.text("phone_index IS NOT NULL")
    )
    op.create_index("candidates_caller_idx", "candidates", ["caller_indexes"], postgresql_using="gin")
    op.create_index("one_unverified_account_per_place", "candidates", ["person_index", "unverified_place"], unique=True)
    op.create_table(
        "register_questions",
        sa.Column("person_index", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("asked", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("asked BETWEEN 0 AND 10", name=op.f("register_questions_ten_a_day_check")),
        sa.PrimaryKeyConstraint("person_index", "day", name=op.f("register_questions_pkey")),
    )
    op.create_index(
        "candidates_corrected_idx",
        "candidates",
        ["school_code", "create_time", "candidate_id"],
        postgresql_where=sa.text("correction_state IS NOT NULL"),
    )
    op.create_index("candidates_school_idx", "candidates", ["school_code", "create_time", "candidate_id"])
    op.create_table(
        "credentials",
        sa.Column("subject_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("credentials_pkey")),
    )
    op.create_table(
        "login_sessions",
        sa.Column("login_session_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("subject_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("factor_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('CANDIDATE', 'OPERATOR', 'REVIEWER')", name=op.f("login_sessions_kind_check")),
        sa.PrimaryKeyConstraint("login_session_id", name=op.f("login_sessions_pkey")),
    )
    op.create_index("login_sessions_expire_time_idx", "login_sessions", ["expire_time"])
    op.create_index("login_sessions_create_time_idx", "login_sessions", ["create_time"], postgresql_using="brin")
    op.create_index(
        "login_sessions_end_time_idx",
        "login_sessions",
        ["end_time"],
        postgresql_where=sa.text("end_time IS NOT NULL"),
    )
    op.create_index(
        "login_sessions_live_idx",
        "login_sessions",
        ["subject_id", "create_time"],
        postgresql_where=sa.text("end_time IS NULL"),
    )
    op.create_table(
        "account_erasures",
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erase_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enrollment_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payment_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cause IN ('IDLE', 'OWN_WISH')", name=op.f("account_erasures_cause_check")),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("account_erasures_pkey")),
    )
    op.create_index("account_erasures_listed_idx", "account_erasures", ["create_time", "candidate_id"], unique=False)
    op.create_table(
        "registration_windows",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("registration_windows_pkey")),
    )
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("login_name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("disable_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("needs_password_change", sa.Boolean(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'OPERATOR' OR organisation = 'AUTHORITY'", name=op.f("staff_operators_of_authority_check")
        ),
        sa.CheckConstraint("kind IN ('OPERATOR', 'REVIEWER')", name=op.f("staff_kind_check")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("staff_pkey")),
        sa.UniqueConstraint("login_name", name=op.f("staff_login_name_key")),
    )
    op.create_table(
        "login_names",
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.candidate_id"], name=op.f("login_names_candidate_id_fkey")
        ),
        sa.PrimaryKeyConstraint("name_index", name=op.f("login_names_pkey")),
    )
    op.create_table(
        "password_recoveries",
        sa.Column("password_recovery_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("login_name_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("code_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("known_device", sa.Boolean(), nullable=False),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.LargeBinary(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complete_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('EMAIL', 'PHONE')", name=op.f("password_recoveries_channel_check")),
        sa.CheckConstraint("attempts BETWEEN 0 AND 5", name=op.f("password_recoveries_attempts_check")),
        sa.CheckConstraint(
            "complete_time IS NULL OR (send_time IS NOT NULL AND candidate_id IS NOT NULL)",
            name=op.f("password_recoveries_sent_before_use_check"),
        ),
        sa.CheckConstraint(
            "num_nulls(address_cipher, address_index, send_time) IN (0, 3)",
            name=op.f("password_recoveries_whole_sending_check"),
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.candidate_id"], name=op.f("password_recoveries_candidate_id_fkey")
        ),
        sa.PrimaryKeyConstraint("password_recovery_id", name=op.f("password_recoveries_pkey")),
    )
    op.create_index("password_recoveries_address_idx", "password_recoveries", ["address_index", "send_time"])
    op.create_index(
        "password_recoveries_candidate_idx",
        "password_recoveries",
        ["candidate_id"],
        postgresql_where=sa.text("complete_time IS NULL"),
    )
    op.create_index("password_recoveries_expire_time_idx", "password_recoveries", ["expire_time"])
    op.create_table(
        "phone_changes",
        sa.Column("phone_change_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("new_phone_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("old_phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proofs", postgresql.JSONB(), nullable=False),
        sa.Column("submissions", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("note_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submit_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decide_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'UNDER_REVIEW' OR proofs ?& ARRAY['DOCUMENT_FRONT', 'DOCUMENT_BACK', 'HOLDING_DOCUMENT']",
            name=op.f("phone_changes_three_proofs_check"),
        ),
        sa.CheckConstraint(
            "state IN ('APPROVED', 'DRAFT', 'EFFECTIVE', 'EXPIRED', 'REJECTED', 'UNDER_REVIEW')",
            name=op.f("phone_changes_state_check"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('APPROVED', 'EFFECTIVE') OR num_nulls(candidate_id, decide_time, effective_time) = 0",
            name=op.f("phone_changes_decided_check"),
        ),
        sa.CheckConstraint("submissions BETWEEN 0 AND 3", name=op.f("phone_changes_three_submissions_check")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.candidate_id"], name=op.f("phone_changes_candidate_id_fkey")
        ),
        sa.PrimaryKeyConstraint("phone_change_id", name=op.f("phone_changes_pkey")),
    )
    op.create_index(op.f("phone_changes_candidate_id_idx"), "phone_changes", ["candidate_id"])
    op.create_index(
        "phone_changes_images_idx", "phone_changes", ["update_time"], postgresql_where=sa.text("proofs <> '{}'")
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("login_session_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("use_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["login_session_id"],
            ["login_sessions.login_session_id"],
            name=op.f("refresh_tokens_login_session_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("refresh_tokens_pkey")),
    )
    op.create_index(op.f("refresh_tokens_login_session_id_idx"), "refresh_tokens", ["login_session_id"])
    op.create_table(
        "passkey_challenges",
        sa.Column("login_session_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["login_session_id"],
            ["login_sessions.login_session_id"],
            name=op.f("passkey_challenges_login_session_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("login_session_id", name=op.f("passkey_challenges_pkey")),
    )
    op.create_table(
        "totps",
        sa.Column("staff_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("secret_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("confirm_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "num_nulls(confirm_time, last_step) IN (0, 2)", name=op.f("totps_confirmed_by_a_code_check")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.staff_id"], name=op.f("totps_staff_id_fkey")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("totps_pkey")),
    )
    op.create_table(
        "passkeys",
        sa.Column("passkey_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("passkey_name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("use_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.staff_id"], name=op.f("passkeys_staff_id_fkey")),
        sa.PrimaryKeyConstraint("passkey_id", name=op.f("passkeys_pkey")),
        sa.UniqueConstraint("credential_id", name="one_passkey_per_credential"),
    )
    op.create_index(op.f("passkeys_staff_id_idx"), "passkeys", ["staff_id"])
    op.create_table(
        "backup_codes",
        sa.Column("staff_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False),
        sa.Column("use_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.staff_id"], name=op.f("backup_codes_staff_id_fkey")),
        sa.PrimaryKeyConstraint("staff_id", "code_index", name=op.f("backup_codes_pkey")),
    )
    op.create_table(
        "staff_identities",
        sa.Column("staff_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.staff_id"], name=op.f("staff_identities_staff_id_fkey")),
        sa.PrimaryKeyConstraint("staff_id", "issuer", name=op.f("staff_identities_pkey")),
        sa.UniqueConstraint("issuer", "subject", name="one_account_per_subject"),
    )
    op.create_table(
        "message_preferences",
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint("channel IN ('EMAIL', 'PHONE')", name=op.f("message_preferences_channel_check")),
        sa.CheckConstraint("language IN ('EN', 'ZH')", name=op.f("message_preferences_language_check")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.candidate_id"], name=op.f("message_preferences_candidate_id_fkey")
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("message_preferences_pkey")),
    )
    op.create_table(
        "messages",
        sa.Column("message_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("parameters_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('ACCOUNT_ENDED', 'CASE_DECIDED', 'CORRECTION_APPROVED', 'CORRECTION_REFUSED', "
            "'CORRECTION_REQUIRED', 'EMAIL_CHANGED', 'EMAIL_VERIFIED', 'ORDER_ENDED', 'ORDER_EXPIRING', "
            "'ORDER_PAID', 'ORDER_REFUNDED', 'PASSWORD_CHANGED', 'PHONE_CHANGED', "
            "'PHONE_CHANGE_APPROVED', 'PHONE_CHANGE_EFFECTIVE', 'PRACTICE_TIME_COLLIDES', "
            "'PRACTICE_TIME_SET', 'RECEIPT_ISSUED', 'SELECTIONS_UNPAID', 'SESSION_CANCELLED', "
            "'SESSION_CHANGED', 'TICKET_NUMBER_ISSUED')",
            name=op.f("messages_kind_check"),
        ),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.candidate_id"], name=op.f("messages_candidate_id_fkey")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("messages_pkey")),
        sa.UniqueConstraint("candidate_id", "kind", "cause", name="one_message_per_cause"),
    )
    op.create_index("messages_candidate_idx", "messages", ["candidate_id", "create_time", "message_id"])
    op.create_index("messages_unread_idx", "messages", ["candidate_id"], postgresql_where=sa.text("read_time IS NULL"))
    op.create_table(
        "message_deliveries",
        sa.Column("delivery_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("message_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'FAILED') = (failure IS NOT NULL)", name=op.f("message_deliveries_why_check")),
        sa.CheckConstraint("(state = 'QUEUED') = (end_time IS NULL)", name=op.f("message_deliveries_ended_check")),
        sa.CheckConstraint("channel IN ('EMAIL', 'PHONE')", name=op.f("message_deliveries_channel_check")),
        sa.CheckConstraint(
            "failure IN ('GIVEN_UP', 'NO_ADDRESS', 'REFUSED')", name=op.f("message_deliveries_failure_check")
        ),
        sa.CheckConstraint("state <> 'SENT' OR channel IS NOT NULL", name=op.f("message_deliveries_by_what_check")),
        sa.CheckConstraint("state IN ('FAILED', 'QUEUED', 'SENT')", name=op.f("message_deliveries_state_check")),
        sa.CheckConstraint(
            "address_cipher IS NULL OR channel IS NOT NULL", name=op.f("message_deliveries_addressed_check")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.message_id"], name=op.f("message_deliveries_message_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("message_deliveries_pkey")),
    )
    op.create_index(op.f("message_deliveries_message_id_idx"), "message_deliveries", ["message_id"])
