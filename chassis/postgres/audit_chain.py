"""What makes `audit_entries` of a service one chain that only grows (RE-7): PostgreSQL numbers and hashes each entry as
it is written, whoever writes it.

An entry's hash is SHA-256 over the hash before it, 32 zero bytes for the first, and the UTF-8 of a JSON array: number,
time in UTC with microseconds, actor, role, organisation, action, kind and id of the object, candidate, the reason's
digest in hex, and the facts as pairs in the order of their names. `zikao verify audit` computes the same without this.

What people typed can go, and the chain still verifies (ID-20): the digest is SHA-256 over 32 random bytes and the UTF-8
of the reason. With both gone, nobody can find by trying what it was.

A chain has one end, so writers stand in line from here until their transaction ends. Each statement of a function sees
what is committed when it begins, so whoever waited continues from the entry that was waited for.
"""

from typing import Final

from sqlalchemy import DDL, Table, event

CHAINING: Final = """
CREATE FUNCTION chain_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('zikao.audit.' || TG_TABLE_SCHEMA, 0));
  EXECUTE format('SELECT number, hash FROM %%I.audit_entries ORDER BY number DESC LIMIT 1', TG_TABLE_SCHEMA) INTO last;
  NEW.number := coalesce(last.number, 0) + 1;
  NEW.reason_salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  NEW.reason_digest := sha256(NEW.reason_salt || convert_to(NEW.reason, 'UTF8'));
  NEW.hash := sha256(coalesce(last.hash, decode(repeat('00', 32), 'hex')) || convert_to(json_build_array(
    NEW.number, to_char(NEW.create_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00',
    NEW.actor_id, NEW.actor_role, NEW.organisation, NEW.action, NEW.object_kind, NEW.object_id, NEW.candidate_id,
    encode(NEW.reason_digest, 'hex'),
    (SELECT coalesce(json_agg(json_build_array(key, value) ORDER BY key COLLATE "C"), '[]')
     FROM jsonb_each_text(NEW.facts))
  )::text, 'UTF8'));
  RETURN NEW;
END $$
"""
CHAIN: Final = """
CREATE TRIGGER audit_chain BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION chain_audit_entry()
"""
STAYING: Final = """
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  erased record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    erased := OLD;
    erased.reason := '';
    erased.reason_salt := NULL;
    IF NEW IS NOT DISTINCT FROM erased THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_append_only';
END $$
"""
APPEND_ONLY: Final = """
CREATE TRIGGER audit_append_only BEFORE DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay()
"""
ONLY_REASONS_GO: Final = """
CREATE TRIGGER audit_only_reasons_go BEFORE UPDATE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION audit_entries_stay()
"""
INSERT_AND_READ_ONLY: Final = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'zikao_' || current_schema()) THEN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM %%I', 'zikao_' || current_schema());
    EXECUTE format('GRANT UPDATE (reason, reason_salt) ON audit_entries TO %%I', 'zikao_' || current_schema());
  END IF;
END $$
"""


def chain(audit_entries: Table) -> None:
    """Has the table made with its chain: its functions, its triggers, and what the service's role may not do."""
    for statement in (CHAINING, CHAIN, STAYING, APPEND_ONLY, ONLY_REASONS_GO, INSERT_AND_READ_ONLY):
        event.listen(audit_entries, "after_create", DDL(statement))  # type: ignore[no-untyped-call]
