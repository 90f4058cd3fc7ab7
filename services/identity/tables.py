"""Identity's tables. Personal data is encrypted (`*_cipher`); what is looked up is found by keyed hash (`*_index`)."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.postgres.columns import CONSTRAINT_NAMES, an_id, instant, one_of, text_columns, text_key
from chassis.postgres.shared_tables import shared_tables_v1
from services.identity.domain.accounts_of_number import MOST_QUESTIONS, MOST_UNVERIFIED
from services.identity.domain.authentication.password_recoveries import CODE_TRIES
from services.identity.domain.candidates import MATCH_TRIES, IdentityState
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.domain.corrections.required_corrections import MOST_SUBMISSIONS as CORRECTION_SUBMISSIONS
from services.identity.domain.corrections.required_corrections import CorrectionState, Fault
from services.identity.domain.documents import DocumentType
from services.identity.domain.login_sessions import AccountKind
from services.identity.domain.messages.deliveries import DeliveryFailure, DeliveryState
from services.identity.domain.messages.message_kinds import MessageKind
from services.identity.domain.messages.preferences import Language
from services.identity.domain.personal_data.account_erasures import ErasureCause
from services.identity.domain.reviewed_phone_changes import MOST_SUBMISSIONS, PhoneChangeState
from services.identity.domain.staff import AUTHORITY, StaffKind

SCHEMA: Final = "identity"

metadata: Final = MetaData(naming_convention=CONSTRAINT_NAMES)

outbox: Final = shared_tables_v1(metadata).outbox


CORRECTION_COLUMNS: Final = (
    "correction_number",
    "correction_state",
    "correction_fault",
    "correction_note_cipher",
    "correction_find_time",
    "correction_submissions",
)
"""All of them empty where nobody has found fault (EN-4)."""

ONE_VERIFIED_ACCOUNT: Final = "one_verified_account_per_person"
VERIFIED: Final = "identity_state = 'VERIFIED'"
ONE_ACCOUNT_PER_PLACE: Final = "one_unverified_account_per_place"

candidates: Final = Table(
    "candidates",
    metadata,
    an_id("candidate_id", primary_key=True),
    Column("document_type", Text, nullable=False),
    Column("document_cipher", LargeBinary, nullable=False),
    Column("person_index", LargeBinary, nullable=False),
    Column("name_cipher", LargeBinary, nullable=False),
    Column("school_code", Text, nullable=False),
    Column("enrolled", Boolean, nullable=False),
    Column("details_cipher", LargeBinary, nullable=False),
    instant("details_confirm_time", nullable=True),
    Column("phone_cipher", LargeBinary),
    Column("phone_index", LargeBinary),
    Column("caller_indexes", ARRAY(LargeBinary), nullable=False),
    instant("phone_verify_time", nullable=True),
    instant("email_verify_time", nullable=True),
    Column("portrait_key", Text),
    Column("portrait_digest", Text),
    instant("portrait_update_time", nullable=True),
    Column("identity_state", Text, nullable=False),
    Column("mismatches", SmallInteger, nullable=False, server_default=text("0")),
    Column("counted_check", Text, nullable=False, server_default=text("''")),
    an_id("review_case_id", nullable=True),
    Column("needs_password_change", Boolean, nullable=False),
    Column("correction_number", SmallInteger),
    Column("correction_state", Text),
    Column("correction_fault", Text),
    Column("correction_note_cipher", LargeBinary),
    instant("correction_find_time", nullable=True),
    Column("correction_submissions", SmallInteger),
    Column("unverified_place", SmallInteger),
    Column("version", BigInteger, nullable=False),
    instant("create_time"),
    instant("update_time"),
    one_of("document_type", DocumentType),
    one_of("identity_state", IdentityState),
    # ID-7: three tries in all, and the third mismatch does not leave the person pending.
    CheckConstraint(
        f"mismatches BETWEEN 0 AND {MATCH_TRIES} AND (mismatches < {MATCH_TRIES} OR identity_state <> 'PENDING')",
        name="three_tries",
    ),
    CheckConstraint(
        "identity_state NOT IN ('UNDER_REVIEW', 'REJECTED') OR review_case_id IS NOT NULL", name="has_case"
    ),
    CheckConstraint("phone_verify_time IS NULL OR phone_cipher IS NOT NULL", name="verified_phone"),
    CheckConstraint("(phone_cipher IS NULL) = (phone_index IS NULL)", name="found_by_phone"),
    # OP-3: a person who telephones is found by exactly what they say.
    Index("candidates_phone_idx", "phone_index", postgresql_where=text("phone_index IS NOT NULL")),
    Index("candidates_caller_idx", "caller_indexes", postgresql_using="gin"),
    CheckConstraint("num_nulls(portrait_key, portrait_digest, portrait_update_time) IN (0, 3)", name="whole_portrait"),
    one_of("correction_state", CorrectionState),
    one_of("correction_fault", Fault),
    CheckConstraint(
        f"num_nulls({', '.join(CORRECTION_COLUMNS)}) IN (0, {len(CORRECTION_COLUMNS)})", name="whole_correction"
    ),
    # RE-5, EN-4: three submissions, and what is under review was submitted.
    CheckConstraint(
        f"correction_submissions BETWEEN 0 AND {CORRECTION_SUBMISSIONS} "
        "AND (correction_state = 'REQUIRED' OR correction_submissions > 0)",
        name="three_corrections",
    ),
    # ID-15, ID-13: the number is one verified account's, and at most three unverified ones carry it.
    Index(ONE_VERIFIED_ACCOUNT, "person_index", unique=True, postgresql_where=text(VERIFIED)),
    Index(ONE_ACCOUNT_PER_PLACE, "person_index", "unverified_place", unique=True),
    CheckConstraint(
        "(unverified_place IS NULL) = (identity_state IN ('VERIFIED', 'ENDED')) "
        f"AND (unverified_place IS NULL OR unverified_place BETWEEN 1 AND {MOST_UNVERIFIED})",
        name="three_unverified",
    ),
    Index("candidates_school_idx", "school_code", "create_time", "candidate_id"),
    Index(
        "candidates_corrected_idx",
        "school_code",
        "create_time",
        "candidate_id",
        postgresql_where=text("correction_state IS NOT NULL"),
    ),
)
"""One verified row per person (ID-13, ID-15). Every change raises `version` and names the one it was decided on."""

register_questions: Final = Table(
    "register_questions",
    metadata,
    Column("person_index", LargeBinary, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("asked", SmallInteger, nullable=False),
    # ID-15.
    CheckConstraint(f"asked BETWEEN 0 AND {MOST_QUESTIONS}", name="ten_a_day"),
)
"""How often the police register was asked about a number, by day in Shanghai."""

login_names: Final = Table(
    "login_names",
    metadata,
    Column("name_index", LargeBinary, primary_key=True),
    an_id("candidate_id", ForeignKey("candidates.candidate_id")),
    instant("create_time"),
)
"""Ticket numbers as names to log in with (ID-1), beside the document number."""

staff: Final = Table(
    "staff",
    metadata,
    an_id("staff_id", primary_key=True),
    Column("login_name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("disable_reason", Text, nullable=False, server_default=text("''")),
    Column("needs_password_change", Boolean, nullable=False),
    instant("create_time"),
    one_of("kind", StaffKind),
    CheckConstraint(f"kind <> 'OPERATOR' OR organisation = '{AUTHORITY}'", name="operators_of_authority"),
)
"""Reviewers and operators (RE-2)."""

credentials: Final = Table(
    "credentials",
    metadata,
    an_id("subject_id", primary_key=True),
    Column("password_hash", Text, nullable=False),
    instant("update_time"),
)
"""Password hashes (argon2id). An imported candidate has no row until the first password is chosen (ID-3)."""

login_sessions: Final = Table(
    "login_sessions",
    metadata,
    an_id("login_session_id", primary_key=True),
    an_id("subject_id"),
    Column("kind", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    instant("create_time"),
    instant("refresh_time"),
    instant("expire_time"),
    instant("proven_time"),
    instant("factor_time", nullable=True),
    Column("provider_id", Text, nullable=False, server_default=text("''")),
    instant("end_time", nullable=True),
    one_of("kind", AccountKind),
    Index("login_sessions_live_idx", "subject_id", "create_time", postgresql_where=text("end_time IS NULL")),
    Index("login_sessions_expire_time_idx", "expire_time"),
    Index("login_sessions_create_time_idx", "create_time", postgresql_using="brin"),
    Index("login_sessions_end_time_idx", "end_time", postgresql_where=text("end_time IS NOT NULL")),
)
"""Login sessions (ID-14)."""

refresh_tokens: Final = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    an_id("login_session_id", ForeignKey("login_sessions.login_session_id", ondelete="CASCADE"), index=True),
    instant("expire_time"),
    instant("use_time", nullable=True),
)
"""Refresh tokens by their SHA-256; a used one stays, so that its second appearance is recognised."""

totps: Final = Table(
    "totps",
    metadata,
    an_id("staff_id", ForeignKey("staff.staff_id"), primary_key=True),
    Column("secret_cipher", LargeBinary, nullable=False),
    instant("confirm_time", nullable=True),
    Column("last_step", BigInteger),
    # ID-18: what was never confirmed has proven nothing.
    CheckConstraint("num_nulls(confirm_time, last_step) IN (0, 2)", name="confirmed_by_a_code"),
)
"""Authenticator apps (ID-18). `last_step` is the newest time step whose code was accepted: none is accepted twice."""

ONE_PASSKEY_PER_CREDENTIAL: Final = "one_passkey_per_credential"

passkeys: Final = Table(
    "passkeys",
    metadata,
    an_id("passkey_id", primary_key=True),
    an_id("staff_id", ForeignKey("staff.staff_id"), index=True),
    Column("passkey_name", Text, nullable=False),
    Column("credential_id", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    instant("create_time"),
    instant("use_time", nullable=True),
    UniqueConstraint("credential_id", name=ONE_PASSKEY_PER_CREDENTIAL),
)
"""Passkeys: public keys and how often each has signed (ID-18)."""

backup_codes: Final = Table(
    "backup_codes",
    metadata,
    an_id("staff_id", ForeignKey("staff.staff_id"), primary_key=True),
    Column("code_index", LargeBinary, primary_key=True),
    instant("use_time", nullable=True),
)
"""Backup codes by their keyed hash, each of which proves once (ID-18)."""

passkey_challenges: Final = Table(
    "passkey_challenges",
    metadata,
    an_id("login_session_id", ForeignKey("login_sessions.login_session_id", ondelete="CASCADE"), primary_key=True),
    Column("challenge", LargeBinary, nullable=False),
    instant("expire_time"),
)
"""What a login session's authenticator was asked last; taken away by the first answer (ID-18)."""

ONE_ACCOUNT_PER_SUBJECT: Final = "one_account_per_subject"

staff_identities: Final = Table(
    "staff_identities",
    metadata,
    an_id("staff_id", ForeignKey("staff.staff_id"), primary_key=True),
    *text_key("issuer"),
    *text_columns("subject"),
    instant("create_time"),
    UniqueConstraint("issuer", "subject", name=ONE_ACCOUNT_PER_SUBJECT),
)
"""Whom organisations' providers know staff as: one subject per account and issuer (ID-18)."""

password_recoveries: Final = Table(
    "password_recoveries",
    metadata,
    an_id("password_recovery_id", primary_key=True),
    an_id("candidate_id", ForeignKey("candidates.candidate_id"), nullable=True),
    Column("login_name_cipher", LargeBinary, nullable=False),
    Column("channel", Text, nullable=False),
    Column("code_cipher", LargeBinary, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("known_device", Boolean, nullable=False),
    Column("address_cipher", LargeBinary),
    Column("address_index", LargeBinary),
    instant("create_time"),
    instant("expire_time"),
    instant("send_time", nullable=True),
    instant("complete_time", nullable=True),
    one_of("channel", ContactChannel),
    # ID-4: a code dies with the fifth attempt, and one that was never sent cannot be used.
    CheckConstraint(f"attempts BETWEEN 0 AND {CODE_TRIES}", name="attempts"),
    CheckConstraint("num_nulls(address_cipher, address_index, send_time) IN (0, 3)", name="whole_sending"),
    CheckConstraint(
        "complete_time IS NULL OR (send_time IS NOT NULL AND candidate_id IS NOT NULL)", name="sent_before_use"
    ),
    Index("password_recoveries_address_idx", "address_index", "send_time"),
    Index("password_recoveries_candidate_idx", "candidate_id", postgresql_where=text("complete_time IS NULL")),
    Index("password_recoveries_expire_time_idx", "expire_time"),
)
"""Recoveries of forgotten passwords (ID-4); `candidate_id` is empty where the name given is nobody's."""

phone_changes: Final = Table(
    "phone_changes",
    metadata,
    an_id("phone_change_id", primary_key=True),
    an_id("candidate_id", ForeignKey("candidates.candidate_id"), nullable=True, index=True),
    Column("new_phone_cipher", LargeBinary, nullable=False),
    Column("old_phone_cipher", LargeBinary),
    Column("state", Text, nullable=False),
    Column("proofs", JSONB, nullable=False),
    Column("submissions", SmallInteger, nullable=False, server_default=text("0")),
    Column("note_cipher", LargeBinary),
    Column("version", BigInteger, nullable=False),
    instant("create_time"),
    instant("update_time"),
    instant("expire_time"),
    instant("submit_time", nullable=True),
    instant("decide_time", nullable=True),
    instant("effective_time", nullable=True),
    one_of("state", PhoneChangeState),
    CheckConstraint(f"submissions BETWEEN 0 AND {MOST_SUBMISSIONS}", name="three_submissions"),
    # ID-11: nobody decides without the three proofs, and nothing takes effect undecided or for nobody.
    CheckConstraint(
        "state <> 'UNDER_REVIEW' OR proofs ?& ARRAY['DOCUMENT_FRONT', 'DOCUMENT_BACK', 'HOLDING_DOCUMENT']",
        name="three_proofs",
    ),
    CheckConstraint(
        "state NOT IN ('APPROVED', 'EFFECTIVE') OR num_nulls(candidate_id, decide_time, effective_time) = 0",
        name="decided",
    ),
    Index("phone_changes_images_idx", "update_time", postgresql_where=text("proofs <> '{}'")),
)
"""Phone changes by review (ID-11); `candidate_id` is empty where the request fits nobody."""

account_erasures: Final = Table(
    "account_erasures",
    metadata,
    an_id("candidate_id", primary_key=True),
    *text_columns("cause"),
    instant("create_time"),
    instant("erase_time", nullable=True),
    instant("enrollment_time", nullable=True),
    instant("payment_time", nullable=True),
    instant("review_time", nullable=True),
    one_of("cause", ErasureCause),
    Index("account_erasures_listed_idx", "create_time", "candidate_id"),
)
"""Accounts that are erased, and how far that has come in each service (ID-20): ids and times."""

registration_windows: Final = Table(
    "registration_windows",
    metadata,
    Column("session_id", Text, primary_key=True),
    instant("start_time"),
    instant("end_time"),
    Column("version", BigInteger, nullable=False),
)
"""When registration is open, as enrollment announced it (ID-10)."""

ONE_MESSAGE_PER_CAUSE: Final = "one_message_per_cause"

messages: Final = Table(
    "messages",
    metadata,
    an_id("message_id", primary_key=True),
    an_id("candidate_id", ForeignKey("candidates.candidate_id")),
    *text_columns("kind", "cause"),
    Column("parameters_cipher", LargeBinary, nullable=False),
    instant("create_time"),
    instant("read_time", nullable=True),
    one_of("kind", MessageKind),
    # EN-19: each once.
    UniqueConstraint("candidate_id", "kind", "cause", name=ONE_MESSAGE_PER_CAUSE),
    Index("messages_candidate_idx", "candidate_id", "create_time", "message_id"),
    Index("messages_unread_idx", "candidate_id", postgresql_where=text("read_time IS NULL")),
)
"""What candidates were told (EN-19): rows of an account go with it (ID-20). `cause` is what it was told for, ids only.
The parameters are personal and sealed: what the texts are made of when they are shown, such as a ticket number or a
masked phone.
"""

message_deliveries: Final = Table(
    "message_deliveries",
    metadata,
    an_id("delivery_id", primary_key=True),
    an_id("message_id", ForeignKey("messages.message_id", ondelete="CASCADE"), index=True),
    Column("channel", Text),
    Column("address_cipher", LargeBinary),
    *text_columns("state"),
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    Column("failure", Text),
    instant("create_time"),
    instant("end_time", nullable=True),
    one_of("channel", ContactChannel),
    one_of("state", DeliveryState),
    one_of("failure", DeliveryFailure),
    CheckConstraint("(state = 'QUEUED') = (end_time IS NULL)", name="ended"),
    CheckConstraint("(state = 'FAILED') = (failure IS NOT NULL)", name="why"),
    CheckConstraint("state <> 'SENT' OR channel IS NOT NULL", name="by_what"),
    CheckConstraint("address_cipher IS NULL OR channel IS NOT NULL", name="addressed"),
)
"""How messages were sent (EN-19, OP-3). The address is kept, personal and sealed, only where it was not the candidate's
choice: what was on record before a change (ID-17).
"""

message_preferences: Final = Table(
    "message_preferences",
    metadata,
    an_id("candidate_id", ForeignKey("candidates.candidate_id"), primary_key=True),
    *text_columns("channel", "language"),
    one_of("channel", ContactChannel),
    one_of("language", Language),
)
"""How candidates want to be told (EN-19); who has no row has not chosen."""
