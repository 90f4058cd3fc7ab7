from chassis.postgres.migrations import run_env
from services.identity.tables import SCHEMA, metadata

run_env(metadata, SCHEMA)
