from chassis.postgres.migrations import run_env
from services.enrollment.tables import METADATA

run_env(METADATA, schema="enrollment")
