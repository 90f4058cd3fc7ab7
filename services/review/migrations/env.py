from chassis.postgres.migrations import run_env
from services.review.tables import SCHEMA, metadata

run_env(metadata, SCHEMA)
