from chassis.postgres.migrations import run_env
from services.payment.tables import metadata

run_env(metadata, "payment")
