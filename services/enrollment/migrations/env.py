from chassis.postgres.migrations import run_env
from services.enrollment.tables import metadata

run_env(metadata, schema="enrollment")
